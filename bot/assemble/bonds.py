"""What the graph knows of how passages hang together: the edges that facts and aliases add to what is written.

Takes the memory and the index, gives the neighbours of a passage or of a name as `generation.web.Web` asks for them: a
passage with those whom its facts are about, also where it only says "she"; a name with its other names, with those whom a
fact joins to it, and with the passages that told so. Read live, so that a merge or a forgetting counts at once.
"""

from __future__ import annotations

from collections import defaultdict

from generation.index import PassageIndex
from generation.names import is_name, plain
from generation.web import Edges, Near
from kg.fact import Fact, Node, NodeKind
from kg.memory import Memory

ALIAS = 10.0
FACT = 3.0
MOST = 50  # facts of one name that are followed
NAMESAKES = 3  # nodes of one name that are followed
_WITHOUT = frozenset({NodeKind.SELF, NodeKind.CLASS})  # half of all facts hang on these: they join nothing


class Bonds:
    """The edges of one memory's graph among its passages."""

    def __init__(self, memory: Memory, index: PassageIndex) -> None:
        self._memory, self._index = memory, index
        self._told: dict[int, dict[int, tuple[str, ...]]] = {}  # episode -> passage -> whom its facts are about
        self._state = -1

    def near(self, node: Near) -> Edges:
        """Return a node's neighbours in the graph with the weights of the edges."""
        if (state := self._memory.last_outcome()) != self._state:
            self._told, self._state = {}, state
        return self._of_passage(node) if isinstance(node, int) else self._of_name(node)

    def _of_passage(self, id: int) -> list[tuple[Near, float]]:
        episode = self._index.passage(id).episode
        if episode not in self._told:
            self._told[episode] = self._read(episode)
        return [(name, FACT) for name in self._told[episode].get(id, ())]

    def _of_name(self, name: str) -> list[tuple[Near, float]]:
        edges: list[tuple[Near, float]] = []
        for node in self._memory.nodes_named(name)[:NAMESAKES]:
            if node.kind in _WITHOUT:
                continue
            edges.extend((alias, ALIAS) for alias in self._names(node) if alias != name)
            for fact in self._memory.facts_about(node.iri)[-MOST:]:
                other = fact.object if fact.subject.iri == node.iri else fact.subject
                if isinstance(other, Node) and other.kind not in _WITHOUT:
                    edges.extend((label, FACT) for label in (plain(other.label),) if is_name(label))
                edges.extend((id, FACT) for id in self._passages(fact))
        return list(dict.fromkeys(edges))

    def _read(self, episode: int) -> dict[int, tuple[str, ...]]:
        """Return whom the facts of an episode are about, by passage."""
        found: dict[int, dict[str, None]] = defaultdict(dict)
        for fact in self._memory.facts_from(episode):
            ends = [end for end in (fact.subject, fact.object) if isinstance(end, Node) and end.kind not in _WITHOUT]
            for id in self._passages(fact, episode):
                found[id].update(dict.fromkeys(label for end in ends if is_name(label := plain(end.label))))
        return {id: tuple(names) for id, names in found.items()}

    def _passages(self, fact: Fact, episode: int | None = None) -> list[int]:
        """Return the passages that a fact rests on, of one episode or of all."""
        sources = [s for s in fact.sources if episode is None or s.episode == episode]
        found = (self._index.covering(source.episode, source.start) for source in sources)
        return [passage.id for passage in found if passage is not None]

    def _names(self, node: Node) -> list[str]:
        return [name for label in self._memory.labels(node.iri) if is_name(name := plain(label))]
