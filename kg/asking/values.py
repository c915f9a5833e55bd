"""What a literal's text is worth, so that values can be compared: numbers and dates. Takes texts; knows no graph."""

from __future__ import annotations

import re

_DATE = re.compile(r"(-?\d{1,4})\s*[-年/]\s*(\d{1,2})(?:\s*[-月/]\s*(\d{1,2}))?")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_SCALE = {"万": 1e4, "亿": 1e8, "thousand": 1e3, "million": 1e6, "billion": 1e9}


def value_of(text: str) -> float | None:
    """Return a number, or a date as a year with its part; None where there is neither.

    >>> value_of("1,250 m"), value_of("1999-07-01"), value_of("1.03亿美元"), value_of("blue")
    (1250.0, 1999.5, 103000000.0, None)
    """
    date = _DATE.match(text.strip())
    if date is not None and int(date[2]) <= 12:
        return int(date[1]) + (int(date[2]) - 1) / 12 + (int(date[3] or 1) - 1) / 372
    number = _NUMBER.search(text)
    if number is None:
        return None
    rest = text[number.end() :].strip().casefold()
    scale = next((factor for word, factor in _SCALE.items() if rest.startswith(word)), 1.0)
    return float(number.group().replace(",", "")) * scale
