"""What PDF engines see on a page: characters with their boxes, ruled shapes, pictures; or, of the second, lines of text."""

import logging
import math
import re
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTCurve, LTFigure, LTImage, LTLayoutContainer, LTLine, LTPage, LTRect
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException
from pypdfium2 import PdfDocument, PdfiumError

# what the engines stumble over in damaged files, beyond their own errors
DAMAGE = (PSException, PdfiumError, ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RecursionError,
          TypeError, ValueError, struct.error, zlib.error)
BULLETS = str.maketrans({"\uf06c": "●", "\uf06e": "■", "\uf06f": "□", "\uf071": "□", "\uf075": "◆", "\uf076": "◇",
                         "\uf09f": "•", "\uf0a7": "▪", "\uf0a8": "□", "\uf0b7": "•", "\uf0d8": "▶", "\uf0e0": "→",
                         "\uf0fc": "•"})  # of Wingdings and Symbol, which have no place in Unicode
PACKED, OUTLINES = re.compile(rb"/Filter\s*\[?\s*/Fl"), re.compile(rb"/Image|/Length1|/FontFile|/Subtype\s*/(?:Type1C|CIDFontType0C|OpenType)")
MOST_PACKED = 8_000_000  # bytes of a packed stream that are checked
THICKEST_RULE = 3.0  # points
STROKED = 2  # PDF's text mode that draws the outline too: how Word and Hancom embolden a font without a bold face
BOLD = re.compile(r"(?i:bold|black|heavy|headline|헤드라인|견고딕|견명조)|(?<=[-,_ a-z])[EX]?B$")


class Char(NamedTuple):
    """A character; `top` counts downwards from the page's upper edge."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    bold: bool


class Shape(NamedTuple):
    """A straight line, rectangle or other outline: `rule` where it is drawn as a line, `shade` where it is filled with
    a colour that is not white."""

    x0: float
    top: float
    x1: float
    bottom: float
    rule: bool
    shade: bool


class Sight(NamedTuple):
    """A page as pdfminer sees it, turned so that its text is upright; `pictures` is the share of it that they cover."""

    height: float
    chars: list[Char]
    shapes: list[Shape]
    pictures: float


class Locked(Exception):
    """The file wants a password, or is locked in a way that no engine knows."""


def corrupt(data: bytes) -> bool:
    """Whether a packed stream of the file, pictures and fonts' outlines apart, disagrees with its checksum: engines then
    make up text from what is left of letters, fonts or tables."""
    if b"/Encrypt" in data:
        return False
    for start in re.finditer(rb"(?<!end)stream\r?\n", data):
        head = data[max(0, start.start() - 1000):start.start()]
        head = head[head.rfind(b" obj"):] if b" obj" in head else b""
        if not PACKED.search(head) or OUTLINES.search(head):
            continue
        unpacker, position = zlib.decompressobj(), start.end()
        try:
            while not unpacker.eof and position < min(len(data), start.end() + MOST_PACKED):
                unpacker.decompress(data[position:position + 65536])
                position += 65536
        except zlib.error:
            return True
        if not unpacker.eof and position >= len(data):
            return True
    return False


class Pdfminer:
    """The main engine: right on every Korean font tried. Any of DAMAGE may come out of it."""

    def __init__(self, data: bytes) -> None:
        logging.getLogger("pdfminer").setLevel(logging.ERROR)
        try:
            self.document = PDFDocument(PDFParser(BytesIO(data)))
        except PDFEncryptionError as error:
            raise Locked from error
        self.resources = PDFResourceManager()
        self.pages = [*PDFPage.create_pages(self.document)]

    def title(self) -> str:
        """The title that the file's author, or the program that wrote it, put into its properties."""
        for info in self.document.info:
            title = info.get("Title", b"")
            if isinstance(title, bytes) and title:
                for codec in ("utf-16",) if title[:2] in (b"\xfe\xff", b"\xff\xfe") else ("utf-8", "cp949", "latin-1"):
                    try:
                        return title.decode(codec)
                    except UnicodeDecodeError:
                        continue
        return ""

    def look(self, index: int) -> Sight:
        page = self.pages[index]
        layout, glyphs, turn = self._drawn(page)
        if turn in (1, 2, 3):
            page.rotate = (page.rotate + 90 * int(turn)) % 360
            layout, glyphs, turn = self._drawn(page)
        width, height = layout.width, layout.height
        chars = _chars([glyph for glyph in glyphs if _turn(glyph) == turn], width, height)
        shapes = [shape for item in _inside(layout) if isinstance(item, LTCurve) for shape in _shapes(item, height)]
        area = sum(item.width * item.height for item in _inside(layout) if isinstance(item, LTImage))
        return Sight(height, chars, shapes, area / (width * height or 1))

    def _drawn(self, page: PDFPage) -> tuple[LTPage, list[LTChar], float]:
        """What a page shows, its letters, and how most of these are turned."""
        device = _Device(self.resources)
        PDFPageInterpreter(self.resources, device).process_page(page)
        layout = device.get_result()
        own = [item for item in layout if isinstance(item, LTChar)]
        placed = [item for item in _inside(layout) if isinstance(item, LTChar)]
        # text inside figures labels them; but some programs put the whole page into one
        glyphs = own if len(own) * 2 > len(placed) else placed
        return layout, glyphs, Counter(map(_turn, glyphs)).most_common(1)[0][0] if glyphs else 0


def _turn(glyph: LTChar) -> float:
    """How far a letter is turned to the left, in quarters; letters between (a watermark's) are none of a line."""
    quarters = math.atan2(glyph.matrix[1], glyph.matrix[0]) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.05 else 0.5


class _Device(PDFPageAggregator):
    """pdfminer's collector of a page's items, which also notes the text mode."""

    mode = 0

    def render_string(self, textstate, seq, ncs, graphicstate) -> None:
        self.mode = textstate.render
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(self, *args, **kwargs) -> float:
        advance = super().render_char(*args, **kwargs)
        self.cur_item._objs[-1].stroked = self.mode == STROKED  # type: ignore[attr-defined]
        return advance


def _inside(container: LTLayoutContainer) -> Iterator:
    for item in container:
        if isinstance(item, LTFigure):
            yield from _inside(item)
        else:
            yield item


def _chars(glyphs: list[LTChar], width: float, height: float) -> list[Char]:
    """The characters within the page, each once: bold and shadow are often the same text drawn twice."""
    chars: list[Char] = []
    seen: dict[tuple[str, int, int], tuple[float, float]] = {}
    for glyph in glyphs:
        x0, top, x1, bottom = glyph.x0, height - glyph.y1, glyph.x1, height - glyph.y0
        text = _text(glyph.get_text())
        if not (-1 <= x0 <= width and -1 <= top <= height) or not text:
            continue
        if not text.isspace():
            near = (seen.get((text, int(x0) + i, int(top) + j)) for i in (-1, 0, 1) for j in (-1, 0, 1))
            if any(at and max(abs(at[0] - x0), abs(at[1] - top)) < (bottom - top) * 0.12 for at in near):
                continue
            seen[text, int(x0), int(top)] = x0, top
        bold = getattr(glyph, "stroked", False) or bool(BOLD.search(str(glyph.fontname)))
        chars.append(Char(text, x0, top, x1, bottom, bold))
    return chars


def _text(text: str) -> str:
    """A glyph's text: Chrome's fonts give their space as a control character, others their ligatures and radicals."""
    if text.startswith("(cid:"):
        return "\ufffd"
    if "\ufb00" <= text <= "\ufb06" or "\u2f00" <= text <= "\u2fdf":
        return unicodedata.normalize("NFKC", text)
    return " " if text < " " or text == "\xa0" else text.translate(BULLETS)


def _shapes(item: LTCurve, height: float) -> Iterator[Shape]:
    shade = bool(item.fill) and _coloured(item.non_stroking_color)
    if isinstance(item, LTLine | LTRect) or item.fill:
        thin = min(item.width, item.height) < THICKEST_RULE
        visible = _coloured(item.stroking_color) if item.stroke else shade
        yield Shape(item.x0, height - item.y1, item.x1, height - item.y0, visible and (thin or bool(item.stroke)), shade)
    else:
        for (xa, ya), (xb, yb) in pairwise(item.pts):
            if xa == xb or ya == yb:
                yield Shape(min(xa, xb), height - max(ya, yb), max(xa, xb), height - min(ya, yb), True, False)


def _coloured(colour) -> bool:
    """Whether a fill shows on white paper."""
    parts = colour if isinstance(colour, tuple | list) else (colour,)
    if not all(isinstance(part, int | float) for part in parts):
        return True
    return sum(parts) > 0.02 if len(parts) == 4 else sum(parts) < 0.98 * len(parts)


class Pdfium:
    """The second engine: opens what is damaged and draws pages, but gives bare lines of text. Not for threads."""

    def __init__(self, data: bytes) -> None:
        try:
            self.document = PdfDocument(data)
        except PdfiumError as error:
            if "password" in str(error).lower() or "security" in str(error).lower():
                raise Locked from error
            raise

    def __len__(self) -> int:
        return len(self.document)

    def lines(self, index: int) -> list[str]:
        """The page's lines of text; none where the page cannot be loaded."""
        with suppress(PdfiumError), closing(self.document[index]) as page:
            text = page.get_textpage().get_text_bounded()
            return ["".join(map(_text, line)) for line in text.replace("\ufffe", "-").split("\r\n")]
        return []

    def picture(self, index: int, dpi: int = 300) -> bytes:
        """The page as a grey PNG file."""
        file = BytesIO()
        with closing(self.document[index]) as page:
            scale = min(dpi / 72, 6000 / max(page.get_size()))
            page.render(scale=scale, grayscale=True).to_pil().save(file, "PNG", compress_level=1)
        return file.getvalue()
