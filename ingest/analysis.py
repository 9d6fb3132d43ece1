"""A report on its way into the index: cut into passages, each with the morphemes that it is found by."""

import json
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ingest import chunk
from rag import morphemes
from rag.documents import Report

T = TypeVar("T")
CHUNKER = f"{chunk.VERSION} {morphemes.VERSION}"


@dataclass(frozen=True, slots=True)
class Analysed:
    """A passage with what the library keeps of its morphemes: sentences as JSON, and the words of title and headings."""

    chunk: chunk.Chunk
    sentences: str
    topic: str


def analyse(reports: Sequence[Report]) -> list[list[Analysed]]:
    """The passages of each report. Many at once cost less than one by one: Kiwi works on all processors."""
    chunked = [chunk.chunk(report) for report in reports]
    heads = list(dict.fromkeys(f"{report.title}\n{passage.heading}" for report, passages in
                               zip(reports, chunked, strict=True) for passage in passages))
    texts = [p.text[start:end] for passages in chunked for p in passages for start, end, *_ in p.sentences]
    words = (" ".join(found) for found in morphemes.morphemes(heads + texts))
    topics = {head: next(words) for head in heads}
    return [[Analysed(passage, json.dumps([(*sentence, next(words)) for sentence in passage.sentences], ensure_ascii=False),
                      topics[f"{report.title}\n{passage.heading}"]) for passage in passages]
            for report, passages in zip(reports, chunked, strict=True)]


def ahead(values: Generator[T, None, None], depth: int) -> Iterator[T]:
    """The same values; a thread of its own works on up to `depth` of them ahead, while the caller does other things."""
    end = object()
    thread = ThreadPoolExecutor(1)
    try:
        coming = deque(thread.submit(next, values, end) for _ in range(depth + 1))
        while (value := coming.popleft().result()) is not end:
            yield value  # type: ignore[misc]
            coming.append(thread.submit(next, values, end))
    finally:
        thread.shutdown(cancel_futures=True)
        values.close()
