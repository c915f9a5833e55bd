"""Verbs that teach and measure the models: train, evaluate. They hand the order over and print what came of it."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.config import Settings
from bot.system import EvaluationOrder, Score, System, TrainingOrder, UsageError

NewVerb = Callable[[str, str], argparse.ArgumentParser]

TRAINED = ("trunk", "understanding", "ner", "intent", "sentiment", "relations", "questions", "reader")
MEASURED = (
    "ner", "intent", "sentiment", "relations", "statements", "facts", "questions", "retrieval", "memory", "reading"
)  # fmt: skip


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    train = new("train", "train a model on your own rows")
    train.add_argument("task", choices=TRAINED)
    train.add_argument("--train", nargs="+", type=Path, default=[], metavar="FILE", help="rows, perhaps gzipped")
    train.add_argument("--dev", type=Path, metavar="FILE", help="rows to choose the best epoch by")
    train.add_argument("--graph", type=Path, metavar="KB", help="for questions: tsv (s p o) or RDF")
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="where weights and card are written")
    train.add_argument("--device", default="", help="auto, cpu, cuda (default: the configuration's)")
    train.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    train.add_argument("--start", type=Path, metavar="DIR", help="weights to start from")
    train.add_argument("--minutes", type=_minutes, default=60.0, metavar="M", help="stop after M minutes (default: 60)")
    train.add_argument("--seed", type=int, default=0, metavar="N")
    train.set_defaults(run=_train)
    evaluate = new("evaluate", "measure a model")
    evaluate.add_argument("task", choices=MEASURED)
    evaluate.add_argument("path", type=Path, metavar="FILE", help="rows, or a directory for retrieval and memory")
    evaluate.add_argument("--model", type=Path, metavar="DIR", help="a trained model (default: the shipped one)")
    evaluate.add_argument("--graph", type=Path, metavar="KB", help="for questions: tsv (s p o) or RDF")
    evaluate.add_argument("--predictions", type=Path, metavar="OUT", help="write each row with what was predicted")
    evaluate.add_argument("--map", default="", metavar="THEIRS=OURS,…", help="for ner: names of types")
    evaluate.add_argument("--limit", type=int, metavar="N", help="use the first N rows")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(run=_evaluate)


def _train(args: argparse.Namespace, settings: Settings, system: System) -> int:
    _exist(*args.train, *(path for path in (args.dev, args.start, args.graph) if path))
    device = args.device or settings.understanding.device
    order = TrainingOrder(
        task=args.task,
        files=tuple(args.train),
        dev=args.dev,
        out=args.out,
        device=device,
        resume=args.resume,
        start=args.start,
        minutes=args.minutes,
        seed=args.seed,
        graph=args.graph,
    )
    system.train(settings, order)
    print(f"written to {args.out}")
    return 0


def _evaluate(args: argparse.Namespace, settings: Settings, system: System) -> int:
    _exist(args.path, *(path for path in (args.model, args.graph) if path))
    names = tuple(_pair(pair) for pair in args.map.split(",") if pair)
    order = EvaluationOrder(args.task, args.path, args.model, args.graph, args.predictions, names, args.limit)
    scores = system.evaluate(settings, order)
    if args.json:
        print(json.dumps(_object(scores), ensure_ascii=False))
    else:
        _show(scores, "")
    return 0


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError("must be more than 0")
    return minutes


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.partition("=")
    if not (theirs and equals and ours):
        raise UsageError(f"--map takes THEIRS=OURS,…; {text!r} is no such pair")
    return theirs, ours


def _exist(*paths: Path) -> None:
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no file {str(path)!r}")


def _object(scores: Sequence[Score]) -> dict[str, object]:
    return {s.key: _object(s.value) if isinstance(s.value, tuple) else s.value for s in scores}


def _show(scores: Sequence[Score], indent: str) -> None:
    for score in scores:
        if isinstance(score.value, tuple):
            print(f"{indent}{score.key}")
            _show(score.value, indent + "  ")
        else:
            value = f"{score.value:.4f}" if isinstance(score.value, float) else score.value
            print(f"{indent}{score.key:<24} {value}")
