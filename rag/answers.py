"""The nouns that answers are made of: Evidence goes into an answerer, an Answer comes out."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from rag.documents import Candidate, Hit, Passage

NO_ANSWER = "보고서에는 이 질문에 대한 내용이 없습니다."
MEANWHILE = "LLM이 쓰는 문장을 확인하는 동안, 보고서의 문장을 그대로 옮긴 답을 보입니다."
READING = "고른 문장으로는 답을 찾지 못해, LLM이 대목을 읽고 있습니다."
NUMBERED = re.compile(r"[\[［【〔]\s*(\d+)\s*[\]］】〕]")


def unnumbered(text: str) -> str:
    """A report's words without what looks like a marker of ours: a footnote's [7] as (7)."""
    return NUMBERED.sub(r"(\1)", text)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or one of several asked at once, or asked of one report (`source`) of several, with the sentences found for it,
    best first, and how likely the best of them answers (0 to 1)."""

    text: str
    candidates: tuple[Candidate, ...] = ()
    answerable: float = 1.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answerer may use: the question as understood, the passages found, best first, and their sentences for each
    part of the question; `unread` files could not be searched."""

    question: str
    understood: str
    hits: tuple[Hit, ...]
    parts: tuple[Part, ...] = ()
    history: tuple[Turn, ...] = ()
    k: int = 8
    started: float = field(default_factory=time.perf_counter)
    unread: int = 0

    @property
    def answerable(self) -> float:
        """How likely the reports answer the question, or one part of it."""
        return max((part.answerable for part in self.parts), default=0.0)

    @property
    def used(self) -> tuple[Passage, ...]:
        """The k best passages, which an answer is made from."""
        return tuple(hit.passage for hit in self.hits[:self.k])


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words behind the marker [number] of an answer: `passage.text[start:end] == quote`, always."""

    number: int
    passage: Passage
    quote: str
    start: int
    end: int

    def __post_init__(self) -> None:
        exact = 0 <= self.start < self.end == self.start + len(self.quote)
        if not exact or self.passage.text[self.start:self.end] != self.quote:
            raise ValueError(f"quote is not at {self.start}:{self.end} of passage {self.passage.id}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole or growing: a stream of answers ends with the one that counts.

    `notice` says why an answer was refused or fell back, or is None.
    """

    question: str
    understood: str
    text: str
    found: bool
    answerer: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    notice: str | None = None
    seconds: float = 0.0
    answerable: float = 1.0  # how likely the reports answer the question, before anything was decided

    def __add__(self, later: "Answer") -> "Answer":
        """LangChain adds up the parts of a stream; of growing answers the later one holds all."""
        return later

    def as_json(self) -> dict[str, Any]:
        """The fixed JSON form of an answer."""
        return {
            "question": self.question, "understood": self.understood, "answer": self.text, "found": self.found,
            "notice": self.notice, "answerer": self.answerer, "seconds": round(self.seconds, 4),
            "answerable": round(self.answerable, 4),
            "citations": [
                {"n": c.number, "passage_id": c.passage.id, "source": c.passage.source, "title": c.passage.title,
                 "page": c.passage.page, "place": c.passage.place, "heading": c.passage.heading, "quote": c.quote,
                 "start": c.start, "end": c.end, "note": c.passage.note or None} for c in self.citations],
            "passages": [
                {"id": h.passage.id, "source": h.passage.source, "title": h.passage.title, "page": h.passage.page,
                 "place": h.passage.place, "heading": h.passage.heading, "text": h.passage.text,
                 "start": h.passage.start, "end": h.passage.end, "note": h.passage.note or None, "score": round(h.score, 4)} for h in self.hits],
        }


def compose(evidence: Evidence, answerer: str, text: str, citations: tuple[Citation, ...],
            notice: str | None = None) -> Answer:
    """An answer that was found."""
    return Answer(evidence.question, evidence.understood, text, True, answerer, citations, evidence.hits, notice,
                  time.perf_counter() - evidence.started, evidence.answerable)


def refuse(evidence: Evidence, answerer: str, notice: str) -> Answer:
    """The one form of "the reports do not say", which names what could not be searched."""
    if evidence.unread:
        notice += f" 읽지 못한 파일 {evidence.unread}건은 확인하지 못했습니다(python -m ingest --status)."
    return Answer(evidence.question, evidence.understood, NO_ANSWER, False, answerer, (), evidence.hits, notice,
                  time.perf_counter() - evidence.started, evidence.answerable)
