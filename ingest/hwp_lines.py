"""The tree of a Hangul document -> its lines: paragraphs, and table rows that read by themselves."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from ingest import tables
from ingest.hwp_tree import Cell, Paragraph, Table, paragraphs
from ingest.inline import single
from ingest.markup import SENTENCE_END

SHORT, SHORT_ITEM, LONG_ROW = 40, 20, 800  # characters
MOST_PLACES = 10_000  # of a table, and 50 more for each cell
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
LISTED = re.compile(r"(\t|\.{3,}|…{2,}|·{4,})\s*\d{1,3}\s*$")  # a line of a table of contents
LABEL = re.compile(r"\d{1,2}[.)]?|[Ⅰ-Ⅻ]\.?|[가나다라마바사아자차카타파하][.)]|\[?(붙임|별첨|참고|부록|별표|첨부|별지)\s?\d{0,2}\]?|[①-⑳]")
GENERIC = re.compile(r"구분|순번|번호|연번|No\.?|항목|내용|비고|종류|분야|과제|사업|시기|일시|명칭|성명|이름|자료형|설명")
# what names no column: dates, telephone numbers, sentences
NO_NAME = re.compile(r"\d{4}[.\-]\s?\d|\d{2,4}-\d{3,4}|(?<!\d)(?!19|20)\d{4}|\((서명|인)\)|@|^(?!(19|20)\d\d$)[\d,.%\s]+$|다\.?$|[.!?]$|귀[하중]$")
NAMING = {(True, "CENTER"), (False, "CENTER"), (True, "JUSTIFY"), (True, "LEFT")}  # looks of what names columns
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a finished table row on its way to a block.

    `outline` is its level as a heading by style; `listed` marks a line of a table of contents, `boxed` the one in a frame
    or at its head, `title` the one that gives the report its name.
    """

    text: str
    page: int
    size: int = 0
    bold: bool = False
    align: str = ""
    outline: int = 0
    listed: bool = False
    boxed: bool = False
    row: bool = False
    title: bool = False

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


def clean(text: str) -> str:
    """Text in one line, without the signs that only Hancom's fonts have."""
    return single(PRIVATE.sub(" ", text))


def flatten(content: list[Paragraph | Table]) -> Iterator[Line]:
    """The lines of a content, those of its tables too."""
    for part in content:
        if isinstance(part, Table):
            yield from _table(part)
        elif _speaks(part):
            listed = bool(LISTED.search(part.text[-40:]))
            yield Line(clean(part.text), part.page, part.size, part.bold, part.align, part.outline, listed)


def _speaks(paragraph: Paragraph) -> bool:
    """Whether it has words, not only a drawn line."""
    return bool(re.search(r"\w", PRIVATE.sub("", paragraph.text)))


def _table(table: Table) -> Iterator[Line]:
    """A table's rows, each readable by itself; a table that only frames or lays out gives the lines in it."""
    cells = sorted((cell for cell in table.cells if any(map(_speaks, paragraphs(cell.content)))),
                   key=lambda cell: (cell.row, cell.column))
    rows = [list(row) for _, row in groupby(cells, key=lambda cell: cell.row)]
    if rows and all(len(row) == 1 for row in rows[1:]) and (title := _numbered_title(rows[0])):
        yield title
        rows = rows[1:]
    grid = None if all(len(row) == 1 for row in rows) else _Grid(table.cells, cells)
    if grid and grid.sound:
        yield from grid.lines()
        return
    for n, cell in enumerate(cell for row in rows for cell in row):
        yield from flatten(cell.content) if n else _framed(cell)


def _numbered_title(row: list[Cell]) -> Line | None:
    """The heading that a row makes of a number in one cell and words in the next."""
    parts = [cell.content[0] for cell in row if len(cell.content) == 1]
    if len(parts) == len(row) == 2 and isinstance(parts[0], Paragraph) and isinstance(parts[1], Paragraph):
        label, words = clean(parts[0].text), next(flatten(parts[1:]))
        if LABEL.fullmatch(label):
            return replace(words, text=f"{label} {words.text}", boxed=len(words.text) <= 2 * SHORT)
    return None


def _framed(cell: Cell) -> list[Line]:
    """The lines in a frame, of which the first is a heading if it stands alone or over smaller ones."""
    first, *rest = flatten(cell.content)
    if first.row or rest and rest[0].size >= first.size:
        return [first, *rest]
    if rest and all(line.rank == PLAIN and len(line.text) <= SHORT_ITEM for line in rest):  # who is in charge
        rest = [replace(rest[0], text=" ".join(line.text for line in rest))]
    return [replace(first, boxed=True), *rest]


class _Grid:
    """A table of several columns: which cell covers which place, counting only rows and columns where words start."""

    def __init__(self, every: list[Cell], filled: list[Cell]) -> None:
        rows, columns = (sorted({getattr(cell, way) for cell in filled}) for way in ("row", "column"))
        spans = [(cell, bisect_left(rows, cell.row), bisect_left(rows, cell.row + max(1, cell.rowspan)),
                  bisect_left(columns, cell.column), bisect_left(columns, cell.column + max(1, cell.colspan))) for cell in every]
        places = len(rows) * len(columns) + sum((lower - upper) * (right - left) for _, upper, lower, left, right in spans)
        self.sound = places <= MOST_PLACES + 50 * len(every)  # what says otherwise is no table that people made
        if not self.sound:
            return
        self.words = {cell: " ".join(clean(p.text) for p in cell.content if isinstance(p, Paragraph)) for cell in every}
        self.grid: list[list[Cell | None]] = [[None] * len(columns) for _ in rows]
        self.own: list[list[Cell]] = [[] for _ in rows]  # the cells with words that start in each row
        with_words = set(filled)
        for cell, upper, lower, left, right in spans:
            for y in range(upper, lower):
                self.sound &= with_words.isdisjoint(filter(None, self.grid[y][left:right]))
                self.grid[y][left:right] = [cell] * (right - left)
            if cell in with_words:
                self.own[upper].append(cell)

    def lines(self) -> Iterator[Line]:
        start = 0
        while start < len(self.grid) - 1 and len(self.own[start]) == 1:  # a title over the columns
            yield from flatten(self.own[start][0].content) if self._spans(start) else self._row(start, [])
            start += 1
        depth = self._header(start)
        head, below = self.grid[start:start + depth], self.grid[start + depth:]
        names = [" ".join(dict.fromkeys(filter(None, map(self._text, column)))) for column in zip(*head, strict=True)]
        if any(name and not any(self._text(row[x]) for row in below) for x, name in enumerate(names)):
            yield self._line([], names, self.own[start])  # a form: else the names of its empty columns would be lost
        for y in range(start + depth, len(self.grid)):
            if self._spans(y):
                yield from flatten(self.own[y][0].content)
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
        """How many rows, from `start` on, name the columns: those whose author said so, else those that look it."""
        left = len(self.grid) - start
        told = next((n for n, own in enumerate(self.own[start:]) if not all(cell.header for cell in own)), left)
        merged = max(sum(row[x] is cell for row in self.grid[start:]) for x, cell in enumerate(self.grid[start]) if cell)
        depth = max(told, merged) if max(told, merged) < left else told
        head, below = self.grid[start:start + depth], self.grid[start + depth:]
        cells = {cell for row in head for cell in row if cell and self._text(cell)}
        if not 0 < depth < left or any(isinstance(part, Table) for cell in cells for part in cell.content):
            return 0
        looks = depth <= 3 and self._can_name(start, head, below, cells) and self._does_name(head, below)
        return depth if told or looks else 0

    def _can_name(self, start: int, head: list[list[Cell | None]], below: list[list[Cell | None]], cells: set[Cell]) -> bool:
        """Whether rows could name the columns below: short words over every column that has any."""
        first, own = head[0], self.own[start]
        if len(cells) < 2 or len(head) == 1 and len(own) * 2 < len(first):
            return False
        if any(len(self._text(cell)) > SHORT or NO_NAME.search(self._text(cell)) for cell in cells):
            return False
        if len(head) > 1 and not all(first.count(cell) > 1 or all(cell in row for row in head) for cell in own):
            return False  # a name in the first of several rows is merged downwards, or parted below
        return all(any(self._text(row[x]) for row in head) or not any(self._text(row[x]) for row in below)
                   for x in range(1, len(first)))

    def _does_name(self, head: list[list[Cell | None]], below: list[list[Cell | None]]) -> bool:
        """Whether such rows do: by merged cells, by words that tables start with, by a look of their own, or because
        the rows below are full and this is no form."""
        first = head[0]
        if len(head) > 1 and len(set(first)) < len(first):
            return True
        if any(GENERIC.match(self._text(cell)) for cell in (first if len(first) > 2 else first[1:])):
            return True
        looks = {_look(cell) for cell in first if self._text(cell)}
        alike = Counter(_look(row[x]) in looks for row in below for x in range(1, len(first)) if self._text(row[x]))
        if looks <= NAMING and alike[False] > max(1, alike[True]):
            return True
        full = sum(all(map(self._text, row)) for row in below)
        return len(first) > 2 and not self._pairs(first) and full * 2 > len(below)

    def _pairs(self, row: list[Cell | None]) -> list[tuple[str, str]]:
        """The labels and values that a row of a form alternates, or nothing."""
        cells = list(dict.fromkeys(filter(None, row)))
        labels, values = cells[::2], cells[1::2]
        longest = SHORT if len(cells) == 2 else SHORT // 2
        if len(labels) != len(values) or any(not 0 < len(self._text(cell)) <= longest or NO_NAME.search(self._text(cell))
                                             for cell in labels):
            return []
        if len(cells) > 2 and {_look(cell) for cell in labels} & {_look(cell) for cell in values if self._text(cell)}:
            return []
        return [(self._text(label), self._text(value)) for label, value in zip(labels, values, strict=True)]

    def _row(self, y: int, names: list[str]) -> Iterator[Line]:
        """A row, then the tables in its cells; a row too long to quote as the lines of its cells."""
        row, own = self.grid[y], self.own[y]
        if names:
            line = self._line(names, [self._text(cell) for cell in row], own)
        elif len(row) > GRID:
            words = " ".join(self._text(cell) for cell in own)
            line = self._line([], [re.sub(r"(?<=\() | (?=\))", "", re.sub(r"\( ?\)", "", words))], own)
        elif pairs := self._pairs(row):
            line = self._line([label if value else "" for label, value in pairs], [value or label for label, value in pairs], own)
        else:
            line = self._line([], [self._text(cell) for cell in dict.fromkeys(row)], own)
        too_long = len(line.text) > LONG_ROW
        if line.text and not too_long:
            yield line
        for cell in own:
            if too_long and names and (name := names[row.index(cell)]):
                yield Line(name, line.page)
            yield from flatten([part for part in cell.content if too_long or isinstance(part, Table)])

    def _line(self, names: list[str], values: list[str], own: list[Cell]) -> Line:
        blocks = tables.render([names, values] if names else [values], header=bool(names)) if any(values) else []
        page = next((p.page for cell in own for p in paragraphs(cell.content)), 0)
        return Line("".join(block.text for block in blocks), page, row=True)


def _look(cell: Cell | None) -> tuple[bool, str] | None:
    """How a cell's first words look."""
    first = next(paragraphs(cell.content), None) if cell else None
    return (first.bold, first.align) if first else None
