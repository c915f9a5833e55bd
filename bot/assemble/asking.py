"""Questions over a graph in a file, for the command line: rows and a graph in, a model and scores out."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.system import EvaluationOrder, Score, TrainingOrder, UsageError
from kg.asking.asked import Asked
from kg.asking.knowledge import Knowledge
from kg.asking.names import Candidate, Names, words_in
from kg.asking.search import Search
from kg.asking.sources import read_knowledge
from kg.asking.targets import Meant, QuestionRow, Targets, question_row
from nlu.corpora import read_rows
from nlu.paths import FORMS, SHIPPED, TrainedPaths, load_paths, save_paths
from nlu.score import Prediction
from nlu.training.paths import MOST, PathExample, PathSet, Way, fit_paths
from nlu.wordpiece import Vocabulary

log = logging.getLogger(__name__)
TASK = "questions"
MINUTES = 15.0  # the longest that learning takes
Measured = tuple[tuple[Score, ...], Sequence[Prediction]]


@dataclass(frozen=True, slots=True)
class Told:
    """A question's row with what was found in it."""

    row: QuestionRow
    found: tuple[Candidate, ...]
    groups: tuple[tuple[Meant, ...], ...]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the shipped sub-words."""
    return Vocabulary.load(SHIPPED / "vocab.txt")


def simple() -> dict[int, str]:
    """Return the simplified form of traditional characters, by code."""
    return {ord(form): plain for form, plain in vocabulary().simplified.items() if len(form) == 1}


def labels_of(knowledge: Knowledge) -> tuple[tuple[str, ...], ...]:
    """Return the words of the properties' names."""
    return tuple(tuple(w.text for w in words_in(knowledge.labels[n])) for n in range(len(knowledge.labels)))


def is_shipped() -> bool:
    """Whether a reader of paths comes with the program."""
    return (SHIPPED / "paths.json").is_file()


def open_search(path: Path, model: Path | None) -> Search:
    """Return a graph's file ready to be asked."""
    knowledge = read_knowledge(path)
    trained = load_paths(model or SHIPPED)
    reader = trained.over(labels_of(knowledge))
    return Search(knowledge, Names.of(knowledge, simple()), reader, returns=bool(trained.card.get("returns", True)))


def train_questions(order: TrainingOrder) -> None:
    """Train on the order's rows over its graph, or over those that the rows name."""
    if not order.files:
        raise UsageError("train questions needs --train FILE…")
    pairs = [(read_knowledge(graph), rows) for graph, rows in _by_graph(order).items()]
    trained = teach(pairs, minutes=min(order.minutes, MINUTES), seed=order.seed)
    card = {**trained.card, "data": [path.parent.name for path in order.files]}
    save_paths(order.out, TrainedPaths(trained.network, trained.vocabulary, card))
    if order.dev is not None:
        figures, _ = evaluate_questions(EvaluationOrder(TASK, order.dev, order.out, order.graph, None))
        log.info("dev: %s", ", ".join(f"{figure.key} {figure.value:.4f}" for figure in figures))


def teach(
    pairs: Sequence[tuple[Knowledge, Sequence[Mapping[str, Any]]]],
    *,
    minutes: float = MINUTES,
    most: int = MOST,
    seed: int = 0,
) -> TrainedPaths:
    """Return a model trained on the rows of each graph. Raises UsageError where nothing can be learned."""
    began = time.monotonic()
    sets: list[PathSet] = []
    kept = dropped = 0
    for knowledge, rows in pairs:
        told = _told(knowledge, rows)
        kept += _exactly(knowledge, told, returns=True)
        dropped += _exactly(knowledge, told, returns=False)
        sets.append(PathSet(labels_of(knowledge), tuple(_example(knowledge, one) for one in told if one.groups)))
        log.info("%d of %d questions can be learned from, %.0f s", len(sets[-1].examples), len(rows),
                 time.monotonic() - began)  # fmt: skip
    if not any(one.examples for one in sets):
        raise UsageError("no row's topic and answers are in the graph; is it the graph of these rows?")
    trained = fit_paths([one for one in sets if one.examples], vocabulary(), minutes=minutes, most=most, seed=seed)
    card: dict[str, object] = {
        "name": "tripletalk-paths",
        "task": "questions as paths over a graph",
        "questions": sum(len(one.examples) for one in sets),
        "returns": kept >= dropped,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    return TrainedPaths(trained.network, trained.vocabulary, card)


def _by_graph(order: TrainingOrder) -> dict[Path, list[dict[str, Any]]]:
    """Return the rows of each graph's file."""
    found: dict[Path, list[dict[str, Any]]] = {}
    for path in order.files:
        for row in read_rows(path):
            graph = order.graph or (path.parent / str(row["kb"]) if "kb" in row else None)
            if graph is None:
                raise UsageError("train questions needs --graph KB, the file of the graph that is asked")
            found.setdefault(graph, []).append(row)
    return found


def _told(knowledge: Knowledge, rows: Sequence[Mapping[str, Any]]) -> list[Told]:
    names = Names.of(knowledge, simple())
    targets = Targets.of(knowledge, names)
    stride = max(len(rows) / MOST, 1.0)
    told: list[Told] = []
    known: dict[int, Told] = {}  # a row that stands there several times is looked at once
    for n in range(min(len(rows), MOST)):
        raw = rows[int(n * stride)]
        if id(raw) not in known:
            row = question_row(raw)
            found = names.find(row.question, row.history)
            known[id(raw)] = Told(row, found, targets.groups(row, found))
        told.append(known[id(raw)])
    return told


def _exactly(knowledge: Knowledge, told: Sequence[Told], *, returns: bool) -> int:
    """Return how many rows' answers are just what their path gives, with or without coming back to the topic."""
    count = 0
    for one in told[:: len(told) // 3000 + 1]:
        if len(one.groups) == 1 and one.row.form == FORMS[0]:
            meant = one.groups[0][0]
            reached = knowledge.follow(meant.node, meant.path, returns=returns)
            count += {knowledge.names[int(n)] for n in reached} == set(one.row.answers)
    return count


def _example(knowledge: Knowledge, told: Told) -> PathExample:
    return PathExample(
        tuple(word.text for word in words_in(told.row.question)),
        told.found,
        tuple(
            tuple(Way(m.candidate, m.path, _around(knowledge, m)) for m in group)
            for group in told.groups
        ),
        FORMS.index(told.row.form) if told.row.form in FORMS else 0,
    )  # fmt: skip


def _around(knowledge: Knowledge, meant: Meant) -> tuple[tuple[int, ...], ...]:
    if knowledge.size <= 512:
        return ()
    steps: list[tuple[int, ...]] = []
    nodes = np.array([meant.node], np.int32)
    for relation in meant.path:
        steps.append(tuple(np.flatnonzero(knowledge.around(nodes)).tolist())[:256])
        nodes = knowledge.step(nodes, relation)
    return tuple(steps)


def evaluate_questions(order: EvaluationOrder) -> Measured:
    """Return the figures of a model on a file of questions over a graph, and every prediction."""
    if order.graph is None:
        raise UsageError("evaluate questions needs --graph KB, the file of the graph that is asked")
    search = open_search(order.graph, order.model)
    hits = f1 = exact = answered = 0.0
    times: list[float] = []
    predictions: list[Prediction] = []
    for row in list(read_rows(order.path))[: order.limit]:
        told = question_row(row)
        began = time.monotonic()
        asked = search.answer(told.question, told.history)
        times.append((time.monotonic() - began) * 1000)
        gold = set(told.answers)
        said = _said(search.knowledge, asked, gold)
        shown = {"answers": said, "path": asked.path, "sparql": asked.sparql, "score": round(asked.score, 4)}
        predictions.append(Prediction(row, shown))
        if not gold:
            continue
        both = len(gold & set(said))
        hits += bool(said) and said[0] in gold
        f1 += 2 * both / (len(gold) + len(set(said)))
        exact += gold == set(said)
        answered += bool(said)
    count = max(sum(bool(question_row(p.row).answers) for p in predictions), 1)
    p50, p95 = np.percentile(times, [50, 95])
    return (Score("hits_at_1", hits / count), Score("f1", f1 / count), Score("exact", exact / count),
            Score("answered", answered / count), Score("p50_ms", float(p50)), Score("p95_ms", float(p95)),
            Score("examples", count)), predictions  # fmt: skip


def _said(knowledge: Knowledge, asked: Asked, gold: Set[str]) -> list[str]:
    """Return the answers as the rows write theirs: by name, or by IRI or its last part where that is among the gold."""
    if asked.form == "count":
        return list(asked.names)
    if asked.truth is not None:
        return ["yes" if asked.truth else "no"]
    said: list[str] = []
    for node, name in zip(asked.answers, asked.names, strict=True):
        iri = knowledge.terms[node].strip("<>")
        forms = (name, iri, iri.rsplit("/", 1)[-1], *knowledge.names_of(node))
        said.append(next((form for form in forms if form in gold), name))
    return said
