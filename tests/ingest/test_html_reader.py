"""HTML -> Report: expected blocks are written out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import html_reader
from rag.errors import UnreadableFile


def read(page):
    return html_reader.read(page.encode() if isinstance(page, str) else page, "이름")


def blocks(page):
    return [(block.kind, block.level, block.text) for block in read(page).blocks]


def texts(page):
    return [block.text for block in read(page).blocks]


def test_headings_paragraphs_and_inline_elements():
    assert blocks("<h1>큰<br>제목</h1><p><b>네이버</b>는 <a href='x'>AI</a>를<br>만든다.</p>맨 글<h3>작은 제목</h3>") == [
        ("heading", 1, "큰 제목"), ("paragraph", 0, "네이버는 AI를"), ("paragraph", 0, "만든다."), ("paragraph", 0, "맨 글"),
        ("heading", 3, "작은 제목")]


def test_nested_lists():
    assert blocks("<ul><li>하나<ul><li>하나의 하나<li><p>하나의 둘</p></ul><li>둘</ul><dl><dt>용어<dd>뜻</dl>") == [
        ("item", 0, "하나"), ("item", 1, "하나의 하나"), ("item", 1, "하나의 둘"), ("item", 0, "둘"), ("item", 0, "용어"),
        ("item", 0, "뜻")]


def test_spans_are_filled_and_a_header_of_two_rows_is_joined():
    assert texts("<table><caption>실적</caption><thead><tr><th rowspan=2>기업<th colspan=2>매출<th rowspan=2>비고"
                 "<tr><th>상반기<th>하반기<tbody><tr><td rowspan=2>가<td>1<td>2<td>ㄱ<tr><td>3<td>4<td></table>") == [
        "실적", "기업: 가 | 매출 상반기: 1 | 매출 하반기: 2 | 비고: ㄱ", "기업: 가 | 매출 상반기: 3 | 매출 하반기: 4"]


def test_cells_spanned_to_the_right_and_words_parted_in_a_cell():
    assert texts("<table><tr><th>구분<th>1월<th>2월<tr><td>합계<td colspan=2><p>가</p><p>나</p><b>다</b>라<br>마</table>") == [
        "구분: 합계 | 1월: 가 나 다라 마 | 2월: 가 나 다라 마"]


@pytest.mark.parametrize("span", ["0", "-1", "²", "1e3", "", "99999999999999999999", "x"])
def test_spans_that_are_no_numbers(span):
    assert texts(f"<table><tr><td colspan='{span}' rowspan='{span}'>가<td>나<tr><td>다<td>라</table>")[-1].endswith("나: 라")


def test_names_at_the_left_are_no_header():
    assert texts("<table><tr><th>설립<td>2015년<tr><th>대표<td>샘 올트먼</table>") == ["설립 | 2015년", "대표 | 샘 올트먼"]


def test_a_table_for_layout_is_read_through_once():
    assert blocks("<table><tr><td><h2>왼쪽</h2>메뉴</td><td><p>글이다.</p><table><tr><th>기업<th>값<tr><td>가<td>1</table></td>"
                  "</tr></table><table><tr><td>한 칸</table>") == [
        ("heading", 2, "왼쪽"), ("paragraph", 0, "메뉴"), ("paragraph", 0, "글이다."), ("row", 0, "기업: 가 | 값: 1"),
        ("paragraph", 0, "한 칸")]


def test_what_is_not_shown_is_not_read():
    assert texts("<head><style>p{}</style></head><body><nav>차례</nav><p>본문<span>가<script>var x = 1;</script></span></p>"
                 "<table><tr><td>나<style>td{}</style><td>다<tr><td>라<td>마</table><template><p>틀</p></template>"
                 "<!-- 숨긴 말 --><svg><text>그림</text></svg><h2>끝<script>1</script></h2>") == ["본문가", "나: 라 | 다: 마", "끝"]


def test_words_are_kept_as_they_are_shown():
    page = "<p>R&amp;D &lt;b&gt; &amp;lt; 각주[1](검색) **별** `x`&nbsp;[LINK](#) 하\u200b나</p>"
    assert texts(page) == ["R&D <b> &lt; 각주[1](검색) **별** `x` [LINK](#) 하나"]


@pytest.mark.parametrize(("page", "title"), [
    ("<title>제목 &amp; 말</title><h1>큰 제목</h1>", "제목 & 말"), ("<title> </title><h1>큰 제목</h1>", "큰 제목"), ("<p>글", "이름")])
def test_title(page, title):
    assert read(page).title == title


def test_encodings():
    page = "<meta charset='euc-kr'><p>똠방각하의 보고서</p>"
    for encoding in ("cp949", "utf-8", "utf-16"):
        assert texts(page.encode(encoding)) == ["똠방각하의 보고서"]


@pytest.mark.parametrize("page", ["", "<html></html>", "<frameset><frame src=a></frameset>", "<title>제목</title>"])
def test_pages_without_a_body_have_no_blocks(page):
    assert texts(page) == []


@pytest.mark.parametrize("tag", ["div", "ul><li", "b><div", "blockquote"])
def test_a_page_nested_too_deep_is_refused(tag):
    with pytest.raises(UnreadableFile, match="깊이"):
        read(f"<{tag}>" * 5000 + "글")


def test_inline_elements_nested_deep_are_read():
    assert texts("<span>" * 5000 + "글") == ["글"]


@given(st.lists(st.one_of(
    st.text("가나 &<>;\"'", max_size=8),
    st.sampled_from(["<p>", "</p>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "<th rowspan=2>", "</table>", "<br>",
                     "<td colspan=3>", "<h2>", "</h2>", "<div>", "</div>", "<b>", "</b>", "<script>", "</script>", "<!--", "-->",
                     "<caption>", "<dl>", "<dd>", "<svg>", "<template>", "<body>", "<title>"])), max_size=40).map("".join))
@settings(max_examples=100)
def test_any_page_is_read(page):
    for block in read(page).blocks:
        assert block.text == " ".join(block.text.split()) != ""
