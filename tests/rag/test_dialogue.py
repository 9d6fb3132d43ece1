"""Which questions lean on the one before, and what they take from it."""

import pytest

from rag.answers import NO_ANSWER, Turn
from rag.dialogue import understand
from tests.rag import facts

BEFORE = Turn("가람전자는 어떤 제품을 파나요?", "가람전자는 냉장고를 판다. [1] 세탁기도 판다. [2]")


@pytest.mark.parametrize("question", [
    # it points back
    "그건 언제 나왔어?", "그게 시장에서 왜 그렇게 중요한 거야?", "그 회사의 대표는 누구이고 언제 취임했나요?",
    "그 회사 매출은 작년에 얼마나 늘었어?", "그회사 직원 평균 연봉은 얼마인가요?", "그럼 제품 가격은 작년보다 얼마나 올랐나요?",
    "그중 가장 큰 시장은 어디인가요?", "그 중에서 가장 비싼 제품의 이름은 무엇인가요?", "이 중 가장 비싼 제품의 이름은 무엇인가요?",
    "거기 직원은 모두 몇 명이나 되나요?", "이 모델의 파라미터 수와 학습 기간은 얼마나 되나요?", "그때 시장 점유율은 얼마였나요?",
    "이건 누가 어느 공장에서 만들었나요", "그 사람이 쓴 책 제목은 무엇인가요?", "그것 말고 다른 서비스는 무엇이 있나요?",
    "그들의 연구 주제와 발표 시기는?", "그래서 영업 이익 규모는 얼마로 늘었나요?", "그리고 냉장고 판매 가격은 얼마인가요?",
    # it says too little
    "왜?", "가격은?", "언제?", "매출은 얼마야?", "더 자세히 설명해줘", "네이버는 얼마야?", "챗GPT는 언제야?", "언제 나왔어?",
])
def test_a_follow_up_takes_the_turn_before(question):
    understood = understand(question, (Turn("옛 질문", "옛 답"), BEFORE))
    assert understood.text == f"{question} (앞 질문: {BEFORE.question})"
    assert understood.context == f"{BEFORE.question} 가람전자는 냉장고를 판다. 세탁기도 판다."


@pytest.mark.parametrize("question", [
    "그래프 신경망의 단점은 무엇이고 어디에 쓰이나요?", "그림 생성 모델의 학습 데이터는 무엇인가요?", "그린 뉴딜 정책의 예산은 얼마인가요?",
    "이중 언어 교육의 장점은 무엇인가요?", "이더리움 지갑 주소의 길이는 얼마인가요?", "이건희 회장의 취임 연도와 나이는?",
    "이행사항은 어떤 점검을 언제 받나요?", "이분법 사고의 오류 사례는 무엇인가요?", "이표채 금리의 계산 방법은 무엇인가요?",
    "저작권 분쟁 소송의 결과는 무엇인가요?", "저분자 화합물의 합성 과정은 무엇인가요?", "저기술 산업의 고용 비중은 얼마인가요?",
    "여기어때 앱의 작년 매출은 얼마야?", "챗GPT 플러그인은 언제 공개됐나요?",
    # short, but of a name of its own: what it is, when or by whom something was done
    "GPT-5는 언제 나왔어?", "RNN은 뭐야?", "KoGPT는 누가 만들었어?", "구글은 어디에 투자했어?", "미드저니는 어떤 AI야?",
])
def test_a_question_that_stands_by_itself_takes_nothing(question):
    assert understand(question, (BEFORE,)).text == question
    assert understand(question, (BEFORE,)).context == ""


def test_without_a_history_nothing_is_added():
    assert understand("  그건 언제 나왔어?\u200b ", ()).text == "그건 언제 나왔어?"
    assert understand("그건 언제 나왔어?", ()).context == ""


def test_an_answer_that_was_none_is_not_searched_for():
    assert understand("왜?", (Turn("나래호는?", NO_ANSWER),)).context == "나래호는?"


def test_a_long_history_stays_short():
    understood = understand("왜?", (Turn("나래호 " * 9000, "위성 " * 9000),))
    assert len(understood.text) < 250 and len(understood.context) <= 500
    assert "위성" in understood.context


def test_a_follow_up_finds_what_the_turn_before_was_about(assistant):
    for question, sentence in list(facts.FACTS.items())[:3]:
        answer = assistant.ask("그건 어느 보고서에 나와요?", [Turn(question, f"{sentence} [1]")])
        assert sentence in answer.hits[0].passage.text
        assert question in answer.understood and answer.question == "그건 어느 보고서에 나와요?"


def test_a_question_of_three_words_leans_on_the_one_before_unless_it_has_a_name():
    before = (Turn("가람전자의 2023년 매출은 얼마인가요?", "3,120억 원입니다. [1]"),)
    assert understand("영업이익 규모는?", before).context
    assert not understand("GPT-4 파라미터 수는?", before).context
    assert understand("그런 방식은 뭐라고 부르나요?", before).context


@pytest.mark.parametrize(("question", "leans"), [
    ("Who is the CEO of Maersk?", False), ("When was OpenAI founded?", False), ("Why?", True), ("When did it come out?", True), ("What about their revenue?", True)])
def test_an_english_question_leans_on_the_one_before_where_it_says_so(question, leans):
    assert bool(understand(question, (BEFORE,)).context) is leans


@pytest.mark.parametrize("question", ["나래호 위성은 언제 발사되었나요?", "삼성전자 직원은 몇 명이야?"])
def test_a_question_with_a_name_of_its_own_stands_by_itself(question):
    assert understand(question, (Turn("가람전자의 매출은?", "3,120억 원입니다. [1]"),)).context == ""


@pytest.mark.parametrize(("before", "question", "context"), [
    ("GPT-3는 언제 나왔어?", "그럼 GPT-4는?", "언제 나왔어?"), ("CNN은 어디에 쓰여?", "그럼 RNN은 어떤 작업에 쓰이나요?", "어디에 쓰여?"),
    ("서울은 인구가 얼마야?", "그럼 부산은?", "인구가 얼마야?"), ("GPT-3는 언제 나왔어?", "그럼 GPT-3는 누가 만들었어?", None),
    ("매출은 얼마야?", "그럼 GPT-4는?", None), ("올해 매출 얼마야?", "그럼 GPT-4는?", None)])
def test_another_thing_takes_the_place_of_what_was_asked_about(before, question, context):
    """And what was said of that one no longer counts."""
    found = understand(question, (Turn(before, "아는 답입니다. [1]"),))
    assert found.context == (context or f"{before} 아는 답입니다.") and found.text == f"{question} (앞 질문: {before})"


def test_a_question_with_a_time_of_its_own_and_little_else_leans_on_the_one_before_without_its_time():
    before = (Turn("2023년 가람전자의 매출은 얼마인가요?", "2023년 3,120억 원입니다. [1]"),)
    assert understand("2024년에는 얼마까지 늘린대?", before).context == "가람전자의 매출은 얼마인가요? 3,120억 원입니다."
    assert understand("2024년 나래전자 영업이익은 얼마야?", before).context == ""


REPORT = {"판매.md": """# 판매 보고서

## 통신

| 통신사 | 서비스 | 성격 |
|---|---|---|
| 가온통신 | 다온 | 대화형 |
| 나래통신 | 마루 | 기업용 |
| 다솜통신 | 바람 | 번역 |

## 투자

- 2019년: 가온전자가 나래랩에 투자하면서 협력이 시작되었다.
- 가온전자가 나래랩에 투자한 금액은 10억 달러이며 현금으로 넣었다.

## 학습

- 학습 3시간: 돌을 잡는 법을 익힌다.
- 학습 19시간: 집을 짓고 지키는 법을 익힌다.
"""}


@pytest.mark.parametrize(("before", "said", "question", "answer", "not_first"), [
    ("나래통신 서비스 이름은?", "마루입니다.", "다솜통신은?", "바람", "마루"),  # of the other thing
    ("가온전자가 나래랩에 투자한 게 언제야?", "2019년에 투자하면서 협력이 시작되었습니다.", "그때 얼마 넣었는데?", "10억 달러", "2019년"),  # not what was said
    ("학습 3시간째에는 뭘 익혀?", "돌을 잡는 법을 익힙니다.", "그럼 19시간 되면요?", "집을 짓고", "돌을 잡는")])  # of the other figure
def test_a_follow_up_gets_something_else_than_the_last_answer(assistant_over, before, said, question, answer, not_first):
    told = assistant_over(REPORT).ask(question, [Turn(before, f"{said} [1]")])
    first = told.text.split("\n")[0]
    assert told.found and answer in first and not_first not in first.partition(answer)[0]
