"""Keyword search: texts to terms, and an incremental inverted index in memory that scores them by BM25.

Takes ids and texts, gives scores; knows no file, no vector and no graph. English words are folded and lightly stemmed,
Chinese stands as its characters and character pairs, so no dictionary is loaded.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, section 3.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from generation.phrasing import codes, language_of

K1 = 1.2
B = 0.6
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_WORD = re.compile(f"([{_HAN}]+)|[^\\W_{_HAN}]+")
_VOWEL = re.compile(r"[aeiouy]")


def fold(text: str) -> str:
    """Return a text without case, accents and width, for comparing.

    >>> fold("Ørsted, ＣＡＦÉ")
    'ørsted, cafe'
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def stem(word: str) -> str:
    """Return an English word without its inflection, roughly.

    >>> [stem(w) for w in ("ferries", "boats", "stopped", "running", "lives", "living", "glass", "making")]
    ['ferry', 'boat', 'stop', 'run', 'live', 'live', 'glass', 'make']
    """
    word = re.sub(r"['’]s?$", "", word)
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        bare = word.removesuffix(ending)
        if bare != word and len(bare) >= 2 and _VOWEL.search(bare):
            return _whole(bare)
    return word


def terms(text: str) -> list[str]:
    """Return the index terms of a text, in order, function words left out.

    >>> terms("The ferries stopped in 1987")
    ['ferry', 'stop', '1987']
    >>> terms("钥匙在抽屉")
    ['钥', '匙', '钥匙', '抽', '屉', '抽屉']
    """
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        if match.group(1):
            for piece in content_runs(word):
                found.extend(piece)
                found.extend(piece[i : i + 2] for i in range(len(piece) - 1))
        elif word not in _stop_words():
            stemmed = stem(word)
            if stemmed not in _stop_words():
                found.append(stemmed)
    return found


def content_runs(run: str) -> list[str]:
    """Return the stretches of a run of Chinese characters between its function words."""
    return [piece for piece in _stop_pattern().split(run) if piece]


@dataclass(slots=True)
class _Postings:
    rows: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("i"))


class InvertedIndex:
    """BM25 over texts that are added one by one."""

    def __init__(self) -> None:
        self._postings: dict[str, _Postings] = {}
        self._lengths: array[int] = array("i")
        self._ids: array[int] = array("q")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id: int, text: str) -> None:
        """Add a text under an id that isn't in the index yet; a few microseconds a word."""
        counts = Counter(terms(text))
        row = len(self._ids)
        self._ids.append(id)
        self._lengths.append(sum(counts.values()))
        for term, count in counts.items():
            postings = self._postings.get(term)
            if postings is None:
                postings = self._postings[term] = _Postings()
            postings.rows.append(row)
            postings.counts.append(count)

    def idf(self, term: str) -> float:
        """Return how much a term tells, above 0; the most for a term that no text holds."""
        postings = self._postings.get(term)
        seen = 0 if postings is None else len(postings.rows)
        return math.log(1.0 + (len(self._ids) - seen + 0.5) / (seen + 0.5))

    def scores(self, query: str) -> npt.NDArray[np.float64]:
        """Return the BM25 score of every text in the order they were added, shape [N]."""
        rows = len(self._ids)
        found = np.zeros(rows, dtype=np.float64)
        lengths = np.array(self._lengths, dtype=np.float64)
        average = float(lengths.mean()) if rows else 0.0
        if average == 0.0:
            return found
        norm = K1 * (1.0 - B + B * lengths / average)
        for term in set(terms(query)):
            postings = self._postings.get(term)
            if postings is not None:
                at = np.array(postings.rows, dtype=np.int64)
                count = np.array(postings.counts, dtype=np.float64)
                found[at] += self.idf(term) * count * (K1 + 1.0) / (count + norm[at])
        return found

    def rows_with(self, text: str) -> list[int]:
        """Return the texts that hold every term of a text, by the order in which they were added; none without terms."""
        wanted = [self._postings.get(term) for term in set(terms(text))]
        held = sorted((p.rows for p in wanted if p is not None), key=len)
        if not held or len(held) < len(wanted):
            return []
        rows = np.array(held[0], dtype=np.int64)
        for more in held[1:]:
            rows = rows[np.isin(rows, np.array(more, dtype=np.int64), assume_unique=True)]
        return rows.tolist()

    def best(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return up to k (id, score) with a score above 0, best first; of equals the newer first."""
        found = self.scores(query)
        order = np.lexsort((-np.arange(len(found)), -found))[:k]
        return [(self._ids[int(row)], float(found[row])) for row in order if found[row] > 0.0]

    def ceiling(self, query: str) -> float:
        """Return the score of a text of average length that holds every term of the query once, for scaling."""
        return sum(self.idf(term) for term in set(terms(query)))


def coverage(question: Iterable[str], passage: Sequence[str], idf: InvertedIndex) -> float:
    """Return the share of a question's terms, weighted by idf, that a passage's terms hold, in [0, 1]."""
    wanted = set(question)
    total = sum(idf.idf(term) for term in wanted)
    held = set(passage)
    return sum(idf.idf(term) for term in wanted if term in held) / total if total else 0.0


def _whole(bare: str) -> str:
    if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "lsz":
        return bare[:-1]
    single = len(_VOWEL.findall(bare)) == 1
    if single and len(bare) >= 3 and bare[-1] not in "aeiouywx" and bare[-2] in "aeiou" and bare[-3] not in "aeiou":
        return bare + "e"
    return bare + "e" if bare[-1] in "vcu" or bare.endswith(("dg", "at", "iz")) else bare


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(word for code in codes() for word in language_of(code).stop)


@cache
def _stop_pattern() -> re.Pattern[str]:
    words = sorted(language_of("zh").stop, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
