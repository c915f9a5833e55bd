"""From mentions to nodes: takes a parse and the candidates that the graph offers; gives the nodes meant.

Nothing is created here unless asked for, so that a question leaves the graph as it was. Knows no model and no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kg import alias
from kg.attention import is_person
from kg.candidates import Candidate, Linker
from kg.fact import Node, NodeKind
from kg.names import fold
from kg.namesake import is_namesake
from kg.roles import holders
from nlu.parse import STRUCTURAL, Factuality, Kind, Mention, Parse, Tag

__all__ = ("Candidate", "Link", "Linker", "Sentence")

_CLASSES = frozenset({Tag.THING, Tag.OCCUPATION, Tag.ACTIVITY, Tag.FEELING, Tag.LANGUAGE})
_NAMING = ("P1449", "P1813", "P735", "P734")
_LITERALS = frozenset({Tag.DATE, Tag.QUANTITY})
_NO_PERSONS = frozenset({Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.EVENT, Tag.DATE, Tag.QUANTITY})


@dataclass(frozen=True, slots=True)
class Link:
    """What a mention was taken for: no node (new or nothing), one, or several for a plural."""

    mention: int
    nodes: tuple[Node, ...] = ()
    ambiguous: tuple[Candidate, ...] = ()  # equally good ones, when it could not be decided


class Sentence:
    """The mentions of one parse, linked one after another; with `create`, what is new becomes a node."""

    def __init__(self, linker: Linker, parse: Parse, speaker: Node | None, *, create: bool, episode: int = 0) -> None:
        self.linker, self.parse, self.speaker = linker, parse, speaker
        self.episode = episode
        self._create = create
        self._links: dict[int, Link] = {}
        self._open: set[int] = set()
        self.wanted: set[int] | None = None  # only these may be created; None for all

    def links(self) -> tuple[Link, ...]:
        """Return what has been linked so far, by mention."""
        return tuple(self._links[i] for i in sorted(self._links))

    def link(self, index: int) -> Link:
        """Return what a mention means."""
        if index not in self._links:
            if index in self._open:
                return Link(index)
            self._open.add(index)
            found = self._find(index, self.parse.mentions[index])
            self._open.discard(index)
            self._links.setdefault(index, found)
        return self._links[index]

    def bind(self, index: int, node: Node) -> None:
        """Say what a mention means, whatever it looks like."""
        self._links[index] = Link(index, (node,))

    def holders(self, role: int) -> tuple[Node, ...]:
        """Return who fills a role mention's role so far, by its possessor or by focus, without creating any."""
        owners = [n for i in self.related(role, "role", backward=True) for n in self.link(i).nodes]
        return self._role_holders(role, self.parse.mentions[role], owners)

    def nodes(self, index: int) -> tuple[Node, ...]:
        """Return the nodes a mention means, as the graph has them now."""
        return tuple({n.iri: n for n in (self.linker.graph.node(m.iri) for m in self.link(index).nodes)}.values())

    def related(self, index: int, property: str, *, backward: bool = False) -> tuple[int, ...]:
        """Return the mentions that a label leads to from one."""
        pairs = [(r.object, r.subject) if backward else (r.subject, r.object) for r in self.parse.relations
                 if r.property == property]  # fmt: skip
        return tuple(b for a, b in pairs if a == index)

    def names_of(self, index: int) -> tuple[int, ...]:
        """Return the mentions that name a role or a thing in apposition; none if just that is denied."""
        names = tuple(i for i in self.related(index, "same") if self.parse.mentions[i].tag is not Tag.WH)
        return () if self.denies_naming() else names

    def denies_naming(self) -> bool:
        """Return whether the sentence denies who somebody is and nothing else: "Arlo isn't my brother"."""
        states = [r for r in self.parse.relations if r.property not in STRUCTURAL]
        same = [r for r in self.parse.relations if r.property == "same"]
        return not states and bool(same) and all(r.factuality is Factuality.DENIED for r in same)

    def _find(self, index: int, mention: Mention) -> Link:
        if mention.tag is Tag.SELF:
            return Link(index, (self.speaker,) if self.speaker else ())
        if mention.tag in (Tag.WH, Tag.YOU) or mention.tag in _LITERALS:
            return Link(index)
        for antecedent in self.related(index, "coref"):
            if self._may_stand_for(mention, self.parse.mentions[antecedent]) and self.link(antecedent).nodes:
                return Link(index, self._of_gender(self.link(antecedent).nodes, mention))
        if mention.tag is Tag.ROLE:
            return self._role(index, mention)
        for owner in self.related(index, "same", backward=True):
            if self.parse.mentions[owner].tag is Tag.ROLE and owner not in self._open and not self.denies_naming():
                self.link(owner)
                if index in self._links:
                    return self._links[index]
        for owner in self._borrowed(index):
            return Link(index, self.link(owner).nodes)
        if mention.tag is Tag.PRONOUN or mention.kind is Kind.PRONOUN:
            return self._pronoun(index, mention)
        if mention.tag in _CLASSES:
            return self._noun(index, mention)
        return self._name(index, mention)

    def _may_stand_for(self, pronoun: Mention, antecedent: Mention) -> bool:
        """Whether he or she may be a mention: no firm, place or date is."""
        return not pronoun.gender or antecedent.tag not in _NO_PERSONS

    def _borrowed(self, index: int) -> tuple[int, ...]:
        """Return the mention that a name only renames: the speaker, a pronoun, the bearer of a nickname."""
        mention = self.parse.mentions[index]
        if mention.tag is not Tag.PERSON and not self.related(index, "P1813", backward=True):
            return ()
        pointing = [
            i
            for i in self.related(index, "same", backward=True)
            if self.parse.mentions[i].tag is Tag.SELF
            or (self.parse.mentions[i].tag is Tag.PRONOUN and not self.linker.named(mention.text, mention.tag.value))
        ]
        naming = [i for p in _NAMING for i in self.related(index, p, backward=True)]
        return tuple(i for i in (*pointing, *naming) if i not in self._open)

    def _pronoun(self, index: int, mention: Mention) -> Link:
        tag = "" if mention.tag is Tag.PRONOUN else mention.tag.value
        barred = {n.iri for i in self._partners(index) for n in self._known(i)}
        if not mention.gender:
            barred |= {n.iri for link in self._links.values() for n in link.nodes}
        found = self.linker.attention.resolve(
            self.linker.graph, tag=tag, gender=mention.gender, number=mention.number, exclude=barred
        )
        if not found:
            return Link(index)
        return Link(index, self._of_gender(found[0].nodes, mention) if self._may_create(index) else found[0].nodes)

    def _of_gender(self, nodes: tuple[Node, ...], pronoun: Mention) -> tuple[Node, ...]:
        """Return a pronoun's nodes; one person of unknown gender takes the pronoun's."""
        if not self._create or not pronoun.gender or len(nodes) != 1 or nodes[0].gender or not is_person(nodes[0]):
            return nodes
        return (self.linker.graph.describe_node(nodes[0].iri, gender=pronoun.gender, episode=self.episode),)

    def _partners(self, index: int) -> tuple[int, ...]:
        """Return the mentions that a pronoun can't stand for: the other end of its relations, its role's name."""
        ends = [(r.subject, r.object) for r in self.parse.relations if r.property not in ("same", "coref", "claims")]
        near = [b if a == index else a for a, b in ends if index in (a, b)]
        return tuple(i for i in (*near, *(n for r in near for n in self.names_of(r)))
                     if self.parse.mentions[i].kind is Kind.NAME)  # fmt: skip

    def _noun(self, index: int, mention: Mention) -> Link:
        names = [i for i in self.names_of(index) if self.parse.mentions[i].kind is Kind.NAME]
        if names:
            return Link(index, tuple(n for i in names for n in self.link(i).nodes))
        node = self.linker.class_node(mention.text)
        if node is None and mention.tag is Tag.THING and (called := self._called(mention)):
            return Link(index, called)
        if node is None and mention.tag is Tag.THING:
            active = [
                c
                for c in self.linker.named(mention.text)
                if self.linker.attention.activation(c.node.iri) and not is_person(c.node)
            ]
            node = active[0].node if active else None
        if node is None and self._may_create(index):
            node = self.linker.create(mention.text, NodeKind.CLASS, mention.tag.value, episode=self.episode)
        return Link(index, (node,) if node else ())

    def _called(self, thing: Mention) -> tuple[Node, ...]:
        """Return what bears just this name, where it is spelled as a name: the horse Juniper, 大青."""
        if not (thing.text[:1].isupper() or alias.CJK.search(thing.text)):
            return ()
        exact = [c.node for c in self.linker.named(thing.text) if fold(c.node.label) == fold(thing.text)]
        return tuple(exact) if len(exact) == 1 and exact[0].kind is NodeKind.NAMED else ()

    def _name(self, index: int, mention: Mention) -> Link:
        candidates = self._candidates(mention)
        best = self.linker.choose(self._alike(index, candidates))
        if candidates and not best and self._create:
            return Link(index, (self._created(mention),))
        if len(best) > 1 and not _same_full_name(best, mention.text):
            return Link(index, (), best)
        if best:
            self._lengthen(best[0].node, mention)
            return Link(index, (best[0].node,))
        kin = self._kin_by_noun(mention)
        if kin:
            return Link(index, kin)
        partner = next((n for i in self._aliases(index) for n in self._known(i)), None)
        if partner is not None:
            if self._may_create(index):
                self.linker.name(partner.iri, mention.text, episode=self.episode)
            return Link(index, (partner,))
        return self._new_name(index, mention)

    def _kin_by_noun(self, mention: Mention) -> tuple[Node, ...]:
        """Return the speaker's relative whom a bare noun calls by the role: "how old is gran"."""
        meaning = self.linker.roles.meaning(mention.text) if mention.tag is Tag.PERSON and self.speaker else None
        if meaning is None or not meaning.is_kin() or self.speaker is None:
            return ()
        found = holders(self.linker.graph, self.linker.roles, self.speaker.iri, mention.text)
        return found if len(found) == 1 else ()

    def _candidates(self, mention: Mention) -> tuple[Candidate, ...]:
        """Return who may be meant; in a question, context does not decide between two people of one name."""
        context = 0.3 if self._create or mention.tag is not Tag.PERSON else 0.1
        return self.linker.named(mention.text, mention.tag.value, context=context)

    def _alike(self, index: int, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return the candidates whom the sentence doesn't tell from the bearer of the name; a question tells nothing."""
        if not self._create:
            return tuple(candidates)
        graph, roles = self.linker.graph, self.linker.roles
        return tuple(c for c in candidates if not is_namesake(self, index, c.node, graph, roles))

    def _aliases(self, index: int) -> tuple[int, ...]:
        both = (*self.related(index, "same", backward=True), *self.related(index, "same"))
        return tuple(i for i in both if self.parse.mentions[i].kind is Kind.NAME)

    def _known(self, index: int) -> tuple[Node, ...]:
        """Return what another name of the same thing already means, without creating it."""
        if index in self._links:
            return self._links[index].nodes
        mention = self.parse.mentions[index]
        best = self.linker.choose(self._candidates(mention))
        return (best[0].node,) if len(best) == 1 else ()

    def _new_name(self, index: int, mention: Mention) -> Link:
        return Link(index, (self._created(mention),) if self._may_create(index) else ())

    def _created(self, mention: Mention) -> Node:
        return self.linker.create(
            mention.text, NodeKind.NAMED, mention.tag.value, gender=mention.gender, episode=self.episode
        )

    def _lengthen(self, node: Node, mention: Mention) -> None:
        """Let a fuller name become the preferred one: Hedda, then Hedda Marsh."""
        said, known = (self.linker.titles.strip(fold(x)) for x in (mention.text, node.label))
        if self._create and node.kind is NodeKind.NAMED and node.tag == "PER" and len(said) > len(known) and (
            known in said.split() or (alias.CJK.search(said) and said.endswith(known))
        ):  # fmt: skip
            self.linker.name(node.iri, mention.text, preferred=True, episode=self.episode)

    def _role(self, index: int, mention: Mention) -> Link:
        owners = [n for i in self.related(index, "role", backward=True) for n in self.link(i).nodes]
        known = self._role_holders(index, mention, owners)
        names = [i for i in self.names_of(index) if self.parse.mentions[i].tag in (Tag.PERSON, Tag.ORGANISATION,
                 Tag.LOCATION, Tag.PRODUCT, Tag.WORK, Tag.EVENT)]  # fmt: skip
        if names:
            nodes = tuple(n for i in names for n in self._named_role(index, i, known, single=len(names) == 1))
            return Link(index, tuple({n.iri: n for n in nodes}.values()))
        others = [n for i in self.names_of(index) for n in self.link(i).nodes]
        if others:
            return Link(index, tuple(others))
        if len(known) > 1 and mention.number == 1:
            scored = [Candidate(n, self.linker.attention.activation(n.iri), "role") for n in known]
            best = self.linker.choose(sorted(scored, key=lambda c: -c.score))
            return Link(index, (), best) if len(best) > 1 else Link(index, tuple(c.node for c in best))
        if known:
            return Link(index, known)
        missing = self.related(index, "role", backward=True) and not owners
        if missing or not self._may_create(index) or self.related(index, "value"):
            return Link(index)
        return Link(index, (self._new_role(mention),))

    def _role_holders(self, index: int, mention: Mention, owners: Sequence[Node]) -> tuple[Node, ...]:
        linker = self.linker
        found = [n for owner in owners for n in holders(linker.graph, linker.roles, owner.iri, mention.text)]
        if not owners and not self.related(index, "role", backward=True):
            best = linker.choose(linker.with_role(mention.text))
            found = [c.node for c in best]
            meaning = linker.roles.meaning(mention.text)
            if not found and self.speaker and meaning and meaning.is_kin():
                found = list(holders(linker.graph, linker.roles, self.speaker.iri, mention.text))
        return tuple({n.iri: n for n in found}.values())

    def _named_role(self, role: int, index: int, known: Sequence[Node], *, single: bool) -> tuple[Node, ...]:
        """Return the node of a role that is named here: who had the role, somebody known by the name, or a new one."""
        mention = self.parse.mentions[index]
        candidates = self._alike(index, self.linker.named(mention.text, mention.tag.value))
        holding = [c for c in candidates if c.node.iri in {n.iri for n in known}]
        unnamed = [n for n in known if n.kind is NodeKind.ROLE]
        best = [holding[0]] if holding else list(self.linker.choose([c for c in candidates if c.score >= 0.95]))
        if not best and candidates and candidates[0].score >= 0.65 and len(self.linker.choose(candidates)) == 1:
            best = [candidates[0]]
        if best:
            node = best[0].node
            if not holding and len(unnamed) == 1 and single and self._may_create(index) and node.kind is NodeKind.NAMED:
                node = self._merge(node, unnamed[0]) if not self._told_apart(node, unnamed[0]) else node
            self._lengthen(node, mention)
        elif len(unnamed) == 1 and single and self._may_create(index):
            node = unnamed[0]
            self.linker.name(node.iri, mention.text, preferred=True, episode=self.episode)
            node = self.linker.graph.describe_node(
                node.iri, kind=NodeKind.NAMED, tag=mention.tag.value, episode=self.episode
            )
        else:
            made = self._new_name(index, mention)
            if not made.nodes:
                return ()
            node = next(iter(made.nodes))
        self._links[index] = Link(index, (node,))
        return (self._gendered(node, self.parse.mentions[role]),)

    def _merge(self, node: Node, unnamed: Node) -> Node:
        kept = self.linker.graph.merge(node.iri, unnamed.iri, evidence=self.parse.text, episode=self.episode)
        for gone in {node.iri, unnamed.iri} - {kept.iri}:
            self.linker.attention.replace(gone, kept.iri)
        return kept

    def _told_apart(self, one: Node, other: Node) -> bool:
        return self.linker.graph.are_told_apart(one.iri, other.iri)

    def _new_role(self, mention: Mention) -> Node:
        meaning = self.linker.roles.meaning(mention.text)
        gender = mention.gender or (meaning.gender if meaning else "")
        tag = meaning.tag() if meaning else "PER"
        return self.linker.create(mention.text, NodeKind.ROLE, tag, gender=gender, episode=self.episode)

    def _gendered(self, node: Node, role: Mention) -> Node:
        meaning = self.linker.roles.meaning(role.text)
        gender = role.gender or (meaning.gender if meaning else "")
        if not gender or node.gender or not self._create or not is_person(node):
            return node
        return self.linker.graph.describe_node(node.iri, gender=gender, episode=self.episode)

    def _may_create(self, index: int) -> bool:
        return self._create and (self.wanted is None or index in self.wanted)


def _same_full_name(candidates: Sequence[Candidate], text: str) -> bool:
    """Whether all candidates bear the very name, so that the most active of them is meant."""
    said = fold(text)
    exact = [c for c in candidates if fold(c.node.label) == said]
    return len(exact) == 1 and exact[0] is candidates[0]
