"""Models on this machine: fetched once, written down with commit and hashes, and from then on only read.

A model lies in the models folder under its repository's name; `geungeo.json` there holds what was fetched.
"""

import json
import os
import re
import shutil
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from rag.caches import digest
from rag.errors import ModelUnavailable, WrongUsage

RECORD = "geungeo.json"
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
WANTED = ("*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt", "LICENSE*", "NOTICE*", "README.md")


@dataclass(frozen=True, slots=True)
class Known:
    """A small open instruct model that speaks Korean. `parameters` in thousand millions, as its name says."""

    repository: str
    parameters: float
    licence: str

    @property
    def gigabytes(self) -> float:
        """Its files: two bytes a parameter (bfloat16)."""
        return 2 * self.parameters


KNOWN = {
    "kanana-1.5-2.1b": Known("kakaocorp/kanana-1.5-2.1b-instruct-2505", 2.1, "Apache-2.0"),
    "qwen3-0.6b": Known("Qwen/Qwen3-0.6B", 0.6, "Apache-2.0"),
    "qwen3-1.7b": Known("Qwen/Qwen3-1.7B", 1.7, "Apache-2.0"),
    "qwen3-4b": Known("Qwen/Qwen3-4B", 4.0, "Apache-2.0"),
}


def repository_of(name: str) -> str:
    """The repository that a short name stands for; any other name is one."""
    return KNOWN[name].repository if name in KNOWN else name


def _partial(models: Path, repository: str) -> Path:
    """Where a model lies until it is whole."""
    return models / f".{repository.replace('/', '--')}.part"


def partial_size(models: Path, name: str) -> int:
    """Bytes that lie there of a model that is being fetched."""
    return sum(file.stat().st_size for file in _partial(models, repository_of(name)).rglob("*") if file.is_file())


def folder_of(models: Path, name: str) -> Path | None:
    """The folder of a model: a folder by that name, or one fetched under its short or its full name."""
    return next((path for path in (Path(name).expanduser(), models / repository_of(name)) if path.is_dir()), None)


def fetched(models: Path) -> dict[str, dict[str, Any]]:
    """What was written down of each model in the models folder, by repository."""
    return {record["repository"]: record for file in sorted(models.glob(f"*/*/{RECORD}")) if (record := _record(file.parent))}


def _record(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"모델의 기록을 읽을 수 없습니다: {folder / RECORD}. 모델을 지우고 다시 내려받으세요.") from error


def check(folder: Path, *, thoroughly: bool = False) -> None:
    """Raises ModelUnavailable where a model's files are not complete, or not those that were fetched.

    The hashes of the weights are compared only `thoroughly`, their sizes always.
    """
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise ModelUnavailable(f"모델 폴더에 config.json과 safetensors 파일이 있어야 합니다: {folder}")
    try:
        shards = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"].values()
    except FileNotFoundError:
        shards = []
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelUnavailable(f"모델 폴더의 model.safetensors.index.json을 읽을 수 없습니다: {folder}. 다시 내려받으세요.") from error
    lost = sorted({shard for shard in shards if not (folder / shard).is_file()})
    if lost:
        raise ModelUnavailable(f"모델을 다 내려받지 못했습니다: {folder}에 {', '.join(lost[:3])}이(가) 없습니다. 다시 내려받으세요.")
    record = _record(folder)
    for name, file in record.get("files", {}).items():
        path = folder / name
        small = not name.endswith(".safetensors")
        if not path.is_file() or path.stat().st_size != file["size"] or (small or thoroughly) and digest(path) != file["sha256"]:
            raise ModelUnavailable(f"모델의 파일이 내려받은 것과 다릅니다: {path}. 다시 내려받으세요: "
                                   f"python -m rag.models pull {record['repository']}")


def pull(models: Path, name: str, endpoint: str | None = None) -> Path:
    """Fetch a model at the commit that its main branch has now, whole, and write down what was fetched.

    A pull that was broken off goes on where it stopped. Raises ModelUnavailable, WrongUsage.
    """
    repository = repository_of(name)
    if not REPOSITORY.fullmatch(repository):
        raise WrongUsage(f"모르는 모델입니다: {name}. 쓸 수 있는 이름: {', '.join(KNOWN)}, 또는 허깅페이스의 '소유자/이름'.")
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HTTPError, RepositoryNotFoundError  # HTTPError: of its client

    api = HfApi(endpoint=endpoint, token=None if os.environ.get("HF_TOKEN") else False)
    try:
        found = api.model_info(repository, files_metadata=True)
        files = [file for file in found.siblings or () if any(fnmatch(file.rfilename, pattern) for pattern in WANTED)
                 and "/" not in file.rfilename]
        if not any(file.rfilename.endswith(".safetensors") for file in files):
            raise ModelUnavailable(f"{repository}에는 safetensors 파일이 없습니다. 안전하게 읽을 수 있는 다른 모델을 고르세요.")
        partial, place = _partial(models, repository), models / repository
        partial.mkdir(parents=True, exist_ok=True)
        size = sum(file.size or 0 for file in files)
        have = partial_size(models, name)
        if shutil.disk_usage(models).free + have < size * 1.05:
            raise ModelUnavailable(f"{models}에 빈자리가 모자랍니다. {size / 1e9:.1f} GB가 필요합니다.")
        snapshot_download(repository, revision=found.sha, allow_patterns=[file.rfilename for file in files], local_dir=partial,
                          endpoint=endpoint, token=api.token)
    except GatedRepoError as error:
        raise ModelUnavailable(f"{repository}은 허깅페이스에서 사용에 동의해야 받을 수 있습니다. 동의한 뒤 HF_TOKEN을 주고 다시 하세요.") from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(f"그런 모델이 없습니다: {repository}. 쓸 수 있는 이름: {', '.join(KNOWN)}") from error
    except (HTTPError, OSError) as error:
        raise ModelUnavailable(f"{repository}을 내려받지 못했습니다({' '.join(str(error).split())[:160]}). 인터넷 연결을 확인하고 다시 하세요. 이어서 받습니다. "
                               "다른 컴퓨터에서 받은 폴더는 --llm hf:폴더로 씁니다.") from error
    written = {}
    for file in files:
        path, expected = partial / file.rfilename, file.lfs and file.lfs.sha256
        written[file.rfilename] = {"size": path.stat().st_size, "sha256": digest(path)}
        if expected and written[file.rfilename]["sha256"] != expected:
            path.unlink()
            raise ModelUnavailable(f"{file.rfilename}이(가) 온전히 내려오지 않았습니다. 다시 하세요: python -m rag.models pull {name}")
    licence = getattr(found.card_data, "license", None) if found.card_data else None
    record = {"repository": repository, "commit": found.sha, "licence": licence, "files": written}
    (partial / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(partial, place)
    return place


def remove(models: Path, name: str) -> None:
    """Delete a model that was fetched, or what there is of it. Raises ModelUnavailable where there is none."""
    repository = repository_of(name)
    places = [models / repository, _partial(models, repository)] if REPOSITORY.fullmatch(repository) else []
    there = [place for place in places if place.is_dir() and models.resolve() in place.resolve().parents]
    if not there:
        raise ModelUnavailable(f"내려받은 모델이 아닙니다: {name}. 목록: python -m rag.models list")
    for place in there:
        shutil.rmtree(place)
