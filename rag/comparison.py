"""What several reports say about a topic, side by side in a table, every statement cited; and where their figures differ."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from langchain_core.runnables import Runnable

from rag import ranking
from rag.answers import Answer, Evidence
from rag.documents import Candidate
from rag.embeddings import Embedder
from rag.errors import WrongUsage
from rag.extractive import ENOUGH, Statement, stated
from rag.figures import CLASS, FIGURE, plain
from rag.index import Index
from rag.morphemes import content, kiwi, morphemes, normalise
from rag.overview import EMPTY, NOTE, NUMBERED, Group, answer, cited, told, weight
from rag.periods import periods, without_periods
from rag.query import analyse, repaired
from rag.question import DATES
from rag.retriever import search
from rag.statement import DATED
from rag.tables import amount
from rag.wording import polite

ABSENT = "언급 없음"
POOL, SAID, MOST = 20, 3, 4  # passages looked at in a report, statements of one, reports side by side (more stand one below the other)
ABOUT, FAINT, LESS = 0.6, 0.15, 0.5  # of a topic's words that a statement, or what stands over it, holds; of the best one's likelihood; what others are worth beside
# complete statements, and those under a heading that names the topic beside those that name it
AKIN, SAME, ROUNDED = 0.4, 0.5, Decimal("0.02")  # of the words of two statements: of the same aspect, of the same thing; a rounded figure
FIGURED = re.compile(r"(?:[률율액량]|[\s자객원]수|규모|점수)$")  # a topic that is a figure
NUMBER = re.compile(r"(?<![A-Za-z\d-])\d")
LONGEST, ASPECTS = 200, 6  # characters of a topic; what it names side by side, at most
TITLE = 30  # characters of a report's name over its column


@dataclass(frozen=True, slots=True)
class Cell(Group):
    """What one report says about one aspect of the topic; `heading` is the aspect."""

    report: int


def compare(index: Index, embedder: Embedder, answerer: Runnable[Evidence, Answer], sources: Sequence[str], topic: str,
            question: str = "") -> Iterator[Answer]:
    """A GitHub-Markdown table with a column for each report and rows for what they say of each aspect of the topic ("가격과 성능"
    has two), the statements of one aspect that speak of the same thing in one row. Raises UnknownSource, WrongUsage."""
    started = time.perf_counter()
    topic = normalise(topic).strip()
    with index.snapshot() as snapshot:
        there = list(dict.fromkeys(pair for source in sources for pair in snapshot.titles([source])))
        if len(there) < 2:
            raise WrongUsage("비교할 보고서를 두 편 넘게 골라 주세요. 목록 보기: python -m ingest --status")
        if not content(morphemes([topic[:LONGEST]])[0]) or len(topic) > LONGEST:
            raise WrongUsage(f"무엇을 비교할지 {LONGEST}자 안으로 써 주세요. 예: 두 보고서를 시장 규모에 대해 비교해줘")
    cells = [found(index, embedder, aspect, number, source) for aspect in aspects(topic) for number, (source, _) in enumerate(there)]
    show = partial(_table, question or f"「{topic}」 비교", started, _names_of([title for _, title in there]))
    yield from told(cells, answerer, lambda cell: f"'{cell.heading}'에 대해 이 보고서가 말하는 것을 한두 문장으로 써 줘.", show)


def aspects(topic: str) -> list[str]:
    """What a topic names side by side: "가격과 성능" names two."""
    parts, start = [], 0
    for token in kiwi().tokenize(topic):
        if token.tag in ("JC", "MAJ") or token.form in ",·/" and token.tag[0] == "S":
            parts.append(topic[start:token.start])
            start = token.start + token.len
    return list(dict.fromkeys(part for part in map(str.strip, [*parts, topic[start:]]) if content(morphemes([part])[0])))[:ASPECTS] or [topic]


def found(index: Index, embedder: Embedder, aspect: str, number: int, source: str) -> Cell:
    """The few statements of a report that are about an aspect; none where the ranker says that the report is silent."""
    hits = search(index, embedder, aspect, POOL, [source])
    with index.snapshot() as snapshot:
        if not hits or snapshot.caches is None:
            return Cell(aspect, (), (), number)
        query = analyse(aspect, "", embedder, snapshot.caches.frequencies, snapshot.passages)
    candidates, answerable = ranking.rank(repaired(query, [hit.passage for hit in hits]), hits)
    total = sum(query.words.values()) or 1.0

    def share(words: set[str]) -> float:
        return sum(weight * query.met(word, words) for word, weight in query.words.items()) / total

    about = [c for c in candidates if c.sentence.kind != "heading" and share({*c.sentence.morphemes, *c.passage.topic}) >= ABOUT
             and (NUMBER.search(DATES.sub(" ", c.text)) or not FIGURED.search(aspect))
             and (c.sentence.kind == "row" or not EMPTY.search(c.text))]
    if answerable < ENOUGH or not about:
        return Cell(aspect, (), (), number)
    best = max(c.score for c in about)
    about = sorted((c for c in about if c.score >= FAINT * best),
                   key=lambda c: -c.score * (weight(c) or LESS) * (LESS + share(set(c.sentence.morphemes))))
    chosen: list[Candidate] = []
    for candidate in about:
        words = set(content(candidate.sentence.morphemes))
        if len(chosen) < SAID and all(_share(words, set(content(c.sentence.morphemes))) < 0.8 for c in chosen):
            chosen.append(candidate)
    return Cell(aspect, tuple(chosen), tuple(_said(c, list(query.words), share(set(c.sentence.morphemes)) < ABOUT) for c in chosen), number)


def _said(candidate: Candidate, asked: list[str], headed: bool) -> Statement:
    """A candidate in words, under its small heading where that alone names what is asked."""
    if headed or candidate.sentence.kind == "row":
        return stated(candidate, asked)
    return Statement(polite(NUMBERED.sub("", candidate.text)), candidate.passage, candidate.sentence.start, candidate.sentence.end)


def _table(question: str, started: float, titles: Sequence[str], cells: Sequence[Cell], answerer: str, notice: str | None) -> Answer:
    texts, citations = cited(cells)
    marked = {id(s): text for cell, lines in zip(cells, texts, strict=True) for s, text in zip(cell.statements, lines, strict=True)}
    rows: list[list[str]] = [["", *(NOTE.sub("", title) for title in titles)]]
    differing: list[str] = []
    for aspect in dict.fromkeys(cell.heading for cell in cells):
        of_aspect = [next(cell for cell in cells if cell.heading == aspect and cell.report == n) for n in range(len(titles))]
        for n, row in enumerate(_rows(of_aspect)):
            rows.append([NOTE.sub("", aspect) if not n else "", *(marked[id(s)] if s else "" if n or cell.statements else ABSENT
                                                    for s, cell in zip(row, of_aspect, strict=True))])
        differing += _differences(of_aspect, titles, marked)
    if len(titles) > MOST:
        rows = [list(column) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(" ".join(text.replace("|", "/").split()) for text in row) + " |" for row in rows]
    table = [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]
    silent = "고른 보고서에는 이 주제에 대한 내용이 없습니다." if not citations else None
    return answer(question, started, "\n".join([*table, *([""] if differing else []), *differing]), citations, answerer, silent or notice)


def _names_of(titles: Sequence[str]) -> list[str]:
    """The titles, short where they still differ."""
    short = [re.split(r"[:(]", title, maxsplit=1)[0].strip() or title for title in titles]
    short = [title if len(title) <= TITLE else f"{title[:TITLE].rpartition(' ')[0] or title[:TITLE]}…" for title in short]
    return short if len(set(short)) == len(short) else list(titles)


def _rows(cells: Sequence[Cell]) -> list[list[Statement | None]]:
    """The statements of each report side by side, those of the same thing in one row."""
    rows: list[list[Statement | None]] = []
    for n, cell in enumerate(cells):
        free = [row for row in rows if row[n] is None]
        rest = []
        for statement in cell.statements:
            alike = max(free, key=lambda row: max(_alike(statement, other) for other in row if other), default=None)
            if alike is not None and max(_alike(statement, other) for other in alike if other) >= AKIN:
                alike[n] = statement
                free.remove(alike)
            else:
                rest.append(statement)
        for statement in rest:
            if free:
                free.pop(0)[n] = statement
            else:
                rows.append([statement if m == n else None for m in range(len(cells))])
    return rows or [[None] * len(cells)]


def _alike(one: Statement, other: Statement) -> float:
    return _share(*(set(content(morphemes([s.passage.text[s.start:s.end]])[0])) for s in (one, other)))


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / (min(len(one), len(other)) or 1)


def _differences(cells: Sequence[Cell], titles: Sequence[str], marked: dict[int, str]) -> list[str]:
    """A line for each quantity that two reports give otherwise."""
    lines = []
    for n, cell in enumerate(cells):
        for other in cells[n + 1:]:
            for one in cell.statements:
                for two in other.statements:
                    if pair := differ(one.passage.text[one.start:one.end], two.passage.text[two.start:two.end]):
                        said = (f"「{titles[c.report]}」 {figure} {marked[id(s)].rpartition(' ')[2]}"
                                for c, figure, s in ((cell, pair[0], one), (other, pair[1], two)))
                        lines.append(f"수치가 서로 다릅니다: {', '.join(said)}")
    return lines


def differ(one: str, other: str) -> tuple[str, str] | None:
    """Two figures in the same unit for the same thing, of no other time or name, that are not the same; None where none is known
    to be."""
    words, its_words = (set(content(morphemes([text])[0])) for text in (one, other))
    if _share(words, its_words) < SAME or _apart(_times(one), _times(other)) or _apart(_names(one), _names(other)):
        return None
    for about, figure, value, unit in _quantities(one):
        rivals = [found for found in _quantities(other) if found[0] == about and found[3] == unit]
        if rivals and all(abs(value - its) > ROUNDED * max(abs(value), abs(its)) for _, _, its, _ in rivals):
            return figure, rivals[0][1]
    return None


def _apart(one: set[str], other: set[str]) -> bool:
    """Whether each of two sets has something that the other lacks."""
    return bool(one - other and other - one)


def _times(text: str) -> set[str]:
    return {*periods(text), *re.findall(r"(?:19|20)\d\d(?=년|\D|$)", text)}


def _names(text: str) -> set[str]:
    numbered = re.findall(r"[a-z]+[- ]?\d[\d.]*", text.lower())  # GPT-3 and GPT-2
    return {*numbered} | {token.form.lower() for token in kiwi().tokenize(text, oov_handling="rule") if token.tag in ("NNP", "SL") or token.oov}


def _quantities(text: str) -> list[tuple[str, str, Decimal, int]]:
    """The word before each figure with a unit, the figure as written, its value, and the class of its unit."""
    text = without_periods(plain(text))
    found = []
    for match in FIGURE.finditer(text):
        number, unit = match.groups()
        about = [word for word in content(morphemes([text[:match.start()]])[0]) if not word[0].isdigit()]
        if about and unit and unit not in DATED and (value := amount(number)):
            found.append((about[-1], match[0].strip(), value[0], CLASS[unit]))
    return found
