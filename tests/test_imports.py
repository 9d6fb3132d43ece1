"""Imports run one way, packages are empty boxes, and importing does nothing heavy."""

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("rag", "ingest", "ui")  # each may import from those before it
FILES = sorted(file for layer in LAYERS for file in (ROOT / layer).rglob("*.py"))
HEAVY = ("torch", "transformers", "sentence_transformers", "gradio", "kiwipiepy", "chromadb", "tantivy", "langchain_openai", "pdfplumber", "onnxruntime")
SUBCLASSES = {"rag.server_llm", "rag.training.teacher", "rag.training.reader", "rag.training.nearness"}  # must import what they subclass
TEACHING = {f"rag.training.{name}" for name in ("teacher", "graph", "data", "reader", "shipped", "nearness", "examples", "classifiers")}  # what an entry point of training is made of


def name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_entry(file: Path) -> bool:
    return file.name == "__main__.py" or name(file) in ("rag.ask", "rag.evaluate", "rag.models") or (
        name(file).startswith("rag.training.") and name(file) not in TEACHING)


MODULES = {name(file): file for file in FILES}


def imported(file: Path) -> set[str]:
    """The modules of ours that a file names in an import, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively"
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else str(node.module)
                      for alias in node.names}
    return {module for module in found if module.split(".")[0] in (*LAYERS, "tests")}


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_run_one_way(file):
    own = LAYERS.index(file.relative_to(ROOT).parts[0])
    for module in imported(file):
        assert module in MODULES, f"{module} is no module of the product"
        assert not is_entry(MODULES[module]), f"{module} is an entry point"
        assert is_entry(file) or name(file) in TEACHING or LAYERS.index(module.split(".")[0]) <= own, f"{module} lies above"


def test_the_rule_can_be_broken(tmp_path):
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from ingest.run import ingest\n    import ui.page\n    from rag import ask, store\n")
    assert imported(file) == {"ingest.run", "ui.page", "rag.ask", "rag.store"} - ({"ui.page"} - MODULES.keys())


def test_packages_are_empty():
    boxes = [file for file in FILES if file.name == "__init__.py"]
    assert {name(file) for file in boxes} >= set(LAYERS)
    assert [file for file in boxes if file.stat().st_size] == []


def loaded(modules: list[str]) -> str:
    """What is printed by importing these one after the other, and at the first that loads something heavy, its name."""
    code = (f"import sys, importlib\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
            f"    found = [heavy for heavy in {HEAVY!r} if heavy in sys.modules]\n    if found:\n        sys.exit(f'{{name}}: {{found}}')")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=100)
    return done.stdout + done.stderr


def test_importing_does_nothing_and_loads_nothing_heavy():
    assert loaded([module for module in MODULES if module not in SUBCLASSES]) == ""
    assert loaded(["rag.errors", "tantivy", "rag.answers"]) == "tantivy: ['tantivy']\n", "the check would see it"


@pytest.mark.parametrize("module", ["rag.ask", "ingest", "rag.evaluate", *(["ui"] if (ROOT / "ui" / "__main__.py").exists() else [])])
def test_help_is_there_at_once(module):
    def seconds() -> float:
        """Of processor time, which other work on the machine does not stretch."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0 and done.stdout.startswith(f"사용법: python -m {module}") and done.stderr == ""
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.5
