"""Tables -> rows that read by themselves: "열이름: 값 | 열이름: 값"."""

import re

from ingest.inline import single
from rag.documents import CELL, NAME, Block


def is_rule(line: str) -> bool:
    """Whether a line is the rule under a Markdown table's header."""
    return "|" in line and bool(re.fullmatch(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?", line.strip()))


def split(line: str) -> list[str]:
    """The cells of a Markdown table row."""
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))]


def render(rows: list[list[str]], *, header: bool) -> list[Block]:
    """One Block a row. Empty first cells (merged downwards) take the value above; a header of two rows is joined."""
    width = max(len(row) for row in rows)
    grid = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows if any(cell.strip() for cell in row)]
    names = [""] * width
    if header and len(grid) > 1:
        names, grid = grid[0], grid[1:]
        second = grid[0]
        if len(grid) > 1 and grid[1][0] and _parts(names, second):
            for n in range(1, width):
                names[n] = names[n] or (names[n - 1] if second[n] else "")
            names = [" ".join(filter(None, dict.fromkeys(pair))) for pair in zip(names, second, strict=True)]
            grid = grid[1:]
    for above, row in zip(grid, grid[1:], strict=False):
        row[0] = row[0] or above[0]
    blocks = []
    for row in grid:
        filled = [f"{name}{NAME}{value}" if name else value for name, value in zip(names, row, strict=True) if value]
        if filled:
            blocks.append(Block("row", CELL.join(filled)))
    return blocks


def _parts(names: list[str], second: list[str]) -> bool:
    """Whether a row goes on with the header: on its left a name is merged downwards, further right one is parted."""
    return second[0] in ("", names[0]) and any(part and name in ("", before)
                                               for before, name, part in zip(names, names[1:], second[1:], strict=False))


def _cell(text: str) -> str:
    """A cell's words, free of what separates names, values and cells."""
    return single(text).replace("|", "/").replace(NAME, ":")
