"""Which sentences of the passages found answer a question, how likely any does, and which passages come first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.documents import Candidate, Hit
from rag.features import NAMES, QUESTION_NAMES, features, of_question
from rag.query import Query
from rag.trees import Linear, Trees, load

SAME = 0.85  # of the words of two passages, where one says again what the other says
# what the share of a question's words, by rarity, that some passage holds and the best meaning must come to; and one of the two alone
FOREIGN, SOME, SEEN = 0.32, 0.18, 0.3
GENERAL = 0.1  # of the log odds; more tells more absent subjects, and fewer near misses
UNSURE, RIVAL, WEIGHED, MEANING = 0.3, 0.2, 12, 12.0  # below this chance of the best sentence, those that come to this share of it, so
# many at most, are weighed again by meaning, and how much
MODEL = Path(__file__).parent / "ranker_ko" / "trees.npz"


@cache
def _model() -> dict[str, Trees | Linear]:
    return load(MODEL)


def rank(query: Query, hits: Sequence[Hit], embedder: Embeddings) -> tuple[list[Candidate], float]:
    """The sentences, list items and rows of the passages found, best first, and how likely the best one answers. Where words
    leave that open, the embedding is asked which of the first ones is meant."""
    found, table = features(query, hits)
    if not found:
        return [], 0.0
    scores = _model()["sentence"].probabilities(table)
    likely = float(answerable(_model(), of_question(table, scores))[0])
    coverage = table[:, NAMES.index("beside")]
    candidates = [Candidate(hit.passage, sentence, float(score), float(covered))
                  for (hit, sentence), score, covered in zip(found, scores, coverage, strict=True)]
    candidates.sort(key=lambda c: -c.score)
    if candidates[0].score < UNSURE:
        close = [c for c in candidates[:WEIGHED] if c.score > RIVAL * candidates[0].score]
        candidates[:len(close)] = _by_meaning(query, close, embedder)
    return candidates, likely


def _by_meaning(query: Query, candidates: list[Candidate], embedder: Embeddings) -> list[Candidate]:
    """Candidates in a new order, their log odds lowered by how much farther from the question they are than the nearest one."""
    scores = np.clip([candidate.score for candidate in candidates], 1e-6, 1 - 1e-6)
    near = np.asarray(embedder.embed_documents([candidate.text for candidate in candidates])) @ np.asarray(query.vector)
    odds = scores / (1 - scores) * np.exp(MEANING * (near - near.max()))
    return sorted((replace(candidate, score=float(value)) for candidate, value in zip(candidates, odds / (1 + odds), strict=True)),
                  key=lambda c: -c.score)


def answerable(model: Mapping[str, Trees | Linear], table: np.ndarray) -> np.ndarray:
    """(rows,) how likely questions, (rows, QUESTION_NAMES), are answered: what questions over reports have taught, and with a
    small weight what those over an encyclopedia have; 0 where no passage is about its subject."""
    own, general = (model[name].probabilities(table) for name in ("question", "subject"))
    odds = own / (1 - own) * (general / (1 - general)) ** GENERAL
    held, meant = (table[:, QUESTION_NAMES.index(f"any {name}")] for name in ("passage", "meaning"))
    return odds / (1 + odds) * ((held + meant >= FOREIGN) & ((held >= SOME) | (meant >= SEEN)))


def reorder(hits: Sequence[Hit], candidates: Sequence[Candidate], share: float = 0.5) -> list[Hit]:
    """The passages again, best first, when their best sentence counts too (its root: a likely sentence is seldom near 1)."""
    best: dict[str, float] = {}
    for candidate in candidates:
        best.setdefault(candidate.passage.id, candidate.score)
    scored = [replace(hit, score=(1 - share) * hit.score + share * best.get(hit.passage.id, 0.0) ** 0.5) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)


def folded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with those last that say again what a better one says: another edition or copy of a report."""
    firsts: list[tuple[Hit, set[str]]] = []
    again: list[Hit] = []
    for hit in hits:
        words = {word for sentence in hit.passage.sentences for word in sentence.morphemes}
        if any(len(words & other) >= SAME * len(words | other) and _figures(words) == _figures(other) for _, other in firsts):
            again.append(hit)
        else:
            firsts.append((hit, words))
    return [hit for hit, _ in firsts] + again


def _figures(words: set[str]) -> set[str]:
    return {word for word in words if word[0].isdigit()}


def by_source(hits: Sequence[Hit]) -> list[list[Hit]]:
    """The hits of each report, in their order."""
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.passage.source, []).append(hit)
    return list(found.values())


def in_turn(lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The first hit of each list, then the second of each, and so on; every passage once."""
    found: dict[str, Hit] = {}
    for hit in (hit for row in zip_longest(*lists) for hit in row if hit is not None):
        found.setdefault(hit.passage.id, hit)
    return list(found.values())
