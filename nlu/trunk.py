"""The shared encoder: sub-word ids in, one vector a sub-word and one unit vector a sentence out.

A Transformer encoder of 6 layers of 384, post-norm (Devlin et al. 2019, BERT; Wang et al. 2020, MiniLM). It knows no
task: every head stands on the vectors it gives, so that a message costs one forward pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class TrunkShape:
    """Sizes of the encoder."""

    vocabulary: int
    hidden: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    positions: int = 512


class Trunk(nn.Module):
    """Transformer encoder. Source: Devlin et al. 2019, section 3."""

    def __init__(self, shape: TrunkShape, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.hidden)
        self.positions = nn.Embedding(shape.positions, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.dropout = LockedDropout(dropout)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))

    def forward(self, ids: Tensor, mask: Tensor, added: Tensor | None = None) -> Tensor:
        """ids, mask [B, T] -> states [B, T, H]; mask is True at real sub-words.

        `added` [B, T, H] joins the words' vectors before the first layer: what a task knows of a sub-word beyond its id.
        """
        seen = self.words(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))  # [B, T, H]
        states = self.dropout(self.norm(seen if added is None else seen + added))
        for block in self.blocks:
            states = block(states, mask)
        return states


class Block(nn.Module):
    """Self-attention, then a two-layer perceptron, each with residual and post-norm."""

    def __init__(self, shape: TrunkShape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden)
        self.out = nn.Linear(shape.hidden, shape.hidden)
        self.norm1 = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.up = nn.Linear(shape.hidden, shape.inner)
        self.down = nn.Linear(shape.inner, shape.hidden)
        self.norm2 = nn.LayerNorm(shape.hidden, eps=1e-12)
        self.dropout = LockedDropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states [B, T, H], mask [B, T] -> [B, T, H]."""
        batch, length, hidden = states.shape
        qkv = self.qkv(states).view(batch, length, 3, self.heads, hidden // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [B, heads, T, H / heads]
        scores = q @ k.transpose(2, 3) / math.sqrt(hidden // self.heads)  # [B, heads, T, T]
        scores = scores.masked_fill(~mask[:, None, None, :], -1e4)
        mixed = scores.softmax(-1).to(v.dtype) @ v  # [B, heads, T, H / heads]
        mixed = mixed.transpose(1, 2).reshape(batch, length, hidden)
        states = self.norm1(states + self.dropout(self.out(mixed)))
        return self.norm2(states + self.dropout(self.down(F.gelu(self.up(states)))))


class LockedDropout(nn.Module):
    """Dropout of whole features, the same at every position. Source: Gal & Ghahramani 2016.

    One random number a feature and sentence instead of one a token: on a CPU drawing them is a tenth of a step.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, states: Tensor) -> Tensor:
        """states [B, T, H] -> [B, T, H]."""
        if not self.training or not self.share:
            return states
        kept = torch.rand(states.shape[0], 1, states.shape[2], device=states.device) >= self.share  # [B, 1, H]
        return states * (kept / (1 - self.share)).to(states.dtype)


def sentence_vectors(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over real sub-words, scaled to length 1. states [B, T, H], mask [B, T] -> [B, H]. Source: Reimers 2019."""
    return F.normalize(mean_states(states, mask), dim=-1)


def mean_states(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over the places where the mask is True, zero where it never is. states [B, T, H], mask [B, T] -> [B, H]."""
    weights = mask.unsqueeze(-1).to(states.dtype)  # [B, T, 1]
    return (states * weights).sum(1) / weights.sum(1).clamp_min(1)


def from_bert(weights: dict[str, Tensor], rows: list[int]) -> dict[str, Tensor]:
    """Rename a BERT checkpoint's tensors to a Trunk's, keeping only these rows of its word embedding."""
    get = {name.removeprefix("bert."): tensor.float() for name, tensor in weights.items()}
    ours = {
        "words.weight": get["embeddings.word_embeddings.weight"][rows],
        # every text is one segment: its embedding is folded into the positions
        "positions.weight": get["embeddings.position_embeddings.weight"]
        + get["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": get["embeddings.LayerNorm.weight"],
        "norm.bias": get["embeddings.LayerNorm.bias"],
    }
    layers = 1 + max(int(name.split(".")[2]) for name in get if name.startswith("encoder.layer."))
    for n in range(layers):
        theirs, block = f"encoder.layer.{n}", f"blocks.{n}"
        for part in ("weight", "bias"):
            qkv = [get[f"{theirs}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            ours[f"{block}.qkv.{part}"] = torch.cat(qkv)
            ours[f"{block}.out.{part}"] = get[f"{theirs}.attention.output.dense.{part}"]
            ours[f"{block}.norm1.{part}"] = get[f"{theirs}.attention.output.LayerNorm.{part}"]
            ours[f"{block}.up.{part}"] = get[f"{theirs}.intermediate.dense.{part}"]
            ours[f"{block}.down.{part}"] = get[f"{theirs}.output.dense.{part}"]
            ours[f"{block}.norm2.{part}"] = get[f"{theirs}.output.LayerNorm.{part}"]
    return ours
