"""What a new statement does to older ones: takes a stored fact and the day it was told, closes what it ends.

Which properties hold one value at a time is declared, not learned. Knows no words: corrections come as values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from kg.alias import Titles
from kg.fact import Draft, Fact, Graph, Literal, Node, NodeKind, Rank, When
from kg.interval import before, interval
from kg.names import fold
from kg.ontology import Ontology, Property

_HAVING = ("tt:hasPet", "tt:owns", "P1830")
_ENDED_BY_DEATH = ("P551", "P108", "P106", "P39", "P26", "P451", "tt:owns", "tt:hasPet", "P937", "tt:age",
                   "P241", "P410", "P118")  # fmt: skip


# Temporal, yet several may hold at once: only a date or a "now" says that the new one ends the old.
_SHARED = frozenset(("P127", "P749", "P39", "P140", "P241", "P137", "P118", "P2142", "tt:code", "tt:phone", "tt:email"))
RECENT = 64  # statements among which the one told last is looked for
_ENDING = frozenset(
    ("P108", "P54", "P463", "P26", "P451", "P102", "P69", "P937", "P39", "P1037", "P488", "P169", "P286")
)
_OPPOSITE = {"tt:likes": "tt:dislikes", "tt:dislikes": "tt:likes"}


@dataclass(frozen=True, slots=True)
class PropertyLogic:
    """What is declared of properties, by their ids."""

    successive: frozenset[str]  # a new value ends the old one
    functional: frozenset[str]  # one value for good
    shared: frozenset[str] = _SHARED

    @staticmethod
    def of(properties: Iterable[Property]) -> PropertyLogic:
        """Return the logic that an ontology declares; a thing's colour and a post held follow one another too."""
        known = tuple(properties)
        temporal = frozenset(p.id for p in known if p.temporal)
        lasting = frozenset(p.id for p in known if p.functional and not p.temporal)
        return PropertyLogic(temporal | {"P462", "P39"}, lasting)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a statement was put, as far as it matters to older ones."""

    over: bool = False  # a denial that means "no longer"
    replaces: bool = False  # it corrects what stood
    now: bool = False  # it says that this is new
    also: bool = False  # it adds to what stood


class Reviser:
    """Applies the rules of succession, denial, ownership and death to a graph."""

    def __init__(self, graph: Graph, logic: PropertyLogic | None = None, *, titles: Titles | None = None) -> None:
        self._graph = graph
        self._logic = logic or PropertyLogic.of(Ontology.load())
        self._titles = titles or Titles()

    def revise(self, fact: Fact, day: str, episode: int, manner: Manner | None = None) -> tuple[Fact, ...]:
        """Return the statements that a fact, just stored on an ISO day, has closed."""
        manner = manner or Manner()
        if fact.claimant is not None:
            return ()
        if not fact.polarity:
            return self._deny(fact, day, episode, over=manner.over)
        closed = self._undeny(fact, day, episode, replaces=manner.replaces)
        if manner.replaces and fact.start is None and fact.point is None:
            return (*closed, *self._replace(fact, episode))
        if manner.also:
            return closed
        opposed = self._opposite(fact, day, episode)
        return (*closed, *opposed, *self._succeed(fact, day, episode, manner), *self._hand_over(fact, day, episode))

    def lasts(self, property: str) -> bool:
        """Return whether a property holds for good, so that a past tense does not end it."""
        return property in self._logic.functional

    def may_end(self, property: str) -> bool:
        """Return whether a property is of those that end while both ends live on: a job, a marriage, a home."""
        return property in self._logic.successive or property in _ENDING

    def transfer(self, fact: Fact) -> Draft | None:
        """Return the ownership that a gift or sale to somebody brings about, when the thing was owned before."""
        if fact.property not in ("tt:gaveTo", "tt:soldTo") or not isinstance(fact.object, Node) or not fact.polarity:
            return None
        owned = [f for f in self._graph.facts(object=fact.subject.iri) if f.property in _HAVING]
        if not owned and fact.object.kind is not NodeKind.SELF:
            return None
        property = owned[-1].property if owned else "tt:owns"
        return Draft(fact.object.iri, property, fact.subject.iri, fact.sources[-1], start=fact.point)

    def rename(self, node: Node, right: str, episode: int) -> Node:
        """Put the right spelling in the place of the wrong one, in every label that holds it."""
        wrong = closest_part(node.label, right)
        new = node.label.replace(wrong, right) if wrong else right
        if set(fold(right).split()) <= set(fold(node.label).split()):
            return node
        for label in self._graph.labels(node.iri):
            if wrong and wrong in label and label != new:
                self._graph.add_label(node.iri, new, preferred=True, episode=episode)
                self._graph.remove_label(node.iri, label, episode=episode)
        self._graph.add_label(node.iri, new, preferred=True, episode=episode)
        return self._graph.node(node.iri)

    def similar(self, nodes: Iterable[Node], name: str, *, least: float = 0.62) -> Node | None:
        """Return the node whose name is spelled most like another name, None if none is near."""
        scored = [(spelling(self._titles.strip(fold(n.label)), self._titles.strip(fold(name))), n) for n in nodes
                  if n.kind not in (NodeKind.CLASS, NodeKind.SELF, NodeKind.ROLE)]  # fmt: skip
        best = max(scored, key=lambda s: s[0], default=(0.0, None))
        return best[1] if best[0] >= least else None

    def deprecate(self, facts: Iterable[Fact], episode: int) -> tuple[Fact, ...]:
        """Mark statements as wrong."""
        return tuple(self._graph.close(f.id, None, episode=episode) for f in facts)

    def _succeed(self, fact: Fact, day: str, episode: int, manner: Manner) -> tuple[Fact, ...]:
        if fact.property not in self._logic.successive or fact.end is not None:
            return ()
        end = fact.start or fact.point
        read = any(s.title for s in fact.sources)  # a document tells of its own time
        if end is None and not manner.now and (read or fact.property in self._logic.shared):
            return ()
        closed: list[Fact] = []
        for old in self._rivals(fact):
            later = old.start is not None and end is not None and old.start.earliest > end.latest
            if not later and not self.lies_within(old.object, fact.object):
                closed.append(self._graph.close(old.id, _end_of(end, day), episode=episode))
        return tuple(closed)

    def _rivals(self, fact: Fact) -> tuple[Fact, ...]:
        found = self._graph.facts(subject=fact.subject.iri, property=fact.property, include_past=False)
        return tuple(
            f
            for f in found
            if f.id < fact.id and f.is_open() and f.object != fact.object and not _told_together(f, fact)
            if isinstance(f.object, Node) or f.role == fact.role
        )

    def _opposite(self, fact: Fact, day: str, episode: int) -> tuple[Fact, ...]:
        other = _OPPOSITE.get(fact.property)
        if other is None or fact.end is not None:
            return ()
        found = self._graph.facts(fact.subject.iri, other, include_past=False)
        return self._end([f for f in found if f.object == fact.object], _end_of(fact.start, day), episode)

    def lies_within(self, one: Node | Literal, other: Node | Literal) -> bool:
        """Whether one place lies in the other, so that both may hold."""
        if not isinstance(one, Node) or not isinstance(other, Node):
            return False
        for a, b in ((one, other), (other, one)):
            seen, reached = {a.iri}, [a.iri]
            while reached:
                iri = reached.pop()
                for f in self._graph.facts(subject=iri, include_past=False):
                    if f.property in ("P131", "P17", "P276", "P361") and isinstance(f.object, Node):
                        if f.object.iri == b.iri:
                            return True
                        if f.object.iri not in seen:
                            seen.add(f.object.iri)
                            reached.append(f.object.iri)
        return False

    def _hand_over(self, fact: Fact, day: str, episode: int) -> tuple[Fact, ...]:
        if fact.property == "P570":
            when = _end_of(_date(fact), day)
            ended = [f for p in _ENDED_BY_DEATH for f in self._graph.facts(fact.subject.iri, p, include_past=False)]
            ended += [
                f
                for f in self._graph.facts(object=fact.subject.iri, include_past=False)
                if f.property in (*_HAVING, "P26", "P451")
            ]
            return self._end(ended, when, episode)
        if fact.property not in ("tt:gaveTo", "tt:soldTo"):
            return ()
        when = _end_of(fact.point or fact.start, day)
        thing = fact.subject
        receiver = fact.object.iri if isinstance(fact.object, Node) else ""
        held = [f for f in self._graph.facts(object=thing.iri, include_past=False) if f.property in _HAVING]
        held += list(self._graph.facts(thing.iri, "P127", include_past=False))
        held += list(self._graph.facts(thing.iri, "tt:gaveTo", include_past=False))
        held = [f for f in held if f.id != fact.id and f.subject.iri != receiver]
        return self._end([f for f in held if not set(f.sources) & set(fact.sources)], when, episode)

    def _end(self, facts: Iterable[Fact], when: When, episode: int) -> tuple[Fact, ...]:
        return tuple(self._graph.close(f.id, when, episode=episode) for f in facts if f.is_open())

    def _deny(self, fact: Fact, day: str, episode: int, *, over: bool) -> tuple[Fact, ...]:
        standing = [f for f in self._same(fact) if f.polarity and f.is_open()]
        if over or fact.end is not None or fact.start is not None:
            return self._end(standing, _end_of(fact.end or fact.start, day), episode)
        return self.deprecate(standing, episode)

    def _undeny(self, fact: Fact, day: str, episode: int, *, replaces: bool) -> tuple[Fact, ...]:
        denials = [f for f in self._same(fact) if not f.polarity and f.rank is Rank.NORMAL and f.end is None]
        if fact.end is not None:
            return ()
        if replaces:
            return self.deprecate(denials, episode)
        return tuple(self._graph.close(f.id, before(day), episode=episode) for f in denials)

    def _same(self, fact: Fact) -> list[Fact]:
        found = self._graph.facts(fact.subject.iri, fact.property, include_past=False)
        return [f for f in found if f.object == fact.object and f.claimant is None and f.id != fact.id]

    def _replace(self, fact: Fact, episode: int) -> tuple[Fact, ...]:
        """Deprecate what a correction is about: the newest statement that shares two of its three parts.

        Where several values may hold at once, only what was told last can be meant.
        """
        obj = fact.object.iri if isinstance(fact.object, Node) else None
        near = {f.id: f for f in self._graph.facts(fact.subject.iri)}
        near |= {f.id: f for f in self._graph.facts(property=fact.property, object=obj)} if obj else {}
        standing = [
            near[i] for i in sorted(near) if i != fact.id and near[i].is_open() and not _told_together(near[i], fact)
        ]
        told = [
            f for f in self._graph.newest(RECENT) if f.id != fact.id and f.is_open() and not _told_together(f, fact)
        ]
        latest = max((s.episode for f in (*told, *standing) for s in f.sources), default=0)
        for old in reversed(standing):
            same_subject, same_object = old.subject == fact.subject, old.object == fact.object
            same_kind = old.property == fact.property and (not fact.role or not old.role or old.role == fact.role)
            if same_subject + same_object + same_kind != 2:
                continue
            single = fact.property in self._logic.functional | self._logic.successive
            if (single and same_subject and same_kind) or max(s.episode for s in old.sources) == latest:
                return self.deprecate([old], episode)
        return ()


def spelling(one: str, other: str) -> float:
    """Return how alike two names are spelled, in [0, 1]: the best of whole against whole and word against word.

    >>> spelling("leander clark", "clarke") > 0.9, spelling("anna", "milo") < 0.5
    (True, True)
    """
    pairs = [(one, other), *((word, other) for word in one.split())]
    return max(SequenceMatcher(None, a, b, autojunk=False).ratio() for a, b in pairs)


def closest_part(label: str, name: str) -> str:
    """Return the word or words of a label that a right spelling replaces."""
    wanted, words = len(name.split()), label.split()
    if wanted >= len(words):
        return label
    runs = [" ".join(words[i : i + wanted]) for i in range(len(words) - wanted + 1)]
    return max(runs, key=lambda run: SequenceMatcher(None, fold(run), fold(name), autojunk=False).ratio())


def _told_together(one: Fact, other: Fact) -> bool:
    """Whether one sentence told both with nothing that dates them: a list, no succession."""
    return one.start == other.start and bool(
        {(s.episode, s.start) for s in one.sources} & {(s.episode, s.start) for s in other.sources}
    )


def _end_of(start: When | None, day: str) -> When:
    """Return when the old ended: as the new began, but over by the day it was told, unless that is yet to come."""
    past = before(day)
    if start is None:
        return past
    if start.earliest > day:
        return start
    return When(min(start.earliest, past.latest), min(start.latest, past.latest), start.text)


def _date(fact: Fact) -> When | None:
    return interval(fact.object.value) if isinstance(fact.object, Literal) else None
