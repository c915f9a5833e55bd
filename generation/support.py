"""How far a passage bears out a question, as log-odds: does anything in it say what is asked, does its document know whom?

Takes the words of both with the vectors that an encoder gave them, and the terms of the document; knows no model, no
index and no graph. Two things that word overlap and sentence vectors miss: a passage about the right person that says
nothing like what is asked ("Where did Mertens study?" against when he lived), and a question about somebody whom the
whole document never names, however well the rest fits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.bm25 import fold, terms
from generation.phrasing import is_chinese, language_of

LIKENESS = 4.0  # log-odds for a likeness of 1 more
USUAL = 0.6  # likeness of what is asked to a passage that answers
STRANGER = 6.0  # log-odds against, where a name of the question stands nowhere in the document

Names = tuple[str, ...]  # every label of one entity
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words in order, where each starts, and their vectors in that text."""

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    vectors: npt.NDArray[np.float32]  # unit rows, shape [T, D]


def support(likeness: float | None, missing: float) -> float:
    """Return the log-odds to add to a passage's, never above 0: that it speaks of what is asked doesn't make it answer.

    A likeness of None says that nothing is asked beyond whom it is about.

    >>> support(0.9, 0.0), support(0.2, 0.0) < -1, support(None, 1.0)
    (0.0, True, -6.0)
    """
    unlike = 0.0 if likeness is None else max(0.0, USUAL - likeness)
    return 0.0 - LIKENESS * unlike - STRANGER * missing


def likeness(question: Words, asked: Sequence[int], passage: Words) -> float | None:
    """Return how like the passage's words are to those asked, a mean of best cosines; None where none are asked."""
    told = [n for n, word in enumerate(passage.texts) if terms(word)]
    if not asked or not told:
        return None if not asked else 0.0
    cosines = question.vectors[list(asked)] @ passage.vectors[told].T  # [asked, told]
    return float(cosines.max(axis=1).mean())


def asked_words(text: str, words: Words, names: Sequence[str], language: str) -> tuple[int, ...]:
    """Return which words of a question say what is asked: content words outside its names and its question words."""
    barred = [span for name in names for span in _places(name, text)]
    barred += [match.span() for match in language_of(language).asking.finditer(text)]
    return tuple(
        n
        for n, (word, start) in enumerate(zip(words.texts, words.starts, strict=True))
        if terms(word) and not any(first <= start < last for first, last in barred)
    )


def capitals(text: str, words: Words, names: Sequence[str]) -> tuple[str, ...]:
    """Return the words that a capital inside the sentence shows to be names, beyond the names that were read.

    >>> words = Words(("When", "did", "Enya", "leave", "U2"), (0, 5, 9, 14, 20), np.zeros((5, 1), np.float32))
    >>> capitals("When did Enya leave U2", words, ["Enya"])
    ('U2',)
    """
    if text.isupper():
        return ()
    known = [span for name in names for span in _places(name, text)]
    places = zip(words.texts[1:], words.starts[1:], strict=True)
    return tuple(
        word
        for word, start in places
        if len(word) > 1 and word[0].isupper() and not any(first <= start < last for first, last in known)
    )


def missing(names: Sequence[Names], document: str, known: Collection[str]) -> float:
    """Return the share that a document lacks of the name it lacks most of; `known` are its terms.

    A name in a script that the document isn't written in says nothing: it may stand there in another form.

    >>> text = "Mark McGwire was born in Pomona."
    >>> missing([("Dan McGwire",), ("Pomona",)], text, terms(text)), missing([("McGwire", "Big Mac")], text, terms(text))
    (0.5, 0.0)
    """
    folded, chinese = fold(document), is_chinese(document)
    return max((_lacking(group, folded, known, chinese=chinese) for group in names), default=0.0)


def _lacking(group: Names, folded: str, known: Collection[str], *, chinese: bool) -> float:
    shares: list[float] = []
    for name in group:
        wanted = terms(name)
        if is_chinese(name) != chinese or not wanted:
            continue
        whole = chinese and fold(name) in folded
        shares.append(0.0 if whole else sum(term not in known for term in wanted) / len(wanted))
    return min(shares, default=0.0)


def _places(name: str, text: str) -> list[Span]:
    return [match.span() for match in re.finditer(re.escape(name), text)] if name else []
