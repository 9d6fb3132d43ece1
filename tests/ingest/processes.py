"""What other processes do to an index in the tests: `python -m tests.ingest.processes write|read ...`.

    write INDEX [PATH ...]  `python -m ingest PATH ... --index INDEX`, publishing after every report; says when it begins
    read INDEX STOP         asks until the file STOP exists; fails if an answer mixes two versions of a report
"""

import runpy
import sys
import time
from pathlib import Path


def write(index: str, *paths: str) -> None:
    from ingest import run, sync
    from rag.morphemes import kiwi

    kiwi()
    print(run.__name__, flush=True)
    sync.TOGETHER, sync.PUBLISH_FIRST, sync.PUBLISH_EVERY = 1, 0.0, 0.0
    sys.argv = ["ingest", *paths, "--index", index]
    runpy.run_module("ingest", run_name="__main__")


def read(index: str, stop: str) -> None:
    from rag.embeddings import load_embedder
    from rag.index import Index
    from rag.retriever import search
    from rag.settings import Settings

    embedder = load_embedder(Settings().embedder)
    opened, asked, generations = Index(Path(index)), 0, set()
    while not Path(stop).exists():
        seen = whole(search(opened, embedder, "판본 보고서의 수치", 400))
        with opened.snapshot() as snapshot:
            generations.add(snapshot.number)
        assert seen or asked == 0 or max(generations) >= 0
        asked += 1
        if asked % 5 == 0:  # as a process that has just begun
            opened.close()
            opened = Index(Path(index))
        time.sleep(0.1)
    opened.close()
    print(asked, len(generations))


def whole(hits) -> dict[str, str]:
    """The version of each report in an answer. Every passage of a report carries the word of its version."""
    versions: dict[str, set[str]] = {}
    for hit in hits:
        words = {word for word in hit.passage.text.split() if word.startswith("판본")}
        versions.setdefault(hit.passage.source, set()).update(words)
    mixed = {source: words for source, words in versions.items() if len(words) != 1}
    assert not mixed, mixed
    return {source: word for source, (word,) in versions.items()}


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
