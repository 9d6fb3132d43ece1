"""A server on loopback that speaks /v1/chat/completions as Ollama or vLLM do, and misbehaves on request."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "qwen3:4b"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = ""  # what the model says
        self.mode = "ok"
        self.target = ""  # where it redirects to
        self.requests: list[tuple[dict[str, str], dict]] = []  # (headers, body) of each request
        self.seen = 0  # connections taken
        self.sent = 0  # pieces of the reply given out
        self.gone = threading.Event()  # set when a client leaves in the middle

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def spec(self) -> str:
        return f"openai:{self.url}#{MODEL}"

    def verify_request(self, request, client_address) -> bool:
        self.seen += 1
        return True

    def reset(self) -> None:
        self.reply, self.mode, self.target, self.seen, self.sent = "", "ok", "", 0, 0
        self.requests.clear()
        self.gone.clear()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((dict(self.headers), body))
        if self.path != "/v1/chat/completions":
            return self.say(404, "application/json", b'{"error": {"message": "no such path"}}')
        if body["model"] != MODEL:
            return self.say(404, "application/json", json.dumps({"error": {"message": f"model {body['model']} not found"}}).encode())
        getattr(self, self.server.mode)()

    def say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 307:
            self.send_header("Location", self.server.target)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def start(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def event(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def piece(self, text: str) -> None:
        self.event(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [
            {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]}))

    def ok(self) -> None:
        self.start()
        for at in range(0, len(self.server.reply), 3):
            self.piece(self.server.reply[at:at + 3])
            self.server.sent += 1
        self.event(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [
            {"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        self.event("[DONE]")

    def endless(self) -> None:
        self.start()
        try:
            while True:
                self.piece("말이 ")
                self.server.sent += 1
                time.sleep(0.02)
        except OSError:
            self.server.gone.set()

    def broken(self) -> None:
        self.say(500, "text/html", b"<html>\n<h1>Internal</h1>\n" + b"<p>x</p>\n" * 2000 + b"</html>")

    def slow(self) -> None:
        time.sleep(3)

    def stalls(self) -> None:
        """A first piece, then nothing."""
        self.start()
        self.piece("가람전자의 ")
        time.sleep(3)

    def cut(self) -> None:
        """A first piece, then the connection is gone before the length promised."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", "9999")
        self.end_headers()
        self.piece("가람전자의 ")

    def redirects(self) -> None:
        self.say(307, "text/plain", b"")

    def page(self) -> None:
        self.say(200, "text/html", b"<html><body>It works!</body></html>")

    def no_json(self) -> None:
        self.start()
        self.event("{{{ this is no JSON")

    def other_json(self) -> None:
        self.start()
        for data in ("[1, 2]", '"word"', "3", '{"choices": "none"}', '{"choices": [7]}', "null"):
            self.event(data)

    def nothing(self) -> None:
        self.start()
        self.event("[DONE]")


FAILURES = ("broken", "slow", "stalls", "cut", "redirects", "page", "no_json", "other_json")


@contextmanager
def serving():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
