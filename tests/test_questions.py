"""The question set over corpus/: what it asks, and that its evidence stands in the reports."""

import re
from collections import Counter

import pytest

from ingest import readers
from rag.measures import flat, groups, holds, load_questions
from rag.settings import SAMPLES
from rag.training.examples import FIELDS

KINDS = {"fact", "table", "numeric", "list", "paraphrase", "noisy", "followup", "yesno", "unanswerable", "cross", "first"}


@pytest.fixture(scope="module")
def questions():
    return load_questions(SAMPLES / "questions.jsonl")


@pytest.fixture(scope="module")
def texts():
    return {file.name: readers.read(file.read_bytes(), file).text for file in SAMPLES.iterdir()
            if file.is_file() and readers.readable(file)}


def test_how_many_there_are_of_each_kind(questions):
    kinds = Counter(question["type"] for question in questions)
    assert kinds.keys() == KINDS and len(questions) >= 250
    assert kinds["unanswerable"] >= 60 and kinds["first"] >= 40
    assert all(bool(question["answers"]) == (question["type"] != "unanswerable") for question in questions)
    assert len({question["id"] for question in questions}) == len({(q["question"], str(q.get("history"))) for q in questions})
    splits = {kind: Counter(q["split"] for q in questions if q["type"] == kind) for kind in KINDS}
    assert all(abs(split["train"] - split["test"]) <= 1 for split in splits.values()), splits
    assert all(question.get("history") for question in questions if question["type"] == "followup")


def test_evidence_stands_in_its_reports(questions, texts):
    lost = [(question["id"], evidence) for question in questions for evidence in question["evidence"]
            if not any(holds(texts[source], evidence) for source in question["sources"])]
    assert lost == []


def test_an_answer_stands_in_its_evidence_unless_it_is_worked_out(questions):
    """Facts, table cells and figures are answered by the words of a report."""
    apart = [question["id"] for question in questions if question["type"] in ("fact", "numeric") and question["evidence"]
             and not all(any(flat(variant) in flat(" ".join(question["evidence"])) for variant in group)
                         for group in groups(question))]
    assert apart == []


def test_paraphrases_share_no_name_or_noun_but_few_with_their_evidence(questions):
    from rag.morphemes import content, morphemes

    shares = []
    for question in questions:
        if question["type"] == "paraphrase":
            asked = {word for word in content(morphemes([question["question"]])[0]) if not re.search(r"[0-9a-z]|다$", word)}
            told = set(morphemes([" ".join(question["evidence"])])[0])
            shares.append(len(asked & told) / max(len(asked), 1))
    assert sum(shares) / len(shares) < 0.2


@pytest.mark.parametrize("folder", sorted(FIELDS.iterdir()), ids=lambda folder: folder.name)
def test_questions_over_reports_of_other_fields_hold_too(folder):
    texts = {file.name: readers.read(file.read_bytes(), file).text for file in folder.iterdir() if readers.readable(file)}
    asked = [question for file in folder.glob("*.jsonl") for question in load_questions(file)]
    assert len(texts) == 2 and len(asked) >= 116 and len({question["id"] for question in asked}) == len(asked)
    lost = [(question["id"], evidence) for question in asked for evidence in question["evidence"]
            if not any(holds(texts[source], evidence) for source in question["sources"])]
    assert lost == []
    assert all(bool(question["answers"]) == (question["type"] != "unanswerable") for question in asked)
