"""Finds texts by the runs of letters that they share with a text: an index of n-grams, weighted by their rarity.

Takes texts and whose they are, gives owners with scores; all in arrays. It knows no language: three letters in a row, or two where
letters are words (Chinese), are a gram.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.asking.knowledge import Knowledge

BUCKETS = 1 << 20
LONGEST = 300  # letters of a name that are looked at
COMMON = 0.02  # a gram that more than this share of all owners have tells nothing


@dataclass(frozen=True, slots=True)
class Grams:
    """Postings: `owners[starts[g] : starts[g + 1]]` have gram g."""

    starts: NDArray[np.int64]  # [BUCKETS + 1]
    owners: NDArray[np.int32]
    weights: NDArray[np.float32]  # [BUCKETS] rarity
    size: int

    @classmethod
    def of(cls, texts: Iterable[str], owners: NDArray[np.int32], size: int) -> Grams:
        """Return the index of texts; `owners` are below `size`, ascending or not."""
        grams, places = _grams_of(texts)
        key = np.unique(grams.astype(np.int64) * size + owners[places])
        gram, owner = key // size, (key % size).astype(np.int32)
        starts = np.searchsorted(gram, np.arange(BUCKETS + 1))
        often = np.diff(starts)
        weights = np.log(1 + size / np.maximum(often, 1)).astype(np.float32)
        weights[often > max(COMMON * size, 50)] = 0
        return cls(starts, owner, weights, size)

    def scores(self, text: str) -> NDArray[np.float32]:
        """Return each owner's score: the rarity of the grams it shares with a text [size]."""
        grams, _ = _grams_of([text])
        found = np.zeros(self.size, np.float32)
        for gram in np.unique(grams):
            if self.weights[gram]:
                found[self.owners[self.starts[gram] : self.starts[gram + 1]]] += self.weights[gram]
        return found


def described_by(knowledge: Knowledge) -> Grams:
    """Return the index of nodes by their names and by what they lead to."""
    count, properties = len(knowledge.names), len(knowledge.labels)
    owner = np.repeat(np.arange(count, dtype=np.int32), np.diff(knowledge.starts))
    forward = knowledge.relations < properties
    owners, objects = owner[forward], knowledge.targets[forward]
    subjects = np.unique(owners)
    texts = [knowledge.names[int(node)][:LONGEST] for node in np.concatenate([objects, subjects])]
    return Grams.of(texts, np.concatenate([owners, subjects]), count)


def _grams_of(texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bucket of each gram and the number of its text."""
    folded = [text.casefold() for text in texts]
    letters = np.frombuffer("\n".join(folded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    place = np.repeat(np.arange(len(folded)), [len(text) + 1 for text in folded])[: len(letters)]
    if len(letters) < 3:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    a, b, c = letters[:-2], letters[1:-1], letters[2:]
    same = (a != 10) & (b != 10) & (c != 10)
    three = ((a * 1_000_003 + b) * 1_000_003 + c) % 2_147_483_647 % BUCKETS
    wide = (a > 0x2E80) & (b > 0x2E80)
    two = (a * 1_000_003 + b) % 2_147_483_647 % BUCKETS
    return np.concatenate([three[same], two[wide]]), np.concatenate([place[:-2][same], place[:-2][wide]])
