"""HWPX (a zip of OWPML) -> the tree of its content."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat

from ingest import zip_check
from ingest.hwp_tree import OUTLINE, Builder, Document, Letters, Shape
from rag.errors import UnreadableFile

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
    zip_check.check(data)
    with zipfile.ZipFile(BytesIO(data)) as file:
        names = set(file.namelist())
        if "META-INF/manifest.xml" in names and b"encryption-data" in file.read("META-INF/manifest.xml"):
            raise UnreadableFile(encrypted)
        sections = sorted((int(match[2]), name) for name in names if (match := SECTION.fullmatch(name)))
        if not sections:
            raise UnreadableFile("한글 문서(HWPX)가 아닙니다. 한글에서 .hwpx로 다시 저장하세요.")
        folder = sections[0][1].rpartition("/")[0]
        about, head = ([*_elements(file.read(f"{folder}/{name}"))] if f"{folder}/{name}" in names else []
                       for name in ("content.hpf", "header.xml"))
        walk = _Walk(head)
        for _, name in sections:
            walk.parse(file.read(name))
    return walk.builder.finish("".join(element.text or "" for name, element in about if name == "title"))


def _elements(xml: bytes) -> Iterator[tuple[str, ElementTree.Element]]:
    """All elements, with their names free of namespaces, which differ between versions."""
    for element in ElementTree.fromstring(xml).iter():
        yield element.tag.rpartition("}")[2], element


def _number(attributes: dict[str, str], name: str, default: int = 0) -> int:
    value = attributes.get(name, "")
    number = int(value) if re.fullmatch(r"-?[0-9]{1,10}", value) else default
    return number - (1 << 32) if number >= 1 << 31 else number  # some are written without their sign


class _Walk:
    """Goes through the sections, one after another, knowing the elements of header.xml."""

    def __init__(self, head: list[tuple[str, ElementTree.Element]]) -> None:
        self.builder = Builder()
        self._letters: dict[str, Letters] = {}
        self._shapes: dict[str, Shape] = {}
        self._outlines: dict[str, int] = {}  # of styles
        self._listening = False
        numbering = self.builder.numbering
        for name, element in head:
            of, own = element.attrib, element.get("id", "")
            if name == "charPr":
                self._letters[own] = Letters(_number(of, "height", 1000), element.find("{*}bold") is not None)
            elif name == "paraPr":
                align, before = (getattr(element.find(f"{{*}}{part}"), "attrib", {}) for part in ("align", "heading"))
                kind = before.get("type", "").replace("NONE", "")
                self._shapes[own] = Shape(align.get("horizontal", ""), kind, _number(before, "idRef"), _number(before, "level"))
            elif name == "style" and (match := OUTLINE.match(of.get("name", ""))):
                self._outlines[own] = int(match[1])
            elif name == "numbering":
                numbering.levels[_number(of, "id")] = [
                    (level.text or "", level.get("numFormat", ""), _number(level.attrib, "start", 1))
                    for level in element.iterfind("{*}paraHead")]
            elif name == "bullet":
                numbering.bullets[_number(of, "id")] = of.get("char", "-")

    def parse(self, xml: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
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
        elif name in ("t", "mainText"):
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
        elif name in ("t", "mainText"):
            self._listening = False

    def _text(self, text: str) -> None:
        frame = self.builder.top
        if self._listening and frame.kind == "paragraph" and not frame.deleted:
            frame.words.append(text)
            frame.weigh(text, frame.run)

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
        """The page and its columns, automatic numbers in a paragraph."""
        builder = self.builder
        if name == "secPr":
            builder.outline_id = _number(attributes, "outlineShapeIDRef")
        elif name == "pagePr":
            builder.page_height = _number(attributes, "width" if attributes.get("landscape") == "NARROWLY" else "height")
        elif name == "margin" and builder.top.kind == "paragraph":
            builder.page_height -= sum(_number(attributes, side) for side in ("top", "bottom", "header", "footer"))
        elif name == "colPr":
            builder.columns = max(1, _number(attributes, "colCount", 1))
        elif name == "autoNum" and attributes.get("numType") in COUNTED and builder.top.kind == "paragraph":
            builder.top.words.append(attributes.get("num", ""))
