"""library.sqlite3, the truth of an index: roots, reports with their blocks, passages, vectors.

A report row is born in one generation and dies in another; it is live in generation N when born <= N < died. So a
reader that holds N sees one whole version of everything while a writer prepares N+1.
"""

import json
import sqlite3
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rag.documents import Block, Passage, Report, Sentence, passage_id
from rag.errors import IndexDamaged, IndexMissing

FILE = "library.sqlite3"
SCHEMA_VERSION = "4"
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE reports(
    id INTEGER PRIMARY KEY AUTOINCREMENT, root INTEGER NOT NULL REFERENCES roots(id), path TEXT NOT NULL,
    source TEXT NOT NULL, hash TEXT NOT NULL, title TEXT NOT NULL, note TEXT NOT NULL, unread TEXT NOT NULL,
    blocks BLOB NOT NULL, added TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER);
CREATE INDEX reports_by_path ON reports(root, path);
CREATE TABLE passages(
    id INTEGER PRIMARY KEY AUTOINCREMENT, report INTEGER NOT NULL REFERENCES reports(id) ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, page INTEGER, place TEXT NOT NULL,
    heading TEXT NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, topic TEXT NOT NULL,
    vector INTEGER NOT NULL);
CREATE INDEX passages_by_report ON passages(report);
CREATE TABLE vectors(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL, sentences BLOB NOT NULL);
CREATE TABLE failures(root INTEGER NOT NULL REFERENCES roots(id), path TEXT NOT NULL, hash TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY(root, path)) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', '4'), ('live', '0'), ('embedder', ''), ('chunker', '');
"""
LIVE = "born <= :live AND (died IS NULL OR died > :live)"


def connect(folder: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the library of an index folder; `create` makes it where there is none.

    Raises IndexMissing, or IndexDamaged where the file is not a library of this version.
    """
    file = folder / FILE
    missing = IndexMissing(f"색인이 없습니다: {folder}. 먼저 만드세요: python -m ingest 보고서-폴더 --index {folder}")
    if not create and not file.is_file():
        raise missing
    try:
        db = sqlite3.connect(file, timeout=30, check_same_thread=False, isolation_level=None)
        db.execute("PRAGMA foreign_keys=ON")
        if create:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA secure_delete=ON")
            db.execute("PRAGMA synchronous=NORMAL")  # sound after any kill; publishing makes it durable
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            if not create:  # who was to make it was stopped at once
                raise missing
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        if meta(db, "schema") == "3":
            _add_sentences(db)
        version = meta(db, "schema")
    except sqlite3.DatabaseError as error:
        raise damaged(folder, error) from error
    if version != SCHEMA_VERSION:
        raise damaged(folder, f"판 {version}, 필요한 판 {SCHEMA_VERSION}")
    return db


def _add_sentences(db: sqlite3.Connection) -> None:
    """Vectors of sentences came with version 4. An index without them is found by its other measures until it is made anew."""
    with transaction(db):
        if meta(db, "schema") == "3":  # nobody else has done so meanwhile
            db.execute("ALTER TABLE vectors ADD COLUMN sentences BLOB NOT NULL DEFAULT x''")
            db.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")


def damaged(folder: Path, why: object) -> IndexDamaged:
    return IndexDamaged(f"색인을 읽을 수 없습니다({folder / FILE}: {why}). "
                        f"다시 만드세요: python -m ingest 보고서-폴더 --rebuild --index {folder}")


def check(db: sqlite3.Connection, folder: Path) -> None:
    """Raises IndexDamaged where SQLite finds the library broken; reads all of it."""
    with sound(folder):
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise damaged(folder, found)


@contextmanager
def sound(folder: Path) -> Iterator[None]:
    """Within it, what SQLite finds broken in the library of a folder is IndexDamaged."""
    try:
        yield
    except (sqlite3.DatabaseError, zlib.error) as error:
        broken = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        if broken or isinstance(error, zlib.error) or "Could not decode" in str(error):
            raise damaged(folder, "database disk image is malformed") from error
        raise


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """The library of an index folder as it is now, until the block ends. Raises IndexMissing, IndexDamaged."""
    db = connect(folder)
    try:
        with sound(folder):
            db.execute("BEGIN")  # one version of everything, whatever a writer does meanwhile
            yield db
    finally:
        db.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # a full disk has ended it already
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def meta(db: sqlite3.Connection, key: str) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else ""


def live_generation(db: sqlite3.Connection) -> int:
    return int(meta(db, "live"))


def count_passages(db: sqlite3.Connection, live: int) -> int:
    return db.execute(f"SELECT count(*) FROM passages WHERE report IN (SELECT id FROM reports WHERE {LIVE})",
                      {"live": live}).fetchone()[0]


def load_passages(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, Passage]:
    """The passages with these row numbers, by row number."""
    rows = db.execute(
        "SELECT p.id, r.source, r.hash, p.number, r.title, p.page, p.place, p.heading, p.text, p.start, p.stop, "
        "p.sentences, p.topic, r.note, coalesce(v.sentences, x'') FROM passages p JOIN reports r ON r.id = p.report "
        "LEFT JOIN vectors v ON v.id = p.vector "
        f"WHERE p.id IN ({','.join(str(int(n)) for n in numbers)})")
    found = {}
    for row, source, content, number, title, page, place, heading, text, start, stop, sentences, topic, note, vectors in rows:
        told = json.loads(sentences)
        width = len(vectors) // (len(told) or 1)
        found[row] = Passage(
            passage_id(source, content, number), source, title, page, place, heading, text, start, stop,
            tuple(Sentence(a, b, kind, level, tuple(words.split()), vectors[n * width:(n + 1) * width])
                  for n, (a, b, kind, level, words) in enumerate(told)),
            tuple(topic.split()), note)
    return found


def find_source(db: sqlite3.Connection, live: int, name: str) -> list[tuple[int, str]]:
    """(row number, source) of the live reports that a user means by `name`: the whole source, a path or a file name."""
    name = unicodedata.normalize("NFC", name)
    rows = db.execute(f"SELECT id, source, path FROM reports WHERE {LIVE} ORDER BY source", {"live": live}).fetchall()
    for test in (lambda source, path: source == name, lambda source, path: path == name,
                 lambda source, path: Path(path).name == name, lambda source, path: Path(path).stem == name):
        found = [(row, source) for row, source, path in rows if test(source, path)]
        if found:
            return found
    return []


def small(vectors: np.ndarray) -> bytes:
    """Vectors as int8, each by a scale of its own, as their direction alone counts."""
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-12)
    return np.round(127 * vectors / largest).astype(np.int8).tobytes()


def pack(blocks: tuple[Block, ...]) -> bytes:
    rows = [(b.kind, b.text, b.level, b.page, b.place) for b in blocks]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), level=1)


def load_report(db: sqlite3.Connection, row: int) -> Report:
    title, note, unread, blocks = db.execute("SELECT title, note, unread, blocks FROM reports WHERE id = ?",
                                             (row,)).fetchone()
    return Report(title, tuple(Block(*values) for values in json.loads(zlib.decompress(blocks))), note,
                  tuple(json.loads(unread)))
