"""Lists of a report: which one a question asks for, and what stands in it."""

import re
from collections.abc import Sequence
from itertools import takewhile

from rag.documents import Candidate, Passage, Sentence, cells
from rag.morphemes import content, morphemes
from rag.question import REFERENCE

LISTED, CLOSE = 0.5, 0.45  # of the best sentence's likelihood, where another one leads to the list that is asked for; where it is told beside it
FIRST = 5  # sentences that may belong to it
HOW_MANY = re.compile(r"(?<!\d)(\d{1,2}|두|세|네|다섯|여섯|일곱|여덟)(?:가지|개(?![월년사])|단계|종류|곳|군데)")  # items of a list, in a question without spaces
NUMERALS = {word: n for n, word in enumerate(("두", "세", "네", "다섯", "여섯", "일곱", "여덟"), 2)}
ENUMERATED = re.compile(r"(?<=[가-힣A-Za-z)])\s?[,·、]\s?(?=[가-힣A-Za-z(])")
List = tuple[Passage | None, list[Sentence], list[str]]  # the items, and what to say of each


def chosen(candidates: Sequence[Candidate], rows: bool, question: str) -> List:
    """The list that the best candidates belong to: one of as many items as are asked for, or else the one whose heading or lead
    holds most of the question's words. Its items, or (`rows`) the first cells of a table's rows; of rows that have what the
    question names in a cell, those alone. No passage where there is none."""
    best = next((c.score for c in candidates if c.sentence.kind != "heading"), 0.0)
    asked = squeezed(question)
    number = HOW_MANY.search(asked)
    words = [word for word in content(morphemes([question])[0]) if not word.endswith("다")]
    found: list[tuple[int, List]] = []
    for candidate in candidates[:FIRST]:
        passage, kind = candidate.passage, candidate.sentence.kind
        if kind != "heading" and (candidate.score < LISTED * best or len(ENUMERATED.findall(candidate.text)) > 1):
            break  # of something else, or the list stands within a sentence
        items = under(passage, candidate.sentence) or _around(passage, passage.sentences.index(candidate.sentence), ("item", "row") if rows else ("item",))
        texts = [passage.text[s.start:s.end] for s in items]
        if items and items[0].kind == "row":
            named = {(column, value) for text in texts for column, value in cells(text)[1:] if len(squeezed(value)) > 1 and squeezed(value) in asked}
            meeting = [(item, text) for item, text in zip(items, texts, strict=True) if named.intersection(cells(text))]
            if len(meeting) > 1:
                items, texts = [item for item, _ in meeting], [text for _, text in meeting]
            elif kind == "row" and not (number and len(items) == _told(number) or _all_asked(candidates, items, asked)):
                continue
            texts = [next((value for _, value in cells(text) if value), text) for text in texts]
        if len(items) > 1:
            if number and len(items) == _told(number):
                return passage, items, texts
            lead = squeezed(_lead(passage, passage.sentences.index(items[0])))
            found.append((sum(word in lead for word in words), (passage, items, texts)))
    return max(found, key=lambda pair: pair[0] if not number else 0)[1] if found else (None, [], [])


def squeezed(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def under(passage: Passage, sentence: Sentence) -> list[Sentence]:
    """The items right under one that they belong to."""
    position = passage.sentences.index(sentence)
    below = passage.sentences[position + 1:position + 2]
    if sentence.kind != "item" or not below or below[0].kind != "item" or below[0].level <= sentence.level:
        return []
    run = list(takewhile(lambda s: s.kind == "item" and s.level > sentence.level, passage.sentences[position + 1:]))
    return [s for s in run if s.level == below[0].level]


def _around(passage: Passage, position: int, below: tuple[str, ...]) -> list[Sentence]:
    """The run of list items around a sentence, or the run of what may stand `below` right after it where it is a heading
    or a lead-in."""
    sentences = passage.sentences
    kinds: tuple[str, ...] = below if sentences[position].kind == "row" else ("item",)
    if sentences[position].kind in ("heading", "paragraph"):
        position, kinds = position + 1, below
        while position < len(sentences) and sentences[position].kind == "heading":
            position += 1
    if position >= len(sentences) or sentences[position].kind not in kinds:
        return []
    kind, level = sentences[position].kind, sentences[position].level
    first = last = position
    while first and sentences[first - 1].kind == kind and sentences[first - 1].level >= level:
        first -= 1
    while last + 1 < len(sentences) and sentences[last + 1].kind == kind and sentences[last + 1].level >= level:
        last += 1
    return [sentence for sentence in sentences[first:last + 1]
            if sentence.level == level and not REFERENCE.match(passage.text[sentence.start:sentence.end])]


def _lead(passage: Passage, position: int) -> str:
    """What stands over a list: the passage's heading, the last small heading and the sentence before its first item."""
    before = passage.sentences[:position]
    heading = next((s for s in reversed(before) if s.kind == "heading"), None)
    return " ".join([passage.heading, *(passage.text[s.start:s.end] for s in {heading, *before[-1:]} if s)])


def _all_asked(candidates: Sequence[Candidate], rows: Sequence[Sentence], asked: str) -> bool:
    """Whether the question names what the rows of a table are, and tells none of them from the others."""
    first = [c for c in candidates if c.sentence.kind != "heading"][:min(3, len(rows))]
    names = {squeezed(name) for c in first for name, _ in cells(c.text)[:1]}
    return all(c.sentence in rows and c.score >= CLOSE * first[0].score for c in first) and all(len(name) > 1 and name.removesuffix("명") in asked for name in names)


def _told(number: re.Match[str]) -> int:
    return NUMERALS.get(number[1]) or int(number[1])
