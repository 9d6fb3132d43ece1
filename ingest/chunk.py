"""Report -> passages: runs of blocks that a person would quote, at most LIMIT characters."""

import re
from dataclasses import dataclass

from rag import sentences
from rag.documents import Block, Kind, Report

LIMIT, FULL = 800, 450  # characters: of a passage at most; from which on a heading starts a new one
MINOR = 6  # headings from this level on are known only by their shape
SHORT = 150  # characters of a line that introduces a table or list
NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")
CAPTION = re.compile(r"\W*(?:표|그림|도표)\s?\d.*|.*\(단위[^()]*\)\W*|.*[^다요임음함됨.:]", re.DOTALL)  # a title of a table, no statement
VERSION = f"chunk-7-{LIMIT}-{FULL}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage before it has an id: `report.text[start:end] == text`; sentences are (start, end, kind, level)."""

    text: str
    start: int
    end: int
    page: int | None
    place: str
    heading: str
    sentences: tuple[tuple[int, int, Kind, int], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, or the part of a long one that fits, at its place in the report's text."""

    start: int
    end: int
    block: Block
    path: tuple[str, ...]


def chunk(report: Report) -> list[Chunk]:
    """All passages of a report, in order; every word of it is in one."""
    groups: list[list[Piece]] = []
    for piece in _pieces(report):
        group = groups[-1] if groups else None
        if group is None or piece.block.page != group[-1].block.page:
            groups.append([piece])
        elif piece.end - group[0].start > LIMIT or piece.start < group[-1].end:
            carried = _lead_in(group, piece) if piece.start >= group[-1].end else []
            if carried and carried[0] is not group[0] and piece.end - carried[0].start <= LIMIT:
                del group[-len(carried):]
                groups.append([*carried, piece])
            else:
                groups.append([piece])
        elif piece.block.kind == "heading" and _ends(group, piece):
            groups.append([piece])
        else:
            group.append(piece)
    return [_chunk(report, group) for group in groups]


def _ends(group: list[Piece], heading: Piece) -> bool:
    """Whether a heading starts a new passage: always under another chapter or after the rest of a split table or list,
    whose title would else stand over it; otherwise once the passage is full."""
    if group[0].block.kind in ("item", "row"):
        return True
    if all(piece.block.kind == "heading" for piece in group):
        return False
    return heading.block.level <= 2 or heading.start - group[0].start >= FULL


def _lead_in(group: list[Piece], following: Piece) -> list[Piece]:
    """The end of a group that belongs to what follows: headings, and the line that introduces a list or table."""
    n = len(group)
    if following.block.kind in ("item", "row") and group[-1].block.kind == "paragraph" and len(group[-1].block.text) < SHORT:
        n -= 1
    while n and group[n - 1].block.kind == "heading":
        n -= 1
    return group[n:]


def _pieces(report: Report) -> list[Piece]:
    pieces: list[Piece] = []
    headings: list[tuple[int, str]] = []
    position, before = 0, Block("paragraph", "")
    lead: tuple[str, ...] = ()  # the line that introduces the table or list
    parents: list[tuple[int, str]] = []  # the items that an item hangs under
    for block in report.blocks:
        if block.kind == "heading":
            headings = [h for h in headings if h[0] < block.level] + [(block.level, block.text)]
        elif block.kind == "paragraph" and before.kind in ("item", "row"):
            # under a slide's small heading hangs its list; prose after it is another matter
            headings = [h for h in headings if h[0] < MINOR]
        if block.kind != before.kind:
            lead = (before.text,) if before.kind in ("paragraph", "item") and 0 < len(before.text) < SHORT else ()
            parents = []
        path = tuple(text for _, text in headings if text != report.title)
        if block.kind in ("item", "row"):
            parents = [parent for parent in parents if parent[0] < block.level]
            path += lead + tuple(text for _, text in parents if len(text) < SHORT)
        if block.kind == "item":
            parents.append((block.level, block.text))
        end = position + len(block.text)
        if len(block.text) > LIMIT and block.kind != "row":
            pieces += [Piece(a, b, block, path) for a, b in _cut(report.text, position, end)]
        else:
            pieces.append(Piece(position, end, block, path))
        position, before = end + 1, block
    return pieces


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Parts of a long block, at sentence ends; a sentence that is itself too long is cut at a space, overlapping."""
    parts, first = [], start
    ends = [start + begin for begin, _ in [*sentences.spans(text[start:end])][1:]] + [end]
    last = start
    for stop in ends:
        if stop - first > LIMIT:
            if last > first:
                parts.append((first, last))
                first = last
            while stop - first > LIMIT:
                space = text.rfind(" ", first + LIMIT // 2, first + LIMIT + 1)
                cut = space if space > 0 else first + LIMIT
                parts.append((first, cut))
                back = text.rfind(" ", first + 1, cut - 50)
                first = max(back + 1, cut - 100) if back > 0 else cut + (text[cut] == " ")
        last = stop
    parts.append((first, end))
    trimmed = [(a, a + len(text[a:b].rstrip())) for a, b in parts]
    return [part for n, part in enumerate(trimmed) if not n or part[1] > trimmed[n - 1][1]]


def _chunk(report: Report, group: list[Piece]) -> Chunk:
    start, end = group[0].start, group[-1].end
    found: list[tuple[int, int, Kind, int]] = []
    for piece, after in zip(group, [*group[1:], None], strict=True):
        text, block, offset = report.text[piece.start:piece.end], piece.block, piece.start - start
        if block.kind in ("paragraph", "item") and after and after.block.kind == "row" and len(text) < SHORT and CAPTION.fullmatch(text):
            found.append((offset, offset + len(text), "heading", MINOR))
            continue
        inner = sentences.spans(text) if block.kind in ("paragraph", "item") else [(0, len(text))]
        found += [(offset + a, offset + b, block.kind, block.level) for a, b in inner]
    body = next((piece for piece in group if piece.block.kind != "heading"), group[0])
    heading = " > ".join(body.path)
    place = _span(group[0].block.place, group[-1].block.place) or heading or report.title
    return Chunk(report.text[start:end], start, end, group[0].block.page, place, heading, tuple(found))


def _span(first: str, last: str) -> str:
    """From one place to another: "5행" and "9행" make "5-9행"."""
    a, b = NUMBERED.fullmatch(first), NUMBERED.fullmatch(last)
    if a and b and a[2] != b[2] and (a[1], a[3]) == (b[1], b[3]):
        return f"{a[1]}{a[2]}-{b[2]}{b[3]}"
    return first
