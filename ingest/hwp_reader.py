"""HWP 5 and HWPX -> Report: what is a heading, a list item, a table or only a frame, by the customs of Korean reports."""

import re
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from xml.parsers.expat import ExpatError

from ingest import hwp_file, hwpx_file, tables
from ingest.hwp_tree import Cell, Document, Paragraph, Table
from ingest.markup import SENTENCE_END
from rag.documents import Block, Report
from rag.errors import UnreadableFile
from rag.morphemes import normalise

ENCRYPTED = "암호가 걸린 한글 문서입니다. 한글에서 암호를 풀어 저장한 뒤 다시 넣으세요."
OLD = "옛 한글 3.x 문서입니다. 한글에서 .hwpx로 다른 이름으로 저장하세요."
FOREIGN = "한글 문서가 아닙니다. 한글에서 열어 .hwpx로 저장한 뒤 다시 넣으세요."
DAMAGED = "손상된 한글 문서라 읽을 수 없습니다. 한글에서 열어 .hwpx로 다시 저장하세요."
EMPTY = "읽을 글이 거의 없는 한글 문서입니다. 그림으로 된 문서라면 글자가 있는 파일로 바꾸어 넣으세요."
DAMAGE = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError,
          struct.error, zlib.error, zipfile.BadZipFile, ExpatError)

LEAST = 10  # letters that a report has at least
SHORT, SHORT_ITEM, LONG_ROW = 40, 20, 800  # characters
GRID = 12  # columns from which on a table without a header only lays out the page
NUMBERED = "numbered"
# signs at the start of a line, outermost first: a chapter, a section, ..., a note
SIGNS = tuple(re.compile(sign) for sign in (
    r"제\s?\d+\s?[장편부](?=\s|$)|[Ⅰ-Ⅻ](?=[\s.．)])|\[?(붙임|별첨|참고|부록|별표|첨부)\s?\d{0,2}\]?(?=\s|$)",
    r"제\s?\d+\s?절(?=\s|$)|\d{1,2}\.(?!\d)",
    r"제\s?\d+\s?조|\d{1,2}\.\d{1,2}\.?(?=\s)",
    r"\d{1,2}(\.\d{1,2}){2,}\.?(?=\s)|[가-하]\.(?=\s)",
    r"[□■◆◇◈▣▢❏]",
    r"\d{1,2}\)|[가-하]\)|\(\d{1,2}\)|\([가-하]\)|[①-⑳㉮-㉻]",
    r"[○ㅇ◦●❍〇◎]|[oO](?=\s)",
    r"[-–―‐](?=\s*[^\s\d-])|[·・•‣▪▸▶‧]",
    r"[*※☞⇒→]",
))
CHAPTER, SECTION, SQUARE, CIRCLE, DASH, PLAIN = 0, 1, 4, 6, 7, 9
BULLET = re.compile(r"^[□■◆◇◈▣▢❏○ㅇ◦●❍〇◎oO\-–―‐·・•‣▪▸▶‧*\s]+(?=\S)")
LISTED = re.compile(r"(\t|\.{3,}|…{2,}|·{4,})\s*\d{1,3}\s*$")  # a line of a table of contents
LABEL = re.compile(r"\d{1,2}[.)]?|[Ⅰ-Ⅻ]\.?|[가-하][.)]|\[?(붙임|별첨|참고|부록|별표|첨부|별지)\s?\d{0,2}\]?|[①-⑳]")
GENERIC = re.compile(r"구분|순번|번호|연번|No\.?|항목|내용|비고|종류|분야|과제|사업|시기|일시|명칭|성명|이름|자료형|설명")
VALUE = re.compile(r"\d{4}[.\-]\s?\d|\d{2,4}-\d{3,4}|\(서명\)|\(인\)|@|^[\d,.%\s]+$")
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a finished table row on its way to a block. `boxed`: the first line in a frame of its own."""

    text: str
    page: int
    size: int = 0
    bold: bool = False
    align: str = ""
    outline: int = 0
    listed: bool = False
    boxed: bool = False
    row: bool = False

    @property
    def short(self) -> bool:
        return 2 <= len(self.text) <= SHORT and not SENTENCE_END.search(self.text)

    @property
    def rank(self) -> int:
        """How far in the line's sign puts it: 0 for a chapter; PLAIN where it has none."""
        if self.row or self.listed:
            return PLAIN
        return next((n for n, sign in enumerate(SIGNS) if sign.match(self.text)), PLAIN)


def read(data: bytes, name: str) -> Report:
    """The report in a Hangul document, whose own bytes tell its format; `name` is its title where it has none.

    Raises UnreadableFile for what cannot be read.
    """
    try:
        document = _open(data)
    except DAMAGE as error:
        raise UnreadableFile(DAMAGED) from error
    lines = list(_flatten(document.content))
    if sum(len(re.findall(r"[^\W\d_]", line.text)) for line in lines) < LEAST:
        raise UnreadableFile(EMPTY)
    title, lines = _title(lines, document.title)
    return Report(title or name, tuple(_blocks(lines)))


def _open(data: bytes) -> Document:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return hwp_file.read(data, ENCRYPTED)
    if data.startswith(b"PK\x03\x04"):
        return hwpx_file.read(data, ENCRYPTED)
    if data.startswith(b"HWP Document File V") or b"<HWPML" in data[:1000]:
        raise UnreadableFile(OLD)
    raise UnreadableFile(FOREIGN)


def _clean(text: str) -> str:
    return " ".join(PRIVATE.sub(" ", normalise(text)).split())


def _flatten(content: list[Paragraph | Table]) -> Iterator[Line]:
    """The lines of a content, those of its tables too."""
    for part in content:
        if isinstance(part, Table):
            yield from _table(part)
        elif re.search(r"\w", text := _clean(part.text)):
            yield Line(text, part.page, part.size, part.bold, part.align, part.outline, bool(LISTED.search(part.text)))


# -- tables ----------------------------------------------------------------------------------------------------------


def _table(table: Table) -> Iterator[Line]:
    """A table's rows, each readable by itself; a table that only frames or lays out gives the lines in it."""
    cells = [cell for cell in table.cells if any(_flatten(cell.content))]
    by_row = [list(row) for _, row in groupby(sorted(cells, key=lambda c: (c.row, c.column)), key=lambda c: c.row)]
    if not by_row:
        return
    if len(by_row[0]) in (2, 3) and all(len(row) == 1 for row in by_row[1:]) and (line := _numbered_title(by_row[0])):
        yield line
        by_row = by_row[1:]
    if all(len(row) == 1 for row in by_row):
        for n, (cell,) in enumerate(by_row):
            yield from _boxed(cell, first=n == 0 and len(by_row) == len({c.row for c in cells}))
        return
    yield from _Grid(table.cells, cells, [row[0].row for row in by_row]).lines()


def _numbered_title(row: list[Cell]) -> Line | None:
    """The heading that a row makes of a number in one cell and words in the next."""
    parts = [[*_flatten(cell.content)] for cell in row]
    if all(len(lines) == 1 for lines in parts) and LABEL.fullmatch(parts[0][0].text) and not parts[-1][0].row:
        words = parts[-1][0]
        return replace(words, text=" ".join(lines[0].text for lines in parts), boxed=len(words.text) <= 2 * SHORT)
    return None


def _boxed(cell: Cell, *, first: bool) -> Iterator[Line]:
    for n, line in enumerate(_flatten(cell.content)):
        yield replace(line, boxed=True) if first and n == 0 and not line.row else line


class _Grid:
    """A table of several columns: which cell covers which place, counting only rows and columns where one starts."""

    def __init__(self, every: list[Cell], filled: list[Cell], rows: list[int]) -> None:
        self.rows, self.columns = rows, sorted({cell.column for cell in filled})
        self.texts = {id(cell): " ".join(_clean(p.text) for p in cell.content if isinstance(p, Paragraph)) for cell in every}
        self.grid: list[list[Cell | None]] = [[None] * len(self.columns) for _ in rows]
        for cell in every:
            left, right = (bisect_left(self.columns, x) for x in (cell.column, cell.column + cell.colspan))
            upper, lower = (bisect_left(rows, y) for y in (cell.row, cell.row + cell.rowspan))
            for y in range(upper, lower):
                self.grid[y][left:right] = [cell] * (right - left)

    def lines(self) -> Iterator[Line]:
        grid = self.grid
        start = 0
        while start < len(grid) - 1 and self._single(start):  # a title over the columns
            yield from _flatten(self._own(start)[0].content)
            start += 1
        depth = self._header(start)
        if not depth and len(self.columns) > GRID:
            for y in range(start, len(grid)):
                yield self._loose(y)
            return
        names = [" ".join(dict.fromkeys(filter(None, (self._text(grid[y][x]) for y in range(start, start + depth)))))
                 for x in range(len(self.columns))]
        for y in range(start + depth, len(grid)):
            own = self._own(y)
            if self._single(y):
                yield from _flatten(own[0].content)
            else:
                yield from self._row(y, names)

    def _text(self, cell: Cell | None) -> str:
        return self.texts[id(cell)] if cell else ""

    def _own(self, y: int) -> list[Cell]:
        """The cells with text that start in this row."""
        return [cell for cell in dict.fromkeys(map(id, filter(None, self.grid[y]))) for cell in self.grid[y]
                if cell and id(cell) == cell and cell.row == self.rows[y]]
