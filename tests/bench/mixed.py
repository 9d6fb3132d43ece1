"""A folder as an office has it: `python -m tests.bench.mixed [FILES PAGES]` (default 300 12000; needs RAG_SHARED).

Makes FILES reports of PAGES pages in all (PDF, HWPX, DOCX, PPTX, XLSX, HTML, MD, TXT by turns, from Wikipedia's prose),
brings them into an index, and asks about them meanwhile. Prints the whole time, pages a second, when the first report
could be asked about, how long questions took while the rest went on, and the peak memory of the writing process.
"""

import argparse
import io
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ingest import docx_writer, pdf_writer
from tests.ingest.hwpx_writer import Hwpx

KINDS = ("pdf", "hwpx", "docx", "pptx", "xlsx", "html", "md", "txt")
LETTERS = 700  # characters a page


def prose() -> Iterator[str]:
    """Pages of text, LETTERS characters each."""
    page = ""
    with lzma.open(Path(os.environ.get("RAG_SHARED", "../shared")) / "data/raw/wiki_ko_3.txt.xz", "rt") as lines:
        for line in lines:
            page += f"{line.strip()}\n" if line.strip() else ""
            if len(page) >= LETTERS:
                yield page
                page = ""


def pdf(pages: list[str]) -> bytes:
    return pdf_writer.write([[pdf_writer.Text(60, 70 + 18 * n, piece) for n, piece in enumerate(
        [line[at:at + 44] for line in page.splitlines() for at in range(0, len(line), 44)][:40])] for page in pages])


def hwpx(pages: list[str]) -> bytes:
    document = Hwpx("보고서")
    for page in pages:
        for line in page.splitlines():
            document.paragraph(line)
        document.page_break()
    return document.save()


def docx(pages: list[str]) -> bytes:
    escaped = [line.replace("&", "&amp;").replace("<", "&lt;") for page in pages for line in page.splitlines()]
    return docx_writer.docx(*[docx_writer.paragraph(line) for line in escaped])


def pptx(pages: list[str]) -> bytes:
    import pptx as library

    show = library.Presentation()
    for number, page in enumerate(pages, 1):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"{number}번째 장"
        slide.placeholders[1].text = page
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def xlsx(pages: list[str]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["번호", "내용"])
    for number, line in enumerate((line for page in pages for line in page.splitlines()), 1):
        book.active.append([number, line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def html(pages: list[str]) -> bytes:
    rows = "".join(f"<p>{line}</p>" for page in pages for line in page.splitlines())
    return f"<!doctype html><html><body>{rows}</body></html>".encode()


def text(pages: list[str]) -> bytes:
    return "\n\n".join(line for page in pages for line in page.splitlines()).encode()


MAKERS = {"pdf": pdf, "hwpx": hwpx, "docx": docx, "pptx": pptx, "xlsx": xlsx, "html": html, "md": text, "txt": text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="?", type=int, default=300)
    parser.add_argument("pages", nargs="?", type=int, default=12000)
    options = parser.parse_args()
    files, pages = options.files, options.pages
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary) / "보고서", Path(temporary) / "색인"
        folder.mkdir()
        source, each = prose(), pages // files
        for number in range(files):
            kind = KINDS[number % len(KINDS)]
            (folder / f"{number:04}.{kind}").write_bytes(MAKERS[kind]([next(source) for _ in range(each)]))
        started = time.monotonic()
        with (Path(temporary) / "log").open("w") as log:
            writing = subprocess.Popen([sys.executable, "-m", "ingest", str(folder), "--index", str(index)],
                                       stdout=log, stderr=log)
        first, times, peak = None, [], 0
        while writing.poll() is None:
            time.sleep(0.5)
            status = Path(f"/proc/{writing.pid}/status")
            if status.exists():
                peak = max([peak, *[int(line.split()[1]) for line in status.read_text().splitlines()
                                    if line.startswith("VmHWM")]])
            if first is None or len(times) < 20 * (time.monotonic() - started) / 60:
                began = time.monotonic()
                asked = subprocess.run([sys.executable, "-m", "rag.ask", "이 도시의 인구는?", "--json", "--index", str(index)],
                                       capture_output=True, encoding="utf-8")
                if asked.returncode == 0 and '"passages": []' not in asked.stdout:
                    first = first or time.monotonic() - started
                    times.append(time.monotonic() - began)
        whole = time.monotonic() - started
        print((Path(temporary) / "log").read_text().splitlines()[-1])
        print(f"{files} files, {each * files} pages: {whole:.0f} s, {each * files / whole:.0f} pages/s; first answer after "
              f"{first or 0:.0f} s; {len(times)} questions meanwhile, median {statistics.median(times):.1f} s a process; "
              f"{peak // 1024} MB at most")


if __name__ == "__main__":
    main()
