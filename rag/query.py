"""A question analysed once: its words, what may stand for them in a report, and how rare each of them is."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from langchain_core.embeddings import Embeddings

from rag.lexicon import alternatives
from rag.morphemes import bigrams, content, morphemes, normalise

Frequencies = Callable[[str, Iterable[str]], dict[str, int]]  # (field, words) -> in how many passages each stands
CONTEXT, VERB = 0.4, 0.5  # the weight of a word that only the history has, and of a verb beside a noun
YEAR = re.compile(r"(?:19|20)\d\d")
SWAPPED = 0.7  # what an alternative is worth where it stands instead of the word


@dataclass(frozen=True, slots=True)
class Query:
    """`words` and `pairs` (of characters) carry their weight, by rarity. `same` names for a word the words that may
    stand instead of it; `unknown` is the share of the words' weight that stands in no passage of the index.
    """

    text: str
    words: dict[str, float]
    pairs: dict[str, float]
    vector: tuple[float, ...]
    same: dict[str, frozenset[str]] = field(default_factory=dict)
    unknown: float = 0.0

    def met(self, word: str, words: set[str]) -> float:
        """How far a word of the question is met by a set of words: 1, SWAPPED or 0."""
        if word in words:
            return 1.0
        return SWAPPED if not words.isdisjoint(self.same.get(word, ())) else 0.0


def analyse(question: str, context: str, embedder: Embeddings, frequencies: Frequencies, passages: int) -> Query:
    """`context` is what a follow-up leans on: its words count by CONTEXT of their weight, and it takes no part in the
    other measures. A word that no passage has weighs what its most frequent alternative weighs."""
    text = normalise(question)
    own, leant = (content(words) for words in morphemes([text, normalise(context)]))
    same = alternatives([*own, *leant])
    for year in filter(YEAR.fullmatch, own):  # '22년
        same[year] = same.get(year, frozenset()) | {year[2:]}
    counts = frequencies("body", {*own, *leant, *(other for others in same.values() for other in others)})
    same = {word: present for word, others in same.items() if (present := frozenset(o for o in others if counts[o]))}
    weights = {word: idf(passages, counts[word] or max((counts[o] for o in same.get(word, ())), default=0))
               * (VERB if len(word) > 1 and word.endswith("다") else 1.0) for word in [*own, *leant]}
    words = {word: weights[word] * CONTEXT for word in leant} | {word: weights[word] for word in own}
    missing = sum(weights[word] for word in own if not counts[word] and word not in same)
    pairs = list(dict.fromkeys(bigrams(text)))
    return Query(text, words, {pair: idf(passages, count) for pair, count in frequencies("pairs", pairs).items()},
                 tuple(embedder.embed_query(f"{context} {text}".strip())), same,
                 missing / (sum(weights[word] for word in own) or 1.0))


def idf(passages: int, count: int) -> float:
    """BM25's inverse document frequency (Robertson & Zaragoza 2009), as tantivy has it."""
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))
