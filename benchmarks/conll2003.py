"""How well `tripletalk train ner` learns CoNLL-2003: F1 on its dev file, which is looked at once, after training.

    python benchmarks/conll2003.py DIR [--start FOLDER] [--minutes M] [--seed N] [--out FOLDER]

DIR holds train.jsonl.gz and dev.jsonl.gz, rows {"tokens", "tags"} in the order of their documents. `--start` is a BERT checkpoint's
folder; without it training starts from the shipped trunk. The text is Reuters': what is trained here is for measuring only.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from results import record, run_training

from nlu.score_trained import score_tagger
from nlu.tagger import load_tagger
from nlu.training.tagger import PACE, train_tagger


def main(folder: Path, start: Path | None, minutes: float, seed: int, out: Path) -> None:
    """Train, measure what was stored, and record."""
    began = time.monotonic()
    pace = replace(PACE, minutes=minutes, seed=seed)
    train_tagger([folder / "train.jsonl.gz"], out, start=start, pace=pace)
    trained = time.monotonic() - began
    scores = score_tagger(load_tagger(out), folder / "dev.jsonl.gz")
    record(
        "conll2003_f1",
        scores.f1,
        split="dev",
        seconds=trained,
        precision=round(scores.precision, 4),
        recall=round(scores.recall, 4),
        words_per_s=round(scores.words_per_s),
        start=start.parent.name if start else "shipped trunk",
        epochs=pace.epochs,
        seed=seed,
        examples=scores.examples,
    )


if __name__ == "__main__":
    run_training(__doc__, main)
