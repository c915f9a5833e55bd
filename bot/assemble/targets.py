"""From what somebody wants forgotten, in words or by options, to the episodes, facts and nodes of a memory.

Takes a memory and a wish, gives a target for `kg.forget`. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.system import UsageError
from kg.forget import Target
from kg.forgotten import says_anything
from kg.log import Episode
from kg.memory import Memory
from kg.names import fold
from nlu.language import CODES, Language
from nlu.period import Period, read_period
from nlu.reach import Reach, Scope
from nlu.tokens import language_of

SAID, READ = ("say",), ("read", "import")


def about(nodes: Iterable[str], within: frozenset[int] | None = None, *, names: Iterable[str] = ()) -> Target:
    """Return everything that was told about nodes, or about names that no node bears, in all episodes or in some."""
    pronouns = tuple(word for code in CODES for word in Language.load(code).pronouns())
    return Target(nodes=tuple(nodes), within=within, names=tuple(names), pronouns=pronouns)


class Unclear(Exception):
    """A title fits several documents; the message names them."""


def reached(memory: Memory, reach: Reach, *, before: int, nodes: Sequence[str] = ()) -> Target | None:
    """Return what a request in words reaches among the episodes before its own; None: nothing.

    `nodes` are those whom the request names. Raises Unclear.
    """
    match reach.scope:
        case Scope.PERIOD if reach.period is not None:
            kinds = SAID if reach.said_only else (*SAID, *READ)
            found = in_period(memory, reach.period, kinds, before=before)
            if reach.about:
                within = frozenset(episode.id for episode in found)
                return about(nodes, within) if nodes and within else None
        case Scope.MESSAGES | Scope.THAT:
            found = last_said(memory, reach.count, before=before)
        case Scope.DOCUMENTS:
            found = [e for e in _documents(memory, reach.period) if e.id < before]
            found = titled(found, reach.titles) if reach.titles else found[-1:] if reach.sure else []
        case _:
            return None
    return Target(episodes=tuple(episode.id for episode in found)) if found else None


def last_said(memory: Memory, count: int, *, before: int) -> list[Episode]:
    """Return the last messages; a single one is the last that told something, if any did."""
    said = [e for e in memory.episodes(kind="say") if e.id < before and says_anything(e.text)]
    if count == 1:
        told = [e for e in said[-4:] if memory.passages_of(e.id) or memory.facts_from(e.id)]
        return told[-1:] or said[-1:]
    return said[-count:]


def in_period(memory: Memory, period: Period, kinds: Collection[str], *, before: int | None = None) -> list[Episode]:
    """Return the episodes of these kinds in a stretch of time of which anything is left."""
    return [
        e
        for e in memory.episodes()
        if e.kind in kinds
        and (before is None or e.id < before)
        and datetime.fromisoformat(e.at) in period
        and (says_anything(e.text) or e.title)
    ]


def titled(documents: Sequence[Episode], titles: Iterable[str]) -> list[Episode]:
    """Return the documents of a title, or else of the one title that it is a part of. Raises Unclear."""
    for title in map(fold, titles):
        exact = [
            e for e in documents if title and title in (fold(e.title), fold(e.title.rpartition(".")[0] or e.title))
        ]
        if exact:
            return exact
    for title in map(fold, titles):
        part = [e for e in documents if len(title) > 2 and title in fold(e.title)]
        names = sorted({e.title for e in part})
        if len(names) > 1:
            raise Unclear(", ".join(f"“{name}”" for name in names[:5]))
        if part:
            return part
    return []


def named_document(memory: Memory, title: str) -> list[Episode]:
    """Return the documents whose title is exactly this."""
    return [e for e in _documents(memory, None) if fold(e.title) == fold(title)]


def period_of(since: str, until: str, now: datetime) -> Period | None:
    """Return the stretch from where one date begins to where another ends. Raises UsageError."""
    first, last = _date(since, now), _date(until, now)
    if first is None and last is None:
        return None
    return Period(first.since if first else None, (last.until or last.since) if last else None)


def named_period(text: str, now: datetime) -> Period | None:
    """Return the stretch of time that a text names, None if it names none."""
    return read_period(text, now, language_of(text))


def messages_numbered(memory: Memory, numbers: Iterable[str]) -> list[Episode]:
    """Return the messages of these numbers, or the "last". Raises UsageError."""
    found: list[Episode] = []
    for number in numbers:
        if number == "last":
            found += last_said(memory, 1, before=1 << 62)
            continue
        digits = number.removeprefix("#")
        episode = _episode(memory, int(digits)) if digits.isascii() and digits.isdigit() else None
        if episode is None or episode.kind == "reply":
            raise UsageError(f"there is no message {number!r}; give a citation's episode (ask --json), or last")
        found.append(episode)
    return found


def _episode(memory: Memory, number: int) -> Episode | None:
    try:
        return memory.episode(number)
    except KeyError:
        return None


def _documents(memory: Memory, period: Period | None) -> list[Episode]:
    return [
        e
        for e in memory.episodes()
        if e.kind in READ
        and (e.title or says_anything(e.text))
        and (period is None or datetime.fromisoformat(e.at) in period)
    ]


def _date(text: str, now: datetime) -> Period | None:
    if not text:
        return None
    found = named_period(text, now)
    if found is None:
        raise UsageError(f"{text!r} is no date; write 2026-03-11, yesterday, last week, 昨天 …")
    return found
