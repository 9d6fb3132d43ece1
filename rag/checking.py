"""Whether the words of an LLM stand in the reports: each sentence is held against the passage that it cites."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rag import sentences
from rag.answers import Citation
from rag.documents import Passage, Sentence
from rag.lexicon import alternatives
from rag.morphemes import bigrams, content, kiwi, morphemes
from rag.statement import Statement, contradicts

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
LAYOUT = re.compile(r"\*\*|^(?:[-*•·]|\d{1,2}[.)])\s+")
SHARED = 0.5  # of a sentence's content words that the words it cites, or what stands over them, must hold
BEFORE = 2  # sentences before the one cited in which its subject may be named
SWAPPED, SPELT = 0.8, 0.6  # what a word counts that another stands for, and one half of whose letters stand there


def check(text: str, passages: tuple[Passage, ...]) -> tuple[str, tuple[Citation, ...]]:
    """The sentences of `text` that a passage bears out, with markers that resolve to exact words, and the citations."""
    *_, last = [("", ()), *checked(sentences_of(text), passages)]
    return last


def sentences_of(text: str) -> list[str]:
    """The sentences of a draft, each with the markers that belong to it."""
    # markers that a model put behind the full stop go before it, into the sentence that they belong to
    inside = re.sub(r"([.!?。])((?:\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\])+)", r"\2\1", text)
    return [line[start:end] for line in inside.splitlines() for start, end in sentences.spans(line)]


def words_of(sentence: str) -> str:
    """A drafted sentence without markers and layout."""
    while MARKER.search(sentence):  # a marker may stand within another's brackets
        sentence = MARKER.sub("", sentence)
    return LAYOUT.sub("", sentence.strip())


def checked(drafted: Iterable[str], passages: tuple[Passage, ...]) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """The text and citations so far, after each sentence that a passage bears out.

    A sentence is held against the passages whose markers it carries, then against all; what none holds is left out.
    """
    kept: dict[str, None] = {}  # in order, and each once: small models repeat themselves
    citations: list[Citation] = []
    for sentence in drafted:
        numbers = [int(n) for group in MARKER.findall(sentence) for n in group.split(",") if len(n) < 9]
        words = words_of(sentence)
        cited = [passages[n - 1] for n in dict.fromkeys(numbers) if 0 < n <= len(passages)]
        found = support(words, cited) or support(words, [p for p in passages if p not in cited])
        if not words or found is None:
            continue
        passage, at = found
        citation = next((c for c in citations if c.passage == passage and (c.start, c.end) == (at.start, at.end)), None)
        if citation is None:
            citation = Citation(len(citations) + 1, passage, passage.text[at.start:at.end], at.start, at.end)
            citations.append(citation)
        kept[f"{words} [{citation.number}]"] = None
        yield " ".join(kept), tuple(citations)


@dataclass(frozen=True)
class Place:
    """A sentence of a passage, with what stands over it and before it."""

    passage: Passage
    sentence: Sentence
    heading: str
    before: str

    @cached_property
    def text(self) -> str:
        return self.passage.text[self.sentence.start:self.sentence.end]

    @cached_property
    def above(self) -> str:
        return f"{self.heading} {self.passage.heading} {self.passage.title}"


def support(words: str, passages: list[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence of the passages that bears a statement out best: it holds most of its words, or words that stand for them,
    and says nothing against it."""
    own = content(morphemes([words])[0])
    if not own:
        return None
    same = alternatives(own)
    statement = Statement(words)
    names = {token.form.lower() for token in kiwi().tokenize(words) if token.tag in ("NNP", "SL") and len(token.form) > 1}
    scored: list[tuple[float, Place]] = []
    for place in (place for passage in passages for place in _places(passage)):
        around = set(place.sentence.morphemes) | set(place.passage.topic) | set(morphemes([place.heading])[0])
        letters = set(bigrams(f"{place.text} {place.above}"))
        share = sum(1.0 if word in around else SWAPPED if any(around.issuperset(term) for term in same.get(word, ()))
                    else SPELT if len(word) > 2 and _spelt(word, letters) else 0.0 for word in own) / len(own)
        if share >= SHARED:
            scored.append((share, place))
    for _, place in sorted(scored, key=lambda pair: -pair[0]):
        known = f"{place.text} {place.above} {place.before}".lower()
        if all(name in known for name in names) and not contradicts(statement, place.text, place.above, place.sentence.kind == "row"):
            return place.passage, place.sentence
    return None


def _places(passage: Passage) -> Iterator[Place]:
    heading, before = "", [""] * BEFORE
    for sentence in passage.sentences:
        text = passage.text[sentence.start:sentence.end]
        if sentence.kind == "heading":
            heading = text
            continue
        yield Place(passage, sentence, heading, "" if sentence.kind == "row" else " ".join(before))
        before = [*before[1:], text]


def _spelt(word: str, letters: set[str]) -> bool:
    """Whether half of a word's pairs of letters stand there: a compound, or the same word cut in another way."""
    pairs = bigrams(word)
    return bool(pairs) and 2 * sum(pair in letters for pair in pairs) >= len(pairs)
