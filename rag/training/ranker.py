"""Train the ranker: `python -m rag.training.ranker DATA UNTAUGHT OUT.npz`.

DATA holds korquad_articles_dev.jsonl.xz, UNTAUGHT is the folder that rag.training.encoder made. Beside it the questions over corpus/ are
learned from that are marked "split": "train", and those over the invented reports of other fields in rag/training/reports. Grows
gradient-boosted trees (scikit-learn): "sentence" says how likely a sentence, list item or row answers a question; "question", beside it
a logistic regression, and "subject" say how likely the best of them does. Each article of KorQuAD lies in one fold; figures are printed
for what is held out, and for every field by a model that has learned from others.
"""

import argparse
from pathlib import Path

import numpy as np

from rag import features, ranking, trees
from rag.embeddings import load_embedder
from rag.settings import SHIPPED_EMBEDDER
from rag.training.classifiers import FOLDS, Model, train
from rag.training.examples import Example, by_field, encyclopedia


def report(name: str, asked: list[tuple[Example, Model]]) -> None:
    """Print how often the best sentence answers, and how well unanswerable questions are told, each by the model beside it."""
    from sklearn.metrics import roc_auc_score

    right, likely = [], []
    for one, model in asked:
        scores = model["sentence"].probabilities(one.table)
        likely.append(ranking.answerable(model, features.of_question(one.table, scores))[0])
        shown = np.where(one.table[:, features.NAMES.index("heading")] > 0, -1.0, scores)
        right.append(bool(one.answers[np.argmax(shown)]))
    answerable, chance = np.array([one.answerable for one, _ in asked]), np.array(likely)
    threshold = np.quantile(chance[answerable], 0.05)
    print(f"{name}: {len(asked)} questions, best sentence right {np.array(right)[answerable].mean():.3f}, answerable AUC "
          f"{roc_auc_score(answerable, chance):.3f}, refused {(chance[~answerable] < threshold).mean():.3f} where 5 % of the "
          f"answerable are (below {threshold:.3f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.ranker", description=__doc__.split("\n")[0])
    for name in ("data", "untaught", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    corpus, *fields = by_field(options.untaught).values()
    general = [one for one in encyclopedia(options.data, load_embedder(str(SHIPPED_EMBEDDER))) if len(one.table)]
    own = [*corpus, *(one for field in fields for one in field)]
    print(f"{len(general)} and {len(own)} questions", flush=True)
    model = train(general, own)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    trees.save(options.out, model)
    for name, examples in (("KorQuAD", general), ("corpus", corpus)):
        for part in (False, True):
            report(f"{name}, {'held out' if part else 'learned from'}", [(one, model) for one in examples if one.held_out == part])
    others: list[tuple[Example, Model]] = []
    for fold in range(FOLDS):
        apart = train(general, [*corpus, *(one for n, field in enumerate(fields) if n % FOLDS != fold for one in field)])
        others += [(one, apart) for field in fields[fold::FOLDS] for one in field]
    for everyday in (False, True):
        report(f"other fields{', everyday words' if everyday else ''}, by models that have not learned from them",
               [(one, by) for one, by in others if one.everyday == everyday])


if __name__ == "__main__":
    main()
