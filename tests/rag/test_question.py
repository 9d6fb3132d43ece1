"""What kind of answer a question asks for."""

import pytest

from rag.extractive import _counts
from rag.question import MONEY_UNIT, counts, fits, wanted


@pytest.mark.parametrize(("question", "kind", "unit"), [
    ("매출은 얼마야?", "number", MONEY_UNIT), ("그 회사 매출 규모는?", "number", MONEY_UNIT), ("매출에서 광고 비중은 얼만지 알려줘", "number", ""),
    ("영업이익률은 얼마야?", "number", ""), ("점유율 1위 회사의 매출은?", "number", MONEY_UNIT), ("직원은 몇 명이야?", "number", "명|인"),
    ("광고 매출이 왜 줄었어?", "other", ""), ("비용이 늘어난 이유가 뭐야?", "other", ""), ("왜 줄었고 얼마나 줄었어?", "number", ""),
    ("언제 나왔어?", "date", ""), ("누가 만들었어?", "person", ""), ("단계를 알려줘", "list", "")])
def test_the_kind_and_the_unit(question, kind, unit):
    want = wanted(question)
    assert (want.kind, want.unit) == (kind, unit)


def test_a_share_is_told_in_any_unit_and_money_only_in_money():
    assert counts(wanted("매출에서 광고 비중은?"), "매출의 58%가 광고에서 나온다.")
    assert not counts(wanted("광고 매출은 얼마야?"), "매출의 58%가 광고에서 나온다.")
    assert fits(wanted("광고 매출은 얼마야?"), "광고 매출은 3조 원이다.") == 1.0


@pytest.mark.parametrize(("row", "figures"), [
    ("부서: 영업부 | 인원: 12", True), ("부서: 영업부 | 매출: △3,120", True), ("부서: 영업부 | 인원: 약 40", True),
    ("서비스: 도트 2.0 | 내용: 직원 교육", False), ("부서: 영업부 | 인원: 미정", False), ("부서: 영업부 | 설립 연도: 2022", False),
    ("부서: 영업부 | 매출(억 원): 40", False)])
def test_a_row_of_words_counts_nothing(row, figures):
    assert _counts(wanted("영업부 직원은 몇 명이야?"), row) is figures
