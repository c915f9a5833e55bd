"""Keeps the graphs of what follows in step with the facts: `graph:inferred`, and `graph:rules` for the user's rules.

Takes an Oxigraph store, its memory and the ontology; writes both graphs and how far they follow. Only when somebody
looks is this asked for, so that telling something waits for no conclusion. A change touches what it can change, or
everything where that is simpler; while the graphs change no mark stands, so that a kill means building anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import pyoxigraph as ox

from kg import inferred, rdf
from kg.fact import Fact, Node
from kg.memory import Memory
from kg.ontology import Ontology
from kg.outcome import (
    Forgotten,
    NodeDescribed,
    NodeRemoved,
    NodesMerged,
    NodesUnmerged,
    StatementAdded,
    StatementMoved,
    StatementQualified,
    StatementRemoved,
)
from kg.reason import Reasoner, conclusions, logic_of
from kg.rules import Rule, Ruled, RulesError, digest_of, run_rules
from kg.view import Watermark

META = ox.NamedNode(rdf.TT + "view")
_CONCLUDED, _RULED = ox.NamedNode(rdf.TT + "concluded"), ox.NamedNode(rdf.TT + "ruled")
_MANY = 500  # touched facts from which everything is concluded anew
_BULK = 2_000  # quads

Construct = Callable[[str, int], Sequence[ox.Triple]]


def conclude(store: ox.Store, memory: Memory, ontology: Ontology, day: str) -> bool:
    """Bring `graph:inferred` up to date with the memory; return whether anything in it changed."""
    now = Watermark(memory.space_id, memory.last_outcome(), day)
    logic, _, text = _read_mark(store, _CONCLUDED).partition(" ")
    mark = Watermark.parse(text) if logic == logic_of(ontology) else None
    if mark == now:
        return False
    touched = None if mark is None or mark.space_id != now.space_id else _touched(memory, mark, day)
    _set_mark(store, _CONCLUDED, "")
    if touched is None:
        old = set(store.quads_for_pattern(None, None, None, inferred.INFERRED))
        found = conclusions(memory, ontology, day)
    else:
        reasoner = Reasoner(ontology, memory.facts_about, day)
        subjects = _affected(store, memory, reasoner, touched)
        old = {quad for iri in subjects for quad in inferred.stored_about(store, ox.NamedNode(iri))}
        found = (each for iri in sorted(subjects) for each in reasoner.about(iri))
    new = {quad for each in found for quad in inferred.inferred_quads(each, memory.space_id)}
    _replace(store, old - new, new - old)
    _set_mark(store, _CONCLUDED, f"{logic_of(ontology)} {now.text()}")
    return old != new


def apply_rules(
    store: ox.Store, memory: Memory, rules: Sequence[Rule], construct: Construct, day: str, *, anew: bool = False
) -> None:
    """Bring `graph:rules` up to date; `anew` even if the log gained nothing.

    Raises:
        RulesError: a rule can't be run or gives what it may not; then the graph is empty.
    """
    now = f"{digest_of(rules)} {Watermark(memory.space_id, memory.last_outcome(), day).text()}" if rules else ""
    if not anew and _read_mark(store, _RULED) == now:
        return
    _set_mark(store, _RULED, "")
    store.remove_graph(inferred.RULED)
    if not rules:
        return
    try:
        run_rules(rules, _Ground(store, memory, construct))
    except RulesError:
        store.remove_graph(inferred.RULED)
        raise
    _set_mark(store, _RULED, now)


class _Ground:
    """A store that takes what rules conclude, a `kg.rules.Ground`."""

    def __init__(self, store: ox.Store, memory: Memory, construct: Construct) -> None:
        self._store = store
        self._stated = rdf.space_graph(memory.space_id)
        self._nodes = frozenset(node.iri for node in memory.nodes())
        self.construct = construct

    def is_node(self, iri: str, /) -> bool:
        return iri in self._nodes

    def holds(self, conclusion: Ruled, /) -> bool:
        triple = (conclusion.subject, rdf.truthy(conclusion.property), conclusion.object)
        return any(
            ox.Quad(*triple, graph) in self._store for graph in (self._stated, inferred.INFERRED, inferred.RULED)
        )

    def add(self, conclusion: Ruled, /) -> None:
        self._store.extend(inferred.ruled_quads(conclusion))


def _touched(memory: Memory, mark: Watermark, day: str) -> set[int] | None:
    """Return the facts that may conclude something else than before; None if everything should be looked at."""
    facts: set[int] = set()
    for done in memory.outcomes(mark.seq):
        match done.operation:
            case StatementAdded(id=fact) | StatementQualified(id=fact):
                facts.add(fact)
            case NodeDescribed(iri=iri):
                facts.update(fact.id for fact in memory.facts_about(iri))
            case StatementRemoved() | StatementMoved() | NodesMerged() | NodesUnmerged() | NodeRemoved() | Forgotten():
                return None
            case _:
                pass
    if day != mark.day:
        facts.update(fact.id for fact in memory.dated_facts() if fact.holds_at(day) != fact.holds_at(mark.day))
    return facts if len(facts) <= _MANY else None


def _affected(store: ox.Store, memory: Memory, reasoner: Reasoner, touched: set[int]) -> set[str]:
    """Return the nodes about which something else may follow."""
    facts = memory.facts_with_ids(sorted(touched))
    subjects = {iri for fact in facts for iri in _ends(fact)} | reasoner.affected(facts)
    for fact in touched:
        subjects.update(inferred.resting_on(store, memory.space_id, fact))
    return subjects


def _ends(fact: Fact) -> Iterator[str]:
    yield fact.subject.iri
    if isinstance(fact.object, Node):
        yield fact.object.iri


def _replace(store: ox.Store, remove: Iterable[ox.Quad], add: Collection[ox.Quad]) -> None:
    for quad in remove:
        store.remove(quad)
    if len(add) > _BULK:  # several times as fast, and more than one transaction: no mark stands meanwhile
        store.bulk_extend(add)
    else:
        store.extend(add)


def _read_mark(store: ox.Store, name: ox.NamedNode) -> str:
    values = [quad.object for quad in store.quads_for_pattern(META, name, None, META)]
    return values[0].value if len(values) == 1 and isinstance(values[0], ox.Literal) else ""


def _set_mark(store: ox.Store, name: ox.NamedNode, text: str) -> None:
    for quad in list(store.quads_for_pattern(META, name, None, META)):
        store.remove(quad)
    if text:
        store.add(ox.Quad(META, name, ox.Literal(text), META))
