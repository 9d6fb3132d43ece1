"""Teach the encoder that ships to read: `python -m rag.training.reading DATA TEACHER LAYERS UNTAUGHT`.

Learned from are the sentences that the ranker puts first, of KorQuAD and of the invented reports in rag/training/reports but
those of HELD_OUT, with which, and with the questions over corpus/ that are marked "split": "train", it is fitted how much
reading counts beside the ranker. DATA holds
korquad_articles_dev.jsonl.xz, TEACHER is the file that rag.training.encoder takes, LAYERS what rag.training.meaning made of its
upper layers, UNTAUGHT the folder of rag.training.encoder. Writes the graph of rag/encoder_ko anew, with these layers, and rag/ranker_ko/reading.npz. Needs `pip install onnx`;
an hour and a half on two cores. `python -m rag.training.reading DATA TEACHER` teaches the reader that ships further, by the reports that are
as slides are and some of the others (ten minutes, and as long to embed them); `python -m rag.training.reading DATA` only fits anew how
much it counts (five minutes).
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import features, ranking, trees
from rag.embeddings import load_embedder
from rag.encoder import PASSAGE, QUESTION
from rag.encoder import Encoder as Shipped
from rag.settings import SAMPLES
from rag.settings import SHIPPED_EMBEDDER as SHIPPED
from rag.training.classifiers import train
from rag.training.examples import FIELDS, HELD_OUT, SELDOM, SLIDES, Example, by_field, encyclopedia, reports, strange

if TYPE_CHECKING:
    from rag.training.reader import Lower, Reader
    from rag.training.teacher import Encoder

ENCYCLOPEDIA, EPOCHS, BATCH, RATE = 1500, 2.3, 8, 1e-3
FURTHER, AGAIN, OTHERS = (1.0, 5e-4), 3, 2600  # epochs and rate of teaching further; how often slides are met in it, beside how many other questions
POOLED, LEARNED = 24, 10  # sentences kept of a question, and learned from at once


@dataclass(frozen=True)
class Asked:
    """A question with the sentences that the ranker puts first, and those that lie nearest, their scores, nearness and whether
    they answer; `known` is what rag.ranking knows of it without reading."""

    question: str
    texts: tuple[str, ...]
    scores: np.ndarray
    senses: np.ndarray
    answers: np.ndarray
    known: np.ndarray
    likely: float
    answerable: bool
    everyday: bool = False


def asked(one: Example, model: dict[str, Any]) -> Asked:
    scores, senses = model["sentence"].probabilities(one.table), one.table[:, features.NAMES.index("sense")]
    question = features.of_question(one.table, scores)
    plain = one.table[:, features.NAMES.index("heading")] == 0
    first, near = ([n for n in np.argsort(-by, kind="stable") if plain[n]] for by in (scores, senses))
    order = list(dict.fromkeys([*first[:POOLED], *near[:POOLED // 2]]))
    return Asked(one.question, tuple(one.texts[n] for n in order), scores[order], senses[order], one.answers[order], ranking.known(model, question),
                 float(ranking.answerable(model, question)[0]), one.answerable, one.everyday)


def chosen(one: Asked, chooser: random.Random) -> list[int]:
    """Sentences to learn from, mixed: the first ones, with one at least that answers, sometimes fewer of the others."""
    taken, right = list(range(min(LEARNED, len(one.texts)))), np.flatnonzero(one.answers)
    if one.answerable:
        if not len(right):
            return []
        if right[0] >= len(taken):
            taken[-1] = int(right[0])
    answers, others = [n for n in taken if one.answers[n]], [n for n in taken if not one.answers[n]]
    chooser.shuffle(others)
    if len(others) > 3 and chooser.random() < 0.3:
        others = others[:chooser.randrange(3, len(others) + 1)]
    return answers + others


def learn(reader: "Reader", lower: "Lower", questions: Sequence[Asked], epochs: float = EPOCHS, rate: float = RATE) -> None:
    import torch
    from torch.nn import functional, utils

    chooser, layers = random.Random(1), lower.encoder.layers[reader.apart:]
    own = [parameter for name, parameter in reader.named_parameters() if name != "scale"]
    steps = int(epochs * len(questions) / BATCH)
    groups: list[dict[str, Any]] = [{"params": own}, {"params": [reader.scale], "lr": 0.05}]
    optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    pace = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: min(1.0, 20 * (n + 1) / steps) * max(0.02, 1 - n / steps))
    started, losses = time.time(), list[float]()
    for picked in _batches(questions, chooser, steps):
        x, texts = lower.batch([(one.question, [one.texts[n] for n in rows]) for one, rows in picked])
        right = torch.zeros(texts.grid.shape, dtype=torch.bool)
        for row, (one, rows) in zip(right, picked, strict=True):
            row[1:len(rows) + 1] = torch.tensor(one.answers[rows])
            row[0] = not row.any()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            odds = reader(x, layers, texts)
        loss = -torch.logsumexp(functional.log_softmax(odds, 1).masked_fill(~right, -1e4), 1).mean()
        loss.backward()
        utils.clip_grad_norm_([*own, reader.scale], 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        pace.step()
        losses.append(loss.item())
        if len(losses) % 100 == 0:
            print(f"{len(losses)}/{steps}: loss {np.mean(losses[-100:]):.3f}, {time.time() - started:.0f} s", flush=True)


def _batches(questions: Sequence[Asked], chooser: random.Random, steps: int) -> Iterator[list[tuple[Asked, list[int]]]]:
    """Questions of about one length together."""
    while steps > 0:
        order = [(one, rows) for one in chooser.sample(questions, len(questions)) if (rows := chosen(one, chooser))]
        for n in range(0, len(order), BATCH * 16):
            some = sorted(order[n:n + BATCH * 16], key=lambda pair: sum(len(pair[0].texts[row]) for row in pair[1]))
            batches = [some[m:m + BATCH] for m in range(0, len(some), BATCH)]
            chooser.shuffle(batches)
            yield from batches[:steps]
            steps -= len(batches)
            if steps <= 0:
                return


@dataclass(frozen=True)
class Read:
    """A question of which some sentences are read, `rows`, with the log odds of these and the measures of the question."""

    asked: Asked
    rows: np.ndarray
    sentences: np.ndarray
    question: np.ndarray


def read(one: Asked, reader: Shipped) -> Read | Asked:
    """The question as it is read, or as it is where nothing of it is."""
    rows = ranking.worth_reading(one.scores, one.senses, one.known)
    if not len(rows):
        return one
    rows, texts = ranking.fitting(rows, [one.texts[n] for n in rows])
    return Read(one, rows, *ranking.reading(one.scores[rows], one.known, reader.chances(one.question, texts)))


def fitted(questions: Sequence[Read | Asked]) -> dict[str, trees.Trees | trees.Linear]:
    """How much reading counts beside the ranker, where it is asked, by questions that it has not learned from: for a sentence
    a regression, for the question trees, for which every measure can only tell of an answer."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    unsure = [one for one in questions if isinstance(one, Read)]
    weights = np.array([SELDOM if one.asked.everyday else 1.0 for one in unsure])
    sentence = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        np.concatenate([one.sentences for one in unsure]), np.concatenate([one.asked.answers[one.rows] for one in unsure]),
        logisticregression__sample_weight=np.repeat(weights, [len(one.rows) for one in unsure]))
    table = np.concatenate([one.question for one in unsure])
    question = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=1.0, monotonic_cst=[1] * table.shape[1],
        random_state=0).fit(table, [one.asked.answerable for one in unsure], sample_weight=weights)
    return {"read sentence": trees.straight(sentence), "read question": trees.grown(question)}


def report(name: str, questions: Sequence[Read | Asked], model: dict[str, trees.Trees | trees.Linear]) -> None:
    """Print how often the best sentence answers, and how well unanswerable questions are told, before and after reading."""
    from sklearn.metrics import roc_auc_score

    best, before, after = [], [], []
    for one in questions:
        own = one.asked if isinstance(one, Read) else one
        first = int(np.argmax(own.scores))
        chosen = int(one.rows[np.argmax(model["read sentence"].probabilities(one.sentences))]) if isinstance(one, Read) else first
        before.append(own.likely)
        after.append(float(model["read question"].probabilities(one.question)[0]) if isinstance(one, Read) else own.likely)
        best.append((own.answerable, own.answers[first], own.answers[chosen]))
    table = np.array(best, dtype=bool)
    able = table[:, 0]
    right = table[able, 1:].mean(axis=0)
    print(f"{name}: best sentence right {right[0]:.3f}, read {right[1]:.3f}; answerable AUC {roc_auc_score(able, before):.3f}, "
          f"read {roc_auc_score(able, after):.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.reading", description=__doc__.split("\n")[0])
    for name in ("data", "teacher", "layers", "untaught"):
        parser.add_argument(name, type=Path, nargs=None if name == "data" else "?")
    options = parser.parse_args()
    if options.teacher is None:
        calibrate({folder.name: [asked(one, ranking.model()) for one in reports(folder, SHIPPED) if not one.held_out] for folder in _held()}, options.data)
        return
    import torch
    from safetensors.torch import load_file

    from rag.training.graph import write
    from rag.training.reader import APART, Lower, Reader
    from rag.training.teacher import middle_of, untaught

    torch.manual_seed(1)
    encoder, tokens = untaught(options.teacher, SHIPPED)
    if options.layers is None:
        further(encoder, tokens, options.data)
        return
    encoder.layers[APART:].load_state_dict(load_file(options.layers))
    fields = by_field(options.untaught)
    general = [one for one in encyclopedia(options.data, load_embedder(str(SHIPPED))) if len(one.table)]
    # a ranker that meets what is held out as new reports are met
    model = train(general, [one for name, ones in fields.items() if name not in (*HELD_OUT, SAMPLES.name) for one in ones])
    reader, lower = Reader(encoder), Lower(encoder, tokens)
    held = {name: [asked(one, model) for one in fields.pop(name) if not one.held_out] for name in (*HELD_OUT, SAMPLES.name)}
    learned = [asked(one, model) for ones in (*fields.values(), random.Random(1).sample(general, ENCYCLOPEDIA)) for one in ones]
    lower.learn([text for one in learned for text in (QUESTION + one.question, *(PASSAGE + text for text in one.texts))])
    learn(reader, lower, learned)
    write(encoder, middle_of(SHIPPED / "encoder.onnx"), reader.eval(), SHIPPED / "encoder.onnx")
    calibrate(held, options.data)


def further(encoder: "Encoder", tokens: Any, data: Path) -> None:
    """Teach the reader that ships further, by what the ranker that ships puts first."""
    from rag.training.graph import write
    from rag.training.reader import Lower
    from rag.training.shipped import taken
    from rag.training.teacher import middle_of

    reader, lower = taken(SHIPPED / "encoder.onnx", encoder), Lower(encoder, tokens)
    fields = {name: [asked(one, ranking.model()) for one in ones if not one.held_out] for name, ones in by_field(SHIPPED).items()}
    held = {name: fields.pop(name) for name in (*HELD_OUT, SAMPLES.name)}
    slides = [one for name in SLIDES for one in fields.pop(name)]
    others = [one for ones in fields.values() for one in ones]
    learned = slides * AGAIN + random.Random(1).sample(others, min(OTHERS, len(others)))
    lower.learn([text for one in learned for text in (QUESTION + one.question, *(PASSAGE + text for text in one.texts))])
    learn(reader, lower, learned, *FURTHER)
    write(encoder, middle_of(SHIPPED / "encoder.onnx"), reader.eval(), SHIPPED / "encoder.onnx")
    calibrate(held, data)


def _held() -> list[Path]:
    return [*(FIELDS / name for name in HELD_OUT), SAMPLES]


def calibrate(held: dict[str, list[Asked]], data: Path) -> None:
    """Fit and write `reading.npz` by the graph as it ships, and by what no report is about, too."""
    reader, model = Shipped(SHIPPED), ranking.model()
    for folder in _held():
        held[folder.name] += [asked(one, model) for one in strange(data, folder) if len(one.table)]
    done = {name: [read(one, reader) for one in ones] for name, ones in held.items()}
    trees.save(ranking.READING, fitted([one for ones in done.values() for one in ones]))
    for name, ones in done.items():
        report(f"{name}, weighed by the others", ones, fitted([one for other, rest in done.items() if other != name for one in rest]))


if __name__ == "__main__":
    main()
