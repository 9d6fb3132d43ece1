"""The nouns: what cannot be built, and rows that can be taken apart again."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tables import render
from rag.answers import Answer, Citation
from rag.documents import Passage, cells, passage_id

TEXT = "매출은 늘었다. 이익은 줄었다."
PASSAGE = Passage("p-0", "a.md", "제목", 3, "3쪽", "장", TEXT, 10, 10 + len(TEXT), note="주의")


def test_a_citation_of_exact_words():
    citation = Citation(1, PASSAGE, "매출은 늘었다.", 0, 8)
    answer = Answer("질문", "질문", "매출은 늘었다. [1]", True, "extractive", (citation,)).as_json()
    assert answer["citations"] == [{"n": 1, "passage_id": "p-0", "source": "a.md", "title": "제목", "page": 3, "place": "3쪽",
                                    "heading": "장", "quote": "매출은 늘었다.", "start": 0, "end": 8, "note": "주의"}]


@pytest.mark.parametrize(("quote", "start", "end"), [
    ("매출이 늘었다.", 0, 8), ("매출은 늘었다", 0, 8), ("매출은 늘었다.", 1, 9), ("", 0, 0), ("", 5, 5), ("이익은", 0, 3),
    ("줄었다.", -4, len(TEXT)), ("줄었다.", len(TEXT) - 4, len(TEXT) + 9), (TEXT[:-1], 0, -1), (TEXT, 0, 99), ("늘", 6, 5),
])
def test_a_citation_that_does_not_match_cannot_be_built(quote, start, end):
    with pytest.raises(ValueError, match="p-0"):
        Citation(1, PASSAGE, quote, start, end)


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_a_citation_is_built_of_any_slice_and_nothing_else(start, end):
    quote = TEXT[max(start, 0):max(end, 0)]
    fits = 0 <= start < end <= len(TEXT)
    try:
        assert Citation(1, PASSAGE, quote, start, end).quote == quote
        assert fits
    except ValueError:
        assert not fits


def test_citations_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Citation(1, PASSAGE, TEXT, 0, len(TEXT)).quote = "다른 말"  # type: ignore[misc]


def test_the_parts_of_a_stream_add_up_to_the_last():
    first, last = (Answer("q", "q", text, True, "fake") for text in ("가", "가나"))
    assert first + last is last


def test_an_id_depends_on_source_content_and_place_alone():
    one = passage_id("a.md", "c0ffee", 3)
    assert one == passage_id("a.md", "c0ffee", 3)
    assert len({one, passage_id("b.md", "c0ffee", 3), passage_id("a.md", "c0ffef", 3), passage_id("a.md", "c0ffee", 4)}) == 4


WORDS = st.text("가나12 %:|/\\()=-.,A", max_size=12).map(lambda text: " ".join(text.split()))


def as_cell(text: str) -> str:
    """The words of a cell as a row shows them: what separates cells and names is told otherwise."""
    return [row for row in render([[text]], header=False)][0].text if text else ""


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_a_rendered_row_comes_apart_into_its_cells(pairs):
    names, values = zip(*pairs, strict=True)
    block, = render([["항목", *names], ["하나", *values]], header=True)
    assert cells(block.text) == [("항목", "하나")] + [(as_cell(name), as_cell(value)) for name, value in pairs if value]


def test_rows_of_a_table_read_by_themselves():
    blocks = render([["제품", "판매량(대)", "비고"], ["냉장고", "5,400", ""], ["세탁기", "3,100", "신형: 30%"]], header=True)
    assert [block.text for block in blocks] == ["제품: 냉장고 | 판매량(대): 5,400", blocks[1].text]
    assert cells(blocks[0].text) == [("제품", "냉장고"), ("판매량(대)", "5,400")]
    assert cells(blocks[1].text)[:2] == [("제품", "세탁기"), ("판매량(대)", "3,100")]
    assert cells(blocks[1].text)[2][0] == "비고"
    assert cells("그냥 한 줄") == [("", "그냥 한 줄")]
