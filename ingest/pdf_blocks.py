"""Lines in reading order -> headings, paragraphs, list items and rows."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest import pdf_tables
from ingest.inline import single
from ingest.pdf_layout import Line, Page, Region, body_size, regions, width
from ingest.pdf_tables import Table
from ingest.wraps import Joiner
from rag.documents import Block, Kind

# what a line may start with: as (name, pattern, rank as a heading or -1, level as a list item)
MARKS = [(name, re.compile(pattern), rank, level) for name, pattern, rank, level in [
    ("part", r"제\s?\d+\s?[편부](?=[\s.:]|$)", 0, 0),
    ("chapter", r"제\s?\d+\s?장(?=[\s.:(]|$)|[Ⅰ-Ⅻ]{1,2}\s?[.)]?\s|[IVX]{1,4}\.\s", 1, 0),
    ("section", r"제\s?\d+\s?[절관](?=[\s.:(]|$)", 2, 0),
    ("article", r"제\s?\d+\s?조(?:의\s?\d+)?(?=[\s(]|$)", 3, 0),
    ("1.1.1", r"\d{1,2}(?:[.-]\d{1,2}){2,3}\.?\s(?=[^\d\s])", 6, 0),
    ("1.1", r"\d{1,2}[.-]\d{1,2}\.?\s(?=[가-힣A-Za-z(‘“'\"])", 5, 0),
    ("1.", r"\d{1,2}\.(?:\s+(?!\d{1,2}\.(?:\s|$))(?=\S)|(?=[가-힣A-Za-z(‘“]))", 4, 0),
    ("가.", r"[가나다라마바사아자차카타파하]\.\s", 7, 1),
    ("1)", r"\d{1,2}\)\s?(?=\S)", 8, 1),
    ("가)", r"[가나다라마바사아자차카타파하]\)\s?(?=\S)", 9, 2),
    ("(1)", r"\((?:\d{1,2}|[가나다라마바사아자차카타파하])\)\s?(?=\S)", 9, 2),
    ("①", r"[①-⑳⑴-⒇ⓐ-ⓩ㉠-㉻]\s?(?=\S)", 10, 1),
    ("[1]", r"\[\d{1,3}\]\s?(?=\S)", -1, 0),
    ("□", r"[□■◆◇▣▢◈❏❑▶▷►☐☑]\s?(?=\S)", 10, 0),
    ("○", r"[○●◦❍◎•⦁\ufffd\ue000-\uf8ff]\s?(?=\S)|[ㅇo]\s(?=\S)", -1, 1),
    ("-", r"[-–—―‐▪▫∙·‧・→⇒➜➔✓✔](?=[\s가-힣])\s?(?=\S)", -1, 2),
    ("※", r"[※*★☆☞†]\s?(?=\S)", -1, 2),
]]
RANKS = {name: rank for name, _, rank, _ in MARKS}
LEVELS = {name: level for name, _, _, level in MARKS}
DIVISIONS = {"part", "chapter", "section", "article", "1.1", "1.1.1"}  # headings even in the body's type, if alone on a line
SIGNS = {"□", "○", "-", "※", "①"}  # no line of prose starts with these by chance
BULLET = re.compile(r"^(?:[□■◆◇▣▢◈❏❑▶▷►☐☑○●◦❍◎•⦁▪▫∙·‧・✓✔*]|[-–—―‐](?!\d)|[ㅇo](?=\s))\s*(?=\S)")
ARTICLE = re.compile(r"(제\s?\d+\s?조(?:의\s?\d+)?\s*[(（\[【][^)）\]】]{1,40}[)）\]】])\s*(\S.*)", re.DOTALL)
CAPTION = re.compile(r"[\[<〈【(]?\s*(?:표|그림|도표|사진|Table|Figure|Fig\.)\s*[\dⅠ-Ⅻ]")
CONTENTS = re.compile(r"\s*(?:[.·․‥…⋯]\s?){4,}\s*(?=\d|$)")
SENTENCE_END = re.compile(r"[.。;,…]['\"’”)\]]*\s*$|[니한된있없이]다\s*$")
STOP = re.compile(r"[.!?。…:;]['\"’”)\]]*\s*$")
LETTERED = re.compile(r"[가-힣A-Za-z]")
LONGEST_HEADING, SHORT = 80, 45
SHAPE_LEVEL = 6  # of headings known only by their bold face, as in ingest.chunk


@dataclass(slots=True)
class Draft:
    """A block that is being put together of lines."""

    kind: Kind
    page: int
    first: Line
    mark: str = ""
    lines: list[str] = field(default_factory=list)
    last: Line | None = None
    region: Region | None = None
    closed: bool = False  # takes no more lines
    table: Table | None = None
    fresh: bool = False  # a table that starts its page


def drafts(pages: list[Page]) -> list[Draft]:
    """The blocks of all pages, as raw lines."""
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    bold = sum(len(line.text) for line in lines if line.bold) * 2 > sum(len(line.text) for line in lines)
    writer = _Writer(body_size(pages), bold)
    for page in pages:
        writer.start(page)
        for region in regions(page.items):
            for item in region.items:
                if isinstance(item, Table):
                    writer.table(item)
                else:
                    writer.line(item, region)
    for draft in writer.drafts:
        if draft.mark in DIVISIONS and draft.kind == "item" and len(draft.lines) == 1:
            text = single(draft.lines[0])
            if len(text) <= SHORT and not SENTENCE_END.search(text) and not draft.closed:
                draft.kind = "heading"
    return writer.drafts


class _Writer:
    """Adds line after line, to the block before or as a new one."""

    def __init__(self, body: float, all_bold: bool) -> None:
        self.drafts: list[Draft] = []
        self.body, self.all_bold = body, all_bold
        self.page = 0
        self.open: Draft | None = None
        self.numbers: dict[str, str] = {}  # the last label of each kind

    def start(self, page: Page) -> None:
        self.page, self.open = page.number, None
        tops = sorted(item.top for item in page.items)
        self.pitch = Counter(round(b - a) for a, b in pairwise(tops) if b - a > 4).most_common(1)
        self.first = True

    def table(self, table: Table) -> None:
        line = Line("", table.x0, table.top, table.x1, table.bottom, self.body, False)
        self.drafts.append(Draft("row", self.page, line, table=table, fresh=self.first))
        self.open, self.first = None, False

    def line(self, line: Line, region: Region) -> None:
        self.first = False
        text = single(line.text)
        mark = _mark(text)
        draft = self.open
        if draft and self._goes_on(draft, line, region, mark):
            draft.lines.append(line.text)
            draft.last, draft.region = line, region
            return
        if mark:
            self.numbers[mark[0]] = mark[1]
        kind = self._kind(line, text, mark)
        article = ARTICLE.match(text) if mark and mark[0] == "article" else None
        if article:
            self.drafts.append(Draft("heading", self.page, line, "article", [article[1]], line, region))
            text = article[2]
            mark = _mark(text)
            kind = "item" if mark else "paragraph"
        lines = [article[2] + line.text[len(line.text.rstrip()):]] if article else [line.text]
        self.open = Draft(kind, self.page, line, mark[0] if mark else "", lines, line, region,
                          closed=line.loose or bool(CONTENTS.search(text)))
        self.drafts.append(self.open)

    def _strong(self, line: Line) -> bool:
        """Whether a line stands out: larger than the body's type, or bold."""
        return line.size >= self.body + max(1.0, 0.1 * self.body) or (
            line.bold and not self.all_bold and line.size > self.body - 0.75)

    def _kind(self, line: Line, text: str, mark: tuple[str, str] | None) -> Kind:
        if CONTENTS.search(text) or line.loose:
            return "item"
        rank = RANKS[mark[0]] if mark else 0
        title_like = LETTERED.search(text) and not CAPTION.match(text) and not SENTENCE_END.search(text)
        if title_like and self._strong(line) and len(text) <= LONGEST_HEADING and rank >= 0:
            return "heading"
        return "item" if mark else "paragraph"

    def _goes_on(self, draft: Draft, line: Line, region: Region, mark: tuple[str, str] | None) -> bool:
        """Whether a line belongs to the block before it."""
        last = draft.last
        assert last and draft.region
        full = _full(last, line.text, draft.region)
        stopped = bool(STOP.search(last.text))
        if draft.closed or line.loose or CAPTION.match(line.text.lstrip()) or abs(line.size - last.size) > 0.6:
            return False
        inset = line.x0 > region.left + 0.5 * line.size and (draft.kind != "item" or draft.mark in DIVISIONS)
        if mark and (not full or stopped or inset or mark[0] in SIGNS or _follows(mark[1], self.numbers.get(mark[0], ""))):
            return False
        if region is not draft.region:
            indented = line.x0 > region.left + 0.5 * line.size
            return (draft.kind != "heading" and len(draft.region.items) > 1 and full and not stopped and not indented
                    and not self._strong(line))
        if line.top - last.top > 1.35 * max(self.pitch[0][0] if self.pitch else 0, 1.2 * line.size):
            return False
        if draft.kind == "heading":
            large = line.size >= 1.25 * self.body
            return (line.bold == last.bold and not mark and (large or full)
                    and sum(map(len, draft.lines)) + len(line.text) <= LONGEST_HEADING)
        if self._strong(line) and not self._strong(last) and not full:
            return False
        if draft.kind == "item" and line.x0 > draft.first.x0 + 0.4 * line.size:
            return True  # hanging under its item
        indented = line.x0 > last.x0 + 0.6 * line.size
        return full and not (stopped and indented)


def _mark(text: str) -> tuple[str, str] | None:
    """The kind of mark that a line starts with, and the mark."""
    for name, pattern, _, _ in MARKS:
        match = pattern.match(text)
        if match:
            return name, match[0]
    return None


def _follows(label: str, before: str) -> bool:
    """Whether a label is the one after another: "다." after "나.", "3)" after "2)"."""
    order = "가나다라마바사아자차카타파하"
    a, b = (re.findall(r"\d+|[가-하]", text)[-1:] for text in (before, label))
    if not a or not b:
        return False
    if a[0].isdigit() and b[0].isdigit():
        return int(b[0]) == int(a[0]) + 1
    return a[0] in order and b[0] in order and order.index(b[0]) == order.index(a[0]) + 1


def _full(line: Line, following: str, region: Region) -> bool:
    """Whether a line was broken for want of room: it reaches the edge, or the word that follows did not fit behind it."""
    room = region.right - line.x1
    if region.flush and room <= 0.8 * line.size:
        return True
    if region.flush and STOP.search(line.text):
        return False
    if abs((line.x0 - region.left) - room) < 0.3 * line.size:  # in the middle
        room *= 2
    return room < (0.6 if STOP.search(line.text) else 1.2) * line.size + width(following.split()[0] if following.split() else "", line.size)


def blocks(pages: list[Page], tick: Callable[[], None]) -> tuple[list[Block], str]:
    """The finished blocks, and the largest text on the first page."""
    found = drafts(pages)
    tables = [(draft.page, cell) for draft in found if draft.table for cell in _cells(draft.table)]
    joiner = Joiner([(draft.page, draft.lines) for draft in found if draft.lines]
                    + [(page, cell.text.split("\n")) for page, cell in tables], tick)
    for page, cell in tables:
        cell.text = joiner.join(cell.text.split("\n"), page)
    levels = _levels(found)
    result: list[tuple[int, Block]] = []
    before: Draft | None = None
    names: list[str] | None = None
    largest, title = 1.15 * body_size(pages), ""
    for draft in found:
        if draft.table:
            rows, names = pdf_tables.render(draft.table, names if _continued(before, draft) else None)
            result += [(draft.page, row) for row in rows]
        else:
            text, level = CONTENTS.sub(" … ", joiner.join(draft.lines, draft.page)), LEVELS.get(draft.mark, 0)
            if draft.kind != "paragraph":
                text = BULLET.sub("", text)
            if draft.kind == "heading":
                level = levels[draft.mark, draft.first.size, draft.first.bold]
                if re.fullmatch(r"[가-힣](?: [가-힣]){1,7}", text):  # "목   차"
                    text = text.replace(" ", "")
                if draft.page == found[0].page and draft.first.size > largest:
                    largest, title = draft.first.size, text
            result.append((draft.page, Block(draft.kind, text, level)))
        before = draft
    return [replace(block, page=page, place=f"{page}쪽") for page, block in result if block.text], title


def _cells(table: Table) -> list[pdf_tables.Cell]:
    return [*{id(cell): cell for row in table.grid for cell in row}.values()]


def _continued(before: Draft | None, draft: Draft) -> bool:
    """Whether a table goes on from the page before."""
    return bool(before and before.table and draft.table and draft.fresh and before.page == draft.page - 1
                and abs(before.table.x0 - draft.table.x0) < 5 and abs(before.table.x1 - draft.table.x1) < 5)


def _levels(found: list[Draft]) -> dict[tuple[str, float, bool], int]:
    """The level of each style of heading: numbered ones by their number, others by what looks like them."""
    styles = {(draft.mark, draft.first.size, draft.first.bold) for draft in found if draft.kind == "heading"}
    used = sorted({RANKS[mark] for mark, _, _ in styles if mark})
    levels = {style: min(2 + used.index(RANKS[style[0]]), SHAPE_LEVEL - 1) for style in styles if style[0]}
    sizes = sorted({size for _, size, _ in styles}, reverse=True)
    for style in sorted(style for style in styles if not style[0]):
        alike = [levels[other] for other in styles if other[0] and other[1:] == style[1:]]
        levels[style] = min(alike) if alike else min(1 + sizes.index(style[1]), SHAPE_LEVEL)
    return levels
