"""HWP 5 and HWPX, against real documents and against ones made here for what those do not have."""

import re
import struct
import zipfile
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import hwp_file, hwp_reader, markup
from ingest.hwp_tree import Numbering, paragraphs
from rag.documents import Block, Report, cells
from rag.errors import UnreadableFile
from tests.ingest import hwp_writer as hwp
from tests.ingest.hwpx_writer import HEIGHT, NAMESPACES, Cell, Hwpx, Table

CORPUS = Path(__file__).parent.parent.parent / "corpus"
READABLE = {  # syllables and pages; 992 and 3 are Hancom's own count
    "noori.hwp": (992, 3), "noori.hwpx": (992, 3), "digital_gov_plan.hwp": (10784, 21), "table-bug.hwp": (2469, 12),
    "table-bug.hwpx": (2469, 12), "seoul_sihaengmun.hwpx": (194, 1), "distribution.hwp": (2044, 11),
}
WORDS = "여러 기관이 함께 만든 보고서의 본문 문단이다."


@pytest.fixture(scope="module")
def sample(shared):
    @cache
    def load(name: str) -> bytes:
        if not (shared / "samples" / name).is_file():
            pytest.skip(f"no {name} in {shared / 'samples'}")
        return (shared / "samples" / name).read_bytes()

    return load


def syllables(text: str) -> list[str]:
    return re.findall("[가-힣]", text)


def blocks(data: bytes) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in hwp_reader.read(data, "이름").blocks]


def texts(data: bytes) -> list[str]:
    return [text for _, text in blocks(data)]


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        hwp_reader.read(data, "이름")
    return str(caught.value)


def document(*lines: str) -> Hwpx:
    made = Hwpx("")
    for line in lines:
        made.paragraph(line)
    return made


def with_part(data: bytes, name: str, part: str | bytes) -> bytes:
    """A zip with one part exchanged."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for other in {*old.namelist(), name}:
            new.writestr(other, part if other == name else old.read(other))
    return out.getvalue()


# -- real documents --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READABLE)
def test_every_syllable_of_a_sample_is_in_its_report(sample, name):
    found = syllables("".join(p.text for p in paragraphs(hwp_reader._open(sample(name)).content)))
    assert len(found) == READABLE[name][0]
    assert not Counter(found) - Counter(syllables(hwp_reader.read(sample(name), name).text))


@pytest.mark.parametrize("name", ["noori.hwp", "noori.hwpx"])
def test_the_words_stand_in_the_order_of_hancoms_own_export(sample, name):
    export = re.sub("<[^>]+>", "", sample("noori_hancom_export.html").decode())
    assert syllables("".join(p.text for p in paragraphs(hwp_reader._open(sample(name)).content))) == syllables(export)


@pytest.mark.parametrize("name", ["noori", "table-bug"])
def test_hwp_and_hwpx_of_a_document_give_the_same_report(sample, name):
    assert hwp_reader.read(sample(f"{name}.hwp"), "") == hwp_reader.read(sample(f"{name}.hwpx"), "")


@pytest.mark.parametrize("name", READABLE)
def test_pages_are_estimated(sample, name):
    found = hwp_reader.read(sample(name), name).blocks
    assert all(block.page is None and re.fullmatch(r"약 \d+쪽", block.place) for block in found)
    numbers = [int(re.sub(r"\D", "", block.place)) for block in found]
    assert numbers == sorted(numbers) and numbers[-1] == READABLE[name][1]


def test_the_estimated_pages_are_those_of_the_documents_own_contents(sample):
    found = hwp_reader.read(sample("distribution.hwp"), "").blocks
    headings = {block.text: block.place for block in found if block.kind == "heading"}
    for entry in (block.text for block in found if block.place == "약 3쪽"):
        heading, _, page = entry.rpartition(" ")
        if heading in headings:
            assert headings[heading] == f"약 {page}쪽"
    assert len(headings) > 8


def test_a_government_report(sample):
    report = hwp_reader.read(sample("digital_gov_plan.hwp"), "이름")
    assert report.title == "디지털 정부혁신 추진계획"
    assert Block("heading", "Ⅰ. 개 요", 2, place="약 3쪽") in report.blocks
    assert Block("heading", "추진 배경", 5, place="약 3쪽") in report.blocks
    assert Block("item", "디지털 전환을 위한 컨트롤타워가 없고, 구체적 전략도 부재", 2, place="약 3쪽") in report.blocks
    assert ("추진 과제: 모바일 신분증 도입 | 추진일정 2020 하: 1종 | 추진일정 2021 하: 3종 | 추진일정 2022 상: 확산 | "
            "관계 부처: 행안‧교육‧ 여가‧인사처 등") in [block.text for block in report.blocks]
    listed = [block.kind for block in report.blocks if block.place == "약 2쪽"]
    assert "heading" not in listed  # the table of contents


def test_a_press_release(sample):
    report = hwp_reader.read(sample("noori.hwpx"), "이름")
    assert report.title == "우리가 독자 개발하여 최초 발사하는 한국형발사체, 국민이 정한 그 이름은 ｢누리｣"
    rows = [block.text for block in report.blocks if block.kind == "row"]
    assert "담당과장: 장인숙(02-2110-2430) | 담 당 자: 용찬재 사무관(02-2110-2428)" in rows
    assert "구 분: 총 길이 | 한국형발사체(누리호): 47.2 m | 시험발사체: 25.8 m" in rows
    assert Block("heading", "붙임 한국형발사체(누리호)와 시험발사체 비교", 2, place="약 3쪽") in report.blocks


def test_a_letter_laid_out_in_forty_columns_becomes_lines(sample):
    report = hwp_reader.read(sample("seoul_sihaengmun.hwpx"), "이름")
    assert report.title == "소규모주택정비사업 추진실적 제출('25.3분기)"
    assert "수신: 국토교통부장관(도심주택공급협력과장)" in [block.text for block in report.blocks]
    assert "우 04514 서울특별시 중구 서소문로 124, 13층 (서소문동) http://www.seoul.go.kr" in [block.text for block in report.blocks]
    assert not any("|" in block.text for block in report.blocks)


@pytest.mark.parametrize("name", ["password-12345.hwp", "encrypted-123456.hwpx"])
def test_a_password_is_told(sample, name):
    assert refusal(sample(name)) == hwp_reader.ENCRYPTED


def test_numbers_and_bullets_that_hangul_counts_are_written_out(sample):
    report = hwp_reader.read(sample("distribution.hwp"), "이름")
    headings = [block.text for block in report.blocks if block.kind == "heading"]
    assert "2.3. 해시코드 추출하기" in headings
    assert Block("paragraph", "표 3 해시코드와 옵션 플래그 데이터", place="약 6쪽") in report.blocks


# -- documents for distribution, tracked changes, old formats --------------------------------------------------------


def encrypted(section: bytes, seed: int) -> bytes:
    """A section as Hangul writes it in a document for distribution."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key, start = b"\x31\x00\x41\x00" * 4, 4 + (seed & 15)
    state, mask = seed, b""
    while len(mask) < 256:
        numbers = []
        for _ in range(2):
            state = (state * 214013 + 2531011) % (1 << 32)
            numbers.append(state >> 16 & 0x7FFF)
        mask += bytes([numbers[0] & 255]) * ((numbers[1] & 15) + 1)
    block = bytearray(256)
    block[start:start + 16] = key
    hidden = struct.pack("<I", seed) + bytes(a ^ b for a, b in zip(block, mask, strict=False))[4:]
    body = hwp.packed(section)
    body += bytes(-len(body) % 16)
    return struct.pack("<I", 28 | 256 << 20) + hidden + Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(body)


def test_a_document_for_distribution_is_opened():
    notice = hwp.paragraph(0, "이 문서는 상위 버전의 배포용 문서입니다.")
    hidden = encrypted(hwp.paragraph(0, WORDS), seed=0x5EED1234)
    assert texts(hwp.hwp(notice, flags=5, ViewText_Section0=hidden)) == [WORDS]


def test_a_document_for_distribution_that_cannot_be_opened_is_refused():
    hidden = bytearray(encrypted(hwp.paragraph(0, WORDS), seed=7))
    hidden[30] ^= 1  # within the key
    assert "배포용" in refusal(hwp.hwp(hwp.paragraph(0, WORDS), flags=5, ViewText_Section0=bytes(hidden)))


def test_an_older_version_kept_for_tracked_changes_is_not_read():
    assert texts(hwp.hwp(hwp.paragraph(0, WORDS), flags=1, ViewText_Section0=bytes(5000))) == [WORDS]


@pytest.mark.parametrize("data, told", [
    (b"HWP Document File V3.00 \x1a\x01\x02", "3.x"),
    (b'<?xml version="1.0" encoding="UTF-8"?><HWPML Version="2.9">', "3.x"),
    (b"%PDF-1.7", "한글 문서가 아닙니다"),
    (b"", "한글 문서가 아닙니다"),
    (hwp.hwp(hwp.paragraph(0, WORDS), flags=3), "암호"),
    (hwp.hwp(hwp.paragraph(0, WORDS), flags=17), "DRM"),
    (hwp.hwp(hwp.paragraph(0, "가나")), "글이 거의 없는"),
    (hwp.ole({"Workbook": b""}), "한글 문서(HWP)가 아닙니다"),
    (Hwpx("빈 문서").save(), "글이 거의 없는"),
])
def test_what_is_no_readable_document_is_refused_with_a_reason(data, told):
    assert told in refusal(data)


def test_the_bytes_tell_the_format_not_the_name():
    assert hwp_reader.read(document(WORDS).save(), "보고서.hwp").title == "보고서.hwp"


# -- structure: the same parts, made as HWP 5 and as HWPX ------------------------------------------------------------

SUBLIST = "<hp:subList><hp:p><hp:run><hp:t>{}</hp:t></hp:run></hp:p></hp:subList>"


def hwpx_parts() -> bytes:
    made = document(WORDS)
    made.raw(f"<hp:t>각주가 </hp:t><hp:ctrl><hp:footNote>{SUBLIST.format('각주의 글')}</hp:footNote></hp:ctrl><hp:t>달린 문장</hp:t>")
    made.raw(f"<hp:ctrl><hp:header>{SUBLIST.format('머리말')}</hp:header></hp:ctrl><hp:t>쪽머리가 있는 문단</hp:t>")
    made.raw(f"<hp:rect><hp:drawText>{SUBLIST.format('글상자의 글')}</hp:drawText></hp:rect><hp:t>글상자 뒤의 글</hp:t>")
    made.raw(f"<hp:ctrl><hp:hiddenComment>{SUBLIST.format('숨은 설명')}</hp:hiddenComment></hp:ctrl><hp:t>탭<hp:tab/>줄<hp:lineBreak/>끝</hp:t>")
    made.table(Table((("구분", "2023", "2024"), ("매출", "10", "20"), ("이익", "1", "2")), caption="표 1 실적"))
    made.table(Table((("왼쪽 칸", Cell(("앞 문단", Table((("이름", "속"), ("표", "칸")), header=False), "뒤 문단"))),), header=False))
    return made.save()


def hwp_parts() -> bytes:
    def row(level: int, y: int, *words: str) -> list[bytes]:
        return [hwp.cell(y, x, hwp.paragraph(level, word), level=level) for x, word in enumerate(words)]

    inner = hwp.table(*row(4, 0, "이름", "속"), *row(4, 1, "표", "칸"), level=3)
    return hwp.hwp(b"".join([
        hwp.paragraph(0, WORDS, top=0),
        hwp.paragraph(0, "각주가 ", hwp.control("fn  ", 17), "달린 문장", inside=hwp.held("fn  ", hwp.paragraph(2, "각주의 글"))),
        hwp.paragraph(0, hwp.control("head", 16), "쪽머리가 있는 문단", inside=hwp.held("head", hwp.paragraph(2, "머리말"))),
        hwp.paragraph(0, hwp.control("gso ", 11), "글상자 뒤의 글",
                      inside=hwp.held("gso ", hwp.paragraph(2, "글상자의 글"), before=hwp.record(76, 2, bytes(60)))),
        hwp.paragraph(0, hwp.control("tcmt", 15), "탭", hwp.control("\0\0\0\0", 9), "줄\n끝",
                      inside=hwp.held("tcmt", hwp.paragraph(2, "숨은 설명"))),
        hwp.paragraph(0, hwp.control("tbl ", 11), inside=hwp.table(
            *row(2, 0, "구분", "2023", "2024"), *row(2, 1, "매출", "10", "20"), *row(2, 2, "이익", "1", "2"),
            caption=hwp.paragraph(2, "표 1 실적"))),
        hwp.paragraph(0, hwp.control("tbl ", 11), inside=hwp.table(
            *row(2, 0, "왼쪽 칸"),
            hwp.cell(0, 1, hwp.paragraph(2, "앞 문단"), hwp.paragraph(2, hwp.control("tbl ", 11), inside=inner),
                     hwp.paragraph(2, "뒤 문단")))),
    ]))


@pytest.mark.parametrize("data", [hwp_parts(), hwpx_parts()], ids=["hwp", "hwpx"])
def test_notes_boxes_captions_and_nested_tables(data):
    assert texts(data) == [
        WORDS, "각주가 달린 문장", "각주의 글", "쪽머리가 있는 문단", "글상자의 글", "글상자 뒤의 글", "탭 줄 끝",
        "표 1 실적", "구분: 매출 | 2023: 10 | 2024: 20", "구분: 이익 | 2023: 1 | 2024: 2",
        "왼쪽 칸: 앞 문단 뒤 문단", "이름: 속", "표: 칸"]
    order = [p.text for p in paragraphs(hwp_reader._open(data).content)]
    assert order[-6:] == ["앞 문단", "이름", "속", "표", "칸", "뒤 문단"]  # read where it stands


def test_what_a_tracked_change_took_away_is_left_out():
    made = document(WORDS)
    made.raw("<hp:t>남은 <hp:deleteBegin/>지운 <hp:deleteEnd/><hp:insertBegin/>넣은<hp:insertEnd/> 글</hp:t>")
    assert texts(made.save())[1] == "남은 넣은 글"


def made(*rows: tuple, header: bool = False) -> list[str]:
    """The lines that a table of HWPX gives."""
    written = document(WORDS)
    written.table(Table(rows, header=header))
    return texts(written.save())[1:]


@pytest.mark.parametrize("header", [True, False])
def test_spans_are_filled_and_a_header_of_two_rows_is_joined(header):
    assert made((Cell(("지역",), rowspan=2), Cell(("매출",), colspan=2)), ("상반기", "하반기"),
                (Cell(("서울",), rowspan=2), "10", "20"), ("11", "21"), (Cell(("부산은 아직 모른다.",), colspan=3),),
                header=header) == [
        "지역: 서울 | 매출 상반기: 10 | 매출 하반기: 20", "지역: 서울 | 매출 상반기: 11 | 매출 하반기: 21", "부산은 아직 모른다."]


@pytest.mark.parametrize("rows, lines", [
    ([("담당 부서", "기획과"), ("전화", "02-123-4567")], ["담당 부서: 기획과", "전화: 02-123-4567"]),  # a form
    ([("동아리명", ""), ("지도교사", "(서명)")], ["동아리명", "지도교사: (서명)"]),
    ([("이름", "날짜", "비고"), ("", "", "")], ["이름 | 날짜 | 비고"]),  # one to fill in
    ([("붙임 1", "추진 일정")], ["붙임 1 추진 일정"]),  # a heading in a frame
    ([("로고", "서울특별시에서 보낸 편지이다.")], ["로고: 서울특별시에서 보낸 편지이다."]),
    ([("한 칸뿐인 표이다.",)], ["한 칸뿐인 표이다."]),
    ([("", "가운데만 글이 있는 줄이다.", ""), ("", "", "")], ["가운데만 글이 있는 줄이다."]),
    ([("서울", "동쪽"), ("부산", "남쪽")], ["서울: 동쪽", "부산: 남쪽"]),
    ([("연도", "예산", "결산"), ("2022", "10", "9"), ("2023", "20", "19")],
     ["연도: 2022 | 예산: 10 | 결산: 9", "연도: 2023 | 예산: 20 | 결산: 19"]),
])
def test_tables_without_a_marked_header(rows, lines):
    assert made(*rows) == lines


def test_a_row_too_long_to_quote_is_given_as_its_paragraphs():
    long = [f"{n}번째 문단은 이 사업의 배경과 목적을 길게 설명한다. " * 3 for n in range(20)]
    assert made(("항목", "내용"), ("배경", Cell(tuple(long))), header=True) == [
        "항목", "배경", "내용", *(line.strip() for line in long)]


def test_headings_and_items_by_their_signs():
    written = document("Ⅰ. 추진 배경", "□ 그동안의 경과", "○ 정부는 2020년부터 이 사업을 추진하였다.", "- 예산은 10억 원이다.", "※ 추경을 포함한 금액",
                       "□ 이 사업은 앞으로도 계속된다고 밝혔다.", "1. 첫째 과제", "과제의 내용을 적은 문단이다.", "1. 신청서 1부", "2. 이력서 1부",
                       "3. 증명서 1부", "제2장은 결과를 다룬다.", "붙임 2")
    assert [(b.kind, b.level, b.text) for b in hwp_reader.read(written.save(), "").blocks] == [
        ("heading", 2, "Ⅰ. 추진 배경"), ("heading", 5, "그동안의 경과"), ("item", 1, "정부는 2020년부터 이 사업을 추진하였다."),
        ("item", 2, "예산은 10억 원이다."), ("item", 3, "※ 추경을 포함한 금액"), ("item", 0, "이 사업은 앞으로도 계속된다고 밝혔다."),
        ("heading", 3, "1. 첫째 과제"), ("paragraph", 0, "과제의 내용을 적은 문단이다."), ("item", 0, "1. 신청서 1부"),
        ("item", 0, "2. 이력서 1부"), ("item", 0, "3. 증명서 1부"), ("paragraph", 0, "제2장은 결과를 다룬다."), ("heading", 2, "붙임 2")]


def test_automatic_numbers():
    numbering = Numbering({1: [("^1.", "DIGIT", 1), ("^1.^2)", "HANGUL_SYLLABLE", 1), ("(^9)", "DIGIT", 1)]}, {2: "\uf0a7"})
    assert [numbering.label("NUMBER", 1, level) for level in (0, 1, 1, 0, 1, 2, 7)] == [
        "1.", "1.가)", "1.나)", "2.", "2.가)", "(^9)", ""]
    assert numbering.label("BULLET", 2, 0) == "-" == numbering.label("BULLET", 9, 0)


@pytest.mark.parametrize("noted, title", [
    ("지역 경제 동향", "지역 경제 동향"), ("연구회 유형 및 지원 예산", "지역 경제의 동향"), ("", "지역 경제의 동향"), ("2", "지역 경제의 동향")])
def test_the_title_is_the_documents_own(noted, title):
    written = Hwpx(noted)
    written.heading("지역 경제의 동향")
    written.paragraph("2024. 3. 4.", center=True)
    written.paragraph(WORDS)
    report = hwp_reader.read(written.save(), "파일 이름")
    assert report.title == title
    assert report.blocks[0].kind == "heading"


@pytest.mark.parametrize("name", [path.name for path in [*CORPUS.glob("*.md"), *CORPUS.glob(".source/*.md")]])
def test_a_report_written_as_hwpx_reads_as_it_was(name):
    source = next(CORPUS.rglob(name))
    report = markup.read(source.read_text(encoding="utf-8"), source.stem)
    report = Report(report.title, tuple(b for b in report.blocks if not b.text.startswith("제목: ")))
    read = hwp_reader.read(written_from(report).save(), "")
    assert read.title == report.title
    assert [b.text for b in read.blocks] == [b.text for b in report.blocks]
    alike = [a.kind == b.kind for a, b in zip(report.blocks, read.blocks, strict=True)]
    assert sum(alike) > 0.99 * len(alike)


def written_from(report: Report) -> Hwpx:
    """A report as HWPX: what a script that converts our Markdown needs. Rows in a row that name the same columns are a
    table."""
    written, rows, names = Hwpx(report.title), [], []
    for block in (*report.blocks, Block("paragraph", "")):
        pairs = cells(block.text) if block.kind == "row" else []
        if rows and [name for name, _ in pairs] != names:
            written.table(Table((tuple(names), *rows) if any(names) else tuple(rows), header=any(names)))
            rows = []
        if pairs:
            names = [name for name, _ in pairs]
            rows.append(tuple(value for _, value in pairs))
        elif block.kind == "heading":
            written.heading(block.text, block.level)
        elif block.kind == "item":
            written.item(block.text, block.level)
        elif block.text:
            written.paragraph(block.text)
    return written


token = st.integers(0, 999).map("낱말{:03d}".format)


@given(st.lists(st.lists(st.one_of(token, st.tuples(token, token, st.integers(1, 3), st.integers(1, 3))), min_size=1, max_size=4),
                min_size=1, max_size=5), st.booleans())
@settings(max_examples=60)
def test_no_word_of_a_table_is_lost(rows, header):
    def cell(made):
        if isinstance(made, str):
            return made
        first, second, rowspan, colspan = made
        return Cell((first, Table((("안쪽", second),))), rowspan, colspan)

    written = document(WORDS)
    written.table(Table(tuple(tuple(map(cell, row)) for row in rows), header=header))
    report = hwp_reader.read(written.save(), "")
    words = {word for row in rows for part in row for word in ([part] if isinstance(part, str) else part[:2])}
    assert not {word for word in words if word not in report.text}


# -- pages -----------------------------------------------------------------------------------------------------------


def places(written: Hwpx) -> list[str]:
    return [block.place for block in hwp_reader.read(written.save(), "").blocks]


def test_a_line_that_stands_higher_is_on_the_next_page():
    written = document(*[f"{n}째 문단이다. {WORDS}" for n in range(HEIGHT // 1600 * 2)])
    found = places(written)
    assert found[0] == "약 1쪽" and found[-1] == "약 2쪽"
    written.page_break()
    written.paragraph(WORDS)
    assert places(written)[-1] == "약 3쪽"


def test_a_page_break_counts_where_no_line_stands_higher():
    data = hwp.hwp(hwp.paragraph(0, WORDS, top=0) + hwp.paragraph(0, WORDS, top=0, page_break=True))
    assert [block.place for block in hwp_reader.read(data, "").blocks] == ["약 1쪽", "약 2쪽"]


def test_rows_of_a_table_over_several_pages():
    written = document(WORDS)
    written.table(Table((("번호", "내용"), *((str(n), WORDS) for n in range(120)))))
    written.paragraph("표 다음 문단이다.")
    found = places(written)
    assert found[1] == "약 1쪽" and found[60] == "약 3쪽" and found[-1] == "약 6쪽"  # 2,882 a row


def test_two_columns_are_one_page():
    columns = hwp.record(71, 1, b"dloc" + struct.pack("<H", 2 << 2) + bytes(20))
    lines = [(0, columns), (60000, b""), (0, b""), (60000, b""), (0, b"")]
    data = hwp.hwp(b"".join(hwp.paragraph(0, hwp.control("cold", 2) if inside else "", WORDS, top=top, inside=inside)
                            for top, inside in lines))
    assert [block.place for block in hwp_reader.read(data, "").blocks] == ["약 1쪽"] * 4 + ["약 2쪽"]


def test_without_line_segments_there_is_no_page():
    written = Hwpx("", linesegs=False)
    written.paragraph(WORDS)
    assert places(written) == [""]


# -- damaged and hostile files ---------------------------------------------------------------------------------------


def survives(data: bytes) -> bool:
    """Whether a file is read; whatever else it raises than UnreadableFile fails the test."""
    try:
        hwp_reader.read(data, "")
    except UnreadableFile as error:
        assert re.search("[가-힣]", str(error))
        return False
    return True


SOUND = {"hwp": hwp_parts(), "hwpx": hwpx_parts()}


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
def test_truncated_files_are_refused(data):
    assert survives(data)
    assert not any(survives(data[:len(data) * n // 20]) for n in range(20))


@pytest.mark.parametrize("name", ["noori.hwp", "noori.hwpx", "distribution.hwp"])
def test_truncated_samples(sample, name):
    for n in range(20):
        survives(sample(name)[:len(sample(name)) * n // 20])


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=20))
@settings(max_examples=100)
def test_flipped_bits(data, flips):
    damaged = bytearray(data)
    for place, bit in flips:
        damaged[place % len(data)] ^= 1 << bit
    survives(bytes(damaged))


@given(st.binary(max_size=3000), st.sampled_from([b"", SOUND["hwp"][:8], b"PK\x03\x04", SOUND["hwp"][:512]]))
@settings(max_examples=60)
def test_random_bytes(data, start):
    assert not survives(start + data)


@given(st.lists(st.tuples(st.sampled_from([21, 25, 66, 67, 68, 69, 71, 72, 73, 76, 77]), st.integers(0, 6),
                          st.binary(max_size=60) | st.sampled_from([b" lbt" + bytes(60), b" osg" + bytes(60), bytes(40)])),
                max_size=25))
@settings(max_examples=150)
def test_records_in_any_order(records):
    section = hwp.paragraph(0, WORDS) + b"".join(hwp.record(*record) for record in records)
    survives(hwp.hwp(section))


def section(body: str) -> bytes:
    return with_part(document(WORDS).save(), "Contents/section0.xml", f"<hs:sec{NAMESPACES}>{body}</hs:sec>")


PARAGRAPH = f"<hp:p><hp:run><hp:t>{WORDS}</hp:t></hp:run></hp:p>"
OPEN, CLOSE = "<hp:p><hp:run><hp:tbl><hp:tr><hp:tc><hp:subList>", "</hp:subList></hp:tc></hp:tr></hp:tbl></hp:run></hp:p>"


def far(row: int, column: int, span: int = 1) -> str:
    return (f'<hp:tc><hp:subList>{PARAGRAPH}</hp:subList><hp:cellAddr colAddr="{column}" rowAddr="{row}"/>'
            f'<hp:cellSpan colSpan="{span}" rowSpan="{span}"/></hp:tc>')


@pytest.mark.timeout(20)
@pytest.mark.parametrize("body, told", [
    (OPEN * 5000 + PARAGRAPH + CLOSE * 5000, "너무 깊어"),
    ("<hp:p>" * 5000 + PARAGRAPH + "</hp:p>" * 5000, "너무 깊어"),
    (PARAGRAPH + OPEN * 15 + PARAGRAPH + CLOSE * 15, None),
    ("<hp:p><hp:run><hp:tbl>" + "".join(far(n, n) for n in range(3000)) + "</hp:tbl></hp:run></hp:p>", None),
    ("<hp:p><hp:run><hp:tbl>" + "".join(far(n, n % 7, 10**9) for n in range(3000)) + "</hp:tbl></hp:run></hp:p>", None),
    ("<hp:p><hp:run><hp:tbl>" + far(0, 0) * 3000 + "</hp:tbl></hp:run></hp:p>", None),
    (PARAGRAPH.replace(WORDS, WORDS + "." * 1_000_000 + "1"), None),
    (PARAGRAPH + "<hp:p>", "손상된"),
], ids=["tables", "paragraphs", "deep", "diagonal", "spans", "one place", "dots", "unclosed"])
def test_hostile_hwpx(body, told):
    if told:
        assert told in refusal(section(body))
    else:
        assert WORDS in hwp_reader.read(section(body), "").text


@pytest.mark.parametrize("name", ["content.hpf", "header.xml", "section0.xml"])
def test_a_damaged_part_is_told(name):
    assert "손상된" in refusal(with_part(document(WORDS).save(), f"Contents/{name}", "<x:a>"))


def test_a_document_type_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "글">]>' + f"<hs:sec{NAMESPACES}>{PARAGRAPH}</hs:sec>"
    assert "DTD" in refusal(with_part(document(WORDS).save(), "Contents/section0.xml", bomb))


def test_a_stream_that_unpacks_too_far_is_refused(monkeypatch):
    monkeypatch.setattr(hwp_file, "LARGEST", 1000)
    assert "너무 큽니다" in refusal(hwp.hwp(hwp.paragraph(0, WORDS * 100)))
