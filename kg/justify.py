"""What a user's rule rested on: the smallest set of facts found from which the rules still conclude a triple.

A CONSTRUCT query doesn't say which triples it used. So the rules are run on fewer and fewer facts around the triple
until none can be spared. Takes a memory, rules and the conclusion; gives facts' ids. Writes nothing.
Source: Junker, QuickXplain (AAAI 2004), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import pyoxigraph as ox

from kg import inferred, rdf
from kg.fact import Fact, Inferred, Node
from kg.memory import Memory
from kg.ontology import Ontology
from kg.reason import Reasoner
from kg.rules import Rule, Ruled, RulesError, run_rules

_RADIUS = 4  # steps away from the triple that a proof may lie
_FACTS = 3_000  # facts from which a search takes too long


def justify(
    memory: Memory, ontology: Ontology, rules: Sequence[Rule], conclusion: Inferred, day: str
) -> tuple[int, ...]:
    """Return the ids of facts from which the rules give the conclusion, none of which can be spared; () if none is found."""
    trial = _Trial(memory, ontology, rules, conclusion, day)
    near: dict[int, Fact] = {}
    ends = {conclusion.subject.iri} | ({conclusion.object.iri} if isinstance(conclusion.object, Node) else set())
    seen: set[str] = set()
    for _ in range(_RADIUS):
        for iri in ends - seen:
            near |= {fact.id: fact for fact in memory.facts_about(iri) if fact.holds_at(day)}
        if len(near) > _FACTS:
            return ()
        seen |= ends
        facts = [near[number] for number in sorted(near)]
        if trial.concludes(facts):
            return tuple(fact.id for fact in _smallest(trial, (), facts, changed=False))
        ends = {node.iri for fact in facts for node in (fact.subject, fact.object) if isinstance(node, Node)}
    return ()


def _smallest(trial: _Trial, base: Sequence[Fact], facts: Sequence[Fact], *, changed: bool) -> list[Fact]:
    """Return those of the facts that are needed beside `base`."""
    if changed and trial.concludes(base):
        return []
    if len(facts) <= 1:
        return list(facts)
    half = len(facts) // 2
    first, second = facts[:half], facts[half:]
    needed = _smallest(trial, (*base, *first), second, changed=True)
    return _smallest(trial, (*base, *needed), first, changed=bool(needed)) + needed


class _Trial:
    """Runs the rules on a few facts only."""

    def __init__(
        self, memory: Memory, ontology: Ontology, rules: Sequence[Rule], conclusion: Inferred, day: str
    ) -> None:
        self._memory, self._ontology, self._rules, self._day = memory, ontology, rules, day
        self._wanted = ox.Quad(
            ox.NamedNode(conclusion.subject.iri),
            rdf.truthy(conclusion.property),
            rdf.as_term(conclusion.object),
            inferred.RULED,
        )

    def concludes(self, facts: Sequence[Fact]) -> bool:
        """Return whether the rules give the conclusion on these facts and what follows from them."""
        ground = _Ground(self._quads(facts), rdf.space_graph(self._memory.space_id))
        try:
            run_rules(self._rules, ground)
        except RulesError:
            return False
        return self._wanted in ground.store

    def _quads(self, facts: Sequence[Fact]) -> Iterable[ox.Quad]:
        graph, space_id = rdf.space_graph(self._memory.space_id), self._memory.space_id
        by_node: dict[str, list[Fact]] = {self._wanted_iri: []}
        for fact in facts:
            for node in {node.iri for node in (fact.subject, fact.object) if isinstance(node, Node)}:
                by_node.setdefault(node, []).append(fact)
            for triple in (*rdf.fact_triples(fact, space_id), *rdf.truthy_triples((fact,), self._day)):
                yield ox.Quad(*triple, graph)
        reasoner = Reasoner(self._ontology, lambda iri: by_node.get(iri, ()), self._day)
        for iri in by_node:
            for triple in rdf.node_triples(self._memory.node(iri), self._memory.labels(iri)):
                yield ox.Quad(*triple, graph)
            for each in reasoner.about(iri):
                yield from inferred.inferred_quads(each, space_id)

    @property
    def _wanted_iri(self) -> str:
        subject = self._wanted.subject
        return subject.value if isinstance(subject, ox.NamedNode) else ""


class _Ground:
    """A small store in working memory, a `kg.rules.Ground`."""

    def __init__(self, quads: Iterable[ox.Quad], stated: ox.NamedNode) -> None:
        self.store = ox.Store()
        self.store.extend(quads)
        self._graphs = (stated, inferred.INFERRED, inferred.RULED)
        kinds = self.store.quads_for_pattern(None, rdf.NODE_KIND, None, stated)
        self._nodes = frozenset(quad.subject.value for quad in kinds if isinstance(quad.subject, ox.NamedNode))

    def construct(self, query: str, limit: int, /) -> Sequence[ox.Triple]:
        try:
            found = self.store.query(
                query, prefixes=rdf.PREFIXES, default_graph=[*self._graphs], named_graphs=[*self._graphs]
            )
            return tuple(islice(found, limit)) if isinstance(found, ox.QueryTriples) else ()
        except (ValueError, SyntaxError, RuntimeError) as error:
            raise RulesError(str(error)) from error

    def is_node(self, iri: str, /) -> bool:
        return iri in self._nodes

    def holds(self, conclusion: Ruled, /) -> bool:
        triple = (conclusion.subject, rdf.truthy(conclusion.property), conclusion.object)
        return any(ox.Quad(*triple, graph) in self.store for graph in self._graphs)

    def add(self, conclusion: Ruled, /) -> None:
        self.store.extend(inferred.ruled_quads(conclusion))
