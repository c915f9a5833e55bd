"""Taggers, relation and text classifiers with a label set of their own, for the command line: orders in, models and scores out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.system import EvaluationOrder, Score, TrainingOrder, UsageError
from nlu import pairs, tagger
from nlu.intent import INTENT, SENTIMENT, load_texts
from nlu.score import Prediction, SpanScores
from nlu.score_texts import TextScores, score_texts
from nlu.score_trained import score_pairs, score_tagger
from nlu.training.intents import PACE as TEXTS_PACE
from nlu.training.intents import train_texts
from nlu.training.pairs import PACE as PAIRS_PACE
from nlu.training.pairs import train_pairs
from nlu.training.tagger import PACE as TAGGER_PACE
from nlu.training.tagger import train_tagger

KEYS = {INTENT: "intent", SENTIMENT: "label"}  # where the rows of a text classifier keep the label
OWN = frozenset({"ner", "relations", *KEYS})
Measured = tuple[tuple[Score, ...], Sequence[Prediction]]


def train_own(order: TrainingOrder, device: str) -> None:
    """Train a task of `OWN` on the order's rows."""
    if not order.files:
        raise UsageError(f"train {order.task} needs --train FILE…")
    stem, pace, teach = {
        "ner": (tagger.STEM, TAGGER_PACE, train_tagger),
        "relations": (pairs.STEM, PAIRS_PACE, train_pairs),
        **{stem: (stem, TEXTS_PACE, partial(train_texts, key=key, stem=stem)) for stem, key in KEYS.items()},
    }[order.task]
    start = order.out if order.resume and (order.out / f"{stem}.json").is_file() else order.start
    pace = replace(pace, device=device, minutes=order.minutes, seed=order.seed)
    teach(order.files, order.out, dev=order.dev, start=start, pace=pace)


def is_own(order: EvaluationOrder) -> bool:
    """Whether the order asks for a model of this file's kind."""
    tagged = order.task == "ner" and order.model is not None and (order.model / f"{tagger.STEM}.json").is_file()
    return tagged or order.task in OWN - {"ner"}


def evaluate_own(order: EvaluationOrder, device: str) -> Measured:
    """Return the figures of a trained folder on a file, and every prediction."""
    if order.model is None:
        raise UsageError(
            f"evaluate {order.task} needs --model DIR, a folder that `tripletalk train {order.task}` wrote"
        )
    if order.task == "ner":
        names = {ours: theirs for theirs, ours in order.names}
        spans = score_tagger(tagger.load_tagger(order.model, device=device), order.path, names, limit=order.limit)
        return span_figures(spans), spans.predictions
    if order.task in KEYS:
        texts = load_texts(order.model, order.task, device=device)
        found = score_texts(texts, order.path, KEYS[order.task], limit=order.limit)
        return _text_figures(found, order.task), found.predictions
    scores = score_pairs(pairs.load_pairs(order.model, device=device), order.path, limit=order.limit)
    by_relation = Score("by_relation", tuple(Score(name, value) for name, value in scores.by_relation))
    figures = (Score("accuracy", scores.accuracy), Score("micro_f1", scores.micro_f1), by_relation,
               Score("examples", scores.examples))  # fmt: skip
    return figures, scores.predictions


def span_figures(scores: SpanScores) -> tuple[Score, ...]:
    """Return span scores under the keys that `evaluate ner` prints."""
    by_type = tuple(Score(name, value) for name, value in scores.by_type)
    return (Score("precision", scores.precision), Score("recall", scores.recall), Score("f1", scores.f1),
            Score("by_type", by_type), Score("examples", scores.examples), Score("words_per_s", scores.words_per_s))  # fmt: skip


def _text_figures(scores: TextScores, task: str) -> tuple[Score, ...]:
    accuracy, macro_f1 = Score("accuracy", scores.accuracy), Score("macro_f1", scores.macro_f1)
    if task == SENTIMENT:
        return accuracy, macro_f1, Score("examples", scores.examples)
    return (accuracy, Score("in_scope_accuracy", scores.in_scope_accuracy), Score("oos_recall", scores.oos_recall),
            Score("false_oos", scores.false_oos), macro_f1, Score("ece", scores.ece), Score("examples", scores.examples),
            Score("texts_per_s", scores.texts_per_s))  # fmt: skip
