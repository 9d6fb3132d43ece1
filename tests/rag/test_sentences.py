"""Where a sentence ends, and where what looks like an end is none."""

import pytest

from rag.sentences import spans


@pytest.mark.parametrize(("text", "sentences"), [
    ("가. 대상: 3학년 이상. 평점 2.8 이상.", ["가. 대상: 3학년 이상.", "평점 2.8 이상."]),
    ("하. 그 밖의 일", ["하. 그 밖의 일"]),
    ("답. 할 수 있다. 다만 늦다.", ["답. 할 수 있다.", "다만 늦다."]),
    ("그는 간다. 가. 말한다.", ["그는 간다.", "가. 말한다."]),
    ("1. 개요", ["1. 개요"]), ("2023.04. 10에 열었다. 끝.", ["2023.04. 10에 열었다.", "끝."])])
def test_a_letter_or_a_label_opens_a_sentence_and_is_none(text, sentences):
    assert [text[start:end] for start, end in spans(text)] == sentences
