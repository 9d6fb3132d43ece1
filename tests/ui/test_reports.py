"""The reports tab as its user meets it: real Gradio, real Chromium."""

import os
import time

import pytest

from ingest.run import ingest
from rag.settings import Settings
from tests.ui.conftest import ATTACK, BRIDGE, HARM, LIBRARY, answers, end, free_port, start
from tests.ui.test_page import ask

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
SHIP = "# 해솔호 운항 보고서\n\n## 속도와 정원\n\n해솔호의 정원은 {}명이다.\n"
WAIT = 40_000  # milliseconds; a file is read by a process of its own, which has to start


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """(address, folder): a page over a folder of two reports, into which these tests put more."""
    place = tmp_path_factory.mktemp("site")
    folder = place / "보고서"
    folder.mkdir()
    for name, text in (("한빛대교.md", BRIDGE), ("마루도서관.md", LIBRARY)):
        (folder / name).write_text(text, encoding="utf-8")
    assert ingest(Settings(index=place / "색인"), [folder]).added == 2
    port = free_port()
    process = start("--index", place / "색인", "--port", port)
    try:
        answers(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}", folder
    finally:
        end(process)


# a small report is read sooner than the page is looked at again
BEGUN = """() => { window.begun = 0; new MutationObserver(() => { window.begun += document.querySelectorAll("#reports-progress progress").length })
                    .observe(document.body, {childList: true, subtree: true}) }"""


@pytest.fixture
def reports(visit, site):
    """A function that opens the reports tab."""
    def reports(**how):
        page = visit(site[0], **how)
        page.get_by_role("tab", name="Reports" if how.get("locale") == "en-US" else "보고서").click()
        expect(page.locator("#reports-list button").first).to_be_visible(timeout=WAIT)
        page.evaluate(BEGUN)
        return page
    return reports


def put(page, *files: tuple[str, str | bytes], into: str = "#reports-upload") -> str:
    """Give files to the page, wait until they are read; returns what it says of them."""
    page.locator(f"{into} input[type=file]").set_input_files([
        {"name": name, "mimeType": "application/octet-stream", "buffer": data.encode() if isinstance(data, str) else data}
        for name, data in files])
    return told(page)


def told(page) -> str:
    page.wait_for_function("window.begun > 0", timeout=WAIT)
    expect(page.locator("#reports-progress progress")).to_have_count(0, timeout=WAIT)
    page.evaluate("window.begun = 0")
    return page.locator("#reports-progress").inner_text()


def row(page, name: str):
    return page.locator("#reports-list tr", has_text=name)


def choose(page, name: str):
    """Choose a report; returns the frame with its text."""
    row(page, name).locator("button").click()
    expect(page.locator("#report h3")).to_be_visible(timeout=WAIT)
    return page.frame_locator("#report iframe")


def remove(page, name: str) -> None:
    page.wait_for_timeout(1000)  # the list is drawn anew after what was done before
    choose(page, name)
    page.wait_for_timeout(1000)
    page.locator("#report-remove").click()
    expect(page.locator("#report-sure")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(500)
    page.locator("#report-sure").click()
    expect(row(page, name)).to_have_count(0, timeout=WAIT)


def test_an_uploaded_report_answers_is_replaced_and_removed(reports, artifacts):
    page = reports()
    assert "새로 1" in put(page, ("해솔호(최종).md", SHIP.format(420)))
    expect(row(page, "해솔호 운항 보고서")).to_contain_text("올린 파일/해솔호(최종).md", timeout=WAIT)
    for words in ("MD", "읽음", time.strftime("%Y-")):
        expect(row(page, "해솔호")).to_contain_text(words)
    page.get_by_role("tab", name="질문").click()
    expect(page.locator("#status")).to_contain_text("보고서 3건", timeout=20_000)
    expect(ask(page, "해솔호의 정원은 몇 명이야?")).to_contain_text("420명")
    expect(page.locator("#sources")).to_contain_text("해솔호(최종).md")
    page.get_by_role("tab", name="보고서").click()
    choose(page, "해솔호")
    assert "새로 1" in put(page, ("다른 이름.txt", SHIP.format(510)), into="#report-actions")  # of another kind
    expect(row(page, "해솔호(최종).md")).to_have_count(0, timeout=WAIT)
    expect(row(page, "해솔호")).to_contain_text("해솔호(최종).txt")
    choose(page, "해솔호")
    assert "바뀜 1" in put(page, ("또 다른 이름.txt", SHIP.format(530)), into="#report-actions")
    expect(page.frame_locator("#report iframe").locator("main")).to_contain_text("530명", timeout=WAIT)
    page.screenshot(path=artifacts / "reports.png")
    page.get_by_role("tab", name="질문").click()
    expect(ask(page, "해솔호의 정원은 몇 명이야?")).to_contain_text("530명")
    page.get_by_role("tab", name="보고서").click()
    page.locator("#report-remove").click()
    expect(page.locator("#report-question")).to_contain_text("올린 파일도 지웁니다")
    page.locator("#report-keep").click()
    expect(page.locator("#report-sure")).to_be_hidden()
    remove(page, "해솔호")
    expect(page.locator("#report-actions")).to_be_hidden()
    page.get_by_role("tab", name="질문").click()
    page.locator("#box textarea").fill("해솔호의 정원은 몇 명이야?")
    page.locator("#box textarea").press("Enter")
    last = page.locator("#chat .bot.message").nth(2)
    expect(last.locator("a").first).to_be_visible(timeout=WAIT)
    assert "530" not in last.inner_text() and "해솔호" not in page.locator("#sources .card:visible").first.inner_text()
    assert page.troubles == []


def test_of_many_files_each_that_fails_is_named_with_its_reason(reports, artifacts):
    page = reports()
    said = put(page, ("가람.md", SHIP.format(1)), ("깨진.pdf", b"%PDF-1.4 nothing"), ("실행.exe", b"MZ"),
               ("나루.md", SHIP.format(2).replace("해솔호", "나루호")))
    assert "새로 2" in said and "손상된 PDF" in said and "읽을 수 없는 종류" in said
    expect(row(page, "깨진.pdf")).to_contain_text("읽지 못함", timeout=WAIT)
    expect(page.locator("#reports-list [role=status]")).to_contain_text("읽지 못한 파일 1건")
    choose(page, "깨진.pdf")
    expect(page.locator("#report-about")).to_contain_text("손상된 PDF")
    page.screenshot(path=artifacts / "reports-failed.png")
    page.locator("#report-again").click()
    assert "손상된 PDF" in told(page)
    for name in ("깨진.pdf", "가람.md", "나루.md"):
        remove(page, name)


def test_a_folder_is_matched_and_one_of_its_reports_read_again(reports, site):
    page, file = reports(), site[1] / "새로 온 글.md"
    file.write_text(SHIP.format(77).replace("해솔호", "다온호"), encoding="utf-8")
    page.locator("#reports-align").click()
    assert "새로 1" in told(page)
    frame = choose(page, "다온호 운항 보고서")
    expect(frame.locator("main")).to_contain_text("77명", timeout=WAIT)
    expect(page.locator("#report-replace")).to_be_hidden()  # a folder's files are its owner's
    file.write_text(SHIP.format(88).replace("해솔호", "다온호"), encoding="utf-8")
    page.locator("#report-again").click()
    assert "바뀜 1" in told(page)
    expect(frame.locator("main")).to_contain_text("88명", timeout=WAIT)
    page.locator("#report-remove").click()
    expect(page.locator("#report-question")).to_contain_text("파일은 폴더에 그대로")
    page.locator("#report-sure").click()
    expect(row(page, "다온호")).to_have_count(0, timeout=WAIT)
    assert file.exists()
    file.unlink()


def test_a_report_is_seen_as_it_was_read_with_the_quotation_in_view(visit, site, artifacts):
    from rag import store
    from ui.reading import address

    page = visit(site[0])
    with store.reading(site[1].parent / "색인") as db:
        row, source = store.find_source(db, store.live_generation(db), "마루도서관.md")[0]
        text = store.load_report(db, row).text
    start = text.index("방문자(명): 96,750") + len("방문자(명): ")
    for size in ((1280, 300), (390, 400)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{site[0]}/{address(source, start, start + 6)}")
        expect(page.locator("mark#here")).to_have_text("96,750")
        expect(page.locator("mark#here")).to_be_in_viewport()
        assert page.locator("td", has=page.locator("mark")).inner_text() == "96,750"
        assert page.locator("table", has=page.locator("mark")).locator("thead th").all_inner_texts() == ["연도", "방문자(명)", "대출 권수"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=artifacts / f"reading-{size[0]}.png")
    assert page.evaluate("document.documentElement.lang") == "ko" and page.locator("script").count() == 0
    page.get_by_text("차례").click()
    page.get_by_role("link", name="어린이 열람실 운영").click()
    assert page.url.partition("#")[2].startswith("b")
    assert page.troubles == [] and page.hosts == {site[0].removeprefix("http://")}


def test_what_attacks_by_its_name_title_or_text_does_nothing(reports, site):
    page = reports()
    name = "<img src=x onerror=window.__pwned=1>\u202e${window.__pwned=1}{{x}}.md"
    put(page, (name, ATTACK), ("\"><svg onload=window.__pwned=1>.pdf", b"%PDF" + HARM.encode()))
    (site[1] / "<b onmouseover=window.__pwned=1>'\".md").write_text(ATTACK, encoding="utf-8")
    page.locator("#reports-align").click()
    assert "새로 1" in told(page)
    expect(row(page, "푸른곶 등대")).to_have_count(2, timeout=WAIT)
    for n in range(2):
        row(page, "푸른곶 등대").nth(n).locator("button").click()
        expect(page.frame_locator("#report iframe").locator("main")).to_contain_text("42미터", timeout=WAIT)
    row(page, "svg").locator("button").click()
    expect(page.locator("#report-about")).to_contain_text("svg")
    for frame in page.frames:
        assert frame.evaluate("window.__pwned") is None
        for place in ("#reports-list table", "#reports-progress ul", "#report-about h3", "#report-about ul", "header ~ main"):
            assert frame.locator(f"{place} :is(img, svg, form, iframe, style, script, input)").count() == 0
    assert page.troubles == [] and page.hosts - {""} == {site[0].removeprefix("http://")}
    for file in list(site[1].glob("<b*")):
        os.unlink(file)
    page.locator("#reports-align").click()
    assert "빠짐 1" in told(page)
    remove(page, "svg")
    remove(page, "푸른곶 등대")


def test_the_tab_works_by_keyboard_and_finds_by_words(reports):
    page = reports()
    page.locator("#reports-search textarea, #reports-search input").first.fill("도서관 이용")
    expect(page.locator("#reports-list tbody tr")).to_have_count(1, timeout=WAIT)
    page.keyboard.press("Tab")
    while page.evaluate("!document.activeElement.dataset.source"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#report h3")).to_have_text("마루도서관 이용 현황", timeout=WAIT)
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "true"  # the focus stays
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id != 'report-remove'"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#report-sure")).to_be_focused(timeout=WAIT)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # keep it
    expect(page.locator("#report-remove")).to_be_focused(timeout=WAIT)
    expect(page.locator("#report-sure")).to_be_hidden()
    unnamed = page.evaluate("""() => [...document.querySelectorAll('#reports :is(button, input, textarea, a, iframe)')].filter(
        e => e.checkVisibility() && !(e.textContent.trim() || e.title || e.ariaLabel || e.placeholder || e.type == 'file')
    ).map(e => e.outerHTML)""")
    assert unnamed == []


def test_a_phone_shows_the_list_and_then_the_report(reports, artifacts):
    page = reports(size=(390, 844))
    page.screenshot(path=artifacts / "reports-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    frame = choose(page, "마루도서관")
    expect(frame.locator("h1")).to_be_in_viewport(timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=artifacts / "reports-phone-report.png")


def test_the_tab_speaks_english_to_an_english_browser(reports):
    page = reports(locale="en-US")
    expect(page.locator("#reports-align")).to_have_text("Match folders")
    expect(page.locator("#reports-list")).to_contain_text("Passages")
    expect(page.locator("#reports-list [role=status]")).to_contain_text("reports")


def test_two_thousand_reports_are_listed_in_little_html():
    from ui.reports import MORE, WORDS, matching, table

    rows = [{"source": f"폴더/보고서 {n}.pdf", "title": f"{n}째 보고서", "pages": n, "passages": n, "added": "2026-01-01T00:00:00",
             "uploaded": False, "failed": "", "reasons": []} for n in range(2000)]
    started = time.perf_counter()
    found = matching(rows, "보고서 1999")
    html = table(rows, rows[:MORE], len(rows), "", WORDS["ko"])
    assert time.perf_counter() - started < 0.5 and len(html) < 100_000 and html.count("<button") == MORE
    assert "보고서 2,000건" in html and [row["source"] for row in found] == ["폴더/보고서 1999.pdf"]
