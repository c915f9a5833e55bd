"""Train a text classifier on anybody's rows {"text", "intent"} or {"text", "label"}, with the labels that they use.

Takes files, gives a folder with weights and card. Texts of the same label are drawn together; texts of none ("oos") are pushed to
be equally far from all. Source: Khosla et al. 2020 (supervised contrast); Hendrycks et al. 2019 (outlier exposure).
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.corpora import CorpusError, read_rows
from nlu.folder import pack, unpack
from nlu.intent import INTENT, OUT_OF_SCOPE, Calibration, TextNetwork, TrainedTexts, save_texts
from nlu.training.pace import Best, Pace, fine_tune
from nlu.training.pairs import contrast
from nlu.training.start import starting_trunk
from nlu.wordpiece import Vocabulary

PACE = Pace(epochs=6, trunk_rate=1.5e-4, head_rate=1e-3, steps=300)
BATCH, TOGETHER, OUTSIDE = 64, 4, 3  # texts of a step, how many of a label come together, how many of none join them
SMOOTHING, CONTRAST, EXPOSURE = 0.1, 0.5, 0.1  # of the labels; weights of the contrast and of the texts without label
HELD_OUT = 10  # one text in so many, of each label, is kept for calibration
FALSE_OOS = 0.01  # share of them that may lie out of reach; on texts of other people it is about twice as much
SHRINKAGE = 0.3  # of the covariance towards a multiple of the identity
UNLABELLED = -1


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its label's index, UNLABELLED where it has none."""

    text: str
    label: int


@dataclass(frozen=True, slots=True)
class Split:
    """What a training learns from, and what it keeps for calibration."""

    labels: tuple[str, ...]
    inside: list[Labelled]
    outside: list[Labelled]
    held_out: list[Labelled]


def train_texts(
    files: Sequence[Path], out: Path, key: str, *, stem: str = INTENT, dev: Path | None = None, start: Path | None = None,
    pace: Pace = PACE,
) -> float | None:  # fmt: skip
    """Train and write a classifier; return its accuracy in scope on the dev file, by which the best epoch is chosen.

    `key` is the rows' key of the label. Reach and temperature are fitted on texts kept out of the files, never on the dev file.
    """
    torch.manual_seed(pace.seed)
    chance, began = random.Random(pace.seed), time.monotonic()
    split = split_rows([row for path in files for row in labelled_rows(path, key)], chance)
    trunk, vocabulary = starting_trunk(start)
    texts = TrainedTexts(TextNetwork(trunk.shape, split.labels), vocabulary)
    network = texts.network
    network.trunk.load_state_dict(trunk.state_dict())
    few = chance.sample(split.inside, min(len(split.inside), 10 * len(split.labels)))
    with torch.no_grad():
        network.classes.copy_(_centres(_vectors(texts, few), few, network))
    best = Best(network, partial(_accuracy, texts, labelled_rows(dev, key))) if dev else None
    fine_tune(
        network,
        network.trunk,
        lambda _: _steps(split, chance),
        lambda step: loss(network, step, vocabulary),
        pace,
        after_epoch=best.look if best else None,
    )
    if best:
        best.settle()
    accuracy = best.score if best else None
    card: dict[str, object] = {
        "name": f"tripletalk-{stem}",
        "task": f"the {stem} of a text",
        "data": [path.parent.name for path in files],
        "texts": len(split.inside) + len(split.outside),
        "recipe": pace.recipe(),
        "dev_accuracy": accuracy,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    save_texts(out, stem, calibrated(texts, split), card)
    return accuracy


def loss(network: TextNetwork, step: Sequence[Labelled], vocabulary: Vocabulary) -> Tensor:
    """Return the cost of a step: classification, contrast between its texts, and certainty about those without label."""
    device = network.classes.device
    ordered = sorted(step, key=lambda one: len(one.text))
    halves = [half for half in (ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]) if half]
    batches = [sub_words([one.text for one in half], vocabulary) for half in halves]
    vectors = torch.cat([network(ids.to(device), mask.to(device)) for ids, mask in batches])  # [B, D]
    labels = torch.tensor([one.label for one in ordered], device=device)
    inside = labels != UNLABELLED
    scores = network.score(vectors)  # [B, L]
    cost = F.cross_entropy(scores[inside], labels[inside], label_smoothing=SMOOTHING)
    cost = cost + CONTRAST * contrast(vectors[inside], labels[inside])
    if inside.all():
        return cost
    return cost - EXPOSURE * F.log_softmax(scores[~inside], -1).mean()


def split_rows(rows: Sequence[tuple[str, str]], chance: random.Random) -> Split:
    """Return (text, label) rows as what to learn from and what to calibrate on. Raises CorpusError without two labels."""
    labels = tuple(sorted({label for _, label in rows} - {OUT_OF_SCOPE}))
    if len(labels) < 2:
        raise CorpusError(f"there is nothing to tell apart: expected two labels at least, found {list(labels)}")
    index = {label: n for n, label in enumerate(labels)}
    by_label: dict[int, list[Labelled]] = defaultdict(list)
    for text, label in chance.sample(rows, len(rows)):
        n = index.get(label, UNLABELLED)
        by_label[n].append(Labelled(text, n))
    held_out = [one for some in by_label.values() for one in some[: len(some) // HELD_OUT]]
    kept = {n: some[len(some) // HELD_OUT :] for n, some in by_label.items()}
    outside = kept.pop(UNLABELLED, [])
    return Split(labels, [one for some in kept.values() for one in some], outside, held_out)


@torch.no_grad()
def calibrated(texts: TrainedTexts, split: Split) -> TrainedTexts:
    """Return the classifier as it will be loaded, with centres, covariance, reach and temperature fitted to that."""
    network = texts.network.cpu()
    network.load_state_dict(unpack(pack(network.state_dict())))
    vectors = _vectors(texts, split.inside)
    network.centres.copy_(_centres(vectors, split.inside, network))
    labels = torch.tensor([one.label for one in split.inside])
    apart = vectors - network.centres[labels]  # [N, D]
    covariance = apart.T @ apart / len(apart)
    spread = SHRINKAGE * covariance.diagonal().mean().clamp_min(1e-6)
    inverse = torch.linalg.inv(covariance + spread * torch.eye(len(covariance)))
    network.whitening.copy_(torch.linalg.cholesky(inverse))
    network.load_state_dict(unpack(pack(network.state_dict())))
    kept_out = any(one.label != UNLABELLED for one in split.held_out)
    kept = split.held_out if kept_out else [*split.inside, *split.outside]
    vectors, labels = _vectors(texts, kept), torch.tensor([one.label for one in kept])
    fitted = _fit(network, vectors, labels, rejects=bool(split.outside), kept_out=kept_out)
    return TrainedTexts(network, texts.vocabulary, fitted)


def _fit(network: TextNetwork, vectors: Tensor, labels: Tensor, *, rejects: bool, kept_out: bool) -> Calibration:
    """Return the temperature and slope that make the labels most probable, and the reach that most texts lie within."""
    inside = labels != UNLABELLED
    scores = network.score(vectors[inside])
    temperatures = [2 ** (n / 8) for n in range(-32, 17)]
    costs = [F.cross_entropy(scores / t, labels[inside]).item() for t in temperatures]
    temperature = temperatures[costs.index(min(costs))]
    if not rejects:
        return Calibration(temperature)
    distances = network.distance(vectors)
    reach = distances[inside].quantile(1 - FALSE_OOS, interpolation="higher").item()
    if not kept_out:  # texts that were learned lie nearer than new ones will
        reach = max(reach, (reach + distances[~inside].median().item()) / 2)
    outside = (~inside).float()
    slopes = [2 ** (n / 4) for n in range(-20, 13)]
    costs = [F.binary_cross_entropy_with_logits(s * (distances - reach), outside).item() for s in slopes]
    return Calibration(temperature, reach, slopes[costs.index(min(costs))])


def labelled_rows(path: Path, key: str) -> list[tuple[str, str]]:
    """Return the (text, label) rows of a file."""
    rows = list(read_rows(path))
    for n, row in enumerate(rows, 1):
        if not {"text", key} <= row.keys():
            raise CorpusError(f"{path}, row {n}: expected 'text' and {key!r}, found {sorted(row)}")
    return [(str(row["text"]), str(row[key])) for row in rows]


def _steps(split: Split, chance: random.Random) -> list[list[Labelled]]:
    """Return an epoch's steps; a few texts of a label always come together, so that there is something to contrast."""
    by_label: dict[int, list[Labelled]] = defaultdict(list)
    for one in chance.sample(split.inside, len(split.inside)):
        by_label[one.label].append(one)
    groups = [few[n : n + TOGETHER] for few in by_label.values() for n in range(0, len(few), TOGETHER)]
    chance.shuffle(groups)
    mixed = [one for group in groups for one in group]
    extra = min(OUTSIDE, len(split.outside))
    return [mixed[n : n + BATCH] + chance.sample(split.outside, extra) for n in range(0, len(mixed), BATCH)]


def _accuracy(texts: TrainedTexts, rows: Sequence[tuple[str, str]]) -> float:
    """Return the share of the rows with a label whose label is found."""
    inside = [row for row in rows if row[1] != OUT_OF_SCOPE]
    found = texts.read([text for text, _ in inside])
    return sum(f.label == label for f, (_, label) in zip(found, inside, strict=True)) / max(len(inside), 1)


def _vectors(texts: TrainedTexts, some: Sequence[Labelled]) -> Tensor:
    texts.network.eval()
    return texts.vectors([one.text for one in some])


def _centres(vectors: Tensor, some: Sequence[Labelled], network: TextNetwork) -> Tensor:
    """Return the mean vector of each label [L, D]."""
    labels = torch.tensor([one.label for one in some], device=vectors.device)
    sums = torch.zeros_like(network.classes).index_add_(0, labels, vectors)
    return sums / torch.bincount(labels, minlength=len(sums)).clamp_min(1).unsqueeze(1)
