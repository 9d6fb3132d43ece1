"""HTML -> Report, by a walk over the tree of selectolax (Lexbor)."""

import re
from itertools import product

from ingest import tables
from ingest.decode import decode
from ingest.inline import single
from rag.documents import Block, Report
from rag.errors import UnreadableFile

SKIPPED = ["script", "style", "noscript", "template", "svg", "nav", "button", "select", "iframe"]
BLOCKS = {"p", "div", "section", "article", "main", "body", "ul", "ol", "dl", "blockquote", "figure", "header",
          "footer", "aside", "pre", "address", "form", "fieldset", "center", "details", "summary", "figcaption",
          "caption", "tbody", "thead", "tfoot", "tr", "td", "th"}


def read(data: bytes, name: str) -> Report:
    """The report in an HTML page; `name` is its title where the page has none."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode(data))
    tree.strip_tags(SKIPPED)
    for node in tree.css("br, p, div, li, dd, dt, tr, td, th"):  # these part words, whatever they stand in
        node.insert_before(" ")
        node.insert_after(" ")
    blocks: list[Block] = []
    if tree.body is not None:
        try:
            _walk(tree.body, blocks, 0)
        except RecursionError as error:
            raise UnreadableFile("HTML이 너무 깊이 겹쳐 있습니다. 브라우저에서 열어 다시 저장한 뒤 넣으세요.") from error
    heading = next((b.text for b in blocks if b.kind == "heading" and b.level == 1), "")
    title = tree.css_first("title")
    return Report(title and single(title.text()) or heading or name, tuple(blocks))


def _walk(node, blocks: list[Block], depth: int) -> None:
    """Add the blocks under `node`; runs of inline content between block elements are paragraphs."""
    words: list[str] = []

    def flush() -> None:
        text = single("".join(words))
        words.clear()
        if text:
            blocks.append(Block("paragraph", text))

    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            words.append(child.text(deep=False))
        elif tag == "-comment":
            continue
        elif tag in ("br", "hr"):
            flush()
        elif re.fullmatch("h[1-6]", tag):
            flush()
            _add(blocks, "heading", child, int(tag[1]))
        elif tag == "table":
            flush()
            _table(child, blocks, depth)
        elif tag in ("li", "dd", "dt"):
            flush()
            _item(child, blocks, depth)
        elif tag in BLOCKS or child.css_first("p, div, table, ul, ol, h1, h2, h3, h4, h5, h6") is not None:
            flush()
            _walk(child, blocks, depth + (tag in ("ul", "ol", "dl")))
        else:
            words.append(child.text(deep=True))
    flush()


def _add(blocks: list[Block], kind, node, level: int) -> None:
    text = single(node.text(deep=True))
    if text:
        blocks.append(Block(kind, text, level))


def _item(node, blocks: list[Block], depth: int) -> None:
    """A list item: its own words, then the blocks that it holds."""
    first = len(blocks)
    _walk(node, blocks, depth)
    if blocks[first:] and blocks[first].kind == "paragraph":
        blocks[first] = Block("item", blocks[first].text, max(depth - 1, 0))


def _table(node, blocks: list[Block], depth: int) -> None:
    """A table as rows, spans filled; a table of one cell or with tables inside only lays out the page."""
    rows = node.css("tr")
    if len(node.css("table")) > 1 or len(node.css("td, th")) < 2:
        _walk(node, blocks, depth)
        return
    caption = node.css_first("caption")
    if caption:
        _add(blocks, "paragraph", caption, 0)
    filled: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in [c for c in row.iter() if c.tag in ("td", "th")]:
            while (y, x) in filled:
                x += 1
            filled |= dict.fromkeys(product(range(y, y + _span(cell, "rowspan")), range(x, x + _span(cell, "colspan"))),
                                    cell.text(deep=True))
    width = 1 + max((x for _, x in filled), default=-1)
    grid = [cells for y in range(len(rows)) if any(map(str.strip, cells := [filled.get((y, x), "") for x in range(width)]))]
    if grid:
        tags = [cell.tag for cell in rows[0].iter()]  # a <th> at the left alone names its row
        header = all(tag == "th" for tag in tags[1:]) if "th" in tags else all(len(cell) <= 40 for cell in grid[0])
        blocks += tables.render(grid, header=header)


def _span(cell, name: str) -> int:
    value = re.fullmatch(r"\s*([0-9]{1,9})\s*", cell.attributes.get(name) or "")
    return min(max(int(value[1]), 1), 100) if value else 1
