"""The encoder that ships as a reader: which of several texts answers a question, and whether any does."""

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.encoder import Encoder, opened
from rag.settings import SHIPPED_EMBEDDER

QUESTION = "비밀번호는 언제까지 변경해야 하나요?"
TEXTS = ["설치: 관리 콘솔에 처음 접속해 등록을 마친다.", "설치: 초기 암호는 설치가 끝난 뒤 72시간 안에 바꾸어야 한다.", "설치: 라이선스 키를 입력한 뒤 사용자 수를 확인한다."]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return opened(SHIPPED_EMBEDDER)


def test_one_encoder_serves_all_who_use_it(encoder):
    assert opened(SHIPPED_EMBEDDER) is encoder


def test_the_text_that_answers_in_other_words_is_the_likeliest(encoder):
    for question, texts, right in (
            (QUESTION, TEXTS, 1),
            ("직원이 모두 몇 명이에요?", ["본사는 부산에 있다.", "임직원 수는 412명이다.", "창업자는 두 명이다."], 1),
            ("왜 문을 닫았나요?", ["손님이 줄어 가게를 접었다.", "가게는 1998년에 열었다.", "가게에는 자리가 서른 개 있었다."], 0)):
        assert int(encoder.chances(question, texts)[1:].argmax()) == right, question


def test_chances_are_of_none_and_of_each_text(encoder):
    chances = encoder.chances(QUESTION, TEXTS)
    assert chances.shape == (4,) and chances.sum() == pytest.approx(1) and (chances > 0).all()
    assert encoder.chances(QUESTION, []) == pytest.approx([1.0])
    assert chances[0] < encoder.chances(QUESTION, [TEXTS[0], TEXTS[2]])[0], "less is missing where one answers"


def test_the_order_of_the_texts_says_nothing(encoder):
    forth, back = encoder.chances(QUESTION, TEXTS), encoder.chances(QUESTION, TEXTS[::-1])
    assert back[1:][::-1] == pytest.approx(forth[1:], abs=1e-4) and back[0] == pytest.approx(forth[0], abs=1e-4)


@hypothesis.settings(max_examples=15)
@given(st.text(max_size=60), st.lists(st.text(max_size=400), max_size=4))
def test_any_text_can_be_read(encoder, question, texts):
    chances = encoder.chances(question, texts)
    assert chances.shape == (len(texts) + 1,) and np.isfinite(chances).all() and chances.sum() == pytest.approx(1)
    assert (encoder.chances(question, texts) == chances).all(), "the same each time"


def test_reading_leaves_what_a_text_means_as_it_was(encoder):
    before = encoder.vector("passage: " + TEXTS[1])
    encoder.chances(QUESTION, TEXTS)
    assert (encoder.vector("passage: " + TEXTS[1]) == before).all()
