"""Reports of our own, an index over them, the page served from it, and a browser that looks at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.run import ingest
from rag.settings import Settings

PROJECT = Path(__file__).parent.parent.parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run"]
BRIDGE = """---
title: 한빛대교 안전 점검 보고서
note: 시험을 위해 지어낸 보고서
---
# 한빛대교 안전 점검 보고서

## 점검 개요와 결과

한빛대교의 길이는 1,240미터이고 2011년 5월에 개통되었다. 이번 점검의 책임자는 시설관리과의 오세린 과장이다.

## 보수 계획과 예산

한빛대교의 보수 예산은 37억 원이며, 공사는 2026년 3월에 시작한다. 교각 받침 열두 개를 새것으로 바꾼다.
"""
LIBRARY = """---
title: 마루도서관 이용 현황
---
# 마루도서관 이용 현황

## 방문자와 대출 통계

| 연도 | 방문자(명) | 대출 권수 |
|---|---|---|
| 2022 | 81,300 | 45,120 |
| 2023 | 96,750 | 52,480 |

마루도서관의 방문자는 2023년에 96,750명으로 늘었다.

## 어린이 열람실 운영

마루도서관의 어린이 열람실은 매주 월요일에 쉰다.
"""
HARM = (
    "<script>window.__pwned=1</script> <img src=\"http://evil.invalid/a.png\" onerror=\"window.__pwned=1\"> "
    "![그림](http://evil.invalid/b.png) [여기](javascript:window.__pwned=1) "
    "<a href=\"javascript:window.__pwned=1\">눌러</a> "
    "<form action=\"http://evil.invalid/\"><input name=q><button>보내</button></form> "
    "<svg onload=\"window.__pwned=1\"></svg> <iframe src=\"http://evil.invalid/\"></iframe> "
    "<style>@import url(http://evil.invalid/c.css)</style> </mark></section><h1>가짜</h1> "
    "${window.__pwned=1} {{#each x}}{{/each}} __i18n__{\"key\":\"send\"} "
    "$$\\href{javascript:window.__pwned=1}{x}$$ http://evil.invalid/bare www.evil.invalid `code` **굵게** # 제목 [1] [9]")
ATTACK = f"""# 푸른곶 등대 <img src=x onerror=window.__pwned=1>

## 등대의 <script>window.__pwned=1</script> 높이

푸른곶 등대의 높이는 42미터이다 {HARM} 라고 적혀 있다.
"""
ATTACK_FILE = "등대 <img src=x onerror=window.__pwned=1>.txt"


@pytest.fixture(scope="session")
def index(tmp_path_factory) -> Path:
    """An index over three reports, one of which attacks whoever shows it."""
    folder = tmp_path_factory.mktemp("reports")
    html = f"<title>푸른곶 &lt;b&gt;</title><h1>푸른곶 항로</h1><p>푸른곶 항로의 폭은 900미터이다. {HARM.replace('<', '&lt;')}</p>"
    for name, text in (("한빛대교.md", BRIDGE), ("마루도서관.md", LIBRARY), (ATTACK_FILE, ATTACK), ("등대.html", html)):
        (folder / name).write_text(text, encoding="utf-8")
    index = tmp_path_factory.mktemp("index")
    tally = ingest(Settings(index=index), [folder])
    assert tally.added == 4, tally
    return index


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(*arguments: object, cwd: Path = PROJECT) -> subprocess.Popen:
    """`python -m ui` with these arguments, in a folder."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen([sys.executable, "-m", "ui", *map(str, arguments)], cwd=cwd, env=environment, text=True,
                            encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def answers(url: str, process: subprocess.Popen, seconds: float = 60) -> None:
    """Wait until the page can be reached."""
    for _ in range(int(seconds * 10)):
        if process.poll() is not None:
            raise AssertionError(f"the page ended: {process.stderr.read()}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the page did not come up")


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def url(index):
    port = free_port()
    process = start("--index", index, "--port", port)
    address = f"http://127.0.0.1:{port}"
    try:
        answers(address, process)
        yield address
    finally:
        end(process)


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """A function that opens an address in a browser of its own; the page's `hosts` are whom it asked."""
    contexts = []

    def visit(address: str, locale: str = "ko-KR", size: tuple[int, int] = (1280, 800)):
        context = chromium.new_context(locale=locale, viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.hosts, page.troubles = set(), []
        page.on("request", lambda request: page.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        page.locator("#box textarea").wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def opening(index, monkeypatch):
    """An opening in this process that goes on as the test says, its page served at `opening.url`."""
    from ui.__main__ import keep_to_ourselves

    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")  # so that they are put back
    keep_to_ourselves(index)
    from ui.opening import Opening
    from ui.page import serve

    opening = Opening(Settings(index=index), create=False)
    port = free_port()
    opening.url = f"http://127.0.0.1:{port}"
    served = serve(opening, "127.0.0.1", port)
    yield opening
    opening.done.set()
    served.close(verbose=False)


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory) -> Path:
    """Where screenshots go: the folder GEUNGEO_ARTIFACTS, if that is set."""
    folder = Path(os.environ.get("GEUNGEO_ARTIFACTS") or tmp_path_factory.mktemp("artifacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
