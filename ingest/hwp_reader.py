"""HWP 5 and HWPX -> Report: what is a heading, a list item, a table or only a frame, by the customs of Korean reports."""

import re
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from xml.parsers.expat import ExpatError

from ingest import hwp_file, hwpx_file, tables
from ingest.hwp_tree import Cell, Document, Paragraph, Table, paragraphs
from ingest.inline import single
from ingest.markup import SENTENCE_END
from rag.documents import Block, Report
from rag.errors import UnreadableFile

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
# signs at the start of a line, outermost first: a chapter, a section, ..., a note
SIGNS = tuple(re.compile(sign) for sign in (
    r"제\s?\d+\s?[장편부](?=\s|$)|[Ⅰ-Ⅻ](?=[\s.．)])|\[?(붙임|별첨|참고|부록|별표|첨부)\s?\d{0,2}\]?(?=\s|$)",
    r"제\s?\d+\s?절(?=\s|$)|\d{1,2}\.(?!\d)",
    r"제\s?\d+\s?조|\d{1,2}\.\d{1,2}\.?(?=\s)",
    r"\d{1,2}(\.\d{1,2}){2,}\.?(?=\s)|[가나다라마바사아자차카타파하]\.(?=\s|$)",
    r"[□■◆◇◈▣▢❏]",
    r"\(?(\d{1,2}|[가나다라마바사아자차카타파하])\)|[①-⑳㉮-㉻]",
    r"[○ㅇ◦●❍〇◎]|[oO](?=\s)",
    r"[-–―‐](?=\s+\S|[^\s\d-])|[·・•‣▪▸▶▷△▲‧]",
    r"[*※☞⇒→]",
))
CHAPTER, SECTION, SQUARE, CIRCLE, DASH, PLAIN = 0, 1, 4, 6, 7, 9
LEVELS = (2, 3, 4, 4, 5, 6)  # of headings by their signs
ITEM_LEVELS = (0, 0, 0, 0, 0, 1, 1, 2, 3, 0)
LISTED = re.compile(r"(\t|\.{3,}|…{2,}|·{4,})\s*\d{1,3}\s*$")  # a line of a table of contents
LABEL = re.compile(r"\d{1,2}[.)]?|[Ⅰ-Ⅻ]\.?|[가나다라마바사아자차카타파하][.)]|\[?(붙임|별첨|참고|부록|별표|첨부|별지)\s?\d{0,2}\]?|[①-⑳]")
GENERIC = re.compile(r"구분|순번|번호|연번|No\.?|항목|내용|비고|종류|분야|과제|사업|시기|일시|명칭|성명|이름|자료형|설명")
# what names no column: dates, telephone numbers, sentences
NO_NAME = re.compile(r"\d{4}[.\-]\s?\d|\d{2,4}-\d{3,4}|(?<!\d)(?!19|20)\d{4}|\((서명|인)\)|@|^(?!(19|20)\d\d$)[\d,.%\s]+$|다\.?$|[.!?]$|귀[하중]$")
NAMING = {(True, "CENTER"), (False, "CENTER"), (True, "JUSTIFY"), (True, "LEFT")}  # looks of what names columns
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
        """Whether it is as short as a heading, and no sentence. What stands in a frame may say more, and call out."""
        if self.boxed:
            return 2 <= len(self.text) <= 2 * SHORT and not re.search(r"다$|[.:,]$", self.text)
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
    return Report(title or name, tuple(_blocks(lines, title)))


def _open(data: bytes) -> Document:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return hwp_file.read(data, ENCRYPTED)
    if data.startswith(b"PK\x03\x04"):
        return hwpx_file.read(data, ENCRYPTED)
    if data.startswith(b"HWP Document File V") or b"<HWPML" in data[:1000]:
        raise UnreadableFile(OLD)
    raise UnreadableFile(FOREIGN)


def _clean(text: str) -> str:
    return single(PRIVATE.sub(" ", text))


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
        for (cell,) in by_row:
            yield from _framed(cell) if cell is by_row[0][0] else _flatten(cell.content)
        return
    yield from _Grid(table.cells, cells).lines()


def _numbered_title(row: list[Cell]) -> Line | None:
    """The heading that a row makes of a number in one cell and words in the next."""
    parts = [[*_flatten(cell.content)] for cell in row]
    if all(len(lines) == 1 for lines in parts) and LABEL.fullmatch(parts[0][0].text) and not parts[-1][0].row:
        words = parts[-1][0]
        return replace(words, text=" ".join(lines[0].text for lines in parts), boxed=len(words.text) <= 2 * SHORT)
    return None


def _framed(cell: Cell) -> list[Line]:
    """The lines in a frame, of which the first is a heading if it stands alone or over smaller ones."""
    first, *rest = _flatten(cell.content)
    if first.row or rest and rest[0].size >= first.size:
        return [first, *rest]
    if rest and all(line.rank == PLAIN and len(line.text) <= SHORT_ITEM for line in rest):  # who is in charge
        rest = [replace(rest[0], text=" ".join(line.text for line in rest))]
    return [replace(first, boxed=True), *rest]


class _Grid:
    """A table of several columns: which cell covers which place, counting only rows and columns where words start."""

    def __init__(self, every: list[Cell], filled: list[Cell]) -> None:
        rows, columns = (sorted({getattr(cell, way) for cell in filled}) for way in ("row", "column"))
        self.words = {cell: " ".join(_clean(p.text) for p in cell.content if isinstance(p, Paragraph)) for cell in every}
        self.grid: list[list[Cell | None]] = [[None] * len(columns) for _ in rows]
        self.own: list[list[Cell]] = [[] for _ in rows]  # the cells with words that start in each row
        for cell in every:
            left, right = (bisect_left(columns, x) for x in (cell.column, cell.column + cell.colspan))
            upper, lower = (bisect_left(rows, y) for y in (cell.row, cell.row + cell.rowspan))
            for y in range(upper, lower):
                self.grid[y][left:right] = [cell] * (right - left)
            if upper < lower and rows[upper] == cell.row and cell in filled:
                self.own[upper].append(cell)

    def lines(self) -> Iterator[Line]:
        start = 0
        while start < len(self.grid) - 1 and len(self.own[start]) == 1:  # a title over the columns
            yield from _flatten(self.own[start][0].content) if self._spans(start) else self._row(start, [])
            start += 1
        depth = self._header(start)
        head = self.grid[start:start + depth]
        names = [" ".join(dict.fromkeys(filter(None, map(self._text, column)))) for column in zip(*head, strict=True)]
        below = self.grid[start + depth:]
        if any(name and not any(self._text(row[x]) for row in below) for x, name in enumerate(names)):
            yield self._line([], names, self.own[start])  # a form: else the names of its empty columns would be lost
        for y in range(start + depth, len(self.grid)):
            if self._spans(y):
                yield from _flatten(self.own[y][0].content)
            elif not depth and len(self.grid[y]) > GRID:
                yield self._loose(y)
            else:
                yield from self._row(y, names)

    def _text(self, cell: Cell | None) -> str:
        return self.words[cell] if cell else ""

    def _spans(self, y: int) -> bool:
        """Whether all that a row says stands in one cell over several columns."""
        own = self.own[y]
        return len(own) == 1 and self.grid[y].count(own[0]) > 1 and not any(
            self._text(cell) for cell in self.grid[y] if cell is not own[0])

    def _header(self, start: int) -> int:
        """How many rows, from `start` on, name the columns."""
        first, left = self.grid[start], len(self.grid) - start
        depth = max(sum(row[x] is cell for row in self.grid[start:]) for x, cell in enumerate(first) if cell)
        head, below = self.grid[start:start + depth], self.grid[start + depth:]
        cells = {cell for row in head for cell in row if cell and self._text(cell)}
        if not 1 < len(cells) or depth > 3 or depth >= left or len(self.own[start]) * 2 < len(first) and depth == 1:
            return 0
        if any(len(self._text(cell)) > SHORT or NO_NAME.search(self._text(cell)) for cell in cells):
            return 0
        wide = [first.count(cell) > 1 for cell in self.own[start]]
        if depth > 1 and not all(broad or all(cell in row for row in head) for broad, cell in zip(wide, self.own[start], strict=True)):
            return 0
        for x in range(1, len(first)):
            if not any(self._text(row[x]) for row in head) and any(self._text(row[x]) for row in below):
                return 0
        if depth > 1 and any(wide) or any(GENERIC.match(self._text(cell)) for cell in first[1:]) or (len(first) > 2 and GENERIC.match(self._text(first[0]))):
            return depth
        looks = {_look(cell) for cell in first if self._text(cell)}
        alike = Counter(_look(row[x]) in looks for row in below for x in range(1, len(first)) if self._text(row[x]))
        if looks <= NAMING and alike[False] > max(1, alike[True]):
            return depth
        whole = sum(sum(map(bool, map(self._text, row))) == len(row) for row in below)
        return depth if len(first) > 2 and not self._pairs(first) and whole * 2 > len(below) else 0

    def _pairs(self, row: list[Cell | None]) -> list[tuple[str, str]]:
        """The labels and values that a row of a form alternates, or nothing."""
        cells = list(dict.fromkeys(filter(None, row)))
        labels, values = cells[::2], cells[1::2]
        if len(labels) != len(values) or any(
                not 0 < len(self._text(c)) <= (SHORT if len(cells) == 2 else SHORT // 2) or NO_NAME.search(self._text(c))
                for c in labels):
            return []
        if len(cells) > 2 and {_look(c) for c in labels} & {_look(c) for c in values if self._text(c)}:
            return []
        return [(self._text(a), self._text(b)) for a, b in zip(labels, values, strict=True)]

    def _row(self, y: int, names: list[str]) -> Iterator[Line]:
        row, own = self.grid[y], self.own[y]
        if names:
            line = self._line(names, [self._text(cell) for cell in row], own)
        elif pairs := self._pairs(row):
            line = self._line([a if b else "" for a, b in pairs], [b or a for a, b in pairs], own)
        else:
            line = self._line([], [self._text(cell) for cell in dict.fromkeys(row)], own)
        if len(line.text) <= LONG_ROW:
            yield line
        for cell in own:
            yield from _flatten([p for p in cell.content if len(line.text) > LONG_ROW or isinstance(p, Table)])

    def _loose(self, y: int) -> Line:
        """A row of a page laid out as a fine grid, as one line of words."""
        words = " ".join(self._text(cell) for cell in self.own[y])
        return self._line([], [re.sub(r"(?<=\() | (?=\))", "", re.sub(r"\( ?\)", "", words))], self.own[y])

    def _line(self, names: list[str], values: list[str], own: list[Cell]) -> Line:
        rows = [names, values] if names else [values]
        text = "".join(block.text for block in tables.render(rows, header=bool(names)))
        return Line(text, next((line.page for cell in own for line in _flatten(cell.content)), 0), row=True)


def _look(cell: Cell | None) -> tuple[bool, str] | None:
    """How a cell's first words look."""
    first = next(paragraphs(cell.content), None) if cell else None
    return (first.bold, first.align) if first else None


# -- headings and items ----------------------------------------------------------------------------------------------


def _title(lines: list[Line], noted: str) -> tuple[str, list[Line]]:
    """The report's title, and the lines with those that hold it made one."""
    opening = [line for line in lines if line.page == lines[0].page][:30]
    for line in opening:
        if line.row and (subject := re.match(r"제\s?목: (.+?)(?: \| |$)", line.text)):
            return subject[1], lines
    words = _clean(noted)
    if _is_told(words, "".join(line.text for line in lines)[:3000]):
        return words, lines
    body = _body_size(lines)
    best = max((line for line in opening if _can_be_title(line, body)), key=lambda line: line.size, default=None)
    if best is None:
        return "", lines
    first = last = lines.index(best)
    while (last + 1 < len(lines) and _can_be_title(lines[last + 1], body) and lines[last + 1].size == best.size
           and sum(len(line.text) for line in lines[first:last + 2]) <= 2 * SHORT):
        last += 1
    title = " ".join(line.text for line in lines[first:last + 1])
    return title, [*lines[:first], replace(best, text=title), *lines[last + 1:]]


def _is_told(title: str, text: str) -> bool:
    """Whether the report itself has the words of a title; file properties often come from another document."""
    letters, text = re.sub(r"\W|_", "", title), re.sub(r"\W|_", "", text)
    pairs = [letters[n:n + 2] for n in range(len(letters) - 1)]
    return len(letters) >= 5 and sum(pair in text for pair in pairs) >= 0.8 * len(pairs)


def _can_be_title(line: Line, body: int) -> bool:
    return (not line.row and not line.listed and line.rank == PLAIN and 4 <= len(re.findall(r"[^\W\d_]", line.text))
            and len(line.text) <= 60 and not re.search(r"[.!?]$", line.text) and _stands_out(line, body))


def _body_size(lines: list[Line]) -> int:
    sizes = Counter[int]()
    for line in lines:
        sizes[line.size] += len(line.text) * (not line.row)
    return sizes.most_common(1)[0][0] if sizes else 0


def _stands_out(line: Line, body: int) -> bool:
    if line.row or line.align == "RIGHT":
        return False
    return line.boxed or line.size > body or line.size == body and (line.bold or line.align == "CENTER")


def _blocks(lines: list[Line], title: str) -> Iterator[Block]:
    body = _body_size(lines)
    pairs = list(zip_longest(lines, lines[1:]))
    sizes = sorted({line.size for line, following in pairs if _looks_like_heading(line, following, body)}, reverse=True)
    counting = PLAIN  # the rank of the numbered list that goes on
    for line, following in pairs:
        place = f"약 {line.page}쪽" if line.page else ""
        rank = line.rank
        level = 0
        if line.text == title:
            level = 1
        elif _looks_like_heading(line, following, body):
            level = min(3 + sizes.index(line.size), 6)
        elif rank != counting or rank == PLAIN:
            level = _signed_level(line, following)
        if line.row:
            yield Block("row", line.text, place=place)
        elif level:
            yield Block("heading", _unsigned(line.text, rank), level, place=place)
        elif rank < PLAIN or line.listed:
            yield Block("item", _unsigned(line.text, rank), ITEM_LEVELS[rank], place=place)
        else:
            yield Block("paragraph", line.text, place=place)
        if level or line.row:
            counting = PLAIN
        elif rank < CIRCLE and rank != SQUARE:
            counting = rank


def _looks_like_heading(line: Line, following: Line | None, body: int) -> bool:
    """Whether a line without a sign is a heading: short, no sentence, standing out, and something hangs under it."""
    if following is None or line.outline or line.listed or line.rank < PLAIN or not line.short or not _stands_out(line, body):
        return False
    if not line.boxed and following.rank == PLAIN and following.size >= line.size and _stands_out(following, body):
        return False
    return following.rank > CHAPTER and not NO_NAME.search(line.text) and len(re.findall(r"[^\W\d_]", line.text)) >= 4


def _signed_level(line: Line, following: Line | None) -> int:
    """The level of a line as a heading by its style or its sign, 0 where it is none."""
    rank = line.rank
    if line.row or line.listed:
        return 0
    if line.outline and (rank < CIRCLE or rank == PLAIN) and len(line.text) <= 2 * SHORT and not NO_NAME.search(line.text):
        return line.outline + 1
    if rank == CHAPTER:
        return 2 if len(line.text) <= 2 * SHORT and not SENTENCE_END.search(line.text) else 0
    if rank == PLAIN or not line.short or following is None or following.rank <= rank:
        return 0
    if rank < CIRCLE:
        return LEVELS[rank]
    return 7 if rank == CIRCLE and len(line.text) <= SHORT_ITEM and following.rank == DASH else 0


def _unsigned(text: str, rank: int) -> str:
    """The line without its bullet; numbers and marks of notes stay."""
    if rank in (SQUARE, CIRCLE, DASH) or text.startswith("*"):
        return SIGNS[rank].sub("", text, count=1).strip() or text
    return text
