"""The mean F1 over labels: one figure for a classifier that rare labels count in as much as frequent ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def macro_f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the mean F1 over the labels that are gold somewhere, of (gold, guessed) pairs; 0 where there are none.

    >>> macro_f1([("a", "a"), ("a", "b"), ("b", "b")])
    0.6666666666666666
    """
    rows = list(pairs)
    right = Counter(gold for gold, guessed in rows if gold == guessed)
    true, found = Counter(gold for gold, _ in rows), Counter(guessed for _, guessed in rows)
    return sum(2 * right[label] / (true[label] + found[label]) for label in true) / max(len(true), 1)
