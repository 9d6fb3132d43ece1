"""What only POSIX has stays in one file, and everything works where it is missing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
POSIX = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"}


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_only_limits_imports_what_posix_alone_has():
    found = {file.relative_to(ROOT).as_posix() for package in ("rag", "ingest", "ui")
             for file in (ROOT / package).rglob("*.py") if imported(file) & POSIX}
    assert found == {"ingest/limits.py"}


HIDING = """
import builtins
real = builtins.__import__
def without(name, globals=None, locals=None, fromlist=(), level=0):
    if name in ("fcntl", "resource") and (globals or {}).get("__name__", "").startswith(("rag", "ingest", "ui")):
        raise ModuleNotFoundError(name)
    return real(name, globals, locals, fromlist, level)
builtins.__import__ = without
"""


@pytest.fixture
def hidden(tmp_path):
    """A folder whose sitecustomize hides the modules from our code, in every process that has it on its path."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDING)
    return folder


def test_ingest_and_ask_without_fcntl_and_resource(tmp_path, hidden, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{hidden}:{ROOT}")
    reports, index = tmp_path / "보고서 폴더", tmp_path / "색 인"
    reports.mkdir()
    (reports / "한글 이름.md").write_text("# 매출\n\n가람전자의 2023년 매출은 3,120억 원이다.\n", encoding="utf-8")
    for command in (["ingest", str(reports)], ["rag.ask", "가람전자의 2023년 매출은?"]):
        done = subprocess.run([sys.executable, "-m", *command, "--index", str(index)], cwd=tmp_path, capture_output=True,
                              encoding="utf-8", timeout=100)
        assert done.returncode == 0, done.stderr
    assert "3,120억 원" in done.stdout
