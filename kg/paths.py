"""How two nodes are connected: the shortest chains of facts between them, each hop a fact with its source.

Takes a graph that gives the facts beside a node, two nodes and a day; gives paths, best first. It looks from both ends
at once, at a bounded number of facts, so that a graph of a million takes no longer. A node that very many facts lead to
says little of two that both lead there, so a path through it costs more. Knows no words and no storage.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Protocol

import networkx as nx

from kg.fact import Fact, Node, NodeKind

BESIDE = 64  # facts beside a node that are looked at, in each direction
EXPANDED = 250  # nodes whose facts are looked at
HOPS = 5
_CLASS_COST = 1.0  # of being of one kind
_PAST_COST = 0.5  # of what no longer holds
_TRIED = 50  # chains that are looked at for the few that are given


class Neighbours(Protocol):
    """The facts of a memory space, by the node that they stand beside."""

    def facts_beside(self, iri: str, properties: Collection[str] | None, limit: int) -> Sequence[Fact]:
        """Return what is asserted of a node and what has it as object, at most `limit` of each; None: any property."""
        ...


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path: the fact, the node that it leads to, and whether that is the fact's object."""

    fact: Fact
    node: Node
    forward: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of facts from one node to another; the lower its cost, the more it says."""

    start: Node
    hops: tuple[Hop, ...]
    cost: float

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts used, in order."""
        return tuple(hop.fact for hop in self.hops)


def paths(graph: Neighbours, one: Node, other: Node, day: str, *, hops: int = HOPS, limit: int = 3) -> tuple[Path, ...]:
    """Return the best chains of at most `hops` facts between two nodes, none where they are farther apart."""
    if one.iri == other.iri:
        return ()
    around = _Around(graph, day)
    around.meet(one, other, hops)
    net = around.net(one.iri, other.iri, hops)
    if one.iri not in net or other.iri not in net or not nx.has_path(net, one.iri, other.iri):
        return ()
    chains = islice(nx.shortest_simple_paths(net, one.iri, other.iri, weight="cost"), _TRIED)
    found = (around.path(one, chain, net) for chain in chains if len(chain) <= hops + 1)
    return tuple(islice(found, limit))


class _Around:
    """The facts that were looked at, as a net of nodes."""

    def __init__(self, graph: Neighbours, day: str) -> None:
        self._graph, self._day = graph, day
        self._facts: dict[frozenset[str], Fact] = {}  # the best one between two nodes
        self._nodes: dict[str, Node] = {}
        self._degree: dict[str, int] = {}

    def meet(self, one: Node, other: Node, hops: int) -> None:
        """Look around both ends in turn, the smaller side first, until they have met and one step beyond."""
        self._nodes |= {one.iri: one, other.iri: other}
        sides = ({one.iri: 0}, {other.iri: 0})
        borders: list[list[str]] = [[one.iri], [other.iri]]
        beyond = 1
        for _ in range(hops):
            if sides[0].keys() & sides[1].keys():
                if not beyond:
                    return
                beyond -= 1
            turn = 0 if (len(borders[0]) <= len(borders[1]) and borders[0]) or not borders[1] else 1
            fresh: list[str] = []
            for iri in borders[turn]:
                if len(self._degree) >= EXPANDED:
                    return
                for near in self._expand(iri):
                    if near not in sides[turn]:
                        sides[turn][near] = sides[turn][iri] + 1
                        fresh.append(near)
            borders[turn] = fresh
            if not fresh and not borders[1 - turn]:
                return

    def net(self, one: str, other: str, hops: int) -> nx.Graph[str]:
        """Return what lies on chains of at most `hops` between two nodes."""
        net: nx.Graph[str] = nx.Graph()
        for pair, fact in self._facts.items():
            a, b = pair
            net.add_edge(a, b, cost=self._cost(a, b, fact, (one, other)))
        if one not in net or other not in net:
            return net
        left = nx.single_source_shortest_path_length(net, one, cutoff=hops)
        right = nx.single_source_shortest_path_length(net, other, cutoff=hops)
        return net.subgraph([n for n in left if n in right and left[n] + right[n] <= hops]).copy()

    def path(self, start: Node, chain: Sequence[str], net: nx.Graph[str]) -> Path:
        """Return a chain of nodes as a path."""
        hops: list[Hop] = []
        for a, b in pairwise(chain):
            fact = self._facts[frozenset((a, b))]
            hops.append(Hop(fact, self._nodes[b], fact.subject.iri == a))
        cost = sum(float(net.edges[a, b]["cost"]) for a, b in pairwise(chain))
        return Path(start, tuple(hops), round(cost, 3))

    def _expand(self, iri: str) -> Iterator[str]:
        if iri in self._degree:
            return
        found = self._graph.facts_beside(iri, None, BESIDE)
        self._degree[iri] = len(found)
        for fact in found:
            if not isinstance(fact.object, Node) or fact.subject.iri == fact.object.iri:
                continue
            near = fact.object if fact.subject.iri == iri else fact.subject
            key = frozenset((iri, near.iri))
            known = self._facts.get(key)
            if known is None or (not known.holds_at(self._day) and fact.holds_at(self._day)):
                self._facts[key] = fact
            self._nodes[near.iri] = near
            yield near.iri

    def _cost(self, a: str, b: str, fact: Fact, ends: tuple[str, str]) -> float:
        """Return what a hop costs: half of what it costs to pass through each node, but for the ends."""
        through = sum(self._passing(iri) for iri in (a, b) if iri not in ends) / 2
        return 1.0 + through + (0.0 if fact.holds_at(self._day) else _PAST_COST)

    def _passing(self, iri: str) -> float:
        if iri not in self._degree:  # where both sides met: how many facts lead there is still to be seen
            self._degree[iri] = len(self._graph.facts_beside(iri, None, BESIDE)) if len(self._degree) < EXPANDED else 2
        return math.log2(max(1, self._degree[iri])) / 4 + _CLASS_COST * (self._nodes[iri].kind is NodeKind.CLASS)
