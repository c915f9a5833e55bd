"""A statement with what is known around it, as a small graph that SHACL shapes can look at.

Takes a draft, the facts beside its ends and the ontology, gives rdflib graphs with and without the draft. What a shape
sees is described in kg/shapes.ttl. It knows no shape and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Protocol

import pyoxigraph as ox
from rdflib import OWL, RDF, XSD, Graph, Literal, URIRef

from kg import rdf
from kg.fact import Draft, Fact, Node, NodeKind
from kg.fact import Literal as Value
from kg.interval import interval
from kg.numeral import number_in
from kg.ontology import Ontology
from kg.revise import PropertyLogic
from kg.shapes import FIRST, LAST, NUMBER, PREFIXES
from kg.statement import has_source

BESIDE = 64  # facts beside a node that are looked at, in each direction
EVIDENCE = 16  # of those that say what kind of thing it is
MOST = 100  # facts from which no further node is looked at
HOPS = 12  # along a path that leads on
_TODAY, _IN_A_YEAR = URIRef(rdf.TT + "today"), URIRef(rdf.TT + "inAYear")
_PERIOD = re.compile(r"month|week|day|hour|minute|月|周|星期|天|日|小时", re.IGNORECASE)  # an age that isn't in years
_BOUNDS = tuple(f"{rdf.TT}{name}{bound}" for name in rdf.QUALIFIERS for bound in ("Earliest", "Latest"))
_SPACE = "near"

Triple = tuple[URIRef, URIRef, URIRef | Literal]


class Ground(Protocol):
    """The facts of a memory space, by the node that they stand beside."""

    def node(self, iri: str) -> Node: ...

    def facts_beside(self, iri: str, properties: Collection[str] | None, limit: int) -> Sequence[Fact]:
        """Return what is asserted of a node and what has it as object, at most `limit` of each; None: any property."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A candidate as it would stand, and the facts around it."""

    candidate: Fact
    facts: tuple[Fact, ...]
    kinds: tuple[tuple[str, str], ...]  # node and tag, where both are sure
    day: str
    replaced: frozenset[int]  # facts in whose place the candidate stands

    def focus(self) -> tuple[str, ...]:
        """Return the nodes that the candidate may bring to break a shape: its own, and those beside them."""
        ends = set(_ends(self.candidate))
        near = {end for fact in self.facts if ends & set(_ends(fact)) for end in _ends(fact)}
        return (*sorted(ends | near), rdf.statement_node(_SPACE, 0).value)

    def graph(self, *, before: bool = False) -> Graph:
        """Return what shapes look at; `before`: without the candidate, and with what it would replace."""
        facts = self.facts if before else (*(f for f in self.facts if f.id not in self.replaced), self.candidate)
        graph = Graph(bind_namespaces="none")
        for prefix, name in PREFIXES.items():
            graph.bind(prefix, name)
        today = date.fromisoformat(self.day)
        marks = ((_TODAY, today), (_IN_A_YEAR, _a_year_after(today)))
        for iri in {iri for fact in (*self.facts, self.candidate) for iri in _ends(fact)}:
            node = URIRef(iri)
            graph.add((node, OWL.sameAs, node))
            for predicate, day in marks:
                graph.add((node, predicate, Literal(day.isoformat(), datatype=XSD.date)))
        for iri, tag in self.kinds:
            graph.add((URIRef(iri), RDF.type, URIRef(rdf.TT + tag)))
        for fact in facts:
            for triple in _triples(fact, holds=fact.holds_at(self.day)):
                graph.add(triple)
        return graph


def neighbourhood(
    ground: Ground,
    ontology: Ontology,
    draft: Draft,
    *,
    properties: Collection[str] | None,
    steps: Collection[str],
    recursive: bool,
    replaces: bool,
) -> Neighbourhood:
    """Return a draft with the facts of these properties (None: of any) around it, some `steps` away.

    `replaces` says that the draft corrects what it shares two of its three parts with.
    """
    subject = ground.node(draft.subject)
    obj = draft.object if isinstance(draft.object, Value) else ground.node(draft.object)
    candidate = Fact(
        0, subject, draft.property, obj, start=draft.start, end=draft.end, point=draft.point, role=draft.role
    )
    ends = [subject, *([obj] if isinstance(obj, Node) else [])]
    facts = _around(ground, [node.iri for node in ends], properties, steps, HOPS if recursive else 1)
    day = draft.source.said_at[:10]
    if replaces:
        facts = {id_: f for id_, f in facts.items() if _in_common(f, candidate) < 2}
    kinds = ((node.iri, tag) for node in ends if (tag := _kind(ground, ontology, node, draft)))
    known = tuple(facts.values())
    return Neighbourhood(candidate, known, tuple(kinds), day, _replaced(known, candidate, day))


def _around(
    ground: Ground, start: Sequence[str], properties: Collection[str] | None, steps: Collection[str], hops: int
) -> dict[int, Fact]:
    facts: dict[int, Fact] = {}
    seen, edge = set(start), list(start)
    for _ in range(hops + 1):
        further: dict[str, None] = {}
        for iri in edge:
            if len(facts) > MOST:
                return facts
            found = ground.facts_beside(iri, properties, BESIDE)
            facts |= {fact.id: fact for fact in found}
            ends = (end for fact in found if fact.property in steps for end in _ends(fact))
            further |= {end: None for end in ends if end not in seen}
        edge = list(further)
        seen.update(edge)
    return facts


def _kind(ground: Ground, ontology: Ontology, node: Node, draft: Draft) -> str:
    """Return what a node surely is: the tag that its name was given, where another statement takes it for that too."""
    if node.kind is NodeKind.SELF:
        return "PER"
    if node.kind is NodeKind.CLASS:
        return ""
    tags: set[str] = set()
    for fact in ground.facts_beside(node.iri, None, EVIDENCE):
        elsewhere = len(fact.sources) > 1 or not has_source(fact, draft.source)
        if elsewhere and fact.property in ontology:
            property = ontology.property(fact.property)
            tags |= _only(property.domain) if fact.subject.iri == node.iri else _only(property.range)
    return node.tag if tags == {node.tag} else ""


def _only(tags: frozenset[str]) -> frozenset[str]:
    return tags if len(tags) == 1 else frozenset()


def _in_common(one: Fact, other: Fact) -> int:
    return (one.subject == other.subject) + (one.property == other.property) + (one.object == other.object)


def _replaced(facts: Iterable[Fact], candidate: Fact, day: str) -> frozenset[int]:
    """Return all values but the newest of what has one at a time; the candidate is the newest of its own."""
    logic = _logic()
    single = (logic.successive | logic.functional) - logic.shared
    newest: dict[tuple[str, str], int] = {}
    if candidate.holds_at(day):
        newest[candidate.subject.iri, candidate.property] = -1
    gone: set[int] = set()
    for fact in sorted((f for f in facts if f.property in single and f.holds_at(day)), key=lambda f: -f.id):
        if newest.setdefault((fact.subject.iri, fact.property), fact.id) != fact.id:
            gone.add(fact.id)
    return frozenset(gone)


@cache
def _logic() -> PropertyLogic:
    return PropertyLogic.of(Ontology.load())


def _triples(fact: Fact, *, holds: bool) -> Iterator[Triple]:
    subject, statement = URIRef(fact.subject.iri), URIRef(rdf.statement_node(_SPACE, fact.id).value)
    for triple in rdf.fact_triples(replace(fact, sources=()), _SPACE):
        if triple[1].value.startswith(_BOUNDS) and not _is_bound(triple[2]):
            continue  # a day that can't be compared breaks nothing
        yield _uri(triple[0]), _uri(triple[1]), _term(triple[2])
    if not holds:
        return
    yield subject, _uri(rdf.truthy(fact.property)), _term(rdf.as_term(fact.object))
    if isinstance(fact.object, Value):
        for namespace, value in _readings(fact.property, fact.object):
            yield subject, URIRef(namespace + fact.property.removeprefix("tt:")), value
            yield statement, URIRef(namespace + fact.property.removeprefix("tt:")), value


def _readings(property: str, value: Value) -> Iterator[tuple[str, Literal]]:
    """Yield the days that a date may mean, and the number in a quantity."""
    if value.datatype == "date":
        when = interval(value.value)
        for namespace, day in ((FIRST, when.earliest), (LAST, when.latest)) if when is not None else ():
            if _is_day(day):
                yield namespace, Literal(day, datatype=XSD.date)
    elif value.datatype == "quantity" and not (property == "tt:age" and _PERIOD.search(value.value)):
        number = number_in(value.value)
        if number is not None:
            sign = "-" if re.match(r"\s*[-−]\s*\d", value.value) else ""
            yield NUMBER, Literal(f"{sign}{number:f}", datatype=XSD.decimal)


def _is_day(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return day[:4] not in ("0001", "9999")  # an open end


def _is_bound(term: ox.NamedNode | ox.Literal) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value == rdf.XSD + "date"


def _a_year_after(day: date) -> date:
    return day.replace(year=min(day.year + 1, 9999), day=min(day.day, 28))


def _ends(fact: Fact) -> tuple[str, ...]:
    return (fact.subject.iri, fact.object.iri) if isinstance(fact.object, Node) else (fact.subject.iri,)


def _uri(term: ox.NamedNode) -> URIRef:
    return URIRef(term.value)


def _term(term: ox.NamedNode | ox.Literal) -> URIRef | Literal:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    return Literal(term.value, datatype=URIRef(term.datatype.value))
