"""The nouns that reports are made of: Block, Report, Sentence, Passage, Hit."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "row"]
CELL, NAME = " | ", ": "  # a rendered table row: "열이름: 값 | 열이름: 값"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table row of a report, as plain NFC text without line breaks.

    `level` is the depth of a heading (1 is the highest) or of a list item (0 is the outermost). A row reads by
    itself: its text names the column before each value. `page` is an exact page or slide number; `place` is where a
    reader finds the block, ending in a number and its unit ("12쪽", "약 3쪽", "슬라이드 4", "시트 매출 5행"), empty where the
    format has no such thing.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None
    place: str = ""


@dataclass(frozen=True)
class Report:
    """One file as it was read. `note` is what its author wants said beside every citation, or empty; `unread` names the
    parts that could not be read, each with its reason."""

    title: str
    blocks: tuple[Block, ...]
    note: str = ""
    unread: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """All blocks, one a line: what offsets of passages count in."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or row within a passage: `passage.text[start:end]`, with its morphemes and what it means there, a
    vector as int8."""

    start: int
    end: int
    kind: Kind
    level: int
    morphemes: tuple[str, ...]
    vector: bytes = b""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed and cited: a slice of a report's text that a person would quote.

    `start` and `end` are Python offsets in `Report.text`; `heading` is the path of headings that the passage stands
    under, joined by " > ", `topic` the morphemes of title and headings; `page` is None where the format has no exact pages; `place` is what a reader looks for.
    """

    id: str
    source: str
    title: str
    page: int | None
    place: str
    heading: str
    text: str
    start: int
    end: int
    sentences: tuple[Sentence, ...] = ()
    topic: tuple[str, ...] = ()
    note: str = ""

    def above(self, sentence: Sentence) -> Iterator[Sentence]:
        """What a sentence hangs under within the passage, the nearest first: items, then headings of ever higher rank."""
        item, heading = (sentence.level, sentence.level + 1) if sentence.kind == "heading" else (sentence.level, 99)
        within = sentence.kind == "item"
        for other in reversed(self.sentences[:self.sentences.index(sentence)]):
            within = within and other.kind == "item"
            if within and other.level < item:
                item = other.level
                yield other
            elif other.kind == "heading" and other.level < heading:
                heading = other.level
                yield other

    def over(self, sentence: Sentence, longest: int) -> str:
        """The text of the nearest item, of `longest` characters at most, or what of the nearest heading has room in as many; "" for none."""
        for other in self.above(sentence):
            if other.kind == "heading" or other.end - other.start <= longest:
                return self.text[other.start:other.end][:longest]
        return self.heading.rpartition(" > ")[2][:longest]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question; `score` is in [0, 1], comparable between questions, `meaning` is 1 where
    the embedding sees an answer, 0 or less where it sees another subject."""

    passage: Passage
    score: float
    meaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer. `score` and `coverage` (the share of the question's words met) are in [0, 1]."""

    passage: Passage
    sentence: Sentence
    score: float
    coverage: float

    @property
    def text(self) -> str:
        return self.passage.text[self.sentence.start:self.sentence.end]


def passage_id(source: str, content: str, number: int) -> str:
    """An id that depends only on what stands where: the same file read again gives the same ids."""
    return hashlib.sha256(f"{source}\0{content}".encode()).hexdigest()[:12] + f"-{number}"


def cells(row: str) -> list[tuple[str, str]]:
    """The (column, value) pairs of a rendered table row; the column is "" where the table has no header."""
    pairs = []
    for cell in row.split(CELL):
        name, colon, value = cell.partition(NAME)
        pairs.append((name, value) if colon else ("", cell))
    return pairs
