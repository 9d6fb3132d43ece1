"""What a question asks for: weights, slips mended, words that stand in another form."""

import pytest

from rag.documents import Passage, Sentence
from rag.embeddings import Embedder
from rag.morphemes import morphemes
from rag.query import analyse, repaired


class Flat(Embedder):
    name = "flat"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [0.0]


def passage(text: str) -> Passage:
    return Passage("p", "보고서.md", "보고서", None, "", "", text, 0, len(text),
                   (Sentence(0, len(text), "paragraph", 0, tuple(morphemes([text])[0])),))


def asked(question: str, *texts: str):
    there = [set(morphemes([text])[0]) for text in texts]
    return analyse(question, "", Flat(), lambda _, words: {w: sum(w in words_ for words_ in there) for w in words}, len(texts))  # type: ignore[arg-type]


@pytest.mark.parametrize(("typed", "meant"), [("남앗어", "남았어"), ("누구엿더라", "누구였더라"), ("어딧어요", "어딨어요"), ("잇나요", "있나요"), ("나온댓어", "나온댔어"), ("줫어요", "줬어요")])
def test_endings_typed_in_haste(typed, meant):
    assert asked("무엇을 잇는 다리야?", "다리").text == "무엇을 잇는 다리야?"
    assert asked(f"본사 {typed}", "본사").words.keys() == asked(f"본사 {meant}", "본사").words.keys()


def test_a_verb_is_known_in_its_short_form():
    assert asked("몇 개까지 처리돼?", "처리").words.keys() == asked("몇 개까지 처리되어?", "처리").words.keys() == {"개", "처리"}


def test_what_is_not_asked_for_is_not_searched():
    assert asked("수력 말고 풍력 발전은 어디야?", "풍력 발전").words.keys() == asked("풍력 발전은 어디야?", "풍력 발전").words.keys()
    assert "수력" in asked("수력 말고도 있어?", "수력").words


def test_a_slip_is_met_by_the_word_that_the_passages_have():
    text = "브릿지론의 잔액은 120억 원이다."
    query = asked("브리지론 잔액은?", text)
    slip = next(word for word in query.words if "브리지" in word)
    assert slip in query.lost
    mended = repaired(query, [passage(text)])
    assert slip not in mended.lost and mended.met(slip, set(morphemes([text])[0])) == pytest.approx(0.7)
    assert mended.unknown < query.unknown


def test_another_word_is_no_slip():
    query = asked("우주정거장은 언제 지었어?", "가온캐피탈의 본사는 서울에 있다.")
    assert repaired(query, [passage("가온캐피탈의 본사는 서울에 있다.")]) == query


def test_a_quarter_is_met_in_its_short_form():
    query = asked("2025년 2분기 매출", "'25.2Q 매출 120")
    there = set(morphemes(["'25.2Q 매출 120"])[0])
    assert all(query.met(word, there) for word in query.words), query.words
    other = set(morphemes(["'25.1Q 매출 120"])[0])
    assert not query.met("2025q2", other) and not query.met("분기", other)


def test_words_that_run_together_are_set_apart_where_the_index_knows_them():
    text = "수소 생산량은 하루 최대 2.1톤이고 집수리 신청은 구청에서 받는다."
    assert asked("수소하루에최대몇톤만드러요", text).text == "수소 하루 에 최대 몇톤만드러요"
    assert {"수소", "하루", "최대"} <= asked("수소하루에최대몇톤만드러요", text).words.keys()
    for known in ("생산량은 하루 최대 얼마야?", "전혀모르는낱말들뿐인물음"):  # what Kiwi cuts as well, or nobody knows
        assert asked(known, text).text == known


@pytest.mark.parametrize(("question", "text"), [
    ("허깅페이스 가격은?", "허깅 페이스의 가격은 무료다."), ("한빛 대교 길이는?", "한빛대교의 길이는 1,240미터이다."), ("오로라x 출시일은?", "오로라 X는 7월에 나온다.")])
def test_a_name_spaced_in_another_way_is_met(question, text):
    query = asked(question, text)
    there = set(morphemes([text])[0])
    name = [word for word in query.words if word.startswith(("허깅", "한빛", "오로라"))]
    assert name and all(query.met(word, there) for word in name) and not query.lost.intersection(name)
