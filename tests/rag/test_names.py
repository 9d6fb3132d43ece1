"""What is said where a name does not stand tells of others; who and what is it called are told by a name."""

import pytest

from rag.documents import Candidate, Passage, Sentence
from rag.morphemes import content, morphemes
from rag.names import _aside, named, names_another
from rag.query import Query


@pytest.mark.parametrize(("question", "names"), [
    ("가람전자가 짓는 공장은 어디야?", {"가람전자"}), ("가람전자랑 나래전자는 각각 몇 명이야?", set()),  # several at once are asked of each
    ("부산 지사 직원은 몇 명이야?", {"부산"}), ("한국의 인구는 몇 명이야?", set()), ("2023년 매출은 얼마야?", set()),
    ("김도훈 과장은 언제 왔어?", {"김도훈"}), ("가람전자(Garam)는 언제 세웠어?", set()), ("빌게이츠는 뭐라고 했어?", set()),  # known nowhere: perhaps Bill Gates
    ("When did Google begin?", set())])
def test_the_names_of_a_question(question, names):
    assert named(question, lambda field, words: {word: int(word in ("가람", "전자")) for word in words}).keys() == names


def test_a_coined_name_that_opens_a_question_counts():
    known = lambda field, words: dict.fromkeys(words, 1)  # noqa: E731
    assert named("헬모라 2024년 매출 알려줘", known, coined=True).keys() == {"헬모라"} and named("헬모라 2024년 매출 알려줘", known) == {}
    assert named("매출은 헬모라가 커?", known, coined=True) == {}


def test_what_hangs_under_another_name_is_not_told_of_this_one():
    text = "가람로보\n매출 50억 원\n나래로보\n직원 40명"
    items = tuple(Sentence(a, b, "item", level, tuple(morphemes([text[a:b]])[0])) for a, b, level in ((0, 4, 0), (5, 13, 1), (14, 18, 0), (19, 25, 1)))
    passage = Passage("가", "가.md", "보고서", None, "", "", text, 0, len(text), items)
    query = Query("나래로보 매출은?", {"나래": 2.0, "로보": 2.0, "매출": 1.0}, {}, (1.0,))
    names = {"나래로보": content(items[2].morphemes)}
    assert [_aside(names, query, Candidate(passage, item, 0.5, 1.0)) for item in items] == [True, True, False, False]


@pytest.mark.parametrize(("question", "text", "another"), [
    ("볕들창 대표는 누구야?", "볕들창은 태양광 판을 만든다.", False), ("볕들창 대표는 누구야?", "볕들창의 대표는 한지우이다.", True),
    ("위원장은 누가 맡아?", "위원회는 위원장을 포함해 9명이다.", False), ("위원장은 누가 맡아?", "위원장은 부시장이 맡는다.", True),
    ("작은 책의 제목이 뭐야?", "그 장은 작은 책으로 떼어 냈다.", False), ("작은 책의 제목이 뭐야?", "그 장은 『물의 길』이라는 작은 책이 되었다.", True),
    ("알파고 버전 이름이 뭐야?", "커제 9단과 대결한 알파고 마스터를 뛰어넘었다.", True), ("알파고 버전 이름이 뭐야?", "알파고는 바둑을 두었다.", False),
    ("볕들창은 누가 만들었어?", "볕들창의 사용자층을 살폈다.", False), ("볕들창은 누가 만들었어?", "볕들창은 우주기술연구소가 만들었다.", True),
    ("분실품은 누가 배상해?", "분실품은 마지막 사람이 속한 업체가 배상한다.", True), ("재심의는 누가 해?", "재심의에서는 참여하지 않은 감사인 3명이 심사한다.", True),
    ("누구에게 알려?", "이상이 있으면 차주에게 알린다.", True), ("업체 심사는 누가 해?", "업체가 낸 서류를 심사한다.", False),
    ("어느 기관에 신청해?", "분쟁이 생기면 인공지능분쟁조정원에 신청한다.", True), ("어느 기관에 제출해?", "평가서는 12월 19일까지 낸다.", False)])
def test_whether_a_text_names_another(question, text, another):
    assert names_another(question, text) is another


REPORTS = {"산업.md": """# 지역 산업 보고서

올해의 지역 산업을 두루 살핀다.

## 군산

군산 공장의 총사업비는 1,284억 원이다. 직원은 320명이다.

## 가람전자

가람전자는 냉장고를 만든다. 본사는 춘천에 있다.

### 사람

대표는 한지우이다. 기술 책임자는 두지 않았다.
"""}


@pytest.mark.parametrize(("question", "answer"), [
    ("군산 공장의 총사업비는 얼마야?", "1,284억"), ("가람전자가 짓는 군산 공장의 총사업비는 얼마야?", None), ("부산 공장의 총사업비는 얼마야?", None),
    ("가람전자 본사는 어디에 있어?", "춘천"), ("가람전자 대표는 누구야?", "한지우"),  # the name stands over it
    ("군산 공장 대표 전화번호 알려줘", None)])
def test_what_is_said_of_others_does_not_answer(assistant_over, question, answer):
    told = assistant_over(REPORTS).ask(question)
    assert told.found is bool(answer) and (answer is None or answer in told.text)
