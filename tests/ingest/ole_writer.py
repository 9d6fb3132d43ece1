"""The smallest OLE compound files: empty streams with names, enough to tell what program wrote one."""

import struct

FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def ole(*names: str) -> bytes:
    """A compound file with an empty stream of each name at its root."""
    entries = [_entry("Root Entry", 5, NONE, 1)]
    entries += [_entry(name, 2, n + 1 if n < len(names) else NONE, NONE) for n, name in enumerate(names, 1)]
    entries += [bytes(128)] * (-len(entries) % 4)
    sectors = len(entries) // 4
    chain = [FAT, *range(2, sectors + 1), END]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack(
        "<5H6x8I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END) + struct.pack("<I", 0)
    return (header + struct.pack("<109I", 0, *[FREE] * 108) + struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
            + b"".join(entries))


def _entry(name: str, kind: int, right: int, child: int) -> bytes:
    encoded = name.encode("utf-16-le")
    return (encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, NONE, right, child)
            + bytes(36) + struct.pack("<IQ", END, 0))
