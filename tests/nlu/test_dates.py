"""Dates of both languages, absolute and relative, give the right days, and are written as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.dates import Interval, Precision, birth_interval, format_date, parse_date, weekday_of
from nlu.interval import back, easter, from_iso

AT = datetime(2026, 3, 11, 14, 30, tzinfo=UTC)  # a Wednesday


def iso(text: str, language: str, *, ahead: bool = False, anchor: Interval | None = None) -> str | None:
    found = parse_date(text, AT, language, ahead=ahead, anchor=anchor)
    return None if found is None else found.iso


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1954", "1954"),
        ("May 1954", "1954-05"),
        ("3 May 1954", "1954-05-03"),
        ("May 3rd, 1954", "1954-05-03"),
        ("Wednesday, 11 March 2026", "2026-03-11"),
        ("1988-03-09", "1988-03-09"),
        ("the year 1999", "1999"),
        ("nineteen eighty-seven", "1987"),
        ("last year", "2025"),
        ("yesterday", "2026-03-10"),
        ("the day before yesterday", "2026-03-09"),
        ("next Saturday", "2026-03-14"),
        ("last Monday", "2026-03-09"),
        ("this Friday", "2026-03-13"),
        ("on Monday", "2026-03-09"),
        ("two weeks ago", "2026-02-23/2026-03-01"),
        ("in two weeks", "2026-03-23/2026-03-29"),
        ("three years ago", "2023"),
        ("a couple of months ago", "2026-01"),
        ("last summer", "2025-06/2025-08"),
        ("next spring", "2027-03/2027-05"),
        ("the spring of 2019", "2019-03/2019-05"),
        ("Easter", "2025-04-20"),
        ("Christmas 2018", "2018-12-25"),
        ("since May", "2025-05"),
        ("until 2020", "2020"),
        ("2003–2009", "2003/2009"),
        ("from 2003 to 2009", "2003/2009"),
        ("between 3 and 5 May 2010", "2010-05-03/2010-05-05"),
        ("from March to May", "2025-03/2025-05"),
        ("the 1970s", "1970/1979"),
        ("the seventies", "1970/1979"),
        ("in the early 90s", "1990/1999"),
        ("the 19th century", "1801/1900"),
        ("31 February 2020", None),
        ("ten thousand years ago", None),
        ("Bergen", None),
        ("two", None),
        ("", None),
    ],
)
def test_english(text: str, expected: str | None) -> None:
    assert iso(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015年3月", "2015-03"),
        ("一九八七年三月", "1987-03"),
        ("一九八七", "1987"),
        ("1988年3月9日", "1988-03-09"),
        ("去年", "2025"),
        ("前年", "2024"),
        ("去年夏天", "2025-06/2025-08"),
        ("今年九月", "2026-09"),
        ("上个星期", "2026-03-02/2026-03-08"),
        ("上禮拜", "2026-03-02/2026-03-08"),
        ("后天", "2026-03-13"),
        ("後天", "2026-03-13"),
        ("昨天晚上", "2026-03-10"),
        ("这个月", "2026-03"),
        ("下个月十八号", "2026-04-18"),
        ("下周六", "2026-03-21"),
        ("星期三", "2026-03-11"),
        ("三年前", "2023"),
        ("半年前", "2025-09"),
        ("十天后", "2026-03-21"),
        ("九十年代", "1990/1999"),
        ("20世纪80年代", "1980/1989"),
        ("19世纪", "1801/1900"),
        ("2003年到2009年", "2003/2009"),
        ("2003-2009年", "2003/2009"),
        ("2015年3月到5月", "2015-03/2015-05"),
        ("3月至5月", "2025-03/2025-05"),
        ("从2008年起", "2008"),
        ("2020年以前", "2020"),
        ("自1995年以来", "1995"),
        ("2020年春节", "2020-01-25"),
        ("国庆", "2025-10-01"),
        ("一九八七年三月初五", "1987"),
        ("87年", "1987"),
        ("十几年前", None),
        ("卑尔根", None),
        ("", None),
    ],
)
def test_chinese(text: str, expected: str | None) -> None:
    assert iso(text, "zh") == expected


def test_bare_dates_look_ahead_when_told() -> None:
    assert iso("Monday", "en", ahead=True) == "2026-03-16"
    assert iso("May", "en", ahead=True) == "2026-05"
    assert iso("Easter", "en", ahead=True) == "2026-04-05"
    assert iso("五月三号", "zh", ahead=True) == "2026-05-03"


def test_a_date_may_lean_on_another() -> None:
    anchor = parse_date("last year", AT, "en")
    assert iso("the year before that", "en", anchor=anchor) == "2024"
    assert iso("two years later", "en", anchor=anchor) == "2027"
    assert iso("the year before that", "en") is None


def test_precision_and_text_are_kept() -> None:
    found = parse_date("in May 1954", AT, "en")
    assert found == Interval("1954-05-01", "1954-05-31", Precision.MONTH, "in May 1954")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("2026-03-10", "10 March 2026", "2026年3月10日"),
        ("1954-05", "May 1954", "1954年5月"),
        ("1954", "1954", "1954年"),
        ("2003/2009", "2003–2009", "2003年至2009年"),
        ("1970/1979", "the 1970s", "20世纪70年代"),
        ("1801/1900", "the 19th century", "19世纪"),
        ("2019-06/2019-08", "June 2019 to August 2019", "2019年6月至2019年8月"),
        ("no date", "no date", "no date"),
    ],
)
def test_dates_are_written_as_people_write_them(value: str, english: str, chinese: str) -> None:
    assert format_date(value, "en") == english
    assert format_date(value, "zh") == chinese


_DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 31))


@given(_DAYS, st.sampled_from(["day", "month", "year"]), st.sampled_from(["en", "zh"]))
def test_what_is_written_reads_as_it_was(of: date, precision: str, language: str) -> None:
    value = of.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]
    assert iso(format_date(value, language), language) == value


@given(_DAYS, _DAYS, st.sampled_from([4, 7, 10]), st.sampled_from(["en", "zh"]))
def test_what_is_written_of_a_stretch_reads_as_it_was(one: date, other: date, size: int, language: str) -> None:
    first, last = sorted((one.isoformat()[:size], other.isoformat()[:size]))
    stretch = from_iso(f"{first}/{last}")
    assert stretch is not None
    assert iso(format_date(stretch.iso, language), language) == stretch.iso


@given(st.integers(0, 120), _DAYS)
def test_an_age_gives_a_year_of_birthdays(age: int, at: date) -> None:
    found = birth_interval(age, at)
    first, last = date.fromisoformat(found.earliest), date.fromisoformat(found.latest)
    assert 364 <= (last - first).days <= 366
    assert back(at, years=age) == last


def test_weekdays_and_easter() -> None:
    assert weekday_of(AT.date(), "en") == "Wednesday"
    assert weekday_of(AT.date(), "zh") == "星期三"
    assert [easter(y) for y in (1961, 2000, 2024, 2026)] == [
        date(1961, 4, 2),
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2026, 4, 5),
    ]


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    for language in ("en", "zh"):
        parse_date(text, AT, language)
        format_date(text, language)
