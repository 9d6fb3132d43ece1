"""The encoder that ships, a transformer as an ONNX graph: what a text means, and which of several texts answers a question."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

LONGEST, READ = 512, 40  # tokens of a text that are embedded at once, and of one of several that are read
QUESTION, PASSAGE = "query: ", "passage: "


class Encoder:
    """The graph of a folder (rag.training.graph), run with onnxruntime on one input at a time, so that what it says of a text depends
    on nothing else. A pass over a few hundred tokens takes some 30 ms."""

    def __init__(self, folder: Path) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported: else it counts its users for its maker
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.enable_mem_pattern = options.enable_cpu_mem_arena = False  # texts have all lengths: what is kept for each comes to 100 MB
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other work goes on beside it
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._width = self._session.get_outputs()[0].shape[1]

    def vector(self, text: str) -> np.ndarray:
        """(width,) float32 of length 1. What is longer than LONGEST tokens is read in pieces, and their mean is taken."""
        return self.vectors(text, ())[0]

    def vectors(self, text: str, spans: Sequence[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        """The vector of a text, and (spans, width) of its parts where they stand in it, told by their first and last characters
        (Günther et al. 2024, "Late Chunking"); zeros for a part without a token."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        begin, stop = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2).T
        parts = np.zeros(len(begin), dtype=np.int64)
        for n, (start, end) in enumerate(spans, 1):
            parts[(begin < end) & (stop > start)] = n
        total, inner = np.zeros(self._width), np.zeros((len(spans) + 1, self._width))
        for n in range(0, max(len(parts), 1), LONGEST - 2):
            some = parts[n:n + LONGEST - 2]
            whole, each = self._run(["vector", "vectors"], [[0, *encoding.ids[n:n + LONGEST - 2], 2]], [0, *some, 0])
            total = total + max(len(some), 1) * whole[0]
            count = np.bincount(some, minlength=len(spans) + 1)
            there = np.flatnonzero(count)
            inner[there] += count[there, None] * each[there]
        return _unit(total), _unit(inner[1:])

    def chances(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """(1 + texts,) float: how likely none of the texts answers the question, then each of them. Only their first READ tokens count."""
        parts = [[0, *self._ids(before + text)[:READ], 2] for before, text in ((QUESTION, question), *((PASSAGE, text) for text in texts))]
        odds = self._run(["odds"], parts)[0].astype(float)
        shares = np.exp(odds - odds.max())
        return shares / shares.sum()

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _run(self, outputs: list[str], texts: Sequence[Sequence[int]], parts: Sequence[int] | None = None) -> list[np.ndarray]:
        """Outputs of the graph for one text and its `parts`, or for a question and the texts that it is asked of."""
        lengths = [len(text) for text in texts]
        of, places = np.repeat(np.arange(len(texts)), lengths), np.concatenate([np.arange(length) for length in lengths])
        rows = np.full((len(texts), max(lengths)), -1, dtype=np.int64)
        rows[of, places] = np.arange(len(of))
        given = {"ids": np.concatenate(texts), "texts": of, "places": places, "rows": rows, "parts": of if parts is None else np.array(parts),
                 "asked": np.arange(lengths[0] if parts is None else 0)}
        return self._session.run(outputs, {name: values.astype(np.int64) for name, values in given.items()})


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


@cache
def opened(folder: Path) -> Encoder:
    """One encoder for all who use the same folder."""
    return Encoder(folder)
