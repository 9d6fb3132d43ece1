"""HWPX (a zip of OWPML) -> the tree of its content."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from xml.parsers import expat

from ingest.hwp_tree import Builder, Document, Letters, Shape
from rag.errors import UnreadableFile

LARGEST = 100_000_000  # bytes of one part
SECTION = re.compile(r"(?:.*/)?section(\d+)\.xml", re.IGNORECASE)
OUTLINE = re.compile(r"(?:개요|제목|outline|heading) ?(\d)", re.IGNORECASE)
# whose text is not the report's: running heads, comments, what a tracked change took away
SKIPPED = {"header", "footer", "hiddenComment", "fieldBegin", "script", "subText", "parameters"}
SPACES = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
ASIDES = {"footNote": "note", "endNote": "note", "caption": "caption", "drawText": "box"}


def read(data: bytes, encrypted: str) -> Document:
    """The document in the bytes of an HWPX file; `encrypted` is said where it has a password.

    Raises what zipfile, zlib and expat raise where it is damaged.
    """
    with zipfile.ZipFile(BytesIO(data)) as file:
        names = file.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in _part(file, "META-INF/manifest.xml"):
            raise UnreadableFile(encrypted)
        sections = sorted((int(match[1]), name) for name in names if (match := SECTION.fullmatch(name)))
        if not sections:
            raise UnreadableFile("한글 문서(HWPX)가 아닙니다. 한글에서 .hwpx로 다시 저장하세요.")
        shapes = _Shapes()
        folder = sections[0][1].rpartition("/")[0]
        if f"{folder}/header.xml" in names:
            _parse(_part(file, f"{folder}/header.xml"), shapes)
        walk = _Section(shapes)
        for _, name in sections:
            _parse(_part(file, name), walk)
        title = _Title()
        if f"{folder}/content.hpf" in names:
            _parse(_part(file, f"{folder}/content.hpf"), title)
    return walk.builder.finish(title.text)


def _part(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > LARGEST:
        raise UnreadableFile("문서 안의 글이 너무 큽니다. 나누어 저장한 뒤 다시 넣으세요.")
    return file.read(name)


def _parse(xml: bytes, handler) -> None:
    """Hand the elements of `xml`, by their names without prefix, to the handler."""

    def refuse(*_) -> None:
        raise UnreadableFile("DTD가 든 HWPX는 읽지 않습니다. 한글에서 .hwpx로 다시 저장하세요.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: handler.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    parser.Parse(xml, True)


class _Title:
    """The title in content.hpf."""

    def __init__(self) -> None:
        self.text, self._open = "", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open = name == "title"

    def end(self, name: str) -> None:
        self._open = False

    def words(self, text: str) -> None:
        if self._open:
            self.text += text


class _Shapes:
    """The shapes of letters, paragraphs and styles in header.xml, by their ids."""
