"""The HTTP endpoints for other programs, as README.md documents them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ingest.run import ingest
from rag.settings import Settings
from tests import make_readme
from tests.ui.conftest import ATTACK_FILE, BRIDGE, answers, end, free_port, start
from tests.ui.test_guard import ask

JSON = {"content-type": "application/json"}
KEYS = {"question", "understood", "answer", "found", "notice", "answerer", "seconds", "citations", "passages"}


def post(url: str, path: str, given: object, **headers: str) -> tuple[int, dict]:
    status, _, text = ask(url, "POST", path, json.dumps(given) if not isinstance(given, (str, bytes)) else given, **JSON | headers)
    return status, json.loads(text)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A page over an index of its own, which may be changed: its address, and the folder of its reports."""
    folder = tmp_path_factory.mktemp("보고서")
    (folder / "한빛대교.md").write_text(BRIDGE, encoding="utf-8")
    index = tmp_path_factory.mktemp("own")
    ingest(Settings(index=index), [folder])
    port = free_port()
    process = start("--index", index, "--port", port, "--no-browser")
    url = f"http://127.0.0.1:{port}"
    try:
        answers(url, process)
        until_open(url)
        yield url, folder, index
    finally:
        end(process)


@pytest.fixture(scope="module", autouse=True)
def opened(url):
    """The page answers before its reports are open."""
    until_open(url)


def until_open(url: str) -> None:
    for _ in range(300):
        if post(url, "/api/ask", {"question": "한빛대교의 길이는?"})[0] == 200:
            return
        time.sleep(0.2)
    raise AssertionError("the reports were not opened")


def test_ask_gives_the_fixed_answer(own):
    url = own[0]
    status, answer = post(url, "/api/ask", {"question": "한빛대교의 길이는 얼마야?"})
    assert status == 200 and answer.keys() >= KEYS and answer["found"] and "1,240미터" in answer["answer"]
    texts = {passage["id"]: passage["text"] for passage in answer["passages"]}
    for citation in answer["citations"]:
        assert texts[citation["passage_id"]][citation["start"]:citation["end"]] == citation["quote"]
    turn = {"question": "한빛대교의 길이는 얼마야?", "answer": answer["answer"]}
    _, later = post(url, "/api/ask", {"question": "그건 언제 개통되었어?", "history": [turn]})
    assert "2011년" in later["answer"] and later["understood"] != later["question"]
    _, refused = post(url, "/api/ask", {"question": "화성 이주 계획의 우주선 이름은?", "k": 3})
    assert refused["found"] is False and refused["citations"] == []


def test_sources_and_k_choose(url):
    _, answer = post(url, "/api/ask", {"question": "한빛대교의 길이는 얼마야?", "sources": ["마루도서관.md"], "k": 1})
    assert {passage["title"] for passage in answer["passages"]} == {"마루도서관 이용 현황"} and "1,240" not in answer["answer"]


def test_an_answer_can_be_streamed(own):
    status, headers, text = ask(own[0], "POST", "/api/ask", json.dumps({"question": "한빛대교의 길이는 얼마야?"}), accept="text/event-stream")
    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    events = [json.loads(event.removeprefix("data: ")) for event in text.strip().split("\n\n")]
    assert events[-1]["found"] and events[-1].keys() >= KEYS
    _, _, text = ask(own[0], "POST", "/api/ask", json.dumps({"question": "?"}), accept="text/event-stream")
    assert "비어 있습니다" in text and "error" in text


@pytest.mark.parametrize(("given", "status", "words"), [
    ("{", 400, "JSON"), ("[]", 400, "JSON"), ({}, 400, "question"), ({"question": 1}, 400, "question"), ({"question": ""}, 400, "비어"),
    ({"question": "가" * 2001}, 400, "깁니다"), ({"question": "물음", "history": [{"question": "답 없음"}]}, 400, "history"),
    ({"question": "물음", "history": "?"}, 400, "history"), ({"question": "물음", "k": 0}, 400, "k"),
    ({"question": "물음", "k": "많이"}, 400, "k"), ({"question": "물음", "sources": [1]}, 400, "sources"),
    ({"question": "물음", "source": "가.md"}, 400, "sources"), ('{"question": "\\ud800"}', 400, "JSON"),
    (b"\xff\xfe{", 400, "JSON"), ("[" * 100_000, 400, "JSON"), ({"question": "물음은?", "sources": ["없는 보고서"]}, 404, "없는 보고서")])
def test_what_cannot_be_meant_is_one_korean_line(own, given, status, words):
    got, answer = post(own[0], "/api/ask", given)
    assert got == status and list(answer) == ["error"] and words in answer["error"] and "\n" not in answer["error"]


def upload(url: str, *files: tuple[str, str]) -> tuple[int, dict]:
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{text}\r\n' for name, text in files)
    return post(url, "/api/ingest", f"{parts}--b--\r\n".encode(), **{"content-type": "multipart/form-data; boundary=b"})


def test_what_is_sent_can_be_asked_about_and_taken_out(own):
    url, folder, index = own
    status, tally = upload(url, ("../../가 람호.md", "# 가람호 운항\n\n가람호의 정원은 212명이다."), ("악성.exe", "MZ"))
    assert status == 200 and (tally["added"], tally["changed"], tally["removed"]) == (1, 0, 0)
    assert [failed.keys() for failed in tally["failed"]] == [{"source", "reason"}] and "악성.exe" in tally["failed"][0]["source"]
    assert "212명" in post(url, "/api/ask", {"question": "가람호의 정원은 몇 명이야?"})[1]["answer"]
    kept = [file.name for file in (index / "files").iterdir() if not file.name.startswith(".")]
    assert kept == ["가 람호.md"] and not list(index.glob("*람호*")) and not list((index / "tmp").glob("*/*람호*"))
    reports = json.loads(ask(url, "GET", "/api/reports")[2])
    source = next(report["source"] for report in reports["reports"] if "가 람호" in report["source"])
    assert reports["folders"] and {"title", "pages", "passages", "added", "state"} <= reports["reports"][0].keys()
    path = f"/api/reports?source={''.join(f'%{byte:02x}' for byte in source.encode())}"
    status, _, text = ask(url, "DELETE", path)
    assert status == 200 and json.loads(text) == {"removed": source}
    status, _, text = ask(url, "DELETE", path)
    assert status == 404 and list(json.loads(text)) == ["error"]
    assert "212명" not in post(url, "/api/ask", {"question": "가람호의 정원은 몇 명이야?"})[1]["answer"]


def test_the_page_knows_of_what_was_sent(own, visit):
    url = own[0]
    assert upload(url, ("누리호.md", "# 누리호 항로\n\n누리호의 항로는 88킬로미터이다."))[0] == 200
    number = len(json.loads(ask(url, "GET", "/api/reports")[2])["reports"])
    page = visit(url)
    page.locator("#status", has_text=f"보고서 {number}건").wait_for()
    assert number > 1 and ask(url, "DELETE", "/api/reports?source=%eb%88%84%eb%a6%ac%ed%98%b8.md")[0] == 200
    page.reload()
    page.locator("#status", has_text=f"보고서 {number - 1}건").wait_for()


def test_the_known_folders_are_made_equal(own):
    url, folder, _ = own
    file = folder / "다솜원.md"
    file.write_text("# 다솜원 안내\n\n다솜원의 개원은 1987년이다.", encoding="utf-8")
    assert post(url, "/api/ingest", {}) == (200, {"added": 1, "changed": 0, "removed": 0, "unchanged": 1, "failed": []})  # uploads apart
    assert "1987년" in post(url, "/api/ask", {"question": "다솜원은 언제 개원했어?"})[1]["answer"]
    file.unlink()
    assert post(url, "/api/ingest", b"")[1]["removed"] == 1
    assert post(url, "/api/ingest", {"paths": ["/etc"]})[0] == 400  # where reports lie is said at the machine itself
    for body, kind in ((b"--b--\r\n", "multipart/form-data; boundary=b"), (b"x", "multipart/form-data")):
        assert post(url, "/api/ingest", body, **{"content-type": kind})[0] == 400
    many = "".join(f'--b\r\nContent-Disposition: form-data; name="f"; filename="{n}.md"\r\n\r\nx\r\n' for n in range(201)) + "--b--\r\n"
    status, answer = post(url, "/api/ingest", many.encode(), **{"content-type": "multipart/form-data; boundary=b"})
    assert status == 413 and "200개" in answer["error"]


def test_a_writer_at_work_is_told(own, monkeypatch):
    from ingest.writer import Writer
    from rag.embeddings import load_embedder

    url, _, index = own
    with Writer(index, load_embedder(Settings().embedder)):
        started = time.monotonic()
        status, answer = post(url, "/api/ingest", {})
    assert status == 409 and list(answer) == ["error"] and time.monotonic() - started < 60


class Endless:
    """An assistant whose answers never end."""

    def __init__(self, answer):
        self.answer, self.begun, self.stopped = answer, threading.Event(), threading.Event()

    def stream(self, question, history=(), sources=()):
        try:
            while True:
                yield self.answer
                self.begun.set()
                time.sleep(0.05)
        finally:
            self.stopped.set()


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_nobody_is_worked_for_who_went_away(opening, index, accept):
    from ingest.run import open_assistant

    assert post(opening.url, "/api/ask", {"question": "한빛대교의 길이는?"})[0] == 503  # not open yet
    opening.assistant = endless = Endless(open_assistant(Settings(index=index), create=False).ask("한빛대교의 길이는?"))
    opening.done.set()
    process = subprocess.Popen(["curl", "-s", "-o", os.devnull, "-H", f"accept: {accept}", "-d", '{"question": "길이는?"}',
                                f"{opening.url}/api/ask"])
    try:
        assert endless.begun.wait(30) and not endless.stopped.is_set()
    finally:
        process.kill()
        process.wait()
    assert endless.stopped.wait(5)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")
def test_the_readmes_examples_work(own, tmp_path):
    url, folder, _ = own
    commands = make_readme.block(make_readme.README.read_text("utf-8"), "api")
    (tmp_path / "보고서.pdf").write_text("# 이름은 pdf인 보고서\n\n새론시의 인구는 31만 명이다.", encoding="utf-8")
    lines = re.split(r"\n(?=curl )", commands.strip())
    assert len(lines) >= 4
    results = []
    for line in lines:
        arguments = shlex.split(re.sub(r"http://127\.0\.0\.1:7860", url, line))
        done = subprocess.run([arguments[0], "-s", *arguments[1:]], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout))
    assert all("error" not in result for result in results), results
    assert any("answer" in result for result in results) and any("added" in result for result in results)
    assert any("reports" in result for result in results) and any("removed" in result for result in results)


def test_names_that_attack_are_only_names(url):
    reports = json.loads(ask(url, "GET", "/api/reports")[2])
    assert any(ATTACK_FILE in report["source"] for report in reports["reports"])
    _, headers, _ = ask(url, "GET", "/api/reports")
    assert headers["content-type"] == "application/json" and headers["x-content-type-options"] == "nosniff"


def test_importing_the_endpoints_loads_no_gradio():
    done = subprocess.run([sys.executable, "-c", "import ui.api, ui.login, sys; print('gradio' in sys.modules)"],
                          cwd=Path(__file__).parent.parent.parent, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr
