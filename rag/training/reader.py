"""The reader as a torch module: layers of the encoder in which each sentence sees its question.

The encoder's lower layers see each text by itself, the upper ones a question together with each sentence that may answer it
(MacAvaney et al. 2020, "Efficient Document Re-Ranking for Transformers by Precomputing Term Representations"). What the upper
layers need for that are changes of low rank to their weights (LoRA; Hu et al. 2021), switched on when it reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rag.encoder import PASSAGE, QUESTION
from rag.training.teacher import Encoder, Layer

APART, RANK, DROPPED = 6, 16, 0.03  # layers that see a text by itself, rank of the changes to the others, share left out in training
LONGEST = 94  # tokens of a text in training
LINEAR, NORMS = ("q", "k", "v", "out", "first", "second"), ("middle", "last")


class Change(nn.Module):
    """What is added to a linear layer: two thin matrices, together nothing at first."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(RANK, layer.in_features) / layer.in_features ** 0.5)
        self.b = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, x: torch.Tensor, layer: nn.Linear) -> torch.Tensor:
        return layer(x) + x @ self.a.T @ self.b.T


@dataclass(frozen=True)
class Texts:
    """Several questions, each followed by its sentences, as one row of tokens. `tokens` (texts, longest) and `asked`, of each text's question,
    point into it; `mask` (texts, 1, 1, asked + longest) is 0 where there is a token; `there` (texts, longest); `lengths` and `question`, the
    place of each text's question, (texts,); `grid` (questions, 1 + sentences) has the texts of each question, -1 for none."""

    tokens: torch.Tensor
    asked: torch.Tensor
    mask: torch.Tensor
    there: torch.Tensor
    lengths: torch.Tensor
    question: torch.Tensor
    grid: torch.Tensor


class ReadingLayer(nn.Module):
    """A layer in which each sentence sees its question and itself, a question only itself."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        for name in LINEAR:
            setattr(self, name, Change(getattr(layer, name)))
        for name in NORMS:
            own = nn.LayerNorm(layer.middle.normalized_shape, eps=layer.middle.eps)
            own.load_state_dict(getattr(layer, name).state_dict())
            setattr(self, name, own)

    def forward(self, x: torch.Tensor, layer: Layer, texts: Texts) -> torch.Tensor:
        def linear(name: str, given: torch.Tensor) -> torch.Tensor:
            return getattr(self, name)(given, getattr(layer, name))

        q, k, v = (linear(name, x).view(len(x), layer.heads, -1) for name in "qkv")
        keys, values = (torch.cat([part[texts.asked], part[texts.tokens]], 1).transpose(1, 2) for part in (k, v))
        share = (q[texts.tokens].transpose(1, 2) @ keys.transpose(-1, -2) * q.shape[2] ** -0.5 + texts.mask).softmax(-1)
        seen = (share @ values).transpose(1, 2).flatten(2)[texts.there]
        x = self.get_submodule("middle")(x + functional.dropout(linear("out", seen), DROPPED, self.training))
        inner = functional.gelu(linear("first", x))
        return self.get_submodule("last")(x + functional.dropout(linear("second", inner), DROPPED, self.training))


class Reader(nn.Module):
    """Log odds of each sentence as the answer, and in place of the question that there is none."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.apart, self.shift = APART, torch.tensor(0.85)
        self.layers = nn.ModuleList(ReadingLayer(cast(Layer, layer)) for layer in encoder.layers[APART:])
        self.head, self.none = (nn.Linear(encoder.word.embedding_dim, 1) for _ in range(2))
        self.scale = nn.Parameter(torch.tensor(20.0))
        for parameter in (*self.head.parameters(), *self.none.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor, layers: Sequence[Layer], texts: Texts) -> torch.Tensor:
        for own, layer in zip(self.layers, layers, strict=True):
            x = own(x, layer, texts)
        whose = torch.repeat_interleave(torch.arange(len(texts.lengths)), texts.lengths)
        means = torch.zeros(len(texts.lengths), x.shape[1]).index_add(0, whose, x.float()) / texts.lengths[:, None]
        near = functional.cosine_similarity(means[texts.question], means, dim=-1)
        odds = self.head(means).squeeze(-1) + self.scale * (near - self.shift)
        odds = torch.where(texts.question == torch.arange(len(odds)), self.none(means).squeeze(-1), odds).float()
        return torch.where(texts.grid >= 0, odds[texts.grid.clamp(min=0)], -1e4)


class Lower:
    """What the lower layers make of texts, (tokens, width) bfloat16, each worked out once."""

    def __init__(self, encoder: Encoder, tokens: Any) -> None:
        self.encoder, self.tokens, self.seen = encoder, tokens, dict[str, torch.Tensor]()

    def learn(self, texts: Sequence[str]) -> None:
        missing = sorted({text for text in texts if text not in self.seen}, key=len)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            for n in range(0, len(missing), 32):
                parts = [[0, *self.tokens.encode(text, add_special_tokens=False).ids[:LONGEST], 2] for text in missing[n:n + 32]]
                ids = torch.ones(len(parts), max(map(len, parts)), dtype=torch.long)
                for row, part in zip(ids, parts, strict=True):
                    row[:len(part)] = torch.tensor(part)
                mask = torch.arange(ids.shape[1])[None] < torch.tensor([len(part) for part in parts])[:, None]
                x = self.encoder.norm(self.encoder.word(ids) + self.encoder.place.weight[:ids.shape[1]])
                for layer in self.encoder.layers[:APART]:
                    x = layer(x, mask)
                self.seen.update({text: row[:len(part)].to(torch.bfloat16).clone()
                                  for text, row, part in zip(missing[n:n + 32], x, parts, strict=True)})

    def batch(self, questions: Sequence[tuple[str, Sequence[str]]]) -> tuple[torch.Tensor, Texts]:
        """(tokens, width) and where they belong, of questions with their sentences."""
        rows = [[QUESTION + question, *(PASSAGE + text for text in texts)] for question, texts in questions]
        states = [self.seen[text] for row in rows for text in row]
        lengths = torch.tensor([len(state) for state in states])
        starts, firsts = lengths.cumsum(0) - lengths, np.cumsum([0, *map(len, rows)])
        question = torch.tensor([int(first) for first, row in zip(firsts, rows, strict=False) for _ in row])
        there = torch.arange(int(lengths.max()))[None] < lengths[:, None]
        tokens = torch.where(there, starts[:, None] + torch.arange(there.shape[1])[None], 0)
        longest = int(lengths[question].max())
        seen = torch.cat([there[question][:, :longest] & (question != torch.arange(len(question)))[:, None], there], 1)
        grid = torch.full((len(rows), max(map(len, rows))), -1)
        for n, row in enumerate(rows):
            grid[n, :len(row)] = torch.arange(len(row)) + int(firsts[n])
        return torch.cat(states).float(), Texts(tokens, tokens[question][:, :longest], torch.where(seen, 0.0, -1e4)[:, None, None].to(torch.bfloat16),
                                                there, lengths, question, grid)
