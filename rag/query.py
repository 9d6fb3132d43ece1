"""A question analysed once: its words, what may stand for them in a report, and how rare each of them is."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from langchain_core.embeddings import Embeddings

from rag.lexicon import Term, alternatives
from rag.morphemes import bigrams, content, morphemes, normalise
from rag.periods import parts_of
from rag.sounds import sound, spelt

Frequencies = Callable[[str, Iterable[str]], dict[str, int]]  # (field, words) -> in how many passages each stands
CONTEXT, VERB = 0.4, 0.5  # the weight of a word that only the history has, and of a verb or a part of a year beside a noun
PERIOD = re.compile(r"20\d\d[qhm]\d+")
KIND_ASKED = frozenset(["이름", "날짜", "날", "시기", "연도", "년도", "개", "명", "곳", "가지", "퍼센트", "%", "원", "달러", "년", "월", "일", "번", "배", "개월", "시간", "정도", "종류", "회사", "기업", "사람", "나라", "제목"])
SWAPPED = 0.7  # what an alternative is worth where it stands instead of the word


@dataclass(frozen=True, slots=True)
class Query:
    """`words` and `pairs` (of characters) carry their weight, by rarity. `same` names for a word the terms that may
    stand instead of it; `unknown` is the share of the words' weight that stands in no passage of the index. `focus` is
    what is asked of the subject, in Korean the last words: "가격" of "H100 가격이 얼마야?".
    """

    text: str
    words: dict[str, float]
    pairs: dict[str, float]
    vector: tuple[float, ...]
    same: dict[str, frozenset[Term]] = field(default_factory=dict)
    unknown: float = 0.0
    focus: frozenset[str] = frozenset()

    def met(self, word: str, words: set[str]) -> float:
        """How far a word of the question is met by a set of words: 1, SWAPPED or 0."""
        if word in words:
            return 1.0
        terms = self.same.get(word)
        return SWAPPED if terms and any(words.issuperset(term) for term in terms) else 0.0


def analyse(question: str, context: str, embedder: Embeddings, frequencies: Frequencies, passages: int) -> Query:
    """`context` is what a follow-up leans on: its words count by CONTEXT of their weight, and it takes no part in the
    other measures. A word that no passage has weighs what its most frequent alternative weighs."""
    text = normalise(question)
    own, leant = (content(words) for words in morphemes([text, normalise(context)]))
    same = alternatives([*own, *leant])
    for period in filter(PERIOD.fullmatch, own):  # what it is written with is met where it stands in another form
        for word in parts_of(period).intersection(own):
            same[word] = same.get(word, frozenset()) | {(period,)}
    alike = {word: others for word in {*own, *leant} if (others := {sound(word), spelt(word)} - {""})}
    swaps = {*(other for others in alike.values() for other in others), *(o for terms in same.values() for term in terms for o in term)}
    counts = frequencies("body", {*own, *leant, *swaps})
    for word, others in alike.items():  # a name in another spelling
        same[word] = same.get(word, frozenset()) | {(other,) for other in others if counts[other] > counts[word]}
    same = {word: present for word, terms in same.items()
            if (present := frozenset(term for term in terms if all(counts[other] for other in term)))}
    weights = {word: idf(passages, counts[word] or max((min(counts[o] for o in term) for term in same.get(word, ())), default=0))
               * (VERB if len(word) > 1 and word.endswith("다") or PERIOD.fullmatch(word) else 1.0) for word in [*own, *leant]}
    words = {word: weights[word] * CONTEXT for word in leant} | {word: weights[word] for word in own}
    missing = sum(weights[word] for word in own if not counts[word] and word not in same)
    pairs = list(dict.fromkeys(bigrams(text)))
    return Query(text, words, {pair: idf(passages, count) for pair, count in frequencies("pairs", pairs).items()},
                 tuple(embedder.embed_query(f"{context} {text}".strip())), same,
                 missing / (sum(weights[word] for word in own) or 1.0),
                 frozenset([word for word in own if word not in KIND_ASKED and not word.isdigit()][-2:]))


def idf(passages: int, count: int) -> float:
    """BM25's inverse document frequency (Robertson & Zaragoza 2009), as tantivy has it."""
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))
