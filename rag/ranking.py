"""Which sentences of the passages found answer a question, and which passages therefore come first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.documents import Candidate, Hit, Passage, Sentence
from rag.morphemes import bigrams, content, morphemes, normalise
from rag.question import fits, only_names_a_source, wanted
from rag.retriever import idf

Frequencies = Callable[[str, Iterable[str]], dict[str, int]]
CONTEXT, VERB = 0.4, 0.5  # the weight of a word that only the history has, and of a verb beside a noun
# what a word of the question is worth where it stands, seen from a sentence
HERE, ABOVE, BESIDE, ELSEWHERE = 1.0, 0.7, 0.5, 0.3
REFERENCES = 0.5  # what a line of references keeps of its score
WORDS, PAIRS, MEANING, TYPE, PASSAGE = 0.45, 0.15, 0.15, 0.1, 0.15  # weights of the parts of a score


@dataclass(frozen=True, slots=True)
class Query:
    """A question analysed once: its content words and character pairs with their weights, and its vector."""

    text: str
    words: dict[str, float]
    pairs: dict[str, float]
    vector: tuple[float, ...]


def analyse(question: str, context: str, embedder: Embeddings, frequencies: Frequencies, passages: int) -> Query:
    """`context` is what a follow-up leans on: its words count by CONTEXT of their weight, and it takes no part in the
    other measures. `frequencies(field, words)` tells in how many of the `passages` each word stands."""
    text = normalise(question)
    own, leant = (content(words) for words in morphemes([text, normalise(context)]))
    pairs = list(dict.fromkeys(bigrams(text)))
    weights = {word: idf(passages, count) * (VERB if len(word) > 1 and word.endswith("다") else 1.0) for word, count in frequencies("body", [*own, *leant]).items()}
    words = {word: weights[word] * CONTEXT for word in leant} | {word: weights[word] for word in own}
    return Query(text, words, {pair: idf(passages, count) for pair, count in frequencies("pairs", pairs).items()},
                 tuple(embedder.embed_query(f"{context} {text}".strip())))


def rank(query: Query, hits: Sequence[Hit], embedder: Embeddings) -> list[Candidate]:
    """The sentences, list items and rows of the passages found, best first."""
    want = wanted(query.text)
    found: list[tuple[Hit, Sentence, float, float, float]] = []
    for hit in hits:
        found += [(hit, *scored) for scored in _sentences(query, hit.passage)]
    if not found:
        return []
    texts = [hit.passage.text[s.start:s.end] for hit, s, *_ in found]
    near = np.asarray(embedder.embed_documents(texts)) @ np.asarray(query.vector)
    candidates = []
    for (hit, sentence, reach, coverage, pairs), text, meaning in zip(found, texts, near, strict=True):
        score = (WORDS * reach + PAIRS * pairs + MEANING * max(float(meaning), 0.0)
                 + TYPE * fits(want, text) + PASSAGE * hit.score)
        if only_names_a_source(query.text, text):
            score *= REFERENCES
        candidates.append(Candidate(hit.passage, sentence, score, coverage))
    return sorted(candidates, key=lambda c: -c.score)


def _sentences(query: Query, passage: Passage):
    """(sentence, words reached with their place's worth, words covered in its reach, character pairs met)."""
    total = sum(query.words.values()) or 1.0
    total_pairs = sum(query.pairs.values()) or 1.0
    everywhere = set(passage.topic).union(*(s.morphemes for s in passage.sentences))
    heading: set[str] = set()
    for n, sentence in enumerate(passage.sentences):
        if sentence.kind == "heading":
            heading = set(sentence.morphemes)
        own = set(sentence.morphemes)
        above = heading.union(passage.topic)
        neighbours = set().union(*(passage.sentences[m].morphemes for m in (n - 1, n + 1)
                                   if 0 <= m < len(passage.sentences)))
        reach = sum(weight * (HERE if word in own else ABOVE if word in above else BESIDE if word in neighbours
                              else ELSEWHERE if word in everywhere else 0.0) for word, weight in query.words.items())
        covered = sum(weight for word, weight in query.words.items() if word in own or word in above or word in neighbours)
        pairs = set(bigrams(passage.text[sentence.start:sentence.end]))
        met = sum(weight for pair, weight in query.pairs.items() if pair in pairs)
        yield sentence, reach / total, covered / total, met / total_pairs


def reorder(hits: Sequence[Hit], candidates: Sequence[Candidate], share: float = 0.5) -> list[Hit]:
    """The passages again, best first, when their best sentence counts too."""
    best: dict[str, float] = {}
    for candidate in candidates:
        best.setdefault(candidate.passage.id, candidate.score)
    scored = [Hit(hit.passage, (1 - share) * hit.score + share * best.get(hit.passage.id, 0.0)) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)
