"""How the encoder is taught what answers a question: what its loss counts, that it learns, and that what it learned is merged as it was."""

import math

import pytest

from rag.training import meaning
from rag.training.meaning import Field


@pytest.fixture
def tiny():
    """An encoder of eight layers and thirty pieces, and what is taught of it."""
    import torch

    from rag.training.nearness import Upper, Vectors
    from rag.training.teacher import Encoder

    torch.manual_seed(3)
    encoder = Encoder(30, 16, 32, 64, 4, 8).requires_grad_(False).eval()
    return encoder, Vectors(encoder, Upper(encoder).eval(), torch.zeros(32))


def text(*ids: int, parts: tuple[int, ...] = (), answers: tuple[bool, ...] = ()):
    from rag.training.nearness import Text

    return Text(ids, parts or (0,) * len(ids), answers)


def test_the_loss_counts_questions_that_something_answers():
    import torch

    from rag.training.nearness import STEEP, nearest

    right = torch.tensor([[True, False], [False, False]])
    assert nearest(torch.zeros(2, 2), right).item() == pytest.approx(math.log(2))
    assert nearest(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), right).item() == pytest.approx(math.log(1 + math.exp(-STEEP)), abs=1e-6)
    assert nearest(torch.zeros(1, 3), torch.tensor([[True, True, False]])).item() == pytest.approx(math.log(1.5)), "either will do"


def test_nothing_changes_before_it_is_taught(tiny):
    import torch

    _, vectors = tiny
    some = [text(0, 5, 6, 2), text(0, 7, 2)]
    assert torch.allclose(vectors.of(some), vectors.of(some, taught=False), atol=1e-5)
    assert torch.allclose(vectors.of(some)[1], vectors.of(some[1:])[0], atol=0.02), "padding says nothing"


def test_sentences_are_told_by_their_own_tokens_and_headings_not_at_all(tiny):
    import torch

    _, vectors = tiny
    one = text(0, 5, 6, 7, 2, parts=(0, 1, 2, 3, 0), answers=(False, True, True))
    _, told, places = vectors.with_sentences([one])
    hidden, _ = vectors.hidden([one])
    assert places == [(0, 1), (0, 2)] and torch.allclose(told, vectors.unit(hidden[0, 2:4]), atol=1e-5)


def test_it_learns_and_the_layers_keep_what_it_learned(tiny, monkeypatch):
    """Piece n asks for piece n + 10: nothing that it could know before."""
    import torch

    from rag.training.nearness import nearest

    encoder, vectors = tiny
    monkeypatch.setattr(meaning, "EPOCHS", 400)
    monkeypatch.setattr(meaning, "RATE", 5e-3)
    monkeypatch.setattr(meaning, "TOGETHER", 4)
    passages = tuple(text(0, n + 10, 20, 2, parts=(0, 1, 2, 0), answers=(True, True)) for n in range(3, 9))
    questions = tuple((text(0, n, 2), frozenset([k]), frozenset([(k, 0)])) for k, n in enumerate(range(3, 9)))
    fields = [Field(passages[:3], questions[:3]), Field(passages[3:], tuple((q, frozenset([next(iter(p)) - 3]), frozenset([(next(iter(p)) - 3, 0)])) for q, p, _ in questions[3:]))]

    def loss() -> float:
        with torch.no_grad():
            return nearest(vectors.of([question for question, *_ in questions]) @ vectors.of(passages).T, torch.eye(6, dtype=torch.bool)).item()

    before = loss()
    meaning.learn(vectors, fields, [(question, passages[k]) for k, (question, *_) in enumerate(questions)])
    assert loss() < 0.5 * before
    with torch.no_grad():
        taught = vectors.of(passages)
        vectors.upper.merge(encoder)
        assert torch.allclose(vectors.of(passages, taught=False), taught, atol=0.03)
