"""PPTX -> Report: what stands on every slide, hidden ones included, under its title and with its number."""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest import tables, zip_check
from ingest.inline import single
from ingest.markup import BULLET, ITEM
from ingest.number_format import shown
from rag.documents import Block, Report

NOTE = "발표자 노트: "
NUMBER = re.compile(r"[-+]?[\d.]+(?:E[-+]?\d+)?", re.IGNORECASE)
SHORT = 40  # characters of a column's name at most
BAND = 1 / 40  # of a slide's height: shapes whose tops differ by less stand side by side
BULLETED, OUTSIDE = {"BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT"}, {"DATE", "FOOTER", "HEADER", "SLIDE_NUMBER"}
ALTERNATIVE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"


def read(data: bytes, name: str) -> Report:
    """The report in a presentation; the first slide's title, or else `name`, where its properties have no title."""
    zip_check.check(data)
    import pptx
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError

    blocks: list[Block] = []
    unread: list[str] = []
    first = ""
    with zip_check.damage_told(LxmlError, PythonPptxError):
        deck = pptx.Presentation(io.BytesIO(data))
        for number, slide in enumerate(deck.slides, 1):
            place = f"슬라이드 {number}"
            for either in [*slide.element.iter(ALTERNATIVE)]:  # which python-pptx passes over
                if len(either) and len(either[0]):
                    either.getparent().replace(either, either[0][0])
            title = slide.shapes.title
            heading = single(title.text_frame.text) if title is not None else ""
            found = [*_shapes((shape for shape in slide.shapes if title is None or shape.element is not title.element),
                              int((deck.slide_height or 0) * BAND))]
            if not found and slide.element.xpath(".//p:pic"):
                unread.append(f"{place}: 그림뿐이라 글을 읽지 못했습니다")
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                notes = [single(paragraph.text) for paragraph in slide.notes_slide.notes_text_frame.paragraphs]
                found += [Block("paragraph", NOTE + text) for text in notes if text]
            if heading or found:
                found.insert(0, Block("heading", heading or place, 1))
            blocks += [replace(block, page=number, place=place) for block in found]
            first = first or heading
    return Report(zip_check.title(data) or first or name, tuple(blocks), unread=tuple(unread))


def _shapes(shapes: Iterable, band: int) -> Iterator[Block]:
    """The blocks of some shapes as one reads them: from the top, side by side from the left; groups stay together."""
    rows: list[list] = []
    for shape in sorted(shapes, key=lambda shape: shape.top or 0):
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) <= band:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    for row in rows:
        for shape in sorted(row, key=lambda shape: shape.left or 0):
            kind = shape.placeholder_format.type.name if shape.is_placeholder and shape.placeholder_format.type else ""
            if kind in OUTSIDE:
                continue
            if shape.has_table:
                yield from _table(shape.table)
            elif shape.has_chart:
                yield from _chart(shape.chart)
            elif shape.has_text_frame:
                yield from _text(shape.text_frame, kind in BULLETED)
            elif hasattr(shape, "shapes"):
                yield from _shapes(shape.shapes, band)
            else:
                yield from _diagram(shape)


def _text(frame, bulleted: bool) -> Iterator[Block]:
    """The paragraphs of a text frame; those with a bullet, set by PowerPoint or typed, as items."""
    for paragraph in frame.paragraphs:
        text = single(paragraph.text)
        marks = paragraph._p.xpath("a:pPr/a:buNone | a:pPr/a:buChar | a:pPr/a:buAutoNum | a:pPr/a:buBlip")
        item = not marks[0].tag.endswith("buNone") if marks else bulleted or paragraph.level > 0
        typed = ITEM.match(text) and not text.endswith(text[0])  # "- 2023 -" is no item
        if text and (item or typed):
            yield Block("item", BULLET.sub("", text), paragraph.level)
        elif text:
            yield Block("paragraph", text)


def _table(table) -> Iterator[Block]:
    """A table as rows, merged cells filled; a table of one column only frames text."""
    cells = [[*row.cells] for row in table.rows]
    if not cells or max(map(len, cells)) < 2:
        for row in cells:
            for cell in row:
                yield from _text(cell.text_frame, False)
        return
    grid = [[single(cell.text) for cell in row] for row in cells]
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            if cell.is_merge_origin:
                for across in grid[y:y + cell.span_height]:
                    across[x:x + cell.span_width] = [grid[y][x]] * len(across[x:x + cell.span_width])
    if any(map(any, grid)):
        yield from tables.render(grid, header=table.first_row and all(len(text) <= SHORT for text in grid[0]))


def _chart(chart) -> Iterator[Block]:
    """A chart's title, then one row a category with the value of every series. The XML knows more kinds of chart than
    python-pptx does."""
    space = chart._chartSpace
    title = single("".join(space.xpath("c:chart/c:title//a:t/text()")))
    if title:
        yield Block("paragraph", title)
    groups: dict[tuple[str, ...], list[tuple[str, dict[int, str]]]] = defaultdict(list)
    for series in space.xpath("c:chart/c:plotArea//c:ser"):
        values = _points(series, "c:val | c:yVal")
        labels = _points(series, "c:cat | c:xVal")
        key = tuple(labels.get(n, "") for n in range(max([*labels, *values], default=-1) + 1))
        groups[key].append((single("".join(series.xpath("c:tx//c:v/text()"))), values))
    for key, columns in groups.items():
        rows = [[label, *(values.get(n, "") for _, values in columns)] for n, label in enumerate(key)]
        rows = [row for row in rows if any(row[1:])]
        if rows:
            yield from tables.render([["", *(name for name, _ in columns)], *rows], header=True)


def _points(series, path: str) -> dict[int, str]:
    """What the points of a series show, by their place; the levels of a category joined, the outermost first."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    found: dict[int, str] = {}
    for data in series.xpath(path):
        code = "".join(data.xpath(".//c:formatCode/text()")[:1]) or "General"
        for point in data.xpath(".//c:pt[not(ancestor::c:lvl)]"):
            text = "".join(point.xpath("c:v/text()"))
            if data.xpath("c:numRef | c:numLit"):
                if not NUMBER.fullmatch(text):  # "#N/A"
                    continue
                text = shown(from_excel(float(text)) if is_date_format(code) else float(text), code)
            found[int(point.get("idx"))] = single(text)
        for level in data.xpath(".//c:lvl"):  # the innermost comes first and is the only one without gaps
            texts = {int(point.get("idx")): "".join(point.xpath("c:v/text()")) for point in level.xpath("c:pt")}
            outer = ""
            for n in sorted({*found, *texts}):
                outer = texts.get(n, outer)
                found[n] = single(f"{outer} {found.get(n, '')}")
    return found


def _diagram(shape) -> Iterator[Block]:
    """The texts of a SmartArt drawing, from its data part."""
    from lxml import etree

    for ids in shape._element.iter(DIAGRAM + "relIds"):
        root = etree.fromstring(shape.part.related_part(ids.get(DATA)).blob, etree.XMLParser(resolve_entities=False))
        for point in root.iter(DIAGRAM + "pt"):
            for paragraph in point.iter(DRAWING + "p"):
                text = single("".join(paragraph.itertext(DRAWING + "t")))
                if text and point.get("type", "node") == "node":
                    yield Block("item", BULLET.sub("", text))
