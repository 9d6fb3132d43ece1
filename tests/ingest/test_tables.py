"""Tables -> rows that read by themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import tables
from rag.documents import cells


def rendered(rows, header=True):
    return [block.text for block in tables.render(rows, header=header)]


def test_names_stand_before_values_and_blank_cells_are_left_out():
    assert rendered([["제조사", "2018년", "2019년"], ["삼성", "20.8%", ""], ["애플", "", "13.4%"]]) == [
        "제조사: 삼성 | 2018년: 20.8%", "제조사: 애플 | 2019년: 13.4%"]


def test_without_a_header_values_stand_alone():
    assert rendered([["언어", "LLM"], ["이미지", "IGM"]], header=False) == ["언어 | LLM", "이미지 | IGM"]


def test_a_header_alone_is_a_row():
    assert rendered([["기업", "모델"]]) == ["기업 | 모델"]


def test_cells_merged_downwards_take_the_value_above():
    assert rendered([["기업명", "모델"], ["오픈AI", "GPT-2"], ["", "GPT-3"], ["", ""], ["구글", "PaLM"]]) == [
        "기업명: 오픈AI | 모델: GPT-2", "기업명: 오픈AI | 모델: GPT-3", "기업명: 구글 | 모델: PaLM"]


@pytest.mark.parametrize("rows", [
    # merged cells left blank, as tab-separated text has them
    [["서비스", "기업", "기술", "", "현황"], ["", "", "구조", "with", ""], ["챗GPT", "OpenAI", "트랜스포머", "RLHF", "전환"]],
    # merged cells repeated, as HTML has them
    [["서비스", "기업", "기술", "기술", "현황"], ["서비스", "기업", "구조", "with", "현황"],
     ["챗GPT", "OpenAI", "트랜스포머", "RLHF", "전환"]]])
def test_a_header_of_two_rows_is_joined(rows):
    assert rendered(rows) == ["서비스: 챗GPT | 기업: OpenAI | 기술 구조: 트랜스포머 | 기술 with: RLHF | 현황: 전환"]


def test_a_header_of_two_rows_where_most_names_are_parted():
    assert rendered([["기업", "매출", "", "이익", ""], ["", "상반기", "하반기", "상반기", "하반기"],
                     ["가", "1", "2", "3", "4"]]) == [
        "기업: 가 | 매출 상반기: 1 | 매출 하반기: 2 | 이익 상반기: 3 | 이익 하반기: 4"]


def test_a_row_that_only_looks_like_a_second_header_stays_a_row():
    assert rendered([["구분", "2022", "2023"], ["", "1", "2"], ["나", "3", "4"]]) == [
        "2022: 1 | 2023: 2", "구분: 나 | 2022: 3 | 2023: 4"]


def test_short_rows_and_empty_rows():
    assert rendered([["가", "나", "다"], ["1"], [""], ["", "2"]]) == ["가: 1", "가: 1 | 나: 2"]


@pytest.mark.parametrize(("line", "parts"), [
    ("| 가 | 나 |", [" 가 ", " 나 "]), ("가 | 나", ["가 ", " 나"]), ("||값||", ["", "값", ""]),
    (r"| a \| b | c |", [" a | b ", " c "])])
def test_cells_of_a_markdown_row(line, parts):
    assert tables.split(line) == parts


@pytest.mark.parametrize(("line", "rule"), [
    ("|---|---|", True), ("| :-- | --: |", True), ("|-|-|", True), ("--- | ---", True),
    ("---", False), ("| 가 | 나 |", False), ("|---|가|", False)])
def test_rules(line, rule):
    assert tables.is_rule(line) is rule


CELL = st.text("가나다:| 12", min_size=1, max_size=8).filter(str.strip)


@given(st.lists(CELL, min_size=1, max_size=4), st.lists(CELL, min_size=1, max_size=4))
@settings(max_examples=100)
def test_a_rendered_row_can_be_taken_apart_again(names, values):
    width = min(len(names), len(values))
    names, values = names[:width], values[:width]
    pairs = cells(rendered([names, values])[0])
    assert [_bare(name) for name, _ in pairs] == [_bare(name) for name in names]
    assert [_bare(value) for _, value in pairs] == [_bare(value) for value in values]
    assert [name for name, _ in cells(rendered([values], header=False)[0])] == [""] * width


def _bare(text: str) -> str:
    """What of a cell's words is not changed: all but white space and the bars that part cells."""
    return "".join(text.split()).replace("|", "/")
