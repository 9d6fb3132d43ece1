"""What a Hangul document holds, whatever its format: paragraphs and tables, in order, each with its estimated page.

Both file formats are streams of nested parts; their readers open and close the same frames here, so that a document
saved as HWP and as HWPX gives the same tree. No library does: unhwp 0.23.1 loses, in HWPX, notes, captions, sizes of letters
and whatever follows a note or a text box in its run; reads, in HWP 5, running heads and comments as text; and in both
tells no pages, nor where a nested table stands, and of a document for distribution gives only the notice.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.errors import UnreadableFile

DEEPEST = 60  # parts within parts; people do not nest tables so deep, hostile files do
# the styles of automatic numbers, in the order in which HWP 5 counts them
NUMBERS = {
    "DIGIT": "", "CIRCLED_DIGIT": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", "ROMAN_CAPITAL": "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ", "ROMAN_SMALL": "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ",
    "LATIN_CAPITAL": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "LATIN_SMALL": "abcdefghijklmnopqrstuvwxyz",
    "CIRCLED_LATIN_CAPITAL": "ⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿ", "CIRCLED_LATIN_SMALL": "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙ",
    "HANGUL_SYLLABLE": "가나다라마바사아자차카타파하", "CIRCLED_HANGUL_SYLLABLE": "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻",
    "HANGUL_JAMO": "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ", "CIRCLED_HANGUL_JAMO": "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭",
    "HANGUL_PHONETIC": "일이삼사오육칠팔구십", "IDEOGRAPH": "一二三四五六七八九十",
}
PRIVATE = re.compile("[\ue000-\uf8ff]")  # bullets of Hancom's own fonts
OUTLINE = re.compile(r"(?:개요|제목|outline|heading) ?(\d)", re.IGNORECASE)  # names of heading styles


@dataclass(slots=True)
class Paragraph:
    """`size` is that of its largest letters in 1/100 point; `outline` its level as a heading by style, or 0."""

    text: str
    size: int
    bold: bool
    align: str
    outline: int
    page: int = 0


@dataclass(slots=True, eq=False)
class Cell:
    row: int = 0
    column: int = 0
    rowspan: int = 1
    colspan: int = 1
    header: bool = False  # its author said that it names what is below
    content: "list[Paragraph | Table]" = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table, or a text box: a table of one cell."""

    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    title: str  # as the author's office program noted it
    content: list[Paragraph | Table]


@dataclass(frozen=True, slots=True)
class Letters:
    """The shape of letters."""

    size: int = 1000
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a paragraph; `head` is what stands before it: "OUTLINE", "NUMBER" or "BULLET"."""

    align: str = ""
    head: str = ""
    head_id: int = 0
    level: int = 0


@dataclass(slots=True)
class Numbering:
    """The automatic numbers and bullets before paragraphs, counted as they come."""

    levels: dict[int, list[tuple[str, str, int]]] = field(default_factory=dict)  # (template, style, first number)
    bullets: dict[int, str] = field(default_factory=dict)
    counts: dict[int, list[int]] = field(default_factory=dict)

    def label(self, kind: str, number: int, level: int) -> str:
        if kind == "BULLET":
            return PRIVATE.sub("-", self.bullets.get(number, "-"))
        levels = self.levels.get(number, [])
        if level >= len(levels):
            return ""
        counts = self.counts.setdefault(number, [first - 1 for _, _, first in levels])
        counts[level] += 1
        counts[level + 1:] = [first - 1 for _, _, first in levels[level + 1:]]

        def written(place: re.Match) -> str:
            at = int(place[1]) - 1
            if not 0 <= at < len(levels):
                return place[0]
            signs, count = NUMBERS.get(levels[at][1], ""), max(counts[at], levels[at][2])
            return signs[count - 1] if 0 < count <= len(signs) else str(count)

        return re.sub(r"\^(\d)", written, levels[level][0])


@dataclass(slots=True)
class Frame:
    """A part under construction. A paragraph gathers its words, what stands before it and what hangs on it."""

    kind: str  # paragraph, table, cell, caption, box, note, skipped; body is the bottom one
    content: list[Paragraph | Table] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    after: list[Paragraph | Table] = field(default_factory=list)
    shape: Shape = Shape()
    outline: int = 0
    size: int = 0
    bold: int = 0  # letters
    letters: int = 0
    breaks: str = ""  # "page" or "column" where it starts a new one
    tops: list[int] = field(default_factory=list)  # of its lines, on their pages
    floats: bool = False  # a table that stands between lines, not in one
    height: int = 0  # of such a table; of a paragraph: of all such tables in it
    run: Letters = Letters()  # the shape of the letters that come (HWPX)
    deleted: bool = False  # by a tracked change, the letters that come (HWPX)
    inner: str = ""  # what the next list in it will be (HWP 5)
    starts: list[int] = field(default_factory=list)  # of its words (HWP 5)
    slots: list[int] = field(default_factory=list)  # the words that stand for its controls (HWP 5)
    at: int | None = None  # how many of its words stand before the object at hand, None for all
    table: Table = field(default_factory=Table)
    cell: Cell = field(default_factory=Cell)

    def weigh(self, words: str, letters: Letters) -> None:
        """Count words into the size and boldness of the paragraph."""
        if count := len(words.strip()):
            self.letters += count
            self.bold += count * letters.bold
            self.size = max(self.size, letters.size)


class Builder:
    """Builds a document's content from the parts that a reader opens, fills and closes."""

    def __init__(self) -> None:
        self.frames = [Frame("body")]
        self.numbering = Numbering()
        self.outline_id = 0  # the numbering of this section's outline
        self.columns, self.page_height = 1, 0
        self._page, self._column, self._top = 1, 0, 0
        self._lines = False

    @property
    def top(self) -> Frame:
        return self.frames[-1]

    def open(self, kind: str) -> Frame:
        if len(self.frames) > DEEPEST:
            raise UnreadableFile("표 안의 표가 너무 깊어 읽을 수 없습니다. 문서를 한글에서 열어 구조를 풀고 다시 저장하세요.")
        self.frames.append(Frame(kind))
        return self.top

    def close(self) -> None:
        """Finish the part opened last and hand it to the one that it is in."""
        frame = self.frames.pop()
        below = self.top
        if frame.kind == "paragraph":
            content = frame.content + self._paragraph(frame) + frame.after
            if below.kind == "body":
                _stamp(content, *self._turn(frame))
            below.content += content
        elif frame.kind == "cell":
            frame.cell.content = frame.content
            below.table.cells.append(frame.cell)
        elif frame.kind == "caption":
            below.content += frame.content
        elif frame.kind == "note":
            below.after += frame.content
        elif frame.kind in ("table", "box"):
            table = frame.table if frame.kind == "table" else Table([Cell(content=frame.content)])
            captions = frame.content if frame.kind == "table" else []
            if not (captions or any(cell.content for cell in table.cells)):
                return
            # what stands at the start of a paragraph comes before its words, the rest must not cut a sentence in two
            (below.after if "".join(below.words[:below.at]).strip() else below.content).extend([*captions, table])
            below.height += frame.height

    def finish(self, title: str) -> Document:
        while len(self.frames) > 1:
            self.close()
        content = self.top.content
        if not self._lines:
            _stamp(content, 0, 0)
        return Document(title, content)

    def _paragraph(self, frame: Frame) -> list[Paragraph]:
        text = "".join(frame.words)
        if not text.strip():
            return []
        shape = frame.shape
        if shape.head:
            number = self.outline_id if shape.head == "OUTLINE" else shape.head_id
            text = f"{self.numbering.label(shape.head, number, shape.level)} {text}"
        outline = frame.outline or (shape.level + 1 if shape.head == "OUTLINE" else 0)
        return [Paragraph(text, frame.size, frame.bold * 10 >= frame.letters * 8, shape.align, outline)]

    def _turn(self, frame: Frame) -> tuple[int, int]:
        """The pages that a paragraph of the body starts and ends on: a line that stands higher than the one before it
        is on the next page, or in the next column."""
        if frame.breaks == "page" and self._lines:
            self._page, self._column, self._top = self._page + 1, 0, 0
        elif frame.breaks == "column":
            self._next_column()
        page = first = self._page
        above = self._top
        for n, top in enumerate(frame.tops):
            if top < self._top:
                self._next_column()
            self._top, self._lines = top, True
            first = self._page if n == 0 else first
        if not (frame.height and frame.tops and self.page_height > 0):
            return first, self._page
        # the line of such a paragraph stands under its tables, which may have begun pages before
        end = frame.tops[0]
        self._page = max(self._page, page + round((above + frame.height - end) / self.page_height))
        return max(page, self._page - math.ceil(max(0, frame.height - end) / self.page_height)), self._page

    def _next_column(self) -> None:
        self._column, self._top = (self._column + 1) % self.columns, 0
        self._page += self._column == 0


def _stamp(content: list[Paragraph | Table], first: int, last: int) -> None:
    """Note the pages: a table's rows are spread over the pages that it covers."""
    for part in content:
        if isinstance(part, Paragraph):
            part.page = first
            continue
        rows = 1 + max((cell.row for cell in part.cells if cell.row > 0), default=0)
        for cell in part.cells:
            page = first + (last - first + 1) * max(0, cell.row) // rows
            _stamp(cell.content, page, page)


def paragraphs(content: list[Paragraph | Table]) -> Iterator[Paragraph]:
    """All paragraphs, in order, those in tables too."""
    for part in content:
        if isinstance(part, Paragraph):
            yield part
        else:
            for cell in part.cells:
                yield from paragraphs(cell.content)
