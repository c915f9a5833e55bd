"""Role nouns: their meaning, their synonyms in both languages, and who fills them."""

from __future__ import annotations

import pytest

from kg.fact import Draft, NodeKind, Source
from kg.roles import RoleLexicon, holders
from tests.fakes import Chat

SOURCE = Source(1, 0, 9, "owner", "2026-03-11T12:00:00+01:00", "test")


def told(*facts: tuple[str, str, str, str], genders: dict[str, str] | None = None) -> Chat:
    """Return a chat whose graph holds facts (subject, property, object, role noun); "me" is the owner."""
    chat = Chat()
    known = {"me": chat.graph.self_node()}
    for subject, property, obj, role in facts:
        for name in (subject, obj):
            if name not in known:
                gender = (genders or {}).get(name, "")
                known[name] = chat.graph.new_node(name, NodeKind.NAMED, "PER", gender=gender)
        chat.graph.add(Draft(known[subject].iri, property, known[obj].iri, SOURCE, role=role))
    return chat


def who(chat: Chat, possessor: str, noun: str) -> set[str]:
    (node,) = chat.graph.nodes_named(possessor)
    return {n.label for n in holders(chat.graph, chat.roles, node.iri, noun)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gran", "grandmother", True),
        ("gran", "奶奶", True),
        ("奶奶", "外婆", False),
        ("sister", "姐姐", True),
        ("姐姐", "妹妹", False),
        ("vet", "dentist", False),
        ("uncle", "aunt", False),
        ("sons", "son", True),
        ("goldsmith", "goldsmith", True),
        ("screenwriter", "编剧", True),
        ("screenwriter", "作词者", False),
        ("film producer", "制片人", True),
        ("distributor", "发行商", True),
        ("record label", "唱片公司", True),
        ("operator", "运营方", True),
        ("tributary", "支流", True),
    ],
)
def test_nouns_of_one_role_are_known_across_languages(one: str, other: str, same: bool) -> None:
    assert Chat().roles.same_role(one, other) is same


def test_a_role_is_found_as_told_under_a_synonym_and_along_its_path() -> None:
    chat = told(("me", "P1038", "Zora", "gran"), ("Hedda", "P40", "Arlo", "son"), ("Arlo", "P26", "Ines", ""))
    assert who(chat, "me", "gran") == who(chat, "me", "grandmother") == who(chat, "me", "奶奶") == {"Zora"}
    assert who(chat, "Hedda", "daughter-in-law") == who(chat, "Hedda", "儿媳") == {"Ines"}


def test_gender_decides_between_children() -> None:
    chat = told(
        ("Hedda", "P40", "Arlo", "son"), ("Hedda", "P40", "Ines", "daughter"), genders={"Arlo": "m", "Ines": "f"}
    )
    assert who(chat, "Hedda", "son") == {"Arlo"}
    assert who(chat, "Hedda", "女儿") == {"Ines"}
    assert who(chat, "Hedda", "children") == {"Arlo", "Ines"}


def test_facts_are_walked_backwards_where_the_ontology_mirrors_them() -> None:
    chat = told(("Arlo", "P22", "Egil", "father"), ("Ines", "P26", "Arlo", ""), genders={"Arlo": "m", "Egil": "m"})
    assert who(chat, "Egil", "son") == {"Arlo"}
    assert who(chat, "Arlo", "wife") == {"Ines"}
    assert who(chat, "Ines", "公公") == {"Egil"}


def test_who_replaced_whom_is_found_from_both_ends() -> None:
    chat = told(("Ines", "P1365", "Arlo", ""), ("Ines", "P1366", "Zora", ""))
    assert who(chat, "Arlo", "successor") == who(chat, "Zora", "前任者") == {"Ines"}
    assert who(chat, "Ines", "predecessor") == {"Arlo"}


def test_friends_by_another_noun_are_not_mixed_up() -> None:
    chat = told(("me", "tt:friend", "Ines", "flatmate"), ("me", "tt:friend", "Arlo", "friend"))
    assert who(chat, "me", "flatmate") == {"Ines"}
    assert who(chat, "me", "friend") == {"Arlo"}


def test_an_unknown_noun_is_found_by_itself() -> None:
    chat = told(("me", "tt:relatedTo", "Ines", "archery buddy-in-chief"))
    assert who(chat, "me", "archery buddy-in-chief") == {"Ines"}
    assert not who(chat, "me", "dentist")


def test_a_broken_table_is_named() -> None:
    with pytest.raises(ValueError, match="'uncle'"):
        RoleLexicon.from_mapping({"uncle": 3})
