"""What a SPARQL view of the memory must hold: every quad of it, and what changes with the log's newest outcomes.

Takes a memory and a store to compare with; gives quads to remove and to add, and the view's watermark. Writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg import rdf
from kg.memory import Memory
from kg.outcome import (
    Forgotten,
    LabelAdded,
    LabelRemoved,
    NodeCreated,
    NodeDescribed,
    NodeRemoved,
    NodesMerged,
    NodesUnmerged,
    SourceAdded,
    SourceRemoved,
    StatementAdded,
    StatementMoved,
    StatementQualified,
    StatementRemoved,
)

LAYOUT = 1  # of the quads; a store with another one is built anew
_MANY = 20_000  # touched facts from which building anew is faster
_MANY_OUTCOMES = 8 * _MANY


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a view follows the log, and for which day its truthy triples hold."""

    space_id: str
    seq: int
    day: str

    def text(self) -> str:
        """Return it as the store keeps it."""
        return json.dumps([LAYOUT, self.space_id, self.seq, self.day])

    @staticmethod
    def parse(text: str) -> Watermark | None:
        """Return the watermark in `text`, None if it is another layout's or none at all."""
        try:
            layout, space_id, seq, day = json.loads(text)
        except (ValueError, TypeError):
            return None
        return Watermark(str(space_id), int(seq), str(day)) if layout == LAYOUT else None


@dataclass(frozen=True, slots=True)
class Change:
    """Quads to remove and to add."""

    remove: frozenset[ox.Quad]
    add: frozenset[ox.Quad]


@dataclass(slots=True)
class _Touched:
    facts: set[int]
    nodes: set[str]


def every_quad(memory: Memory, graph: ox.NamedNode, day: str) -> Iterator[ox.Quad]:
    """Yield the whole view as of a day."""
    for node, labels in memory.each_node():
        yield from _quads(rdf.node_triples(node, labels), graph)
    for fact in memory.each_fact():
        yield from _quads(rdf.fact_triples(fact, memory.space_id), graph)
        yield from _quads(rdf.truthy_triples((fact,), day), graph)


def changed_quads(memory: Memory, store: ox.Store, graph: ox.NamedNode, mark: Watermark, day: str) -> Change | None:
    """Return what brings a store from its watermark to now; None when it should be built anew."""
    if memory.last_outcome() - mark.seq > _MANY_OUTCOMES or (touched := _touched(memory, mark.seq)) is None:
        return None
    if day != mark.day:
        dated = memory.dated_facts()
        touched.facts.update(fact.id for fact in dated if fact.holds_at(day) != fact.holds_at(mark.day))
    if len(touched.facts) > _MANY:
        return None
    old: set[ox.Quad] = set()
    new: set[ox.Quad] = set()
    pairs: set[tuple[str, str]] = set()
    for fact_id in touched.facts:
        old.update(_stored_fact(store, graph, rdf.statement_node(memory.space_id, fact_id), pairs))
    for fact in memory.facts_with_ids(sorted(touched.facts)):
        new.update(_quads(rdf.fact_triples(fact, memory.space_id), graph))
        pairs.add((fact.subject.iri, fact.property))
    for subject, property_ in pairs:
        old.update(store.quads_for_pattern(ox.NamedNode(subject), rdf.truthy(property_), None, graph))
        standing = [fact for fact in memory.facts(subject, property_) if fact.subject.iri == subject]
        new.update(_quads(rdf.truthy_triples(standing, day), graph))
    for iri in touched.nodes:
        for predicate in rdf.DESCRIBING:
            old.update(store.quads_for_pattern(ox.NamedNode(iri), predicate, None, graph))
        new.update(_described(memory, iri, graph))
    return Change(frozenset(old - new), frozenset(new - old))


def _touched(memory: Memory, since: int) -> _Touched | None:
    touched = _Touched(set(), set())
    for done in memory.outcomes(since):
        match done.operation:
            case StatementAdded(id=fact) | StatementQualified(id=fact) | StatementRemoved(id=fact):
                touched.facts.add(fact)
            case StatementMoved(id=fact):
                touched.facts.add(fact)
            case SourceAdded(statement=fact) | SourceRemoved(statement=fact):
                touched.facts.add(fact)
            case NodeCreated(iri=iri) | NodeDescribed(iri=iri) | NodeRemoved(iri=iri):
                touched.nodes.add(iri)
            case LabelAdded(iri=iri) | LabelRemoved(iri=iri):
                touched.nodes.add(iri)
            case NodesMerged(loser=loser, winner=winner) | NodesUnmerged(loser=loser, winner=winner):
                touched.nodes.update((loser, winner))
                for iri in (loser, winner):
                    touched.facts.update(fact.id for fact in memory.facts_about(iri))
            case Forgotten():
                return None
            case _:
                pass
    return touched


def _stored_fact(
    store: ox.Store, graph: ox.NamedNode, node: ox.NamedNode, pairs: set[tuple[str, str]]
) -> Iterator[ox.Quad]:
    """Yield the quads of a stored fact without its truthy triple; note its subject and property in `pairs`."""
    for quad in store.quads_for_pattern(None, None, node, graph):
        property_ = rdf.property_of(quad.predicate.value)
        if isinstance(quad.subject, ox.NamedNode) and property_ is not None:
            pairs.add((quad.subject.value, property_))
        yield quad
    for quad in store.quads_for_pattern(node, None, None, graph):
        yield quad
        if quad.predicate == rdf.DERIVED and isinstance(quad.object, ox.NamedNode):
            yield from store.quads_for_pattern(quad.object, None, None, graph)


def _described(memory: Memory, iri: str, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """Yield what describes a node that still stands for itself."""
    try:
        node = memory.node(iri)
    except KeyError:
        return
    if node.iri == iri:
        yield from _quads(rdf.node_triples(node, memory.labels(iri)), graph)


def _quads(triples: Iterable[rdf.Described], graph: ox.NamedNode) -> Iterator[ox.Quad]:
    for subject, predicate, obj in triples:
        yield ox.Quad(subject, predicate, obj, graph)
