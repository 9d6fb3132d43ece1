"""Files that mean harm, or are merely broken, cost themselves only: one run over all of them beside good ones."""

import io
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from ingest import run
from rag.settings import Settings
from tests.ingest import docx_writer, pdf_writer
from tests.ingest.hwpx_writer import Hwpx

# runs a command and says how much memory the largest of its processes took
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
ROOT = Path(__file__).parent.parent.parent
GOOD = "이 보고서의 매출은 {n}00억 원이며 지난해보다 늘었다."


def pdf() -> bytes:
    return pdf_writer.write([[pdf_writer.Text(60, 80 + 20 * n, f"{n}번째 줄에 적힌 한국어 문장이다.") for n in range(30)]] * 3)


def hwpx() -> bytes:
    document = Hwpx("제목")
    for n in range(60):
        document.paragraph(f"{n}번째 문단에 적힌 한국어 문장이다.")
    return document.save()


def docx() -> bytes:
    return docx_writer.docx(*[docx_writer.paragraph(f"{n}번째 문단에 적힌 한국어 문장이다.") for n in range(60)])


def pptx() -> bytes:
    import pptx as library

    show = library.Presentation()
    show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "한국어 제목"
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def xlsx(last: str = "") -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for n in range(30):
        book.active.append([f"항목 {n}", n, n * 1.5])
    if last:
        book.active[last] = "끝"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """A zip file with one member replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return out.getvalue()


def nested(depth: int) -> bytes:
    return b"<w:document>" + b"<w:p>" * depth + b"</w:p>" * depth + b"</w:document>"


ENTITIES = (b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c + 1, *[c] * 8) for c in range(97, 110)) + b"]><l>&n;</l>")


def hostile() -> dict[str, bytes]:
    """Bad files by name."""
    chance = random.Random(11)
    whole = {"pdf": pdf(), "hwpx": hwpx(), "docx": docx(), "pptx": pptx(), "xlsx": xlsx()}
    files = {f"빈 파일.{kind}": b"" for kind in [*whole, "hwp", "md", "txt", "html"]}
    files |= {f"아무 글자.{kind}": chance.randbytes(5000) for kind in [*whole, "hwp", "md", "txt", "html", "doc"]}
    for kind, data in whole.items():
        for n in range(20):
            files[f"잘린 {n:02}.{kind}"] = data[:len(data) * (n + 1) // 21]
    bomb = b"<w:p>" + b" " * 600_000_000
    files["폭탄.docx"] = with_member(whole["docx"], "word/document.xml", bomb)
    files["폭탄.hwpx"] = with_member(whole["hwpx"], "Contents/section0.xml", bomb)
    files["폭탄.xlsx"] = with_member(whole["xlsx"], "xl/worksheets/sheet1.xml", bomb)
    files["깊은 글.docx"] = with_member(whole["docx"], "word/document.xml", nested(5000))
    files["깊은 글.hwpx"] = with_member(whole["hwpx"], "Contents/section0.xml", nested(5000))
    files["깊은 글.html"] = b"<div>" * 5000 + "깊은 곳의 한국어 문장이다.".encode() + b"</div>" * 5000
    files["넓은 표.xlsx"] = xlsx("XFD1048576")
    files["실체.docx"] = with_member(whole["docx"], "word/document.xml", ENTITIES)
    files["실체.hwpx"] = with_member(whole["hwpx"], "Contents/section0.xml", ENTITIES)
    files["쪽 수.pdf"] = whole["pdf"].replace(b"/Count 3", b"/Count 999999999")
    files["바깥.docx"] = with_member(whole["docx"], "../../바깥.xml", b"<x/>")
    files["PDF인데.docx"] = whole["pdf"]
    files["DOCX인데.pdf"] = whole["docx"]
    files["HTML인데.txt"] = "<!doctype html><html><body><p>숨은 한국어 문장이다.</p></body></html>".encode()
    files["가" * 80 + ".txt"] = "이름이 아주 긴 보고서이다.".encode()
    return files


@pytest.mark.timeout(400)
def test_bad_files_cost_themselves_only(tmp_path):
    folder, index = tmp_path / "보고서 폴더", tmp_path / "색인"
    folder.mkdir()
    files = hostile()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    for n in range(1, 6):
        (folder / f"좋은 보고서 {n}.md").write_text(f"# 보고서 {n}\n\n{GOOD.format(n=n)}\n", encoding="utf-8")
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", MEASURED, sys.executable, "-m", "ingest", str(folder), "--index", str(index)],
                          cwd=ROOT, capture_output=True, encoding="utf-8", timeout=380)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 300
    assert int(done.stderr.split()[-1]) < 1_500_000  # KB
    status = run.status(Settings(index=index))
    read = {report["source"].partition("/")[2] for report in status["reports"]}
    failed = {failure["source"].partition("/")[2]: failure["reason"] for failure in status["failed"]}
    assert {f"좋은 보고서 {n}.md" for n in range(1, 6)} <= read
    assert read | failed.keys() == {*files, *(f"좋은 보고서 {n}.md" for n in range(1, 6))} and not read & failed.keys()
    for name in files:
        if name.startswith(("빈 파일", "폭탄", "실체", "아무 글자")):
            assert name in failed, name
    for name in ("PDF인데.docx", "DOCX인데.pdf", "HTML인데.txt", "가" * 80 + ".txt", "넓은 표.xlsx"):
        assert name in read, failed.get(name)
    for name, reason in failed.items():
        assert any("가" <= c <= "힣" for c in reason) and "프로그램 오류" not in reason, (name, reason)
    shown = str(run.show(Settings(index=index), "HTML인데.txt"))
    assert "숨은 한국어 문장이다" in shown and "<p>" not in shown
