"""HWPX (a zip of OWPML) -> the tree of its content."""

import re
import zipfile
from io import BytesIO
from xml.parsers import expat

from ingest.hwp_tree import OUTLINE, Builder, Document, Letters, Shape
from rag.errors import UnreadableFile

LARGEST = 100_000_000  # bytes of one part
SECTION = re.compile(r"(.*/)?section(\d+)\.xml", re.IGNORECASE)
SKIPPED = {"header", "footer", "hiddenComment", "fieldBegin"}  # running heads and comments are not the report's words
SPACES = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
PARTS = {"footNote": "note", "endNote": "note", "caption": "caption", "drawText": "box", "tbl": "table", "tc": "cell",
         **dict.fromkeys(SKIPPED, "skipped")}
COUNTED = {"TABLE", "PICTURE", "EQUATION"}  # what a caption's automatic number counts


def read(data: bytes, encrypted: str) -> Document:
    """The document in an HWPX file; `encrypted` is what to say where it has a password.

    Raises what zipfile, zlib and expat raise where it is damaged.
    """
    with zipfile.ZipFile(BytesIO(data)) as file:
        names = set(file.namelist())
        if "META-INF/manifest.xml" in names and b"encryption-data" in _part(file, "META-INF/manifest.xml"):
            raise UnreadableFile(encrypted)
        sections = sorted((int(match[2]), name) for name in names if (match := SECTION.fullmatch(name)))
        if not sections:
            raise UnreadableFile("한글 문서(HWPX)가 아닙니다. 한글에서 .hwpx로 다시 저장하세요.")
        walk = _Walk()
        folder = sections[0][1].rpartition("/")[0]
        for name in (f"{folder}/content.hpf", f"{folder}/header.xml", *(name for _, name in sections)):
            if name in names:
                walk.parse(_part(file, name))
    return walk.builder.finish(walk.title)


def _part(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > LARGEST:
        raise UnreadableFile("문서 안의 글이 너무 큽니다. 나누어 저장한 뒤 다시 넣으세요.")
    return file.read(name)


def _number(attributes: dict[str, str], name: str, default: int = 0) -> int:
    value = attributes.get(name, "")
    number = int(value) if re.fullmatch(r"-?[0-9]{1,10}", value) else default
    return number - (1 << 32) if number >= 1 << 31 else number  # some are written without their sign


def _refuse(*_) -> None:
    raise UnreadableFile("DTD가 든 HWPX는 읽지 않습니다. 한글에서 .hwpx로 다시 저장하세요.")


class _Walk:
    """Goes through the XML parts, one after another: content.hpf, header.xml with all shapes, the sections."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.title = ""
        self._letters: dict[str, Letters] = {}
        self._shapes: dict[str, Shape] = {}
        self._outlines: dict[str, int] = {}  # of styles
        self._id = ""  # of the shape that is being read
        self._number = -1  # of the numbering that is being read
        self._level: list | None = None  # of it: template, style, first number
        self._listening = False

    def parse(self, xml: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name, builder = name.rpartition(":")[2], self.builder
        if name in PARTS:
            frame = builder.open(PARTS[name])
            frame.floats = attributes.get("textWrap") == "TOP_AND_BOTTOM"
            frame.cell.header = attributes.get("header") == "1"
        elif name == "p":
            frame = builder.open("paragraph")
            frame.shape = self._shapes.get(attributes.get("paraPrIDRef", ""), Shape())
            frame.outline = self._outlines.get(attributes.get("styleIDRef", ""), 0)
            frame.breaks = ("page" if attributes.get("pageBreak") == "1" else
                            "column" if attributes.get("columnBreak") == "1" else "")
        elif name == "run":
            builder.top.run = self._letters.get(attributes.get("charPrIDRef", ""), Letters())
        elif name in ("t", "mainText", "title"):
            self._listening = True
        elif name in SPACES:
            self._text(SPACES[name])
        elif name == "lineseg":
            builder.top.tops.append(_number(attributes, "vertpos"))
        elif name in ("deleteBegin", "deleteEnd"):
            builder.top.deleted = name == "deleteBegin"
        elif builder.top.kind in ("table", "cell"):
            self._measure(name, attributes)
        else:
            self._define(name, attributes)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in PARTS or name == "p":
            self.builder.close()
        elif name in ("t", "mainText", "title"):
            self._listening = False
        elif name == "paraHead" and self._level is not None:
            self.builder.numbering.levels[self._number].append((*self._level,))
            self._level = None

    def _text(self, text: str) -> None:
        if self._level:
            self._level[0] += text
        elif self._listening and self.builder.top.kind == "paragraph":
            frame = self.builder.top
            if not frame.deleted:
                frame.words.append(text)
                frame.weigh(text, frame.run)
        elif self._listening and self.builder.top.kind == "body":
            self.title += text

    def _measure(self, name: str, attributes: dict[str, str]) -> None:
        """What is said of a table or a cell after it was opened."""
        frame = self.builder.top
        if name == "cellAddr":
            frame.cell.row, frame.cell.column = _number(attributes, "rowAddr"), _number(attributes, "colAddr")
        elif name == "cellSpan":
            frame.cell.rowspan, frame.cell.colspan = _number(attributes, "rowSpan", 1), _number(attributes, "colSpan", 1)
        elif name == "sz" and frame.floats:
            frame.height = _number(attributes, "height")
        elif name == "pos" and attributes.get("treatAsChar") == "1":
            frame.height = 0

    def _define(self, name: str, attributes: dict[str, str]) -> None:
        """Shapes in header.xml, the page and its columns in a section, automatic numbers in a paragraph."""
        builder, numbering = self.builder, self.builder.numbering
        if name in ("charPr", "paraPr"):
            self._id = attributes.get("id", "")
        if name == "charPr":
            self._letters[self._id] = Letters(_number(attributes, "height", 1000))
        elif name == "bold":
            self._letters[self._id] = Letters(self._letters.get(self._id, Letters()).size, True)
        elif name == "align":
            self._shapes[self._id] = Shape(attributes.get("horizontal", ""))
        elif name == "heading" and attributes.get("type", "NONE") != "NONE":
            align = self._shapes.get(self._id, Shape()).align
            self._shapes[self._id] = Shape(align, attributes["type"], _number(attributes, "idRef"),
                                           _number(attributes, "level"))
        elif name == "style" and (match := OUTLINE.match(attributes.get("name", ""))):
            self._outlines[attributes.get("id", "")] = int(match[1])
        elif name == "numbering" and "id" in attributes:
            self._number = _number(attributes, "id")
            numbering.levels[self._number] = []
        elif name == "paraHead" and self._number in numbering.levels:
            self._level = ["", attributes.get("numFormat", ""), _number(attributes, "start", 1)]
        elif name == "bullet":
            numbering.bullets[_number(attributes, "id")] = attributes.get("char", "-")
        elif name == "secPr":
            builder.outline_id = _number(attributes, "outlineShapeIDRef")
        elif name == "pagePr":
            builder.page_height = _number(attributes, "width" if attributes.get("landscape") == "NARROWLY" else "height")
        elif name == "margin" and builder.top.kind == "paragraph":
            builder.page_height -= sum(_number(attributes, side) for side in ("top", "bottom", "header", "footer"))
        elif name == "colPr":
            builder.columns = max(1, _number(attributes, "colCount", 1))
        elif name == "autoNum" and attributes.get("numType") in COUNTED and builder.top.kind == "paragraph":
            builder.top.words.append(attributes.get("num", ""))
