"""Names found again in another spelling, and words that only resemble each other kept apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.morphemes import content, morphemes
from rag.sounds import lettered, sound, spelt


@pytest.mark.parametrize(("korean", "english"), [
    ("코슬라", "Khosla"), ("테슬라", "Tesla"), ("앤트로픽", "Anthropic"), ("머스크", "Maersk"), ("앤드루", "Andrew"), ("블룸버그", "Bloomberg"),
    ("쿠버네티스", "Kubernetes"), ("타이레놀", "Tylenol"), ("빈센트", "Vincent"), ("허깅페이스", "HuggingFace"), ("라마", "LLaMA")])
def test_a_name_sounds_alike_in_both_spellings(korean, english):
    assert sound(korean) == sound(english) != ""


@pytest.mark.parametrize(("one", "other"), [("정부", "전부"), ("거슬러", "코슬라"), ("서울", "세일"), ("볼보", "발보아"), ("모더나", "모나코")])
def test_words_that_only_resemble_each_other_are_kept_apart(one, other):
    assert sound(one) != sound(other)


@pytest.mark.parametrize("word", ["AI", "가", "한국AI", "2023", "포드", ""])
def test_what_is_too_short_or_mixed_has_no_sound(word):
    assert sound(word) == ""


@given(st.text(max_size=12))
def test_a_sound_is_a_word_of_its_own_kind(word):
    assert sound(word) == "" or sound(word)[0] == "~" and len(sound(word)) > 4


def test_letters_spelt_in_korean():
    assert spelt("지피티") == ("gpt",) and spelt("에이치비엠") == ("hbm",) and spelt("씨이오") == ("ceo",)
    assert spelt("엘지유플러스") == ("lg", "유플러스") and spelt("에스케이하이닉스") == ("sk", "하이닉스")
    assert spelt("엠에스") == ("ms",) and spelt("오로라x") == ("오로라", "x") and spelt("k푸드") == ("k", "푸드")
    assert spelt("피부") == spelt("이유") == spelt("지지대") == spelt("") == ()


def test_names_carry_their_sound_and_no_question_asks_for_it():
    words = morphemes(["Khosla 벤처의 투자"])[0]
    assert "~kosla" in words and "khosla" in words and "~kosla" not in content(words)
    assert not any(word.startswith("~") for word in morphemes(["정부가 예산을 늘렸다"])[0])


def test_a_report_in_latin_letters_is_found_by_a_name_in_hangul(tmp_path):
    from ingest.run import ingest
    from rag.chain import assemble
    from rag.settings import Settings

    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "투자.md").write_text("# 투자 내역\n\nKhosla Ventures의 지분은 21%이다.\n\n소프트뱅크의 지분은 9%이다.\n", encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "reports"])
    assistant = assemble(settings)
    try:
        answer = assistant.ask("코슬라의 지분은 몇 퍼센트야?")
    finally:
        assistant.index.close()
    assert "21%" in answer.text and answer.citations


@pytest.mark.parametrize(("text", "written"), [
    ("지피티4 토큰", "GPT4 토큰"), ("에이치100 값", "H100 값"), ("케이티 2023년", "KT 2023년"), ("오이 2개", "오이 2개"), ("이유 3가지", "이유 3가지")])
def test_letters_before_a_figure_are_written_as_letters(text, written):
    assert lettered(text) == written
