"""How much of what answers a question is found: BM25, vectors, their fusion and the walk over the graph, side by side.

    python benchmarks/retrieval.py DIR [--set NAME …]

DIR holds hotpotqa_100 and musique_100 (corpus.jsonl[.gz], queries.jsonl) and locomo (conversations.jsonl, questions.jsonl). Recall at
depth 5 and 10 of each way, for each set and for all questions together, with the walk's gain over the best of the other three and
its 95% interval (paired bootstrap over questions, 10,000 draws; which of the three is best is chosen on the same questions).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from results import record

from bot.assemble import load_models
from bot.assemble.retrieving import WAYS, Asked, ask_all, corpora
from bot.config import load_settings

SETS = {"hotpotqa_100": "retrieval", "musique_100": "retrieval", "locomo": "memory"}
DEPTHS = (5, 10)
OTHERS = tuple(way for way in WAYS if way != "graph")
DRAWS = 10_000


def gain(asked: Sequence[Asked], depth: int, *, seed: int = 0) -> tuple[str, float, float, float]:
    """Return the best of the other ways, how much more recall the walk has, and the ends of its 95% interval."""
    recall = {way: np.array([a.recall(way, depth) for a in asked]) for way in WAYS}
    best = max(OTHERS, key=lambda way: float(recall[way].mean()))
    difference = recall["graph"] - recall[best]
    rows = np.random.default_rng(seed).integers(0, len(asked), (DRAWS, len(asked)))
    low, high = np.quantile(difference[rows].mean(1), (0.025, 0.975))
    return best, float(difference.mean()), float(low), float(high)


def report(name: str, asked: Sequence[Asked], seconds: float) -> None:
    """Record recall by way and depth, and the walk's gain."""
    for depth in DEPTHS:
        recall = {way: float(np.mean([a.recall(way, depth) for a in asked])) for way in WAYS}
        best, more, low, high = gain(asked, depth)
        record(
            f"retrieval_recall_at_{depth}", recall["graph"], split=name, seconds=seconds, examples=len(asked),
            **{way: round(recall[way], 4) for way in OTHERS}, best_other=best, gain=round(more, 4), low=round(low, 4),
            high=round(high, 4), p50_ms=round(1000 * median(a.seconds for a in asked), 1),
        )  # fmt: skip


def main() -> None:
    """Measure the sets that are there, and all of them together."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--set", nargs="+", choices=SETS, default=list(SETS))
    given = options.parse_args()
    encoder = load_models(load_settings()).understander
    pooled: list[Asked] = []
    start = time.monotonic()
    for name in given.set:
        began = time.monotonic()
        asked = [found for corpus in corpora(SETS[name], given.folder / name) for found in ask_all(corpus, encoder)]
        report(f"{name} dev", asked, time.monotonic() - began)
        pooled += asked
    if len(given.set) > 1:
        report("pooled dev", pooled, time.monotonic() - start)


if __name__ == "__main__":
    main()
