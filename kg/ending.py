"""What a sentence ends without naming its other end: "they got divorced", "Kjell stepped down", 卜凡下课了, 伞还回来了.

Takes a linked sentence, gives the standing statements that it ends and when. Stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.attention import Attention
from kg.fact import Fact, Graph, Node, When
from kg.interval import before, interval
from kg.link import Sentence
from nlu.parse import Act, Factuality, Kind, Parse, Tag

_PAIRS = ("P26", "P451")
_POSTS_OF = ("P1037", "P169", "P286", "P488", "P6", "P35")  # whose object holds the post
_POSTS = ("P39",)
_PARTED = re.compile(
    r"\b(?:divorced?|split up|broke up|broken up|separated|called off (?:the|their) \w+|over between)\b"
    r"|离了?婚|離了?婚|分了?手|散伙|一拍两散",
    re.IGNORECASE,
)
_STEPPED = re.compile(
    r"^(?:'s| has| have| had)?\s*(?:just |finally |already )?"
    r"(?:step(?:ped|s) down|stood down|resign(?:ed|s)|retired?|was (?:fired|sacked|voted out))\b"
    r"|^(?:已经|刚|昨天|上周)?(?:下课|卸任|辞职|下台|退休|退位|被免职|被罢免)",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"\b(?:br(?:ought|ings?)|g[ai]ven?|got|gets?|hand(?:ed|s)|sen[dt]s?|t[ao]+ken?|(?:has|have|had|have got))\b[^.;:!?]{0,40}?\bback\b"
    r"|\breturn(?:ed|s)\b|还给|還給|[归歸]还|[还還送拿要](?:了)?回来?|[还還]了|物归原主",
    re.IGNORECASE,
)
_LOAN = "tt:lentTo"
_OTHER_POST = re.compile(r"^\s*(?:as|from)\b|^.{0,2}(?:做|当)", re.IGNORECASE)


def ended(sentence: Sentence, graph: Graph, attention: Attention, day: str) -> tuple[tuple[Fact, ...], When] | None:
    """Return the statements that a sentence ends, and when they ended; None if it ends nothing by itself."""
    parse = sentence.parse
    if parse.act not in (Act.TELL, Act.CORRECT, Act.OTHER):
        return None
    if (parted := _PARTED.search(parse.text)) and _is_told(parse, parted.start()):
        facts = _bonds(sentence, graph, attention)
    elif (returned := _RETURNED.search(parse.text)) and _is_told(parse, returned.start()):
        facts = _loans(sentence, graph)
    else:
        facts = _posts(sentence, graph)
    return (facts, _when(parse, day)) if facts else None


def _bonds(sentence: Sentence, graph: Graph, attention: Attention) -> tuple[Fact, ...]:
    """Return the marriage that is over: of those the sentence names, else of the couple in focus."""
    if any(r.property in _PAIRS for r in sentence.parse.relations):
        return ()
    linked = [n for i in range(len(sentence.parse.mentions)) for n in sentence.nodes(i)]
    persons = linked if len({n.iri for n in linked}) > 1 else [graph.node(a.iri) for a in attention.focus()[:4]]
    known = {node.iri for node in persons}
    found = [f for iri in known for p in _PAIRS for f in graph.facts(iri, p, include_past=False)]
    bonds = {f.id: f for f in found if f.is_open() and isinstance(f.object, Node) and f.object.iri in known}
    return tuple(bonds.values()) if len(bonds) == 1 else ()


def _loans(sentence: Sentence, graph: Graph) -> tuple[Fact, ...]:
    """Return the loans of what a sentence says has come back: its things, or all of the person it names alone."""
    nodes = {n.iri: n for i in range(len(sentence.parse.mentions)) for n in sentence.nodes(i)}
    known = [f for iri in nodes for f in graph.facts(iri, _LOAN, include_past=False)]
    of_person = [f for iri in nodes for f in graph.facts(property=_LOAN, object=iri, include_past=False)]
    named = known or (of_person if len(of_person) == 1 else [])
    told_now = {f.id for f in named if any(s.episode == sentence.episode for s in f.sources)}
    return tuple({f.id: f for f in named if f.is_open() and f.id not in told_now}.values())


def _posts(sentence: Sentence, graph: Graph) -> tuple[Fact, ...]:
    """Return the posts that somebody named here gave up."""
    found: dict[int, Fact] = {}
    for index, mention in enumerate(sentence.parse.mentions):
        after = sentence.parse.text[mention.span.end :]
        gone = _STEPPED.match(after) if mention.kind in (Kind.NAME, Kind.PRONOUN, Kind.ROLE) else None
        if gone is None or _OTHER_POST.match(after[gone.end() :]) or not _is_told(sentence.parse, mention.span.end):
            continue
        for node in sentence.nodes(index):
            facts: Sequence[Fact] = [
                *(f for p in _POSTS_OF for f in graph.facts(property=p, object=node.iri, include_past=False)),
                *(f for p in _POSTS for f in graph.facts(node.iri, p, include_past=False)),
            ]
            found |= {f.id: f for f in facts if f.is_open() and all(s.episode != sentence.episode for s in f.sources)}
    return tuple(found.values())


def _is_told(parse: Parse, at: int) -> bool:
    """Whether the words at a place are meant as so: not supposed, asked or hearsay, nor denied."""
    inner = [c for c in parse.clauses if c.span.start <= at < c.span.end]
    return not inner or min(inner, key=lambda c: c.span.end - c.span.start).factuality is Factuality.ASSERTED


def _when(parse: Parse, day: str) -> When:
    dates = [when for m in parse.mentions if m.tag is Tag.DATE and (when := interval(m.value, m.text)) is not None]
    past = before(day)
    if len(dates) != 1 or dates[0].earliest > day:
        return past
    return When(min(dates[0].earliest, past.latest), min(dates[0].latest, past.latest), dates[0].text)
