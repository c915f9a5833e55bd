"""A text classifier with a label set of its own: a text in, one label (an intent, a sentiment) and its probability out.

Trained on anybody's rows (nlu.training.intents). Where those hold texts of no label ("oos"), a text far from every label's centre is
said to be such a one. It knows neither the graph nor the shipped model. Letters: B texts, T sub-words, L labels, H hidden, D vector.
Source: Lee et al. 2018 (distance to the nearest centre under a shared covariance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.folder import TRAIN_AGAIN, Card, read_folder, write_folder
from nlu.trunk import LockedDropout, Trunk, TrunkShape, mean_states
from nlu.wordpiece import Vocabulary

OUT_OF_SCOPE = "oos"
INTENT, SENTIMENT = "intent", "sentiment"  # stems of the files of a trained folder
SCALE = 16.0  # of cosines, so that a softmax over them can be sure of itself


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted on rows that training left out."""

    temperature: float = 1.0  # of the labels' scores
    reach: float | None = None  # the distance from a centre where the scope ends; None where it has no end
    slope: float = 1.0  # how fast the probability of being out of scope grows around `reach`


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's label and how probable it is."""

    label: str
    confidence: float


class TextNetwork(nn.Module):
    """Trunk and one unit vector a text; a label's score is the cosine to its own vector."""

    centres: Tensor  # [L, D] the labels' mean vectors
    whitening: Tensor  # [D, D] a root of the inverse covariance around them

    def __init__(self, shape: TrunkShape, labels: Sequence[str], *, dropout: float = 0.2) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.trunk = Trunk(shape)
        self.dropout = LockedDropout(dropout)
        self.join = nn.Linear(shape.hidden, shape.hidden)
        self.join.weight.data += torch.eye(shape.hidden)  # starts near the trunk's own vector
        self.classes = nn.Parameter(torch.randn(len(labels), shape.hidden))
        self.register_buffer("centres", torch.zeros(len(labels), shape.hidden))
        self.register_buffer("whitening", torch.eye(shape.hidden))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B, T] -> unit vectors [B, D]."""
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=self.training or ids.is_cuda):
            states = self.trunk(ids, mask).float()  # [B, T, H]
        mean = mean_states(states, mask).unsqueeze(1)  # [B, 1, H]
        return F.normalize(self.join(self.dropout(mean).squeeze(1)), dim=-1)

    def score(self, vectors: Tensor) -> Tensor:
        """vectors [B, D] -> scores of the labels [B, L]."""
        return SCALE * vectors @ F.normalize(self.classes, dim=-1).T

    def distance(self, vectors: Tensor) -> Tensor:
        """vectors [B, D] -> Mahalanobis distance to the nearest label's centre [B]."""
        return torch.cdist(vectors @ self.whitening, self.centres @ self.whitening).amin(-1)


@dataclass(frozen=True, slots=True)
class TrainedTexts:
    """A text classifier with its vocabulary and calibration, ready to read."""

    network: TextNetwork
    vocabulary: Vocabulary
    calibration: Calibration = Calibration()

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return the most probable label of each text, `OUT_OF_SCOPE` where it lies too far from all of them."""
        if not texts:
            return []
        vectors, fitted = self.vectors(texts), self.calibration
        inside, best = (self.network.score(vectors) / fitted.temperature).softmax(-1).max(-1)
        names = [self.network.labels[n] for n in best.tolist()]
        if fitted.reach is None:
            return [Reading(name, sure) for name, sure in zip(names, inside.tolist(), strict=True)]
        outside = (fitted.slope * (self.network.distance(vectors) - fitted.reach)).sigmoid()  # [B]
        both = zip(names, (inside * (1 - outside)).tolist(), outside.tolist(), strict=True)
        return [Reading(OUT_OF_SCOPE, far) if far > 0.5 else Reading(name, sure) for name, sure, far in both]

    @torch.no_grad()
    def vectors(self, texts: Sequence[str], *, batch: int = 64) -> Tensor:
        """Return unit vectors [N, D], near each other where the label is the same."""
        device = self.network.classes.device
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        found = torch.zeros(len(texts), self.network.classes.shape[1], device=device)
        for start in range(0, len(texts), batch):
            some = order[start : start + batch]
            ids, mask = sub_words([texts[n] for n in some], self.vocabulary)
            found[some] = self.network(ids.to(device), mask.to(device))
        return found


def save_texts(folder: Path, stem: str, texts: TrainedTexts, card: Card) -> None:
    """Write weights, vocabulary and card; the card says how to build the network again."""
    network = texts.network
    shape = {"trunk": asdict(network.trunk.shape), "labels": list(network.labels), **asdict(texts.calibration)}
    write_folder(folder, stem, network.state_dict(), texts.vocabulary, {**card, "shape": shape})


def load_texts(folder: Path, stem: str, *, device: str = "cpu") -> TrainedTexts:
    """Return the classifier of a folder. Raises WeightsError when a file is missing or broken."""
    stored = read_folder(folder, stem, remedy=TRAIN_AGAIN)
    shape = stored.shape
    network = TextNetwork(TrunkShape(**shape["trunk"]), shape["labels"])
    network.load_state_dict(stored.tensors)
    fitted = Calibration(shape["temperature"], shape["reach"], shape["slope"])
    return TrainedTexts(network.eval().to(device), stored.vocabulary, fitted)
