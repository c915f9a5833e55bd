"""Passages read together with the question: which words answer, or yes, no, or that nothing does.

Takes ranked passages and a reader, gives them with what the reader found, each with one probability from both. A
sentence is read with its neighbours, and a message with the one before it: "he" is named there. It knows no graph and no
network.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from generation.bm25 import InvertedIndex, coverage, fold, terms
from generation.evidence import Evidence, Passage, Reader, Reading
from generation.index import PassageIndex
from generation.phrasing import is_chinese, language_of
from generation.retrieve import Found, Names
from generation.unknown import Expected, expected, present, shifted
from generation.write import shorten

WEIGHTS = Path(__file__).parent / "weights" / "reading.json"
READ = 4  # ranked passages that are read
ROOM_LATIN, ROOM_HAN = 420, 110  # characters that are read together
OFF_TYPE = -2.0  # log-odds for words that hold no price, time or number where one is asked for
MEASURES = frozenset({Expected.MONEY, Expected.NUMBER, Expected.TIME, Expected.DATE})
OVERLAP, FAINT = 5.0, 0.1  # of a sentence's share of the question's words in log-odds; chance of what isn't kept
NEAR = 0.8  # share of the best one's probability from which a newer message goes before it
SURE_SPAN = 0.5  # chance of the words, from which they answer by themselves
SURE_QUOTE = 0.65  # probability from which a sentence is quoted to a yes-or-no question that it doesn't decide
SURE_VERDICT = 0.75  # chance of yes or no, from which it is said
LONGEST_LATIN, LONGEST_HAN = 70, 30  # characters of words that answer by themselves


@dataclass(frozen=True, slots=True)
class Blend:
    """How the reader's view and the ranking's are weighed, in log-odds. See benchmarks/reading_blend.py."""

    bias: float = -0.4
    reader: float = 0.9
    ranking: float = 0.35
    threshold: float = 0.5

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Blend:
        """Return the fitted weights. Raises ValueError when the file is damaged; without one, those set by hand."""
        if not path.is_file():
            return cls()
        try:
            row = cast("dict[str, float]", json.loads(path.read_text(encoding="utf-8")))
            return cls(row["bias"], row["reader"], row["ranking"], row["threshold"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{str(path)!r} holds no weights: fit them again or delete it") from error

    def probability(self, reader: float, ranking: float, prior: float) -> float:
        """Return the chance that a passage answers; `prior` is added in log-odds."""
        odds = self.bias + self.reader * _logit(reader) + self.ranking * _logit(ranking) + prior
        return 1.0 / (1.0 + math.exp(-odds))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Passages that are read in one go, in order, with the places at which they begin in the text."""

    passages: tuple[Passage, ...]
    starts: tuple[int, ...]
    text: str

    def holding(self, at: int) -> Passage:
        """Return the passage in which a place of the text lies."""
        return next(p for p, start in reversed(list(zip(self.passages, self.starts, strict=True))) if start <= at)


@dataclass(frozen=True, slots=True)
class Said:
    """The passage that answers, its words, and how likely it does."""

    passage: Passage
    words: str
    verdict: str  # "span", "yes" or "no"
    probability: float
    span: float  # chance of the words among all of the passage
    decided: float = 1.0  # chance of the verdict among yes, no and words
    reader: float = 0.0  # the reader's view alone, and the ranking's
    ranking: float = 0.0


def read(
    question: str,
    found: Sequence[Found],
    index: PassageIndex,
    reader: Reader,
    blend: Blend,
    *,
    prior: float = 0.0,
    names: Sequence[Names] = (),
) -> tuple[Said, ...]:
    """Return what the best passages say to a question, likeliest first, one answer a passage.

    `names` are those of the things that the question names; `prior` is added in log-odds.
    """
    known = {fold(name) for group in names for name in group}
    chunks: dict[tuple[int, ...], tuple[Chunk, float]] = {}
    for item in found[:READ]:
        chunk = chunk_of(item.evidence, index)
        if chunk is not None:
            key = tuple(p.id for p in chunk.passages)
            chunks[key] = (chunk, max(item.probability, chunks[key][1] if key in chunks else 0.0))
    kept = list(chunks.values())
    readings = reader.read([(question, chunk.text) for chunk, _ in kept])
    best: dict[int, Said] = {}
    for (chunk, ranking), reading in zip(kept, readings, strict=True):
        said = _said(question, chunk, reading, index, blend.probability(reading.answers, ranking, prior), ranking)
        if said.verdict == "span" and fold(said.words) in known:
            continue  # whom the question names is no answer to it
        said = _of_type(said, question)
        if said.passage.id not in best or best[said.passage.id].probability < said.probability:
            best[said.passage.id] = said
    return _newest_first(sorted(best.values(), key=lambda s: -s.probability))


def _of_type(said: Said, question: str) -> Said:
    """Return an answer, less likely where it lacks what is asked for: a price, a time, a number, a date."""
    language = "zh" if is_chinese(question) else "en"
    wanted = expected(question, language)
    if said.verdict != "span" or not said.words or wanted not in MEASURES:
        return said
    missing = present(wanted, said.words, language, question=question) == 0.0
    return replace(said, probability=shifted(said.probability, OFF_TYPE)) if missing else said


def _newest_first(ranked: Sequence[Said]) -> tuple[Said, ...]:
    """Return answers with the newest of those that are about as likely first: what was said later holds now."""
    near = [s for s in ranked if s.probability >= NEAR * ranked[0].probability and not s.passage.title]
    if not near or near[0] is not ranked[0]:
        return tuple(ranked)
    newest = max(near, key=lambda s: s.passage.id)
    return (newest, *(s for s in ranked if s is not newest))


def chunk_of(evidence: Evidence, index: PassageIndex) -> Chunk | None:
    """Return a piece of evidence with what stands around it, as much as is read in one go; None if it is gone."""
    middle = index.covering(evidence.episode, evidence.start)
    if middle is None:
        return None
    room = ROOM_HAN if is_chinese(middle.text) else ROOM_LATIN
    row, size = [middle], len(middle.text)
    for ahead in (False, True, False, True):
        edge = row[-1] if ahead else row[0]
        near = index.beside(edge, 1 if ahead else -1)
        if near is not None and size + len(near.text) <= room:
            row = [*row, near] if ahead else [near, *row]
            size += len(near.text)
    gap = "" if is_chinese(middle.text) else " "
    head = f"{middle.title}: " if middle.title else ""  # whom "he" and "it" mean is often only there
    starts, at = list[int](), len(head)
    for passage in row:
        starts.append(at)
        at += len(passage.text) + len(gap)
    return Chunk(tuple(row), tuple(starts), head + gap.join(p.text for p in row))


def _said(
    question: str, chunk: Chunk, reading: Reading, index: PassageIndex, probability: float, ranking: float
) -> Said:
    texts = [(start, p.text) for start, p in zip(chunk.starts, chunk.passages, strict=True)]
    n, span = best_sentence(question, texts, reading, index.words)
    start, end = span or (reading.start, reading.end)
    words = chunk.text[start:end].strip(" ,.;:，。；：、") if span else ""
    chance = next((c for first, _, c in reading.spans if first == start), reading.span) if span else 0.0
    return Said(
        chunk.passages[n], words, reading.verdict, probability, chance, reading.decided, reading.answers, ranking
    )


def best_sentence(
    question: str, sentences: Sequence[tuple[int, str]], reading: Reading, words: InvertedIndex
) -> tuple[int, tuple[int, int] | None]:
    """Return which sentence answers best, and the likeliest span that begins in it, None if none does.

    The reader's chances count, and how much of the question's rare words stands there: with few questions to learn from,
    a reader doesn't weigh words as well as counting does. `sentences`: where each begins in the passage, and its text.
    """
    wanted = terms(question)
    best, chosen, score = 0, None, -math.inf
    for n, (start, text) in enumerate(sentences):
        inside = [span for span in reading.spans if start <= span[0] < start + len(text)]
        held = sum(chance for _, _, chance in inside)
        value = math.log(held + FAINT) + OVERLAP * coverage(wanted, terms(text), words)
        if value > score:
            span = max(inside, key=lambda span: span[2], default=None)
            best, chosen, score = n, None if span is None else (span[0], span[1]), value
    return best, chosen


def reply(said: Said, question: str, language: str, number: int, *, closed: bool, open_ended: bool) -> str:
    """Return an answer in words, cited: yes or no with the sentence, the words alone where they are sure, or the sentence.

    `closed`: the question wants yes or no; `open_ended`: it asks why or how, which a few words seldom say.
    """
    speech, n = language_of(language), str(number)
    sentence = shorten(around(said.passage.text, said.words), question)
    if closed:
        key = said.verdict if said.verdict != "span" and said.decided >= SURE_VERDICT else "quote"
        return speech.say(f"{key}_quote" if key != "quote" else key, text=sentence, n=n)
    longest = LONGEST_HAN if is_chinese(said.words) else LONGEST_LATIN
    if said.verdict == "span" and said.span >= SURE_SPAN and not open_ended and 0 < len(said.words) <= longest:
        return speech.say("words", text=said.words[:1].upper() + said.words[1:], n=n)
    return speech.say("quote", text=sentence, n=n)


def decides(said: Said, *, closed: bool) -> bool:
    """Whether an answer says what is asked: one to a yes-or-no question must be one of both, or very likely."""
    return not closed or (said.verdict != "span" and said.decided >= SURE_VERDICT) or said.probability >= SURE_QUOTE


def around(text: str, words: str) -> str:
    """Return the part of a sentence between semicolons or line ends that holds some words.

    >>> around("Ann plays chess; Bo plays the harp; Al sings.", "the harp")
    'Bo plays the harp'
    """
    parts = [part.strip() for part in re.split(r"[;；\n]", text) if part.strip()]
    return next((part for part in parts if words and words in part), text)


def evidence_of(said: Said, number: int) -> Evidence:
    """Return the sentence that holds an answer as a numbered piece of evidence."""
    p = said.passage
    return Evidence(number, p.text, said.probability, p.episode, p.start, p.end, p.title)


def _logit(chance: float) -> float:
    clipped = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))
