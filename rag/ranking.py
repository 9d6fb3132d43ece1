"""Which sentences of the passages found answer a question, how likely any does, and which passages come first."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from langchain_core.embeddings import Embeddings

from rag.documents import Candidate, Hit
from rag.features import NAMES, features, of_question
from rag.query import Query
from rag.trees import Trees, load

MODEL = Path(__file__).parent / "ranker_ko" / "trees.npz"


@cache
def _model() -> dict[str, Trees]:
    return load(MODEL)


def rank(query: Query, hits: Sequence[Hit], embedder: Embeddings) -> tuple[list[Candidate], float]:
    """The sentences, list items and rows of the passages found, best first, and how likely the best one answers."""
    found, table = features(query, hits, embedder)
    if not found:
        return [], 0.0
    scores = _model()["sentence"].probabilities(table)
    answerable = float(_model()["question"].probabilities(of_question(table, scores))[0])
    coverage = table[:, NAMES.index("beside")]
    candidates = [Candidate(hit.passage, sentence, float(score), float(covered))
                  for (hit, sentence), score, covered in zip(found, scores, coverage, strict=True)]
    return sorted(candidates, key=lambda c: -c.score), answerable


def reorder(hits: Sequence[Hit], candidates: Sequence[Candidate], share: float = 0.5) -> list[Hit]:
    """The passages again, best first, when their best sentence counts too."""
    best: dict[str, float] = {}
    for candidate in candidates:
        best.setdefault(candidate.passage.id, candidate.score)
    scored = [Hit(hit.passage, (1 - share) * hit.score + share * best.get(hit.passage.id, 0.0)) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)
