"""PDF -> Report, each page by the first engine that makes sense of it: pdfminer, pdfium, optical recognition."""

import os
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from itertools import groupby

from ingest.inline import single
from rag.documents import Block, Report
from rag.errors import UnreadableFile

MOST_PAGES, MOST_CHARACTERS = 5_000, 20_000_000
OCR_SECONDS = 50  # a page; less than ingest.worker.SILENCE
FEW, PICTURE = 20, 0.5  # a page with fewer characters, and pictures over more of it, is a scan
BLANK = 50  # a page without characters and pictures, and fewer shapes, is empty; with more, its letters are drawn
NONSENSE = 0.1  # share of characters from which on a page's text is held to be garbled
SYMBOL = re.compile(r'[!"#$&;?@\\^`{}]')
WORD = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}|(?<![A-Za-z])\d[\d.,:/%~–-]*(?![A-Za-z])|[가-힣一-龥ぁ-ヿ]+")
NO_TITLE = re.compile(r"microsoft |제목 ?없음|무제|untitled|document ?\d*$|문서 ?\d*$|슬라이드 ?\d|powerpoint|목차$|차례$|contents$"
                      r"|.*\.(?:hwpx?|docx?|pptx?|xlsx?|pdf|indd|ai|txt|html?)$|https?:|file:", re.IGNORECASE)
LOCKED = "암호나 DRM이 걸린 PDF입니다. 암호를 풀어 저장한 뒤 다시 넣으세요."
DAMAGED = "손상된 PDF입니다. 원본을 다시 받거나, 원래 프로그램에서 PDF로 다시 저장해 넣으세요."
EMPTY = "빈 쪽뿐인 PDF입니다. 내용을 확인하세요."
REASONS = {  # why a page cannot be read, and what is said where no page can
    "글자가 없는 스캔 쪽": "글자가 없는 스캔 PDF입니다. 글자 인식(OCR)을 거쳐 넣거나, tesseract를 깔고"
                     "(apt install tesseract-ocr tesseract-ocr-kor) 다시 넣으세요.",
    "글꼴 정보가 없어 글자를 알 수 없는 쪽": "글꼴 정보가 없어 글자를 알 수 없는 PDF입니다. 글자 인식(OCR)을 거치거나 원본 문서를 넣으세요.",
    "손상된 쪽": DAMAGED,
}
SCANNED, GARBLED, BROKEN = REASONS


def read(data: bytes, name: str, tick: Callable[[], None] = lambda: None) -> Report:
    """The report in `data`; `name` is its title where it shows none. Calls `tick` at least before each page.

    Raises UnreadableFile where no page can be read; pages that cannot are named in `Report.unread`.
    """
    from ingest import pdf_blocks, pdf_layout

    source = _Source(data)
    pages, troubles, characters = [], [], 0
    for index in range(source.count):
        tick()
        page, trouble = source.page(index)
        troubles.append(trouble)
        if page:
            pages.append(page)
            characters += sum(len(item.text) for item in page.items if isinstance(item, pdf_layout.Line))
        if characters > MOST_CHARACTERS:
            raise UnreadableFile(f"글이 너무 많은 PDF입니다(한도 {MOST_CHARACTERS:,}자). 나누어 넣으세요.")
    pdf_layout.drop_running(pages)
    blocks, largest = pdf_blocks.blocks(pages, tick)
    if not blocks:
        worst = Counter(filter(None, troubles)).most_common(1)
        raise UnreadableFile(REASONS[worst[0][0]] if worst else EMPTY)
    return Report(_proper(source.title, blocks) or largest or name, tuple(blocks), unread=_ranges(troubles))


class _Source:
    """The pages of a file, by either engine."""

    def __init__(self, data: bytes) -> None:
        from ingest import pdf_engines as engines

        if engines.corrupt(data):
            raise UnreadableFile(DAMAGED)
        self.main = self.second = None
        self.damage = engines.DAMAGE
        try:
            with suppress(*self.damage):
                self.main = engines.Pdfminer(data)
            with suppress(*self.damage):
                self.second = engines.Pdfium(data)
        except engines.Locked as error:
            raise UnreadableFile(LOCKED) from error
        self.count = len(self.main.pages) if self.main else 0
        if self.second and len(self.second) > self.count:  # then pdfminer cannot know which page is which
            self.main, self.count = None, len(self.second)
        if not self.count:
            raise UnreadableFile(DAMAGED)
        if self.count > MOST_PAGES:
            raise UnreadableFile(f"너무 긴 PDF입니다({self.count:,}쪽, 한도 {MOST_PAGES:,}쪽). 나누어 넣으세요.")

    @property
    def title(self) -> str:
        with suppress(*self.damage):
            return single(self.main.title()) if self.main else ""
        return ""

    def page(self, index: int):
        """The Page, or None where nothing can be read; and what is wrong with it, or ""."""
        from ingest import pdf_layout, pdf_tables

        sight, kept, trouble = None, None, BROKEN
        if self.main:
            with suppress(*self.damage):
                sight = self.main.look(index)
        if sight:
            lines = pdf_layout.lines(sight.chars, sight.shapes)
            scan = sum(len(line.text) for line in lines) < FEW and sight.pictures > PICTURE
            if lines and sensible("\n".join(line.text for line in lines)):
                tables, rest = pdf_tables.find(sight.shapes, sight.chars, pdf_layout.stack)
                lines = pdf_layout.lines(rest, sight.shapes) if tables else lines
                kept = pdf_layout.Page(index + 1, sight.height, [*lines, *tables])
                if not scan:
                    return kept, ""
            elif not lines and not sight.pictures and len(sight.shapes) < BLANK:
                return None, ""
            trouble = SCANNED if scan or not lines else GARBLED
        texts = [] if sight and sight.pictures > PICTURE else self._texts(index)
        if texts and not sensible("\n".join(texts)):
            texts, trouble = [], GARBLED
        texts = texts or self._recognised(index)
        return (pdf_layout.bare(texts, index + 1), "") if texts else (kept, trouble)

    def _texts(self, index: int) -> list[str]:
        with suppress(*self.damage):
            lines = self.second.lines(index) if self.second else []
            return lines if any(map(str.strip, lines)) else []
        return []

    @cached_property
    def _tesseract(self) -> str | None:
        """The program that reads pictures of Korean text, where it is installed with that language."""
        program = shutil.which("tesseract")
        with suppress(subprocess.SubprocessError):
            known = subprocess.run([program or "", "--list-langs"], capture_output=True, text=True, timeout=10) if program else None
            return program if known and "kor" in (known.stdout + known.stderr).split() else None
        return None

    def _recognised(self, index: int) -> list[str]:
        """The lines that tesseract sees on a page; none where it is not there, or not done in time."""
        if not self._tesseract or not self.second:
            return []
        with suppress(subprocess.SubprocessError, *self.damage):
            done = subprocess.run([self._tesseract, "-", "-", "-l", "kor+eng"], input=self.second.picture(index),
                                  capture_output=True, timeout=OCR_SECONDS, check=True,
                                  env={**os.environ, "OMP_THREAD_LIMIT": "1"})
            lines = done.stdout.decode("utf-8", "replace").replace("\f", "").splitlines()
            return lines if any(map(str.strip, lines)) and sensible("\n".join(lines)) else []
        return []


def sensible(text: str) -> bool:
    """Whether a page's text is one that a person could have written: words, and few characters that are broken or misread."""
    inked = "".join(unicodedata.normalize("NFC", text).split())
    if sum(map(_strange, inked)) > NONSENSE * len(inked) or len(SYMBOL.findall(inked)) > NONSENSE * len(inked):
        return False
    return sum(map(len, WORD.findall(inked))) >= len(inked) / 2 or sum("가" <= char <= "힣" for char in inked) > len(inked) / 10


def _strange(char: str) -> bool:
    """Whether a character is one that Korean text hardly holds: not in KS X 1001, and no punctuation, number or sign."""
    if "\u00c0" <= char <= "\u00ff" or char == "\ufffd":
        return True
    return not char.encode("euc_kr", "ignore") and unicodedata.category(char)[0] not in "PSN"


def _proper(title: str, blocks: list[Block]) -> str:
    """The title in the file's properties, if it is one: not a file's name, and it stands on the first pages."""
    if not re.search(r"[가-힣A-Za-z]{2}", title) or NO_TITLE.match(title) or len(title) > 150:
        return ""
    opening = "".join(block.text for block in blocks if block.page and block.page <= (blocks[0].page or 1) + 1)
    return title if re.sub(r"\W", "", title) in re.sub(r"\W", "", opening) else ""


def _ranges(troubles: list[str]) -> tuple[str, ...]:
    """"3-5쪽: what is wrong" for each run of pages with the same trouble."""
    found = []
    for trouble, run in groupby(enumerate(troubles, 1), key=lambda pair: pair[1]):
        numbers = [number for number, _ in run]
        span = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        found += [f"{span}쪽: {trouble}"] if trouble else []
    return tuple(found)
