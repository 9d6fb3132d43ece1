"""What every answerer keeps: one contract, four answerers."""

import json
import re
import threading
from dataclasses import replace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answers import NO_ANSWER
from rag.extractive import ENOUGH
from rag.wording import polite
from tests.rag import facts

MARKER = re.compile(r"\[(\d+)\]")
ANSWER_KEYS = {"question", "understood", "answer", "found", "notice", "answerer", "seconds", "citations", "passages"}
CITATION_KEYS = {"n", "passage_id", "source", "title", "page", "place", "heading", "quote", "start", "end"}
PASSAGE_KEYS = {"id", "source", "title", "page", "place", "heading", "text", "score"}


def said(question: str) -> str:
    """What a model says: the sentence of the report, citing the first passage."""
    return facts.FACTS[question][:-1] + " [1]."


def check_answer(answer) -> None:
    """The contract of a whole answer, found or not."""
    numbers = [int(n) for n in MARKER.findall(answer.text)]
    assert list(dict.fromkeys(numbers)) == [c.number for c in answer.citations] == [*range(1, len(answer.citations) + 1)]
    for citation in answer.citations:
        assert citation.quote and citation.passage.text[citation.start:citation.end] == citation.quote
        assert citation.passage in [hit.passage for hit in answer.hits]
    assert answer.found == bool(answer.citations)
    assert (answer.text == NO_ANSWER) == (not answer.found)
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in answer.hits)
    assert answer.seconds > 0


@pytest.mark.parametrize("question", list(facts.FACTS)[:3])
def test_an_answer_keeps_the_contract_whole_and_streamed(contender, index, question):
    assistant = contender.over(index, said(question))
    whole = assistant.ask(question)
    check_answer(whole)
    fact = facts.FACTS[question]
    assert (polite(fact) if contender.kind == "extractive" else fact).rstrip(".") in whole.text
    assert whole.notice is None
    assert (whole.answerer == "extractive") == (contender.kind == "extractive")
    assert any(fact in c.quote for c in whole.citations)
    *growing, last = assistant.stream(question)
    assert replace(last, seconds=0) == replace(whole, seconds=0)
    assert bool(growing) == (contender.kind != "extractive")
    for answer in growing:  # the reports' own words first, then what of the LLM's was checked
        check_answer(answer)
    texts = [answer.text for answer in growing if answer.answerer != "extractive"]
    assert all(later.startswith(text) for text, later in zip(texts, texts[1:], strict=False)), "what is shown stays"


def test_a_refusal_has_one_form(contender, index):
    answer = contender.over(index, NO_ANSWER).ask(facts.UNANSWERABLE)
    check_answer(answer)
    assert (answer.found, answer.text, answer.citations) == (False, NO_ANSWER, ())
    assert answer.notice
    assert answer.hits, "the nearest passages are shown beside a refusal"


def test_the_json_has_its_fixed_keys(contender, index):
    found = contender.over(index, said(facts.QUESTION)).ask(facts.QUESTION).as_json()
    refused = contender.over(index, NO_ANSWER).ask(facts.UNANSWERABLE).as_json()
    for answer in (found, refused):
        assert answer.keys() >= ANSWER_KEYS
        assert all(citation.keys() >= CITATION_KEYS for citation in answer["citations"])
        assert all(passage.keys() >= PASSAGE_KEYS for passage in answer["passages"])
    assert found["citations"] and refused["citations"] == []
    assert (found["found"], refused["found"], refused["answer"]) == (True, False, NO_ANSWER)
    texts = {passage["id"]: passage["text"] for passage in found["passages"]}
    assert all(texts[c["passage_id"]][c["start"]:c["end"]] == c["quote"] for c in found["citations"])


@pytest.mark.parametrize("k", [3, 8, 12, 50])
def test_an_answer_carries_ten_passages_or_k_or_all_there_are(contender, index, k):
    from ingest.run import status
    from rag.settings import Settings

    there = sum(report["passages"] for report in status(Settings(index=index))["reports"])
    assert 12 < there < 50
    answer = contender.over(index, said(facts.QUESTION), k).ask(facts.QUESTION)  # "tiny" falls back: it was taught with 8
    check_answer(answer)
    assert len(answer.hits) == min(max(10, k), there)


def test_sources_limit_what_is_searched(contender, index):
    answer = contender.over(index, said(facts.QUESTION)).ask(facts.QUESTION, sources=["과학.md", "모란"])
    check_answer(answer)
    assert {hit.passage.source for hit in answer.hits} == {"보고서/과학.md", "보고서/지역/모란.txt"}


def test_closing_a_stream_early_stops_the_work(contender, index):
    before = set(threading.enumerate())
    stream = contender.over(index, said(facts.QUESTION) * 20).stream(facts.QUESTION)
    next(stream)
    stream.close()
    assert not [t for t in set(threading.enumerate()) - before if "generate" in t.name]
    answer = contender.over(index, said(facts.QUESTION)).ask(facts.QUESTION)
    assert answer.found, "the next question is answered as ever"


@pytest.mark.parametrize("question", [*facts.FACTS, "앞으로 할 일 세 가지는?", "냉장고 판매량은?", "예산은 누가 부담하나?",
                                      "모란 전철 배차 간격은", "습지와 잠수정과 위성을 모두 설명해줘", "보고서"])
def test_the_extractive_answer_is_short_and_keeps_the_contract(assistant, question):
    answer = assistant.ask(question)
    check_answer(answer)
    assert len(answer.text) <= 400


@hypothesis.settings(max_examples=80)
@given(st.lists(st.sampled_from(["가람전자", "매출", "2023년", "모두", "각각", "몇 명", "언제", "[1]", "그건 ", "\n", "표", "%", "–", "AND"])
                | st.text(max_size=6), min_size=1, max_size=8).map("".join).filter(lambda text: any(map(str.isalnum, text))))
def test_any_question_gets_an_answer_that_keeps_the_contract(assistant, question):
    answer = assistant.ask(question)
    check_answer(answer)
    assert len(answer.text) <= 400 and answer.question == question
    assert json.loads(json.dumps(answer.as_json(), ensure_ascii=False))["question"] == question


def test_an_answer_over_nothing_is_a_refusal_and_no_model_is_asked(contender, tmp_path):
    from ingest.run import ingest
    from rag.settings import Settings

    folder = tmp_path / "비움"
    folder.mkdir()
    ingest(Settings(index=tmp_path / "index"), [folder])
    answer = contender.over(tmp_path / "index", said(facts.QUESTION)).ask(facts.QUESTION)
    check_answer(answer)
    assert not answer.found and answer.notice and answer.hits == ()


@pytest.mark.parametrize("question", [facts.UNANSWERABLE, "화성 착륙선의 엔진은 몇 개야?", "고려청자의 유약 성분은 무엇인가요?"])
def test_what_no_passage_is_about_is_refused(assistant, question):
    answer = assistant.ask(question)
    assert not answer.found and answer.answerable < ENOUGH and answer.text == NO_ANSWER
