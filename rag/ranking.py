"""Which sentences of the passages found answer a question, how likely any does, and which passages come first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np

from rag.definitions import asked_to_define, asks_what_is_called, defines, names
from rag.documents import CELL, Candidate, Hit
from rag.encoder import opened
from rag.features import NAMES, QUESTION_NAMES, features, of_question
from rag.query import Query
from rag.settings import SHIPPED_EMBEDDER
from rag.trees import Linear, Trees, load

SAME = 0.85  # of the words of two passages, where one says again what the other says
FOREIGN = 0.0  # what the share of a question's words, by rarity, that some passage holds and the best meaning must come to
GENERAL = 0.1  # of the log odds; more tells more absent subjects, and fewer near misses
ABOVE = 40  # characters of an item that another one is read below
ROOM = 70  # characters of a row that are read, about as many as READ tokens of rag.encoder
# below this chance of the best sentence those are read that come to this share of it; below the other one those that come to the
# other share, in turn with those that lie nearest in meaning
UNSURE, RIVAL = 0.95, 0.15
HARD, FAR = 0.35, 0.05
# how many times likelier a sentence answers what a word stands for that says so, and what a thing is called that has the form of it
DEFINING, NAMING = 20.0, 5.0
# of either kind at most so many, and together so many characters, with what stands around each
READ, ALL, AROUND = 6, 504, 14
MODEL, READING = (Path(__file__).parent / "ranker_ko" / name for name in ("trees.npz", "reading.npz"))


@cache
def model() -> dict[str, Trees | Linear]:
    return load(MODEL) | load(READING)


def rank(query: Query, hits: Sequence[Hit]) -> tuple[list[Candidate], float]:
    """The sentences, list items and rows of the passages found, best first, and how likely the best one answers. Where words
    leave that open, some are read together with the question."""
    found, table = features(query, hits)
    if not found:
        return [], 0.0
    scores = model()["sentence"].probabilities(table)
    coverage = table[:, NAMES.index("beside")]
    times = _times(query.text, [hit.passage.text[sentence.start:sentence.end] for hit, sentence in found])
    scores = _likelier(scores, times)
    candidates = [Candidate(hit.passage, sentence, float(score), float(covered))
                  for (hit, sentence), score, covered in zip(found, scores, coverage, strict=True)]
    texts = np.flatnonzero(table[:, NAMES.index("heading")] == 0)  # a heading answers nothing
    asked = of_question(table, scores)
    about = known(model(), asked)
    read = texts[worth_reading(scores[texts], table[texts, NAMES.index("sense")], about)]
    if not len(read):
        return sorted(candidates, key=lambda c: -c.score), float(answerable(model(), asked)[0])
    read, given = fitting(read, [as_read(candidates[n], query.words) for n in read])
    sentences, question = reading(scores[read], about, opened(SHIPPED_EMBEDDER).chances(query.whole, given))
    for n, score in zip(read, model()["read sentence"].probabilities(sentences), strict=True):
        candidates[n] = replace(candidates[n], score=float(_likelier(np.array([score]), times[[n]])[0]))
    last = min(candidates[n].score for n in read)
    for n in set(range(len(candidates))).difference(read):
        candidates[n] = replace(candidates[n], score=min(candidates[n].score, last))
    return sorted(candidates, key=lambda c: -c.score), float(model()["read question"].probabilities(question)[0])


def _times(question: str, texts: Sequence[str]) -> np.ndarray:
    """How many times likelier each text answers a question for what a word stands for, or for the name of a thing, by its form."""
    if term := asked_to_define(question):
        return np.where([defines(term, text) for text in texts], DEFINING, 1.0)
    return np.where([names(text) for text in texts], NAMING, 1.0) if asks_what_is_called(question) else np.ones(len(texts))


def _likelier(scores: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The likelihoods at so many times their odds."""
    odds = scores / np.maximum(1 - scores, 1e-6) * times
    return odds / (1 + odds)


def worth_reading(scores: np.ndarray, senses: np.ndarray, about: np.ndarray) -> np.ndarray:
    """Which sentences are read as far as there is room, by how likely words make them and how near they lie; none where words leave
    nothing open, or where no passage is about the question's subject, by what is `known` of it."""
    order = np.argsort(-scores, kind="stable")
    best = scores[order[:1]]
    if not len(order) or best >= UNSURE or about[0, 1:].sum() < FOREIGN:
        return order[:0]
    first = order[:READ]
    if best >= HARD:
        return first[scores[first] >= RIVAL * best]
    first = first[scores[first] >= FAR * best]
    nearest = np.argsort(-senses, kind="stable")[:READ]
    return np.array(list(dict.fromkeys(n for pair in zip_longest(first, nearest) for n in pair if n is not None)))


def fitting(rows: np.ndarray, texts: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """As many of the texts as are read at once, one at least, and their rows."""
    room = np.cumsum([min(len(text), ROOM) + AROUND for text in texts])
    count = max(1, int((room <= ALL).sum()))
    return rows[:count], list(texts[:count])


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


def reading(scores: np.ndarray, about: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(candidates, 2) log odds of the sentences, before and by reading; and (1, 6) of their question: by reading that anything
    answers it, of the best sentence both, what is `known` of it, and the sum of the last two."""
    sentences = np.stack([_odds(scores), _odds(chances[1:])], axis=1)
    best = sentences.sum(axis=1).max()
    return sentences, np.array([[_odds(1 - chances[:1])[0], best, *about[0], about[0, 1:].sum()]])


def _odds(values: np.ndarray) -> np.ndarray:
    clipped = np.clip(values, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))


def known(model: Mapping[str, Trees | Linear], table: np.ndarray) -> np.ndarray:
    """(rows, 3) of questions, (rows, QUESTION_NAMES): the log odds that they are answered, by what questions over reports have
    taught trees and a regression, and with a small weight by what those over an encyclopedia have; the share of the words that
    some passage holds; and the best meaning."""
    grown, straight, general = (_odds(model[name].probabilities(table)) for name in ("question", "question straight", "subject"))
    held, meant = (table[:, QUESTION_NAMES.index(f"any {name}")] for name in ("passage", "meaning"))
    return np.stack([(grown + straight) / 2 + GENERAL * general, held, meant], axis=1)


def answerable(model: Mapping[str, Trees | Linear], table: np.ndarray) -> np.ndarray:
    """(rows,) how likely questions are answered, of which nothing is read; 0 where no passage is about their subject."""
    odds, held, meant = known(model, table).T
    return (held + meant >= FOREIGN) / (1 + np.exp(-odds))


def mixed(candidates: Sequence[Candidate], others: Sequence[Candidate], share: float) -> list[Candidate]:
    """The candidates again, best first, by the geometric mean of their likelihood and, for a share of it, that of the others, which
    are the same sentences ranked for another question."""
    there = {(c.passage.id, c.sentence.start): c.score for c in others}
    both = [replace(c, score=c.score ** (1 - share) * there[c.passage.id, c.sentence.start] ** share) for c in candidates]
    return sorted(both, key=lambda c: -c.score)


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
    """The first hit of each list, then the second of each, and so on; every passage once, none with a higher score than one before it."""
    found: dict[str, Hit] = {}
    least = 1.0
    for hit in (hit for row in zip_longest(*lists) for hit in row if hit is not None):
        if hit.passage.id not in found:
            least = min(least, hit.score)
            found[hit.passage.id] = hit if hit.score == least else replace(hit, score=least)
    return list(found.values())
