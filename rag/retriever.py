"""Finding passages: BM25 over morphemes and character pairs, fused with the embedding's similarity."""

import math
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.documents import Hit
from rag.index import Index, Snapshot
from rag.morphemes import bigrams, content, morphemes, normalise

POOL = 60  # candidates from each side
BOOSTS = {"body": 1.0, "heading": 0.6, "pairs": 0.5}
DENSE = 0.2  # weight of the embedding in the convex mix
# similarity of unrelated and of matching passages under the shipped embedding: where its share is 0 and 1
FAR, NEAR = 0.15, 0.75


class HybridRetriever(BaseRetriever):
    """The passages that fit a question, best first, as LangChain documents.

    A document's metadata holds the Hit under "hit". `sources` limits the search to these reports.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    embedder: Embeddings
    k: int = 10
    sources: tuple[str, ...] = ()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun,
                                k: int | None = None, sources: Sequence[str] | None = None,
                                **_: Any) -> list[Document]:
        hits = search(self.index, self.embedder, query, k or self.k, self.sources if sources is None else sources)
        return [Document(page_content=hit.passage.text, id=hit.passage.id,
                         metadata={"source": hit.passage.source, "score": hit.score, "hit": hit}) for hit in hits]


def search(index: Index, embedder: Embeddings, query: str, k: int, sources: Sequence[str] = ()) -> list[Hit]:
    """The k best passages. Raises UnknownSource, IndexMissing, IndexDamaged."""
    query = normalise(query)
    words = content(morphemes([query])[0])
    vector = embedder.embed_query(query)
    with index.snapshot() as snapshot:
        reports = snapshot.reports(sources) if sources else None
        if snapshot.caches is None:
            return []
        scores = fuse(snapshot, words, list(dict.fromkeys(bigrams(query))), vector, max(POOL, k), reports)
        best = sorted(scores, key=lambda row: (-scores[row], row))[:k]
        passages = snapshot.load(best)
        return [Hit(passages[row], scores[row]) for row in best]


def fuse(snapshot: Snapshot, words: list[str], pairs: list[str], vector: Sequence[float], n: int,
         reports: list[int] | None) -> dict[int, float]:
    """Score in [0, 1] by row: a convex mix of two shares, so that it means the same for every question.

    The lexical share is BM25 over what a passage that repeats every term of the question could score; the dense
    share is the cosine between FAR and NEAR.
    """
    caches = snapshot.caches
    assert caches is not None
    lexical = caches.matches({"body": words, "heading": words, "pairs": pairs}, BOOSTS, n, reports)
    ideal = sum(BOOSTS["body"] * idf(snapshot.passages, count) * 2.2
                for count in caches.frequencies("body", words).values())
    ideal += sum(BOOSTS["pairs"] * idf(snapshot.passages, count) * 2.2
                 for count in caches.frequencies("pairs", pairs).values())
    dense = caches.nearest(vector, min(n, snapshot.passages), reports)
    return {row: (1 - DENSE) * min(lexical.get(row, 0.0) / (ideal or 1.0), 1.0)
            + DENSE * min(max((dense.get(row, FAR) - FAR) / (NEAR - FAR), 0.0), 1.0)
            for row in lexical.keys() | dense.keys()}


def idf(passages: int, count: int) -> float:
    """BM25's inverse document frequency (Robertson & Zaragoza 2009), as tantivy has it."""
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))
