"""What to forget, and what that means in the log: the stretches of text and the sources that go.

Takes a memory and a target; gives a plan. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.fact import Fact, Literal, Node, NodeKind, Source
from kg.log import Episode
from kg.memory import Memory
from kg.names import fold
from kg.outcome import resolve
from kg.purge import SourceKey
from kg.redact import Range, occurrences, rest_of

Stretch = tuple[int, int, int]  # episode, start, end


@dataclass(frozen=True, slots=True)
class Target:
    """What to forget; the parts add up."""

    facts: tuple[int, ...] = ()
    spans: tuple[Stretch, ...] = ()
    episodes: tuple[int, ...] = ()
    nodes: tuple[str, ...] = ()  # everything about them


@dataclass(slots=True)
class Plan:
    """What goes, collected before anything is changed."""

    ranges: dict[int, list[Range]] = field(default_factory=dict[int, list[Range]])
    sources: set[SourceKey] = field(default_factory=set[SourceKey])
    facts: set[int] = field(default_factory=set[int])  # that go whatever their sources
    nodes: set[str] = field(default_factory=set[str])  # that go whatever names them
    names: set[str] = field(default_factory=set[str])  # of those nodes
    whole: set[int] = field(default_factory=set[int])  # episodes of which nothing stays

    def mark(self, episode: int, start: int, end: int) -> None:
        """Note a stretch of text that goes."""
        if start < end:
            self.ranges.setdefault(episode, []).append((start, end))


def plan_of(memory: Memory, target: Target) -> Plan:
    """Return what forgetting the target takes.

    Raises:
        KeyError: a fact, episode or node that isn't there.
    """
    plan = Plan()
    doomed = {fact_id: memory.fact(fact_id) for fact_id in target.facts}
    for iri in target.nodes:
        node = memory.node(iri)
        doomed.update((fact.id, fact) for fact in memory.facts_about(node.iri))
        if node.kind is not NodeKind.SELF:
            plan.nodes.add(node.iri)
    for episode, start, end in _quarantined_about(memory, plan.nodes):
        plan.mark(episode, start, end)
    for fact in doomed.values():
        plan.facts.add(fact.id)
        for source in fact.sources:
            plan.sources.add((fact.id, source.episode, source.start, source.end))
            for start, end in _ranges_of(memory, fact, source, doomed):
                plan.mark(source.episode, start, end)
    for episode in (memory.episode(id_) for id_ in target.episodes):
        plan.whole.add(episode.id)
        plan.ranges.setdefault(episode.id, []).append((0, len(episode.text)))
        sources = ((fact.id, s) for fact in memory.facts_from(episode.id) for s in fact.sources)
        plan.sources.update((id_, s.episode, s.start, s.end) for id_, s in sources if s.episode == episode.id)
    for id_, start, end in target.spans:
        plan.mark(id_, start, end)
        plan.sources.update(_sources_in(memory, memory.episode(id_), start, end))
    _plan_names(memory, plan)
    return plan


def _plan_names(memory: Memory, plan: Plan) -> None:
    """Mark every mention of the nodes' own names, unless another node bears the name too."""
    for iri in plan.nodes:
        for label in memory.labels(iri):
            if all(node.iri in plan.nodes for node in memory.nodes_named(label)):
                plan.names.add(label)
    if plan.names:
        for episode in memory.episodes():
            for start, end in occurrences(episode.text, plan.names):
                plan.mark(episode.id, start, end)


def _quarantined_about(memory: Memory, nodes: set[str]) -> Iterable[Stretch]:
    """Yield the words in which something about the nodes was told that waits in the inbox, or once did."""
    with memory.reading() as connection:
        query = "SELECT episode, start, end, subject, object FROM quarantine"
        rows = connection.execute(query).fetchall() if nodes else []
        found = [row for row in rows if nodes & {resolve(connection, iri) for iri in row[3:] if iri}]
    yield from ((episode, start, end) for episode, start, end, *_ in found)


def _ranges_of(memory: Memory, fact: Fact, source: Source, doomed: dict[int, Fact]) -> list[Range]:
    """Return what to redact for one source of a fact: all of it, or the fact's own words if others stand in it."""
    others = [
        other
        for other in memory.facts_from(source.episode)
        if other.id not in doomed
        and any(s.episode == source.episode and s.start < source.end and source.start < s.end for s in other.sources)
    ]
    if not others:
        return [(source.start, source.end)]
    kept = {fold(word) for other in others for word in _words_of(memory, other)}
    own = [word for word in _words_of(memory, fact) if word and fold(word) not in kept]
    text = memory.episode(source.episode).text[source.start : source.end]
    found = [(source.start + start, source.start + end) for start, end in occurrences(text, own)]
    return found or [(source.start, source.end)]


def _words_of(memory: Memory, fact: Fact) -> Iterable[str]:
    """Yield the wordings that a fact is told in, as far as it keeps them."""
    for term in (fact.subject, fact.object, fact.claimant):
        if isinstance(term, Node):
            yield from memory.labels(term.iri)
        elif isinstance(term, Literal):
            yield term.value
    yield fact.role
    yield from (when.text for when in (fact.start, fact.end, fact.point) if when is not None)


def _sources_in(memory: Memory, episode: Episode, start: int, end: int) -> Iterable[SourceKey]:
    """Yield the sources that a stretch of text takes with it.

    One that reaches beyond the stretch stays if the fact's object is named in what is left of it.
    """
    for fact in memory.facts_from(episode.id):
        for source in fact.sources:
            if source.episode != episode.id or source.end <= start or end <= source.start:
                continue
            names = memory.labels(fact.object.iri) if isinstance(fact.object, Node) else (fact.object.value,)
            rest = rest_of([(start, end)], source.start, source.end)
            if not any(occurrences(episode.text[low:high], names) for low, high in rest):
                yield fact.id, source.episode, source.start, source.end
