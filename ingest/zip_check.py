"""Zipped office files: what is refused before a parser meets it, and how their libraries' complaints are told."""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.parsers.expat import ExpatError

from ingest import kinds
from ingest.inline import single
from rag.errors import UnreadableFile

MEMBERS, TOTAL = 20_000, 200_000_000  # of one archive: how many, and how many bytes unpacked
RATIO, SMALL = 100, 20_000_000  # unpacked to packed; archives up to SMALL may be squeezed harder
PIECE = 1 << 20
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
DAMAGED = "손상된 파일입니다. 원래 프로그램에서 열어 다시 저장한 뒤 넣으세요."
# what zipfile, XML parsers (SyntaxError), mammoth, python-pptx and openpyxl were seen to raise on damaged content
DAMAGE = (zipfile.BadZipFile, zlib.error, ExpatError, SyntaxError, AttributeError, EOFError, LookupError,
          NotImplementedError, OSError, OverflowError, RecursionError, TypeError, ValueError)
NO_TITLE = re.compile(r"(제목 ?없음|무제|untitled|document|presentation|title|문서|(power|파워) ?(point|포인트).*|"
                      r"microsoft .*|.*\.(docx?|pptx?|xlsx?|hwpx?))\s*\d*", re.IGNORECASE)


def check(data: bytes) -> None:
    """Raise UnreadableFile where a zipped document is locked, of an old format, a bomb, or declares XML entities."""
    reason = kinds.REFUSED.get(kinds.kind(data))
    if reason:
        raise UnreadableFile(reason)
    with damage_told(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        total = sum(member.file_size for member in members)
        if len(members) > MEMBERS:
            raise UnreadableFile(f"안에 든 조각이 너무 많은 파일입니다({len(members):,}개, 한도 {MEMBERS:,}개). 나누어 저장한 뒤 넣으세요.")
        if total > TOTAL or total > max(SMALL, RATIO * len(data)):
            raise UnreadableFile(f"압축을 풀면 너무 커지는 파일입니다({total // 1_000_000:,}MB). 나누어 저장한 뒤 넣으세요.")
        if any(_declares(archive, member) for member in members):
            raise UnreadableFile("XML 개체(DTD)를 선언한 문서라서 안전하게 읽을 수 없습니다. 원래 프로그램에서 다시 저장한 뒤 넣으세요.")


def _declares(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a member is XML with a document type or an entity; pictures may have one."""
    if member.filename.endswith(".svg"):
        return False
    before = b""
    try:
        with archive.open(member) as stream:
            while piece := stream.read(PIECE):
                piece = piece.replace(b"\0", b"")  # UTF-16 too
                if not before and not piece.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
                    return False
                if DECLARATION.search(before + piece):
                    return True
                before = piece[-16:]
    except (zipfile.BadZipFile, zlib.error):  # the parser may do without this member
        pass
    return False


@contextmanager
def damage_told(*errors: type[Exception]) -> Iterator[None]:
    """What a library raises on damaged content, its own `errors` among them, told as an UnreadableFile."""
    caught: tuple[type[Exception], ...] = (*DAMAGE, *errors)
    try:
        yield
    except caught as error:
        raise UnreadableFile(DAMAGED) from error


def title(data: bytes) -> str:
    """The title among the properties of a checked document; "" where there is none, or only an office program's own."""
    with damage_told(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return ""
        core = archive.read("docProps/core.xml").decode(errors="replace")
    found = re.search(r"<(?:dc:)?title\b[^>]*>([^<]*)<", core)
    text = single(html.unescape(found[1])) if found else ""
    return text if 2 <= len(text) <= 100 and not NO_TITLE.fullmatch(text) else ""
