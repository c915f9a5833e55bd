"""Whether a fact answers for the time that is asked about, and what its dates say.

Takes a fact and a time constraint, gives a weight in [0, 1]; knows no graph and no words.
"""

from __future__ import annotations

import calendar
from datetime import date

from kg.fact import Fact, Literal, Rank, When
from kg.pattern import Era, Moment
from kg.readings import LASTING

DISTANT = "0001-01-01"  # the past of unknown date


def fitness(fact: Fact, moment: Moment, day: str) -> float:
    """Return how well a fact fits a time: 0 not at all, 1 certainly. Polarity and claimant don't count here."""
    if fact.rank is Rank.DEPRECATED:
        return 0.0
    match moment.era:
        case Era.NOW:
            return float(_holds(fact, day))
        case Era.ANY:
            return 1.0 if _holds(fact, day) else 0.5
        case Era.PAST:
            return 1.0 if _is_over(fact, day) else 0.5 if _holds(fact, day) else 0.0
        case Era.AT:
            return _at(fact, moment.when)
        case Era.BEFORE:
            return _before(fact, moment.when, day)
        case Era.AFTER:
            return _after(fact, moment.when)


def began(fact: Fact) -> When | None:
    """Return when a fact began or happened, None if that was not told."""
    for when in (fact.start, fact.point):
        if when is not None and when.earliest != DISTANT:
            return when
    return None


def ended(fact: Fact) -> When | None:
    """Return when a fact ended, None if it has not or that was not told."""
    return fact.end if fact.end is not None and fact.end.earliest != DISTANT else None


def as_literal(when: When) -> Literal:
    """Return an interval as a date of the precision it has.

    >>> as_literal(When("1954-05-01", "1954-05-31")).value
    '1954-05'
    """
    first, last = when.earliest, when.latest
    if first[4:] == "-01-01" and last == first[:4] + "-12-31":
        return Literal(first[:4], "date")
    days = calendar.monthrange(int(first[:4]), int(first[5:7]))[1]
    if first[8:] == "01" and last == f"{first[:7]}-{days:02}":
        return Literal(first[:7], "date")
    return Literal(first if first == last else f"{first}/{last}", "date")


def years_between(start: str, end: str) -> int:
    """Return the years from one ISO date to another: whole ones between days, else the difference of the years.

    >>> years_between("1990-06-01", "1994-05-01"), years_between("1972", "1995")
    (3, 23)
    """
    years = int(end[:4]) - int(start[:4])
    if len(start) == len(end) == 10:
        one, other = date.fromisoformat(start), date.fromisoformat(end)
        years -= (other.month, other.day) < (one.month, one.day)
    return years


def _holds(fact: Fact, day: str) -> bool:
    started = fact.start is None or fact.start.earliest <= day
    return started and not _is_over(fact, day)


def _is_over(fact: Fact, day: str) -> bool:
    return fact.end is not None and fact.end.latest < day


def _at(fact: Fact, when: When | None) -> float:
    if when is None:
        return 0.0
    if fact.point is not None and fact.start is None and fact.end is None:
        if fact.point.earliest <= when.latest and when.earliest <= fact.point.latest:
            return 1.0
        return 0.0 if fact.property in LASTING or fact.point.earliest > when.latest else 0.8
    if fact.start is None and fact.end is None:
        return 0.5 if fact.property in LASTING else 0.0
    if fact.start is not None and fact.start.earliest > when.latest:
        return 0.0
    if fact.end is not None and fact.end.latest < when.earliest:
        return 0.0
    if fact.start is None and ended(fact) is None:
        return 0.6  # over at some unknown time
    return 1.0 if fact.start is not None and fact.end is not None else 0.8


def _before(fact: Fact, when: When | None, day: str) -> float:
    if when is None:
        return float(_is_over(fact, day))
    if fact.end is not None and fact.end.earliest != DISTANT:
        return float(fact.end.earliest <= when.latest and (fact.start is None or fact.start.latest <= when.earliest))
    if fact.end is not None:
        return 0.8
    since = began(fact)
    return 0.8 if since is not None and since.latest < when.earliest else 0.0


def _after(fact: Fact, when: When | None) -> float:
    since = began(fact)
    if when is None or since is None:
        return 0.5 if when is None and fact.end is None else 0.0
    return float(since.earliest >= when.earliest)
