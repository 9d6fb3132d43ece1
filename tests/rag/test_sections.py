"""A part of a report that is asked for by its number or its name."""

import pytest

from rag.sections import closing, section_of

HARBOUR = """# 항만 운영 보고서

## 제1장 개요

이 보고서는 나루항의 2024년 운영을 다룬다. 나루항은 부두 여섯 곳을 갖추었다.

## 제2장 물동량

2024년 물동량은 4,120만 톤으로 3% 늘었다. 컨테이너는 118만 개를 처리하였다.

### 2.1 철광석

철광석은 900만 톤이 들어왔다. 들어온 철광석은 모두 호주에서 왔다.

## 제3장 교통과 안전

부두 앞 도로의 사고는 12건에서 5건으로 줄었다. 새 신호등이 네 곳에 놓였다.

## 결론

부두 하나를 더 지어야 한다. 도로는 넓히지 않아도 된다.
"""
FOREST = """# 숲길 안내서

## 1. 길

숲길은 모두 40킬로미터이다. 걷는 데 사흘이 걸린다.

## 2. 쉼터

쉼터는 다섯 곳이 있다. 쉼터에는 물이 나오지 않는다.
"""


@pytest.fixture(scope="module")
def two(assistant_over):
    return assistant_over({"항만.md": HARBOUR, "숲길.md": FOREST})


@pytest.mark.parametrize(("question", "said", "unsaid"), [
    ("항만 보고서 2장 요약해줘", ["4,120만 톤", "철광석"], ["부두 여섯", "사고"]), ("3장 요약", ["5건"], ["물동량", "쉼터"]),
    ("항만 보고서 결론이 뭐야?", ["부두 하나를 더"], ["4,120만"]), ("교통 부분 정리해줘", ["5건"], ["물동량"]),
    ("숲길 안내서 2장 요약", ["쉼터"], ["사흘", "물동량"]), ("2장 물동량 내용 정리해줘", ["4,120만 톤"], ["쉼터"]),
    ("항만 보고서 철광석 부분만 요약", ["900만 톤"], ["118만"])])
def test_a_part_is_told_and_nothing_else(two, question, said, unsaid):
    answer = two.ask(question)
    assert all(words in answer.text for words in said) and not any(words in answer.text for words in unsaid), answer.text
    assert answer.citations


@pytest.mark.parametrize("question", ["2장 요약해줘", "핵심만 3줄로", "요약 부탁드려요"])
def test_of_several_reports_the_one_is_asked_for(two, question):
    answer = two.ask(question)
    assert "어느 보고서" in answer.text and "항만" in answer.text and "숲길" in answer.text and not answer.citations


def test_what_has_no_conclusion_has_a_summary(two):
    answer = two.ask("숲길 안내서의 결론이 뭐야?")
    assert answer.found and {citation.passage.title for citation in answer.citations} == {"숲길 안내서"}


@pytest.mark.parametrize(("text", "section"), [
    ("4장 요약해줘", "4장"), ("보고서 제12장을 정리해줘", "제12장"), ("결론만 알려줘", "결론"), ("교통 부분 요약", "교통 부분"),
    ("2024년 매출은?", ""), ("종이 3장은 얼마야?", "3장"), ("시장 규모는?", ""), ("장점이 뭐야?", "")])
def test_what_names_a_part(text, section):
    assert section_of(text) == section


def test_what_asks_for_the_end():
    assert closing("결론이 뭐야?") and closing("시사점 알려줘")
    assert not closing("결론을 내린 사람은 누구야?") and not closing("얼마야?")


@pytest.mark.parametrize(("question", "said", "unsaid"), [
    ("항만 보고서는 누가 썼어?", ["나루항만공사"], ["숲"]), ("숲길 안내서는 언제 나온 자료야?", ["2023. 5. 2."], ["항만"]),
    ("이 보고서들 작성 기관이 어디야?", ["나루항만공사", "푸른숲재단"], [])])
def test_who_made_a_report_and_when(signed, question, said, unsaid):
    answer = signed.ask(question)
    assert all(words in answer.text for words in said) and not any(words in answer.text for words in unsaid), answer.text
    assert all(citation.passage.text[citation.start:citation.end] == citation.quote for citation in answer.citations)


def test_who_did_something_is_no_question_of_the_makers(signed):
    assert "나루항만공사" not in signed.ask("항만 보고서에서 철광석은 누가 팔았어?").text


@pytest.fixture(scope="module")
def signed(assistant_over):
    """The same reports, with a line that says who made them."""
    reports = {}
    for name, text, maker in (("항만.md", HARBOUR, "작성: 나루항만공사 기획부"), ("숲길.md", FOREST, "발행일 2023. 5. 2. / 펴낸 곳 푸른숲재단")):
        title, _, rest = text.partition("\n")
        reports[name] = f"{title}\n\n{maker}\n{rest}"
    return assistant_over(reports)
