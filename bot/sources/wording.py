"""Days and hours in words, in English or Chinese: takes dates and names, gives text. It knows no format."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff〇]")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def is_chinese(text: str) -> bool:
    """Whether at least a third of a text's letters are Chinese.

    >>> is_chinese("沈若溪"), is_chinese("Anna Holm (安娜)"), is_chinese("42")
    (True, False, False)
    """
    return 0 < sum(map(str.isalpha, text)) <= 3 * len(_HAN.findall(text))


def name_day(day: date, *, chinese: bool) -> str:
    """Return a date in words.

    >>> name_day(date(2026, 3, 1), chinese=False), name_day(date(2026, 3, 1), chinese=True)
    ('1 March 2026', '2026年3月1日')
    """
    if chinese:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def name_month_day(month: int, day: int, *, chinese: bool) -> str:
    """Return a day of every year in words.

    >>> name_month_day(3, 1, chinese=False), name_month_day(3, 1, chinese=True)
    ('1 March', '3月1日')
    """
    return f"{month}月{day}日" if chinese else f"{day} {_MONTHS[month - 1]}"


def join_names(names: list[str], *, chinese: bool) -> str:
    """Return names in a row.

    >>> join_names(["Anna", "Bo", "Cai"], chinese=False), join_names(["若溪", "建国"], chinese=True)
    ('Anna, Bo and Cai', '若溪和建国')
    """
    comma, last = ("、", "和") if chinese else (", ", " and ")
    return last.join(part for part in (comma.join(names[:-1]), names[-1] if names else "") if part)


def noon(day: date) -> datetime:
    """Return the middle of a day, for texts whose day alone is known.

    >>> noon(date(2026, 3, 1)).isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return datetime.combine(day, time(12), UTC)


def is_plausible(day: date) -> bool:
    """Whether a message or mail can be of a day: between 1970 and 2199, years that arithmetic with zones can't leave."""
    return 1970 <= day.year < 2200
