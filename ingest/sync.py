"""Making the index equal to folders: what is new, changed or gone, told by content hash and never by time stamp."""

import hashlib
import os
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest import readers
from ingest.writer import Writer
from rag import store
from rag.errors import FolderMissing, UnreadableFile, WrongUsage

PUBLISH_EVERY = 60.0  # seconds between publications within a long run


@dataclass
class Tally:
    """What a run did: numbers of reports, and (source, reason) of those that failed."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def line(self) -> str:
        return (f"추가 {self.added} · 변경 {self.changed} · 삭제 {self.removed} · 그대로 {self.unchanged} · "
                f"실패 {len(self.failed)}")


@dataclass(frozen=True, slots=True)
class Root:
    """A folder, or a single file, that the index is built from."""

    id: int
    name: str
    path: Path
    kind: str  # folder | file | upload

    def source(self, relative: str) -> str:
        """The name by which people see a report of this root."""
        return self.name if self.kind == "file" else f"{self.name}/{relative}"


def roots(writer: Writer) -> list[Root]:
    return [Root(number, name, Path(path), kind)
            for number, name, path, kind in writer.db.execute("SELECT id, name, path, kind FROM roots ORDER BY id")]


def synchronise(writer: Writer, paths: Iterable[Path], *, prune: bool = False, anew: bool = False) -> Tally:
    """Bring the reports under `paths` (none: every root, uploads apart) into the index and publish them.

    `prune` allows that a folder which held reports is now empty; `anew` reads unchanged files again too. Raises
    FolderMissing for a path that is not there, before anything is changed; one unreadable file stops nothing.
    """
    tally = Tally()
    chosen = list(paths)
    if chosen:
        work = [_root_of(writer, path) for path in _checked(chosen)]
    else:
        work = [(root, "") for root in roots(writer) if root.kind != "upload"]
        _checked([root.path for root, _ in work])
    published = time.monotonic()
    found = [(root, below, _files(root, below)) for root, below in work]
    for root, below, files in found:
        known = _known(writer, root, below)
        if known and not files and root.kind == "folder" and not prune:
            raise FolderMissing(f"폴더가 비었습니다: {root.path}. 정말 다 지우려면: python -m ingest {root.path} --prune")
        for gone in known.keys() - files.keys():
            tally.removed += writer.remove(root.id, gone)
        writer.db.execute("DELETE FROM failures WHERE root = ? AND path NOT IN "
                          f"({','.join('?' * len(files))}) AND path LIKE ? || '%'", (root.id, *files, below))
        for done, (relative, file) in enumerate(sorted(files.items()), 1):
            _one(writer, root, relative, file, known.get(relative), tally, anew)
            writer.progress(root.source(relative), done, len(files))
            if time.monotonic() - published > PUBLISH_EVERY and writer.staged():
                writer.publish()
                published = time.monotonic()
    if writer.staged():
        writer.publish()
    return tally


def _one(writer: Writer, root: Root, relative: str, file: Path, known: str | None, tally: Tally, anew: bool) -> None:
    """Bring one file into the index, count it, or remember why it failed."""
    source, content = root.source(relative), ""
    try:
        data = file.read_bytes()
        content = hashlib.sha256(data).hexdigest()
        if content == known and not anew:
            tally.unchanged += 1
            writer.db.execute("DELETE FROM failures WHERE root = ? AND path = ?", (root.id, relative))
            return
        report = readers.read(data, file)
    except UnreadableFile as error:
        writer.remove(root.id, relative)  # what the file no longer says must not be cited
        writer.fail(root.id, relative, content, str(error))
        tally.failed.append((source, str(error)))
    except OSError as error:
        reason = f"파일을 열 수 없습니다({error.strerror}). 권한을 확인하거나 다른 프로그램에서 닫으세요."
        writer.fail(root.id, relative, content, reason)
        tally.failed.append((source, reason))
    else:
        writer.add(root.id, relative, source, content, report)
        if known is None:
            tally.added += 1
        elif content != known:
            tally.changed += 1
        else:
            tally.unchanged += 1


def _checked(paths: list[Path]) -> list[Path]:
    for path in paths:
        if not path.exists():
            raise FolderMissing(f"폴더나 파일이 없습니다: {path}. 경로를 확인하고(드라이브가 연결되었는지도) 다시 실행하세요.")
        if path.is_file() and not readers.readable(path):
            kinds = ", ".join(sorted(readers.SUFFIXES))
            raise WrongUsage(f"읽을 수 없는 종류의 파일입니다: {path}. 읽는 종류: {kinds}")
    return paths


def _root_of(writer: Writer, path: Path) -> tuple[Root, str]:
    """The root that a path belongs to, made where there is none, and the part below it that is meant."""
    path = path.resolve()
    known = roots(writer)
    for root in known:
        if root.kind == "folder" and path.is_relative_to(root.path):
            return root, _relative(path, root.path)
        if root.path == path:
            return root, ""
    kind = "folder" if path.is_dir() else "file"
    inside = [root for root in known if kind == "folder" and root.kind != "upload" and root.path.is_relative_to(path)]
    names = {root.name for root in known if root not in inside}
    name, number = _nfc(path.name or str(path)), 1
    while name in names:
        number += 1
        name = f"{_nfc(path.name)}({number})"
    with store.transaction(writer.db):
        row = writer.db.execute("INSERT INTO roots(name, path, kind) VALUES (?, ?, ?)",
                                (f"{name}\n", str(path), kind)).lastrowid
        assert row is not None
        new = Root(row, name, path, kind)
        for root in inside:  # becomes part of the new folder, and is not read or embedded again
            below = _relative(root.path if root.kind == "folder" else root.path.parent, path)
            for report, relative in writer.db.execute("SELECT id, path FROM reports WHERE root = ?", (root.id,)).fetchall():
                moved = f"{below}/{relative}" if below else relative
                writer.db.execute("UPDATE reports SET root = ?, path = ?, source = ? WHERE id = ?",
                                  (row, moved, new.source(moved), report))
            writer.db.execute("DELETE FROM failures WHERE root = ?", (root.id,))
            writer.db.execute("DELETE FROM roots WHERE id = ?", (root.id,))
        writer.db.execute("UPDATE roots SET name = ? WHERE id = ?", (name, row))
    return new, ""


def _files(root: Root, below: str) -> dict[str, Path]:
    """The reports of a root by relative NFC path; `below` keeps those at or under that path only."""
    if root.kind == "file":
        return {_nfc(root.path.name): root.path} if root.path.is_file() else {}
    start = root.path / below
    if start.is_file():
        return {below: start}
    return {_relative(file, root.path): file for file in _walk(start)}


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(here) / name
            if readers.readable(file) and file.is_file():
                yield file


def _known(writer: Writer, root: Root, below: str) -> dict[str, str]:
    """Content hash by path of what the index holds of a root, at or under `below`."""
    rows = writer.db.execute("SELECT path, hash FROM reports WHERE root = ? AND died IS NULL", (root.id,))
    return {path: content for path, content in rows
            if not below or path == below or path.startswith(f"{below}/")}


def _relative(file: Path, folder: Path) -> str:
    relative = _nfc(file.relative_to(folder).as_posix())
    return "" if relative == "." else relative


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def forget(writer: Writer, name: str) -> str:
    """Take the report that a user calls `name` out of the index; returns its source. Raises WrongUsage."""
    found = store.find_source(writer.db, writer.live, name)
    if len(found) != 1:
        what = f"같은 이름이 {len(found)}개입니다" if found else "색인에 그런 보고서가 없습니다"
        raise WrongUsage(f"{what}: {name}. 목록을 보고 전체 이름을 쓰세요: python -m ingest --status")
    row, source = found[0]
    root, path = writer.db.execute("SELECT root, path FROM reports WHERE id = ?", (row,)).fetchone()
    writer.remove(root, path)
    writer.publish()
    return source
