"""Bytes -> text, and names of files."""

import os
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decode import decode, nfc
from rag.errors import UnreadableFile

TEXT = "보고서 2쪽: 뷁뷁 펲시 똠방각하, 매출 3조원\n둘째 줄"  # 뷁, 펲 and 똠 are in CP949, not in EUC-KR
KOREAN = st.text("가나다라각힣똠뷁펲 .,\n\t012abc", max_size=80)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-32"])
def test_encodings(encoding):
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("mark, encoding", [("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be"), ("\ufeff", "utf-32-be")])
def test_byte_order_marks_of_both_orders(mark, encoding):
    assert decode((mark + TEXT).encode(encoding)) == TEXT


@given(KOREAN)
@settings(max_examples=100)
def test_utf_8_and_cp949_round_trip(text):
    report = f"보고서 {text}"  # bytes of a CP949 syllable alone may be UTF-8 too, those of 보고서 are not
    assert decode(report.encode("utf-8")) == report
    assert decode(report.encode("cp949")) == report


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_broken_byte_costs_one_character(encoding):
    data = f"{'매출은 3조원이다. ' * 30}".encode(encoding)
    broken = decode(data[:200] + b"\xff" + data[200:])
    assert broken.count("매출은 3조원이다.") >= 29


@pytest.mark.parametrize("data", [
    b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b"\x00" * 500, b"\xff\xfe" + bytes(range(7)) * 300 + b"\x00\xd8" * 90,
    bytes(range(128, 256)) * 20])
def test_what_is_no_text_is_refused_with_a_way_out(data):
    with pytest.raises(UnreadableFile, match="다시 저장"):
        decode(data)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes_are_text_or_refused(data):
    with suppress(UnreadableFile):
        assert isinstance(decode(data), str)


def test_names_of_files():
    assert nfc(unicodedata.normalize("NFD", "보고서 1.md")) == "보고서 1.md"
    assert nfc(os.fsdecode("보고서.md".encode("cp949"))) == "보고서.md"
