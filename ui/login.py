"""Who is asking: a login page with a session cookie for people, HTTP Basic for programs."""

import asyncio
import base64
import binascii
import hashlib
import secrets
import time
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from rag.errors import WrongUsage
from ui import users

SESSION = 12 * 3600.0  # seconds after which one that is not used ends
WINDOW = 600.0  # seconds for which a wrong password counts
TRIES = {"name": 10, "address": 30}  # wrong passwords within that time; an office may share one address
DELAY = 0.5  # seconds before a wrong password is told
REMEMBERED = 10_000  # names and addresses whose tries are counted
WRONG, LOCKED = "이름이나 비밀번호가 맞지 않습니다.", "여러 번 틀려서 잠시 막아 두었습니다. 10분 뒤에 다시 하세요."
PAGE = Path(__file__).with_name("login.html")


class Door:
    """Knows who is logged in, in memory; asks the users file, as it is now, whenever somebody comes."""

    def __init__(self, file: Path) -> None:
        self.file, self.stamp = file, ""
        self.known: dict[str, str] = {}
        self.sessions: dict[bytes, tuple[str, str, float]] = {}  # hash of the secret -> name, hashed password, end
        self.tries: dict[tuple[str, str], list[float]] = {}
        self.checking = asyncio.Semaphore(2)  # of passwords at once: each takes memory and a processor

    def users(self) -> dict[str, str]:
        """The users file; nobody where it is gone or damaged."""
        try:
            state = self.file.stat()
            stamp = f"{state.st_mtime_ns} {state.st_size} {state.st_ino}"
            if stamp != self.stamp:
                self.known, self.stamp = users.read(self.file), stamp
        except (OSError, WrongUsage):
            self.known, self.stamp = {}, ""
        return self.known

    async def user(self, request: Request) -> str | None:
        """The name behind a request's cookie or Basic authorization; None where there is no right one."""
        cookie, basic = request.cookies.get(_cookie(request), ""), request.headers.get("authorization", "")
        for secret in filter(None, (cookie, basic)):
            name, kept, end = self.sessions.get(_key(secret), ("", "", 0.0))
            if end > time.monotonic() and self.users().get(name) == kept:  # who was removed is out at once
                self.sessions[_key(secret)] = (name, kept, time.monotonic() + SESSION)
                return name
        try:
            kind, _, code = basic.partition(" ")
            name, colon, password = base64.b64decode(code, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if kind.lower() != "basic" or not colon or await self._refusal(request, name, password):
            return None
        self._remember(basic, name)
        return users.clean(name)

    async def page(self, request: Request) -> Response:
        """/login: the page, or for what its form (or gradio_client) sends, a session or the reason why not."""
        person, refusal, name = "text/html" in request.headers.get("accept", ""), "", ""
        if request.method == "POST":
            form = dict(parse_qsl((await request.body()).decode(errors="replace")))
            name, password = form.get("username", ""), form.get("password", "")
            refusal = await self._refusal(request, name, password)
            if not refusal:
                token = secrets.token_urlsafe(32)
                self._remember(token, name)
                response: Response = RedirectResponse("/", 303) if person else JSONResponse({"success": True})
                response.set_cookie(_cookie(request), token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
                return response
        status = {"": 200, WRONG: 401, LOCKED: 429}[refusal]
        if not person and refusal:
            return JSONResponse({"error": refusal}, status)
        shown = PAGE.read_text("utf-8").replace("{refusal}", escape(refusal)).replace("{name}", escape(name))
        return HTMLResponse(shown, status, {"cache-control": "no-store"})

    async def leave(self, request: Request) -> Response:
        """/logout: the session ends, here and in the browser."""
        self.sessions.pop(_key(request.cookies.get(_cookie(request), "")), None)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(_cookie(request), httponly=True, samesite="strict")
        return response

    async def _refusal(self, request: Request, name: str, password: str) -> str:
        """Why this name and password are not let in, or "". A try counts before it is checked, so that many at once do too."""
        name, client = users.clean(name)[:64], request.client.host if request.client else ""
        async with self.checking:
            now, counted = time.monotonic(), []
            for kind, who in (("name", name), ("address", client)):
                times = self.tries[kind, who] = self.tries.pop((kind, who), [])  # the latest last
                times[:] = [t for t in times if t > now - WINDOW]
                if len(times) >= TRIES[kind]:
                    return LOCKED
                counted.append(times)
            for times in counted:
                times.append(now)
            while len(self.tries) > REMEMBERED:
                del self.tries[next(iter(self.tries))]
            if await run_in_threadpool(users.fits, password[:users.LONGEST], self.users().get(name, users.NOBODY)):
                for times in counted:
                    times.remove(now)
                return ""
        await asyncio.sleep(DELAY)
        return WRONG

    def _remember(self, secret: str, name: str) -> None:
        now, name = time.monotonic(), users.clean(name)
        self.sessions = {key: session for key, session in self.sessions.items() if session[2] > now}
        self.sessions[_key(secret)] = (name, self.users().get(name, ""), now + SESSION)


def _cookie(request: Request) -> str:
    """The cookie's name, of this port alone: a browser gives cookies to every port of a machine."""
    return f"geungeo_{(request.scope.get('server') or ('', ''))[1]}"


def _key(secret: str) -> bytes:
    """What a session is found by: a hash, so that how long the look-up takes tells nothing about the secret."""
    return hashlib.sha256(secret.encode()).digest()
