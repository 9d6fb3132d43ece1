"""`python -m ui` on the command line, and what it lets in."""

import http.client
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.ui.conftest import PROJECT, end, free_port, start


def run(*arguments: object, cwd=PROJECT) -> tuple[int, str, str]:
    process = start(*arguments, cwd=cwd)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_help_is_korean_and_quick():
    fastest = min(_timed("--help") for _ in range(3))
    assert fastest < 0.5


def _timed(*arguments: str) -> float:
    started = time.perf_counter()
    code, out, err = run(*arguments)
    assert (code, err) == (0, "") and "사용법" in out and "--port" in out
    return time.perf_counter() - started


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["--port", "여덟"], 2, "수를 써야 합니다"),
    (["--port", "0"], 2, "1에서 65535"),
    (["--port", "70000"], 2, "1에서 65535"),
    (["--host", "0.0.0.0"], 2, "--add-user"),
    (["--host", "example.org"], 2, "--add-user"),
    (["--share"], 2, "모르는 옵션"),
    (["--index", "없는-폴더"], 1, "색인이 없습니다"),
])
def test_what_cannot_be_meant_is_one_korean_line(arguments, code, words, tmp_path):
    result, out, err = run(*arguments, cwd=tmp_path)
    assert (result, out) == (code, "") and words in err and len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_busy_port_is_told_or_passed_over(index, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run("--index", index, "--port", port)
        assert (code, out) == (2, "") and str(port) in err and "--port" in err
    from ui import __main__ as command

    monkeypatch.setattr(command, "FIRST_PORT", port)
    with socket.create_server(("127.0.0.1", port)):
        assert command.free_port("127.0.0.1", None) > port


def test_ctrl_c_ends_it_cleanly(index):  # as SIGTERM does after the first start in test_page.py
    port = free_port()
    process = start("--index", index, "--port", port)
    try:
        assert process.stdout.readline().startswith(f"브라우저에서 여세요: http://127.0.0.1:{port} ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        end(process)
    assert (process.returncode, out) == (0, "") and "Traceback" not in err


def test_other_sites_are_not_answered_and_no_file_is_given_out(url):
    host, port = url.removeprefix("http://").split(":")

    def status(path: str, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        connection.request("GET", path, headers={name.capitalize(): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.getheader("content-security-policy") or ""

    assert status("/")[0] == 200 and "default-src 'self'" in status("/")[1]
    assert status("/", host=f"localhost:{port}", origin=url)[0] == 200
    for headers in ({"host": "evil.invalid"}, {"host": f"evil.invalid:{port}"}, {"origin": "http://evil.invalid"},
                    {"origin": "null"}, {"host": "["}):
        assert status("/config", **headers)[0] == 403, headers
    for path in ("/gradio_api/file=/etc/passwd", f"/gradio_api/file={PROJECT}/pyproject.toml",
                 "/gradio_api/file=pyproject.toml", f"/gradio_api/file={PROJECT}/ui/page.py"):
        assert status(path)[0] in (403, 404), path


def test_importing_does_nothing_heavy():
    code = "import ui.__main__, ui.guard, ui.render, ui.page, ui.opening, sys; print('gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False\n", "")
