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

    def vector(self, text: str) -> np.ndarray:
        """(width,) float32 of length 1. What is longer than LONGEST tokens is read in pieces, and their mean is taken."""
        ids = self._ids(text)
        parts = [ids[n:n + LONGEST - 2] for n in range(0, len(ids), LONGEST - 2)] or [[]]
        total = sum(len(part) * self._run("vector", [[0, *part, 2]], 0.0)[0] for part in parts)
        return total / max(float(np.linalg.norm(total)), 1e-12)

    def chances(self, question: str, texts: Sequence[str]) -> np.ndarray:
        """(1 + texts,) float: how likely none of the texts answers the question, then each of them. Only their first READ tokens count."""
        parts = [[0, *self._ids(before + text)[:READ], 2] for before, text in ((QUESTION, question), *((PASSAGE, text) for text in texts))]
        odds = self._run("odds", parts, 1.0).astype(float)
        shares = np.exp(odds - odds.max())
        return shares / shares.sum()

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _run(self, output: str, parts: Sequence[Sequence[int]], reading: float) -> np.ndarray:
        given = {"ids": [[token for part in parts for token in part]], "places": [place for part in parts for place in range(len(part))],
                 "texts": [n for n, part in enumerate(parts) for _ in part]}
        inputs = {name: np.array(values, dtype=np.int64) for name, values in given.items()}
        return self._session.run([output], inputs | {"reading": np.array(reading, dtype=np.float32)})[0]


@cache
def opened(folder: Path) -> Encoder:
    """One encoder for all who use the same folder."""
    return Encoder(folder)
