"""What a sentence's structure commits its speaker to: takes a parse and a relation, gives answers about the two.

Knows no graph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.fact import Literal, When
from kg.interval import interval
from nlu.parse import STRUCTURAL, Factuality, Parse, Relation, Tag


def presupposed(parse: Parse, relation: Relation) -> bool:
    """Whether a role or naming counts: asserted, denied as such, or taken for granted by the rest of its clause."""
    if relation.factuality in (Factuality.ASSERTED, Factuality.DENIED):
        return True
    if relation.factuality in (Factuality.ASKED, Factuality.NONE):
        return False
    return touches_content(parse, relation)


def touches_content(parse: Parse, relation: Relation) -> bool:
    """Whether something else is said of a relation's ends; of a role, of its holder: what its owner does takes nobody for granted."""
    cluster = {relation.object} if relation.property == "role" else {relation.subject, relation.object}
    links = [r for r in parse.relations if r.property in ("role", "same", "coref")]
    for _ in links:
        for r in links:
            if parse.mentions[r.subject].tag is not Tag.SELF and {r.subject, r.object} & cluster:
                cluster |= {r.object} | ({r.subject} if r.property != "role" else set[int]())
    cluster.discard(relation.subject if parse.mentions[relation.subject].tag is Tag.SELF else -1)
    content = [r for r in parse.relations if r.property not in STRUCTURAL or r.property == "claims"]
    return any({r.subject, r.object, r.claimant} & cluster for r in content)


def claimant_of(parse: Parse, relation: Relation) -> int | None:
    if relation.claimant is not None:
        return relation.claimant
    if relation.factuality is not Factuality.REPORTED:
        return None
    return next((r.subject for r in parse.relations if r.property == "claims" and r.object == relation.object), None)


def times(parse: Parse, indices: Sequence[int]) -> tuple[When | None, When | None, When | None]:
    found: dict[str, When] = {}
    dated = [r for r in parse.relations if r.property in ("P580", "P582", "P585") and r.subject in indices]
    for r in sorted(dated, key=lambda r: r.confidence):  # the likeliest of each kind is written last
        date = parse.mentions[r.object]
        when = interval(date.value or date.text, date.text)
        if when is not None:
            found[r.property] = when
    start, end = found.get("P580"), found.get("P582")
    if start is not None and end is not None and end.latest < start.earliest:
        end = None  # misread: nothing ends before it begins
    return start, end, found.get("P585")


def literal(parse: Parse, index: int) -> Literal:
    mention = parse.mentions[index]
    if mention.tag is Tag.DATE:
        return Literal(mention.value or mention.text, "date")
    return Literal(mention.text, "quantity" if mention.value else "string")


def lead_in(parse: Parse, relation: Relation) -> str:
    """Return the words that lead to a relation's object: back to the last stop or the last other mention."""
    span = parse.mentions[relation.object].span
    return _before(parse, relation) + span.of(parse.text)


def surroundings(parse: Parse, relation: Relation) -> tuple[str, str]:
    """Return the words before a relation's object, as `lead_in`, and after it, up to the next stop or mention but a date."""
    end = parse.mentions[relation.object].span.end
    skipped = (Tag.SELF, Tag.DATE)
    following = [m.span.start for m in parse.mentions if m.span.start >= end and m.tag not in skipped]
    stop = re.search(r"[,;，；。.]", parse.text[end:])
    following += [end + stop.start()] if stop else []
    return _before(parse, relation), parse.text[end : min(following, default=len(parse.text))]


def _before(parse: Parse, relation: Relation) -> str:
    start = parse.mentions[relation.object].span.start
    others = [m.span.end for i, m in enumerate(parse.mentions) if m.span.end <= start and i != relation.subject]
    stops = [m.end() for m in re.finditer(r"[,;:，；：。、]", parse.text[:start])]
    return parse.text[max([0, *others, *stops]) : start]
