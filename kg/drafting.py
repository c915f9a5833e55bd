"""From relations to drafts of facts: takes a linked sentence and one of its relations, gives what is to be stored.

Names that a sentence gives are put on their nodes on the way. Knows no storage and no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kg import cues
from kg.fact import Draft, Literal, Node, NodeKind, Source
from kg.interval import before
from kg.link import Linker, Sentence
from kg.revise import Reviser
from kg.roles import RELATED
from kg.stated import claimant_of, lead_in, literal, surroundings, times, touches_content
from kg.telling import Cues, Told
from nlu.parse import Factuality, Kind, Parse, Relation, Tag

_NAMING = frozenset({"P1449", "P1813", "P735", "P734"})
_NAMES = frozenset({Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT})


_BLOOD = frozenset(
    {"P22", "P25", "P40", "P3373", "P1038"}
)  # kin one is born to: a date beside them dates something else


class Drafter:
    """Writes drafts for the relations of a sentence."""

    def __init__(self, linker: Linker, reviser: Reviser, cues: Cues) -> None:
        self._linker, self._reviser, self._cues = linker, reviser, cues
        self._graph = linker.graph

    def drafts(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> Iterable[Draft]:
        """Yield the facts that a relation states; none for one that only qualifies another."""
        match relation.property:
            case "role":
                return self.role(parse, relation, sentence, told)
            case "same":
                return self.same(parse, relation, sentence, told)
            case "value":
                return self.value(parse, relation, sentence, told)
            case "price":
                return self.plain(parse, relation, sentence, told, "P2284")
            case "P580" | "P582" | "P585" | "claims" | "coref":
                return ()
            case property:
                return self.plain(parse, relation, sentence, told, property)

    def plain(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told, property: str) -> Iterable[Draft]:
        mention = parse.mentions[relation.object]
        objects: Sequence[str | Literal]
        if property in _NAMING and mention.tag not in (Tag.ROLE, Tag.PRONOUN):
            objects = self._name_literal(relation, sentence, mention.text)
        elif mention.kind is Kind.LITERAL or mention.tag in (Tag.DATE, Tag.QUANTITY):
            yearly = mention.yearly if property == "P569" and cues.speaks_of_birthday(parse.text) else ""
            objects = (Literal(yearly, "date") if yearly else literal(parse, relation.object),)
        else:
            objects = [n.iri for n in sentence.nodes(relation.object)]
        claimants = claimant_of(parse, relation)
        speakers = sentence.nodes(claimants) if claimants is not None else ()
        speakers = tuple(n for n in speakers if n != sentence.speaker)
        if claimants is not None and not speakers and parse.mentions[claimants].tag is not Tag.SELF:
            return
        for subject in sentence.nodes(relation.subject):
            for obj in objects:
                if subject.iri != obj:
                    yield self._draft(
                        parse,
                        relation,
                        told,
                        subject.iri,
                        property,
                        obj,
                        claimant=speakers[0].iri if speakers else None,
                    )

    def _name_literal(self, relation: Relation, sentence: Sentence, name: str) -> tuple[Literal, ...]:
        for node in sentence.nodes(relation.subject):
            if relation.factuality is Factuality.ASSERTED and relation.property in ("P1449", "P1813"):
                self._linker.name(node.iri, name, episode=sentence.episode)
        return (Literal(name, language=sentence.parse.language),)

    def role(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> Iterable[Draft]:
        noun = parse.mentions[relation.object].text
        if any(parse.mentions[i].tag is Tag.QUANTITY for i in sentence.related(relation.object, "value")):
            meaning = self._linker.roles.meaning(noun)
            if meaning is None or meaning.is_literal() or not sentence.nodes(relation.object):
                return  # the number says it all
        if sentence.denies_naming():
            others = [n for i in sentence.related(relation.object, "same") for n in sentence.nodes(i)]
            for owner in sentence.nodes(relation.subject):
                for other in others:
                    yield self._role_draft(parse, relation, told, owner, other, noun, ())
            return
        for holder in sentence.nodes(relation.object):
            names = [i for i in sentence.names_of(relation.object) if holder in sentence.nodes(i)]
            for owner in sentence.nodes(relation.subject):
                if owner.iri != holder.iri:
                    yield self._role_draft(parse, relation, told, owner, holder, noun, (relation.object, *names))

    def _role_draft(
        self, parse: Parse, relation: Relation, told: Told, owner: Node, holder: Node, noun: str, dated: Sequence[int]
    ) -> Draft:
        meaning = self._linker.roles.meaning(noun)
        store = meaning.store if meaning else RELATED
        subject, obj = (holder, owner) if store.startswith("-") else (owner, holder)
        denied = relation.factuality is Factuality.DENIED and not touches_content(parse, relation)
        start, end, point = times(parse, dated)
        if meaning and meaning.former and end is None:
            end = before(told.day(), noun)
        return Draft(
            subject.iri,
            store.lstrip("-"),
            obj.iri,
            self.source(parse, told, relation.confidence),
            polarity=not denied,
            start=start,
            end=end,
            point=point,
            role=noun,
            confidence=relation.confidence,
        )

    def same(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> Iterable[Draft]:
        one, other = parse.mentions[relation.subject], parse.mentions[relation.object]
        if relation.factuality is Factuality.DENIED and not touches_content(parse, relation):
            return
        if one.tag is Tag.SELF and sentence.speaker is not None and other.tag in _NAMES:
            self._linker.name(sentence.speaker.iri, other.text, episode=told.episode)
            name = Literal(other.text, language=parse.language)
            yield self._draft(parse, relation, told, sentence.speaker.iri, "P735", name)
            return
        if one.tag is Tag.ROLE:
            yield from self._ownerless(parse, relation, sentence, told)
            return
        if one.tag in (Tag.THING, Tag.OCCUPATION) and other.tag in _NAMES:
            noun = self._linker.class_node(one.text) or self._linker.create(
                one.text, NodeKind.CLASS, one.tag.value, episode=told.episode
            )
            property = "P106" if one.tag is Tag.OCCUPATION else "P31"
            for node in sentence.nodes(relation.object):
                if node.kind is not NodeKind.CLASS:
                    yield self._draft(parse, relation, told, node.iri, property, noun.iri)
            return
        self._alias(parse, relation, sentence, told)

    def _alias(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> None:
        """Let two names of one thing stand for one node."""
        other = parse.mentions[relation.object]
        first, second = sentence.nodes(relation.subject), sentence.nodes(relation.object)
        if len(first) != 1 or other.tag not in _NAMES:
            return
        node = first[0]
        if not second or second[0].iri == node.iri:
            unnamed = node.kind is NodeKind.ROLE
            self._linker.name(node.iri, other.text, preferred=unnamed, episode=told.episode)
        elif self._may_merge(node, second[0], relation.confidence):
            self._graph.merge(node.iri, second[0].iri, evidence=parse.text, episode=told.episode)

    def _may_merge(self, one: Node, other: Node, confidence: float) -> bool:
        """Whether two nodes may prove to be one: told with certainty, of one kind, not related, never told apart."""
        related = [*self._graph.facts(one.iri, None, other.iri), *self._graph.facts(other.iri, None, one.iri)]
        persons = NodeKind.CLASS not in (one.kind, other.kind) and NodeKind.SELF not in (one.kind, other.kind)
        apart = self._graph.are_told_apart(one.iri, other.iri)
        return confidence >= 0.8 and persons and one.tag == other.tag and not related and not apart

    def _ownerless(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> Iterable[Draft]:
        """A role told without a possessor: whose it is follows from focus, from kinship, or it is an occupation."""
        role = parse.mentions[relation.subject]
        if sentence.related(relation.subject, "role", backward=True):
            return
        meaning = self._linker.roles.meaning(role.text)
        owners = self._linker.owners_of(role.text)
        counted = bool(sentence.related(relation.subject, "value"))  # "three cousins run the ferry": nobody says whose
        kin = meaning is not None and meaning.is_kin() and not counted
        if not owners and kin and sentence.speaker is not None and told.title is None:
            owners = (sentence.speaker,)
        for holder in sentence.nodes(relation.subject):
            for owner in owners[:1]:
                if owner.iri != holder.iri:
                    yield self._role_draft(
                        parse, relation, told, owner, holder, role.text, (relation.subject, relation.object)
                    )
            if not owners and (meaning is None or meaning.store == RELATED):
                noun = self._linker.class_node(role.text) or self._linker.create(
                    role.text, NodeKind.CLASS, Tag.OCCUPATION.value, episode=told.episode
                )
                yield self._draft(parse, relation, told, holder.iri, "P106", noun.iri, role=role.text)

    def value(self, parse: Parse, relation: Relation, sentence: Sentence, told: Told) -> Iterable[Draft]:
        noun = parse.mentions[relation.subject].text
        meaning = self._linker.roles.meaning(noun)
        entity = meaning is not None and not meaning.is_literal()
        if parse.mentions[relation.subject].tag is Tag.THING:
            entity, meaning = True, None  # "two goats": a number of a kind
        if entity and sentence.names_of(relation.subject):
            return  # "two sons, Arlo and Bram": the names say how many
        property = meaning.store if meaning and meaning.is_literal() else "tt:value" if entity else "tt:code"
        number = literal(parse, relation.object)
        if entity:
            for node in sentence.nodes(relation.subject):
                yield self._draft(parse, relation, told, node.iri, property, number, role=noun)
            return
        for i in sentence.related(relation.subject, "role", backward=True):
            for owner in sentence.nodes(i):
                yield self._draft(parse, relation, told, owner.iri, property, number, role=noun)

    def _draft(
        self,
        parse: Parse,
        relation: Relation,
        told: Told,
        subject: str,
        property: str,
        obj: str | Literal,
        *,
        role: str = "",
        claimant: str | None = None,
    ) -> Draft:
        start, end, point = times(parse, (relation.object,)) if property not in _BLOOD else (None, None, None)
        denied = relation.factuality is Factuality.DENIED
        undated = start is None and end is None and point is None
        if undated and not denied and not self._reviser.lasts(property) and self._is_over(parse, relation):
            end = before(told.day(), "past")
        elif (
            point is not None
            and end is None
            and self._reviser.may_end(property)
            and self._is_of_an_era(parse, relation)
        ):
            end = point
        return Draft(
            subject,
            property,
            obj,
            self.source(parse, told, relation.confidence),
            polarity=not denied,
            claimant=claimant,
            start=start,
            end=end,
            point=point,
            role=role,
            confidence=relation.confidence,
        )

    def _is_over(self, parse: Parse, relation: Relation) -> bool:
        """Whether the words say that it was so once, or ended."""
        before, after = surroundings(parse, relation)
        if self._cues.past.search(lead_in(parse, relation)) or self._cues.era.search(after):
            return True
        return self._reviser.may_end(relation.property) and self._cues.ends(before, after)

    def _is_of_an_era(self, parse: Parse, relation: Relation) -> bool:
        """Whether the words set the statement in a time that is gone: "in the nineties"."""
        return self._cues.era.search(surroundings(parse, relation)[1]) is not None

    def source(self, parse: Parse, told: Told, confidence: float) -> Source:
        start, end = parse.span.start + told.offset, parse.span.end + told.offset
        at = told.at.isoformat()
        return Source(told.episode, start, end, told.speaker, at, told.extractor, confidence, told.title or "")
