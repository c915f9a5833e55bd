"""Working memory: which nodes the conversation is about. Takes mentioned nodes and the graph, gives a ranked focus.

Activation decays with every sentence and spreads one step over facts. Knows nothing of words, models or storage.
Source: spreading activation, Collins & Loftus 1975; a capacity as in Cowan 2001, widened for a chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.fact import Fact, Graph, Node, NodeKind

PERSONS = frozenset({"PER", "ROLE", "SELF"})
_NOT_PERSONS = frozenset({"ORG", "LOC", "WORK", "PROD", "EVT", "LANG", "THING", "OCC", "ACTV", "FEEL", "DATE", "QTY"})


@dataclass(frozen=True, slots=True)
class Active:
    """A node in focus, its activation in (0, 1], and why it is there: "mentioned" or "near <iri>"."""

    iri: str
    activation: float
    reason: str


@dataclass(frozen=True, slots=True)
class Referent:
    """What a pronoun may stand for: one node, or several for a group."""

    nodes: tuple[Node, ...]
    score: float


class Attention:
    """The nodes that are active now, at most `capacity` of them."""

    def __init__(self, *, decay: float = 0.7, spread: float = 0.25, capacity: int = 12) -> None:
        self._decay, self._spread, self._capacity = decay, spread, capacity
        self._active: dict[str, Active] = {}
        self._groups: list[tuple[str, ...]] = []  # newest first

    def attend(self, graph: Graph, mentioned: Sequence[tuple[str, float]]) -> None:
        """Take in one sentence: node IRIs with salience in (0, 1], the subject's the highest."""
        faded = {a.iri: Active(a.iri, a.activation * self._decay, a.reason) for a in self._active.values()}
        for iri, salience in mentioned:
            known = faded.get(iri)
            if known is None or known.activation < salience:
                faded[iri] = Active(iri, salience, "mentioned")
        for iri, salience in mentioned:
            for near in _neighbours(graph, iri):
                level = salience * self._spread
                if near not in faded or faded[near].activation < level:
                    faded[near] = Active(near, level, f"near {iri}")
        kept = sorted(faded.values(), key=lambda a: -a.activation)[: self._capacity]
        self._active = {a.iri: a for a in kept if a.activation > 0.02}

    def group(self, iris: Sequence[str]) -> None:
        """Note nodes that were spoken of together, for a later "they"."""
        if len(iris) > 1:
            self._groups = [tuple(iris), *(g for g in self._groups if g != tuple(iris))][:4]

    def focus(self) -> tuple[Active, ...]:
        """Return what is active, strongest first."""
        return tuple(sorted(self._active.values(), key=lambda a: -a.activation))

    def activation(self, iri: str) -> float:
        """Return how active a node is, 0 if it is out of focus."""
        found = self._active.get(iri)
        return found.activation if found else 0.0

    def forget(self, iris: Iterable[str]) -> None:
        """Drop nodes that are gone from the graph."""
        gone = set(iris)
        self._active = {i: a for i, a in self._active.items() if i not in gone}
        self._groups = [g for g in self._groups if not gone & set(g)]

    def replace(self, gone: str, kept: str) -> None:
        """Let one node take another's place after a merge."""
        old = self._active.pop(gone, None)
        if old and old.activation > self.activation(kept):
            self._active[kept] = Active(kept, old.activation, old.reason)
        self._groups = [tuple(dict.fromkeys(kept if i == gone else i for i in g)) for g in self._groups]

    def resolve(
        self, graph: Graph, *, tag: str = "", gender: str = "", number: int = 1, exclude: Iterable[str] = ()
    ) -> tuple[Referent, ...]:
        """Return what a pronoun may stand for, best first.

        A tag other than PRON asks for that kind of node ("the company": ORG). Gender "f" or "m" asks for a person of
        that or of unknown gender; number 2 for the newest group, else the most active; otherwise for a non-person.
        """
        barred = set(exclude)
        found: list[Referent] = []
        if number > 1:
            for age, group in enumerate(self._groups):
                nodes = tuple(graph.node(i) for i in group if self.activation(i))
                if nodes and not barred & set(group):
                    level = max(self.activation(i) for i in group)
                    found.append(Referent(nodes, 0.5 + level - 0.1 * age))
        for active in self.focus():
            try:
                node = graph.node(active.iri)
            except KeyError:  # forgotten since
                continue
            if node.iri not in barred and node.kind is not NodeKind.SELF:
                fit = _fit(node, tag, gender, number)
                if fit is not None:
                    found.append(Referent((node,), active.activation + fit))
        return tuple(sorted(found, key=lambda r: -r.score))

    def to_json(self) -> str:
        """Return the state as one line of JSON, for the log."""
        return json.dumps(
            {"active": [[a.iri, round(a.activation, 4), a.reason] for a in self.focus()], "groups": self._groups}
        )

    def restore(self, text: str) -> None:
        """Take up a state that `to_json` gave. Raises ValueError if it isn't one."""
        data = json.loads(text)
        self._active = {i: Active(str(i), float(level), str(reason)) for i, level, reason in data["active"]}
        self._groups = [tuple(g) for g in data["groups"]]

    def replay(self, graph: Graph, turns: Iterable[Sequence[tuple[str, float]]]) -> None:
        """Rebuild the state from the log's last turns, oldest first, as `attend` got them."""
        self._active, self._groups = {}, []
        for mentioned in turns:
            self.attend(graph, mentioned)


def turns_of(facts: Iterable[Fact], last: int = 6) -> list[list[tuple[str, float]]]:
    """Return what the last episodes were about, oldest first, as `replay` takes it: subjects before objects."""
    turns: dict[int, dict[str, float]] = {}
    for fact in facts:
        turn = turns.setdefault(max(s.episode for s in fact.sources), {})
        turn[fact.subject.iri] = 1.0
        if isinstance(fact.object, Node):
            turn.setdefault(fact.object.iri, 0.8)
    return [list(turns[episode].items()) for episode in sorted(turns)[-last:]]


def is_person(node: Node) -> bool:
    """Return whether a node can be he or she: a person by its tag, or one whose gender is known."""
    return node.kind is not NodeKind.CLASS and (node.tag in PERSONS or bool(node.gender))


def _fit(node: Node, tag: str, gender: str, number: int) -> float | None:
    if tag not in ("", "PRON"):
        return 0.2 if node.tag == tag else None
    if gender:
        if not is_person(node) or node.gender not in ("", gender):
            return None
        return 0.15 if node.gender == gender else 0.0
    if number > 1:
        return -0.1 if node.kind is NodeKind.CLASS else 0.0
    if is_person(node) or node.tag not in _NOT_PERSONS:
        return None
    return -0.3 if node.kind is NodeKind.CLASS and node.tag != "THING" else 0.0


def _neighbours(graph: Graph, iri: str) -> Iterable[str]:
    for fact in graph.facts(subject=iri, include_past=False):
        if isinstance(fact.object, Node) and fact.object.kind is not NodeKind.CLASS:
            yield fact.object.iri
    if graph.node(iri).kind is not NodeKind.CLASS:
        for fact in graph.facts(object=iri, include_past=False):
            yield fact.subject.iri
