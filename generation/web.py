"""What hangs together among passages: a passage with the names in it, a name with its passages, a turn with the next.

Takes the passage index and, from whoever knows a graph, further edges; gives the neighbours of a node as
`kg.pagerank.push` asks for them. Nothing is stored: every edge is read off the index when a walk comes by, so that what
was added a moment ago counts and what was forgotten is gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from generation.evidence import Passage
from generation.index import PassageIndex
from generation.names import holds, maximal, parts, plain, titles_of, written

Near = int | str  # a passage by its id, a name by its folded words
Edges = Sequence[tuple[Near, float]]
Beyond = Callable[[Near], Edges]

TITLE = 3.0  # what a name is worth to the passage that it heads, and the other way round
NEXT = 10.0  # a turn and the one that replies to it
PREVIOUS = 5.0
COMMON = 50  # a name in more passages than this leads nowhere


class Web:
    """The edges of one index, as it is at the moment; `beyond` gives those that somebody else knows of."""

    def __init__(self, index: PassageIndex, beyond: Beyond | None = None) -> None:
        self._index, self._beyond = index, beyond
        self._forget()

    def near(self, node: Near) -> Edges:
        """Return a node's neighbours with the weights of the edges."""
        self._keep_up()
        own = self._edges.get(node)
        if own is None:
            own = self._of_passage(self._index.passage(node)) if isinstance(node, int) else self._of_name(node)
            self._edges[node] = own
        if self._beyond is None:
            return own
        return [*own, *(edge for edge in self._beyond(node) if not isinstance(edge[0], int) or edge[0] in self._index)]

    def names_asked(self, question: str, linked: Sequence[str] = ()) -> dict[str, float]:
        """Return the names in a question that some passage holds, each with its share of what they tell together.

        `linked` are names that the caller knows to be in it. Where no passage holds a name, the largest parts of it that
        one holds stand for it.
        """
        self._keep_up()
        titled = [n for n in self._index.titles.find(plain(question)) if " " in n or not n.isascii()]
        found: list[str] = []
        for name in dict.fromkeys((*map(plain, linked), *written(question), *titled)):
            found.extend([name] if self.holding(name) else self._largest_parts(name))
        weights = {name: self.specificity(name) for name in maximal(found)}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()}

    def specificity(self, name: str) -> float:
        """Return how much a name tells, above 0: the less passages hold it, the more."""
        return math.log((len(self._index) + 1.0) / (len(self.holding(name)) + 0.5))

    def holding(self, name: str) -> tuple[int, ...]:
        """Return the passages that hold a folded name, at most one more than COMMON."""
        self._keep_up()
        found = self._held.get(name)
        if found is None:
            found = self._held[name] = self._index.holding(name, COMMON + 1)
        return found

    def names_of(self, passage: Passage) -> tuple[str, ...]:
        """Return the names in a passage: its title, those written as names, and titles of others."""
        known = self._index.titles.find(self._index.plain(passage))
        return tuple(dict.fromkeys((*titles_of(passage.title), *written(passage.text), *known)))

    def _of_passage(self, passage: Passage) -> list[tuple[Near, float]]:
        heading = titles_of(passage.title)
        edges: list[tuple[Near, float]] = []
        for name in self.names_of(passage):
            if 1 < len(self.holding(name)) <= COMMON:
                edges.append((name, self.specificity(name) * (TITLE if name in heading else 1.0)))
        for step, weight in ((1, NEXT), (-1, PREVIOUS)):
            other = self._index.beside(passage, step)
            if other is not None:
                edges.append((other.id, weight))
        return edges

    def _of_name(self, name: str) -> list[tuple[Near, float]]:
        held = self.holding(name)
        if len(held) > COMMON:
            return []
        return [(id, TITLE if name in titles_of(self._index.passage(id).title) else 1.0) for id in held]

    def _largest_parts(self, name: str) -> list[str]:
        found: list[str] = []
        for part in parts(name):
            if not any(holds(larger, part) for larger in found) and self.holding(part):
                found.append(part)
        return found

    def _keep_up(self) -> None:
        if self._state != self._index.state:
            self._forget()

    def _forget(self) -> None:
        """Drop what was read off the index as it was."""
        self._state = self._index.state
        self._held: dict[str, tuple[int, ...]] = {}
        self._edges: dict[Near, Edges] = {}
