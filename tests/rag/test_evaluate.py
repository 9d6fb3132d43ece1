"""The measures, against values computed by hand."""

import json

import pytest

from rag.errors import FolderMissing, WrongUsage
from rag.evaluate import main
from rag.measures import flat, holds, interval, judge, load_questions, parts, summary
from tests.rag import facts


@pytest.mark.parametrize(("text", "form"), [
    ("2023년 3월 23일", "2023년3월23일"), ("3,120 억\n원", "3120억원"), ("**OpenAI** API", "openaiapi"), ("가 | 나 \\ 다", "가나다"),
    ("매출 [1]은 늘었다. [12]", "매출은늘었다."), ("ＧＰＴ－４ ㎏ ½", "gpt-4kg1⁄2"), ("[표 1] [a]", "[표1][a]"), ("가;나:다/라-마", "가;나:다/라-마"),
    ("각", "각"), ("", ""), ("[1]", ""),
])
def test_flat(text, form):
    assert flat(text) == form


@pytest.mark.parametrize(("evidence", "cells"), [
    ("- `23.03.23, 챗GPT 플러그인 공개", ["23.03.23챗gpt플러그인공개"]), ("• - 가 나", ["가나"]), ("1. 개요", ["개요"]), ("12. 10. 개요", ["개요"]),
    ("2023.04 보고", ["2023.04보고"]), ("3.5배 늘었다", ["3.5배늘었다"]), ("모델\tGPT-4\t 5,400 ", ["모델", "gpt-4", "5400"]),
    ("<td>가</td>\t<b>나</b>다", ["가", "나다"]), ("가\t\t나", ["가", "나"]), ("-5% 하락", ["5%하락"]), ("", []),
])
def test_parts(evidence, cells):
    assert parts(evidence) == cells


def test_holds_every_part_in_any_order():
    text = "모델: GPT-4 | 파라미터(억개): 5,400 | 비고: `신형`"
    assert holds(text, "GPT-4\t5,400") and holds(text, "5400\tgpt-4") and holds(text, "- 비고: 신형")
    assert not holds(text, "GPT-4\t5,401")


def passage(name: str, text: str) -> dict:
    return {"id": name, "text": text}


QUESTION = {"question": "매출?", "answers": ["3,120억 원", "3120억"], "evidence": ["- 매출은 3,120억 원", "이익은 210억 원"]}
PASSAGES = [passage("a", "다른 말"), passage("b", "매출은 3,120억 원"), *(passage(f"x{n}", "빈 말") for n in range(4)),
            passage("c", "이익은 210억 원"), *(passage(f"y{n}", "빈 말") for n in range(3)), passage("d", "그 밖")]


def answer(text: str, *citations: tuple[str, str, int], found: bool = True) -> dict:
    return {"answer": text, "found": found, "passages": PASSAGES, "citations": [
        {"passage_id": name, "quote": quote, "start": start, "end": start + len(quote)} for name, quote, start in citations]}


def test_a_right_answer():
    judged = judge(QUESTION, answer("매출은 3,120억 원이다. [1]", ("b", "매출은 3,120억", 0), ("a", "다른", 0)))
    assert judged == {"correct": True, "false_refusal": False, "refused": None, "shown_wrong": False,
                      "all@1": False, "any@1": False, "all@3": False, "any@3": True, "all@5": False, "any@5": True,
                      "all@10": True, "any@10": True, "quote_valid": True, "citation_true": 0.5}


def test_a_wrong_answer_and_a_false_refusal():
    wrong = judge(QUESTION, answer("매출은 3,210억 원이다. [1]", ("a", "틀린", 0)))
    assert (wrong["correct"], wrong["shown_wrong"], wrong["false_refusal"]) == (False, True, False)
    assert (wrong["quote_valid"], wrong["citation_true"]) == (False, 0.0)
    refused = judge(QUESTION, answer("없습니다", found=False))
    assert (refused["correct"], refused["shown_wrong"], refused["false_refusal"]) == (False, None, True)
    assert (refused["quote_valid"], refused["citation_true"]) == (None, None)


def test_a_quote_of_a_passage_that_is_not_shown_is_not_valid():
    assert judge(QUESTION, answer("3120억 [1]", ("elsewhere", "3120억", 0)))["quote_valid"] is False


def test_four_hundred_characters_without_the_markers():
    right = "3120억" + "가" * 395
    assert judge(QUESTION, answer(right + " [1] [22]"))["correct"]
    assert not judge(QUESTION, answer(right + "나"))["correct"]


def test_every_item_of_a_list():
    question = {"answers": ["입력, 출력"], "answers_all": [["입력"], ["출력", "결과"]], "evidence": []}
    assert judge(question, answer("입력과 결과"))["correct"]
    assert not judge(question, answer("입력뿐"))["correct"]
    assert judge(question, answer("입력과 결과"))["all@5"] is None


def test_a_question_without_an_answer():
    question = {"answers": [], "evidence": []}
    refused, answered = judge(question, answer("없습니다", found=False)), judge(question, answer("3120억 [1]", ("b", "매출", 0)))
    assert (refused["correct"], refused["refused"], refused["shown_wrong"]) == (True, True, None)
    assert (answered["correct"], answered["refused"], answered["shown_wrong"]) == (False, False, True)
    assert answered["false_refusal"] is None and answered["citation_true"] is None


@pytest.mark.parametrize(("hits", "n", "low", "high"), [  # Wilson's formula with z = 1.96, by a pocket calculator
    (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1.0), (45, 60, 0.6277, 0.8422),
])
def test_interval(hits, n, low, high):
    assert interval([1.0] * hits + [0.0] * (n - hits)) == pytest.approx((low, high), abs=1e-4)


def test_summary_counts_what_applies():
    judged = [{"correct": True, "refused": None}, {"correct": False, "refused": None}]
    assert summary(judged) == {"correct": {"mean": 0.5, "low": pytest.approx(0.0945, abs=1e-4),
                                           "high": pytest.approx(0.9055, abs=1e-4), "n": 2}}


def line(**values) -> str:
    return json.dumps({"question": "질문?", "answers": ["답"], **values}, ensure_ascii=False)


def test_questions_with_what_a_file_may_have(tmp_path):
    file = tmp_path / "q.jsonl"
    odd = line(question="한 줄\u2028두 줄\u0085?", id="odd", type="fact", evidence=["근거"])
    file.write_bytes(b"\xef\xbb\xbf" + f"{line()}\r\n\n  \n{odd}\n{line(answers=[], history=[{'question': 'ㄱ', 'answer': 'ㄴ'}])}".encode())
    first, second, third = load_questions(file)
    assert (first["id"], first["type"], first["evidence"]) == ("1", "", [])
    assert (second["id"], second["question"]) == ("odd", "한 줄\u2028두 줄\u0085?")
    assert (third["id"], third["answers"], third["history"]) == ("5", [], [{"question": "ㄱ", "answer": "ㄴ"}])


@pytest.mark.parametrize("bad", [
    "{", "[]", "3", "null", '"질문"', '{"question": "q"}', '{"answers": []}', line(question=3), line(question=None), line(answers="2007년"),
    line(answers=None), line(answers=[1]), line(answers={"a": 1}), line(answers_all=["가", "나"]), line(answers_all=[[1]]),
    line(evidence=None), line(evidence="근거"), line(history=[["q", "a"]]), line(history=[{"question": "q"}]), line(history=3),
])
def test_a_line_that_is_no_question_is_named(tmp_path, bad):
    file = tmp_path / "q.jsonl"
    file.write_text(f"{line()}\n\n{bad}\n", encoding="utf-8")
    with pytest.raises(WrongUsage, match="3번째 줄"):
        load_questions(file)


def test_bad_files(tmp_path):
    with pytest.raises(FolderMissing, match="none.jsonl"):
        load_questions(tmp_path / "none.jsonl")
    with pytest.raises(FolderMissing):
        load_questions(tmp_path)
    (tmp_path / "empty.jsonl").write_text("\n \n")
    with pytest.raises(WrongUsage, match="질문이 없습니다"):
        load_questions(tmp_path / "empty.jsonl")
    (tmp_path / "cp949.jsonl").write_bytes(line().encode("cp949"))
    with pytest.raises(WrongUsage, match="1번째 줄"):
        load_questions(tmp_path / "cp949.jsonl")


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """Ten questions with the right answer, one with a wrong one, one without."""
    file = tmp_path_factory.mktemp("questions") / "q.jsonl"
    rows = [{"question": q, "answers": [s.rpartition(" ")[0]], "evidence": [s], "type": "fact"} for q, s in facts.FACTS.items()]
    rows += [{**rows[0], "answers": ["9,999억 원"], "type": "wrong", "id": "w"}, {"question": facts.UNANSWERABLE, "answers": [], "type": "none"}]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return file


def test_on_the_command_line(run, index, questions, monkeypatch, capsys):
    done = run("rag.evaluate", questions, "--index", index, "--json")
    assert (done.code, done.err) == (0, "")
    result = done.json
    assert result["questions"] == 12
    assert result["all"]["correct"]["n"] == 12 and result["all"]["correct"]["mean"] == round(11 / 12, 4)
    assert result["all"]["refused"] == {"mean": 1.0, "low": 0.2065, "high": 1.0, "n": 1}
    assert result["all"]["all@10"]["mean"] == result["all"]["quote_valid"]["mean"] == 1.0
    assert [one["id"] for one in result["wrong"]] == ["w"]
    assert set(result["by_type"]) == {"fact", "wrong", "none"}
    monkeypatch.setattr("sys.argv", ["evaluate", str(questions), "--index", str(index)])
    assert main() == 0
    text = capsys.readouterr()
    assert "  correct        0.917 [0.646, 0.985]  n=12" in text.out and text.err.startswith("틀림 w: ")
    for arguments, code in ((("none.jsonl",), 1), ((), 2)):
        done = run("rag.evaluate", *arguments)
        assert (done.code, done.out, len(done.lines)) == (code, "", 1)
