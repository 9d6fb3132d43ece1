"""Who is let in: the login, foreign pages, and how much may be sent."""

import asyncio
import base64
import http.client
import json
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from rag.errors import WrongUsage
from tests.ui.conftest import answers, end, free_port, start
from ui import login as login_module
from ui import users
from ui.guard import BODY

NAME, PASSWORD = "가람", "맞는 비밀번호 1"
HTML = {"accept": "text/html,application/xhtml+xml"}
# every kind of address there is: the page, its parts, gradio's endpoints and ours, what does not exist
PLACES = [("GET", "/"), ("HEAD", "/"), ("GET", "/config"), ("GET", "/gradio_api/info"), ("GET", "/theme.css"), ("GET", "/manifest.json"),
          ("GET", "/assets/index.js"), ("GET", "/gradio_api/file=/etc/passwd"), ("GET", "/gradio_api/queue/data?session_hash=x"),
          ("GET", "/gradio_api/heartbeat/x"), ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/call/ask"),
          ("POST", "/gradio_api/run/ask"), ("POST", "/gradio_api/upload"), ("POST", "/gradio_api/component_server"),
          ("GET", "/gradio_api/app_id"), ("GET", "/gradio_api/user"), ("GET", "/gradio_api/token"), ("POST", "/api/ask"),
          ("POST", "/api/ingest"), ("GET", "/api/reports"), ("DELETE", "/api/reports?source=x"), ("GET", "/report/x"), ("GET", "//"),
          ("GET", "/login/../"), ("GET", "/LOGIN"), ("GET", "/nothing"), ("OPTIONS", "/config"), ("PUT", "/")]


def ask(url: str, method: str, path: str, body: bytes | str | None = None, **headers: str):
    """(status, headers, text) of one request."""
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    text = "" if "heartbeat" in path and response.status == 200 else response.read().decode(errors="replace")
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, text


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def login(url: str, name: str = NAME, password: str = PASSWORD, **headers: str):
    return ask(url, "POST", "/login", urlencode({"username": name, "password": password}),
               **{"content-type": "application/x-www-form-urlencoded"} | headers)


@pytest.fixture(scope="session")
def closed(index, tmp_path_factory):
    """A page that wants a login, open to other machines: its address, and the file of those who may."""
    folder = tmp_path_factory.mktemp("closed")
    shutil.copytree(index, folder / "index", ignore=shutil.ignore_patterns("page.sqlite3*"))  # another page is at work on it
    file = folder / "users.json"
    users.add(file, NAME, PASSWORD)
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAG_USERS", str(file))
        patch.setenv("RAG_UPLOAD_MB", "1")
        process = start("--index", folder / "index", "--host", "0.0.0.0", "--port", port)
    url = f"http://127.0.0.1:{port}"
    try:
        answers(f"{url}/login", process)
        yield url, file
    finally:
        end(process)


@pytest.fixture
def cookie(closed) -> str:
    status, headers, text = login(closed[0])
    assert status == 200 and json.loads(text) == {"success": True}
    given = headers["set-cookie"]
    assert "HttpOnly" in given and "SameSite=strict" in given and "Path=/" in given
    return given.split(";")[0]


@pytest.mark.parametrize(("method", "path"), PLACES)
def test_nothing_is_shown_to_who_is_not_logged_in(closed, method, path):
    for headers in ({}, {"cookie": f"geungeo_{closed[0].split(':')[-1]}=wrong"}, {"authorization": "Basic ???"},
                    {"authorization": "Bearer x"}):
        status, given, text = ask(closed[0], method, path, **headers)
        assert status == 303 and given["location"] == "/login" and text == "" if (
            method in ("GET", "HEAD") and path.strip("/") == "") else status == 401, (path, text)
        assert "content-security-policy" in given and "한빛" not in text


def test_a_session_opens_everything_and_ends_with_logout(closed, cookie):
    url = closed[0]
    for method, path in (("GET", "/"), ("GET", "/config"), ("GET", "/api/reports"), ("GET", "/gradio_api/info")):
        assert ask(url, method, path, cookie=cookie)[0] == 200, path
    assert json.loads(ask(url, "GET", "/config", cookie=cookie)[2])["username"] == NAME
    assert json.loads(ask(url, "GET", "/gradio_api/user", cookie=cookie)[2]) == NAME
    assert ask(url, "GET", "/gradio_api/file=/etc/passwd", cookie=cookie)[0] in (403, 404)
    status, headers, _ = ask(url, "GET", "/logout", cookie=cookie)
    assert status == 303 and headers["location"] == "/login" and "Max-Age=0" in headers["set-cookie"]
    assert ask(url, "GET", "/config", cookie=cookie)[0] == 401


def test_programs_may_use_basic(closed):
    from gradio_client import Client

    url = closed[0]
    right = {"authorization": basic(NAME, PASSWORD)}
    assert [ask(url, "GET", "/api/reports", **right)[0] for _ in range(2)] == [200, 200]
    status = json.loads(ask(url, "GET", "/api/reports", **right)[2])
    assert len(status["reports"]) == 4 and not {"index", "folders"} & status.keys()
    assert ask(url, "GET", "/api/reports", authorization=basic(NAME, "틀린 비밀번호"))[0] == 401
    for client in (Client(url, auth=(NAME, PASSWORD), verbose=False), Client(url, headers=right, verbose=False)):
        assert "1,240미터" in client.predict("한빛대교의 길이는 얼마야?", api_name="/ask")["answer"]


def test_who_is_removed_or_has_a_new_password_is_out_at_once(closed):
    url, file = closed
    users.add(file, "나리", PASSWORD)
    cookie = login(url, "나리")[1]["set-cookie"].split(";")[0]
    assert ask(url, "GET", "/config", cookie=cookie)[0] == 200
    users.add(file, "나리", "새로 바꾼 비밀번호")
    assert ask(url, "GET", "/config", cookie=cookie)[0] == 401 and login(url, "나리")[0] == 401
    assert ask(url, "GET", "/config", authorization=basic("나리", "새로 바꾼 비밀번호"))[0] == 200
    users.remove(file, "나리")
    assert ask(url, "GET", "/config", authorization=basic("나리", "새로 바꾼 비밀번호"))[0] == 401
    whole = file.read_text("utf-8")
    file.write_text("{", encoding="utf-8")  # a file that is damaged while the page is open lets nobody in
    try:
        assert login(url)[0] == 401 and ask(url, "GET", "/")[0] == 303
    finally:
        file.write_text(whole, encoding="utf-8")
    assert login(url)[0] == 200


def test_guessing_ends_soon(closed):
    url, file = closed
    users.add(file, "다솜", PASSWORD)
    statuses = [login(url, "다솜", f"아무 비밀번호 {n}")[0] for n in range(11)]
    assert statuses == [401] * 10 + [429]
    status, _, text = login(url, "다솜", **HTML)
    assert status == 429 and "10분 뒤" in text  # the right one too
    assert ask(url, "GET", "/config", authorization=basic("다솜", PASSWORD))[0] == 401
    assert login(url)[0] == 200  # nobody else is kept out


def test_a_session_that_is_not_used_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(users, "N", 2**4)
    users.add(tmp_path / "users.json", NAME, PASSWORD)
    now = [1000.0]
    monkeypatch.setattr(login_module.time, "monotonic", lambda: now[0])

    async def told() -> list[str | None]:
        door = login_module.Door(tmp_path / "users.json")
        door.tries = {("address", str(n)): [now[0]] for n in range(login_module.REMEMBERED)}
        scope = {"type": "http", "headers": [(b"authorization", basic(NAME, PASSWORD).encode())], "client": ("192.0.2.1", 1)}
        found = [await door.user(Request(scope))]
        tries, door.tries = door.tries, {("name", NAME): [now[0]] * 10}
        assert len(tries) == login_module.REMEMBERED  # strangers' names do not fill the memory
        for later in (login_module.SESSION - 1, login_module.SESSION - 1, login_module.SESSION + 1):
            now[0] += later
            door.tries["name", NAME] = [now[0]] * 10  # so that it is the session which lets in, and no new login
            found.append(await door.user(Request(scope)))
        return found

    with ThreadPoolExecutor() as pool:  # a browser of the same session has a loop of its own in this thread
        assert pool.submit(asyncio.run, told()).result() == [NAME, NAME, NAME, None]


def test_another_sites_requests_are_refused(closed, cookie):
    url = closed[0]
    port = url.rsplit(":", 1)[1]
    for host in (f"127.0.0.1:{port}", f"{socket.gethostname()}:{port}", f"192.0.2.7:{port}", "reports.example"):
        assert ask(url, "GET", "/config", cookie=cookie, host=host)[0] == 200
        assert ask(url, "GET", "/config", cookie=cookie, host=host, origin=f"http://{host}")[0] == 200
        for origin in ("http://evil.invalid", "null", "", f"http://{host}.evil.invalid", "http://127.0.0.1:1"):
            status, headers, text = ask(url, "GET", "/config", cookie=cookie, host=host, origin=origin)
            assert status == 403 and "다른 웹 사이트" in text, origin
    assert login(url, origin="http://evil.invalid")[0] == 403


def test_a_socket_is_not_opened(closed, url):
    for address in (closed[0], url):
        status, _, _ = ask(address, "GET", "/gradio_api/queue/join", connection="Upgrade", upgrade="websocket",
                           sec_websocket_version="13", sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==")
        assert status in (401, 403)


@pytest.mark.parametrize("path", [
    "/gradio_api/proxy=http://evil.invalid/", "/gradio_api/file=http://evil.invalid/", "/gradio_api/file/https://evil.invalid/",
    "/gradio_api/vibe-code", "/gradio_api/runs", "/monitoring", "/gradio_api/dev/reload", "/gradio_api/run-history/buckets"])
def test_what_the_page_has_no_use_for_is_closed(url, path):
    assert ask(url, "GET", path)[0] == 404


def test_a_file_named_by_its_address_is_not_fetched(opening, tmp_path):
    """By gradio, for a program that is let in; the guard of the tests sees who tries to reach another machine."""
    from gradio import processing_utils

    with pytest.raises(WrongUsage, match="가져오지 않습니다"):
        processing_utils.save_url_to_cache("http://203.0.113.5/report.pdf", str(tmp_path))
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_too_much_is_refused_whatever_its_header_says(url, closed):
    status, headers, text = ask(url, "POST", "/api/ask", content_length=str(BODY + 1))
    assert status == 413 and "16MB" in json.loads(text)["error"] and "content-security-policy" in headers

    def pieces():
        for _ in range(BODY // 1_000_000 + 1):
            yield b"x" * 1_000_000

    for path in ("/api/ask", "/gradio_api/queue/join"):
        assert ask(url, "POST", path, pieces())[0] == 413
    right = {"authorization": basic(NAME, PASSWORD)}
    assert ask(closed[0], "POST", "/login", b"username=" + b"x" * 20_000)[0] == 413
    assert ask(closed[0], "POST", "/api/ingest", content_length="5000001", **right)[0] == 413
    for path in ("/gradio_api/upload", "/api/ingest"):  # one file over the limit, within what may be sent at once
        body = b'--b\r\ncontent-disposition: form-data; name="files"; filename="x.txt"\r\n\r\n' + b"x" * 1_000_001 + b"\r\n--b--\r\n"
        status, _, text = ask(closed[0], "POST", path, body, content_type="multipart/form-data; boundary=b", **right)
        assert status == 413, text
    assert "1MB까지" in json.loads(text)["error"]


def test_a_person_logs_in_and_out(chromium, closed, artifacts):
    url = closed[0]
    for size, name in (((1280, 800), "login.png"), ((390, 844), "login-phone.png")):
        context = chromium.new_context(locale="ko-KR", viewport={"width": size[0], "height": size[1]})
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(url)
        assert page.url == f"{url}/login" and page.title() == "근거 · 로그인"
        assert page.evaluate("document.activeElement.name") == "username"
        page.keyboard.type(NAME)
        page.keyboard.press("Tab")
        page.keyboard.type("틀린 비밀번호")
        page.keyboard.press("Enter")
        page.get_by_role("alert").get_by_text("맞지 않습니다").wait_for()
        assert page.get_by_label("이름").input_value() == NAME  # what was right need not be typed again
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=artifacts / name)
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
        page.locator("#box textarea").press("Enter")
        page.locator("#chat .bot.message", has_text="1,240미터").wait_for(timeout=20_000)
        assert page.evaluate("document.cookie").count("geungeo_" + url.rsplit(":", 1)[1]) == 0  # no script can read it
        page.screenshot(path=artifacts / f"in-{name}")
        page.get_by_role("link", name="로그아웃").click()
        page.get_by_role("button", name="로그인").wait_for()
        page.goto(url)
        assert page.url == f"{url}/login" and {address.startswith((url, "data:", "blob:")) for address in asked} == {True}
        context.close()


def test_what_is_typed_into_the_login_is_only_shown(chromium, closed):
    page = chromium.new_page()
    page.goto(f"{closed[0]}/login")
    page.get_by_label("이름").fill("\"><img src=x onerror='window.__pwned=1'>{refusal}")
    page.get_by_label("비밀번호").fill("아무 비밀번호")
    page.get_by_role("button", name="로그인").click()
    page.get_by_role("alert").get_by_text("맞지 않습니다").wait_for()
    assert page.evaluate("window.__pwned") is None and page.locator("img").count() == 0
    assert page.get_by_label("이름").input_value().endswith("{refusal}")
    page.close()


def test_a_page_for_this_machine_alone_wants_no_login(url):
    assert ask(url, "GET", "/")[0] == 200 and json.loads(ask(url, "GET", "/config")[2])["username"] == ""
    assert ask(url, "POST", "/login", "", **HTML)[0] in (303, 302, 404, 405, 422)  # gradio's own, that lets nobody in


def test_a_browser_opens_by_itself_on_a_desktop_only(monkeypatch):
    from ui import __main__ as command

    for name in ("CI", "SSH_CONNECTION", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command.sys, "platform", "linux")
    terminal = os.openpty()[1]
    with os.fdopen(terminal, "w") as stdout:
        monkeypatch.setattr(command.sys, "stdout", stdout)
        assert not command.desktop()
        monkeypatch.setenv("DISPLAY", ":0")
        assert command.desktop()
        for name in ("CI", "SSH_CONNECTION"):
            with monkeypatch.context() as patch:
                patch.setenv(name, "1")
                assert not command.desktop()
    with open(os.devnull, "w") as stdout:
        monkeypatch.setattr(command.sys, "stdout", stdout)
        assert not command.desktop()
