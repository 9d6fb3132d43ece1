"""Questions about the collection: greetings, what it can do, the list of reports, a summary; and what is none of these."""

import re

import pytest

from rag.chain import assemble
from rag.errors import UnknownSource
from rag.settings import Settings

from . import facts


@pytest.mark.parametrize("question", ["안녕하세요", "안녕!", "하이~ 처음 써보는데요", "hello", "고마워!", "감사합니다", "뭐 할 수 있어?", "사용법",
                                      "넌 누구니", "What can you do?", "도움말 좀"])
def test_small_talk_is_answered_without_a_citation(assistant, question):
    answer = assistant.ask(question)
    assert answer.found and answer.citations == () and len(answer.text) <= 400 and re.search("[가-힣]", answer.text)
    assert [*assistant.stream(question)][-1].text == answer.text


@pytest.mark.parametrize("question", ["어떤 보고서가 있어?", "보고서 목록 보여줘", "무슨 자료 넣어놨어?", "자료가 몇 개나 있어?", "어떤 문서를 참고해서 답하는 건가요?", "list the reports"])
def test_the_reports_are_listed(assistant, question):
    answer = assistant.ask(question)
    with assistant.index.snapshot() as snapshot:
        titles = snapshot.titles()
    assert f"{len(titles)}건" in answer.text and answer.found and not answer.citations
    assert all(title[:10] in answer.text for _, title in titles[:5])


def test_the_chosen_reports_alone_are_listed(assistant):
    assert assistant.ask("보고서 목록", sources=["과학.md"]).text.startswith("보고서 1건")
    with pytest.raises(UnknownSource):
        assistant.ask("보고서 목록", sources=["없는.md"])


@pytest.mark.parametrize("question", ["이 보고서 요약해줘", "과학 자료 요약", "과학.md 핵심만 짧게 부탁드려요"])
def test_a_summary_cites_its_sentences(assistant, question):
    answer = assistant.ask(question, sources=["과학.md"])
    assert answer.found and answer.citations and len(answer.text) <= 400
    assert [int(n) for n in re.findall(r"\[(\d+)\]", answer.text)] == [c.number for c in answer.citations]
    assert all(line.startswith("- ") for line in answer.text.splitlines())
    assert {c.passage.source for c in answer.citations} == {"보고서/과학.md"}


def test_which_report_is_asked_back(assistant):
    answer = assistant.ask("이 보고서 요약해줘")
    assert answer.found and "어느 보고서" in answer.text and not answer.citations


@pytest.mark.parametrize("question", [*facts.FACTS, "안녕리의 인구는?", "보고서에서 요약한 매출은?", "요약문의 길이는 몇 자인가?",
                                      "2019년 3월 달 탐사 보고서 요약해줘", "누가 고마워했나?"])
def test_other_questions_are_searched(assistant, question):
    answer = assistant.ask(question)
    assert answer.notice if not answer.found else answer.citations


def test_a_report_that_sums_itself_up_is_taken_at_its_word(tmp_path):
    from ingest.run import ingest

    text = "# 해온시 살림 보고서\n\n## 1. 요약\n- 예산은 1조 2천억 원으로 작년보다 3% 늘었다.\n- 인구는 41만 명이다.\n- 갚을 부채는 한 푼도 없다.\n\n"
    text += "".join(f"## {n}. {name}\n{name} 분야는 여러 부서가 함께 다루며 자세한 것은 따로 적는다.\n\n" for n, name in enumerate(("복지", "교통", "환경"), 2))
    (tmp_path / "보고서").mkdir()
    (tmp_path / "보고서" / "살림.md").write_text(text, encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    answer = assemble(settings).ask("안녕하세요! 해온시 살림 보고서 요약해 주세요")
    assert answer.text.splitlines() == ["- 예산은 1조 2천억 원으로 작년보다 3% 늘었습니다. [1]", "- 인구는 41만 명입니다. [2]", "- 갚을 부채는 한 푼도 없습니다. [3]"]


def test_a_report_is_known_by_who_made_it(tmp_path):
    from ingest.run import ingest

    (tmp_path / "보고서").mkdir()
    for name, maker in (("가", "해오름연구원이"), ("나", "달무리재단이"), ("다", "해오름연구원과 달무리재단이")):
        (tmp_path / "보고서" / f"{name}.md").write_text(
            f"# 시장 동향 {name}\n\n{maker} 펴낸 자료이다.\n\n## 생산\n{name} 제품은 창원 공장에서 만든다.\n\n## 판매\n{name} 제품은 온라인으로 판다.\n", encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    asked = assemble(settings)
    answer = asked.ask("해오름연구원과 달무리재단에서 낸 보고서 무슨 내용인지 간단히 정리해 주세요")
    assert {c.passage.source for c in answer.citations} == {"보고서/다.md"} and answer.text.startswith("- ")
    assert "어느 보고서" in asked.ask("해오름연구원이 만든 보고서 요약해줘").text
    assert "어느 보고서" not in asked.ask("우주항공청이 만든 보고서 요약해줘").text


def test_a_summary_ends_with_what_else_the_report_is_about(tmp_path):
    from ingest.run import ingest

    names = {"교통": ("버스 노선", "주차장"), "복지": ("돌봄", "경로당"), "환경": ("하천 정비", "재활용"), "예산": ("세입", "세출")}
    text = "# 해온시 살림 보고서\n\n" + "".join(
        f"## {n}. {name}\n{name} 분야의 사업은 모두 {n}건이 늘었다.\n\n" + "".join(f"### {under}\n{under} 일은 여러 부서가 함께 다룬다.\n\n" for under in unders)
        for n, (name, unders) in enumerate(names.items(), 2))
    (tmp_path / "보고서").mkdir()
    (tmp_path / "보고서" / "살림.md").write_text(text, encoding="utf-8")
    settings = Settings(index=tmp_path / "index")
    ingest(settings, [tmp_path / "보고서"])
    answer = assemble(settings).ask("살림 보고서 요약해줘")
    *told, last = answer.text.splitlines()
    assert [line.split(":")[0] for line in told] != [] and len(told) == 4 and len(answer.text) <= 400
    assert last.startswith("- 이 밖에 다루는 것: 버스 노선 [5], 돌봄 [6], 하천 정비 [7], 세입 [8], 주차장 [9]")
    assert all(c.passage.text[c.start:c.end] == c.quote for c in answer.citations)
    assert {c.quote for c in answer.citations} >= {under for unders in names.values() for under in unders}
