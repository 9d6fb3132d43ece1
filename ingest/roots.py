"""The folders and files that an index is built from, and the reports found in them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ingest import readers
from ingest.decode import nfc
from ingest.writer import Writer
from rag import store
from rag.errors import FolderMissing, WrongUsage

FILES, UPLOADED = "files", "올린 파일"  # the uploads: their folder within the index, and how people see it


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

    def files(self, below: str = "") -> dict[str, Path]:
        """The reports of this root by relative NFC path; `below` keeps those at or under that path only.

        Raises FolderMissing where a folder cannot be opened: what lies in it is not gone.
        """
        if self.kind == "file":
            return {nfc(self.path.name): self.path} if self.path.is_file() else {}
        start = self.path / below
        if start.is_file():
            return {nfc(below): start}
        return {relative_to(file, self.path): file for file in _walk(start)} if start.is_dir() else {}


def roots(writer: Writer) -> list[Root]:
    return [Root(number, name, writer.folder.resolve() / path, kind)
            for number, name, path, kind in writer.db.execute("SELECT id, name, path, kind FROM roots ORDER BY id")]


def uploads(writer: Writer) -> Root:
    """The root of what people upload, made where there is none: a folder of the index, which may be moved with it."""
    known = roots(writer)
    if not any(root.kind == "upload" for root in known):
        writer.db.execute("INSERT INTO roots(name, path, kind) VALUES (?, ?, 'upload')",
                          (_unused(UPLOADED, {root.name for root in known}), FILES))
    (writer.folder / FILES).mkdir(exist_ok=True)
    return next(root for root in roots(writer) if root.kind == "upload")


def outermost(paths: Iterable[Path]) -> list[Path]:
    """The paths, resolved, without those that lie inside another."""
    resolved = list(dict.fromkeys(path.resolve() for path in paths))
    return [path for path in resolved if not any(other in path.parents for other in resolved)]


def check(paths: list[Path]) -> None:
    """Raises FolderMissing for a path that is not there, WrongUsage for a file of a kind that is not read."""
    for path in paths:
        if not path.exists():
            raise FolderMissing(f"폴더나 파일이 없습니다: {path}. 경로를 확인하고(드라이브가 연결되었는지도) 다시 실행하세요. "
                                "색인에 있던 것을 정말 지웠으면: python -m ingest --prune")
        if path.is_file() and not readers.readable(path):
            kinds = ", ".join(sorted(readers.SUFFIXES))
            raise WrongUsage(f"읽을 수 없는 종류의 파일입니다: {path}. 읽는 종류: {kinds}")


def root_of(writer: Writer, path: Path) -> tuple[Root, str]:
    """The root that a path belongs to, made where there is none, and the part below it that is meant, as on the disk."""
    known = roots(writer)
    for root in known:
        if root.path == path:
            return root, ""
        if root.kind == "folder" and path.is_relative_to(root.path):
            return root, path.relative_to(root.path).as_posix()
    return _new(writer, path, known), ""


def _new(writer: Writer, path: Path, known: list[Root]) -> Root:
    """A new root; roots inside it become part of it, and their reports are not read or embedded again."""
    kind = "folder" if path.is_dir() else "file"
    inside = [root for root in known if kind == "folder" and root.kind != "upload" and root.path.is_relative_to(path)]
    name = _unused(nfc(path.name or str(path)), {root.name for root in known if root not in inside})
    with store.transaction(writer.db):
        row = writer.db.execute("INSERT INTO roots(name, path, kind) VALUES (?, ?, ?)",
                                (f"{name}\n", str(path), kind)).lastrowid
        assert row is not None
        new = Root(row, name, path, kind)
        for root in inside:
            below = relative_to(root.path if root.kind == "folder" else root.path.parent, path)
            for report, relative in writer.db.execute("SELECT id, path FROM reports WHERE root = ?", (root.id,)).fetchall():
                moved = f"{below}/{relative}" if below else relative
                writer.db.execute("UPDATE reports SET root = ?, path = ?, source = ? WHERE id = ?",
                                  (row, moved, new.source(moved), report))
            writer.db.execute("DELETE FROM failures WHERE root = ?", (root.id,))
            writer.db.execute("DELETE FROM roots WHERE id = ?", (root.id,))
        writer.db.execute("UPDATE roots SET name = ? WHERE id = ?", (name, row))
    return new


def _unused(name: str, taken: set[str]) -> str:
    """A name that no other root has."""
    return next(new for n in count(1) if (new := f"{name}({n})" if n > 1 else name) not in taken)


def forget_vanished(writer: Writer) -> None:
    """Drop the roots that are gone and of which nothing is left in the index."""
    for root in roots(writer):
        if not root.path.exists() and not writer.db.execute("SELECT 1 FROM reports WHERE root = ?", (root.id,)).fetchone():
            writer.db.execute("DELETE FROM failures WHERE root = ?", (root.id,))
            writer.db.execute("DELETE FROM roots WHERE id = ?", (root.id,))


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise FolderMissing(f"폴더를 열 수 없습니다: {error.filename} ({error.strerror}). 권한을 확인하고 다시 실행하세요.")

    for here, folders, names in os.walk(folder, onerror=refuse):
        if store.FILE in names:  # an index, with the uploads that it keeps, is no folder of reports
            folders[:] = names = []
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(here) / name
            if readers.readable(file) and file.is_file():
                yield file


def relative_to(file: Path, folder: Path) -> str:
    """The NFC path of a file below a folder, "" for the folder itself."""
    relative = nfc(file.relative_to(folder).as_posix())
    return "" if relative == "." else relative
