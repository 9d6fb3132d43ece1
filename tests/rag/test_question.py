"""What kind of answer a question asks for."""

import pytest

from rag.extractive import _counts
from rag.question import MONEY_UNIT, counts, fits, wanted


@pytest.mark.parametrize(("question", "kind", "unit"), [
    ("매출은 얼마야?", "number", MONEY_UNIT), ("그 회사 매출 규모는?", "number", MONEY_UNIT), ("매출에서 광고 비중은 얼만지 알려줘", "number", ""),
    ("영업이익률은 얼마야?", "number", ""), ("유료 구독은 한 달에 얼마야?", "number", MONEY_UNIT), ("수리비가 얼마나 들었어?", "number", MONEY_UNIT),
    ("준비 기간은 얼마야?", "number", ""), ("이 자료의 비율은 얼마야?", "number", ""), ("설비 용량은 얼마야?", "number", ""), ("점유율 1위 회사의 매출은?", "number", MONEY_UNIT), ("직원은 몇 명이야?", "number", "명|인|사람"),
    ("몇 톤이나 나가요?", "number", "톤|t"), ("파일은 몇 MB죠?", "number", "mb"), ("몇 군데나 돼?", "number", "곳|개|군데|명|사"), ("몇 마리였어", "number", "마리|두|수"),
    ("수소버스는 몇 대예요?", "number", "대|기|척|량"), ("몇 대학이 참여했어?", "number", ""), ("몇 기업이 남았어?", "number", ""), ("몇 분야에서 늘었어?", "number", ""),
    ("광고 매출이 왜 줄었어?", "other", ""), ("비용이 늘어난 이유가 뭐야?", "other", ""), ("왜 줄었고 얼마나 줄었어?", "number", ""),
    ("언제 나왔어?", "date", ""), ("누가 만들었어?", "person", ""), ("단계를 알려줘", "list", "")])
def test_the_kind_and_the_unit(question, kind, unit):
    want = wanted(question)
    assert (want.kind, want.unit) == (kind, unit)


def test_a_share_is_told_in_any_unit_and_money_only_in_money():
    assert counts(wanted("매출에서 광고 비중은?"), "매출의 58%가 광고에서 나온다.")
    assert not counts(wanted("광고 매출은 얼마야?"), "매출의 58%가 광고에서 나온다.")
    assert fits(wanted("광고 매출은 얼마야?"), "광고 매출은 3조 원이다.") == 1.0


def test_a_unit_counts_in_any_letters_and_words():
    assert counts(wanted("설치 파일은 몇 MB야?"), "설치 파일은 35MB이다.") and counts(wanted("몇 사람이 왔어?"), "관객은 320명이었다.")
    assert not counts(wanted("설치 파일은 몇 MB야?"), "설치 파일은 4개로 나뉜다.") and not counts(wanted("무게가 몇 톤이야?"), "변압기는 120 MVA이다.")
    assert counts(wanted("몇 시에 열어?"), "09:30부터 연다.") and not counts(wanted("몇 시에 열어?"), "세미나는 3시간 동안 한다.")


@pytest.mark.parametrize(("row", "figures"), [
    ("부서: 영업부 | 인원: 12", True), ("부서: 영업부 | 매출: △3,120", True), ("부서: 영업부 | 인원: 약 40", True),
    ("서비스: 도트 2.0 | 내용: 직원 교육", False), ("부서: 영업부 | 인원: 미정", False), ("부서: 영업부 | 설립 연도: 2022", False),
    ("부서: 영업부 | 매출(억 원): 40", False)])
def test_a_row_of_words_counts_nothing(row, figures):
    assert _counts(wanted("영업부 직원은 몇 명이야?"), row) is figures
