"""Who or what is like a node: others of which the same is told, and who else shares one value.

Takes a graph that gives the facts beside a node; gives nodes with a score and the facts that they share. What few share
says more than what many do. Looks at a bounded number of facts. Knows no words and no storage.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kg.fact import Fact, Node, NodeKind
from kg.paths import Neighbours

BESIDE = 200  # facts beside a value that are looked at
CANDIDATES = 60  # nodes whose facts are compared in full


@dataclass(frozen=True, slots=True)
class Shared:
    """What two nodes have in common: the same property with the same node, in the same direction."""

    property: str
    value: Node
    forward: bool  # both have the value; else it is the value that has both
    own: Fact
    other: Fact
    weight: float  # the more, the fewer share it


@dataclass(frozen=True, slots=True)
class Similar:
    """A node like another: the share of what is told of that one which is told of it too, in (0, 1]."""

    node: Node
    score: float
    shared: tuple[Shared, ...]  # what says most first

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts used, both of each pair."""
        return tuple(fact for each in self.shared for fact in (each.own, each.other))


_Trait = tuple[str, str, bool]  # property, the other end, whether that is the object


def similar(graph: Neighbours, node: Node, day: str, *, limit: int = 5) -> tuple[Similar, ...]:
    """Return the nodes that share most with a node, what few share counting more, best first."""
    own = _traits(graph.facts_beside(node.iri, None, BESIDE), node.iri, day)
    weights: dict[_Trait, float] = {}
    reached: dict[str, float] = {}
    for trait in own:
        others = _with(graph, trait, day)
        weights[trait] = 1.0 / math.log2(2 + max(1, len(others) - 1))
        for iri in others.keys() - {node.iri}:
            reached[iri] = reached.get(iri, 0.0) + weights[trait]
    whole = sum(weights.values())
    found: list[Similar] = []
    for iri in sorted(reached, key=lambda iri: (-reached[iri], iri))[:CANDIDATES]:
        theirs = _traits(graph.facts_beside(iri, None, BESIDE), iri, day)
        common = sorted(own.keys() & theirs.keys(), key=lambda trait: (-weights[trait], trait))
        shared = tuple(_shared(trait, own[trait], theirs[trait], weights[trait]) for trait in common)
        if shared:
            other = shared[0].other
            like = other.subject if shared[0].forward else other.object
            assert isinstance(like, Node)
            found.append(Similar(like, round(sum(s.weight for s in shared) / whole, 3), shared))
    found = [each for each in found if each.node.kind is node.kind or NodeKind.CLASS not in (each.node.kind, node.kind)]
    return tuple(sorted(found, key=lambda each: (-each.score, each.node.label))[:limit])


def others_with(
    graph: Neighbours, properties: Collection[str], value: Node, day: str, *, but: Iterable[str] = (), limit: int = 50
) -> tuple[Fact, ...]:
    """Return the facts that say who else has a value ("who else works there"), one of each, `but` some nodes."""
    barred = set(but)
    found: dict[str, Fact] = {}
    for fact in graph.facts_beside(value.iri, properties, BESIDE):
        is_of_value = isinstance(fact.object, Node) and fact.object.iri == value.iri
        if is_of_value and fact.subject.iri not in barred and fact.holds_at(day):
            found.setdefault(fact.subject.iri, fact)
    return tuple(found.values())[:limit]


def _traits(facts: Sequence[Fact], iri: str, day: str) -> dict[_Trait, Fact]:
    """Return what is told of a node, each trait with a fact that tells it."""
    found: dict[_Trait, Fact] = {}
    for fact in facts:
        if not isinstance(fact.object, Node) or not fact.holds_at(day):
            continue
        forward = fact.subject.iri == iri
        found.setdefault((fact.property, (fact.object if forward else fact.subject).iri, forward), fact)
    return found


def _with(graph: Neighbours, trait: _Trait, day: str) -> dict[str, Fact]:
    """Return who has a trait."""
    property_, end, forward = trait
    found: dict[str, Fact] = {}
    for fact in graph.facts_beside(end, (property_,), BESIDE):
        if isinstance(fact.object, Node) and fact.holds_at(day):
            here, there = (fact.object, fact.subject) if forward else (fact.subject, fact.object)
            if here.iri == end:
                found.setdefault(there.iri, fact)
    return found


def _shared(trait: _Trait, own: Fact, other: Fact, weight: float) -> Shared:
    property_, _, forward = trait
    value = own.object if forward else own.subject
    assert isinstance(value, Node)
    return Shared(property_, value, forward, own, other, round(weight, 3))
