"""A model on this machine: loading, streaming, stopping, taking turns, and every way in which a folder can be bad."""

import io
import json
import re
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.messages import HumanMessage

from rag.answers import NO_ANSWER, Turn
from rag.chain import assemble, make_chain
from rag.errors import ModelUnavailable
from rag.generative import FALLBACK, GenerativeAnswerer
from rag.llm import chat_model
from rag.local_llm import TransformersChat
from rag.settings import Settings
from tests.rag import facts
from tests.rag.test_answerers import check_answer


@pytest.fixture
def endless(tiny):
    """A model that knows no end, and the number of tokens it has read and written since."""
    chat = TransformersChat.load(tiny, "cpu", max_tokens=5000)
    chat.model.generation_config.eos_token_id = None
    steps = []
    chat.model.register_forward_hook(lambda *_: steps.append(1))
    return chat, steps


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "(generate)" in thread.name]


def test_the_model_answers_what_it_was_taught(tiny_chat, assistant):
    answerer = GenerativeAnswerer(tiny_chat, "hf:tiny")
    chain = make_chain(assistant.index, assistant.embedder, answerer, 8)
    from rag.chain import Question

    for question, sentence in facts.FACTS.items():
        answer = chain.invoke(Question(question))
        check_answer(answer)
        assert answer.text == f"{sentence} [1]"
        assert answer.notice is None and answer.answerer == "hf:tiny"
    assert chain.invoke(Question(facts.UNANSWERABLE)).text == NO_ANSWER


def test_invoke_gives_what_stream_gives_piece_by_piece(tiny_chat, evidence_of):
    from rag import prompts

    evidence = evidence_of(facts.QUESTION)
    told = prompts.messages(evidence, evidence.used)
    pieces = [chunk.text for chunk in tiny_chat.stream(told)]
    assert len([piece for piece in pieces if piece]) > 3
    assert "".join(pieces) == tiny_chat.invoke(told).text
    assert tiny_chat.get_num_tokens("가람전자의 매출") == len(tiny_chat.tokenizer("가람전자의 매출")["input_ids"]) > 1


def test_closing_the_stream_stops_the_worker_within_a_token(endless):
    chat, steps = endless
    stream = chat.stream([HumanMessage(facts.QUESTION)])
    next(stream)
    assert workers()
    stream.close()
    done = len(steps)
    assert not workers() and not chat._turn.locked()
    time.sleep(0.2)
    assert len(steps) == done < 200


def test_closing_an_answer_stops_the_worker_too(endless, index, assistant):
    chat, steps = endless
    answerer = GenerativeAnswerer(chat, "hf:tiny")
    from rag.chain import Question

    answers = make_chain(assistant.index, assistant.embedder, answerer, 8).stream(Question(facts.QUESTION))
    next(answers)
    answers.close()
    assert not workers() and not chat._turn.locked()
    assert len(steps) < 200


def test_a_stream_never_read_costs_nothing(endless):
    chat, steps = endless
    chat.stream([HumanMessage("안녕")]).close()
    assert not workers() and not steps


def test_ten_at_once_take_turns_and_are_not_mixed(tiny, index, assistant):
    chat = TransformersChat.load(tiny, "cpu", max_tokens=100)
    running, most, lock = [], [], threading.Lock()
    generate = chat.model.generate

    def counted(*args, **kwargs):
        with lock:
            running.append(1)
            most.append(len(running))
        try:
            return generate(*args, **kwargs)
        finally:
            with lock:
                running.pop()

    chat.model.generate = counted
    chain = make_chain(assistant.index, assistant.embedder, GenerativeAnswerer(chat, "hf:tiny"), 8)
    from rag.chain import Question

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda question: chain.invoke(Question(question)), facts.FACTS))
    assert [answer.text for answer in answers] == [f"{sentence} [1]" for sentence in facts.FACTS.values()]
    assert len(most) == 10 and max(most) == 1
    assert not workers() and not chat._turn.locked()


class Failing:
    """A model that runs out of memory, or says nothing at all."""

    device = "cpu"

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def generate(self, **kwargs):
        if self.error:
            raise self.error


@pytest.mark.parametrize("error", [RuntimeError("not enough memory"), None])
def test_a_model_that_fails_or_is_silent_leaves_the_reports_words(tiny_chat, evidence_of, error):
    chat = TransformersChat(model=Failing(error), tokenizer=tiny_chat.tokenizer)
    *_, last = GenerativeAnswerer(chat, "hf:tiny").stream(evidence_of(facts.QUESTION))
    check_answer(last)
    assert last.answerer == "extractive" and "3,120억" in last.text
    assert "not enough memory" in last.notice if error else last.notice == FALLBACK


def test_an_error_that_nobody_foresaw_is_not_hidden(tiny_chat, evidence_of):
    chat = TransformersChat(model=Failing(ZeroDivisionError()), tokenizer=tiny_chat.tokenizer)
    with pytest.raises(ZeroDivisionError):
        list(GenerativeAnswerer(chat, "hf:tiny").stream(evidence_of(facts.QUESTION)))


def cut(name):
    def change(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:len(data) // 2])
    return change


def written(name, text):
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def gone(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def with_code(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text("raise SystemExit('ran')")


def without_a_layer(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file({name: value for name, value in weights.items() if "layers.1." not in name},
              folder / "model.safetensors", metadata={"format": "pt"})


BAD = {
    "no config": gone("config.json"), "no safetensors": gone("model.safetensors"), "a pickle only": pickled,
    "no template": gone("chat_template.jinja"), "a broken template": written("chat_template.jinja", "{% if %}"),
    "a template without a system": written("chat_template.jinja", "{{ raise_exception('no system') }}"),
    "half the weights": cut("model.safetensors"), "junk for weights": written("model.safetensors", "junk"),
    "a layer missing": without_a_layer, "half a config": cut("config.json"), "a list for a config": written("config.json", "[1]"),
    "an unknown kind": written("config.json", '{"model_type": "nonesuch"}'), "no kind": written("config.json", "{}"),
    "half a tokenizer": cut("tokenizer.json"), "no tokenizer": gone("tokenizer.json", "tokenizer_config.json"),
    "code of its own": with_code,
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_folder_is_an_error_of_ours(tiny, tmp_path, what, capfd):
    folder = shutil.copytree(tiny, tmp_path / "bad")
    BAD[what](folder)
    with pytest.raises(ModelUnavailable) as raised:
        chat_model(Settings(llm=f"hf:{folder}"))
    assert re.search("[가-힣]{2}", str(raised.value)) and len(str(raised.value)) < 500
    assert capfd.readouterr() == ("", ""), "nothing but our line is shown"


def test_a_missing_model_tells_how_to_fetch_it(tmp_path):
    with pytest.raises(ModelUnavailable, match="python -m rag.models pull Qwen/Qwen3-0.6B"):
        chat_model(Settings(llm="hf:Qwen/Qwen3-0.6B", models=tmp_path))


def test_a_downloaded_model_is_found_by_its_name(tiny, evidence_of, tmp_path):
    from rag import prompts

    shutil.copytree(tiny, tmp_path / "models" / "somebody" / "tiny")
    chat = chat_model(Settings(llm="hf:somebody/tiny", models=tmp_path / "models", llm_tokens=7, device="cpu"))
    assert isinstance(chat, TransformersChat) and chat.max_tokens == 7
    evidence = evidence_of(facts.QUESTION)
    asked = prompts.messages(evidence, evidence.used)  # which it answers in more than 7 tokens
    short = chat.invoke(asked).text
    longer = chat_model(Settings(llm="hf:somebody/tiny", models=tmp_path / "models", llm_tokens=40, device="cpu")).invoke(asked).text
    assert longer.startswith(short) and len(short) < len(longer)


def test_asking_on_the_command_line(run, index, tiny):
    done = run("rag.ask", "--index", index, "--llm", f"hf:{tiny}", facts.QUESTION)
    assert (done.code, done.err) == (0, "")
    text, sources = done.out.split("\n\n근거\n")
    assert text == f"{facts.SENTENCE} [1]", "the draft, and what the check added to it"
    assert re.findall(r"^\[(\d+)\] ", sources, re.MULTILINE) == ["1"]
    assert f"“{facts.SENTENCE}”" in sources


@pytest.mark.parametrize("what", ["no safetensors", "half the weights", "too large"])
def test_a_bad_folder_on_the_command_line_is_one_line_and_the_reports_words(index, tiny, tmp_path, what, monkeypatch, capsys):
    from rag import ask, command

    folder = shutil.copytree(tiny, tmp_path / "bad")
    if what == "too large":
        monkeypatch.setattr("rag.local_llm.available", lambda: 1000)
    else:
        BAD[what](folder)
    monkeypatch.setattr("sys.argv", ["ask", "--index", str(index), "--llm", f"hf:{folder}", facts.QUESTION])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("LANGSMITH_TRACING_V2", "")
    with pytest.raises(SystemExit) as left:
        command.run(ask.main)
    text = capsys.readouterr()
    assert (left.value.code, text.err) == (0, "") and "3,120억" in text.out
    notice, = (line for line in text.out.splitlines() if line.startswith("("))
    assert notice.startswith("(모델") and notice.endswith("그동안은 보고서의 문장을 그대로 옮깁니다.)")


def test_the_answer_stands_before_the_model_is_loaded_and_it_is_loaded_once(tiny_chat, assistant, evidence_of):
    loaded = []

    def load():
        time.sleep(0.05)
        loaded.append(1)
        return tiny_chat

    answerer = GenerativeAnswerer(load, "hf:tiny")
    evidence = evidence_of(facts.QUESTION)
    answers = answerer.stream(evidence)
    assert "3,120억" in next(answers).text and not loaded
    with ThreadPoolExecutor(4) as pool:
        assert {answer.text for answer in pool.map(answerer.invoke, [evidence] * 4)} == {f"{facts.SENTENCE} [1]"}
    *_, last = answers
    assert last.answerer == "hf:tiny" and loaded == [1]


def test_switching_models_needs_no_new_index(tiny, index, server):
    from ingest.run import status

    def everything():
        return status(Settings(index=index)), sorted(path.name for path in index.glob("gen-*")), (index / "library.sqlite3").read_bytes()

    before, server.reply = everything(), f"{facts.SENTENCE[:-1]} [1]."
    for llm in ("extractive", f"hf:{tiny}", server.spec, "extractive"):
        answer = assemble(Settings(index=index, llm=llm, device="cpu")).ask(facts.QUESTION)
        assert answer.answerer == llm and "3,120억" in answer.text
    assert everything() == before


@pytest.mark.parametrize("question", facts.FACTS)
def test_a_prompt_for_a_processor_is_short(tiny_chat, evidence_of, question):
    from rag import prompts

    evidence = evidence_of(question, [Turn("앞 질문 " * 100, "앞 답 " * 100)] * 4)
    passages, excerpts = prompts.fitting(evidence, tiny_chat.get_num_tokens_from_messages, tiny_chat.room())
    told = tiny_chat.tokenizer(tiny_chat.prompt(prompts.messages(evidence, passages, excerpts)), add_special_tokens=False)["input_ids"]
    assert len(told) <= 800 and facts.FACTS[question] in tiny_chat.prompt(prompts.messages(evidence, passages, excerpts))


def test_the_assistant_of_the_settings_is_this_one(tiny, index):
    assistant = assemble(Settings(index=index, llm=f"hf:{tiny}", device="cpu"))
    answer = assistant.ask(facts.QUESTION)
    assert (answer.answerer, answer.text) == (f"hf:{tiny}", f"{facts.SENTENCE} [1]")


def test_a_model_larger_than_the_memory_is_not_loaded(tiny, tmp_path, monkeypatch):
    small = tmp_path / "meminfo"
    small.write_text("MemTotal: 16000000 kB\nMemAvailable: 100 kB\n")
    monkeypatch.setattr("rag.local_llm.MEMORY", small)
    with pytest.raises(ModelUnavailable, match="메모리보다 큽니다.*더 작은 모델"):
        TransformersChat.load(tiny, "cpu")
    monkeypatch.setattr("rag.local_llm.MEMORY", tmp_path / "none")
    assert TransformersChat.load(tiny, "cpu").get_num_tokens("가") > 0
