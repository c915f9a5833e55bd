"""Query graphs solved over a graph: a backtracking join in plain Python, and the check that facts fill a query graph.

Takes a query graph and a `kg.fact.Graph`, gives solutions. Time, polarity and claimants don't matter here: what holds
when is judged afterwards. Knows no SPARQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kg.fact import Fact, Graph, Literal, Node
from kg.names import fold
from kg.numeral import number_in
from kg.pattern import Binding, Constant, Edge, QueryGraph, Reading, Solution, Term, Value, Variable
from kg.roles import RoleLexicon

LIMIT = 2000  # solutions of one query graph


def solve(graph: Graph, query: QueryGraph, roles: RoleLexicon) -> tuple[Solution, ...]:
    """Return the solutions of a query graph, from at most `LIMIT` rows of facts, in the order of the facts' ids."""
    rows: dict[tuple[int, ...], tuple[Fact, ...]] = {}
    for facts in _join(graph, query.edges, _order(query.edges), {}, {}, roles):
        rows[tuple(f.id for f in facts)] = facts
        if len(rows) >= LIMIT:
            break
    return tuple(s for key in sorted(rows) for s in fill(query, rows[key], roles))


def fill(query: QueryGraph, facts: Sequence[Fact], roles: RoleLexicon) -> tuple[Solution, ...]:
    """Return the solutions that facts make, one fact an edge in order; none when they don't fit together."""
    found: dict[tuple[tuple[str, str], ...], Solution] = {}
    for used, bound in _fillings(query.edges, facts, (), {}, roles):
        if all(_differ(group, bound) for group in query.distinct):
            names = {t.name for e in query.edges for t in (e.subject, e.object) if isinstance(t, Variable)}
            bindings = tuple((name, bound[name]) for name in sorted(names))
            solution = Solution(tuple(facts), used, bindings)
            found.setdefault(tuple((name, _key(end)) for name, end in solution.bindings), solution)
    return tuple(found.values())


def same_thing(value: Value, end: Binding) -> bool:
    """Return whether a literal or a node's label is what words or a number say.

    >>> same_thing(Value("the Library"), Literal("library")), same_thing(Value("9 May 1988", "1988-05-09"), Literal("1988"))
    (True, True)
    """
    said = fold(value.text)
    known = fold(end.label if isinstance(end, Node) else end.value)
    if said == known:
        return True
    if isinstance(end, Literal) and value.normal:
        if end.datatype == "quantity" and (told := number_in(end.value)) is not None:
            return told == number_in(value.normal)
        if end.datatype == "quantity" or value.normal.replace(".", "").isdigit():
            return value.normal == end.value or _covers(value.normal, end.value)
        return _covers(value.normal, end.value)
    if not said or not known:
        return False
    words, other = set(said.split()), set(known.split())
    return words <= other or other <= words if known.isascii() else said in known or known in said


def _covers(one: str, other: str) -> bool:
    """Whether two ISO dates agree as far as both go."""
    return one[:4].isdigit() and len(one) >= 4 and len(other) >= 4 and (one.startswith(other) or other.startswith(one))


def _fillings(
    edges: Sequence[Edge],
    facts: Sequence[Fact],
    used: tuple[Reading, ...],
    bound: Mapping[str, Binding],
    roles: RoleLexicon,
) -> Iterator[tuple[tuple[Reading, ...], Mapping[str, Binding]]]:
    if len(used) == len(edges):
        yield used, bound
        return
    edge, fact = edges[len(used)], facts[len(used)]
    for reading in sorted(edge.readings, key=lambda r: -r.weight):
        if _fits(edge, reading, fact, bound, roles):
            yield from _fillings(edges, facts, (*used, reading), _extended(edge, reading, fact, bound), roles)


def _extended(edge: Edge, reading: Reading, fact: Fact, bound: Mapping[str, Binding]) -> Mapping[str, Binding]:
    ends = zip((edge.subject, edge.object), _ends(reading, fact), strict=True)
    return {**bound, **{_slot(term): end for term, end in ends}}


def _join(
    graph: Graph,
    edges: Sequence[Edge],
    order: Sequence[int],
    bound: Mapping[str, Binding],
    chosen: Mapping[int, Fact],
    roles: RoleLexicon,
) -> Iterator[tuple[Fact, ...]]:
    if not order:
        yield tuple(chosen[n] for n in range(len(edges)))
        return
    edge = edges[order[0]]
    seen: set[tuple[int, bool]] = set()
    for reading in edge.readings:
        for fact in _candidates(graph, edge, reading, bound):
            if (fact.id, reading.inverse) in seen or not _fits(edge, reading, fact, bound, roles):
                continue
            seen.add((fact.id, reading.inverse))
            more = _extended(edge, reading, fact, bound)
            yield from _join(graph, edges, order[1:], more, {**chosen, order[0]: fact}, roles)


def _order(edges: Sequence[Edge]) -> list[int]:
    """Return the edges in an order in which each has a known end where that is possible."""
    known: set[Term] = set()
    rest, order = list(range(len(edges))), list[int]()
    while rest:
        best = max(rest, key=lambda n: sum(_is_known(t, known) for t in (edges[n].subject, edges[n].object)))
        rest.remove(best)
        order.append(best)
        known |= {edges[best].subject, edges[best].object}
    return order


def _is_known(term: Term, known: set[Term]) -> int:
    return 2 if isinstance(term, Constant) else int(term in known)


def _candidates(graph: Graph, edge: Edge, reading: Reading, bound: Mapping[str, Binding]) -> Iterator[Fact]:
    near, far = (edge.object, edge.subject) if reading.inverse else (edge.subject, edge.object)
    subjects, objects = _iris(near, bound), _iris(far, bound)
    for subject in subjects if subjects is not None else (None,):
        for obj in objects if objects else (None,):
            yield from graph.facts(subject, reading.property or None, obj)


def _iris(term: Term, bound: Mapping[str, Binding]) -> tuple[str, ...] | None:
    """Return the nodes that a term may stand for; None when it is open, () when it is a literal."""
    if _slot(term) in bound:
        end = bound[_slot(term)]
        return (end.iri,) if isinstance(end, Node) else ()
    return term.iris if isinstance(term, Constant) else None


def _slot(term: Term) -> str:
    """Return the name under which a term is bound: within a query it stands for one thing."""
    match term:
        case Variable(name):
            return name
        case Constant(iris):
            return "=" + " ".join(iris)
        case Value(text, normal):
            return f"~{text}~{normal}"


def _fits(edge: Edge, reading: Reading, fact: Fact, bound: Mapping[str, Binding], roles: RoleLexicon) -> bool:
    if reading.property and fact.property != reading.property:
        return False
    if reading.noun and not (fact.role and roles.same_role(fact.role, reading.noun)):
        return False
    start, end = _ends(reading, fact)
    if not _stands_for(edge.subject, start, bound) or not _stands_for(edge.object, end, bound):
        return False
    if edge.subject == edge.object and _key(start) != _key(end):
        return False
    gender = reading.gender or edge.gender
    if gender and isinstance(end, Node) and end.gender not in ("", gender):
        return False
    return reading.noun != "" or reading.inverse or _suits(fact, edge.noun, roles)


def _suits(fact: Fact, noun: str, roles: RoleLexicon) -> bool:
    """Whether a fact's own noun lets it answer to the noun asked for: a younger brother is no elder brother."""
    if not noun or not fact.role or roles.same_role(fact.role, noun):
        return True
    told, asked = roles.meaning(fact.role), roles.meaning(noun)
    if fact.property.startswith("tt:") or told is None or asked is None:
        return False
    pairs = ((told.gender, asked.gender), (told.age, asked.age))
    return not any(one and other and one != other for one, other in pairs)


def _stands_for(term: Term, end: Binding, bound: Mapping[str, Binding]) -> bool:
    if isinstance(term, Constant) and not (isinstance(end, Node) and end.iri in term.iris):
        return False
    if isinstance(term, Value) and not same_thing(term, end):
        return False
    return _slot(term) not in bound or _key(bound[_slot(term)]) == _key(end)


def _ends(reading: Reading, fact: Fact) -> tuple[Binding, Binding]:
    return (fact.object, fact.subject) if reading.inverse else (fact.subject, fact.object)


def _differ(group: Sequence[Term], bound: Mapping[str, Binding]) -> bool:
    slots = dict.fromkeys(_slot(t) for t in group if not isinstance(t, Value))
    keys = [_key(bound[slot]) for slot in slots if slot in bound]
    return len(set(keys)) == len(keys)


def _key(end: Binding) -> str:
    return end.iri if isinstance(end, Node) else f"{end.datatype}:{end.value}"
