"""Settings: read once, at the entry point, and handed on.

A later source wins: default < settings.json in the index folder < RAG_* variable < command-line flag.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rag.errors import WrongUsage

SHIPPED_EMBEDDER = Path(__file__).parent / "encoder_ko"
SAMPLES = Path(__file__).parent.parent / "corpus"


@dataclass(frozen=True)
class Settings:
    """All knobs. Each field is RAG_<NAME> in the environment and <name> in settings.json."""

    index: Path = Path(".index")  # folder of the index
    models: Path = Path(".models")  # folder of downloaded models
    embedder: str = str(SHIPPED_EMBEDDER)  # encoder_ko, static_ko, or the folder or name of a sentence-transformers model
    llm: str = "extractive"  # extractive, hf:NAME_OR_FOLDER or openai:URL#MODEL
    k: int = 8  # passages an answer is made from
    llm_context: int = 0  # tokens of prompt that an LLM reads at most; 0: 800 on a processor, else 3000
    llm_tokens: int = 400  # tokens that an LLM writes at most
    llm_timeout: float = 60.0  # seconds to wait for an LLM server
    device: str = "auto"  # auto, cpu, cuda or mps: where a local LLM runs
    allow_remote: bool = False  # whether an LLM server outside this machine and its network may be asked
    api_key: str = ""  # key for the LLM server, if it wants one
    users: str = ""  # file of hashed passwords that `python -m ui --add-user` writes; users.json in the index folder if empty
    upload_mb: int = 200  # megabytes that a file given to the page has at most

    def __post_init__(self) -> None:
        if not 1 <= self.k <= 50:
            raise WrongUsage(f"k는 1에서 50 사이여야 합니다: {self.k}")
        if self.llm_context < 0 or self.llm_tokens < 1 or not 0 < self.llm_timeout < float("inf"):
            raise WrongUsage("llm_tokens, llm_timeout은 0보다 큰 수, llm_context는 0이나 그보다 큰 수여야 합니다")
        if self.upload_mb < 1:
            raise WrongUsage(f"upload_mb는 1 이상이어야 합니다: {self.upload_mb}")
        if self.llm != "extractive" and not self.llm.startswith(("hf:", "openai:")):
            raise WrongUsage(f"모르는 LLM 지정입니다: {self.llm}. extractive, hf:이름이나-폴더, openai:주소#모델 가운데 하나를 쓰세요.")


def load(flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force.

    `flags` are command-line values by field name (None: not given); `environment` defaults to os.environ. Raises
    WrongUsage for a RAG_* variable or key that is not a setting, and for a value that does not fit. An empty variable is
    none; RAG_SHARED is the tests' own.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    variables = {name[4:].lower(): value for name, value in environment.items()
                 if name.startswith("RAG_") and name != "RAG_SHARED" and value}
    index = convert("index", given.get("index") or variables.get("index") or Settings.index)
    settings = Settings(index=index)
    file, names = index / "settings.json", {field.name for field in fields(Settings)}
    for origin, values, known in ((str(file), saved(file), names - {"index"}), ("RAG_*", variables, names),
                                  ("명령줄", given, names)):
        unknown = values.keys() - known
        if unknown:
            raise WrongUsage(f"모르는 설정입니다({origin}): {', '.join(sorted(unknown))}. README.md의 설정 표를 보세요.")
        settings = replace(settings, **{name: convert(name, value) for name, value in values.items()})
    return settings


def saved(file: Path) -> dict[str, Any]:
    """What settings.json holds; nothing where there is none."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, OSError) as error:
        raise WrongUsage(f"{file}을 읽을 수 없습니다({error}). 고치거나 지우세요.") from error
    if not isinstance(values, dict):
        raise WrongUsage(f"{file}에는 설정 이름과 값의 목록({{...}})이 있어야 합니다. 고치거나 지우세요.")
    return values


def save(index: Path, values: Mapping[str, Any]) -> None:
    """Remember settings in the index folder, beside those that are remembered there."""
    index.mkdir(parents=True, exist_ok=True)
    file = index / "settings.json"
    kept = {**saved(file), **values}
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(draft, file)


def convert(name: str, value: Any) -> Any:
    """A value from text or JSON in the type of the field `name`."""
    kind = type(getattr(Settings, name))
    try:
        if kind is bool and isinstance(value, (str, bool)):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
        if issubclass(kind, Path) and isinstance(value, (str, Path)):
            return Path(value).expanduser()
        if kind in (int, float, str) and isinstance(value, (str, int, float)) and not isinstance(value, bool):
            converted = kind(value)
            if isinstance(value, str) or kind is str or converted == value:  # 2.5 is no int
                return converted
    except (KeyError, ValueError, OverflowError, RuntimeError):  # RuntimeError: ~nobody has no home
        pass
    raise WrongUsage(f"설정 {name}에 맞지 않는 값입니다: {value!r}")
