"""HWP 5 and HWPX -> Report, its headings and list items told by the customs of Korean reports."""

import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile, zip_longest
from xml.parsers.expat import ExpatError

from ingest import hwp_file, hwpx_file
from ingest.hwp_lines import (
    CHAPTER,
    CIRCLE,
    DASH,
    NO_NAME,
    PLAIN,
    SHORT,
    SHORT_ITEM,
    SIGNS,
    SQUARE,
    Line,
    clean,
    flatten,
)
from ingest.hwp_tree import Document
from ingest.markup import SENTENCE_END
from rag.documents import Block, Report
from rag.errors import UnreadableFile

ENCRYPTED = "암호가 걸린 한글 문서입니다. 한글에서 암호를 풀어 저장한 뒤 다시 넣으세요."
OLD = "옛 한글 3.x 문서입니다. 한글에서 .hwpx로 다른 이름으로 저장하세요."
FOREIGN = "한글 문서가 아닙니다. 한글에서 열어 .hwpx로 저장한 뒤 다시 넣으세요."
DAMAGED = "손상된 한글 문서라 읽을 수 없습니다. 한글에서 열어 .hwpx로 다시 저장하세요."
EMPTY = "읽을 글이 거의 없는 한글 문서입니다. 그림으로 된 문서라면 글자가 있는 파일로 바꾸어 넣으세요."
# what olefile, zipfile, XML parsers (SyntaxError) and our own walks through the records raise on damaged content
DAMAGE = (OSError, ValueError, LookupError, EOFError, RuntimeError, SyntaxError, struct.error, zlib.error, zipfile.BadZipFile,
          ExpatError)

LEAST = 10  # letters that a report has at least
LEVELS = (2, 3, 4, 4, 5, 6)  # of headings by their signs
ITEM_LEVELS = (0, 0, 0, 0, 0, 1, 1, 2, 3, 0)


def read(data: bytes, name: str) -> Report:
    """The report in a Hangul document, whose own bytes tell its format; `name` is its title where it has none.

    Raises UnreadableFile for what cannot be read.
    """
    try:
        document = _open(data)
    except DAMAGE as error:
        raise UnreadableFile(DAMAGED) from error
    lines = list(flatten(document.content))
    if sum(len(re.findall(r"[^\W\d_]", line.text)) for line in lines) < LEAST:
        raise UnreadableFile(EMPTY)
    title, lines = _title(lines, document.title)
    return Report(title or name, tuple(_blocks(lines)))


def _open(data: bytes) -> Document:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return hwp_file.read(data, ENCRYPTED)
    if data.startswith(b"PK\x03\x04"):
        return hwpx_file.read(data, ENCRYPTED)
    if data.startswith(b"HWP Document File V") or b"<HWPML" in data[:1000]:
        raise UnreadableFile(OLD)
    raise UnreadableFile(FOREIGN)


def _title(lines: list[Line], noted: str) -> tuple[str, list[Line]]:
    """The report's title, and the lines with those that hold it made one."""
    opening = list(takewhile(lambda line: line.page == lines[0].page, lines[:30]))
    words = clean(noted[:200])
    if _is_told(words, "".join(line.text for line in lines)[:3000]):
        told = [n for n, line in enumerate(opening) if not line.row and _squeezed(line.text) in _squeezed(words)
                and len(line.text) * 2 > len(words)]
        return words, [replace(line, title=n in told[:1]) for n, line in enumerate(lines)]
    for line in opening:
        if line.row and (subject := re.match(r"제\s?목: (.+?)(?: \| |$)", line.text)):
            return subject[1], lines
    body = _body_size(lines)
    best = max((line for line in opening if _can_be_title(line, body)), key=lambda line: line.size, default=None)
    if best is None:
        return "", lines
    first = last = lines.index(best)
    while (last + 1 < len(lines) and _can_be_title(lines[last + 1], body) and lines[last + 1].size == best.size
           and sum(len(line.text) for line in lines[first:last + 2]) <= 2 * SHORT):
        last += 1
    title = " ".join(line.text for line in lines[first:last + 1])
    return title, [*lines[:first], replace(best, text=title, title=True), *lines[last + 1:]]


def _is_told(title: str, text: str) -> bool:
    """Whether the report itself has the words of a title; file properties often come from another document."""
    letters, text = _squeezed(title), _squeezed(text)
    pairs = [letters[n:n + 2] for n in range(len(letters) - 1)]
    return len(letters) >= 5 and sum(pair in text for pair in pairs) >= 0.8 * len(pairs)


def _squeezed(text: str) -> str:
    return re.sub(r"\W|_", "", text)


def _can_be_title(line: Line, body: int) -> bool:
    return (not line.row and not line.listed and line.rank == PLAIN and len(re.findall(r"[^\W\d_]", line.text)) >= 4
            and len(line.text) <= 60 and not re.search(r"[.!?]$", line.text) and _stands_out(line, body))


def _body_size(lines: list[Line]) -> int:
    sizes = Counter[int]()
    for line in lines:
        sizes[line.size] += len(line.text) * (not line.row)
    return sizes.most_common(1)[0][0] if sizes else 0


def _stands_out(line: Line, body: int) -> bool:
    if line.row or line.align == "RIGHT":
        return False
    return line.boxed or line.size > body or line.size == body and (line.bold or line.align == "CENTER")


def _blocks(lines: list[Line]) -> Iterator[Block]:
    body = _body_size(lines)
    pairs = list(zip_longest(lines, lines[1:]))
    sizes = sorted({line.size for line, following in pairs if _looks_like_heading(line, following, body)}, reverse=True)
    counting = PLAIN  # the rank of the numbered list that goes on
    for line, following in pairs:
        place = f"약 {line.page}쪽" if line.page else ""
        rank = line.rank
        level = 0
        if line.title:
            level = 1
        elif _looks_like_heading(line, following, body):
            level = min(3 + sizes.index(line.size), 6)
        elif rank != counting or rank == PLAIN:
            level = _signed_level(line, following)
        if line.row:
            yield Block("row", line.text, place=place)
        elif level:
            yield Block("heading", _unsigned(line.text, rank), level, place=place)
        elif CHAPTER < rank < PLAIN and not line.text.startswith("제") or line.listed:
            yield Block("item", _unsigned(line.text, rank), ITEM_LEVELS[rank], place=place)
        else:
            yield Block("paragraph", line.text, place=place)
        if level or line.row:
            counting = PLAIN
        elif rank < CIRCLE and rank != SQUARE:
            counting = rank


def _looks_like_heading(line: Line, following: Line | None, body: int) -> bool:
    """Whether a line without a sign is a heading: short, no sentence, standing out, and something hangs under it."""
    if following is None or line.outline or line.listed or line.rank < PLAIN or not line.short or not _stands_out(line, body):
        return False
    if not line.boxed and following.rank == PLAIN and following.size >= line.size and _stands_out(following, body):
        return False
    return following.rank > CHAPTER and not NO_NAME.search(line.text) and len(re.findall(r"[^\W\d_]", line.text)) >= 4


def _signed_level(line: Line, following: Line | None) -> int:
    """The level of a line as a heading by its style or its sign, 0 where it is none."""
    rank = line.rank
    if line.row or line.listed:
        return 0
    if line.outline and (rank < CIRCLE or rank == PLAIN) and len(line.text) <= 2 * SHORT and (
            not NO_NAME.search(line.text) or len(line.text) <= SHORT and following and not following.outline):
        return line.outline + 1
    if rank == CHAPTER:
        return 2 if len(line.text) <= 2 * SHORT and not SENTENCE_END.search(line.text) else 0
    if rank == PLAIN or not line.short or following is None or following.rank <= rank:
        return 0
    if rank < CIRCLE:
        return LEVELS[rank]
    return 7 if rank == CIRCLE and len(line.text) <= SHORT_ITEM and following.rank == DASH else 0


def _unsigned(text: str, rank: int) -> str:
    """The line without its bullet; numbers and marks of notes stay."""
    if rank in (SQUARE, CIRCLE, DASH) or rank < PLAIN and text.startswith("*"):
        return SIGNS[rank].sub("", text, count=1).strip() or text
    return text
