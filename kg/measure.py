"""What is computed from facts: counts, ages, durations, differences, superlatives.

Takes a search that runs query graphs and holds the graph; gives numbers with the facts they rest on. Knows no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kg.fact import Fact, Graph, Literal, Node, NodeKind
from kg.moment import as_literal, began, ended, years_between
from kg.numeral import count_in, number_in
from kg.pattern import Answer, Constant, QueryGraph, Solution, Term

_NUMBERS = {"P2284": ("P2284", "P2130"), "P569": ("P569",)}
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "old", "aunt", "uncle"]
)
_COMPOUND = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
        "司徒",
        "端木",
        "宇文",
        "长孙",
    ]
)


class Search(Protocol):
    """Runs query graphs over a graph on an ISO day."""

    @property
    def graph(self) -> Graph: ...

    @property
    def day(self) -> str: ...

    def run(self, query: QueryGraph) -> tuple[Solution, ...]: ...

    def found(self, queries: Sequence[QueryGraph]) -> Sequence[tuple[QueryGraph, Solution, float]]: ...


def count(
    search: Search, queries: Sequence[QueryGraph], answers: Sequence[Answer]
) -> tuple[int | None, tuple[Fact, ...]]:
    """Return how many were found or told of, and the facts; None when nothing is known.

    A number that was told counts when it is larger than all who were ever named: "three children" beside one name.
    """
    facts = tuple(dict.fromkeys(f for a in answers for f in a.facts))
    found = _sized(search, answers)
    explicit = _explicit(search, queries, answers)
    if explicit is not None:
        number, fact = explicit
        ever = _ever(search, queries)
        if number > ever:
            return max(number - max(ever - len(answers), 0), found), (fact, *facts)
    if not answers:
        return (None, ()) if explicit is None else (found, (explicit[1],))
    return found, facts


def denied_kind(search: Search, queries: Sequence[QueryGraph]) -> list[Fact]:
    """Return the denials that there is any of the kind counted: "there is no cat in my house"."""
    kinds = _kinds(queries)
    near = [e for q in queries for e in q.edges if isinstance(e.subject, Constant) and e.object == q.target]
    return [
        f
        for e in near
        if isinstance(e.subject, Constant)
        for iri in e.subject.iris
        for kind in kinds
        for f in search.graph.facts(iri, e.property or None, kind)
        if not f.polarity and f.claimant is None
    ]


def duration(fact: Fact, day: str) -> int | None:
    """Return the years that a fact was or has been in force, None when its beginning is not known."""
    start, end = fact.start, ended(fact)
    if start is None or (fact.end is not None and end is None):
        return None
    return years_between(as_literal(start).value[:10], as_literal(end).value[:10] if end else day)


def age_from_birth(search: Search, queries: Sequence[QueryGraph]) -> Answer | None:
    """Return an age computed from the date of birth, when an age is asked for and none was told."""
    query = queries[0]
    edge = next((e for e in query.edges if e.property == "tt:age" and e.object == query.target), None)
    if edge is None:
        return None
    for node, proofs in _nodes(search, queries, edge.subject):
        born = _value(search, node, "P569")
        if born is not None and born[0][:4].isdigit():
            years = years_between(born[0], search.day)
            return Answer(Literal(str(years), "quantity"), 1.0, (*proofs, born[1]))
    return None


def part_of_name(search: Search, queries: Sequence[QueryGraph]) -> Answer | None:
    """Return a family or given name read off a full name, when none was told."""
    query = queries[0]
    edge = next((e for e in query.edges if e.property in ("P734", "P735") and e.object == query.target), None)
    if edge is None:
        return None
    for node, proofs in _nodes(search, queries, edge.subject):
        if node.kind is NodeKind.NAMED and (part := _name_part(node.label, edge.property)):
            facts = proofs or tuple(sorted(search.graph.facts(node.iri), key=lambda f: f.id)[:1])
            return Answer(Literal(part), 0.8, facts)
    return None


def _name_part(label: str, property: str) -> str:
    """Return the family (P734) or given name (P735) in a full name, "" when it can't be told.

    >>> _name_part("Anna Holt", "P734"), _name_part("欧阳明", "P734"), _name_part("Anna", "P734")
    ('Holt', '欧阳', '')
    """
    words = label.split()
    if len(words) > 1:
        title = words[0].rstrip(".").casefold() in _TITLES
        if property == "P735":
            return "" if title else words[0]
        return words[-1]
    if len(label) in (2, 3, 4) and all("\u4e00" <= c <= "\u9fff" for c in label) and label[0] not in "老小阿大":
        size = 2 if len(label) > 2 and label[:2] in _COMPOUND else 1
        return label[:size] if property == "P734" else label[size:]
    return ""


def difference(search: Search, queries: Sequence[QueryGraph]) -> list[Answer]:
    """Return by how much the two that are compared differ, as one answer; none when a value is missing."""
    query = queries[0]
    sides = [_nodes(search, queries, term)[:1] for term in query.compared]
    if len(sides) != 2 or not all(sides):
        return []
    (one, proofs), (other, more) = sides[0][0], sides[1][0]
    for property in (query.dimension, "tt:age") if query.dimension == "P569" else (query.dimension,):
        a, b = _value(search, one, property), _value(search, other, property)
        if a is not None and b is not None:
            if property == "P569" and a[0][:4].isdigit() and b[0][:4].isdigit():
                number = abs(years_between(min(a[0], b[0]), max(a[0], b[0])))
            else:
                gap = abs(_number(a[0]) - _number(b[0]))
                number = int(gap) if gap == int(gap) else round(gap, 2)
            facts = tuple(dict.fromkeys((*proofs, *more, a[1], b[1])))
            return [Answer(Literal(str(number), "quantity"), 1.0, facts)]
    return []


def ranked(search: Search, queries: Sequence[QueryGraph]) -> list[Answer]:
    """Return the candidates of a superlative in its order, the winner first; none when fewer than two compare."""
    query = queries[0]
    pool: dict[str, tuple[Node, tuple[Fact, ...]]] = {}
    for term in query.compared or ((query.target,) if query.target else ()):
        for node, proofs in _nodes(search, queries, term):
            pool.setdefault(node.iri, (node, proofs))
    rows: list[tuple[float, Answer]] = []
    for node, proofs in pool.values():
        key = _rank(search, node, query.dimension, proofs)
        if key is not None:
            rows.append((key[0], Answer(node, 1.0, (*proofs, *key[1]))))
    if len(rows) < 2:
        return []
    rows.sort(key=lambda row: row[0], reverse=query.greatest)
    return [answer for _, answer in rows]


def _rank(search: Search, node: Node, dimension: str, proofs: Sequence[Fact]) -> tuple[float, tuple[Fact, ...]] | None:
    for property in _NUMBERS.get(dimension, (dimension,) if dimension else ("P569",)):
        found = _value(search, node, property)
        if found is not None and not found[0].startswith("--"):  # a birthday without its year ranks nobody
            return _number(found[0]), (found[1],)
    if dimension in ("P569", ""):
        if dimension == "":
            dated = [(when, f) for f in proofs if (when := began(f)) is not None]
            if dated:
                return _number(dated[-1][0].earliest), (dated[-1][1],)
        aged = _value(search, node, "tt:age")
        if aged is not None:
            return float(search.day[:4]) - _number(aged[0]), (aged[1],)
    return None


def _nodes(search: Search, queries: Sequence[QueryGraph], term: Term) -> list[tuple[Node, tuple[Fact, ...]]]:
    """Return the nodes that a term stands for, best first, with the facts that led there."""
    if isinstance(term, Constant):
        return [(search.graph.node(iri), ()) for iri in term.iris]
    found: dict[str, tuple[Node, tuple[Fact, ...]]] = {}
    for query in queries:
        reach = _reaching(query, term)
        for _, solution, _ in search.found([reach]):
            node = solution.of(term)
            if isinstance(node, Node):
                found.setdefault(node.iri, (node, solution.facts))
    return list(found.values())


def _reaching(query: QueryGraph, term: Term) -> QueryGraph:
    """Return the query without the edges that lead on from a term to the literal asked for."""
    edges = tuple(e for e in query.edges if not (e.subject == term and e.object == query.target))
    return replace(query, edges=edges) if edges else query


def _value(search: Search, node: Node, property: str) -> tuple[str, Fact] | None:
    for fact in reversed(search.graph.facts(node.iri, property)):
        value = fact.object
        if isinstance(value, Literal) and fact.holds_at(search.day) and number_in(value.value) is not None:
            return value.value, fact
    return None


def _number(text: str) -> float:
    """Return a number, or a date as years with a fraction."""
    if len(text) >= 7 and text[4] == "-" and text[:4].isdigit():
        month, day = int(text[5:7]), int(text[8:10] or 1)
        return int(text[:4]) + (month - 1) / 12 + (day - 1) / 372
    return number_in(text) or 0.0


def _explicit(search: Search, queries: Sequence[QueryGraph], answers: Sequence[Answer]) -> tuple[int, Fact] | None:
    """Return the largest number that was told of what is counted."""
    found: list[tuple[int, Fact]] = []
    subjects = {a.value.iri for a in answers if isinstance(a.value, Node) and a.value.kind is not NodeKind.NAMED}
    for iri in subjects | _kinds(queries):
        found += [(n, f) for f in search.graph.facts(iri, "tt:value") if (n := _told(f, search.day)) is not None]
    for edge in {e for q in queries for e in q.edges if e.object == q.target and isinstance(e.subject, Constant)}:
        if edge.property == "P40" and not edge.gender and isinstance(edge.subject, Constant):
            for iri in edge.subject.iris:
                found += [(n, f) for f in search.graph.facts(iri, "P1971") if (n := _told(f, search.day)) is not None]
    return max(found, key=lambda pair: pair[0], default=None)


def _told(fact: Fact, day: str) -> int | None:
    return count_in(fact.object.value) if isinstance(fact.object, Literal) and fact.holds_at(day) else None


def _kinds(queries: Sequence[QueryGraph]) -> set[str]:
    return {i for q in queries for e in q.edges if e.property == "P31" and isinstance(e.object, Constant)
            for i in e.object.iris}  # fmt: skip


def _sized(search: Search, answers: Sequence[Answer]) -> int:
    """Return how many the answers are: a kind counts as many as were told or named of it, anything else as one."""
    nodes = [a.value for a in answers if isinstance(a.value, Node)]
    kinds = {n.iri for n in nodes if n.kind is NodeKind.CLASS}
    total = len(answers) - len(kinds)
    for kind in kinds:
        named = sum(1 for n in nodes for f in search.graph.facts(n.iri, "P31", kind) if f.holds_at(search.day))
        told = [n for f in search.graph.facts(kind, "tt:value") if (n := _told(f, search.day)) is not None]
        total += max([*told, named, 1]) - named
    roles = [n for n in nodes if n.kind is NodeKind.ROLE]
    for node in roles:
        told = [n for f in search.graph.facts(node.iri, "tt:value") if (n := _told(f, search.day)) is not None]
        total += max([*told, 1]) - 1
    return total


def _ever(search: Search, queries: Sequence[QueryGraph]) -> int:
    """Return how many were ever told of by name, those that are no more included."""
    seen: set[str] = set()
    for query in queries:
        for solution in search.run(query):
            node = solution.of(query.target)
            if isinstance(node, Node) and node.kind is NodeKind.NAMED and all(f.polarity for f in solution.facts):
                seen.add(node.iri)
    return len(seen)
