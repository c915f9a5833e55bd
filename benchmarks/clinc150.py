"""How well `tripletalk train intent` learns CLINC150: accuracy in scope and recall out of scope on its dev file.

    python benchmarks/clinc150.py DIR [--start FOLDER] [--minutes M] [--seed N] [--out FOLDER]

DIR holds train.jsonl.gz and dev.jsonl, rows {"text", "intent"} with the intent "oos" for out of scope. Reach and temperature come
from a part of train, but which distance to use and the share of that part to reject (FALSE_OOS) were chosen with the dev file in
view: its figures are a little too good. `--start` is a BERT checkpoint's folder; without it training starts from the shipped
trunk. A text in scope that is taken for out of scope counts as wrong.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from results import record, run_training

from nlu.intent import INTENT, load_texts
from nlu.score_texts import score_texts
from nlu.training.intents import PACE, train_texts


def main(folder: Path, start: Path | None, minutes: float, seed: int, out: Path) -> None:
    """Train, measure what was stored, and record."""
    began = time.monotonic()
    pace = replace(PACE, minutes=minutes, seed=seed)
    train_texts([folder / "train.jsonl.gz"], out, INTENT, start=start, pace=pace)
    trained = time.monotonic() - began
    scores = score_texts(load_texts(out, INTENT), folder / "dev.jsonl", INTENT)
    record(
        "clinc150_in_scope_accuracy",
        scores.in_scope_accuracy or 0.0,
        split="dev",
        seconds=trained,
        oos_recall=scores.oos_recall,
        false_oos=round(scores.false_oos or 0.0, 4),
        accuracy=round(scores.accuracy, 4),
        macro_f1=round(scores.macro_f1, 4),
        ece=round(scores.ece, 4),
        texts_per_s=round(scores.texts_per_s),
        start=start.parent.name if start else "shipped trunk",
        epochs=pace.epochs,
        seed=seed,
        examples=scores.examples,
    )


if __name__ == "__main__":
    run_training(__doc__, main)
