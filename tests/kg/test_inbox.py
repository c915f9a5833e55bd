"""What contradicts what is known is no fact: it waits with its reason, may be accepted or dropped, and can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kg.attention import Attention
from kg.fact import Draft, Fact, Learned, Literal, Node, NodeKind, Source, Waiting, When
from kg.forget import Target, forget
from kg.inbox import Inbox
from kg.interval import interval
from kg.link import Linker
from kg.memory import Memory
from kg.ontology import Ontology
from kg.outcome import Quarantined
from kg.remember import Rememberer, Told
from kg.revise import Reviser
from kg.schema import MATERIALISED
from kg.shapes import Shape, house_shapes, read_shapes
from nlu.parse import Act, Factuality, Parse
from tests.fakes import AT, Chat, sentence

SAID_AT = "2026-03-11T12:00:00+01:00"


@dataclass
class House:
    """A memory with its gate, told plain triples; those that pass are facts."""

    memory: Memory
    shapes: Sequence[Shape] = field(default_factory=house_shapes)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.memory, Ontology.load(), lambda: self.shapes)

    def node(self, label: str, tag: str = "PER", episode: int = 0) -> str:
        if label == "me":
            return self.memory.self_node().iri
        found = self.memory.nodes_named(label)
        return found[0].iri if found else self.memory.new_node(label, NodeKind.NAMED, tag, episode=episode).iri

    def draft(self, s: str, p: str, o: str, *, kind: str = "", start: str = "", end: str = "") -> Draft:
        text = f"{s} {p} {o}"
        episode = self.memory.record("say", "Ann", text, SAID_AT)
        source = Source(episode, 0, len(text), "Ann", SAID_AT, "test-1")
        obj = (
            Literal(o, kind) if kind else self.node(o, "LOC" if p in ("P551", "P19", "P36", "P131") else "PER", episode)
        )
        tag = "LOC" if p in ("P36", "P131") else "PER"
        return Draft(self.node(s, tag, episode), p, obj, source, start=interval(start), end=interval(end))

    def tell(
        self, s: str, p: str, o: str, *, kind: str = "", start: str = "", end: str = "", replaces: bool = False
    ) -> str:
        """Return why it waits, "" for a fact."""
        draft = self.draft(s, p, o, kind=kind, start=start, end=end)
        reasons = self.inbox.check(draft, replaces=replaces)
        if reasons:
            self.inbox.keep(draft, reasons, replaces=replaces)
        else:
            self.memory.add(draft)
        return dict(reasons).get("en", "")

    def holds(self) -> set[tuple[str, str, str]]:
        return {
            (f.subject.label, f.property, _label(f.object)) for f in self.memory.facts() if f.holds_at("2026-03-11")
        }

    def waiting(self) -> list[tuple[int, str, str, str]]:
        return [(w.number, w.fact.subject.label, w.fact.property, _label(w.fact.object)) for w in self.inbox.waiting()]


def _label(thing: Node | Literal) -> str:
    return thing.value if isinstance(thing, Literal) else thing.label


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Memory(tmp_path / "space") as memory:
        yield House(memory)


Told3 = tuple[str, ...]  # subject, property, object, and the kind of a literal
WRONG: dict[str, tuple[list[Told3], Told3, str]] = {
    "born after the death": ([("Bo", "P570", "1980", "date")], ("Bo", "P569", "1990", "date"), "birth"),
    "died before the birth": ([("Bo", "P569", "1990-05", "date")], ("Bo", "P570", "1990-04-30", "date"), "birth"),
    "born in the far future": ([], ("Bo", "P569", "2062", "date"), "future"),
    "died in the far future": ([], ("Bo", "P570", "2062", "date"), "future"),
    "their own ancestor": ([("A", "P22", "B"), ("C", "P40", "B"), ("C", "P25", "D")], ("D", "P22", "A"), "ancestor"),
    "their own child": ([("A", "P40", "B")], ("B", "P40", "A"), "ancestor"),
    "married to a sister": ([("A", "P3373", "B")], ("B", "P26", "A"), "married"),
    "a sister to the wife": ([("A", "P26", "B")], ("B", "P3373", "A"), "married"),
    "a child older than the mother": (
        [("A", "P25", "B"), ("A", "P569", "1950", "date")], ("B", "P569", "1960", "date"), "older"),
    "a mother younger than the child": (
        [("B", "P40", "A"), ("B", "P569", "1960", "date")], ("A", "P569", "1950", "date"), "older"),
    "a place for a wife": ([("Ida", "P551", "Bergen")], ("Bo", "P26", "Bergen"), "no family"),
    "a person for a capital": ([("Bo", "P26", "Ida")], ("Norway", "P36", "Bo"), "no place"),
    "a home in a person": ([("Bo", "P26", "Ida")], ("Liv", "P551", "Ida"), "no place"),
    "a place that was born": ([("Ida", "P551", "Bergen")], ("Bergen", "P569", "1950", "date"), "not born"),
    "too old": ([], ("me", "tt:age", "two hundred", "quantity"), "that old"),
    "less than no children": ([], ("Bo", "P1971", "-2", "quantity"), "children"),
    "too many children": ([], ("Bo", "P1971", "400", "quantity"), "children"),
    "a person for a number": ([], ("Bergen", "P1082", "Bo"), "number"),
    "founded after its end": ([("Firm", "P576", "1950", "date")], ("Firm", "P571", "1960", "date"), "end before"),
}  # fmt: skip


def told(house: House, triple: Told3) -> str:
    return house.tell(*triple[:3], kind=triple[3] if len(triple) > 3 else "")


@pytest.mark.parametrize("what", WRONG)
def test_what_can_not_be_true_waits_with_its_reason(house: House, what: str) -> None:
    before, wrong, why = WRONG[what]
    assert [told(house, triple) for triple in before] == [""] * len(before)
    stood = house.holds()
    assert why in told(house, wrong)
    assert house.holds() == stood
    ((number, *_),) = house.waiting()
    assert number == 1


RIGHT: dict[str, list[Told3]] = {
    "born and died in one year": [("Bo", "P569", "1990", "date"), ("Bo", "P570", "1990-01-02", "date")],
    "born in a month of the year of the death": [("Bo", "P570", "1990", "date"), ("Bo", "P569", "1990-12", "date")],
    "a date that is none": [("Bo", "P570", "1980", "date"), ("Bo", "P569", "spring", "date")],
    "before our era": [("Bo", "P569", "-0044", "date"), ("Bo", "P570", "-0010", "date")],
    "a child that is on its way": [("Bo", "P569", "2026-09", "date")],
    "a family over a crook": [("A", "P22", "B"), ("A", "P25", "C"), ("B", "P26", "C"), ("B", "P22", "D"), ("C", "P22", "D")],
    "three parents": [("A", "P22", "B"), ("A", "P25", "C"), ("D", "P40", "A")],
    "an old bridge": [("Bridge", "tt:age", "300 years", "quantity")],
    "a baby's age": [("me", "tt:age", "140 weeks", "quantity")],
    "a town that somebody is named like": [("Ida", "P551", "Sydney"), ("Bo", "P551", "Sydney"), ("Liv", "P551", "Oslo")],
    "a name that is both": [("Ida", "P551", "Florence"), ("Florence", "P106", "baker"), ("Bo", "P26", "Florence")],
    "one mention is no proof": [("Bo", "P26", "Ida"), ("Bo", "P26", "Bergen")],
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_may_be_true_is_learned(house: House, what: str) -> None:
    assert [told(house, triple) for triple in RIGHT[what]] == [""] * len(RIGHT[what])


def test_what_began_after_the_death_waits_and_what_came_before_does_not(house: House) -> None:
    assert house.tell("Bo", "P551", "Oslo", start="1970") == ""
    assert house.tell("Bo", "P570", "1990", kind="date") == ""
    assert house.tell("Bo", "P551", "Bergen", start="1990") == ""
    assert house.tell("Bo", "P551", "Tarn") == ""
    assert house.tell("Bo", "P166", "prize", start="1995") == ""
    assert "after the death" in house.tell("Bo", "P69", "school", start="1991")
    assert "before it begins" in house.tell("Ida", "P69", "school", start="2001", end="1999")


def test_a_death_waits_where_more_is_known_of_later(house: House) -> None:
    assert house.tell("Bo", "P108", "mill", start="2015") == ""
    assert "after the death" in house.tell("Bo", "P570", "2010", kind="date")


def test_a_new_value_is_held_against_the_newest_of_the_others(house: House) -> None:
    house.tell("Bo", "P569", "1990", kind="date")
    house.tell("Bo", "P569", "1940", kind="date")
    assert house.tell("Bo", "P570", "1980", kind="date") == ""


def test_a_correction_is_not_held_against_what_it_corrects(house: House) -> None:
    house.tell("A", "P3373", "B")
    assert house.tell("A", "P26", "B", replaces=True) == ""
    house.tell("C", "P22", "D")
    assert house.tell("D", "P22", "C", replaces=True) != ""


def test_what_is_denied_claimed_or_known_is_not_asked_about(house: House) -> None:
    house.tell("Bo", "P570", "1980", kind="date")
    draft = house.draft("Bo", "P569", "1990", kind="date")
    for passes in (replace(draft, polarity=False), replace(draft, claimant=house.node("Ida"))):
        assert house.inbox.check(passes, replaces=False) == ()
    house.tell("Bo", "P569", "1990", kind="date")
    house.inbox.accept(1)
    assert house.tell("Bo", "P569", "1990", kind="date") == ""


def test_what_was_accepted_against_the_shapes_keeps_nothing_else_out(house: House) -> None:
    house.tell("Bo", "P570", "1980", kind="date")
    house.tell("Bo", "P569", "1990", kind="date")
    house.inbox.accept(1)
    assert house.tell("Bo", "P551", "Oslo") == ""
    assert house.tell("Bo", "P19", "Oslo") == ""
    assert house.tell("Bo", "P22", "Ida") == ""


def test_accepting_writes_it_with_its_source_and_revises(house: House) -> None:
    house.tell("me", "tt:age", "43", kind="quantity")
    house.tell("me", "tt:age", "143", kind="quantity")
    fact = house.inbox.accept(1)
    assert house.holds() == {("me", "tt:age", "143")}
    assert house.memory.episode(fact.sources[0].episode).text == "me tt:age 143"
    assert house.waiting() == []
    with pytest.raises(KeyError):
        house.inbox.accept(1)


def test_dropping_leaves_everything_as_it_was(house: House) -> None:
    house.tell("Bo", "P569", "2062", kind="date")
    assert house.inbox.drop(1).fact.property == "P569"
    assert house.waiting() == []
    assert house.holds() == set()
    with pytest.raises(KeyError):
        house.inbox.drop(1)


def test_one_source_waits_once_and_two_are_settled_together(house: House) -> None:
    draft = house.draft("Bo", "P569", "2062", kind="date")
    reasons = house.inbox.check(draft, replaces=False)
    first = house.inbox.keep(draft, reasons, replaces=False)
    assert isinstance(first, Waiting)
    assert house.inbox.keep(draft, reasons, replaces=False) == first
    house.tell("Bo", "P569", "2062", kind="date")
    assert [number for number, *_ in house.waiting()] == [1, 2]
    assert len(house.inbox.accept(2).sources) == 2
    assert house.waiting() == []
    assert house.inbox.keep(draft, reasons, replaces=False) is None
    house.tell("Ida", "P569", "2062", kind="date")
    assert [number for number, *_ in house.waiting()] == [3]


def test_numbers_are_never_used_again_and_replay_rebuilds_the_inbox(house: House) -> None:
    for name in ("Bo", "Ida"):
        house.tell(name, "P569", "2062", kind="date")
    house.inbox.drop(1)
    before = house.waiting()
    house.memory.replay()
    assert house.waiting() == before == [(2, "Ida", "P569", "2062")]
    forget(house.memory, Target(nodes=(house.node("Ida"),)))
    house.tell("Liv", "P569", "2062", kind="date")
    assert [number for number, *_ in house.waiting()] == [3]


def test_undoing_the_message_takes_it_out_of_the_inbox(house: House) -> None:
    house.tell("Bo", "P569", "2062", kind="date")
    house.memory.undo(house.inbox.waiting()[0].fact.sources[0].episode)
    assert house.waiting() == []
    assert not house.memory.nodes_named("Bo")


def test_it_follows_a_merge(house: House) -> None:
    house.tell("Bo", "P569", "2062", kind="date")
    house.memory.merge(house.node("Bo Holm"), house.node("Bo"))
    assert house.inbox.accept(1).subject.label == "Bo Holm"


def test_an_older_file_gets_an_inbox_when_it_is_opened_for_writing(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory, memory.reading() as connection:
        connection.execute("DROP TABLE quarantine")
        connection.execute("PRAGMA user_version = 2")
    with Memory(tmp_path, read_only=True) as reader:
        assert House(reader).waiting() == []
    with Memory(tmp_path) as again:
        assert House(again).tell("Bo", "P569", "2062", kind="date")
        assert len(House(again).waiting()) == 1


# Forgetting


def bytes_with(directory: Path, word: str) -> list[str]:
    files = [file for file in directory.rglob("*") if file.is_file()]
    return [file.name for file in files if word.encode() in file.read_bytes()]


def check_gone(house: House, *words: str) -> None:
    assert house.waiting() == []
    assert not [o for o in house.memory.outcomes() if isinstance(o.operation, Quarantined)]
    assert [bytes_with(house.memory.directory, word) for word in words] == [[] for _ in words]
    with house.memory.reading() as connection:
        tables = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in MATERIALISED}
    house.memory.replay()
    with house.memory.reading() as connection:
        assert all(
            sorted(connection.execute(f"SELECT * FROM {n}"), key=repr) == sorted(tables[n], key=repr) for n in tables
        )


def test_forgetting_a_name_takes_what_waits_about_it(house: House) -> None:
    house.tell("Quillfeather", "P570", "1980", kind="date")
    house.tell("Quillfeather", "P569", "2049-12-24", kind="date")
    forget(house.memory, Target(nodes=(house.node("Quillfeather"),)))
    check_gone(house, "Quillfeather", "2049-12-24")


def test_forgetting_who_is_only_known_from_the_inbox_works(house: House) -> None:
    house.tell("Ida", "P551", "Bergen")
    house.tell("Quillfeather", "P26", "Bergen")
    forget(house.memory, Target(nodes=(house.node("Quillfeather"),)))
    check_gone(house, "Quillfeather")
    assert house.holds() == {("Ida", "P551", "Bergen")}


def test_forgetting_the_object_takes_what_waits_about_it(house: House) -> None:
    house.tell("Ida", "P551", "Mossgate")
    house.tell("Bo", "P26", "Mossgate")
    forget(house.memory, Target(nodes=(house.node("Mossgate"),)))
    check_gone(house, "Mossgate")


@pytest.mark.parametrize("how", ["span", "episode"])
def test_forgetting_the_words_takes_what_they_told(house: House, how: str) -> None:
    house.tell("Quillfeather", "P569", "2049-12-24", kind="date")
    episode = house.inbox.waiting()[0].fact.sources[0].episode
    size = len(house.memory.episode(episode).text)
    forget(house.memory, Target(episodes=(episode,)) if how == "episode" else Target(spans=((episode, 0, size),)))
    check_gone(house, "Quillfeather", "2049-12-24")


@pytest.mark.parametrize("word", ["accept", "drop"])
def test_forgetting_takes_what_once_waited(house: House, word: str) -> None:
    house.tell("Quillfeather", "P569", "2049-12-24", kind="date")
    house.inbox.accept(1) if word == "accept" else house.inbox.drop(1)
    facts = tuple(fact.id for fact in house.memory.facts())
    forget(house.memory, Target(facts=facts) if facts else Target(nodes=(house.node("Quillfeather"),)))
    check_gone(house, "2049-12-24", "Quillfeather")


def test_forgetting_something_else_leaves_what_waits_ready_to_be_accepted(house: House) -> None:
    text = "Ida lives in Tarn. Bo was born in 2062."
    episode = house.memory.record("say", "Ann", text, SAID_AT)
    ida, tarn, bo = (
        house.memory.new_node(name, NodeKind.NAMED, "", episode=episode).iri for name in ("Ida", "Tarn", "Bo")
    )
    fact, _ = house.memory.add(Draft(ida, "P551", tarn, Source(episode, 0, 18, "Ann", SAID_AT, "t")))
    draft = Draft(bo, "P569", Literal("2062", "date"), Source(episode, 19, len(text), "Ann", SAID_AT, "t"))
    house.inbox.keep(draft, house.inbox.check(draft, replaces=False), replaces=False)
    forget(house.memory, Target(facts=(fact.id,)))
    assert house.waiting() == [(1, "Bo", "P569", "2062")]
    assert house.inbox.accept(1).subject.label == "Bo"


# On the way in


@dataclass
class Talk:
    """Parses on their way through the gate into a memory."""

    house: House

    def tell(self, *parses: Parse, title: str | None = None) -> Learned:
        memory = self.house.memory
        linker = Linker(memory, Chat().roles, Attention())
        rememberer = Rememberer(linker, Reviser(memory), gate=self.house.inbox)
        text = " ".join(parse.text for parse in parses)
        episode = memory.record("say" if title is None else "read", "owner", text, AT.isoformat(), title or "")
        return rememberer.remember(parses, Told("owner", AT, episode, title))[0]


def born(name: str, year: str, *, act: Act = Act.TELL) -> Parse:
    return sentence(f"{name} was born in {year}", f"{name}:PER | {year}:DATE={year}", f"{name} P569 {year}", act=act)


def died(name: str, year: str) -> Parse:
    return sentence(f"{name} died in {year}", f"{name}:PER | {year}:DATE={year}", f"{name} P570 {year}")


@pytest.mark.parametrize("title", [None, "Notes"])
def test_a_message_or_document_learns_the_rest(house: House, title: str | None) -> None:
    learned = Talk(house).tell(died("Jorin", "1980"), born("Jorin", "1990"), title=title)
    assert [_triple(fact) for fact in learned.new] == [("Jorin", "P570", "1980")]
    (waiting,) = learned.waiting
    assert _triple(waiting.fact) == ("Jorin", "P569", "1990")
    assert waiting.reason("zh") == "出生会晚于去世"
    assert house.holds() == {("Jorin", "P570", "1980")}


def test_what_the_rest_of_the_message_puts_right_is_learned(house: House) -> None:
    denied = sentence("Jorin is not my brother", "Jorin:PER | my:SELF", "my P3373 Jorin", factuality=Factuality.DENIED)
    married = sentence("Jorin is my husband", "Jorin:PER | my:SELF", "my P26 Jorin")
    Talk(house).tell(sentence("Jorin is my brother", "Jorin:PER | my:SELF", "my P3373 Jorin"))
    learned = Talk(house).tell(married, denied)
    assert not learned.waiting
    assert house.holds() == {("me", "P26", "Jorin")}


def test_a_wrong_correction_leaves_what_stood(house: House) -> None:
    talk = Talk(house)
    talk.tell(died("Jorin", "1980"))
    talk.tell(born("Jorin", "1950"))
    learned = talk.tell(born("Jorin", "1995", act=Act.CORRECT))
    assert len(learned.waiting) == 1
    assert not learned.closed
    assert ("Jorin", "P569", "1950") in house.holds()


def _triple(fact: Fact) -> tuple[str, str, str]:
    return fact.subject.label, fact.property, _label(fact.object)


# Shapes of one's own


def test_a_users_shape_sees_what_holds_after_a_move(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix wdt: <http://www.wikidata.org/prop/direct/> . @prefix ex: <urn:x:> ."
        "ex:OneHome a sh:NodeShape ; sh:targetSubjectsOf wdt:P551 ; sh:property [ sh:path wdt:P551 ; sh:maxCount 1 ] ."
        "ex:TwoFriends a sh:NodeShape ; sh:targetSubjectsOf <https://w3id.org/tripletalk/ns#friend> ;"
        " sh:property [ sh:path <https://w3id.org/tripletalk/ns#friend> ; sh:maxCount 2 ; sh:message 'too many friends'@en ] .",
        encoding="utf-8",
    )
    with Memory(tmp_path / "space") as memory:
        house = House(memory, (*house_shapes(), *read_shapes(path)))
        assert house.tell("me", "P551", "Oslo") == ""
        assert house.tell("me", "P551", "Bergen") == ""
        assert [house.tell("me", "tt:friend", name) for name in ("A", "B", "C")] == ["", "", "too many friends"]


def test_ends_of_open_intervals_contradict_nothing(house: House) -> None:
    draft = house.draft("Bo", "P551", "Oslo")
    source, past = draft.source, When("0001-01-01", "2026-03-10", "past")
    assert house.inbox.check(Draft(draft.subject, "P551", draft.object, source, end=past), replaces=False) == ()
