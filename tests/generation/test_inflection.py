"""English word forms are the ones that English has."""

from __future__ import annotations

import pytest

from generation.inflection import Person, Tense, conjugate, plural, possessive, third_person, with_article


@pytest.mark.parametrize(
    ("verb", "person", "tense", "negative", "form"),
    [
        ("live", Person.IT, Tense.PRESENT, False, "lives"),
        ("live", Person.YOU, Tense.PRESENT, True, "don't live"),
        ("study", Person.IT, Tense.PAST, False, "studied"),
        ("write", Person.IT, Tense.PERFECT, False, "has written"),
        ("be", Person.THEY, Tense.PRESENT, False, "are"),
        ("be", Person.IT, Tense.PAST, True, "wasn't"),
        ("be", Person.YOU, Tense.PERFECT, True, "haven't been"),
        ("can", Person.IT, Tense.PRESENT, True, "can't"),
        ("can", Person.IT, Tense.PAST, False, "could"),
        ("have", Person.IT, Tense.PRESENT, False, "has"),
        ("take", Person.IT, Tense.PAST, True, "didn't take"),
    ],
)
def test_verbs(verb: str, person: Person, tense: Tense, negative: bool, form: str) -> None:
    assert conjugate(verb, person, tense, negative=negative) == form


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("daughter-in-law", "daughters-in-law"),
        ("grandchild", "grandchildren"),
        ("ex-wife", "ex-wives"),
        ("boss", "bosses"),
        ("subsidiary", "subsidiaries"),
        ("older brother", "older brothers"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    ("noun", "with_one"),
    [
        ("engineer", "an engineer"),
        ("hourly worker", "an hourly worker"),
        ("university teacher", "a university teacher"),
        ("one-man band", "a one-man band"),
        ("the boat", "the boat"),
        ("goats", "goats"),
        ("octopus", "an octopus"),
        ("两只猫", "两只猫"),
        ("", ""),
    ],
)
def test_articles(noun: str, with_one: str) -> None:
    assert with_article(noun) == with_one


def test_possessives_and_third_person() -> None:
    assert [possessive(n) for n in ("Anna", "James", "the Holts", "you", "You")] == [
        "Anna's",
        "James's",
        "the Holts'",
        "your",
        "Your",
    ]
    assert [third_person(v) for v in ("go", "fix", "have", "say")] == ["goes", "fixes", "has", "says"]
