"""How well `tripletalk train relations` learns anybody's relations: micro-F1 on the dev file, without the pairs that have none.

    python benchmarks/relations.py DIR [--start FOLDER] [--minutes M] [--seed N] [--out FOLDER]

DIR holds train.jsonl.gz and dev.jsonl(.gz), rows {"tokens", "head", "tail", "relation"}. The dev file is looked at once, at the end.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from results import record, run_training

from nlu.pairs import load_pairs
from nlu.score_trained import score_pairs
from nlu.training.pairs import PACE, train_pairs


def measure(folder: Path, start: Path | None, minutes: float, seed: int, out: Path) -> None:
    """Train, measure what was stored, and record."""
    began = time.monotonic()
    train_pairs([folder / "train.jsonl.gz"], out, start=start, pace=replace(PACE, minutes=minutes, seed=seed))
    trained = time.monotonic() - began
    dev = next(path for name in ("dev.jsonl", "dev.jsonl.gz") if (path := folder / name).is_file())
    scores = score_pairs(load_pairs(out), dev)
    record(f"{folder.name}_micro_f1", scores.micro_f1, split="dev", seconds=trained, seed=seed, accuracy=round(scores.accuracy, 4),
           start=start.name if start else "shipped trunk", examples=scores.examples)  # fmt: skip


if __name__ == "__main__":
    run_training(__doc__, measure)
