"""Other processes at an index. They are forked from a server that has everything imported, which saves a second each."""

import multiprocessing
import os
import runpy
import sys
import time
from pathlib import Path

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["chromadb", "ingest.run", "rag.retriever", "tantivy", "tests.ingest.processes"])


class Process:
    """`work(begin, *arguments)` in a process, and a process group, of its own."""

    def __init__(self, work, log: Path, *arguments: object) -> None:
        self.log, self.begun = log, FORK.Event()
        self._process = FORK.Process(target=_run, args=(work, self.begun.set, log, *map(str, arguments)))
        self._process.start()
        self.pid = self._process.pid

    def running(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> tuple[int, str]:
        """Wait for it: (exit code, what it wrote)."""
        self._process.join(timeout=100)
        assert self._process.exitcode is not None, "does not end"
        return self._process.exitcode, self.log.read_text(encoding="utf-8")


def _run(work, begin, log: Path, *arguments: str) -> None:
    os.setsid()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    work(begin, *arguments)


def write(begin, index: str, *paths: str) -> None:
    """`python -m ingest PATHS --index INDEX`, publishing after every report."""
    from ingest import sync
    from rag.morphemes import kiwi

    kiwi()
    sync.TOGETHER, sync.PUBLISH_FIRST, sync.PUBLISH_EVERY = 1, 0.0, 0.0
    sys.argv = ["ingest", *paths, "--index", index]
    begin()
    runpy.run_module("ingest", run_name="__main__")


def write_apart(begin, index: str, *paths: str) -> None:
    """The same, with the caches written by a process of its own."""
    from ingest import build

    build.APART = 0
    write(begin, index, *paths)


def read(begin, index: str, stop: str) -> None:
    """Ask until the file STOP exists; fail if an answer mixes two versions of a report."""
    from rag.embeddings import load_embedder
    from rag.index import Index
    from rag.retriever import search
    from rag.settings import Settings

    embedder = load_embedder(Settings().embedder)
    opened, asked, generations = Index(Path(index)), 0, set()
    begin()
    while not Path(stop).exists():
        _check(search(opened, embedder, "판본 보고서의 수치", 400))
        with opened.snapshot() as snapshot:
            generations.add(snapshot.number)
        asked += 1
        if asked % 5 == 0:  # as a process that has just begun
            opened.close()
            opened = Index(Path(index))
        time.sleep(0.1)
    opened.close()
    print(asked, len(generations))


def _check(hits) -> None:
    """Every passage of a report carries the word of its version, and the versions of all reports fill an index."""
    assert hits
    versions: dict[str, set[str]] = {}
    for hit in hits:
        words = {word for word in hit.passage.text.split() if word.startswith("판본")}
        versions.setdefault(hit.passage.source, set()).update(words)
    mixed = {source: words for source, words in versions.items() if len(words) != 1}
    assert not mixed, mixed
