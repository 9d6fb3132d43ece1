"""The answer without an LLM: the reports' own words, chosen and put together, one citation a statement."""

import re
from dataclasses import dataclass

from langchain_core.runnables import Runnable, RunnableConfig

from rag.answers import Answer, Citation, Evidence, compose, refuse
from rag.documents import Candidate, Passage, Sentence, cells
from rag.question import wanted

LONGEST = 400  # characters of an answer, markers included
STATEMENTS, CLOSE = 3, 0.75  # at most so many, each scoring at least this share of the best
ENOUGH_COVERAGE, ENOUGH_SCORE = 0.2, 0.25  # below either, the reports do not say
UNIT = re.compile(r"(.+?)\s*\((?:단위\s*:?\s*)?([조억만천백십]*\s?(?:개|원|명|대|건|배|장|년|톤|달러|퍼센트|%|억|만|천))\)")
ENUMERATED = re.compile(r"(?<=[가-힣A-Za-z)])\s?[,·、]\s?(?=[가-힣A-Za-z(])")
NUMBER = re.compile(r"[\d,.]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """Words to show and the slice of the passage that grounds them."""

    text: str
    passage: Passage
    start: int
    end: int


class ExtractiveAnswerer(Runnable[Evidence, Answer]):
    """Sentences, rows and list items that answer, at most 400 characters; refuses where the evidence is weak."""

    answerer = "extractive"

    def invoke(self, input: Evidence, config: RunnableConfig | None = None, **_: object) -> Answer:
        """The answer from the evidence's ranked sentences."""
        best = next((c for c in input.candidates if c.sentence.kind != "heading"), None)
        if best is None:
            return refuse(input, self.answerer, "색인에 보고서가 없거나, 질문과 맞닿은 대목을 찾지 못했습니다.")
        if best.coverage < ENOUGH_COVERAGE or best.score < ENOUGH_SCORE:
            return refuse(input, self.answerer, "가장 가까운 대목에도 질문의 내용이 충분히 나오지 않습니다.")
        return write(input, self.answerer, statements(input))


def statements(evidence: Evidence) -> list[Statement]:
    """What to say, best first: a whole list where one is asked for, else the few best sentences."""
    if wanted(evidence.question).kind == "list":
        items = _list(evidence.candidates)
        if items:
            return items
    chosen: list[Statement] = []
    answering = [c for c in evidence.candidates if c.sentence.kind != "heading"]
    for candidate in answering:
        if candidate.score < CLOSE * answering[0].score or len(chosen) == STATEMENTS:
            break
        statement = _statement(candidate, evidence.question)
        if all(_squeezed(statement.text) not in _squeezed(other.text) for other in chosen):
            chosen.append(statement)
    return chosen


def write(evidence: Evidence, answerer: str, chosen: list[Statement]) -> Answer:
    """The statements as text with their markers, as many as fit."""
    lines: list[str] = []
    citations: list[Citation] = []
    for statement in chosen:
        number = len(citations) + 1
        room = LONGEST - sum(len(line) + 1 for line in lines) - len(f" [{number}]")
        text = statement.text
        if len(text) > room:
            if lines:
                break
            text = text[:room - 1].rstrip() + "…"
        lines.append(f"{text} [{number}]")
        citations.append(Citation(number, statement.passage, statement.passage.text[statement.start:statement.end],
                                  statement.start, statement.end))
    return compose(evidence, answerer, "\n".join(lines), tuple(citations))


def _statement(candidate: Candidate, question: str) -> Statement:
    """A candidate as words that stand alone: under its small heading, or as the cells of its row."""
    passage, sentence = candidate.passage, candidate.sentence
    if sentence.kind == "row":
        return Statement(_row(candidate.text, question), passage, sentence.start, sentence.end)
    position = passage.sentences.index(sentence)
    above = passage.sentences[position - 1] if position else None
    if above is not None and above.kind == "heading" and sentence.end - above.start <= LONGEST - 10:
        heading = passage.text[above.start:above.end]
        return Statement(f"{heading}: {candidate.text}", passage, above.start, sentence.end)
    return Statement(candidate.text, passage, sentence.start, sentence.end)


def _row(text: str, question: str) -> str:
    """A table row as "열 값, 열 값"; of a long one the first cell and those that the question is about."""
    pairs = [_with_unit(name, value) for name, value in cells(text)]
    if len(text) > 200:
        asked = set(re.findall(r"[0-9A-Za-z가-힣]{2}", question))
        scored = sorted(range(1, len(pairs)), key=lambda n: -sum(bit in " ".join(pairs[n]) for bit in asked))
        kept, length = {0}, len(" ".join(pairs[0]))
        for n in scored:
            length += len(" ".join(pairs[n])) + 2
            if length <= 300 or len(kept) == 1:
                kept.add(n)
        pairs = [pair for n, pair in enumerate(pairs) if n in kept]
    return ", ".join(f"{name} {value}" if name else value for name, value in pairs)


def _with_unit(name: str, value: str) -> tuple[str, str]:
    """A unit that stands in the column's name goes to the number: 파라미터(억개) 5,400 -> 파라미터 5,400억개."""
    unit = UNIT.fullmatch(name)
    if unit and NUMBER.fullmatch(value):
        return unit[1], f"{value}{unit[2].replace(' ', '')}"
    return name, value


def _list(candidates: tuple[Candidate, ...]) -> list[Statement]:
    """The list that the best candidates belong to: as items, or as the line that introduces them."""
    for candidate in candidates[:5]:
        passage = candidate.passage
        if candidate.sentence.kind != "heading" and len(ENUMERATED.findall(candidate.text)) > 1:
            return []  # the list stands within a sentence
        items = _items(passage, passage.sentences.index(candidate.sentence))
        if len(items) > 1:
            share = max((LONGEST - 10) // len(items) - 7, 20)
            return [Statement(f"- {_shortened(passage.text[s.start:s.end], share)}", passage, s.start, s.end)
                    for s in items]
    return []


def _items(passage: Passage, position: int) -> list[Sentence]:
    """The run of list items around a sentence, or right after it where it is a heading or a lead-in."""
    sentences = passage.sentences
    if sentences[position].kind in ("heading", "paragraph"):
        position += 1
        while position < len(sentences) and sentences[position].kind == "heading":
            position += 1
    if position >= len(sentences) or sentences[position].kind != "item":
        return []
    level = sentences[position].level
    first = last = position
    while first and sentences[first - 1].kind == "item" and sentences[first - 1].level >= level:
        first -= 1
    while last + 1 < len(sentences) and sentences[last + 1].kind == "item" and sentences[last + 1].level >= level:
        last += 1
    return [sentence for sentence in sentences[first:last + 1] if sentence.level == level]


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit - 1].rstrip() + "…"


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text)
