"""Files that people give to the page: kept in a folder of the index, a root that no folder's run touches.

A file of the same name takes the place of the one before. One that is of no kind we read is refused and not kept; one
that turns out to be unreadable is kept, listed with its reason, until it is read again, replaced or removed.
"""

import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from ingest import readers
from ingest.decode import nfc
from ingest.roots import uploads
from ingest.sync import Job, Tally, read
from ingest.writer import Progress, Writer, quiet
from rag.embeddings import load_embedder
from rag.settings import Settings

NAME_BYTES = 200  # of a file's name in UTF-8; file systems take 255
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)  # names that Windows keeps to itself


def upload(settings: Settings, files: Sequence[tuple[str, Path]], progress: Progress = quiet) -> Tally:
    """Copy files, each as (name as people see it, where it lies now), into the index and read just these.

    Raises IndexBusy where another process keeps writing; one file that cannot be taken stops nothing.
    """
    with Writer(settings.index, load_embedder(settings.embedder), progress) as writer:
        root, tally = uploads(writer), Tally()
        known: dict[str, str] = dict(writer.db.execute("SELECT path, hash FROM failures WHERE root = ?", (root.id,)))
        live = dict(writer.db.execute("SELECT path, hash FROM reports WHERE root = ? AND died IS NULL", (root.id,)))
        known |= live
        written = {name.casefold(): name for name in known}  # a disk may not tell capitals apart
        new: dict[str, Path] = {}
        for done, (name, file) in enumerate(files):
            safe = safe_name(name)
            safe = written.setdefault(safe.casefold(), safe)
            progress(safe, done, len(files))
            reason = "같은 이름의 파일을 한꺼번에 올렸습니다. 이름을 바꾸어 다시 올리세요." if safe in new else _take(file, root.path / safe)
            if reason:
                tally.failed.append((root.source(safe), reason))
            else:
                new[safe] = root.path / safe
        # and what was copied when an earlier run was stopped
        new |= {name: file for name, file in root.files().items() if name not in known}
        read(writer, [Job(root, name, file, live.get(name)) for name, file in new.items()], tally)
        return tally


def safe_name(name: str) -> str:
    """A file's name as it is kept: NFC, without folders, unseen characters and what some system does not allow."""
    name = re.split(r"[/\\]", nfc(name))[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    stem = RESERVED.sub(r"_\1", stem.rstrip(" .")) or "보고서"
    return stem.encode()[:NAME_BYTES - len(f"{dot}{suffix[:10]}".encode())].decode(errors="ignore") + f"{dot}{suffix[:10]}"


def _take(file: Path, place: Path) -> str:
    """Copy a file to its place, whole or not at all; the reason why not, or ""."""
    if not readers.readable(place):
        return f"읽을 수 없는 종류의 파일입니다. 읽는 종류: {', '.join(sorted(readers.SUFFIXES - readers.OLD))}"
    part = place.with_name(".part")
    try:
        if file.stat().st_size > readers.LARGEST:
            return f"너무 큰 파일입니다(한도 {readers.LARGEST // 1_000_000}MB). 나누어 올리세요."
        shutil.copyfile(file, part)
        os.replace(part, place)
        return ""
    except OSError as error:
        part.unlink(missing_ok=True)
        return f"파일을 복사하지 못했습니다({error.strerror}). 디스크의 빈 자리를 확인하고 다시 올리세요."
