"""The conditions that a question over a table sets: days, bounds, what is missing, what stands in a cell, and words run together."""

import pytest

from rag.chain import assemble
from rag.settings import Settings
from rag.tables import amount

REPORT = """# 다솜재단 현황

## 이사회 구성
이사회는 이사 5명으로 이루어진다.

| 성명 | 직위 | 임기 만료 |
| --- | --- | --- |
| 강나루 | 이사장 | 2026년 3월 |
| 문다온 | 이사 | 2027년 3월 |
| 배가람 | 이사 | 2027년 9월 |
| 서누리 | 이사 | 2028년 3월 |

## 2025년 하반기 일정
| 날짜 | 행사 | 장소 |
| --- | --- | --- |
| 7월 3일 | 운영위원회 | 본관 |
| 8월 21일 | 나눔장터 | 광장 |
| 9월 4일 | 운영위원회 | 본관 |
| 11월 6일 | 운영위원회 | 별관 |

## 위반 과태료 (단위: 만원)
| 위반행위 | 1차 | 2차 | 3차 이상 |
| --- | --- | --- | --- |
| 신고하지 않은 경우 | 50 | 100 | 200 |
| 장부를 두지 않은 경우 | 30 | 60 | 100 |
| 점검을 막은 경우 | 100 | 150 | 200 |

## 자회사별 대여금 잔액 (단위: 억원)
| 자회사 | 단기대여금 | 장기성 채권 | 합계 |
| --- | --- | --- | --- |
| 다솜은행 | 310 | 90 | 400 |
| 다솜투자 | 120 | 30 | 150 |
| 다솜카드 | 20 | 5 | 25 |

## 방문 서비스
| 서비스 | 단가 | 맡는 기관 |
| --- | --- | --- |
| 식사배달 | 회당 9,000 | 복지관 |
| 방문진료 | 회당 128,000 | 보건소 |
| 단기보호 | 1일 86,000 | 없음(협의 중) |

## 구별 현황 (단위: 명)
| 구 | 인구 | 1인가구 |
| --- | --- | --- |
| 솔뫼구 | 168,914 | 26,180 |
| 물안구 | 141,020 | 31,007 |

## 연도별 인구 추이 (단위: 명)
| 구분 | 2022년 | 2023년 | 2024년 |
| --- | --- | --- | --- |
| 총인구 | 305,100 | 307,950 | 309,934 |
| 외국인 | 8,100 | 8,420 | 9,015 |

## 공사 일정
| 단계 | 당초 계획 | 실적 |
| --- | --- | --- |
| 착공 | 2024-03-01 | 2024-03-01 |
| 준공 | 2024-10-01 | 2024-12-20 |

## 판매 예시 화면
| 행 번호 | Country | Discount | Units Sold |
| --- | --- | --- | --- |
| 2 | France | High | 1,321 |
| 3 | Canada | None | 2,178 |
| 4 | Mexico | None | 888 |

## 모델 공개
| 모델 | 공개 연도 | 파라미터(억 개) |
| --- | --- | --- |
| 새벽트랜스포머 | 2020년 2월 | 16,000 |
| 노을트랜스포머 | 2021년 5월 | 1,750 |

## 부문별 영업이익 (단위: 억원)
| 부문 | '24.2Q | '25.1Q | '25.2Q |
| --- | --- | --- | --- |
| 은행 | 1,903 | 1,950 | 1,921 |
| 증권 | 298 | 350 | 412 |
| 연결조정 | -20 | -25 | -31 |
"""


@pytest.fixture(scope="module")
def foundation(tmp_path_factory):
    from ingest.run import ingest

    folder = tmp_path_factory.mktemp("foundation")
    (folder / "보고서").mkdir()
    (folder / "보고서" / "재단.md").write_text(REPORT, encoding="utf-8")
    settings = Settings(index=folder / "index")
    ingest(settings, [folder / "보고서"])
    return assemble(settings)


@pytest.mark.parametrize(("question", "said"), [
    ("임기가 2027년에 끝나는 이사는 몇 명이야?", ["문다온", "배가람", "모두 2명"]),
    ("2025년 하반기에 운영위원회는 몇 번 열려?", ["7월 3일", "9월 4일", "11월 6일", "모두 3번"]),
    ("3차 이상 걸리면 과태료가 200만원인 위반행위는 몇 개야?", ["신고하지 않은", "점검을 막은", "모두 2개"]),
    ("맡는 기관이 없는 서비스는 몇 개야?", ["단기보호", "모두 1개"]),
    ("방문서비스중에단가5만원넘는것은?", ["방문진료(회당 128,000)", "단기보호(1일 86,000)"]),
    ("인구제일많은구어디야", ["솔뫼구로 168,914"]), ("인구 제일 많은 구 어디임?", ["솔뫼구로 168,914"]),
    ("다솜은행이랑 다솜투자 대여금 잔액 합치면 얼마야?", ["550", "다솜은행 400", "다솜투자 150"]),
    ("예시 화면에서 할인(Discount)이 None인 행은 몇 개야?", ["행 번호 3", "행 번호 4", "모두 2개"]),
    ("다솜은행의 단기대여금은 얼마야?", ["310"]),
    ("1년 전('24.2Q)보다 영업이익이 제일 많이 오른 부문은?", ["증권('24.2Q 298억원, '25.2Q 412억원)"]),
])
def test_conditions_choose_the_rows(foundation, question, said):
    answer = foundation.ask(question, [])
    assert answer.found and all(words in answer.text for words in said), answer.text


def test_a_deed_that_no_cell_tells_of_leaves_nothing_counted(foundation):
    assert "모두 2개" not in foundation.ask("공사 일정에서 당초 계획보다 늦어진 단계는 몇 개야?", []).text


def test_who_is_no_day(foundation):
    assert foundation.ask("새벽트랜스포머 공개 연도는?", []).text.startswith("새벽트랜스포머의 공개 연도는 2020년 2월입니다.")
    assert "공개 연도는 2020년 2월입니다" not in foundation.ask("새벽트랜스포머는 누구한테만 공개됐어?", []).text


@pytest.mark.parametrize(("cell", "value"), [("회당 128,000", 128_000), ("1일 86,000원", 86_000), ("1인당 3만 원", 30_000), ("월 5만원", 50_000),
                                             ("1일 2회", None), ("월 20시간", None)])
def test_a_price_of_each_is_an_amount_and_how_often_is_none(cell, value):
    assert (pair := amount(cell)) is None and value is None or pair and pair[0] == value
