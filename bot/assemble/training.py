"""Training and measuring for the command line: orders in, models and scores out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.assemble import asking, reading_figures
from bot.assemble.device import device_of
from bot.assemble.extraction import facts_figures
from bot.assemble.language import descriptions
from bot.assemble.mind import Models
from bot.assemble.retrieving import ask_all, corpora
from bot.assemble.retrieving import figures as retrieval_figures
from bot.assemble.retrieving import predictions as retrieved
from bot.assemble.statements import learn_alone, statement_figures
from bot.assemble.trained import OWN, evaluate_own, is_own, span_figures, train_own
from bot.config import Settings
from bot.system import EvaluationOrder, Score, TrainingOrder, UsageError
from kg.ontology import Ontology
from nlu import checkpoint
from nlu.corpora import read_rows
from nlu.score import Prediction, score_entities
from nlu.train import TrainRequest, train_trunk, train_understanding


def train(order: TrainingOrder) -> None:
    """Train what the order names. Raises UsageError for a task that can't be trained yet."""
    if order.task == asking.TASK:
        asking.train_questions(order)
        return
    device = device_of(order.device)
    if order.task in OWN:
        train_own(order, device)
        return
    if order.task == "reader":
        reading_figures.train(order, device)
        return
    dev = (order.dev,) if order.dev else ()
    start = order.out if order.resume and checkpoint.is_saved(order.out) else order.start
    request = TrainRequest(
        order.files,
        order.out,
        dev,
        start,
        device,
        order.minutes,
        seed=order.seed,
        descriptions=descriptions(Ontology.load()),
    )
    if order.task == "trunk":
        train_trunk(request)
    else:
        train_understanding(request)


def evaluate(settings: Settings, order: EvaluationOrder) -> Sequence[Score]:
    """Measure the shipped models, or those of a folder, on a file."""
    from bot.assemble import load_models

    if order.task == asking.TASK:
        figures, predictions = asking.evaluate_questions(order)
        _write(order.predictions, predictions)
        return figures
    if is_own(order):
        figures, predictions = evaluate_own(order, device_of(settings.understanding.device))
        _write(order.predictions, predictions)
        return figures
    if order.task == "reading":
        figures, predictions = reading_figures.evaluate(order, device_of(settings.understanding.device))
        _write(order.predictions, predictions)
        return figures
    if order.model is not None:
        settings = replace(settings, understanding=replace(settings.understanding, weights=order.model))
    models = load_models(settings)
    if order.task == "ner":
        scores = score_entities(models.understander, order.path, {ours: theirs for theirs, ours in order.names})
        _write(order.predictions, scores.predictions)
        return span_figures(scores)
    if order.task == "statements":
        return _statements(models, order)
    if order.task == "facts":
        figures, predictions = facts_figures(models, list(read_rows(order.path))[: order.limit])
        _write(order.predictions, predictions)
        return figures
    if order.task in ("retrieval", "memory"):
        asked = [found for corpus in corpora(order.task, order.path) for found in ask_all(corpus, models.understander)]
        _write(order.predictions, retrieved(asked))
        return retrieval_figures(asked)
    raise UsageError(f"evaluate {order.task} is not there yet")


def _statements(models: Models, order: EvaluationOrder) -> Sequence[Score]:
    """Learn each message alone, in a fresh memory, and compare with what is annotated."""
    predictions = list(learn_alone(models, list(read_rows(order.path))[: order.limit]))
    _write(order.predictions, predictions)
    return statement_figures(predictions, Ontology.load())


def _write(path: Path | None, predictions: Iterable[Prediction]) -> None:
    if path is not None:
        lines = (json.dumps({**p.row, "predicted": p.predicted}, ensure_ascii=False) for p in predictions)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
