"""The contract of generation/: numbered evidence, drafts of a reply, and the protocols of encoder and language model.

Knows no model, no index and no graph; values are frozen, spans are half-open code points of the episode's text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the log that can be quoted: a sentence of a message or of a document."""

    id: int
    episode: int
    start: int
    end: int
    text: str
    title: str = ""  # of the document, "" for a message
    speaker: str = ""
    said_at: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One numbered thing that a reply may rest on: a fact said in words, or a passage quoted."""

    number: int
    text: str
    score: float
    episode: int
    start: int
    end: int
    title: str = ""
    fact: int | None = None  # id of the fact, None for a passage


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply before it is checked: sentences that cite evidence as [n]."""

    text: str
    used: tuple[int, ...] = ()  # numbers of the evidence it rests on


class Encoder(Protocol):
    """Sentences to unit vectors. `id` names the weights: an index made by another encoder is refused."""

    id: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit row vectors, shape [N, D]."""
        ...


class Reading(Protocol):
    """What one passage says to one question; the span is half-open in code points of the passage."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def span(self) -> float:
        """Return the chance of the span among all of the passage."""
        ...

    @property
    def spans(self) -> Sequence[tuple[int, int, float]]:
        """Return the likeliest spans of different starts, with their chances."""
        ...

    @property
    def answers(self) -> float:
        """Return the chance that the passage answers at all."""
        ...

    @property
    def verdict(self) -> str:
        """Return "yes" or "no" for a question that asks for it, else "span"."""
        ...

    @property
    def decided(self) -> float:
        """Return the chance of that verdict, if the passage answers."""
        ...


class Reader(Protocol):
    """Reads passages together with a question."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Reading]:
        """Return what each (question, passage) says."""
        ...


class LanguageModel(Protocol):
    """A generative model behind one call."""

    name: str

    def stream(self, system: str, prompt: str, *, max_tokens: int) -> Iterator[str]:
        """Yield the reply piece by piece. Raises BackendError when the model can't be reached."""
        ...


class BackendError(Exception):
    """A language model failed; `wait_s` says when to try again, None when trying again won't help."""

    def __init__(self, message: str, *, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s
