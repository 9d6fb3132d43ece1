"""Chroma and tantivy against obvious slow implementations; what is not as it was written is refused."""

import json
import math
import random
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from rag import caches
from rag.caches import Caches
from rag.errors import IndexDamaged

NUMBER, DIMENSIONS = 1500, 16
WORDS = [f"낱말{n}" for n in range(60)]


def passage(row: int) -> tuple[np.ndarray, dict[str, str]]:
    """The vector and the terms of a made-up passage."""
    chance = random.Random(row)
    vector = np.random.default_rng(row).normal(size=DIMENSIONS).astype(np.float32)
    terms = {field: " ".join(chance.choices(WORDS, k=chance.randrange(1, 30))) for field in caches.FIELDS}
    return vector, terms


def build(folder: Path, rows, previous: Path | None = None, removed=(), kept=()) -> Path:
    """A generation that holds `rows` (and `kept`, those of the previous one)."""
    caches.begin(folder, previous, lexical=not removed)
    caches.write_dense(folder, removed, ((row, row // 10, passage(row)[0].tobytes()) for row in rows))
    caches.write_lexical(folder, ((row, row // 10, passage(row)[1]) for row in (*(kept if removed else ()), *rows)))
    caches.seal(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("색인 폴더") / "gen-1", range(1, NUMBER + 1))


@pytest.fixture(scope="module")
def opened(folder):
    opened = Caches(folder, NUMBER)
    yield opened
    opened.close()


def cosines(vector, rows) -> dict[int, float]:
    return {row: float(np.dot(vector, passage(row)[0]) / np.linalg.norm(vector) / np.linalg.norm(passage(row)[0])) for row in rows}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("reports", [None, [0, 3, 77], [999]])
def test_nearest_is_what_comparing_with_each_passage_finds(opened, seed, reports):
    vector = np.random.default_rng(10_000 + seed).normal(size=DIMENSIONS)
    rows = [row for row in range(1, NUMBER + 1) if reports is None or row // 10 in reports]
    expected = cosines(vector, rows)
    found = opened.nearest(vector.tolist(), 20, reports)
    best = sorted(expected, key=expected.__getitem__, reverse=True)[:20]
    assert len(found) == len(best)
    assert len(set(found) & set(best)) >= 0.9 * len(best)  # the index is approximate
    for row, similarity in found.items():
        assert similarity == pytest.approx(expected[row], abs=1e-5)


def bm25(terms, boosts, rows) -> dict[int, float]:
    """Robertson & Zaragoza 2009, over the fields, with tantivy's k1 and b."""
    scores: dict[int, float] = {}
    for field, words in terms.items():
        texts = {row: passage(row)[1][field].split() for row in rows}
        mean = sum(map(len, texts.values())) / len(texts)
        for word, boost in words.items():
            holding = [row for row, text in texts.items() if word in text]
            idf = math.log(1 + (len(texts) - len(holding) + 0.5) / (len(holding) + 0.5))
            for row in holding:
                count = texts[row].count(word)
                part = count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(texts[row]) / mean))
                scores[row] = scores.get(row, 0.0) + boosts[field] * boost * idf * part
    return scores


@pytest.mark.parametrize("reports", [None, [5, 6, 7], [999]])
def test_matches_is_bm25(opened, reports):
    terms = {"body": dict.fromkeys(WORDS[:3], 1.0), "heading": {WORDS[1]: 1.0}, "pairs": {WORDS[9]: 0.35, "없는말": 1.0}}
    boosts = {"body": 1.0, "heading": 0.6, "pairs": 0.5}
    expected = bm25(terms, boosts, range(1, NUMBER + 1))
    if reports is not None:
        expected = {row: score for row, score in expected.items() if row // 10 in reports}
    found = opened.matches(terms, boosts, 50, reports)
    assert len(found) == min(50, len(expected))
    assert sorted(found.values()) == pytest.approx(sorted(expected.values())[-len(found):] if found else [], rel=1e-3)
    for row, score in found.items():
        assert score == pytest.approx(expected[row], rel=1e-3)


def test_matches_of_nothing(opened):
    assert opened.matches({"body": {}}, {"body": 1.0}, 5, None) == {}
    assert opened.matches({"body": {"없는말": 1.0}}, {"body": 1.0}, 5, None) == {}


def test_frequencies(opened):
    expected = {word: sum(word in passage(row)[1]["body"].split() for row in range(1, NUMBER + 1)) for word in WORDS[:4]}
    assert opened.frequencies("body", [*WORDS[:4], "없는말"]) == expected | {"없는말": 0}


@pytest.mark.parametrize("removed", [(), range(1, 300)])
def test_a_copy_with_changes_is_like_one_made_at_once(folder, tmp_path, removed):
    left = [row for row in range(1, NUMBER + 1) if row not in removed]
    added = range(5001, 5101)
    changed = Caches(build(tmp_path / "gen-2", added, folder, list(removed), left), len(left) + 100)
    fresh = Caches(build(tmp_path / "gen-3", [*left, *added]), len(left) + 100)
    terms, boosts = {"body": dict.fromkeys(WORDS[:5], 1.0)}, {"body": 1.0}
    assert changed.matches(terms, boosts, 2000, None) == pytest.approx(fresh.matches(terms, boosts, 2000, None), rel=1e-3)
    assert changed.frequencies("body", WORDS) == fresh.frequencies("body", WORDS)
    for seed in range(3):
        vector = np.random.default_rng(20_000 + seed).normal(size=DIMENSIONS)
        expected = cosines(vector, [*left, *added])
        best = sorted(expected, key=expected.__getitem__, reverse=True)[:20]
        for one in (changed, fresh):
            found = one.nearest(vector.tolist(), 20, None)
            assert len(set(found) & set(best)) >= 18
            assert not set(found) & set(removed)
    changed.close()
    fresh.close()
    Caches(folder, NUMBER).close()  # what was copied is as it was


def test_a_folder_is_not_changed_by_being_read(folder, opened):
    before = {file: caches.digest(file) for file in folder.rglob("*") if file.is_file() and file.name != "chroma.sqlite3"}
    for _ in range(3):
        again = Caches(folder, NUMBER)
        again.nearest([1.0] * DIMENSIONS, 10, None)
        again.close()
    assert {file: caches.digest(file) for file in before} == before
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    there = {file.relative_to(folder).as_posix() for file in before if not file.name.startswith(".tantivy-")} - {"manifest.json"}
    assert set(manifest) == there


def test_another_number_of_passages_is_damage(folder):
    with pytest.raises(IndexDamaged, match="1501 expected"):
        Caches(folder, NUMBER + 1)


def pages(folder: Path) -> int:
    return (folder / caches.DENSE_FILE).stat().st_size // 4096


@pytest.mark.parametrize("seed", range(12))
def test_a_broken_page_of_chromas_file_is_found_or_does_no_harm(folder, opened, tmp_path, seed):
    shutil.copytree(folder, tmp_path / "gen-1")
    file = tmp_path / "gen-1" / caches.DENSE_FILE
    page = seed if seed < 6 else random.Random(seed).randrange(pages(folder))
    data = file.read_bytes()
    file.write_bytes(data[:page * 4096] + random.Random(seed).randbytes(4096) + data[(page + 1) * 4096:])
    vector = [1.0] * DIMENSIONS
    try:
        broken = Caches(tmp_path / "gen-1", NUMBER)
    except IndexDamaged:
        return
    assert page >= 6
    assert broken.nearest(vector, 10, [1, 2]) == opened.nearest(vector, 10, [1, 2])
    broken.close()


@pytest.mark.parametrize("manifest", ["", "[]", "{", '{"tantivy/meta.json": "x"}', '{"nowhere": "x"}'])
def test_a_broken_manifest_is_damage(folder, tmp_path, manifest):
    shutil.copytree(folder, tmp_path / "gen-1")
    (tmp_path / "gen-1" / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(IndexDamaged):
        Caches(tmp_path / "gen-1", NUMBER)
    with pytest.raises(IndexDamaged):
        caches.begin(tmp_path / "gen-2", tmp_path / "gen-1", lexical=True)


def test_a_missing_generation_is_damage(tmp_path):
    with pytest.raises(IndexDamaged):
        Caches(tmp_path / "gen-1", 0)
    with pytest.raises(IndexDamaged):
        caches.begin(tmp_path / "gen-2", tmp_path / "gen-1", lexical=True)


def test_memory_that_held_a_text_does_not_reach_the_disk(tmp_path):
    secret = "비밀스러운낱말".encode()

    def forget() -> None:
        held = [secret * n for n in range(5, 9000, 6)]
        held.clear()

    for n in range(5):
        threads = [threading.Thread(target=forget) for _ in range(6)]  # whose memory Chroma's own threads take next
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        folder = tmp_path / str(n)
        caches.write_dense(folder, (), [(row, 1, np.full(16, row + 1, np.float32).tobytes()) for row in range(40)])
        assert not [file for file in folder.rglob("*.bin") if secret in file.read_bytes()]
