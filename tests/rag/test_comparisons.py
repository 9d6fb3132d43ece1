"""What reports say apart: a line for each, and a contradiction said plainly, only where the figures differ."""

import pytest

from rag.answers import Evidence, Part
from rag.chain import assemble
from rag.documents import Candidate, Hit, Passage, Sentence
from rag.extractive import ExtractiveAnswerer, said
from rag.morphemes import morphemes
from rag.settings import Settings
from rag.sides import one_of, sides

SAME = "행사의 예산은 2억 원이다."
REPORTS = {"봄 행사 결과": "행사에는 참가자 300명이 왔다.", "한 해 돌아보기": "봄 행사에는 참가자 450명이 왔다."}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    from ingest.run import ingest

    folder = tmp_path_factory.mktemp("two")
    (folder / "보고서").mkdir()
    for name, sentence in REPORTS.items():
        text = f"# {name}\n\n## 참가\n{sentence} 날씨가 맑았다.\n\n## 예산\n{SAME} 남은 돈은 없다.\n\n## 장소\n강당은 넓고 밝았다.\n"
        (folder / "보고서" / f"{name}.md").write_text(text, encoding="utf-8")
    settings = Settings(index=folder / "index")
    ingest(settings, [folder / "보고서"])
    return assemble(settings)


def test_a_contradiction_is_said_plainly(two):
    answer = two.ask("행사 참가자가 몇 명인지 보고서마다 다르던데 각각 몇 명이야?")
    assert answer.text.startswith("보고서마다 다릅니다.")
    assert all(f"「{name}」" in answer.text for name in REPORTS)
    assert {citation.passage.source for citation in answer.citations} == {f"보고서/{name}.md" for name in REPORTS}
    assert "300명" in answer.text and "450명" in answer.text


def row(source: str, text: str, score: float) -> Candidate:
    sentence = Sentence(0, len(text), "row", 0, tuple(morphemes([text])[0]))
    return Candidate(Passage(source, source, source, None, "", "", text, 0, len(text), (sentence,)), sentence, score, 1.0)


def test_each_report_is_heard_of_the_thing_that_is_named():
    """Not of what a report says of something else more likely."""
    found = (row("가.md", "모델: GaonGPT-2 | 매개변수: 60억 개", 0.8), row("나.md", "모델: Nari | 매개변수: 40억 개", 0.3),
             row("나.md", "이름: GAONGPT2 | 매개변수: 90억 개", 0.05))
    question = "GaonGPT-2 매개변수가 보고서마다 다르던데 각각 얼마야?"
    parts = tuple(Part(question, tuple(c for c in found if c.passage.source == source), 0.9, source) for source in ("가.md", "나.md"))
    answer = ExtractiveAnswerer().invoke(Evidence(question, question, tuple(Hit(c.passage, 0.5) for c in found), parts))
    assert [citation.passage.source for citation in answer.citations] == ["가.md", "나.md"]
    first, second = answer.text.splitlines()
    assert first.startswith("보고서마다 다릅니다. 「가.md」") and "60억 개" in first
    assert second.startswith("「나.md」") and "90억 개" in second


def test_a_report_that_is_silent_is_named():
    question = "가온의 직원은 보고서마다 각각 몇 명이야?"
    told, silent = row("가.md", "회사: 가온 | 직원 수: 412명", 0.8), row("나.md", "회사: 가온 | 매출: 30억 원", 0.003)
    parts = tuple(Part(question, (candidate,), 0.9, candidate.passage.source) for candidate in (told, silent))
    answer = ExtractiveAnswerer().invoke(Evidence(question, question, (Hit(told.passage, 0.5), Hit(silent.passage, 0.5)), parts))
    assert [citation.passage.source for citation in answer.citations] == ["가.md"]
    assert answer.notice == "「나.md」의 답은 보고서에서 찾지 못했습니다."


@pytest.mark.parametrize(("question", "expected"), [
    ("행사 참가자가 보고서마다 다르던데 각각 몇 명이야?", ["결과", "돌아보기"]), ("행사 예산은 결과 보고서하고 시청 안내서에 각각 얼마로 나와?", ["결과", "돌아보기"]),
    ("참가자 시청 기준 학교 기준 비교", ["결과", "돌아보기"]), ("참가자 수 (행사, 시청 둘 다)", ["결과", "돌아보기"]),
    ("행사 참가자가 시청 자료와 학교 후기에서 각각 몇 명이야?", ["결과", "돌아보기"]), ("참가자에 대해 시청과 학교가 말하는 수를 나란히 알려줘", ["결과", "돌아보기"]),
    ("참가자가 발표 자료와 모임에서 어떻게 달라?", ["결과", "돌아보기"]), ("시청과 학교에서 각각 몇 명이 왔어?", []),
    ("행사 참가자가 몇 명이야?", []), ("예산은 무엇을 기준으로 정했어?", []), ("이 보고서에서 통계 자료는 어디서 왔어?", []),
    ("참가자와 예산은 각각 얼마야?", []), ("기준 금액과 지원 금액은 각각 얼마야?", [])])
def test_which_reports_a_question_sets_against_each_other(question, expected):
    titles = {"결과": "봄 행사 결과", "돌아보기": "시청의 한 해 돌아보기"}
    hits = [Hit(Passage(source, source, title, None, "", "", "글", 0, 1, ()), 0.5) for source, title in titles.items()]
    assert [*sides(question, hits)] == expected
    assert sides(question, hits[:1]) == ()


@pytest.mark.parametrize(("question", "alone"), [
    ("행사 참가자가 시청 자료와 학교 후기에서 각각 몇 명이야?", "행사 참가자가 시청 몇 명이야?"), ("행사 참가자가 보고서마다 다르던데 각각 몇 명이야?", "행사 참가자가 몇 명이야?"),
    ("참가자와 예산은 각각 얼마야?", "참가자와 예산은 각각 얼마야?")])
def test_a_question_as_one_of_the_reports_is_asked(question, alone):
    assert one_of(question) == alone


@pytest.mark.parametrize(("cells", "counted"), [
    ("회사: 가온 | 매개변수(억 개): 60 | 공개 연도: 2022", False), ("회사: 가온 | 공개 시기: 2022년 4월", False), ("회사: 가온 | 직원 수(명): 412", True),
    ("회사: 가온 | 직원 수: 412", True), ("회사: 가온 | 직원: 412명", True), ("회사: 가온 | 비고: 직원 사백 명", True)])
def test_a_row_counts_in_the_unit_asked_for_or_by_a_bare_figure(cells, counted):
    assert bool(said(Part("가온의 직원은 몇 명이야?", (row("가.md", cells, 0.8),), 0.9))) == counted


@pytest.mark.parametrize(("text", "told"), [
    ("다리는 2011년 5월에 개통되었다.", True), ("다리는 이듬해 봄에 개통되었다.", True), ("다리의 개통을 시민들이 반겼다.", False), ("개통은 다음과 같이 이루어졌다.", True)])
def test_when_is_told_by_what_names_a_time_or_not_at_all(text, told):
    sentence = Sentence(0, len(text), "paragraph", 0, tuple(morphemes([text])[0]))
    candidate = Candidate(Passage("가", "가.md", "가", None, "", "", text, 0, len(text), (sentence,)), sentence, 0.8, 1.0)
    assert bool(said(Part("다리는 언제 개통되었어?", (candidate,), 0.9))) == told


def test_no_contradiction_is_claimed_where_the_figures_agree(two):
    answer = two.ask("행사의 예산은 보고서마다 각각 얼마야?")
    assert "2억 원" in answer.text and "다릅니다" not in answer.text
