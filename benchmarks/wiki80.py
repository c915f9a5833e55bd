"""How well `tripletalk train relations` tells Wikipedia's relations apart: with examples, with one example, and by name alone.

    python benchmarks/wiki80.py DIR [--start FOLDER] [--minutes M] [--seed N] [--only all|new] [--out FOLDER]

DIR holds train.jsonl.gz and dev.jsonl.gz, rows {"tokens", "head", "tail", "relation", "name"} of 80 relations. `all`: accuracy on dev
after training on the 80. `new`: 16 relations (drawn by the seed 80) are left out of training, then told apart, five at a time, by one
example each (the nearest pair's vector wins), by their names (the nearest name's vector wins), and by both. `--start` is a BERT
checkpoint's folder; the shipped trunk has seen these relations, so `new` needs another start.
"""

from __future__ import annotations

import logging
import random
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from results import record, training_options
from torch import Tensor

from nlu.corpora import read_rows
from nlu.pairs import load_pairs, pair_row, save_pairs
from nlu.score_trained import score_pairs
from nlu.training.pace import Pace
from nlu.training.pairs import PACE, fit_pairs, train_pairs

LEFT_OUT, WAYS, EPISODES = 16, 5, 4000


@dataclass(frozen=True, slots=True)
class Shown:
    """Vectors of the pairs of relations that training never saw, and of the relations' names."""

    pairs: dict[str, Tensor]  # [N, D] a relation
    names: dict[str, Tensor]  # [D]


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Share of the queries that are right, by what told the relations apart."""

    one_shot: float
    zero_shot: float
    both: float
    spread: float  # standard deviation of one-shot over tenths of the episodes


def measure_all(folder: Path, start: Path | None, pace: Pace, out: Path) -> None:
    """Train on the 80 relations, measure what was stored, and record."""
    began = time.monotonic()
    train_pairs([folder / "train.jsonl.gz"], out, start=start, pace=pace)
    trained = time.monotonic() - began
    scores = score_pairs(load_pairs(out), folder / "dev.jsonl.gz")
    record("wiki80_accuracy", scores.accuracy, split="dev", seconds=trained, epochs=pace.epochs, seed=pace.seed,
           start=_name(start), examples=scores.examples)  # fmt: skip


def measure_new(folder: Path, start: Path, pace: Pace, out: Path) -> None:
    """Train on 64 relations, tell the other 16 apart, and record."""
    rows = [row for name in ("train", "dev") for row in read_rows(folder / f"{name}.jsonl.gz")]
    new = set(random.Random(80).sample(sorted({row["relation"] for row in rows}), LEFT_OUT))
    began = time.monotonic()
    fitted, _ = fit_pairs([row for row in rows if row["relation"] not in new], start=start, pace=pace)
    save_pairs(out, fitted, {})
    seconds, trained = time.monotonic() - began, load_pairs(out)
    by_relation: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        if row["relation"] in new:
            by_relation[row["relation"]].append(row)
    relations = sorted(by_relation)
    names = trained.describe([str(by_relation[relation][0]["name"]) for relation in relations])
    vectors = {relation: trained.vectors([pair_row(row) for row in by_relation[relation]]) for relation in relations}
    shown = Shown(vectors, dict(zip(relations, names, strict=True)))
    found = tell_apart(shown, ways=WAYS, episodes=EPISODES, seed=pace.seed)
    for metric, value in (
        ("one_shot", found.one_shot),
        ("zero_shot", found.zero_shot),
        ("one_shot_and_name", found.both),
    ):
        record(f"wiki80_{metric}_accuracy", value, split=f"{LEFT_OUT} relations left out, {WAYS} ways", seconds=seconds,
               epochs=pace.epochs, seed=pace.seed, start=_name(start), episodes=EPISODES,
               spread=round(found.spread, 4) if metric == "one_shot" else None)  # fmt: skip


def tell_apart(shown: Shown, *, ways: int, episodes: int, seed: int) -> Accuracies:
    """Return accuracies over episodes of one example and one query for each of a few relations."""
    chance = random.Random(seed)
    relations = sorted(shown.pairs)
    right: dict[str, list[float]] = {"one": [], "zero": [], "both": []}
    for _ in range(episodes):
        drawn = chance.sample(relations, ways)
        picks = [chance.sample(range(len(shown.pairs[relation])), 2) for relation in drawn]
        support = torch.stack([shown.pairs[r][one] for r, (one, _) in zip(drawn, picks, strict=True)])  # [W, D]
        queries = torch.stack([shown.pairs[r][other] for r, (_, other) in zip(drawn, picks, strict=True)])
        names = torch.stack([shown.names[r] for r in drawn])
        for key, targets in (("one", support), ("zero", names), ("both", support + names)):
            best = (queries @ targets.T).argmax(1)
            right[key].append((best == torch.arange(ways)).float().mean().item())
    tenth = episodes // 10
    tenths = [statistics.fmean(right["one"][n : n + tenth]) for n in range(0, tenth * 10, tenth)]
    one, zero, both = (statistics.fmean(values) for values in right.values())
    return Accuracies(one, zero, both, statistics.pstdev(tenths))


def _name(start: Path | None) -> str:
    return start.parent.name if start else "shipped trunk"


def main() -> None:
    """Measure what was asked for."""
    parser = training_options(__doc__)
    parser.add_argument("--only", choices=("all", "new"))
    given = parser.parse_args()
    pace = replace(PACE, minutes=given.minutes, seed=given.seed)
    with tempfile.TemporaryDirectory() as temporary:
        out: Path = given.out or Path(temporary)
        if given.only != "new":
            measure_all(given.folder, given.start, pace, out / "all")
        if given.only != "all":
            if given.start is None:
                parser.error("the shipped trunk has seen these relations: give another --start, or --only all")
            measure_new(given.folder, given.start, pace, out / "new")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    main()
