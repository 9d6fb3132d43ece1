"""What can be done with a conversation: said again, changed, copied, kept, found, rated; read on in the report."""

import json
import sqlite3

import pytest

from tests.ui.test_page import ask, in_view
from ui import records

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def test_hangul_that_is_being_composed_is_not_sent(visit, url):
    page = visit(url)
    page.locator("#box textarea").click()
    session = page.context.new_cdp_session(page)
    for composed in ("ㅎ", "하", "한"):
        session.send("Input.imeSetComposition", {"text": composed, "selectionStart": 1, "selectionEnd": 1})
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229})
    page.wait_for_timeout(500)
    assert page.locator("#chat .message").count() == 0
    session.send("Input.insertText", {"text": "한"})
    page.keyboard.insert_text("빛대교의 길이는 얼마야?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .user.message")).to_have_text("한빛대교의 길이는 얼마야?", timeout=20_000)
    expect(page.locator("#chat .bot.message")).to_contain_text("1,240미터", timeout=20_000)


def test_the_report_opens_beside_the_conversation_at_the_cited_words(visit, url, artifacts):
    page = visit(url)
    ask(page, "한빛대교의 보수 예산은 얼마야?")
    page.locator(".card .ways a").first.click()
    reader = page.frame_locator("#reader iframe")
    expect(reader.locator("mark", has_text="37억 원")).to_be_in_viewport(timeout=20_000)
    expect(reader.locator("h1, h2, h3").first).to_be_attached()
    expect(page.locator("#chat")).to_be_visible()  # side by side
    page.screenshot(path=artifacts / "reader.png")
    page.locator("#reader-close").click()
    expect(page.locator("#sources")).to_be_visible()
    assert page.troubles == []


def test_an_answer_is_copied_with_its_sources(visit, url):
    page = visit(url)
    page.context.grant_permissions(["clipboard-read"])
    message = ask(page, "마루도서관의 어린이 열람실은 언제 쉬어?")
    message.get_by_text("복사").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "월요일에 쉽니다. [1]" in copied and "출처\n[1] 마루도서관 이용 현황" in copied and "마루도서관의 어린이 열람실은 매주 월요일에 쉰다.”" in copied


def test_a_question_is_asked_again_and_changed(visit, url):
    page = visit(url)
    ask(page, "한빛대교의 길이는 얼마야?")
    ask(page, "마루도서관의 어린이 열람실은 언제 쉬어?")
    page.locator("#chat [title='다시 시도']").last.click()
    page.wait_for_timeout(1500)
    expect(page.locator("#chat .bot.message")).to_have_count(2)
    expect(page.locator("#chat .bot.message").nth(1)).to_contain_text("월요일", timeout=20_000)
    page.locator("#chat [title='편집']").first.click()
    page.locator("#chat textarea").first.fill("한빛대교의 *보수* 예산은 얼마야?")
    page.locator("#chat [title='제출']").first.click()
    expect(page.locator("#chat .bot.message")).to_have_count(1, timeout=20_000)
    expect(page.locator("#chat .bot.message").first).to_contain_text("37억 원", timeout=20_000)
    expect(page.locator("#chat .user.message").first).to_contain_text("*보수*")


def test_conversations_are_kept_found_opened_and_deleted(visit, url, index):
    page = visit(url)
    ask(page, "한빛대교의 길이는 얼마야?")
    page.locator("#new").click()
    expect(page.locator("#chat .bot.message")).to_have_count(0)  # as whoever types the next question sees it
    ask(page, "마루도서관의 어린이 열람실은 언제 쉬어?")
    page.reload()
    page.locator("#box textarea").wait_for()
    page.locator(".toggle-button").first.click()
    past = page.locator("#past label")
    expect(past).to_have_count(2, timeout=20_000)
    page.locator("#past-find textarea, #past-find input").first.fill("한빛대교")
    expect(past).to_have_count(1, timeout=20_000)
    past.first.click()
    expect(page.locator("#chat .bot.message")).to_contain_text("1,240미터", timeout=20_000)
    expect(page.locator("#cit-1-1")).to_contain_text("1,240미터")
    expect(ask(page, "그건 언제 개통되었어?")).to_contain_text("2011년 5월")  # it goes on where it was
    page.locator("#past-delete").click()
    expect(past).to_have_count(0, timeout=20_000)
    stranger = visit(url)
    stranger.locator(".toggle-button").first.click()
    stranger.wait_for_timeout(1000)
    assert stranger.locator("#past label").count() == 0
    with sqlite3.connect(index / "page.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM conversations WHERE title LIKE '%한빛대교의 길이%' AND owner IN "
                          "(SELECT owner FROM conversations WHERE title LIKE '%어린이 열람실은 언제%')").fetchone() == (0,)


def test_a_conversation_is_saved_as_markdown(visit, url):
    page = visit(url)
    ask(page, "한빛대교의 길이는 얼마야?")
    page.locator(".toggle-button").first.click()
    with page.expect_download() as download:
        page.locator("#past-export").click()
    text = download.value.path().read_text("utf-8")
    assert download.value.suggested_filename == "대화.md"
    assert text.startswith("## 한빛대교의 길이는 얼마야?") and "1,240미터" in text and "> &#91;1&#93; 한빛대교 안전 점검 보고서" in text


def test_an_answer_is_rated_with_a_note(visit, url, index):
    page = visit(url)
    message = ask(page, "한빛대교의 보수 예산은 얼마야?")
    assert message
    page.locator("#chat [title='싫어요']").first.click()
    note = page.locator("#rating textarea, #rating input").first
    note.fill("정답: 37억 원")
    page.locator("#rating button").click()
    expect(page.locator("#rating")).to_be_hidden(timeout=20_000)
    with sqlite3.connect(index / "page.sqlite3") as db:
        (answer, liked, words), = db.execute("SELECT answer, liked, note FROM feedback ORDER BY id DESC LIMIT 1").fetchall()
    records.delete_feedback(index)
    assert (liked, words) == (0, "정답: 37억 원") and "보수 예산" in json.loads(answer)["question"]


def test_a_question_may_be_asked_of_chosen_reports_only(visit, url):
    page = visit(url)
    page.locator("#more button").first.click()
    page.locator("#scope input").click()
    page.get_by_role("option", name="마루도서관").click()
    page.keyboard.press("Escape")
    page.locator("#box textarea").fill("한빛대교의 길이는 얼마야?")
    page.locator("#box textarea").press("Enter")
    expect(page.locator("#chat .bot.message")).to_be_visible(timeout=20_000)
    expect(page.locator("#send")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(500)
    assert "1,240미터" not in page.locator("#chat .bot.message").inner_text()
    assert {card.inner_text() for card in page.locator(".card .file:visible").all()} <= {"마루도서관.md"} or \
        all("마루도서관.md" in card.inner_text() for card in page.locator(".card .file:visible").all())


def test_the_whole_conversation_can_be_used_without_a_mouse(visit, url):
    page = visit(url)
    page.locator("#box textarea").focus()
    page.keyboard.type("한빛대교의 길이는 얼마야?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .bot.message a").first).to_be_visible(timeout=20_000)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("(document.activeElement.getAttribute('href') || '').startsWith('#cit-')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'cit-1-1'")
    assert in_view(page, "#cit-1-1")
