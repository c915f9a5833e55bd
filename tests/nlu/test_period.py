"""Stretches of time, as people name them, by the speaker's clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlu.period import read_period

AT = datetime.fromisoformat("2026-03-11T10:00:00+01:00")  # a Wednesday


@pytest.mark.parametrize(
    ("text", "language", "since", "until"),
    [
        ("yesterday", "en", "2026-03-10T00:00", "2026-03-11T00:00"),
        ("last week", "en", "2026-03-02T00:00", "2026-03-09T00:00"),
        ("in the last hour", "en", "2026-03-11T09:00", ""),
        ("the past half hour", "en", "2026-03-11T09:30", ""),
        ("since Monday", "en", "2026-03-09T00:00", ""),
        ("since an hour ago", "en", "2026-03-11T09:00", ""),
        ("before 2024", "en", "", "2024-01-01T00:00"),
        ("after 9:30", "en", "2026-03-11T09:30", ""),
        ("yesterday afternoon", "en", "2026-03-10T12:00", "2026-03-10T18:00"),
        ("from 3 March to 5 March", "en", "2026-03-03T00:00", "2026-03-06T00:00"),
        ("ten minutes ago", "en", "2026-03-11T09:45", "2026-03-11T09:55"),
        ("昨天下午", "zh", "2026-03-10T12:00", "2026-03-10T18:00"),
        ("上週", "zh", "2026-03-02T00:00", "2026-03-09T00:00"),
        ("最近一个小时", "zh", "2026-03-11T09:00", ""),
        ("星期一以来", "zh", "2026-03-09T00:00", ""),
        ("2024年以前", "zh", "", "2024-01-01T00:00"),
        ("到昨天为止", "zh", "", "2026-03-11T00:00"),
        ("今天上午九点以后", "zh", "2026-03-11T09:00", ""),
        ("三天前", "zh", "2026-03-08T00:00", "2026-03-09T00:00"),
    ],
)
def test_a_stretch_of_time_is_read(text: str, language: str, since: str, until: str) -> None:
    found = read_period(text, AT, language)
    assert found is not None
    ends = [moment.isoformat()[:16] if moment else "" for moment in (found.since, found.until)]
    assert ends == [since, until]


@pytest.mark.parametrize(
    ("text", "language"), [("Anna", "en"), ("Harbour notes", "en"), ("last three", "en"), ("老孟", "zh")]
)
def test_what_is_no_time_is_none(text: str, language: str) -> None:
    assert read_period(text, AT, language) is None


def test_a_period_is_half_open_and_knows_zones() -> None:
    day = read_period("yesterday", AT, "en")
    assert day is not None
    assert datetime.fromisoformat("2026-03-09T23:00:00+00:00") in day
    assert datetime.fromisoformat("2026-03-10T23:00:00+00:00") not in day
