"""Measure models that were trained on their own label sets: taggers and relation classifiers, on rows as they were trained on.

Takes a trained model and a file, gives figures and every prediction. A span counts when borders and type are exactly right.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlu.corpora import NO_RELATION_NAMES, CorpusError, read_rows
from nlu.pairs import TrainedPairs, pair_row
from nlu.score import Prediction, SpanScores, span_scores
from nlu.tagger import TrainedTagger


def score_tagger(
    tagger: TrainedTagger, path: Path, names: Mapping[str, str] | None = None, *, limit: int | None = None
) -> SpanScores:
    """Score a file of {"tokens", "tags" (BIO)}; `names` maps the tagger's types to the file's."""
    rows = list(read_rows(path))[:limit]
    if not rows or "tags" not in rows[0]:
        raise CorpusError(f"{path}: expected rows with 'tokens' and 'tags'")
    used = {tag[2:] for row in rows for tag in row["tags"] if tag != "O"}
    theirs = {name: name for name in tagger.network.types} | dict(names or {})
    began = time.monotonic()
    read = tagger.read([row["tokens"] for row in rows])
    seconds = time.monotonic() - began
    found = [{(start, end, theirs[name]) for start, end, name in spans if theirs[name] in used} for spans in read]
    return span_scores(rows, found, seconds)


@dataclass(frozen=True, slots=True)
class PairScores:
    """How well relations are told apart. Micro-F1 leaves out pairs that have no relation where the file knows such."""

    accuracy: float
    micro_f1: float
    by_relation: tuple[tuple[str, float], ...]  # F1
    examples: int
    predictions: tuple[Prediction, ...] = ()


def score_pairs(pairs: TrainedPairs, path: Path, *, limit: int | None = None) -> PairScores:
    """Score a file of {"tokens", "head", "tail", "relation"}."""
    rows = list(read_rows(path))[:limit]
    if not rows or "relation" not in rows[0]:
        raise CorpusError(f"{path}: expected rows with 'tokens', 'head', 'tail' and 'relation'")
    gold = [str(row["relation"]) for row in rows]
    found = pairs.read([pair_row(row) for row in rows])
    right = Counter(g for g, f in zip(gold, found, strict=True) if g == f)
    guessed, true = Counter(found), Counter(gold)
    by_relation = tuple((name, 2 * right[name] / (guessed[name] + true[name])) for name in sorted(true))
    some = [name for name in true.keys() | guessed.keys() if name not in NO_RELATION_NAMES]
    hits, both = sum(right[name] for name in some), sum(guessed[name] + true[name] for name in some)
    predictions = tuple(Prediction(row, f) for row, f in zip(rows, found, strict=True))
    return PairScores(right.total() / len(rows), 2 * hits / max(both, 1), by_relation, len(rows), predictions)
