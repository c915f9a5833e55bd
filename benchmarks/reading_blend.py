"""Fits how the reader's view and the ranking's are weighed, and measures coverage and error on questions left out.

    python benchmarks/reading_blend.py TEXT… [--reader DIR] [--out generation/weights/reading.json]

A text holds blocks of told lines with questions (nlu.training.reading_rows). Four blocks make a memory, every line a
passage; the last twelfth of each text, which no reader was trained on, is used: its even memories for the fit, its odd
ones to measure. A passage is right if it is the line that answers.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
from results import record

from generation import reading, unknown
from generation.evidence import Passage
from generation.index import PassageIndex
from generation.retrieve import Ask, retrieve
from nlu import checkpoint
from nlu.reader import SHIPPED, Reader
from nlu.tokens import language_of
from nlu.understand import Understander

KEPT = 0.92  # of a text is trained on
TOGETHER = 4  # blocks that make a memory
LIKELY = 0.5  # what is likelier right than not is said


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over a memory; `line` answers it, "" when nothing does."""

    text: str
    line: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The best passage of a question: the two views in log-odds, and whether it is right."""

    reader: float
    ranking: float
    right: bool
    answerable: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--reader", type=Path, default=SHIPPED)
    parser.add_argument("--out", type=Path, default=reading.WEIGHTS)
    parser.add_argument("--limit", type=int, default=400, help="questions")
    given = parser.parse_args()
    began = time.monotonic()
    encoder = Understander.load()
    words = checkpoint.load(SHIPPED).network.trunk.words.weight.detach()
    reader = Reader.load(cast(Path, given.reader), words)
    memories = [memory for text in given.texts for memory in held_out(text)]
    random.Random(0).shuffle(memories)
    judged: list[list[Judged]] = [[], []]
    for n, (lines, questions) in enumerate(memories):
        if sum(map(len, judged)) < given.limit:
            judged[n % 2] += judge(lines, questions, encoder, reader)
    blend = fitted(judged[0])
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        answered = [j for j in judged[1] if probability(blend, j) >= threshold]
        wrong = sum(not j.right for j in answered) / max(1, len(answered))
        asked = [j for j in judged[1] if j.answerable]
        right = sum(j.right and probability(blend, j) >= threshold for j in asked) / max(1, len(asked))
        false = [probability(blend, j) >= threshold for j in judged[1] if not j.answerable]
        record("reading_error_of_answered", wrong, split=f"own texts left out, threshold {threshold}",
               seconds=time.monotonic() - began, coverage=round(right, 4), false_answers=round(sum(false) / max(1, len(false)), 4),
               examples=len(judged[1]))  # fmt: skip
    cast(Path, given.out).write_text(json.dumps({**asdict(blend), "examples": len(judged[0])}, indent=1) + "\n", "utf-8")


def held_out(path: Path) -> Iterator[tuple[list[str], list[Asked]]]:
    """Yield memories of a text's last blocks: their lines and questions."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    last = blocks[math.ceil(len(blocks) * KEPT) :]
    for start in range(0, len(last), TOGETHER):
        lines: list[str] = []
        questions: list[Asked] = []
        for block in last[start : start + TOGETHER]:
            told = [row[1:].strip() for row in block.split("\n") if row.startswith(">")]
            lines += told
            for row in block.split("\n"):
                if row.startswith("!"):
                    questions.append(Asked(row[1:].strip(), ""))
                elif row[:1] in ("?", "y"):
                    question, number, _ = (part.strip() for part in row[1:].rsplit("|", 2))
                    questions.append(Asked(question, told[int(number) - 1]))
        yield lines, questions


def judge(lines: Sequence[str], questions: Sequence[Asked], encoder: Understander, reader: Reader) -> list[Judged]:
    """Return the best passage of each question."""
    weights, flat = unknown.load(encoder.id), reading.Blend(0.0, 1.0, 0.3, 0.5)
    found: list[Judged] = []
    with tempfile.TemporaryDirectory() as folder:
        index = PassageIndex(Path(folder), encoder)
        passages = [Passage(n, n, 0, len(line), line) for n, line in enumerate(lines, 1)]
        index.add(passages, encoder.encode(lines))
        vectors = encoder.encode([q.text for q in questions])
        for question, vector in zip(questions, vectors, strict=True):
            ask = Ask(question.text, vector, language_of(question.text))
            hits = retrieve(ask, index, limit=reading.READ, weights=weights)
            said = reading.read(question.text, hits, index, reader, flat)
            if said:
                best = said[0]
                found.append(Judged(logit(best.reader), logit(best.ranking), best.passage.text == question.line, bool(question.line)))
    return found


def fitted(rows: Sequence[Judged]) -> reading.Blend:
    """Return the logistic that best tells right passages."""
    x = np.array([[1.0, j.reader, j.ranking] for j in rows])
    y = np.array([float(j.right) for j in rows])
    beta = np.zeros(3)
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag([1e-6, 0.1, 0.1])
        beta += np.linalg.solve(hessian, x.T @ (y - p) - np.diag([0, 0.1, 0.1]) @ beta)
    bias, reader, ranking = (round(float(b), 4) for b in beta)
    return reading.Blend(bias, reader, ranking, LIKELY)


def probability(blend: reading.Blend, judged: Judged) -> float:
    return 1 / (1 + math.exp(-(blend.bias + blend.reader * judged.reader + blend.ranking * judged.ranking)))


def logit(chance: float) -> float:
    clipped = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))


if __name__ == "__main__":
    main()
