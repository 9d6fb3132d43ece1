"""The upper layers of the encoder as they are taught what texts mean: changes of low rank (LoRA; Hu et al. 2021) that are merged into them
at the end, and the vectors that they give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from rag.training.reader import APART, LINEAR, NORMS, Change
from rag.training.teacher import Encoder, pooled

STEEP, DROPPED = 20.0, 0.05


@dataclass(frozen=True)
class Text:
    """Its tokens, and of each the sentence that it belongs to, from 1; which of the sentences may answer."""

    ids: tuple[int, ...]
    parts: tuple[int, ...]
    answers: tuple[bool, ...] = ()


class Upper(nn.Module):
    """The upper layers of an encoder with changes of low rank and norms of their own."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.changes = nn.ModuleList(nn.ModuleDict({name: Change(getattr(layer, name)) for name in LINEAR}) for layer in encoder.layers[APART:])
        self.norms = nn.ModuleList(nn.ModuleDict({name: nn.LayerNorm(encoder.word.embedding_dim, eps=1e-12) for name in NORMS}) for _ in self.changes)
        for own, layer in zip(self.norms, encoder.layers[APART:], strict=True):
            for name in NORMS:
                own[name].load_state_dict(getattr(layer, name).state_dict())

    def forward(self, x: torch.Tensor, mask: torch.Tensor, layers: Sequence[Any]) -> torch.Tensor:
        for changes, norms, layer in zip(self.changes, self.norms, layers, strict=True):
            def linear(name: str, given: torch.Tensor, changes: Any = changes, layer: Any = layer) -> torch.Tensor:
                return changes[name](given, getattr(layer, name))

            q, k, v = (linear(name, x).view(*x.shape[:2], layer.heads, -1).transpose(1, 2) for name in "qkv")
            seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :]).transpose(1, 2).flatten(2)
            x = norms["middle"](x + functional.dropout(linear("out", seen), DROPPED, self.training))
            x = norms["last"](x + functional.dropout(linear("second", functional.gelu(linear("first", x))), DROPPED, self.training))
        return x

    @torch.no_grad()
    def merge(self, encoder: Encoder) -> None:
        """Write the changes into the layers."""
        for changes, norms, layer in zip(self.changes, self.norms, encoder.layers[APART:], strict=True):
            for name in LINEAR:
                getattr(layer, name).weight.add_(changes[name].b @ changes[name].a)  # type: ignore[index]
            for name in NORMS:
                getattr(layer, name).load_state_dict(norms[name].state_dict())  # type: ignore[index]


class Vectors:
    """What texts mean, by the lower layers, each text worked out once, and the upper ones as they are or as they are taught."""

    def __init__(self, encoder: Encoder, upper: Upper, middle: torch.Tensor) -> None:
        self.encoder, self.upper, self.middle, self.seen = encoder, upper, middle, dict[tuple[int, ...], torch.Tensor]()

    def hidden(self, texts: Sequence[Text], taught: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
        """(texts, longest, width), and a mask of the tokens there."""
        for text in texts:
            if text.ids not in self.seen:
                with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                    ids = torch.tensor([text.ids])
                    x = self.encoder.norm(self.encoder.word(ids) + self.encoder.place.weight[:ids.shape[1]])
                    for layer in self.encoder.layers[:APART]:
                        x = layer(x, torch.ones(ids.shape, dtype=torch.bool))
                self.seen[text.ids] = x[0].to(torch.bfloat16).clone()
        mask = torch.arange(max(len(text.ids) for text in texts))[None] < torch.tensor([len(text.ids) for text in texts])[:, None]
        x = nn.utils.rnn.pad_sequence([self.seen[text.ids] for text in texts], batch_first=True).float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if taught:
                x = self.upper(x, mask, self.encoder.layers[APART:])
            else:
                for layer in self.encoder.layers[APART:]:
                    x = layer(x, mask)
        return x.float(), mask

    def unit(self, vectors: torch.Tensor) -> torch.Tensor:
        return functional.normalize(functional.normalize(vectors, dim=-1) - self.middle, dim=-1)

    def of(self, texts: Sequence[Text], taught: bool = True) -> torch.Tensor:
        hidden, mask = self.hidden(texts, taught)
        return self.unit(pooled(hidden, mask.float()))

    def with_sentences(self, texts: Sequence[Text]) -> tuple[torch.Tensor, torch.Tensor, list[tuple[int, int]]]:
        """The vectors of texts, those of their sentences that may answer, and which these are."""
        hidden, mask = self.hidden(texts)
        means, places = [], []
        for n, text in enumerate(texts):
            of = functional.one_hot(torch.tensor(text.parts), len(text.answers) + 1)[:, 1:].float()
            count = of.sum(0)
            mean = of.T @ hidden[n, :len(text.parts)] / count.clamp(min=1)[:, None]
            kept = [m for m, answers in enumerate(text.answers) if answers and count[m]]
            means.append(mean[kept])
            places += [(n, m) for m in kept]
        return self.unit(pooled(hidden, mask.float())), self.unit(torch.cat(means)), places


def nearest(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """How surprising it is, by cosines, that one of the right ones is the nearest."""
    kept = right.any(1)
    scores, right = scores[kept] * STEEP, right[kept]
    return (torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~right, -1e4), 1)).mean()
