"""What keeps the page to itself: who is answered, how much may be sent, and that what is shown loads nothing else."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import WrongUsage

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.login import Door

LOCAL = ("127.0.0.1", "localhost", "::1")
POLICY = ("default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
          "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
          "object-src 'none'; frame-src 'self'; frame-ancestors 'self'; base-uri 'self'")
HEADERS = [(b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff"),
           (b"referrer-policy", b"same-origin"),  # "no-referrer" would make the Origin of our own forms "null"
           (b"cross-origin-resource-policy", b"same-origin")]
BODY = 16_000_000  # bytes of a request that brings no files: a browser keeps, and may send, 10 MB of conversations
FORM = 10_000  # bytes of a login
TOGETHER = 5  # largest files that one request may bring
UPLOADS = ("/gradio_api/upload", "/api/ingest")
# what gradio can do and this page has no use for: fetching from elsewhere, recording, editing its own code
CLOSED = re.compile(r"/(?:gradio_api/)?(?:proxy=|file[=/]https?:|vibe-|undo-vibe|process_recording|run-history|runs|dev/|stream/|"
                    r"profiling|monitoring|deep_link)")
STARTED = "/gradio_api/startup-events"  # gradio asks this of itself, says nothing and changes nothing afterwards
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """ASGI middleware: what gets past it is asked by our own page or a program, by somebody who is let in (`scope["user"]`,
    "" where nobody has to log in), and not too big. Every answer carries our policy.

    A foreign Origin is a request that another page sends. A foreign Host is a name made to point here (DNS rebinding): a
    page behind it would pass for ours, but has no cookie of ours, so where there is a login every name is as good.
    """

    def __init__(self, app: App, door: "Door | None", upload_bytes: int) -> None:
        self.app, self.door, self.upload_bytes = app, door, upload_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # neither gradio nor we use any
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        from starlette.requests import ClientDisconnect, Request

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        async def unless_too_much(message: Message) -> None:
            if body.left >= 0:
                await with_headers(message)

        request = Request(scope)
        path = scope["path"].rstrip("/")
        limit = TOGETHER * self.upload_bytes if path in UPLOADS else BODY if path != "/login" else FORM
        length, body = request.headers.get("content-length", "0"), Limited(receive, limit)
        app = self._foreign(request) or (None if length.isdecimal() and int(length) <= limit else too_big(limit))
        app = app or await self._door(request, path)
        with suppress(ClientDisconnect):  # there is nobody left to be answered
            await app(scope, body, unless_too_much)
        if body.left < 0:
            await too_big(limit)(scope, receive, with_headers)

    def _foreign(self, request: "Request") -> App | None:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        theirs = origin is not None and _place(origin) != _place(f"//{host}")
        if theirs or not self.door and _place(f"//{host}")[0] not in LOCAL:
            return refusal(403, "다른 웹 사이트에서 온 요청은 받지 않습니다.")
        return refusal(404, "없는 주소입니다.") if CLOSED.match(request.scope["path"]) else None

    async def _door(self, request: "Request", path: str) -> App:
        """What answers: the page, for whom it is open to, or the way in."""
        from starlette.responses import RedirectResponse
        from starlette.routing import request_response

        if self.door is None:
            user: str | None = ""
        elif path in ("/login", "/logout"):
            return request_response(self.door.page if path == "/login" else self.door.leave)
        else:
            user = await self.door.user(request)
        request.scope["user"] = user or ""
        if user is not None or path == STARTED:
            return self.app
        if request.method in ("GET", "HEAD") and not path:
            return RedirectResponse("/login", 303)
        return refusal(401, "로그인이 필요합니다. 화면을 새로 고치거나, 프로그램이면 이름과 비밀번호를 함께 보내세요(HTTP Basic).")


class Limited:
    """The body of a request, of which no more than so many bytes are let through, whatever its header said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive, self.left = receive, limit

    async def __call__(self) -> Message:
        message = await self.receive()
        self.left -= len(message.get("body", b""))
        return message if self.left >= 0 else {"type": "http.disconnect"}


async def nowhere(address: str) -> Any:
    """What stands for gradio's fetching of a file that a program names by its address: nothing is fetched. Raises WrongUsage."""
    raise WrongUsage(f"다른 곳의 파일은 가져오지 않습니다: {address[:100]}. 이 컴퓨터에 받은 파일을 올려 주세요.")


def refusal(status: int, line: str) -> "Response":
    """An answer that says in a line why there is no other."""
    from starlette.responses import JSONResponse

    return JSONResponse({"error": line}, status)


def too_big(limit: int) -> "Response":
    size = f"{limit // 1_000_000:,}MB" if limit >= 1_000_000 else f"{limit:,}바이트"
    return refusal(413, f"너무 큽니다. 한 번에 {size}까지 보낼 수 있습니다. 나누어 보내세요.")


def _place(address: str) -> tuple[str, int | None]:
    """The host and port of an address; the names that a machine has for itself are one."""
    try:
        parts = urlsplit(address)
        return LOCAL[0] if parts.hostname in LOCAL else parts.hostname or "", parts.port
    except ValueError:  # no address at all
        return "", None
