"""Reading an index: a snapshot is one published generation, held open while questions use it.

Readers are never disturbed: a lease (a locked file) keeps the generation's folder and rows until the last reader has
let go of it, and a newer generation is picked up with the next question.
"""

import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from filelock import FileLock, Timeout

from rag import store
from rag.caches import Caches, check
from rag.documents import Passage
from rag.errors import IndexDamaged, UnknownSource


def generation(folder: Path, number: int) -> Path:
    return folder / f"gen-{number}"


@dataclass
class Snapshot:
    """One whole version of the index."""

    number: int
    db: Connection
    caches: Caches | None  # None while nothing is indexed
    passages: int
    lease: FileLock
    users: int = 0
    _unread: tuple[int, int] | None = None

    def load(self, rows: Iterable[int]) -> dict[int, Passage]:
        return store.load_passages(self.db, rows)

    def reports(self, sources: Iterable[str]) -> list[int]:
        """Row numbers of the reports named. Raises UnknownSource."""
        rows = []
        for name in sources:
            found = store.find_source(self.db, self.number, name)
            if not found:
                raise UnknownSource(f"색인에 그런 보고서가 없습니다: {name}. 목록 보기: python -m ingest --status")
            rows += [row for row, _ in found]
        return rows

    def titles(self, sources: Sequence[str] = ()) -> list[tuple[str, str]]:
        """(source, title) of the reports, or of those named. Raises UnknownSource."""
        chosen = set(self.reports(sources)) if sources else None
        return [(source, title) for row, source, title in self.db.execute(
            f"SELECT id, source, title FROM reports WHERE {store.LIVE} ORDER BY source", {"live": self.number})
            if chosen is None or row in chosen]

    def passages_of(self, source: str) -> list[Passage]:
        """All passages of a report, in order."""
        rows = [row for row, in self.db.execute("SELECT p.id FROM passages p JOIN reports r ON r.id = p.report WHERE "
                                                f"source = :source AND {store.LIVE} ORDER BY p.number",
                                                {"source": source, "live": self.number})]
        loaded = self.load(rows)
        return [loaded[row] for row in rows]

    def section_of(self, passage: Passage, opening: int) -> list[Passage]:
        """The passages that stand under the same headings as one, the one before it, and the first ones of its report."""
        before = int(passage.id.rpartition("-")[2]) - 1
        return list(self.load(row for row, in self.db.execute(
            "SELECT p.id FROM passages p JOIN reports r ON r.id = p.report WHERE source = :source AND (p.number < :opening OR p.number = :before "
            f"OR p.heading = :heading) AND {store.LIVE}",
            {"source": passage.source, "opening": opening, "before": before, "heading": passage.heading, "live": self.number})).values())

    def unread(self) -> int:
        """How many files could not be read, wholly or in part; counted again only when the library was written to."""
        version = self.db.execute("PRAGMA data_version").fetchone()[0]
        if self._unread is None or self._unread[0] != version:
            self._unread = version, self._count_unread()
        return self._unread[1]

    def _count_unread(self) -> int:
        return self.db.execute(f"SELECT (SELECT count(*) FROM failures) + (SELECT count(*) FROM reports WHERE {store.LIVE} "
                               "AND unread != '[]')", {"live": self.number}).fetchone()[0]

    def close(self) -> None:
        if self.caches:
            self.caches.close()
        self.db.close()
        self.lease.release()
        Path(self.lease.lock_file).unlink(missing_ok=True)


class Index:
    """The index in a folder, for reading; one object serves all threads of a process.

    Raises IndexMissing or IndexDamaged when it is first used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._current: Snapshot | None = None

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The newest published generation; it stays whole until the block ends."""
        with store.sound(self.folder), self._lock:
            current = self._current
            if current is None or store.live_generation(current.db) != current.number:
                self._current, old = open_snapshot(self.folder), current
                if old is not None and not old.users:
                    old.close()
                current = self._current
            current.users += 1
        try:
            with store.sound(self.folder):
                yield current
        finally:
            with self._lock:
                current.users -= 1
                if current is not self._current and not current.users:
                    current.close()

    def check(self) -> None:
        """Hold all files of the live generation, and the library, against what was written there. Raises IndexDamaged."""
        with self.snapshot() as snapshot:
            store.check(snapshot.db, self.folder)
            if snapshot.caches:
                with _mendable(self.folder):
                    check(generation(self.folder, snapshot.number))

    def close(self) -> None:
        with self._lock:
            if self._current is not None and not self._current.users:
                self._current.close()
            self._current = None


@contextmanager
def _mendable(folder: Path) -> Iterator[None]:
    """Within it, IndexDamaged is of the caches, and says what rebuilds them."""
    try:
        yield
    except IndexDamaged as error:
        raise IndexDamaged(f"색인이 손상되었습니다({error}). 고치세요: python -m ingest --index {folder}") from error


def open_snapshot(folder: Path) -> Snapshot:
    """Lease and open the live generation."""
    db = store.connect(folder)
    try:
        with store.sound(folder):
            while True:
                number = store.live_generation(db)
                lease = take_lease(folder, number)
                if store.live_generation(db) == number:
                    break
                lease.release()
            try:
                passages = store.count_passages(db, number)
                with _mendable(folder):
                    caches = Caches(generation(folder, number), passages) if passages else None
            except BaseException:
                lease.release()
                raise
    except BaseException:
        db.close()
        raise
    return Snapshot(number, db, caches, passages, lease)


def take_lease(folder: Path, number: int) -> FileLock:
    """A locked file of our own that says: generation `number` is being read. The system drops it if we die."""
    leases = folder / "leases"
    leases.mkdir(exist_ok=True)
    lease = FileLock(leases / f"{number}-{uuid.uuid4().hex}", thread_local=False)
    lease.acquire()
    return lease


def leased(folder: Path) -> set[int]:
    """Generations that someone reads; leases of readers that died are cleared away."""
    numbers = set()
    for file in (folder / "leases").glob("[0-9]*-*"):
        lock = FileLock(file, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            numbers.add(int(file.name.partition("-")[0]))
        else:
            lock.release()
            file.unlink(missing_ok=True)
    return numbers


__all__ = ["Index", "IndexDamaged", "Snapshot", "generation", "leased", "open_snapshot"]
