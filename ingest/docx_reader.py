"""DOCX -> Report: mammoth makes HTML of it, html_reader reads that.

Page numbers are those where Word last broke the pages, if it wrote them down.
"""

import html
import re
from collections import Counter
from dataclasses import replace

from ingest import html_reader, zip_check
from ingest.docx_xml import END, NOTE, PAGE, Prepared, prepare
from ingest.inline import single
from ingest.markup import BULLET, ITEM, SENTENCE_END, SHORT
from rag.documents import Block, Report

MARK = re.compile(f"([{PAGE}{NOTE}])([0-9]{{1,7}}){END}")
AT_START = re.compile(f"(?:^|: |\\| )(?:{NOTE}[0-9]+{END})*{PAGE}([0-9]{{1,7}}){END}")  # of a paragraph, of a row's cell
REFERENCE = re.compile(r'<sup><a href="#(?:foot|end)note-[^"]*" id="[^"]*">\[(\d+)\]</a></sup>')
NOTES = re.compile(r'(?:<ol>|</li>)<li id="(?:foot|end)note-[^"]*">')
RAISED = re.compile(r"<sup>([-+()\dn]+)</sup>")
SUPERSCRIPTS = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
CHECKBOX = re.compile(r'<input (checked="checked" )?type="checkbox" />')
LONG = 100  # characters: no heading is longer, whatever its style
LARGER, MUCH_LARGER, LARGE, BOLD, APART = 1.15, 1.5, 4, 5, 6  # letters of headings by shape; levels of such headings


def read(data: bytes, name: str) -> Report:
    """The report in a Word document, without pictures, deletions, comments, headers and footers."""
    zip_check.check(data)
    import mammoth

    with zip_check.damage_told():
        prepared = prepare(data)
        page = mammoth.convert_to_html(
            prepared.file, style_map=prepared.style_map(), include_embedded_style_map=False,
            transform_document=lambda document: _shaped(document, prepared)).value
    page = REFERENCE.sub(f"{NOTE}\\1{END}", page)
    page = RAISED.sub(lambda raised: raised[1].translate(SUPERSCRIPTS), page)
    page = CHECKBOX.sub(lambda box: "☑" if box[1] else "☐", page)
    body, *notes = NOTES.split(page)
    texts = [html.unescape(re.sub("<[^>]+>", " ", MARK.sub("", note))).replace("↑", "") for note in notes]
    blocks = _finished(html_reader.read(body.encode(), name).blocks, dict(enumerate(map(single, texts), 1)))
    named = [block.text for n, block in enumerate(blocks)
             if block.kind == "heading" and (block.level < LARGE or n == 0 and block.level < APART)]
    unread = (f"차트와 다이어그램 {prepared.drawings}개는 읽지 않았습니다",) if prepared.drawings else ()
    return Report(zip_check.title(data) or (named[0] if named else name), tuple(blocks), unread=unread)


def _shaped(document, prepared: Prepared):
    """A document without heading styles, with them where a short line is one clearly: in bold or larger letters, or
    alone before prose, an empty line between."""
    from mammoth import documents, transforms

    children = document.children
    styled = {n for n, child in enumerate(children) if getattr(child, "style_id", None) in prepared.levels}
    if len(styled) > 1:  # one may be the title
        return document
    runs = [[(MARK.sub("", "".join(part.value for part in transforms.get_descendants_of_type(run, documents.Text))), run)
             for run in transforms.get_descendants_of_type(child, documents.Run)] for child in children]
    texts = [single("".join(text for text, _ in line)) for line in runs]
    sizes: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    for text, run in (pair for line in runs for pair in line):
        sizes[run.font_size or prepared.size] += len(text)
        bold[run.is_bold] += len(text)
    full = [n for n, child in enumerate(children) if texts[n] or not isinstance(child, documents.Paragraph)]
    levels: dict[int, int] = {}
    for n, following in zip(full, full[1:], strict=False):
        if not isinstance(children[n], documents.Paragraph) or n in styled or children[n].numbering or not _titular(texts[n]):
            continue
        line = [run for text, run in runs[n] if text.strip()]
        scale = min(run.font_size or prepared.size for run in line) / sizes.most_common(1)[0][0]
        if scale >= LARGER or bold[True] < bold[False] and all(run.is_bold for run in line):
            levels[n] = LARGE if scale >= MUCH_LARGER else BOLD
        elif following > n + 1 and len(texts[following]) > SHORT and SENTENCE_END.search(texts[following]):
            levels[n] = APART
    over = {n for place, n in enumerate(full) if any(after not in levels for after in full[place + 1:place + 4])}
    return document.copy(children=[  # the lines of a cover have nothing under them
        child.copy(style_id=f"outline-{levels[n] - 1}") if n in levels and n in over else child
        for n, child in enumerate(children)])


def _titular(text: str) -> bool:
    """Whether a text may be a heading by its shape: short (Latin letters are half as wide), no sentence, no item."""
    return (len(text) >= 2 and len(re.sub(r"[\x00-\x7f]{2}", "x", text)) <= SHORT and ": " not in text
            and not SENTENCE_END.search(text) and text[0] not in "([“\"!※-•·")


def _finished(blocks: tuple[Block, ...], notes: dict[int, str]) -> list[Block]:
    """The blocks without marks: with their pages, typed bullets as items, and notes after what they are about."""
    finished: list[Block] = []
    paged = any(PAGE in block.text for block in blocks)
    page = 1
    signs: list[str] = []  # of the typed items around, the outermost first
    pending: list[Block] = []
    for block in blocks:
        page = max([page, *map(int, AT_START.findall(block.text))])
        text, place = single(MARK.sub("", block.text)), f"약 {page}쪽" if paged else ""
        if block.kind in ("heading", "paragraph"):
            finished += pending
            pending.clear()
        for kind, number in MARK.findall(block.text):
            if kind == PAGE:
                page = max(page, int(number))
            elif note := notes.pop(int(number), ""):  # a merged cell repeats its marks
                pending.append(Block("paragraph", f"각주: {note}", place=place))
        sign = ITEM.match(text)
        if block.kind == "heading":
            signs = []
            block = block if len(text) <= LONG else Block("paragraph", text)
        elif block.kind == "paragraph" and sign and not text.endswith(text[0]):  # "- 1 -" is no item
            kind = re.sub("[가-하]", "가", re.sub(r"\d+|[①-⑳]", "1", sign[1]))
            signs = signs[:signs.index(kind) + 1] if kind in signs else [*signs, kind]
            block, text = Block("item", text, len(signs) - 1), BULLET.sub("", text)
        if text:
            finished.append(replace(block, text=text, place=place))
        if block.kind == "paragraph":
            finished += pending
            pending.clear()
    return finished + pending
