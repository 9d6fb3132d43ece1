"""Tables asked as people ask: by an adjective, in order, what rose or fell, two things side by side, several cells."""

import re

import pytest

from rag.chain import assemble
from rag.settings import Settings
from rag.table_question import Question

REPORT = """# 가온전자 제품과 사업 보고서

## 1. 제품

표 1. 세탁기 사양 비교

| 항목 | 모아 10 | 모아 20 | 담아 S | 담아 L |
| --- | --- | --- | --- | --- |
| 소음(dB) | 52 | 49 | 61 | 58 |
| 무게(kg) | 61 | 74 | 55 | 80 |
| 세탁 시간(분) | 48 | 52 | 39 | 65 |
| 판매가격(만원) | 89 | 129 | 59 | 149 |

## 2. 사업부

표 2. 사업부별 실적

(단위: 억원, 명)

| 사업부 | 2023년 매출 | 2024년 매출 | 2024년 영업이익 | 2024년 영업이익률 | 인원 |
| --- | --- | --- | --- | --- | --- |
| 가전사업부 | 820 | 910 | 73 | 8.0% | 120 |
| 영상사업부 | 640 | 590 | △21 | -3.6% | 88 |
| 부품사업부 | 310 | 350 | 28 | 8.0% | 45 |
| 기타 | 40 | 35 | △2 | -5.7% | 9 |
| 합계 | 1,810 | 1,885 | 78 | 4.1% | 262 |

## 3. 고객센터

표 3. 분기별 고객 만족도 (단위: 점)

| 센터 | '24.1Q | '24.2Q | '24.3Q | '24.4Q |
| --- | --- | --- | --- | --- |
| 서울센터 | 81 | 84 | 79 | 88 |
| 부산센터 | 77 | 75 | 83 | 82 |
| 광주센터 | 90 | 86 | 85 | 84 |

표 4. 12월 문의 건수 (단위: 건)

| 일자 | 설치 | 고장 |
| --- | --- | --- |
| 2024-12-02 | 31 | 12 |
| 2024-12-03 | 28 | 19 |
| 2024-12-04 | 40 | 15 |

표 5. 채용 경쟁률

| 직무 | 모집 인원 | 경쟁률 |
| --- | --- | --- |
| 연구 | 12 | 9.2:1 |
| 영업 | 20 | 3.5:1 |
| 생산 | 30 | 11.0:1 |
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    from ingest.run import ingest

    folder = tmp_path_factory.mktemp("ranks")
    (folder / "보고서.md").write_text(REPORT, encoding="utf-8")
    settings = Settings(index=folder / "index")
    ingest(settings, [folder / "보고서.md"])
    return assemble(settings)


@pytest.mark.parametrize(("question", "said", "unsaid"), [
    # adjectives that imply a measure
    ("제일 조용한 세탁기가 뭐야", ["모아 20", "소음(dB) 49"], ["담아"]), ("가장 가벼운 세탁기는?", ["담아 S", "55"], ["모아"]),
    ("세탁기 중에 젤 비싼거", ["담아 L", "149"], ["담아 S"]),
    # in order
    ("2024년 매출 많은 순서대로 2개만", ["가전사업부(910", "영상사업부(590"], ["부품", "기타"]), ("직무별 경쟁률 순위 알려줘", ["생산(11.0:1)", "연구(9.2:1)", "영업(3.5:1)"], []),
    ("인원 많은 순으로 2위까지 적어줘", ["가전사업부(120", "영상사업부(88"], ["부품", "줄어든"]),
    # what rose or fell, what is in the red
    ("2024년 매출이 전년보다 줄어든 사업부는?", ["줄어든 것은", "영상사업부(2023년 매출 640", "590"], ["가전", "기타"]), ("매출 늘어난 사업부는 몇 곳이야?", ["가전사업부", "부품사업부", "모두 2곳"], ["영상"]),
    ("적자인 사업부", ["적자인 것은", "영상사업부", "△21"], ["가전", "부품"]),
    # two things side by side
    ("모아 10이랑 담아 L 중에 뭐가 더 무거워?", ["더 무거운 것은 담아 L", "61", "80"], []), ("가전사업부랑 부품사업부 인원 비교해줘", ["차이는 75명", "120", "45"], []),
    # several cells
    ("가전사업부 2024년 매출이랑 영업이익 알려줘", ["2024년 매출이 910", "2024년 영업이익이 73"], ["영업이익률", "8.0"]), ("모아 10 소음이랑 무게", ["소음(dB) 52", "무게(kg) 61"], ["89"]),
    ("가전, 영상, 부품 인원 각각", ["가전사업부 120", "영상사업부 88", "부품사업부 45"], ["기타"]),
    # quarters of no year, days, shared beginnings of names
    ("서울센터 3분기 만족도", ["'24.3Q는 79점"], ["88"]), ("광주센터 만족도 1분기에서 3분기 사이 얼마나 떨어졌어?", ["'24.1Q 90점", "'24.3Q 85점", "5점 줄었습니다"], []),
    ("4분기 만족도가 85점 넘는 센터", ["서울센터"], ["부산", "광주"]), ("12월 3일 고장 문의 몇 건?", ["고장은 19건"], ["28"]),
    # sums and means
    ("기타 빼고 인원 합치면?", ["253명"], ["262"]), ("센터 4분기 만족도 평균은?", ["단순 평균하면 약 84.7점"], []), ("전체 인원은 몇 명이야?", ["합계는 262명"], []),
])
def test_a_table_asked_in_ordinary_words(report, question, said, unsaid):
    text = re.sub(r" \[\d+\]", "", report.ask(question).text)
    assert all(words in text for words in said) and not any(words in text for words in unsaid), text


@pytest.mark.parametrize("question", ["건조기사업부 인원은 몇 명이야?", "주차대수 제일 많은 사업부", "제주센터 4분기 만족도"])
def test_what_no_report_knows_is_refused(report, question):
    assert not report.ask(question).found


@pytest.mark.parametrize(("question", "names", "column"), [
    ("영업이익은 얼마야", ["영업이익률", "영업이익(억원)"], "영업이익(억원)"), ("영업이익률은 얼마야", ["영업이익률", "영업이익(억원)"], "영업이익률"),
    ("만족도 2분기", ["'23.2Q", "'24.1Q", "'24.2Q"], "'24.2Q"), ("2025년 수출은?", ["2024년", "2025년 1~9월"], "2025년 1~9월"),
    ("수출은?", ["2023년", "2024년 9월", "2025년(전망)"], "2024년 9월"), ("평균 청구액은?", ["건수", "1건 평균 청구액(만원)"], "1건 평균 청구액(만원)"),
    ("인구는?", ["면적", "예산"], None)])
def test_which_column_is_meant(question, names, column):
    assert Question(question).column(names) == column


@pytest.mark.parametrize(("question", "names", "columns"), [
    ("매출이 전년보다 얼마나 늘었어?", ["2022년", "2023년", "2024년", "2025년(E)"], ["2023년", "2024년"]),
    ("2022년보다 얼마나 늘었어?", ["2022년", "2023년", "2024년"], ["2022년", "2024년"]),
    ("2022년에서 2023년 사이", ["2022년", "2023년", "2024년"], ["2022년", "2023년"]),
    ("2023년에는 전년보다", ["2022년", "2023년", "2024년"], ["2022년", "2023년"]),
    ("위판량은 전년보다", ["2023년 위판량(톤)", "2024년 위판량(톤)", "2024년 위판액"], ["2023년 위판량(톤)", "2024년 위판량(톤)"]),
    ("2019년보다", ["2022년", "2023년"], []), ("늘었어?", ["매출", "인원"], [])])
def test_between_which_columns_something_changed(question, names, columns):
    assert Question(question).span(names) == columns
