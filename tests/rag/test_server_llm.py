"""A model behind a server: what is sent, to whom, and what happens when the server is no good."""

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.chain import make_answerer, make_chain
from rag.errors import ModelUnavailable, WrongUsage
from rag.llm import chat_model, is_private
from rag.settings import Settings, load
from tests.rag import facts, llm_server
from tests.rag.test_answerers import check_answer, said

PUBLIC = "openai:http://8.8.8.8/v1#m"


@pytest.fixture
def ask(assistant):
    def ask(settings: Settings):
        from rag.chain import Question

        chain = make_chain(assistant.index, assistant.embedder, make_answerer(settings), 8)
        return chain.invoke(Question(facts.QUESTION))

    return ask


def test_what_the_server_is_told(server, ask):
    server.reply = said(facts.QUESTION)
    answer = ask(Settings(llm=server.spec, llm_tokens=77, llm_context=4000))
    check_answer(answer)
    assert (answer.text, answer.answerer, answer.notice) == (f"{facts.SENTENCE} [1]", server.spec, None)
    (headers, body), = server.requests
    assert (body["model"], body["stream"], body["max_tokens"], body["temperature"]) == (llm_server.MODEL, True, 77, 0)
    system, human = (message["content"] for message in body["messages"])
    assert facts.SENTENCE in human and facts.QUESTION in human and "[번호]" in system
    assert sum(len(message["content"]) for message in body["messages"]) <= 4000
    assert body["reasoning_effort"] == "none" and body["chat_template_kwargs"] == {"enable_thinking": False}


def test_a_server_that_takes_nothing_beyond_the_protocol_is_asked_plainly(server, ask, assistant):
    server.reply, server.mode = said(facts.QUESTION), "strict"
    answerer = make_answerer(Settings(llm=server.spec))
    chain = make_chain(assistant.index, assistant.embedder, answerer, 8)
    from rag.chain import Question

    for number in (2, 3):  # requests so far: what was refused is not asked for again
        answer = chain.invoke(Question(facts.QUESTION))
        assert (answer.text, answer.notice, len(server.requests)) == (f"{facts.SENTENCE} [1]", None, number)


def test_only_what_did_not_connect_is_tried_again(ask):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    late = []

    def start():
        context = llm_server.serving(port, said(facts.QUESTION))
        late.append((context, context.__enter__()))

    threading.Timer(0.2, start).start()
    answer = ask(Settings(llm=f"openai:http://127.0.0.1:{port}/v1#{llm_server.MODEL}"))
    late[0][0].__exit__(None, None, None)
    assert (answer.text, answer.notice) == (f"{facts.SENTENCE} [1]", None) and len(late[0][1].requests) == 1


def test_ten_at_once(server, assistant):
    from rag.chain import Question

    def reply(body):
        time.sleep(0.1)
        return next(said(question) for question in facts.FACTS if body["messages"][-1]["content"].endswith(question))

    server.reply = reply
    chain = make_chain(assistant.index, assistant.embedder, make_answerer(Settings(llm=server.spec)), 8)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda question: chain.invoke(Question(question)), facts.FACTS))
    assert [answer.text for answer in answers] == [f"{sentence} [1]" for sentence in facts.FACTS.values()]
    assert len(server.requests) == 10


def test_a_server_that_keeps_to_no_limit_is_left(server, ask):
    server.mode = "endless"
    answer = ask(Settings(llm=server.spec, llm_tokens=5))
    check_answer(answer)
    assert answer.answerer == "extractive" and server.gone.wait(3) and server.sent <= 30


@pytest.mark.parametrize("mode", ["thinking", "refuses"])
def test_a_model_that_only_thinks_or_a_server_that_refuses(server, ask, mode):
    server.mode = mode
    answer = ask(Settings(llm=server.spec, llm_tokens=50))
    check_answer(answer)
    assert answer.answerer == "extractive" and "3,120억" in answer.text and answer.notice and "\n" not in answer.notice


def test_a_server_that_is_killed_in_the_middle(environment, assistant):
    from rag.chain import Question

    with subprocess.Popen([sys.executable, "-m", "tests.rag.llm_server", f"{said(facts.QUESTION)} "], env=environment,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            spec = f"openai:http://127.0.0.1:{int(process.stdout.readline())}/v1#{llm_server.MODEL}"
            chain = make_chain(assistant.index, assistant.embedder, make_answerer(Settings(llm=spec)), 8)
            answers = chain.stream(Question(facts.QUESTION))
            assert next(answers).answerer == "extractive" and any(answer.answerer == spec for answer in answers)
        finally:
            process.kill()
        started = time.monotonic()
        *_, last = answers
        assert time.monotonic() - started < 10
    check_answer(last)
    assert last.answerer == "extractive" and "3,120억" in last.text and "LLM 서버" in last.notice


@pytest.mark.parametrize("mode", llm_server.FAILURES)
def test_a_server_that_fails_leaves_the_reports_words_and_says_so(server, ask, mode):
    server.mode, server.target = mode, f"{server.url}/elsewhere"
    started = time.monotonic()
    answer = ask(Settings(llm=server.spec, llm_timeout=0.5))
    assert time.monotonic() - started < 10
    check_answer(answer)
    assert answer.found and answer.answerer == "extractive" and "3,120억" in answer.text
    assert "LLM 서버" in answer.notice and server.url in answer.notice
    assert "\n" not in answer.notice and len(answer.notice) < 400
    assert len(server.requests) == 1, "not asked again, and nowhere else"


def test_a_server_that_is_down(ask):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        answer = ask(Settings(llm=f"openai:http://127.0.0.1:{taken.getsockname()[1]}/v1#m"))
    check_answer(answer)
    assert answer.answerer == "extractive" and "LLM 서버가 답하지 않습니다" in answer.notice


def test_a_model_that_the_server_does_not_have(server, ask):
    answer = ask(Settings(llm=f"openai:{server.url}#other"))
    check_answer(answer)
    assert answer.answerer == "extractive" and "other not found" in answer.notice


def test_a_wrong_path(server, ask):
    answer = ask(Settings(llm=f"openai:{server.url.removesuffix('/v1')}#{llm_server.MODEL}"))
    check_answer(answer)
    assert answer.answerer == "extractive" and "LLM 서버" in answer.notice


def test_an_empty_reply(server, ask):
    answer = ask(Settings(llm=server.spec))
    check_answer(answer)
    assert answer.answerer == "extractive" and answer.notice


def test_closing_the_stream_hangs_up(server, assistant):
    server.mode = "endless"
    from rag.chain import Question

    chain = make_chain(assistant.index, assistant.embedder, make_answerer(Settings(llm=server.spec)), 8)
    answers = chain.stream(Question(facts.QUESTION))
    assert next(answers).answerer == next(answers).answerer == "extractive"  # the second while the model writes on
    answers.close()
    assert server.gone.wait(3)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "OPENAI_PROXY"])
def test_no_proxy_of_the_environment_sees_the_reports(server, ask, monkeypatch, variable):
    with llm_server.serving() as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.server_port}")
        server.reply = said(facts.QUESTION)
        answer = ask(Settings(llm=server.spec))
        assert answer.answerer == server.spec and proxy.requests == []


def test_a_redirect_is_not_followed(server, ask):
    with llm_server.serving() as elsewhere:
        server.mode, server.target = "redirects", f"{elsewhere.url}/chat/completions"
        answer = ask(Settings(llm=server.spec))
        assert answer.answerer == "extractive" and elsewhere.requests == []


@pytest.mark.parametrize(("environment", "sent"), [
    ({"RAG_API_KEY": "sk-ours"}, "Bearer sk-ours"),
    ({"OPENAI_API_KEY": "sk-of-another-service"}, "Bearer none"),
    ({"OPENAI_API_KEY": "sk-of-another-service", "RAG_API_KEY": "sk-ours"}, "Bearer sk-ours"),
    ({}, "Bearer none"),
])
def test_only_our_own_key_goes_out(server, ask, monkeypatch, environment, sent):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RAG_LLM", server.spec)
    server.reply = said(facts.QUESTION)
    answer = ask(load())
    (headers, body), = server.requests
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == sent
    assert "sk-of-another-service" not in str(headers) + str(body)
    assert "sk-ours" not in str(answer.as_json())


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "[::ffff:8.8.8.8]", "1.1.1.1:11434"])
def test_a_public_host_is_refused_before_anything_is_sent(host, monkeypatch):
    calls = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: calls.append(address))
    with pytest.raises(WrongUsage, match="RAG_ALLOW_REMOTE=1"):
        chat_model(Settings(llm=f"openai:http://{host}/v1#m"))
    assert calls == []


def test_a_name_that_leads_outside_is_refused(monkeypatch):
    def lookup(host, *_):
        return [(2, 1, 6, "", ("192.168.0.7", 0)), (2, 1, 6, "", ("93.184.216.34", 0))]

    monkeypatch.setattr("rag.llm.socket.getaddrinfo", lookup)
    assert not is_private("half.example")
    with pytest.raises(WrongUsage, match="half.example"):
        chat_model(Settings(llm="openai:http://half.example/v1#m"))


def test_a_public_host_is_taken_where_it_was_allowed():
    assert chat_model(Settings(llm=PUBLIC, allow_remote=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.1.2.3", "172.16.0.1", "192.168.0.7", "::1", "fe80::1%lo"])
def test_hosts_of_our_own_network(host):
    assert is_private(host)


def test_a_name_that_nobody_knows(monkeypatch):
    def unknown(*_):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr("rag.llm.socket.getaddrinfo", unknown)
    with pytest.raises(ModelUnavailable, match="찾을 수 없습니다: llm.example"):
        chat_model(Settings(llm="openai:http://llm.example/v1#m"))


@pytest.mark.parametrize("spec", [
    "openai:", "openai:#m", "openai:http://127.0.0.1/v1", "openai:127.0.0.1:11434/v1#m", "openai:ftp://127.0.0.1/v1#m",
    "openai:http://#m", "openai:http://[::1#m", "openai:http://127.0.0.1:99999/v1#m", "openai:http://127.0.0.1:port/v1#m",
    "openai:file:///etc/passwd#m",
])
def test_a_specification_that_cannot_be_meant(spec):
    with pytest.raises(WrongUsage, match="예: openai:http://127.0.0.1:11434/v1#qwen3:4b"):
        chat_model(Settings(llm=spec))


@pytest.mark.parametrize("host", ["a..b", "x" * 80, "서버." + "가" * 70])
def test_a_name_that_cannot_be_one(host, monkeypatch):
    monkeypatch.setattr("rag.llm.socket.getaddrinfo", lambda name, _: name.encode("idna"))  # as the real one begins
    with pytest.raises(ModelUnavailable, match="찾을 수 없습니다"):
        chat_model(Settings(llm=f"openai:http://{host}/v1#m"))


def test_on_the_command_line(run, index, server):
    server.mode = "broken"
    done = run("rag.ask", "--index", index, "--llm", server.spec, facts.QUESTION)
    assert (done.code, done.err) == (0, "")
    assert "3,120억" in done.out and "LLM 서버가 답하지 않습니다" in done.out
