"""Fetching, choosing and removing a model, by the command, from a hub on loopback."""

import io
import json
import shutil
import subprocess
import sys

import pytest

from rag import ask, command, llm
from rag import models as commands
from rag.errors import ModelUnavailable
from rag.model_store import KNOWN, RECORD, check, fetched, folder_of
from tests.rag import facts, hub, llm_server


@pytest.fixture
def served(tiny, tmp_path):
    """The tiny model on a hub, with a file that runs code when it is opened and one in a folder below."""
    folder = tmp_path / "hub"
    shutil.copytree(tiny, folder)
    (folder / "pytorch_model.bin").write_bytes(b"no safetensors")
    (folder / "modeling_tiny.py").write_text("raise SystemExit('run')")
    with hub.serving(folder) as served:
        yield served


FETCH = "import sys; from pathlib import Path; from rag.model_store import pull; pull(Path(sys.argv[1]), sys.argv[2])"


@pytest.fixture
def fetch(environment, tmp_path):
    """`pull` without the questions that end it, in a process of its own, which reads where the hub is as it starts."""

    def fetch(at: hub.Hub) -> None:
        subprocess.run([sys.executable, "-c", FETCH, str(tmp_path / "models"), hub.NAME], check=True, capture_output=True, timeout=60,
                       env=environment | {"HF_ENDPOINT": at.url, "HF_HUB_OFFLINE": "0"})

    return fetch


@pytest.fixture
def models(run, tmp_path):
    """`python -m rag.models ...` in a folder of its own, with the hub at hand where one is given."""

    def models(*arguments, at=None, **variables):
        online = {"HF_ENDPOINT": at.url, "HF_HUB_OFFLINE": "0"} if at else {}
        short = {"RAG_LLM_TOKENS": 8} | variables  # of an answer: what a model of 200,000 parameters says is of no weight here
        return run("rag.models", *arguments, cwd=tmp_path, timeout=110, RAG_MODELS=tmp_path / "models", **online, **short)

    return models


def test_fetched_once_then_used_offline_and_removed(models, served, run, index, tmp_path):
    pulled = models("pull", hub.NAME, at=served)
    assert pulled.code == 0, pulled.err
    assert pulled.out.count("보고서와 맞았습니다") == 3 and hub.COMMIT[:8] in pulled.out
    place = tmp_path / "models" / hub.NAME
    assert not (place / "pytorch_model.bin").exists() and not (place / "modeling_tiny.py").exists()
    record = json.loads((place / RECORD).read_text(encoding="utf-8"))
    assert record["commit"] == hub.COMMIT and record["licence"] == "apache-2.0"
    assert {name for _, name, _ in served.asked if "/resolve/" in name} == {
        f"/{hub.NAME}/resolve/{hub.COMMIT}/{name}" for name in record["files"]}
    served.asked.clear()

    listed = models("list", at=served)
    assert listed.code == 0 and f"내려받음 ({hub.COMMIT[:8]})" in listed.out and all(name in listed.out for name in KNOWN)
    own = tmp_path / "index"
    shutil.copytree(index, own)
    used = models("use", hub.NAME, "--index", own, at=served)
    assert used.code == 0 and json.loads((own / "settings.json").read_text())["llm"] == f"hf:{hub.NAME}"
    answer = run("rag.ask", facts.QUESTION, "--index", own, "--json", cwd=tmp_path, RAG_MODELS=tmp_path / "models")
    assert answer.json["answerer"] == f"hf:{hub.NAME}" and answer.json["found"]
    back = models("remove", hub.NAME, "--index", own, at=served)
    assert back.code == 0 and not place.exists() and "그대로 옮깁니다" in back.out
    answer = run("rag.ask", facts.QUESTION, "--index", own, "--json", cwd=tmp_path, RAG_MODELS=tmp_path / "models")
    assert answer.json["answerer"] == "extractive"
    assert served.asked == []  # nothing was fetched but by pull


def test_a_download_that_breaks_goes_on_and_one_that_is_damaged_is_not_kept(models, fetch, served, tmp_path):
    served.breaks = "model.safetensors"
    fetch(served)
    assert served.breaks == "" and folder_of(tmp_path / "models", hub.NAME)
    shutil.rmtree(tmp_path / "models")
    served.damaged = "model.safetensors"
    damaged = models("pull", hub.NAME, at=served)
    assert damaged.code == 1 and len(damaged.err.strip().splitlines()[-1]) and "python -m rag.models pull" in damaged.err
    assert fetched(tmp_path / "models") == {} and folder_of(tmp_path / "models", hub.NAME) is None
    served.damaged = ""
    fetch(served)
    assert folder_of(tmp_path / "models", hub.NAME)


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["pull", "someone/unknown"], 1, "그런 모델이 없습니다"), (["pull", "이상한이름"], 2, "모르는 모델입니다"), (["pull"], 2, "이름이 필요합니다"),
    (["use", "someone/unknown"], 1, "python -m rag.models pull"), (["remove", "someone/unknown"], 1, "내려받은 모델이 아닙니다"),
    (["remove", "../.."], 1, "내려받은 모델이 아닙니다"), (["eat", "x"], 2, "쓸 수 없는 값"),
    (["use", "openai:http://127.0.0.1:9/v1#m"], 1, "서버"), (["use", "openai:http://8.8.8.8/v1#m"], 2, "RAG_ALLOW_REMOTE")])
def test_what_cannot_be_done_is_one_korean_line(models, served, arguments, code, said):
    done = models(*arguments, at=served)
    assert (done.code, len(done.lines)) == (code, 1), done.err
    assert said in done.err


def test_without_a_network_pull_says_so(models, served):
    served.shutdown()
    served.server_close()
    done = models("pull", hub.NAME, at=served)
    assert done.code == 1 and "인터넷" in done.lines[-1] and "hf:폴더" in done.lines[-1]


def test_a_fetched_model_is_held_against_its_record(fetch, served, tmp_path):
    fetch(served)
    place = tmp_path / "models" / hub.NAME
    check(place, thoroughly=True)
    weights = place / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    check(place)  # the same size
    with pytest.raises(ModelUnavailable, match="다릅니다"):
        check(place, thoroughly=True)
    weights.write_bytes(data[:-10])
    with pytest.raises(ModelUnavailable, match="다릅니다"):
        check(place)


def test_a_half_of_the_shards_is_named(tmp_path):
    for name, text in {"config.json": "{}", "model-1.safetensors": "",
                       "model.safetensors.index.json": json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})}.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ModelUnavailable, match="model-2.safetensors"):
        check(tmp_path)


def test_a_running_ollama_is_offered_and_never_used_unasked(server, index, tmp_path, monkeypatch, capsys):
    own = shutil.copytree(index, tmp_path / "index")
    monkeypatch.setattr("rag.llm.OLLAMA", server.url.removesuffix("/v1"))
    monkeypatch.setenv("LANGSMITH_TRACING_V2", "")
    server.reply = f"{facts.SENTENCE[:-1]} [1]."

    def said(main, *arguments) -> str:
        monkeypatch.setattr("sys.argv", ["command", *map(str, arguments), "--index", str(own)])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
        with pytest.raises(SystemExit) as left:
            command.run(main)
        text = capsys.readouterr()
        assert (left.value.code, text.err) == (0, "")
        return text.out

    assert json.loads(said(ask.main, facts.QUESTION, "--json"))["answerer"] == "extractive"
    assert server.seen == 0, "not even looked for"
    offered = f"openai:{server.url}#{llm_server.MODEL}"
    assert f"python -m rag.models use {offered}\n" in said(commands.main, "list") and server.requests == []
    assert json.loads(said(ask.main, facts.QUESTION, "--json"))["answerer"] == "extractive" and server.requests == []
    said(commands.main, "use", offered)
    answer = json.loads(said(ask.main, facts.QUESTION, "--json"))
    assert (answer["answerer"], answer["answer"]) == (offered, f"{facts.SENTENCE} [1]")


@pytest.mark.parametrize("mode", ["down", "other"])
def test_where_no_ollama_runs_none_is_offered(server, monkeypatch, mode):
    address = "http://127.0.0.1:9" if mode == "down" else f"{server.url}/nowhere"
    monkeypatch.setattr("rag.llm.OLLAMA", address)
    assert llm.ollama() == []
