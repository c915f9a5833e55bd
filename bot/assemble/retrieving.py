"""How well evidence is found, for the command line: recall of BM25, vectors, their fusion, and the walk over the graph.

Takes a folder of passages and questions, or of conversations and questions, and the shipped encoder; each corpus or
conversation is indexed as the assistant does it, in a temporary folder.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bot.system import Score, UsageError
from generation import retrieve
from generation.evidence import Encoder, Passage
from generation.index import PassageIndex
from generation.walk import Walker
from generation.web import Web
from kg.pagerank import push
from nlu.corpora import read_rows
from nlu.score import Prediction
from nlu.tokens import language_of

WAYS = ("bm25", "dense", "fused", "graph")
DEPTHS = (2, 5, 10)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the ids of what answers it, and the row it came from."""

    text: str
    relevant: tuple[str, ...]
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages that are searched together, with the ids their source gives them, and the questions about them."""

    passages: tuple[Passage, ...]
    names: tuple[str, ...]  # by place: passage n has id n + 1
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was found for one question, best first, by each way of `WAYS`."""

    question: Question
    found: Mapping[str, tuple[str, ...]]
    seconds: float  # of the whole search, graph included, without encoding the question

    def recall(self, way: str, depth: int) -> float:
        """Return the share of what answers the question among the first so many."""
        wanted = set(self.question.relevant)
        return len(wanted & set(self.found[way][:depth])) / len(wanted)


def corpora(task: str, folder: Path) -> list[Corpus]:
    """Return what a folder holds, for "retrieval" or for "memory". Raises UsageError when a file is missing."""
    if not folder.is_dir():
        raise UsageError(f"evaluate {task} takes a directory, {str(folder)!r} is none")
    return [_library(folder)] if task == "retrieval" else list(_conversations(folder))


def figures(asked: Sequence[Asked]) -> tuple[Score, ...]:
    """Return recall by way and depth, over all questions alike."""
    if not asked:
        raise UsageError("there is no question with something that answers it")
    ways = [
        Score(way, tuple(Score(f"recall@{k}", float(np.mean([a.recall(way, k) for a in asked]))) for k in DEPTHS))
        for way in WAYS
    ]
    return (*ways, Score("p50_ms", 1000 * median(a.seconds for a in asked)), Score("examples", len(asked)))


def predictions(asked: Sequence[Asked]) -> list[Prediction]:
    """Return each question's row with what was found by each way."""
    return [Prediction(a.question.row, {way: list(ids) for way, ids in a.found.items()}) for a in asked]


def ask_all(corpus: Corpus, encoder: Encoder) -> Iterator[Asked]:
    """Yield what is found for each question of a corpus."""
    with tempfile.TemporaryDirectory() as folder:
        index = PassageIndex(Path(folder), encoder)
        index.add(corpus.passages, encoder.encode([p.text for p in corpus.passages]))
        walker = Walker(push, Web(index))
        vectors = encoder.encode([q.text for q in corpus.questions])
        for question, vector in zip(corpus.questions, vectors, strict=True):
            began = time.perf_counter()
            ask = retrieve.Ask(question.text, vector, language_of(question.text))
            hits = index.search(ask.text, vector, retrieve.CANDIDATES)
            walked = retrieve.associate(ask, index, hits, walker)
            seconds = time.perf_counter() - began
            most = max(DEPTHS)
            ways = {
                "bm25": [id for id, _ in index.words.best(question.text, most)],
                "dense": [hit.passage.id for hit in hits],
                "fused": [hit.passage.id for _, hit in retrieve.fuse(ask, index, hits)],
                "graph": [id for id, _ in walked],
            }
            found = {way: tuple(corpus.names[id - 1] for id in ids[:most]) for way, ids in ways.items()}
            yield Asked(question, found, seconds)


def _library(folder: Path) -> Corpus:
    """Return a corpus of titled passages; each stands for itself."""
    rows = list(read_rows(_file(folder, "corpus.jsonl")))
    passages = tuple(
        Passage(n, n, 0, len(row["text"]), f"{row['title']}. {row['text']}", str(row["title"]))
        for n, row in enumerate(rows, 1)
    )
    questions = tuple(
        Question(str(row["question"]), tuple(map(str, row["relevant"])), row)
        for row in read_rows(_file(folder, "queries.jsonl"))
        if row["relevant"]
    )
    return Corpus(passages, tuple(str(row["id"]) for row in rows), questions)


def _conversations(folder: Path) -> Iterator[Corpus]:
    """Yield each conversation as a corpus of turns, with when and by whom each was said; a session is an episode."""
    rows = list(read_rows(_file(folder, "questions.jsonl")))
    for talk in read_rows(_file(folder, "conversations.jsonl")):
        passages: list[Passage] = []
        names: list[str] = []
        for number, session in enumerate(talk["sessions"], 1):
            for place, turn in enumerate(session["turns"]):
                shown = f" [{turn['image_caption']}]" if turn.get("image_caption") else ""
                text = f"{session['date']} {turn['speaker']}: {turn['text']}{shown}"
                names.append(str(turn["id"]))
                passages.append(Passage(len(names), number, place, place + 1, text, "", str(turn["speaker"])))
        questions = tuple(
            Question(str(row["question"]), tuple(map(str, row["evidence"])), row)
            for row in rows
            if row["conversation"] == talk["id"] and row["evidence"]
        )
        yield Corpus(tuple(passages), tuple(names), questions)


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise UsageError(f"there is no {name} (or {name}.gz) in {str(folder)!r}")
