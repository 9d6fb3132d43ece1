"""What a question probably meant, by the words that the index knows."""

import pytest

from rag.morphemes import content, morphemes
from rag.spelling import near, repaired


def reading(*known: str):
    """Frequencies of an index that holds these texts."""
    words = {word for text in known for word in morphemes([text])[0]}
    return lambda field, asked: {word: int(word in words) for word in asked}


@pytest.mark.parametrize(("question", "known", "wanted"), [
    ("데이타 전송량은 얼마인가", "데이터 전송량", {"데이터", "전송"}),
    ("아키텍쳐의 이름", "아키텍처 이름", {"아키텍처", "이름"}),
    ("컨텐츠 산업 매출", "콘텐츠 산업 매출", {"콘텐츠", "산업", "매출"}),
    ("첫 버젼 공개", "버전 공개", {"버전", "공개"}),
    ("데이터의 매출", "데이터 매출", {"데이터", "매출"}),  # nothing to repair
    ("쿠르투스의 매출", "데이터 매출", {"매출"}),  # nothing is near
])
def test_a_word_of_no_report_is_read_as_a_near_one(question, known, wanted):
    found = repaired(question, content(morphemes([question])[0]), reading(known))
    assert wanted <= set(found)


def test_near_spellings_differ_in_one_syllable():
    for word in ("데이타", "값", "AI칩", "12월"):
        for other in near(word):
            assert len(other) == len(word) and sum(a != b for a, b in zip(word, other, strict=True)) == 1
    assert "데이터" in set(near("데이타")) and "버전" in set(near("버젼")) and not [*near("2023")]
