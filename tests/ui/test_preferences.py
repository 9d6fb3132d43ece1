"""The settings tab in real Chromium: what is chosen holds, what fails changes nothing, and nothing is fetched unasked."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from ingest.run import ingest
from rag.model_store import KNOWN, Known
from rag.settings import Settings
from tests.rag import hub, tiny_model
from tests.ui.conftest import free_port
from ui import preferences, records

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
QUESTION = "한빛대교의 길이는 얼마야?"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A model that opens, and says nothing of use."""
    from langchain_core.messages import HumanMessage

    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny", [([HumanMessage("가나다")], "라마바")], steps=1)


@pytest.fixture
def served(index, tmp_path, monkeypatch):
    """A function that serves a page over an index of one's own, by these settings; gives the Opening, with its `url`."""
    from ui.__main__ import keep_to_ourselves

    own, pages = tmp_path / "index", []
    shutil.copytree(index, own, ignore=shutil.ignore_patterns("leases", "*.lock", "tmp", "page.sqlite3*"))  # another page is at work on the last
    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")  # so that they are put back
    keep_to_ourselves(own)
    monkeypatch.setattr(preferences, "ollama", list)
    from ui.opening import Opening
    from ui.page import serve

    def served(**values) -> Opening:
        opening = Opening(Settings(index=own, models=tmp_path / "models", llm_tokens=8, **values), create=False)
        opening.start()
        port = free_port()
        opening.url = f"http://127.0.0.1:{port}"
        pages.append(serve(opening, "127.0.0.1", port))
        opening.done.wait()
        return opening

    yield served
    for page in pages:
        page.close(verbose=False)


@pytest.fixture
def settings(visit):
    """A function that opens the settings tab of a page."""

    def settings(address: str, **how):
        page = visit(address, **how)
        show(page)
        return page

    return settings


def show(page) -> None:
    page.get_by_role("tab").nth(2).click()
    expect(page.locator("#state table")).to_be_visible(timeout=20_000)


def type_in(page, spec: str) -> None:
    page.locator("#choice").get_by_text("직접 입력").click()
    page.locator("#spec textarea, #spec input").fill(spec)
    page.locator("#use").click()


def test_the_language_chosen_holds_for_the_page_and_what_the_server_says(settings, url, artifacts):
    page = settings(url)
    expect(page.locator("#way")).to_have_text("답변 방식: 발췌 (LLM 없음)")
    with page.expect_navigation():
        page.locator("#language").get_by_text("English").click()
    for _ in range(2):
        expect(page.locator("#box textarea")).to_have_attribute("placeholder", "Ask about the reports")
        show(page)
        expect(page.locator("#way")).to_have_text("Answers by: excerpts (no LLM)")
        expect(page.locator("#state")).to_contain_text("Passages")
        expect(page.locator("#language").get_by_label("English")).to_be_checked()
        page.screenshot(path=artifacts / "settings-english.png", full_page=True)
        page.reload()
    show(page)
    with page.expect_navigation():
        page.locator("#language").get_by_text("As the browser").click()
    expect(page.locator("#box textarea")).to_have_attribute("placeholder", "보고서에 대해 물어보세요")


def test_the_theme_chosen_is_there_before_anything_is_drawn(settings, url, artifacts):
    page = settings(url, size=(390, 844))
    body = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(body)
    page.locator("#theme").get_by_text("어둡게").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    page.reload()
    page.locator("#box textarea").wait_for()
    assert page.evaluate("document.body.classList.contains('dark')") and page.evaluate(body) != light
    show(page)
    expect(page.locator("#theme").get_by_label("어둡게")).to_be_checked()
    page.screenshot(path=artifacts / "settings-dark-phone.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") and page.troubles == []
    page.route("**/assets/*.js", lambda route: route.abort())  # what is seen until gradio draws
    page.reload()
    dark = page.evaluate(body)
    page.emulate_media(color_scheme="dark")
    page.evaluate("settings.wear('light')")
    page.reload()
    assert page.evaluate(body) != dark
    page.evaluate("settings.wear('system')")
    page.reload()
    assert page.evaluate(body) == dark and "__theme" not in page.url


def test_as_many_passages_as_chosen_make_an_answer(settings, served, tmp_path):
    folder = tmp_path / "많은"
    folder.mkdir()
    (folder / "한빛대교 구간.md").write_text("# 한빛대교 구간\n" + "".join(
        f"\n## {n}구간의 길이와 상태\n\n한빛대교 {n}구간의 길이는 {50 + n}미터이고 상태는 {n % 4}등급이다.\n" for n in range(1, 20)), encoding="utf-8")
    opening = served()
    ingest(opening.settings, [folder])
    assert len(opening.result().ask(QUESTION).hits) == 10
    page = settings(opening.url)
    number = page.locator("#k input[type=number]")
    expect(number).to_have_value("8")
    number.fill("")
    number.fill("140")  # more than can be chosen is put right, not told in English
    number.blur()
    expect(number).to_have_value("30")
    expect(page.locator(".toast-body")).to_have_count(0)
    number.fill("14")
    number.blur()
    page.wait_for_timeout(500)
    assert len(opening.result().ask(QUESTION).hits) == 14 and opening.result().answerer is not None
    assert json.loads((opening.settings.index / "settings.json").read_text()) == {"k": 14}
    page.reload()
    show(page)
    expect(number).to_have_value("14")


def test_a_model_of_this_computer_answers_once_it_is_chosen(settings, served, tiny, artifacts):
    opening = served()
    extractive = opening.result()
    running = extractive.stream(QUESTION)
    page = settings(opening.url)
    expect(page.locator("#use")).to_be_disabled()  # it is what answers now
    type_in(page, f"hf:{tiny}")
    expect(page.locator("#told")).to_contain_text("이제 이 방식으로 답합니다.", timeout=30_000)
    expect(page.locator("#way")).to_have_text(f"답변 방식: LLM {tiny.name} (이 컴퓨터)")
    assert "1,240미터" in list(running)[-1].text  # who was being answered was not disturbed
    spec = f"hf:{tiny.resolve()}"
    assert opening.settings.llm == spec == opening.result().answerer.answerer
    assert json.loads((opening.settings.index / "settings.json").read_text())["llm"] == spec
    assert opening.result().index is extractive.index and "1,240미터" in opening.result().ask(QUESTION).text
    page.screenshot(path=artifacts / "settings-model.png", full_page=True)
    page.locator("#choice").get_by_text("발췌 (LLM 없음)").click()
    page.locator("#use").click()
    expect(page.locator("#way")).to_have_text("답변 방식: 발췌 (LLM 없음)", timeout=20_000)
    assert page.troubles == []


@pytest.mark.parametrize(("spec", "said"), [
    ("openai:http://127.0.0.1:9/v1#m", "LLM 서버가 답하지 않습니다"), ("openai:http://8.8.8.8/v1#m", "RAG_ALLOW_REMOTE"),
    ("openai:그냥#", "LLM 서버 지정이 틀렸습니다"), ("없는/모델", "python -m rag.models pull"), ("", "LLM을 적어 주세요")])
def test_what_cannot_be_used_leaves_the_answers_as_they_were(settings, served, spec, said):
    opening = served()
    before = opening.result()
    page = settings(opening.url)
    type_in(page, spec)
    expect(page.locator("#told")).to_contain_text(said, timeout=30_000)
    expect(page.locator("#way")).to_have_text("답변 방식: 발췌 (LLM 없음)")
    assert opening.result() is before and opening.settings.llm == "extractive"
    assert not (opening.settings.index / "settings.json").exists() and page.troubles == []


@pytest.fixture
def offered(tiny, monkeypatch):
    """A hub that has the one model that is offered."""
    from huggingface_hub import constants

    for name in list(KNOWN):
        monkeypatch.delitem(KNOWN, name)
    monkeypatch.setitem(KNOWN, "tiny", Known(hub.NAME, 0.1, "Apache-2.0"))
    with hub.serving(tiny) as there:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", there.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{there.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}")
        yield there


def test_a_model_is_fetched_by_a_click_and_by_nothing_else(settings, served, offered, monkeypatch, artifacts):
    fetch, hold = preferences.pull, threading.Event()
    monkeypatch.setattr(preferences, "pull", lambda *given: (hold.wait(20), fetch(*given)))
    opening = served()
    page = settings(opening.url)
    page.locator("#choice").get_by_text("tiny · 내려받을 수 있음 · 0.2 GB · 메모리 0.7~0.9 GB · Apache-2.0").click()
    expect(page.locator("#use")).to_have_text("내려받아 쓰기 (0.2 GB)")
    assert offered.asked == []
    page.locator("#use").click()
    expect(page.locator("#told")).to_contain_text("tiny을(를) 내려받는 중입니다: 0.0 / 0.2 GB")
    expect(page.locator("#told progress")).to_be_visible()
    page.screenshot(path=artifacts / "settings-fetching.png", full_page=True)
    other = settings(opening.url)  # sees it too, and cannot begin another
    expect(other.locator("#told")).to_contain_text("내려받는 중입니다")
    type_in(other, "extractive")
    expect(other.locator("#told")).to_contain_text("끝난 뒤 다시 하세요")
    assert opening.settings.llm == "extractive"
    hold.set()
    expect(page.locator("#told")).to_contain_text("이제 이 방식으로 답합니다.", timeout=30_000)
    expect(page.locator("#way")).to_have_text("답변 방식: LLM tiny (이 컴퓨터)")
    expect(page.locator("#choice")).to_contain_text("tiny · 내려받음")
    expect(page.locator("#state")).to_contain_text(hub.NAME)
    assert opening.settings.llm == "hf:tiny"


def test_a_fetch_that_fails_says_so(settings, served, offered):
    offered.shutdown()
    offered.server_close()
    opening = served()
    page = settings(opening.url)
    page.locator("#choice").get_by_text("tiny").click()
    page.locator("#use").click()
    expect(page.locator("#told")).to_contain_text("인터넷 연결을 확인하고", timeout=30_000)
    expect(page.locator("#use")).to_be_disabled()
    assert opening.settings.llm == "extractive"


def test_a_running_ollama_is_offered_and_not_chosen(settings, served, monkeypatch):
    monkeypatch.setattr(preferences, "ollama", lambda: ["qwen3:<b>4b</b>"])
    opening = served()
    page = settings(opening.url)
    expect(page.locator("#choice").get_by_text("qwen3:<b>4b</b> · Ollama")).to_be_visible()
    expect(page.locator("#choice").get_by_label("발췌 (LLM 없음)")).to_be_checked()
    assert opening.settings.llm == "extractive"


def test_what_the_environment_says_cannot_be_changed(settings, served, monkeypatch):
    monkeypatch.setenv("RAG_LLM", "extractive")
    monkeypatch.setenv("RAG_K", "8")
    page = settings(served().url)
    expect(page.locator("#told")).to_contain_text("RAG_LLM")
    expect(page.locator("#told-k")).to_contain_text("RAG_K")
    expect(page.locator("#choice input").first).to_be_disabled()
    expect(page.locator("#use")).to_be_disabled()
    expect(page.locator("#k input[type=number]")).to_be_disabled()


def test_a_page_whose_model_is_gone_is_mended_from_here(settings, served):
    opening = served(llm="hf:없는-모델")
    assert "모델이 없습니다: 없는-모델" in opening.result().ask(QUESTION).notice
    page = settings(opening.url)
    page.locator("#choice").get_by_text("발췌 (LLM 없음)").click()
    page.locator("#use").click()
    expect(page.locator("#way")).to_have_text("답변 방식: 발췌 (LLM 없음)", timeout=20_000)
    expect(page.locator("#state")).to_contain_text("쓸 수 있음")
    answer = opening.result().ask(QUESTION)
    assert "1,240미터" in answer.text and answer.notice is None


def test_a_record_that_cannot_be_read_is_told(visit, served):
    opening = served()
    record = opening.settings.models / "someone" / "model" / "geungeo.json"
    record.parent.mkdir(parents=True)
    record.write_text("{", encoding="utf-8")
    page = visit(opening.url)
    page.get_by_role("tab").nth(2).click()
    expect(page.locator("#way")).to_contain_text(f"모델의 기록을 읽을 수 없습니다: {record}", timeout=20_000)


def test_the_state_is_told_and_damage_is_found(settings, served, tmp_path):
    opening = served()
    broken = tmp_path / "깨진.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    assert len(ingest(opening.settings, [broken]).failed) == 1
    page = settings(opening.url)
    rows = dict(row.split("\t") for row in page.locator("#state table").inner_text().split("\n") if "\t" in row)
    with opening.result().index.snapshot() as snapshot:
        passages, number = snapshot.passages, snapshot.number
    assert (rows["보고서"], rows["대목"], rows["읽지 못했거나 일부만 읽은 파일"], rows["내려받은 모델"]) == ("4", str(passages), "1", "없음")
    assert rows["색인"].startswith(f"{number}세대") and rows["마지막으로 읽은 때"].startswith("20")
    page.locator("#check").click()
    expect(page.locator("#checked")).to_contain_text("온전합니다", timeout=20_000)
    store = next((opening.settings.index / f"gen-{number}" / "tantivy").glob("*.store"))
    data = bytearray(store.read_bytes())
    data[len(data) // 2] ^= 255
    store.write_bytes(data)
    page.locator("#check").click()
    expect(page.locator("#checked")).to_contain_text(f"고치세요: python -m ingest --index {opening.settings.index}", timeout=20_000)


def test_feedback_is_counted_exported_and_deleted(settings, served, artifacts):
    opening = served()
    answer = opening.result().ask(QUESTION).as_json()
    records.rate(opening.settings.index, "누구", answer, True)
    records.rate(opening.settings.index, "누구", opening.result().ask("한빛대교의 색은?").as_json(), False)
    page = settings(opening.url)
    expect(page.locator("#rated")).to_contain_text("좋아요 1 · 아쉬워요 1")
    with page.expect_download() as download:
        page.locator("#export").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text == records.as_questions(opening.settings.index) and json.loads(text)["question"] == QUESTION
    page.locator("#delete-feedback").click()
    page.locator("#sure").click()
    expect(page.locator("#rated")).to_contain_text("좋아요 0 · 아쉬워요 0")
    expect(page.locator("#sure")).to_be_hidden()
    assert records.feedback(opening.settings.index) == [] and page.troubles == []
