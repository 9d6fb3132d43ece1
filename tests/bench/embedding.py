"""How well an embedding finds passages: `python -m tests.bench.embedding [FOLDER]`.

KorQuAD (964 passages, none seen in training): R@1 and R@5. MIRACL-ko (102,969 passages of 7,668 articles): share of
the questions held out from training whose article is first, or among the first 5 or 10 articles. Needs RAG_SHARED.
"""

import argparse
import json
import lzma
import os
from pathlib import Path

import numpy as np

from rag.embeddings import load_embedder
from rag.settings import SHIPPED_EMBEDDER
from rag.training.data import held_out


def rows(name: str) -> list[dict]:
    with lzma.open(Path(os.environ.get("RAG_SHARED", "../shared")) / "data" / f"{name}.jsonl.xz", "rt") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=str(SHIPPED_EMBEDDER))
    embedder = load_embedder(parser.parse_args().folder)
    questions = rows("korquad_articles_dev")
    passages = list(dict.fromkeys(q["passage"] for q in questions))
    asked = np.array([embedder.embed_query(q["query"]) for q in questions])
    scores = asked @ np.array(embedder.embed_documents(passages)).T
    own = scores[np.arange(len(questions)), [passages.index(q["passage"]) for q in questions]]
    rank = (scores > own[:, None]).sum(axis=1)
    print(f"KorQuAD {len(questions)} questions: R@1 {(rank < 1).mean():.3f} R@5 {(rank < 5).mean():.3f}")

    corpus = rows("miracl_ko_corpus")
    held = [q for q in rows("miracl_ko_queries_train") if held_out(q["query"])]
    vectors = np.array(embedder.embed_documents([f'{p["title"]}\n{p["text"]}' for p in corpus]), dtype=np.float32)
    hits = {1: 0, 5: 0, 10: 0}
    for question in held:
        order = np.argsort(-(vectors @ np.array(embedder.embed_query(question["query"]))))[:300]
        articles = list(dict.fromkeys(corpus[i]["curid"] for i in order))
        for k in hits:
            hits[k] += bool(set(articles[:k]) & set(question["pos_curids"]))
    print(f"MIRACL {len(held)} questions: " + " ".join(f"hit@{k} {n / len(held):.3f}" for k, n in hits.items()))


if __name__ == "__main__":
    main()
