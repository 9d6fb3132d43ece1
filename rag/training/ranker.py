"""Train the ranker: `python -m rag.training.ranker DATA OUT.npz`.

DATA holds korquad_articles_dev.jsonl.xz. Beside it the questions over corpus/ are learned from that are marked "split":
"train", and those over the invented reports of other fields in rag/training/reports. Grows gradient-boosted trees
(scikit-learn): "sentence" says how likely a sentence, list item or row answers a question; "question", beside it a
logistic regression, and "subject" say how likely the best of them does. Each article of KorQuAD lies in one fold; figures are printed
for what is held out, and for every field by a model that has learned from others.
"""

import argparse
from pathlib import Path

import numpy as np

from rag import features, ranking, trees
from rag.embeddings import load_embedder
from rag.settings import SAMPLES, SHIPPED_EMBEDDER
from rag.training.examples import FIELDS, SELDOM, Example, encyclopedia, reports

CONSIDERED = 40  # sentences of a question that are learned from: the best by words, as many by meaning, and all that answer
FOLDS = 4
Model = dict[str, trees.Trees | trees.Linear]
UP = {"reach", "own", "above", "beside", "passage", "precise_here", "precise_passage", "pairs", "pairs_above", "longest_run",
      "focus_own", "focus_above", "focus_passage", "figures", "row_named", "column_named", "meaning", "sense", "hit", "hit_share", "fits", "share_of_best", "first", "second"}
DOWN = {"sense_behind", "heaviest_missing", "missing_above", "other_year", "other_figure", "source_line", "unknown", "lead_in", "rank_of_reach", "hit_rank"}


def fit(table: np.ndarray, labels: np.ndarray, weights: np.ndarray, names: tuple[str, ...], leaves: int, trees_: int, *,
        one_way: bool = True, pace: float = 0.06, least: int = 60):
    """Trees; `one_way`: what can only help a sentence counts for it, however much else there is."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    plain = [name.partition(" ")[2] or name for name in names]
    direction = [one_way * (1 if name in UP else -1 if name in DOWN else 0) for name in plain]
    return HistGradientBoostingClassifier(
        max_iter=trees_, learning_rate=pace, max_leaf_nodes=leaves, min_samples_leaf=least, l2_regularization=5.0,
        monotonic_cst=direction, random_state=0).fit(table, labels, sample_weight=weights)


def sentences(examples: list[Example]) -> trees.Trees:
    """Trees that tell the sentences that answer, learned from the questions that have such."""
    kept = []
    for one in examples:
        if one.answerable and not one.answers.any():
            continue
        near = (-one.table[:, 0] - one.table[:, features.NAMES.index("pairs")], one.table[:, features.NAMES.index("sense_behind")])
        rows = np.unique(np.concatenate([*(np.argsort(far, kind="stable")[:CONSIDERED] for far in near), np.flatnonzero(one.answers)]))
        kept.append((one.table[rows], one.answers[rows], np.full(len(rows), one.weight)))
    table, answers, weights = (np.concatenate(part) for part in zip(*kept, strict=True))
    return trees.grown(fit(table, answers, weights, features.NAMES, 12, 150))


def train(general: list[Example], own: list[Example]) -> Model:
    """"sentence" from both kinds of questions; "question" and "question straight" from those over reports, each as a sentence model
    sees it that has not learned from it; "subject" from those over an encyclopedia."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    general = [one for one in general if not one.held_out]
    own = [one for one in own if not one.held_out]
    seen = np.zeros((len(own), len(features.QUESTION_NAMES)), dtype=np.float32)
    for fold in range(FOLDS):
        model = sentences(general + [one for n, one in enumerate(own) if n % FOLDS != fold])
        for n, one in enumerate(own):
            if n % FOLDS == fold:
                seen[n] = features.of_question(one.table, model.probabilities(one.table))[0]
    able, weights = np.array([one.answerable for one in own]), np.array([SELDOM if one.everyday else 1.0 for one in own])
    question = trees.grown(fit(seen, able, weights, features.QUESTION_NAMES, 6, 250, one_way=False, pace=0.04, least=40))
    straight = make_pipeline(StandardScaler(), LogisticRegression(C=0.05)).fit(seen, able, logisticregression__sample_weight=weights)
    sentence = sentences(general + own)
    tables = np.concatenate([features.of_question(one.table, sentence.probabilities(one.table)) for one in general])
    subject = trees.grown(fit(tables, np.array([one.answerable for one in general]), np.ones(len(general)),
                              features.QUESTION_NAMES, 6, 80))
    return {"sentence": sentence, "question": question, "question straight": trees.straight(straight), "subject": subject}


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
    for name in ("data", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    embedder = load_embedder(str(SHIPPED_EMBEDDER))
    corpus, *fields = ([one for one in reports(folder, embedder) if len(one.table)] for folder in (SAMPLES, *sorted(FIELDS.iterdir())))
    general = [one for one in encyclopedia(options.data, embedder) if len(one.table)]
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
