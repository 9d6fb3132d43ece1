"""PDF -> Report, page by page, by the best engine that makes sense of a page."""

import os
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from ingest.inline import single
from rag.documents import Block, Report
from rag.errors import UnreadableFile

MOST_PAGES, MOST_CHARACTERS = 5_000, 20_000_000
OCR_SECONDS = 50  # a page; less than the worker's SILENCE
FEW, PICTURE = 20, 0.5  # a page with fewer characters and pictures over more of it is a scan
BLANK = 50  # a page without characters and pictures, and fewer shapes, is empty; with more, its letters are drawn
NONSENSE = 0.15  # share of characters from which on a page's text is held to be garbled
LOCKED = "암호나 DRM이 걸린 PDF입니다. 암호를 풀어 저장한 뒤 다시 넣으세요."
DAMAGED = "손상된 PDF입니다. 원본을 다시 받거나, 원래 프로그램에서 PDF로 다시 저장해 넣으세요."
UNREADABLE = {  # why a page cannot be read, and what is said where no page can
    "글자가 없는 스캔 쪽": "글자가 없는 스캔 PDF입니다. 글자 인식(OCR)을 거쳐 넣거나, tesseract를 깔고"
                     "(apt install tesseract-ocr tesseract-ocr-kor) 다시 넣으세요.",
    "글꼴 정보가 없어 글자를 알 수 없는 쪽": "글꼴 정보가 없어 글자를 알 수 없는 PDF입니다. 글자 인식(OCR)을 거치거나 원본 문서를 넣으세요.",
    "손상된 쪽": DAMAGED,
}
SCANNED, GARBLED, BROKEN = UNREADABLE
NO_TITLE = re.compile(r"microsoft |제목 ?없음|무제|untitled|document ?\d*$|문서 ?\d*$|슬라이드 ?\d|powerpoint|목차$|차례$|contents$"
                      r"|.*\.(?:hwpx?|docx?|pptx?|xlsx?|pdf|indd|ai|txt|html?)$|https?:|file:", re.IGNORECASE)


def read(data: bytes, name: str, tick: Callable[[], None] = lambda: None) -> Report:
    """The report in `data`; `name` is its title where it shows none. Calls `tick` before each page.

    Raises UnreadableFile where no page can be read; pages that cannot are named in `Report.unread`.
    """
    from ingest import pdf_blocks, pdf_layout

    source = _Source(data)
    pages, unread, characters = [], {}, 0
    for index in range(source.count):
        tick()
        page, trouble = source.page(index)
        if trouble:
            unread[index + 1] = trouble
        if page:
            pages.append(page)
            characters += sum(len(item.text) for item in page.items if isinstance(item, pdf_layout.Line))
        if characters > MOST_CHARACTERS:
            raise UnreadableFile(f"글이 너무 많은 PDF입니다(한도 {MOST_CHARACTERS:,}자). 나누어 넣으세요.")
    tick()
    pdf_layout.drop_running(pages)
    blocks, largest = pdf_blocks.blocks(pdf_blocks.drafts(pages))
    if not blocks:
        worst = Counter(unread.values()).most_common(1)
        raise UnreadableFile(UNREADABLE.get(worst[0][0], DAMAGED) if worst else "빈 쪽뿐인 PDF입니다. 내용을 확인하세요.")
    title = next((text for text in (_named(source.title(), blocks), largest) if text), name)
    return Report(title, tuple(blocks), unread=tuple(f"{number}쪽: {trouble}" for number, trouble in unread.items()))


class _Source:
    """The pages of a file, each by the first engine whose text makes sense."""

    def __init__(self, data: bytes) -> None:
        from ingest import pdf_engines

        self.engines = pdf_engines
        self.main = self.second = None
        try:
            self.main = pdf_engines.Pdfminer(data)
        except pdf_engines.Locked as error:
            raise UnreadableFile(LOCKED) from error
        except pdf_engines.DAMAGE:
            pass
        try:
            self.second = pdf_engines.Pdfium(data)
        except pdf_engines.Locked as error:
            if not self.main:
                raise UnreadableFile(LOCKED) from error
        except pdf_engines.PdfiumError:
            pass
        self.count = len(self.main.pages) if self.main else 0
        if self.second and len(self.second) > self.count:  # then pdfminer cannot know which page is which
            self.main, self.count = None, len(self.second)
        if not self.count:
            raise UnreadableFile(DAMAGED)
        if self.count > MOST_PAGES:
            raise UnreadableFile(f"너무 긴 PDF입니다({self.count:,}쪽, 한도 {MOST_PAGES:,}쪽). 나누어 넣으세요.")

    def title(self) -> str:
        return single(self.main.title()) if self.main else ""

    def page(self, index: int):
        """(Page or None, what could not be read or "")."""
        from ingest import pdf_layout, pdf_tables

        sight, trouble = None, BROKEN
        if self.main:
            try:
                with suppress(*self.engines.DAMAGE):
                    sight = self.main.look(index)
            except self.engines.Damaged:
                return None, BROKEN
        if sight:
            text = "".join(char.text for char in sight.chars if not char.text.isspace())
            scanned = len(text) < FEW and sight.pictures > PICTURE
            if text and sensible(text):
                tables, rest = pdf_tables.find(sight.shapes, sight.chars, pdf_layout.stack)
                page = pdf_layout.Page(index + 1, sight.width, sight.height, [*pdf_layout.lines(rest, sight.shapes), *tables])
                if not scanned:
                    return page, ""
            elif not text and not sight.pictures and len(sight.shapes) < BLANK:
                return None, ""
            trouble = GARBLED if text and not scanned else SCANNED
        lines = self.second.lines(index) if self.second and not (sight and scanned) else []
        if any(lines) and not sensible("".join(lines)):
            lines, trouble = [], GARBLED
        if not any(lines) and self.second and tesseract():
            lines = recognise(self.second.picture(index))
        if any(lines):
            return pdf_layout.bare(lines, index + 1), ""
        return (page if sight and scanned and text else None), trouble


def sensible(text: str) -> bool:
    """Whether a text is one that a person could have written: few characters without meaning, broken or misread."""
    inked = [char for char in unicodedata.normalize("NFC", text) if not char.isspace()]
    return sum(map(_strange, inked)) <= NONSENSE * len(inked)


def _strange(char: str) -> bool:
    """Whether a character is one that Korean text hardly holds: not in KS X 1001, and no sign of punctuation, number or form."""
    if "\u00c0" <= char <= "\u00ff" or char == "\ufffd":
        return True
    return not char.encode("euc_kr", "ignore") and unicodedata.category(char)[0] not in "PSN"


def _named(title: str, blocks: list[Block]) -> str:
    """The title in the file's properties, if it is one: not a file's name, and it stands on the first pages."""
    if not re.search(r"[가-힣A-Za-z]{2}", title) or NO_TITLE.match(title) or not 2 <= len(title) <= 150:
        return ""
    opening = "".join(block.text for block in blocks if block.page and block.page <= (blocks[0].page or 1) + 1)
    return title if re.sub(r"\W", "", title) in re.sub(r"\W", "", opening) else ""


@cache
def tesseract() -> str | None:
    """The program that reads pictures of Korean text, where it is installed with that language."""
    program = shutil.which("tesseract")
    if not program:
        return None
    known = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=OCR_SECONDS, check=False)
    return program if "kor" in (known.stdout + known.stderr).split() else None


def recognise(picture: bytes) -> list[str]:
    """The lines of text in a picture; none where it cannot be read in time."""
    try:
        done = subprocess.run([tesseract(), "-", "-", "-l", "kor+eng"], input=picture, capture_output=True,
                              timeout=OCR_SECONDS, check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    except subprocess.SubprocessError:
        return []
    lines = done.stdout.decode("utf-8", "replace").replace("\f", "").splitlines()
    return lines if sensible("".join(lines)) else []
