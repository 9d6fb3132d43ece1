"""Markdown and plain text -> Report: expected blocks are written out by hand."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import markup


def blocks(text):
    return [(block.kind, block.level, block.text) for block in markup.read(text, "이름").blocks]


def texts(text):
    return [block.text for block in markup.read(text, "이름").blocks]


def test_headings_paragraphs_and_nested_lists():
    assert blocks("# 제목\n\n첫 문단이다.\n\n## 작은 제목 ##\n- 하나\n    - 하나의 하나\n    - 하나의 둘\n- 둘\n\n"
                  "1. 첫째\n2. 둘째\n") == [
        ("heading", 1, "제목"), ("paragraph", 0, "첫 문단이다."), ("heading", 2, "작은 제목"), ("item", 0, "하나"),
        ("item", 1, "하나의 하나"), ("item", 1, "하나의 둘"), ("item", 0, "둘"), ("item", 0, "1. 첫째"), ("item", 0, "2. 둘째")]


def test_items_hang_under_what_is_less_indented_or_marked_otherwise_before():
    text = "1. 누리셀\n - 매출 50억 원\n  * 22년 기준\n - 직원 40명\n2. 한빛로보\n- 매출 90억 원\n○ 비고\n- 없음\n3. 가람"
    assert [(level, word) for _, level, word in blocks(text)] == [
        (0, "1. 누리셀"), (1, "매출 50억 원"), (2, "22년 기준"), (1, "직원 40명"), (0, "2. 한빛로보"), (1, "매출 90억 원"), (2, "비고"), (1, "없음"), (0, "3. 가람")]


def test_headings_of_slides():
    assert blocks("앞의 말이다.\n\n2.1 가격 경쟁\n값이 내렸다.\n\n단점\n- 느림\n- 비쌈\n\n2.4 배로 늘었다.\n\n대표 상품\n달무리 2세대\n\n가람로보 CEO,\n김한솔\n\n끝이다.") == [
        ("paragraph", 0, "앞의 말이다."), ("heading", 5, "2.1 가격 경쟁"), ("paragraph", 0, "값이 내렸다."), ("heading", 7, "단점"), ("item", 0, "느림"), ("item", 0, "비쌈"),
        ("paragraph", 0, "2.4 배로 늘었다."), ("paragraph", 0, "대표 상품 달무리 2세대"), ("paragraph", 0, "가람로보 CEO, 김한솔"), ("paragraph", 0, "끝이다.")]


def test_headings_of_slides_without_blank_lines():
    assert blocks("Ⅰ. 시장\n1.1 왜 지금인가\n- 값이 내림\n1.2 가격 경쟁\n[연도별 가격]\n구분\t24년\n값\t10원\n1.2.1 두레셀(DureCell)\n대표이사,\n김가람\n- 직원 40명\n가람셀\n- 직원 30명\n"
                  "1.9 버전\n지원 종료\n2.1 전망\n나아질 것\nⅡ-2. 남은 일\n- 길게 쓴 항목이라 다음 줄로 이어지는 것이 한눈에 보이는 글인데\n두 줄인 것\n- 짧은 항목") == [
        ("heading", 2, "Ⅰ. 시장"), ("heading", 5, "1.1 왜 지금인가"), ("item", 0, "값이 내림"), ("heading", 5, "1.2 가격 경쟁"), ("paragraph", 0, "[연도별 가격]"),
        ("row", 0, "구분: 값 | 24년: 10원"), ("heading", 6, "1.2.1 두레셀(DureCell)"), ("paragraph", 0, "대표이사, 김가람"), ("item", 0, "직원 40명"), ("heading", 7, "가람셀"),
        ("item", 0, "직원 30명"), ("paragraph", 0, "1.9 버전"), ("paragraph", 0, "지원 종료"), ("heading", 5, "2.1 전망"), ("paragraph", 0, "나아질 것"), ("heading", 2, "Ⅱ-2. 남은 일"),
        ("item", 0, "길게 쓴 항목이라 다음 줄로 이어지는 것이 한눈에 보이는 글인데"), ("paragraph", 0, "두 줄인 것"), ("item", 0, "짧은 항목")]


def test_a_numbered_heading_is_no_end_of_a_long_item():
    assert blocks("1.1 요약\n- 다음 단어 확률만 좇고 사실 여부를 따로 검증하지 않기 때문에 생기는 일이 여럿\n1.2 세 가지 층\n- 기반 층") == [
        ("heading", 5, "1.1 요약"), ("item", 0, "다음 단어 확률만 좇고 사실 여부를 따로 검증하지 않기 때문에 생기는 일이 여럿"), ("heading", 5, "1.2 세 가지 층"), ("item", 0, "기반 층")]


def test_numbers_in_brackets_and_labels_open_lines_of_their_own():
    assert blocks("2.5 가볍게 만들기\n(1) 증류\n- 큰 모델의 출력을 작은 모델이 흉내를 내도록 하는 방법, 확산 50단계 → 4단계로 축소\n(2) 양자화\n- 4비트\n\n제언 1. 지우는 목록부터\n"
                  "- 1년간 로그인하지 않은 계정은 회수, 평균 좌석의 19%가 회수 대상이라고 함\n제언 2. 담당자와 함께\n- 권장") == [
        ("heading", 5, "2.5 가볍게 만들기"), ("item", 0, "(1) 증류"), ("item", 1, "큰 모델의 출력을 작은 모델이 흉내를 내도록 하는 방법, 확산 50단계 → 4단계로 축소"), ("item", 0, "(2) 양자화"),
        ("item", 1, "4비트"), ("heading", 7, "제언 1. 지우는 목록부터"), ("item", 0, "1년간 로그인하지 않은 계정은 회수, 평균 좌석의 19%가 회수 대상이라고 함"),
        ("heading", 7, "제언 2. 담당자와 함께"), ("item", 0, "권장")]


def test_names_over_lists_are_headings_and_facts_and_persons_are_not():
    assert blocks("4.2 대표 서비스\n대표 서비스\n가람봇 (GaramBot)\n- 자동 해결률 61%\n- 공동창업자 : 김한솔(CEO)\n두레봇 1.5\n- 은행 5곳\n● 가람로보 CEO,\n김한솔\n\n"
                  "2. 한솔클릭\n한솔클릭 대표\n오세린\n- 직원 40명\n한 달 뒤에도 쓰는 사람 48%\n- 충전이 귀찮음") == [
        ("heading", 5, "4.2 대표 서비스"), ("paragraph", 0, "대표 서비스"), ("heading", 7, "가람봇 (GaramBot)"), ("item", 0, "자동 해결률 61%"), ("item", 0, "공동창업자 : 김한솔(CEO)"),
        ("heading", 7, "두레봇 1.5"), ("item", 0, "은행 5곳"), ("item", 1, "가람로보 CEO, 김한솔"), ("item", 0, "2. 한솔클릭"), ("paragraph", 0, "한솔클릭 대표"), ("paragraph", 0, "오세린"),
        ("item", 0, "직원 40명"), ("paragraph", 0, "한 달 뒤에도 쓰는 사람 48%"), ("item", 0, "충전이 귀찮음")]


@pytest.mark.parametrize(("before", "number", "expected"), [("3.1", "3.2", True), ("3.1", "3.1.1", True), ("3.1.4", "3.2", True), ("3.1.4", "4.1", True), ("3.9", "3.10", True),
                                                            ("3.1", "3.3", False), ("3.2", "3.1", False), ("3.1", "5.1", False), ("", "1.1", False), ("3.1", "3.1.2", False)])
def test_numbers_in_turn(before, number, expected):
    assert markup._in_turn(before, number) == expected


def test_markdown_table():
    assert blocks("앞 문단이다.\n\n| 통신사 | 서비스 | 성격 |\n|---|:-:|--:|\n| SK 텔레콤 | **에이닷** | 대화형<br>AI |\n"
                  "| | 누구 | a \\| b |\n\n뒤 문단이다.") == [
        ("paragraph", 0, "앞 문단이다."), ("row", 0, "통신사: SK 텔레콤 | 서비스: 에이닷 | 성격: 대화형 AI"),
        ("row", 0, "통신사: SK 텔레콤 | 서비스: 누구 | 성격: a / b"), ("paragraph", 0, "뒤 문단이다.")]


def test_markdown_table_without_outer_bars():
    assert texts("기업 | 모델\n-|-\n구글 | PaLM\n메타 | OPT") == ["기업: 구글 | 모델: PaLM", "기업: 메타 | 모델: OPT"]


def test_tab_separated_table_with_lists_in_cells_and_merged_cells():
    text = ("구분\t내용\t예시\n<p>CNN</p>\t<ul style=\"list-style-type: none\"> <li>합성곱</li><li>필터</li></ul>\t얼굴\n"
            "\t<ul> ● 풀링\t<u>차량</u>\nRNN\t순환\t\n")
    assert texts(text) == ["구분: CNN | 내용: 합성곱 필터 | 예시: 얼굴", "구분: CNN | 내용: ● 풀링 | 예시: 차량",
                           "구분: RNN | 내용: 순환"]


def test_rows_with_one_filled_cell_stay_in_their_table():
    assert texts("입력\t출력\t비고\n글\t글\n\t그림\n\t\t드묾\n그림\t\t\n\t글\n") == [
        "입력: 글 | 출력: 글", "입력: 글 | 출력: 그림", "입력: 글 | 비고: 드묾", "입력: 그림", "입력: 그림 | 출력: 글"]


def test_tab_separated_table_with_a_header_of_two_rows():
    assert texts("서비스명\t기업\t기술\t\t현황\n\t\t구조\twith\t\n챗GPT\tOpenAI\t트랜스포머\tRLHF\tGPT4로\n") == [
        "서비스명: 챗GPT | 기업: OpenAI | 기술 구조: 트랜스포머 | 기술 with: RLHF | 현황: GPT4로"]


def test_jekyll_front_matter():
    report = markup.read('---\n# 기본값\nlayout: single\ntitle:  "[AI News] 2023년 1월"\ntag: [ai, 봇]\n---\n\n# 머리말\n글이다.\n',
                         "파일")
    assert report.title == "[AI News] 2023년 1월"
    assert [block.text for block in report.blocks] == ["머리말", "글이다."]


def test_front_matter_of_a_report():
    report = markup.read("---\ntitle: 산업 변화: 2023\nauthor: 김미현\n---\n글이다.\n", "파일")
    assert [block.text for block in report.blocks][-1] == "글이다."  # two colons are no YAML: nothing is lost
    assert "김미현" in report.text
    report = markup.read('---\ntitle: "산업 변화: 2023"\nauthor: 김미현\ndate: 2023-02-30\nnote: 다시\n  쓴 글\n---\n글이다.\n', "파일")
    assert (report.title, report.note) == ("산업 변화: 2023", "다시 쓴 글")
    assert [(block.kind, block.text) for block in report.blocks] == [
        ("row", "제목: 산업 변화: 2023 | 저자: 김미현 | 날짜: 2023-02-30"), ("paragraph", "글이다.")]


@pytest.mark.parametrize("front", ["그냥 글이다.", "- 하나\n- 둘", "a: [b", "[" * 3000])
def test_what_stands_between_two_rules_is_no_front_matter_unless_it_is_yaml(front):
    text = markup.read(f"---\n{front}\n---\n뒤의 글이다.\n", "파일").text
    assert text.endswith("뒤의 글이다.")
    assert front.splitlines()[-1].lstrip("- ") in text


def test_line_endings_byte_order_mark_and_zero_width_characters():
    lines = "---\nlayout: post\ntitle: 보고\n---\n# 가\n- 하나\n- 둘\n\n열\t값\n나\t1\n"
    plain = markup.read(lines, "이름")
    assert plain.title == "보고"
    assert markup.read("\ufeff" + lines.replace("\n", "\r\n"), "이름") == plain
    assert markup.read(lines.replace("\n", "\r"), "이름") == plain
    assert markup.read(lines.replace("# 가", "\u200b# 가\u200b").replace("하나", "하\u200b나"), "이름") == plain


NFC = ("---\ntitle: 한국 보고\nauthor: 김\n---\n기술 동향\n\n-첫째 항목\n가. 둘째 항목\n\n"
       "마흔 글자가 넘지 않는 한글 줄 하나가 제목으로 보이게\n\n그 아래의 본문이다.\n\n열 이름\t값\n가나다\t1\n")


def test_decomposed_hangul_is_read_as_composed_hangul():
    report = markup.read(NFC, "이름")
    assert ("heading", "마흔 글자가 넘지 않는 한글 줄 하나가 제목으로 보이게") in [(b.kind, b.text) for b in report.blocks]
    assert markup.read(unicodedata.normalize("NFD", NFC), "이름") == report


def test_notion_export():
    report = markup.read(
        "# 생성 AI, 한계를 극복하다\n\nCreated by: 김현식\nTags: article/lecture\n\n"
        "[생성AI.pdf](%E1%84%89%E1%85%A2%20AI,%20(1)%2049b2/%25E1%2584%2589.pdf)\n\n## 밑줄들\n\n- 성장\n    - 5일만에\n      100만\n",
        "파일")
    assert report.title == "생성 AI, 한계를 극복하다"
    assert [block.text for block in report.blocks] == [
        "생성 AI, 한계를 극복하다", "Created by: 김현식", "Tags: article/lecture", "생성AI.pdf", "밑줄들", "성장", "5일만에 100만"]
    assert [block.kind for block in report.blocks[-3:]] == ["heading", "item", "item"]


def test_slides_are_short_lines_under_headings():
    assert blocks("| II. AI 기술 개요\n\n1. AI의 역사\n\n이 장은 인공지능이 걸어온 길을 말함.\n\n시대별 구분\n\n1세대\n\n- 규칙\n- 탐색\n\n"
                  "2세대\n\n- 학습\n") == [
        ("heading", 2, "II. AI 기술 개요"), ("heading", 5, "1. AI의 역사"),
        ("paragraph", 0, "이 장은 인공지능이 걸어온 길을 말함."), ("heading", 6, "시대별 구분"), ("heading", 7, "1세대"),
        ("item", 0, "규칙"), ("item", 0, "탐색"), ("heading", 7, "2세대"), ("item", 0, "학습")]


def test_wrapped_lines_are_joined_and_short_ones_are_not():
    assert texts("보고서의 본문은 마흔 글자가 넘는 곳에서 줄이 바뀌어 저장되는 일이 흔하므로\n다음 줄과 이어 읽는다.\n짧은 줄\n또 짧은 줄\n") == [
        "보고서의 본문은 마흔 글자가 넘는 곳에서 줄이 바뀌어 저장되는 일이 흔하므로 다음 줄과 이어 읽는다.", "짧은 줄", "또 짧은 줄"]


def test_breaks_quotes_rules_comments_and_fences():
    assert texts("> 인용한 글<br/>다음 줄\n\n***\n<!-- 숨긴\n말 -->보이는 말\n```python\nprint(1)\n```\n=====\n") == [
        "인용한 글", "다음 줄", "보이는 말", "print(1)"]


@pytest.mark.parametrize(("text", "title"), [
    ("# 큰 제목\n글이다.", "큰 제목"), ("머리 없는 보고서\n\n글이다.", "머리 없는 보고서"),
    ("## 둘째 제목\n글이다.", "둘째 제목"), ("첫 줄이 문장이다.\n글이다.", "이름"), ("", "이름")])
def test_title(text, title):
    assert markup.read(text, "이름").title == title


@pytest.mark.parametrize("text", [
    "# a" + " " * 100_000 + "b", "- " * 50_000 + "가", ">" * 100_000, "=" * 100_000 + "x", "|-" * 50_000, "가\t" * 50_000,
    "---\n" + "a: b\n" * 30_000 + "---\n", "<!--" * 50_000, "1. " * 50_000, "\n" * 200_000])
def test_odd_megabytes_take_no_time(text):
    start = time.monotonic()
    markup.read(text, "이름")
    assert time.monotonic() - start < 10


LINE = st.one_of(
    st.text(max_size=60), st.text("가나다 .,-*#|\t<>&[]()`1239①•※“”", max_size=60),
    st.sampled_from(["", "---", "| a | b |", "|---|---|", "가\t나", "\t다", "# 제목", "- 항목", "```", "title: 글", "<br>", "> 말"]))


@given(st.lists(LINE, max_size=25).map("\n".join))
@settings(max_examples=100)
def test_any_text_is_read(text):
    report = markup.read(text, "이름")
    assert report.title
    for block in report.blocks:
        assert block.text == " ".join(block.text.split()) != ""
        assert block.text == unicodedata.normalize("NFC", block.text)
    letters = unicodedata.normalize("NFC", report.text + report.title)
    if not any(c in text for c in "[]<>!&`*~|:#-=_\t\\"):  # nothing that could be markup: every word is kept
        assert [w for w in " ".join(text.split()).split() if w.isalpha() and w.isascii() and w not in letters] == []
