"""A server on loopback that speaks /v1/chat/completions as Ollama or vLLM do, lists its models as Ollama does, and misbehaves
on request. `python -m tests.rag.llm_server REPLY` is one in a process of its own, which says its port and then the reply for ever."""

import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "qwen3:4b"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.reply: str | Callable[[dict], str] = ""  # what the model says, or says to a request
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

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            return self.say(200, "application/json", json.dumps({"models": [{"name": MODEL, "size": 1}]}).encode())
        return self.say(404, "text/plain", b"404 page not found")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((dict(self.headers), body))
        if self.path != "/v1/chat/completions":
            return self.say(404, "application/json", b'{"error": {"message": "no such path"}}')
        if body["model"] != MODEL:
            return self.say(404, "application/json", json.dumps({"error": {"message": f"model {body['model']} not found"}}).encode())
        self.reply = self.server.reply(body) if callable(self.server.reply) else self.server.reply
        self.body = body
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
        for at in range(0, len(self.reply), 3):
            self.piece(self.reply[at:at + 3])
            self.server.sent += 1
        self.close_up()

    def endless(self) -> None:
        self.start()
        try:
            while True:
                self.piece(self.reply or "말이 ")
                self.server.sent += 1
                time.sleep(0.02)
        except OSError:
            self.server.gone.set()

    def strict(self) -> None:
        """Takes nothing beyond the protocol, as OpenAI's own."""
        if {"chat_template_kwargs", "reasoning_effort"} & self.body.keys():
            return self.say(400, "application/json", b'{"error": {"message": "Unrecognized request argument supplied"}}')
        return self.ok()

    def thinking(self) -> None:
        """Thinks until its tokens are spent, in pieces without content, and ends as `ok` does."""
        self.start()
        for _ in range(self.body["max_tokens"]):
            self.event(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [
                {"index": 0, "delta": {"role": "assistant", "reasoning": "음"}, "finish_reason": None}]}))
        self.close_up()

    def close_up(self) -> None:
        self.event(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [
            {"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        self.event("[DONE]")

    def refuses(self) -> None:
        self.say(422, "application/json", b'{"detail": "no"}')

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
def serving(port: int = 0, reply: str = ""):
    with Server(port) as server:
        server.reply = reply
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()


if __name__ == "__main__":
    with Server() as alone:
        alone.reply, alone.mode = sys.argv[1], "endless"
        print(alone.server_port, flush=True)
        alone.serve_forever()
