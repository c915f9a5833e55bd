"""What a question over a graph became: the values that cross from the search to whoever shows them. Knows no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kg.asking.names import Candidate

FORMS = ("list", "count", "truth", "most", "least")


class Reading(Protocol):
    """A question that a model has read."""

    topics: NDArray[np.float32]  # the log-odds that each stretch is a topic

    forms: NDArray[np.float32]  # log-probabilities [n, FORMS] of what is wanted of each stretch's path

    def following(self, prefixes: Sequence[tuple[int, tuple[int, ...]]]) -> NDArray[np.float32]:
        """Return log-probabilities [n, 2 P + 1] of the next relation, stop last, after (stretch, relations so far)."""
        ...


class Reader(Protocol):
    """A model that reads questions over one graph's relations."""

    def read(self, words: Sequence[str], stretches: Sequence[Candidate]) -> Reading:
        """Return what can be asked of a question with these possible topics."""
        ...


@dataclass(frozen=True, slots=True)
class Branch:
    """A topic and the relations that lead from it to the answers."""

    topic: Candidate
    node: int
    path: tuple[int, ...]
    score: float  # log-odds of the topic and log-probability of the path


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers of a question, best first, and how they were found; no answers where none could be told."""

    answers: tuple[int, ...]
    branches: tuple[Branch, ...]
    score: float  # the probability of its least sure part
    names: tuple[str, ...] = ()  # of the answers; of a count the number
    form: str = "list"  # what was wanted of the nodes
    truth: bool | None = None  # of a question for yes or no
    path: str = ""  # in words
    sparql: str = ""
