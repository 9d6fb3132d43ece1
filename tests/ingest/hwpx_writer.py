"""A small HWPX (OWPML) writer: headings, paragraphs, list items, tables and the line segments that pages are told by.

The parts and their order follow what Hancom Office 2020 writes: an uncompressed `mimetype` first, `version.xml`, the
package in `Contents/content.hpf`, shapes in `header.xml`, text in `section0.xml`. Sizes are in HWPUNIT (1/7200 inch).
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from itertools import count
from xml.sax.saxutils import escape

PAPER, SIDE, TOP, BOTTOM = (59528, 84188), 8504, 9920, 8504  # A4; the margins include header and footer
WIDTH, HEIGHT = PAPER[0] - 2 * SIDE, PAPER[1] - TOP - BOTTOM
PAD = 141  # above and below the text of a cell
LINE = 1.6  # from one line to the next, in heights of its letters
# character shapes: body, bold, then headings of level 1, 2, 3 and below
HEIGHTS, BOLD = (1000, 1000, 1800, 1400, 1200, 1000), (False, True, True, True, True, True)
BULLETS = ("○", "-", "·", "·")
ITEM_MARGIN = 1000

_SPACES = {
    "ha": "hwpml/2011/app", "hp": "hwpml/2011/paragraph", "hs": "hwpml/2011/section", "hc": "hwpml/2011/core",
    "hh": "hwpml/2011/head", "hm": "hwpml/2011/master-page", "hv": "hwpml/2011/version", "hpf": "schema/2011/hpf",
}
NAMESPACES = "".join(f' xmlns:{name}="http://www.hancom.co.kr/{path}"' for name, path in _SPACES.items())
PACKAGE = ' xmlns:opf="http://www.idpf.org/2007/opf/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>'
LANGUAGES = ("hangul", "latin", "hanja", "japanese", "other", "symbol", "user")


@dataclass(frozen=True)
class Cell:
    """A table cell: its paragraphs, and tables within, in order."""

    content: "tuple[str | Table, ...]" = ()
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True)
class Table:
    """Rows of cells; the cells that a span covers are left out. A plain str is a cell of one paragraph."""

    rows: "tuple[tuple[str | Cell, ...], ...]"
    header: bool = True
    caption: str = ""


@dataclass
class Hwpx:
    """A document under construction: add its parts in order, then take its bytes."""

    title: str
    linesegs: bool = True
    _paragraphs: list[str] = field(default_factory=list)
    _position: int = 0  # where the next line stands on its page

    def heading(self, text: str, level: int = 1) -> None:
        """A heading; of level 1 there is one, the title."""
        self._paragraph(text, char=min(level, 4) + 1, para=int(level == 1), style=min(level, 8) - 1)

    def paragraph(self, text: str, *, bold: bool = False, center: bool = False) -> None:
        self._paragraph(text, char=int(bold), para=int(center))

    def item(self, text: str, level: int = 0, bullet: str | None = None) -> None:
        """A list item; its sign is part of the text, as is the custom in Korean reports."""
        sign = BULLETS[min(level, 3)] if bullet is None else bullet
        self._paragraph(f"{sign} {text}", para=2 + min(level, 3), indent=(1 + min(level, 3)) * ITEM_MARGIN)

    def table(self, table: Table) -> None:
        """A table: a letter in a line of its own, or, longer than a page, parted between its rows."""
        height = _table(table, WIDTH, False)[1]
        if height <= HEIGHT:
            top, size = self._take(height), height
        else:
            end = self._position + height
            top, size, self._position = end % HEIGHT, 1000, end % HEIGHT + 1600
        xml = _table(table, WIDTH, self.linesegs, floats=height > HEIGHT)[0]
        seg = _segments([(0, top, size)], WIDTH) if self.linesegs else ""
        self._paragraphs.append(f'{_open()}<hp:run charPrIDRef="0">{xml}<hp:t/></hp:run>{seg}</hp:p>')

    def page_break(self) -> None:
        self._position = HEIGHT

    def raw(self, run: str) -> None:
        """A paragraph whose only run holds `run` as it stands: controls that this writer does not know."""
        seg = _segments([(0, self._take(1000), 1000)], WIDTH) if self.linesegs else ""
        self._paragraphs.append(f'{_open()}<hp:run charPrIDRef="0">{run}</hp:run>{seg}</hp:p>')

    def save(self) -> bytes:
        """The finished file."""
        first, *others = self._paragraphs or [f'{_open()}<hp:run charPrIDRef="0"/></hp:p>']
        cut = first.index(">") + 1
        first = f'{first[:cut]}<hp:run charPrIDRef="0">{_SECTION}</hp:run>{first[cut:]}'
        numbers = count(1)
        others = [re.sub('(<hp:tbl id=)"0"', lambda tag: f'{tag[1]}"{next(numbers)}"', part) for part in others]
        section = f'{HEAD}<hs:sec{NAMESPACES}>{first}{"".join(others)}</hs:sec>'
        preview = " ".join(part.split("</hp:t>")[0] for part in section.split("<hp:t>")[1:])[:1000]
        parts = {
            "version.xml": _VERSION, "Contents/header.xml": _header(), "Contents/section0.xml": section,
            "Preview/PrvText.txt": preview, "settings.xml": _SETTINGS, "META-INF/container.xml": _CONTAINER,
            "META-INF/manifest.xml": _MANIFEST, "Contents/content.hpf": _package(self.title),
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(_member("mimetype"), "application/hwp+zip", zipfile.ZIP_STORED)
            for name, text in parts.items():
                file.writestr(_member(name), text.encode())
        return out.getvalue()

    def _paragraph(self, text: str, *, char: int = 0, para: int = 0, style: int = 0, indent: int = 0) -> None:
        size, seg = HEIGHTS[char], ""
        new_page = self._position >= HEIGHT
        lines = [(start, self._take(size), size) for start in _wrap(text, WIDTH - indent, size)]
        if self.linesegs:
            seg = _segments(lines, WIDTH - indent, indent)
        run = f'<hp:run charPrIDRef="{char}"><hp:t>{escape(text)}</hp:t></hp:run>'
        self._paragraphs.append(f"{_open(para, style, new_page)}{run}{seg}</hp:p>")

    def _take(self, height: int) -> int:
        """The position of the next line of this height; a line that does not fit starts the next page."""
        if self._position and self._position + height > HEIGHT:
            self._position = 0
        position, self._position = self._position, self._position + int(height * LINE if height < 2500 else height + 600)
        return position


def _open(para: int = 0, style: int = 0, new_page: bool = False) -> str:
    return (f'<hp:p id="0" paraPrIDRef="{para}" styleIDRef="{style}" pageBreak="{int(new_page)}" columnBreak="0" '
            'merged="0">')


def _wrap(text: str, width: int, size: int) -> list[int]:
    """Where each line of `text` starts: lines break at spaces, a Hangul letter is as wide as it is high, others half."""
    starts, used, space = [0], 0, 0
    for n, letter in enumerate(text):
        wide = size if ord(letter) > 0x10ff else size // 2
        if used + wide > width and n > starts[-1]:
            starts.append(space if space > starts[-1] else n)
            used = sum(size if ord(c) > 0x10ff else size // 2 for c in text[starts[-1]:n])
        used += wide
        if letter == " ":
            space = n + 1
    return starts


def _segments(lines: list[tuple[int, int, int]], width: int, left: int = 0) -> str:
    return "<hp:linesegarray>" + "".join(
        f'<hp:lineseg textpos="{start}" vertpos="{position}" vertsize="{size}" textheight="{size}" '
        f'baseline="{size * 85 // 100}" spacing="600" horzpos="{left}" horzsize="{width}" flags="393216"/>'
        for start, position, size in lines) + "</hp:linesegarray>"


def _table(table: Table, width: int, linesegs: bool, *, floats: bool = False) -> tuple[str, int]:
    """A table's XML and its height."""
    rows = [[cell if isinstance(cell, Cell) else Cell((cell,)) for cell in row] for row in table.rows]
    places, columns = _places(rows)
    step = width // columns
    heights, drawn = [0] * len(rows), []
    for y, row in enumerate(rows):
        xml = []
        for cell, x in zip(row, places[y], strict=True):
            inner, height = _sublist(cell, step * cell.colspan - 1020, linesegs, head=table.header and y == 0)
            heights[y] = max(heights[y], height if cell.rowspan == 1 else 1000 + 2 * PAD)
            xml.append((cell, x, inner))
        drawn.append(xml)
    body = []
    for y, xml in enumerate(drawn):
        body.append("<hp:tr>" + "".join(
            f'<hp:tc name="" header="{int(table.header and y == 0)}" hasMargin="0" protect="0" editable="0" dirty="0" '
            f'borderFillIDRef="3">{inner}<hp:cellAddr colAddr="{x}" rowAddr="{y}"/>'
            f'<hp:cellSpan colSpan="{cell.colspan}" rowSpan="{cell.rowspan}"/>'
            f'<hp:cellSz width="{step * cell.colspan}" height="{sum(heights[y:y + cell.rowspan])}"/>'
            f'<hp:cellMargin left="510" right="510" top="{PAD}" bottom="{PAD}"/></hp:tc>'
            for cell, x, inner in xml) + "</hp:tr>")
    total = sum(heights)
    caption = ""
    if table.caption:
        caption = (f'<hp:caption side="TOP" fullSz="0" width="8504" gap="850" lastWidth="{width}">'
                   f'{_sublist(Cell((table.caption,)), width, linesegs)[0]}</hp:caption>')
    return (f'<hp:tbl id="0" zOrder="0" numberingType="TABLE" textWrap="TOP_AND_BOTTOM" textFlow="BOTH_SIDES" lock="0" '
            f'dropcapstyle="None" pageBreak="CELL" repeatHeader="1" rowCnt="{len(rows)}" colCnt="{columns}" '
            f'cellSpacing="0" borderFillIDRef="3" noAdjust="0">'
            f'<hp:sz width="{step * columns}" widthRelTo="ABSOLUTE" height="{total}" heightRelTo="ABSOLUTE" protect="0"/>'
            f'<hp:pos treatAsChar="{int(not floats)}" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0" '
            f'vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
            f'<hp:outMargin left="0" right="0" top="0" bottom="0"/>{caption}'
            f'<hp:inMargin left="510" right="510" top="{PAD}" bottom="{PAD}"/>{"".join(body)}</hp:tbl>', total)


def _places(rows: list[list[Cell]]) -> tuple[list[list[int]], int]:
    """The column that each cell starts in, row by row, and how many columns there are."""
    taken: set[tuple[int, int]] = set()
    places: list[list[int]] = []
    for y, row in enumerate(rows):
        places.append([])
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            places[-1].append(x)
            taken |= {(y + down, x + right) for down in range(cell.rowspan) for right in range(cell.colspan)}
    return places, 1 + max(x for _, x in taken)


def _sublist(cell: Cell, width: int, linesegs: bool, *, head: bool = False) -> tuple[str, int]:
    """The paragraphs of a cell and the height that they take."""
    paragraphs, position = [], 0
    for part in cell.content or ("",):
        if isinstance(part, Table):
            xml, height = _table(part, width, linesegs)
            run, lines = f'<hp:run charPrIDRef="0">{xml}<hp:t/></hp:run>', [(0, position, height)]
            position += height + 600
        else:
            run = f'<hp:run charPrIDRef="{int(head)}"><hp:t>{escape(part)}</hp:t></hp:run>'
            lines = [(start, position + 1600 * n, 1000) for n, start in enumerate(_wrap(part, width, 1000))]
            position += 1600 * len(lines)
        seg = _segments(lines, width) if linesegs else ""
        paragraphs.append(f"{_open(int(head))}{run}{seg}</hp:p>")
    return ('<hp:subList id="" textDirection="HORIZONTAL" lineWrap="BREAK" vertAlign="CENTER" linkListIDRef="0" '
            f'linkListNextIDRef="0" textWidth="0" textHeight="0" hasTextRef="0" hasNumRef="0">{"".join(paragraphs)}'
            "</hp:subList>", position - 600 + 2 * PAD)


def _header() -> str:
    """Contents/header.xml: one font, the borders, and the shapes of characters, paragraphs and styles."""
    font = ('<hh:font id="0" face="함초롬바탕" type="TTF" isEmbedded="0"><hh:typeInfo familyType="FCAT_GOTHIC" weight="6" '
            'proportion="4" contrast="0" strokeVariation="1" armStyle="1" letterform="1" midline="1" xHeight="1"/></hh:font>')
    fonts = "".join(f'<hh:fontface lang="{name.upper()}" fontCnt="1">{font}</hh:fontface>' for name in LANGUAGES)
    borders = "".join(_border(n, line, fill) for n, line, fill in
                      ((1, "NONE", ""), (2, "NONE", _NO_FILL), (3, "SOLID", "")))
    chars = "".join(_char(n, height, bold) for n, (height, bold) in enumerate(zip(HEIGHTS, BOLD, strict=True)))
    paras = [("JUSTIFY", 0), ("CENTER", 0), *(("JUSTIFY", (n + 1) * ITEM_MARGIN) for n in range(4))]
    styles = [("바탕글", "Normal", 0), *((f"개요 {n}", f"Outline {n}", min(n + 1, 4) + 1) for n in range(1, 8))]
    return (
        f'{HEAD}<hh:head{NAMESPACES} version="1.4" secCnt="1">'
        '<hh:beginNum page="1" footnote="1" endnote="1" pic="1" tbl="1" equation="1"/><hh:refList>'
        f'<hh:fontfaces itemCnt="7">{fonts}</hh:fontfaces><hh:borderFills itemCnt="3">{borders}</hh:borderFills>'
        f'<hh:charProperties itemCnt="{len(HEIGHTS)}">{chars}</hh:charProperties>'
        '<hh:tabProperties itemCnt="1"><hh:tabPr id="0" autoTabLeft="0" autoTabRight="0"/></hh:tabProperties>'
        f'<hh:paraProperties itemCnt="{len(paras)}">{"".join(_para(n, *p) for n, p in enumerate(paras))}</hh:paraProperties>'
        f'<hh:styles itemCnt="{len(styles)}">' + "".join(
            f'<hh:style id="{n}" type="PARA" name="{name}" engName="{english}" paraPrIDRef="0" charPrIDRef="{char}" '
            f'nextStyleIDRef="0" langID="1042" lockForm="0"/>' for n, (name, english, char) in enumerate(styles))
        + '</hh:styles></hh:refList><hh:compatibleDocument targetProgram="HWP201X"><hh:layoutCompatibility/>'
        '</hh:compatibleDocument><hh:docOption><hh:linkinfo path="" pageInherit="0" footnoteInherit="0"/></hh:docOption>'
        '<hh:trackchageConfig flags="56"/></hh:head>')


def _border(number: int, line: str, fill: str) -> str:
    sides = "".join(f'<hh:{side}Border type="{line}" width="0.12 mm" color="#000000"/>'
                    for side in ("left", "right", "top", "bottom"))
    return (f'<hh:borderFill id="{number}" threeD="0" shadow="0" centerLine="NONE" breakCellSeparateLine="0">'
            '<hh:slash type="NONE" Crooked="0" isCounter="0"/><hh:backSlash type="NONE" Crooked="0" isCounter="0"/>'
            f'{sides}<hh:diagonal type="SOLID" width="0.1 mm" color="#000000"/>{fill}</hh:borderFill>')


def _char(number: int, height: int, bold: bool) -> str:
    def each(tag: str, value: int) -> str:
        return f"<hh:{tag}" + "".join(f' {name}="{value}"' for name in LANGUAGES) + "/>"

    return (f'<hh:charPr id="{number}" height="{height}" textColor="#000000" shadeColor="none" useFontSpace="0" '
            f'useKerning="0" symMark="NONE" borderFillIDRef="2">{each("fontRef", 0)}{each("ratio", 100)}'
            f'{each("spacing", 0)}{each("relSz", 100)}{each("offset", 0)}{"<hh:bold/>" if bold else ""}'
            '<hh:underline type="NONE" shape="SOLID" color="#000000"/><hh:strikeout shape="NONE" color="#000000"/>'
            '<hh:outline type="NONE"/><hh:shadow type="NONE" color="#C0C0C0" offsetX="10" offsetY="10"/></hh:charPr>')


def _para(number: int, align: str, left: int) -> str:
    margin = "".join(f'<hc:{side} value="{value}" unit="HWPUNIT"/>' for side, value in
                     (("intent", -ITEM_MARGIN if left else 0), ("left", left), ("right", 0), ("prev", 0), ("next", 0)))
    return (f'<hh:paraPr id="{number}" tabPrIDRef="0" condense="0" fontLineHeight="0" snapToGrid="1" '
            f'suppressLineNumbers="0" checked="0"><hh:align horizontal="{align}" vertical="BASELINE"/>'
            '<hh:heading type="NONE" idRef="0" level="0"/><hh:breakSetting breakLatinWord="KEEP_WORD" '
            'breakNonLatinWord="KEEP_WORD" widowOrphan="0" keepWithNext="0" keepLines="0" pageBreakBefore="0" lineWrap="BREAK"/>'
            f'<hh:autoSpacing eAsianEng="0" eAsianNum="0"/><hh:margin>{margin}</hh:margin>'
            f'<hh:lineSpacing type="PERCENT" value="{int(LINE * 100)}" unit="HWPUNIT"/>'
            '<hh:border borderFillIDRef="2" offsetLeft="0" offsetRight="0" offsetTop="0" offsetBottom="0" connect="0" '
            'ignoreMargin="0"/></hh:paraPr>')


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # a fixed date: the same document gives the same bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _package(title: str) -> str:
    items = (("header", "Contents/header.xml"), ("section0", "Contents/section0.xml"), ("settings", "settings.xml"))
    manifest = "".join(f'<opf:item id="{name}" href="{path}" media-type="application/xml"/>' for name, path in items)
    return (f'{HEAD}<opf:package{NAMESPACES}{PACKAGE} version="" unique-identifier="" id=""><opf:metadata>'
            f'<opf:title>{escape(title)}</opf:title><opf:language>ko</opf:language></opf:metadata>'
            f'<opf:manifest>{manifest}</opf:manifest>'
            '<opf:spine><opf:itemref idref="header"/><opf:itemref idref="section0"/></opf:spine></opf:package>')


_NO_FILL = '<hc:fillBrush><hc:winBrush faceColor="none" hatchColor="#999999" alpha="0"/></hc:fillBrush>'
_VERSION = (f'{HEAD}<hv:HCFVersion xmlns:hv="http://www.hancom.co.kr/hwpml/2011/version" '
            'tagetApplication="WORDPROCESSOR" major="5" minor="1" micro="0" buildNumber="1" os="1" xmlVersion="1.4" '
            'application="Hancom Office Hangul" appVersion="11, 0, 0, 0"/>')
_SETTINGS = (f'{HEAD}<ha:HWPApplicationSetting xmlns:ha="http://www.hancom.co.kr/hwpml/2011/app">'
             '<ha:CaretPosition listIDRef="0" paraIDRef="0" pos="0"/></ha:HWPApplicationSetting>')
_CONTAINER = (f'{HEAD}<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container" '
              'xmlns:hpf="http://www.hancom.co.kr/schema/2011/hpf"><ocf:rootfiles>'
              '<ocf:rootfile full-path="Contents/content.hpf" media-type="application/hwpml-package+xml"/>'
              '<ocf:rootfile full-path="Preview/PrvText.txt" media-type="text/plain"/></ocf:rootfiles></ocf:container>')
_MANIFEST = f'{HEAD}<odf:manifest xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def _notes(kind: str, place: str) -> str:
    return (f'<hp:{kind}><hp:autoNumFormat type="DIGIT" userChar="" prefixChar="" suffixChar=")" supscript="0"/>'
            '<hp:noteLine length="-1" type="SOLID" width="0.12 mm" color="#000000"/>'
            '<hp:noteSpacing betweenNotes="283" belowLine="567" aboveLine="850"/><hp:numbering type="CONTINUOUS" newNum="1"/>'
            f'<hp:placement place="{place}" beneathText="0"/></hp:{kind}>')


_SECTION = (
    '<hp:secPr id="" textDirection="HORIZONTAL" spaceColumns="1134" tabStop="8000" outlineShapeIDRef="0" '
    'memoShapeIDRef="0" textVerticalWidthHead="0" masterPageCnt="0"><hp:grid lineGrid="0" charGrid="0" wonggojiFormat="0"/>'
    '<hp:startNum pageStartsOn="BOTH" page="0" pic="0" tbl="0" equation="0"/>'
    '<hp:visibility hideFirstHeader="0" hideFirstFooter="0" hideFirstMasterPage="0" border="SHOW_ALL" fill="SHOW_ALL" '
    'hideFirstPageNum="0" hideFirstEmptyLine="0" showLineNumber="0"/>'
    '<hp:lineNumberShape restartType="0" countBy="0" distance="0" startNumber="0"/>'
    f'<hp:pagePr landscape="WIDELY" width="{PAPER[0]}" height="{PAPER[1]}" gutterType="LEFT_ONLY">'
    f'<hp:margin header="4252" footer="4252" gutter="0" left="{SIDE}" right="{SIDE}" top="{TOP - 4252}" '
    f'bottom="{BOTTOM - 4252}"/></hp:pagePr>'
    + _notes("footNotePr", "EACH_COLUMN") + _notes("endNotePr", "END_OF_DOCUMENT")
    + "".join(f'<hp:pageBorderFill type="{pages}" borderFillIDRef="1" textBorder="PAPER" headerInside="0" footerInside="0" '
              'fillArea="PAPER"><hp:offset left="1417" right="1417" top="1417" bottom="1417"/></hp:pageBorderFill>'
              for pages in ("BOTH", "EVEN", "ODD"))
    + '</hp:secPr><hp:ctrl><hp:colPr id="" type="NEWSPAPER" layout="LEFT" colCount="1" sameSz="1" sameGap="0"/></hp:ctrl>')
