"""The caches of a new generation, written from the library.

Many passages are brought in by a process of its own (`python -m ingest.build`, frames as in ingest.worker): what Chroma
and tantivy take of memory goes with it, and they cannot bring the writer down. It ends with its writer: it starts to
write only when told to, holds a lock that the next writer waits for, and leaves at the end of its standard input.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import Connection

from filelock import FileLock

from ingest.worker import receive, send
from rag import caches, morphemes, store
from rag.errors import IndexDamaged
from rag.index import generation

APART = 5000  # passages from which on a process of its own is worth its start
LOCK = "build.lock"
Shown = Callable[[int, int], None]  # passages done, of


def build(db: Connection, index: Path, new: int, old: int | None, shown: Shown) -> None:
    """Write the caches of generation `new`, from those of `old` or from the library alone. Raises IndexDamaged."""
    born = 0 if old is None else old + 1
    to_add = db.execute(f"SELECT count(*) FROM passages WHERE report IN (SELECT id FROM reports WHERE {store.LIVE} "
                        "AND born >= :born)", {"live": new, "born": born}).fetchone()[0]
    if to_add < APART:
        write(db, index, new, old, lambda done: shown(done, to_add))
    else:
        _write_apart(index, new, old, lambda done: shown(done, to_add))


def write(db: Connection, index: Path, new: int, old: int | None, shown: Callable[[int], None]) -> None:
    """The same, in this process."""
    deleted = [] if old is None else deaths(db, new, old)
    folder, born = generation(index, new), 0 if old is None else old + 1
    caches.begin(folder, None if old is None else generation(index, old), lexical=not deleted)
    caches.write_dense(folder, deleted, _counted(_rows(db, "v.vector", new, born), shown))
    caches.write_lexical(folder, (
        (row, report, {"body": " ".join(sentence[-1] for sentence in json.loads(sentences)), "heading": topic,
                       "pairs": " ".join(morphemes.bigrams(text))})
        for row, report, sentences, topic, text in
        _rows(db, "p.sentences, p.topic, p.text", new, 0 if deleted else born)))
    caches.seal(folder)
    caches.Caches(folder, store.count_passages(db, new)).close()  # what readers would refuse is never published


def deaths(db: Connection, new: int, old: int) -> list[int]:
    """The passages of generation `old` that are gone in `new`."""
    return [row for row, in db.execute(
        "SELECT p.id FROM passages p JOIN reports r ON r.id = p.report WHERE r.died = ? AND r.born <= ?", (new, old))]


def _rows(db: Connection, columns: str, live: int, born: int) -> Iterator[tuple]:
    """(row, report, columns) of the passages live in a generation, of reports born in `born` or later."""
    return db.execute(
        f"SELECT p.id, p.report, {columns} FROM passages p JOIN reports r ON r.id = p.report "
        f"JOIN vectors v ON v.id = p.vector WHERE {store.LIVE} AND born >= :born ORDER BY p.id",
        {"live": live, "born": born})


def _counted(rows: Iterator[tuple], shown: Callable[[int], None]) -> Iterator[tuple]:
    for done, row in enumerate(rows, 1):
        yield row
        if done % 100 == 0:
            shown(done)


def _write_apart(index: Path, new: int, old: int | None, shown: Callable[[int], None]) -> None:
    """Let a process of its own write them; what it raises is raised here."""
    with subprocess.Popen([sys.executable, "-m", "ingest.build", str(index), str(new), str(old or 0)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as child:
        assert child.stdin and child.stdout
        try:
            while (frame := receive(child.stdout)) is not None:
                what, value = frame
                if what == "ready":
                    send(child.stdin, "go")
                elif what == "at":
                    shown(value)
                elif what == "raised":
                    raise value
                else:
                    return
        finally:
            child.kill()
    raise IndexDamaged(f"{generation(index, new)}: {child.returncode}")


def main() -> None:
    """The child: wait for the word, write, and tell how it went."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not reach the frames
    index, new, old = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with FileLock(index / LOCK):
        send(out, ("ready", None))
        if receive(sys.stdin.buffer) is None:
            return
        threading.Thread(target=_leave_with_writer, daemon=True).start()
        try:
            db = store.connect(index)
            write(db, index, new, old or None, lambda done: send(out, ("at", done)))
            send(out, ("done", None))
        except (IndexDamaged, OSError) as error:
            send(out, ("raised", error))


def _leave_with_writer() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
