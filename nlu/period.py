"""A stretch of time as people name it, down to the minute: "since Monday", "in the last hour", 昨天上午, 2024年以前.

Takes text, the moment it was said and a language, gives a `Period` or nothing. It knows no graph and no log; days are
read by `nlu.dates`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlu.dates import parse_date
from nlu.interval import back
from nlu.language import Language
from nlu.numbers import parse_number


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`; None is an open end."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        known = self.since or self.until
        if known is not None and (moment.tzinfo is None) != (known.tzinfo is None):
            moment = moment.replace(tzinfo=known.tzinfo)
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


def read_period(text: str, at: datetime, language: str) -> Period | None:
    """Return the stretch of time that a whole text names, None if it names none.

    `at` is when it was said, in the speaker's zone. "before" and "until" stop where the date begins, "after" and 以后
    begin where it ends.

    >>> read_period("since Monday", datetime(2026, 3, 11, 10), "en").since
    datetime.datetime(2026, 3, 9, 0, 0)
    >>> read_period("2024年以前", datetime(2026, 3, 11, 10), "zh").until
    datetime.datetime(2024, 1, 1, 0, 0)
    """
    plain = unicodedata.normalize("NFKC", Language.load(language).simplify(text)).casefold()
    plain = re.sub(r"\s+", " ", plain).strip(" .,;!?。，；！？")
    clock = _Chinese(at) if language == "zh" else _English(at)
    try:
        return clock.period("".join(plain.split()) if language == "zh" else plain)
    except (OverflowError, ValueError):  # beyond the calendar
        return None


_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_LAST = re.compile(
    r"(?:(?:in|over|during|within|from|for|of) )?(?:the|these|this) (?:last|past|previous) (?:(?P<n>[\w -]+?) )?"
    r"(?:an? )?(?P<unit>minute|hour|day|week|month|year)s?"
)
_AGO = re.compile(r"(?P<n>[\w -]+?) (?:of an? )?(?P<unit>minute|hour)s? (?:ago|back)")
_SINCE = re.compile(r"(?:ever )?(?:since|starting|beginning|as of) (?P<x>.+)|from (?P<y>.+?) (?:on|onwards?)")
_BEFORE = re.compile(r"(?:from )?(?:before|until|till|prior to|up to|up until|earlier than|older than) (?P<x>.+)")
_THROUGH = re.compile(r"(?:through|up to and including|up to the end of) (?P<x>.+)")
_AFTER = re.compile(r"(?:from )?(?:after|later than) (?P<x>.+)")
_PART = re.compile(r"(?:(?:in|during|on|from|of) )?(?:the )?(?P<x>.+?) (?P<part>morning|afternoon|evening|night)")
_PARTS = {"morning": (0, 12), "afternoon": (12, 18), "evening": (17, 24), "night": (18, 28)}
_TIME = re.compile(
    r"(?:at )?(?P<h>\d{1,2})(?:[:.](?P<m>\d\d))? ?(?P<half>am|pm|a\.m\.?|p\.m\.?|o'clock)?(?: (?P<x>.+))?"
)
_DAY_FIRST = re.compile(r"(?P<x>.+?) (?P<t>(?:at )?\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m\.?|p\.m\.?|o'clock)?)")

_ZH_UNITS = {"分钟": "minute", "分": "minute", "小时": "hour", "钟头": "hour", "天": "day", "日": "day", "周": "week",
             "星期": "week", "礼拜": "week", "月": "month", "年": "year"}  # fmt: skip
_ZH_UNIT = rf"(?P<unit>{'|'.join(_ZH_UNITS)})"
_ZH_LAST = re.compile(
    rf"(?:在|这)?(?:最近|过去|刚才|刚过去|近|前|这)(?:的|这)?(?P<n>[0-9零一二两三四五六七八九十百半几]+)个?{_ZH_UNIT}(?:的?时间)?"
    r"(?:里|内|来|以来|之内|以内|里面|当中)?"
)
_ZH_AGO = re.compile(rf"(?P<n>[0-9零一二两三四五六七八九十百半]+)个?{_ZH_UNIT}(?:之|以)?前")
_ZH_SINCE = re.compile(r"(?:自从|自|从|打)?(?P<x>.+?)(?:以来|开始|起|到现在|至今)|(?:自从|自|从)(?P<y>.+)")
_ZH_BEFORE = re.compile(r"(?:在)?(?P<x>.+?)(?:以前|之前|前)")
_ZH_THROUGH = re.compile(r"(?:截至|截止|直到|到|至)?(?P<x>.+?)(?:为止)|(?:截至|截止到?|直到|到)(?P<y>.+)")
_ZH_AFTER = re.compile(r"(?:在|自从|从)?(?P<x>.+?)(?:以后|之后|后)")
_ZH_PARTS = {"凌晨": (0, 6), "清晨": (4, 9), "早上": (0, 12), "早晨": (0, 12), "上午": (0, 12), "中午": (11, 14), "下午": (12, 18),
             "傍晚": (16, 20), "晚上": (17, 24), "夜里": (18, 28), "夜晚": (18, 28)}  # fmt: skip
_ZH_PART = re.compile(rf"(?P<x>.*?)的?(?P<part>{'|'.join(_ZH_PARTS)})")
_ZH_SHORT = {
    "今早": "今天早上",
    "今晚": "今天晚上",
    "昨晚": "昨天晚上",
    "昨夜": "昨天夜里",
    "前晚": "前天晚上",
    "今晨": "今天早上",
}
_ZH_TIME = re.compile(
    rf"(?P<x>.*?)的?(?P<part>{'|'.join(_ZH_PARTS)})?(?P<h>[0-9零一二两三四五六七八九十]+)(?:点钟?|时|:)(?P<m>半|一刻|三刻|[0-9零一二三四五六七八九十]+)?分?"
)


class _Clock:
    """What both languages share: days and spans counted from the moment of speaking."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def days(self, text: str, language: str) -> Period | None:
        """Return the whole days of a date."""
        found = parse_date(text, self.at, language)
        if found is None:
            return None
        first, last = date.fromisoformat(found.earliest), date.fromisoformat(found.latest)
        return Period(self.midnight(first), self.midnight(last + timedelta(days=1)))

    def midnight(self, of: date) -> datetime:
        return datetime.combine(of, time(), self.at.tzinfo)

    def earlier(self, unit: str, count: float) -> datetime:
        """Return the moment so many units before now."""
        if unit in _UNITS:
            return self.at - _UNITS[unit] * count
        whole = int(count * 12) if unit == "year" else int(count)
        if unit == "month" and count != whole:
            return self.at - timedelta(days=30 * count)
        return datetime.combine(back(self.at.date(), months=whole), self.at.timetz())

    def around(self, unit: str, count: float) -> Period:
        """Return what is meant by so many minutes or hours ago: half as much either way."""
        return Period(self.earlier(unit, count * 1.5), self.earlier(unit, count * 0.5))

    def part(self, days: Period | None, hours: tuple[int, int]) -> Period | None:
        """Return a part of a single day."""
        if days is None or days.since is None or days.until is None or days.until - days.since > timedelta(days=1):
            return None
        return Period(days.since + timedelta(hours=hours[0]), days.since + timedelta(hours=hours[1]))

    def hour(self, days: Period | None, hour: int, minute: int) -> Period | None:
        """Return the hour that begins at a time of a single day, or the minute where one was told."""
        if days is None or days.since is None or not (0 <= hour < 25 and 0 <= minute < 60):
            return None
        since = days.since + timedelta(hours=hour, minutes=minute)
        return Period(since, since + (timedelta(minutes=1) if minute else timedelta(hours=1)))


class _English(_Clock):
    """Reads lower-case English."""

    def period(self, text: str) -> Period | None:
        if found := _LAST.fullmatch(text):
            count = self.count(found["n"])
            return None if count is None else Period(self.earlier(found["unit"], count), None)
        if found := _SINCE.fullmatch(text):
            name = found["x"] or found["y"]
            if (distance := _AGO.fullmatch(name)) and (count := self.count(distance["n"])):
                return Period(self.earlier(distance["unit"], count), None)
            began = self.point(name)
            return Period(began.since, None) if began else None
        if found := _BEFORE.fullmatch(text):
            ended = self.point(found["x"])
            return Period(None, ended.since) if ended else None
        if found := _THROUGH.fullmatch(text):
            ended = self.point(found["x"])
            return Period(None, ended.until) if ended else None
        if found := _AFTER.fullmatch(text):
            began = self.point(found["x"])
            return Period(self._end_of(began, found["x"]), None) if began else None
        return self.point(text)

    def point(self, text: str) -> Period | None:
        """Return the stretch of a plain date, a part of a day, a time of day, or a distance in minutes."""
        if found := _AGO.fullmatch(text):
            count = self.count(found["n"])
            return None if count is None else self.around(found["unit"], count)
        if text in ("tonight", "this night"):
            return self.part(self.days("today", "en"), _PARTS["evening"])
        if found := _PART.fullmatch(text):
            name = {"this": "today", "last": "yesterday"}.get(found["x"], found["x"])
            if part := self.part(self.days(name, "en"), _PARTS[found["part"]]):
                return part
        if text in ("noon", "midday"):
            return self.hour(self.days("today", "en"), 12, 0)
        return self._time(text) or self.days(text, "en")

    def count(self, text: str | None) -> float | None:
        if text in (None, "a", "an", "one", "couple of"):
            return 2 if text == "couple of" else 1
        if text in ("half", "half an", "half a"):
            return 0.5
        if text in ("few", "couple"):
            return 3 if text == "few" else 2
        return parse_number(str(text), "en")

    def _end_of(self, period: Period, text: str) -> datetime | None:
        """Return where "after …" begins: after a day, but at a time of day or of "… minutes ago" itself."""
        return period.since if self._time(text) or _AGO.fullmatch(text) or text in ("noon", "midday") else period.until

    def _time(self, text: str) -> Period | None:
        if (found := _DAY_FIRST.fullmatch(text)) and (told := self._time(f"{found['t']} {found['x']}")):
            return told
        found = _TIME.fullmatch(text)
        if not found or not (found["m"] or found["half"]):
            return None
        hour, half = int(found["h"]), (found["half"] or "").replace(".", "")
        day = (found["x"] or "today").removeprefix("on ")
        if part := re.fullmatch(r"(?:in the |this )?(morning|afternoon|evening)", day):
            half, day = half if half in ("am", "pm") else "am" if part[1] == "morning" else "pm", "today"
        if half in ("am", "pm") and hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        return self.hour(self.days(day, "en"), hour, int(found["m"] or 0))


class _Chinese(_Clock):
    """Reads simplified Chinese without spaces."""

    def period(self, text: str) -> Period | None:
        if (found := _ZH_LAST.fullmatch(text)) and not text.startswith(("前年", "前天")):
            count = self.count(found["n"])
            return None if count is None else Period(self.earlier(_ZH_UNITS[found["unit"]], count), None)
        if whole := self.point(text):
            return whole
        if (found := _ZH_SINCE.fullmatch(text)) and (began := self.point(found["x"] or found["y"])):
            return Period(began.since, None)
        if (found := _ZH_THROUGH.fullmatch(text)) and (ended := self.point(found["x"] or found["y"])):
            return Period(None, ended.until)
        if (found := _ZH_BEFORE.fullmatch(text)) and (ended := self.point(found["x"])):
            return Period(None, ended.since)
        if (found := _ZH_AFTER.fullmatch(text)) and (began := self.point(found["x"])):
            return Period(began.since if self._time(found["x"]) else began.until, None)
        return None

    def point(self, text: str) -> Period | None:
        text = _ZH_SHORT.get(text, text)
        if (found := _ZH_AGO.fullmatch(text)) and _ZH_UNITS[found["unit"]] in ("minute", "hour"):
            count = self.count(found["n"])
            return None if count is None else self.around(_ZH_UNITS[found["unit"]], count)
        if told := self._time(text):
            return told
        if (found := _ZH_PART.fullmatch(text)) and (day := self.days(found["x"] or "今天", "zh")):
            return self.part(day, _ZH_PARTS[found["part"]])
        if text.endswith(("以来", "为止", "以前", "之前", "以后", "之后", "起", "开始")) or text.startswith(
            ("自", "截")
        ):
            # a bare date parser would pass these words over; "三年前" alone is a date
            return None
        if re.fullmatch(r".*[年月日号]前", text) and not _ZH_AGO.fullmatch(text):
            return None
        return self.days(text, "zh")

    def count(self, text: str) -> float | None:
        return 0.5 if text == "半" else 3 if text == "几" else parse_number(text, "zh")

    def _time(self, text: str) -> Period | None:
        found = _ZH_TIME.fullmatch(text)
        if not found:
            return None
        hour, minutes = (
            self.count(found["h"]),
            {None: 0.0, "半": 30.0, "一刻": 15.0, "三刻": 45.0}.get(found["m"], -1.0),
        )
        minute = self.count(found["m"]) if minutes < 0 else minutes
        if hour is None or minute is None:
            return None
        if found["part"] in ("下午", "傍晚", "晚上", "夜里", "夜晚") and hour < 12:
            hour += 12
        return self.hour(self.days(_ZH_SHORT.get(found["x"], found["x"]) or "今天", "zh"), int(hour), int(minute))
