"""Lines that were wrapped within words are joined again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.inline import single
from ingest.wraps import Joiner, glue

WORDS = st.lists(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=6), min_size=8, max_size=40)


@given(WORDS, st.integers(11, 30))
def test_where_spaces_are_kept_at_line_ends_the_text_comes_back(words, width):
    text = " ".join(words)
    lines = []
    while text:
        cut = width + (text[width:width + 1] == " ")
        lines.append(text[:cut])
        text = text[cut:]
    witness = (1, ["이 쪽의 줄은 빈칸으로 끝난다 ", "그래서 믿는다"])
    assert Joiner([witness, (1, lines)]).join(lines, 1) == " ".join(words)


@pytest.mark.parametrize("a, b, between", [
    ("빈칸이 있다 ", "그러면", " "), ("빈칸이", " 뒤에 있다", " "), ("끝났다.", "다음", " "), ("약 1,", "200명", ""), ("3.", "5배", ""),
    ("inter-", "national", "-"), ("2020-", "2024", ""), ("Open", "Data", " "), ("https://a.kr/b", "c", ""), ("학습", "(Learning)", ""),
    ("데이", "터", None), ("약 30", "퍼센트", None), ("AI", "를", None)])
def test_what_the_ends_of_lines_tell(a, b, between):
    assert glue(a, b) == between


def test_a_text_wrapped_at_spaces_only():
    words = single("""
        정부는 올해 모든 부처가 함께 쓰는 공통 기반을 새로 만들고 이를 통해 국민이 더 쉽게 이용할 수 있는 서비스를 널리 펴기로 하였으며 또한
        지방정부와 손을 잡고 여러 사업을 벌이기로 하여 많은 이들이 크게 기대하고 있는 것으로 나타나서 관심이 높고 앞으로도 이러한 흐름은 오랫동안
        이어질 것으로 보이며 그에 맞추어 제도를 고치는 일도 서두르고 있는데 이를 위한 예산도 마련하여 국회에 보낸 것으로 알려져 눈길을 끌고 있다고
        말하는 사람도 많아지고 있으나 아직 갈 길이 멀다""").split()
    lines = [" ".join(words[n:n + 3]) for n in range(0, len(words), 3)]
    assert Joiner([(1, lines)]).join(lines, 1) == " ".join(lines)


def test_words_of_the_report_decide_before_kiwi():
    lines = ["이것은 아주 가까운 데이터셋을 말하며 우리는 더 가까운 데이터", "셋을 쓴다"]
    assert Joiner([(1, lines)]).join(lines, 1).endswith("가까운 데이터셋을 쓴다")


def test_glyphs_without_a_character_are_left_out():
    assert Joiner([]).join(["\ue123 항목\ufffd이다"], 1) == "항목이다"
