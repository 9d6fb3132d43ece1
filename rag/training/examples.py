"""The questions that the ranker and the reader learn from, as the assistant meets them: over an encyclopedia, and over reports."""

import json
import lzma
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag import features, ranking
from rag.answers import Turn
from rag.chain import POOL
from rag.dialogue import understand
from rag.documents import Candidate, Hit, Passage, Sentence
from rag.embeddings import Embedder, load_embedder
from rag.index import Index
from rag.measures import flat, groups, holds, load_questions
from rag.query import analyse, repaired
from rag.retriever import search
from rag.settings import SAMPLES, SHIPPED_EMBEDDER, Settings

# a folder for each field: two invented reports, the questions over them, and more of them in everyday words that the reports do not use
FIELDS = Path(__file__).parent / "reports"
HELD_OUT = ("audit", "auto", "battery", "fintech", "hospital", "retail", "robots", "survey", "voiceai")  # neither the encoder nor the reader learns from these
# what vectors are taught by: for the ranker these fields are embedded as if they were not, as new reports lie no nearer to their questions
TAUGHT = ("ai", "commerce", "culture", "energy", "farming", "law", "property", "public", "school", "science", "security", "startup", "tech",
          "transport", "chips", "cloud", "datarule", "investment", "llm", "rail", "space", "telecom")
SLIDES = ("healthtech", "hrplan")  # fields whose reports are as slides and notes are
QUESTIONS, EVERYDAY = "questions.jsonl", "everyday.jsonl"
STRANGE = 50  # questions of an encyclopedia that are asked of the reports of a field
SELDOM = 0.5  # weight of a question in everyday words beside another one, where it is learned whether any answer is there
OWN = 6.0  # weight of a question over reports beside one over an encyclopedia


@dataclass(frozen=True)
class Example:
    """A question with the sentences found as they are read, their features, which of them answer, and where it belongs."""

    question: str
    texts: tuple[str, ...]
    table: np.ndarray
    answers: np.ndarray
    answerable: bool
    held_out: bool
    weight: float
    everyday: bool = False


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
    texts = tuple(ranking.as_read(Candidate(hit.passage, sentence, 0.0, 0.0), query.words) for hit, sentence in found)
    return Example(query.whole, texts, table, np.array([answers(*one) for one in found], dtype=bool), answerable, held_out, weight)


def encyclopedia(data: Path, embedder) -> Iterator[Example]:
    """KorQuAD: each question with its article in the index, and every second one without the passages that answer."""
    rows = _korquad(data)
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


def _korquad(data: Path) -> list[dict[str, Any]]:
    with lzma.open(data / "korquad_articles_dev.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def strange(data: Path, folder: Path, number: int = STRANGE) -> Iterator[Example]:
    """Questions over an encyclopedia, of which the reports of a folder know nothing, as they meet them."""
    questions = random.Random(folder.name).sample([row["query"] for row in _korquad(data)], number)
    with _ingested(folder, SHIPPED_EMBEDDER) as (opened, embedder):
        for text in questions:
            yield example(opened, embedder, text, (), lambda *_: False, lambda hit: False, False, False, OWN)


def by_field(untaught: Path) -> dict[str, list[Example]]:
    """The questions over corpus/ and over the invented reports, by folder; `untaught` holds the encoder before it was taught meaning."""
    return {folder.name: [one for one in reports(folder, untaught if folder.name in TAUGHT else SHIPPED_EMBEDDER) if len(one.table)]
            for folder in (SAMPLES, *sorted(FIELDS.iterdir()))}


def reports(folder: Path, model: Path) -> Iterator[Example]:
    """Questions over the reports of a folder, as rag.evaluate takes them; first requests are answered without the ranker."""
    with _ingested(folder, model) as (opened, embedder):
        for file in filter(Path.exists, (folder / QUESTIONS, folder / EVERYDAY)):
            yield from (replace(one, everyday=file.name == EVERYDAY) for one in _asked(file, opened, embedder))


@contextmanager
def _ingested(folder: Path, model: Path) -> Iterator[tuple[Index, Embedder]]:
    from ingest.run import ingest

    embedder = load_embedder(str(model))
    with tempfile.TemporaryDirectory() as index:
        ingest(Settings(index=Path(index), embedder=str(model)), [folder])
        opened = Index(Path(index))
        try:
            yield opened, embedder
        finally:
            opened.close()


def _asked(file: Path, opened: Index, embedder) -> Iterator[Example]:
    for question in load_questions(file):
        if question["type"] == "first":
            continue
        tells = told_by(question)
        history = tuple(Turn(turn["question"], turn["answer"]) for turn in question.get("history") or [])
        yield example(opened, embedder, question["question"], history, lambda hit, sentence, tells=tells: tells(hit.passage, sentence),  # type: ignore[misc]
                      lambda hit: False, bool(question["answers"]), question.get("split", "train") != "train", OWN)


def told_by(question: dict[str, Any]) -> Callable[[Passage, Sentence], bool]:
    """Whether a sentence of a passage answers a question of a question set: it holds its evidence, or, beside that, its answer."""
    variants = [flat(variant) for group in groups(question) for variant in group]

    def tells(passage: Passage, sentence: Sentence) -> bool:
        text = passage.text[sentence.start:sentence.end]
        if not question["answers"]:
            return False
        near = not question["evidence"] or any(holds(passage.text, one) for one in question["evidence"])
        return any(holds(text, one) or (len(flat(text)) > 12 and flat(text) in flat(one)) for one in question["evidence"]) \
            or (near and any(variant in flat(text) for variant in variants))

    return tells


def questions_of(folder: Path) -> Iterator[tuple[str, Callable[[Passage, Sentence], bool]]]:
    """The questions to learn from over the reports of a folder that stand by themselves and have an answer, and what tells it."""
    for file in filter(Path.exists, (folder / QUESTIONS, folder / EVERYDAY)):
        for question in load_questions(file):
            if question["type"] != "first" and question["evidence"] and not question.get("history") and question.get("split", "train") == "train":
                yield question["question"], told_by(question)
