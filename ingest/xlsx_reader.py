"""XLSX -> Report: the tables of every sheet as rows that read by themselves, numbered as Excel numbers them."""

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace

from ingest import tables, zip_check
from ingest.inline import single
from ingest.number_format import shown
from rag.documents import Block, Report
from rag.errors import UnreadableFile

ROWS, COLUMNS = 50_000, 100  # of one sheet; what lies beyond is told as unread
LAST = 1_048_576  # Excel's last row: a damaged file may number its rows further
SMALL = 20_000_000  # bytes of a sheet's XML: up to here it is searched for merged cells
FILLED = 200_000  # cells of one sheet that merged ranges may fill
FIRST_YEAR, LAST_YEAR = 1900, 2100  # numbers that may name a column
SHORT = 40  # characters of a column's name at most
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
UNCOMPUTED = re.compile(rb'<c\b(?![^>]*\bt="str")[^>]*><f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
NOTE = re.compile(r"[※*(\[<]|주 ?[:)\d]|자료|출처|단위|.{21}")  # a line under a table, not its last row
FORMATS = re.compile(rb"<numFmts\b.*?</numFmts>|<cellXfs\b.*?</cellXfs>", re.DOTALL)
STYLES = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</styleSheet>'
HEADS = {"구분", "항목", "분류", "번호", "순번", "연번", "이름", "성명", "연도", "질문", "용어", "키워드", "no", "no.", "name", "item"}
DATES = {27: 'yyyy"年" mm"月" dd"日"', 28: "mm-dd", 29: "mm-dd", 31: 'yyyy"년" mm"월" dd"일"', 32: 'h"시" mm"분"',
         33: 'h"시" mm"분" ss"초"', 36: 'yyyy"年" mm"月" dd"日"', **dict.fromkeys((30, 34, 35, 52, 53, 55, 56), "yyyy-mm-dd"),
         50: 'yyyy"年" mm"月" dd"日"', 51: "mm-dd", 54: "mm-dd", 57: 'yyyy"年" mm"月" dd"日"', 58: "mm-dd"}  # Korean built-ins


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows. `words`: its value is text; `label`: it may name a column, as words, years and dates do."""

    text: str = ""
    words: bool = True
    label: bool = True
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: list[Cell]

    def filled(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.text]

    def is_line(self) -> bool:
        """Whether the row is one text, in one cell or merged."""
        return len({cell.text for cell in self.filled()}) == 1 and self.filled()[0].label


@dataclass(frozen=True, slots=True)
class Head:
    """The rows that name the columns of a table, and where those are: a table goes on under them after an empty row."""

    rows: list[Row]
    columns: list[int]


def read(data: bytes, name: str) -> Report:
    """The report in a workbook, hidden sheets included; `name` is its title where its properties have none."""
    zip_check.check(data)
    blocks: list[Block] = []
    unread: list[str] = []
    with zip_check.damage_told():
        sheets = _open(data).worksheets
    for sheet in sheets:
        told = f"시트 {single(sheet.title)}"
        with zip_check.damage_told():
            regions, limits = _regions(sheet)
        head, found = Head([], []), []
        for region in regions:
            more, head = _arranged(region, told, head)
            found += more
        if found:
            blocks += [Block("heading", single(sheet.title), 1, place=found[0].place), *found]
        unread += [f"{told}: {limit}" for limit in limits]
    if not blocks and any("수식" in limit for limit in unread):
        raise UnreadableFile("계산한 값이 저장되지 않은 수식만 있습니다. Excel에서 열어 저장한 뒤 다시 넣으세요.")
    return Report(zip_check.title(data) or name, tuple(blocks), unread=tuple(unread))


def _open(data: bytes):
    """The workbook; where openpyxl takes offence at its looks, as it does at those of many exports, without them."""
    import openpyxl

    how = {"read_only": True, "data_only": True, "keep_links": False}
    try:
        return openpyxl.load_workbook(io.BytesIO(data), **how)
    except (TypeError, ValueError):
        plain = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(plain, "w") as copy:
            for name in source.namelist():
                content = source.read(name)
                copy.writestr(name, STYLES % b"".join(FORMATS.findall(content)) if name == "xl/styles.xml" else content)
        return openpyxl.load_workbook(plain, **how)


def _regions(sheet) -> tuple[list[list[Row]], list[str]]:
    """The rows of a sheet, parted where rows are empty; and what of the sheet is not among them."""
    merged, uncomputed = _xml(sheet)
    limits = [f"값이 저장되지 않은 수식 {uncomputed:,}개는 읽지 않았습니다"] if uncomputed else []
    regions: list[list[Row]] = [[]]
    origins: dict[tuple[int, int], Cell] = {}
    wide = False
    sheet.reset_dimensions()  # a file may claim any size
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > LAST:
            break
        if not (cells or regions[-1] or number in merged):  # most of a million rows, in a file that claims so many
            continue
        row = [_cell(cell, bool(sheet.parent._fonts) and len(regions[-1]) < 3) for cell in cells[:COLUMNS]]
        own = any(cell.text for cell in row)
        if own and number > ROWS:
            limits.append(f"{ROWS:,}행 뒤는 읽지 않았습니다")
            break
        if not wide and any(cell.value is not None for cell in cells[COLUMNS:]):
            wide = True
            limits.append(f"{COLUMNS}열 오른쪽은 읽지 않았습니다")
        for column, origin in merged.get(number, ()):
            row += [Cell()] * (column - len(row))
            if origin == (number, column):
                origins[origin] = row[column - 1]
            elif not row[column - 1].text:
                row[column - 1] = origins.get(origin, Cell())
        if own:
            regions[-1].append(Row(number, row))
        elif regions[-1] and not any(cell.text for cell in row):  # a row merged wholly from above adds nothing
            regions.append([])
    return [region for region in regions if region], limits


def _xml(sheet) -> tuple[dict[int, list[tuple[int, tuple[int, int]]]], int]:
    """What openpyxl's reading row by row leaves out: the (column, origin) of merged cells by row, and the number of
    formulas without a value. Neither is looked for in a very large sheet."""
    from openpyxl.utils import range_boundaries

    with sheet._get_source() as source:
        xml = source.read(SMALL + 1)
    merged: dict[int, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
    room = FILLED if len(xml) <= SMALL else 0
    for reference in MERGED.findall(xml):
        left, top, right, bottom = range_boundaries(reference.decode())
        right, bottom = min(right, COLUMNS), min(bottom, ROWS)
        room -= max(right - left + 1, 0) * max(bottom - top + 1, 0)
        if room < 0:
            break
        for y in range(top, bottom + 1):
            merged[y] += [(x, (top, left)) for x in range(left, right + 1)]
    return merged, len(UNCOMPUTED.findall(xml))


def _cell(cell, styled: bool) -> Cell:
    value = cell.value
    if value is None or cell.data_type == "e":
        return Cell()
    if isinstance(value, str):
        text = single(re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), value))
        return Cell(text, bold=styled and bool(cell.font.b))
    code, number = cell.number_format, isinstance(value, (int, float))
    if number and code == "General" and cell.has_style and (date := DATES.get(cell.style_array.numFmtId)):
        from openpyxl.utils.datetime import from_excel

        value, code, number = from_excel(value, cell.parent.parent.epoch), date, False
    label = not number or isinstance(value, int) and FIRST_YEAR <= value <= LAST_YEAR
    return Cell(shown(value, code), False, label, styled and label and bool(cell.font.b))


def _arranged(rows: list[Row], told: str, above: Head) -> tuple[list[Block], Head]:
    """Rows without an empty one between them: a table, with the lines above and below it as paragraphs."""
    width = max(len(row.cells) for row in rows)
    rows = [Row(row.number, row.cells + [Cell()] * (width - len(row.cells))) for row in rows]
    left = next(n for n in range(width) if any(row.cells[n].text for row in rows))
    broad = max(len({cell.text for cell in row.filled()}) for row in rows)
    first, last = 0, len(rows)
    while broad > 1 and not _over(rows[first:first + 2], left) and (
            rows[first].is_line() or broad > 4 and len(rows[first].filled()) == 2):
        first += 1
    while last > first + 1 and broad > 1 and rows[last - 1].is_line() and NOTE.match(rows[last - 1].filled()[0].text):
        last -= 1
    lines, body = rows[:first] + rows[last:], rows[first:last]
    used = [n for n in range(width) if any(row.cells[n].text for row in body)]
    body = [Row(row.number, [row.cells[n] for n in used]) for row in body]
    head = above.rows if used == above.columns and not all(cell.label for cell in body[0].cells) else []
    header = bool(head) or _headed(body)
    if len(used) == 1 and not header:
        lines, body = rows, []
    found = [(row.number, Block("paragraph", " ".join(dict.fromkeys(cell.text for cell in row.filled())))) for row in lines]
    if body:
        rendered = tables.render([[cell.text for cell in row.cells] for row in [*head, *body]], header=header)
        found += zip([row.number for row in body[-len(rendered):]], rendered, strict=True)
        above = Head(head or body[:-len(rendered)], used)
    return [replace(block, place=f"{told} {number}행") for number, block in sorted(found, key=lambda pair: pair[0])], above


def _over(rows: list[Row], left: int) -> bool:
    """Whether the first of two rows is a name merged over some columns, to the right of where the table begins."""
    return len(rows[0].filled()) > 1 and not any(row.cells[left].text for row in rows)


def _headed(rows: list[Row]) -> bool:
    """Whether the first row of a table names its columns: labels over numbers, or short, different, set apart."""
    if len(rows) < 2:
        return False
    first, width = rows[0].filled(), len(rows[0].cells)
    if not all(cell.label and len(cell.text) <= SHORT for cell in first) or len(first) * 2 < width:
        return False
    if width <= 2:
        columns = [[row.cells[n] for row in rows[1:] if row.cells[n].text] for n in range(width)]
        set_apart = all(cell.bold for cell in first) and not all(cell.bold for cell in rows[1].filled())
        return (any(column and not any(cell.words for cell in column) for column in columns)
                or set_apart or first[0].text.lower() in HEADS)
    if any(not cell.label for row in rows[1:] for cell in row.cells):
        return True
    return len(first) == width and len({cell.text for cell in first}) == width
