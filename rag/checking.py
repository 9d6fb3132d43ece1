"""Whether the words of an LLM stand in the reports: each sentence is held against the passage that it cites."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rag import sentences
from rag.answers import Citation
from rag.documents import Passage, Sentence, cells
from rag.lexicon import alternatives
from rag.morphemes import PARTICLE, bigrams, content, kiwi, morphemes
from rag.statement import Statement, contradicts, other_name, plain

MARKER = re.compile(r"\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
LAYOUT = re.compile(r"\*\*|^(?:[-*•·]|\d{1,2}[.)])\s+")
SHARED = 0.55  # of a sentence's content words that the words it cites, or what stands over them, must hold
BEFORE = 2  # sentences before the one cited in which its subject may be named
NEAR = 0.03  # places that hold so much less of a statement than the best one are of something else
# what a word counts that another stands for, one half of whose letters stand there, and one that stands a sentence before
SWAPPED, SPELT, EARLY = 0.8, 0.6, 0.5


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

    @cached_property
    def words(self) -> set[str]:
        """The morphemes of the sentence and of what stands over it."""
        return {*self.sentence.morphemes, *self.passage.topic, *morphemes([self.heading])[0]}

    def spells(self, word: str) -> bool:
        """Whether half of a word's pairs of letters stand there: a compound, or the same word cut in another way."""
        pairs = bigrams(word)
        return bool(pairs) and 2 * sum(pair in self._letters for pair in pairs) >= len(pairs)

    @cached_property
    def _letters(self) -> set[str]:
        return set(bigrams(f"{self.text} {self.above}"))


def support(words: str, passages: list[Passage]) -> tuple[Passage, Sentence] | None:
    """The sentence of the passages that bears a statement out best: it holds most of its words, or words that stand for them,
    and says nothing against it."""
    own = content(morphemes([words])[0])
    if not own:
        return None
    same = alternatives(own)
    statement = Statement(words)
    names = {name for token in kiwi().tokenize(words, oov_handling="rule") if (token.tag in ("NNP", "SL") or token.oov)
             and len(name := _bare(plain(token.form))) > 1 and name in plain(words)}
    scored: list[tuple[float, Place]] = []
    for place in (place for passage in passages for place in _places(passage)):
        around = place.words
        early = set(morphemes([place.before])[0])
        share = sum(1.0 if word in around else SWAPPED if any(around.issuperset(term) for term in same.get(word, ()))
                    else SPELT if len(word) > 2 and place.spells(word) else EARLY if word in early else 0.0 for word in own) / len(own)
        if share >= SHARED:
            scored.append((share, place))
    scored.sort(key=lambda pair: -pair[0])
    for share, place in scored:
        if share < scored[0][0] - NEAR:
            break
        known = plain(f"{place.text} {place.above} {place.before}")
        if all(name in known for name in names) and not _another_row(own, place) \
                and not other_name(statement, plain(place.text), known) and not contradicts(statement, place.text, place.above, place.sentence.kind == "row"):
            return place.passage, place.sentence
    return None


def _another_row(own: list[str], place: Place) -> bool:
    """Whether a statement names what stands in another row of the table, not in its own nor over it."""
    if place.sentence.kind != "row":
        return False
    others = {word for sentence in place.passage.sentences if sentence.kind == "row" and sentence != place.sentence
              for _, value in cells(place.passage.text[sentence.start:sentence.end])[:3] for word in content(morphemes([value])[0])}
    return any(word in others and word not in place.words and len(word) > 1 and not word.isdigit() and not place.spells(word) for word in own)


def _bare(name: str) -> str:
    """A name without the particle that was taken for a part of it."""
    particle = PARTICLE.fullmatch(name)
    return particle[1] if particle else name


def _places(passage: Passage) -> Iterator[Place]:
    heading, before = "", [""] * BEFORE
    for sentence in passage.sentences:
        text = passage.text[sentence.start:sentence.end]
        if sentence.kind == "heading":
            heading = text
            continue
        yield Place(passage, sentence, heading, "" if sentence.kind == "row" else " ".join(before))
        before = [*before[1:], text]
