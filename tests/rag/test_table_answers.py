"""Questions over a whole table, over tables split into several passages, and questions that no table answers so."""

import re

import pytest

from rag.tables import amount

CITIES = "\n".join(f"| 도시{n:02} | {['북부', '남부'][n % 2]} | {1000 + 37 * n:,} | {n}.5% |" for n in range(60))
REPORT = f"""# 지점 현황 보고서

## 지점별 매출
| 지점 | 지역 | 매출(억 원) | 직원 수(명) |
| --- | --- | --- | --- |
| 한빛점 | 서울 | 320 | 45 |
| 새솔점 | 부산 | 1,150 | 38 |
| 푸른점 | 서울 | 270 | 61 |
| 들꽃점 | 대구 | 95 | 12 |

## 실적 추이 (단위: 억원, 명)
| 구분 | 2021년 | 2022년 | 2023년 |
| --- | --- | --- | --- |
| 영업이익 | 120 | 95 | 180 |
| 총고객 수 | 4,100 | 4,600 | 5,300 |

표 3. 분기별 불량률 (단위: %)
| 공장 | '23.1Q | '23.2Q | 비고 |
| --- | --- | --- | --- |
| 가람공장 | 2.5 | 1.9 | 설비 교체 |
| 나루공장 | 1.1 | 1.4 | 신제품 |

## 일터 지표
| 지표 | 2023년 | 2024년 |
| --- | --- | --- |
| 퇴사율(%) | 21.0 | 17.9 |
| 주당 노동시간(시간) | 44.1 | 43.8 |
| 남성 휴직률(%) | 25.0 | 27.0 |

## 관측소
관측소는 모두 아홉 곳이며, 사람이 머무는 관측소는 하나뿐이다.

| 관측소 | 높이(m) | 여름 비(mm) |
| --- | --- | --- |
| 하늬 | 120 | 640 |
| 두메 | 830 | 910 |

## 도시별 가입자
| 도시 | 권역 | 가입자(명) | 해지율 |
| --- | --- | --- | --- |
{CITIES}
"""


@pytest.fixture(scope="module")
def branches(assistant_over):
    return assistant_over({"지점.md": REPORT})


@pytest.mark.parametrize(("question", "said"), [
    ("매출이 가장 많은 지점은?", "새솔점"), ("직원 수가 제일 적은 지점은 어디야?", "들꽃점"),
    ("매출이 두 번째로 많은 지점은?", "한빛점"), ("서울 지점의 매출을 합치면 얼마야?", "590억 원"),
    ("한빛점과 푸른점의 매출 차이는 얼마인가요?", "50억 원"), ("서울에 있는 지점은 몇 곳이야?", "2곳"),
    ("지점별 매출 표에 나온 지점을 모두 알려줘", "들꽃점"), ("가입자가 가장 많은 도시는?", "도시59"),
    ("해지율이 가장 낮은 도시는?", "도시00"), ("푸른점의 직원 수는 몇 명이야?", "푸른점의 직원 수는 61명입니다."),
    ("도시30의 해지율은 얼마야?", "도시30의 해지율은 30.5%입니다."),
    ("매출이 300억 원 넘는 지점은 어디야?", "한빛점(320억 원), 새솔점"), ("직원 수가 40명 이하인 지점은?", "새솔점(38명)"),
    # a row as a series, the distance between two of its cells, with the unit that stands over the table
    ("영업이익이 가장 많았던 해는 언제야?", "2023년으로 180"), ("2021년에서 2023년 사이 고객 수는 몇 명 늘었어?", "1,200명 늘었습니다"),
    ("영업이익이 2022년에 비해 2023년에는 얼마나 늘었나요?", "85 늘었습니다"), ("총고객 수 2021년 대비 2023년 증가분은?", "1,200 늘었습니다"),
    ("2022년 영업이익은 전년보다 몇 억원 줄었나요?", "25억원 줄었습니다"), ("2023년 영업이익은 2021년의 몇 배야?", "1.5배"),
    ("푸른점은 들꽃점보다 직원이 몇 명 더 많아?", "49명"), ("가람공장의 2023년 2분기 불량률은?", "1.9%"),
    ("2023년 1분기에서 2분기 사이 불량률이 제일 많이 내려간 공장은?", "가람공장"),
    ("2022년에서 2023년 사이 총고객 수는 몇 % 늘었어?", "15.2%(700"),
    ("직원 수가 40명 넘는 지점은 몇 곳이야?", "모두 2곳"), ("매출이 320억 원인 지점은 몇 곳이야?", "한빛점"),
])
def test_a_whole_table_is_looked_at(branches, question, said):
    answer = branches.ask(question)
    assert answer.found and said in re.sub(r" \[\d+\]", "", answer.text) and len(answer.text) <= 400
    assert list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", answer.text))) == [c.number for c in answer.citations]
    assert all(c.passage.text[c.start:c.end] == c.quote for c in answer.citations)


@pytest.mark.parametrize("question", ["이익이 가장 많은 지점은?", "2019년 매출이 가장 많은 지점은?", "매출이 가장 많이 늘어난 지점은?",
                                      "제주에 있는 지점은 몇 곳이야?", "화성 지점의 직원 수를 합치면?", "일터 지표의 2024년을 다 합치면 얼마야?",
                                      "하늬에서 가장 높은 것은?"])
def test_what_the_table_does_not_hold_is_not_computed(branches, question):
    answer = branches.ask(question)
    assert not re.search("것은|모두|합치면", answer.text) and "합계" not in answer.text


def test_how_many_there_are_is_told_by_a_sentence_where_one_says_so(branches):
    text = branches.ask("관측소는 몇 곳이야?").text
    assert "아홉 곳" in text and "표에 나온" not in text


@pytest.mark.parametrize(("cell", "value"), [("1조 6,000억 개", 1_600_000_000_000), ("0.17억", 17_000_000), ("45.5%", 45.5),
                                             ("△3.2", -3.2), ("1,150", 1150), ("12B", 12_000_000_000)])
def test_amounts_of_cells(cell, value):
    parsed = amount(cell)
    assert parsed is not None and float(parsed[0]) == value


@pytest.mark.parametrize("cell", ["3~5배", "미정", "2023년", "3월", "서울, 부산", ""])
def test_what_is_no_amount(cell):
    assert amount(cell) is None
