"""How well the shipped models understand: held-out pattern families, and entity or sentence-pair files given as arguments.

python benchmarks/understanding.py [UNER_DEV.jsonl … PAIRS.jsonl]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from results import ROOT, record

from nlu import checkpoint
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
        spans = score_entities(understander, path)
        record("uner_f1", spans.f1, split=f"{path.parent.name} {path.stem.split('.')[0]}", seconds=time.monotonic() - began,
               precision=round(spans.precision, 4), recall=round(spans.recall, 4), words_per_s=round(spans.words_per_s))  # fmt: skip


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
