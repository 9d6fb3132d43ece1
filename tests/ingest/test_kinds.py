import io
import zipfile

import pytest

from ingest.kinds import REFUSED, kind
from tests.ingest import mutations
from tests.ingest.ole_writer import ole


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        for name in names:
            members.writestr(name, "글")
    return file.getvalue()


@pytest.mark.parametrize(("data", "expected"), [
    (b"%PDF-1.7\n...", "pdf"),
    (b"\xef\xbb\xbf \n%PDF-1.4", "pdf"),
    (ole("FileHeader", "DocInfo", "BodyText"), "hwp"),
    (ole("WordDocument", "1Table"), "doc"),
    (ole("Workbook"), "xls"),
    (ole("Book"), "xls"),
    (ole("Current User", "PowerPoint Document"), "ppt"),
    (ole("EncryptionInfo", "EncryptedPackage"), "encrypted"),
    (ole("Contents"), "ole"),
    (ole("FileHeader")[:600], "ole"),
    (b"HWP Document File V3.00 \x1a\1\2", "hwp3"),
    (archive("[Content_Types].xml", "word/document.xml"), "docx"),
    (archive("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
    (archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    (archive("[Content_Types].xml", "xl/workbook.bin"), "xlsb"),
    (archive("mimetype", "Contents/header.xml", "Contents/section0.xml"), "hwpx"),
    (archive("mimetype", "content.xml", "META-INF/manifest.xml"), "odf"),
    (archive("보고서.pdf"), "zip"),
    (archive(), "zip"),
    (archive("word/document.xml")[:40], "zip"),
    (b"{\\rtf1\\ansi", "rtf"),
    ('<?xml version="1.0" encoding="UTF-8"?>\n<!-- 한글 -->\n<HWPML Version="2.8">'.encode(), "hwpml"),
    ("<!DOCTYPE html><p>글".encode(), "html"),
    ("\ufeff<html xmlns:x='urn:schemas-microsoft-com:office:excel'>".encode("utf-16-le"), "html"),  # an .xls of many sites
    ('<?xml version="1.0"?><!-- 가 -->\n<HTML>'.encode(), "html"),
    ("# <html> 태그를 쓰는 법".encode(), "text"),
    ("가나다".encode("cp949"), "text"),
    (b"", "text"),
    (bytes(range(256)), "text"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_kind(data, expected):
    assert kind(data) == expected


def test_locked_archive_is_told_as_encrypted():
    data = bytearray(archive("word/document.xml"))
    data[data.rindex(b"PK\1\2") + 8] |= 1  # the flag in the directory
    assert kind(bytes(data)) == "encrypted"


@pytest.mark.parametrize("name", REFUSED)
def test_reasons_say_what_to_do(name):
    assert REFUSED[name].endswith(("세요.", "저장하세요."))
    assert REFUSED[name].count(".") <= 6


@pytest.mark.parametrize("data", [ole("WordDocument", "1Table", "Data"), archive("word/document.xml", "xl/workbook.xml")], ids=["ole", "zip"])
def test_damaged_files_have_some_kind(data):
    kinds = {kind(mutations.raw(data, seed)) for seed in range(300)}
    assert kinds & {"ole", "zip"}
    assert kinds <= {*REFUSED, "docx", "xlsx", "hwp", "hwpx", "pptx", "text"}


def test_samples(shared):
    expected = {"noori.hwp": "hwp", "distribution.hwp": "hwp", "noori.hwpx": "hwpx", "encrypted-123456.hwpx": "hwpx",
                "sample_word.docx": "docx", "sample_ppt.pptx": "pptx", "titanic.xlsx": "xlsx", "korquad2_paper.pdf": "pdf",
                "noori_hancom_export.html": "html", "client.html": "html", "langchain_kr_readme.md": "text", "keywords_cp949.txt": "text"}
    assert {name: kind((shared / "samples" / name).read_bytes()) for name in expected} == expected
