"""Measures reading on titles left out: the sentence that is quoted, its words, and whether anything answers at all.

    python benchmarks/reading_passages.py DATA [SET…] [--limit N] [--reader DIR]

Every third title of a reading set was kept from the reader (nlu.training.reading_rows.parted). Given the passage: the
sentence in which the reader's words begin holds an answer. Given all passages: the sentence that the product's retrieval
and reader would quote, over all passages of the set, beside what ranks first without a reader. No answer: the same questions
on the passage that ranks best among the others, and on their own without its sentence; AUROC against their own passages.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from results import record

from bot.assemble.reading_figures import auroc, judge
from generation import reading, unknown
from generation.evidence import Passage
from generation.index import PassageIndex
from generation.retrieve import Ask, retrieve
from nlu import checkpoint
from nlu.corpora import read_rows
from nlu.reader import SHIPPED, Reader
from nlu.tokens import split_sentences
from nlu.training.reading_rows import folder_rows, parted
from nlu.understand import Understander

SETS = ("xquad_en", "xquad_zh", "cmrc2018_trial_zh", "cmrc2018_dev_zh")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--limit", type=int, default=200, help="questions a set")
    parser.add_argument("--reader", type=Path, default=SHIPPED)
    given = parser.parse_args()
    encoder = Understander.load()
    reader = Reader.load(given.reader, checkpoint.load(SHIPPED).network.trunk.words.weight.detach())
    for name in cast("list[str]", given.sets):
        folder = cast(Path, given.data) / "reading" / name
        rows = parted(folder_rows(folder))[1]
        random.Random(0).shuffle(rows)
        measure(name, rows[: given.limit], folder, encoder, reader)


def measure(name: str, rows: Sequence[Mapping[str, Any]], folder: Path, encoder: Understander, reader: Reader) -> None:
    """Record the figures of one set."""
    began = time.monotonic()
    split_name, count = f"{name}, every third title", len(rows)

    def note(metric: str, value: float, **more: float) -> None:
        record(metric, value, split=split_name, seconds=time.monotonic() - began, examples=count, **more)

    judged = judge(reader, rows)
    note("reading_sentence_given_passage", sum(j.sentence for j in judged) / count)
    note("reading_span_f1", sum(j.f1 for j in judged) / count, exact=round(sum(j.exact for j in judged) / count, 4))
    held = [j.reading.answers for j in judged]
    without = [{**row, "context": bare} for row in rows if (bare := _without(row))]
    note("reading_auroc_without_sentence", auroc(held, [j.reading.answers for j in judge(reader, without)]))
    with tempfile.TemporaryDirectory() as temporary:
        index, texts = _index(Path(temporary), folder, encoder)
        right, first, others, spent = _given_all(rows, index, texts, encoder, reader)
    note("reading_sentence_given_all", right / count, without_reader=round(first / count, 4))
    note("reading_auroc_near_miss", auroc(held, others))
    note("reading_given_all_p50_ms", 1000 * sorted(spent)[len(spent) // 2])


def _given_all(
    rows: Sequence[Mapping[str, Any]], index: PassageIndex, texts: Mapping[int, str], encoder: Understander, reader: Reader
) -> tuple[int, int, list[float], list[float]]:
    """Return how often the sentence quoted is right, and the first one ranked; chances on near misses; seconds."""
    weights, blend = unknown.load(encoder.id), reading.Blend.load()
    right = first = 0
    others: list[float] = []
    spent: list[float] = []
    vectors = encoder.encode([str(row["question"]) for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        began = time.monotonic()
        answers = [str(answer) for answer in row["answers"]]
        ask = Ask(str(row["question"]), vector, str(row["lang"]))
        found = retrieve(ask, index, limit=reading.READ, budget=10_000, weights=weights)
        said = reading.read(str(row["question"]), found, index, reader, blend)
        spent.append(time.monotonic() - began)
        right += bool(said) and _holds(said[0].passage.text, answers) and texts[said[0].passage.episode] == row["context"]
        first += bool(found) and _holds(found[0].evidence.text, answers) and texts[found[0].evidence.episode] == row["context"]
        near = next((texts[f.evidence.episode] for f in found if texts[f.evidence.episode] != row["context"]), None)
        if near is not None and not _holds(near, answers):
            others.append(reader.read_long(str(row["question"]), near).answers)
    return right, first, others, spent


def _index(directory: Path, folder: Path, encoder: Understander) -> tuple[PassageIndex, dict[int, str]]:
    corpus = folder / "corpus.jsonl"
    texts = list(read_rows(corpus if corpus.is_file() else folder / "corpus.jsonl.gz"))
    index = PassageIndex(directory, encoder)
    passages = [
        Passage(10_000 * n + k, n, s.start, s.end, str(row["text"])[s.start : s.end], title=str(row["title"]))
        for n, row in enumerate(texts)
        for k, s in enumerate(split_sentences(str(row["text"])))
    ]
    index.add(passages, encoder.encode([p.text for p in passages]))
    return index, {n: str(row["text"]) for n, row in enumerate(texts)}


def _without(row: Mapping[str, Any]) -> str:
    """Return a row's context without the sentences that hold an answer."""
    context, answers = str(row["context"]), [str(answer) for answer in row["answers"]]
    kept = [context[s.start : s.end] for s in split_sentences(context)]
    return " ".join(text for text in kept if not _holds(text, answers))


def _holds(text: str, answers: Sequence[str]) -> bool:
    return any(answer in text for answer in answers)


if __name__ == "__main__":
    main()
