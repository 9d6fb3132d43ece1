"""Rows of a table as a list: where a question asks for as many as there are, or names what they are and tells none from the others."""

import pytest

from rag.answers import Part
from rag.documents import Candidate, Passage, Sentence
from rag.extractive import said

ROWS = ["형식: 반잠수식 | 수심(m): 50~300", "형식: 인장각 | 수심(m): 60~500", "형식: 스파 | 수심(m): 120~700", "형식: 바지 | 수심(m): 30~90"]
NAMES = ["반잠수식", "인장각", "스파", "바지"]


def found(scores: list[float]) -> tuple[Candidate, ...]:
    """The rows of one table as candidates, the best first."""
    text = "\n".join(ROWS)
    starts = [text.index(row) for row in ROWS]
    sentences = tuple(Sentence(start, start + len(row), "row", 0, ()) for start, row in zip(starts, ROWS, strict=True))
    passage = Passage("p", "s.md", "제목", None, "", "부유체", text, 0, len(text), sentences)
    candidates = [Candidate(passage, sentence, score, 1.0) for sentence, score in zip(sentences, scores, strict=True)]
    return tuple(sorted(candidates, key=lambda c: -c.score))


@pytest.mark.parametrize("question", ["부유체 형식에는 어떤 것들이 있어?", "부유체 네 종류 알려줘", "부유체 방식 네 가지는?"])
def test_all_rows_are_told_by_their_first_cells(question):
    told = said(Part(question, found([0.4, 0.35, 0.3, 0.2]), 0.9))
    assert [statement.text.removeprefix("- ") for statement in told] == NAMES
    assert all(statement.passage.text[statement.start:statement.end] in ROWS for statement in told)


@pytest.mark.parametrize(("question", "scores"), [
    ("부유체 형식에는 어떤 것들이 있어?", [0.8, 0.2, 0.1, 0.1]),  # one row is meant
    ("수심이 깊은 것들은 뭐야?", [0.4, 0.35, 0.3, 0.2]),  # the rows are not named
    ("부유체 세 종류 알려줘", [0.8, 0.1, 0.1, 0.1])])  # not so many
def test_else_rows_are_told_whole(question, scores):
    told = said(Part(question, found(scores), 0.9))
    assert told and all("수심" in statement.text for statement in told)
