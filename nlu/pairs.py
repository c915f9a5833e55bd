"""A relation classifier with a label set of its own: a sentence with a marked head and tail in, one relation out.

Takes tokens and two token ranges, gives a relation or the pair's vector: pairs of the same relation stand near each other, and near
the relation's name. It is trained on anybody's rows (nlu.training.pairs) and knows neither the graph nor the shipped model.
Letters: P pairs, T sub-words, L relations, H hidden, D vector. Source: Baldini Soares et al. 2019 (markers as the pair's vector);
Zhou & Chen 2022 (markers that tell the types).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.folder import TRAIN_AGAIN, Card, read_folder, write_folder
from nlu.trunk import LockedDropout, Trunk, TrunkShape, mean_states
from nlu.wordpiece import Vocabulary

STEM = "pairs"
ROOM = 120  # sub-words of a sentence without markers; what stands farthest from head and tail is cut
SCALE = 16.0  # of cosines, so that a softmax over them can be sure of itself
PLAIN, HEAD, HEAD_END, TAIL, TAIL_END, IN_HEAD, IN_TAIL, MARKS = range(8)


@dataclass(frozen=True, slots=True)
class PairRow:
    """A sentence with two marked mentions, each half-open in tokens."""

    tokens: tuple[str, ...]
    head: tuple[int, int]
    tail: tuple[int, int]
    head_type: str = ""
    tail_type: str = ""


@dataclass(frozen=True, slots=True)
class PairBatch:
    """P sentences with their markers, as numbers."""

    ids: Tensor  # [P, T]
    mask: Tensor  # [P, T]
    marks: Tensor  # [P, T] PLAIN, HEAD, …
    types: Tensor  # [P, T] 1 + index of the mention's type at its opening marker, else 0
    head: Tensor  # [P] where the head's marker stands
    tail: Tensor  # [P]
    between: Tensor  # [P, T] True at the sub-words between the mentions

    def to(self, device: torch.device | str) -> PairBatch:
        return PairBatch(*(getattr(self, f.name).to(device) for f in fields(self)))


class PairNetwork(nn.Module):
    """Trunk, markers, and one vector a pair; a relation's score is the cosine to its own vector."""

    def __init__(
        self, shape: TrunkShape, relations: Sequence[str], types: Sequence[str], *, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.relations, self.types = tuple(relations), tuple(types)
        self.trunk = Trunk(shape)
        self.marks = nn.Embedding(MARKS, shape.hidden)
        nn.init.normal_(self.marks.weight, std=0.05)
        self.kinds = nn.Embedding(1 + len(types), shape.hidden)
        nn.init.zeros_(self.kinds.weight)
        self.dropout = LockedDropout(dropout)
        same = torch.eye(shape.hidden)
        self.join = nn.Linear(3 * shape.hidden, shape.hidden)  # starts near the sum of the three
        self.join.weight.data += torch.cat([same, same, same], 1)
        self.name = nn.Linear(shape.hidden, shape.hidden)
        self.name.weight.data = same.clone()
        self.classes = nn.Parameter(torch.randn(len(relations), shape.hidden))

    def forward(self, batch: PairBatch) -> Tensor:
        """-> unit vectors of pairs [P, D]."""
        kinds = self.kinds(batch.types) * (batch.types > 0).unsqueeze(-1)
        marks = self.marks(batch.marks) * (batch.marks > 0).unsqueeze(-1)
        states = self._states(batch.ids, batch.mask, marks + kinds)  # [P, T, H]
        every = torch.arange(len(states), device=states.device)
        middle = mean_states(states, batch.between)  # [P, H]
        seen = torch.stack([states[every, batch.head], states[every, batch.tail], middle], 1)  # [P, 3, H]
        return F.normalize(self.join(self.dropout(seen).flatten(1)), dim=-1)

    def score(self, vectors: Tensor) -> Tensor:
        """vectors [P, D] -> scores of the relations [P, L]."""
        return SCALE * vectors @ F.normalize(self.classes, dim=-1).T

    def describe(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return unit vectors of relations' names [L, D] in the space of the pairs. ids, mask [L, T]."""
        return F.normalize(self.name(mean_states(self._states(ids, mask, None), mask)), dim=-1)

    def _states(self, ids: Tensor, mask: Tensor, added: Tensor | None) -> Tensor:
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=self.training or ids.is_cuda):
            return self.trunk(ids, mask, added).float()


@dataclass(frozen=True, slots=True)
class TrainedPairs:
    """A relation classifier with its vocabulary, ready to read."""

    network: PairNetwork
    vocabulary: Vocabulary

    def read(self, rows: Sequence[PairRow]) -> list[str]:
        """Return the most probable relation of each pair."""
        best = self.network.score(self.vectors(rows)).argmax(-1).tolist() if rows else []
        return [self.network.relations[n] for n in best]

    @torch.no_grad()
    def vectors(self, rows: Sequence[PairRow], *, batch: int = 64) -> Tensor:
        """Return unit vectors of pairs [N, D], near each other where the relation is the same."""
        device = self.network.classes.device
        order = sorted(range(len(rows)), key=lambda n: len(rows[n].tokens))
        found = torch.zeros(len(rows), self.network.classes.shape[1], device=device)
        for start in range(0, len(rows), batch):
            some = order[start : start + batch]
            found[some] = self.network(
                pair_batch([rows[n] for n in some], self.network.types, self.vocabulary).to(device)
            )
        return found

    @torch.no_grad()
    def describe(self, names: Sequence[str]) -> Tensor:
        """Return unit vectors of relations' names [L, D], for relations that no example shows."""
        ids, mask = sub_words(names, self.vocabulary)
        device = self.network.classes.device
        return self.network.describe(ids.to(device), mask.to(device))


def pair_row(row: Mapping[str, Any]) -> PairRow:
    """Return a file's row {"tokens", "head": {"start", "end", "type"?}, "tail": …}. Raises ValueError for a wrong one."""
    tokens = tuple(map(str, row["tokens"]))
    (head, head_type), (tail, tail_type) = (_mention(row[end], len(tokens)) for end in ("head", "tail"))
    return PairRow(tokens, head, tail, head_type, tail_type)


def pair_batch(rows: Sequence[PairRow], types: Sequence[str], vocabulary: Vocabulary) -> PairBatch:
    """Return rows as numbers, padded."""
    marked = [_mark(row, types, vocabulary) for row in rows]
    width = max(len(ids) for ids, _, _ in marked)
    ids = torch.full((len(rows), width), vocabulary.pad)
    marks, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    for n, (pieces, places, named) in enumerate(marked):
        ids[n, : len(pieces)] = torch.tensor(pieces)
        marks[n, : len(pieces)] = torch.tensor(places)
        kinds[n, : len(pieces)] = torch.tensor(named)
    mask = torch.arange(width) < torch.tensor([len(pieces) for pieces, _, _ in marked])[:, None]
    head, tail, head_end, tail_end = ((marks == mark).int().argmax(1) for mark in (HEAD, TAIL, HEAD_END, TAIL_END))
    left, right = torch.minimum(head_end, tail_end), torch.maximum(head, tail)
    at = torch.arange(width)
    return PairBatch(ids, mask, marks, kinds, head, tail, (at > left[:, None]) & (at < right[:, None]))


def _mark(row: PairRow, types: Sequence[str], vocabulary: Vocabulary) -> tuple[list[int], list[int], list[int]]:
    """Return sub-word ids with markers put in, what each is, and the types at the opening markers."""
    ids, marks, kinds = [vocabulary.cls], [PLAIN], [0]

    def put(piece: int, mark: int, kind: int = 0) -> None:
        ids.append(piece)
        marks.append(mark)
        kinds.append(kind)

    kind = [1 + types.index(name) if name in types else 0 for name in (row.head_type, row.tail_type)]
    for n in _kept(row, vocabulary):
        for (start, _), mark, of in ((row.head, HEAD, kind[0]), (row.tail, TAIL, kind[1])):
            if n == start:
                put(vocabulary.mask, mark, of)
        inside = IN_HEAD if row.head[0] <= n < row.head[1] else IN_TAIL if row.tail[0] <= n < row.tail[1] else PLAIN
        for piece in vocabulary.pieces(row.tokens[n]):
            put(piece, inside)
        for (_, end), mark in ((row.head, HEAD_END), (row.tail, TAIL_END)):
            if n == end - 1:
                put(vocabulary.mask, mark)
    put(vocabulary.sep, PLAIN)
    return ids, marks, kinds


def _kept(row: PairRow, vocabulary: Vocabulary) -> list[int]:
    """Return the tokens to read: both mentions' ends, and as many of the others, nearest first, as there is room for."""
    edges = (row.head[0], row.head[1] - 1, row.tail[0], row.tail[1] - 1)
    kept: list[int] = []
    room = ROOM
    for n in sorted(range(len(row.tokens)), key=lambda n: min(abs(n - edge) for edge in edges)):
        room -= len(vocabulary.pieces(row.tokens[n]))
        if room < 0 and n not in edges:
            break
        kept.append(n)
    return sorted(kept)


def _mention(mention: Any, length: int) -> tuple[tuple[int, int], str]:
    start, end = (int(mention[key]) for key in ("start", "end"))
    if not 0 <= start < end <= length:
        raise ValueError(f"a mention [{start}, {end}) does not stand within {length} tokens")
    return (start, end), str(mention.get("type", ""))


def save_pairs(folder: Path, pairs: TrainedPairs, card: Card) -> None:
    """Write weights, vocabulary and card; the card says how to build the network again."""
    network = pairs.network
    shape = {"trunk": asdict(network.trunk.shape), "relations": list(network.relations), "types": list(network.types)}
    write_folder(folder, STEM, network.state_dict(), pairs.vocabulary, {**card, "shape": shape})


def load_pairs(folder: Path, *, device: str = "cpu") -> TrainedPairs:
    """Return the relation classifier of a folder. Raises WeightsError when a file is missing or broken."""
    stored = read_folder(folder, STEM, remedy=TRAIN_AGAIN)
    network = PairNetwork(TrunkShape(**stored.shape["trunk"]), stored.shape["relations"], stored.shape["types"])
    network.load_state_dict(stored.tensors)
    return TrainedPairs(network.eval().to(device), stored.vocabulary)
