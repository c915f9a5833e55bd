"""An interval of days, so that 1954, May 1954 and 3 May 1954 compare; knows no language.

`Interval` is what a date means; ISO 8601 text of any precision goes in and out.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


class Precision(StrEnum):
    """How exact a date was told."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    CENTURY = "century"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Interval:
    """Inclusive first and last day, as YYYY-MM-DD; `text` is the wording it came from."""

    earliest: str
    latest: str
    precision: Precision
    text: str = ""

    @property
    def iso(self) -> str:
        """Return the shortest ISO form: "1954", "1954-05", "1954-05-03", else first/last.

        >>> Interval("1970-01-01", "1979-12-31", Precision.DECADE).iso
        '1970/1979'
        """
        first, last = date.fromisoformat(self.earliest), date.fromisoformat(self.latest)
        if first == last:
            return self.earliest
        if first.day == 1 and last.day == _last_day(last.year, last.month):
            if (first.month, last.month) == (1, 12):
                return _joined(f"{first.year:04}", f"{last.year:04}")
            return _joined(self.earliest[:7], self.latest[:7])
        return f"{self.earliest}/{self.latest}"

    @classmethod
    def of(cls, first: date, last: date, precision: Precision, text: str = "") -> Interval:
        return cls(first.isoformat(), last.isoformat(), precision, text)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a relative date leans on: the day it is said, and which way a bare "Monday" or "May" looks."""

    today: date
    ahead: bool = False
    anchor: Interval | None = None  # what "the year before that" leans on

    @property
    def base(self) -> date:
        return date.fromisoformat(self.anchor.earliest) if self.anchor else self.today

    def year_of(self, number: int, of: int = 1) -> int:
        """Return the year of the nearest such month and day, behind (this year's counts) or ahead of today."""
        told, now = (number, of), (self.today.month, self.today.day if of > 1 else 1)
        return self.today.year + (told < now if self.ahead else -(told > now))

    def weekday(self, number: int) -> date:
        """Return the nearest such weekday, today included, behind or ahead."""
        if self.ahead:
            return self.today + timedelta(days=(number - self.today.weekday()) % 7)
        return self.today - timedelta(days=(self.today.weekday() - number) % 7)


def day(of: date, text: str = "") -> Interval:
    """Return one day."""
    return Interval.of(of, of, Precision.DAY, text)


def ago(moment: Moment, unit: str, count: int, text: str = "") -> Interval | None:
    """Return the day, week, month, year … that lies so many units back (negative: ahead)."""
    base = moment.base
    if unit in ("day", "night"):
        return day(base - timedelta(days=count), text)
    if unit in ("week", "fortnight"):
        return week(base - timedelta(weeks=count * (2 if unit == "fortnight" else 1)), text)
    if unit == "weekend":
        saturday = base - timedelta(days=base.weekday(), weeks=count) + timedelta(days=5)
        return Interval.of(saturday, saturday + timedelta(days=1), Precision.RANGE, text)
    if unit == "month":
        return month(base.year, base.month - count, text)
    size = {"year": 1, "decade": 10, "century": 100}[unit]
    year = base.year - count * size
    return years(year, text=text) if 1 <= year <= 9999 else None


def week(of: date, text: str = "") -> Interval:
    """Return the week of a day, Monday to Sunday."""
    monday = of - timedelta(days=of.weekday())
    return Interval.of(monday, monday + timedelta(days=6), Precision.WEEK, text)


def month(year: int, number: int, text: str = "") -> Interval:
    """Return a month; months before 1 and past 12 roll over into the neighbouring years."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return Interval.of(date(year, number, 1), date(year, number, _last_day(year, number)), Precision.MONTH, text)


def months(year: int, first: int, last: int, text: str = "") -> Interval:
    """Return a stretch of months, such as a season."""
    span = month(year, first).earliest, month(year, last).latest
    return Interval(*span, Precision.SEASON if first != last else Precision.MONTH, text)


def years(first: int, last: int | None = None, text: str = "", precision: Precision = Precision.YEAR) -> Interval:
    """Return a year, or a stretch of years."""
    last = first if last is None else last
    return Interval.of(date(first, 1, 1), date(last, 12, 31), precision, text)


def span(first: Interval, last: Interval, text: str = "") -> Interval | None:
    """Return the interval from the start of one to the end of another, None if it would run backwards."""
    if first.earliest > last.latest:
        return None
    return Interval(first.earliest, last.latest, Precision.RANGE, text)


def ordered(first: Interval, last: Interval, text: str) -> Interval | None:
    """Return the stretch from one date to another; where no year is told, March to May lies in one year."""
    if first.earliest > last.latest and not re.search(r"\d{4}", text):
        start = date.fromisoformat(first.earliest)
        first = Interval(
            back(start, years=start.year - int(last.latest[:4])).isoformat(), first.latest, first.precision
        )
        if first.earliest > last.latest:
            first = Interval(back(start, years=1).isoformat(), first.latest, first.precision)
    return span(first, last)


def from_iso(value: str, text: str = "") -> Interval | None:
    """Return the interval of an ISO date of any precision or a first/last pair, None if it is neither.

    >>> from_iso("1954-05").latest
    '1954-05-31'
    """
    first, slash, last = value.partition("/")
    start, end = _single(first, text), _single(last if slash else first, text)
    if start is None or end is None:
        return None
    if not slash:
        return start
    whole = span(start, end, text)
    if whole is None:
        return None
    if start.precision is end.precision is Precision.YEAR:
        size, opens = int(end.earliest[:4]) - int(start.earliest[:4]), int(start.earliest[:4])
        if size == 9 and opens % 10 == 0:
            return Interval(whole.earliest, whole.latest, Precision.DECADE, text)
        if size == 99 and opens % 100 == 1:
            return Interval(whole.earliest, whole.latest, Precision.CENTURY, text)
    return whole


def back(of: date, *, years: int = 0, months: int = 0) -> date:
    """Return the same day so many years and months earlier (negative: later), the month's last where it is shorter."""
    total = of.year * 12 + of.month - 1 - years * 12 - months
    year, number = divmod(total, 12)
    return date(year, number + 1, min(of.day, _last_day(year, number + 1)))


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar.

    Source: the anonymous algorithm of Nature, 20 April 1876, after Meeus, Astronomical Algorithms, chapter 8.
    """
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    x = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * x) // 451
    number, of = divmod(h + x - 7 * m + 114, 31)
    return date(year, number, of + 1)


# Chinese New Year 2000-2035 as month * 100 + day.
_NEW_YEARS = (
    205,
    124,
    212,
    201,
    122,
    209,
    129,
    218,
    207,
    126,
    214,
    203,
    123,
    210,
    131,
    219,
    208,
    128,
    216,
    205,
    125,
    212,
    201,
    122,
    210,
    129,
    217,
    206,
    126,
    213,
    203,
    123,
    211,
    131,
    219,
    208,
)


def holiday(rule: str, year: int, text: str = "") -> Interval:
    """Return a holiday by its rule: "MM-DD", or "easter" or "lunar" (Chinese New Year) with an offset in days."""
    if rule.startswith("easter"):
        return day(easter(year) + timedelta(days=int(rule.removeprefix("easter") or 0)), text)
    if rule.startswith("lunar"):
        offset = timedelta(days=int(rule.removeprefix("lunar") or 0))
        if not 2000 <= year < 2000 + len(_NEW_YEARS):  # outside the table: between its bounds
            return Interval.of(date(year, 1, 21) + offset, date(year, 2, 20) + offset, Precision.RANGE, text)
        found = _NEW_YEARS[year - 2000]
        return day(date(year, found // 100, found % 100) + offset, text)
    return day(date(year, int(rule[:2]), int(rule[3:])), text)


def _single(value: str, text: str) -> Interval | None:
    found = _ISO.fullmatch(value)
    if not found:
        return None
    year, number, of = (int(part) if part else None for part in found.groups())
    try:
        if number is None:
            return years(year or 0, text=text)
        return (
            month(year or 0, number, text)
            if of is None and 1 <= number <= 12
            else day(date(year or 0, number, of or 0), text)
        )
    except ValueError:
        return None


def _last_day(year: int, number: int) -> int:
    return calendar.monthrange(year, number)[1]


def _joined(first: str, last: str) -> str:
    return first if first == last else f"{first}/{last}"
