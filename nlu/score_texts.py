"""Measure text classifiers on labelled files: what `tripletalk evaluate intent` and `evaluate sentiment` run.

Takes a trained classifier and a file, gives figures and every prediction. A text in scope that is taken for out of scope counts as
wrong everywhere, in the accuracy in scope too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.corpora import CorpusError, read_rows
from nlu.intent import OUT_OF_SCOPE, Reading, TrainedTexts
from nlu.macro import macro_f1
from nlu.score import Prediction

BINS = 15


@dataclass(frozen=True, slots=True)
class TextScores:
    """How well texts are told apart; None where the file has no text to measure a figure on."""

    accuracy: float
    in_scope_accuracy: float | None
    oos_recall: float | None
    false_oos: float | None  # share of the texts in scope that are taken for out of scope
    macro_f1: float  # over the file's labels
    ece: float  # expected calibration error. Source: Guo et al. 2017
    examples: int
    texts_per_s: float
    predictions: tuple[Prediction, ...] = ()


def score_texts(texts: TrainedTexts, path: Path, key: str, *, limit: int | None = None) -> TextScores:
    """Score a file of {"text", KEY}, where `key` is "intent" or "label"."""
    rows = list(read_rows(path))[:limit]
    if not rows or not all({"text", key} <= row.keys() for row in rows):
        raise CorpusError(f"{path}: expected rows with 'text' and {key!r}")
    began = time.monotonic()
    found = texts.read([str(row["text"]) for row in rows])
    seconds = time.monotonic() - began
    gold = [str(row[key]) for row in rows]
    right = [g == f.label for g, f in zip(gold, found, strict=True)]
    outside = [f.label == OUT_OF_SCOPE for f in found]
    inside_rows = [n for n, g in enumerate(gold) if g != OUT_OF_SCOPE]
    outside_rows = [n for n, g in enumerate(gold) if g == OUT_OF_SCOPE]
    return TextScores(
        accuracy=statistics.fmean(right),
        in_scope_accuracy=_share(right, inside_rows),
        oos_recall=_share(right, outside_rows),
        false_oos=_share(outside, inside_rows),
        macro_f1=macro_f1(zip(gold, (f.label for f in found), strict=True)),
        ece=calibration_error(found, right),
        examples=len(rows),
        texts_per_s=len(rows) / max(seconds, 1e-9),
        predictions=tuple(Prediction(row, f.label) for row, f in zip(rows, found, strict=True)),
    )


def calibration_error(found: Sequence[Reading], right: Sequence[bool]) -> float:
    """Return how far confidence lies from the share that is right, in the mean over `BINS` bins of confidence.

    >>> calibration_error([Reading("a", 0.75)] * 4, [True, True, True, False])
    0.0
    """
    gaps = [0.0] * BINS
    for reading, one in zip(found, right, strict=True):
        gaps[min(int(reading.confidence * BINS), BINS - 1)] += reading.confidence - one
    return sum(map(abs, gaps)) / max(len(found), 1)


def _share(what: Sequence[bool], rows: Sequence[int]) -> float | None:
    return sum(what[n] for n in rows) / len(rows) if rows else None
