"""What to forget, and what that means in the log: the stretches of text and the sources that go.

Takes a memory and a target; gives a plan. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from kg.fact import Fact, Literal, Node, NodeKind, Source
from kg.forgotten import sentences
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
    within: frozenset[int] | None = None  # the episodes in which nodes are forgotten, None: in all
    names: tuple[str, ...] = ()  # that no node bears: the sentences about them
    pronouns: tuple[str, ...] = ()  # that open a sentence which goes on about them


@dataclass(slots=True)
class Plan:
    """What goes, collected before anything is changed."""

    ranges: dict[int, list[Range]] = field(default_factory=dict[int, list[Range]])
    sources: set[SourceKey] = field(default_factory=set[SourceKey])
    facts: set[int] = field(default_factory=set[int])  # that go whatever their sources
    nodes: set[str] = field(default_factory=set[str])  # that go whatever names them
    names: set[str] = field(default_factory=set[str])  # of those nodes
    whole: set[int] = field(default_factory=set[int])  # episodes of which nothing stays
    replies: set[int] = field(default_factory=set[int])  # to them

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
    named = [memory.node(iri) for iri in target.nodes]
    for node in named:
        doomed.update((fact.id, fact) for fact in memory.facts_about(node.iri))
        if node.kind is not NodeKind.SELF and target.within is None:
            plan.nodes.add(node.iri)
    for episode, start, end in _quarantined_about(memory, plan.nodes):
        plan.mark(episode, start, end)
    for fact in doomed.values():
        if target.within is None:
            plan.facts.add(fact.id)
        for source in fact.sources:
            if target.within is None or source.episode in target.within:
                plan.sources.add((fact.id, source.episode, source.start, source.end))
                for start, end in _ranges_of(memory, fact, source, doomed):
                    plan.mark(source.episode, start, end)
    for episode in (memory.episode(id_) for id_ in target.episodes):
        _plan_whole(memory, plan, episode)
    for id_, start, end in target.spans:
        plan.mark(id_, start, end)
        plan.sources.update(_sources_in(memory, memory.episode(id_), start, end))
    _plan_names(memory, plan, [node.iri for node in named if node.kind is not NodeKind.SELF], target, doomed)
    return plan


def _plan_whole(memory: Memory, plan: Plan, episode: Episode) -> None:
    """Mark all of an episode, and the reply to it."""
    plan.whole.add(episode.id)
    plan.ranges.setdefault(episode.id, []).append((0, len(episode.text)))
    sources = ((fact.id, s) for fact in memory.facts_from(episode.id) for s in fact.sources)
    plan.sources.update((id_, s.episode, s.start, s.end) for id_, s in sources if s.episode == episode.id)
    plan.replies.update(reply.id for reply in memory.replies_to(episode.id))


def _plan_names(memory: Memory, plan: Plan, nodes: Iterable[str], target: Target, doomed: Collection[int]) -> None:
    """Mark every mention of the nodes' own names, unless another node bears the name too.

    A sentence goes whole if nothing that stays rests on it and it names no other person, and so do those after it that
    go on with a pronoun.
    """
    gone, within = set(nodes), target.within
    names = {
        label for iri in gone for label in memory.labels(iri) if all(n.iri in gone for n in memory.nodes_named(label))
    }
    names |= {name for name in target.names if not memory.nodes_named(name)}
    if not names:
        return
    plan.names |= names if within is None else set[str]()
    others = tuple(label for label, node in memory.all_names() if node.iri not in gone and node.tag == "PER")
    for episode in memory.episodes():
        if (within is None or episode.id in within) and (found := occurrences(episode.text, names)):
            stays = [s for f in memory.facts_from(episode.id) if f.id not in doomed for s in f.sources]
            kept = [(s.start, s.end) for s in stays if s.episode == episode.id]
            passages = [(p.start, p.end) for p in memory.passages_of(episode.id)]
            stretches = passages or (list(sentences(episode.text)) if episode.kind == "say" else [])
            about = _Sentences(episode.text, stretches, kept, others, target.pronouns)
            for range_ in {r for start, end in found for r in about.around(start, end)}:
                plan.mark(episode.id, *range_)


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The sentences of an episode, with what of it stays."""

    text: str
    stretches: Sequence[Range]
    stays: Sequence[Range]
    others: Sequence[str]  # the names of everybody else
    pronouns: Sequence[str]

    def around(self, start: int, end: int) -> list[Range]:
        """Return the sentence around a name with those that go on about it, or the name alone if it can't go whole."""
        at = next((n for n, (low, high) in enumerate(self.stretches) if low <= start and end <= high), None)
        if at is None or not self._goes(self.stretches[at]):
            return [(start, end)]
        after = takewhile(lambda each: self._goes_on(each) and self._goes(each), self.stretches[at + 1 :])
        return [self.stretches[at], *after]

    def _goes(self, stretch: Range) -> bool:
        said = self.text[slice(*stretch)]
        stays = any(low < stretch[1] and stretch[0] < high for low, high in self.stays)
        return not stays and not occurrences(said, [other for other in self.others if other in said])

    def _goes_on(self, stretch: Range) -> bool:
        said = self.text[slice(*stretch)]
        return any(start == 0 for start, _ in occurrences(said, self.pronouns))


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
