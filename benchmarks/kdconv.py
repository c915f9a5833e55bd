"""How well a Chinese conversation's turns are aligned with the triples that they use: micro-F1 over held-out dialogues of KdConv.

    python benchmarks/kdconv.py DIR [--start FOLDER] [--minutes M] [--seed N] [--out FOLDER]

DIR holds dev.jsonl.gz, dialogues {"id", "turns": [{"t", "facts": [[s, p, o]]}]}, and kb.tsv.gz. A turn's candidates are the short
objects that the graph has for a subject of the dialogue so far and that stand in the turn; a candidate that isn't among the turn's
facts has no relation. A classifier is trained on four fifths of the dialogues (nlu.corpora.is_kept_out), with the turn before for
context.
"""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from results import record, run_training

from nlu.corpora import is_kept_out, read_rows
from nlu.pairs import load_pairs
from nlu.score_trained import score_pairs
from nlu.training.pairs import PACE, train_pairs

LONGEST_OBJECT = 24  # characters; longer ones are descriptions
Graph = Mapping[str, Mapping[str, str]]  # subject -> object -> property


def read_graph(path: Path) -> Graph:
    """Return the short objects of each subject with their property."""
    graph: dict[str, dict[str, str]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if len(row) == 3 and 1 < len(row[2]) <= LONGEST_OBJECT:
                graph[row[0]].setdefault(row[2], row[1])
    return graph


def pairs_of(dialogue: Mapping[str, Any], graph: Graph) -> Iterator[dict[str, Any]]:
    """Yield a dialogue's candidate pairs, each with the property that its turn uses or "none"."""
    subjects: dict[str, None] = {}
    before = ""
    for turn in dialogue["turns"]:
        text = str(turn["t"])
        facts = {(s, o): p for s, p, o in turn["facts"]}
        subjects |= dict.fromkeys(s for s, _ in facts)
        for subject in list(subjects)[-3:]:
            for obj in {*graph.get(subject, {}), *(o for s, o in facts if s == subject)}:
                at = text.find(obj)
                if at >= 0 and 1 < len(obj) <= LONGEST_OBJECT and obj not in subject:
                    yield _row(subject, before, text, at, obj, facts.get((subject, obj), "none"))
        before = text


def _row(subject: str, before: str, text: str, at: int, obj: str, relation: str) -> dict[str, Any]:
    """Return a pair as a row: the subject's name, the turn before and the turn, by characters."""
    name = subject.split("（")[0]
    front = f"{name}：{before[-40:]}—"
    tokens = list(front + text)
    start = len(front) + at
    return {"tokens": tokens, "head": {"start": 0, "end": len(name)}, "tail": {"start": start, "end": start + len(obj)},
            "relation": relation, "lang": "zh"}  # fmt: skip


def measure(folder: Path, start: Path | None, minutes: float, seed: int, out: Path) -> None:
    """Train, measure what was stored on the held-out dialogues, and record."""
    graph = read_graph(folder / "kb.tsv.gz")
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for dialogue in read_rows(folder / "dev.jsonl.gz"):
        rows[is_kept_out(str(dialogue["id"]))].extend(pairs_of(dialogue, graph))
    seen = {row["relation"] for row in rows[False]}
    with tempfile.TemporaryDirectory() as temporary:
        files = {kept: Path(temporary) / f"{'dev' if kept else 'train'}.jsonl" for kept in rows}
        for kept, path in files.items():
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[kept]), encoding="utf-8")
        began = time.monotonic()
        train_pairs([files[False]], out, start=start, pace=replace(PACE, minutes=minutes, seed=seed))
        scores = score_pairs(load_pairs(out), files[True])
    record("kdconv_aligned_micro_f1", scores.micro_f1, split="a fifth of dev, by dialogue", seconds=time.monotonic() - began,
           accuracy=round(scores.accuracy, 4), seed=seed, examples=scores.examples, relations=len(seen),
           start=start.name if start else "shipped trunk")  # fmt: skip


if __name__ == "__main__":
    run_training(__doc__, measure)
