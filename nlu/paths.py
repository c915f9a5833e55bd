"""Reads a question as a path of relations from a topic: which of its names is asked about, and which relation comes next.

Takes a question's words, the stretches of it that may be the topic (with numbers that speak for each) and the labels of a graph's
relations; gives log-odds and log-probabilities. It knows relations by the words of their labels, and those it was trained on also by
heart; it never sees a graph. The topic itself is masked, so that what is learned of one name holds of all.
Letters: B stretches, T sub-words, D vector, H hidden, S decoder state, P properties, R = 2 P + 1 relations: forward, backward, stop.
Source: Cho et al. 2014 (GRU); Bahdanau et al. 2015 (attention).
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.folder import SCALE, TRAIN_AGAIN, WeightsError, read_folder, write_folder
from nlu.trunk import LockedDropout
from nlu.wordpiece import Vocabulary

STEM = "paths"
SHIPPED = Path(__file__).parent / "weights"
_WORDS = "trunk.words.weight"
PLAIN, TOPIC, BEFORE = 0, 1, 2  # what a sub-word is: itself, the masked topic, a topic of a turn before
OVERLAPS = 3
FORMS = ("list", "count", "truth", "most", "least")  # what is wanted of the nodes at a path's end


class Stretch(Protocol):
    """A stretch of words that may be the topic; one of a turn before has `back` above 0 and no place in the question."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def back(self) -> int: ...
    @property
    def features(self) -> tuple[float, ...]: ...


@dataclass(frozen=True, slots=True)
class PathShape:
    """Sizes of the network."""

    word: int = 384
    vector: int = 128
    hidden: int = 96
    state: int = 160
    features: int = 15


@dataclass(frozen=True, slots=True)
class Masked:
    """A question with one stretch masked: sub-words, what each is, and where the mask stands."""

    ids: tuple[int, ...]
    kinds: tuple[int, ...]
    place: int
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """A batch of masked questions."""

    ids: Tensor  # [B, T]
    kinds: Tensor  # [B, T]
    mask: Tensor  # [B, T]
    places: Tensor  # [B]
    features: Tensor  # [B, F]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the decoder reads of masked questions, and its first state."""

    states: Tensor  # [B, T, 2H]
    mask: Tensor  # [B, T]
    state: Tensor  # [B, S]
    topics: Tensor  # [B] log-odds
    forms: Tensor  # [B, len(FORMS)] scores

    def pick(self, rows: Tensor) -> Encoded:
        return Encoded(self.states[rows], self.mask[rows], self.state[rows], self.topics[rows], self.forms[rows])


class PathNetwork(nn.Module):
    """BiGRU over frozen sub-word vectors, a topic head, and a GRU decoder with attention that scores relations."""

    def __init__(self, words: Tensor, known: Sequence[str], shape: PathShape, *, dropout: float = 0.2) -> None:
        super().__init__()
        self.shape, self.known = shape, {name: n for n, name in enumerate(known)}
        self.words: Tensor
        self.register_buffer("words", words, persistent=False)
        self.project = nn.Linear(shape.word, shape.vector, bias=False)
        self.kinds = nn.Embedding(3, shape.vector)
        self.dropout = LockedDropout(dropout)
        self.encoder = nn.GRU(shape.vector, shape.hidden, batch_first=True, bidirectional=True)
        wide = 2 * shape.hidden
        self.head = nn.Sequential(nn.Linear(2 * wide + shape.features, 64), nn.Tanh(), nn.Linear(64, 1))
        self.form = nn.Linear(2 * wide, len(FORMS))
        self.begin = nn.Linear(2 * wide, shape.state)
        self.look = nn.Linear(shape.state, wide)
        self.cell = nn.GRUCell(shape.vector + wide, shape.state)
        self.say = nn.Sequential(nn.Linear(shape.state + wide, shape.vector), nn.Tanh(), LockedFlat(dropout),
                                 nn.Linear(shape.vector, shape.vector))  # fmt: skip
        self.trust = nn.Linear(shape.state + wide, OVERLAPS)
        self.labels = nn.Linear(shape.word, shape.vector)
        self.ways = nn.Embedding(2, shape.vector)
        self.turn = nn.Linear(shape.vector, shape.vector)
        self.heart = nn.Embedding(2 * max(len(known), 1), shape.vector)
        self.stop = nn.Parameter(torch.zeros(shape.vector))
        nn.init.zeros_(self.heart.weight)
        nn.init.normal_(self.stop, std=0.1)

    def encode(self, batch: Questions) -> Encoded:
        """Return the states of masked questions and how much each mask looks like the topic."""
        seen = self.project(self.words[batch.ids]) * (batch.kinds == PLAIN).unsqueeze(-1)  # [B, T, D]
        seen = self.dropout(seen + self.kinds(batch.kinds))
        lengths = batch.mask.sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(seen, lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.encoder(packed)[0], batch_first=True)  # [B, T, 2H]
        states = self.dropout(states)
        here = states[torch.arange(len(states)), batch.places]  # [B, 2H]
        whole = states.masked_fill(~batch.mask.unsqueeze(-1), -1e4).amax(1)  # [B, 2H]
        both = torch.cat([here, whole], -1)  # [B, 4H]
        topics = self.head(torch.cat([both, batch.features], -1)).squeeze(-1)  # [B]
        return Encoded(states, batch.mask, torch.tanh(self.begin(both)), topics, self.form(both))

    def vectors(self, inventory: Inventory, columns: Tensor | None = None, *, forget: float = 0.0) -> Tensor:
        """Return the vectors of relations, of all or of these columns with stop last, [R, D].

        A share `forget` of them comes without what is known by heart.
        """
        columns = torch.arange(inventory.size) if columns is None else columns
        count = len(inventory.means)
        relations = columns[:-1]
        backward = (relations >= count).long()
        label = self.labels(inventory.means[relations % count])  # [R - 1, D]
        turned = torch.where(backward.bool().unsqueeze(-1), label + self.turn(torch.tanh(label)), label)
        known = inventory.hearts[relations]
        heart = self.heart(known.clamp_min(0)) * (known >= 0).unsqueeze(-1)
        if forget:
            heart = heart * (torch.rand(len(heart), 1) >= forget)
        return torch.cat([turned + self.ways(backward) + heart, self.stop.unsqueeze(0)])

    def scores(self, encoded: Encoded, state: Tensor, vectors: Tensor, overlap: Tensor) -> tuple[Tensor, Tensor]:
        """Return the scores of relations and the context read: state [B, S], vectors [R, D], overlap [B, 3, R] -> [B, R], [B, 2H]."""
        weights = torch.einsum("bth,bh->bt", encoded.states, self.look(state)) / math.sqrt(self.shape.hidden)
        weights = weights.masked_fill(~encoded.mask, -1e4).softmax(-1)  # [B, T]
        context = torch.einsum("bt,bth->bh", weights, encoded.states)  # [B, 2H]
        both = torch.cat([state, context], -1)
        scores = self.say(both) @ vectors.T / math.sqrt(self.shape.vector) * 4  # [B, R]
        scores = scores + torch.einsum("bk,bkr->br", F.softplus(self.trust(both)), overlap)
        return scores, context

    def advance(self, state: Tensor, context: Tensor, chosen: Tensor) -> Tensor:
        """Return the state after a relation's vector was chosen: [B, S], [B, 2H], [B, D] -> [B, S]."""
        return self.cell(torch.cat([chosen, context], -1), state)


class LockedFlat(nn.Module):
    """Dropout of single numbers of vectors, [B, D] -> [B, D]."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, states: Tensor) -> Tensor:
        return F.dropout(states, self.share, self.training)


class Inventory:
    """The relations of a graph as the network sees them: their labels' sub-words, and which it knows by heart."""

    def __init__(self, labels: Sequence[Sequence[str]], trained: TrainedPaths) -> None:
        vocabulary, known = trained.vocabulary, trained.network.known
        pieces = [[piece for word in label for piece in vocabulary.pieces(word)] for label in labels]
        self.columns = {piece: n for n, piece in enumerate(dict.fromkeys(p for row in pieces for p in row))}
        pairs = [list(pairwise(row)) for row in pieces]
        self.pairs = {pair: n for n, pair in enumerate(dict.fromkeys(p for row in pairs for p in row))}
        often = Counter(piece for row in pieces for piece in set(row))
        weights = [[1 / math.log2(1 + often[piece]) for piece in row] for row in pieces]
        bags = _sparse([[(p, 1 / len(row)) for p in row] for row in pieces], len(vocabulary))
        self.means = torch.sparse.mm(bags, trained.network.words)  # [P, 384]
        share = [[(self.columns[p], w / sum(ws)) for p, w in zip(row, ws, strict=True)]
                 for row, ws in zip(pieces, weights, strict=True)]  # fmt: skip
        self.single = _sparse(share, len(self.columns))  # [P, U]
        self.double = _sparse([[(self.pairs[p], 1 / len(row)) for p in row] for row in pairs], max(len(self.pairs), 1))
        names = [" ".join(label) for label in labels]
        self.hearts = torch.tensor([2 * known[n] + way if n in known else -1 for way in (0, 1) for n in names])

    @property
    def size(self) -> int:
        """Return R."""
        return len(self.hearts) + 1

    def overlap(self, questions: Sequence[Masked]) -> Tensor:
        """Return how much of each relation's label stands in each question outside the mask [B, 3, R]."""
        single = torch.zeros(len(questions), len(self.columns))
        double = torch.zeros(len(questions), max(len(self.pairs), 1))
        for row, question in enumerate(questions):
            ids = [i if kind == PLAIN else -1 for i, kind in zip(question.ids, question.kinds, strict=True)]
            single[row, [self.columns[i] for i in ids if i in self.columns]] = 1
            double[row, [self.pairs[p] for p in pairwise(ids) if p in self.pairs]] = 1
        one = torch.sparse.mm(self.single, single.T).T  # [B, P]
        found = torch.stack([one, torch.sparse.mm(self.double, double.T).T, (one > 0.99).float()], 1)  # [B, 3, P]
        return torch.cat([found, found, found.new_zeros(len(questions), OVERLAPS, 1)], -1)


def masked(words: Sequence[str], stretch: Stretch, vocabulary: Vocabulary) -> Masked:
    """Return a question's sub-words with a stretch of its words as one mask; one from a turn before stands in front."""
    ids: list[int] = []
    kinds: list[int] = []
    place = 0
    if stretch.back:
        ids, kinds = [vocabulary.mask], [BEFORE]
    for n, word in enumerate(words):
        if not stretch.back and stretch.start <= n < stretch.end:
            if n == stretch.start:
                place = len(ids)
                ids.append(vocabulary.mask)
                kinds.append(TOPIC)
            continue
        pieces = vocabulary.pieces(word)
        ids.extend(pieces)
        kinds.extend([PLAIN] * len(pieces))
    return Masked(tuple(ids), tuple(kinds), place, stretch.features)


def collate(questions: Sequence[Masked], vocabulary: Vocabulary) -> Questions:
    """Return masked questions as one batch."""
    width = max(len(question.ids) for question in questions)
    ids = torch.full((len(questions), width), vocabulary.pad)
    kinds = torch.zeros(len(questions), width, dtype=torch.long)
    for row, question in enumerate(questions):
        ids[row, : len(question.ids)] = torch.tensor(question.ids)
        kinds[row, : len(question.ids)] = torch.tensor(question.kinds)
    lengths = torch.tensor([len(question.ids) for question in questions])
    mask = torch.arange(width) < lengths[:, None]
    features = torch.tensor([question.features for question in questions])
    return Questions(ids, kinds, mask, torch.tensor([question.place for question in questions]), features)


@dataclass(frozen=True, slots=True)
class TrainedPaths:
    """A network with its vocabulary."""

    network: PathNetwork
    vocabulary: Vocabulary
    card: Mapping[str, object]

    def over(self, labels: Sequence[Sequence[str]]) -> PathReader:
        """Return a reader of questions over a graph whose properties have these labels, in words."""
        return PathReader(self, Inventory(labels, self))


class PathReader:
    """Reads questions over one graph's relations."""

    @torch.inference_mode()
    def __init__(self, trained: TrainedPaths, inventory: Inventory) -> None:
        self.network, self.vocabulary, self.inventory = trained.network.eval(), trained.vocabulary, inventory
        self.vectors = self.network.vectors(inventory)  # [R, D]

    @torch.inference_mode()
    def read(self, words: Sequence[str], stretches: Sequence[Stretch]) -> PathReading:
        """Return what can be asked of a question with these possible topics, of which there is at least one."""
        questions = [masked(words, stretch, self.vocabulary) for stretch in stretches]
        encoded = self.network.encode(collate(questions, self.vocabulary))
        return PathReading(self, encoded, self.inventory.overlap(questions))


class PathReading:
    """A question that was read: the log-odds of its possible topics, and what comes after any beginning of a path."""

    def __init__(self, reader: PathReader, encoded: Encoded, overlap: Tensor) -> None:
        self._reader, self._encoded, self._overlap = reader, encoded, overlap
        self._after: dict[tuple[int, tuple[int, ...]], tuple[Tensor, Tensor]] = {}  # state and context after a prefix
        self.topics: NDArray[np.float32] = encoded.topics.numpy()
        self.forms: NDArray[np.float32] = encoded.forms.log_softmax(-1).numpy()

    @torch.inference_mode()
    def following(self, prefixes: Sequence[tuple[int, tuple[int, ...]]]) -> NDArray[np.float32]:
        """Return log-probabilities [n, R] of the next relation, stop last, after each (stretch, relations so far)."""
        network, vectors = self._reader.network, self._reader.vectors
        rows = torch.tensor([stretch for stretch, _ in prefixes])
        encoded = self._encoded.pick(rows)
        state = encoded.state.clone()
        longer = [row for row, (_, path) in enumerate(prefixes) if path]
        if longer:
            before = [self._after[stretch, path[:-1]] for stretch, path in (prefixes[row] for row in longer)]
            states, contexts = (torch.stack(parts) for parts in zip(*before, strict=True))
            state[longer] = network.advance(states, contexts, vectors[[prefixes[row][1][-1] for row in longer]])
        scores, context = network.scores(encoded, state, vectors, self._overlap[rows])
        for row, prefix in enumerate(prefixes):
            self._after[prefix] = state[row], context[row]
        return scores.log_softmax(-1).numpy()


def _sparse(rows: Sequence[Sequence[tuple[int, float]]], width: int) -> Tensor:
    """Return a sparse matrix [rows, width] of (column, weight) pairs; what meets is added up."""
    places = [(n, column) for n, row in enumerate(rows) for column, _ in row]
    weights = [weight for row in rows for _, weight in row]
    index = torch.tensor(places, dtype=torch.long).reshape(-1, 2).T
    return torch.sparse_coo_tensor(index, torch.tensor(weights), (len(rows), width), check_invariants=True).coalesce()


def save_paths(folder: Path, trained: TrainedPaths) -> None:
    """Write weights, vocabulary and card; the sub-word vectors are the shipped trunk's and are named, not copied."""
    network = trained.network
    shape = {**asdict(network.shape), "known": list(network.known), "words": _sum_of(network.words)}
    write_folder(folder, STEM, network.state_dict(), trained.vocabulary, {**trained.card, "shape": shape})


def load_paths(folder: Path) -> TrainedPaths:
    """Return the network of a folder. Raises WeightsError when it can't be used."""
    stored = read_folder(folder, STEM, remedy=TRAIN_AGAIN)
    words, shape = shipped_words(), dict(stored.shape)
    if shape.pop("words") != _sum_of(words):
        raise WeightsError(f"{folder} was trained beside other shipped weights; train it again")
    network = PathNetwork(words, shape.pop("known"), PathShape(**shape))
    network.load_state_dict(stored.tensors)
    return TrainedPaths(network.eval(), stored.vocabulary, stored.card)


def shipped_words() -> Tensor:
    """Return the shipped trunk's sub-word vectors [V, 384], read without the rest of it."""
    with safe_open(SHIPPED / "understanding.safetensors", "pt") as file:
        scale = file.get_tensor(_WORDS + SCALE).float().unsqueeze(1)
        return file.get_tensor(_WORDS).float() * scale


def _sum_of(words: Tensor) -> str:
    return f"{zlib.crc32(words.half().numpy().tobytes()):08x}"
