"""Snapshots: a reader holds one whole version while it asks, and takes up the next one afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import unicodedata

import pytest

from ingest.writer import Writer
from rag import store
from rag.errors import IndexDamaged, IndexMissing, UnknownSource
from rag.index import Index, leased, open_snapshot, take_lease
from rag.retriever import search
from tests.ingest.desk import PROJECT, new_desk

TEXT = "# {0} 보고서\n\n{0}에 관한 글이다.\n"


@pytest.fixture
def desk(tmp_path):
    desk = new_desk(tmp_path)
    desk.write("가.md", TEXT.format("가"))
    desk.write("하위/나.md", TEXT.format("나"))
    desk.ingest()
    return desk


@pytest.fixture
def index(desk):
    index = Index(desk.index)
    yield index
    index.close()


def generations(desk) -> list[str]:
    return sorted(folder.name for folder in desk.index.glob("gen-*"))


def test_a_snapshot_is_kept_while_it_is_used_and_given_up_for_a_newer_one(desk, index):
    with index.snapshot() as first:
        assert (first.number, first.passages, leased(desk.index)) == (1, 2, {1})
        desk.write("가.md", TEXT.format("새 가"))
        desk.ingest()
        with index.snapshot() as second:
            assert (second.number, second.passages) == (2, 2)
            assert leased(desk.index) == {1, 2}
            rows = first.caches.nearest(desk.embedder.embed_query("가"), 10, None)
            assert {passage.text for passage in first.load(rows).values()} == {
                "가 보고서\n가에 관한 글이다.", "나 보고서\n나에 관한 글이다."}
            rows = second.caches.nearest(desk.embedder.embed_query("가"), 10, None)
            assert {passage.text for passage in second.load(rows).values()} == {
                "새 가 보고서\n새 가에 관한 글이다.", "나 보고서\n나에 관한 글이다."}
        assert generations(desk) == ["gen-1", "gen-2"]
    assert leased(desk.index) == {2}
    with Writer(desk.index, desk.embedder):
        assert generations(desk) == ["gen-2"]
    index.close()
    assert leased(desk.index) == set()
    assert [*(desk.index / "leases").iterdir()] == []


def test_the_same_snapshot_serves_until_there_is_a_newer_one(desk, index):
    with index.snapshot() as one, index.snapshot() as two:
        assert one is two
    with index.snapshot() as three:
        assert three is one


def test_an_index_that_is_closed_while_it_is_used_is_closed_afterwards(desk):
    index = Index(desk.index)
    with index.snapshot() as snapshot:
        index.close()
        assert leased(desk.index) == {1}
        assert len(snapshot.caches.nearest(desk.embedder.embed_query("가"), 10, None)) == 2
    assert leased(desk.index) == set()
    with index.snapshot() as again:  # it can be used again
        assert again.number == 1
    index.close()


def test_many_threads_ask_while_the_index_changes(desk, index):
    stop, wrong, asked = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                found = [hit.passage.text for hit in search(index, desk.embedder, "보고서의 글", 10)]
                versions = {text.split()[1] for text in found if text.startswith("판")}
                asked.append(len(found))
                if len(versions) > 1 or len(found) < 2:
                    wrong.append(found)
            except Exception as error:  # noqa: BLE001 whatever it is, the test fails
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for version in range(6):
        for name in ("가", "하위/나"):
            desk.write(f"{name}.md", TEXT.format(f"판 {version} {name}"))
        desk.ingest()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(asked) > 10
    index.close()
    assert leased(desk.index) == set()


def test_a_reader_that_was_killed_holds_nothing(desk):
    code = ("import sys, time; from pathlib import Path; from rag.index import open_snapshot\n"
            "snapshot = open_snapshot(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)")
    reader = subprocess.Popen([sys.executable, "-c", code, str(desk.index)], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert reader.stdout.readline() == "open\n"
    assert leased(desk.index) == {1}
    desk.write("가.md", TEXT.format("새 가"))
    desk.ingest()
    assert generations(desk) == ["gen-1", "gen-2"]
    os.kill(reader.pid, signal.SIGKILL)
    reader.communicate()
    assert leased(desk.index) == set()
    desk.ingest()
    assert generations(desk) == ["gen-2"]
    with store.reading(desk.index) as db:
        assert db.execute("SELECT count(*) FROM reports").fetchone() == (2,)


def test_leases_of_one_generation_are_counted_apart(desk):
    one, two = take_lease(desk.index, 7), take_lease(desk.index, 7)
    assert leased(desk.index) == {7}
    one.release()
    assert leased(desk.index) == {7}
    two.release()
    assert leased(desk.index) == set()


def test_reports_are_chosen_by_name(desk, index):
    with index.snapshot() as snapshot:
        both = snapshot.reports(["가", "내 보고서/하위/나.md"])
        assert len(set(both)) == 2
        assert snapshot.reports([unicodedata.normalize("NFD", "가.md")]) == both[:1]
        with pytest.raises(UnknownSource, match="다.md.*--status"):
            snapshot.reports(["가.md", "다.md"])
    assert [hit.passage.source for hit in search(index, desk.embedder, "글", 5, ["나"])] == ["내 보고서/하위/나.md"]
    with pytest.raises(UnknownSource):
        search(index, desk.embedder, "글", 5, ["다"])


def test_an_empty_index(desk, index):
    for file in desk.folder.rglob("*.md"):
        file.unlink()
    desk.ingest(prune=True)
    with index.snapshot() as snapshot:
        assert (snapshot.caches, snapshot.passages) == (None, 0)
    assert search(index, desk.embedder, "글", 5) == []
    assert generations(desk) == []


def test_no_index(tmp_path):
    index = Index(tmp_path / "없음")
    with pytest.raises(IndexMissing, match="python -m ingest"), index.snapshot():
        pass
    assert not (tmp_path / "없음").exists()
    index.close()


@pytest.mark.parametrize("harm", ["gen", "library", "meta"])
def test_damage_is_told_with_its_remedy_and_holds_no_lease(desk, harm):
    if harm == "gen":
        shutil.rmtree(desk.index / "gen-1")
    elif harm == "library":
        (desk.index / store.FILE).write_bytes(b"x" * 9000)
    else:
        db = store.connect(desk.index)
        db.execute("UPDATE meta SET value = '5' WHERE key = 'live'")
        db.close()
    with pytest.raises(IndexDamaged, match="python -m ingest .*--index"):
        open_snapshot(desk.index)
    assert leased(desk.index) == set()


def test_an_index_repaired_under_an_open_reader_is_taken_up(desk, index):
    with index.snapshot() as snapshot:
        assert snapshot.number == 1
    (desk.index / "gen-1" / "manifest.json").unlink()
    with Writer(desk.index, desk.embedder) as writer:
        assert writer.repair()
    with index.snapshot() as snapshot:
        assert snapshot.number == 2
        assert len(snapshot.caches.nearest(desk.embedder.embed_query("가"), 10, None)) == 2


def test_damage_within_a_question_is_told(desk, index):
    with pytest.raises(IndexDamaged, match="--rebuild"), index.snapshot() as snapshot:
        snapshot.db.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()
    with index.snapshot() as snapshot:  # and the index can still be asked
        assert snapshot.passages == 2
