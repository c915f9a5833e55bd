"""Finds the stretches of a question that are names of a graph's nodes, and what speaks for each being what is asked about.

Takes words and a graph, gives `Candidate`s. Names are compared by their folded words: case, accents, width, punctuation and a
description in brackets don't count. It knows no model.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg.asking.grams import Grams, described_by
from kg.asking.knowledge import Ints, Knowledge

HAN = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{HAN}]|(?:(?![{HAN}])[^\W_])+|[^\s]")
_BRACKETS = re.compile(r"\s*[(（\[【][^()（）\[\]【】]*[)）\]】]\s*")
_QUOTES = frozenset("\"'“”‘’「」『』《》〈〉«»")
LONGEST = 40  # words of a name that are looked for
MOST = 10  # candidates of a question
NODES = 48  # nodes of one name
DESCRIBED = 5  # nodes that are added because what is known of them stands in the conversation
FEATURES = 15


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: what stands there, and where."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of words `start:end` that names nodes; from a turn before when `back` is above 0, then without a place."""

    start: int
    end: int
    nodes: tuple[int, ...]
    text: str
    features: tuple[float, ...]  # [FEATURES]
    back: int = 0
    exact: bool = True  # whether a name stands there; else the node is only described

    def overlaps(self, other: Candidate) -> bool:
        return self.back == other.back and self.start < other.end and other.start < self.end


def words_in(text: str) -> tuple[Word, ...]:
    """Return the words of a text; a Chinese character is a word, and so is a sign.

    >>> [word.text for word in words_in("谁导演了Heat?")]
    ['谁', '导', '演', '了', 'Heat', '?']
    """
    return tuple(Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a graph, found by checksum and then compared."""

    knowledge: Knowledge
    sums: NDArray[np.uint32]  # ascending
    nodes: Ints  # whose name it is
    simple: Mapping[int, str]  # a traditional character's code -> the simplified one
    _grams: list[Grams] = field(default_factory=list[Grams])  # made when a conversation first needs it

    @classmethod
    def of(cls, knowledge: Knowledge, simple: Mapping[int, str]) -> Names:
        """Return the index of all names of a graph."""
        sums, nodes = array("I"), array("i")
        count = len(knowledge.names)
        for place in range(count + len(knowledge.other_names)):
            own = place < count
            name = knowledge.names[place] if own else knowledge.other_names[place - count]
            for key in keys_of(name, simple):
                sums.append(zlib.crc32(key.encode()))
                nodes.append(place if own else int(knowledge.other_nodes[place - count]))
        found = np.frombuffer(sums, np.uint32)
        order = np.argsort(found, kind="stable")
        return cls(knowledge, found[order], np.frombuffer(nodes, np.int32)[order], simple)

    def save(self, folder: Path) -> None:
        """Write the index beside its graph's arrays."""
        np.save(folder / "sums.npy", self.sums, allow_pickle=False)
        np.save(folder / "named.npy", self.nodes, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, knowledge: Knowledge, simple: Mapping[int, str]) -> Names:
        """Return what `save` wrote for this graph."""
        sums, nodes = (np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ("sums", "named"))
        return cls(knowledge, sums, nodes, simple)

    def find(self, text: str, history: Sequence[str] = ()) -> tuple[Candidate, ...]:
        """Return the candidates of a question: names in it, names in the turns before (newest last), nodes described there."""
        found = self._in(text, 0)[:MOST]
        if found and not history:
            return tuple(found)
        for back, turn in enumerate(reversed(history), 1):
            known = {node for one in found for node in one.nodes}
            found += [one for one in self._in(turn, back) if not known.issuperset(one.nodes)][: MOST // 2]
        return tuple(self._described(found, " ".join((*history, text)), len(history)))

    def _described(self, found: Sequence[Candidate], text: str, turns: int) -> list[Candidate]:
        """Return candidates of one node each, with how well what is known of the node fits the text."""
        if not self._grams:
            self._grams.append(described_by(self.knowledge))
        scores = self._grams[0].scores(text)
        best = float(scores.max(initial=0)) or 1.0
        count = min(DESCRIBED, len(scores))
        top = np.argpartition(-scores, count - 1)[:count]
        top = top[np.argsort(-scores[top])]
        single: dict[int, Candidate] = {}
        for one in found:
            for node in one.nodes[:3]:
                single.setdefault(node, replace(one, nodes=(node,)))
        for node in top.tolist():
            if scores[node] and node not in single:
                name = self.knowledge.names[node]
                plain = (0.0,) * 5 + (1 / 8, np.log2(1 + self._degree(node)) / 16, 1.0) + (0.0,) * 7
                single[node] = Candidate(0, 0, (node,), name, tuple(map(float, plain)), turns + 1, exact=False)
        return [
            replace(one, features=(*one.features[:-3], float(scores[node]) / best, float(scores[node] == best),
                                   float(np.log1p(scores[node])) / 8))
            for node, one in single.items()
        ]  # fmt: skip

    def named(self, name: str) -> tuple[int, ...]:
        """Return the nodes of a name."""
        return tuple(dict.fromkeys(node for key in keys_of(name, self.simple)[:1] for node in self._exactly(key)))

    def _in(self, text: str, back: int) -> list[Candidate]:
        words = words_in(text)
        folded = [fold_word(word.text, self.simple) for word in words]
        spans = list(self._spans(folded))
        inner = {(s, e) for s, e, _ in spans for s2, e2, _ in spans if (s2, e2) != (s, e) and s2 <= s and e <= e2}
        found = [self._candidate(text, words, s, e, nodes, (s, e) not in inner, back) for s, e, nodes in spans]
        return sorted(found, key=lambda one: (-one.features[3], -len(one.text)))

    def _spans(self, folded: Sequence[str]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield the stretches that are names, with their nodes."""
        solid = [n for n, word in enumerate(folded) if word]
        ranges: list[tuple[int, int]] = []
        sums: list[int] = []
        for a, first in enumerate(solid):
            total = 0
            for b in range(a, min(len(solid), a + LONGEST)):
                total = zlib.crc32(((" " if b > a else "") + folded[solid[b]]).encode(), total)
                ranges.append((first, solid[b] + 1))
                sums.append(total)
        if not sums:
            return
        wanted = np.array(sums, np.uint32)
        low, high = np.searchsorted(self.sums, wanted), np.searchsorted(self.sums, wanted, "right")
        for place in np.flatnonzero(high > low):
            start, end = ranges[place]
            nodes = self._exactly(" ".join(word for word in folded[start:end] if word))
            if nodes:
                yield start, end, nodes

    def _exactly(self, key: str) -> tuple[int, ...]:
        total = np.uint32(zlib.crc32(key.encode()))
        low, high = int(np.searchsorted(self.sums, total)), int(np.searchsorted(self.sums, total, "right"))
        nodes = sorted(set(self.nodes[low:high].tolist()), key=lambda n: (-self._degree(n), n))[: 2 * NODES]
        return tuple(node for node in nodes if key in self._keys(node))[:NODES]

    def _keys(self, node: int) -> set[str]:
        return {key for name in self.knowledge.names_of(node) for key in keys_of(name, self.simple)}

    def _degree(self, node: int) -> int:
        return int(self.knowledge.starts[node + 1] - self.knowledge.starts[node])

    def _candidate(
        self, text: str, words: Sequence[Word], s: int, e: int, nodes: tuple[int, ...], outer: bool, back: int
    ) -> Candidate:
        start, end = words[s].start, words[e - 1].end
        said = text[start:end]
        names = {self.knowledge.names[node] for node in nodes}
        bare = not any(keys_of(name, self.simple)[0] == self._key(said) for name in names)
        edges = text[max(start - 1, 0) : start] + text[end : end + 1]
        features = (
            (end - start) / max(len(text), 1),
            min(e - s, 8) / 8,
            float(said in names),
            float(outer),
            float(any(sign in _QUOTES for sign in edges)),
            np.log2(1 + len(nodes)) / 8,
            np.log2(1 + max(self._degree(node) for node in nodes)) / 16,
            float(back > 0),
            min(back, 8) / 8,
            float(bare),
            float(said[:1].isupper()),
            float(back % 2 == 0),  # said by the one who asks
            0.0,  # how well the node's description fits, as a share of the best one
            0.0,  # whether it fits best
            0.0,  # how well, by itself
        )
        return Candidate(s, e, nodes, said, tuple(float(x) for x in features), back)

    def _key(self, text: str) -> str:
        return keys_of(text, self.simple)[0]


def keys_of(name: str, simple: Mapping[int, str]) -> tuple[str, ...]:
    """Return the folded forms by which a name is found: whole, and without a description in brackets.

    >>> keys_of("Émile（film）", {})
    ('emile film', 'emile')
    """
    keys = [_joined(name, simple)]
    if any(sign in name for sign in "(（[【"):
        bare = _joined(_BRACKETS.sub(" ", name), simple)
        keys += [bare] if bare and bare != keys[0] else []
    return tuple(keys)


def _joined(name: str, simple: Mapping[int, str]) -> str:
    folded = [fold_word(found, simple) for found in _WORD.findall(name)]
    return " ".join(word for word in folded if word)


@lru_cache(maxsize=65_536)
def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold())
    return "".join(c for c in decomposed if c.isalnum())


def fold_word(word: str, simple: Mapping[int, str]) -> str:
    """Return a word as it is compared; "" for a sign."""
    return _plain(word).translate(simple)
