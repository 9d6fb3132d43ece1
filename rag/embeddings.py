"""Embedders behind LangChain's Embeddings: the two that ship, without torch, and any of sentence-transformers."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.encoder import PASSAGE, QUESTION, opened
from rag.errors import ModelUnavailable

SHIPPED = Path(__file__).parent
Spans = Sequence[tuple[int, int]]


class Embedder(Embeddings):
    """LangChain's Embeddings with the name that an index records: another name, and everything is embedded anew.

    `far` and `near` are the cosines of a question with passages that do not, and that do, answer it, `same` that of two statements of one fact.
    """

    name: str
    far: float = 0.15
    near: float = 0.75
    same: float = 0.75

    def alike(self, one: str, other: str) -> bool:
        """Whether two texts lie as near as two statements of one fact."""
        first, second = self.embed_documents([one, other])
        return float(np.dot(first, second)) >= self.same

    def embed_with_parts(self, texts: Sequence[str], spans: Sequence[Spans]) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each text its vector and (spans, dimensions), those of its parts, told by their first and last characters."""
        wholes = self.embed_documents(list(texts))
        parts = iter(self.embed_documents([text[a:b] for text, some in zip(texts, spans, strict=True) for a, b in some]))
        return [(np.asarray(whole, dtype=np.float32), np.asarray([next(parts) for _ in some], dtype=np.float32).reshape(-1, len(whole)))
                for whole, some in zip(wholes, spans, strict=True)]


class EncoderEmbeddings(Embedder):
    """An encoder of our own layout."""

    far, near, same = 0.165, 0.65, 0.6

    def __init__(self, folder: Path) -> None:
        self._encoder = opened(folder)
        self.name = name_of(folder)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._encoder.vector(PASSAGE + text).tolist() for text in texts]

    def embed_with_parts(self, texts: Sequence[str], spans: Sequence[Spans]) -> list[tuple[np.ndarray, np.ndarray]]:
        """In one pass, each part as it is meant where it stands."""
        before = len(PASSAGE)
        return [self._encoder.vectors(PASSAGE + text, [(a + before, b + before) for a, b in some])
                for text, some in zip(texts, spans, strict=True)]

    def embed_query(self, text: str) -> list[float]:
        return self._encoder.vector(QUESTION + text).tolist()


class StaticEmbeddings(Embedder):
    """A static embedding in the layout of sentence-transformers, run with tokenizers and numpy alone.

    A text's vector is the mean of its tokens' vectors, scaled to length 1 (zeros where no token is known).
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        module = folder / "0_StaticEmbedding"
        weights = load_file(module / "model.safetensors")
        self.name = name_of(folder)
        self._rows = weights["embeddings"]
        self._scales = weights["weights"]
        self._tokenizer = Tokenizer.from_file(str(module / "tokenizer.json"))

    def vectors(self, texts: list[str]) -> np.ndarray:
        """(texts, dimensions) float32."""
        result = np.zeros((len(texts), self._rows.shape[1]), dtype=np.float32)
        for n, encoding in enumerate(self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)):
            if ids := encoding.ids:
                mean = (self._rows[ids] * self._scales[ids, None]).mean(axis=0)
                result[n] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return result

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.vectors(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.vectors([text])[0].tolist()


class SentenceTransformerEmbeddings(Embedder):
    """Any sentence-transformers model from a folder."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), local_files_only=True)
        self.name = name_of(folder)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode_document(texts, normalize_embeddings=True, show_progress_bar=False).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False).tolist()


def name_of(folder: Path) -> str:
    """A name that changes when the model in the folder does: its folder's name and a digest of its weights."""
    import hashlib

    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".safetensors", ".json", ".bin", ".onnx"):
            digest.update(file.name.encode() + file.read_bytes())
    return f"{folder.name}-{digest.hexdigest()[:12]}"


def load_embedder(spec: str) -> Embedder:
    """The embedder of a folder, of one that ships, by its name, or of a model downloaded before; nothing is fetched.

    Raises ModelUnavailable where it cannot be loaded.
    """
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        folder = SHIPPED / spec if "/" not in spec and (SHIPPED / spec).is_dir() else downloaded(spec)
    try:
        if (folder / "encoder.onnx").is_file():
            return EncoderEmbeddings(folder)
        return StaticEmbeddings(folder) if is_static(folder) else SentenceTransformerEmbeddings(folder)
    except Exception as error:  # noqa: BLE001 a folder of any origin fails in as many ways as there are libraries
        raise ModelUnavailable(f"임베딩 모델을 열 수 없습니다: {spec} ({str(error)[:200]}). RAG_EMBEDDER를 고치거나 "
                               "지우세요.") from error


def downloaded(name: str) -> Path:
    """The folder of a model in the local cache, found without the seconds that sentence-transformers takes to load."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name if "/" in name else f"sentence-transformers/{name}", local_files_only=True))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"임베딩 모델이 이 컴퓨터에 없습니다: {name}. RAG_EMBEDDER에 모델 폴더의 경로를 주거나, "
                               "지우고 함께 온 임베딩을 쓰세요.") from error


def is_static(folder: Path) -> bool:
    """Whether the folder holds our own layout: StaticEmbedding, int8 rows with scales, then Normalize."""
    modules, weights = folder / "modules.json", folder / "0_StaticEmbedding" / "model.safetensors"
    if not (modules.is_file() and weights.is_file()):
        return False
    kinds = [module["type"].rpartition(".")[2] for module in json.loads(modules.read_text(encoding="utf-8"))]
    if kinds != ["StaticEmbedding", "Normalize"]:
        return False
    with weights.open("rb") as file:  # safetensors: 8 bytes of header length, then the header as JSON
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return {"embeddings", "weights"} <= header.keys()


@cache
def light() -> StaticEmbeddings:
    """The static embedding that ships, which compares the many sentences of a report with each other."""
    return StaticEmbeddings(SHIPPED / "static_ko")
