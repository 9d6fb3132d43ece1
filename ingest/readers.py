"""A file -> a Report, by what the file is, whatever its name says."""

import importlib
from collections.abc import Callable
from pathlib import Path

from ingest.decode import decode, nfc
from ingest.kinds import REFUSED, kind
from rag.documents import Report
from rag.errors import UnreadableFile

OLD = {".doc", ".xls", ".ppt"}  # taken up only to be refused with a reason, rather than passed over in silence
SUFFIXES = {".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".hwp", ".hwpx", ".docx", ".pptx", ".xlsx"} | OLD
READERS = {"hwpx": "hwp", "text": "html"}  # of the kinds that others read
LARGEST = 200_000_000  # bytes of one file


def readable(path: Path) -> bool:
    """Whether a file of this name is a report: a known kind, not hidden, not an office program's lock file."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def read(data: bytes, path: Path, tick: Callable[[], None] = lambda: None) -> Report:
    """The report in `data`, the content of the file `path`; a long reading calls `tick` now and then.

    Raises UnreadableFile, with a reason in Korean that says what to do, where it holds no text or must not be read.
    """
    if not data.strip():
        raise UnreadableFile("빈 파일입니다. 내용을 넣어 다시 저장하거나 폴더에서 빼세요.")
    if len(data) > LARGEST:
        raise UnreadableFile(f"너무 큰 파일입니다({len(data) // 1_000_000}MB, 한도 {LARGEST // 1_000_000}MB). 나누어 넣으세요.")
    found, name = kind(data), nfc(path.stem)
    if found in REFUSED:
        raise UnreadableFile(REFUSED[found])
    report = _read(found, data, path, name, tick)
    if not any(block.kind != "heading" for block in report.blocks):
        raise UnreadableFile("읽을 글이 없습니다. 내용을 확인하세요.")
    return report


def _read(found: str, data: bytes, path: Path, name: str, tick: Callable[[], None]) -> Report:
    if found == "text" and path.suffix.lower() not in (".html", ".htm"):
        from ingest import markup

        return markup.read(decode(data), name)
    reader = importlib.import_module(f"ingest.{READERS.get(found, found)}_reader")
    report: Report = reader.read(data, name, tick) if found == "pdf" else reader.read(data, name)
    return report
