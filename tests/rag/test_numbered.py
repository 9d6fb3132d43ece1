"""What is said of another year, quarter, shop or model does not answer."""

import pytest

from rag.numbered import numbered, tells_of_others, unknown


@pytest.mark.parametrize(("question", "texts", "others"), [
    ("은솔다방 1호점은 언제 열었어?", ["은솔다방 2호점을 9월에 열었다."], True), ("은솔다방 2호점은 언제 열었어?", ["은솔다방 2호점을 9월에 열었다."], False),
    ("3분기 매출", ["'24.4Q 매출은 90억 원이다."], True), ("3분기 매출", ["'24.3Q 매출은 90억 원이다."], False),
    ("GPT-4는 몇 톤을 배출했어?", ["GPT3 개발에 550톤이 나왔다."], True), ("GPT4는 몇 톤을 배출했어?", ["GPT-4는 900톤, GPT-3은 550톤이다."], False),
    ("GPT-4가 기억하는 토큰은?", ["GPT-3.5는 4,096개를 기억했다."], True), ("지피티4가 기억하는 토큰은?", ["GPT-4.0은 32,768개를 기억한다."], False),
    ("2022년 예산은?", ["예산은 3억 원이다.", "5장. 축제", "2024년 축제 보고서"], True), ("2024년 예산은?", ["예산은 3억 원이다.", "5장. 축제", "2024년 축제 보고서"], False),
    # what stands nearest decides; a year that is only compared with tells nothing
    ("2025년 재학생", ["2024년 재학생은 389명이다.", "재학생", "2025년 보고서"], True), ("2024년 재해율", ["0.24로 2023년의 0.33에서 낮아졌다.", "2024년 재해"], False),
    ("매출은 얼마야?", ["2023년 매출은 90억 원이다."], False), ("2030년 목표는?", ["목표는 90대이다."], False)])
def test_what_is_told_of_others(question, texts, others):
    assert tells_of_others(numbered(question), texts) is others


@pytest.mark.parametrize(("question", "texts", "is_unknown"), [
    ("GPT-5는 언제 나왔어?", ["GPT-4는 3월에 나왔다.", "챗GPT"], True), ("GPT4는 언제 나왔어?", ["GPT-4는 3월에 나왔다."], False),
    ("TOP 3 알려줘", ["순위"], False), ("Q3 매출은?", ["3분기"], False), ("HBM 2026년 물량은?", ["HBM 물량"], False), ("매출은?", [], False),
    ("CBDC 2차 실험은?", ["2차 실험은 보류됐다."], False), ("ESS 12개는 어디에?", ["저장 장치"], False), ("GPT 4 대비 값은?", ["GPT-3"], True)])
def test_a_model_that_no_report_names_is_unknown(question, texts, is_unknown):
    assert unknown(question, texts) is is_unknown


def test_a_question_of_another_one_is_refused(assistant_over):
    assistant = assistant_over({"가게.md": "# 가게 보고서\n\n## 개점\n\n다온찻집 2호점은 9월 3일 구청 1층에 문을 열었다. 하루에 손님 210명이 온다.\n"})
    assert "9월 3일" in assistant.ask("다온찻집 2호점은 언제 문을 열었어?").text
    assert not assistant.ask("다온찻집 1호점은 언제 문을 열었어?").found
