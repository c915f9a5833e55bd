"""How many questions over a graph are answered right, the topic not given: trained on a set's train rows, measured on its dev rows.

    python benchmarks/questions.py DATA SET… [--out FOLDER] [--limit N]

DATA is the folder of the sets: metaqa, pathquestion, wc2014, kgclue_zh, kdconv_kgqa_zh. KdConv has no train rows: four fifths of its
dialogues are learned from, the others asked, with their turns before ("history") and, without them, those that can stand alone: the
topic's name stands in the question, and besides it a word that asks or a letter of the relation's name. Where the graph lacks
answers (MetaQA), rows without any in the graph are left out and the others compared with `answers_in_kb`.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asking_shipped import is_held_out, stands_alone
from results import record

from bot.assemble.asking import evaluate_questions, train_questions
from bot.system import EvaluationOrder, TrainingOrder
from nlu.corpora import read_rows

HOPS = ("1hop", "2hop", "3hop")


@dataclass(frozen=True, slots=True)
class Set:
    """Where the rows of a set lie."""

    graph: str
    train: tuple[str, ...]
    dev: tuple[str, ...]


SETS = {
    "metaqa": Set("metaqa/kb.tsv.gz", tuple(f"metaqa/train_generated_{hop}.jsonl.gz" for hop in HOPS),
                  tuple(f"metaqa/dev_{hop}.jsonl.gz" for hop in HOPS)),
    "wc2014": Set("wc2014/kb.tsv", ("wc2014/train_1hop.jsonl.gz", "wc2014/train_2hop.jsonl", "wc2014/train_conjunction.jsonl"),
                  ("wc2014/dev_1hop.jsonl", "wc2014/dev_2hop.jsonl", "wc2014/dev_conjunction.jsonl")),
    "pq2h": Set("pathquestion/kb_2H-kb.tsv", ("pathquestion/train_pq2h.jsonl",), ("pathquestion/dev_pq2h.jsonl",)),
    "pq3h": Set("pathquestion/kb_3H-kb.tsv", ("pathquestion/train_pq3h.jsonl.gz",), ("pathquestion/dev_pq3h.jsonl",)),
    "pql2h": Set("pathquestion/kb_PQL2-KB.tsv", ("pathquestion/train_pql2h.jsonl.gz",), ("pathquestion/dev_pql2h.jsonl",)),
    "pql3h": Set("pathquestion/kb_PQL3-KB.tsv", ("pathquestion/train_pql3h.jsonl.gz",), ("pathquestion/dev_pql3h.jsonl",)),
    "kgclue": Set("kgclue_zh/kb.tsv.gz", ("kgclue_zh/train.jsonl.gz",), ("kgclue_zh/dev.jsonl.gz",)),
}  # fmt: skip


def measure(
    name: str, graph: Path, train: Sequence[Path], dev: Mapping[str, Path], out: Path, limit: int | None
) -> None:
    """Train unless the folder holds a model, measure each dev file and record."""
    began = time.monotonic()
    if train and not (out / "paths.json").is_file():
        train_questions(TrainingOrder("questions", tuple(train), None, out, "cpu", resume=False, graph=graph))
    trained = time.monotonic() - began
    for split, path in dev.items():
        began = time.monotonic()
        figures, _ = evaluate_questions(EvaluationOrder("questions", path, out, graph, None, limit=limit))
        values = {figure.key: figure.value for figure in figures if isinstance(figure.value, float | int)}
        record(f"questions_{name}_hits_at_1", values.pop("hits_at_1"), split=split, seconds=time.monotonic() - began,
               train_seconds=round(trained), **{key: round(value, 4) for key, value in values.items()})  # fmt: skip


def kdconv(data: Path, out: Path, limit: int | None) -> None:
    """Measure conversations: with their history, and without it where they can stand alone."""
    folder = data / "kdconv_kgqa_zh"
    rows = list(read_rows(folder / "dev.jsonl.gz"))
    kept = [row for row in rows if is_held_out(str(row["id"]))]
    learned = [row for row in rows if not is_held_out(str(row["id"]))]
    with tempfile.TemporaryDirectory() as temporary:
        train, history, alone = (Path(temporary) / f"{name}.jsonl" for name in ("train", "history", "alone"))
        _write(train, learned + [{**row, "history": []} for row in learned if stands_alone(row)])
        _write(history, kept)
        _write(alone, ({**row, "history": []} for row in kept if stands_alone(row)))
        measure("kdconv", folder / "kb.tsv.gz", [train], {"with history, a fifth of dev": history,
                "standing alone, a fifth of dev": alone}, out, limit)  # fmt: skip


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Read the options and measure the sets."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="+", choices=[*SETS, "kdconv"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    for name in given.sets:
        with tempfile.TemporaryDirectory() as temporary:
            out = given.out / name if given.out else Path(temporary)
            if name == "kdconv":
                kdconv(given.data, out, given.limit)
                continue
            one = SETS[name]
            dev = {f"dev {Path(path).name.split('.')[0].removeprefix('dev_')}": given.data / path for path in one.dev}
            measure(name, given.data / one.graph, [given.data / path for path in one.train], dev, out, given.limit)


if __name__ == "__main__":
    main()
