"""A file -> a Report, by its kind."""

from collections.abc import Callable
from pathlib import Path

from ingest import html_reader, markup
from ingest.decode import decode
from rag.documents import Report
from rag.errors import UnreadableFile

SUFFIXES = {".md", ".markdown", ".txt", ".html", ".htm"}
LARGEST = 50_000_000  # bytes of one file


def readable(path: Path) -> bool:
    """Whether a file of this name is a report: a known kind, not hidden, not an office program's lock file."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def read(data: bytes, path: Path, tick: Callable[[], None] = lambda: None) -> Report:
    """The report in `data`, the content of the file `path`; a long reading calls `tick` now and then.

    Raises UnreadableFile, with a reason in Korean that says what to do, where it holds no text.
    """
    if not data.strip():
        raise UnreadableFile("빈 파일입니다. 내용을 넣어 다시 저장하거나 폴더에서 빼세요.")
    if len(data) > LARGEST:
        raise UnreadableFile(f"너무 큰 파일입니다({len(data) // 1_000_000}MB, 한도 {LARGEST // 1_000_000}MB). 나누어 넣으세요.")
    if path.suffix.lower() in (".html", ".htm"):
        report = html_reader.read(data, path.stem)
    else:
        report = markup.read(decode(data), path.stem)
    if not any(block.kind != "heading" for block in report.blocks):
        raise UnreadableFile("읽을 글이 없습니다. 내용을 확인하세요.")
    return report
