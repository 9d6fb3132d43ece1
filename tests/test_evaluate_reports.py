"""The figures that the project stands by, over the original reports and over its own corpus, and what that corpus is."""

import re
import sqlite3
from pathlib import Path

import pytest

from rag import store
from rag.answers import Turn
from rag.chain import assemble
from rag.measures import flat, groups, judge, load_questions, summary
from rag.settings import SAMPLES, Settings
from tests import make_readme

# What may stand in the corpus as in the originals: rows of tables, lines that name a source, and what is quoted.
ROW_OR_SOURCE = re.compile(r"^\s*\||출처|참고\s?문헌|https?://")
QUOTED = re.compile(r"「[^」]*」|『[^』]*』|“[^”]*”|‘[^’]*’|\"[^\"]*\"")
RUN, HANGUL = 30, 20  # letters and digits in a row, so many of them Hangul, are a copy
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
TELEPHONE = re.compile(r"(?<![\d.,])(?:\+82[-. ]?|0)\d{1,2}[-. )]{1,2}\d{3,4}[-. ]\d{4}(?!\d)")


@pytest.fixture(scope="module")
def questions(shared):
    return load_questions(shared / "questions" / "dev.jsonl")


def measured(questions, folder: Path) -> dict:
    assistant = assemble(Settings(index=folder))
    judged = [judge(q, assistant.ask(q["question"], [Turn(t["question"], t["answer"]) for t in q.get("history") or []]).as_json())
              for q in questions]
    assistant.index.close()
    return summary(judged)


@pytest.fixture(scope="module")
def texts(corpus_index) -> dict[str, str]:
    """What the index read in each report of the corpus."""
    db = store.connect(corpus_index)
    try:
        return {source: store.load_report(db, row).text for row, source in db.execute("SELECT id, source FROM reports")}
    finally:
        db.close()


def test_over_the_original_reports(questions, originals_index):
    result = measured(questions, originals_index)
    assert result["all@5"]["mean"] >= 0.85, result
    assert result["correct"]["mean"] >= 0.60, result
    assert result["quote_valid"]["mean"] == 1.0
    assert result["correct"]["n"] == len(questions) == 60
    readme = make_readme.README.read_text(encoding="utf-8")
    assert make_readme.with_measures(readme, result) == readme, "python -m tests.make_readme writes them anew"


def test_over_the_corpus(questions, corpus_index):
    result = measured(questions, corpus_index)
    assert result["correct"]["mean"] >= 0.60, result
    assert result["quote_valid"]["mean"] == 1.0


def test_the_corpus_holds_every_answer(questions, texts):
    whole = flat("\n".join(texts.values()))
    missing = [(question["id"], group) for question in questions if question["answers"] for group in groups(question)
               if not any(flat(variant) in whole for variant in group)]
    assert missing == []


def markdown() -> list[Path]:
    """The corpus as it was written: Markdown files, and those that a PDF and an HWPX were made from."""
    return sorted([*SAMPLES.glob("*.md"), *SAMPLES.glob(".source/*.md")])


def test_every_report_says_what_it_is(texts, corpus_index):
    for file in markdown():
        front = re.match(r"---\n(.*?)\n---\n", file.read_text(encoding="utf-8"), re.DOTALL)
        assert front, f"{file.name} has no front matter"
        assert re.search(r"^title: \S", front[1], re.MULTILINE) and re.search(r"^note: .*다시 쓴 예시 보고서", front[1], re.MULTILINE)
    assert {file.name for file in SAMPLES.iterdir() if file.is_file() and file.suffix != ".jsonl"} == {file.name for file in SAMPLES.glob("*.md")} | {
        file.stem for file in SAMPLES.glob(".source/*.md")}, "each file is Markdown or made from it"
    with sqlite3.connect(corpus_index / store.FILE) as db:
        told = db.execute("SELECT source, title, note FROM reports").fetchall()
    assert len(told) == 4
    assert [source for source, title, note in told if "다시 쓴 예시 보고서" not in title + note] == []


def personal(text: str) -> list[str]:
    return E_MAIL.findall(text) + TELEPHONE.findall(text)


def test_nobody_can_be_written_to_or_called(texts):
    found = {name: personal(text) for name, text in (texts | {f.name: f.read_text(encoding="utf-8") for f in markdown()}).items()}
    assert not any(found.values()), found
    assert personal("문의 kim@example.co.kr, 02-6009-3000 또는 010 1234 5678, +82-2-123-4567") == [
        "kim@example.co.kr", "02-6009-3000", "010 1234 5678", "+82-2-123-4567"]
    assert personal("2023-04-10, 3,120-4,500, 1.2345-6789, 120 5540 2023년") == []


def letters(text: str) -> str:
    return "".join(re.findall("[0-9A-Za-z가-힣]", text))


def copies(lines: list[str], originals: str) -> list[str]:
    """The lines that hold RUN letters and digits in a row, HANGUL of them Hangul, as the originals hold them."""
    runs = {originals[at:at + RUN] for at in range(len(originals) - RUN + 1)}
    found = []
    for line in lines:
        if not ROW_OR_SOURCE.search(line):
            for piece in map(letters, QUOTED.split(line)):
                if any(piece[at:at + RUN] in runs and len(re.findall("[가-힣]", piece[at:at + RUN])) >= HANGUL
                       for at in range(len(piece) - RUN + 1)):
                    found.append(line)
                    break
    return found


def test_the_corpus_copies_no_sentence(shared):
    reports = [file.read_text(encoding="utf-8") for file in sorted((shared / "reports").glob("*.txt"))]
    originals = letters("\n".join(reports))
    lines = [line for file in markdown() for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 1000 and len(originals) > 50_000
    assert copies(lines, originals) == []
    long = [line for report in reports for line in report.splitlines() if len(letters(line)) >= RUN
            and len(re.findall("[가-힣]", letters(line)[:RUN])) >= HANGUL and not ROW_OR_SOURCE.search(line) and not QUOTED.search(line)]
    assert len(long) > 50 and copies(long, originals) == long, "a copied line would be found"
    assert copies([f"앞말 {long[0][:60]} 뒷말"], originals), "also within other words"


def test_the_questions_are_what_the_measures_expect(questions):
    assert len({question["id"] for question in questions}) == len(questions)
    assert all(question["evidence"] for question in questions if question["answers"])
