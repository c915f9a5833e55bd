"""Who a name or a role may mean: takes the graph's own names, role lexicon and attention, gives scored nodes.

It also makes nodes and names them, so that its index stays true. Knows no parse and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg import alias
from kg.alias import Titles
from kg.attention import Attention
from kg.fact import Graph, Node, NodeKind
from kg.names import fold
from kg.roles import RoleLexicon, facts_with_role

_Bearer = tuple[str, str]  # node IRI, folded name


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that a mention may mean, a score in [0, 1.5], and why."""

    node: Node
    score: float
    reason: str


class Linker:
    """Finds nodes by name, role and context; holds an index of the graph's names that `refresh` brings up to date."""

    def __init__(
        self,
        graph: Graph,
        roles: RoleLexicon,
        attention: Attention,
        *,
        titles: Titles | None = None,
        margin: float = 0.15,
    ) -> None:
        self.graph, self.roles, self.attention = graph, roles, attention
        self.titles = titles or Titles()
        self._margin = margin
        # Part of a name -> whose it is: node IRI -> folded name; most parts are one's only, so that one has no dict.
        self._names: dict[str, _Bearer | dict[str, str]] = {}
        self._read: tuple[tuple[str, Node], ...] = ()
        self.named_since: set[str] = set()  # nodes that got another name since this was last emptied
        self.refresh()

    def refresh(self) -> None:
        """Bring the index up to the graph's names; only what was added is read, unless something went away."""
        names = tuple(self.graph.all_names())
        if names is self._read:
            return
        if not _begins_with(names, self._read):
            self._names, self._read = {}, ()
        for label, node in names[len(self._read) :]:
            self._index(label, node.iri)
        self._read = names

    def name(self, iri: str, label: str, *, preferred: bool = False, episode: int = 0) -> None:
        """Give a node a name, in the graph and in the index."""
        if label not in self.graph.labels(iri):
            self.named_since.add(iri)
        self.graph.add_label(iri, label, preferred=preferred, episode=episode)
        self._index(label, iri)

    def create(self, label: str, kind: NodeKind, tag: str, *, gender: str = "", episode: int = 0) -> Node:
        node = self.graph.new_node(label, kind, tag, gender=gender, episode=episode)
        if kind is not NodeKind.CLASS:
            self._index(label, node.iri)
        return node

    def named(self, text: str, tag: str = "", *, context: float = 0.3) -> tuple[Candidate, ...]:
        """Return the nodes that a name may mean, best first: match of the name, plus `context` times activation."""
        said = fold(text)
        known = {bearer for part in alias.parts(said, self.titles) for bearer in self._bearers(part)}
        known |= {(n.iri, said) for n in self.graph.nodes_named(text) if n.kind is not NodeKind.CLASS}
        best: dict[str, Candidate] = {}
        for iri, name in known:
            try:
                node = self.graph.node(iri)
            except KeyError:  # forgotten since
                continue
            match = alias.match(name, said, node, tag, self.titles)
            score = match + context * self.attention.activation(node.iri)
            if match and (node.iri not in best or best[node.iri].score < score):
                best[node.iri] = Candidate(node, score, f"named {name}")
        return tuple(sorted(best.values(), key=lambda c: -c.score))

    def names_among(self, stretches: Iterable[str]) -> frozenset[str]:
        """Return the stretches of a text that are names, or parts of names, of something in the graph."""
        return frozenset(s for s in stretches if len(s) > 1 and fold(s) in self._names)

    def bearers(self, text: str) -> tuple[Node, ...]:
        """Return what bears exactly this name, whatever kind of thing it is, the most active first."""
        found = {n.iri: n for n in self.graph.nodes_named(text)}
        return tuple(
            sorted(found.values(), key=lambda n: (n.kind is NodeKind.CLASS, -self.attention.activation(n.iri)))
        )

    def choose(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return the best candidate, or all that come too close to it to decide."""
        if not candidates:
            return ()
        return tuple(c for c in candidates if candidates[0].score - c.score < self._margin)

    def class_node(self, noun: str) -> Node | None:
        """Return the node of a common noun, told in the singular or the plural."""
        for form in alias.forms(noun):
            found = [n for n in self.graph.nodes_named(form) if n.kind is NodeKind.CLASS]
            if found:
                return found[0]
        return None

    def with_role(self, noun: str) -> tuple[Candidate, ...]:
        """Return who was said to be "the <noun>" of anything in focus, or to be one by occupation."""
        found: dict[str, Candidate] = {}
        for fact in facts_with_role(self.graph, self.roles, noun):
            backward = (meaning := self.roles.meaning(noun)) is not None and meaning.store.startswith("-")
            holder, owner = (fact.subject, fact.object) if backward else (fact.object, fact.subject)
            if isinstance(holder, Node) and isinstance(owner, Node):
                score = 0.4 + 0.5 * self.attention.activation(holder.iri) + 0.5 * self.attention.activation(owner.iri)
                found[holder.iri] = Candidate(holder, score, f"role {noun}")
        job = self.class_node(noun)
        for fact in self.graph.facts(property="P106", object=job.iri, include_past=False) if job else ():
            if fact.polarity and fact.subject.iri not in found:
                score = 0.3 + 0.5 * self.attention.activation(fact.subject.iri)
                found[fact.subject.iri] = Candidate(fact.subject, score, f"occupation {noun}")
        return tuple(sorted(found.values(), key=lambda c: -c.score))

    def owners_of(self, noun: str) -> tuple[Node, ...]:
        """Return whose role a noun was told of, the most active first; also where the holder proved wrong."""
        meaning = self.roles.meaning(noun)
        backward = meaning is not None and meaning.store.startswith("-")
        facts = facts_with_role(self.graph, self.roles, noun, include_past=True)
        owners = [f.object if backward else f.subject for f in facts]
        ranked = sorted((n for n in owners if isinstance(n, Node)), key=lambda n: -self.attention.activation(n.iri))
        return tuple({n.iri: n for n in ranked}.values())

    def _bearers(self, part: str) -> Iterable[_Bearer]:
        found = self._names.get(part, ())
        return found.items() if isinstance(found, dict) else (found,) if found else ()

    def _index(self, label: str, iri: str) -> None:
        name = fold(label)
        bearer = (iri, name)
        for part in alias.parts(name, self.titles):
            known = self._names.setdefault(part, bearer)
            if isinstance(known, dict):
                known[iri] = name
            elif known[0] == iri:
                self._names[part] = bearer
            else:
                self._names[part] = dict((known, bearer))


def _begins_with(names: Sequence[tuple[str, Node]], read: Sequence[tuple[str, Node]]) -> bool:
    """Whether nothing that was read went away; a node may have been described anew."""
    return names[: len(read)] == read or (
        len(names) >= len(read)
        and all(now[0] == then[0] and now[1].iri == then[1].iri for now, then in zip(names, read, strict=False))
    )
