"""Calendars (.ics, iCalendar): text in, a document an event out, in sentences, Chinese ones where its name is Chinese.

The parser is `icalendar`. Hours are told as they stand, in the event's own time zone; cancelled events are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from bot.document import Document, DocumentError, flatten, paragraphs, title_of
from bot.sources.wording import is_chinese, join_names, name_day

_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
_REMEDY = "export the calendar again as .ics"


@dataclass(frozen=True, slots=True)
class _Words:
    """The sentences of a language."""

    takes_place: str
    at: str  # where
    on: str  # when: one day
    between: str  # when: several days
    repeats: Mapping[str, str]  # by frequency
    takes_part: tuple[str, str]  # one, several
    organises: str


_EN = _Words(
    "{what} takes place{where}{when}.",
    " at {where}",
    " on {begin}",
    " from {begin} to {end}",
    {
        "DAILY": "{what} takes place every day.",
        "WEEKLY": "{what} takes place every week.",
        "MONTHLY": "{what} takes place every month.",
        "YEARLY": "{what} takes place every year.",
    },
    ("{who} takes part in {what}.", "{who} take part in {what}."),
    "{who} organises {what}.",
)
_ZH = _Words(
    "{what}{when}{where}举行。",
    "在{where}",
    "于{begin}",
    "于{begin}至{end}",
    {
        "DAILY": "{what}每天举行。",
        "WEEKLY": "{what}每周举行。",
        "MONTHLY": "{what}每月举行。",
        "YEARLY": "{what}每年举行。",
    },
    ("{who}参加{what}。", "{who}参加{what}。"),
    "{who}组织{what}。",
)


def read_calendar(text: str, *, where: str, path: str) -> Iterator[Document]:
    """Yield a document for each event with a name and a day.

    Raises DocumentError, for broken events at the end: the others are read all the same.
    """
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except _BROKEN as error:
        raise DocumentError(where, f"broken calendar ({flatten(str(error))}); {_REMEDY}") from None
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not events:
        raise DocumentError(where, f"no events in it; {_REMEDY}")
    broken = 0
    for event in events:
        try:
            document = _document(event, path) if isinstance(event, Event) else None
        except _BROKEN:
            broken += 1
            continue
        if document is not None:
            yield document
    if broken:
        raise DocumentError(where, f"{broken} of {len(events)} events can't be read; {_REMEDY}")


def _document(event: Event, path: str) -> Document | None:
    """Return an event in sentences, None where it has no name or no day, or was cancelled."""
    what = title_of(_text(event, "SUMMARY")).rstrip(".。 ")
    begin = _moment(event, "DTSTART")
    if not what or begin is None or _text(event, "STATUS").upper() == "CANCELLED":
        return None
    words = _ZH if is_chinese(what) else _EN
    place = flatten(_text(event, "LOCATION")).rstrip(".。 ")
    sentences = [
        words.takes_place.format(
            what=what, when=_when(begin, _end(event, begin), words), where=words.at.format(where=place) if place else ""
        )
    ]
    if again := words.repeats.get(_frequency(event)):
        sentences.append(again.format(what=what))
    if organiser := _people(event, "ORGANIZER"):
        sentences.append(words.organises.format(who=organiser[0], what=what))
    if guests := _people(event, "ATTENDEE"):
        who = join_names(guests, chinese=words is _ZH)
        sentences.append(words.takes_part[len(guests) > 1].format(who=who, what=what))
    notes = paragraphs(_text(event, "DESCRIPTION"))
    return Document(what, "\n".join(sentences) + (f"\n\n{notes}" if notes else ""), path)


def _text(event: Event, name: str) -> str:
    """Return a property as text, the first where it stands several times."""
    value: object = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value)


def _moment(event: Event, name: str) -> date | None:
    """Return a property's day or time."""
    value: object = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) else None


def _end(event: Event, begin: date) -> date:
    """Return an event's last day: the end of whole days is the day after (RFC 5545, section 3.6.1)."""
    end = _moment(event, "DTEND") or begin
    if not isinstance(end, datetime):
        return max(_day(begin), end - timedelta(days=1))
    # What ends at midnight or in the small hours ended the evening before.
    return max(_day(begin), _day(end - timedelta(hours=6)))


def _when(begin: date, end: date, words: _Words) -> str:
    """Return when an event takes place: a day with its hour, or from a day to a day."""
    chinese = words is _ZH
    first, last = name_day(_day(begin), chinese=chinese), name_day(end, chinese=chinese)
    if first != last:
        return words.between.format(begin=first, end=last)
    if isinstance(begin, datetime):
        hour = f"{begin:%H:%M}" + (" UTC" if begin.tzname() == "UTC" else "")
        first += hour if chinese else f" at {hour}"
    return words.on.format(begin=first)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _frequency(event: Event) -> str:
    """Return how often an event repeats, "" where not, or not simply (every second week)."""
    rule: object = event.get("RRULE")
    if not isinstance(rule, dict) or [str(n) for n in rule.get("INTERVAL", [1])] != ["1"]:
        return ""
    return next((str(frequency).upper() for frequency in rule.get("FREQ", [])), "")


def _people(event: Event, name: str) -> list[str]:
    """Return the names of who organises or takes part, those left out who have only an address."""
    given: object = event.get(name, [])
    names: list[str] = []
    for person in given if isinstance(given, list) else [given]:
        called = title_of(str(getattr(person, "params", {}).get("CN", "")))
        if called and not re.search(r"@|^\+?\d", called):
            names.append(called)
    return list(dict.fromkeys(names))
