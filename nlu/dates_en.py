"""English dates: "3 May 1954", "last summer", "two weeks ago", "the 1970s" to intervals of days.

Takes lower-case text whose since, until and in have been taken off; knows only English. `nlu/dates.py` is the way in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from nlu.interval import Interval, Moment, Precision, ago, day, from_iso, holiday, month, months, ordered, years
from nlu.language import Language
from nlu.numbers import parse_number

EN = Language.load("en")
_WORDS = EN.dates


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_MONTH, _WEEKDAY = _any(_WORDS.months), _any(_WORDS.weekdays)
_SEASON, _HOLIDAY = _any(_WORDS.seasons), _any(_WORDS.holidays)
_WHICH = rf"(?P<which>{_any((*_WORDS.last, *_WORDS.next, *_WORDS.this))})"
_UNIT = rf"(?P<unit>{_any(_WORDS.units)})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|['’]\d{2})"
_DECADES = dict(EN.numbers.tens) | {"tens": 10, "noughties": 0}
_CENTURY = re.compile(r"(?P<n>.+?) centur(?:y|ies)")
_DAY_NAMES = re.compile(rf"^(?:{_WEEKDAY})s?,? (?:the )?(?=\d|(?:{_MONTH})\b)")
_PLAIN = (
    re.compile(rf"{_DAY} (?:of )?(?P<month>{_MONTH})\.?(?:,? (?:of )?{_YEAR})?"),
    re.compile(rf"(?P<month>{_MONTH})\.? (?:the )?{_DAY}(?:,? {_YEAR})?"),
    re.compile(rf"(?P<month>{_MONTH})\.?,?(?: of)? {_YEAR}"),
    re.compile(rf"(?P<month>{_MONTH})\.?"),
)
_FIGURES = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})")
_LEANING = ("later", "earlier", "before", "after")
_AGO = re.compile(rf"(?P<n>.+?) {_UNIT} (?P<way>{_any((*_WORDS.ago, *_WORDS.ahead, *_LEANING))})(?: that)?")
_IN = re.compile(rf"(?P<n>[\w-]+(?: of)?) {_UNIT}(?: time|' time|'s time)?")
_WHICH_UNIT = re.compile(rf"(?:the )?{_WHICH} {_UNIT}")
_WHICH_DAY = re.compile(rf"(?:the )?{_WHICH} (?P<name>{_WEEKDAY})")
_WHICH_SPAN = re.compile(rf"(?:the )?(?:{_WHICH} )?(?P<name>{_MONTH}|{_SEASON}|{_HOLIDAY})(?:,? (?:of )?{_YEAR})?")
_UNIT2 = _UNIT.replace("unit", "unit2")
_BESIDE = re.compile(
    rf"the (?P<way>following|next|previous) {_UNIT}|the {_UNIT2} (?P<way2>after|before)(?: that)?",
)


def english(text: str, moment: Moment) -> Interval | None:
    """Return the days that a bare English date covers, None if it is none."""
    text = _DAY_NAMES.sub("", text)
    readings = (_iso, _relative_day, _beside, _ago, _which, _plain, _decade, _weekday, _year)
    return next((found for read in readings if (found := read(text, moment))), None)


def english_range(text: str, moment: Moment) -> Interval | None:
    """Return the days of "2003–2009", "from May to July 2010", "between 1998 and 2001", None if it is no range."""
    text = re.sub(r"^(?:from|between) ", "", text)
    for mark in (r" to ", r" till ", r" until ", r" through ", r" and ", r" ?[–—] ?", r"(?<=\d{4}) ?- ?(?=\d{4})"):
        parts = re.split(mark, text)
        if len(parts) != 2:
            continue
        last = english(_bare(parts[1]), moment)
        first_text = _bare(parts[0])
        if last and re.fullmatch(_DAY, first_text):  # 3 to 5 May
            first_text += f" {date.fromisoformat(last.earliest):%B %Y}".lower()
        elif last and re.search(r"\d{4}$", parts[1]) and not re.search(r"\d{4}$", first_text):  # May to July 2010
            first_text += f" {last.earliest[:4]}"
        first = english(first_text, moment)
        if first and last:
            return ordered(first, last, text)
    return None


def _bare(text: str) -> str:
    return re.sub(rf"^(?:{_any((*_WORDS.at, *_WORDS.since, *_WORDS.until))}) (?:the )?(?=\S)", "", text.strip())


def _iso(text: str, moment: Moment) -> Interval | None:
    if found := _FIGURES.fullmatch(text):
        return _date(int(found["year"]), int(found["month"]), int(found["day"]))
    return from_iso(text)


def _relative_day(text: str, moment: Moment) -> Interval | None:
    offset = _WORDS.days.get(text)
    return None if offset is None else day(moment.today + timedelta(days=offset))


def _beside(text: str, moment: Moment) -> Interval | None:
    found = _BESIDE.fullmatch(text)
    if not found or moment.anchor is None:
        return None
    way = found["way"] or found["way2"]
    return ago(moment, _WORDS.units[found["unit"] or found["unit2"]], 1 if way in ("before", "previous") else -1)


def _ago(text: str, moment: Moment) -> Interval | None:
    if found := _AGO.fullmatch(text):
        if found["way"] in _LEANING and moment.anchor is None:
            return None
        count = _count(found["n"])
        forward = found["way"] in (*_WORDS.ahead, "later", "after")
    elif (found := _IN.fullmatch(text)) and moment.ahead:
        count, forward = _count(found["n"]), True
    else:
        return None
    if count is None:
        return None
    unit = _WORDS.units[found["unit"]]
    if count == 0.5 and unit == "year":
        count, unit = 6, "month"
    return ago(moment, unit, -int(count) if forward else int(count)) if count == int(count) else None


def _count(text: str) -> float | None:
    text = re.sub(r"^(?:about|around|some|exactly|just over|just|over|almost|nearly) ", "", text)
    return 1 if text in ("a", "an", "the") else parse_number(text, "en")


def _which(text: str, moment: Moment) -> Interval | None:
    if found := _WHICH_UNIT.fullmatch(text):
        return ago(Moment(moment.today), _WORDS.units[found["unit"]], -_direction(found["which"]))
    if found := _WHICH_DAY.fullmatch(text):
        return day(_named_day(_WORDS.weekdays[found["name"]], _direction(found["which"]), moment.today))
    if not (found := _WHICH_SPAN.fullmatch(text)):
        return None
    name, told = found["name"], _full_year(found["year"], moment) if found["year"] else None
    if name in _WORDS.months and not found["which"]:
        return None
    which = _direction(found["which"]) if found["which"] else 0

    def of(year: int) -> Interval:
        if name in _WORDS.months:
            return month(year, _WORDS.months[name])
        return months(year, *_WORDS.seasons[name]) if name in _WORDS.seasons else holiday(_WORDS.holidays[name], year)

    today = moment.today.isoformat()
    candidates = [of(moment.today.year + n) for n in (-2, -1, 0, 1, 2)]
    if told:
        return of(told)
    if which < 0:
        return [c for c in candidates if c.latest < today][-1]
    if which > 0:
        return next(c for c in candidates if c.earliest > today)
    if found["which"]:
        return next((c for c in candidates if c.earliest <= today <= c.latest), candidates[2])
    return (
        next(c for c in candidates if c.latest >= today)
        if moment.ahead
        else [c for c in candidates if c.earliest <= today][-1]
    )


def _direction(which: str) -> int:
    return -1 if which in _WORDS.last else 1 if which in _WORDS.next else 0


def _named_day(number: int, direction: int, today: date) -> date:
    """Return the last one before today, the first one after it, or the one of this week."""
    if direction < 0:
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    if direction > 0:
        return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return today + timedelta(days=number - today.weekday())


def _plain(text: str, moment: Moment) -> Interval | None:
    for pattern in _PLAIN:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            number, of = _WORDS.months[parts["month"]], int(parts.get("day") or 0)
            told = parts.get("year")
            year = _full_year(told, moment) if told else moment.year_of(number, of or 1)
            return _date(year, number, of) if of else month(year, number)
    return None


def _date(year: int, number: int, of: int) -> Interval | None:
    try:
        return day(date(year, number, of))
    except ValueError:
        return None


def _full_year(text: str, moment: Moment) -> int:
    if len(text) == 4:
        return int(text)
    year = moment.today.year // 100 * 100 + int(text[1:])
    return year - 100 if year > moment.today.year else year


def _decade(text: str, moment: Moment) -> Interval | None:
    text = text.removeprefix("the ")
    if found := re.fullmatch(r"(\d{3}0)['’]?s", text):
        opens = int(found[1])
    elif found := re.fullmatch(r"['’]?(\d0)s", text):
        opens = _recent(int(found[1]), moment)
    elif found := re.fullmatch(r"(nineteen |eighteen )?(\w+?)(ies|s)", text):
        name = found[2] + ("y" if found[3] == "ies" else "")
        if name not in _DECADES and text not in _DECADES:
            return None
        tens = _DECADES.get(name, _DECADES.get(text, 0))
        opens = {"nineteen ": 1900, "eighteen ": 1800}[found[1]] + tens if found[1] else _recent(tens, moment)
    elif found := _CENTURY.fullmatch(text):
        count = parse_number(found["n"], "en")
        if not isinstance(count, int) or not 1 <= count <= 99:
            return None
        return years(count * 100 - 99, count * 100, precision=Precision.CENTURY)
    else:
        return None
    return years(opens, opens + 9, precision=Precision.DECADE)


def _recent(tens: int, moment: Moment) -> int:
    opens = moment.today.year // 100 * 100 + tens
    return opens - 100 if opens > moment.today.year else opens


def _weekday(text: str, moment: Moment) -> Interval | None:
    name = text if text in _WORDS.weekdays else text.removesuffix("s")
    name = re.sub(r" (?:morning|afternoon|evening|night)$", "", name)
    return day(moment.weekday(_WORDS.weekdays[name])) if name in _WORDS.weekdays else None


def _year(text: str, moment: Moment) -> Interval | None:
    if re.fullmatch(r"\d{4}", text):
        year = int(text)
    elif re.fullmatch(r"['’]\d{2}", text):
        year = _full_year(text, moment)
    elif re.match(r"(?:thir|four|fif|six|seven|eigh|nine)teen |twenty |two thousand", text):
        number = parse_number(text, "en")
        year = number if isinstance(number, int) else 0
    else:
        return None
    return years(year) if 1000 <= year <= 2999 else None
