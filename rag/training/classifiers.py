"""The classifiers of the ranker, fitted to questions with the sentences found (scikit-learn): how likely a sentence answers, and how
likely anything does."""

import numpy as np

from rag import features, trees
from rag.training.examples import SELDOM, Example

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
