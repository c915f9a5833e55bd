"""Two of one name stay two; what can't both hold is asked about; what ended is closed; a birthday needs no year."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kg.fact import Fact, Literal, Node, Rank
from nlu.parse import Act, Factuality, Parse, Tag
from tests.fakes import Chat, sentence


def bearers(chat: Chat, name: str) -> int:
    return len({node.iri for node in chat.graph.nodes_named(name)})


def niece(text: str = "My niece is called Max too") -> Parse:
    return sentence(text, "My:SELF | niece:ROLE | Max:PER", "My role niece; niece same Max")


def test_a_name_that_is_given_too_is_somebody_elses() -> None:
    chat = Chat()
    chat.tell(sentence("Max lives in Dunmere", "Max:PER | Dunmere:LOC", "Max P551 Dunmere"))
    chat.tell(niece())
    assert bearers(chat, "Max") == 2


def test_a_name_in_apposition_is_the_known_one() -> None:
    chat = Chat()
    chat.tell(sentence("Max lives in Dunmere", "Max:PER | Dunmere:LOC", "Max P551 Dunmere"))
    chat.tell(niece("My niece Max"))
    assert bearers(chat, "Max") == 1


def test_a_cat_is_no_niece() -> None:
    chat = Chat()
    chat.tell(sentence("I have a cat called Max", "I:SELF | cat:THING | Max:PER", "I tt:hasPet Max; Max P31 cat"))
    chat.tell(niece("My niece Max"))
    assert bearers(chat, "Max") == 2


def test_nobody_is_their_own_son() -> None:
    chat = Chat()
    chat.tell(sentence("Karl is a cooper", "Karl:PER | cooper:OCC", "Karl P106 cooper"))
    chat.tell(sentence("Karl's son is Karl", "Karl:PER | son:ROLE | Karl:PER", "Karl role son; son same Karl#2"))
    assert bearers(chat, "Karl") == 2


@pytest.mark.parametrize(("text", "name"), [("我外甥女也叫孙燕", "孙燕"), ("她跟我外甥女同名，叫孙燕", "孙燕")])
def test_chinese_words_for_too(text: str, name: str) -> None:
    chat = Chat()
    chat.tell(sentence("孙燕住在梅渡", "孙燕:PER | 梅渡:LOC", "孙燕 P551 梅渡"))
    chat.tell(sentence(text, "我:SELF | 外甥女:ROLE | 孙燕:PER", "我 role 外甥女; 外甥女 same 孙燕"))
    assert bearers(chat, name) == 2


def born(place: str) -> Parse:
    return sentence(f"Nora was born in {place}", f"Nora:PER | {place}:LOC", f"Nora P19 {place}")


def test_two_birthplaces_are_disputed_until_one_is_picked() -> None:
    chat = Chat()
    first = chat.tell(born("Bergen")).new[0]
    second = chat.tell(born("Oslo"))
    assert [f.id for f in second.disputed] == [first.id]
    facts = [chat.graph.fact(first.id), second.new[0]]
    right, wrong = chat.rememberer.settle(facts, [sentence("Oslo", "Oslo:LOC", act=Act.FRAGMENT)], 3)
    assert right is not None
    assert right.id == second.new[0].id
    assert [f.id for f in wrong] == [first.id]
    assert chat.graph.fact(first.id).rank is Rank.DEPRECATED


def test_a_reply_that_names_neither_settles_nothing() -> None:
    chat = Chat()
    facts = [chat.tell(born("Bergen")).new[0], chat.tell(born("Oslo")).new[0]]
    assert chat.rememberer.settle(facts, [sentence("No idea", act=Act.FRAGMENT)], 3) == (None, ())


def test_a_more_exact_date_disputes_nothing() -> None:
    chat = Chat()
    chat.tell(sentence("Nora was born in 1954", "Nora:PER | 1954:DATE=1954", "Nora P569 1954"))
    again = sentence("Nora was born in May 1954", "Nora:PER | May 1954:DATE=1954-05", "Nora P569 May 1954")
    assert chat.tell(again).disputed == ()


def employers(chat: Chat, *, past: bool) -> set[str]:
    facts: list[Fact] = [f for f in chat.graph.facts(property="P108") if (f.end is not None) is past]
    return {f.object.label for f in facts if isinstance(f.object, Node)}


@pytest.mark.parametrize("verb", ["quit", "left", "was fired from"])
def test_what_was_left_is_over(verb: str) -> None:
    chat = Chat()
    chat.tell(sentence("Ines works for Halden", "Ines:PER | Halden:ORG", "Ines P108 Halden"))
    text = f"Ines {verb} Halden and works for Rivet"
    chat.tell(sentence(text, "Ines:PER | Halden:ORG | Rivet:ORG", "Ines P108 Halden; Ines P108 Rivet"))
    assert employers(chat, past=True) == {"Halden"}
    assert employers(chat, past=False) == {"Rivet"}


def test_a_place_within_the_old_one_ends_nothing() -> None:
    chat = Chat()
    chat.tell(sentence("Esme lives in Bristol", "Esme:PER | Bristol:LOC", "Esme P551 Bristol"))
    chat.tell(
        sentence("Esme lives in Clifton", "Esme:PER | Clifton:LOC", "Esme P551 Clifton"),
        sentence("Clifton is in Bristol", "Clifton:LOC | Bristol:LOC", "Clifton P131 Bristol", start=22),
    )
    assert {("Esme", "P551", "Bristol"), ("Esme", "P551", "Clifton")} <= chat.holds()


def test_a_firm_is_no_he() -> None:
    chat = Chat()
    chat.tell(sentence("Jasper works at Oranje", "Jasper:PER | Oranje:ORG", "Jasper P108 Oranje"))
    chat.tell(
        sentence("Not Oranje: he is at Blauw", "Oranje:ORG | he:PRON/m | Blauw:ORG", "he coref Oranje; he P108 Blauw")
    )
    assert ("Jasper", "P108", "Blauw") in chat.holds()


def test_a_birthday_is_every_years() -> None:
    chat = Chat()
    parse = sentence("My birthday is 4 August", "My:SELF | 4 August:DATE=2025-08-04", "My P569 4 August")
    mentions = tuple(replace(m, yearly="--08-04") if m.tag is Tag.DATE else m for m in parse.mentions)
    learned = chat.tell(replace(parse, mentions=mentions))
    assert learned.new[0].object == Literal("--08-04", "date")


def test_a_couple_in_focus_that_parted_is_no_couple() -> None:
    chat = Chat()
    chat.tell(sentence("Ansgar is married to Philippa", "Ansgar:PER | Philippa:PER", "Ansgar P26 Philippa"))
    learned = chat.tell(sentence("They got divorced in March", "They:PRON/2 | March:DATE=2026-03"))
    assert [f.property for f in learned.closed] == ["P26"]
    assert learned.closed[0].end is not None
    assert learned.closed[0].end.latest == "2026-03-10"


def test_whoever_steps_down_holds_the_post_no_more() -> None:
    chat = Chat()
    chat.tell(sentence("Kjell runs Fjordtech", "Kjell:PER | Fjordtech:ORG", "Fjordtech P1037 Kjell"))
    learned = chat.tell(sentence("Kjell stepped down", "Kjell:PER"))
    assert [f.property for f in learned.closed] == ["P1037"]


def test_what_is_only_supposed_ends_nothing() -> None:
    chat = Chat()
    chat.tell(sentence("Kjell runs Fjordtech", "Kjell:PER | Fjordtech:ORG", "Fjordtech P1037 Kjell"))
    learned = chat.tell(sentence("If Kjell resigned", "Kjell:PER", factuality=Factuality.SUPPOSED))
    assert learned.closed == ()


def test_no_she_is_called_something_else() -> None:
    chat = Chat()
    chat.tell(
        sentence("我的老师是贾敏", "我:SELF | 老师:ROLE | 贾敏:PER", "我 role 老师; 老师 same 贾敏"),
    )
    chat.tell(sentence("不对，她叫贾明", "她:PRON/f | 贾明:PER", "她 same 贾明", act=Act.CORRECT))
    assert chat.graph.nodes_named("贾明")
    assert not chat.graph.nodes_named("贾敏")


@pytest.mark.parametrize(
    ("known", "said"), [("Lockhart Motors", "Lockhart Motors Ltd"), ("远航贸易", "远航贸易有限公司")]
)
def test_a_legal_form_makes_no_other_firm(known: str, said: str) -> None:
    chat = Chat()
    chat.tell(sentence(f"Ines P108 {known}", f"Ines:PER | {known}:ORG", f"Ines P108 {known}"))
    chat.tell(sentence(f"{said} P127 Neil", f"{said}:ORG | Neil:PER", f"{said} P127 Neil"))
    assert bearers(chat, known) == 1
    assert (known, "P127", "Neil") in chat.holds() or (said, "P127", "Neil") in chat.holds()
    assert len([n for n in chat.graph.nodes.values() if n.tag == "ORG"]) == 1


@pytest.mark.parametrize(
    ("lent", "back"),
    [
        (
            sentence("I lent my stove to Brit", "I:SELF | my:SELF | stove:THING | Brit:PER", "my tt:owns stove; stove tt:lentTo Brit"),
            sentence("Brit brought the stove back yesterday", "Brit:PER | stove:THING"),
        ),
        (
            sentence("我把电钻借给了老金", "我:SELF | 电钻:THING | 老金:PER", "我 tt:owns 电钻; 电钻 tt:lentTo 老金"),
            sentence("老金把电钻还给我了", "老金:PER | 电钻:THING"),
        ),
    ],
)  # fmt: skip
def test_what_came_back_is_lent_no_more(lent: Parse, back: Parse) -> None:
    chat = Chat()
    chat.tell(lent)
    assert [f.property for f in chat.tell(back).closed] == ["tt:lentTo"]


def test_what_is_lent_now_is_not_back() -> None:
    chat = Chat()
    words = "I got the stove back and lent it to Brit"
    learned = chat.tell(sentence(words, "I:SELF | stove:THING | Brit:PER", "stove tt:lentTo Brit"))
    assert learned.closed == ()
