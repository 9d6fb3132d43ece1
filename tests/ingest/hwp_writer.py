"""The least of an HWP 5 file: an OLE container and records, for what the samples do not have."""

import struct
import zlib

SECTOR = 512
LINE = 36  # bytes of a line segment


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file of streams, named with "/" after their storage. Each takes at least the 4096 bytes from which
    on streams have sectors of their own."""
    storages = list(dict.fromkeys(path.partition("/")[0] for path in streams if "/" in path))
    names = ["Root Entry", *storages, *streams]
    sectors, chains, fat = b"", {}, []
    for path, data in streams.items():
        data = data.ljust(4096, b"\0")
        count = -(-len(data) // SECTOR)
        chains[path] = (len(fat), len(data))
        fat += [*range(len(fat) + 1, len(fat) + count), 0xFFFFFFFE]
        sectors += data.ljust(count * SECTOR, b"\0")
    count = -(-len(names) * 128 // SECTOR)
    folder = len(fat)
    fat += [*range(folder + 1, folder + count), 0xFFFFFFFE]
    children = {name: [n for n, path in enumerate(names) if n > len(storages) and path.startswith(f"{name}/")] for name in storages}
    top = [n for n, path in enumerate(names) if n and "/" not in path]
    siblings = {n: after for group in (top, *children.values()) for n, after in zip(group, group[1:], strict=False)}
    entries = b""
    for n, path in enumerate(names):
        name = path.rpartition("/")[2].encode("utf-16-le")
        kind = 5 if n == 0 else 1 if path in children else 2
        child = top[0] if n == 0 else (children.get(path) or [0xFFFFFFFF])[0]
        start, size = chains.get(path, (0xFFFFFFFE, 0))
        entries += (name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name) + 2, kind, 1, 0xFFFFFFFF, siblings.get(n, 0xFFFFFFFF), child)
                    + bytes(36) + struct.pack("<IQ", start, size))
    sectors += entries.ljust(count * SECTOR, b"\0")
    fat_sectors = -(-(len(fat) + 1) * 4 // SECTOR)
    while (len(fat) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    first = len(fat)
    fat += [0xFFFFFFFD] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * SECTOR, b"\xff")
    head = (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
            + struct.pack("<9I", 0, fat_sectors, folder, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
            + struct.pack("<109I", *[*range(first, first + fat_sectors), *[0xFFFFFFFF] * (109 - fat_sectors)]))
    return head + sectors + table


def hwp(section: bytes, *, flags: int = 1, storage: str = "BodyText", define: bytes = b"", **more: bytes) -> bytes:
    """An HWP 5 file of one section of records."""
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, flags)
    return ole({"FileHeader": header, "DocInfo": packed(define or shapes()), f"{storage}/Section0": packed(section),
                **{name.replace("_", "/"): data for name, data in more.items()}})


def packed(data: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(data) + packing.flush()


def record(tag: int, level: int, content: bytes) -> bytes:
    head = tag | level << 10
    if len(content) < 0xFFF:
        return struct.pack("<I", head | len(content) << 20) + content
    return struct.pack("<II", head | 0xFFF << 20, len(content)) + content


def shapes() -> bytes:
    """DocInfo: letters of 10 points and of 16 points, bold; paragraphs justified and centered."""
    letters = [bytes(42) + struct.pack("<iI", size, bold << 1) for size, bold in ((1000, 0), (1600, 1))]
    paragraphs = [struct.pack("<I", align << 2) + bytes(50) for align in (0, 3)]
    return b"".join([record(21, 0, content) for content in letters] + [record(25, 0, content) for content in paragraphs])


def control(name: str, code: int) -> bytes:
    """The place of a control in a paragraph's text."""
    return struct.pack("<H", code) + name[::-1].encode() + bytes(8) + struct.pack("<H", code)


def paragraph(level: int, *parts: str | bytes, inside: bytes = b"", top: int | None = None, letters: int = 0, shape: int = 0,
              page_break: bool = False) -> bytes:
    """A paragraph: words and controls, the records of the controls, and where its line stands on the page."""
    text = b"".join(part if isinstance(part, bytes) else part.encode("utf-16-le") for part in (*parts, "\r"))
    lines = b"" if top is None else record(69, level + 1, struct.pack("<ii", 0, top) + bytes(LINE - 8))
    return (record(66, level, struct.pack("<IIHBB", len(text) // 2, 0, shape, 0, 4 * page_break) + bytes(10))
            + record(67, level + 1, text) + record(68, level + 1, struct.pack("<II", 0, letters)) + lines + inside)


def listing(level: int, *paragraphs: bytes, extra: bytes = b"") -> bytes:
    return record(72, level, struct.pack("<HHI", len(paragraphs), 0, 0) + extra) + b"".join(paragraphs)


def held(name: str, *paragraphs: bytes, level: int = 1, before: bytes = b"") -> bytes:
    """A control with a list of paragraphs, which stand on `level` + 1: a note, a running head, a text box."""
    return record(71, level, name[::-1].encode() + bytes(40)) + before + listing(level + 1, *paragraphs)


def cell(row: int, column: int, *paragraphs: bytes, rowspan: int = 1, colspan: int = 1, level: int = 2) -> bytes:
    return listing(level, *paragraphs, extra=struct.pack("<4H", column, row, colspan, rowspan) + bytes(18))


def table(*cells: bytes, caption: bytes = b"", level: int = 1) -> bytes:
    look = struct.pack("<IiiII", 1, 0, 0, 40000, 5000) + bytes(20)
    return (record(71, level, b" lbt" + look) + (listing(level + 1, caption) if caption else b"")
            + record(77, level + 1, bytes(22)) + b"".join(cells))
