"""Lists share what is said of one member; initials beside a name shorten it."""

from __future__ import annotations

import pytest

from nlu.abbreviation import abbreviations, shortens
from nlu.enumeration import distributed, enumerations
from nlu.parse import Kind, Mention, Relation, Span, Tag


def mentions(text: str, *tagged: tuple[str, Tag]) -> list[Mention]:
    found: list[Mention] = []
    at = 0
    for words, tag in tagged:
        at = text.index(words, at)
        found.append(Mention(Span(at, at + len(words)), words, tag, Kind.NAME, 0.9))
        at += len(words)
    return found


@pytest.mark.parametrize(
    ("text", "tagged", "lists"),
    [
        ("I keep Ox, Bee and Fig.", ("Ox:PER", "Bee:PER", "Fig:PER"), [(0, 1, 2)]),
        ("我种了茉莉、昙花和文竹。", ("茉莉:THING", "昙花:PER", "文竹:THING"), [(0, 1, 2)]),
        ("Anna, Oslo.", ("Anna:PER", "Oslo:LOC"), []),
        ("Anna met Bo.", ("Anna:PER", "Bo:PER"), []),
        ("Anna and Bo met Cy, Di, and Ed.", ("Anna:PER", "Bo:PER", "Cy:PER", "Di:PER", "Ed:PER"), [(0, 1), (2, 3, 4)]),
    ],
)
def test_a_list_is_what_only_commas_and_ands_part(text: str, tagged: tuple[str, ...], lists: list[tuple[int]]) -> None:
    pairs = [(words, Tag(tag)) for words, _, tag in (one.partition(":") for one in tagged)]
    assert enumerations(text, mentions(text, *pairs)) == lists


def test_between_two_lists_nothing_is_shared() -> None:
    told = (Relation(0, "P551", 2, 0.9),)
    assert distributed(told, [(0, 1), (2, 3)]) == told


def test_of_two_only_what_was_seen_grows_surer() -> None:
    told = (Relation(0, "tt:hasPet", 1, 0.9), Relation(0, "tt:hasPet", 2, 0.4))
    assert [r.confidence for r in distributed(told, [(1, 2)])] == [0.9, 0.855]
    assert len(distributed(told[:1], [(1, 2)])) == 1


def test_a_short_name_stands_beside_its_long_form() -> None:
    club = ("TSC", Tag.ORGANISATION), ("Tveit Sailing Club", Tag.ORGANISATION)
    text = "He joined the TSC, the Tveit Sailing Club."
    found = abbreviations(text, mentions(text, *club))
    assert [(r.subject, r.property, r.object) for r in found] == [(1, "P1813", 0)]
    apart = "TSC beat Tveit Sailing Club"
    assert not abbreviations(apart, mentions(apart, *club))


def test_initials_must_agree() -> None:
    assert shortens("HWU", "Harbour Workers' Union")
    assert not shortens("HWU", "Harbour Union")
    assert not shortens("Hwu", "Harbour Workers' Union")
