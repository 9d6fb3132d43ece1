"""Characters with boxes -> lines in reading order, without what repeats on every page."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.pdf_engines import Char
from ingest.pdf_tables import Cell, Table

WORD_GAP, COLUMN_GAP = 0.17, 1.2  # of the size of the type: from which on a gap is a space, or parts two columns
PAGE_NUMBER = re.compile(r"\W*(?:p(?:age)?\.?|쪽)?\W*(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|쪽)\s*(?:\d{1,4})?)?\W*", re.IGNORECASE)
NEAR, OFTEN = 4, 3  # a line that stands at one height on OFTEN of the NEAR pages before and after it is a running one
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
    """What stands on a page; `plain` where only bare lines are known."""

    number: int
    width: float
    height: float
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Region:
    """A column, or what stands across columns, read from top to bottom; where `flush`, full lines end at `right`."""

    items: list[Item]
    left: float
    right: float
    flush: bool


def lines(chars: list[Char]) -> list[Line]:
    """Lines of a page: neighbours in the order of drawing, then neighbours on the paper."""
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
    return sorted((_line(run) for run in joined if any(not char.text.isspace() for char in run)),
                  key=lambda line: (line.top, line.x0))


def _adjoins(a: Char, b: Char, gap: float) -> bool:
    """Whether b goes on with a's line: at its height, and at most `gap` of its size further right."""
    size = max(a.bottom - a.top, b.bottom - b.top)
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    return overlap * 2 > min(a.bottom - a.top, b.bottom - b.top) and -size / 2 < b.x0 - a.x1 < gap * size


def _line(run: list[Char]) -> Line:
    run = sorted(run, key=lambda char: char.x0)
    text, end = "", run[0].x0
    for char in run:
        if char.x0 - end > WORD_GAP * (char.bottom - char.top):
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
    return Page(number, max((item.x1 for item in items), default=0), 14.0 * len(texts), items)


def width(text: str, size: float) -> float:
    """About how wide a text is: Hangul is as wide as high, the rest half of that."""
    return size * sum(1.0 if char > "\u2e7f" else 0.5 for char in text)


def stack(chars: list[Char]) -> str:
    """The lines within a table's cell, one below the other."""
    rows = _rows(list(lines(chars)))
    return "\n".join(" ".join(line.text for line in row) for row in rows if not isinstance(row, Table))


def drop_running(pages: list[Page]) -> None:
    """Take out headers and footers, which stand at one height on page after page, and lone page numbers."""
    seen: Counter[tuple[int, str, int]] = Counter()
    for page in pages:
        seen.update({(page.number, *_mask(line, page)) for line in page.items if isinstance(line, Line)})
    places: dict[tuple[str, int], set[int]] = {}
    for number, text, height in seen:
        places.setdefault((text, height), set()).add(number)

    def runs(item: Item, page: Page) -> bool:
        if isinstance(item, Table):
            return False
        text, height = _mask(item, page)
        numbers = set().union(*(places.get((text, height + n), set()) for n in (-1, 0, 1)))
        near = sum(abs(number - page.number) <= NEAR for number in numbers)
        return near >= OFTEN or 2 * len(numbers) > max(len(pages), OFTEN)

    for page in pages:
        for edge in (lambda item: item.top, lambda item: -item.bottom):
            ordered = sorted(page.items, key=edge)
            while ordered and isinstance(ordered[0], Line) and (
                    runs(ordered[0], page) or PAGE_NUMBER.fullmatch(ordered[0].text.strip())):
                page.items.remove(ordered.pop(0))


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
    sides = [[item for item in items if item.x1 <= gutter + 2], [item for item in items if item.x0 >= gutter - 2]]
    across = [item for item in items if item.x0 < gutter - 2 and item.x1 > gutter + 2]
    edges = [_bounds(side) for side in sides]
    found: list[Region] = []
    top = -1.0
    for crossing in [*_merged(across), []]:
        until = crossing[0].top if crossing else float("inf")
        for side, edge in zip(sides, edges, strict=True):
            band = [item for item in side if top <= item.top < until]
            if crossing and band and side is sides[0] and not any(top <= item.top < until for item in sides[1]):
                crossing = sorted([*crossing, *band], key=lambda item: item.top)  # a short line of what is across
            else:
                found += regions(band, edge)
        if crossing:
            found.append(Region(_in_rows(crossing), *_bounds(crossing)))
            top = until
    return found


def _merged(across: list[Item]) -> list[list[Item]]:
    return [[item] for item in sorted(across, key=lambda item: item.top)]


def _gutter(items: list[Item]) -> float | None:
    """The x between two columns of prose, if there are two: on both sides four lines or more that fill their column."""
    texts = [item for item in items if isinstance(item, Line)]
    if not 8 <= len(texts) <= 1000:
        return None
    left, right = min(line.x0 for line in texts), max(line.x1 for line in texts)
    best, found = 3, None
    for edge in sorted({round(line.x0) for line in texts if line.x0 > left + (right - left) / 5}):
        before = [line for line in texts if line.x1 <= edge + 1 and line.x1 - line.x0 > 0.6 * (edge - left)]
        after = [line for line in texts if line.x0 >= edge - 1 and line.x1 - line.x0 > 0.6 * (right - edge)]
        shared = sum(any(abs(a.top - b.top) < 100 for b in after) for a in before)
        if shared and min(len(before), len(after)) > best:
            best, found = min(len(before), len(after)), edge - 1
    return found


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
    rows, result = _rows(items), []
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and _parted(rows[end]):
            end += 1
        table = _unruled(rows[start:end]) if end - start >= 3 else None
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


def _unruled(rows: list) -> Table | None:
    """A table without upright rules: the columns are what no line crosses."""
    parts = sorted((line for row in rows for line in row), key=lambda line: line.x0)
    columns: list[list[float]] = []
    for line in parts:
        if columns and line.x0 < columns[-1][1] + 0.3 * line.size:
            columns[-1][1] = max(columns[-1][1], line.x1)
        else:
            columns.append([line.x0, line.x1])
    if not 2 <= len(columns) <= 20 or len(parts) * 10 < len(rows) * len(columns) * 6:
        return None
    grid = []
    for row in rows:
        cells = [Cell(a, row[0].top, b, row[0].bottom, []) for a, b in columns]
        for line in row:
            cell = next(cell for cell in cells if cell.x0 <= line.x0 <= cell.x1)
            cell.text = f"{cell.text} {line.text}".strip()
            cell.strong = line.bold
        grid.append(cells)
    return Table(columns[0][0], rows[0][0].top, columns[-1][1], rows[-1][0].bottom, grid)
