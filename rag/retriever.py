"""Finding passages: BM25 over morphemes and character pairs, fused with the embedding's similarity."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.caches import Caches
from rag.documents import Hit
from rag.embeddings import Embedder
from rag.index import Index
from rag.query import SWAPPED, Query, analyse

POOL = 60  # candidates from each side
BOOSTS = {"body": 1.0, "heading": 0.6, "pairs": 0.5}
DENSE = 0.2  # weight of the embedding in the convex mix


class HybridRetriever(BaseRetriever):
    """The passages that fit a question, best first, as LangChain documents.

    A document's metadata holds the Hit under "hit". `sources` limits the search to these reports; `analysed` is the question where
    it has been analysed before.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    embedder: Embedder
    k: int = 10
    sources: tuple[str, ...] = ()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun,
                                k: int | None = None, sources: Sequence[str] | None = None, analysed: Query | None = None,
                                **_: Any) -> list[Document]:
        hits = search(self.index, self.embedder, query, k or self.k, self.sources if sources is None else sources, analysed)
        return [Document(page_content=hit.passage.text, id=hit.passage.id,
                         metadata={"source": hit.passage.source, "score": hit.score, "hit": hit}) for hit in hits]


def search(index: Index, embedder: Embedder, question: str, k: int, sources: Sequence[str] = (), analysed: Query | None = None) -> list[Hit]:
    """The k best passages; a question may come `analysed`. Raises UnknownSource, IndexMissing, IndexDamaged."""
    with index.snapshot() as snapshot:
        reports = snapshot.reports(sources) if sources else None
        if snapshot.caches is None:
            return []
        query = analysed or analyse(question, "", embedder, snapshot.caches.frequencies, snapshot.passages)
        scores = fuse(snapshot.caches, query, max(POOL, k), snapshot.passages, reports)
        best = sorted(scores, key=lambda row: (-scores[row][0], row))[:k]
        passages = snapshot.load(best)
        return [Hit(passages[row], *scores[row]) for row in best]


def fuse(caches: Caches, query: Query, n: int, passages: int, reports: list[int] | None) -> dict[int, tuple[float, float]]:
    """Score in [0, 1] by row, and where the cosine lies in the question's `span`: a convex mix of two shares, so that it means the same for every
    question.

    The lexical share is BM25 over what a passage that repeats every term of the question could score; the dense
    share is the cosine between far and near. A word may be met by one that stands for it.
    """
    swapped: dict[str, float] = {}
    for word, worth in ((word, SWAPPED / 2 / len(term)) for terms in query.same.values() for term in terms for word in term):
        swapped[word] = max(worth, swapped.get(word, 0.0))
    words = swapped | dict.fromkeys(query.words, 1.0)
    lexical = caches.matches({"body": words, "heading": words, "pairs": dict.fromkeys(query.pairs, 1.0)}, BOOSTS, n, reports)
    ideal = 2.2 * (BOOSTS["body"] * sum(query.words.values()) + BOOSTS["pairs"] * sum(query.pairs.values()))
    dense = caches.nearest(query.vector, min(n, passages), reports)
    far, near = query.span
    last = min(dense.values(), default=far)  # all others are farther
    places = {row: (dense.get(row, min(last, far)) - far) / (near - far) for row in lexical.keys() | dense.keys()}
    return {row: ((1 - DENSE) * min(lexical.get(row, 0.0) / (ideal or 1.0), 1.0) + DENSE * min(max(place, 0.0), 1.0), min(place, 1.0))
            for row, place in places.items()}
