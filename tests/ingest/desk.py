"""What tests of an index share: an embedder computed by hand, a folder with its index, an index laid bare."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.sync import Tally, synchronise
from ingest.writer import Writer
from rag import store
from rag.documents import Passage
from rag.embeddings import Embedder, Spans
from rag.index import Index, leased
from rag.retriever import search

PROJECT = Path(__file__).parent.parent.parent


class FakeEmbedder(Embedder):
    """A vector says how often each of eight syllables stands in the text, and 1. `texts`: what was embedded."""

    SYLLABLES = "가나다라마바사아"

    def __init__(self, name: str = "fake-1") -> None:
        self.name = name
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return [self.embed_query(text) for text in texts]

    def embed_with_parts(self, texts: Sequence[str], spans: Sequence[Spans]) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(np.array(whole, dtype=np.float32), np.array([self.embed_query(text[a:b]) for a, b in some], dtype=np.float32).reshape(-1, len(whole)))
                for whole, text, some in zip(self.embed_documents(list(texts)), texts, spans, strict=True)]

    def embed_query(self, text: str) -> list[float]:
        return [float(text.count(syllable)) for syllable in self.SYLLABLES] + [1.0]


@dataclass
class Desk:
    """A folder of reports and an index of it, both with Hangul and spaces in their names."""

    folder: Path
    index: Path
    embedder: FakeEmbedder

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def ingest(self, *paths: Path, **options: bool) -> Tally:
        """Synchronise the paths (none: the folder); returns the tally. `self.embedder.texts` tells what it cost."""
        self.embedder.texts.clear()
        with Writer(self.index, self.embedder, wait=1) as writer:
            writer.refresh()
            tally = synchronise(writer, list(paths) or [self.folder], **options)
            writer.repair()
            return tally

    def sources(self) -> list[str]:
        return sorted({passage.source for passage in passages(self.index)})

    def hits(self, query: str, k: int = 5) -> list[tuple[str, float]]:
        return hits(self.index, self.embedder, query, k)


def new_desk(folder: Path) -> Desk:
    (folder / "내 보고서").mkdir(parents=True)
    return Desk(folder / "내 보고서", folder / "색인 폴더", FakeEmbedder())


def passages(index: Path) -> list[Passage]:
    """All live passages, in order."""
    return [passage for _, passage in live_rows(index)]


def live_rows(index: Path) -> list[tuple[int, Passage]]:
    with store.reading(index) as db:
        rows = [row for row, in db.execute(
            f"SELECT p.id FROM passages p JOIN reports r ON r.id = p.report WHERE {store.LIVE} ORDER BY source, number",
            {"live": store.live_generation(db)})]
        loaded = store.load_passages(db, rows)
        return [(row, loaded[row]) for row in rows]


def contents(index: Path) -> list[tuple]:
    """What an index holds, whatever its row numbers: every live passage with its vector. Checks the caches against it.

    No generation but the live one may be left where nobody reads.
    """
    rows = live_rows(index)
    with store.reading(index) as db:
        live = store.live_generation(db)
        vectors = dict(db.execute("SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.id = p.vector"))
        reports = {f"{source}": hash_ for source, hash_ in db.execute(
            f"SELECT source, hash FROM reports WHERE {store.LIVE}", {"live": live})}
        assert not db.execute("SELECT 1 FROM reports WHERE born > ? OR died > ?", (live, live)).fetchone()
        assert not db.execute("SELECT 1 FROM passages WHERE vector NOT IN (SELECT id FROM vectors)").fetchone()
    found = Index(index)
    with found.snapshot() as snapshot:
        if rows:
            assert snapshot.caches
            dense = snapshot.caches._dense.get(include=["embeddings", "metadatas"])
            assert sorted(map(int, dense["ids"])) == sorted(row for row, _ in rows)
            for row, vector in zip(dense["ids"], dense["embeddings"], strict=True):
                assert np.allclose(vector, np.frombuffer(vectors[int(row)], np.float32))
    found.close()
    kept = leased(index) | {live}
    assert {folder.name for folder in index.glob("gen-*")} <= {f"gen-{number}" for number in kept}
    return [(p.id, p.source, p.title, p.place, p.heading, p.text, p.start, p.end, p.sentences, p.topic, vectors[row],
             reports[p.source]) for row, p in rows]


def hits(index: Path, embedder: Embedder, query: str, k: int = 5) -> list[tuple[str, float]]:
    """(passage id, score) of the best passages."""
    opened = Index(index)
    try:
        return [(hit.passage.id, round(hit.score, 5)) for hit in search(opened, embedder, query, k)]
    finally:
        opened.close()


def command(*arguments: object, module: str = "ingest", timeout: float = 60, **options) -> subprocess.CompletedProcess:
    """Run `python -m ingest ...` to its end."""
    return subprocess.run([sys.executable, "-m", module, *map(str, arguments)], capture_output=True, encoding="utf-8",
                          timeout=timeout, cwd=PROJECT, env=os.environ | {"PYTHONIOENCODING": ""} | options)
