"""Yes, no, or only said so: what facts do to a statement that is asked about.

Takes a search over query graphs without variables to answer; gives a status and the facts that decide. Knows no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kg import join, measure
from kg.fact import Fact, Node
from kg.moment import fitness
from kg.pattern import Binding, Constant, Edge, Era, Moment, QueryGraph, Term, Value, Variable
from kg.readings import LASTING
from kg.recalled import Status


class Search(measure.Search, Protocol):
    """Runs query graphs, and knows which properties hold one value at a time."""

    def is_single(self, property: str) -> bool: ...


def judge(search: Search, queries: Sequence[QueryGraph]) -> tuple[Status, tuple[Fact, ...]] | None:
    """Return yes, no or only claimed, with the facts that say so; None when nothing is known."""
    if queries[0].gender_asked and (by_gender := _gender(search, queries[0])) is not None:
        return by_gender
    yes = search.found(queries)
    if yes:
        query, best, _ = yes[0]
        over = tuple(f for e, f in zip(query.edges, best.facts, strict=True) if _is_over(e, f, search.day))
        return (Status.DENIED, over) if over else (Status.ANSWERED, best.facts)
    for query in queries:
        for solution in search.run(query):
            refuted = [f for e, f in zip(query.edges, solution.facts, strict=True) if _is_refuted(e, f, search.day)]
            rest = [f for f in solution.facts if f not in refuted]
            if refuted and all(f.polarity and f.claimant is None for f in rest):
                return Status.DENIED, tuple(refuted)
    other = _other_value(search, queries)
    if other:
        return Status.DENIED, other
    said = [f for q in queries for s in search.run(q) for f in s.facts if f.claimant is not None]
    return (Status.CLAIMED, tuple(dict.fromkeys(said))) if said else None


def is_denial(fact: Fact, day: str) -> bool:
    """Return whether a fact says, by the speaker's or a document's own word, that something does not hold."""
    return not fact.polarity and fact.claimant is None and fitness(fact, Moment(Era.NOW), day) > 0


def _is_over(edge: Edge, fact: Fact, day: str) -> bool:
    """Whether what is asked in the present has ended: "do I still play?" of what was given up."""
    ended = fact.end is not None and fact.end.latest < day
    return ended and edge.moment.era is Era.ANY and edge.property not in LASTING


def _is_refuted(edge: Edge, fact: Fact, day: str) -> bool:
    """Whether a fact says that what the edge asks does not hold: denied, corrected, or over."""
    if fact.claimant is not None:
        return False
    if not fact.polarity:
        return fitness(fact, Moment(Era.ANY), day) > 0
    return fitness(fact, edge.moment, day) == 0 and edge.moment.era in (Era.NOW, Era.ANY)


def _other_value(search: Search, queries: Sequence[QueryGraph]) -> tuple[Fact, ...]:
    """Return the facts by which a property of one value at a time has another one."""
    for query in queries:
        for n, edge in enumerate(query.edges):
            if not search.is_single(edge.property) or isinstance(edge.object, Variable) or edge.noun:
                continue
            opened = replace(edge, object=Variable("other"), readings=edge.readings[:1])
            loose = replace(query, edges=(*query.edges[:n], opened, *query.edges[n + 1 :]))
            for _, solution, _ in search.found([loose]):
                value = solution.of(Variable("other"))
                if value is not None and not _is_part(search, value, edge.object):
                    return (solution.facts[n],)
    return ()


def _is_part(search: Search, value: Binding, term: Term) -> bool:
    """Whether a known value lies in the one asked about or overlaps with it, so that it refutes nothing."""
    if isinstance(term, Value):
        return join.same_thing(term, value)
    if not isinstance(value, Node) or not isinstance(term, Constant):
        return False
    seen, reached = {value.iri}, [value.iri]
    while reached:
        place = reached.pop()
        facts = [f for p in ("P131", "P276", "P17", "P361") for f in search.graph.facts(place, p)]
        for fact in facts:
            if isinstance(fact.object, Node) and fact.object.iri not in seen:
                seen.add(fact.object.iri)
                reached.append(fact.object.iri)
    return bool(seen & set(term.iris))


def _gender(search: Search, query: QueryGraph) -> tuple[Status, tuple[Fact, ...]] | None:
    """Return whether somebody is a girl, a man …, as far as their gender is known."""
    iris = [t.iris[0] for e in query.edges for t in (e.subject,) if isinstance(t, Constant)]
    node = search.graph.node(iris[0]) if iris else None
    if node is None or not node.gender:
        return None
    status = Status.ANSWERED if node.gender == query.gender_asked else Status.DENIED
    facts = (*search.graph.facts(object=node.iri), *search.graph.facts(node.iri))
    return status, tuple(f for f in facts if f.role or f.property == "P21")[:1]
