"""Bytes -> text: a byte-order mark, else UTF-8, else CP949 (never `euc_kr`, which lacks 8,822 syllables)."""

import codecs
import os
import unicodedata

from rag.errors import UnreadableFile

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes) -> str:
    """The text in `data`. Raises UnreadableFile where it is no text."""
    marked = next((encoding for mark, encoding in MARKS if data.startswith(mark)), None)
    encodings = (marked,) if marked else ("utf-8", "cp949")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            pass
    else:
        text = min((data.decode(encoding, errors="replace") for encoding in encodings),
                   key=lambda guess: guess.count("\ufffd"))
    odd = sum(1 for c in text if c == "\ufffd" or (c < " " and c not in "\n\r\t\f\v"))
    if odd > max(3, len(text) // 50):
        raise UnreadableFile("글로 된 파일이 아닙니다. 원래 프로그램에서 열어 다시 저장한 뒤 넣으세요.")
    return text


def nfc(name: str) -> str:
    """A file's name as people write it; one that is not UTF-8 is CP949, from an old archive."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("cp949", errors="replace")
    return unicodedata.normalize("NFC", name)
