"""`train reader` and `evaluate reading` for the command line: orders in, models and figures out.

A row is {"context", "question", "answers"}, where no answers means that the context doesn't hold one; a folder holds
corpus.jsonl and queries.jsonl. Figures: exact match and F1 over tokens (Rajpurkar et al. 2016, 2018), whether the sentence
quoted is the one that answers, and how well answerable questions are told from others.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from bot.system import EvaluationOrder, Score, TrainingOrder, UsageError
from generation.bm25 import InvertedIndex
from generation.reading import best_sentence
from nlu import checkpoint
from nlu.corpora import read_rows
from nlu.reader import SHIPPED, Reader, Reading, is_saved
from nlu.score import Prediction
from nlu.tokens import split_sentences, tokenize
from nlu.training.reader import PACE, train_reader
from nlu.training.reading_rows import file_rows, folder_rows

ANSWERS = 0.5  # chance from which the reader answers


@dataclass(frozen=True, slots=True)
class Judged:
    """One question and what became of it."""

    row: Mapping[str, Any]
    reading: Reading
    words: str
    f1: float
    exact: bool
    sentence: bool  # whether the sentence that was quoted holds an answer

    @property
    def answerable(self) -> bool:
        return bool(self.row["answers"])


def train(order: TrainingOrder, device: str) -> None:
    """Train a reader on the order's rows. Raises UsageError without any."""
    if not order.files:
        raise UsageError("train reader needs --train FILE… with rows {'context', 'question', 'answers'}")
    rows = list(file_rows(order.files))
    start = order.out if order.resume and is_saved(order.out) else order.start
    pace = replace(PACE, device=device, minutes=order.minutes, seed=order.seed)
    train_reader(rows, order.out, start=start, pace=pace, card={"data": [path.name for path in order.files]})


def load_reader(folder: Path | None, device: str) -> Reader:
    """Return the shipped reader or that of a folder, on the shipped trunk's words. Raises WeightsError."""
    words = checkpoint.load(SHIPPED).network.trunk.words.weight.detach()
    return Reader.load(folder or SHIPPED, words, device=device)


def evaluate(order: EvaluationOrder, device: str) -> tuple[tuple[Score, ...], list[Prediction]]:
    """Return the figures of a reader on a file or a folder, and every prediction."""
    rows = folder_rows(order.path) if order.path.is_dir() else read_rows(order.path)
    judged = judge(load_reader(order.model, device), list(islice(rows, order.limit)))
    predictions = [Prediction(j.row, {"answer": j.words, "chance": round(j.reading.answers, 4)}) for j in judged]
    return figures(judged), predictions


def judge(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> list[Judged]:
    """Return what a reader finds in each row's context; how rare a word is follows from all of them."""
    words = InvertedIndex()
    for n, context in enumerate(dict.fromkeys(str(row["context"]) for row in rows)):
        for k, span in enumerate(split_sentences(context)):
            words.add(1000 * n + k, span.of(context))
    return [_judged(row, reader.read_long(str(row["question"]), str(row["context"])), words) for row in rows]


def figures(judged: Sequence[Judged]) -> tuple[Score, ...]:
    """Return the figures that `evaluate reading` prints."""
    held = [j for j in judged if j.answerable]
    empty = [j for j in judged if not j.answerable]
    right = [j.f1 if j.answerable else float(j.reading.answers < ANSWERS) for j in judged]
    exact = [j.exact if j.answerable else j.reading.answers < ANSWERS for j in judged]
    return (
        Score("f1", _mean(right)),
        Score("exact", _mean([float(e) for e in exact])),
        Score("no_answer_recall", _mean([float(j.reading.answers < ANSWERS) for j in empty])),
        Score("no_answer_auroc", auroc([j.reading.answers for j in held], [j.reading.answers for j in empty])),
        Score("sentence_given_passage", _mean([float(j.sentence) for j in held])),
        Score("examples", len(judged)),
    )


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return how often a positive scores above a negative, ties half; nan without one of the two.

    >>> auroc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    if not positive or not negative:
        return math.nan
    pairs = len(positive) * len(negative)
    return sum((p > n) + 0.5 * (p == n) for p in positive for n in negative) / pairs


def token_f1(said: str, gold: str) -> float:
    """Return the F1 of two answers over their tokens.

    >>> round(token_f1("the red lamp", "red lamp"), 2)
    0.8
    """
    one, other = ([t.text.casefold() for t in tokenize(text)] for text in (said, gold))
    shared = sum((Counter(one) & Counter(other)).values())
    return 2 * shared / (len(one) + len(other)) if one or other else 0.0


def _judged(row: Mapping[str, Any], reading: Reading, words: InvertedIndex) -> Judged:
    context, answers = str(row["context"]), [str(answer) for answer in row["answers"]]
    sentences = [(s.start, s.of(context)) for s in split_sentences(context)]
    n, span = best_sentence(str(row["question"]), sentences, reading, words) if sentences else (0, None)
    said = context[span[0] : span[1]] if span else ""
    return Judged(
        row, reading, said,
        max((token_f1(said, answer) for answer in answers), default=0.0),
        said.casefold().strip() in {answer.casefold().strip() for answer in answers},
        bool(sentences) and any(answer in sentences[n][1] for answer in answers),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
