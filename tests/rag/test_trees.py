"""Trees as arrays: a stump by hand, and the library that grew them as the oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.features import NAMES, QUESTION_NAMES
from rag.ranking import MODEL
from rag.trees import Trees, grown, load, save

STUMP = Trees(np.array([[1, 0, 0]]), np.array([[0.5, np.inf, np.inf]]), np.array([[1, 1, 2]]), np.array([[2, 1, 2]]),
              np.array([[0.0, -1.0, 1.0]]), np.array(0.0), np.array(1))


def test_a_stump():
    found = STUMP.probabilities(np.array([[9.0, 0.5], [9.0, 0.6]]))
    assert found == pytest.approx([1 / (1 + np.e), np.e / (1 + np.e)])
    assert STUMP.probabilities(np.zeros((0, 2))).shape == (0,)


@pytest.fixture(scope="module")
def fitted():
    from sklearn.ensemble import HistGradientBoostingClassifier

    table = np.random.default_rng(1).normal(size=(2000, 5)).astype(np.float32)
    labels = (table[:, 0] * table[:, 1] + table[:, 2] > 0.3).astype(int)
    return HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=9, random_state=0).fit(table, labels)


@given(st.lists(st.lists(st.floats(-5, 5, width=32), min_size=5, max_size=5), min_size=1, max_size=20))
def test_the_walk_gives_what_the_library_gives(fitted, rows):
    table = np.array(rows, dtype=np.float32)
    assert grown(fitted).probabilities(table) == pytest.approx(fitted.predict_proba(table)[:, 1], abs=1e-5)


def test_what_is_saved_is_loaded(fitted, tmp_path):
    save(tmp_path / "trees.npz", {"one": grown(fitted), "stump": STUMP})
    found = load(tmp_path / "trees.npz")
    table = np.random.default_rng(2).normal(size=(50, 5)).astype(np.float32)
    assert found.keys() == {"one", "stump"}
    assert found["one"].probabilities(table) == pytest.approx(grown(fitted).probabilities(table))


def test_the_shipped_trees_look_at_the_features_there_are():
    shipped = load(MODEL)
    assert shipped["sentence"].feature.max() < len(NAMES) and shipped["subject"].feature.max() < len(QUESTION_NAMES)
    assert shipped["question"].feature.max() < len(QUESTION_NAMES) == len(shipped["question straight"].weights)
    assert MODEL.stat().st_size < 1_000_000
