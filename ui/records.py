"""What the page keeps, in page.sqlite3 of the index folder: conversations and feedback, each of one owner.

An owner is a login name, or the random id that a browser gave itself; nobody reads what another owns.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.answers import Answer, Citation
from rag.documents import Hit, Passage
from rag.errors import IndexDamaged, WrongUsage
from rag.morphemes import normalise
from rag.question import DATES, fits, wanted

FILE = "page.sqlite3"
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations(owner TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, turns TEXT NOT NULL,
    words TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY(owner, id));
CREATE TABLE IF NOT EXISTS feedback(id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, answer TEXT NOT NULL,
    liked INTEGER NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL, UNIQUE(owner, key));
"""
KEPT = 500  # conversations of an owner, and ratings of an owner; the oldest go
LARGEST = 8_000_000  # characters of one conversation with all its passages, some 200 answers
LONGEST_NOTE = 2000  # characters
MARKED = re.compile(r"\[(\d+)\]")
FIGURE = re.compile(r"\d(?:[\d,.]*\d)?(?:\s?[천백십]*[조억만]+)*\s?[가-힣%A-Za-z]?")
RIGHT = re.compile(r"^\s*(?:정답|답)\s*[:：]\s*(.+)", re.DOTALL)  # what a note begins with that tells the right answer
NOTHING = ("없음", "없다")  # the right answer: the reports do not say


@contextmanager
def _records(index: Path) -> Iterator[sqlite3.Connection]:
    """A connection of one's own, in one transaction. Raises IndexDamaged."""
    file = index / FILE
    db = sqlite3.connect(file, timeout=30, isolation_level=None)
    try:
        db.execute("PRAGMA secure_delete=ON")
        db.executescript(SCHEMA)
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise IndexDamaged(f"대화와 피드백을 읽거나 쓸 수 없습니다({file}: {error}). 빈자리를 확인하고, 안 되면 이 파일을 옮긴 뒤 다시 하세요.") from error
    finally:
        db.close()


def _now() -> str:
    return datetime.now().isoformat(timespec="microseconds")


# --- conversations


def save_conversation(index: Path, owner: str, id: str, title: str, turns: list[dict[str, Any]]) -> None:
    """Keep a conversation as it is now. A turn is {"question", "answer": Answer.as_json() or None, ...}.

    Raises WrongUsage for one that is too long to be kept.
    """
    text = json.dumps(turns, ensure_ascii=False)
    if len(text) > LARGEST:
        raise WrongUsage("대화가 너무 길어 더 저장할 수 없습니다. 새 대화를 시작하세요.")
    said = [title, *(part for turn in turns for part in (turn["question"], (turn.get("answer") or {}).get("answer", "")))]
    with _records(index) as db:
        db.execute("INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?, ?)",
                   (owner, id, title, text, _searched("\n".join(said)), _now()))
        db.execute("DELETE FROM conversations WHERE owner = :owner AND id NOT IN (SELECT id FROM conversations WHERE owner = :owner "
                   "ORDER BY updated DESC LIMIT :kept)", {"owner": owner, "kept": KEPT})


def conversations(index: Path, owner: str, search: str = "") -> list[tuple[str, str, str]]:
    """(id, title, time of the last change in ISO form) of the conversations that hold every word of `search`, newest first."""
    words = _searched(search).split()
    with _records(index) as db:
        return db.execute("SELECT id, title, updated FROM conversations WHERE owner = ?" + " AND instr(words, ?) > 0" * len(words)
                          + " ORDER BY updated DESC", (owner, *words)).fetchall()


def load_conversation(index: Path, owner: str, id: str) -> list[dict[str, Any]] | None:
    """The turns of a conversation; None where this owner has none by that id."""
    with _records(index) as db:
        row = db.execute("SELECT turns FROM conversations WHERE owner = ? AND id = ?", (owner, id)).fetchone()
    return json.loads(row[0]) if row else None


def delete_conversation(index: Path, owner: str, id: str) -> None:
    with _records(index) as db:
        db.execute("DELETE FROM conversations WHERE owner = ? AND id = ?", (owner, id))


def delete_all(index: Path, owner: str) -> None:
    """Delete every conversation of an owner."""
    with _records(index) as db:
        db.execute("DELETE FROM conversations WHERE owner = ?", (owner,))


def _searched(text: str) -> str:
    return normalise(text).casefold()


def restored(answer: dict[str, Any]) -> Answer:
    """The answer whose as_json() this is, with its passages as they were, whatever the index holds now.

    Raises ValueError where a quote is not in its passage.
    """
    known = {passage["id"]: passage for passage in answer["passages"]}
    passages = {number: Passage(number, p["source"], p["title"], p["page"], p["place"], p["heading"], p["text"], p["start"], p["end"],
                                note=p["note"] or "") for number, p in known.items()}
    return Answer(
        answer["question"], answer["understood"], answer["answer"], answer["found"], answer["answerer"],
        tuple(Citation(c["n"], passages[c["passage_id"]], c["quote"], c["start"], c["end"]) for c in answer["citations"]),
        tuple(Hit(passages[p["id"]], p["score"]) for p in answer["passages"]), answer["notice"], answer["seconds"], answer["answerable"])


# --- feedback


def rate(index: Path, owner: str, answer: dict[str, Any], liked: bool | None, note: str = "") -> None:
    """Keep what an owner thinks of an answer, instead of what they thought before; None takes it back."""
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    with _records(index) as db:
        db.execute("DELETE FROM feedback WHERE owner = ? AND key = ?", (owner, key))
        if liked is not None:
            db.execute("INSERT INTO feedback(owner, key, answer, liked, note, at) VALUES (?, ?, ?, ?, ?, ?)",
                       (owner, key, text, liked, note.strip()[:LONGEST_NOTE], _now()))
            db.execute("DELETE FROM feedback WHERE owner = :owner AND id NOT IN (SELECT id FROM feedback WHERE owner = :owner "
                       "ORDER BY id DESC LIMIT :kept)", {"owner": owner, "kept": KEPT})


def feedback(index: Path, owner: str | None = None) -> list[dict[str, Any]]:
    """Every rating, or those of one owner, oldest first: {"id", "answer", "liked", "note", "at"}."""
    with _records(index) as db:
        rows = db.execute("SELECT id, answer, liked, note, at FROM feedback WHERE ?1 IS NULL OR owner = ?1 ORDER BY id", (owner,)).fetchall()
    return [{"id": id, "answer": json.loads(answer), "liked": bool(liked), "note": note, "at": at} for id, answer, liked, note, at in rows]


def delete_feedback(index: Path, owner: str | None = None) -> None:
    with _records(index) as db:
        db.execute("DELETE FROM feedback WHERE ?1 IS NULL OR owner = ?1", (owner,))


def as_questions(index: Path, owner: str | None = None) -> str:
    """The feedback as a question set for `python -m rag.evaluate`, JSON Lines.

    A liked answer becomes a question (as understood, for it has to stand without its conversation) that is right when the same
    thing is said again: its evidence are the words cited, its answers the figure asked for, else the statement and its quote.
    A liked refusal becomes a question that is to be refused. A disliked answer tells what is wrong, not what is right, so it
    is left out, unless its note begins with "정답:", alternatives parted by " / "; "정답: 없음" where a refusal is right.
    So is a liked answer that cites nothing, such as a greeting.
    """
    lines = []
    for rating in feedback(index, owner):
        answer, told = rating["answer"], RIGHT.match(rating["note"])
        liked = rating["liked"] and not told
        if not told and not (liked and (answer["citations"] or not answer["found"])):
            continue
        if told:
            right = [[part for part in map(str.strip, told[1].split(" / ")) if part.rstrip(".") not in NOTHING]]
        else:
            right = variants(answer) if answer["found"] else []
        cited = answer["citations"] if liked else []
        line = {"id": f"feedback-{rating['id']}", "question": answer["understood"], "answers": [one for group in right for one in group],
                "sources": list(dict.fromkeys(c["source"] for c in cited)),
                "evidence": list(dict.fromkeys(c["quote"] for c in cited)), "type": "feedback-up" if liked else "feedback-note"}
        lines.append(line | ({"answers_all": right} if len(right) > 1 else {}))
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def variants(answer: dict[str, Any]) -> list[list[str]]:
    """What to look for in another answer to know that it says the same, in groups of which each has to be met: of the first
    statement the parts of its date or one of its figures, where one is asked for and the quote holds it and the question
    does not; else the statement or its quote."""
    statement = next((line for line in answer["answer"].split("\n") if MARKED.search(line)), answer["answer"])
    numbers = {int(number) for number in MARKED.findall(statement)}
    quotes = [c["quote"] for c in answer["citations"] if c["n"] in numbers] or [answer["citations"][0]["quote"]]
    statement, question = MARKED.sub("", statement).removeprefix("- ").strip(), answer["understood"]
    want = wanted(question)
    pattern = {"number": FIGURE, "date": DATES}.get(want.kind)
    found = dict.fromkeys(figure.strip() for figure in pattern.findall(statement)) if pattern else {}
    shared = [figure for figure in found if figure not in question and any(figure in quote for quote in quotes)]
    if want.kind == "date" and shared:
        return [[part] for part in shared]
    best = max((fits(want, figure) for figure in shared), default=0)
    return [[figure for figure in shared if fits(want, figure) == best]] if best else [[statement, *quotes]]
