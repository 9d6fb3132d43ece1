"""Gradient-boosted trees as arrays, walked in numpy: importing the library that grew them would cost a second."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Trees:
    """A binary classifier. The arrays are (trees, nodes): a node sends a row left where its feature is at most the
    threshold; a leaf points to itself and carries a value. `base` is added to the sum of the leaves; `depth` is the
    longest way down."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    base: np.ndarray  # ()
    depth: np.ndarray  # ()

    def probabilities(self, table: np.ndarray) -> np.ndarray:
        """(rows,) float in [0, 1] for (rows, features)."""
        trees = np.arange(len(self.feature))[:, None]
        at = np.zeros((len(self.feature), len(table)), dtype=np.int32)
        rows = np.arange(len(table))[None, :]
        for _ in range(int(self.depth)):
            goes_left = table[rows, self.feature[trees, at]] <= self.threshold[trees, at]
            at = np.where(goes_left, self.left[trees, at], self.right[trees, at])
        return 1 / (1 + np.exp(-(self.base + self.value[trees, at].sum(axis=0))))


def load(file: Path) -> dict[str, Trees]:
    """The classifiers in a file that `save` wrote, by name."""
    with np.load(file) as arrays:
        names = sorted({name.partition(".")[0] for name in arrays.files})
        return {name: Trees(**{part: arrays[f"{name}.{part}"] for part in Trees.__dataclass_fields__}) for name in names}


def save(file: Path, classifiers: dict[str, Trees]) -> None:
    np.savez_compressed(file, **{f"{name}.{part}": getattr(trees, part) for name, trees in classifiers.items()
                                 for part in Trees.__dataclass_fields__})


def grown(classifier) -> Trees:
    """The trees of a fitted scikit-learn HistGradientBoostingClassifier for two classes."""
    nodes = [predictor.nodes for predictor, in classifier._predictors]
    shape = (len(nodes), max(map(len, nodes)))
    feature, left, right = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    threshold, value = np.full(shape, np.inf, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for tree, own in enumerate(nodes):
        inner, numbers = ~own["is_leaf"].astype(bool), np.arange(len(own))
        feature[tree, :len(own)] = np.where(inner, own["feature_idx"], 0)
        threshold[tree, :len(own)] = np.where(inner, own["num_threshold"], np.inf)
        left[tree, :len(own)] = np.where(inner, own["left"], numbers)
        right[tree, :len(own)] = np.where(inner, own["right"], numbers)
        value[tree, :len(own)] = np.where(inner, 0.0, own["value"])
    return Trees(feature, threshold, left, right, value, np.ravel(classifier._baseline_prediction)[0],
                 np.max([own["depth"].max() for own in nodes]))
