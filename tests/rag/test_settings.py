"""Settings: where they come from, which wins, and what is refused."""

import json
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from rag.errors import WrongUsage
from rag.settings import Settings, load


@pytest.fixture
def index(tmp_path):
    """Writes settings.json into an index folder and gives the folder."""
    def index(**values):
        (tmp_path / "settings.json").write_text(json.dumps(values), encoding="utf-8")
        return tmp_path
    return index


def test_the_defaults():
    assert load({}, {}) == Settings()
    assert load(environment={"HOME": "/root", "RAG_SHARED": "/data", "RAG": "1", "LLM": "hf:x"}) == Settings()


def test_a_later_source_wins(index):
    folder = index(k=2, llm="hf:file", llm_tokens=20, device="cpu")
    environment = {"RAG_INDEX": str(folder), "RAG_K": "3", "RAG_LLM": "hf:variable"}
    settings = load({"k": 4, "llm": None, "index": None}, environment)
    assert settings == Settings(index=folder, k=4, llm="hf:variable", llm_tokens=20, device="cpu")
    assert load({}, environment).k == 3
    assert load({"index": folder}, {}).k == 2


def test_the_file_is_that_of_the_index_in_force(index, tmp_path):
    folder = index(k=2)
    assert load({"index": folder}, {"RAG_INDEX": str(tmp_path / "other")}).k == 2
    assert load({"index": tmp_path / "other"}, {"RAG_INDEX": str(folder)}).k == Settings.k


def test_a_tilde_is_the_home(monkeypatch, tmp_path, index):
    monkeypatch.setenv("HOME", str(tmp_path))
    index(k=2)
    settings = load({}, {"RAG_INDEX": "~", "RAG_MODELS": "~/models"})
    assert (settings.index, settings.models, settings.k) == (tmp_path, tmp_path / "models", 2)


def test_an_empty_variable_is_none():
    assert load({}, {f"RAG_{field.name.upper()}": "" for field in fields(Settings)}) == Settings()


@pytest.mark.parametrize(("name", "text", "value"), [
    ("k", "12", 12), ("llm_timeout", "2.5", 2.5), ("allow_remote", "1", True), ("allow_remote", "TRUE", True),
    ("allow_remote", "yes", True), ("allow_remote", "0", False), ("allow_remote", "No", False), ("models", "a/b", Path("a/b")),
    ("api_key", "123", "123"), ("llm", "openai:http://h/v1#m", "openai:http://h/v1#m"), ("embedder", "/e", "/e"),
])
def test_variables_are_converted(name, text, value):
    given = getattr(load({}, {f"RAG_{name.upper()}": text}), name)
    assert (given, type(given)) == (value, type(value)) or isinstance(value, Path) and given == value


@pytest.mark.parametrize("values", [
    {"k": 9}, {"k": 9.0}, {"llm_timeout": 30}, {"allow_remote": True}, {"models": "/m"}, {"device": "cuda"},
])
def test_values_of_the_file_are_converted(index, values):
    (name, value), = values.items()
    given = getattr(load({"index": index(**values)}, {}), name)
    assert given == (Path(value) if name == "models" else value)
    assert isinstance(given, type(getattr(Settings, name)))


@pytest.mark.parametrize(("name", "text"), [
    ("k", "0"), ("k", "51"), ("k", "many"), ("k", "2.5"), ("k", "nan"), ("llm_timeout", "soon"), ("llm_timeout", "nan"),
    ("llm_timeout", "inf"), ("llm_timeout", "-1"), ("llm_timeout", "0"), ("llm_tokens", "0"), ("llm_context", "-1"),
    ("allow_remote", "maybe"), ("allow_remote", "2"), ("llm", "gpt-4"), ("llm", "EXTRACTIVE"), ("models", "~nobody-of-that-name/m"),
])
def test_a_value_that_does_not_fit_is_refused(name, text):
    with pytest.raises(WrongUsage, match=name if name != "llm" else "LLM"):
        load({}, {f"RAG_{name.upper()}": text})


@pytest.mark.parametrize("values", [
    {"k": 2.5}, {"k": None}, {"k": [3]}, {"k": True}, {"k": {}}, {"models": 5}, {"models": None}, {"allow_remote": 1},
    {"allow_remote": None}, {"llm": 3}, {"llm_tokens": float("inf")}, {"llm_timeout": float("nan")},
])
def test_a_value_of_the_file_that_does_not_fit_is_refused(index, values):
    with pytest.raises(WrongUsage):
        load({"index": index(**values)}, {})


@pytest.mark.parametrize("environment", [{"RAG_LMM": "x"}, {"RAG_": "x"}, {"RAG_INDEX_DIR": "x"}])
def test_an_unknown_variable_is_refused(environment):
    with pytest.raises(WrongUsage, match=r"RAG_\*"):
        load({}, environment)


@pytest.mark.parametrize("values", [{"lmm": "x"}, {"K": 3}, {"index": "elsewhere"}])
def test_an_unknown_key_of_the_file_is_refused(index, values):
    folder = index(**values)
    with pytest.raises(WrongUsage, match=f"settings.json.*{next(iter(values))}"):
        load({"index": folder}, {})


def test_an_unknown_flag_is_refused():
    with pytest.raises(WrongUsage, match="명령줄"):
        load({"colour": "red"}, {})


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'"k"', b"\xff\xfe\x00", b"k = 3"])
def test_a_broken_file_is_named(tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content)
    with pytest.raises(WrongUsage, match="settings.json.*고치거나 지우세요"):
        load({"index": tmp_path}, {})


def test_a_folder_in_the_files_place(tmp_path):
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(WrongUsage, match="settings.json"):
        load({"index": tmp_path}, {})


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Settings().k = 3  # type: ignore[misc]


def test_on_the_command_line(run, tmp_path):
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    for arguments, variables in ((("--index", tmp_path), {}), ((), {"RAG_COLOUR": "red"}), ((), {"RAG_K": "99"}),
                                 (("-k", "99"), {}), (("--llm", "gpt"), {})):
        done = run("rag.ask", *arguments, "질문", **variables)
        assert (done.code, done.out, len(done.lines)) == (2, "", 1), done.err
