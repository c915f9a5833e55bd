"""What is stated becomes facts with sources; what is asked, supposed, wished or hearsay does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.fact import Literal, Node, NodeKind
from kg.remember import Rememberer
from kg.revise import Reviser
from nlu.parse import Act, Factuality, Parse
from tests.fakes import Chat, sentence


def livia() -> Parse:
    return sentence(
        "My sister Livia lives in Dunmere",
        "My:SELF | sister:ROLE | Livia:PER | Dunmere:LOC",
        "My role sister; sister same Livia; Livia P551 Dunmere",
    )


def xiaotao() -> Parse:
    return sentence(
        "我姐姐陶小满住在梅渡",
        "我:SELF | 姐姐:ROLE | 陶小满:PER | 梅渡:LOC",
        "我 role 姐姐; 姐姐 same 陶小满; 陶小满 P551 梅渡",
    )


@pytest.mark.parametrize(
    ("parse", "name", "place"), [(livia(), "Livia", "Dunmere"), (xiaotao(), "陶小满", "梅渡")], ids=["en", "zh"]
)
def test_named_kin_become_one_node_with_gender_and_role(parse: Parse, name: str, place: str) -> None:
    chat = Chat()
    learned = chat.tell(parse)
    assert chat.holds() == {("me", "P3373", name), (name, "P551", place)}
    assert len(learned.new) == 2
    kin = next(f for f in learned.new if f.property == "P3373")
    assert isinstance(kin.object, Node)
    assert kin.object.gender == "f"
    assert kin.role == parse.mentions[1].text


def test_a_source_carries_the_exact_span_of_its_sentence() -> None:
    chat = Chat()
    text = "Hello there. Ines lives in Dunmere."
    parse = sentence("Ines lives in Dunmere.", "Ines:PER | Dunmere:LOC", "Ines P551 Dunmere", start=13)
    learned = chat.tell(sentence("Hello there.", act=Act.GREET), parse)
    source = learned.new[0].sources[0]
    assert text[source.start : source.end] == "Ines lives in Dunmere."
    assert source.speaker == "owner"


@pytest.mark.parametrize("how", ["asked", "supposed", "wished", "none"])
@pytest.mark.parametrize(
    "parse",
    [
        ("Jorin lives in Tarn", "Jorin:PER | Tarn:LOC", "Jorin P551 Tarn"),
        ("顾安住在柳桥", "顾安:PER | 柳桥:LOC", "顾安 P551 柳桥"),
    ],
)
def test_what_is_not_asserted_teaches_nothing_and_says_why(parse: tuple[str, str, str], how: str) -> None:
    chat = Chat()
    learned = chat.tell(sentence(*parse, factuality=Factuality(how)))
    assert not chat.graph.statements
    assert len(chat.graph.nodes) <= 1
    assert how in learned.held_back[0]


def test_a_question_leaves_the_graph_as_it_was() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "Does my aunt Vera live in Tarn?",
            "my:SELF | aunt:ROLE | Vera:PER | Tarn:LOC",
            "my role aunt; aunt same Vera; Vera P551 Tarn",
            act=Act.ASK,
            factuality=Factuality.ASKED,
        )
    )
    assert not chat.graph.statements
    assert len(chat.graph.nodes) <= 1


@pytest.mark.parametrize(
    "parse",
    [
        ("Jorin was never a pilot", "Jorin:PER | pilot:OCC", "Jorin P106 pilot"),
        ("顾安不是飞行员", "顾安:PER | 飞行员:OCC", "顾安 P106 飞行员"),
    ],
)
def test_a_denial_is_kept_as_one(parse: tuple[str, str, str]) -> None:
    chat = Chat()
    learned = chat.tell(sentence(*parse, factuality=Factuality.DENIED))
    assert [f.polarity for f in learned.new] == [False]
    assert not chat.holds()


def test_a_denied_clause_still_presupposes_whose_brother_it_is() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "My brother Jorin was never a pilot",
            "My:SELF | brother:ROLE | Jorin:PER | pilot:OCC",
            "My role brother; brother same Jorin; Jorin P106 pilot",
            factuality=Factuality.DENIED,
        )
    )
    assert chat.holds() == {("me", "P3373", "Jorin")}


def test_hearsay_is_a_claim_of_its_claimant_only() -> None:
    chat = Chat()
    learned = chat.tell(
        sentence(
            "Rolf says Inga moved to Tarn",
            "Rolf:PER | Inga:PER | Tarn:LOC",
            "Inga P551 Tarn !reported; Rolf claims Tarn !reported",
        ),
        sentence("They say Ines moved to Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn !reported"),
    )
    assert not chat.holds()
    assert [f.claimant.label for f in learned.new if f.claimant] == ["Rolf"]
    assert len(learned.new) == 1
    assert any("reported" in reason for reason in learned.held_back)


@pytest.mark.parametrize(
    "parse",
    [
        ("I want to visit Tess", "I:SELF | visit Tess:ACTV", "I tt:wants visit Tess !wished"),
        ("我想去看井", "我:SELF | 去看井:ACTV", "我 tt:wants 去看井 !wished"),
    ],
)
def test_a_wish_said_as_a_wish_is_a_fact_about_the_wisher(parse: tuple[str, str, str]) -> None:
    chat = Chat()
    chat.tell(sentence(*parse))
    assert len(chat.holds()) == 1


@pytest.mark.parametrize(
    ("parse", "noun", "value"),
    [
        (("My PIN is 5190", "My:SELF | PIN:ROLE | 5190:QTY=5190", "My role PIN; PIN value 5190"), "PIN", "5190"),
        (("我的密码是4408", "我:SELF | 密码:ROLE | 4408:QTY=4408", "我 role 密码; 密码 value 4408"), "密码", "4408"),
    ],
)
def test_a_number_under_a_noun_is_a_literal_with_that_role(parse: tuple[str, str, str], noun: str, value: str) -> None:
    chat = Chat()
    (fact,) = chat.tell(sentence(*parse)).new
    assert (fact.subject.kind, fact.property, fact.role) == (NodeKind.SELF, "tt:code", noun)
    assert isinstance(fact.object, Literal)
    assert fact.object.value == value


@pytest.mark.parametrize(
    ("parse", "name"),
    [
        (("I'm Ilan", "I:SELF | Ilan:PER", "I same Ilan"), "Ilan"),
        (("我叫闻笛", "我:SELF | 闻笛:PER", "我 same 闻笛"), "闻笛"),
    ],
)
def test_my_name_becomes_a_label_of_mine(parse: tuple[str, str, str], name: str) -> None:
    chat = Chat()
    assert len(chat.tell(sentence(*parse)).new) == 1
    assert name in chat.graph.labels(chat.graph.self_node().iri)
    assert len(chat.graph.nodes) == 1


def test_several_sons_are_several_children() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "She has two sons, Arlo and Bram",
            "She:PRON/f | two:QTY=2 | sons:ROLE/2 | Arlo:PER | Bram:PER",
            "She role sons; sons same Arlo; sons same Bram; sons value two",
        )
    )
    assert not chat.holds()  # nobody knows who she is
    chat.tell(sentence("Hedda is a glazier", "Hedda:PER | glazier:OCC", "Hedda P106 glazier"))
    chat.tell(
        sentence(
            "She has two sons, Arlo and Bram",
            "She:PRON/f | two:QTY=2 | sons:ROLE/2 | Arlo:PER | Bram:PER",
            "She role sons; sons same Arlo; sons same Bram; sons value two",
        )
    )
    assert {("Hedda", "P40", "Arlo"), ("Hedda", "P40", "Bram")} <= chat.holds()


def test_two_names_of_one_person_are_aliases_across_scripts() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "Walter Lin, whose Chinese name is 林沃德, lives in Ashby",
            "Walter Lin:PER | 林沃德:PER | Ashby:LOC",
            "Walter Lin same 林沃德; Walter Lin P551 Ashby",
        )
    )
    chat.tell(sentence("林沃德喜欢象棋", "林沃德:PER | 象棋:THING", "林沃德 tt:likes 象棋"))
    assert {("Walter Lin", "P551", "Ashby"), ("Walter Lin", "tt:likes", "象棋")} == chat.holds()


def test_dates_become_qualifiers_and_literals() -> None:
    chat = Chat()
    learned = chat.tell(
        sentence(
            "Maren, born in 1984, worked at Dunning from 2003 to 2009",
            "Maren:PER | 1984:DATE=1984 | Dunning:ORG | 2003:DATE=2003 | 2009:DATE=2009",
            "Maren P569 1984; Maren P108 Dunning; Dunning P580 2003; Dunning P582 2009",
        )
    )
    job = next(f for f in learned.new if f.property == "P108")
    assert job.start
    assert job.end
    assert (job.start.earliest, job.end.latest) == ("2003-01-01", "2009-12-31")
    assert chat.holds() == {("Maren", "P569", "1984")}


def test_low_confidence_is_held_back_by_property() -> None:
    chat = Chat()
    chat.rememberer = Rememberer(chat.linker, Reviser(chat.graph), thresholds={"P551": 0.9})
    parse = sentence("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn", confidence=0.8)
    assert chat.tell(parse).held_back
    assert not chat.graph.statements


@given(st.lists(st.sampled_from([livia(), xiaotao()]), min_size=1, max_size=3))
def test_remembering_twice_is_remembering_once(parses: list[Parse]) -> None:
    chat = Chat()
    chat.tell(*parses)
    before = chat.holds()
    nodes = len(chat.graph.nodes)
    again = chat.tell(*parses)
    assert (chat.holds(), len(chat.graph.nodes)) == (before, nodes)
    assert not again.new
    assert not again.closed
    assert again.corroborated


def test_a_role_told_without_a_name_takes_it_later() -> None:
    chat = Chat()
    chat.tell(sentence("My vet lives in Tarn", "My:SELF | vet:ROLE | Tarn:LOC", "My role vet; vet P551 Tarn"))
    chat.tell(
        sentence(
            "Our vet is called Dr Leander Clark",
            "Our:SELF | vet:ROLE | Dr Leander Clark:PER",
            "Our role vet; vet same Dr Leander Clark",
        )
    )
    assert ("Dr Leander Clark", "P551", "Tarn") in chat.holds()
    assert len(chat.graph.nodes) == 3


def test_kin_without_a_possessor_are_the_speakers() -> None:
    chat = Chat()
    chat.tell(sentence("舅妈叫素梅", "舅妈:ROLE | 素梅:PER", "舅妈 same 素梅"))
    assert chat.holds() == {("me", "P1038", "素梅")}


def test_counted_kin_without_a_possessor_are_not_the_speakers() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "Three cousins run the ferry: Ada, Bea and Cyd",
            "Three:QTY | cousins:ROLE | ferry:PROD | Ada:PER | Bea:PER | Cyd:PER",
            "cousins same Ada; cousins same Bea; cousins same Cyd; cousins value Three",
        )
    )
    assert not any(s == "me" for s, _, _ in chat.holds())


def test_hostile_names_are_only_names() -> None:
    chat = Chat()
    name = '"; DROP TABLE x; <script> } INSERT DATA {'
    chat.tell(sentence(f"{name} lives in Tarn", f"{name}:PER | Tarn:LOC"))
    parse = sentence("Bobby lives in Tarn", "Bobby:PER | Tarn:LOC", "Bobby P551 Tarn")
    chat.tell(parse)
    assert chat.holds() == {("Bobby", "P551", "Tarn")}


@pytest.mark.parametrize(
    ("parse", "name"),
    [
        (("Arlo isn't my brother", "Arlo:PER | my:SELF | brother:ROLE", "my role brother; brother same Arlo"), "Arlo"),
        (("方志敏不是我哥哥", "方志敏:PER | 我:SELF | 哥哥:ROLE", "我 role 哥哥; 哥哥 same 方志敏"), "方志敏"),
    ],
)
def test_a_denied_role_names_nobody(parse: tuple[str, str, str], name: str) -> None:
    chat = Chat()
    chat.tell(
        sentence("My brother is ill", "My:SELF | brother:ROLE | ill:FEEL", "My role brother; brother tt:feels ill")
    )
    learned = chat.tell(sentence(*parse, factuality=Factuality.DENIED))
    assert [(f.property, f.polarity) for f in learned.new] == [("P3373", False)]
    assert ("me", "P3373", "brother") in chat.holds()
    assert ("me", "P3373", name) not in chat.holds()


@pytest.mark.parametrize(
    ("parse", "kind", "name"),
    [
        (
            (
                "a parrot called Pim lives with me",
                "parrot:THING | Pim:PER | me:SELF",
                "parrot same Pim; me tt:hasPet Pim",
            ),
            "parrot",
            "Pim",
        ),
        (
            ("我养了一只鸽子叫阿福", "我:SELF | 鸽子:THING | 阿福:PER", "鸽子 same 阿福; 我 tt:hasPet 鸽子"),
            "鸽子",
            "阿福",
        ),
    ],
)
def test_a_kind_in_apposition_says_what_the_named_is(parse: tuple[str, str, str], kind: str, name: str) -> None:
    chat = Chat()
    chat.tell(sentence(*parse))
    assert chat.holds() == {(name, "P31", kind), ("me", "tt:hasPet", name)}


@pytest.mark.parametrize(
    "parse",
    [
        (
            "Everyone calls my son Maxim 'Mex'",
            "my:SELF | son:ROLE | Maxim:PER | Mex:PER",
            "my role son; son same Maxim; Maxim P1449 Mex",
        ),
        (
            "大家都叫我儿子方大山“山子”",
            "我:SELF | 儿子:ROLE | 方大山:PER | 山子:PER",
            "我 role 儿子; 儿子 same 方大山; 方大山 P1449 山子",
        ),
    ],
)
def test_a_nickname_is_a_name_of_the_same_person(parse: tuple[str, str, str]) -> None:
    chat = Chat()
    chat.tell(sentence(*parse))
    nickname = parse[1].split(" | ")[-1].split(":")[0]
    name = parse[1].split(" | ")[2].split(":")[0]
    (node,) = chat.graph.nodes_named(nickname)
    assert node.label == name
    assert (name, "P1449", nickname) in chat.holds()


def test_a_claim_denied_by_another_leaves_the_fact() -> None:
    chat = Chat()
    chat.tell(sentence("Inga works at Dunning", "Inga:PER | Dunning:ORG", "Inga P108 Dunning"))
    chat.tell(
        sentence("Rolf says Inga left for Brill", "Rolf:PER | Inga:PER | Brill:ORG", "Inga P108 Brill !reported Rolf")
    )
    assert chat.holds() == {("Inga", "P108", "Dunning")}


def test_a_name_for_somebody_known_is_news() -> None:
    chat = Chat()
    chat.tell(sentence("My vet lives in Tarn", "My:SELF | vet:ROLE | Tarn:LOC", "My role vet; vet P551 Tarn"))
    naming = sentence("My vet is called Inga", "My:SELF | vet:ROLE | Inga:PER", "My role vet; vet same Inga")
    assert [f.role for f in chat.tell(naming).new] == ["vet"]
    assert not chat.tell(naming).new


@pytest.mark.parametrize(
    ("parse", "name", "gender"),
    [
        (sentence("Luca is the girl", "Luca:PER | girl:THING", "Luca P31 girl"), "Luca", "f"),
        (sentence("a boy called Lorcan", "boy:THING | Lorcan:PER", "boy same Lorcan"), "Lorcan", "m"),
        (sentence("小米是男孩", "小米:PER | 男孩:THING", "小米 P31 男孩"), "小米", "m"),
    ],
    ids=["en", "apposed", "zh"],
)
def test_who_is_a_girl_is_of_that_gender_from_now_on(parse: Parse, name: str, gender: str) -> None:
    chat = Chat()
    learned = chat.tell(parse)
    kind = next(f for f in learned.new if f.property == "P31")
    assert kind.subject.label == name
    assert chat.graph.node(kind.subject.iri).gender == gender


@pytest.mark.parametrize(
    "parse",
    [
        sentence(
            "Kaia has twins, Bo and Al",
            "Kaia:PER | twins:ROLE | Bo:PER | Al:PER",
            "Kaia role twins; twins same Bo; twins same Al",
        ),
        sentence(
            "Kaia有一对双胞胎，Bo和Al",
            "Kaia:PER | 双胞胎:ROLE | Bo:PER | Al:PER",
            "Kaia role 双胞胎; 双胞胎 same Bo; 双胞胎 same Al",
        ),
    ],
    ids=["en", "zh"],
)
def test_somebody_s_twins_are_children(parse: Parse) -> None:
    chat = Chat()
    chat.tell(parse)
    assert {("Kaia", "P40", "Bo"), ("Kaia", "P40", "Al")} <= chat.holds()


def test_a_twin_is_a_sibling() -> None:
    chat = Chat()
    chat.tell(sentence("My twin Bo", "My:SELF | twin:ROLE | Bo:PER", "My role twin; twin same Bo"))
    assert chat.holds() == {("me", "P3373", "Bo")}


def test_what_a_childless_person_does_gives_them_no_child() -> None:
    chat = Chat()
    mentions = "Bo:PER | children:ROLE | he:PRON | beekeeper:OCC"
    parse = sentence(
        "Bo has no children; he is a beekeeper", mentions, "Bo role children; he coref Bo; he P106 beekeeper"
    )
    relations = tuple(replace(r, factuality=Factuality.DENIED) if r.property == "role" else r for r in parse.relations)
    chat.tell(replace(parse, relations=relations))
    assert chat.holds() == {("Bo", "P106", "beekeeper")}
