"""A model hub on loopback: one repository, served as huggingface_hub asks for it, which counts what was asked."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "someone/tiny-qwen3"


class Hub(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.asked, self.breaks = folder, [], ""
        self.commit, self.damaged = COMMIT, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in sorted(self.folder.iterdir()) if file.is_file()}


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append((self.command, path, self.headers.get("Range")))
        files = self.server.files()
        if path.startswith(f"/api/models/{NAME}/tree/"):
            return self.say(json.dumps([{"type": "file", "path": name, **self.blob(name, data)} for name, data in files.items()]).encode())
        if path.startswith(f"/api/models/{NAME}"):
            info = {"id": NAME, "modelId": NAME, "sha": self.server.commit, "private": False, "tags": [], "downloads": 0, "likes": 0,
                    "cardData": {"license": "apache-2.0"},
                    "siblings": [{"rfilename": name, **self.blob(name, data)} for name, data in files.items()]}
            return self.say(json.dumps(info).encode())
        prefix = f"/{NAME}/resolve/{self.server.commit}/"
        if path.startswith(prefix) and (name := path.removeprefix(prefix)) in files:
            data = files[name]
            if name == self.server.damaged:
                data = data[:-1] + bytes([data[-1] ^ 1])
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
            headers = {"X-Repo-Commit": self.server.commit, "ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Accept-Ranges": "bytes",
                       "X-Linked-Size": str(len(data))}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            if body and name == self.server.breaks:
                self.server.breaks = ""
                self.send_response(200)
                for key, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(data[:len(data) // 2])
                self.close_connection = True
                return None
            return self.say(data[start:], status=206 if start else 200, headers=headers, body=body)
        return self.say(b'{"error": "Repository not found"}', status=404, headers={"X-Error-Code": "RepoNotFound"})

    def blob(self, name: str, data: bytes) -> dict:
        found = {"size": len(data), "oid": hashlib.sha1(data).hexdigest(), "blobId": hashlib.sha1(data).hexdigest()}
        if name.endswith(".safetensors"):
            digest = hashlib.sha256(data).hexdigest()
            found["lfs"] = {"size": len(data), "sha256": digest, "oid": digest, "pointerSize": 130}
        return found

    def say(self, data: bytes, status: int = 200, headers: dict | None = None, body: bool = True) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)


@contextmanager
def serving(folder: Path):
    with Hub(folder) as hub:
        threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield hub
        hub.shutdown()
