"""How sure a relation is: fitted odds order right before wrong, and the fit leaves the reader as it was."""

import random

import pytest

from nlu.certainty import Certainty, Doubt, fit


def _doubts(count: int) -> tuple[list[Doubt], list[bool]]:
    """Return doubts whose truth hangs on both the relation and the object's mention."""
    chance = random.Random(1)
    doubts = [Doubt(chance.random(), 0.9, chance.random(), 0.9, chance.random() < 0.5) for _ in range(count)]
    return doubts, [chance.random() < d.related * d.object for d in doubts]


def test_a_doubtful_mention_makes_a_relation_doubtful() -> None:
    certainty = fit(*_doubts(800))
    sure = certainty.of(Doubt(0.9, 0.9, 0.95, 0.9, False))
    unsure = certainty.of(Doubt(0.9, 0.9, 0.2, 0.9, False))
    assert sure > 0.7 > 0.4 > unsure


def test_a_fit_is_calibrated_on_what_it_saw() -> None:
    doubts, right = _doubts(800)
    certainty = fit(doubts, right)
    assert abs(sum(map(certainty.of, doubts)) / len(doubts) - sum(right) / len(right)) < 0.02


def test_without_a_fit_the_relation_s_own_chance_stands() -> None:
    assert Certainty().of(Doubt(0.7, 0.1, 0.1, 0.1, True)) == pytest.approx(0.7)


def test_one_kind_of_example_is_refused() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit([Doubt(0.5, 0.5, 0.5, 0.5, False)], [True])
