"""The data that models are made from: JSON lines, and which questions are kept back."""

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

# files of questions or titles, each with a passage
PAIRS = ("wiki_title_pairs", "wiki_title_pairs_2", "law_title_pairs", "ko_strategyqa_facts", "kobest_boolq", "miracl_ko_queries_train")


def rows(path: Path) -> Iterator[dict]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def held_out(question: str) -> bool:
    """Whether a MIRACL question belongs to the quarter kept for measuring."""
    return hashlib.sha256(question.encode()).digest()[0] % 4 == 0
