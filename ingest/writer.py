"""Writing an index: one writer at a time stages reports in the library and publishes whole generations.

A process may be killed at any instant: what it had staged belongs to a generation that never became live, and is
cleared away by the next writer.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from ingest import chunk
from rag import caches, morphemes, store
from rag.documents import Report
from rag.embeddings import Embedder
from rag.errors import IndexBusy, IndexDamaged
from rag.index import generation, leased

CHUNKER = f"{chunk.VERSION} {morphemes.VERSION}"
Progress = Callable[[str, int, int], None]  # step, done, of


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
        except Timeout as error:
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
        chunks = [(staged, passage) for staged in reports for passage in chunk.chunk(staged.report)]
        keys = self._embed([embedded(staged.report, passage) for staged, passage in chunks])
        analysed = list(zip(chunks, keys, analyse(chunks), strict=True))
        with store.transaction(self.db):
            for staged in reports:
                self.remove(staged.root, staged.path)
                self.db.execute("DELETE FROM failures WHERE root = ? AND path = ?", (staged.root, staged.path))
                report = staged.report
                row = self.db.execute(
                    "INSERT INTO reports(root, path, source, hash, title, note, unread, blocks, added, born) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (staged.root, staged.path, staged.source, staged.content, report.title, report.note,
                     json.dumps(report.unread, ensure_ascii=False), store.pack(report.blocks),
                     staged.added or datetime.now().isoformat(timespec="seconds"), self.live + 1)).lastrowid
                own = [(p, key, analysis) for (one, p), key, analysis in analysed if one is staged]
                self.db.executemany(
                    "INSERT INTO passages(report, number, start, stop, page, place, heading, text, sentences, topic, "
                    "terms, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [(row, n, p.start, p.end, p.page, p.place, p.heading, p.text, *analysis, key)
                     for n, (p, key, analysis) in enumerate(own)])

    def _embed(self, texts: Sequence[str]) -> list[bytes]:
        """The keys of the texts' vectors; what has no vector yet is embedded, so that what was seen before costs
        nothing."""
        keys = [hashlib.sha256(f"{self.embedder.name}\0{text}".encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True)
               if not self.db.execute("SELECT 1 FROM vectors WHERE key = ?", (key,)).fetchone()}
        if new:
            vectors = np.asarray(self.embedder.embed_documents(list(new.values())), dtype=np.float32)
            with store.transaction(self.db):
                self.db.executemany("INSERT INTO vectors VALUES (?, ?)",
                                    [(key, vector.tobytes()) for key, vector in zip(new, vectors, strict=True)])
        return keys

    def remove(self, root: int, path: str) -> bool:
        """Stage that the live version of a path leaves the index; whether there was one."""
        staged = self.db.execute("DELETE FROM reports WHERE root = ? AND path = ? AND born > ?",
                                 (root, path, self.live)).rowcount
        died = self.db.execute("UPDATE reports SET died = ? WHERE root = ? AND path = ? AND died IS NULL",
                               (self.live + 1, root, path)).rowcount
        return bool(staged or died)

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
        deleted = [row for row, in self.db.execute(
            "SELECT p.id FROM passages p JOIN reports r ON r.id = p.report WHERE r.died = ? AND r.born <= ?", (new, old))]
        before, after = store.count_passages(self.db, old), store.count_passages(self.db, new)
        dropped = int(store.meta(self.db, "dropped") or 0) + len(deleted)  # since the caches were last rebuilt
        # a third deleted: what is left is rebuilt, which also frees the space of what went
        anew = anew or not before or dropped * 3 > before
        if after and not anew:
            try:
                self._build(new, after, old, deleted)
            except IndexDamaged:
                anew = True
        if after and anew:
            try:
                self._build(new, after)
            except IndexDamaged as error:  # then it is the library
                raise store.damaged(self.folder, error) from error
        with store.transaction(self.db):
            for key, value in (("live", str(new)), ("embedder", self.embedder.name), ("chunker", CHUNKER),
                               ("dropped", "0" if anew else str(dropped))):
                self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        self._clear_old()

    def _build(self, new: int, passages: int, old: int | None = None, deleted: Sequence[int] = ()) -> None:
        """Write the caches of generation `new`, from those of `old` or from the library alone."""
        folder = generation(self.folder, new)
        born = 0 if old is None else old + 1
        caches.begin(folder, None if old is None else generation(self.folder, old), lexical=not deleted)
        caches.write_dense(folder, deleted, self._shown(self._rows("v.vector", new, born), new, born))
        caches.write_lexical(folder, ((row, report, json.loads(terms)) for row, report, terms in
                                      self._rows("p.terms", new, 0 if deleted else born)))
        caches.seal(folder)
        caches.Caches(folder, passages).close()  # what readers would refuse is never published

    def _rows(self, column: str, live: int, born: int) -> Iterator[tuple]:
        """(row, report, column) of the passages live in a generation, of reports born in `born` or later."""
        return self.db.execute(
            f"SELECT p.id, p.report, {column} FROM passages p JOIN reports r ON r.id = p.report "
            f"JOIN vectors v ON v.key = p.vector WHERE {store.LIVE} AND born >= :born ORDER BY p.id",
            {"live": live, "born": born})

    def _shown(self, rows: Iterator[tuple], live: int, born: int) -> Iterator[tuple]:
        total = self.db.execute(f"SELECT count(*) FROM passages WHERE report IN (SELECT id FROM reports WHERE {store.LIVE}"
                                " AND born >= :born)", {"live": live, "born": born}).fetchone()[0]
        for done, row in enumerate(rows, 1):
            yield row
            self.progress("색인", done, total)

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
                self.db.execute("DELETE FROM vectors WHERE key NOT IN (SELECT vector FROM passages)")
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- keeping the index in order

    def refresh(self) -> int:
        """Index again, from the library alone, what another chunker or embedder made; returns how many reports."""
        same = store.meta(self.db, "embedder") == self.embedder.name and store.meta(self.db, "chunker") == CHUNKER
        if same or not self.live:
            return 0
        rows = self.db.execute("SELECT id, root, path, source, hash, added FROM reports WHERE died IS NULL").fetchall()
        for done, (row, root, path, source, content, added) in enumerate(rows, 1):
            self.add([Staged(root, path, source, content, store.load_report(self.db, row), added)])
            self.progress("다시 색인", done, len(rows))
        self.publish()
        return len(rows)

    def repair(self) -> bool:
        """Rebuild the caches where their files are damaged; whether that was needed. Neither Chroma nor Kiwi is loaded
        to find out."""
        if not store.count_passages(self.db, self.live):
            return False
        try:
            caches.check(generation(self.folder, self.live))
            return False
        except IndexDamaged:
            self.publish(anew=True)
            return True


def embedded(report: Report, passage: chunk.Chunk) -> str:
    """The text whose vector stands for a passage: its title and headings beside it."""
    return f"{report.title}\n{passage.heading}\n{passage.text}"


def analyse(chunks: Sequence[tuple[Staged, chunk.Chunk]]) -> Iterator[tuple[str, str, str]]:
    """(sentences, topic, terms) of each passage as the library keeps them, with morphemes."""
    texts = [p.text[start:end] for _, p in chunks for start, end, *_ in p.sentences]
    words = iter(morphemes.morphemes(texts))
    heads = morphemes.morphemes([f"{staged.report.title}\n{p.heading}" for staged, p in chunks])
    for (_, p), head in zip(chunks, heads, strict=True):
        sentences = [(start, end, kind, level, " ".join(next(words))) for start, end, kind, level in p.sentences]
        terms = {"body": " ".join(s[4] for s in sentences), "heading": " ".join(head),
                 "pairs": " ".join(morphemes.bigrams(p.text))}
        yield json.dumps(sentences, ensure_ascii=False), terms["heading"], json.dumps(terms, ensure_ascii=False)
