"""When two statements are one, and what a draft becomes in the log: pure functions from drafts and facts to outcomes.

Takes the values of `kg.fact`, gives those of `kg.outcome`; touches no storage.
"""

from __future__ import annotations

from kg.fact import Draft, Fact, Literal, Rank, Source, When
from kg.log import storable
from kg.outcome import Interval, SourceAdded, StatementAdded, StatementQualified

OPEN_PROPERTIES = frozenset({"tt:relatedTo", "tt:value"})  # here the role noun is the relation: it tells facts apart


def is_same(fact: Fact, draft: Draft) -> bool:
    """Return whether a draft of the same subject, property, object, polarity and claimant says what the fact says.

    Validities are compatible when no bound contradicts: a bound that one side doesn't know contradicts nothing, and
    a statement that is over by the time of the draft isn't what an undated draft says anew.
    """
    if fact.rank is Rank.DEPRECATED:
        return False
    if fact.property in OPEN_PROPERTIES and fact.role and draft.role and fact.role != draft.role:
        return False
    pairs = ((fact.start, draft.start), (fact.end, draft.end), (fact.point, draft.point))
    if not all(a is None or b is None or _overlap(a, b) for a, b in pairs):
        return False
    undated = draft.start is None and draft.end is None and draft.point is None
    over = fact.end is not None and fact.end.latest < draft.source.said_at[:10]
    if undated and over:
        return False
    begins_later = fact.end is not None and draft.start is not None and not draft.start.could_be_before(fact.end)
    ends_sooner = fact.start is not None and draft.end is not None and not fact.start.could_be_before(draft.end)
    return not begins_later and not ends_sooner


def has_source(fact: Fact, source: Source) -> bool:
    """Return whether the fact rests on the source's stretch of text already."""
    place = (source.episode, source.start, source.end)
    return any((s.episode, s.start, s.end) == place for s in fact.sources)


def as_statement(fact_id: int, subject: str, obj: Literal, claimant: str, draft: Draft) -> StatementAdded:
    """Return the outcome that adds a draft; `obj` without a datatype is a node's IRI."""
    return StatementAdded(
        fact_id,
        subject,
        draft.property,
        storable(obj.value),
        obj.datatype,
        obj.language,
        draft.polarity,
        claimant,
        as_interval(draft.start),
        as_interval(draft.end),
        as_interval(draft.point),
        storable(draft.role),
        draft.confidence,
    )


def as_source(fact_id: int, s: Source) -> SourceAdded:
    """Return the outcome that adds a source to a statement."""
    speaker, title = storable(s.speaker), storable(s.title)
    return SourceAdded(fact_id, s.episode, s.start, s.end, speaker, s.said_at, s.extractor, s.confidence, title)


def filled_in(fact: Fact, draft: Draft) -> StatementQualified | None:
    """Return the outcome by which a standing fact takes what the draft knows better, None if that is nothing."""
    start, end, point = (
        _sharper(old, new) for old, new in ((fact.start, draft.start), (fact.end, draft.end), (fact.point, draft.point))
    )
    new = qualify(
        fact, start, end, point, role=fact.role or draft.role, confidence=max(fact.confidence, draft.confidence)
    )
    return None if new.was == (new.start, new.end, new.point, new.role, new.confidence, new.rank) else new


def qualify(
    fact: Fact,
    start: When | None,
    end: When | None,
    point: When | None,
    *,
    role: str | None = None,
    confidence: float | None = None,
    rank: Rank | None = None,
) -> StatementQualified:
    """Return the outcome that sets a fact's validity, and its role, confidence and rank if given."""
    before = (as_interval(fact.start), as_interval(fact.end), as_interval(fact.point))
    return StatementQualified(
        fact.id,
        as_interval(start),
        as_interval(end),
        as_interval(point),
        fact.role if role is None else storable(role),
        fact.confidence if confidence is None else confidence,
        (fact.rank if rank is None else rank).value,
        (*before, fact.role, fact.confidence, fact.rank.value),
    )


def as_interval(when: When | None) -> Interval | None:
    """Return a validity bound as the log holds it."""
    return None if when is None else (when.earliest, when.latest, storable(when.text))


def _overlap(a: When, b: When) -> bool:
    return a.earliest <= b.latest and b.earliest <= a.latest


def _sharper(old: When | None, new: When | None) -> When | None:
    """Return the bound that says more; the standing one unless the new one lies strictly within it."""
    if old is None or new is None:
        return old or new
    within = old.earliest <= new.earliest and new.latest <= old.latest
    return new if within and (old.earliest, old.latest) != (new.earliest, new.latest) else old
