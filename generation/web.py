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
NEXT = 10.0  # a turn and its answer
PREVIOUS = 5.0
COMMON = 200  # a name in more passages than this leads nowhere


class Web:
    """The edges of one index, as it is at the moment."""

    def __init__(self, index: PassageIndex, beyond: Beyond | None = None) -> None:
        self._index, self._beyond = index, beyond
        self._names: dict[int, tuple[str, ...]] = {}
        self._held: dict[str, tuple[int, ...]] = {}

    def near(self, node: Near) -> Edges:
        """Return a node's neighbours with the weights of the edges."""
        own = self._of_passage(self._index.passage(node)) if isinstance(node, int) else self._of_name(node)
        if self._beyond is None:
            return own
        return [*own, *(edge for edge in self._beyond(node) if not isinstance(edge[0], int) or edge[0] in self._index)]

    def names_asked(self, question: str, linked: Sequence[str] = ()) -> dict[str, float]:
        """Return the names in a question that some passage holds, with how much each tells; shares of 1."""
        text = plain(question)
        titled = [name for name in self._index.titles.find(text) if " " in name or not name.isascii()]
        known = (*linked, *written(question), *titled)
        found: list[str] = []
        for name in dict.fromkeys(known):
            if self.holding(name):
                found.append(name)
            else:
                found.extend(self._largest_parts(name))
        weights = {name: self.specificity(name) for name in maximal(found)}
        total = sum(weights.values())
        return {name: weight / total for name, weight in weights.items()} if total else {}

    def specificity(self, name: str) -> float:
        """Return how much a name tells, above 0."""
        return math.log((len(self._index) + 1.0) / (len(self.holding(name)) + 0.5))

    def holding(self, name: str) -> tuple[int, ...]:
        """Return the passages that hold a name, at most one more than COMMON."""
        found = self._held.get(name)
        if found is None:
            found = self._held[name] = self._index.holding(name, COMMON + 1)
        return found

    def names_of(self, passage: Passage) -> tuple[str, ...]:
        """Return the names in a passage: as they are written, its title, and titles of others."""
        found = self._names.get(passage.id)
        if found is None:
            text = plain(f"{passage.title} {passage.text}")
            found = (*titles_of(passage.title), *written(passage.text), *self._index.titles.find(text))
            found = self._names[passage.id] = tuple(dict.fromkeys(found))
        return found

    def _of_passage(self, passage: Passage) -> list[tuple[Near, float]]:
        heading = titles_of(passage.title)
        edges: list[tuple[Near, float]] = []
        for name in self.names_of(passage):
            if 1 < len(self.holding(name)) <= COMMON:
                edges.append((name, self.specificity(name) * (TITLE if name in heading else 1.0)))
        for step, weight in ((1, NEXT), (-1, PREVIOUS)):
            other = self._index.neighbour(passage, step)
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
