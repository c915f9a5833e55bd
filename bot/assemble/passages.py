"""A space's passages as evidence: the index kept true to the log, what is torn left out, the rest ranked for a question.

Takes the log and an encoder, gives ranked passages. It knows no graph and decides no reply.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.assemble.bonds import Bonds
from generation import reading, retrieve, support, unknown
from generation.bm25 import terms
from generation.evidence import Evidence, Passage, Reader, Vectors
from generation.index import Hit, PassageIndex, StaleIndex
from generation.walk import Walker
from generation.web import Web
from kg.forget import Receipt
from kg.log import LoggedPassage
from kg.memory import Memory
from kg.pagerank import push
from kg.redact import BLOCK
from nlu.tokens import Token, tokenize
from nlu.understand import Understander

log = logging.getLogger(__name__)
READ_AGAIN = 3  # answers that are looked at once more
_ENDS = tuple(".!?。！？…")
_NAMING = 200  # passages that may name somebody
_AT_ONCE = 2_000  # passages that are encoded together


class Passages:
    """The sentences of messages and documents that can be quoted."""

    def __init__(self, directory: Path, memory: Memory, encoder: Understander) -> None:
        self._memory, self._encoder = memory, encoder
        self._index = _open(directory, encoder)
        self._walker = Walker(push, Web(self._index, Bonds(memory, self._index).near))
        self._torn = self._find_torn()  # changes only when something is forgotten
        self._documents: dict[int, tuple[str, frozenset[str]]] = {}  # texts and terms of those looked into

    def __len__(self) -> int:
        return len(self._index)

    def add(self, passages: Sequence[LoggedPassage], vectors: Vectors | None = None) -> None:
        """Index passages by these vectors, or by those of the encoder."""
        if passages:
            found = self._encoder.encode([p.text for p in passages]) if vectors is None else vectors
            self._index.add(
                [Passage(p.id, p.episode, p.start, p.end, p.text, p.title, p.speaker, p.said_at) for p in passages],
                found,
            )

    def repair(self) -> None:
        """Bring the index up to the log, after a crash between the two."""
        logged = self._memory.passage_ids()
        self._index.remove(self._index.surplus(logged))
        missing = self._index.missing(logged)
        for at in range(0, len(missing), _AT_ONCE):
            self.add(self._memory.passages_with_ids(missing[at : at + _AT_ONCE]))

    def follow(self, gone: Receipt) -> int:
        """Drop what was forgotten, take in what is left of passages that it was cut out of; return how many went."""
        self._documents.clear()
        removed = self._index.remove(gone.passages_removed)
        self.add(self._memory.passages_with_ids(gone.passages_added))
        self._torn = self._find_torn()
        return removed

    def rank(self, ask: retrieve.Ask, limit: int, weights: unknown.Weights) -> tuple[retrieve.Found, ...]:
        """Return the passages that may answer a question, best first, each with how likely it does.

        Those of documents are read once more beside the question: what people say in chat is too short to tell.
        """
        asked = replace(ask, exclude=self._torn)
        found = retrieve.retrieve(asked, self._index, limit=limit, weights=weights, walker=self._walker)
        likely = [n for n, one in enumerate(found) if one.evidence.title and one.probability >= weights.threshold]
        if not likely:
            return found
        judged = list(found)
        for n, shift in zip(likely, self._support(ask, [found[n].evidence for n in likely]), strict=True):
            judged[n] = replace(found[n], probability=unknown.shifted(found[n].probability, shift))
        return tuple(sorted(judged, key=lambda one: -one.probability))

    def _support(self, ask: retrieve.Ask, evidence: Sequence[Evidence]) -> list[float]:
        """Return how far each piece of evidence bears out what is asked, as log-odds."""
        question, *told = [_words(*words) for words in self._encoder.words([ask.text, *(e.text for e in evidence)])]
        read = [group[0] for group in ask.names]
        asked = support.asked_words(ask.text, question, read, ask.language)
        names = [*ask.names, *((word,) for word in support.capitals(ask.text, question, read))]
        return [
            support.support(support.likeness(question, asked, words), self._missing(names, one))
            for one, words in zip(evidence, told, strict=True)
        ]

    def _missing(self, names: Sequence[retrieve.Names], evidence: Evidence) -> float:
        """Return how much of a name of the question a whole document lacks."""
        if evidence.episode not in self._documents:
            text = f"{evidence.title}\n{self._memory.episode(evidence.episode).text}"
            self._documents[evidence.episode] = (text, frozenset(terms(text)))
        return support.missing(names, *self._documents[evidence.episode])

    def associate(self, ask: retrieve.Ask, limit: int) -> list[tuple[Passage, float]]:
        """Return the passages nearest to a question by words, meaning and what hangs together, best first."""
        asked = replace(ask, exclude=self._torn)
        hits = self._index.search(ask.text, ask.vector, retrieve.CANDIDATES)
        found = retrieve.associate(asked, self._index, hits, self._walker)
        return [(self._index.passage(id), score) for id, score in found[:limit]]

    def read(
        self, ask: retrieve.Ask, found: Sequence[retrieve.Found], reader: Reader, blend: reading.Blend
    ) -> tuple[reading.Said, ...]:
        """Return what the ranked passages say, read together with the question, likeliest first."""
        said = reading.read(ask.text, found, self._index, reader, blend, prior=min(ask.prior, 0.0), names=ask.names)
        usable = [s for s in said if s.passage.id not in self._torn]
        usable = [s for s in usable if not (ask.about_self and retrieve.is_pasted(s.passage, self._index))]
        known = [(s, self._known_there(ask, s)) for s in usable[:READ_AGAIN]]
        return tuple(now for _, now in sorted(known, key=lambda pair: pair[0].probability - pair[1].probability))

    def _known_there(self, ask: retrieve.Ask, said: reading.Said) -> reading.Said:
        """Return an answer from a document, the less likely the more of the question's names the document lacks."""
        if not said.passage.title:
            return said
        question = _words(tokenize(ask.text), np.zeros((0, 1), np.float32))  # only how it is spelled matters here
        read = [group[0] for group in ask.names]
        names = [*ask.names, *((word,) for word in support.capitals(ask.text, question, read))]
        missing = self._missing(names, reading.evidence_of(said, 1))
        return replace(said, probability=unknown.shifted(said.probability, support.support(None, missing)))

    def search(self, text: str, vector: Vectors, limit: int) -> list[Hit]:
        """Return the passages nearest to a text."""
        return list(self._index.search(text, vector, limit))

    def naming(self, names: tuple[str, ...]) -> list[LoggedPassage]:
        """Return the first passages that name somebody by one of the names."""
        likely = sorted({id_ for name in names for id_ in self._index.with_words(name)})[:_NAMING]
        return [p for p in self._memory.passages_with_ids(likely) if retrieve.names_in(p.text, (names,))]

    def _find_torn(self) -> frozenset[int]:
        """Return the passages that break off where something was forgotten: they say half of what was said."""
        broken = {e.id: e.text for e in self._memory.episodes_holding(BLOCK)}
        passages = [p for n in broken for p in self._memory.passages_of(n)]
        open_ended = [p for p in passages if not p.text.rstrip().endswith(_ENDS)]
        return frozenset(p.id for p in open_ended if broken[p.episode][p.end :].lstrip(" ").startswith(BLOCK))


def _open(directory: Path, encoder: Understander) -> PassageIndex:
    try:
        return PassageIndex(directory, encoder)
    except StaleIndex:
        log.warning("the passage index was made by another encoder; building it anew")
        return PassageIndex(directory, encoder, rebuild=True)


def _words(tokens: Sequence[Token], vectors: Vectors) -> support.Words:
    return support.Words(tuple(t.text for t in tokens), tuple(t.span.start for t in tokens), vectors)
