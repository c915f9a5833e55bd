"""Mentions find their nodes: by name, part of a name, title, role, pronoun, in English and Chinese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.alias import Titles
from kg.fact import Node, NodeKind
from kg.link import Link, Sentence
from nlu.parse import Act, Parse
from tests.fakes import Chat, sentence


def link(chat: Chat, parse: Parse, index: int = 0) -> Link:
    """Return what a mention of a question means; a question creates nothing."""
    return Sentence(chat.linker, parse, chat.graph.self_node(), create=False).link(index)


def person(chat: Chat, name: str, tag: str = "PER") -> Node:
    return chat.linker.create(name, NodeKind.NAMED, tag)


@pytest.mark.parametrize(
    ("known", "said", "tag"),
    [
        ("Hedda Marsh", "Hedda", "PER"),
        ("Hedda Marsh", "Marsh", "PER"),
        ("Hedda Marsh", "hedda marsh", "PER"),
        ("Dr Leander Clarke", "Leander Clarke", "PER"),
        ("Dr Leander Clarke", "Clarke", "PER"),
        ("Leander Clarke", "Mr Clarke", "PER"),
        ("方小梅", "小梅", "PER"),
        ("方志敏", "方老师", "PER"),
        ("方志敏老师", "方志敏", "PER"),
        ("Dunning Street Library", "library", "ORG"),
        ("青溪水泵厂", "水泵厂", "ORG"),
    ],
)
def test_a_part_of_a_name_finds_its_only_bearer(known: str, said: str, tag: str) -> None:
    chat = Chat()
    node = person(chat, known, tag)
    person(chat, "Somebody Else")
    assert link(chat, sentence(f"{said}?", f"{said}:{tag}", act=Act.ASK)).nodes == (node,)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [("Otis Vane", "Otis Reed", "Otis"), ("方志敏", "方志青", "方老师"), ("孟大江", "孟小河", "老孟")],
)
def test_a_name_that_two_people_bear_is_ambiguous(one: str, other: str, said: str) -> None:
    chat = Chat()
    nodes = {person(chat, one), person(chat, other)}
    found = link(chat, sentence(f"{said}?", f"{said}:PER", act=Act.ASK))
    assert not found.nodes
    assert {c.node for c in found.ambiguous} == nodes


def test_two_people_of_one_first_name_stay_two() -> None:
    chat = Chat()
    chat.tell(sentence("Otis Vane lives in Tarn", "Otis Vane:PER | Tarn:LOC", "Otis Vane P551 Tarn"))
    chat.tell(sentence("Otis Reed lives in Ashby", "Otis Reed:PER | Ashby:LOC", "Otis Reed P551 Ashby"))
    assert chat.holds() == {("Otis Vane", "P551", "Tarn"), ("Otis Reed", "P551", "Ashby")}


def test_a_statement_about_an_unclear_name_is_held_back() -> None:
    chat = Chat()
    person(chat, "Otis Vane")
    person(chat, "Otis Reed")
    learned = chat.tell(sentence("Otis likes figs", "Otis:PER | figs:THING", "Otis tt:likes figs"))
    assert not learned.new
    assert any("Otis Vane" in reason and "Otis Reed" in reason for reason in learned.held_back)


@pytest.mark.parametrize(("short", "full"), [("Hedda", "Hedda Marsh"), ("小梅", "方小梅")])
def test_a_fuller_name_told_later_is_the_same_person_and_preferred(short: str, full: str) -> None:
    chat = Chat()
    chat.tell(sentence(f"{short} likes figs", f"{short}:PER | figs:THING", f"{short} tt:likes figs"))
    chat.tell(sentence(f"{full} likes tea", f"{full}:PER | tea:THING", f"{full} tt:likes tea"))
    assert {s for s, _, _ in chat.holds()} == {full}


def test_a_person_and_a_town_of_one_name_are_two() -> None:
    chat = Chat()
    chat.tell(sentence("Florence lives in Florence", "Florence:PER | Florence:LOC", "Florence P551 Florence#2"))
    ((subject, _, obj),) = [(f.subject, f.property, f.object) for f in chat.graph.facts()]
    assert subject != obj


@pytest.mark.parametrize(("first", "second"), [("cats", "cat"), ("cherry", "cherries"), ("figs", "Figs"), ("鹅", "鹅")])
def test_a_common_noun_is_one_class_in_either_number(first: str, second: str) -> None:
    chat = Chat()
    for noun in (first, second):
        chat.tell(sentence(f"I like {noun}", f"I:SELF | {noun}:THING", f"I tt:likes {noun}"))
    assert len(chat.graph.facts()) == 1


@pytest.mark.parametrize(
    ("told", "asked", "name"),
    [
        (
            (
                "My daughter Tess sings",
                "My:SELF | daughter:ROLE | Tess:PER | sings:ACTV",
                "My role daughter; daughter same Tess; Tess tt:can sings",
            ),
            ("Where is my daughter?", "my:SELF | daughter:ROLE", "my role daughter"),
            "Tess",
        ),
        (
            (
                "我闺女方小梅会唱歌",
                "我:SELF | 闺女:ROLE | 方小梅:PER | 唱歌:ACTV",
                "我 role 闺女; 闺女 same 方小梅; 方小梅 tt:can 唱歌",
            ),
            ("我女儿在哪儿？", "我:SELF | 女儿:ROLE", "我 role 女儿"),
            "方小梅",
        ),
    ],
    ids=["en", "zh"],
)
def test_a_role_with_a_possessor_is_found_under_any_of_its_nouns(
    told: tuple[str, str, str], asked: tuple[str, str, str], name: str
) -> None:
    chat = Chat()
    chat.tell(sentence(*told))
    assert [n.label for n in link(chat, sentence(*asked, act=Act.ASK), 1).nodes] == [name]


def test_chains_of_roles_are_followed() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "Hedda's daughter is Tess",
            "Hedda:PER | daughter:ROLE | Tess:PER",
            "Hedda role daughter; daughter same Tess",
        )
    )
    chat.tell(
        sentence("Tess's husband is Arlo", "Tess:PER | husband:ROLE | Arlo:PER", "Tess role husband; husband same Arlo")
    )
    chain = sentence(
        "the husband of Hedda's daughter?",
        "husband:ROLE | Hedda:PER | daughter:ROLE",
        "Hedda role daughter; daughter role husband",
        act=Act.ASK,
    )
    assert [n.label for n in link(chat, chain).nodes] == ["Arlo"]
    inlaw = sentence("Hedda's son-in-law?", "Hedda:PER | son-in-law:ROLE", "Hedda role son-in-law", act=Act.ASK)
    assert [n.label for n in link(chat, inlaw, 1).nodes] == ["Arlo"]


@pytest.mark.parametrize(("mine", "bare"), [("landlord", "landlord"), ("房东", "房东")])
def test_the_landlord_without_a_possessor_is_the_one_we_spoke_of(mine: str, bare: str) -> None:
    chat = Chat()
    text = f"My {mine} is Mr Pell"
    chat.tell(sentence(text, f"My:SELF | {mine}:ROLE | Mr Pell:PER", f"My role {mine}; {mine} same Mr Pell"))
    assert [n.label for n in link(chat, sentence(f"{bare}?", f"{bare}:ROLE", act=Act.ASK)).nodes] == ["Mr Pell"]


def test_a_known_name_takes_over_the_unnamed_role() -> None:
    chat = Chat()
    chat.tell(sentence("My boss lives in Tarn", "My:SELF | boss:ROLE | Tarn:LOC", "My role boss; boss P551 Tarn"))
    chat.tell(sentence("Ines plays the flute", "Ines:PER | flute:THING", "Ines P1303 flute"))
    chat.tell(sentence("My boss is Ines", "My:SELF | boss:ROLE | Ines:PER", "My role boss; boss same Ines"))
    assert {("Ines", "P551", "Tarn"), ("Ines", "P1303", "flute")} <= chat.holds()


@pytest.mark.parametrize(
    ("told", "then"),
    [
        (
            ("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"),
            ("She is a baker", "She:PRON/f | baker:OCC", "She P106 baker"),
        ),
        (
            ("方小梅住在柳桥", "方小梅:PER | 柳桥:LOC", "方小梅 P551 柳桥"),
            ("她是会计", "她:PRON/f | 会计:OCC", "她 P106 会计"),
        ),
    ],
)
def test_a_pronoun_is_who_we_spoke_of_and_tells_the_gender(
    told: tuple[str, str, str], then: tuple[str, str, str]
) -> None:
    chat = Chat()
    chat.tell(sentence(*told))
    (fact,) = chat.tell(sentence(*then)).new
    assert (fact.subject.label, fact.subject.gender) == (told[1].split(":")[0], "f")


def test_they_are_the_pair_we_spoke_of() -> None:
    chat = Chat()
    chat.tell(sentence("Ines is married to Arlo", "Ines:PER | Arlo:PER", "Ines P26 Arlo"))
    chat.tell(sentence("They live in Tarn", "They:PRON/2 | Tarn:LOC", "They P551 Tarn"))
    assert {("Ines", "P551", "Tarn"), ("Arlo", "P551", "Tarn")} <= chat.holds()


def test_his_wife_is_not_himself() -> None:
    chat = Chat()
    chat.tell(sentence("Arlo met Bram", "Arlo:PER | Bram:PER", "Arlo tt:friend Bram"))
    chat.tell(
        sentence("His brother is Arlo", "His:PRON/m | brother:ROLE | Arlo:PER", "His role brother; brother same Arlo")
    )
    assert ("Bram", "P3373", "Arlo") in chat.holds()


@given(st.text(max_size=40))
def test_any_text_may_stand_as_a_name(name: str) -> None:
    chat = Chat()
    person(chat, "Hedda Marsh")
    chat.linker.named(name, "PER")
    assert isinstance(Titles().strip(name), str)


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (
            sentence("Greta works at Pinecrest", "Greta:PER | Pinecrest:ORG", "Greta P108 Pinecrest"),
            sentence("A different Greta lives in Sandling", "Greta:PER | Sandling:LOC", "Greta P551 Sandling"),
            "Greta",
        ),
        (
            sentence("Freya plays the cello", "Freya:PER | cello:THING", "Freya P1303 cello"),
            sentence(
                "There's another Freya; she bakes",
                "Freya:PER | she:PRON | bakes:OCC",
                "she coref Freya; she P106 bakes",
            ),
            "Freya",
        ),
        (
            sentence("丹丹在松林上班", "丹丹:PER | 松林:ORG", "丹丹 P108 松林"),
            sentence("另一个丹丹住在沙岭", "丹丹:PER | 沙岭:LOC", "丹丹 P551 沙岭"),
            "丹丹",
        ),
    ],
    ids=["en", "coreferent", "zh"],
)
def test_another_of_the_same_name_is_somebody_else(first: Parse, second: Parse, name: str) -> None:
    chat = Chat()
    chat.tell(first)
    chat.tell(second)
    assert len(chat.graph.nodes_named(name)) == 2
