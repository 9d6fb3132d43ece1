"""A report as it was read: its text, tables and places, the quoted characters marked, nothing of it alive."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ingest.run import ingest
from rag.documents import Block, Report
from rag.settings import Settings
from tests.ingest.pdf_writer import Text, write
from ui.reading import HEADINGS, PART, WORDS, address, render, routes

from .conftest import ATTACK_FILE, HARM

KO = WORDS["ko"]


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def marks(html: str) -> list[str]:
    return [text_of(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html)]


def report(*blocks: Block) -> Report:
    return Report("제목", blocks)


PAGES = report(Block("heading", "개요", 1, 1, "1쪽"), Block("paragraph", "다리의 길이는 <1,240>미터이다.", 0, 1, "1쪽"),
               Block("item", "첫째 일", 0, 1, "1쪽"), Block("item", "그 아래 일", 1, 1, "1쪽"),
               Block("row", "연도: 2022 | 방문자: 81,300", 0, 2, "2쪽"), Block("row", "연도: 2023 | 방문자: 96,750", 0, 2, "2쪽"),
               Block("row", "지점: 서울 | 매출: 12", 0, 2, "2쪽"))


def test_blocks_are_what_they_were_under_their_places():
    html = render(PAGES, "가.pdf", KO)
    assert "<h2 id='b0'>개요</h2>" in html and "<p>다리의 길이는 &lt;1,240&gt;미터이다.</p>" in html
    assert "<ul><li class=l0>첫째 일</li><li class=l1>그 아래 일</li></ul>" in html
    assert re.findall(r"class='place'>(.*?)<", html) == ["1쪽", "2쪽"]
    assert [text_of(head) for head in re.findall("<th .*?</th>", html)] == ["연도", "방문자", "지점", "매출"]
    assert html.count("<table>") == 2 and marks(html) == []


@pytest.mark.parametrize("quote", ["길이는 <1,240>미터", "개요", "첫째 일", "96,750", "울"])
def test_the_quoted_characters_are_marked_where_they_stand(quote):
    start = PAGES.text.index(quote)
    html = render(PAGES, "가.pdf", KO, (start, start + len(quote)))
    assert marks(html) == [quote] and html.count("id='here'") == 1


def test_a_quoted_row_marks_its_cells_and_a_quote_over_blocks_all_of_it():
    row = "연도: 2023 | 방문자: 96,750"
    start = PAGES.text.index(row)
    html = render(PAGES, "가.pdf", KO, (start, start + len(row)))
    assert marks(html) == ["2023", "96,750"] and html.count("id='here'") == 1
    start = PAGES.text.index("미터이다")
    html = render(PAGES, "가.pdf", KO, (start, PAGES.text.index("그 아래") + 4))
    assert marks(html) == ["미터이다.", "첫째 일", "그 아래"]
    assert KO["lost"] not in html and KO["lost"] in render(PAGES, "가.pdf", KO, (5, 9999))


def test_empty_cells_leave_a_gap_and_rows_without_names_are_a_table():
    html = render(report(Block("row", "지점: 서울 | 매출: 12"), Block("row", "지점: 부산 | 비고: 새로 엶"),
                         Block("row", "지점: 광주 | 매출: 7 | 비고: 닫음")), "가.md", KO)
    assert [[text_of(cell) for cell in re.findall("<t[dh].*?</t[dh]>", line)] for line in re.findall("<tr>.*?</tr>", html)] == [
        ["지점", "매출", "비고"], ["서울", "12", ""], ["부산", "", "새로 엶"], ["광주", "7", "닫음"]]
    odd = render(report(Block("row", "A: 1 | B: 2 | C: 3"), Block("row", "A: 4 | C: 5 | C: 6"), Block("row", "X: 7 | A: 8 | X: 9")), "가.md", KO)
    assert [text_of(cell) for cell in re.findall("<td>.*?</td>", odd) if text_of(cell)] == [*"123", *"456", *"879"]
    plain = render(report(Block("row", "가 | 나"), Block("row", "다 | 라")), "가.md", KO)
    assert plain.count("<table>") == 1 and "<thead>" not in plain and plain.count("<td>") == 4


def test_rows_of_a_sheet_stand_under_its_name_once():
    html = render(report(*(Block("row", f"월: {n} | 값: {n * 2}", 0, None, f"시트 매출 {n}행") for n in range(2, 6))), "가.xlsx", KO)
    assert re.findall(r"class='place'>(.*?)<", html) == ["시트 매출"] and html.count("<table>") == 1


def long(pages: int) -> Report:
    return report(*(block for n in range(1, pages + 1) for block in (
        Block("heading", f"{n}절 제목", 1, n, f"{n}쪽"), Block("paragraph", f"{n}째 쪽의 글이다. " * 80, 0, n, f"{n}쪽"))))


def test_a_long_report_comes_in_parts_around_the_place():
    whole = long(1200)
    start = whole.text.index("777째 쪽")
    html = render(whole, "긴 글.pdf", KO, (start, start + 6))
    assert marks(html) == ["777째 쪽"] and "<h2 id='b1552'>777절 제목</h2>" in html
    assert len(html) < 4 * PART and html.count("<li class='l1'>") <= HEADINGS
    part = int(re.search(r"(\d+)/\d+부분", html)[1])
    earlier, later = (render(whole, "긴 글.pdf", KO, part=part + step) for step in (-1, 1))
    assert f"part={part + 1}" in html and f"part={part - 1}" in html
    shown = [[int(n) for n in re.findall(r"id='b(\d+)'>", page)] for page in (earlier, html, later)]
    assert shown[0][-1] + 2 == shown[1][0] and shown[1][-1] + 2 == shown[2][0]  # nothing is left out, nothing said twice
    for wild in (-5, 0, 99999):
        assert "제목</h2>" in render(whole, "긴 글.pdf", KO, part=wild)
    linked = [(int(a), int(b)) for a, b in re.findall(r"part=(\d+)#b(\d+)", html)]
    assert len(linked) > 10 and all(f"id='b{n}'" in render(whole, "긴 글.pdf", KO, part=p) for p, n in linked[:3])


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    place = tmp_path_factory.mktemp("reading")
    folder = place / "보고서"
    folder.mkdir()
    (folder / ATTACK_FILE).write_text(f"# 제목 {HARM}\n\n글 {HARM}\n\n- 항목 {HARM}\n\n| 열 {HARM} | 값 |\n|---|---|\n| 가 {HARM} | 나 |\n",
                                      encoding="utf-8")
    (folder / "옛 글.txt").write_bytes("옛 글자로 쓴 글이다.".encode("cp949"))
    (folder / "쪽.html").write_text("<h1>쪽</h1><p>글이다.</p><script>1</script>", encoding="utf-8")
    (folder / "다리.pdf").write_bytes(write([[Text(100, 100, "첫째 쪽의 글이다.")], [Text(100, 200, "다리의 길이는 1,240미터이다.")]]))
    settings = Settings(index=place / "색인")
    assert ingest(settings, [folder]).added == 4
    return settings


@pytest.fixture(scope="module")
def client(settings):
    return TestClient(Starlette(routes=routes(settings)))


def test_a_report_that_attacks_is_text(client):
    answer = client.get("/" + address(f"보고서/{ATTACK_FILE}", 0, 9))
    assert answer.status_code == 200 and "default-src 'none'" in answer.headers["content-security-policy"]
    body = answer.text.partition("<body>")[2]
    tags = set(re.findall(r"</?([a-z0-9]+)", body))
    assert tags <= {"header", "h1", "h2", "p", "a", "small", "details", "summary", "ol", "li", "main", "mark", "ul", "div",
                    "table", "thead", "tbody", "tr", "th", "td", "body", "html"}
    assert all(link.startswith(("report?", "original?")) for link in re.findall(r"href='(.*?)'", body))
    assert "onerror=window" in text_of(body) and not re.search(r"<[^>]+\son\w+=", body)


def test_an_address_says_all_and_only_what_is_meant():
    name = "폴더/이름 & #1? <b>'\".md"
    assert parse_qs(urlsplit(address(name)).query) == {"source": [name]} and urlsplit(address(name)).fragment == ""
    link = urlsplit(address(name, 3, 8))
    assert (link.path, link.fragment) == ("report", "here")
    assert parse_qs(link.query) == {"source": [name], "start": ["3"], "end": ["8"]}
    assert re.fullmatch(r"[\w?=&%.+#-]+", address(name, 3, 8), re.A)


def test_a_report_that_is_not_there_is_a_page_that_says_so(client):
    for path in ("/report?source=없음<b>", "/report", "/original?source=없음<b>", "/original?source=../색인/library.sqlite3"):
        answer = client.get(path)
        assert answer.status_code == 404 and "그런 보고서가 없습니다" in answer.text and "<b>" not in answer.text
    assert client.get("/report?source=보고서/쪽.html&start=가").status_code == 400
    english = client.get("/report?source=x", headers={"accept-language": "en-US"})
    assert "This cannot be shown" in english.text and "<html lang='ko'>" in english.text


def test_the_original_is_shown_or_saved_by_its_kind(client, settings):
    text = client.get("/original", params={"source": "보고서/옛 글.txt"})
    assert text.headers["content-type"] == "text/plain; charset=euc-kr" and text.text == "옛 글자로 쓴 글이다."
    assert text.headers["content-disposition"].startswith("inline") and "%EC%98%9B" in text.headers["content-disposition"]
    page = client.get("/original", params={"source": "보고서/쪽.html"})
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"].startswith("attachment")
    file = settings.index.parent / "보고서" / "쪽.html"
    moved = file.rename(file.with_suffix(".old"))
    try:
        gone = client.get("/original", params={"source": "보고서/쪽.html"})
        assert gone.status_code == 404 and "원본 파일이 그 자리에 없습니다" in gone.text
    finally:
        moved.rename(file)


def test_a_pdf_leads_to_pictures_of_its_pages(client):
    html = client.get("/" + address("보고서/다리.pdf", 12, 20)).text
    links = [unescape(link) for link in re.findall(r"href='(page[^']*)'", html)]
    assert [parse_qs(urlsplit(link).query)["page"] for link in links] == [["1"], ["2"]]
    pictures = [client.get("/" + link) for link in links]
    assert [picture.headers["content-type"] for picture in pictures] == ["image/png"] * 2
    assert pictures[1].content != client.get("/" + links[1].replace("start=12", "start=20")).content  # without the mark
    for wrong in ("/page?source=보고서/다리.pdf&page=9", "/page?source=보고서/쪽.html&page=1", "/page?source=없음&page=1"):
        assert client.get(wrong).status_code == 404
    assert "page?" not in client.get("/" + address("보고서/쪽.html")).text
