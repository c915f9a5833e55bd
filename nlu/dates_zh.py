"""Chinese dates: 一九八七年三月, 去年夏天, 上个星期, 三年前, 九十年代 to intervals of days.

Takes simplified text whose 从, 到 and 在 have been taken off; knows only Chinese. `nlu/dates.py` is the way in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from nlu.interval import Interval, Moment, Precision, ago, day, from_iso, holiday, month, months, ordered, week, years
from nlu.language import Language
from nlu.numbers import parse_number

ZH = Language.load("zh")
_WORDS = ZH.dates


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_NUMBER = r"[0-9〇零○一二两三四五六七八九十廿卅百半]+"
_FIGURE = "[0-9〇零○一二三四五六七八九]"
_YEAR = rf"(?:(?P<near>{_any(_WORDS.years)})|(?P<year>{_FIGURE}{{4}}|{_FIGURE}{{2}})年)"
_MONTH = rf"(?:(?P<step>上个?|这个?|本|下个?)月|(?P<month>{_NUMBER})月份?|(?P<moon>正月|腊月))"
_DAY = rf"(?P<day>{_NUMBER})[日号]?"
_WEEK = r"(?:周|星期|礼拜)"
_FULL = re.compile(rf"(?:{_YEAR})?的?(?:{_MONTH})?(?:{_DAY})?")
_LUNAR = re.compile(r"农历|阴历|初[一二三四五六七八九十]|正月|腊月")
_PART = re.compile(rf"(?:{_YEAR})?的?(?P<name>{_any((*_WORDS.seasons, *_WORDS.holidays))})")
_NEAR_DAY = re.compile(rf"(?P<name>{_any(_WORDS.days)})(?:早上|上午|中午|下午|晚上|夜里|傍晚|凌晨)?")
_WEEK_DAY = re.compile(
    rf"(?P<steps>上上个?|下下个?|上个?|这个?|本|下个?)?{_WEEK}(?P<name>[一二三四五六日天末])(?:早上|上午|中午|下午|晚上|晚)?"
)
_STEP_WEEK = re.compile(rf"(?P<steps>上上个?|下下个?|上个?|这个?|本|下个?)(?:{_WEEK})")
_AGO = re.compile(
    rf"(?P<n>{_NUMBER})个?(?P<half>半)?(?P<unit>{_any(_WORDS.units)})(?P<way>{_any((*_WORDS.ago, *_WORDS.ahead))})"
)
_AGE = rf"(?P<age>上个?世纪|本世纪|(?P<century>{_NUMBER})世纪)"
_DECADE = re.compile(rf"{_AGE}?(?P<n>[0-9一二三四五六七八九十〇零]+)年代(?:初|末|中期|初期|末期|中叶)?")
_CENTURY = re.compile(rf"(?P<century>{_NUMBER})世纪(?:初|末|中叶)?|(?P<last>上个?世纪)")
_STEPS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}


def chinese(text: str, moment: Moment) -> Interval | None:
    """Return the days that a bare Chinese date covers, None if it is none."""
    readings = (_iso, _near_day, _ago, _week, _decade, _part, _full)
    return next((found for read in readings if (found := read(text, moment))), None)


def chinese_range(text: str, moment: Moment) -> Interval | None:
    """Return the days of 2003年到2009年, 2003–2009年, 3月至5月, None if it is no range."""
    parts = re.split(
        r"到|至|[–—~～]|(?<=[0-9年月日号])-(?=[0-9]+[年月日号]|\d{4}$)", text.removeprefix("从").removeprefix("自")
    )
    if len(parts) != 2:
        return None
    first, last = parts
    unit = last[-1:]
    if unit in "年月日号" and first[-1:] not in "年月日号" and first:
        first += unit
    end = chinese(last, moment)
    if "年" in first and "年" not in last and (opening := re.match(r".*?年", first)):
        end = chinese(opening[0] + last, moment)
    start = chinese(first, moment)
    return ordered(start, end, text) if start and end else None


def _number(text: str) -> int | None:
    value = parse_number(text, "zh")
    return value if isinstance(value, int) else None


def _step(text: str) -> int:
    return _STEPS[text.removesuffix("个")]


def _iso(text: str, moment: Moment) -> Interval | None:
    digits = ZH.numbers.digits
    if len(text) == 4 and all(c in digits for c in text) and digits[text[0]] in (1, 2):
        return years(int("".join(str(digits[c]) for c in text)))
    if found := re.fullmatch(r"(\d{4})[./](\d{1,2})(?:[./](\d{1,2}))?", text):
        return _date(int(found[1]), int(found[2]), int(found[3])) if found[3] else _month(int(found[1]), int(found[2]))
    return from_iso(text)


def _near_day(text: str, moment: Moment) -> Interval | None:
    found = _NEAR_DAY.fullmatch(text)
    return day(moment.today + timedelta(days=_WORDS.days[found["name"]])) if found else None


def _ago(text: str, moment: Moment) -> Interval | None:
    if not (found := _AGO.fullmatch(text)):
        return None
    unit, forward = _WORDS.units[found["unit"]], found["way"] in _WORDS.ahead
    if found["n"] == "半" and unit == "year":
        return ago(moment, "month", -6 if forward else 6)
    count = _number(found["n"])
    if count is None or (unit == "month" and found["unit"] == "月" and "个" not in text) or unit == "century":
        return None
    if unit == "year" and count >= 1000:  # 2020年以前 is no distance
        return None
    return ago(moment, unit, -count if forward else count)


def _week(text: str, moment: Moment) -> Interval | None:
    if found := _STEP_WEEK.fullmatch(text):
        return week(moment.today + timedelta(weeks=_step(found["steps"])))
    if not (found := _WEEK_DAY.fullmatch(text)):
        return None
    number = _WORDS.weekdays[found["name"]]
    if found["name"] == "末":
        return ago(Moment(moment.today), "weekend", -_step(found["steps"] or "这"))
    if not found["steps"]:
        return day(moment.weekday(number))
    monday = moment.today - timedelta(days=moment.today.weekday())
    return day(monday + timedelta(weeks=_step(found["steps"]), days=number))


def _decade(text: str, moment: Moment) -> Interval | None:
    this = moment.today.year // 100 * 100
    if found := _DECADE.fullmatch(text):
        tens = _number(found["n"])
        if tens is None and len(found["n"]) == 2:  # 七八年代 is none
            return None
        if tens is not None and 1000 <= tens <= 2990:
            return years(tens // 10 * 10, tens // 10 * 10 + 9, precision=Precision.DECADE)
        if tens is None or not 0 <= tens <= 90 or tens % 10:
            return None
        opens = this + tens if this + tens <= moment.today.year else this - 100 + tens
        if found["century"]:
            opens = ((_number(found["century"]) or 1) - 1) * 100 + tens
        elif found["age"]:
            opens = this + tens if found["age"].startswith("本") else this - 100 + tens
        return years(opens, opens + 9, precision=Precision.DECADE)
    if found := _CENTURY.fullmatch(text):
        count = this // 100 if found["last"] else _number(found["century"])
        return years(count * 100 - 99, count * 100, precision=Precision.CENTURY) if count and 1 <= count <= 99 else None
    return None


def _part(text: str, moment: Moment) -> Interval | None:
    """Return a season or a holiday, of a year or the nearest."""
    if not (found := _PART.fullmatch(text.removesuffix("那天").removesuffix("那年"))):
        return None
    name = found["name"]

    def of(year: int) -> Interval:
        return months(year, *_WORDS.seasons[name]) if name in _WORDS.seasons else holiday(_WORDS.holidays[name], year)

    if found["near"] or found["year"]:
        told = _year(found, moment)
        return of(told) if told else None
    today = moment.today.isoformat()
    candidates = [of(moment.today.year + n) for n in (-1, 0, 1)]
    if moment.ahead:
        return next(c for c in candidates if c.latest >= today)
    return [c for c in candidates if c.earliest <= today][-1]


def _year(found: re.Match[str], moment: Moment) -> int | None:
    if found["near"]:
        return moment.today.year + _WORDS.years[found["near"]]
    digits = "".join(str(ZH.numbers.digits.get(c, c)) for c in found["year"])
    if len(digits) == 4:
        return int(digits) if int(digits) else None
    year = moment.today.year // 100 * 100 + int(digits)
    return year - 100 if year > moment.today.year else year


def _full(text: str, moment: Moment) -> Interval | None:
    """Return year, month and day, as far as they are told; a lunar date is only known by its year."""
    lunar = bool(_LUNAR.search(text))
    bare = re.sub(r"农历|阴历|初", "", text).removesuffix("那天").removesuffix("那年")
    found = _FULL.fullmatch(bare)
    if not found or not bare or not any(found.group("near", "year", "step", "month", "moon", "day")):
        return None
    year = _year(found, moment) if found["near"] or found["year"] else None
    if found["year"] and year is None:
        return None
    of = _number(found["day"]) if found["day"] else None
    if found["step"]:
        told = month(moment.today.year, moment.today.month + _step(found["step"]))
        return _date(int(told.earliest[:4]), int(told.earliest[5:7]), of) if of else told
    number = _WORDS.months[found["moon"]] if found["moon"] else _number(found["month"]) if found["month"] else None
    if lunar:
        return years(year if year else moment.year_of(number or 1)) if number else None
    if number is None:
        if of is None:
            return years(year) if year else None
        return _this_month(of, bare, moment) if year is None else None
    year = year if year else moment.year_of(number, of or 1)
    return _date(year, number, of) if of else _month(year, number)


def _this_month(of: int, text: str, moment: Moment) -> Interval | None:
    """Return a day told without its month (三号): the nearest."""
    if text[-1] not in "号日":
        return years(of) if len(text) == 4 and text.isdigit() and of >= 1000 else None
    today = moment.today
    ahead = of < today.day if moment.ahead else -(of > today.day)
    told = month(today.year, today.month + ahead)
    return _date(int(told.earliest[:4]), int(told.earliest[5:7]), of)


def _month(year: int, number: int) -> Interval | None:
    return month(year, number) if 1 <= number <= 12 else None


def _date(year: int, number: int, of: int) -> Interval | None:
    try:
        return day(date(year, number, of))
    except ValueError:
        return None
