"""Where the time of a question goes: `python -m tests.bench.steps [1000 10000 100000] [--keep FOLDER]` (needs RAG_SHARED).

Indexes so many paragraphs of Wikipedia (MIRACL-ko), each a report of its own, asks 60 of its human questions and prints the median of each step in
milliseconds, of the whole answer, and the memory of the process so far.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag import ranking
from rag.chain import POOL, assemble
from rag.morphemes import normalise
from rag.parts import parts
from rag.query import analyse
from rag.retriever import search
from tests.bench.retrieval import build, miracl, rows


def measure(size: int, place: Path) -> None:
    paragraphs = rows("miracl_ko_corpus")[:size]
    assistant = assemble(build(place, {row["docid"].replace("#", "-"): f"# {row['title']}\n\n{row['text']}\n" for row in paragraphs}))
    times: dict[str, list[float]] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        times.setdefault(step, []).append((time.perf_counter() - started) * 1000)
        return result

    questions = [normalise(question) for question, _ in miracl()[1][:60]]
    assistant.ask(questions[0])
    with assistant.index.snapshot() as snapshot:
        assert snapshot.caches
        for question in questions[1:]:
            timed("parts", lambda q=question: parts(q))
            query = timed("analyse", lambda q=question: analyse(q, "", assistant.embedder, snapshot.caches.frequencies,
                                                                snapshot.passages))
            timed("dense", lambda v=query.vector: snapshot.caches.nearest(v, min(60, snapshot.passages), None))
            hits = timed("search", lambda q=question: search(assistant.index, assistant.embedder, q, POOL))
            timed("rank", lambda q=query, h=hits: ranking.rank(q, h))
            timed("answer", lambda q=question: assistant.ask(q))
        total = snapshot.passages
    memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    steps = ", ".join(f"{step} {statistics.median(values):.1f}" for step, values in times.items())
    print(f"{total:,} passages: {steps} ms; answer p95 {sorted(times['answer'])[int(len(times['answer']) * 0.95)]:.0f} ms; "
          f"{int(memory.split()[1]) // 1024} MB", flush=True)
    assistant.index.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[1000, 10000, 100000])
    parser.add_argument("--keep", type=Path, help="a folder whose indexes are used again")
    options = parser.parse_args()
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            measure(size, (options.keep or Path(temporary)) / str(size))


if __name__ == "__main__":
    main()
