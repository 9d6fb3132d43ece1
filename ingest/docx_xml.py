"""A DOCX file's XML, made ready for mammoth: pages marked, what mammoth passes over renamed, heading styles known."""

import io
import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

PAGE, NOTE, END = "\ufdd0", "\ufdd1", "\ufdd2"  # around a number: marks that no text has (Unicode's noncharacters)
TEXTS = re.compile(r"word/(document|footnotes|endnotes)\d*\.xml")
DRAWINGS = re.compile(r"word/(charts/chart|diagrams/data)\d+\.xml")
BREAK = re.compile(rb"<w:lastRenderedPageBreak\s*/>|<(/?)(w:tr|w:tc|mc:AlternateContent|mc:Choice|mc:Fallback)(?:\s[^>]*)?(?<!/)>")
OUTLINE = re.compile(rb'<w:outlineLvl w:val="([0-8])"\s*/>')
# what mammoth passes over with all that is in it; and links and pictures, which it follows even where they lead nowhere
FRAME = re.compile(rb"<(/?)(?:w:fldSimple|w:dir|w:bdo|v:oval|w:hyperlink|a:hlinkClick|a:blip|v:imagedata)\b")
MATH = re.compile(rb"<(/?)m:(\w+)")
SIGNS = {b"den": "/", b"sup": "^", b"sub": "_", b"rad": "√", b"d": "(", b"/d": ")"}
HEADING = re.compile(r"(?:heading|제목|개요) ?([1-9])|title|제목", re.IGNORECASE)
SIZE = 10.0  # points of the letters where a document says nothing
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """`levels`: of the styles of headings, by their ids; `size`: of letters in points, where a run does not say it."""

    file: io.BytesIO
    levels: dict[str, int]
    size: float
    drawings: int

    def style_map(self) -> str:
        """The heading styles as mammoth wants to be told them."""
        return "\n".join("p.{} => h{}:fresh".format(re.sub(r"[^A-Za-z_-]", r"\\\g<0>", style), min(level, 6))
                         for style, level in self.levels.items())


def prepare(data: bytes) -> Prepared:
    """The file without its pictures, its texts marked."""
    file, styles = io.BytesIO(), b"<none/>"
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as copy:
        names = dict.fromkeys(name for name in source.namelist() if name.endswith((".xml", ".rels")))
        for name in names:
            xml = source.read(name)
            if TEXTS.fullmatch(name):
                xml = FRAME.sub(rb"<\1w:smartTag", MATH.sub(_math, xml))
                xml = OUTLINE.sub(rb'<w:pStyle w:val="outline-\1"/>', paged(xml))
            elif name == "word/styles.xml":
                styles = xml
            copy.writestr(name, xml)
    file.seek(0)
    root = ElementTree.fromstring(styles)
    return Prepared(file, _levels(root), _size(root), sum(bool(DRAWINGS.fullmatch(name)) for name in names))


def paged(xml: bytes) -> bytes:
    """Marks in place of Word's page breaks. The cells of a row stand side by side, and so do alternatives: the page
    goes on from the furthest of them."""
    page = 1
    rows: list[list[int]] = []  # the page on which each open row starts, and the furthest of its cells

    def mark(tag: re.Match[bytes]) -> bytes:
        nonlocal page
        closing, name = tag[1], tag[2]
        if not name:
            page += 1
            return f"<w:t>{PAGE}{page}{END}</w:t>".encode()
        if name in (b"w:tr", b"mc:AlternateContent"):
            if not closing:
                rows.append([page, page])
            elif rows:
                page = rows.pop()[1]
        elif rows and closing:
            rows[-1][1] = max(rows[-1][1], page)
        elif rows:
            page = rows[-1][0]
        return tag[0]

    return BREAK.sub(mark, xml) if b"<w:lastRenderedPageBreak" in xml else xml


def _math(tag: re.Match[bytes]) -> bytes:
    """A tag of a formula as one of text, so that a fraction reads a/b."""
    closing, name = tag[1], tag[2]
    sign = SIGNS.get((b"/" if closing else b"") + name)
    told = f"<w:r><w:t>{sign}</w:t></w:r>".encode() if sign else b""
    return told + b"<" + closing + {b"r": b"w:r", b"t": b"w:t"}.get(name, b"w:smartTag")


def _levels(root: ElementTree.Element) -> dict[str, int]:
    """The level of each paragraph style that is a heading: by its outline level or name, or that of what it is based on."""
    levels = {f"outline-{n}": n + 1 for n in range(9)}
    styles = {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style") if style.get(f"{W}type") == "paragraph"}
    for name in styles:
        base, seen = name, set[str]()
        while base in styles and base not in seen:
            seen.add(base)
            named = HEADING.fullmatch(_value(styles[base], "name"))
            outline = _value(styles[base], "pPr/outlineLvl")
            if outline.isdigit() and int(outline) < 9 or named:
                levels[name] = int(outline) + 1 if outline else int(named[1] or 1) if named else 1
            if outline or named:
                break
            base = _value(styles[base], "basedOn")
    return levels


def _size(root: ElementTree.Element) -> float:
    normal = next((style for style in root.iter(f"{W}style") if style.get(f"{W}default") in ("1", "true")
                   and style.get(f"{W}type") == "paragraph"), root)
    size = _value(normal, "rPr/sz") or _value(root, "docDefaults/rPrDefault/rPr/sz")
    return int(size) / 2 if size.isdigit() and int(size) else SIZE


def _value(element: ElementTree.Element, path: str) -> str:
    found = element.find("/".join(W + tag for tag in path.split("/")))
    return "" if found is None else found.get(f"{W}val", "")
