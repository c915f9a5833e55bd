"""Train a relation classifier on anybody's rows {"tokens", "head", "tail", "relation", "name"?}, with the relations that they use.

Takes files, gives a folder with weights and card. Pairs of the same relation are drawn together in the space of vectors, and to the
relation's name where the rows give one, so that relations with one example or none can be told apart too. Source: Khosla et al. 2020
(supervised contrast); Snell et al. 2017 (prototypes).
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.corpora import CorpusError, read_rows
from nlu.pairs import SCALE, PairBatch, PairNetwork, PairRow, TrainedPairs, pair_batch, pair_row, save_pairs
from nlu.score_trained import score_pairs
from nlu.training.pace import Best, Pace, fine_tune
from nlu.training.start import starting_trunk
from nlu.wordpiece import Vocabulary

PACE = Pace(epochs=8, trunk_rate=1.5e-4, head_rate=1e-3, layer_decay=0.85, steps=300)
BATCH, TOGETHER = 64, 4  # pairs of a step, and how many of a relation come together
SMOOTHING = 0.1
CONTRAST, TEMPERATURE = 0.5, 0.1  # weight of the contrast between the pairs of a step
NAMES, NAMED = 0.6, 3  # weight of the relations' names, in every third step
UNTYPED = 0.15  # share of the pairs that are trained without types


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair and its relation's index."""

    row: PairRow
    label: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of training reads."""

    batches: tuple[PairBatch, ...]  # the shorter half and the longer one, so that little is padding
    labels: Tensor  # [P]
    named: bool  # whether the names are learned from in this step


def train_pairs(
    files: Sequence[Path], out: Path, *, dev: Path | None = None, start: Path | None = None, pace: Pace = PACE
) -> float | None:
    """Train and write a relation classifier; return its accuracy on the dev file, by which the best epoch is chosen."""
    rows = [row for path in files for row in _checked(path)]
    began = time.monotonic()
    pairs, accuracy = fit_pairs(rows, start=start, pace=pace, dev=dev)
    card: dict[str, object] = {
        "name": "tripletalk-pairs",
        "task": "the relation between two marked mentions",
        "data": [path.parent.name for path in files],
        "pairs": len(rows),
        "recipe": pace.recipe(),
        "dev_accuracy": accuracy,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    save_pairs(out, TrainedPairs(pairs.network.cpu(), pairs.vocabulary), card)
    return accuracy


def fit_pairs(
    rows: Sequence[Mapping[str, Any]], *, start: Path | None = None, pace: Pace = PACE, dev: Path | None = None
) -> tuple[TrainedPairs, float | None]:
    """Return a classifier trained on rows, and its accuracy on the dev file, by which the best epoch is chosen."""
    torch.manual_seed(pace.seed)
    relations = sorted({str(row["relation"]) for row in rows})
    names = {str(row["relation"]): str(row.get("name") or row["relation"]) for row in rows}
    labelled = [Labelled(pair_row(row), relations.index(str(row["relation"]))) for row in rows]
    types = sorted({t for one in labelled for t in (one.row.head_type, one.row.tail_type) if t})
    trunk, vocabulary = starting_trunk(start)
    network = PairNetwork(trunk.shape, relations, types)
    network.trunk.load_state_dict(trunk.state_dict())
    described = sub_words([names[relation] for relation in relations], vocabulary)
    with torch.no_grad():
        network.classes.copy_(network.eval().describe(*described))
    pairs, chance = TrainedPairs(network, vocabulary), random.Random(pace.seed)
    best = Best(network, lambda: score_pairs(pairs, dev).accuracy) if dev else None
    described = (described[0].to(pace.device), described[1].to(pace.device))
    fine_tune(
        network,
        network.trunk,
        lambda _: _steps(labelled, types, vocabulary, chance),
        lambda step: loss(network, step, described),
        pace,
        after_epoch=best.look if best else None,
    )
    if best:
        best.settle()
    return pairs, best.score if best else None


def loss(network: PairNetwork, step: Step, described: tuple[Tensor, Tensor]) -> Tensor:
    """Return the cost of a step: classification, contrast between its pairs, and classification by the names."""
    labels = step.labels.to(network.classes.device)
    vectors = torch.cat([network(batch.to(network.classes.device)) for batch in step.batches])  # [P, D]
    cost = F.cross_entropy(network.score(vectors), labels, label_smoothing=SMOOTHING)
    cost = cost + CONTRAST * contrast(vectors, labels)
    if not step.named:
        return cost
    named = SCALE * vectors @ network.describe(*described).T  # [P, L]
    return cost + NAMES * F.cross_entropy(named, labels, label_smoothing=SMOOTHING)


def contrast(vectors: Tensor, labels: Tensor) -> Tensor:
    """Return how badly each pair finds those of its relation among the others. vectors [P, D], labels [P] -> scalar."""
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    scores = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4)  # [P, P]
    same = (labels[:, None] == labels) & ~itself
    each = -(F.log_softmax(scores, -1) * same).sum(-1) / same.sum(-1).clamp_min(1)  # [P]
    return each[same.any(-1)].sum() / same.any(-1).sum().clamp_min(1)


def _steps(
    labelled: Sequence[Labelled], types: Sequence[str], vocabulary: Vocabulary, chance: random.Random
) -> list[Step]:
    """Return an epoch's steps; a few pairs of a relation always come together, so that there is something to contrast."""
    by_label: dict[int, list[Labelled]] = defaultdict(list)
    for one in chance.sample(labelled, len(labelled)):
        by_label[one.label].append(one)
    groups = [few[n : n + TOGETHER] for few in by_label.values() for n in range(0, len(few), TOGETHER)]
    chance.shuffle(groups)
    mixed = [one for group in groups for one in group]
    return [
        _step(mixed[start : start + BATCH], types, vocabulary, chance, named=start // BATCH % NAMED == 0)
        for start in range(0, len(mixed), BATCH)
    ]


def _step(
    some: Sequence[Labelled], types: Sequence[str], vocabulary: Vocabulary, chance: random.Random, *, named: bool
) -> Step:
    ordered = sorted(some, key=lambda one: len(one.row.tokens))
    rows = [replace(o.row, head_type="", tail_type="") if chance.random() < UNTYPED else o.row for o in ordered]
    halves = [half for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]) if half]
    labels = torch.tensor([one.label for one in ordered])
    return Step(tuple(pair_batch(half, types, vocabulary) for half in halves), labels, named)


def _checked(path: Path) -> list[dict[str, Any]]:
    rows = list(read_rows(path))
    for n, row in enumerate(rows, 1):
        if not {"tokens", "head", "tail", "relation"} <= row.keys():
            raise CorpusError(f"{path}, row {n}: expected 'tokens', 'head', 'tail', 'relation', found {sorted(row)}")
        try:
            pair_row(row)
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path}, row {n}: {error}") from error
    if not rows:
        raise CorpusError(f"{path}: expected rows with 'tokens', 'head', 'tail' and 'relation', found none")
    return rows
