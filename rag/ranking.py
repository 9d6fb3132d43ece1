"""Which sentences of the passages found answer a question, how likely any does, and which passages come first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np

from rag.documents import CELL, Candidate, Hit
from rag.encoder import opened
from rag.features import NAMES, QUESTION_NAMES, features, of_question
from rag.query import Query
from rag.settings import SHIPPED_EMBEDDER
from rag.trees import Linear, Trees, load

SAME = 0.85  # of the words of two passages, where one says again what the other says
# what the share of a question's words, by rarity, that some passage holds and the best meaning must come to; and one of the two alone
FOREIGN, SOME, SEEN = 0.25, 0.16, 0.28
GENERAL = 0.1  # of the log odds; more tells more absent subjects, and fewer near misses
ABOVE = 40  # characters of an item that another one is read below
ROOM = 70  # characters of a row that are read, about as many as READ tokens of rag.encoder
# below this chance of the best sentence, where an answer is as likely as that, so many of the first are read that come to this share of it
UNSURE, LIKELY, READ, RIVAL = 0.5, 0.25, 6, 0.15
MODEL, READING = (Path(__file__).parent / "ranker_ko" / name for name in ("trees.npz", "reading.npz"))


@cache
def model() -> dict[str, Trees | Linear]:
    return load(MODEL) | load(READING)


def rank(query: Query, hits: Sequence[Hit]) -> tuple[list[Candidate], float]:
    """The sentences, list items and rows of the passages found, best first, and how likely the best one answers. Where words
    leave that open, the first ones are read together with the question."""
    found, table = features(query, hits)
    if not found:
        return [], 0.0
    scores = model()["sentence"].probabilities(table)
    likely = float(answerable(model(), of_question(table, scores))[0])
    coverage = table[:, NAMES.index("beside")]
    candidates = [Candidate(hit.passage, sentence, float(score), float(covered))
                  for (hit, sentence), score, covered in zip(found, scores, coverage, strict=True)]
    candidates.sort(key=lambda c: -c.score)
    return _read(query, candidates, likely) if unsure(candidates[0].score, likely) else (candidates, likely)


def unsure(best: float, likely: float) -> bool:
    """Whether words leave it open what answers, of what does not seem to be without an answer."""
    return best < UNSURE and likely > LIKELY


def worth_reading(scores: np.ndarray) -> int:
    """How many of the first sentences are read, by their scores, the best first."""
    return int((scores[:READ] >= RIVAL * scores[:1]).sum())


def _read(query: Query, candidates: Sequence[Candidate], likely: float) -> tuple[list[Candidate], float]:
    first, others = first_of(candidates)
    chances = opened(SHIPPED_EMBEDDER).chances(query.whole, [as_read(candidate, query.words) for candidate in first])
    sentences, question = reading(np.array([candidate.score for candidate in first]), likely, chances)
    scores = model()["read sentence"].probabilities(sentences)
    read = [replace(candidate, score=float(score)) for candidate, score in zip(first, scores, strict=True)]
    read.sort(key=lambda c: -c.score)
    last = read[-1].score if read else 1.0
    return [*read, *(replace(other, score=min(other.score, last)) for other in others)], float(model()["read question"].probabilities(question)[0])


def first_of(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Those that are read, and all others; a heading answers nothing."""
    texts = [candidate for candidate in candidates if candidate.sentence.kind != "heading"]
    first = texts[:worth_reading(np.array([candidate.score for candidate in texts]))]
    chosen = {id(candidate) for candidate in first}
    return first, [candidate for candidate in candidates if id(candidate) not in chosen]


def as_read(candidate: Candidate, words: Collection[str]) -> str:
    """A candidate as the reader is given it, below what it hangs under; of a long row the cells that hold `words`."""
    heading = candidate.passage.over(candidate.sentence, ABOVE)
    return shortened(f"{heading}: {candidate.text}" if heading else candidate.text, words)


def shortened(text: str, words: Collection[str]) -> str:
    """Of a row that is longer than what is read its first cell, those that hold one of the words, and others where there is room."""
    row = text.split(CELL)
    if len(text) <= ROOM or len(row) == 1:
        return text
    asked = [word for word in words if len(word) > 1 or word.isdigit()]
    kept, room = {0}, ROOM - len(row[0])
    for n in sorted(range(1, len(row)), key=lambda n: -sum(word in row[n].lower() for word in asked)):
        if len(row[n]) + len(CELL) <= room or len(kept) == 1:
            kept.add(n)
            room -= len(row[n]) + len(CELL)
    return CELL.join(row[n] for n in sorted(kept))


def reading(scores: np.ndarray, likely: float, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(candidates, 2) and (1, 3): the log odds of the sentences and of the question, before and by reading."""
    def odds(values: np.ndarray) -> np.ndarray:
        clipped = np.clip(values, 1e-4, 1 - 1e-4)
        return np.log(clipped / (1 - clipped))

    sentences = np.stack([odds(scores), odds(chances[1:])], axis=1)
    best = sentences.sum(axis=1).max(initial=-20.0)
    return sentences, np.array([[odds(np.array(likely)), odds(1 - chances[0]), best]])


def answerable(model: Mapping[str, Trees | Linear], table: np.ndarray) -> np.ndarray:
    """(rows,) how likely questions, (rows, QUESTION_NAMES), are answered: what questions over reports have taught trees and a
    regression, and with a small weight what those over an encyclopedia have; 0 where no passage is about its subject."""
    grown, straight, general = (model[name].probabilities(table) for name in ("question", "question straight", "subject"))
    odds = (grown / (1 - grown) * straight / (1 - straight)) ** 0.5 * (general / (1 - general)) ** GENERAL
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


def in_turn(lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The first hit of each list, then the second of each, and so on; every passage once."""
    found: dict[str, Hit] = {}
    for hit in (hit for row in zip_longest(*lists) for hit in row if hit is not None):
        found.setdefault(hit.passage.id, hit)
    return list(found.values())
