"""What follows from facts that hold: inverse, symmetric, sub-property, transitive, sub-class; each with its proof.

Takes facts by node and the ontology, gives `Inferred` values, one subject at a time. Pure: it knows no storage, no RDF
and no rules of the user's. A thing related to itself is never concluded, so that circles end where they began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kg.fact import Fact, Graph, Inferred, Literal, Node
from kg.ontology import Ontology, OntologyError

INSTANCE, SUBCLASS = "P31", "P279"
STEPS = 32  # the longest way through a transitive property
REACH = 10_000  # what one thing reaches through one property

FactsAbout = Callable[[str], Iterable[Fact]]  # node IRI -> facts that have it as subject or object
Key = tuple[str, str, str, str]  # subject, property, object, its datatype ("" for a node)
_Op = tuple[str, bool, tuple[str, ...]]  # property, turned round, the rules that lead to it


@dataclass(frozen=True, slots=True)
class Edge:
    """One triple that a single fact gives, as stated (no rules) or through rules."""

    start: Node
    property: str
    target: Node | Literal
    fact: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """A place that was reached, and how."""

    target: Node
    facts: tuple[int, ...]
    rules: tuple[str, ...]


class Reasoner:
    """Draws conclusions from the facts that hold on a day; it remembers what it looked up.

    Raises:
        OntologyError: a transitive property has a broader one that isn't transitive, or an inverse with a gender.
    """

    def __init__(self, ontology: Ontology, facts_about: FactsAbout, day: str) -> None:
        self._ontology = ontology
        self._facts_about = facts_about
        self._day = day
        self._transitive = transitive_properties(ontology)
        self._edges: dict[str, tuple[Edge, ...]] = {}
        self._ops: dict[tuple[str, str, str], tuple[_Op, ...]] = {}

    def about(self, subject: str) -> Iterator[Inferred]:
        """Yield what follows with a node as its subject and isn't stated, the nearest proof of each."""
        edges = self._leaving(subject)
        done = {_key(edge) for edge in edges if not edge.rules}
        for edge in edges:
            if _key(edge) not in done:
                done.add(_key(edge))
                yield _inferred(edge.start, edge.property, edge.target, edge.rules, (edge.fact,))
        start = next((edge.start for edge in edges), None)
        if start is None:
            return
        for property_ in sorted({edge.property for edge in edges} & (self._transitive | {INSTANCE})):
            for way in self._reached(start, property_):
                key = key_of(start, property_, way.target)
                if key not in done:
                    done.add(key)
                    yield _inferred(start, property_, way.target, way.rules, way.facts)

    def affected(self, facts: Iterable[Fact]) -> set[str]:
        """Return the nodes about which something else may follow, now that these facts are new or changed."""
        found: set[str] = set()
        for fact in facts:
            for edge in self._of(fact):
                found.add(edge.start.iri)
                if edge.property in self._transitive:
                    behind = self._behind(edge.start.iri, edge.property)
                    found |= behind
                    if edge.property == SUBCLASS:
                        classes = (edge.start.iri, *behind)
                        found |= {e.start.iri for c in classes for e in self._entering(c) if e.property == INSTANCE}
        return found

    def _reached(self, start: Node, property_: str) -> Iterator[_Way]:
        """Yield what a transitive property leads to in two steps or more, nearest first."""
        then, name = (SUBCLASS, "sub-class") if property_ == INSTANCE else (property_, "transitive")
        layer = [_Way(start, (), ())]
        seen = (
            set[str]() if property_ == INSTANCE else {start.iri}
        )  # a way from thing to kind may lead through the thing
        for step in range(STEPS):
            following: list[_Way] = []
            for way in layer:
                for edge in self._leaving(way.target.iri):
                    if edge.property != (then if step else property_) or not isinstance(edge.target, Node):
                        continue
                    if edge.target.iri not in seen and len(seen) < REACH:
                        seen.add(edge.target.iri)
                        rules = tuple(dict.fromkeys((*way.rules, *edge.rules)))
                        following.append(_Way(edge.target, (*way.facts, edge.fact), rules))
            if step:
                yield from (
                    _Way(w.target, tuple(dict.fromkeys(w.facts)), (*w.rules, name))
                    for w in following
                    if w.target.iri != start.iri
                )
            layer = following

    def _behind(self, node: str, property_: str) -> set[str]:
        """Return the nodes from which a property leads to this one."""
        found: set[str] = set()
        waiting = [node]
        while waiting:
            here = waiting.pop()
            sources = {e.start.iri for e in self._entering(here) if e.property == property_}
            waiting += sources - found
            found |= sources
        return found

    def _leaving(self, node: str) -> tuple[Edge, ...]:
        """Return the edges from a node, one a triple: the stated ones first, then by how little they take."""
        if node not in self._edges:
            held = sorted(
                (e for fact in self._facts_about(node) for e in self._of(fact) if e.start.iri == node),
                key=lambda e: (len(e.rules), e.fact, e.rules),
            )
            best: dict[Key, Edge] = {}
            for edge in held:
                best.setdefault(_key(edge), edge)
            self._edges[node] = tuple(best.values())
        return self._edges[node]

    def _entering(self, node: str) -> Iterator[Edge]:
        for fact in self._facts_about(node):
            for edge in self._of(fact):
                if isinstance(edge.target, Node) and edge.target.iri == node:
                    yield edge

    def _of(self, fact: Fact) -> Iterator[Edge]:
        """Yield the edges that one fact gives; none if it doesn't hold."""
        if not fact.holds_at(self._day):
            return
        subject, obj = fact.subject, fact.object
        if isinstance(obj, Node) and obj.iri == subject.iri:
            yield Edge(subject, fact.property, obj, fact.id)
            return
        gender = obj.gender if isinstance(obj, Node) else ""
        for property_, turned, rules in self._ways(fact.property, subject.gender, gender):
            if not turned:
                yield Edge(subject, property_, obj, fact.id, rules)
            elif isinstance(obj, Node):
                yield Edge(obj, property_, subject, fact.id, rules)

    def _ways(self, property_: str, gender: str, other: str) -> tuple[_Op, ...]:
        """Return what a property between people of these genders says too, itself first."""
        key = (property_, gender, other)
        if key not in self._ops:
            found: dict[tuple[str, bool], tuple[str, ...]] = {(property_, False): ()}
            waiting = [(property_, False)]
            for here, turned in waiting:
                rules = found[here, turned]
                for there, other_way, rule in self._next(here, other if turned else gender):
                    step = (there, turned is not other_way)
                    if step not in found:
                        found[step] = tuple(dict.fromkeys((*rules, rule)))
                        waiting.append(step)
            self._ops[key] = tuple((p, turned, rules) for (p, turned), rules in found.items())
        return self._ops[key]

    def _next(self, property_: str, gender: str) -> Iterator[tuple[str, bool, str]]:
        """Yield property, whether it is turned round, and rule for each single step; `gender` is the subject's."""
        if property_ not in self._ontology:
            return
        for broader in self._ontology.property(property_).broader:
            yield broader, False, "sub-property"
        for inverse in self._ontology.inverses(property_):
            wanted = self._ontology.property(inverse).gender
            if not wanted or wanted == gender:
                yield inverse, True, "symmetric" if inverse == property_ else "inverse"


def conclusions(graph: Graph, ontology: Ontology, day: str) -> Iterator[Inferred]:
    """Yield all that follows from the facts of a graph that hold on an ISO day and isn't stated among them."""
    by_node: dict[str, list[Fact]] = {}
    for fact in graph.facts():
        if fact.holds_at(day):
            by_node.setdefault(fact.subject.iri, []).append(fact)
            if isinstance(fact.object, Node) and fact.object.iri != fact.subject.iri:
                by_node.setdefault(fact.object.iri, []).append(fact)
    reasoner = Reasoner(ontology, lambda iri: by_node.get(iri, ()), day)
    for iri in by_node:
        yield from reasoner.about(iri)


def transitive_properties(ontology: Ontology) -> frozenset[str]:
    """Return the transitive properties; the inverse of one is one, too. Raises OntologyError."""
    declared = {p.id for p in ontology if p.transitive}
    found = declared | {inverse for id in declared for inverse in ontology.inverses(id)}
    for id in found | {INSTANCE} & {p.id for p in ontology}:
        others: Sequence[str] = (*ontology.broader(id), *ontology.inverses(id))
        if any(other not in found or ontology.property(other).gender for other in others):
            raise OntologyError(f"what {id} is part of or the inverse of must be transitive, too, and of no gender")
    return frozenset(found)


def logic_of(ontology: Ontology) -> str:
    """Return what changes when another ontology concludes something else."""
    said = [(p.id, p.broader, ontology.inverses(p.id), p.transitive, p.gender) for p in ontology]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


def key_of(subject: Node, property_: str, obj: Node | Literal) -> Key:
    """Return what makes a triple the same as another."""
    if isinstance(obj, Node):
        return subject.iri, property_, obj.iri, ""
    return subject.iri, property_, obj.value, f"{obj.datatype}@{obj.language}"


def inferred_id(key: Key) -> str:
    """Return the id of an inferred triple: the same triple always has the same one.

    >>> inferred_id(("urn:a", "P31", "urn:b", ""))
    'i:24411580c657'
    """
    return "i:" + hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _key(edge: Edge) -> Key:
    return key_of(edge.start, edge.property, edge.target)


def _inferred(
    subject: Node, property_: str, obj: Node | Literal, rules: Sequence[str], facts: tuple[int, ...]
) -> Inferred:
    return Inferred(inferred_id(key_of(subject, property_, obj)), subject, property_, obj, " + ".join(rules), facts)
