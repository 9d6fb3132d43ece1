"""README.md cannot lie: its commands exist, its session and its settings table are what the program gives (its figures: test_evaluate_reports.py)."""

import re
import subprocess
import sys

import pytest

from tests import make_readme

TEXT = make_readme.README.read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python -m ((?:rag|ingest|ui|tests)[\w.]*)([^`\n#|]*)", TEXT)))


def options(module: str) -> str:
    done = subprocess.run([sys.executable, "-m", module, "--help"], cwd=make_readme.ROOT, capture_output=True,
                          encoding="utf-8", timeout=60)
    assert done.returncode == 0, f"{module}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("module", sorted({module for module, _ in COMMANDS} - {"tests.make_readme"}))
def test_every_command_and_option_named_exists(module):
    help_text = options(module)
    for name, rest in COMMANDS:
        if name == module:
            for option in re.findall(r"(?<!\w)--?[a-z][\w-]*", rest):
                assert option in help_text, f"python -m {module} has no {option}"


def test_the_session_is_a_real_run(corpus_index):
    assert make_readme.block(TEXT, "session") == make_readme.session(TEXT, corpus_index)


def test_the_settings_table_lists_every_setting():
    assert make_readme.with_table(TEXT) == TEXT
    assert make_readme.settings_table() in TEXT


def test_ci_runs_the_readmes_test_command():
    assert "<!-- test -->" in (make_readme.ROOT / ".ci" / "run").read_text()
    assert "pytest" in make_readme.block(TEXT, "test")


def test_the_checkout_is_clean_by_its_own_tools():
    for tool in (["ruff", "check", "."], ["mypy"]):
        done = subprocess.run([sys.executable, "-m", *tool], cwd=make_readme.ROOT, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout
