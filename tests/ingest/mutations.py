"""Damaged copies of a zipped document, each made from its own seed."""

import io
import random
import re
import zipfile
from collections.abc import Callable

from rag.errors import UnreadableFile

VALUES = (b"", b"-1", b"99999999999999999999", b"abc", b"1e400", "가".encode(), b"0", b"A1:XFD1048576")
TEXTS = (b"-5", b"99999999", b"NaN", b"1e999", b"")


def raw(data: bytes, seed: int) -> bytes:
    """Cut off, bits flipped, a piece left out or overwritten, the directory at the end harmed."""
    chance, damaged = random.Random(seed), bytearray(data)
    place, size = chance.randrange(len(data)), chance.randrange(1, 500)
    kind = seed % 5
    if kind == 0:
        return data[:place]
    if kind == 1:
        del damaged[place:place + size]
    elif kind == 2:
        damaged[place:place + size] = chance.randbytes(size)
    else:
        for _ in range(chance.randrange(1, 8)):
            span = len(data) if kind == 3 else min(len(data), 1500)
            damaged[len(data) - 1 - chance.randrange(span)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def inner(data: bytes, seed: int) -> bytes:
    """A sound zip file, one of its XML members harmed or missing."""
    chance, file = random.Random(seed), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(file, "w") as copy:
        names = archive.namelist()
        target = chance.choice([name for name in names if name.endswith((".xml", ".rels"))])
        for name in names:
            content = archive.read(name)
            if name != target:
                copy.writestr(name, content)
            elif seed % 6:
                copy.writestr(name, _harmed(content, seed % 6, chance))
    return file.getvalue()


def _harmed(xml: bytes, kind: int, chance: random.Random) -> bytes:
    if kind == 1:
        return xml[:chance.randrange(len(xml))]
    if kind == 2:
        place = chance.randrange(len(xml))
        return xml[:place] + bytes([xml[place] ^ 1 << chance.randrange(8)]) + xml[place + 1:]
    patterns = {3: rb' [\w:]+="[^"]*"', 4: rb'(?<=")[^"<>]*(?=")', 5: rb"(?<=>)[^<]+(?=<)"}
    found = [*re.finditer(patterns[kind], xml)]
    for match in sorted(chance.sample(found, min(len(found), chance.randrange(1, 6))), key=lambda m: -m.start()):
        new = {3: b"", 4: chance.choice(VALUES), 5: chance.choice(TEXTS)}[kind]
        xml = xml[:match.start()] + new + xml[match.end():]
    return xml


def outcomes(read: Callable, data: bytes, mutate: Callable[[bytes, int], bytes], count: int = 200) -> tuple[int, int]:
    """How many damaged copies were read, and how many refused; any other exception is the test's."""
    refused = 0
    for seed in range(count):
        try:
            read(mutate(data, seed), "이름")
        except UnreadableFile:
            refused += 1
    return count - refused, refused
