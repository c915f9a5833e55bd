"""Query graphs as SPARQL 1.1 over Wikidata's statement model, and its rows back as facts.

Takes a query graph, gives a SELECT whose columns ?s0, ?s1 … are the statements used, so that the proof comes with the
answer. Names and words never enter the text; nodes enter as checked IRIs. Knows no language and no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import pyoxigraph as ox

from kg import rdf
from kg.fact import Fact, Graph
from kg.join import LIMIT, fill
from kg.pattern import Constant, Edge, QueryGraph, Reading, Solution, Term, Value, Variable
from kg.roles import RoleLexicon

_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|^`\\]')  # Source: SPARQL 1.1, rule IRIREF
Row = Sequence[tuple[str, str]]  # variable without "?", and the term's IRI or lexical value
Execute = Callable[[str], Iterable[Row]]


class Rows(Protocol):
    """The solutions of a SELECT: a row of terms each, in the order of `variables`."""

    @property
    def variables(self) -> Sequence[str]: ...

    @property
    def rows(self) -> Sequence[Sequence[rdf.Term | None]]: ...


def executor(select: Callable[[str], Rows]) -> Execute:
    """Return the seam for a store's `select`, such as `kg.store.GraphView.select`."""

    def execute(text: str) -> Iterator[Row]:
        found = select(text)
        for row in found.rows:
            pairs = zip(found.variables, row, strict=True)
            yield tuple((name, term.value) for name, term in pairs if isinstance(term, ox.NamedNode | ox.Literal))

    return execute


def compile_query(query: QueryGraph, *, limit: int = LIMIT) -> str:
    """Return the query as SPARQL text.

    What the words of a role or a literal must match is checked on the rows: the text holds no words of anybody's.
    """
    terms = tuple(dict.fromkeys(t for e in query.edges for t in (e.subject, e.object)))
    lines = [
        f"  VALUES {_name(t, terms)} {{ {' '.join(map(_iri, t.iris))} }}" for t in terms if isinstance(t, Constant)
    ]
    for n, edge in enumerate(query.edges):
        patterns = dict.fromkeys(_pattern(edge, reading, n, terms) for reading in edge.readings)
        lines.append("  " + " UNION ".join(f"{{ {p} }}" for p in patterns))
    for group in query.distinct:
        open_terms = [_name(t, terms) for t in dict.fromkeys(group) if t in terms and not isinstance(t, Value)]
        lines += [f"  FILTER({a} != {b})" for i, a in enumerate(open_terms) for b in open_terms[i + 1 :]]
    target = query.target
    asked = [_name(target, terms)] if isinstance(target, Variable) and target in terms else []
    columns = " ".join(asked + [f"?s{n}" for n in range(len(query.edges))])
    return "\n".join([f"SELECT DISTINCT {columns} WHERE {{", *lines, f"}} LIMIT {limit}"])


def solutions(query: QueryGraph, graph: Graph, execute: Execute, roles: RoleLexicon) -> tuple[Solution, ...]:
    """Return the solutions that a store finds, the same ones and in the same order as `kg.join.solve`."""
    rows = [_facts(row, len(query.edges), graph) for row in execute(compile_query(query))]
    unique = {tuple(f.id for f in facts): facts for facts in rows if facts}
    return tuple(s for key in sorted(unique) for s in fill(query, unique[key], roles))


def _facts(row: Row, count: int, graph: Graph) -> list[Fact]:
    values = dict(row)
    facts: list[Fact] = []
    for n in range(count):
        number = rdf.fact_id_of(ox.NamedNode(values[f"s{n}"])) if f"s{n}" in values else None
        if number is None:
            return []
        facts.append(graph.fact(number))
    return facts


def _pattern(edge: Edge, reading: Reading, n: int, terms: Sequence[Term]) -> str:
    """Return the triple patterns of one reading: subject, statement, object."""
    pair = (edge.object, edge.subject) if reading.inverse else (edge.subject, edge.object)
    start, end = (_name(t, terms) for t in pair)
    if reading.property:
        return f"{start} {rdf.claim(reading.property)} ?s{n} . ?s{n} {rdf.value(reading.property)} {end} ."
    return f"?s{n} {rdf.ROLE} ?r{n} . {start} ?p{n} ?s{n} . ?s{n} ?v{n} {end} ."


def _iri(iri: str) -> str:
    """Return an IRI in brackets. Raises ValueError when it holds what could end it."""
    if not iri or _FORBIDDEN.search(iri):
        raise ValueError(f"not an IRI: {iri!r}")
    return f"<{iri}>"


def _name(term: Term, terms: Sequence[Term]) -> str:
    """Return a term's variable: its own name, or one by its place in the query."""
    return f"?{term.name}" if isinstance(term, Variable) else f"?c{terms.index(term)}"
