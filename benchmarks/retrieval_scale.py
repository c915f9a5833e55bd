"""How long a search takes among many passages: both searches and their fusion, and the walk over the graph on top.

    python benchmarks/retrieval_scale.py [--passages N] [--questions Q]

Invented passages of 25 words each name two to four of N / 5 invented persons and places; the vectors are random.
A question names two of them. Milliseconds a question, the median: with the walk, and without it. Also what adding one passage takes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
from results import record

from generation import retrieve
from generation.evidence import Passage
from generation.index import PassageIndex
from generation.walk import Walker
from generation.web import Web
from kg.pagerank import push

DIMENSION = 384
SYLLABLES = ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "wa", "zel", "dor", "fen", "gar", "hul"]


class Dice:
    """Unit vectors without meaning."""

    id = "dice"
    dimension = DIMENSION

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = self._random.standard_normal((len(texts), DIMENSION), dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main() -> None:
    """Build, ask and record."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--passages", type=int, default=100_000)
    options.add_argument("--questions", type=int, default=50)
    given = options.parse_args()
    random = np.random.default_rng(0)
    names = np.array(["".join(random.choice(SYLLABLES, 4)).capitalize() for _ in range(given.passages // 5)])
    words = np.array(["".join(random.choice(SYLLABLES, 3)) for _ in range(5000)])

    def text() -> str:
        inside = [*random.choice(words, 25), *random.choice(names, random.integers(2, 5))]
        return " ".join(random.permutation(inside)) + "."

    began, dice = time.monotonic(), Dice(random)
    with tempfile.TemporaryDirectory() as folder:
        index = PassageIndex(Path(folder), dice)
        texts = [text() for _ in range(given.passages)]
        index.add([Passage(n, n, 0, len(t), t) for n, t in enumerate(texts, 1)], dice.encode(texts))
        walker = Walker(push, Web(index))
        plain: list[float] = []
        walked: list[float] = []
        added: list[float] = []
        for n in range(given.questions):
            question = f"What did {random.choice(names)} tell {random.choice(names)} of the {random.choice(words)}?"
            ask = retrieve.Ask(question, dice.encode([question])[0], "en")
            start = time.perf_counter()
            hits = index.search(ask.text, ask.vector, retrieve.CANDIDATES)
            retrieve.fuse(ask, index, hits)
            plain.append(time.perf_counter() - start)
            retrieve.associate(ask, index, hits, walker)
            walked.append(time.perf_counter() - start)
            one = Passage(given.passages + 1 + n, given.passages + 1 + n, 0, 9, text())
            start = time.perf_counter()
            index.add([one], dice.encode([one.text]))
            added.append(time.perf_counter() - start)
    record(
        "retrieval_p50_ms", 1000 * median(walked), split=f"{given.passages} invented passages",
        seconds=time.monotonic() - began, questions=given.questions, without_walk=round(1000 * median(plain), 1),
        adding_one=round(1000 * median(added), 1),
    )  # fmt: skip


if __name__ == "__main__":
    main()
