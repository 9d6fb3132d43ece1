import io
import zipfile

import pytest

from ingest import zip_check
from rag.errors import UnreadableFile
from tests.ingest.docx_writer import docx, paragraph
from tests.ingest.ole_writer import ole


def archive(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in {"word/document.xml": b"<w/>", **members}.items():
            target.writestr(name, content)
    return file.getvalue()


def test_a_document_passes():
    zip_check.check(docx(paragraph("글")))


@pytest.mark.parametrize(("data", "reason"), [
    (archive({"word/document.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "DTD"),
    (archive({"word/document.xml": "<!DOCTYPE a><a/>".encode("utf-16")}), "DTD"),
    (archive({"word/other": b"\xef\xbb\xbf\n<!-- " + b"-" * zip_check.PIECE + b" --><!DOCTYPE a><a/>"}), "DTD"),
    (archive({"word/other": b"<!--".ljust(zip_check.PIECE - 4) + b"--><!DOCTYPE a><a/>"}), "DTD"),  # across two pieces
    (ole("EncryptionInfo", "EncryptedPackage"), "암호가 걸린 문서"),
    (ole("WordDocument"), r"옛 형식\(.doc\)입니다. Word에서 .docx로"),
    (archive({"word/document.xml": b"<w/>"})[:-30], "손상"),
    (b"PK\3\4", "손상"),
    (b"", "손상"),
    ("글".encode(), "손상"),
])
def test_refused(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        zip_check.check(data)


@pytest.mark.parametrize(("limit", "value", "reason"), [
    ("TOTAL", 99_000, "압축을 풀면 너무 커지는"), ("SMALL", 99_000, "압축을 풀면 너무 커지는"), ("MEMBERS", 1, "조각이 너무 많은"),
])
def test_bombs(limit, value, reason, monkeypatch):
    squeezed = archive({"word/media/a.bin": bytes(100_000)})  # several hundred to one, but small
    zip_check.check(squeezed)
    monkeypatch.setattr(zip_check, limit, value)
    with pytest.raises(UnreadableFile, match=reason):
        zip_check.check(squeezed)


@pytest.mark.parametrize("members", [
    {"word/media/plan.svg": b"<!DOCTYPE svg><svg/>"},
    {"word/media/a.png": b"\x89PNG <!DOCTYPE a>"},
])
def test_harmless(members):
    zip_check.check(archive(members))


def test_damage_of_a_member_is_left_to_its_parser():
    data = bytearray(archive({"docProps/app.xml": b"<a>" + b"x" * 50 + b"</a>"}))
    data[data.index(b"docProps/app.xml") + 20] ^= 255
    zip_check.check(bytes(data))


def test_only_damage_is_told():
    with pytest.raises(UnreadableFile, match="손상"), zip_check.damage_told():
        raise KeyError("word/document.xml")
    with pytest.raises(ZeroDivisionError), zip_check.damage_told():
        raise ZeroDivisionError
    with pytest.raises(UnreadableFile, match="손상"), zip_check.damage_told(ZeroDivisionError):
        raise ZeroDivisionError


@pytest.mark.parametrize(("title", "expected"), [
    ("2024년 업무 계획", "2024년 업무 계획"), ("  A &amp; B\n보고 ", "A & B 보고"), ("", ""), ("제목 없음", ""), ("무제", ""), ("문서 1", ""),
    ("PowerPoint 프레젠테이션", ""), ("Microsoft Word - 계획.docx", ""), ("계획.hwp", ""), ("가" * 101, ""), ("제목 없는 시대", "제목 없는 시대"),
])
def test_title(title, expected):
    assert zip_check.title(docx(paragraph("글"), title=title)) == expected
