"""What a correction is about: takes a correcting parse and the graph, renames nodes, replaces the value that was wrong.

A name that is spelled much like one in focus puts that one right; a bare value replaces the newest of its kind.
"""

from __future__ import annotations

import re

from kg.fact import Draft, Fact, Literal, Node, NodeKind, Rank, Source
from kg.link import Linker, Sentence
from kg.names import fold
from kg.revise import Reviser, spelling
from nlu.parse import STRUCTURAL, Kind, Mention, Parse, Tag

_NOT = re.compile(
    r"\b(?:not|isn't|wasn't|instead of|rather than)\s+(?:the |an? )?$|(?:不是|而非|不叫|別叫|别叫)$", re.IGNORECASE
)
_NAMES = frozenset({Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT})


class Corrector:
    """Finds the target of a correction among what the conversation is about."""

    def __init__(self, linker: Linker, reviser: Reviser) -> None:
        self._linker, self._reviser, self._graph = linker, reviser, linker.graph

    def rename(self, parse: Parse, sentence: Sentence, episode: int) -> tuple[Fact, ...]:
        """Put names right before the sentence is linked.

        Returns what stands about the renamed, and deprecated statements that go with a wrong name.
        """
        closed: list[Fact] = []
        for index, mention in enumerate(parse.mentions):
            if mention.tag not in _NAMES or mention.kind is not Kind.NAME or self.is_wrong(parse, index):
                continue
            owner = self._owner(parse, index)
            if owner is not None and parse.mentions[owner].tag is Tag.SELF and sentence.speaker is not None:
                closed += self._rename_speaker(sentence.speaker, mention.text, episode)
            elif not self._known(mention):
                node = self._target(parse, sentence, mention, owner)
                if node is not None:
                    renamed = self._reviser.rename(node, mention.text, episode)
                    self._linker.refresh()
                    for i in (index, *self._bound(parse, owner)):
                        sentence.bind(i, renamed)
                    about = (*self._graph.facts(object=node.iri), *self._graph.facts(node.iri))
                    closed += [f for f in about if f.rank is Rank.NORMAL and f.end is None][:3]
        return tuple(closed)

    def value(self, parse: Parse, sentence: Sentence, source: Source) -> tuple[Draft, Fact] | None:
        """Return the statement that a bare value makes, and the newest one of its kind that was wrong, if any."""
        if any(r.property not in STRUCTURAL for r in parse.relations):
            return None
        for index, mention in enumerate(parse.mentions):
            if mention.tag in (Tag.SELF, Tag.YOU, Tag.PRONOUN, Tag.ROLE, Tag.WH) or self.is_wrong(parse, index):
                continue
            if self._owner(parse, index) is not None or sentence.link(index).nodes:
                continue
            old = self._newest(mention)
            if old is None:
                return None
            obj = self._object(mention, source.episode)
            draft = Draft(old.subject.iri, old.property, obj, source, role=old.role, start=old.start, end=old.end)
            return draft, old
        return None

    def _target(self, parse: Parse, sentence: Sentence, mention: Mention, owner: int | None) -> Node | None:
        if owner is not None and parse.mentions[owner].tag is Tag.ROLE:
            found = self._reviser.similar(sentence.holders(owner), mention.text)
            if found is not None:
                return found
        if owner is not None and parse.mentions[owner].tag is Tag.PRONOUN:
            meant = sentence.link(owner).nodes  # "no, she is called Jia Ming"
            if len(meant) == 1 and meant[0].kind is NodeKind.NAMED and meant[0].tag == mention.tag.value:
                return meant[0]
        active = [self._graph.node(a.iri) for a in self._linker.attention.focus()]
        others = [n for i, m in enumerate(parse.mentions) if self.is_wrong(parse, i)
                  for n in (c.node for c in self._linker.named(m.text, m.tag.value)[:1])]  # fmt: skip
        nodes = [n for n in (*others, *active) if not n.tag or n.tag == mention.tag.value or n.tag == "ROLE"]
        tells = any(r.property not in STRUCTURAL for r in parse.relations)  # then it may well be somebody new
        return self._reviser.similar(nodes, mention.text, least=0.85 if tells else 0.62)

    def is_wrong(self, parse: Parse, index: int) -> bool:
        """Whether a mention is what the correction rejects: it stands in a denied clause."""
        span = parse.mentions[index].span
        if _NOT.search(parse.text[: span.start]):
            return True
        inner = [c for c in parse.clauses if c.span.covers(span)]
        smallest = min(inner, key=lambda c: c.span.end - c.span.start, default=None)
        return smallest is not None and smallest.factuality.value == "denied"

    def _owner(self, parse: Parse, index: int) -> int | None:
        return next((r.subject for r in parse.relations if r.property == "same" and r.object == index), None)

    def _bound(self, parse: Parse, owner: int | None) -> tuple[int, ...]:
        return (owner,) if owner is not None and parse.mentions[owner].tag is Tag.PRONOUN else ()

    def _known(self, mention: Mention) -> bool:
        found = self._linker.named(mention.text, mention.tag.value)
        return bool(found) and found[0].score >= 0.75

    def _rename_speaker(self, speaker: Node, name: str, episode: int) -> tuple[Fact, ...]:
        told = [f for f in self._graph.facts(speaker.iri, "P735", include_past=False) if f.rank is Rank.NORMAL]
        wrong = [f for f in told if isinstance(f.object, Literal) and fold(f.object.value) != fold(name)]
        for fact in wrong[-1:]:
            if isinstance(fact.object, Literal):
                self._graph.add_label(speaker.iri, name, episode=episode)
                self._graph.remove_label(speaker.iri, fact.object.value, episode=episode)
        return self._reviser.deprecate(wrong[-1:], episode)

    def _newest(self, mention: Mention) -> Fact | None:
        """Return the newest statement in force about something in focus whose object is of the mention's kind."""
        focus = {a.iri for a in self._linker.attention.focus()}
        facts = [f for iri in focus for f in self._graph.facts(iri, include_past=False)]
        facts = [f for f in facts if f.rank is Rank.NORMAL and f.polarity and f.claimant is None]
        fitting = [f for f in facts if _fits(f.object, mention)]
        return max(fitting, key=lambda f: (max(s.episode for s in f.sources), f.id), default=None)

    def _object(self, mention: Mention, episode: int) -> str | Literal:
        if mention.tag is Tag.DATE:
            return Literal(mention.value or mention.text, "date")
        if mention.tag is Tag.QUANTITY:
            return Literal(mention.text, "quantity" if mention.value else "string")
        if mention.tag in _NAMES:
            return self._linker.create(mention.text, NodeKind.NAMED, mention.tag.value, episode=episode).iri
        found = self._linker.class_node(mention.text)
        return (found or self._linker.create(mention.text, NodeKind.CLASS, mention.tag.value, episode=episode)).iri


def _fits(obj: Node | Literal, mention: Mention) -> bool:
    if isinstance(obj, Literal):
        return mention.tag is (Tag.DATE if obj.datatype == "date" else Tag.QUANTITY)
    if obj.tag != mention.tag.value:
        return False
    return obj.tag != "PER" or spelling(fold(obj.label), fold(mention.text)) < 1
