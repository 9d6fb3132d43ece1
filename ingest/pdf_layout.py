"""Characters with boxes -> lines in reading order, without what repeats on every page."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest import pdf_tables
from ingest.pdf_engines import Char, Shape
from ingest.pdf_tables import Table

WORD_GAP, COLUMN_GAP = 0.17, 1.2  # of the size of the type: from which on a gap is a space, or parts two columns
PAGE_NUMBER = re.compile(r"\W*(?:p(?:age)?\.?|쪽)?\W*(?:\d{1,3}|[ivxlc]{1,7})(?:\s*(?:/|of|쪽)\s*(?:\d{1,4})?)?\W*"
                         r"|(?:https?|file)://\S+|[\d./\- ]{6,13},? (?:오[전후] )?\d{1,2}:\d\d(?: [AP]M)?", re.IGNORECASE)
OPENING, CLOSING = set("([{「『《〈【"), set(")]}」』》〉】")
NEAR, OFTEN = 4, 3  # a line that stands at one height on OFTEN of the NEAR pages before and after it is a running one
MARGIN = 0.1  # share of the page's height, above and below, in which running lines stand
LABEL = re.compile(r"\W{1,2}|\W?[\dA-Za-z가-힣ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]{1,3}[.):]|제\s?\d+\s?[장절조편]|\[\d{1,3}\]|[①-⑳]|ㅇ")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or the part of it within one column; a space at its end is kept, for it tells how to join."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    loose: bool = False  # put together over wide gaps: a line of its own


Item = Line | Table


@dataclass(slots=True)
class Page:
    """What stands on a page, in no order."""

    number: int
    height: float
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Region:
    """A column, or what stands across columns, read from top to bottom; where `flush`, full lines end at `right`."""

    items: list[Item]
    left: float
    right: float
    flush: bool


def lines(chars: list[Char], shapes: Iterable[Shape] = ()) -> list[Line]:
    """Lines of a page: neighbours in the order of drawing, then neighbours on the paper. A dot drawn before a line is a
    bullet."""
    runs: list[list[Char]] = []
    for char in chars:
        if runs and _adjoins(runs[-1][-1], char, COLUMN_GAP):
            runs[-1].append(char)
        else:
            runs.append([char])
    joined: list[list[Char]] = []
    open_at: dict[int, list[list[Char]]] = {}  # by height, for speed
    for run in sorted(runs, key=lambda run: run[0].x0):
        band = int(run[0].top // 20)
        near = (line for n in (band - 1, band, band + 1) for line in open_at.get(n, ()))
        home = next((line for line in near if _adjoins(line[-1], run[0], WORD_GAP * 3)), None)
        if home:
            home += run
        else:
            joined.append(run)
            open_at.setdefault(band, []).append(run)
    found = [_line(run) for run in joined if any(not char.text.isspace() for char in run)]
    dots = [shape for shape in shapes if shape.shade and 1.5 < shape.x1 - shape.x0 < 7
            and abs((shape.x1 - shape.x0) - (shape.bottom - shape.top)) < 1]
    for n, line in enumerate(found if dots else ()):
        if any(0 < line.x0 - dot.x1 < 2.5 * line.size and line.top < (dot.top + dot.bottom) / 2 < line.bottom for dot in dots):
            found[n] = replace(line, text="• " + line.text)
    return sorted(found, key=lambda line: (line.top, line.x0))


def _adjoins(a: Char, b: Char, gap: float) -> bool:
    """Whether b goes on with a's line: at its height, and at most `gap` of its size further right."""
    size = max(a.bottom - a.top, b.bottom - b.top)
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap * 2 > min(a.bottom - a.top, b.bottom - b.top) and -size / 2 < b.x0 - a.x1 < gap * size


def _line(run: list[Char]) -> Line:
    run = sorted(run, key=lambda char: char.x0)
    text, end = "", run[0].x0
    for char in run:
        if char.x0 - end > WORD_GAP * (char.bottom - char.top) and char.text not in CLOSING and text[-1:] not in OPENING:
            text += " "
        text, end = text + char.text, max(end, char.x1)
    inked = [char for char in run if not char.text.isspace()]
    size = Counter(round(2 * (char.bottom - char.top)) / 2 for char in inked).most_common(1)[0][0]
    bold = sum(char.bold for char in inked) * 10 >= len(inked) * 9
    return Line(text, inked[0].x0, min(char.top for char in inked), inked[-1].x1,
                max(char.bottom for char in inked), size, bold)


def bare(texts: list[str], number: int) -> Page:
    """A page of which only lines of text are known, as if typed."""
    items: list[Item] = [Line(text, 10.0 * (len(text) - len(text.lstrip())), 14.0 * n, width(text, 10), 14.0 * n + 10, 10, False)
                         for n, text in enumerate(texts) if text.strip()]
    return Page(number, 14.0 * len(texts), items)


def width(text: str, size: float) -> float:
    """About how wide a text is: Hangul is as wide as high, the rest half of that."""
    return size * sum(1.0 if char > "\u2e7f" else 0.5 for char in text)


def stack(chars: list[Char]) -> str:
    """The lines within a table's cell, one below the other."""
    rows = _rows(list(lines(chars)))
    return "\n".join(" ".join(line.text for line in row) for row in rows if not isinstance(row, Table))


def drop_running(pages: list[Page]) -> None:
    """Take out headers and footers, which stand at one height on page after page, and lone page numbers."""
    places: dict[tuple[str, int], set[int]] = {}
    body = body_size(pages)
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                places.setdefault(_mask(item, page), set()).add(page.number)

    def runs(item: Line, page: Page) -> bool:
        text, height = _mask(item, page)
        numbers = set().union(*(places.get((text, height + n), set()) for n in (-1, 0, 1)))
        return sum(abs(number - page.number) <= NEAR for number in numbers) >= OFTEN

    for page in pages:
        for edge in (lambda item: item.top, lambda item: -item.bottom):
            while page.items:
                outermost = min(map(edge, page.items))
                margin = outermost < MARGIN * page.height - (page.height if outermost < 0 else 0)
                row = [item for item in page.items if edge(item) <= outermost + 5]
                gone: list[Item] = [item for item in row if isinstance(item, Line) and margin and item.size < 1.2 * body and runs(item, page)]
                if all(item in gone or isinstance(item, Line) and PAGE_NUMBER.fullmatch(item.text.strip()[:99]) for item in row):
                    gone = row
                if not gone:
                    break
                page.items = [item for item in page.items if item not in gone]


def body_size(pages: list[Page]) -> float:
    """The size of type that most of the text has."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                sizes[item.size] += len(item.text)
    return max(sizes, key=lambda size: sizes[size], default=10.0)


def _mask(line: Line, page: Page) -> tuple[str, int]:
    """What a running line has in common on all pages: its words without digits, its distance from the nearer edge."""
    height = line.top if line.top < page.height / 2 else page.height - line.bottom + 10_000
    return re.sub(r"\d+", "0", "".join(line.text.split())), round(height / 2)


def regions(items: list[Item], bounds: tuple[float, float, bool] | None = None) -> list[Region]:
    """The columns of a page and what stands across them, in reading order."""
    gutter = _gutter(items)
    if gutter is None:
        left, right, flush = bounds or _bounds(items)
        return [Region(_in_rows(items), left, right, flush)] if items else []
    edges = [_bounds([item for item in items if item.x1 <= gutter + 2]),
             _bounds([item for item in items if item.x0 >= gutter - 2])]
    groups: list[tuple[list[Item], list[Item], list[Item]]] = [([], [], [])]  # across, left, right
    ordered = sorted(items, key=lambda item: item.top)
    for item, following in zip(ordered, [*ordered[1:], None], strict=True):
        across, left_side, right_side = groups[-1]
        if item.x0 < gutter - 2 and item.x1 > gutter + 2:
            if left_side or right_side:
                groups.append((_below(left_side, right_side), [], []))
            groups[-1][0].append(item)
        elif across and not left_side and not right_side and _ends(across[-1], item, following):
            across.append(item)
        else:
            (left_side if item.x1 <= gutter + 2 else right_side).append(item)
    found: list[Region] = []
    for across, *sides in groups:
        if across:
            found.append(Region(_in_rows(across), *_bounds(across)))
        for side, edge in zip(sides, edges, strict=True):
            found += regions(side, edge)
    return found


def _ends(last: Item, item: Item, following: Item | None) -> bool:
    """Whether an item is the short last line of a paragraph that stands across the columns."""
    return (isinstance(last, Line) and isinstance(item, Line) and item.size == last.size
            and 0 < item.top - last.top < 2 * item.size and item.x0 - last.x0 < 2 * item.size
            and not (following and following.top < item.bottom))


def _below(left_side: list[Item], right_side: list[Item]) -> list[Item]:
    """Take out what stands at the left, but below both columns: it belongs to what follows across them."""
    floor = max((item.bottom for item in right_side), default=float("inf"))
    for n in range(len(left_side) - 1, 0, -1):
        above, item = left_side[n - 1], left_side[n]
        if item.top > floor and item.top - above.bottom > item.bottom - item.top:
            below = left_side[n:]
            del left_side[n:]
            return below
    return []


def _gutter(items: list[Item]) -> float | None:
    """The x between two columns of prose, if there are two: on both sides four lines or more that fill their column."""
    texts = [item for item in items if isinstance(item, Line)]
    if not 8 <= len(texts) <= 1000:
        return None
    left, right = min(item.x0 for item in items), max(item.x1 for item in items)
    best, found = 3, None
    for edge in sorted({round(line.x0) for line in texts if line.x0 > left + (right - left) / 5}):
        before = [item for item in items if item.x1 <= edge + 1 and item.x1 - item.x0 > 0.6 * (edge - left)]
        after = [item for item in items if item.x0 >= edge - 1 and item.x1 - item.x0 > 0.6 * (right - edge)]
        shared = any(a.top < b.bottom and b.top < a.bottom for a in before for b in after)
        weight = min(sum(map(_weight, before)), sum(map(_weight, after)))
        if shared and weight > best:
            best, found = weight, (max(item.x1 for item in before) + edge) / 2
    return found


def _weight(item: Item) -> int:
    return len(item.grid) if isinstance(item, Table) else 1


def _bounds(items: list[Item]) -> tuple[float, float, bool]:
    """The left and right edge of the lines, and whether most of them end at the right one."""
    texts = [item for item in items if isinstance(item, Line) and not item.loose]
    if not texts:
        return 0, 0, False
    ends = Counter(round(line.x1) for line in texts)
    right = max(ends, key=lambda x: (ends[x - 1] + ends[x] + ends[x + 1], ends[x]))
    flush = ends[right - 1] + ends[right] + ends[right + 1]
    left = min(line.x0 for line in texts)
    if flush >= 4 and flush * 10 >= len(texts) * 4:
        return left, right, True
    return left, max(line.x1 for line in texts), False


def _rows(items: list[Item]) -> list[list[Line] | Table]:
    """Items from top to bottom, lines side by side in one row."""
    rows: list[list[Line] | Table] = []
    for item in sorted(items, key=lambda item: (item.top, item.x0)):
        row = rows[-1] if rows else None
        if isinstance(item, Table):
            rows.append(item)
        elif isinstance(row, list) and min(row[0].bottom, item.bottom) - max(row[0].top, item.top) > 0.5 * min(
                row[0].bottom - row[0].top, item.bottom - item.top):
            row.append(item)
        else:
            rows.append([item])
    for row in rows:
        if isinstance(row, list):
            row.sort(key=lambda line: line.x0)
    return rows


def _in_rows(items: list[Item]) -> list[Item]:
    """One Line a row; rows that stand in columns below each other become a Table."""
    rows = _rows(items)
    result: list[Item] = []
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and _parted(rows[end]):
            end += 1
        table = pdf_tables.unruled(rows[start:end]) if end - start >= 3 else None
        if table:
            result.append(table)
            start = end
            continue
        row = rows[start]
        start += 1
        if isinstance(row, Table):
            result.append(row)
            continue
        first, last = row[0], row[-1]
        gap = max((b.x0 - a.x1 for a, b in pairwise(row)), default=0)
        result.append(first if first is last else Line(
            " ".join(line.text.strip() for line in row[:-1]) + " " + last.text, first.x0, min(line.top for line in row),
            last.x1, max(line.bottom for line in row), max(row, key=lambda line: len(line.text)).size,
            all(line.bold for line in row), loose=gap > 3 * first.size and not LABEL.fullmatch(first.text.strip())))
    return result


def _parted(row: list[Line] | Table) -> bool:
    return isinstance(row, list) and len(row) > 1 and not (len(row) == 2 and LABEL.fullmatch(row[0].text.strip()))
