"""Facts become the sentences that people would say, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.verbalise import Patterns, short_answer, verbalise, verbalise_all
from kg.fact import Fact, Literal, Node, NodeKind, When
from kg.ontology import Ontology
from nlu.dates import format_date
from nlu.language import role_noun

TODAY = "2026-03-11"
ONTOLOGY = Ontology.load()
PATTERNS = Patterns(
    {code: ONTOLOGY.patterns(code) for code in ("en", "zh")},
    {code: ONTOLOGY.names(code) for code in ("en", "zh")},
    format_date,
    role_noun,
)
ME = Node("n0", "me", NodeKind.SELF)
NORA = Node("n1", "Nora", NodeKind.NAMED, "PER", "f")
TOM = Node("n2", "汤姆", NodeKind.NAMED, "PER", "m")
TOWN = Node("n3", "卑尔根", NodeKind.NAMED, "LOC")
PORT = Node("n4", "Port Ellery", NodeKind.NAMED, "LOC")
MILL = Node("n5", "Ellery Mill", NodeKind.NAMED, "ORG")
CAT = Node("n6", "cat", NodeKind.CLASS, "THING")
JOB = Node("n7", "engineer", NodeKind.CLASS, "OCC")
BEES = Node("n8", "keeps bees", NodeKind.CLASS, "OCC")
SISTER = Node("n9", "sister", NodeKind.ROLE, "PER", "f")
ADA, BO, CY = (Node(f"c{n}", name, NodeKind.NAMED, "PER") for n, name in enumerate(("Ada", "Bo", "Cy")))


def year(number: int) -> When:
    return When(f"{number}-01-01", f"{number}-12-31")


def on(day: str) -> When:
    return When(day, day)


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (Fact(1, ME, "P551", PORT), "You live in Port Ellery."),
        (Fact(1, NORA, "P551", PORT, start=year(1995)), "Nora has lived in Port Ellery since 1995."),
        (Fact(1, ME, "P551", PORT, start=year(1972), end=year(1995)), "You lived in Port Ellery from 1972 to 1995."),
        (Fact(1, ME, "P551", PORT, end=year(2020)), "You lived in Port Ellery until 2020."),
        (Fact(1, NORA, "P551", PORT, polarity=False), "Nora doesn't live in Port Ellery."),
        (Fact(1, NORA, "P551", PORT, polarity=False, claimant=ADA), "Ada says that Nora doesn't live in Port Ellery."),
        (Fact(1, ME, "P551", PORT, claimant=ADA), "Ada says that you live in Port Ellery."),
        (Fact(1, ME, "P3373", NORA, role="sister"), "Nora is your sister."),
        (Fact(1, NORA, "P3373", ME), "You are Nora's sibling."),
        (Fact(1, ADA, "P40", ME, role="parent"), "You are Ada's child."),
        (Fact(1, ME, "P40", NORA), "Nora is your daughter."),
        (Fact(1, ME, "P1038", NORA, role="奶奶"), "Nora is your paternal grandmother."),
        (Fact(1, ME, "P3373", SISTER, role="sister"), "You have a sister."),
        (Fact(1, ME, "tt:hasPet", CAT), "You have a cat."),
        (Fact(1, ME, "tt:hasPet", CAT, polarity=False), "You don't have a cat."),
        (Fact(1, NORA, "P106", JOB), "Nora is an engineer."),
        (Fact(1, NORA, "P106", BEES), "Nora keeps bees."),
        (Fact(1, NORA, "P106", BEES, polarity=False), "Nora doesn't keep bees."),
        (Fact(1, NORA, "P569", Literal("1988-03-09", "date")), "Nora was born on 9 March 1988."),
        (Fact(1, NORA, "P569", Literal("1984", "date")), "Nora was born in 1984."),
        (Fact(1, ME, "tt:age", Literal("91", "quantity")), "You are 91 years old."),
        (Fact(1, MILL, "P1037", NORA, start=year(2008)), "Nora has been the director of Ellery Mill since 2008."),
        (Fact(1, NORA, "P108", MILL), "Nora works at Ellery Mill."),
        (Fact(1, ME, "tt:code", Literal("7316"), role="PIN"), "Your PIN is 7316."),
        (Fact(1, CAT, "tt:gaveTo", NORA, point=on("2026-03-10")), "The cat was given to Nora on 10 March 2026."),
        (Fact(1, MILL, "P112", NORA, start=year(1990)), "Nora founded Ellery Mill in 1990."),
        (Fact(1, ME, "P1037", NORA), "Nora is your director."),
        (Fact(1, NORA, "P9999", ADA), "Nora's P9999 is Ada."),
    ],
)
def test_english(fact: Fact, sentence: str) -> None:
    assert verbalise(fact, "en", PATTERNS, TODAY) == sentence


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (Fact(1, ME, "P551", TOWN), "你住在卑尔根。"),
        (Fact(1, TOM, "P551", TOWN, start=year(1995)), "从1995年起，汤姆住在卑尔根。"),
        (Fact(1, ME, "P551", TOWN, start=year(1972), end=year(1995)), "1972年至1995年，你曾住在卑尔根。"),
        (Fact(1, TOM, "P551", TOWN, polarity=False), "汤姆不住在卑尔根。"),
        (Fact(1, ME, "P551", TOWN, claimant=TOM), "据汤姆说，你住在卑尔根。"),
        (Fact(1, ME, "P1038", TOM, role="舅舅"), "汤姆是你的舅舅。"),
        (Fact(1, ME, "P1038", TOM, role="gran"), "汤姆是你的奶奶。"),
        (Fact(1, TOM, "P22", ME), "你是汤姆的父亲。"),
        (Fact(1, ME, "tt:hasPet", CAT, polarity=False), "你没养cat。"),
        (Fact(1, TOM, "P463", MILL, end=year(2020)), "2020年以前，汤姆曾是Ellery Mill的成员。"),
        (Fact(1, TOM, "P569", Literal("1988-03-09", "date")), "汤姆生于1988年3月9日。"),
        (Fact(1, ME, "tt:age", Literal("三十二岁", "quantity")), "你今年三十二岁。"),
        (Fact(1, MILL, "P1037", TOM, role="厂长"), "汤姆是Ellery Mill的厂长。"),
        (Fact(1, ME, "tt:relatedTo", TOM, role="房东"), "汤姆是你的房东。"),
    ],
)
def test_chinese(fact: Fact, sentence: str) -> None:
    assert verbalise(fact, "zh", PATTERNS, TODAY) == sentence


def test_facts_that_differ_in_their_object_share_a_sentence() -> None:
    facts = [Fact(n, NORA, "P40", child) for n, child in enumerate((ADA, BO, CY))]
    assert verbalise_all(facts, "en", PATTERNS, TODAY) == "Ada, Bo and Cy are Nora's children."
    assert verbalise_all(facts, "zh", PATTERNS, TODAY) == "Ada、Bo和Cy是Nora的孩子。"
    sons = [Fact(n, NORA, "P40", child, role="sons") for n, child in enumerate((ADA, BO))]
    assert verbalise_all(sons, "en", PATTERNS, TODAY) == "Ada and Bo are Nora's sons."
    mixed = [Fact(1, ME, "P551", PORT), Fact(2, ME, "tt:hasPet", CAT)]
    assert verbalise_all(mixed, "en", PATTERNS, TODAY) == "You live in Port Ellery. You have a cat."
    assert verbalise_all([], "en", PATTERNS, TODAY) == ""


def test_a_short_answer_is_the_values_only() -> None:
    assert short_answer([ADA, BO, CY], "en", PATTERNS) == "Ada, Bo and Cy"
    assert short_answer([ADA, BO], "zh", PATTERNS) == "Ada和Bo"
    assert short_answer([Literal("1988-03-09", "date")], "zh", PATTERNS) == "1988年3月9日"
    assert short_answer([Fact(1, NORA, "P26", ME)], "en", PATTERNS) == "you"
    assert short_answer([], "en", PATTERNS) == ""


def test_a_caller_may_name_the_nameless() -> None:
    fact = Fact(1, SISTER, "P551", PORT)
    assert verbalise(fact, "en", PATTERNS, TODAY) == "The sister lives in Port Ellery."
    named = verbalise(fact, "en", PATTERNS, TODAY, name=lambda n: "your sister" if n == SISTER else n.label)
    assert named == "Your sister lives in Port Ellery."


@given(st.text(min_size=1, max_size=40), st.sampled_from([p.id for p in ONTOLOGY]), st.sampled_from(["en", "zh"]))
def test_any_name_survives_in_any_pattern(name: str, property: str, language: str) -> None:
    hostile = Node("n", name, NodeKind.NAMED, "PER")
    said = verbalise(Fact(1, NORA, property, hostile, role=name), language, PATTERNS, TODAY)
    assert "Nora" in said
    assert name.replace("<", "‹").replace(">", "›").strip()[1:] in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_pattern_is_filled_completely(language: str) -> None:
    for each in ONTOLOGY:
        for fact in (
            Fact(1, ME, each.id, ADA),
            Fact(1, NORA, each.id, ME, polarity=False),
            Fact(1, NORA, each.id, ADA, start=year(1990)),
            Fact(1, NORA, each.id, ADA, end=year(1990)),
        ):
            said = verbalise(fact, language, PATTERNS, TODAY)
            assert not set(said) & set("<>{}[]|"), said
            assert said.endswith("。" if language == "zh" else "."), said
