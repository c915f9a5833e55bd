"""Calendars: events in sentences, in the language of their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document import Document, DocumentError
from bot.documents import parse


def _read(*events: list[str]) -> list[Document]:
    inner = [line for e in events for line in ["BEGIN:VEVENT", *e, "END:VEVENT"]]
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *inner, "END:VCALENDAR", ""])
    return list(parse("a.ics", text.encode(), max_megabytes=1))


def _text(*lines: str) -> str:
    (document,) = _read(list(lines))
    return document.text


def test_an_event_becomes_english_sentences() -> None:
    text = _text(
        "SUMMARY:Choir practice",
        "DTSTART;TZID=Europe/Oslo:20260303T180000",
        "DTEND;TZID=Europe/Oslo:20260303T200000",
        "LOCATION:Harbour Hall\\, Bergen",
        "RRULE:FREQ=WEEKLY",
        "ORGANIZER;CN=Hilde Moe:mailto:h@example.org",
        "ATTENDEE;CN=Bo Lind:mailto:b@example.org",
        "ATTENDEE;CN=Torben Ask:mailto:t@example.org",
        "ATTENDEE;CN=c@example.org:mailto:c@example.org",
        "DESCRIPTION:Bring the notes.\\nAnd tea.",
    )
    assert text == (
        "Choir practice takes place at Harbour Hall, Bergen on 3 March 2026 at 18:00.\n"
        "Choir practice takes place every week.\n"
        "Hilde Moe organises Choir practice.\n"
        "Bo Lind and Torben Ask take part in Choir practice.\n\n"
        "Bring the notes.\nAnd tea."
    )


def test_a_chinese_event_becomes_chinese_sentences() -> None:
    text = _text(
        "SUMMARY:合唱排练", "DTSTART:20260303T180000", "LOCATION:海港厅", "ATTENDEE;CN=沈若溪:mailto:s@example.org"
    )
    assert text == "合唱排练于2026年3月3日18:00在海港厅举行。\n沈若溪参加合唱排练。"


@pytest.mark.parametrize(
    ("begin", "end", "when"),
    [
        (";VALUE=DATE:20260303", ";VALUE=DATE:20260304", "on 3 March 2026"),
        (";VALUE=DATE:20260303", ";VALUE=DATE:20260306", "from 3 March 2026 to 5 March 2026"),
        (":20260303T210000Z", ":20260304T010000Z", "on 3 March 2026 at 21:00 UTC"),
        (":20260303T100000", ":20260305T120000", "from 3 March 2026 to 5 March 2026"),
        (":20260303T100000", ":20260301T100000", "on 3 March 2026 at 10:00"),
    ],
)
def test_when_it_takes_place_is_told_by_the_day_and_the_hour(begin: str, end: str, when: str) -> None:
    assert _text("SUMMARY:Regatta", f"DTSTART{begin}", f"DTEND{end}") == f"Regatta takes place {when}."


def test_cancelled_and_nameless_events_and_rare_repetitions_are_left_out() -> None:
    day = "DTSTART:20260303T180000"
    found = _read(
        ["SUMMARY:Off", day, "STATUS:CANCELLED"], [day], ["SUMMARY:Choir", day, "RRULE:FREQ=WEEKLY;INTERVAL=2"]
    )
    assert [d.text for d in found] == ["Choir takes place on 3 March 2026 at 18:00."]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no events in it|broken calendar"),
        ("words", "broken calendar.*export the calendar again"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR", "no events in it"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x", "no events|broken"),
    ],
)
def test_what_is_no_calendar_is_an_error_with_a_remedy(text: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        list(parse("a.ics", text.encode(), max_megabytes=1))


_PIECES = [
    "DTSTART:",
    "DTEND:",
    "2026",
    "0303T",
    "RRULE:FREQ=",
    "WEEKLY",
    ";INTERVAL=",
    "TZID=",
    "ATTENDEE;CN=",
    "LOCATION:",
]


@given(st.lists(st.sampled_from([*_PIECES, "9", ":", ";", "\n", "\\", '"', "沈", "\x00", "{what}"]), max_size=30))
def test_any_event_is_a_document_or_an_error(pieces: list[str]) -> None:
    try:
        documents = _read(["SUMMARY:Choir {where}", "DTSTART:20260303T180000", *"".join(pieces).split("\n")])
    except DocumentError:
        return
    assert all(d.text and "\0" not in d.text for d in documents)
