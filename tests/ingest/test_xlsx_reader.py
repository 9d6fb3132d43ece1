import datetime as dt
import io
import re
import time
import zipfile

import openpyxl
import pytest
from openpyxl.styles import Font

from ingest import xlsx_reader
from rag.documents import Report
from rag.errors import UnreadableFile
from tests.ingest import mutations

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
TEXT = '<c r="{}" t="inlineStr"><is><t>글</t></is></c>'


def saved(book) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(*rows: list, name: str = "매출", merged: tuple[str, ...] = (), formats: dict[str, str] | None = None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(row, 1):
            sheet.cell(y, x).value = value
    for reference in merged:
        sheet.merge_cells(reference)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    return book


def with_sheet(xml: str) -> bytes:
    """A workbook whose only sheet is `xml`."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(openpyxl.Workbook()))) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return file.getvalue()


def read(*rows: list, **more) -> Report:
    return xlsx_reader.read(saved(workbook(*rows, **more)), "이름")


def lines(*rows: list, **more) -> list[str]:
    """What follows the heading."""
    return [block.text for block in read(*rows, **more).blocks[1:]]


def test_rows_say_their_columns_and_places():
    report = read(["지역", "2022", "2023"], ["서울", 10, 12.5], ["부산", 20, 25.0], name="매출 2023")
    assert [(b.kind, b.level, b.text, b.page, b.place) for b in report.blocks] == [
        ("heading", 1, "매출 2023", None, "시트 매출 2023 2행"),
        ("row", 0, "지역: 서울 | 2022: 10 | 2023: 12.5", None, "시트 매출 2023 2행"),
        ("row", 0, "지역: 부산 | 2022: 20 | 2023: 25", None, "시트 매출 2023 3행")]


def test_cells_are_shown_as_people_see_them():
    rows = [["값", "무엇"], [0.123, "가"], [dt.date(2023, 4, 10), "나"], [1234567, "다"], [True, "라"], [dt.datetime(2023, 4, 10, 9, 30), "마"]]
    assert lines(*rows, formats={"A2": "0.0%", "A4": "#,##0", "A6": 'yyyy"년" m"월" d"일" h:mm'}) == [
        "값: 12.3% | 무엇: 가", "값: 2023-04-10 | 무엇: 나", "값: 1234567 | 무엇: 다", "값: TRUE | 무엇: 라", "값: 2023년 4월 10일 9:30 | 무엇: 마"]


def test_errors_are_dropped_and_escapes_resolved():
    assert lines(["이름", "값", "비고"], ["가", "#REF!", "첫_x000D_\n줄"], ["나", 2, "#N/A"]) == ["이름: 가 | 비고: 첫 줄", "이름: 나 | 값: 2"]


@pytest.mark.parametrize(("identity", "shown"), [(31, "2023년 04월 10일"), (57, "2023年 04月 10日"), (14, "2023-04-10"), (1, "45026")])
def test_dates_of_the_formats_that_only_east_asia_has(identity, shown):
    data = saved(workbook(["날", "값"], [45026, 1], formats={"A2": "0.000"}))
    styles = zipfile.ZipFile(io.BytesIO(data)).read("xl/styles.xml").decode()
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as copy:
        for name in source.namelist():
            changed = re.sub(r'numFmtId="164"', f'numFmtId="{identity}"', re.sub("<numFmts.*?</numFmts>", "", styles))
            copy.writestr(name, changed if name == "xl/styles.xml" else source.read(name))
    assert xlsx_reader.read(file.getvalue(), "이름").blocks[1].text == f"날: {shown} | 값: 1"


def test_lines_around_a_table_are_paragraphs():
    rows = [["2023년 매출 현황"], ["", "", "", "", "(단위: 억원)"], ["구분", "1분기", "2분기", "3분기", "4분기"], ["서울", 1, 2, 3, 4], ["※ 자료: 통계청"]]
    assert [(b.kind, b.text, b.place) for b in read(*rows, merged=("A1:E1",)).blocks[1:]] == [
        ("paragraph", "2023년 매출 현황", "시트 매출 1행"), ("paragraph", "(단위: 억원)", "시트 매출 2행"),
        ("row", "구분: 서울 | 1분기: 1 | 2분기: 2 | 3분기: 3 | 4분기: 4", "시트 매출 4행"), ("paragraph", "※ 자료: 통계청", "시트 매출 5행")]


def test_a_line_of_two_texts_over_a_broad_table():
    assert lines(["현황", "", "", "", "(단위: 원)"], ["가", "나", "다", "라", "마"], [1, 2, 3, 4, 5]) == [
        "현황 (단위: 원)", "가: 1 | 나: 2 | 다: 3 | 라: 4 | 마: 5"]


@pytest.mark.parametrize(("corner", "expected"), [
    (None, ["서울 | 2023 상반기: 1 | 2023 하반기: 2"]),
    ("구분", ["2023", "구분: 서울 | 상반기: 1 | 하반기: 2"]),
])
def test_a_name_merged_over_names_of_columns(corner, expected):
    assert lines([None, "2023", None], [corner, "상반기", "하반기"], ["서울", 1, 2], merged=("B1:C1",)) == expected


def test_lines_over_a_table_that_starts_further_left():
    assert lines([None, "현황"], [None, None, "(단위: 원)"], ["가", "나", "다"], [1, 2, 3]) == ["현황", "(단위: 원)", "가: 1 | 나: 2 | 다: 3"]


def test_title_merged_over_a_table_that_starts_further_right():
    assert lines([None, "현황"], [None, "구분", "값"], [None, "서울", 1], merged=("B1:C1",)) == ["현황", "구분: 서울 | 값: 1"]


def test_merged_cells_are_filled():
    rows = [["구분", "2023", None, "비고"], [None, "상반기", "하반기", None], ["서울", 1, 2, "가"], [None, 3, 4, None]]
    assert lines(*rows, merged=("A1:A2", "B1:C1", "D1:D2", "A3:A4", "D3:D4")) == [
        "구분: 서울 | 2023 상반기: 1 | 2023 하반기: 2 | 비고: 가", "구분: 서울 | 2023 상반기: 3 | 2023 하반기: 4 | 비고: 가"]


def test_a_row_merged_wholly_from_above_adds_nothing():
    assert lines(["이름", "값"], ["가", 1], [None, None], ["나", 2], merged=("A2:A3", "B2:B3")) == ["이름: 가 | 값: 1", "이름: 나 | 값: 2"]


def test_empty_rows_part_tables():
    assert lines(["이름", "나이"], ["가", 1], [], ["품목", "값", "수"], ["나", 2, 3]) == ["이름: 가 | 나이: 1", "품목: 나 | 값: 2 | 수: 3"]


def test_a_table_goes_on_after_an_empty_row():
    assert lines(["이름", "나이"], ["가", 1], [], ["나", 2]) == ["이름: 가 | 나이: 1", "이름: 나 | 나이: 2"]


@pytest.mark.parametrize(("rows", "first"), [
    ([["구분", 2022, 2023], ["매출", 10, 12]], "구분: 매출 | 2022: 10 | 2023: 12"),  # years name columns
    ([["이름", "부서", "직위"], ["김", "기획", "부장"]], "이름: 김 | 부서: 기획 | 직위: 부장"),
    ([["김", "기획", "기획"], ["이", "총무", "부장"]], "김 | 기획 | 기획"),  # names of columns differ
    ([["용어", "뜻"], ["토큰", "낱말 조각"]], "용어: 토큰 | 뜻: 낱말 조각"),
    ([["사업명", "AI 구축"], ["기간", "한 해"]], "사업명 | AI 구축"),  # a form
    ([["사업명", "AI 구축"], ["기간", "한 해"], ["예산", 5]], "사업명 | AI 구축"),
    ([["지역", "인구"], ["서울", 900]], "지역: 서울 | 인구: 900"),
    ([["가", 1], ["나", 2]], "가 | 1"),
    ([["인구"], [900]], "인구: 900"),
    ([["첫 줄이다."], ["둘째 줄이다."]], "첫 줄이다."),
])
def test_header_is_found_or_not(rows, first):
    assert lines(*rows)[0] == first


def test_bold_letters_set_a_header_apart():
    book = workbook(["낱말", "뜻"], ["토큰", "조각"])
    for cell in book.active[1]:
        cell.font = Font(bold=True)
    assert xlsx_reader.read(saved(book), "이름").blocks[1].text == "낱말: 토큰 | 뜻: 조각"


def test_hidden_sheets_are_read_and_empty_ones_left_out():
    book = workbook(["글이다."])
    book.create_sheet("빈 시트")
    hidden = book.create_sheet("숨긴 시트")
    hidden.sheet_state, hidden["B3"] = "hidden", "숨은 글이다."
    assert [(b.kind, b.text, b.place) for b in xlsx_reader.read(saved(book), "이름").blocks] == [
        ("heading", "매출", "시트 매출 1행"), ("paragraph", "글이다.", "시트 매출 1행"),
        ("heading", "숨긴 시트", "시트 숨긴 시트 3행"), ("paragraph", "숨은 글이다.", "시트 숨긴 시트 3행")]


def test_formulas_without_a_value():
    assert lines(["이름", "값"], ["가", 1]) == ["이름: 가 | 값: 1"]
    report = read(["이름", "값"], ["가", 1], ["합", "=SUM(B2:B2)"])
    assert report.blocks[-1].text == "이름: 합"
    assert report.unread == ("시트 매출: 값이 저장되지 않은 수식 1개는 읽지 않았습니다",)
    with pytest.raises(UnreadableFile, match="수식만 있습니다. Excel에서 열어 저장"):
        read(["=1+1", "=A1"])


def test_formulas_with_a_value_are_read():
    cells = '<c r="A1" t="str"><f>"가"&amp;"나"</f><v>가나</v></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1" t="str"><f>""</f><v></v></c>'
    report = xlsx_reader.read(with_sheet(SHEET.format(f'<sheetData><row r="1">{cells}</row></sheetData>')), "이름")
    assert (report.blocks[1].text, report.unread) == ("가나 | 2", ())


def test_looks_that_openpyxl_refuses_cost_nothing():
    data = saved(workbook(["구분", "비율", "날"], ["가", 0.5, dt.date(2023, 4, 10)], formats={"B2": "0.0%"}))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, content.replace(b"<fill>", b"<fill/><fill>") if name == "xl/styles.xml" else content)
    with pytest.raises(TypeError):
        openpyxl.load_workbook(file)
    assert xlsx_reader.read(file.getvalue(), "이름").blocks[1].text == "구분: 가 | 비율: 50.0% | 날: 2023-04-10"


def test_an_empty_workbook_has_no_blocks():
    assert read().blocks == ()


@pytest.mark.parametrize("body", [
    '<dimension ref="A1:XFD1048576"/><sheetData><row r="1">' + TEXT.format("A1") + "</row></sheetData>",
    '<sheetData><row r="1">' + TEXT.format("A1") + '</row><row r="1048576">' + TEXT.format("XFD1048576") + "</row></sheetData>",
    '<sheetData><row r="1">' + TEXT.format("A1") + '</row><row r="99999999999">' + TEXT.format("A99999999999") + "</row></sheetData>",
    '<sheetData><row r="1">' + TEXT.format("A1") + '</row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
])
def test_a_sheet_that_claims_to_be_endless(body):
    started = time.process_time()
    assert [block.text for block in xlsx_reader.read(with_sheet(SHEET.format(body)), "이름").blocks] == ["Sheet", "글"]
    assert time.process_time() - started < 2


def test_a_sheet_that_claims_to_be_smaller_than_it_is():
    rows = "".join(f'<row r="{n}">{TEXT.format(f"A{n}")}{TEXT.format(f"B{n}")}</row>' for n in (1, 2))
    report = xlsx_reader.read(with_sheet(SHEET.format(f'<dimension ref="A1"/><sheetData>{rows}</sheetData>')), "이름")
    assert [block.text for block in report.blocks[1:]] == ["글 | 글", "글 | 글"]


def test_what_lies_beyond_the_limits_is_told(monkeypatch):
    monkeypatch.setattr(xlsx_reader, "ROWS", 3)
    monkeypatch.setattr(xlsx_reader, "COLUMNS", 2)
    report = read(["이름", "값", "넘침"], ["가", 1, 5], [], ["나", 2], ["다", 3])
    assert [block.text for block in report.blocks] == ["매출", "이름: 가 | 값: 1"]
    assert report.unread == ("시트 매출: 2열 오른쪽은 읽지 않았습니다", "시트 매출: 3행 뒤는 읽지 않았습니다")


def test_merged_cells_end_at_the_limit(monkeypatch):
    monkeypatch.setattr(xlsx_reader, "COLUMNS", 2)
    assert lines(["이름", "값"], ["가", 1], merged=("B2:D2",)) == ["이름: 가 | 값: 1"]


def test_title_is_that_of_the_properties():
    book = workbook(["글"])
    book.properties.title = "2023년 결산"
    assert xlsx_reader.read(saved(book), "이름").title == "2023년 결산"
    assert read(["글"]).title == "이름"


@pytest.mark.parametrize("mutate", [mutations.raw, mutations.inner])
def test_damaged_files_are_read_or_refused(mutate):
    rows = [["현황"], ["구분", "값", "날"], ["가", 0.5, dt.date(2023, 4, 10)], ["나", 2, "=B3"]]
    data = saved(workbook(*rows, merged=("A1:C1",), formats={"B3": "0%"}))
    read, refused = mutations.outcomes(xlsx_reader.read, data, mutate)
    assert read and refused


def test_sample(shared):
    report = xlsx_reader.read((shared / "samples/titanic.xlsx").read_bytes(), "titanic")
    assert len(report.blocks) == 892  # the sheet's heading, and 892 rows of which one names the columns
    assert report.blocks[1].text == ("PassengerId: 1 | Survived: 0 | Pclass: 3 | Name: Braund, Mr. Owen Harris | Sex: male | Age: 22 | "
                                     "SibSp: 1 | Parch: 0 | Ticket: A/5 21171 | Fare: 7.25 | Embarked: S")
    assert report.blocks[-1].place == "시트 titanic 892행"
