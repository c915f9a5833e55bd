"""What a new statement does to older ones: succession, denial, gifts, death, corrections."""

from __future__ import annotations

import pytest

from kg.fact import Rank
from kg.revise import closest_part, spelling
from nlu.parse import Act, Factuality, Parse
from tests.fakes import Chat, sentence


def move(text: str, who: str, old: str, new: str, when: str = "", value: str = "") -> Parse:
    mentions = " | ".join(sorted((f"{who}:PER", f"{old}:LOC", f"{new}:LOC"), key=lambda m: text.index(m[:-4])))
    dated = f" | {when}:DATE={value}" if when else ""
    relations = f"{who} P551 {old}; {who} P551 {new}" + (f"; {old} P582 {when}; {new} P580 {when}" if when else "")
    return sentence(text, mentions + dated, relations)


@pytest.mark.parametrize(
    ("parse", "who", "old", "new"),
    [
        (
            move("Livia moved from Skarrow to Dunmere in 2022", "Livia", "Skarrow", "Dunmere", "2022", "2022"),
            "Livia",
            "Skarrow",
            "Dunmere",
        ),
        (move("卫岚从松坡搬到鹤湾，2022年", "卫岚", "松坡", "鹤湾", "2022年", "2022"), "卫岚", "松坡", "鹤湾"),
    ],
    ids=["en", "zh"],
)
def test_a_move_closes_the_old_place_and_keeps_history(parse: Parse, who: str, old: str, new: str) -> None:
    chat = Chat()
    chat.tell(parse)
    assert chat.holds() == {(who, "P551", new)}
    assert chat.holds("2021-06-01") == {(who, "P551", old)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"),
            ("Ines lives in Dunmere", "Ines:PER | Dunmere:LOC", "Ines P551 Dunmere"),
        ),
        (
            ("秦朗坐第三排", "秦朗:PER | 第三排:QTY", "秦朗 tt:seat 第三排"),
            ("秦朗坐第五排", "秦朗:PER | 第五排:QTY", "秦朗 tt:seat 第五排"),
        ),
    ],
    ids=["en", "zh"],
)
def test_a_new_current_value_ends_the_old_one(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    chat = Chat()
    chat.tell(sentence(*one))
    before = chat.holds()
    learned = chat.tell(sentence(*other))
    assert len(learned.closed) == 1
    assert len(chat.holds()) == 1
    assert not chat.holds() & before
    assert chat.holds("2026-03-01") >= before


def test_told_with_a_start_the_old_ends_when_the_new_began() -> None:
    chat = Chat()
    chat.tell(sentence("The practice is in Mill Lane", "practice:ORG | Mill Lane:LOC", "practice P276 Mill Lane"))
    chat.tell(
        sentence(
            "Actually, the practice moved to Dock Row in 2022",
            "practice:ORG | Dock Row:LOC | 2022:DATE=2022",
            "practice P276 Dock Row; Dock Row P580 2022",
            act=Act.CORRECT,
        )
    )
    assert chat.holds() == {("practice", "P276", "Dock Row")}
    assert ("practice", "P276", "Mill Lane") in chat.holds("2021-01-01")


@pytest.mark.parametrize(
    "parse",
    [
        ("I used to live in Marlow", "I:SELF | Marlow:LOC", "I P551 Marlow"),
        ("我以前住在竹园", "我:SELF | 竹园:LOC", "我 P551 竹园"),
    ],
)
def test_a_past_place_does_not_close_the_present_one(parse: tuple[str, str, str]) -> None:
    chat = Chat()
    chat.tell(sentence("I live in Tarn", "I:SELF | Tarn:LOC", "I P551 Tarn"))
    learned = chat.tell(sentence(*parse))
    assert chat.holds() == {("me", "P551", "Tarn")}
    assert not learned.closed
    assert learned.new[0].end


def test_past_and_present_in_one_sentence_are_told_apart() -> None:
    chat = Chat()
    chat.tell(sentence("我以前住在竹园，现在住在枫街", "我:SELF | 竹园:LOC | 枫街:LOC", "我 P551 竹园; 我 P551 枫街"))
    assert chat.holds() == {("me", "P551", "枫街")}


def test_directors_follow_one_another() -> None:
    chat = Chat()
    chat.tell(
        sentence(
            "Otis Vane was director of the library from 1972 to 1995",
            "Otis Vane:PER | director:ROLE | library:ORG | 1972:DATE=1972 | 1995:DATE=1995",
            "library role director; director same Otis Vane; Otis Vane P580 1972; Otis Vane P582 1995",
        )
    )
    chat.tell(
        sentence(
            "Since 1995 the director has been Greta Ruiz",
            "1995:DATE=1995 | director:ROLE | Greta Ruiz:PER",
            "director same Greta Ruiz; Greta Ruiz P580 1995",
        )
    )
    assert chat.holds() == {("library", "P1037", "Greta Ruiz")}
    assert chat.holds("1980-01-01") == {("library", "P1037", "Otis Vane")}


@pytest.mark.parametrize(
    ("gift", "thing", "receiver"),
    [
        (
            (
                "I gave Toffee to Berta yesterday",
                "I:SELF | Toffee:PER | Berta:PER | yesterday:DATE=2026-03-10",
                "Toffee tt:gaveTo Berta; Berta P585 yesterday",
            ),
            "Toffee",
            "Berta",
        ),
        (
            (
                "团团昨天送给了崔奶奶",
                "团团:PER | 昨天:DATE=2026-03-10 | 崔奶奶:PER",
                "团团 tt:gaveTo 崔奶奶; 崔奶奶 P585 昨天",
            ),
            "团团",
            "崔奶奶",
        ),
    ],
    ids=["en", "zh"],
)
def test_what_is_given_away_is_no_longer_mine(gift: tuple[str, str, str], thing: str, receiver: str) -> None:
    chat = Chat()
    chat.tell(sentence(f"I have {thing}", f"I:SELF | {thing}:PER", f"I tt:hasPet {thing}"))
    chat.tell(sentence(*gift))
    assert ("me", "tt:hasPet", thing) not in chat.holds()
    assert (receiver, "tt:hasPet", thing) in chat.holds()
    assert ("me", "tt:hasPet", thing) in chat.holds("2026-01-01")


def test_lending_leaves_the_owner_and_passing_on_changes_who_has_it() -> None:
    chat = Chat()
    chat.tell(sentence("I own a canoe", "I:SELF | canoe:THING", "I tt:owns canoe"))
    chat.tell(sentence("I lent the canoe to Hamish", "I:SELF | canoe:THING | Hamish:PER", "canoe tt:lentTo Hamish"))
    chat.tell(sentence("Hamish lent the canoe to Nora", "Hamish:PER | canoe:THING | Nora:PER", "canoe tt:lentTo Nora"))
    assert chat.holds() == {("me", "tt:owns", "canoe"), ("canoe", "tt:lentTo", "Nora")}


def test_death_ends_what_only_the_living_have() -> None:
    chat = Chat()
    chat.tell(sentence("我养了一盆吊兰", "我:SELF | 吊兰:PER", "我 tt:owns 吊兰"))
    chat.tell(sentence("吊兰上周枯死了", "吊兰:PER | 上周:DATE=2026-03-04", "吊兰 P570 上周"))
    assert ("me", "tt:owns", "吊兰") not in chat.holds()


@pytest.mark.parametrize(
    ("denial", "rank"),
    [
        (("Ines doesn't live in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"), Rank.DEPRECATED),
        (("Ines no longer lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"), Rank.NORMAL),
        (("Ines不再住在Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"), Rank.NORMAL),
    ],
)
def test_a_denial_withdraws_or_ends_what_was_said(denial: tuple[str, str, str], rank: Rank) -> None:
    chat = Chat()
    chat.tell(sentence("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"))
    (closed,) = chat.tell(sentence(*denial, factuality=Factuality.DENIED)).closed
    assert not chat.holds()
    assert closed.rank is rank


def test_two_birth_years_are_both_kept_unless_one_corrects_the_other() -> None:
    chat = Chat()
    chat.tell(sentence("The tower was built in 1830", "tower:PROD | 1830:DATE=1830", "tower P571 1830"))
    other = ("The tower was built in 1840", "tower:PROD | 1840:DATE=1840", "tower P571 1840")
    chat.tell(sentence(*other))
    assert {o for _, _, o in chat.holds()} == {"1830", "1840"}
    chat = Chat()
    chat.tell(sentence("The tower was built in 1830", "tower:PROD | 1830:DATE=1830", "tower P571 1830"))
    chat.tell(sentence(*other, act=Act.CORRECT))
    assert {o for _, _, o in chat.holds()} == {"1840"}


@pytest.mark.parametrize(
    ("first", "fix", "wrong", "right"),
    [
        (
            (
                "Our vet is called Dr Leander Clark",
                "Our:SELF | vet:ROLE | Dr Leander Clark:PER",
                "Our role vet; vet same Dr Leander Clark",
            ),
            (
                "I got his name wrong: it's Clarke, with an e",
                "I:SELF | his:PRON/m | it:PRON | Clarke:PER",
                "it same Clarke",
            ),
            "Dr Leander Clark",
            "Dr Leander Clarke",
        ),
        (
            (
                "My sister is called Anna Lowe",
                "My:SELF | sister:ROLE | Anna Lowe:PER",
                "My role sister; sister same Anna Lowe",
            ),
            ("No, it's Low", "Low:PER", ""),
            "Anna Lowe",
            "Anna Low",
        ),
        (
            ("他的班主任叫方志敏", "他:SELF | 班主任:ROLE | 方志敏:PER", "他 role 班主任; 班主任 same 方志敏"),
            ("不对，班主任叫方智敏", "班主任:ROLE | 方智敏:PER", "班主任 same 方智敏"),
            "方志敏",
            "方智敏",
        ),
        (
            ("My aunt is called Mira", "My:SELF | aunt:ROLE | Mira:PER", "My role aunt; aunt same Mira"),
            ("not Mira, Myra", "Mira:PER | Myra:PER", ""),
            "Mira",
            "Myra",
        ),
    ],
    ids=["with an e", "no, it is", "zh", "not this, that"],
)
def test_a_corrected_spelling_renames_the_node(
    first: tuple[str, str, str], fix: tuple[str, str, str], wrong: str, right: str
) -> None:
    chat = Chat()
    chat.tell(sentence(*first))
    nodes = len(chat.graph.nodes)
    chat.tell(sentence(*fix, act=Act.CORRECT, denied="not Mira" if "not Mira" in fix[0] else ""))
    names = {name for name, _ in chat.graph.all_names()}
    assert right in names
    assert wrong not in names
    assert len(chat.graph.nodes) == nodes
    assert {o for _, _, o in chat.holds()} == {right}


def test_a_person_put_in_the_wrong_role_moves_to_the_right_one() -> None:
    chat = Chat()
    chat.tell(
        sentence("Our vet is called Dr Clark", "Our:SELF | vet:ROLE | Dr Clark:PER", "Our role vet; vet same Dr Clark")
    )
    chat.tell(
        sentence(
            "His assistant is Sanna.",
            "His:PRON/m | assistant:ROLE | Sanna:PER",
            "His role assistant; assistant same Sanna",
        ),
        sentence(
            "No, sorry, Sanna is his wife.",
            "Sanna:PER | his:PRON/m | wife:ROLE",
            "his role wife; wife same Sanna",
            act=Act.CORRECT,
            start=24,
        ),
        sentence("The assistant is Milo.", "assistant:ROLE | Milo:PER", "assistant same Milo", start=54),
    )
    held = chat.holds()
    assert ("Dr Clark", "P26", "Sanna") in held
    assert [o for s, p, o in held if s == "Dr Clark" and p != "P26"] == ["Milo"]


@pytest.mark.parametrize(
    ("fix", "value"),
    [(("No, it's Oslo", "Oslo:LOC", ""), "Oslo"), (("不对，是柳州", "柳州:LOC", ""), "柳州")],
)
def test_a_bare_value_replaces_the_newest_of_its_kind(fix: tuple[str, str, str], value: str) -> None:
    chat = Chat()
    chat.tell(sentence("Ines lives in Bergen", "Ines:PER | Bergen:LOC", "Ines P551 Bergen"))
    learned = chat.tell(sentence(*fix, act=Act.CORRECT))
    assert chat.holds() == {("Ines", "P551", value)}
    assert len(learned.closed) <= 1


def test_my_own_name_can_be_corrected() -> None:
    chat = Chat()
    chat.tell(sentence("I'm Elan", "I:SELF | Elan:PER", "I same Elan"))
    chat.tell(sentence("No, my name is Ilan", "my:SELF | Ilan:PER", "my same Ilan", act=Act.CORRECT))
    labels = chat.graph.labels(chat.graph.self_node().iri)
    assert "Ilan" in labels
    assert "Elan" not in labels
    assert chat.holds() == {("me", "P735", "Ilan")}


def test_one_more_sister_is_no_correction_of_the_first() -> None:
    chat = Chat()
    for name in ("Livia", "Ann"):
        text = f"My sister {name} sings"
        chat.tell(sentence(text, f"My:SELF | sister:ROLE | {name}:PER", f"My role sister; sister same {name}"))
    assert {o for _, _, o in chat.holds()} == {"Livia", "Ann"}


def test_a_village_and_its_country_hold_together() -> None:
    chat = Chat()
    chat.tell(sentence("Tarn lies in Noria", "Tarn:LOC | Noria:LOC", "Tarn P17 Noria"))
    chat.tell(sentence("Ines lives in Noria", "Ines:PER | Noria:LOC", "Ines P551 Noria"))
    chat.tell(sentence("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"))
    assert {("Ines", "P551", "Noria"), ("Ines", "P551", "Tarn")} <= chat.holds()


def test_a_later_telling_undoes_a_denial() -> None:
    chat = Chat()
    chat.tell(sentence("I don't have a dog", "I:SELF | dog:THING", "I tt:hasPet dog", factuality=Factuality.DENIED))
    chat.tell(sentence("I've got a dog now", "I:SELF | dog:THING", "I tt:hasPet dog"))
    assert chat.holds() == {("me", "tt:hasPet", "dog")}
    assert all(f.polarity or f.end for f in chat.graph.facts())


def test_spelling_finds_the_word_that_is_meant() -> None:
    assert closest_part("Dr Leander Clark", "Clarke") == "Clark"
    assert spelling("方志敏", "方智敏") > 0.6 > spelling("anna", "milo")


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("I also work at Brill", {"Ashby Mill", "Brill"}),
        ("I work at Brill now", {"Brill"}),
        ("I work at Brill", {"Brill"}),
    ],
)
def test_a_second_job_is_added_only_when_it_is_said_to_be_one(text: str, jobs: set[str]) -> None:
    chat = Chat()
    chat.tell(sentence("I work at Ashby Mill", "I:SELF | Ashby Mill:ORG", "I P108 Ashby Mill"))
    chat.tell(sentence(text, "I:SELF | Brill:ORG", "I P108 Brill"))
    assert {o for _, _, o in chat.holds()} == jobs


def test_a_document_without_dates_closes_nothing() -> None:
    chat = Chat()
    chat.tell(sentence("Ines lives in Tarn", "Ines:PER | Tarn:LOC", "Ines P551 Tarn"))
    chat.tell(sentence("Ines lives in Dunmere", "Ines:PER | Dunmere:LOC", "Ines P551 Dunmere"), title="A notice")
    assert {o for _, _, o in chat.holds()} == {"Tarn", "Dunmere"}


def test_numbers_under_other_nouns_stand_side_by_side() -> None:
    chat = Chat()
    for noun, number in (("PIN", "4417"), ("password", "9920")):
        parse = sentence(
            f"My {noun} is {number} now",
            f"My:SELF | {noun}:ROLE | {number}:QTY={number}",
            f"My role {noun}; {noun} value {number}",
        )
        chat.tell(parse)
    assert {o for _, _, o in chat.holds()} == {"4417", "9920"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("I like olives", "I:SELF | olives:THING", "I tt:likes olives"),
            ("I hate olives", "I:SELF | olives:THING", "I tt:dislikes olives"),
        ),
        (
            ("我喜欢苦瓜", "我:SELF | 苦瓜:THING", "我 tt:likes 苦瓜"),
            ("我讨厌苦瓜", "我:SELF | 苦瓜:THING", "我 tt:dislikes 苦瓜"),
        ),
    ],
)
def test_a_taste_that_turned_ends_the_old_one(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    chat = Chat()
    chat.tell(sentence(*one))
    chat.tell(sentence(*other))
    assert {p for _, p, _ in chat.holds()} == {"tt:dislikes"}


def test_a_newcomer_in_a_correction_is_not_taken_for_a_misspelling() -> None:
    chat = Chat()
    chat.tell(sentence("Marla lives in Tarn", "Marla:PER | Tarn:LOC", "Marla P551 Tarn"))
    fix = sentence("Actually, Marta lives in Tarn", "Marta:PER | Tarn:LOC", "Marta P551 Tarn", act=Act.CORRECT)
    chat.tell(fix)
    assert {s for s, _, _ in chat.holds()} == {"Marta"}
    assert {"Marla", "Marta"} <= {name for name, _ in chat.graph.all_names()}
