"""The page as its user meets it: real Gradio, real Chromium."""

import json
import threading

import pytest

from ingest.run import open_assistant
from tests.ui.conftest import answers, end, free_port, start

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def ask(page, question: str):
    """Type a question, wait for the whole answer; returns its message."""
    before = page.locator("#chat .bot.message").count()
    page.locator("#box textarea").fill(question)
    page.locator("#box textarea").press("Enter")
    message = page.locator("#chat .bot.message").nth(before)
    expect(message.locator("a").first).to_be_visible(timeout=20_000)
    expect(page.locator("#send")).to_be_visible(timeout=20_000)
    return message


def shown(page) -> list[str]:
    """The marked words that can be seen among the sources."""
    return [mark.inner_text() for mark in page.locator("#sources mark").all() if mark.is_visible()]


def in_view(page, selector: str) -> bool:
    return page.evaluate("""selector => { const r = document.querySelector(selector).getBoundingClientRect();
        return r.top >= 0 && r.bottom <= innerHeight && r.height > 0 }""", selector)


def test_an_answer_and_the_words_behind_its_marker(visit, url, artifacts):
    page = visit(url)
    expect(page.locator("#status")).to_contain_text("보고서 4건 · 답변 방식: 발췌 (LLM 없음)", timeout=20_000)
    examples = page.locator("#chat .example")
    expect(examples).to_have_count(4)
    page.screenshot(path=artifacts / "first-page.png")
    message = ask(page, "한빛대교의 보수 예산은 얼마야?")
    expect(message).to_contain_text("37억 원")
    message.locator("a", has_text="[1]").click()
    mark = page.locator("#cit-1-1")
    expect(mark).to_contain_text("한빛대교의 보수 예산은 37억 원이며")
    assert in_view(page, "#cit-1-1") and page.evaluate("document.querySelector(':target').id") == "cit-1-1"
    card = page.locator(".card", has=mark)
    for words in ("한빛대교 안전 점검 보고서", "보수 계획과 예산", "한빛대교.md", "시험을 위해 지어낸 보고서"):
        expect(card).to_contain_text(words)
    page.screenshot(path=artifacts / "answer.png")
    assert page.troubles == []


def test_a_marker_works_from_the_keyboard(visit, url):
    page = visit(url)
    link = ask(page, "마루도서관의 어린이 열람실은 언제 쉬어?").locator("a").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'cit-1-1'")
    assert "월요일" in page.evaluate("document.activeElement.textContent") and in_view(page, "#cit-1-1")


def test_a_refusal_shows_the_nearest_passages(visit, url, artifacts):
    page = visit(url)
    message = ask(page, "화성 이주 계획의 우주선 이름은 뭐야?")
    expect(message).to_contain_text("보고서에는 이 질문에 대한 내용이 없습니다.")
    expect(page.locator("#sources h3", has_text="가장 가까운 대목")).to_be_visible()
    assert page.locator("#sources .card").count() >= 1 and shown(page) == []
    page.screenshot(path=artifacts / "refusal.png")


def test_a_conversation_keeps_the_sources_of_every_answer(visit, url):
    page = visit(url)
    first = ask(page, "한빛대교의 길이는 얼마야?")
    first.locator("a").first.click()
    second = ask(page, "그건 언제 개통되었어?")
    expect(second).to_contain_text("이렇게 이해했습니다")
    expect(second).to_contain_text("2011년 5월")
    expect(page.locator("#sources .asked:visible")).to_contain_text("그건 언제")  # a new answer shows its own sources
    third = ask(page, "마루도서관의 어린이 열람실은 언제 쉬어?")
    for message, turn, words in ((third, 3, "월요일"), (first, 1, "1,240미터"), (second, 2, "2011년"), (first, 1, "1,240미터")):
        message.locator("a").first.click()
        expect(page.locator(f"#cit-{turn}-1")).to_be_visible()
        assert any(words in text for text in shown(page)) and page.locator("#sources .set:visible").count() == 1
        assert in_view(page, f"#cit-{turn}-1")
    page.locator("#new").click()
    expect(page.locator("#chat .message")).to_have_count(0)
    expect(page.locator("#sources .set")).to_have_count(0)
    expect(ask(page, "그건 언제 개통되었어?")).not_to_contain_text("이렇게 이해했습니다")


@pytest.mark.parametrize("question", [
    "푸른곶 등대의 높이는 몇 미터야?", "푸른곶 항로의 폭은 얼마야?",
    "푸른곶 등대 <img src=http://evil.invalid/q onerror=window.__pwned=1> ![x](http://evil.invalid/q)"])
def test_a_report_or_question_that_attacks_does_nothing(visit, url, question):
    page = visit(url)
    message = ask(page, question)
    message.locator("a").first.click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None and page.troubles == []
    assert page.hosts - {""} == {url.removeprefix("http://")}  # "" is data: and blob:
    for place in ("#sources", "#chat .message-wrap"):
        assert page.locator(f"{place} :is(script, img, form, iframe, style, h1, strong, code, .katex)").count() == 0
        assert page.locator(f"{place} a:not([href^='#'], [href^='report?source='], [href^='original?source='])").count() == 0
        assert page.locator(f"{place} [onerror], {place} [onload]").count() == 0
    expect(page.locator("#sources .set:visible")).to_contain_text("__pwned=1")  # as text


def test_the_page_speaks_the_language_of_the_browser(visit, url):
    for locale, placeholder, send in (("ko-KR", "보고서에 대해 물어보세요", "보내기"),
                                      ("en-US", "Ask about the reports", "Send")):
        page = visit(url, locale)
        expect(page.locator("#box textarea")).to_have_attribute("placeholder", placeholder)
        expect(page.locator("#send")).to_have_text(send)
        expect(page.locator("#tagline")).to_contain_text("보고서" if locale == "ko-KR" else "reports")
        assert page.evaluate("document.documentElement.lang") == "ko"  # for the answers are


def test_an_example_is_asked_with_a_click_and_a_phone_shows_it_all(visit, url, artifacts):
    page = visit(url, size=(390, 844))
    page.locator("#chat .example").first.click(timeout=20_000)
    link = page.locator("#chat .bot.message a").first
    link.click(timeout=20_000)
    expect(page.locator("#cit-1-1")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=artifacts / "phone.png")


def test_enter_does_not_send_what_is_still_being_composed(visit, url):
    page = visit(url)
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    press = """([kind, composing]) => document.querySelector('#box textarea').dispatchEvent(
        new KeyboardEvent(kind, {key: 'Enter', isComposing: composing, bubbles: true, cancelable: true}))"""
    for kind in ("keydown", "keypress"):
        page.evaluate(press, [kind, True])
    page.wait_for_timeout(500)
    assert page.locator("#chat .message").count() == 0
    page.evaluate(press, ["keypress", False])
    expect(page.locator("#chat .bot.message a").first).to_be_visible(timeout=20_000)


def test_nothing_is_asked_by_an_empty_question_and_too_long_a_one_is_told(visit, url):
    page = visit(url)
    page.locator("#box textarea").fill("   ")
    page.locator("#box textarea").press("Enter")
    page.wait_for_timeout(500)
    assert page.locator("#chat .message").count() == 0
    page.locator("#box textarea").fill("가" * 2001)
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .bot.message")).to_contain_text("질문이 너무 깁니다(2,001자)", timeout=20_000)
    expect(ask(page, "한빛대교의 길이는 얼마야?")).to_contain_text("1,240미터")  # the page stays usable


def test_two_visitors_do_not_see_each_other(visit, url):
    pages = [visit(url), visit(url)]
    ask(pages[0], "한빛대교의 길이는 얼마야?")
    expect(ask(pages[1], "그건 언제 개통되었어?")).not_to_contain_text("이렇게 이해했습니다")
    assert pages[1].locator("#chat .user.message").count() == 1


def test_the_first_start_reads_the_samples(visit, tmp_path):
    port = free_port()
    process = start("--port", port, cwd=tmp_path)
    try:
        answers(f"http://127.0.0.1:{port}", process)
        page = visit(f"http://127.0.0.1:{port}")
        expect(page.locator("#status")).to_contain_text("보고서 4건", timeout=60_000)
        ask(page, "챗GPT는 언제 나왔어?")
    finally:
        end(process)
    assert process.returncode == 0 and (tmp_path / ".index" / "library.sqlite3").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [".index"]


class Slow:
    """An assistant whose answers grow for ever, until somebody stops them."""

    def __init__(self, assistant):
        self.assistant, self.stopped = assistant, threading.Event()

    def stream(self, question, history=(), sources=()):
        answer = self.assistant.ask(question, history, sources)
        try:
            while True:
                yield answer
                threading.Event().wait(0.05)
        finally:
            self.stopped.set()


def test_the_page_says_that_reports_are_being_read_and_keeps_the_question(opening, visit, artifacts):
    page = visit(opening.url)
    expect(page.locator("#status")).to_contain_text("보고서를 여는 중입니다.")
    opening.step = ("reports/<b>가</b>.md", 3, 12)
    expect(page.locator("#status")).to_contain_text("보고서를 읽고 있습니다. reports/<b>가</b>.md (3/12)")
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    page.locator("#box textarea").press("Enter")
    message = page.locator("#chat .bot.message")
    expect(message).to_contain_text("보고서를 읽고 있습니다.", timeout=10_000)
    page.screenshot(path=artifacts / "reading.png")
    opening.examples = ["예시 <b>질문</b>"]
    opening.assistant = open_assistant(opening.settings, create=False)
    opening.done.set()
    expect(message).to_contain_text("1,240미터", timeout=20_000)
    expect(page.locator("#status")).to_contain_text("보고서 4건")
    page.locator("#new").click()
    expect(page.locator("#chat .example")).to_have_text("예시 <b>질문</b>")


def test_what_keeps_the_reports_shut_is_told(opening, visit):
    from rag.errors import IndexBusy

    page = visit(opening.url)
    opening.error = IndexBusy("다른 프로그램이 이 색인을 고치고 있습니다.")
    opening.done.set()
    expect(page.locator("#status")).to_contain_text("다른 프로그램이 이 색인을 고치고 있습니다.")
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .bot.message")).to_contain_text("다른 프로그램이", timeout=10_000)


@pytest.fixture
def answering(opening, visit):
    """A page on which an answer grows for ever."""
    opening.assistant = Slow(open_assistant(opening.settings, create=False))
    opening.done.set()
    page = visit(opening.url)
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .bot.message")).to_contain_text("1,240미터", timeout=20_000)
    return page


def test_stop_ends_the_work_and_keeps_what_there_is(opening, visit, answering):
    page, message = answering, answering.locator("#chat .bot.message")
    other = visit(opening.url)
    other.locator("#box textarea").fill("한빛대교의 보수 예산은 얼마야?")
    other.locator("#box textarea").press("Enter")
    expect(other.locator("#chat .bot.message")).to_contain_text("37억 원", timeout=20_000)
    page.locator("#stop").click()
    expect(message).to_contain_text("여기에서 멈췄습니다.")
    assert opening.assistant.stopped.wait(10)
    assert other.locator("#stop").is_visible()  # nobody else is stopped
    other.close()
    expect(page.locator("#send")).to_be_visible()
    expect(message).to_contain_text("1,240미터")
    page.locator("#box textarea").fill("마루도서관의 어린이 열람실은 언제 쉬어?")
    page.locator("#box textarea").press("Enter")
    expect(message.nth(1)).to_contain_text("월요일", timeout=20_000)
    page.locator("#box textarea").fill("한빛대교의 보수 예산은?")
    page.locator("#box textarea").press("Enter")  # while an answer is in the making: not sent, not lost
    page.locator("#new").click()
    expect(message).to_have_count(0)
    page.wait_for_timeout(500)
    assert message.count() == 0 and page.locator("#send").is_visible() and not page.locator("#stop").is_visible()


def test_what_is_typed_as_a_new_conversation_begins_is_not_lost(answering):
    """At once, while the answer of the old one is still in the making."""
    page = answering
    page.locator("#new").click()
    page.locator("#box textarea").fill("마루도서관의 어린이 열람실은 언제 쉬어?")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .user.message")).to_have_text("마루도서관의 어린이 열람실은 언제 쉬어?", timeout=20_000)
    expect(page.locator("#chat .bot.message")).to_contain_text("월요일", timeout=20_000)


LATE = """() => {
  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const response = await fetched(...given), pause = () => new Promise(done => setTimeout(done, 400));
    if (!String(given[0]?.url ?? given[0]).includes("/queue/data")) return response;
    const late = response.body.pipeThrough(new TransformStream({transform: async (chunk, to) => { await pause(); to.enqueue(chunk); }}));
    return new Response(late, response);
  };
}"""


def test_what_comes_late_of_an_old_conversation_is_not_shown_in_the_new_one(visit, url):
    """The server's words reach this page slowly: it has said all when the first of them are seen here."""
    page = visit(url)
    expect(page.locator("#status")).to_contain_text("보고서 4건", timeout=60_000)
    page.wait_for_timeout(1000)  # what the page asked for first has come
    page.evaluate(LATE)
    page.locator("#box textarea").fill("한빛대교의 보수 예산은 얼마야?")
    page.locator("#send").click()
    expect(page.locator("#chat .bot.message a").first).to_be_visible(timeout=20_000)
    page.locator("#new").click()
    expect(page.locator("#chat .message")).to_have_count(0, timeout=20_000)
    page.wait_for_timeout(2000)
    assert page.locator("#chat .message").count() == 0


def test_the_api_gives_the_answer_as_json(url):
    from gradio_client import Client

    client = Client(url, verbose=False)
    answer = client.predict(question="한빛대교의 길이는 얼마야?", api_name="/ask")
    texts = {passage["id"]: passage["text"] for passage in answer["passages"]}
    assert answer["found"] and answer["citations"]
    for citation in answer["citations"]:
        assert texts[citation["passage_id"]][citation["start"]:citation["end"]] == citation["quote"]
    turn = {"question": "한빛대교의 길이는 얼마야?", "answer": answer["answer"]}
    later = client.predict("그건 언제 개통되었어?", [turn], api_name="/ask")
    assert "2011년" in later["answer"] and later["understood"] != later["question"]
    only = client.predict("그건 언제 개통되었어?", [turn], "마루도서관.md", api_name="/ask")
    assert {passage["title"] for passage in only["passages"]} == {"마루도서관 이용 현황"}
    for wrong in (("",), ("질문", [{"question": "답 없음"}]), ("질문", [], "없는 보고서")):
        with pytest.raises(Exception, match="비어|history|없습니다"):
            client.predict(*wrong, api_name="/ask")
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert list(named) == ["/ask"]
    assert json.dumps(answer, ensure_ascii=False)


def test_ten_people_at_once_get_their_own_answers(url):
    from gradio_client import Client

    questions = ["한빛대교의 길이는 얼마야?", "마루도서관의 어린이 열람실은 언제 쉬어?", "한빛대교의 보수 예산은 얼마야?",
                 "마루도서관의 2023년 방문자는 몇 명이야?", "푸른곶 항로의 폭은 얼마야?"] * 2
    clients = [Client(url, verbose=False) for _ in questions]
    jobs = [client.submit(question, api_name="/ask") for client, question in zip(clients, questions, strict=True)]
    results = [job.result(timeout=60) for job in jobs]
    assert [result["question"] for result in results] == questions
    assert [bool(result["found"]) for result in results] == [True] * len(questions)
    assert {result["answer"] for result in results[:5]} == {result["answer"] for result in results[5:]}
