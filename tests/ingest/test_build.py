"""Caches written by a process of its own: the same as written here, gone with its writer, and told when it fails."""

import subprocess
import sys
import time

import pytest
from filelock import FileLock

from ingest import build
from ingest.worker import receive, send
from ingest.writer import Writer
from rag import caches, store
from rag.errors import IndexBusy, IndexDamaged
from rag.index import generation

from .desk import PROJECT, contents, new_desk


@pytest.fixture
def apart(monkeypatch):
    monkeypatch.setattr(build, "APART", 0)


def write(desk, first: int, last: int) -> None:
    for n in range(first, last):
        desk.write(f"{n}.md", f"# {n}호\n\n" + f"{n}호의 가나다라 수치는 {n * 3}퍼센트이다. " * 30)


def test_caches_written_apart_are_the_same(desk, tmp_path, monkeypatch):
    write(desk, 0, 20)
    plain = new_desk(tmp_path / "다른 자리")
    plain.ingest(desk.folder)
    monkeypatch.setattr(build, "APART", 0)
    for first, last in ((0, 10), (10, 20)):
        write(desk, first, last)
        desk.ingest()
    assert contents(desk.index) == contents(plain.index)
    assert sorted(desk.hits("3호의 수치", 100)) == sorted(plain.hits("3호의 수치", 100))
    (desk.folder / "3.md").unlink()
    desk.ingest()
    assert len(contents(desk.index)) == len(contents(plain.index)) - 1


def test_a_damaged_generation_is_no_ground_for_the_next(desk, apart):
    write(desk, 0, 5)
    desk.ingest()
    with store.reading(desk.index) as db:
        live = store.live_generation(db)
    next((generation(desk.index, live) / "tantivy").glob("*.store")).write_bytes(b"?")
    write(desk, 5, 6)
    desk.ingest()
    assert len(contents(desk.index)) == 6


def test_what_the_process_raises_is_raised_here(desk, apart):
    write(desk, 0, 2)
    desk.ingest()
    with Writer(desk.index, desk.embedder) as writer:
        with pytest.raises(IndexDamaged):
            build.build(writer.db, desk.index, 9, 8, lambda done, of: None)  # there is no generation 8
        with pytest.raises(IndexDamaged):
            build._write_apart(desk.index, 10, None, lambda done: None) if writer.db.execute(
                "UPDATE passages SET vector = 999") else None
    with FileLock(desk.index / build.LOCK, timeout=5):
        pass


def start(index) -> subprocess.Popen:
    child = subprocess.Popen([sys.executable, "-m", "ingest.build", str(index), "2", "0"], cwd=PROJECT,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert receive(child.stdout) == ("ready", None)
    return child


def test_it_waits_for_the_word_and_leaves_with_its_writer(desk):
    write(desk, 0, 2)
    desk.ingest()
    child = start(desk.index)
    time.sleep(0.3)
    assert not generation(desk.index, 2).exists()
    with pytest.raises(IndexBusy), Writer(desk.index, desk.embedder, wait=0.1):
        pass
    child.stdin.close()
    assert child.wait(10) == 0 and not generation(desk.index, 2).exists()
    told = start(desk.index)
    send(told.stdin, "go")
    told.stdin.close()  # as when its writer is killed
    assert told.wait(10) in (0, 1)
    with Writer(desk.index, desk.embedder, wait=5):
        pass
    assert not generation(desk.index, 2).exists()
    contents(desk.index)


def test_progress_is_told(desk, apart):
    write(desk, 0, 120)
    seen = []
    with Writer(desk.index, desk.embedder, progress=lambda step, done, of: seen.append((step, done, of))) as writer:
        from ingest.sync import synchronise

        synchronise(writer, [desk.folder])
        assert caches.check(generation(desk.index, writer.live)) is None
    passages = len(contents(desk.index))
    assert [(done, of) for step, done, of in seen if step == "색인"] == [
        (done, passages) for done in range(100, passages + 1, 100)]
