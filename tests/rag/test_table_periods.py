"""Tables whose columns are years or quarters, asked without a word of time: the last one that is no forecast is told."""

import pytest

REPORT = """# 해외 판매 보고서

## 나라별 수출액 (단위: 만 달러)
| 나라 | 2022년 | 2023년 | 2024년 | 2025년(전망) |
| --- | --- | --- | --- | --- |
| 가나 | 900 | 1,400 | 1,250 | 2,000 |
| 덴마크 | 2,100 | 2,000 | 1,980 | 1,900 |
| 칠레 | 310 | 480 | 920 | 1,300 |
| 기타 | 1,800 | 1,900 | 2,200 | 2,400 |

## 기관별 성장률 전망
| 기관 | 내수 성장률(%) | 수출 성장률(%) |
| --- | --- | --- |
| 온누리연구원 | 1.4 | 2.1 |
| 한결은행 | 0.8 | 3.2 |
| 미르경제 | 1.1 | 2.7 |

## 학과별 졸업생
| 학과 | 취업률(%) | 평균 초봉(만 원) |
| --- | --- | --- |
| 건축학과 | 71.2 | 3,100 |
| 국문학과 | 58.4 | 2,700 |
| 화학과 | 66.0 | 3,400 |
"""


@pytest.fixture(scope="module")
def report(assistant_over):
    return assistant_over({"보고서.md": REPORT})


@pytest.mark.parametrize(("question", "said", "unsaid"), [
    ("수출액이 가장 많은 나라는?", ["2024년", "덴마크", "1,980"], ["2,000", "기타"]),
    ("수출액 1000만 달러 넘는 나라는 몇 곳이야?", ["2024년", "가나", "덴마크", "모두 2곳"], ["기타", "칠레"]),
    ("수출액이 가장 많이 늘어난 나라는?", ["칠레", "2023년 480", "2024년 920"], ["2,000"]),
    ("수출액 가장 많은 나라 순위 2개", ["덴마크(1,980", "가나(1,250"], ["칠레"]), ("수출액 많은 순으로 2개만", ["덴마크(1,980", "가나(1,250"], ["칠레"]),
    ("2022년 수출액이 가장 많은 나라는?", ["덴마크", "2,100"], ["1,980"]),
    ("내수 성장률이 가장 높은 기관은?", ["온누리연구원", "1.4"], ["한결은행"]),
    ("평균 초봉이 3000만원 넘는 학과는?", ["건축학과", "화학과"], ["국문학과"]),
    ("취업률 꼴찌 학과는?", ["국문학과", "58.4"], ["건축학과"])])
def test_what_a_table_tells(report, question, said, unsaid):
    text = report.ask(question).text
    assert all(words in text for words in said) and not any(words in text for words in unsaid), text


def test_one_cell_is_no_answer_to_what_is_the_most(report):
    text = report.ask("영업이익이 가장 많은 나라는?").text
    assert "가장 많은 것은" not in text
