"""What kind of answer a question asks for."""

import pytest

from rag.answer_type import row_counts
from rag.question import CAUSE, CONTACT, MONEY_UNIT, REASON, counts, figures_another, fits, wanted


@pytest.mark.parametrize(("question", "kind", "unit"), [
    ("매출은 얼마야?", "number", MONEY_UNIT), ("그 회사 매출 규모는?", "number", MONEY_UNIT), ("매출에서 광고 비중은 얼만지 알려줘", "number", ""),
    ("영업이익률은 얼마야?", "number", ""), ("유료 구독은 한 달에 얼마야?", "number", MONEY_UNIT), ("수리비가 얼마나 들었어?", "number", MONEY_UNIT),
    ("보육료는 얼마야?", "number", MONEY_UNIT), ("빨래 한 번 돌리는 값이 얼마야?", "number", MONEY_UNIT), ("최댓값은 얼마야?", "number", ""),
    ("준비 기간은 얼마야?", "number", ""), ("이 자료의 비율은 얼마야?", "number", ""), ("설비 용량은 얼마야?", "number", ""), ("점유율 1위 회사의 매출은?", "number", MONEY_UNIT), ("직원은 몇 명이야?", "number", "명|인|사람"),
    ("몇 톤이나 나가요?", "number", "톤|t"), ("파일은 몇 MB죠?", "number", "mb"), ("몇 군데나 돼?", "number", "곳|개|군데|명|사"), ("몇 마리였어", "number", "마리|두|수"),
    ("수소버스는 몇 대예요?", "number", "대|기|척|량"), ("몇 대학이 참여했어?", "number", ""), ("몇 기업이 남았어?", "number", ""), ("몇 분야에서 늘었어?", "number", ""),
    ("광고 매출이 왜 줄었어?", "other", ""), ("비용이 늘어난 이유가 뭐야?", "other", ""), ("왜 줄었고 얼마나 줄었어?", "number", ""),
    ("조각 과일 사는 돈은 얼마나 늘었대?", "number", ""), ("업체들이 받은 돈은 모두 얼마야?", "number", MONEY_UNIT), ("거부한 업체 명단은 언제부터 올려?", "date", ""),
    ("어떤 메모리 기술이 있어?", "list", ""), ("통과된 안건은 뭐가 있었어?", "list", ""), ("회원들이 낸 안건을 모두 알려줘", "list", ""),
    ("인쇄비를 몇 퍼나 썼어?", "number", "%|퍼센트|프로"), ("2025학년도 등록금이 얼마예요?", "number", ""), ("2025회계연도에 산 물량 알려줘", "other", ""),
    ("요금은 어떤 식으로 바뀌었어?", "other", ""), ("설치가 한 해 밀린 까닭은?", "other", ""), ("창립 연도는?", "date", ""), ("처음 발표한 해는?", "date", ""),
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
    assert counts(wanted("공사를 몇 개로 나눴어?"), "공사를 9건으로 나누었다.") and counts(wanted("몇 명까지 받아?"), "손님은 하루 예순 명으로 묶는다.")
    assert counts(wanted("몇 시에 열어?"), "09:30부터 연다.") and not counts(wanted("몇 시에 열어?"), "세미나는 3시간 동안 한다.")


@pytest.mark.parametrize(("row", "figures"), [
    ("부서: 영업부 | 인원: 12", True), ("부서: 영업부 | 매출: △3,120", True), ("부서: 영업부 | 인원: 약 40", True),
    ("서비스: 도트 2.0 | 내용: 직원 교육", False), ("부서: 영업부 | 인원: 미정", False), ("부서: 영업부 | 설립 연도: 2022", False),
    ("부서: 영업부 | 매출(억 원): 40", False)])
def test_a_row_of_words_counts_nothing(row, figures):
    assert row_counts(wanted("영업부 직원은 몇 명이야?"), row) is figures


@pytest.mark.parametrize(("text", "told"), [
    ("한 달에 29,000원이다.", True), ("매출은 3,120억으로 집계되었다.", True), ("첫 해는 무료이다.", True), ("토큰 100만 개에 2$이다.", True),
    ("내려받은 횟수는 1억 건이다.", False), ("이용자가 1억 명을 넘었다.", False), ("두 사람이 세웠다.", False)])
def test_a_count_of_other_things_is_no_price(text, told):
    assert counts(wanted("이용료는 얼마야?"), text) is told


@pytest.mark.parametrize(("question", "text", "another"), [
    ("불량 189건 중에 반품은 몇 건이야?", "불량은 189건이다.", False), ("불량 189건 중에 반품은 몇 건이야?", "불량 189건 가운데 12건을 돌려보냈다.", True),
    ("2027년에는 몇 조원이야?", "2027년: 24.1", True), ("2024년에 몇 시간 일했어?", "2024년에 일하는 시간이 줄었다.", False),
    ("10년 동안 몇 번 이사했어?", "10년 동안 세 번 이사했다.", True), ("직원은 몇 명이야?", "직원이 많다.", True)])  # the question gives none
def test_a_number_that_the_question_gives_is_no_answer(question, text, another):
    assert figures_another(question, text) is another


@pytest.mark.parametrize(("text", "why"), [
    ("비가 잦았기 때문이다.", True), ("값이 올라서 덜 팔렸다.", True), ("이용자가 많아 느려졌다.", True), ("사유: 공사", True), ("2019년에 물러났다.", False), ("참석 11명, 불참 1명", False)])
def test_what_may_tell_why(text, why):
    assert REASON.search("왜 그랬어?") and not REASON.search("왜가리는 몇 마리야?") and bool(CAUSE.search(text)) is why


@pytest.mark.parametrize(("question", "text", "told"), [
    ("상담실 전화번호 알려줘", "상담실은 2층에 있다.", False), ("상담실 전화번호 알려줘", "상담실(080-555-0147)", True), ("담당자 내선은?", "한지우 팀장(내선 618)", True),
    ("이메일 주소가 뭐야?", "문의: 산업분석실", False), ("이메일 주소가 뭐야?", "문의: trend@saehim.example", True), ("누리집 주소 알려줘", "누리집에서 신청한다.", False)])
def test_how_to_reach_someone(question, text, told):
    (tells,) = (tells for asked, tells in CONTACT if asked.search(question))
    assert bool(tells.search(text)) is told


def test_why_is_answered_by_what_stands_beside_or_not_at_all(assistant_over):
    assistant = assistant_over({"극장.md": "# 극장 보고서\n\n## 휴관\n\n솔빛극장은 지난해 겨울에 석 달 동안 문을 닫았다. 지붕이 눈에 무너졌기 때문이다.\n\n## 관장\n\n솔빛극장의 관장 나예린은 2019년에 물러났다. 2021년에 돌아왔다.\n"})
    assert "눈에 무너졌기 때문" in assistant.ask("솔빛극장은 지난해 겨울에 왜 문을 닫았어?").text
    assert not assistant.ask("솔빛극장의 관장 나예린은 2019년에 왜 물러났어?").found
    assert assistant.ask("솔빛극장의 관장 나예린은 언제 물러났어?").found
