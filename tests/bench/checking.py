"""How well planted faults are told: `python -m tests.bench.checking`.

planted_faults.jsonl holds 480 sentences of our reports as an LLM might word them, each true and with one fault of a type.
Each is held against the passage that it was made from and three on either side of it. Prints the share of faults caught by
type ("subject": subject and object swapped, or another row's value; "nonsense": a fluent claim that no report makes) and the
share of true sentences withheld.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path

from ingest import readers
from ingest.chunk import chunk
from rag.checking import check
from rag.documents import Passage, Sentence
from rag.measures import holds
from rag.morphemes import morphemes
from rag.settings import SAMPLES
from rag.training.ranker import FIELDS

ROWS = Path(__file__).with_name("planted_faults.jsonl")
APART = ("subject", "nonsense")  # types that are counted by themselves


@cache
def passages(name: str) -> list[Passage]:
    file = next(file for folder in (SAMPLES, *sorted(FIELDS.iterdir())) for file in folder.iterdir() if file.name == name)
    report = readers.read(file.read_bytes(), file)
    found = []
    for number, one in enumerate(chunk(report)):
        words = morphemes([one.text[start:end] for start, end, *_ in one.sentences])
        said = tuple(Sentence(*place, tuple(forms)) for place, forms in zip(one.sentences, words, strict=True))
        found.append(Passage(f"{name}-{number}", name, report.title, one.page, one.place, one.heading, one.text, one.start, one.end, said,
                             tuple(morphemes([f"{report.title} {one.heading}"])[0])))
    return found


def measure() -> tuple[dict[str, float], float]:
    """(share caught by type, with "all" for those that count; share of true sentences withheld)."""
    caught: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    withheld = 0
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        there = passages(row["source"])
        at = next(n for n, passage in enumerate(there) if holds(passage.text, row["evidence"]))
        near = (there[at], *there[max(0, at - 3):at], *there[at + 1:at + 4])
        withheld += not check(f"{row['true']} [1]", near)[0]
        for kind in (row["type"], *(() if row["type"] in APART else ("all",))):
            planted[kind] += 1
            caught[kind] += not check(f"{row['fault']} [1]", near)[0]
    return {kind: caught[kind] / planted[kind] for kind in planted}, withheld / len(rows)


def main() -> None:
    shares, withheld = measure()
    print(", ".join(f"{kind} {share:.3f}" for kind, share in shares.items()))
    print(f"true sentences withheld {withheld:.3f}")


if __name__ == "__main__":
    main()
