"""`python -m rag.ask` as people and scripts start it: a process, its output, its exit code, and what it leaves behind."""

import json
import os
import re
import subprocess
import sys

import pytest

from rag.answers import MEANWHILE, NO_ANSWER, READING, Answer
from rag.ask import show
from rag.chain import LONGEST_QUESTION
from tests.rag import facts, llm_server
from tests.rag.test_answerers import ANSWER_KEYS, MARKER


def one_line(done, code: int, *words: str) -> None:
    """What every error is: one Korean line, nothing on standard output, its exit code."""
    assert (done.code, done.out, len(done.lines)) == (code, "", 1), done.err
    assert re.search("[가-힣]{3}", done.err)
    for word in words:
        assert word in done.err


def test_an_answer_as_text(run, index):
    done = run("rag.ask", facts.QUESTION, "--index", index)
    assert (done.code, done.err) == (0, "")
    text, sources = done.out.split("\n근거\n")
    assert "3,120억" in text
    assert set(MARKER.findall(text)) == set(re.findall(r"^\[(\d+)\] ", sources, re.MULTILINE)) != set()
    assert "산업 현황 보고서 · 가람전자 (보고서/산업.md)" in sources and facts.NOTE in sources
    assert f"{facts.SENTENCE}”" in sources


def test_json_with_k_and_sources(run, index):
    done = run("rag.ask", facts.QUESTION, "--index", index, "--json", "-k", "12", "--source", "산업", "--source", "보고서/과학.md")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    answer = done.json
    assert answer.keys() >= ANSWER_KEYS and answer["found"] and "3,120억" in answer["answer"]
    assert {passage["source"] for passage in answer["passages"]} == {"보고서/산업.md", "보고서/과학.md"}
    assert len(answer["passages"]) > 10
    assert "가람전자" in done.out, "no \\u escapes"


def test_a_line_of_input_is_a_line_of_output(run, index):
    questions = list(facts.FACTS)[:3]
    good = [{"question": question} for question in questions]
    follow = {"question": "그건 어느 보고서에 있어?", "history": [{"question": questions[1], "answer": facts.FACTS[questions[1]]}]}
    bad = ["{", "[1, 2]", '"질문"', "null", '{"query": "?"}', '{"question": 3}', '{"question": "가", "history": [["ㄱ", "ㄴ"]]}',
           '{"question": "가", "history": 3}', '{"question": "가", "history": [{"question": "ㄱ"}]}',
           '{"question": "가", "history": [{"question": "ㄱ", "answer": null}]}', r'{"question": "\ud800 매출"}', "[" * 100_000]
    refused = ['{"question": ""}', '{"question": " \\n?!"}', json.dumps({"question": "가나" * 50_000})]
    lines = [json.dumps(good[0]), *bad, json.dumps(good[1], ensure_ascii=False), "", "   ", *refused, json.dumps(follow), json.dumps(good[2])]
    done = run("rag.ask", "--jsonl", "--index", index, input=("\ufeff" + "\r\n".join(lines)).encode())
    assert (done.code, done.err) == (0, "")
    answers = [json.loads(text) for text in done.out.splitlines()]
    assert len(answers) == 4 + len(bad) + len(refused)
    errors = [answer for answer in answers if "error" in answer]
    assert all(answer.keys() == {"question", "error"} and re.search("[가-힣]{3}", answer["error"]) for answer in errors)
    assert answers[1:1 + len(bad)] == errors[:len(bad)] and [e["question"] for e in errors[:2]] == ["{", "[1, 2]"]
    assert [e["question"] for e in errors[-3:]] == [json.loads(line)["question"] for line in refused]
    *found, followed, last = [answer for answer in answers if "error" not in answer]
    assert [answer["question"] for answer in (*found, last)] == questions
    assert all(facts.FACTS[q] in a["passages"][0]["text"] for q, a in zip(questions, (*found, last), strict=True))
    assert questions[1] in followed["understood"] and facts.FACTS[questions[1]] in followed["passages"][0]["text"]


def test_a_conversation_on_standard_input(run, index):
    first, second = list(facts.FACTS)[:2]
    lines = [first, "가" * (LONGEST_QUESTION + 1), second, "그건 어느 보고서에 있어?", facts.UNANSWERABLE, "", "읽히지 않는 줄"]
    done = run("rag.ask", "--index", index, input="\n".join(lines))
    assert done.code == 0
    assert len(done.lines) == 2 and "Enter" in done.lines[0] and "너무 깁니다" in done.lines[1]
    assert done.out.index("3,120억") < done.out.index("2021년 5월 17일")
    assert f"(이렇게 이해했습니다: 그건 어느 보고서에 있어? (앞 질문: {second}))" in done.out
    refused = done.out[done.out.index(NO_ANSWER):]
    assert "가장 가까운 대목\n- " in refused and "근거\n" not in refused
    assert "읽히지" not in done.out


@pytest.mark.parametrize(("arguments", "word"), [
    (("--colour", "red", "질문"), "--colour"), (("질문", "또 질문"), "또 질문"), (("--index",), "--index"), (("-k", "many", "질문"), "many"),
    (("--json", "--jsonl"), "--jsonl"), (("--json=yes", "질문"), "yes"), (("--jsonl", "질문"), "--jsonl"), (("--ind", "x", "질문"), "--ind"),
    (("-k", "0", "질문"), "50"), (("--llm", "gpt-4", "질문"), "gpt-4"), ((""), "비어"), (("  ?! ",), "비어"), (("a" * 100_000,), "100,000자"),
])
def test_wrong_usage_is_one_line_and_exit_code_2(run, arguments, word):
    one_line(run("rag.ask", *(arguments or ("",))), 2, word)


def test_an_argument_that_is_no_text(environment, index):
    done = subprocess.run([sys.executable, "-m", "rag.ask", b"\xb8\xc5\xc3\xe2", "--index", str(index)], env=environment,
                          capture_output=True, timeout=60)  # "매출" in CP949
    assert (done.returncode, done.stdout) == (2, b"")
    assert "UTF-8" in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_errors_of_ours_are_one_line_and_exit_code_1(run, index, tmp_path):
    one_line(run("rag.ask", "질문", "--index", tmp_path / "none"), 1, "색인이 없습니다", "python -m ingest")
    one_line(run("rag.ask", "질문", "--index", index, "--source", "과학", "--source", "없는 보고서"), 1, "없는 보고서", "--status")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("llm", "code"), [
    ("hf:nobody/nothing", 0), ("openai:http://127.0.0.1:9/v1#m", 0), ("openai:http://8.8.8.8/v1#m", 2), ("openai:없음", 2)])
def test_a_model_that_is_not_there_leaves_the_reports_words_and_one_that_cannot_be_meant_does_not(run, index, llm, code):
    done = run("rag.ask", facts.QUESTION, "--index", index, "--llm", llm)
    if code:
        return one_line(done, code)
    assert (done.code, done.err) == (0, "") and "3,120억" in done.out and "그동안은 보고서의 문장을 그대로 옮깁니다.)" in done.out
    assert ("python -m rag.models pull nobody/nothing" in done.out) == (llm == "hf:nobody/nothing")


def test_whoever_stops_reading_gets_no_traceback(environment, index):
    with subprocess.Popen([sys.executable, "-m", "rag.ask", "--jsonl", "--index", str(index)], env=environment,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        _, errors = process.communicate(json.dumps({"question": facts.QUESTION}).encode(), timeout=60)
    assert (process.returncode, errors) == (1, b"")


def test_whatever_the_surroundings_are(environment, index):
    """Standard input closed, another encoding, and variables that would send every question to LangSmith."""
    with llm_server.serving() as collector:
        variables = {"PYTHONIOENCODING": "cp949", "LANGSMITH_API_KEY": "k"} | dict.fromkeys(
            ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"), "true") | dict.fromkeys(
            ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT"), f"http://127.0.0.1:{collector.server_port}")
        done = subprocess.run([sys.executable, "-m", "rag.ask", facts.QUESTION, "--index", str(index)], env=environment | variables,
                              capture_output=True, timeout=60, preexec_fn=lambda: os.close(0))
        assert (done.returncode, done.stderr) == (0, b"")
        assert "3,120억" in done.stdout.decode("utf-8")
        assert collector.seen == 0


def test_closed_standard_output_is_no_traceback(environment, index):
    done = subprocess.run([sys.executable, "-m", "rag.ask", "질문", "--json", "--index", str(index)], env=environment,
                          stderr=subprocess.PIPE, timeout=60, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_first_question_reads_the_samples(run, tmp_path):
    done = run("rag.ask", "챗GPT 플러그인은 언제 공개됐나요?", "--json", cwd=tmp_path)
    assert done.code == 0 and "2023년 3월 23일" in done.json["answer"]
    assert {citation["source"].split("/")[0] for citation in done.json["citations"]} == {"corpus"}
    assert [path.name for path in tmp_path.iterdir()] == [".index"]


@pytest.mark.parametrize("label", [MEANWHILE, READING])
def test_what_stands_only_until_the_llm_has_written_is_not_printed(capsys, label):
    def answer(text: str, notice: str | None) -> Answer:
        return Answer("질문", "질문", text, text != NO_ANSWER, "llm", (), (), notice, 0.1)

    show(iter([answer(NO_ANSWER, f"{label} 가까운 대목이 없습니다."), answer("답입니다.", None)]))
    assert NO_ANSWER not in capsys.readouterr().out
