"""Statements that can't both hold and of which neither ends the other: finds them, and sees which of them a reply picks.

Takes a graph, facts and a parse; gives facts. What holds one value for good is declared in the ontology; places that lie in one
another and dates of different precision don't contradict. Nothing is closed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.fact import Fact, Graph, Literal, Node
from kg.interval import interval
from kg.names import fold
from kg.revise import Reviser
from nlu.parse import Act, Factuality, Parse

_TRIVIAL = frozenset({"P21", "P138", "P577", "P1619"})  # gender is corrected by itself; a work comes out in many places
_NO_REPLIES = frozenset({Act.ASK, Act.FORGET, Act.SOURCE, Act.SUMMARY})


def rivals(graph: Graph, reviser: Reviser, fact: Fact) -> tuple[Fact, ...]:
    """Return the standing statements that a new one contradicts, told by another message."""
    if not reviser.lasts(fact.property) or fact.property in _TRIVIAL or not fact.is_open():
        return ()
    told = {source.episode for source in fact.sources}
    others = graph.facts(fact.subject.iri, fact.property, include_past=False)
    return tuple(
        f for f in others
        if f.id != fact.id and f.is_open() and not told & {s.episode for s in f.sources}
        and not _agree(f.object, fact.object) and not reviser.lies_within(f.object, fact.object)
    )  # fmt: skip


def picked(graph: Graph, facts: Sequence[Fact], parses: Sequence[Parse]) -> Fact | None:
    """Return which of contradicting statements a reply says is right: the one whose value it names, or doesn't deny."""
    if any(parse.act in _NO_REPLIES for parse in parses):
        return None
    named, denied = set[int](), set[int]()
    for parse in parses:
        for mention in parse.mentions:
            stances = {c.factuality for c in parse.clauses if c.span.covers(mention.span)}
            for fact in facts:
                if fold(mention.text) in _names(graph, fact.object) or (
                    mention.value
                    and isinstance(fact.object, Literal)
                    and fact.object.value in (mention.value, mention.yearly)
                ):
                    (denied if Factuality.DENIED in stances else named).add(fact.id)
    left = [f for f in facts if f.id in named] or [f for f in facts if denied and f.id not in denied]
    return left[0] if len(left) == 1 else None


def _names(graph: Graph, thing: Node | Literal) -> set[str]:
    if isinstance(thing, Node):
        return {fold(name) for name in (thing.label, *graph.labels(thing.iri))}
    return {fold(thing.value)}


def _agree(one: Node | Literal, other: Node | Literal) -> bool:
    """Whether two values may be the same, told with more or less precision."""
    if isinstance(one, Node) or isinstance(other, Node):
        return one == other
    a, b = one.value, other.value
    if a.startswith("--") or b.startswith("--"):  # a day of every year
        return a[-5:] == b[-5:] or min(len(a), len(b)) < len("--08-04")
    first, second = interval(a), interval(b)
    if first is None or second is None:
        return fold(a) == fold(b)
    return first.earliest <= second.latest and second.earliest <= first.latest
