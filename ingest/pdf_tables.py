"""Rules and the characters between them, or columns of lines -> tables whose rows read by themselves."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest import tables
from ingest.pdf_engines import Char, Shape
from rag.documents import Block

LEAST_SHAPES = 4  # a page with fewer has no table
MOST_PAIRS, MOST_CROSSINGS = 1_000_000, 2_500  # of upright and level rules; where more, it is a drawing
LEAST_CELLS = 6
LONGEST_CELL = 700  # characters; a "table" that holds more in a cell is a layout
HEADER = re.compile(r"구\s*분|항\s*목|내\s*용|비\s*고|분\s*류|유\s*형|종\s*류|연\s*도|합\s*계|번\s*호|명\s*칭|이\s*름|순\s*위|지\s*표")
FIGURE = re.compile(r"[\s\d.,%()△▲▼+\-–~:/]*[명개건원억조만천%]?")
YEAR = re.compile(r"\D{0,3}(19|20)\d\d\D{0,5}")
SENTENCE = re.compile(r"[다요까죠음][.?!]['\"’”)]*$")


@dataclass(slots=True)
class Cell:
    """A cell's box and characters, later its text; `strong` where it is shaded or bold."""

    x0: float
    top: float
    x1: float
    bottom: float
    chars: list[Char]
    text: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table's box and its grid; a merged cell stands in every place that it covers."""

    x0: float
    top: float
    x1: float
    bottom: float
    grid: list[list[Cell]]


def find(shapes: list[Shape], chars: list[Char], text_of: Callable[[list[Char]], str]) -> tuple[list[Table], list[Char]]:
    """The tables of a page, and the characters that are in none of them."""
    found = []
    rules = [shape for shape in shapes if shape.rule]
    for boxes in _cells(rules) or _cells([shape for shape in shapes if shape.rule or shape.shade]):
        cells = [Cell(*box, []) for box in boxes]
        left, top = min(cell.x0 for cell in cells), min(cell.top for cell in cells)
        right, bottom = max(cell.x1 for cell in cells), max(cell.bottom for cell in cells)
        rest: list[Char] = []
        for char in chars:
            x, y = (char.x0 + char.x1) / 2, (char.top + char.bottom) / 2
            home = None
            if left <= x <= right and top <= y <= bottom:
                home = next((cell for cell in cells if cell.x0 <= x < cell.x1 and cell.top <= y < cell.bottom), None)
            (home.chars if home else rest).append(char)
        for cell in cells:
            cell.text = text_of(cell.chars)
            cell.strong = _strong(cell, shapes)
        grid = _grid(cells)
        if _is_table(grid):
            found.append(Table(left, top, right, bottom, grid))
            chars = rest
    return found, chars


def _cells(shapes: list[Shape]) -> list[list[tuple[float, float, float, float]]]:
    """The boxes between ruled lines, those that touch together: pdfplumber's way, on our shapes."""
    if len(shapes) < LEAST_SHAPES:
        return []
    from pdfplumber import table

    edges = []
    for shape in shapes:
        x0, top, x1, bottom = shape[:4]
        sides = {(x0, top, x1, top), (x0, bottom, x1, bottom)} if x1 - x0 >= 1 else set()
        sides |= {(x0, top, x0, bottom), (x1, top, x1, bottom)} if bottom - top >= 1 else set()
        edges += [{"x0": a, "top": b, "x1": c, "bottom": d, "width": c - a, "height": d - b, "doctop": b,
                   "orientation": "h" if b == d else "v"} for a, b, c, d in sorted(sides)]
    edges = [edge for edge in table.merge_edges(edges, 3, 3, 3, 3) if edge["width"] + edge["height"] >= 3]
    upright = sum(edge["orientation"] == "v" for edge in edges)
    if upright * (len(edges) - upright) > MOST_PAIRS:
        return []
    crossings = table.edges_to_intersections(edges, 3, 3)
    if len(crossings) > MOST_CROSSINGS:
        return []
    return table.cells_to_tables(table.intersections_to_cells(crossings))


def _strong(cell: Cell, shapes: list[Shape]) -> bool:
    x, y = (cell.x0 + cell.x1) / 2, (cell.top + cell.bottom) / 2
    if any(shape.shade and shape.x0 <= x <= shape.x1 and shape.top <= y <= shape.bottom for shape in shapes):
        return True
    inked = [char.bold for char in cell.chars if not char.text.isspace()]
    return sum(inked) * 10 >= len(inked) * 9 > 0


def _grid(cells: list[Cell]) -> list[list[Cell]]:
    """The cell at each place; rows and columns without text, or all merged with their neighbours, are left out."""
    xs, ys = sorted({cell.x0 for cell in cells}), sorted({cell.top for cell in cells})
    empty = Cell(0, 0, 0, 0, [])
    rows = [[next((cell for cell in cells if cell.x0 <= x < cell.x1 and cell.top <= y < cell.bottom), empty)
             for x in xs] for y in ys]
    for _ in range(2):  # rows, then columns
        rows = [row for n, row in enumerate(rows) if any(cell.text for cell in row)
                and (n == 0 or any(a is not b for a, b in zip(row, rows[n - 1], strict=True)))]
        rows = [list(column) for column in zip(*rows, strict=True)]
    return rows


def _is_table(grid: list[list[Cell]]) -> bool:
    """Whether a grid is one that a person would call a table, not lines under text or boxes around it."""
    cells = {id(cell): cell for row in grid for cell in row}
    headed = bool(grid) and all(cell.strong for cell in grid[0]) and not any(cell.strong for row in grid[1:] for cell in row)
    return (len(grid) >= 2 and len(grid[0]) >= 2 and (len(grid) * len(grid[0]) >= LEAST_CELLS or headed)
            and sum(bool(cell.text) for cell in cells.values()) >= 4
            and max(len(cell.text) for cell in cells.values()) <= LONGEST_CELL)


def unruled(rows: list) -> Table | None:
    """The table that rows of Lines without upright rules between them make: its columns are what no line crosses."""
    parts = sorted((line for row in rows for line in row), key=lambda line: line.x0)
    columns: list[list[float]] = []
    for line in parts:
        if columns and line.x0 < columns[-1][1] + 0.3 * line.size:
            columns[-1][1] = max(columns[-1][1], line.x1)
        else:
            columns.append([line.x0, line.x1])
    if len(columns) < 2 or len(parts) * 10 < len(rows) * len(columns) * 6:
        return None
    grid = []
    for row in rows:
        cells = [Cell(x0, row[0].top, x1, row[0].bottom, []) for x0, x1 in columns]
        for line in row:
            cell = next(cell for cell in cells if cell.x0 <= line.x0 <= cell.x1)
            cell.text, cell.strong = f"{cell.text} {line.text}".strip(), line.bold
        grid.append(cells)
    return Table(columns[0][0], rows[0][0].top, columns[-1][1], rows[-1][0].bottom, grid)


def render(table: Table, names: list[str] | None) -> tuple[list[Block], list[str] | None]:
    """The table's Blocks and the names of its columns; `names` are those of the part of it on the page before."""
    rows, blocks = table.grid, []
    while rows and all(cell is rows[0][0] for cell in rows[0]):  # a title within the rules
        blocks += tables.render([[rows[0][0].text]], header=False)
        rows = rows[1:]
    depth = _header(rows)
    if depth:
        names = [" ".join(dict.fromkeys(filter(None, (cell.text for cell in column)))) for column in zip(*rows[:depth], strict=True)]
    elif rows and (not names or len(names) != len(rows[0])):
        names = None
    for row in rows[depth:]:
        cells = [cell.text for cell in row]
        if all(cell is row[0] for cell in row):
            blocks += tables.render([cells[:1]], header=False)
        elif names:
            blocks += tables.render([names, cells], header=True)
        else:
            blocks += _pairs(row)
    return blocks, names


def _header(rows: list[list[Cell]]) -> int:
    """How many of the first rows name the columns."""
    if len(rows) < 2:
        return 0
    strong = [all(cell.strong or not cell.text for cell in row) for row in rows]
    if any(strong) and not all(strong):
        depth = strong.index(False)
        return depth if depth <= 3 else 0
    if all(row[0].strong for row in rows):
        return 0  # the names stand at the left
    first = [cell.text for cell in rows[0]]
    named = [text for text in first if text and not (FIGURE.fullmatch(text) and not YEAR.fullmatch(text))]
    if any(SENTENCE.search(text) or len(text) > 40 for text in first) or len(named) * 2 < len(first):
        return 0
    if len(first) == 2 and not any(HEADER.search(text) for text in first):
        return 0
    # a cell over two others heads a second row of names
    wide = any(a is b for a, b in zip(rows[0], rows[0][1:], strict=False))
    return 2 if wide and len(rows) > 2 else 1


def _pairs(row: list[Cell]) -> list[Block]:
    """A row of a table without header: "사업명: 값" where the first of two cells, or each shaded one, names the next."""
    unique = [cell for n, cell in enumerate(row) if n == 0 or cell is not row[n - 1]]
    labels = [cell.strong or (n == 0 and len(unique) == 2) for n, cell in enumerate(unique)]
    if len(unique) % 2 == 0 and labels == [True, False] * (len(unique) // 2) and all(cell.text for cell in unique[::2]):
        return tables.render([[cell.text for cell in unique[::2]], [cell.text for cell in unique[1::2]]], header=True)
    return tables.render([[cell.text for cell in unique]], header=False)
