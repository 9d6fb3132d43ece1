"""Classifiers as arrays, computed in numpy: importing the library that fitted them would cost a second."""

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Linear:
    """A logistic regression over standardised features."""

    mean: np.ndarray  # (features,)
    scale: np.ndarray
    weights: np.ndarray
    base: np.ndarray  # ()

    def probabilities(self, table: np.ndarray) -> np.ndarray:
        """(rows,) float in [0, 1] for (rows, features)."""
        return 1 / (1 + np.exp(-(self.base + (table - self.mean) / self.scale @ self.weights)))


def load(file: Path) -> dict[str, Trees | Linear]:
    """The classifiers in a file that `save` wrote, by name."""
    with np.load(file) as arrays:
        names = sorted({name.partition(".")[0] for name in arrays.files})
        kinds = {name: Trees if f"{name}.feature" in arrays else Linear for name in names}
        return {name: kind(**{part: arrays[f"{name}.{part}"] for part in kind.__dataclass_fields__})
                for name, kind in kinds.items()}


def save(file: Path, classifiers: Mapping[str, Trees | Linear]) -> None:
    np.savez_compressed(file, **{f"{name}.{part}": getattr(one, part) for name, one in classifiers.items()
                                 for part in one.__dataclass_fields__})


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


def straight(pipeline) -> Linear:
    """The regression of a fitted scikit-learn pipeline of StandardScaler and LogisticRegression."""
    scaler, regression = pipeline[0], pipeline[1]
    return Linear(scaler.mean_, scaler.scale_, regression.coef_[0], regression.intercept_[0])
