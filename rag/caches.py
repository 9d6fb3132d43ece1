"""A generation: the Chroma folder (dense) and the tantivy folder (lexical) that are rebuilt from the library.

A folder `gen-N` is written by one process (begin, write_dense, write_lexical, seal), and from then on only read (Caches).
Opening a Chroma folder writes to its sqlite file, which must stay sound; every other file must stay as the manifest says.
"""

import ctypes
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from rag.errors import IndexDamaged

T = TypeVar("T")
BATCH = 4000
DENSE_FILE = "chroma/chroma.sqlite3"
PERTURB = -6  # M_PERTURB of mallopt(3)
FIELDS = ("body", "heading", "pairs")  # morphemes of the text, of title and headings, and character bigrams


def chroma_client(folder: Path):
    """The one place that makes a Chroma client; a Chroma server can stand here later."""
    import chromadb
    from chromadb.config import Settings

    # a .env file in the working directory must not reconfigure Chroma
    return chromadb.PersistentClient(str(folder), settings=Settings(_env_file=None, anonymized_telemetry=False))  # type: ignore[call-arg]


@contextmanager
def scrubbed_memory() -> Iterator[None]:
    """While this lasts, memory that is taken is filled anew. Chroma writes its index with the places it has not filled, and what
    lay there before, a text that was deleted perhaps, would go to the disk with it. Linux with glibc; elsewhere as ever."""
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    mallopt = getattr(libc, "mallopt", lambda parameter, value: 0)
    mallopt(PERTURB, 1)
    try:
        yield
    finally:
        mallopt(PERTURB, 0)


def _schema():
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_unsigned_field("report", indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def begin(folder: Path, previous: Path | None, *, lexical: bool) -> None:
    """Make `folder` empty, or a copy of the `previous` generation, without its lexical half unless that is wanted too.

    Raises IndexDamaged where the previous generation is not what was written there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if previous is not None:
        try:
            shutil.copytree(previous, folder, ignore=shutil.ignore_patterns(".tantivy-*lock"))
        except OSError as error:
            raise IndexDamaged(f"{previous}: {error}") from error
        check(folder)
        (folder / "manifest.json").unlink()
        if not lexical:
            shutil.rmtree(folder / "tantivy")
    (folder / "tantivy").mkdir(parents=True, exist_ok=True)


@scrubbed_memory()
def write_dense(folder: Path, removed: Sequence[int], added: Iterable[tuple[int, int, bytes]]) -> None:
    """Take the rows `removed` out of the dense half, and put in each (row, report, float32 vector)."""
    client = chroma_client(folder / "chroma")
    try:
        dense = client.get_or_create_collection("passages", embedding_function=None, configuration={
            "hnsw": {"space": "cosine", "ef_construction": 100, "max_neighbors": 16, "ef_search": 100,
                     # vectors that wait in Chroma's log make it rewrite its files each time they are opened
                     "sync_threshold": 2, "batch_size": 2}})
        for rows in _batches(removed):
            dense.delete(ids=[str(row) for row in rows])
        for batch in _batches(added):
            dense.add(ids=[str(row) for row, _, _ in batch], metadatas=[{"report": report} for _, report, _ in batch],
                      embeddings=np.stack([np.frombuffer(vector, np.float32) for _, _, vector in batch]))
    finally:
        client.close()


def write_lexical(folder: Path, added: Iterable[tuple[int, int, dict[str, str]]]) -> None:
    """Put each (row, report, terms by field) into the lexical half; there is no taking out, which would leave the words
    in the files."""
    import tantivy

    writer = tantivy.Index(_schema(), path=str(folder / "tantivy")).writer(heap_size=64_000_000, num_threads=1)
    for row, report, terms in added:
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_unsigned("report", report)
        for field in FIELDS:
            document.add_text(field, terms[field])
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def seal(folder: Path) -> None:
    """Write down what the files of a finished generation are."""
    written = {name: digest(folder / name) for name in _files(folder)}
    client = chroma_client(folder / "chroma")
    try:
        vectors = client.get_collection("passages", embedding_function=None).count()
    finally:
        client.close()
    # a collection of one vector stands in Chroma's sqlite file alone; what is beside it changes with each opening
    manifest = {name: value for name, value in written.items()
                if digest(folder / name) == value and (vectors > 1 or not name.startswith("chroma/"))}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _files(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*")
                  if file.is_file() and not file.name.startswith((".tantivy-", "chroma.sqlite3", "manifest.json")))


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check(folder: Path) -> None:
    """Raises IndexDamaged where a generation's files are not as they were written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        wrong = [name for name, value in manifest.items() if digest(folder / name) != value]
        # Chroma answers from a broken sqlite file without a word, or brings the process down
        with closing(sqlite3.connect(f"{(folder / DENSE_FILE).resolve().as_uri()}?mode=rw", uri=True, timeout=30)) as db:
            wrong += [text for text, in db.execute("PRAGMA quick_check(1)") if text != "ok"]
    except (OSError, ValueError, AttributeError, sqlite3.DatabaseError) as error:
        raise IndexDamaged(f"{folder}: {error}") from error
    if wrong:
        raise IndexDamaged(f"{folder}: {', '.join(wrong)}")


class Caches:
    """One generation, open for searching; safe to use from several threads.

    Raises IndexDamaged where the folder is not what was written there, or holds another number of passages.
    """

    def __init__(self, folder: Path, passages: int) -> None:
        import tantivy
        from chromadb.errors import ChromaError

        check(folder)
        try:
            self._lexical = tantivy.Index.open(str(folder / "tantivy"))
            self._searcher = self._lexical.searcher()
            self._client = chroma_client(folder / "chroma")
            self._dense = self._client.get_collection("passages", embedding_function=None)
            counts = (self._searcher.num_docs, self._dense.count())
        except (ChromaError, ValueError, OSError, RuntimeError) as error:
            raise IndexDamaged(f"{folder}: {error}") from error
        if counts != (passages, passages):
            self.close()
            raise IndexDamaged(f"{folder}: {counts}, {passages} expected")

    def close(self) -> None:
        self._client.close()

    def nearest(self, vector: Sequence[float], n: int, reports: Sequence[int] | None) -> dict[int, float]:
        """Cosine similarity of the n nearest passages, by row number."""
        from chromadb.errors import ChromaError

        where = None if reports is None else {"report": {"$in": list(reports)}}
        try:
            found = self._dense.query(query_embeddings=[list(vector)], n_results=n, where=where, include=["distances"])
        except ChromaError as error:
            raise IndexDamaged(str(error)) from error
        return {int(row): 1 - distance for row, distance in zip(found["ids"][0], found["distances"][0], strict=True)}

    def matches(self, terms: dict[str, dict[str, float]], boosts: dict[str, float], n: int,
                reports: Sequence[int] | None) -> dict[int, float]:
        """BM25 score, summed over the fields with their boosts and the words with theirs, of the n best passages, by row
        number."""
        import tantivy

        query, schema = tantivy.Query, self._lexical.schema
        parts = [(tantivy.Occur.Should, query.boost_query(query.term_query(schema, field, word), boosts[field] * boost))
                 for field, words in terms.items() for word, boost in words.items()]
        if not parts:
            return {}
        whole = query.boolean_query(parts)
        if reports is not None:
            chosen = query.term_set_query(schema, "report", list(reports))
            whole = query.boolean_query([(tantivy.Occur.Must, whole),
                                         (tantivy.Occur.Must, query.const_score_query(chosen, 0.0))])
        found = self._searcher.search(whole, n, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return {int(row or 0): score for (score, _), row in zip(found, rows, strict=True)}

    def frequencies(self, field: str, words: Iterable[str]) -> dict[str, int]:
        """How many passages hold each word."""
        return {word: self._searcher.doc_freq(field, word) for word in words}
