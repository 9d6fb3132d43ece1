"""HWP 5 (records in compressed streams of an OLE file) -> the tree of its content.

After Hancom's published "HWP document file formats 5.0" and its supplement on documents for distribution.
"""

import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

from ingest.hwp_tree import NUMBERS, OUTLINE, Builder, Document, Frame, Letters, Shape
from rag.errors import UnreadableFile

LARGEST = 100_000_000  # bytes of one stream, unpacked
COMPRESSED, PASSWORD, DISTRIBUTION, DRM, CERTIFIED = 1, 2, 4, 16, 256 | 1024  # flags in FileHeader
CHAR_SHAPE, NUMBERING, BULLET, PARA_SHAPE, STYLE, DISTRIBUTE = 21, 23, 24, 25, 26, 28  # tags of records
PARA_HEADER, PARA_TEXT, PARA_CHARS, PARA_LINES, CONTROL, LIST, PAGE, SHAPE_COMPONENT, TABLE = 66, 67, 68, 69, 71, 72, 73, 76, 77
# characters below 32 that are one unit long, and what they read as; the others take 8 units
SINGLE = {0: "", 10: "\n", 13: "", 24: "-", 25: "", 26: "", 27: "", 28: "", 29: "", 30: " ", 31: " "}
INLINE = {4, 5, 6, 7, 8, 9, 19, 20}  # of those with 8 units: without a CONTROL record
# the controls that hold paragraphs which are the report's; not so running heads, comments, master pages
LISTS = {"fn  ": "note", "en  ": "note", "gso ": "caption", "eqed": "caption"}
ALIGNS = ("JUSTIFY", "LEFT", "RIGHT", "CENTER")
HEADS = ("", "OUTLINE", "NUMBER", "BULLET")
STYLES = tuple(NUMBERS)
TITLE = 2  # in a property set
HEADER_CELL = 1 << 18
COUNTED = {3, 4, 5}  # automatic numbers of pictures, tables, formulas


def read(data: bytes, encrypted: str) -> Document:
    """The document in an HWP 5 file; `encrypted` is what to say where it has a password.

    Raises OSError, struct.error, zlib.error, ValueError or IndexError where it is damaged.
    """
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as ole:
        if not ole.exists("FileHeader"):
            raise UnreadableFile("한글 문서(HWP)가 아닙니다. 한글에서 .hwpx로 다시 저장하세요.")
        flags = struct.unpack_from("<I", ole.openstream("FileHeader").read(), 36)[0]
        if flags & PASSWORD:
            raise UnreadableFile(encrypted)
        if flags & (DRM | CERTIFIED):
            raise UnreadableFile("보안(DRM)이 걸린 한글 문서입니다. 보안을 풀어 저장한 뒤 다시 넣으세요.")
        # ViewText without the flag is an older version of a document with tracked changes
        storage = "ViewText" if flags & DISTRIBUTION else "BodyText"
        numbers = sorted(int(path[1][7:]) for path in ole.listdir()
                         if path[0] == storage and len(path) == 2 and re.fullmatch(r"Section\d+", path[1]))
        walk = _Walk()
        walk.define(_unpack(ole.openstream("DocInfo").read(), flags))
        for number in numbers:
            stream = ole.openstream(f"{storage}/Section{number}").read()
            walk.section(_opened(stream, flags) if flags & DISTRIBUTION else _unpack(stream, flags))
        title = ""
        with suppress(OSError, struct.error):  # a report without its properties is still one
            title = str(ole.getproperties("\x05HwpSummaryInformation").get(TITLE) or "")
        return walk.builder.finish(title.partition("\0")[0])  # olefile mistakes how long it is


def _opened(stream: bytes, flags: int) -> bytes:
    try:
        return _unpack(_decrypt(stream), flags)
    except (ValueError, zlib.error, struct.error) as error:
        raise UnreadableFile("배포용 한글 문서인데 풀 수 없습니다. 원본을 받아 한글에서 .hwpx로 저장하세요.") from error


def _decrypt(stream: bytes) -> bytes:
    """A stream of a document for distribution: its first record holds the key, hidden by a random mask."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    head, seed = struct.unpack_from("<II", stream)
    if head & 0x3FF != DISTRIBUTE or head >> 20 != 256:
        raise ValueError("no key in a document for distribution")
    state, mask = seed, bytearray()

    def random() -> int:  # rand() of Microsoft's C library
        nonlocal state
        state = (state * 214013 + 2531011) & 0xFFFFFFFF
        return state >> 16 & 0x7FFF

    while len(mask) < 256:
        value = random() & 0xFF
        mask += bytes([value]) * ((random() & 0xF) + 1)
    start = 4 + (seed & 0xF)
    key = bytes(a ^ b for a, b in zip(stream[4 + start:20 + start], mask[start:], strict=False))
    body = stream[260:]
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(body[:len(body) // 16 * 16])


def _unpack(stream: bytes, flags: int) -> bytes:
    if not flags & COMPRESSED:
        return stream
    unpacking = zlib.decompressobj(-15)
    data = unpacking.decompress(stream, LARGEST)
    if unpacking.unconsumed_tail:
        raise UnreadableFile("문서 안의 글이 너무 큽니다. 나누어 저장한 뒤 다시 넣으세요.")
    if not unpacking.eof:
        raise ValueError("a stream ends too early")
    return data


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(tag, level, content) of each record."""
    position = 0
    while position + 4 <= len(data):
        head = struct.unpack_from("<I", data, position)[0]
        size, position = head >> 20, position + 4
        if size == 0xFFF:
            size, position = struct.unpack_from("<I", data, position)[0], position + 4
        if position + size > len(data):
            raise ValueError("a record ends too early")
        yield head & 0x3FF, head >> 10 & 0x3FF, data[position:position + size]
        position += size


class _Walk:
    """Goes through the records of DocInfo, then of the sections."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._letters: list[Letters] = []
        self._shapes: list[Shape] = []
        self._outlines: list[int] = []  # of styles
        self._levels: list[int] = []  # of the parts that are open

    def define(self, data: bytes) -> None:
        """The shapes of letters, paragraphs and styles, numberings and bullets: each is known by its turn."""
        numbering = self.builder.numbering
        for tag, _, content in _records(data):
            if tag == CHAR_SHAPE:
                size, look = struct.unpack_from("<iI", content, 42)
                self._letters.append(Letters(size, bool(look & 2)))
            elif tag == PARA_SHAPE:
                look, head = struct.unpack_from("<I26xH", content)
                align = ALIGNS[look >> 2 & 3] if look >> 2 & 7 < 4 else ALIGNS[0]
                self._shapes.append(Shape(align, HEADS[look >> 23 & 3], head, look >> 25 & 7))
            elif tag == STYLE:
                match = OUTLINE.match(_string(content, 0)[0])
                self._outlines.append(int(match[1]) if match else 0)
            elif tag == NUMBERING:
                numbering.levels[len(numbering.levels) + 1] = _numbering(content)
            elif tag == BULLET:
                numbering.bullets[len(numbering.bullets) + 1] = content[12:14].decode("utf-16-le", "replace")

    def section(self, data: bytes) -> None:
        for tag, level, content in _records(data):
            self._leave(tag, level)
            frame = self.builder.top
            if tag == PARA_HEADER:
                self._paragraph(level, content)
            elif tag == PAGE:
                sizes = struct.unpack_from("<10I", content)
                self.builder.page_height = sizes[sizes[9] & 1 ^ 1] - sum(sizes[4:8])
            elif frame.kind == "table":
                if tag == TABLE:
                    frame.inner = "cell"
                elif tag == LIST:
                    self._cell(level, content)
            elif frame.kind == "paragraph":
                self._fill(tag, level, content)
        self._leave(PARA_HEADER, -1)

    def _enter(self, kind: str, level: int) -> Frame:
        self._levels.append(level)
        return self.builder.open(kind)

    def _leave(self, tag: int, level: int) -> None:
        """Close the parts that a record is not in. The paragraphs of a list stand on its own level."""
        while self._levels and (self._levels[-1] > level or self._levels[-1] == level and not (
                tag == PARA_HEADER and self.builder.top.kind not in ("paragraph", "table"))):
            self._levels.pop()
            self.builder.close()

    def _paragraph(self, level: int, content: bytes) -> None:
        shape, style, breaks = struct.unpack_from("<HBB", content, 8)
        frame = self._enter("paragraph", level)
        frame.shape = self._shapes[shape] if shape < len(self._shapes) else Shape()
        frame.outline = self._outlines[style] if style < len(self._outlines) else 0
        frame.breaks = "page" if breaks & 5 else "column" if breaks & 8 else ""

    def _cell(self, level: int, content: bytes) -> None:
        frame = self._enter(self.builder.top.inner or "caption", level)
        if frame.kind == "cell":
            cell = frame.cell
            cell.header = bool(struct.unpack_from("<I", content, 4)[0] & HEADER_CELL)
            cell.column, cell.row, cell.colspan, cell.rowspan = struct.unpack_from("<4H", content, 8)

    def _fill(self, tag: int, level: int, content: bytes) -> None:
        """What the open paragraph holds: its words, their shapes, its lines, then its controls in turn."""
        frame = self.builder.top
        if tag == PARA_TEXT:
            frame.words, frame.starts, frame.slots = _words(content)
        elif tag == PARA_CHARS:
            pairs = [*struct.iter_unpack("<II", content[:len(content) // 8 * 8])]
            for start, words in zip(frame.starts, frame.words, strict=True):
                self._weigh(frame, start, words, pairs)
        elif tag == PARA_LINES:
            frame.tops += [top for top, in struct.iter_unpack("<4xi28x", content[:len(content) // 36 * 36])]
        elif tag == SHAPE_COMPONENT:
            frame.inner = "box"
        elif tag == LIST:
            self._enter(frame.inner or "skipped", level)
        elif tag == CONTROL:
            self._control(frame, level, content)

    def _weigh(self, frame: Frame, start: int, words: str, pairs: list[tuple[int, int]]) -> None:
        """Count a run of words, which may change its shape midway, into the size and boldness of its paragraph."""
        for n, (first, shape) in enumerate(pairs):
            last = pairs[n + 1][0] if n + 1 < len(pairs) else start + len(words)
            part = words[max(0, first - start):max(0, last - start)]
            if part.strip() and shape < len(self._letters):
                frame.weigh(part, self._letters[shape])

    def _control(self, frame: Frame, level: int, content: bytes) -> None:
        name = content[3::-1].decode("latin-1")
        slot = frame.at = frame.slots.pop(0) if frame.slots else None
        if name == "tbl ":
            look, height = struct.unpack_from("<I12xI", content, 4)
            self._enter("table", level).height = height if not look & 1 and look >> 21 & 7 == 1 else 0
        elif name == "cold":
            self.builder.columns = max(1, struct.unpack_from("<H", content, 4)[0] >> 2 & 0xFF)
        elif name == "secd":
            self.builder.outline_id = struct.unpack_from("<H", content, 18)[0]
        elif name == "atno" and slot is not None:
            look, number = struct.unpack_from("<IH", content, 4)
            frame.words[slot] = str(number) if look & 15 in COUNTED else ""
        elif name == "tdut" and slot is not None:
            frame.words[slot] = _string(content, 4)[0]
        frame.inner = LISTS.get(name, "skipped")


def _words(content: bytes) -> tuple[list[str], list[int], list[int]]:
    """The words of a paragraph in runs, the unit that each starts at, and the empty runs that stand for controls."""
    units = array("H", content[:len(content) // 2 * 2])
    words, starts, slots = [], [], []
    position, first = 0, 0

    def run(end: int) -> None:
        if end > first:
            words.append(content[2 * first:2 * end].decode("utf-16-le", "replace"))
            starts.append(first)

    while position < len(units):
        unit = units[position]
        if unit >= 32:
            position += 1
            continue
        run(position)
        if unit not in SINGLE and unit not in INLINE:
            slots.append(len(words))
        words.append("\t" if unit == 9 else SINGLE.get(unit, ""))
        starts.append(position)
        position += 1 if unit in SINGLE else 8
        first = position
    run(len(units))
    return words, starts, slots


def _string(content: bytes, position: int) -> tuple[str, int]:
    """A string that is preceded by its length, and where it ends."""
    end = position + 2 + 2 * struct.unpack_from("<H", content, position)[0]
    return content[position + 2:end].decode("utf-16-le", "replace"), end


def _numbering(content: bytes) -> list[tuple[str, str, int]]:
    """The levels of a numbering: their templates, styles and first numbers."""
    levels, position = [], 0
    for _ in range(7):
        style = struct.unpack_from("<I", content, position)[0] >> 5 & 15
        template, position = _string(content, position + 12)
        levels.append((template, STYLES[style] if style < len(STYLES) else "", 1))
    return levels
