"""Small decisions of a turn, as pure functions of parses, facts and citations: no space, no model, no index."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.listing import triple_of
from bot.message import Citation, Triple
from generation.evidence import Evidence
from generation.phrasing import language_of as phrases_of
from kg.fact import Fact, Learned, Node, NodeKind
from kg.log import LoggedPassage
from kg.recalled import Recalled
from kg.redact import BLOCK
from nlu.dates import format_date, weekday_of
from nlu.language import Language
from nlu.parse import Act, Factuality, Kind, Parse

KEPT_ACTS = frozenset({Act.TELL, Act.CORRECT, Act.OTHER, Act.REQUEST, Act.CHAT})  # whose sentences can be quoted later
_COMMITTED = frozenset({Factuality.ASSERTED, Factuality.DENIED, Factuality.REPORTED})


@dataclass(frozen=True, slots=True)
class Pending:
    """The question that we asked back about, and whom it could mean; `left` are those not chosen yet."""

    question: Parse
    candidates: tuple[Node, ...]
    chosen: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[Node, ...]:
        return tuple(node for node in self.candidates if node.iri not in self.chosen) if self.chosen else ()

    def without(self, node: Node) -> Pending:
        return Pending(self.question, self.candidates, (*self.chosen, node.iri))


def asked_for(found: Recalled) -> tuple[Fact, ...]:
    """Return the proofs that hold what was asked for, without those that only say whose it is ("my son's school")."""
    values = [answer.value for answer in found.answers]
    ends = tuple(f for f in found.proofs if f.object in values or f.subject in values)
    told = tuple(f for f in ends or found.proofs if not f.role)
    return told or ends or found.proofs


def is_evidence(parse: Parse) -> bool:
    """Whether a sentence of the chat can be quoted: told, and not merely supposed, wished or asked."""
    committed = sum(
        c.span.end - c.span.start for c in parse.clauses if c.factuality in _COMMITTED or c.confidence < 0.7
    )
    return parse.act in KEPT_ACTS and 2 * committed > len(parse.text)


def contradicted(learned: Learned) -> frozenset[tuple[int, int]]:
    """Return the spans of sentences of which all waits in the inbox, so that they can't be quoted as what is so."""
    told = {(s.start, s.end) for fact in (*learned.new, *learned.corroborated) for s in fact.sources}
    return frozenset((s.start, s.end) for w in learned.waiting for s in w.fact.sources) - told


def unbroken(parse: Parse) -> Parse:
    """Return a sentence without the relations that lost an end to a forgetting."""
    if BLOCK not in parse.text:
        return parse
    torn = {n for n, mention in enumerate(parse.mentions) if BLOCK in mention.text}
    return replace(parse, relations=tuple(r for r in parse.relations if not {r.subject, r.object} & torn))


def is_bare(parse: Parse) -> bool:
    """Whether a question says nothing by itself: "which ones are they?", with neither a name nor a statement."""
    kinds = {m.kind for m in parse.mentions}
    return not parse.relations and Kind.VARIABLE in kinds and kinds <= {Kind.PRONOUN, Kind.VARIABLE}


def is_other(parse: Parse) -> bool:
    """Whether a reply means "the other one": no name, no statement, only a pronoun."""
    return not parse.relations and all(m.kind in (Kind.PRONOUN, Kind.VARIABLE) for m in parse.mentions)


def where_from(citations: Sequence[Citation], user: str, language: str) -> str:
    """Return the sources of an answer in words: what the user said, or which document holds it."""
    speech = phrases_of(language)
    said = [
        speech.say("told_by_you", text=c.text, n=str(c.number))
        if c.source.startswith(f"{user}, ")
        else speech.say("found_in", text=c.text, n=str(c.number), source=c.source)
        for c in citations
    ]
    return speech.say("space").join(said)


def dater(question: Parse) -> Callable[[str, str], str]:
    """Return how to word dates in an answer: as weekdays where a weekday is asked for."""
    words = Language.load(question.language).words.weekday_asked
    if not any(word in question.text.casefold() for word in words):
        return format_date

    def weekday(iso: str, language: str) -> str:
        return weekday_of(date.fromisoformat(iso), language) if len(iso) == 10 else format_date(iso, language)

    return weekday


def passage_evidence(number: int, p: LoggedPassage) -> Evidence:
    return Evidence(number, p.text, 0.5, p.episode, p.start, p.end, p.title)


def triples(facts: Sequence[Fact]) -> tuple[Triple, ...]:
    return tuple(triple_of(fact) for fact in facts if fact.polarity and fact.claimant is None and not _is_count(fact))


def _is_count(fact: Fact) -> bool:
    """Whether a statement only says how many there are of a kind."""
    return fact.property == "tt:value" and fact.subject.kind is NodeKind.CLASS


def is_news(fact: Fact) -> bool:
    """Whether a fact is worth repeating: not that somebody has an unnamed father, nor a bare count."""
    return not _is_count(fact) and not (
        fact.role and isinstance(fact.object, Node) and fact.object.kind is NodeKind.ROLE
    )


def state_of(text: str) -> dict[str, object]:
    return json.loads(text) if text.startswith("{") else {}
