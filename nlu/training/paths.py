"""Trains the reader of questions as paths (nlu.paths) on questions with their topics and paths.

Takes examples over the relations of one or several graphs; knows no graph. Where it isn't known which of several topics and paths is
meant, all are given and the likeliest is learned (marginal likelihood). Letters as in nlu.paths; W ways, L steps.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from nlu.paths import (
    Encoded,
    Inventory,
    Masked,
    PathNetwork,
    PathShape,
    Stretch,
    TrainedPaths,
    collate,
    masked,
    shipped_words,
)
from nlu.training.memory import keep_freed_memory
from nlu.training.pace import Averaged
from nlu.wordpiece import Vocabulary

log = logging.getLogger(__name__)
FEWEST, MOST, TIMES = 30_000, 90_000, 20  # examples seen in all: so many times each, within these bounds
BATCH, NEGATIVES = 64, 2
WINDOW = 50  # steps that the cost is watched over
KNOWN, LAST = 0.02, 0.4  # at this mean cost there is little left to learn: so large a share of the steps more
RATE, FORGET = 2e-3, 0.3
WHOLE = 512  # so many relations are all compared; of more, only those of the batch


@dataclass(frozen=True, slots=True)
class Way:
    """A path from a stretch that leads to the answers; `around` are the relations that were there at each step."""

    stretch: int
    path: tuple[int, ...]
    around: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PathExample:
    """A question: its words, its possible topics, and groups of ways of which one each is meant."""

    words: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    groups: tuple[tuple[Way, ...], ...]
    form: int = 0  # in nlu.paths.FORMS


@dataclass(frozen=True, slots=True)
class PathSet:
    """Examples over the relations of one graph; `labels` are the words of its properties' names."""

    labels: tuple[tuple[str, ...], ...]
    examples: tuple[PathExample, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A set as numbers."""

    inventory: Inventory
    questions: tuple[tuple[Masked, ...], ...]
    groups: tuple[tuple[tuple[Way, ...], ...], ...]
    forms: tuple[int, ...]


def fit_paths(
    sets: Sequence[PathSet], vocabulary: Vocabulary, *, minutes: float = 15.0, most: int = MOST, seed: int = 0
) -> TrainedPaths:
    """Return a network trained on sets of examples; `most` is how many it sees in all."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    known = sorted({" ".join(label) for one in sets for label in one.labels})
    trained = TrainedPaths(PathNetwork(shipped_words(), known, PathShape()), vocabulary, {})
    prepared = [_prepare(one, trained, draw) for one in sets]
    keep_freed_memory()
    torch.set_flush_denormal(True)
    network = trained.network.train()
    optimiser = torch.optim.AdamW((p for p in network.parameters() if p.requires_grad), lr=RATE, weight_decay=0.01)
    averaged = Averaged(network, 0.99)
    count = sum(len(one.questions) for one in prepared)
    total = math.ceil(min(max(TIMES * count, FEWEST), most) / BATCH)
    began, cost = time.monotonic(), 0.0
    for n, (one, rows) in enumerate(_batches(prepared, total, draw)):
        progress = max(n / total, (time.monotonic() - began) / 60 / minutes)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, progress / 0.05, (1 - progress) / 0.6)
        loss = _loss(network, vocabulary, one, rows, draw)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        averaged.update()
        cost += loss.item()
        if (n + 1) % WINDOW == 0:
            log.info("step %d of %d: loss %.4f, %.0f s", n + 1, total, cost / WINDOW, time.monotonic() - began)
            total = min(total, n + math.ceil(LAST * n)) if cost / WINDOW < KNOWN else total
            cost = 0.0
    averaged.settle()
    network.eval()
    return trained


def _prepare(one: PathSet, trained: TrainedPaths, draw: random.Random) -> _Prepared:
    examples = one.examples if len(one.examples) <= MOST else draw.sample(one.examples, MOST)
    questions = tuple(tuple(masked(e.words, s, trained.vocabulary) for s in e.stretches) for e in examples)
    return _Prepared(
        Inventory(one.labels, trained), questions, tuple(e.groups for e in examples), tuple(e.form for e in examples)
    )


def _batches(
    prepared: Sequence[_Prepared], total: int, draw: random.Random
) -> Iterator[tuple[_Prepared, Sequence[int]]]:
    """Yield batches of one set each, of questions of like length, in random order."""
    given = 0
    while given < total:
        batches: list[tuple[_Prepared, Sequence[int]]] = []
        for one in prepared:
            order = sorted(
                range(len(one.questions)), key=lambda n, one=one: len(one.questions[n][0].ids) + draw.random() * 3
            )
            batches += [(one, order[n : n + BATCH]) for n in range(0, len(order), BATCH)]
        draw.shuffle(batches)
        yield from batches
        given += len(batches)


def _loss(
    network: PathNetwork, vocabulary: Vocabulary, one: _Prepared, rows: Sequence[int], draw: random.Random
) -> Tensor:
    """Return the mean cost of a batch: of the ways with their topics, of what is wanted, and of the other stretches."""
    questions: list[Masked] = []
    wrong: list[int] = []
    ways: list[Way] = []
    places: list[int] = []
    owners: list[int] = []
    forms: list[int] = []
    groups = 0
    for row in rows:
        right = {way.stretch for group in one.groups[row] for way in group}
        others = [n for n in range(len(one.questions[row])) if n not in right]
        others = others if len(others) <= NEGATIVES else draw.sample(others, NEGATIVES)
        at = {stretch: len(questions) + n for n, stretch in enumerate([*right, *others])}
        questions += [one.questions[row][stretch] for stretch in at]
        wrong += [at[stretch] for stretch in others]
        for group in one.groups[row]:
            ways += group
            places += [at[way.stretch] for way in group]
            owners += [groups] * len(group)
            forms += [one.forms[row]] * len(group)
            groups += 1
    encoded = network.encode(collate(questions, vocabulary))
    likely = F.logsigmoid(encoded.topics)
    found = _walk(network, one.inventory, questions, places, ways, encoded) + likely[places]  # [W]
    owner = torch.tensor(owners)
    best = torch.full((groups,), -1e9).scatter_reduce(0, owner, found.detach(), "amax")
    together = torch.zeros(groups).scatter_add(0, owner, (found - best[owner]).exp()).log() + best
    form = F.cross_entropy(encoded.forms[places], torch.tensor(forms), reduction="sum")
    cost = form - together.sum() - F.logsigmoid(-encoded.topics[wrong]).sum()
    return cost / len(rows)


def _walk(network: PathNetwork, inventory: Inventory, questions: Sequence[Masked], places: Sequence[int],
          ways: Sequence[Way], encoded: Encoded) -> Tensor:  # fmt: skip
    """Return the log-likelihood of each way's path, stop included [W]."""
    stop = inventory.size - 1
    wanted = [[*way.path, stop] for way in ways]
    columns = torch.arange(inventory.size)
    if inventory.size > WHOLE:
        used = {r for row in wanted for r in row} | {r for way in ways for step in way.around for r in step}
        columns = torch.tensor(sorted(used))
    vectors = network.vectors(inventory, columns, forget=FORGET)
    overlap = inventory.overlap([questions[p] for p in places])[:, :, columns]  # [W, 3, R]
    back = {int(r): n for n, r in enumerate(columns)}
    picked = encoded.pick(torch.tensor(places))
    state = picked.state
    total = state.new_zeros(len(ways))
    for step in range(max(map(len, wanted))):
        there = torch.tensor([step < len(row) for row in wanted])
        target = torch.tensor([back[row[step]] if step < len(row) else 0 for row in wanted])
        scores, context = network.scores(picked, state, vectors, overlap)
        total = total - F.cross_entropy(scores, target, reduction="none") * there
        state = network.advance(state, context, vectors[target])
    return total
