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
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from generation.phrasing import codes, language_of

K1 = 1.2
B = 0.6
_COUNTS = 256  # a posting is row * 256 + count
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


@lru_cache(maxsize=65_536)
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
    return list(_terms(text))


@lru_cache(maxsize=2_048)  # what is looked at for one question is cut into terms several times
def _terms(text: str) -> tuple[str, ...]:
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
    return tuple(found)


def content_runs(run: str) -> list[str]:
    """Return the stretches of a run of Chinese characters between its function words."""
    return [piece for piece in _stop_pattern().split(run) if piece]


class InvertedIndex:
    """BM25 over texts that are added one by one.

    A term's postings are numbers, the text's row and how often it holds the term; a lone one stands by itself, since
    most terms of a large collection are names that one text holds.
    """

    def __init__(self) -> None:
        self._postings: dict[str, int | array[int]] = {}
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
            posting = row * _COUNTS + min(count, _COUNTS - 1)
            known = self._postings.get(term)
            if known is None:
                self._postings[term] = posting
            elif isinstance(known, int):
                self._postings[term] = array("q", (known, posting))
            else:
                known.append(posting)

    def idf(self, term: str) -> float:
        """Return how much a term tells, above 0; the most for a term that no text holds."""
        known = self._postings.get(term)
        seen = 0 if known is None else 1 if isinstance(known, int) else len(known)
        return math.log(1.0 + (len(self._ids) - seen + 0.5) / (seen + 0.5))

    def scores(self, query: str) -> npt.NDArray[np.float64]:
        """Return the BM25 score of every text in the order they were added, shape [N]."""
        rows = len(self._ids)
        found = np.zeros(rows, dtype=np.float64)
        lengths = np.array(self._lengths, dtype=np.float64)
        average = float(lengths.mean()) if rows else 0.0
        if average == 0.0:
            return found
        for term in set(terms(query)):
            postings = self._packed(term)
            at, count = postings // _COUNTS, (postings % _COUNTS).astype(np.float64)
            norm = K1 * (1.0 - B + B * lengths[at] / average)
            found[at] += self.idf(term) * count * (K1 + 1.0) / (count + norm)
        return found

    def rows_with(self, text: str) -> list[int]:
        """Return the texts that hold every term of a text, by the order in which they were added; none without terms."""
        held = sorted((self._packed(term) // _COUNTS for term in set(terms(text))), key=len)
        if not held:
            return []
        rows = held[0]
        for more in held[1:]:
            rows = rows[np.isin(rows, more, assume_unique=True)]
        return rows.tolist()

    def best(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return up to k (id, score) with a score above 0, best first; of equals the newer first."""
        return self.best_of(self.scores(query), k)

    def best_of(self, found: npt.NDArray[np.float64], k: int) -> list[tuple[int, float]]:
        """Return the same of scores that `scores` gave."""
        rows = np.flatnonzero(found > 0.0)
        if 0 < k < len(rows):
            rows = rows[found[rows] >= np.partition(found[rows], -k)[-k]]
        order = rows[np.lexsort((-rows, -found[rows]))][:k]
        return [(self._ids[int(row)], float(found[row])) for row in order]

    def _packed(self, term: str) -> npt.NDArray[np.int64]:
        known = self._postings.get(term)
        return np.array([] if known is None else [known] if isinstance(known, int) else known, dtype=np.int64)

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
