"""PDF files made by pdf_writer, and the real ones beside the project."""

import os
import random
import stat

import pytest

from ingest import pdf_reader
from rag.documents import Block
from rag.errors import UnreadableFile
from tests.ingest.pdf_writer import Box, Picture, Text, table, write

PROSE = "이 보고서는 디지털 정부의 성과를 살피고 앞으로의 과제를 정리한 것이다."


def read(*pages, **options):
    return pdf_reader.read(write([*pages], **options), "파일")


def texts(report, kind=None):
    return [block.text for block in report.blocks if kind in (None, block.kind)]


def lines(*rows, x=50, top=100, pitch=16, **options):
    """Lines of text, one below the other."""
    return [Text(x, top + n * pitch, row, **options) for n, row in enumerate(rows)]


def wrapped(text, longest=30, **options):
    """A text as lines of `longest` characters, cut anywhere; a space at a line's end stays there."""
    rows, rest = [], text
    while rest:
        cut = longest + (rest[longest:longest + 1] == " ")
        rows.append(rest[:cut])
        rest = rest[cut:]
    return lines(*rows, **options)


def test_every_block_carries_its_page():
    report = read(lines("첫째 쪽이다."), [], lines("셋째 쪽이다."))
    assert [(block.text, block.page, block.place) for block in report.blocks] == [
        ("첫째 쪽이다.", 1, "1쪽"), ("셋째 쪽이다.", 3, "3쪽")]
    assert report.unread == ()  # an empty page lacks nothing


@pytest.mark.parametrize("first, second, joined", [
    ("데이터를 널리 쓰는 사회가 온다고 데이", "터 산업은 말한다.", "온다고 데이터 산업은"),
    ("모든 부처가 함께 쓰는 공통 기반을 새로 ", "만들어 나간다.", "기반을 새로 만들어"),
    ("이 일은 행정안전부의 새 시스템인 Open", "Data가 맡는다.", "시스템인 Open Data가"),
    ("두 나라의 제도를 견주어 보면 inter-", "national 기준이 있다.", "보면 international 기준이"),
    ("총사업비는 모두 합하여 약 3,412억 원이며 1,", "200명이 일한다.", "원이며 1,200명이"),
    ("이렇게 하여 모든 일이 다 잘 끝이 났다.", "다음 해에 또 한다.", "났다. 다음 해에"),
])
def test_wrapped_lines_are_joined(first, second, joined):
    kept = lines("줄 끝의 빈칸이 그대로 남아 있는 앞선 ", "문단이다.", top=40)  # so that spaces at line ends are believed
    report = read([*kept, Text(50, 100, first), Text(50, 116, second)])
    assert joined in report.text


def test_where_line_ends_keep_no_space_kiwi_decides():
    report = read(lines("우리는 다양한 주제에 대해 구조화된 문서를 모으기", "위해 위키백과 문서를 활용하였고 이를 통해 많은 데", "이터를 확보하였다."))
    assert texts(report) == ["우리는 다양한 주제에 대해 구조화된 문서를 모으기 위해 위키백과 문서를 활용하였고 이를 통해 많은 데이터를 확보하였다."]


def test_paragraphs_end_at_short_lines_gaps_and_indents():
    report = read([*wrapped(PROSE + " 첫 문단은 여기에서 끝난다.", 25), *wrapped(PROSE, 25, top=180),
                   *wrapped(PROSE, 25, top=270, size=9)])
    assert texts(report, "paragraph") == [PROSE + " 첫 문단은 여기에서 끝난다.", PROSE, PROSE]


def test_headings_by_size_weight_and_number():
    report = read([Text(150, 60, "디지털 정부 보고서", 20), Text(50, 100, "제1장 서론", 14, bold=True),
                   Text(50, 130, "1. 배경", 11, bold=True), *wrapped(PROSE, top=150),
                   Text(50, 220, "1.1 현황", bold=True), *wrapped(PROSE, top=240),
                   Text(50, 300, "제2장 결론", 14, bold=True), *wrapped(PROSE, top=320)])
    assert [(block.text, block.level) for block in report.blocks if block.kind == "heading"] == [
        ("디지털 정부 보고서", 1), ("제1장 서론", 2), ("1. 배경", 3), ("1.1 현황", 4), ("제2장 결론", 2)]
    assert report.title == "디지털 정부 보고서"


def test_items_lose_their_bullets_and_keep_their_numbers():
    report = read([*lines("□ 추진 배경", "○ 국민의 요구", "- 2024년 조사에서 1위", "※ 출처: 통계청", "① 인증 통합", "가. 목적"), Box(50, 211, 53, 214, filled=True),
                   Text(60, 216, "점을 그려 넣은 항목")])
    assert [(block.kind, block.text, block.level) for block in report.blocks] == [
        ("item", "추진 배경", 0), ("item", "국민의 요구", 1), ("item", "2024년 조사에서 1위", 2), ("item", "※ 출처: 통계청", 2),
        ("item", "① 인증 통합", 1), ("item", "가. 목적", 1), ("item", "점을 그려 넣은 항목", 1)]


def test_a_line_that_begins_with_a_syllable_and_a_full_stop_is_no_item():
    report = read(lines("여러 모델을 함께 평가할 수 있도록 한 것이 이 연구의 큰 보람이", "다. 정확도 외에도 실용성을 위해 모델의 추론 속도를 함께 재었다. "))
    assert texts(report) == ["여러 모델을 함께 평가할 수 있도록 한 것이 이 연구의 큰 보람이다. 정확도 외에도 실용성을 위해 모델의 추론 속도를 함께 재었다."]


def test_an_article_of_law_is_a_heading_with_its_text_below():
    report = read(lines("제1조(목적) 이 약관은 보험의 내용을 정한다.", "제2조(정의) ① 용어의 뜻은 다음과 같다."))
    assert [(block.kind, block.text) for block in report.blocks] == [
        ("heading", "제1조(목적)"), ("paragraph", "이 약관은 보험의 내용을 정한다."),
        ("heading", "제2조(정의)"), ("item", "① 용어의 뜻은 다음과 같다.")]


def test_two_columns_are_read_one_after_the_other():
    left, right = PROSE * 4 + " 왼쪽은 여기까지", "이고 오른쪽에서 이어진다. " + PROSE * 4
    marks = [*wrapped(left, 22, top=120), *wrapped(right, 22, x=320, top=120)]
    report = read([Text(60, 60, "두 단에 걸친 긴 제목이 여기에 이렇게 있다", 20), *sorted(marks, key=lambda mark: mark.y)])
    text = report.text.replace(" ", "").replace("\n", "")
    assert text.index("왼쪽은여기까지") < text.index("이고오른쪽에서") and "왼쪽은여기까지이고오른쪽" in text
    assert report.blocks[0].text == "두 단에 걸친 긴 제목이 여기에 이렇게 있다"


def test_headers_footers_and_page_numbers_are_left_out():
    report = read(*[[Text(50, 40, "2025년 디지털 정부 추진계획"), *wrapped(f"{n}번째 쪽의 글이다. " + PROSE), Text(60, 780, "행정안전부"),
                     Text(290, 800, f"- {n} -")] for n in range(1, 5)])
    assert "추진계획" not in report.text and "행정안전부" not in report.text
    assert texts(report) == [f"{n}번째 쪽의 글이다. {PROSE}" for n in range(1, 5)]


def test_a_line_on_two_pages_is_no_header():
    report = read(*[[Text(50, 40, "점검표"), *wrapped(PROSE)] for _ in range(2)])
    assert texts(report).count("점검표") == 2


def test_a_table_with_merged_cells_stands_in_its_place():
    rows = [["구분", "2024년", "<", "비고"], ["^", "예산", "집행", "^"], ["클라우드", "1,201", "1,187", "계속"], ["신분증", "별도 편성", "<", "^"]]
    report = read([Text(50, 60, "앞의 글이다."), *table(50, 80, [80] * 4, rows), Text(50, 200, "뒤의 글이다.")])
    assert report.blocks == (
        Block("paragraph", "앞의 글이다.", 0, 1, "1쪽"),
        Block("row", "구분: 클라우드 | 2024년 예산: 1,201 | 2024년 집행: 1,187 | 비고: 계속", 0, 1, "1쪽"),
        Block("row", "구분: 신분증 | 2024년 예산: 별도 편성 | 2024년 집행: 별도 편성 | 비고: 계속", 0, 1, "1쪽"),
        Block("paragraph", "뒤의 글이다.", 0, 1, "1쪽"))


def test_a_table_goes_on_under_its_names_on_the_next_page():
    first = table(50, 700, [100] * 3, [["기관", "건수", "비율"], ["서울", "12", "3%"], ["부산", "8", "2%"]])
    report = read(first, table(50, 60, [100] * 3, [["대구", "7", "1%"], ["인천", "6", "1%"]]))
    assert texts(report)[-1] == "기관: 인천 | 건수: 6 | 비율: 1%" and report.blocks[-1].page == 2


def test_a_form_pairs_names_and_values():
    shades = [Box(50, 60, 150, 120, filled=True)]
    report = read([*shades, *table(50, 60, [100, 250], [["사업명", "통합 플랫폼"], ["기간", "2025. 3."], ["예산", "3억 원"]])])
    assert texts(report) == ["사업명: 통합 플랫폼", "기간: 2025. 3.", "예산: 3억 원"]


def test_a_table_without_upright_rules():
    rows = ["기관  2022  2023", "행정안전부  12  31", "국토교통부  8  11"]
    marks = [Text(50 + 150 * c, 100 + 20 * r, cell) for r, row in enumerate(rows) for c, cell in enumerate(row.split())]
    assert texts(read(marks)) == ["기관: 행정안전부 | 2022: 12 | 2023: 31", "기관: 국토교통부 | 2022: 8 | 2023: 11"]


def test_boxes_around_text_are_no_table():
    report = read([Box(40, 80, 550, 200), *wrapped(PROSE), Box(40, 220, 550, 300), *wrapped(PROSE, top=240)])
    assert texts(report) == [PROSE, PROSE]


@pytest.mark.parametrize("title, expected", [
    ("디지털 정부", "디지털 정부"), ("Microsoft Word - 초안", "큰 글씨의 제목"), ("보고서.hwp", "큰 글씨의 제목"), ("2024", "큰 글씨의 제목"),
    ("논문 작성 양식", "큰 글씨의 제목")])
def test_a_title_from_the_properties_must_stand_in_the_text(title, expected):
    pages = [Text(50, 60, "큰 글씨의 제목", 20), *wrapped(PROSE)]
    assert read(pages, title=title).title == expected


def test_without_any_title_the_name_is_taken():
    assert read(wrapped(PROSE), title="scan001.pdf").title == "파일"


def test_a_page_that_cannot_be_read_is_named():
    report = read(wrapped(PROSE), [Picture()], [Picture(), Text(500, 800, "도장")], wrapped(PROSE))
    assert report.unread == ("2-3쪽: 글자가 없는 스캔 쪽",)
    assert {block.page for block in report.blocks} == {1, 3, 4}  # the few letters of a scan are kept


@pytest.mark.parametrize("pages, reason", [
    ([[Picture()], [Picture()]], "스캔 PDF.*tesseract-ocr-kor"),
    ([[]], "빈 쪽"),
    ([lines("ÇÑ±¹¾î ¹®¼ÀÌ´Ù", "ÀÌ°ÍÀº ±ÛÀÌ ¾Æ´Ï´Ù")], "글꼴 정보"),
])
def test_a_file_of_which_nothing_can_be_read_is_refused(pages, reason, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no tesseract
    with pytest.raises(UnreadableFile, match=reason):
        read(*pages)


@pytest.mark.parametrize("text, sense", [
    ("디지털 정부의 성과", True), ("A report of 2024, in English only.", True), ("12.3% △4.5 1,200 2023", True), ("漢字와 한글 ○●□ ①", True),
    ("\ufffd\ufffd 글자 \ue123\ue124 글자", False), ("㠭ⱬ㉐ 㫼㢌㢅 䚐ạ㛨", False), ("ÇÑ±¹¾î ¹®¼", False), (":k/J>î, G²Vb# 8-,l2P", False),
    ('!제"조#목적$!', False)])
def test_what_makes_sense(text, sense):
    assert pdf_reader.sensible(text) == sense


def test_a_locked_file_is_refused_and_one_that_only_forbids_changes_is_read():
    with pytest.raises(UnreadableFile, match="암호"):
        read(wrapped(PROSE), password="secret")
    assert texts(read(wrapped(PROSE), password="")) == [PROSE]


@pytest.mark.parametrize("packed", [True, False])
def test_damaged_files_are_read_or_refused_and_never_give_junk(packed):
    whole = write([[Text(50, 60, f"{year} 보고", 16), *wrapped(f"{year} 일을 적는다. " + PROSE + f" {year} 끝났다.")]
                   for year in ("가을", "나라", "다음", "마음", "바다")], packed=packed)
    known = set(pdf_reader.read(whole, "x").text.split())
    dice = random.Random(0)
    broken = [whole[:len(whole) * n // 21] for n in range(1, 21)] + [b"", b"%PDF-1.4", b"junk" * 99]
    for _ in range(40):
        flipped = bytearray(whole)
        for _ in range(30):
            flipped[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        broken.append(bytes(flipped))
    for data in broken:
        try:
            words = pdf_reader.read(data, "x").text.split()
        except UnreadableFile as error:
            assert str(error)
        else:
            assert sum(word in known for word in words) >= len(words) * (0.9 if packed else 0.5)


def test_what_pdfminer_cannot_open_pdfium_reads(monkeypatch):
    data = write([wrapped(PROSE), [*wrapped("둘째 쪽. " + PROSE), Text(290, 800, "- 2 -")]])
    monkeypatch.setattr("ingest.pdf_engines.Pdfminer", lambda data: [].pop())
    report = pdf_reader.read(data, "x")
    assert [(block.page, block.text) for block in report.blocks] == [(1, PROSE), (2, "둘째 쪽. " + PROSE)]


def test_turned_text_and_text_drawn_twice():
    data = write([[*wrapped(PROSE), *[Text(mark.x + 0.3, mark.y, mark.text) for mark in wrapped(PROSE)]]])
    turned = data.replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 842] /Rotate 90")
    assert texts(pdf_reader.read(data, "x")) == texts(pdf_reader.read(turned, "x")) == [PROSE]


@pytest.fixture
def tesseract(tmp_path, monkeypatch):
    """A tesseract that sees two lines in every picture; returns the folder where it leaves what it was given."""
    program = tmp_path / "tesseract"
    program.write_text(f"""#!/bin/sh
if [ "$1" = --list-langs ]; then echo kor; exit; fi
echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/picture
printf '인식한 글의 첫 줄은 여기까지 이어지고 이 줄에서\\n끝난다.\\n\\f'
""")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the fake is a shell script")
def test_scanned_pages_go_through_tesseract_where_it_is_installed(tesseract):
    report = read(wrapped(PROSE), [Picture()])
    assert report.unread == () and report.blocks[-1].page == 2
    assert report.blocks[-1].text == "인식한 글의 첫 줄은 여기까지 이어지고 이 줄에서 끝난다."
    assert (tesseract / "arguments").read_text().split() == ["-", "-", "-l", "kor+eng"]
    assert (tesseract / "picture").read_bytes().startswith(b"\x89PNG")


def test_ticks_come_before_each_page():
    ticks = []
    pdf_reader.read(write([wrapped(PROSE)] * 3), "x", lambda: ticks.append(1))
    assert len(ticks) >= 3


@pytest.fixture(scope="module")
def paper(shared):
    return pdf_reader.read((shared / "samples/korquad2_paper.pdf").read_bytes(), "korquad2_paper")


def test_real_two_columns_in_order(paper):
    assert paper.title == "KorQuAD 2.0: 웹문서 기계독해를 위한 한국어 질의응답 데이터셋"
    numbered = [block.text.split()[0] for block in paper.blocks if block.kind == "heading" and block.text[0].isdigit()]
    assert numbered == ["1.", "2.", "3.", "3.1", "3.2", "3.3", "4.", "4.1", "4.2", "4.3", "5.", "5.1", "5.2", "5.3", "6."]
    assert "학술대회 논문집 (2019년)" not in paper.text  # the running header
    for passage in ("리스트로 이루어진 답변 영역을 리턴할 수 있어야 한다", "기존 질의응답 표준 데이터인 KorQuAD 1.0과의", "기계독해 모델은 KorQuAD 1.0[1]과 달리 자연어로",
                    "답변 길이에 따라 Long 타입과 Short 타입으로"):
        assert passage in paper.text
    assert sum("가" <= char <= "힣" for char in paper.text) == pytest.approx(5973, abs=150)  # counted by five parsers


def test_real_tables(paper, shared):
    rows = [block.text for block in paper.blocks if block.kind == "row"]
    assert "문서 | 학습: 38,496 | 검증: 4,736 | 평가: 4,725 | 합계: 47,957" in rows
    assert "Human | 검증 데이터 EM: - | 검증 데이터 F1: - | 평가 데이터 EM: 68.8 | 평가 데이터 F1: 83.9" in rows
    assert "Short | 평문: 56.9 | 표: 44.8 | 리스트: 51.9 | 합계: 54.0" in rows
    assert "자체 제작 (15%): Q. 문화재를 보존하기 위해 시행하는 법은 무엇일까?" in rows
    assert not any("arXiv" in row or "Proceedings" in row for row in rows)
    rules = pdf_reader.read((shared / "samples/kbo_table_text.pdf").read_bytes(), "kbo")
    games = [block.text for block in rules.blocks if block.kind == "row"]
    assert games[3] == "구분: 6월 | 토요일: 17:00 | 일요일/공휴일: 17:00 | 평일: 18:30" and len(games) == 8
    assert "서스펜디드 경기로 한다." in rules.text and texts(rules, "heading")[0] == "제21조 주·야간경기 및 경기개시 시간"


def test_real_terms_of_insurance(shared):
    report = pdf_reader.read((shared / "samples/korean_texts_two_page.pdf").read_bytes(), "x")
    assert texts(report, "heading") == [
        "【보통약관】", "제1관 목적 및 용어의 정의", "제1조(목적)", "제2조(용어의 정의)", "제2관 보험금의 지급", "제3조(보험금의 지급사유)",
        "제4조(보험금 지급에 관한 세부규정)", "제5조(보험금을 지급하지 않는 사유)"]
    assert "나. 보험수익자: 보험금 지급사유가 발생하는 때에 회사에 보험금을 청구하여 받을 수 있는 사람을 말합니다." in texts(report, "item")


def test_real_scan(shared, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnreadableFile, match="스캔"):
        pdf_reader.read((shared / "samples/scan_english.pdf").read_bytes(), "x")
