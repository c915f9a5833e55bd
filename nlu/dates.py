"""Dates as people write them, to intervals of days and back, in English and Chinese.

Takes text, the moment it was said and a language, gives an `Interval` or nothing. It knows no graph. How relative and
half-told dates are read is written down in docs/decisions/0005-dates.md.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime, timedelta

from nlu.dates_en import english, english_range
from nlu.dates_zh import chinese, chinese_range
from nlu.interval import Interval, Moment, Precision, back, from_iso
from nlu.language import Language

__all__ = ["Interval", "Precision", "birth_interval", "format_date", "parse_date", "weekday_of", "yearly"]


def parse_date(
    text: str, at: datetime, language: str, *, ahead: bool = False, anchor: Interval | None = None
) -> Interval | None:
    """Return the days a date expression covers, None if it is none.

    `at` is when it was said. With `ahead`, a bare "Monday" or "May" is the coming one, else the latest one. `anchor` is
    what "the year before" and "two years later" lean on. Words for since, until and in are passed over.

    >>> parse_date("since May 1954", datetime(2026, 3, 11), "en").iso
    '1954-05'
    >>> parse_date("前年", datetime(2026, 3, 11), "zh").iso
    '2024'
    """
    loaded = Language.load(language)
    plain = (
        re.sub(r"\s+", " ", unicodedata.normalize("NFKC", loaded.simplify(text))).strip(" .,;!?。，；！？").casefold()
    )
    moment = Moment(at.date(), ahead, anchor)
    try:
        found = _chinese(plain, moment, loaded) if language == "zh" else _english(plain, moment, loaded)
    except (OverflowError, ValueError):  # beyond the calendar: ten thousand years ago
        return None
    return None if found is None else replace(found, text=text)


def yearly(text: str, at: datetime, language: str) -> str:
    """Return the day of every year that a date without a year names, as ISO 8601 has it, else "".

    What leans on today moves with it; a day and a month stay where they are, and only their year moves.

    >>> yearly("the 4th of August", datetime(2026, 3, 11), "en"), yearly("yesterday", datetime(2026, 3, 11), "en")
    ('--08-04', '')
    >>> yearly("1954年5月3日", datetime(2026, 3, 11), "zh"), yearly("5月3日", datetime(2026, 3, 11), "zh")
    ('', '--05-03')
    """
    here, later, before = (parse_date(text, at + timedelta(days=days), language) for days in (0, 5, -730))
    if here is None or later is None or before is None or here.precision is not Precision.DAY:
        return ""
    day = here.iso[4:]
    stays = later.iso[4:] == day and before.iso[4:] == day
    return f"-{day}" if stays and before.iso != here.iso else ""


def weekday_of(day: date, language: str) -> str:
    """Return the name of a day's weekday.

    >>> weekday_of(date(2026, 3, 11), "en"), weekday_of(date(2026, 3, 11), "zh")
    ('Wednesday', '星期三')
    """
    return Language.load(language).dates.weekday_names[day.weekday()]


def birth_interval(age: int, at: date) -> Interval:
    """Return the days on which somebody of this age in years may be born.

    >>> birth_interval(91, date(2026, 3, 11)).iso
    '1934-03-12/1935-03-11'
    """
    if not 0 <= age < at.year - 1:
        raise ValueError(f"age must lie between 0 and {at.year - 2}, got {age}")
    first = back(at, years=age + 1) + timedelta(days=1)
    return Interval.of(first, back(at, years=age), Precision.RANGE, str(age))


def format_date(iso: str, language: str) -> str:
    """Return an ISO date or interval as people write it; text that is neither comes back as it is.

    >>> format_date("2026-03-10", "en"), format_date("2026-03-10", "zh"), format_date("1970/1979", "en")
    ('10 March 2026', '2026年3月10日', 'the 1970s')
    >>> format_date("--08-04", "en"), format_date("--08-04", "zh")
    ('4 August', '8月4日')
    """
    if re.fullmatch(r"--\d\d-\d\d", iso):
        return _format_yearly(int(iso[2:4]), int(iso[5:]), language)
    first, slash, last = iso.partition("/")
    told = from_iso(iso)
    if told is None or not slash:
        return iso if told is None else _format_one(told.iso, language)
    if "/" not in told.iso:
        return _format_one(told.iso, language)
    if told.precision is Precision.DECADE:
        century, tens = int(told.earliest[:2]), told.earliest[2:4]
        return f"{century + 1}世纪{tens}年代" if language == "zh" else f"the {told.earliest[:4]}s"
    if told.precision is Precision.CENTURY:
        number = int(told.latest[:2])
        return f"{number}世纪" if language == "zh" else f"the {number}{_suffix(number)} century"
    first, _, last = told.iso.partition("/")
    joint = "至" if language == "zh" else "–" if len(first) == len(last) == 4 else " to "
    return _format_one(first, language) + joint + _format_one(last, language)


def _format_yearly(month: int, day: int, language: str) -> str:
    if language == "zh" or not 1 <= month <= 12:
        return f"{month}月{day}日"
    return f"{day} {Language.load(language).dates.month_names[month - 1]}"


def _format_one(iso: str, language: str) -> str:
    year, *rest = (int(part) for part in iso.split("-"))
    if language == "zh":
        return "".join(f"{part}{mark}" for part, mark in zip((year, *rest), "年月日", strict=False))
    names = Language.load(language).dates.month_names
    parts = ([str(rest[1])] if len(rest) > 1 else []) + ([names[rest[0] - 1]] if rest else [])
    return " ".join([*parts, str(year)])


def _suffix(number: int) -> str:
    return "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _english(text: str, moment: Moment, language: Language) -> Interval | None:
    words = language.dates
    if found := english_range(text, moment):
        return found
    fronts = sorted((*words.since, *words.until, *words.at, "the"), key=len, reverse=True)
    for _ in range(4):
        if found := english(text, moment):
            return found
        front = next((w for w in fronts if text.startswith((w + " ", w + "-"))), None)
        if front is None:
            return None
        if front == "in" and re.search(r"\b(?:days?|weeks?|months?|years?|fortnight)\b", text):
            moment = replace(moment, ahead=True)  # in two weeks
        text = text[len(front) + 1 :].strip()
    return None


def _chinese(text: str, moment: Moment, language: Language) -> Interval | None:
    words = language.dates
    text = text.replace(" ", "")
    for _ in range(4):
        if found := chinese(text, moment) or chinese_range(text, moment):
            return found
        fronts, ends = (
            (*words.since, *words.until, *words.at),
            (*words.since_ends, *words.until_ends, "的时候", "时", "里"),
        )
        front = next((w for w in fronts if text.startswith(w) and len(text) > len(w)), "")
        end = next((w for w in ends if text.endswith(w) and len(text) > len(w)), "")
        if not front and not end:
            return None
        text = text.removeprefix(front) if front else text.removesuffix(end)
    return None
