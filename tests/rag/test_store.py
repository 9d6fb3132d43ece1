"""library.sqlite3: what is live when, one version for a reader, what a damaged file says."""

import sqlite3
import threading
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import store
from rag.documents import Block, Report, Sentence
from rag.errors import IndexDamaged, IndexMissing

REPORT = ("INSERT INTO reports(id, root, path, source, hash, title, note, unread, blocks, added, born, died) "
          "VALUES (?, 1, ?, ?, 'hash', '제목', '', '[]', ?, '', ?, ?)")
PASSAGE = ("INSERT INTO passages(id, report, number, start, stop, page, place, heading, text, sentences, topic, vector) "
           "VALUES (?, ?, ?, 3, 7, 2, '2쪽', '장 > 절', '글이다.', '[[0, 4, \"paragraph\", 0, \"글 이다\"]]', '장 절', 1)")


@pytest.fixture
def db(tmp_path):
    """Reports 1 (generations 1 to 2), 2 (from 2 on) and 3 (from 3 on, replaces 1), two passages each; live is 2."""
    db = store.connect(tmp_path, create=True)
    db.execute("INSERT INTO roots VALUES (1, '보고서', '/보고서', 'folder')")
    blocks = store.pack((Block("paragraph", "글이다."),))
    for row, path, born, died in ((1, "가.md", 1, 3), (2, "하위/나.md", 2, None), (3, "가.md", 3, None)):
        db.execute(REPORT, (row, path, f"보고서/{path}", blocks, born, died))
        for number in range(2):
            db.execute(PASSAGE, (row * 10 + number, row, number))
    db.execute("INSERT INTO vectors VALUES (1, x'00', x'', ?)", (store.small(np.array([[0.5, -1.0, 0.0]])),))
    db.execute("UPDATE meta SET value = '2' WHERE key = 'live'")
    yield db
    db.close()


def test_what_is_live_in_each_generation(db):
    assert store.live_generation(db) == 2
    assert [store.count_passages(db, live) for live in range(5)] == [0, 2, 4, 4, 4]
    assert store.find_source(db, 1, "가.md") == [(1, "보고서/가.md")]
    assert store.find_source(db, 3, "가.md") == [(3, "보고서/가.md")]
    assert store.find_source(db, 1, "나.md") == []


@pytest.mark.parametrize("name", ["보고서/하위/나.md", "하위/나.md", "나.md", "나"])
def test_a_report_is_found_by_source_path_file_name_or_stem(db, name):
    for form in ("NFC", "NFD"):
        assert store.find_source(db, 2, unicodedata.normalize(form, name)) == [(2, "보고서/하위/나.md")]


def test_a_whole_name_wins_over_a_part_of_one(db):
    db.execute(REPORT, (4, "나.md", "보고서/나.md", b"", 2, None))
    assert store.find_source(db, 2, "보고서/나.md") == [(4, "보고서/나.md")]
    assert store.find_source(db, 2, "나.md") == [(4, "보고서/나.md")]
    assert [row for row, _ in store.find_source(db, 2, "나")] == [4, 2]


def test_passages_by_row(db):
    found = store.load_passages(db, [21, 10])
    assert sorted(found) == [10, 21]
    passage = found[21]
    assert (passage.source, passage.title, passage.page, passage.place, passage.heading, passage.text, passage.start,
            passage.end, passage.topic) == ("보고서/하위/나.md", "제목", 2, "2쪽", "장 > 절", "글이다.", 3, 7, ("장", "절"))
    assert passage.sentences == (Sentence(0, 4, "paragraph", 0, ("글", "이다"), bytes([64, 129, 0])),)  # int8: 63.5 to even, -127
    assert len({found[21].id, found[10].id}) == 2
    assert store.load_passages(db, []) == {}


def test_each_sentence_has_the_vector_that_is_its_own(db):
    several = '[[0, 1, "paragraph", 0, "글"], [1, 2, "paragraph", 0, ""], [2, 4, "paragraph", 0, "이다"]]'
    db.execute("UPDATE passages SET sentences = ? WHERE id = 21", (several,))
    vectors = np.array([[1.0, 0.0], [0.0, 0.0], [0.3, -0.6]])
    db.execute("UPDATE vectors SET sentences = ?", (store.small(vectors),))
    found = [np.frombuffer(sentence.vector, np.int8).tolist() for sentence in store.load_passages(db, [21])[21].sentences]
    assert found == [[127, 0], [0, 0], [64, -127]]
    db.execute("DELETE FROM vectors")  # found all the same, by words
    assert [sentence.vector for sentence in store.load_passages(db, [21])[21].sentences] == [b""] * 3


def test_a_library_of_before_the_vectors_of_sentences_is_read_on(db, tmp_path):
    db.execute("ALTER TABLE vectors DROP COLUMN sentences")
    db.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    for _ in range(2):
        with store.reading(tmp_path) as again:
            found = store.load_passages(again, [21])
            assert found[21].text == "글이다." and found[21].sentences[0].vector == b""
    assert store.meta(db, "schema") == store.SCHEMA_VERSION


def test_deleting_a_report_deletes_its_passages(db):
    db.execute("DELETE FROM reports WHERE id = 1")
    assert sorted(store.load_passages(db, range(100))) == [20, 21, 30, 31]


def test_a_transaction_is_all_or_nothing(db):
    with pytest.raises(ZeroDivisionError), store.transaction(db):
        db.execute("DELETE FROM reports")
        raise ZeroDivisionError
    assert store.count_passages(db, 2) == 4
    with store.transaction(db):
        db.execute("DELETE FROM reports")
    assert store.count_passages(db, 2) == 0


def test_a_transaction_that_sqlite_ended_itself_tells_the_first_error(db):
    with pytest.raises(ZeroDivisionError), store.transaction(db):
        db.execute("ROLLBACK")
        raise ZeroDivisionError


def test_a_reader_sees_one_version(db, tmp_path):
    with store.reading(tmp_path) as reader:
        assert store.live_generation(reader) == 2
        with store.transaction(db):
            db.execute("UPDATE meta SET value = '3' WHERE key = 'live'")
            db.execute("DELETE FROM reports WHERE id = 1")
        assert (store.live_generation(reader), store.count_passages(reader, 2)) == (2, 4)
    with store.reading(tmp_path) as reader:
        assert store.live_generation(reader) == 3


def test_a_connection_serves_other_threads(db):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(store.live_generation(db)))
    thread.start()
    thread.join()
    assert seen == [2]


WORDS = st.text(max_size=20)


@given(st.lists(st.builds(Block, st.sampled_from(["heading", "paragraph", "item", "row"]), WORDS, st.integers(0, 9),
                          st.none() | st.integers(1, 999), WORDS), max_size=8), WORDS, WORDS, st.lists(WORDS, max_size=3))
@settings(max_examples=50)
def test_a_report_comes_back_as_it_was(blocks, title, note, unread):
    import json

    db = sqlite3.connect(":memory:")
    db.executescript(store.SCHEMA)
    db.execute("INSERT INTO reports VALUES (1, 1, '', '', '', ?, ?, ?, ?, '', 1, NULL)",
               (title, note, json.dumps(unread), store.pack(tuple(blocks))))
    assert store.load_report(db, 1) == Report(title, tuple(blocks), note, tuple(unread))


def test_no_library(tmp_path):
    for make in (lambda: None, lambda: (tmp_path / store.FILE).touch()):
        make()
        with pytest.raises(IndexMissing, match="python -m ingest"):
            store.connect(tmp_path)
    assert not (tmp_path / "색인").exists()
    store.connect(tmp_path, create=True).close()
    store.connect(tmp_path).close()


@pytest.mark.parametrize("harm", ["garbage", "version", "half", "folder"])
def test_a_library_that_is_none_says_what_to_type(db, tmp_path, harm):
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = tmp_path / store.FILE
    if harm == "version":
        db.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
    db.close()
    if harm == "garbage":
        file.write_bytes(b"no database" * 1000)
    elif harm == "half":
        file.write_bytes(file.read_bytes()[:6000])
    elif harm == "folder":
        file.unlink()
        file.mkdir()
    expected = IndexMissing if harm == "folder" else IndexDamaged
    with pytest.raises(expected) as caught, store.reading(tmp_path) as reader:
        store.load_passages(reader, range(100))
    assert str(tmp_path) in str(caught.value)
    assert expected is IndexMissing or f"--rebuild --index {tmp_path}" in str(caught.value)


def test_text_and_blocks_that_cannot_be_decoded_are_damage(db, tmp_path):
    db.execute("UPDATE passages SET text = CAST(x'ff0aff' AS TEXT) WHERE id = 10")
    db.execute("UPDATE reports SET blocks = x'00' WHERE id = 2")
    for use in (lambda reader: store.load_passages(reader, [10]), lambda reader: store.load_report(reader, 2)):
        with pytest.raises(IndexDamaged, match="--rebuild") as caught, store.reading(tmp_path) as reader:
            use(reader)
        assert "\n" not in str(caught.value)


def test_other_errors_are_not_taken_for_damage(tmp_path, db):
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.reading(tmp_path) as reader:
        reader.execute("SELECT * FROM nowhere")
    with pytest.raises(ZeroDivisionError), store.reading(tmp_path):
        raise ZeroDivisionError


def test_check_reads_all_of_it(db, tmp_path):
    store.check(db, tmp_path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'vectors'").fetchone()
    db.close()
    file = tmp_path / store.FILE
    data = file.read_bytes()
    file.write_bytes(data[:(root - 1) * 4096] + b"\xff" * 4096 + data[root * 4096:])
    db = store.connect(tmp_path)
    with pytest.raises(IndexDamaged):
        store.check(db, tmp_path)
    db.close()
