"""How well the shipped models understand: held-out pattern families, and entity or sentence-pair files given as arguments.

python benchmarks/understanding.py [UNER_DEV.jsonl … PAIRS.jsonl]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from results import ROOT, record

from nlu import checkpoint
from nlu.corpora import read_rows
from nlu.normalise import Normaliser
from nlu.score import score_entities, score_queries
from nlu.train import LANGUAGES, held_out_examples, kind_of
from nlu.training.examples import Worlds
from nlu.training.heads import score
from nlu.training.trunk import read_pairs, retrieval_accuracy
from nlu.understand import Understander


def main(files: list[Path]) -> None:
    """Score and record."""
    loaded = checkpoint.load(ROOT / "nlu" / "weights")
    understander = Understander(loaded, Normaliser.load())
    worlds = Worlds(LANGUAGES)
    for name, examples in held_out_examples(worlds, seed=0).items():
        began = time.monotonic()
        scores = score(loaded.network, loaded.vocabulary, examples)
        seconds = time.monotonic() - began
        record("entity_f1", scores.entity_f1, split=name, seconds=seconds, examples=scores.examples)
        record("relation_f1", scores.relation_f1, split=name, seconds=seconds, examples=scores.examples)
        record("factuality_macro_f1", scores.factuality, split=name, seconds=seconds, examples=scores.examples)
        record("act_macro_f1", scores.act, split=name, seconds=seconds, examples=scores.examples)
        exact, questions = score_queries(understander, examples)
        record("query_graph_exact", exact, split=name, seconds=time.monotonic() - began, examples=questions)
    for path in files:
        began = time.monotonic()
        if kind_of(path) == "pairs":
            found = retrieval_accuracy(loaded.network.trunk, loaded.vocabulary, read_pairs(path))
            for metric, value in zip(("zh_en_top1", "en_zh_top1"), found, strict=True):
                record(metric, value, split=f"{path.parent.name} {path.stem}", seconds=time.monotonic() - began)
            continue
        name = f"{path.parent.name} {path.stem.split('.')[0]}"
        _record_names(understander, path, name)
        if _is_cased(path):
            with tempfile.TemporaryDirectory() as folder:
                _record_names(understander, _lowered(path, Path(folder)), name + ", lower case")


def _record_names(understander: Understander, path: Path, split: str) -> None:
    began = time.monotonic()
    spans = score_entities(understander, path)
    record("uner_f1", spans.f1, split=split, seconds=time.monotonic() - began, precision=round(spans.precision, 4),
           recall=round(spans.recall, 4), words_per_s=round(spans.words_per_s))  # fmt: skip


def _is_cased(path: Path) -> bool:
    return str(next(iter(read_rows(path)), {}).get("lang", "en")) == "en"


def _lowered(path: Path, folder: Path) -> Path:
    """Return a copy of a file of entities whose words are in lower case."""
    rows = [row | {"tokens": [word.lower() for word in row["tokens"]]} for row in read_rows(path)]
    copy = folder / "lower.jsonl"
    copy.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return copy


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
