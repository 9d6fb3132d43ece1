"""Fill in what README.md quotes from the program: `python -m tests.make_readme` (needs nothing but the checkout).

The session is a real run over corpus/, the settings table is read off the code; test_readme.py checks that both are
as this script would write them.
"""

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def block(text: str, mark: str) -> str:
    """The code block behind <!-- mark -->."""
    found = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found, mark
    return found[1]


def with_block(text: str, mark: str, body: str) -> str:
    return re.sub(rf"(<!-- {mark} -->\n```\w*\n).*?```", lambda m: f"{m[1]}{body}```", text, flags=re.DOTALL)


def session(text: str, index: Path) -> str:
    """What the last command of the README's first line prints, over an index of corpus/."""
    question = shlex.split(block(text, "ask"))[-1]
    return subprocess.run([sys.executable, "-m", "rag.ask", question, "--index", str(index)], cwd=ROOT, check=True, capture_output=True,
                          encoding="utf-8").stdout


def settings_table() -> str:
    from rag.settings import SHIPPED_EMBEDDER, Settings

    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, meaning in re.findall(r"^    (\w+): .*?  # (.*)$", inspect.getsource(Settings), re.MULTILINE):
        default = getattr(Settings, name)
        shown = "encoder_ko" if default == str(SHIPPED_EMBEDDER) else str(default)
        cell = f"`{shown}`" if shown else ""
        rows.append(f"| `RAG_{name.upper()}` | {cell} | {meaning} |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    return re.sub(r"(<!-- settings -->\n)(?:\|.*\n)+", lambda m: m[1] + settings_table(), text)


def shared() -> Path:
    return Path(os.environ.get("RAG_SHARED", ROOT.parent / "shared"))


def with_figures(text: str) -> str:
    """The figures over the original reports, where those are at hand."""
    if not (shared() / "reports").is_dir():
        return text
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m"]
        subprocess.run([*run, "ingest", str(shared() / "reports"), "--index", folder], cwd=ROOT, check=True,
                       capture_output=True)
        done = subprocess.run([*run, "rag.evaluate", str(shared() / "questions/dev.jsonl"), "--index", folder, "--json"],
                              cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    return with_measures(text, json.loads(done.stdout)["all"])


def with_measures(text: str, measures: dict) -> str:
    for mark, name in (("correct", "correct"), ("all5", "all@5")):
        figure = f"{measures[name]['mean']:.2f}"
        text = re.sub(rf"(<!-- {mark} -->).*?(<!-- /{mark} -->)", lambda m, f=figure: f"{m[1]}{f}{m[2]}", text)
    return text


def main() -> None:
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "ingest", "corpus", "--index", folder], cwd=ROOT, check=True, capture_output=True)
        text = with_block(text, "session", session(text, Path(folder)))
    README.write_text(with_figures(with_table(text)), encoding="utf-8")


if __name__ == "__main__":
    main()
