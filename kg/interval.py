"""From normalised dates to intervals of days: takes ISO 8601 text of any precision, gives `When`; knows no language."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from kg.fact import When

_ISO = re.compile(r"(-?\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T.*)?$")


def interval(value: str, text: str = "") -> When | None:
    """Return the days that an ISO date, month, year or `a/b` range covers, None if it is none of these.

    >>> interval("1954-05").latest
    '1954-05-31'
    >>> interval("2003/2009").latest
    '2009-12-31'
    """
    first, slash, last = value.partition("/")
    start, end = _bounds(first), _bounds(last if slash else first)
    if start is None and end is None:
        return None
    return When((start or ("0001-01-01", ""))[0], (end or ("", "9999-12-31"))[1], text or value)


def before(day: str, text: str = "") -> When:
    """Return the open interval that ends the day before an ISO day: a past of unknown date.

    >>> before("2026-03-11").latest
    '2026-03-10'
    """
    return When("0001-01-01", (date.fromisoformat(day) - timedelta(days=1)).isoformat(), text)


def on(day: str, text: str = "") -> When:
    """Return the interval of one ISO day."""
    return When(day, day, text or day)


def _bounds(value: str) -> tuple[str, str] | None:
    match = _ISO.match(value.strip())
    if match is None:
        return None
    year, month, day = match.groups()
    if day:
        return f"{year}-{month}-{day}", f"{year}-{month}-{day}"
    if month:
        if not 1 <= int(month) <= 12 or int(year) < 1:
            return None
        return f"{year}-{month}-01", f"{year}-{month}-{calendar.monthrange(int(year), int(month))[1]:02}"
    return f"{year}-01-01", f"{year}-12-31"
