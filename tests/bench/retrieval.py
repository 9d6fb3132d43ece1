"""How well passages are found: `python -m tests.bench.retrieval [korquad] [miracl] [--keep FOLDER]` (needs RAG_SHARED).

KorQuAD: 4,612 questions, each to be led to its paragraph among 964 (@1, @3, @5). MIRACL-ko: the questions held out from
every model, each to be led to an article that answers among 7,668 (102,969 paragraphs; hit@1, 3, 5). The whole path is
measured: reading, index, search and the order that the ranked sentences give. `--keep` leaves the index there for another run.
"""

import argparse
import json
import lzma
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ingest.run import ingest
from rag.chain import assemble
from rag.settings import Settings
from rag.training.data import held_out


def rows(name: str) -> list[dict]:
    with lzma.open(Path(os.environ.get("RAG_SHARED", "../shared")) / "data" / f"{name}.jsonl.xz", "rt") as lines:
        return [json.loads(line) for line in lines]


def korquad() -> tuple[dict[str, str], list[tuple[str, set[str]]]]:
    """(text by name of a report, (question, names that answer))."""
    asked = rows("korquad_articles_dev")
    names = {text: f"{n:04}" for n, text in enumerate(dict.fromkeys(q["passage"] for q in asked))}
    return {name: text for text, name in names.items()}, [(q["query"], {names[q["passage"]]}) for q in asked]


def miracl() -> tuple[dict[str, str], list[tuple[str, set[str]]]]:
    articles: dict[str, str] = {}
    for row in rows("miracl_ko_corpus"):
        articles[row["curid"]] = articles.get(row["curid"], f"# {row['title']}\n") + f"\n{row['text']}\n"
    return articles, [(q["query"], set(q["pos_curids"])) for q in rows("miracl_ko_queries_train") if held_out(q["query"])]


SETS: dict[str, Callable[[], tuple[dict[str, str], list[tuple[str, set[str]]]]]] = {"korquad": korquad, "miracl": miracl}


def build(place: Path, reports: dict[str, str]) -> Settings:
    settings = Settings(index=place / "index")
    if not settings.index.exists():
        (place / "reports").mkdir(parents=True)
        for name, text in reports.items():
            (place / "reports" / f"{name}.md").write_text(text, encoding="utf-8")
        started = time.perf_counter()
        ingest(settings, [place / "reports"])
        print(f"index built in {time.perf_counter() - started:.0f} s", flush=True)
    else:
        ingest(settings, [])
    return settings


def measure(name: str, place: Path, most: int) -> None:
    reports, asked = SETS[name]()
    assistant = assemble(build(place, reports))
    ranks: list[int] = []
    seconds: list[float] = []
    for question, answering in asked[:: max(1, len(asked) // most)]:
        started = time.perf_counter()
        found = assistant.ask(question).hits
        seconds.append(time.perf_counter() - started)
        ranks.append(_rank([Path(hit.passage.source).stem for hit in found], answering))
    shares = " ".join(f"@{k} {sum(rank < k for rank in ranks) / len(ranks):.3f}" for k in (1, 3, 5))
    seconds.sort()
    print(f"{name}: {len(ranks)} questions {shares}; p50 {1000 * seconds[len(seconds) // 2]:.0f} ms, "
          f"p95 {1000 * seconds[len(seconds) * 19 // 20]:.0f} ms", flush=True)


def _rank(names: Iterable[str], answering: set[str]) -> int:
    different = list(dict.fromkeys(names))
    return next((n for n, name in enumerate(different) if name in answering), len(different) + 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="korquad|miracl")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--most", type=int, default=1000, help="questions of a set, evenly chosen")
    options = parser.parse_args()
    for name in options.sets or [*SETS]:
        with tempfile.TemporaryDirectory() as temporary:
            measure(name, (options.keep or Path(temporary)) / name, options.most)


if __name__ == "__main__":
    main()
