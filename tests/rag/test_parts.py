"""Where a question of two parts is cut, and that both parts are answered."""

import pytest

from rag.parts import parts


@pytest.mark.parametrize(("question", "cut"), [
    ("매출은 얼마이고 직원은 몇 명이야?", ["매출은 얼마이고", "직원은 몇 명이야?"]),
    ("위원장은 누구고 임기는 몇 년이죠", ["위원장은 누구고", "임기는 몇 년이죠"]),
    ("사업 기간이랑 예산 알려줘", ["사업 기간이랑", "예산 알려줘"]),
    ("연체율하고 대출 잔액은 모두 얼마야?", ["연체율하고", "대출 잔액은 얼마야?"]),
    ("매출과 영업이익이 각각 얼마나 늘었어?", ["매출은 얼마나 늘었어?", "영업이익은 얼마나 늘었어?"]),
    ("구글 바드와 챗GPT는 출시일이 각각 언제야?", ["구글 바드는 출시일이 언제야?", "챗GPT는 출시일이 언제야?"]),
    ("환자수, 사망자수, 치명률 알려줘", ["환자수", "사망자수", "치명률 알려줘"]), ("재학생 수랑 취업률", ["재학생 수랑", "취업률"]),
    ("점유율과 매출 규모를 같이 알려줘", ["점유율과", "매출 규모를 알려줘"]),
    ("1분기와 2분기 매출은 각각 얼마야?", ["1분기 매출은 얼마야?", "2분기 매출은 얼마야?"]),
    ("남자와 여자의 평균 키는 각각 몇 cm야?", ["남자 평균 키는 몇 cm야?", "여자의 평균 키는 몇 cm야?"]),
    ("누가 만들었어? 그리고 언제 나왔어?", ["누가 만들었어?", "그리고 언제 나왔어?"]),
    ("가장 긴 다리랑 차가 젤 많은 다리", ["가장 긴 다리랑", "차가 젤 많은 다리"]),
    ("왜 줄였는지, 얼마나 줄였는지 알려줘", ["왜 줄였는지", "얼마나 줄였는지 알려줘"]),
])
def test_two_questions_are_cut(question, cut):
    assert [part.rstrip("?") for part in parts(question)] == [part.rstrip("?") for part in cut]


@pytest.mark.parametrize("question", [
    "서울과 부산의 인구 차이는 얼마야?", "삼성과 애플의 점유율은?", "매출이 얼마인지 알려줘", "회의는 언제 열리나요? 급해요",
    "2021년에 문을 열고 2023년에 닫은 공장은?", "무엇을 만들고 있어?", "안녕",
    "공사비가 계획 보고서와 안내 책자에 각각 얼마로 나와?", "서울과 부산의 차이는 각각 얼마야?", "합격한 사람과 떨어진 사람은 각각?",
    "규모와 수를 늘린 이유는?", "변수와 상수의 개수는?", "2023년, 2024년 매출은?", "서울, 부산의 인구수는?"])
def test_one_question_stays_whole(question):
    assert parts(question) == [question]


def test_both_parts_are_answered_each_with_its_citation(assistant):
    answer = assistant.ask("아라 요금제는 한 달에 얼마이고 데이터는 몇 기가바이트를 줘?")
    assert "29,000원" in answer.text and "15기가바이트" in answer.text
    assert len(answer.citations) == 2 and answer.notice is None


def test_the_part_that_no_report_answers_is_named(assistant):
    answer = assistant.ask("모란시의 시장은 누구이고 화성 착륙선의 엔진은 몇 개야?")
    assert answer.found and "한지우" in answer.text and len(answer.citations) == 1
    assert "화성 착륙선" in answer.notice


def test_of_two_things_each_is_asked_whatever_tells_them_apart():
    assert parts("5월에 가입한 사람이랑 나간 사람 각각 몇 명이야?") == ["5월에 가입한 사람은 몇 명이야?", "나간 사람은 몇 명이야?"]
