"""A space's passages as evidence: the index kept true to the log, what is torn left out, the rest ranked for a question.

Takes the log and an encoder, gives ranked passages. It knows no graph and decides no reply.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.assemble.bonds import Bonds
from generation import retrieve, unknown
from generation.evidence import Passage, Vectors
from generation.index import Hit, PassageIndex, StaleIndex
from generation.walk import Walker
from generation.web import Web
from kg.forget import Receipt
from kg.log import LoggedPassage
from kg.memory import Memory
from kg.pagerank import push
from kg.redact import BLOCK
from nlu.understand import Understander

log = logging.getLogger(__name__)
_ENDS = tuple(".!?。！？…")


class Passages:
    """The sentences of messages and documents that can be quoted."""

    def __init__(self, directory: Path, memory: Memory, encoder: Understander) -> None:
        self._memory, self._encoder = memory, encoder
        self._index = _open(directory, encoder)
        self._walker = Walker(push, Web(self._index, Bonds(memory, self._index).near))
        self._torn = self._find_torn()  # changes only when something is forgotten

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
        logged = {p.id: p for p in self._memory.passages()}
        self._index.remove(self._index.surplus(logged))
        self.add([logged[n] for n in self._index.missing(logged)])

    def follow(self, gone: Receipt) -> int:
        """Drop what was forgotten, take in what is left of passages that it was cut out of; return how many went."""
        removed = self._index.remove(gone.passages_removed)
        added = set(gone.passages_added)
        self.add([p for p in self._memory.passages() if p.id in added])
        self._torn = self._find_torn()
        return removed

    def rank(self, ask: retrieve.Ask, limit: int, weights: unknown.Weights) -> tuple[retrieve.Found, ...]:
        """Return the passages that may answer a question, best first, each with how likely it does."""
        asked = replace(ask, exclude=self._torn)
        return retrieve.retrieve(asked, self._index, limit=limit, weights=weights, walker=self._walker)

    def associate(self, ask: retrieve.Ask, limit: int) -> list[tuple[Passage, float]]:
        """Return the passages nearest to a question by words, meaning and what hangs together, best first."""
        asked = replace(ask, exclude=self._torn)
        hits = self._index.search(ask.text, ask.vector, retrieve.CANDIDATES)
        found = retrieve.associate(asked, self._index, hits, self._walker)
        return [(self._index.passage(id), score) for id, score in found[:limit]]

    def search(self, text: str, vector: Vectors, limit: int) -> list[Hit]:
        """Return the passages nearest to a text."""
        return list(self._index.search(text, vector, limit))

    def naming(self, names: tuple[str, ...]) -> list[LoggedPassage]:
        """Return the passages that name somebody by one of the names."""
        return [p for p in self._memory.passages() if names and retrieve.names_in(p.text, (names,))]

    def _find_torn(self) -> frozenset[int]:
        """Return the passages that break off where something was forgotten: they say half of what was said."""
        broken = {e.id: e.text for e in self._memory.episodes() if BLOCK in e.text}
        passages = [p for n in broken for p in self._memory.passages_of(n)]
        open_ended = [p for p in passages if not p.text.rstrip().endswith(_ENDS)]
        return frozenset(p.id for p in open_ended if broken[p.episode][p.end :].lstrip(" ").startswith(BLOCK))


def _open(directory: Path, encoder: Understander) -> PassageIndex:
    try:
        return PassageIndex(directory, encoder)
    except StaleIndex:
        log.warning("the passage index was made by another encoder; building it anew")
        return PassageIndex(directory, encoder, rebuild=True)
