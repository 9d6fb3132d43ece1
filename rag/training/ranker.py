"""Train the ranker: `python -m rag.training.ranker DATA OUT.npz`.

DATA holds korquad_articles_dev.jsonl.xz. Beside it the questions over corpus/ are learned from that are marked "split":
"train", and those over the invented reports of other fields in rag/training/reports. Grows gradient-boosted trees
(scikit-learn): "sentence" says how likely a sentence, list item or row answers a question; "question", a logistic regression,
and "subject", trees again, say how likely the best of them does. Each article of KorQuAD lies in one fold; figures are printed
for what is held out, and for each folder of reports by a model that has learned from the others.
"""

import argparse
import json
import lzma
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag import features, ranking, trees
from rag.answers import Turn
from rag.chain import POOL
from rag.dialogue import understand
from rag.documents import Hit, Sentence
from rag.embeddings import load_embedder
from rag.index import Index
from rag.measures import flat, groups, holds, load_questions
from rag.query import analyse, repaired
from rag.retriever import search
from rag.settings import SAMPLES, SHIPPED_EMBEDDER, Settings

FIELDS = Path(__file__).parent / "reports"
CONSIDERED = 60  # sentences of a question that are learned from: the best by a plain measure, and all that answer
FOLDS = 4
OWN = 6.0  # weight of a question over reports beside one over an encyclopedia
UP = {"reach", "own", "above", "beside", "passage", "precise_here", "precise_passage", "pairs", "pairs_above", "longest_run",
      "focus_own", "focus_above", "focus_passage", "figures", "row_named", "column_named", "meaning", "hit", "hit_share", "fits", "share_of_best", "first", "second"}
DOWN = {"heaviest_missing", "missing_above", "other_year", "other_figure", "source_line", "unknown", "lead_in", "rank_of_reach", "hit_rank"}


@dataclass(frozen=True)
class Example:
    """A question with the features of the sentences found, which of them answer, and where it belongs."""

    table: np.ndarray
    answers: np.ndarray
    answerable: bool
    held_out: bool
    weight: float


def example(index: Index, embedder, question: str, history: tuple[Turn, ...], answers: Callable[[Hit, Sentence], bool],
            hidden: Callable[[Hit], bool], answerable: bool, held_out: bool, weight: float) -> Example:
    """Search as the assistant does; passages that are `hidden` are passed over."""
    understood = understand(question, history)
    hits = search(index, embedder, f"{understood.context} {question}".strip(), 2 * POOL)
    with index.snapshot() as snapshot:
        assert snapshot.caches
        query = analyse(question, understood.context, embedder, snapshot.caches.frequencies, snapshot.passages)
    query = repaired(query, [hit.passage for hit in hits])
    found, table = features.features(query, [hit for hit in hits if not hidden(hit)][:POOL])
    return Example(table, np.array([answers(*one) for one in found], dtype=bool), answerable, held_out, weight)


def encyclopedia(data: Path, embedder) -> Iterator[Example]:
    """KorQuAD: each question with its article in the index, and every second one without the passages that answer."""
    with lzma.open(data / "korquad_articles_dev.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    articles: dict[str, dict[str, None]] = {}
    for row in rows:
        articles.setdefault(row["title"], {})[row["passage"]] = None
    titles = sorted(articles)
    random.Random(3).shuffle(titles)
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary) / "reports", Path(temporary) / "index"
        folder.mkdir()
        for number, (title, passages) in enumerate(articles.items()):
            (folder / f"{number}.md").write_text("\n\n".join([f"# {title}", *passages]), encoding="utf-8")
        from ingest.run import ingest

        ingest(Settings(index=index), [folder])
        opened = Index(index)
        for number, row in enumerate(rows):
            gold, variants = flat(row["passage"]), [flat(answer) for answer in row["answers"]]

            def answers(hit: Hit, sentence: Sentence, gold: str = gold, variants: list[str] = variants) -> bool:
                text = flat(hit.passage.text[sentence.start:sentence.end])
                return text[:60] in gold and any(variant in text for variant in variants)

            def says(hit: Hit, variants: list[str] = variants) -> bool:
                return any(variant in flat(hit.passage.text) for variant in variants)

            held_out = titles.index(row["title"]) >= 0.7 * len(titles)
            yield example(opened, embedder, row["query"], (), answers, lambda hit: False, True, held_out, 1.0)
            if number % 2:
                yield example(opened, embedder, row["query"], (), lambda *_: False, says, False, held_out, 1.0)
        opened.close()


def reports(folder: Path, embedder) -> Iterator[Example]:
    """Questions over the reports of a folder, as rag.evaluate takes them; first requests are answered without the ranker."""
    from ingest.run import ingest

    with tempfile.TemporaryDirectory() as index:
        ingest(Settings(index=Path(index)), [folder])
        yield from _asked(folder / "questions.jsonl", Index(Path(index)), embedder)


def _asked(file: Path, opened: Index, embedder) -> Iterator[Example]:
    for question in load_questions(file):
        if question["type"] == "first":
            continue
        variants = [flat(variant) for group in groups(question) for variant in group]

        def answers(hit: Hit, sentence: Sentence, question: dict = question, variants: list[str] = variants) -> bool:
            text = hit.passage.text[sentence.start:sentence.end]
            if not question["answers"]:
                return False
            near = not question["evidence"] or any(holds(hit.passage.text, one) for one in question["evidence"])
            return any(holds(text, one) or (len(flat(text)) > 12 and flat(text) in flat(one)) for one in question["evidence"]) \
                or (near and any(variant in flat(text) for variant in variants))

        history = tuple(Turn(turn["question"], turn["answer"]) for turn in question.get("history") or [])
        yield example(opened, embedder, question["question"], history, answers, lambda hit: False,
                      bool(question["answers"]), question.get("split", "train") != "train", OWN)
    opened.close()


def fit(table: np.ndarray, labels: np.ndarray, weights: np.ndarray, names: tuple[str, ...], leaves: int, trees_: int):
    from sklearn.ensemble import HistGradientBoostingClassifier

    plain = [name.partition(" ")[2] or name for name in names]
    direction = [1 if name in UP else -1 if name in DOWN else 0 for name in plain]
    return HistGradientBoostingClassifier(
        max_iter=trees_, learning_rate=0.06, max_leaf_nodes=leaves, min_samples_leaf=60, l2_regularization=5.0,
        monotonic_cst=direction, random_state=0).fit(table, labels, sample_weight=weights)


def sentences(examples: list[Example]) -> trees.Trees:
    """Trees that tell the sentences that answer, learned from the questions that have such."""
    kept = []
    for one in examples:
        if not len(one.table) or one.answerable and not one.answers.any():
            continue
        best = np.argsort(-one.table[:, 0] - one.table[:, features.NAMES.index("pairs")])[:CONSIDERED]
        rows = np.union1d(best, np.flatnonzero(one.answers))
        kept.append((one.table[rows], one.answers[rows], np.full(len(rows), one.weight)))
    table, answers, weights = (np.concatenate(part) for part in zip(*kept, strict=True))
    return trees.grown(fit(table, answers, weights, features.NAMES, 12, 150))


def train(general: list[Example], own: list[Example]) -> dict[str, trees.Trees | trees.Linear]:
    """"sentence" from both kinds of questions; "question" from those over reports, each as a sentence model sees it that has
    not learned from it; "subject" from those over an encyclopedia."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    general = [one for one in general if not one.held_out]
    own = [one for one in own if not one.held_out and len(one.table)]
    seen = np.zeros((len(own), len(features.QUESTION_NAMES)), dtype=np.float32)
    for fold in range(FOLDS):
        model = sentences(general + [one for n, one in enumerate(own) if n % FOLDS != fold])
        for n, one in enumerate(own):
            if n % FOLDS == fold:
                seen[n] = features.of_question(one.table, model.probabilities(one.table))[0]
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=0.05)).fit(seen, [one.answerable for one in own])
    scaler, regression = fitted[0], fitted[1]
    question = trees.Linear(scaler.mean_, scaler.scale_, regression.coef_[0], regression.intercept_[0])
    sentence = sentences(general + own)
    general = [one for one in general if len(one.table)]
    tables = np.concatenate([features.of_question(one.table, sentence.probabilities(one.table)) for one in general])
    subject = trees.grown(fit(tables, np.array([one.answerable for one in general]), np.ones(len(general)),
                              features.QUESTION_NAMES, 6, 80))
    return {"sentence": sentence, "question": question, "subject": subject}


def report(name: str, examples: list[Example], model: dict[str, trees.Trees | trees.Linear]) -> None:
    """Print how often the best sentence answers, and how well unanswerable questions are told."""
    from sklearn.metrics import roc_auc_score

    right, likely = [], []
    for one in examples:
        scores = model["sentence"].probabilities(one.table)
        likely.append(ranking.answerable(model, features.of_question(one.table, scores))[0])
        shown = np.where(one.table[:, features.NAMES.index("heading")] > 0, -1.0, scores)
        right.append(bool(one.answers[np.argmax(shown)]))
    answerable, chance = np.array([one.answerable for one in examples]), np.array(likely)
    threshold = np.quantile(chance[answerable], 0.05)
    print(f"{name}: {len(examples)} questions, best sentence right {np.array(right)[answerable].mean():.3f}, answerable AUC "
          f"{roc_auc_score(answerable, chance):.3f}, refused {(chance[~answerable] < threshold).mean():.3f} where 5 % of the "
          f"answerable are (below {threshold:.3f})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rag.training.ranker", description=__doc__.split("\n")[0])
    for name in ("data", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    embedder = load_embedder(str(SHIPPED_EMBEDDER))
    fields = {folder.name: list(reports(folder, embedder)) for folder in (SAMPLES, *sorted(FIELDS.iterdir()))}
    own = [one for examples in fields.values() for one in examples]
    general = list(encyclopedia(options.data, embedder))
    print(f"{len(general)} and {len(own)} questions", flush=True)
    model = train(general, own)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    trees.save(options.out, model)
    for name, examples in (("KorQuAD", general), ("corpus", fields[SAMPLES.name])):
        for part in (False, True):
            report(f"{name}, {'held out' if part else 'learned from'}",
                   [one for one in examples if one.held_out == part and len(one.table)], model)
    for name, examples in fields.items():
        if name != SAMPLES.name:
            others = train(general, [one for other, ones in fields.items() if other != name for one in ones])
            report(f"{name}, by the others", [one for one in examples if len(one.table)], others)


if __name__ == "__main__":
    main()
