"""How sure a relation is: a logistic over what the heads say of it, fitted on sentences that training left out.

Takes the chances of the relation, of its two mentions and of its factuality, gives one probability; knows no network. The relation
head alone is too sure of pairs whose ends the tagger doubts. Without a fit the relation's own chance stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the heads say of one relation, each in [0, 1]."""

    related: float
    subject: float
    object: float
    committed: float
    chinese: bool

    def row(self) -> tuple[float, ...]:
        """Return the classifier's input: 1, four log-odds, the language."""
        odds = (_log_odds(p) for p in (self.related, self.subject, self.object, self.committed))
        return (1.0, *odds, float(self.chinese))


@dataclass(frozen=True, slots=True)
class Certainty:
    """The coefficients, in the order of `Doubt.row`."""

    values: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)

    def of(self, doubt: Doubt) -> float:
        """Return the probability that the relation is right.

        >>> round(Certainty().of(Doubt(0.8, 0.5, 0.9, 1.0, False)), 3)
        0.8
        """
        odds = sum(value * part for value, part in zip(self.values, doubt.row(), strict=True))
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, odds))))


def fit(doubts: Sequence[Doubt], right: Sequence[bool], *, ridge: float = 0.5) -> Certainty:
    """Return the coefficients of least penalised log loss. Raises ValueError without examples of both kinds."""
    if len(set(right)) < 2:
        raise ValueError("expected right and wrong relations")
    x = torch.tensor([d.row() for d in doubts], dtype=torch.float64)  # [N, 6]
    y = torch.tensor(right, dtype=torch.float64)  # [N]
    values = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([values], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimiser.zero_grad()
        cost = (
            F.binary_cross_entropy_with_logits(x @ values, y, reduction="sum") + ridge * values[1:].square().sum() / 2
        )
        cost.backward()
        return cost.item()

    optimiser.step(loss)
    return Certainty(tuple(values.detach().tolist()))


def _log_odds(chance: float) -> float:
    return math.log(max(chance, _LEAST) / max(1 - chance, _LEAST))
