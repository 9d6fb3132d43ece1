"""Words that may be swapped in a search."""

import unicodedata

import pytest

from rag.lexicon import FOLDER, alternatives
from rag.morphemes import content, morphemes


def words(text: str) -> list[str]:
    return content(morphemes([text])[0])


@pytest.mark.parametrize("name", ["synonyms.tsv", "english.tsv", "words.tsv", "everyday.tsv", "fields.tsv"])
def test_the_tables_are_in_order(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines()]
    assert unicodedata.is_normalized("NFC", text) and "\r" not in text
    assert lines == sorted(lines, key=lambda line: line[0])
    for line in lines:
        members = [tuple(words(member)) for member in line]
        assert len(set(line)) == len(line) and len(set(filter(None, members))) >= 2, line
    assert len({tuple(line) for line in lines}) == len(lines)


@pytest.mark.parametrize(("question", "word", "present", "absent"), [
    ("엔비디아의 매출", "엔비디아", "nvidia", "매출"),
    ("NVIDIA revenue", "revenue", "매출", "nvidia"),
    ("작년 요금", "요금", "가격", "작년"),
])
def test_what_may_stand_instead(question, word, present, absent):
    found = alternatives(words(question))
    assert (present,) in found[word] and (absent,) not in found[word]


def test_a_term_of_several_words_stands_instead_whole():
    assert ("챗", "gpt") in alternatives(words("ChatGPT"))["chatgpt"]
    assert ("출시",) in alternatives(words("released"))["released"]  # an English form of a word


def test_an_english_word_stands_for_korean_in_a_question_only():
    assert ("revenue",) not in alternatives(words("매출"))["매출"]
    assert ("co", "2") in alternatives(words("이산화탄소"))["이산화탄소"]  # but not an acronym
    assert alternatives(["없는낱말"]) == {}


@pytest.mark.parametrize(("told", "word", "present"), [("줄었다", "줄다", "줄어들다"), ("돈을 벌었다", "벌다", "수익"), ("값을 높였다", "높이다", "상향")])
def test_a_short_verb_is_known_in_any_form(told, word, present):
    assert any(present in term for term in alternatives(words(told))[word])
