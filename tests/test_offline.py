"""The whole way from files to an answer in processes that reach no other machine and write nowhere but in the index."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REPORT = "# 연간 보고서\n\n가람전자의 2023년 매출은 3,120억 원으로 집계되었다.\n\n| 제품 | 판매량 |\n| --- | --- |\n| 냉장고 | 5,400대 |\n"


@pytest.fixture
def offline(tmp_path):
    """Run Python in an empty folder where sockets reach loopback only; gives the process and what it tried."""
    guard, log = tmp_path / "guard", tmp_path / "network.log"
    for folder in (guard, *(tmp_path / name for name in ("home", "tmp", "here"))):
        folder.mkdir()
    (guard / "sitecustomize.py").write_text("from tests.netguard import guard\nguard()\n")
    variables = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")}
    variables |= {"PYTHONPATH": f"{guard}{os.pathsep}{ROOT}", "NETGUARD_LOG": str(log), "PYTHONDONTWRITEBYTECODE": "1"}
    variables |= dict.fromkeys(("HOME", "USERPROFILE"), str(tmp_path / "home")) | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "tmp"))
    variables |= {f"XDG_{kind}_HOME": str(tmp_path / "home" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}

    def offline(*arguments, input: str = ""):
        done = subprocess.run([sys.executable, *map(str, arguments)], input=input, capture_output=True, encoding="utf-8",
                              cwd=tmp_path / "here", env=variables, timeout=100)
        return done, log.read_text() if log.exists() else ""

    return offline


@pytest.mark.parametrize(("attempt", "refusal"), [
    ("socket.create_connection(('8.8.8.8', 53), 1)", "connects to 8.8.8.8:53"),
    ("socket.socket().connect_ex(('192.168.0.1', 80))", "connects to 192.168.0.1:80"),
    ("socket.getaddrinfo('huggingface.co', 443)", "looks up huggingface.co"),
    ("__import__('urllib.request').request.urlopen('http://example.com')", "looks up example.com"),
    ("__import__('httpx').get('https://api.smith.langchain.com')", "looks up api.smith.langchain.com"),
])
def test_the_guard_stands(offline, attempt, refusal):
    done, tried = offline("-c", f"import socket\ntry:\n    {attempt}\nexcept Exception as error:\n    print(type(error).__name__)")
    assert (done.stdout, tried) == ("NetworkBlocked\n", f"{refusal}\n")


def test_the_guard_lets_this_machine_through(offline):
    done, tried = offline("-c", "import socket\nwith socket.create_server(('localhost', 0)) as s:\n"
                                "    socket.create_connection(s.getsockname()).close()\n    print('through')")
    assert (done.stdout, tried) == ("through\n", "")


def listing(*folders: Path) -> set[tuple]:
    """Every file with its size and time, every folder by name: what was made and is gone again leaves no trace there."""
    return {(path, *([] if path.is_dir() else [path.stat().st_size, path.stat().st_mtime_ns]))
            for folder in folders for path in folder.rglob("*")}


def test_from_files_to_an_answer(offline, tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "연간.md").write_text(REPORT, encoding="utf-8")
    elsewhere = (*(tmp_path / name for name in ("home", "tmp", "here", "guard", "reports")), ROOT / "corpus", ROOT / "rag" / "static_ko")
    before = listing(*elsewhere)
    done, tried = offline("-m", "ingest", reports, "--index", tmp_path / "index")
    assert (done.returncode, tried) == (0, ""), done.stderr
    done, tried = offline("-m", "rag.ask", "가람전자의 2023년 매출은?", "--json", "--index", tmp_path / "index")
    assert (done.returncode, tried) == (0, ""), done.stderr
    answer = json.loads(done.stdout)
    assert answer["found"] and "3,120억" in answer["answer"] and answer["citations"][0]["source"] == "reports/연간.md"
    assert listing(*elsewhere) - before == set(), "nothing is written outside the index"
    assert listing(tmp_path / "index")


def test_a_model_name_that_was_never_fetched_is_not_looked_for(offline, tmp_path):
    code = ("from rag.embeddings import load_embedder\nfrom rag.llm import chat_model\nfrom rag.settings import Settings\n"
            "from rag.errors import ModelUnavailable\n"
            "for load in (lambda: load_embedder('intfloat/multilingual-e5-small'), lambda: load_embedder('all-MiniLM-L6-v2'),\n"
            "             lambda: chat_model(Settings(llm='hf:Qwen/Qwen3-0.6B'))):\n"
            "    try:\n        load()\n    except ModelUnavailable as error:\n        print(error)\n")
    done, tried = offline("-c", code)
    assert (done.returncode, done.stdout.count("\n"), tried) == (0, 3, ""), done.stderr
