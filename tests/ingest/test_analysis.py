"""Passages with their morphemes, and a thread that works ahead."""

import json
import threading
import time

import pytest

from ingest.analysis import ahead, analyse
from ingest.markup import read
from rag.morphemes import morphemes

TEXT = "# 매출 보고서\n\n## 3월\n\n매출은 3,120억 원이다. 전년보다 늘었다.\n\n- 서울은 1위를 했다.\n"


def test_passages_carry_the_morphemes_of_their_sentences_and_headings():
    report = read(TEXT, "이름")
    [[passage]] = analyse([report])
    sentences = json.loads(passage.sentences)
    found = [passage.chunk.text[start:end] for start, end, *_ in sentences]
    assert found == ["매출 보고서", "3월", "매출은 3,120억 원이다.", "전년보다 늘었다.", "서울은 1위를 했다."]
    assert [sentence[-1].split() for sentence in sentences] == morphemes(found)
    assert sentences[2][-1].split()[:2] == ["매출", "3120"]
    assert passage.topic == "매출 보고서 3 월"


def test_many_reports_at_once_give_what_each_gives_alone():
    reports = [read(TEXT.replace("3월", f"{n}월"), f"{n}") for n in range(1, 6)] + [read("", "빈")]
    assert analyse(reports) == [analyse([report])[0] for report in reports]
    assert analyse([]) == []


def test_working_ahead_gives_the_same_values_while_the_caller_is_busy():
    made = []

    def values():
        for n in range(10):
            made.append(n)
            yield n

    taken = ahead(values(), 3)
    assert next(taken) == 0
    for _ in range(200):
        if len(made) > 3:
            break
        time.sleep(0.01)
    time.sleep(0.05)
    assert 3 <= len(made) <= 5  # no further ahead than that
    assert [0, *taken] == list(range(10))


def test_an_error_ahead_is_raised_where_its_value_was_awaited():
    def values():
        yield 1
        raise ZeroDivisionError

    taken = ahead(values(), 5)
    assert next(taken) == 1
    with pytest.raises(ZeroDivisionError):
        next(taken)


def test_who_stops_early_stops_the_thread_and_closes_what_it_read():
    closed = threading.Event()

    def values():
        try:
            n = 0
            while True:
                yield (n := n + 1)
        finally:
            closed.set()

    before = threading.active_count()
    taken = ahead(values(), 2)
    assert [next(taken), next(taken)] == [1, 2]
    taken.close()
    assert closed.is_set() and threading.active_count() == before
