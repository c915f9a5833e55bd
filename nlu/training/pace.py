"""How a network is fine-tuned: rates by layer, warm-up and linear decay, averaged weights. Knows no task.

Takes a network on a trunk, batches an epoch and a loss; trains in place. Source: Howard & Ruder 2018 (smaller rates for lower layers);
Polyak & Juditsky 1992 (averaging).
"""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from nlu.training.memory import keep_freed_memory
from nlu.trunk import Trunk

log = logging.getLogger(__name__)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how fast to train."""

    epochs: int
    trunk_rate: float
    head_rate: float
    layer_decay: float = 0.9  # each layer's rate as a share of the one above
    warm_up: float = 0.1  # share of the steps
    average: float = 0.995  # of the averaged weights that stays a step
    weight_decay: float = 0.01
    seed: int = 0
    device: str = "cpu"
    minutes: float = 60.0  # the rate reaches its end after so long at the latest
    steps: int = 0  # at least so many, in more epochs where there are few examples (ten times as many at most)

    def recipe(self) -> dict[str, object]:
        """Return what a card tells of it."""
        return {name: value for name, value in asdict(self).items() if name != "device"}


def fine_tune(
    network: nn.Module,
    trunk: Trunk,
    epoch_batches: Callable[[int], Sequence[B]],
    loss: Callable[[B], Tensor],
    pace: Pace,
    *,
    after_epoch: Callable[[int], None] | None = None,
) -> None:
    """Train in place; the network ends with averaged weights, in evaluation mode.

    The word embedding stays as it is: it would double the cost of a step. `after_epoch` sees the averaged weights.
    """
    keep_freed_memory()
    torch.set_flush_denormal(True)
    trunk.words.weight.requires_grad_(False)
    network.to(pace.device).train()
    optimiser = torch.optim.AdamW(_groups(network, trunk, pace), weight_decay=pace.weight_decay, fused=True)
    rates = [float(group["lr"]) for group in optimiser.param_groups]
    averaged = Averaged(network, pace.average)
    began, progress, epochs = time.monotonic(), 0.0, pace.epochs
    for epoch in range(10 * pace.epochs):
        batches, total = epoch_batches(epoch), 0.0
        if epoch == 0:
            epochs = min(max(epochs, math.ceil(pace.steps / len(batches))), 10 * epochs)
        for n, batch in enumerate(batches):
            progress = max((epoch + n / len(batches)) / epochs, (time.monotonic() - began) / 60 / pace.minutes)
            if progress >= 1:
                break
            scale = min(progress / pace.warm_up, (1 - progress) / (1 - pace.warm_up))
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * scale
            total += _step(network, loss(batch), optimiser)
            averaged.update()
        seconds = time.monotonic() - began
        log.info("epoch %d of %d: loss %.4f, %.0f s", epoch + 1, epochs, total / len(batches), seconds)
        if after_epoch is not None:
            with averaged:
                after_epoch(epoch)
            network.train()
        if progress >= 1 or epoch + 1 == epochs:
            break
    averaged.settle()
    trunk.words.weight.requires_grad_(True)
    network.eval()


def _step(network: nn.Module, cost: Tensor, optimiser: torch.optim.Optimizer) -> float:
    """Take one step down a cost and return the cost."""
    optimiser.zero_grad()
    cost.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return cost.item()


class Best:
    """Keeps the weights of the epoch that does best by a measure, such as the score on a dev file."""

    def __init__(self, network: nn.Module, measure: Callable[[], float]) -> None:
        self.network, self.measure = network, measure
        self.score: float | None = None
        self._weights: dict[str, Tensor] = {}

    def look(self, epoch: int) -> None:
        """Measure the present weights, in evaluation mode, and keep them if they are the best so far."""
        self.network.eval()
        score = self.measure()
        log.info("epoch %d: dev score %.4f", epoch + 1, score)
        if self.score is None or score >= self.score:
            self.score, self._weights = score, copy.deepcopy(self.network.state_dict())

    def settle(self) -> None:
        """Put the kept weights back."""
        if self._weights:
            self.network.load_state_dict(self._weights)


class Averaged:
    """A moving average of a network's trained weights; as a context it stands in for them."""

    def __init__(self, network: nn.Module, keep: float) -> None:
        self.weights = [p for p in network.parameters() if p.requires_grad]
        self.means = [p.detach().clone() for p in self.weights]
        self.keep, self.steps = keep, 0

    @torch.no_grad()
    def update(self) -> None:
        """Take in the present weights; the average is shorter while there are few."""
        self.steps += 1
        new = 1 - min(self.keep, self.steps / (self.steps + 9))
        for mean, weight in zip(self.means, self.weights, strict=True):
            mean.lerp_(weight, new)

    @torch.no_grad()
    def __enter__(self) -> None:
        for mean, weight in zip(self.means, self.weights, strict=True):
            kept = weight.clone()
            weight.copy_(mean)
            mean.copy_(kept)

    def __exit__(self, *_: object) -> None:
        self.__enter__()

    @torch.no_grad()
    def settle(self) -> None:
        """Put the average in the weights' place for good."""
        for mean, weight in zip(self.means, self.weights, strict=True):
            weight.copy_(mean)


def _groups(network: nn.Module, trunk: Trunk, pace: Pace) -> list[dict[str, object]]:
    """Return the trained parameters with a rate each: head, then the trunk's layers downwards."""
    inside = {id(p) for p in trunk.parameters()}
    head = [p for p in network.parameters() if id(p) not in inside and p.requires_grad]
    groups: list[dict[str, object]] = [{"params": head, "lr": pace.head_rate}]
    layers: list[nn.Module] = [*reversed(list(trunk.blocks)), trunk.norm, trunk.positions]
    for depth, layer in enumerate(layers):
        rate = pace.trunk_rate * math.pow(pace.layer_decay, depth)
        groups.append({"params": [p for p in layer.parameters() if p.requires_grad], "lr": rate})
    return groups
