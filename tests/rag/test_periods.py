"""Parts of years found again however they are written, and figures that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.periods import parts_of, periods


@pytest.mark.parametrize(("period", "written"), [
    ("2025q2", ["'25.2Q", "2Q25", "2025년 2분기", "25년 2분기", "'25.2/4분기", "25.2Q(E)", "2025.2Q"]),
    ("2025h1", ["2025년 상반기", "1H25", "'25년 상반기"]),
    ("2024m12", ["'24.12월", "2024년 12월 말", "2024. 12. 31.", "2024.12.31", "2024-12-31"]),
    ("2024", ["'24년", "FY24", "24년 매출"]),
])
def test_a_part_of_a_year_is_one_word_in_all_its_forms(period, written):
    assert all(period in periods(text) for text in written), [text for text in written if period not in periods(text)]


@pytest.mark.parametrize("text", ["국고채 10년물", "25년간", "GPT-3.5", "1,2025개", "02-2025-3333", "", "'24시간 상담'", "30년 이상", "2025년", "2023년 9.8일", "2024년 1.4%"])
def test_what_is_no_part_of_a_year(text):
    assert not any(len(period) > 4 for period in periods(text)) and periods(text) == []


@given(st.integers(2000, 2039), st.integers(1, 4))
def test_quarters_by_any_hand(year, quarter):
    short = year % 100
    forms = [f"{year}년 {quarter}분기", f"'{short:02}.{quarter}Q", f"{quarter}Q{short:02}", f"{year}.{quarter}Q"]
    assert all(f"{year}q{quarter}" in periods(form) and str(year) in periods(form) for form in forms)


def test_the_words_that_it_is_written_out_with():
    assert parts_of("2025q2") == {"2025", "25", "2", "년", "분기"} and {"상반기", "반기"} <= parts_of("2024h1")
