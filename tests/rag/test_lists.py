"""Which list is told: items under an item, the list whose lead holds the question's words; and rows of a table as a list: where a question asks for as many as there are, or names what they are and tells none from the others."""

import pytest

from rag.answers import Part
from rag.documents import Candidate, Passage, Sentence
from rag.extractive import said
from rag.lists import enumerated

ROWS = ["형식: 반잠수식 | 수심(m): 50~300", "형식: 인장각 | 수심(m): 60~500", "형식: 스파 | 수심(m): 120~700", "형식: 바지 | 수심(m): 30~90"]
NAMES = ["반잠수식", "인장각", "스파", "바지"]


def found(scores: list[float]) -> tuple[Candidate, ...]:
    """The rows of one table as candidates, the best first."""
    text = "\n".join(ROWS)
    starts = [text.index(row) for row in ROWS]
    sentences = tuple(Sentence(start, start + len(row), "row", 0, ()) for start, row in zip(starts, ROWS, strict=True))
    passage = Passage("p", "s.md", "제목", None, "", "부유체", text, 0, len(text), sentences)
    candidates = [Candidate(passage, sentence, score, 1.0) for sentence, score in zip(sentences, scores, strict=True)]
    return tuple(sorted(candidates, key=lambda c: -c.score))


@pytest.mark.parametrize("question", ["부유체 형식에는 어떤 것들이 있어?", "부유체 네 종류 알려줘", "부유체 방식 네 가지는?"])
def test_all_rows_are_told_by_their_first_cells(question):
    told = said(Part(question, found([0.4, 0.35, 0.3, 0.2]), 0.9))
    assert [statement.text.removeprefix("- ") for statement in told] == NAMES
    assert all(statement.passage.text[statement.start:statement.end] in ROWS for statement in told)


@pytest.mark.parametrize(("question", "scores"), [
    ("부유체 형식에는 어떤 것들이 있어?", [0.8, 0.2, 0.1, 0.1]),  # one row is meant
    ("수심이 깊은 것들은 뭐야?", [0.4, 0.35, 0.3, 0.2]),  # the rows are not named
    ("부유체 세 종류 알려줘", [0.8, 0.1, 0.1, 0.1])])  # not so many
def test_else_rows_are_told_whole(question, scores):
    told = said(Part(question, found(scores), 0.9))
    assert told and all("수심" in statement.text for statement in told)


def listed(*lines: tuple[str, str, int], score: dict[str, float]) -> tuple[Candidate, ...]:
    """Sentences of one passage, (kind, text, level) each, those with a score as candidates."""
    text, sentences = "\n".join(line[1] for line in lines), []
    for kind, words, level in lines:
        start = text.index(words)
        sentences.append(Sentence(start, start + len(words), kind, level, ()))
    passage = Passage("p", "s.md", "제목", None, "", "", text, 0, len(text), tuple(sentences))
    found = [Candidate(passage, s, score[text[s.start:s.end]], 1.0) for s in sentences if text[s.start:s.end] in score]
    return tuple(sorted(found, key=lambda c: -c.score))


DIARY = [("paragraph", "위원회는 아래를 권고하였다.", 0), ("item", "문자를 미리 만들 것", 0), ("item", "오존을 들일 것", 0),
         ("paragraph", "그 밖의 일지는 이렇다.", 0), ("item", "3월 1일: 시작", 0), ("item", "12월 8일: 권고 점검 회의", 0)]
PLAN = [("item", "새로 하는 일", 0), ("item", "충전함 사기", 1), ("item", "덮개 고르기", 1), ("item", "그만두는 일", 0), ("item", "기초 연수", 1), ("item", "자동 번역", 1)]


def test_a_list_of_which_only_stumps_would_be_left_is_not_told():
    best = "정장은 사흘 동안 빌려주며 구두와 넥타이도 함께 준다."
    lines = [("item", f"{n}째 사업은 서류를 갖추어 누리집에서 신청하면 열흘 안에 결과를 알려 준다.", 0) for n in range(20)]
    told = said(Part("정장과 함께 빌려주는 것은 무엇무엇인가?", listed(*lines, ("item", best, 0), score={best: 0.6}), 0.9))
    assert len(told) == 1 and "구두와 넥타이도" in told[0].text and "…" not in told[0].text


def test_the_items_under_an_item_are_its_list():
    for question in ("내년에 그만두는 것들은 뭐야?", "그만두는 일이 뭐야?"):
        told = said(Part(question, listed(*PLAN, score={"그만두는 일": 0.6, "새로 하는 일": 0.4}), 0.9))
        assert [statement.text for statement in told] == ["- 기초 연수", "- 자동 번역"]


def test_of_several_lists_the_one_whose_lead_holds_the_questions_words_is_told():
    told = said(Part("위원회가 권고한 것들 다 알려줘", listed(*DIARY, score={"12월 8일: 권고 점검 회의": 0.6, "위원회는 아래를 권고하였다.": 0.5}), 0.9))
    assert [statement.text for statement in told] == ["- 문자를 미리 만들 것", "- 오존을 들일 것"]


WITHIN = [("paragraph", "동호회는 여덟 명이 모이면 만든다.", 0), ("paragraph", "지금은 등산, 풋살, 사진, 밴드와 바둑 동호회가 있다.", 0),
          ("item", "신청: 연초", 0), ("item", "지원: 매월", 0), ("item", "문의: 총무", 0)]


@pytest.mark.parametrize(("question", "score"), [
    ("동호회는 어떤 것들이 있어?", {"동호회는 여덟 명이 모이면 만든다.": 0.6}),  # right behind the best sentence
    ("동호회 다섯 가지가 뭐야?", {"신청: 연초": 0.6, "지금은 등산, 풋살, 사진, 밴드와 바둑 동호회가 있다.": 0.2})])  # far below it, but of as many
def test_a_list_that_stands_within_a_sentence_is_that_sentence(question, score):
    assert [statement.text for statement in said(Part(question, listed(*WITHIN, score=score), 0.9))] == ["지금은 등산, 풋살, 사진, 밴드와 바둑 동호회가 있습니다."]


def test_a_list_of_another_number_elsewhere_is_not_told():
    best = "보습에는 병풀 추출물 3%와 판테놀 1%를 넣었다."
    steps = [("item", f"{n}차 처방은 향을 줄였다.", 0) for n in range(1, 7)]
    told = said(Part("보습 성분 두 가지는?", listed(("paragraph", best, 0), ("paragraph", "처방은 이렇게 바뀌었다.", 0), *steps, score={best: 0.37, "3차 처방은 향을 줄였다.": 0.35}), 0.9))
    assert len(told) < 6 and "판테놀" in told[0].text


def test_a_list_of_another_number_gives_way():
    told = said(Part("동호회 신청에 필요한 세 가지는?", listed(*WITHIN, score={"신청: 연초": 0.6, "지금은 등산, 풋살, 사진, 밴드와 바둑 동호회가 있다.": 0.5}), 0.9))
    assert [statement.text for statement in told] == ["- 신청: 연초", "- 지원: 매월", "- 문의: 총무"]


SECTIONS = [("heading", "상품", 1), ("heading", "스타터", 2), ("item", "틀을 쓴다", 0), ("heading", "보스", 2), ("item", "문서를 다듬는다", 0), ("heading", "사업자용", 2), ("item", "큰 조직이 쓴다", 0)]


def test_small_headings_that_the_best_sentences_stand_under_are_a_list():
    told = said(Part("상품 종류를 알려줘", listed(*SECTIONS, score={"틀을 쓴다": 0.9, "문서를 다듬는다": 0.8, "큰 조직이 쓴다": 0.7}), 0.9))
    assert [statement.text for statement in told] == ["- 스타터", "- 보스", "- 사업자용"]
    told = said(Part("상품 종류를 알려줘", listed(*SECTIONS, score={"틀을 쓴다": 0.9, "문서를 다듬는다": 0.1}), 0.9))
    assert [statement.text for statement in told] == ["스타터: 틀을 씁니다."]  # one of them alone is meant


@pytest.mark.parametrize(("text", "many"), [
    ("나침반, 미역 칼과 밧줄이 들어 있다.", 3), ("건축사·회계사·변호사로 이루어진다.", 3), ("설계-시공-감리 순이다.", 3), ("값이 올라서, 그리고 늦어서 그만두었다.", 0),
    ("△나침반 △칼 △밧줄을 챙긴다.", 3), ("①칼을 갈고, ②밧줄을 감는다.", 2), ("영업이익은 △120억 원이다.", 0),
    ("2024년 1,284억 원이다.", 0), ("첫째는 한 사람이 맡았고, 둘째는 두 사람이 맡았다.", 0), ("", 0)])
def test_how_many_things_a_sentence_names_side_by_side(text, many):
    assert enumerated(text) == many


LED = [("paragraph", "한빛해운 대표 한지우가 자료에 대해 말한 것은 다음과 같다.", 0), ("item", "자료가 있으면 빠르다.", 0), ("item", "사람이 정한다.", 0)]


@pytest.mark.parametrize(("question", "first"), [("한빛해운 대표는 누구야?", "한빛해운 대표 한지우"), ("한빛해운 대표가 자료에 대해 말한 것을 알려줘", "- 자료가 있으면")])
def test_what_leads_to_a_list_tells_who(question, first):
    told = said(Part(question, listed(*LED, score={LED[0][1]: 0.8}), 0.9))
    assert told[0].text.startswith(first)
