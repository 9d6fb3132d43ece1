"""Whole reports: a summary by sections and a comparison in a table, every statement cited, with an LLM and without."""

import re
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from rag import comparison, overview
from rag.answers import MEANWHILE, NO_ANSWER
from rag.chain import Assistant, assemble
from rag.comparison import ABSENT, differ
from rag.errors import ModelUnavailable, UnknownSource, WrongUsage
from rag.generative import GenerativeAnswerer
from rag.settings import Settings

MARKER = re.compile(r"\[(\d+)\]")
SECOND = 1.0  # of the processor, whatever else the machine does


def indexed(folder: Path, reports: Path) -> Assistant:
    from ingest.run import ingest

    settings = Settings(index=folder)
    ingest(settings, [reports])
    return assemble(settings)


@pytest.fixture(scope="module")
def corpus(corpus_index) -> Assistant:
    return assemble(Settings(index=corpus_index))


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Assistant:
    """Two reports, one with a table, a footnote's mark and a bar in its sentences."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "보고서").mkdir()
    for name, said in {"봄 행사 결과": "행사에는 참가자 300명이 왔다.", "한 해 돌아보기": "봄 행사에는 참가자 450명이 왔다.[3]"}.items():
        text = f"# {name}\n\n## 참가\n{said} 접수는 현장 | 온라인으로 받았다.\n\n## 예산\n행사의 예산은 2억 원이다.\n\n"
        text += "## 장소\n강당은 넓고 밝았다.\n"
        (folder / "보고서" / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "보고서" / "표만.md").write_text("# 표만\n\n| 지점 | 매출 |\n| --- | --- |\n| 서울 | 30 |\n| 부산 | 20 |\n", encoding="utf-8")
    return indexed(folder / "index", folder / "보고서")


def sources(assistant: Assistant) -> list[str]:
    with assistant.index.snapshot() as snapshot:
        return [source for source, _ in snapshot.titles()]


def check(answer) -> None:
    numbers = [int(n) for n in MARKER.findall(answer.text)]
    assert sorted(set(numbers)) == [c.number for c in answer.citations] == [*range(1, len(answer.citations) + 1)]
    assert all(c.passage.text[c.start:c.end] == c.quote for c in answer.citations)
    assert {c.passage.id for c in answer.citations} == {hit.passage.id for hit in answer.hits}
    assert answer.found == bool(answer.citations) and (answer.text == NO_ANSWER) == (not answer.found)


def cells(answer) -> list[list[str]]:
    """The table's rows, its line of dashes left out."""
    rows = [line[2:-2].split(" | ") for line in answer.text.splitlines() if line.startswith("| ")]
    assert len({len(row) for row in rows}) == 1, "as many cells in each row"
    return [row for row in rows if set(row) != {"---"}]


def test_a_summary_goes_through_the_sections_in_order(corpus):
    for source in sources(corpus):
        started = time.process_time()
        *_, answer = corpus.summarise(source)
        assert time.process_time() - started < SECOND
        check(answer)
        title, *lines = [line for line in answer.text.splitlines() if line]
        headings = [line[4:] for line in lines if line.startswith("### ")]
        assert title == answer.citations[0].passage.title and 3 <= len(headings) <= overview.MOST
        assert all(line.startswith("### ") or re.fullmatch(r"- .+ \[\d+\]", line) for line in lines)
        assert all(after.startswith("- ") for line, after in pairwise(lines) if line.startswith("### "))
        places = [(c.passage.start, c.start) for c in answer.citations]
        assert places == sorted(places) and {c.passage.source for c in answer.citations} == {source}
        assert not any(re.search(r"출처|참고문헌|다음과 같다", c.quote) for c in answer.citations)


@pytest.mark.parametrize("most", [1, 2, 100])
def test_a_summary_is_as_long_as_it_may_be(corpus, most):
    with corpus.index.snapshot() as snapshot:
        groups = overview.overview(snapshot.passages_of(sources(corpus)[0]), most)
    assert 1 <= len(groups) <= most and all(group.statements for group in groups)


def test_a_report_without_sentences_says_so(two):
    *_, answer = two.summarise("표만.md")
    check(answer)
    assert (answer.found, answer.notice) == (False, overview.WORDLESS)


def test_a_comparison_gives_each_report_its_column(corpus):
    chosen = sources(corpus)
    started = time.process_time()
    *_, answer = corpus.compare(chosen, "반도체와 일자리")
    assert time.process_time() - started < SECOND
    check(answer)
    header, *rows = cells(answer)
    quoted = {str(c.number): c.passage for c in answer.citations}
    assert len(header) == len(chosen) + 1
    for column, source in enumerate(chosen, 1):
        found = [n for row in rows for n in MARKER.findall(row[column])]
        assert found and all(quoted[n].source == source and quoted[n].title.startswith(header[column]) for n in found)
    jobs = next(row for row in rows if row[0] == "일자리")
    assert [name for name in (row[0] for row in rows) if name] == ["반도체", "일자리"]
    assert ABSENT not in jobs[1] and jobs[2:] == [ABSENT] * 3, "one of the four speaks of it"


def test_many_reports_stand_one_below_the_other(corpus, monkeypatch):
    monkeypatch.setattr(comparison, "MOST", 3)
    *_, answer = corpus.compare(sources(corpus), "일자리")
    check(answer)
    header, *rows = cells(answer)
    assert header == ["", "일자리"] and len(rows) == 4 and [row[1] for row in rows].count(ABSENT) == 3


def test_what_no_report_says_is_not_compared(corpus):
    *_, answer = corpus.compare(sources(corpus), "김치")
    check(answer)
    assert not answer.found and answer.notice


def test_figures_that_differ_are_named_under_the_table(two):
    *_, answer = two.compare(["봄 행사 결과.md", "한 해 돌아보기.md"], "행사 참가자, 예산")
    check(answer)
    cells(answer)
    last = answer.text.splitlines()[-1]
    assert last.startswith("수치가 서로 다릅니다") and "300명 [" in last and "450명 [" in last and "2억" not in last


@pytest.mark.parametrize(("one", "other", "found"), [
    ("행사에는 참가자 300명이 왔다.", "봄 행사에는 참가자 450명이 왔다.", ("300명", "450명")),
    ("행사의 예산은 2억 원이다.", "예산은 200,000,000원이다.", None),
    ("앱 이용자는 약 21억 명이다.", "앱 이용자는 20억 9천만 명이다.", None),
    ("서울 지점의 매출은 300억 원이다.", "부산 지점의 매출은 400억 원이다.", None),
    ("2023년 매출은 300억 원이다.", "2024년 매출은 400억 원이다.", None),
    ("GPT-3의 매개변수는 1,750억 개이다.", "GPT-2의 매개변수는 15억 개이다.", None),
    ("매출은 300억 원이다.", "사원은 300명이고 매출은 3% 늘었다.", None),
])
def test_figures_differ_only_for_the_same_thing(one, other, found):
    assert differ(one, other) == found
    assert differ(other, one) == (found and found[::-1])


class Model(GenericFakeChatModel):
    """Says `says`, or the first sentence of the first passage that it is shown; dies where it is to."""

    says: str = ""
    dead: bool = False
    asked: int = 0

    def _stream(self, messages, *args, **kwargs):
        self.asked += 1
        if self.dead:
            raise ModelUnavailable("LLM 서버가 답하지 않습니다.")
        shown = re.findall(r"[^\n]+다\.", str(messages[-1].content))
        for piece in re.findall(".{1,9}", self.says or f"{shown[0].split('. ')[0].rstrip('.')} [1]."):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


def with_model(assistant: Assistant, **what) -> tuple[Assistant, Model]:
    model = Model(messages=iter([AIMessage("")]), **what)
    return replace(assistant, answerer=GenerativeAnswerer(model, "fake")), model


def told(assistant: Assistant, action: str):
    if action == "summary":
        return [*assistant.summarise("과학.md")]
    return [*assistant.compare(["과학.md", "산업.md"], "예산과 매출")]


@pytest.mark.parametrize("action", ["summary", "comparison"])
class TestWithAnLLM:
    def test_its_words_take_the_place_of_the_reports(self, assistant, action):
        (own,), (first, *growing, last) = told(assistant, action), told(with_model(assistant)[0], action)
        assert (first.text, first.notice, first.answerer) == (own.text, MEANWHILE, "extractive")
        assert last.answerer == "fake" and last.text != own.text and len(growing) > 1
        for answer in (first, *growing, last):
            check(answer)

    def test_what_it_invents_is_not_shown(self, assistant, action):
        (own,), (*_, last) = told(assistant, action), told(with_model(assistant, says="매출은 9조 9천억 원이다 [1].")[0], action)
        check(last)
        assert (last.text, last.answerer) == (own.text, "extractive") and "그대로" in last.notice

    def test_a_dead_one_is_asked_once(self, assistant, action):
        (own,) = told(assistant, action)
        broken, model = with_model(assistant, dead=True)
        *_, last = told(broken, action)
        assert (last.text, model.asked) == (own.text, 1) and "답하지 않습니다" in last.notice


def test_what_cannot_be_meant_is_refused(assistant):
    for wrong in (assistant.summarise("없는.md"), assistant.compare(["과학.md", "없는.md"], "예산")):
        with pytest.raises(UnknownSource, match="목록"):
            next(wrong)
    for wrong in (assistant.compare(["과학.md"], "예산"), assistant.compare([], "예산"), assistant.compare(["과학.md", "산업.md"], " "),
                  assistant.compare(["과학.md", "산업.md"], "예산 " * 100)):
        with pytest.raises(WrongUsage):
            next(wrong)


@pytest.mark.parametrize(("question", "starts"), [
    ("과학 탐사 보고서 자세히 요약해줘", "과학 탐사 보고서\n\n### "),
    ("산업 보고서 절별로 정리해줘", "산업 현황 보고서\n\n### "),
    ("산업 보고서와 과학 보고서를 예산에 대해 비교해줘", "|  | 산업 현황 보고서 | 과학 탐사 보고서 |\n| --- |"),
    ("세 보고서를 예산에 대해 표로 비교해줘", "|  | 과학 탐사 보고서 | 산업 현황 보고서 | 모란 지역 보고서 |\n"),
    ("예산에 대해 모든 보고서를 비교해 주세요", "|  | 과학 탐사 보고서 | 산업"),
    ("보고서별로 예산을 표로 비교해줘", "|  | 과학 탐사 보고서 | 산업"),
    ("두 보고서를 예산에 대해 비교해줘", "어느 보고서를 비교할까요?"),
    ("예산, 세 보고서 수치를 비교해줘", "|  | 과학 탐사 보고서 | 산업"),
    ("모든 보고서를 비교해줘", "무엇을 비교할까요?"),
])
def test_whole_reports_can_be_asked_about(assistant, question, starts):
    answer = assistant.ask(question)
    assert answer.text.startswith(starts)
    assert answer.question == question and [*assistant.stream(question)][-1].text == answer.text


@pytest.mark.parametrize("question", ["냉장고와 세탁기를 비교해줘", "보고서에서 냉장고와 세탁기의 비중을 비교해줘", "예산을 보고서별로 비교해줘"])
def test_other_comparisons_are_questions(assistant, question):
    answer = assistant.ask(question)
    assert len(answer.text) <= 400 and not answer.text.startswith(("|", "어느", "무엇"))
