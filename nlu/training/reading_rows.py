"""Questions over passages to learn reading from: own texts, and files of rows. Takes files, gives rows; trains nothing.

Own texts are blocks: a line "@ chat" or "@ doc TITLE", lines "> sentence", then "? question | line | words",
"y question | line | yes or no", "! question" that nothing answers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.corpora import CorpusError, read_rows
from nlu.tokens import language_of
from nlu.worlds.story import Stories

TEXTS = Path(__file__).parent.parent / "texts"  # the project's own


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A question over a passage; `start` and `end` are the answer's, both 0 where nothing answers."""

    question: str
    context: str
    start: int
    end: int
    verdict: str  # one of nlu.reader.VERDICTS


def own_rows(paths: Iterable[Path]) -> Iterator[ReadingRow]:
    """Yield the questions of own texts. Raises CorpusError for a broken block."""
    for path in paths:
        for n, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n"), 1):
            lines = block.split("\n")
            if not lines[0].startswith("@"):
                raise CorpusError(f"{path}, block {n}: expected '@ chat' or '@ doc TITLE', found {lines[0][:40]!r}")
            yield from _of_block(lines[1:], f"{path}, block {n}")


def file_rows(paths: Iterable[Path]) -> Iterator[ReadingRow]:
    """Yield rows {"context", "question", "answers"} of files, or those of folders with a corpus and queries."""
    for path in paths:
        for row in folder_rows(path) if path.is_dir() else read_rows(path):
            missing = {"context", "question", "answers"} - row.keys()
            if missing:
                raise CorpusError(f"{path}: a row needs 'context', 'question' and 'answers', {sorted(missing)} missing")
            yield located(str(row["question"]), str(row["context"]), [str(a) for a in row["answers"]])


def folder_rows(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield a folder's questions as rows: queries.jsonl over corpus.jsonl, perhaps gzipped."""
    texts = {str(row["id"]): row for row in read_rows(_either(folder, "corpus"))}
    for query in read_rows(_either(folder, "queries")):
        home = texts[str(query["relevant"][0])]
        yield {**query, "context": home["text"], "title": home["title"], "id": home["id"]}


def parted(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return a folder's rows to train on, and those of every third title to measure on.

    XQuAD's titles are the same in all its languages, so that a document falls on the same side in each.
    """
    kept = list(rows)
    titles = sorted({str(row["title"]) for row in kept})
    out = set(titles[::3])
    return [r for r in kept if r["title"] not in out], [r for r in kept if r["title"] in out]


def located(question: str, context: str, answers: Iterable[str]) -> ReadingRow:
    """Return a row with the place of the first answer that stands in the context."""
    for answer in answers:
        at = context.find(answer) if answer else -1
        if at >= 0:
            return ReadingRow(question, context, at, at + len(answer), "span")
    return ReadingRow(question, context, 0, 0, "none")


def _either(folder: Path, stem: str) -> Path:
    plain = folder / f"{stem}.jsonl"
    return plain if plain.is_file() else folder / f"{stem}.jsonl.gz"


def _of_block(lines: list[str], where: str) -> Iterator[ReadingRow]:
    told = [line[1:].strip() for line in lines if line.startswith(">")]
    gap = "" if language_of(" ".join(told)) == "zh" else " "
    starts, at = list[int](), 0
    for sentence in told:
        starts.append(at)
        at += len(sentence) + len(gap)
    context = gap.join(told)
    for line in lines:
        mark, body = line[:1], line[1:].strip()
        if mark == "!":
            yield ReadingRow(body, context, 0, 0, "none")
        elif mark in ("?", "y"):
            question, number, answer = (part.strip() for part in body.rsplit("|", 2))
            first = starts[int(number) - 1]
            sentence = told[int(number) - 1]
            if mark == "y":
                yield ReadingRow(question, context, first, first + len(sentence), answer)
            elif answer in sentence:
                place = first + sentence.index(answer)
                yield ReadingRow(question, context, place, place + len(answer), "span")
            else:
                raise CorpusError(f"{where}: {json.dumps(answer, ensure_ascii=False)} doesn't stand in line {number}")


def story_rows(stories: Stories, count: int, chance: random.Random) -> Iterator[ReadingRow]:
    """Yield questions about small worlds that were told, each with its twin that nothing answers."""
    for _ in range(count):
        for story in stories.draw(chance):
            gap = "" if language_of(story.question) == "zh" else " "
            text = gap.join(story.told)
            yield located(story.question, text, [story.answer] if story.answer else [])
