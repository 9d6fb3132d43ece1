"""Publishing, repairing, refreshing and forgetting, on a small index."""

import random
import shutil
import sqlite3
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import ingest.writer
from ingest.sync import Tally, forget, synchronise
from ingest.writer import Writer
from rag import store
from rag.errors import IndexBusy, IndexDamaged, WrongUsage
from rag.index import Index

from .desk import FakeEmbedder, contents, new_desk, passages

SECRET = "꿿뷁쀍쀍"  # stands in no other word


def report(word: str, sentences: int = 12) -> str:
    return f"# {word} 보고서\n\n" + "".join(f"## {n}장 {word}\n\n{word}의 {n}째 수치는 {n * 7}퍼센트이다. {'가나다라마바사아'[:n % 8]}\n\n"
                                         for n in range(sentences))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An index that is copied, never changed: (desk, its contents, its hits)."""
    desk = new_desk(tmp_path_factory.mktemp("made"))
    for number in range(8):
        desk.write(f"{number}.md", report(f"{number}호", 40))
    desk.ingest()
    return desk, contents(desk.index), desk.hits("3호 보고서의 5째 수치", 10)


@pytest.fixture
def copy(made, tmp_path):
    """A copy of that index whose folder of reports is gone."""
    desk = new_desk(tmp_path)
    shutil.copytree(made[0].index, desk.index, dirs_exist_ok=True)
    return desk


def live_folder(index: Path) -> Path:
    with store.reading(index) as db:
        return index / f"gen-{store.live_generation(db)}"


def files_of_a_generation() -> list[str]:
    """What a generation consists of; the names that differ from one to the next are masked."""
    return ["manifest.json", "chroma/chroma.sqlite3", "chroma/*/data_level0.bin", "chroma/*/header.bin", "chroma/*/length.bin",
            "chroma/*/link_lists.bin", "chroma/*/index_metadata.pickle", "tantivy/meta.json", "tantivy/.managed.json",
            "tantivy/*.fast", "tantivy/*.fieldnorm", "tantivy/*.idx", "tantivy/*.pos", "tantivy/*.store", "tantivy/*.term"]


def test_the_list_of_files_is_complete(made):
    folder = live_folder(made[0].index)
    listed = {file for pattern in files_of_a_generation() for file in folder.glob(pattern)}
    there = {file for file in folder.rglob("*") if file.is_file() and not file.name.endswith("lock")}
    assert there == listed


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:file.stat().st_size // 2])


def scramble(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(max(file.stat().st_size, 100)))


def scramble_a_page(file: Path) -> None:
    data = file.read_bytes()
    start = min(8192, len(data) // 2)
    file.write_bytes(data[:start] + random.Random(2).randbytes(4096) + data[start + 4096:])


@pytest.mark.parametrize(("pattern", "harm"), [*product(files_of_a_generation(), [truncate, scramble, Path.unlink]),
                                               ("chroma/chroma.sqlite3", scramble_a_page)])
def test_a_damaged_file_of_the_live_generation_is_repaired_from_the_library(made, copy, pattern, harm):
    desk, before, hits = made
    file, = live_folder(copy.index).glob(pattern)
    was = file.read_bytes()
    harm(file)
    harmed = not file.exists() or file.read_bytes() != was
    with Writer(copy.index, copy.embedder) as writer:
        assert writer.repair() == harmed
    assert contents(copy.index) == before
    assert copy.hits("3호 보고서의 5째 수치", 10) == hits
    assert copy.embedder.texts == []


@pytest.mark.parametrize("harm", [scramble, Path.unlink])
@pytest.mark.parametrize("pattern", ["manifest.json", "chroma/chroma.sqlite3", "chroma/*/data_level0.bin", "tantivy/meta.json",
                                     "tantivy/.managed.json", "tantivy/*.idx"])
def test_a_damaged_generation_is_never_the_ground_of_the_next(made, copy, pattern, harm):
    """As when the damage happens before something is published."""
    desk, before, _ = made
    harm(next(live_folder(copy.index).glob(pattern)))
    with Writer(copy.index, copy.embedder) as writer:
        forget(writer, "0.md")
    assert contents(copy.index) == [row for row in before if row[1] != "내 보고서/0.md"]


@pytest.mark.parametrize("name", ["data_level0.bin", "header.bin", "length.bin", "link_lists.bin"])
def test_an_index_of_one_passage(desk, name):
    """Its vector stands in Chroma's sqlite file alone: what lies beside that matters to nobody, or is repaired."""
    desk.write("가.md", "# 가 보고서\n\n글이다.\n")
    desk.ingest()
    scramble(next((desk.index / "gen-1").glob(f"chroma/*/{name}")))
    other = desk.write("나.md", "# 나 보고서\n\n글이다.\n")
    assert desk.ingest(other) == Tally(added=1)
    assert len(contents(desk.index)) == 2


@pytest.mark.parametrize("gone", ["gen", "leases", "tantivy", "chroma"])
def test_a_missing_folder_is_made_again(made, copy, gone):
    folder = {"gen": live_folder(copy.index), "leases": copy.index / "leases", "tantivy": live_folder(copy.index) / "tantivy",
              "chroma": live_folder(copy.index) / "chroma"}[gone]
    shutil.rmtree(folder, ignore_errors=True)
    with Writer(copy.index, copy.embedder) as writer:
        assert writer.repair() == (gone != "leases")
    assert contents(copy.index) == made[1]


def test_leftovers_are_cleared(made, copy):
    (copy.index / "gen-99" / "chroma").mkdir(parents=True)
    (copy.index / "leases").mkdir(exist_ok=True)
    (copy.index / "leases" / "1-dead").touch()
    (copy.index / "leases" / ".DS_Store").touch()
    with Writer(copy.index, copy.embedder):
        pass
    assert not (copy.index / "gen-99").exists()
    assert not (copy.index / "leases" / "1-dead").exists()
    assert contents(copy.index) == made[1]


@pytest.mark.parametrize("what", ["embedder", "chunker"])
def test_another_embedder_or_chunker_indexes_again_without_the_files(made, copy, what, monkeypatch):
    embedder = copy.embedder
    if what == "embedder":
        embedder = FakeEmbedder("fake-2")
        embedder.SYLLABLES = "0123456789가나"
    else:
        monkeypatch.setattr(ingest.writer, "CHUNKER", "chunk-2")
    steps = []
    with Writer(copy.index, embedder, lambda *step: steps.append(step)) as writer:
        assert writer.refresh() == 8
        assert writer.refresh() == 0
        assert store.meta(writer.db, "embedder") == embedder.name
        assert store.meta(writer.db, "chunker") == ingest.writer.CHUNKER
    assert ("다시 색인", 8, 8) in steps
    after = contents(copy.index)

    def bare(row: tuple) -> tuple:  # without vectors
        return (*row[:8], [replace(sentence, vector=b"") for sentence in row[8]], row[9])

    assert [bare(row) for row in after] == [bare(row) for row in made[1]]
    if what == "embedder":
        assert len(embedder.texts) == len(made[1])
        for row in after:
            vector = embedder.embed_query(f"{row[2]}\n{row[4]}\n{row[5]}")
            assert row[10] == np.array(vector, np.float32).tobytes()
            for sentence in row[8]:
                own = np.array([embedder.embed_query(row[5][sentence.start:sentence.end])])
                assert sentence.vector == store.small(own)
    else:
        assert embedder.texts == []
        assert after == made[1]


def test_a_changed_way_of_cutting_is_applied_from_the_library(copy, monkeypatch):
    before = passages(copy.index)
    monkeypatch.setattr(ingest.writer, "CHUNKER", "chunk-2")
    monkeypatch.setattr(ingest.chunk, "LIMIT", 100)
    with Writer(copy.index, copy.embedder) as writer:
        writer.refresh()
    after = passages(copy.index)
    assert max(len(p.text) for p in after) <= 100 < max(len(p.text) for p in before)
    assert {p.source for p in after} == {p.source for p in before}
    contents(copy.index)


def test_one_writer_at_a_time(desk):
    with (Writer(desk.index, desk.embedder), pytest.raises(IndexBusy, match="다른 프로그램이 이 색인을 고치고 있습니다"),
          Writer(desk.index, desk.embedder, wait=0.1)):
        pass
    with Writer(desk.index, desk.embedder, wait=0.1):
        pass


def test_forget(desk):
    for folder in ("A", "B"):
        desk.write(f"{folder}/글.md", report("가", 2))
        desk.ingest(desk.folder / folder)
    with Writer(desk.index, desk.embedder) as writer:
        with pytest.raises(WrongUsage, match="같은 이름이 2개입니다"):
            forget(writer, "글.md")
        with pytest.raises(WrongUsage, match="그런 보고서가 없습니다"):
            forget(writer, "없음.md")
        assert forget(writer, "A/글.md") == "A/글.md"
    assert desk.sources() == ["B/글.md"]
    contents(desk.index)


def test_a_run_that_broke_off_leaves_nothing(made, copy):
    with pytest.raises(RuntimeError), Writer(copy.index, copy.embedder) as writer:
        file = copy.write("새.md", report("새"))
        writer.publish = lambda: stop()
        synchronise(writer, [file])
    with Writer(copy.index, copy.embedder) as writer:
        assert not writer.staged()
    assert contents(copy.index) == made[1]
    assert copy.ingest(file) == Tally(added=1)


def stop():
    raise RuntimeError("stopped before it was published")


def test_what_is_deleted_leaves_every_file(desk):
    secret = desk.write("비밀.md", f"# {SECRET} 제목\n\n{SECRET}에 관한 글이다. " + "가나다라 " * 900)
    desk.write("나.md", report("나", 40))
    desk.ingest()
    assert found(desk.index, SECRET)
    secret.write_text("# 새 제목\n\n바뀐 글이다.\n", encoding="utf-8")
    desk.ingest()
    assert found(desk.index, SECRET) == []
    secret.write_text(f"# {SECRET} 제목\n\n다시 {SECRET}에 관한 글이다.", encoding="utf-8")
    desk.ingest()
    assert found(desk.index, SECRET)
    secret.unlink()
    assert desk.ingest() == Tally(removed=1, unchanged=1)
    assert found(desk.index, SECRET) == []
    assert rows(desk.index) == (1, len(contents(desk.index)), len(contents(desk.index)))


def rows(index: Path) -> tuple:
    """How many reports, passages and vectors are in the library, live or dead."""
    with store.reading(index) as db:
        return tuple(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("reports", "passages", "vectors"))


def found(index: Path, word: str) -> list[str]:
    """The files of an index that hold a word, as UTF-8 or one of its pairs of syllables."""
    return [file.relative_to(index).as_posix() for file in index.rglob("*") if file.is_file()
            and any(part.encode() in file.read_bytes() for part in (word, word[:2]))]


def test_what_a_reader_holds_stays_until_it_lets_go(desk):
    file = desk.write("비밀.md", f"# {SECRET}\n\n{SECRET}에 관한 글이다.")
    desk.write("나.md", report("나"))
    desk.ingest()
    index = Index(desk.index)
    with index.snapshot() as snapshot:
        row = next(iter(snapshot.caches.matches({"pairs": {SECRET[:2]: 1.0}}, {"pairs": 1.0}, 5, None)))
        file.unlink()
        desk.ingest()
        assert SECRET in snapshot.load([row])[row].text
        assert found(desk.index, SECRET)
        assert len([*desk.index.glob("gen-*")]) == 2
    with index.snapshot() as snapshot:  # takes the new generation, lets the old one go
        assert snapshot.caches.matches({"pairs": {SECRET[:2]: 1.0}}, {"pairs": 1.0}, 5, None) == {}
    desk.ingest()
    assert found(desk.index, SECRET) == []
    assert len([*desk.index.glob("gen-*")]) == 1
    index.close()


def test_the_caches_do_not_grow_with_each_change(desk):
    for number in range(12):
        desk.write(f"{number}.md", report(f"{number}호", 30))
    desk.ingest()
    first = size(live_folder(desk.index))
    for turn in range(8):
        for number in range(3):
            desk.write(f"{number}.md", report(f"{number}호 {turn}판", 30))
        desk.ingest()
    assert size(live_folder(desk.index)) < 2 * first
    contents(desk.index)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_library_is_told_in_one_line(made, copy, seed):
    """A page overwritten: either nothing in use stood there, or the error names the remedy."""
    file = copy.index / store.FILE
    data = file.read_bytes()
    pages = len(data) // 4096
    page = seed if seed < 3 else random.Random(seed).randrange(pages)
    file.write_bytes(data[:page * 4096] + random.Random(seed).randbytes(4096) + data[(page + 1) * 4096:])
    damaged = 0
    for use in (passages, load_reports,
                lambda index: copy.hits("3호 수치"), lambda index: copy.ingest(copy.write("새.md", report("새", 2)))):
        try:
            use(copy.index)
        except IndexDamaged as error:
            damaged += 1
            assert "--rebuild" in str(error) and "\n" not in str(error)
    assert damaged or page > 2


def load_reports(index: Path) -> list:
    with store.reading(index) as db:
        return [store.load_report(db, row) for row, in db.execute("SELECT id FROM reports").fetchall()]


def test_a_library_of_garbage(copy):
    for garbage in (b"not a database" * 1000, bytes(8192), b"SQLite format 3\0" + bytes(5000)):
        for rest in copy.index.glob(f"{store.FILE}*"):
            rest.unlink()
        (copy.index / store.FILE).write_bytes(garbage)
        for use in (passages, lambda index: Writer(index, copy.embedder).__enter__()):
            with pytest.raises(IndexDamaged, match="--rebuild"):
                use(copy.index)


def test_a_lost_vector_is_told(copy):
    db = sqlite3.connect(copy.index / store.FILE)
    db.execute("DELETE FROM vectors WHERE id IN (SELECT id FROM vectors LIMIT 1)")
    db.commit()
    db.close()
    shutil.rmtree(live_folder(copy.index))
    with pytest.raises(IndexDamaged, match="--rebuild"), Writer(copy.index, copy.embedder) as writer:
        writer.repair()
