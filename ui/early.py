"""What the page does before gradio's own scripts, which look for theme and language once, when they start."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


class Early:
    """ASGI middleware: puts a script first into the head of the page; gradio puts what it is given there only at its end."""

    def __init__(self, app: Callable[..., Awaitable[None]], script: str) -> None:
        self.app, self.head = app, f"<head><script>{script}</script>".encode()

    async def __call__(self, scope: Message, receive: Callable, send: Callable[[Message], Awaitable[None]]) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        start: Message = {}
        page = b""

        async def with_script(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                start = message
                return
            page += message.get("body", b"")
            if not message.get("more_body"):
                page = page.replace(b"<head>", self.head, 1)
                headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
                await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, with_script)
