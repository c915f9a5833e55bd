"""Personalised PageRank by local push: what lies near some nodes of a graph, however large the graph is.

Takes a function that gives a node's weighted neighbours and the nodes to start at, gives how much of a walk that
returns to the start comes by each node. It knows no facts, texts or storage; only nodes that matter are ever asked for.

Source: Andersen, Chung and Lang, Local Graph Partitioning using PageRank Vectors, 2006, section 3.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

RESTART = 0.3
TOLERANCE = 1e-4
MOST = 4000  # nodes that are opened at most


def push(
    neighbours: Callable[[K], Sequence[tuple[K, float]]],
    seeds: Mapping[K, float],
    *,
    restart: float = RESTART,
    tolerance: float = TOLERANCE,
    most: int = MOST,
) -> dict[K, float]:
    """Return the share of a walk that ends at each node, in (0, 1]; it starts at the seeds by their weights.

    At every step it stops with probability `restart`, else it goes on to a neighbour by the edges' weights; where there
    is none, it stops. What is left out of each node's share is below `tolerance` a neighbour, and at most `most` nodes
    are opened, heaviest seeds first. The order of seeds and neighbours decides nothing but the last digits.

    >>> ends = push({"a": [("b", 1.0)], "b": [("a", 1.0)]}.__getitem__, {"a": 1.0}, restart=0.5)
    >>> round(ends["a"], 3), round(ends["b"], 3)
    (0.667, 0.333)
    """
    if not 0.0 < restart <= 1.0:
        raise ValueError(f"expected a restart in (0, 1], found {restart!r}")
    total = sum(weight for weight in seeds.values() if weight > 0.0)
    left = {node: weight / total for node, weight in seeds.items() if weight > 0.0}  # what hasn't walked on yet
    ends: dict[K, float] = {}
    known: dict[K, Sequence[tuple[K, float]]] = {}
    waiting = deque(sorted(left, key=lambda node: -left[node]))
    queued = set(waiting)
    while waiting:
        node = waiting.popleft()
        queued.discard(node)
        near = known.get(node)
        if near is None:
            if len(known) >= most:
                continue
            near = known[node] = neighbours(node)
        mass = left.get(node, 0.0)
        if mass <= tolerance * max(1, len(near)):
            continue
        del left[node]
        weight = sum(w for _, w in near)
        ends[node] = ends.get(node, 0.0) + (restart * mass if weight > 0.0 else mass)
        if weight <= 0.0:
            continue
        share = (1.0 - restart) * mass / weight
        for other, w in near:
            if w > 0.0:
                left[other] = left.get(other, 0.0) + share * w
                if other not in queued and left[other] > tolerance:
                    queued.add(other)
                    waiting.append(other)
    return ends
