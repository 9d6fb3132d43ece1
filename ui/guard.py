"""What keeps the page to itself: only browsers on this machine are answered, and what they show loads nothing else."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

LOCAL = ("127.0.0.1", "localhost", "::1")
POLICY = ("default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
          "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
          "object-src 'none'; frame-src 'self'; frame-ancestors 'self'; base-uri 'self'")
HEADERS = [(b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff"),
           (b"referrer-policy", b"no-referrer")]
Message = MutableMapping[str, Any]


class Guard:
    """ASGI middleware: answers 403 where another web site asks through a visitor's browser, and sets our policy.

    A foreign Host is a name made to point here (DNS rebinding), a foreign Origin a request that another page sends.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Callable, send: Callable[[Message], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not _local("//" + headers.get(b"host", b"").decode("latin-1")) or (origin and not _local(origin)):
            await send({"type": "http.response.start", "status": 403, "headers": HEADERS})
            return await send({"type": "http.response.body", "body": b""})

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)


def _local(address: str) -> bool:
    try:
        return urlsplit(address).hostname in LOCAL
    except ValueError:  # no address at all
        return False
