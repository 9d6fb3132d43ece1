"""The same text as an office file of each kind."""

import io
from html import escape as html_escape

from tests.ingest import docx_writer, pdf_writer
from tests.ingest.hwpx_writer import Hwpx


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
    escaped = [html_escape(line, quote=False) for page in pages for line in page.splitlines()]
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


# the file's content by suffix, from the text of its pages
MAKERS = {"pdf": pdf, "hwpx": hwpx, "docx": docx, "pptx": pptx, "xlsx": xlsx, "html": html, "md": text, "txt": text}
