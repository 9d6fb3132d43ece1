"""Small PDF files for the tests, written by hand.

Korean needs no font file: a reader that does not find Adobe's HYSMyeongJo still knows what its characters are.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass

A4 = (595, 842)
PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True)
class Text:
    """A line of text; `y` is its baseline, counted from the page's upper edge."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    encoding: str = "utf-16-be"

    def draw(self) -> bytes:
        code = self.text.encode(self.encoding).hex()
        return f"BT /F{int(self.bold)} {self.size} Tf {self.x} {A4[1] - self.y} Td <{code}> Tj ET\n".encode()


@dataclass(frozen=True)
class Box:
    """A rectangle: its outline, or filled with grey."""

    x0: float
    top: float
    x1: float
    bottom: float
    filled: bool = False

    def draw(self) -> bytes:
        paint = "0.85 g {} f 0 g\n" if self.filled else "{} S\n"
        return paint.format(f"{self.x0} {A4[1] - self.bottom} {self.x1 - self.x0} {self.bottom - self.top} re").encode()


@dataclass(frozen=True)
class Picture:
    """A grey picture of 2x2 pixels over the whole page: what a scanner makes."""

    def draw(self) -> bytes:
        return b"q 595 0 0 842 0 0 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\xff\xff\x00 EI Q\n"


def table(x: float, top: float, widths: list[float], rows: list[list[str]], height: float = 20) -> list:
    """A ruled table: "<" is merged with the cell to the left, "^" with the one above."""
    xs = [x + sum(widths[:n]) for n in range(len(widths) + 1)]
    marks: list = []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text in ("<", "^"):
                continue
            right, bottom = c + 1, r + 1
            while right < len(row) and row[right] == "<":
                right += 1
            while bottom < len(rows) and rows[bottom][c] == "^":
                bottom += 1
            marks += [Box(xs[c], top + r * height, xs[right], top + bottom * height),
                      Text(xs[c] + 3, top + (r + bottom) * height / 2 + 4, text)]
    return marks


def write(pages: list[list], title: str = "", password: str | None = None, packed: bool = False) -> bytes:
    """A PDF file. With a `password`, that may be empty, its pages are encrypted; `packed`, they are compressed."""
    key, security = _lock(password) if password is not None else (b"", b"")
    fonts = b"".join(b"/F%d << /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /UniKS-UCS2-H /DescendantFonts "
                     b"[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%s /DW 1000 /W [1 95 500] /CIDSystemInfo << /Registry "
                     b"(Adobe) /Ordering (Korea1) /Supplement 1 >> /FontDescriptor << /Type /FontDescriptor /FontName /%s "
                     b"/Flags 6 /FontBBox [0 -200 1000 800] /Ascent 800 /Descent -200 /CapHeight 700 /ItalicAngle 0 "
                     b"/StemV 80 >> >>] >> " % (n, name, name, name)
                     for n, name in enumerate((b"HYSMyeongJo-Medium", b"HYSMyeongJo-Bold")))
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(pages)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
               b"<< /Title <feff%s> >>" % title.encode("utf-16-be").hex().encode() if not security else b"<< >>"]
    for n, marks in enumerate(pages):
        stream = b"".join(mark.draw() for mark in marks)
        stream = zlib.compress(stream) if packed else stream
        stream = _rc4(_object_key(key, 5 + 2 * n), stream) if security else stream
        objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << %s >> >> >>"
                    % (5 + 2 * n, fonts), b"<< /Length %d %s >>\nstream\n%s\nendstream"
                    % (len(stream), b"/Filter /FlateDecode" if packed else b"", stream)]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R /Info 3 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
                  % (len(objects) + 1, rows, len(objects) + 1, security, len(out)))


def _lock(password: str) -> tuple[bytes, bytes]:
    """The key of PDF's 40-bit encryption, and what the file says of it; the owner's password is "owner"."""
    user = (password.encode() + PAD)[:32]
    owner = _rc4(hashlib.md5((b"owner" + PAD)[:32]).digest()[:5], user)
    name = b"0123456789abcdef"
    key = hashlib.md5(user + owner + struct.pack("<i", -4) + name).digest()[:5]
    return key, (b"/ID [<%s> <%s>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>"
                 % (name.hex().encode(), name.hex().encode(), owner.hex().encode(), _rc4(key, PAD).hex().encode()))


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10]


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
