"""From parses to facts: takes what was understood of a message or document, stores what it states, says what it drops.

Only what is asserted becomes a fact; every fact carries the span of its sentence. Knows no model and no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from kg import cues, voice
from kg.conflict import picked, rivals
from kg.correct import Corrector
from kg.drafting import Drafter
from kg.ending import ended
from kg.fact import Draft, Fact, Graph, Learned, Node, NodeKind, Rank, Waiting
from kg.link import Link, Linker, Sentence
from kg.ontology import Ontology
from kg.revise import Manner, Reviser
from kg.stated import claimant_of, presupposed
from kg.telling import Cues, Told
from nlu.parse import STRUCTURAL, Act, Factuality, Parse, Relation, Tag

__all__ = ("Cues", "Rememberer", "Told")

_SILENT = frozenset({Act.ASK, Act.FORGET, Act.SOURCE, Act.SUMMARY, Act.GREET, Act.THANK, Act.BYE, Act.FRAGMENT})
LATER = 0.01  # of attention less for each further mention
# Compared when the message is over: one place may lie in another, and a spouse may have died, as is told later.
_AT_THE_END = frozenset({"P551", "P276", "P131", "P159", "P937", "P26", "P451"})
_SORTING = frozenset({"P31", "P21"})  # what somebody is, a girl for one
_OWN_WISHES = frozenset({"tt:wants", "tt:plansTo", "tt:needs"})  # the property itself says that it is only wished


class Gate(Protocol):
    """What every draft must pass before it becomes a fact. Implemented by `kg.inbox.Inbox`."""

    def check(self, draft: Draft, *, replaces: bool) -> tuple[tuple[str, str], ...]:
        """Return why a draft can't be true, in each language; nothing if it may be. `replaces`: it corrects."""
        ...

    def keep(self, draft: Draft, reasons: tuple[tuple[str, str], ...], *, replaces: bool) -> Waiting | None:
        """Let a draft wait for the user's word; None if it was dealt with before."""
        ...


@dataclass(frozen=True, slots=True)
class _Statement:
    """A draft on its way into the graph."""

    parse: Parse
    draft: Draft
    wrong: Fact | None = None  # what it is told in place of

    @property
    def replaces(self) -> bool:
        return self.parse.act is Act.CORRECT


@dataclass(slots=True)
class _Sheet:
    """What a message has come to so far."""

    new: dict[int, Fact] = field(default_factory=dict[int, Fact])
    corroborated: dict[int, Fact] = field(default_factory=dict[int, Fact])
    closed: dict[int, Fact] = field(default_factory=dict[int, Fact])
    held_back: list[str] = field(default_factory=list[str])
    placed: list[tuple[Fact, Manner]] = field(
        default_factory=list[tuple[Fact, Manner]]
    )  # may yet prove to lie in one another
    doubtful: list[_Statement] = field(default_factory=list[_Statement])
    waiting: list[Waiting] = field(default_factory=list[Waiting])

    def learned(self, graph: Graph, named: set[str]) -> Learned:
        """Return it with the facts as they stand now; an old fact about somebody who just got a name is news."""
        for i in [i for i in self.corroborated if _nodes(graph.fact(i)) & named]:
            self.new[i] = self.corroborated.pop(i)
        new = tuple(graph.fact(i) for i in self.new if i not in self.closed)
        corroborated = tuple(graph.fact(i) for i in self.corroborated if i not in self.new)
        closed = tuple(graph.fact(i) for i in self.closed)
        held_back, waiting = tuple(dict.fromkeys(self.held_back)), tuple(dict.fromkeys(self.waiting))
        return Learned(new, corroborated, closed, held_back, waiting)


def _disputed(graph: Graph, reviser: Reviser, learned: Learned) -> tuple[Fact, ...]:
    """Return the statements that what is new contradicts."""
    found = {old.id: old for fact in learned.new for old in rivals(graph, reviser, fact)}
    return tuple(found.values())


class Rememberer:
    """Turns parses into statements of a graph."""

    def __init__(
        self,
        linker: Linker,
        reviser: Reviser,
        *,
        threshold: float = 0.52,
        document_threshold: float = 0.38,
        thresholds: Mapping[str, float] | None = None,
        cues: Cues | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._graph = linker.graph
        self._gate = gate
        self._linker, self._reviser = linker, reviser
        self._threshold, self._document_threshold = threshold, document_threshold
        self._thresholds = dict(thresholds or {})
        self._ontology = Ontology.load()
        self._cues = cues or Cues()
        self._corrector = Corrector(linker, reviser)
        self._drafter = Drafter(linker, reviser, self._cues)

    def remember(self, parses: Sequence[Parse], told: Told) -> tuple[Learned, tuple[tuple[Link, ...], ...]]:
        """Return what was learned, and for each parse what its mentions were taken for."""
        self._linker.refresh()
        self._linker.named_since.clear()
        sheet = _Sheet()
        links: list[tuple[Link, ...]] = []
        speakers = self._speakers(parses, told)
        barred = voice.instructions(parses) if told.title is not None else frozenset[int]()
        for i, parse in enumerate(parses):
            if i in barred:
                sheet.held_back.append("an instruction in a document is not followed")
                links.append(())
                continue
            sentence = self._one(parse, told, speakers[i], sheet)
            links.append(sentence.links())
            self._attend(parse, sentence)
        self._settle(told, sheet)
        for fact, manner in sheet.placed:
            self._revise(fact, manner, told, sheet)
        learned = sheet.learned(self._graph, self._linker.named_since)
        return replace(learned, disputed=_disputed(self._graph, self._reviser, learned)), tuple(links)

    def settle(
        self, facts: Sequence[Fact], parses: Sequence[Parse], episode: int
    ) -> tuple[Fact | None, tuple[Fact, ...]]:
        """Return which of contradicting statements a reply picks, and those that it proves wrong, now corrected."""
        right = picked(self._graph, facts, parses)
        if right is None:
            return None, ()
        return right, self._reviser.deprecate([f for f in facts if f.id != right.id], episode)

    def _one(self, parse: Parse, told: Told, speaker: Node | None, sheet: _Sheet) -> Sentence:
        quiet = parse.act in _SILENT or (told.title is not None and parse.act in (Act.CORRECT, Act.REQUEST))
        sentence = Sentence(self._linker, parse, speaker, create=not quiet, episode=told.episode)
        sentence.wanted = set()
        if quiet:
            if parse.relations:
                sheet.held_back.append(f"{parse.act.value}: not a statement")
        else:
            taken = [r for r in parse.relations if self._takes(parse, r, told, sheet)]
            sentence.wanted = _wanted(parse, taken)
            if parse.act is Act.CORRECT:
                self._correct(parse, sentence, told, sheet)
            self._write(parse, taken, sentence, told, sheet)
        for i in range(len(parse.mentions)):
            sentence.link(i)
        over = (
            None
            if quiet or told.title is not None
            else ended(sentence, self._graph, self._linker.attention, told.day())
        )
        for fact in over[0] if over else ():
            sheet.closed[fact.id] = self._graph.close(fact.id, over[1] if over else None, episode=told.episode)
        return sentence

    def _correct(self, parse: Parse, sentence: Sentence, told: Told, sheet: _Sheet) -> None:
        for fact in self._corrector.rename(parse, sentence, told.episode):
            if fact.rank is Rank.DEPRECATED:
                sheet.closed[fact.id] = fact
            else:
                sheet.corroborated[fact.id] = fact
        found = self._corrector.value(parse, sentence, self._drafter.source(parse, told, parse.act_confidence))
        if found is not None:
            draft, wrong = found
            self._store(_Statement(parse, draft, wrong), told, sheet)

    def _takes(self, parse: Parse, relation: Relation, told: Told, sheet: _Sheet) -> bool:
        tags = {parse.mentions[i].tag for i in (relation.subject, relation.object)}
        if Tag.WH in tags:
            return False
        reason = ""
        if Tag.YOU in tags:
            reason = "about the assistant"
        elif relation.confidence < self._least(relation.property, told):
            reason = "not sure enough"
        elif told.title is not None and not self._joins(parse, relation):
            reason = "these two can't be so related"
        elif (
            parse.act is Act.CORRECT
            and relation.factuality is Factuality.ASSERTED
            and self._corrector.is_wrong(parse, relation.object)
        ):
            reason = "rejected"
        elif self._says_only_that_there_is_one(parse, relation):
            reason = "nobody is named"
        elif relation.property in STRUCTURAL:
            reason = "" if presupposed(parse, relation) else relation.factuality.value
        elif relation.factuality is Factuality.WISHED and relation.property in _OWN_WISHES:
            reason = ""
        elif relation.factuality is Factuality.REPORTED:
            reason = "" if claimant_of(parse, relation) is not None else "reported by nobody named"
        elif relation.factuality not in (Factuality.ASSERTED, Factuality.DENIED):
            reason = relation.factuality.value
        if reason:
            pair = f"{parse.mentions[relation.subject].text} {relation.property} {parse.mentions[relation.object].text}"
            sheet.held_back.append(f"{reason}: {pair}")
        return not reason

    def _least(self, property: str, told: Told) -> float:
        """Return how sure a relation must be: confidence is calibrated on talk, and prose is written more plainly."""
        return self._thresholds.get(property, self._threshold if told.title is None else self._document_threshold)

    def _says_only_that_there_is_one(self, parse: Parse, relation: Relation) -> bool:
        """Whether the object is just the word for who stands in this relation: a firm's chief executive is its CEO."""
        noun = parse.mentions[relation.object]
        if noun.tag is not Tag.ROLE or relation.property in STRUCTURAL:
            return False
        meaning = self._linker.roles.meaning(noun.text)
        named = any(
            r.property in ("same", "coref") and relation.object in (r.subject, r.object) for r in parse.relations
        )
        return meaning is not None and meaning.store.lstrip("-") == relation.property and not named

    def _joins(self, parse: Parse, relation: Relation) -> bool:
        """Whether the ontology lets the property stand between mentions of these tags.

        Asked of documents only: there the tagger is further from what it was taught, in talk it would cost more than it saves.
        """
        if relation.property in STRUCTURAL or relation.property not in self._ontology:
            return True
        subject, obj = (parse.mentions[i].tag.value for i in (relation.subject, relation.object))
        return self._ontology.property(relation.property).joins(subject, obj)

    def _write(self, parse: Parse, taken: Sequence[Relation], sentence: Sentence, told: Told, sheet: _Sheet) -> None:
        for relation in sorted(taken, key=lambda r: r.property not in ("role", "same", "value")):
            drafts = self._drafter.drafts(parse, relation, sentence, told)
            for index in (relation.subject, relation.object):
                self._report(parse, sentence, index, sheet)
                if parse.mentions[index].tag is Tag.SELF and sentence.speaker is None:
                    sheet.held_back.append("first person in a document: nobody known to be speaking")
            for draft in drafts:
                self._store(_Statement(parse, draft), told, sheet)

    def _store(self, said: _Statement, told: Told, sheet: _Sheet) -> None:
        """Write a statement down, unless it contradicts what is known: what follows may yet put that right."""
        if self._gate is not None and self._gate.check(said.draft, replaces=said.replaces):
            sheet.doubtful.append(said)
        else:
            self._write_down(said, told, sheet)

    def _settle(self, told: Told, sheet: _Sheet) -> None:
        """Write down what the rest of the message put right; let the other contradictions wait."""
        for said in sheet.doubtful:
            reasons = self._gate.check(said.draft, replaces=said.replaces) if self._gate is not None else ()
            if self._gate is None or not reasons:
                self._write_down(said, told, sheet)
            elif (waiting := self._gate.keep(said.draft, reasons, replaces=said.replaces)) is not None:
                sheet.waiting.append(waiting)

    def _write_down(self, said: _Statement, told: Told, sheet: _Sheet) -> None:
        if said.wrong is not None:
            self._reviser.deprecate([said.wrong], told.episode)
        fact, is_new = self._graph.add(said.draft)
        if not is_new:
            if fact.id not in sheet.new:
                sheet.corroborated[fact.id] = fact
            return
        sheet.new[fact.id] = fact
        self._note_gender(fact, told)
        manner = self._cues.manner(said.parse.text, replaces=said.replaces)
        if fact.property in _AT_THE_END and fact.polarity and not manner.replaces:
            sheet.placed.append((fact, manner))
        else:
            self._revise(fact, manner, told, sheet)
        transfer = self._reviser.transfer(fact)
        if transfer is not None:
            self._store(_Statement(said.parse, transfer), told, sheet)

    def _revise(self, fact: Fact, manner: Manner, told: Told, sheet: _Sheet) -> None:
        for closed in self._reviser.revise(self._graph.fact(fact.id), told.day(), told.episode, manner):
            sheet.closed[closed.id] = closed

    def _note_gender(self, fact: Fact, told: Told) -> None:
        """Let somebody who is said to be a girl or a man be of that gender from now on."""
        kind = fact.object.label if isinstance(fact.object, Node) else fact.object.value
        gender = cues.gender(kind) if fact.property in _SORTING and fact.polarity and fact.claimant is None else ""
        if gender and not self._graph.node(fact.subject.iri).gender and fact.subject.kind is not NodeKind.CLASS:
            self._graph.describe_node(fact.subject.iri, gender=gender, episode=told.episode)

    def _report(self, parse: Parse, sentence: Sentence, index: int, sheet: _Sheet) -> None:
        link = sentence.link(index)
        if link.ambiguous:
            names = " or ".join(c.node.label for c in link.ambiguous)
            sheet.held_back.append(f"unclear whom {parse.mentions[index].text} means: {names}")

    def _speakers(self, parses: Sequence[Parse], told: Told) -> list[Node | None]:
        """Return who "I" is in each sentence: the owner in chat, in a document the name before the colon."""
        if told.title is None:
            return [self._graph.self_node()] * len(parses)
        return [self._person(name, told.episode) if name else None for name in voice.speakers(parses)]

    def _person(self, name: str, episode: int) -> Node:
        best = self._linker.choose(self._linker.named(name, "PER"))
        if best and best[0].score >= 0.75 and best[0].node.kind is not NodeKind.SELF:
            return best[0].node
        return self._linker.create(name, NodeKind.NAMED, "PER", episode=episode)

    def _attend(self, parse: Parse, sentence: Sentence) -> None:
        subjects = {r.subject for r in parse.relations if r.property not in STRUCTURAL}
        named = {r.object for r in parse.relations if r.property == "same"}
        mentioned: list[tuple[str, float]] = []
        for link in sentence.links():
            about = link.mention in subjects or parse.mentions[link.mention].tag is Tag.PRONOUN
            level = 1.0 if about else 0.9 if link.mention not in named else 0.8
            level -= LATER * link.mention  # whom a sentence names first it is about
            mentioned += [(n.iri, level) for n in sentence.nodes(link.mention)]
            if len(link.nodes) > 1:
                self._linker.attention.group([n.iri for n in sentence.nodes(link.mention)])
        persons = [i for i, _ in mentioned if self._graph.node(i).tag in ("PER", "ROLE")]
        self._linker.attention.group(list(dict.fromkeys(persons)))
        self._linker.attention.attend(self._graph, mentioned)


def _nodes(fact: Fact) -> set[str]:
    return {fact.subject.iri} | ({fact.object.iri} if isinstance(fact.object, Node) else set[str]())


def _wanted(parse: Parse, taken: Sequence[Relation]) -> set[int]:
    """Return the mentions that a statement needs, and so may become nodes."""
    wanted = {i for r in taken for i in (r.subject, r.object)}
    wanted |= {
        r.object for r in parse.relations if r.property == "coref" and r.subject in wanted
    }  # whom a pronoun means
    return wanted | {c for r in taken if (c := claimant_of(parse, r)) is not None}
