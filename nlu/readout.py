"""From a pass's scores to decisions: relations with their factuality and certainty, and the clauses of a sentence.

Takes mentions, log-chances and thresholds, gives the values of `nlu.parse`; runs no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from torch import Tensor

from nlu.certainty import Doubt
from nlu.labels import ACTS, FACTUALITIES
from nlu.language import Language
from nlu.parse import Act, Clause, Factuality, Mention, Relation, Span, Tag
from nlu.reach import is_reminder
from nlu.tokens import Token


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on its way through the network."""

    text: str
    span: Span
    tokens: tuple[Token, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Found:
    """A mention and its tokens."""

    start: int
    end: int
    mention: Mention


class Sure(Protocol):
    """Says how sure a relation is, from what the heads say of it."""

    def of(self, doubt: Doubt) -> float: ...


SURE_TO_FORGET = 0.9  # what can't be taken back is done only where it was surely meant


def act_of(chances: Sequence[float], mentions: Sequence[Mention], text: str, language: str = "en") -> tuple[Act, float]:
    """Return the likeliest act of a sentence with its chance, in [0, 1].

    A request to forget must be a sure one, and no reminder. A question about anybody but the assistant is no small talk.
    """
    worded = any(m.tag is Tag.WH for m in mentions) or Language.load(language).wh(text) is not None
    asks = text.rstrip().endswith(("?", "？")) and worded
    about_us = any(m.tag is Tag.YOU for m in mentions)
    for chance, act in sorted(zip(chances, ACTS, strict=True), reverse=True):
        unsure = act is Act.FORGET and (chance < SURE_TO_FORGET or is_reminder(text, language))
        if act in (Act.CHAT, Act.OTHER) and asks and not about_us:
            return Act.ASK, chances[ACTS.index(Act.ASK)]
        if not unsure:
            return act, chance
    return Act.OTHER, 0.0


def one_owner(related: Iterable[tuple[int, int, str, float]]) -> list[tuple[int, int, str, float]]:
    """Return the relations with one possessor a role, the likeliest."""
    rows = list(related)
    owners: dict[int, float] = {}
    for _, o, label, confidence in rows:
        if label == "role":
            owners[o] = max(owners.get(o, 0.0), confidence)
    return [row for row in rows if row[2] != "role" or row[3] == owners[row[1]]]


def relate(
    related: Iterable[tuple[int, int, str, float]],
    found: Sequence[Found],
    commitment: Tensor,
    certainty: Sure,
    language: str,
) -> tuple[Relation, ...]:
    """Return relations with the factuality of the stretch each stands in, the claimant of reported ones, and how sure all is."""
    rows = list(related)
    claimants = {o: s for s, o, label, _ in rows if label == "claims"}
    relations: list[Relation] = []
    for s, o, label, confidence in rows:
        left, right = min(found[s].start, found[o].start), max(found[s].end, found[o].end)
        weights = commitment[left:right].mean(0)
        cut_off = left >= len(commitment)  # past what the trunk reads
        factuality = Factuality.ASSERTED if cut_off else FACTUALITIES[int(weights.argmax())]
        committed = 1.0 if cut_off else float(weights.max().exp())
        claimant = claimants.get(o, claimants.get(s)) if factuality is Factuality.REPORTED else None
        ends = found[s].mention.confidence, found[o].mention.confidence
        sure = certainty.of(Doubt(confidence, *ends, committed, language == "zh"))
        relations.append(Relation(s, label, o, sure, factuality, claimant))
    return _projected(relations, found)


def _projected(relations: Sequence[Relation], found: Sequence[Found]) -> tuple[Relation, ...]:
    """Return the relations with what an apposition takes for granted asserted: "my cousin Ralf" in "… isn't married".

    Nor does it hang on who says the rest: "Lena's sister Priska swears it isn't true".

    Source: presuppositions project out of negation and of reports (Karttunen 1973).
    """
    named = {r.subject for r in relations if r.property == "same" and found[r.subject].end == found[r.object].start}

    def taken_for_granted(r: Relation) -> bool:
        if r.factuality not in (Factuality.DENIED, Factuality.REPORTED):
            return False
        apposed = r.property == "same" and found[r.subject].end == found[r.object].start
        return apposed or (r.property == "role" and r.object in named)

    return tuple(
        replace(r, factuality=Factuality.ASSERTED, claimant=None) if taken_for_granted(r) else r for r in relations
    )


def clauses_of(sentence: Sentence, commitment: Tensor, act: Act) -> tuple[Clause, ...]:
    """Return the stretches of one factuality, cut only at punctuation."""
    length = commitment.shape[0]
    cuts = [0, *(n + 1 for n, token in enumerate(sentence.tokens[:length]) if token.text in _PAUSES), length]
    clauses: list[Clause] = []
    for left, right in pairwise(sorted(set(cuts))):
        chances = commitment[left:right].mean(0).exp()
        factuality = FACTUALITIES[int(chances.argmax())]
        span = Span(sentence.tokens[left].span.start, sentence.tokens[right - 1].span.end)
        if clauses and clauses[-1].factuality is factuality:
            last = clauses.pop()
            span = Span(last.span.start, span.end)
        clauses.append(Clause(span, act, factuality, float(chances.max())))
    return tuple(clauses)


_PAUSES = frozenset(",;:，；：、()（）—-")
