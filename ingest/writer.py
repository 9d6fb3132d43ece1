"""Writing an index: one writer at a time stages reports in the library and publishes whole generations.

A process may be killed at any instant: what it had staged belongs to a generation that never became live, and is
cleared away by the next writer.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from ingest import build
from ingest.analysis import CHUNKER, Analysed, ahead, analyse
from ingest.chunk import Chunk
from rag import caches, store
from rag.documents import Report
from rag.embeddings import Embedder
from rag.errors import IndexBusy, IndexDamaged
from rag.index import generation, leased

MANY, EMBEDDED = 500, 64  # values in one SQL statement, texts that are embedded between two signs of life
Progress = Callable[[str, int, int], None]  # step, done, of
Embedded = tuple[str, list[tuple[int, int]]]


def quiet(step: str, done: int, of: int) -> None:
    """The Progress that shows nothing."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A report on its way into the index: the row of its root, its path there, its name, its content hash."""

    root: int
    path: str
    source: str
    content: str
    report: Report
    passages: Sequence[Analysed]
    added: str = ""  # the time it first came in; empty: now


class Writer:
    """The right to change the index in `folder`, as a context manager.

    Raises IndexBusy where another process keeps that right for longer than `wait` seconds.
    """

    def __init__(self, folder: Path, embedder: Embedder, progress: Progress = quiet, wait: float = 10) -> None:
        self.folder, self.embedder, self.progress = folder, embedder, progress
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / "writer.lock", timeout=wait, thread_local=False)

    def __enter__(self) -> "Writer":
        try:
            self._lock.acquire()
            with FileLock(self.folder / build.LOCK, timeout=self._lock.timeout):
                pass  # what a killed writer had build its caches is gone
        except Timeout as error:
            self._lock.release()
            raise IndexBusy(f"다른 프로그램이 이 색인을 고치고 있습니다: {self.folder}. 끝난 뒤 같은 명령을 다시 실행하세요.") from error
        try:
            with store.sound(self.folder):
                self.db = store.connect(self.folder, create=True)
                self._clear_unfinished()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.db.close()
        self._lock.release()
        if error is not None:
            with store.sound(self.folder):
                raise error

    @property
    def live(self) -> int:
        return store.live_generation(self.db)

    def _clear_unfinished(self) -> None:
        with store.transaction(self.db):
            live = {"live": self.live}
            self.db.execute("DELETE FROM reports WHERE born > :live", live)
            self.db.execute("UPDATE reports SET died = NULL WHERE died > :live", live)
        self._clear_old()

    # --- staging

    def add(self, reports: Sequence[Staged]) -> None:
        """Stage reports in place of the live versions of the same paths; many at once cost less than one by one."""
        vectors = iter(self._embed([embedded(staged.report, p.chunk) for staged in reports for p in staged.passages]))
        live, paths = self.live, [(staged.root, staged.path) for staged in reports]
        with store.transaction(self.db):
            self._remove(live, paths)
            self.db.executemany("DELETE FROM failures WHERE root = ? AND path = ?", paths)
            for staged in reports:
                report = staged.report
                row = self.db.execute(
                    "INSERT INTO reports(root, path, source, hash, title, note, unread, blocks, added, born) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (staged.root, staged.path, staged.source, staged.content, report.title, report.note,
                     json.dumps(report.unread, ensure_ascii=False), store.pack(report.blocks),
                     staged.added or datetime.now().isoformat(timespec="seconds"), live + 1)).lastrowid
                self.db.executemany(
                    "INSERT INTO passages(report, number, start, stop, page, place, heading, text, sentences, topic, "
                    "vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [(row, n, p.chunk.start, p.chunk.end, p.chunk.page, p.chunk.place, p.chunk.heading, p.chunk.text,
                      p.sentences, p.topic, next(vectors)) for n, p in enumerate(staged.passages)])

    def _embed(self, texts: Sequence[Embedded]) -> list[int]:
        """The rows of the texts' vectors; what has no vector yet is embedded, so that what was seen before costs
        nothing."""
        keys = [hashlib.sha256(f"{self.embedder.name}\0{text}\0{spans}".encode()).digest() for text, spans in texts]
        rows: dict[bytes, int] = {}
        for start in range(0, len(keys), MANY):
            some = keys[start:start + MANY]
            rows.update(self.db.execute(f"SELECT key, id FROM vectors WHERE key IN ({','.join('?' * len(some))})", some))
        new = list({key: text for key, text in zip(keys, texts, strict=True) if key not in rows}.items())
        for start in range(0, len(new), EMBEDDED):  # what is done when the process is killed stays done
            given = dict(new[start:start + EMBEDDED])
            vectors = self.embedder.embed_with_parts(*zip(*given.values(), strict=True))
            with store.transaction(self.db):
                first = self.db.execute("SELECT coalesce(max(id), 0) + 1 FROM vectors").fetchone()[0]
                self.db.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?)",
                                    [(first + n, key, whole.tobytes(), store.small(parts))
                                     for n, (key, (whole, parts)) in enumerate(zip(given, vectors, strict=True))])
            rows.update(zip(given, range(first, first + len(given)), strict=True))
            if len(new) > MANY:
                self.progress("뜻 벡터", start + len(given), len(new))
        return [rows[key] for key in keys]

    def remove(self, root: int, path: str) -> bool:
        """Stage that the live version of a path leaves the index; whether there was one."""
        return self._remove(self.live, [(root, path)]) > 0

    def _remove(self, live: int, paths: Sequence[tuple[int, str]]) -> int:
        staged = self.db.executemany("DELETE FROM reports WHERE root = ? AND path = ? AND born > ?",
                                     [(*path, live) for path in paths]).rowcount
        died = self.db.executemany("UPDATE reports SET died = ? WHERE root = ? AND path = ? AND died IS NULL",
                                   [(live + 1, *path) for path in paths]).rowcount
        return staged + died

    def fail(self, root: int, path: str, content: str, reason: str) -> None:
        """Remember that a file could not be read, and why."""
        with store.transaction(self.db):
            self.db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", (root, path, content, reason))

    # --- publishing

    def staged(self) -> bool:
        """Whether anything waits to be published."""
        return bool(self.db.execute("SELECT 1 FROM reports WHERE born > :live OR died > :live LIMIT 1",
                                    {"live": self.live}).fetchone())

    def publish(self, *, anew: bool = False) -> None:
        """Make what is staged live, in one step. `anew` rebuilds the caches from the library alone."""
        old, new = self.live, self.live + 1
        deleted = build.deaths(self.db, new, old)
        before, after = store.count_passages(self.db, old), store.count_passages(self.db, new)
        dropped = int(store.meta(self.db, "dropped") or 0) + len(deleted)  # since the caches were last rebuilt
        # a third deleted: what is left is rebuilt, which also frees the space of what went
        anew = anew or not before or dropped * 3 > before
        shown = partial(self.progress, "색인")
        if after and not anew:
            try:
                build.build(self.db, self.folder, new, old, shown)
            except IndexDamaged:
                anew = True
        if after and anew:
            try:
                build.build(self.db, self.folder, new, None, shown)
            except IndexDamaged as error:  # then it is the library
                raise store.damaged(self.folder, error) from error
        with store.transaction(self.db):
            for key, value in (("live", str(new)), ("embedder", self.embedder.name), ("chunker", CHUNKER),
                               ("dropped", "0" if anew else str(dropped))):
                self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        self._clear_old()

    def _clear_old(self) -> None:
        """Delete generations and rows that no reader holds any more, text and all."""
        live, kept = self.live, leased(self.folder)
        for folder in self.folder.glob("gen-*"):
            number = folder.name.partition("-")[2]
            if not number.isdigit() or int(number) > live or (int(number) < live and int(number) not in kept):
                shutil.rmtree(folder, ignore_errors=True)
        oldest = min((number for number in kept if number <= live), default=live)
        with store.transaction(self.db):
            gone = self.db.execute("DELETE FROM reports WHERE died <= ?", (oldest,)).rowcount
            if gone:
                self.db.execute("DELETE FROM vectors WHERE id NOT IN (SELECT vector FROM passages)")
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- keeping the index in order

    def refresh(self) -> int:
        """Index again, from the library alone, what another chunker or embedder made; returns how many reports."""
        same = store.meta(self.db, "embedder") == self.embedder.name and store.meta(self.db, "chunker") == CHUNKER
        if same or not self.live:
            return 0
        rows = self.db.execute("SELECT id, root, path, source, hash, added FROM reports WHERE died IS NULL").fetchall()
        for done, staged in enumerate(ahead(self._again(rows), 2), 1):
            self.add([staged])
            self.progress("다시 색인", done, len(rows))
        self.publish()
        return len(rows)

    def _again(self, rows: Sequence[tuple]) -> Generator[Staged, None, None]:
        for row, root, path, source, content, added in rows:
            report = store.load_report(self.db, row)
            yield Staged(root, path, source, content, report, analyse([report])[0], added)

    def repair(self) -> bool:
        """Rebuild the caches where their files are damaged; whether that was needed. Neither Chroma nor Kiwi is loaded
        to find out."""
        try:
            if store.count_passages(self.db, self.live):
                caches.check(generation(self.folder, self.live))
            return False
        except IndexDamaged:
            self.publish(anew=True)
            return True


def embedded(report: Report, passage: Chunk) -> Embedded:
    """The text whose vector stands for a passage, its title and headings beside it, and where its sentences stand in it."""
    before = f"{report.title}\n{passage.heading}\n"
    return before + passage.text, [(start + len(before), end + len(before)) for start, end, *_ in passage.sentences]
