"""Merges and their undoing: what was said of whom is known before, between and after, and in every copy of the state."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.fact import Draft, Fact, Literal, Node, NodeKind, Source, When
from kg.forget import Target, forget
from kg.memory import Memory
from kg.outcome import NodesMerged
from kg.schema import MATERIALISED
from kg.store import GraphView
from tests.fakes import Chat, sentence

AT = "2024-03-01T09:00:00+01:00"
NAMES = ("Kim", "Alexandra", "Oslo", "Bergen")
SAID = st.tuples(st.sampled_from(["Kim", "Alexandra"]), st.sampled_from(["Oslo", "Bergen"]), st.booleans())
SAIDS = st.lists(SAID, max_size=6)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "space") as opened:
        yield opened


def people(memory: Memory) -> tuple[str, ...]:
    """Return the nodes of `NAMES`."""
    tags = ("PER", "PER", "LOC", "LOC")
    return tuple(memory.new_node(n, NodeKind.NAMED, t).iri for n, t in zip(NAMES, tags, strict=True))


def tell(memory: Memory, text: str, subject: str, property_: str, obj: str | Literal, **more: object) -> Fact:
    """Add a fact that rests on a message of its own."""
    episode = memory.record("say", "Ann", text, AT)
    source = Source(episode, 0, len(text), "Ann", AT, "test-1")
    return memory.add(Draft(subject, property_, obj, source, **more))[0]  # type: ignore[arg-type]


def say(memory: Memory, nodes: Sequence[str], said: tuple[str, str, bool]) -> None:
    name, place, likes = said
    text = f"{name} {'likes' if likes else 'lives in'} {place}"
    tell(memory, text, nodes[NAMES.index(name)], "tt:likes" if likes else "P551", nodes[NAMES.index(place)])


def known(memory: Memory) -> set[tuple[object, ...]]:
    """Return all statements without their numbers."""
    return {
        (f.subject, f.property, f.object, f.start, f.end, f.role, f.rank, f.confidence, frozenset(f.sources))
        for f in memory.facts()
    }


def by_names(memory: Memory) -> set[tuple[object, ...]]:
    """Return all statements by the names of their ends and the messages they rest on."""
    return {
        (f.subject.label, f.property, f.object.label, frozenset(s.episode for s in f.sources))
        for f in memory.facts()
        if isinstance(f.object, Node)
    }


def check_copies(memory: Memory, view: GraphView | None = None) -> None:
    """Check that replaying gives the state as it is, and that a view that kept up is one built anew."""

    def tables() -> list[list[tuple[object, ...]]]:
        with memory.reading() as connection:
            return [sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in MATERIALISED]

    before, facts = tables(), memory.facts()
    memory.replay()
    assert tables() == before
    assert memory.facts() == facts
    if view is not None:
        view.catch_up()
        everything = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
        kept_up = set(view.construct(everything))
        view.rewrite()
        assert set(view.construct(everything)) == kept_up


@settings(max_examples=30, deadline=None)
@given(SAIDS, st.booleans())
def test_merging_and_parting_is_the_identity(said: list[tuple[str, str, bool]], turned: bool) -> None:
    with tempfile.TemporaryDirectory() as directory, Memory(Path(directory)) as memory:
        nodes = people(memory)
        for one in said:
            say(memory, nodes, one)
        before, alone = known(memory), [(memory.node(iri), memory.labels(iri)) for iri in nodes]
        kept = memory.merge(*((nodes[1], nodes[0]) if turned else (nodes[0], nodes[1])))
        memory.unmerge(nodes[0] if kept.iri == nodes[1] else nodes[1])
        assert known(memory) == before
        assert [(memory.node(iri), memory.labels(iri)) for iri in nodes] == alone
        check_copies(memory)


@settings(max_examples=40, deadline=None)
@given(SAIDS, SAIDS, SAIDS)
def test_what_is_said_while_they_are_one_goes_to_whom_it_names(
    before: list[tuple[str, str, bool]], between: list[tuple[str, str, bool]], after: list[tuple[str, str, bool]]
) -> None:
    """The oracle is a memory in which the two were never one."""
    with (
        tempfile.TemporaryDirectory() as directory,
        Memory(Path(directory) / "a") as memory,
        GraphView(memory.directory, memory) as view,
    ):
        nodes = people(memory)
        for one in before:
            say(memory, nodes, one)
        memory.merge(nodes[0], nodes[1])
        for one in between:
            say(memory, nodes, one)
        check_copies(memory, view)
        memory.unmerge(nodes[1])
        for one in after:
            say(memory, nodes, one)
        check_copies(memory, view)
        with Memory(Path(directory) / "b") as other:
            apart = people(other)
            for one in (*before, *between, *after):
                say(other, apart, one)
            assert by_names(memory) == by_names(other)


def test_what_names_both_or_neither_stays_with_the_survivor(memory: Memory) -> None:
    kim, alex, oslo, bergen = people(memory)
    memory.merge(kim, alex)
    tell(memory, "She lives in Oslo", alex, "P551", oslo)
    tell(memory, "Kim, I mean Alexandra, likes Bergen", alex, "tt:likes", bergen)
    memory.unmerge(alex)
    assert len(memory.facts(subject=kim)) == 2
    assert memory.facts(subject=alex) == ()


def test_a_longer_name_hides_the_shorter_one_in_it(memory: Memory) -> None:
    oslo = memory.new_node("Oslo", NodeKind.NAMED, "LOC").iri
    ida, berg = (memory.new_node(name, NodeKind.NAMED, "PER").iri for name in ("Ida", "Ida Berg"))
    memory.merge(ida, berg)
    tell(memory, "Ida Berg lives in Oslo", ida, "P551", oslo)
    tell(memory, "Ida likes Oslo", ida, "tt:likes", oslo)
    memory.unmerge(berg)
    assert [f.property for f in memory.facts(subject=berg)] == ["P551"]
    assert [f.property for f in memory.facts(subject=ida)] == ["tt:likes"]


def test_names_and_gender_told_since_go_to_whom_they_were_told_of(memory: Memory) -> None:
    kim, alex, *_ = people(memory)
    episode = memory.record("say", "Ann", "Kim is Alexandra", AT)
    memory.merge(kim, alex, evidence="Kim is Alexandra", episode=episode)
    told = memory.record("say", "Ann", "Alexandra is a girl, called Lex", AT)
    memory.add_label(kim, "Lex", preferred=True, episode=told)
    memory.describe_node(kim, gender="f", episode=told)
    assert (memory.node(kim).label, memory.node(kim).gender) == ("Lex", "f")
    parted = memory.unmerge(alex)
    assert (parted.label, parted.gender, set(memory.labels(alex))) == ("Lex", "f", {"Alexandra", "Lex"})
    assert (memory.node(kim).label, memory.node(kim).gender, memory.labels(kim)) == ("Kim", "", ("Kim",))
    check_copies(memory)


def test_what_the_merge_itself_made_of_the_survivor_is_taken_back(memory: Memory) -> None:
    kim, *_ = people(memory)
    sister = memory.new_node("sister", NodeKind.ROLE, "PER", gender="f").iri
    episode = memory.record("say", "Ann", "My sister is called Kim", AT)
    memory.merge(kim, sister, evidence="My sister is called Kim", episode=episode)
    memory.describe_node(kim, gender="f", episode=episode)
    assert memory.unmerge(sister) == Node(sister, "sister", NodeKind.ROLE, "PER", "f")
    assert memory.node(kim) == Node(kim, "Kim", NodeKind.NAMED, "PER", "")


def test_a_statement_closed_or_dated_by_words_about_the_other_is_as_before(memory: Memory) -> None:
    kim, alex, oslo, bergen = people(memory)
    home = tell(memory, "Kim lives in Oslo", kim, "P551", oslo)
    likes = tell(memory, "Kim likes Bergen", kim, "tt:likes", bergen)
    memory.merge(kim, alex)
    moved = tell(memory, "Alexandra moved to Bergen in 2021", alex, "P551", bergen)
    memory.close(home.id, When("2021-01-01", "2021-12-31", "2021"), episode=moved.sources[0].episode)
    since = When("2010-01-01", "2010-12-31", "2010")
    both = tell(memory, "Alexandra has liked Bergen since 2010", alex, "tt:likes", bergen, start=since)
    assert both.id == likes.id
    memory.unmerge(alex)
    assert set(memory.facts(subject=kim)) == {home, likes}
    assert {(f.property, f.start) for f in memory.facts(subject=alex)} == {("P551", None), ("tt:likes", since)}
    check_copies(memory)
    memory.undo(both.sources[-1].episode)
    assert memory.fact(likes.id) == likes
    assert [f.property for f in memory.facts(subject=alex)] == ["P551"]


def test_a_chain_of_merges_comes_apart_link_by_link(memory: Memory) -> None:
    kim, alex, oslo, _ = people(memory)
    sister = memory.new_node("sister", NodeKind.ROLE, "PER").iri
    tell(memory, "My sister lives in Oslo", sister, "P551", oslo)
    memory.merge(alex, sister)
    memory.merge(kim, alex)
    assert [(m.kept.label, m.gone.label) for m in memory.merges()] == [("Alexandra", "sister"), ("Kim", "Alexandra")]
    memory.unmerge(alex)
    assert [f.subject.label for f in memory.facts()] == ["Alexandra"]
    memory.unmerge(sister)
    assert [f.subject.label for f in memory.facts()] == ["sister"]
    assert memory.merges() == ()
    check_copies(memory)


def test_a_merge_says_what_it_rests_on_and_when(memory: Memory) -> None:
    kim, alex, oslo, bergen = people(memory)
    episode = memory.record("say", "Ann", "Kim is Alexandra", AT)
    memory.merge(kim, alex, evidence="Kim is Alexandra", episode=episode)
    memory.merge(oslo, bergen, evidence="by hand", at="2025-01-01", by_hand=True)
    told, made = memory.merges()
    assert (told.evidence, told.at, told.episode) == ("Kim is Alexandra", AT, episode)
    assert (made.evidence, made.at, made.episode) == ("by hand", "2025-01-01", 0)
    assert told.number < made.number


def test_two_told_apart_stay_two_unless_merged_by_hand(memory: Memory) -> None:
    kim, alex, *_ = people(memory)
    third = memory.new_node("Lex", NodeKind.NAMED, "PER").iri
    memory.merge(kim, alex)
    memory.unmerge(alex)
    memory.merge(third, alex)
    assert memory.are_told_apart(kim, third)
    with pytest.raises(ValueError, match="told apart"):
        memory.merge(kim, third)
    memory.merge(kim, third, by_hand=True)
    assert not memory.are_told_apart(kim, alex)
    assert memory.node(alex).iri == kim
    check_copies(memory)


def test_undoing_the_message_that_merged_tells_nothing_apart(memory: Memory) -> None:
    kim, alex, *_ = people(memory)
    episode = memory.record("say", "Ann", "Kim is Alexandra", AT)
    memory.merge(kim, alex, evidence="Kim is Alexandra", episode=episode)
    memory.undo(episode)
    assert memory.node(alex).iri == alex
    assert not memory.are_told_apart(kim, alex)


def test_no_sentence_merges_what_was_told_apart() -> None:
    chat = Chat()
    one, other = (chat.linker.create(name, NodeKind.NAMED, "PER") for name in ("Walter Lin", "林沃德"))
    chat.graph.apart.append({one.iri, other.iri})
    chat.tell(sentence("Walter Lin is 林沃德", "Walter Lin:PER | 林沃德:PER", "Walter Lin same 林沃德"))
    assert not chat.graph.moved
    chat.graph.apart.clear()
    chat.tell(sentence("Walter Lin is 林沃德", "Walter Lin:PER | 林沃德:PER", "Walter Lin same 林沃德"))
    assert chat.graph.moved


def test_no_name_of_a_role_merges_what_was_told_apart() -> None:
    chat = Chat()
    chat.tell(sentence("My vet has a limp", "My:SELF | vet:ROLE", "My role vet"))
    (vet,) = (n for n in chat.graph.nodes.values() if n.kind is NodeKind.ROLE)
    inga = chat.linker.create("Inga", NodeKind.NAMED, "PER")
    chat.graph.apart.append({vet.iri, inga.iri})
    chat.tell(sentence("My vet is called Inga", "My:SELF | vet:ROLE | Inga:PER", "My role vet; vet same Inga"))
    assert not chat.graph.moved


def bytes_with(directory: Path, word: str) -> list[str]:
    """Return the files that hold a word."""
    needles = [form.encode() for form in (word, word.lower(), word.upper())]
    files = [file for file in directory.rglob("*") if file.is_file()]
    return [file.name for file in files if any(needle in file.read_bytes() for needle in needles)]


WORDS = ("Quillfeather", "Zanthe", "Umbrathorn", "Brimvale")


@pytest.mark.parametrize("parted", [False, True])
@pytest.mark.parametrize("by_hand", [False, True])
def test_forgetting_leaves_no_byte_of_a_merge(memory: Memory, parted: bool, by_hand: bool) -> None:
    with GraphView(memory.directory, memory) as view:
        first = tell(memory, "I live in Brimvale", memory.self_node().iri, "P551", Literal("Brimvale"))
        episode = memory.record("say", "Ann", "Quillfeather is Zanthe", AT)
        kept, gone = (memory.new_node(word, NodeKind.NAMED, "PER", episode=episode).iri for word in WORDS[:2])
        evidence = "by hand: Quillfeather = Zanthe" if by_hand else "Quillfeather is Zanthe"
        memory.merge(kept, gone, evidence=evidence, episode=0 if by_hand else episode, at=AT if by_hand else "")
        tell(memory, "Quillfeather lives in Umbrathorn", kept, "P551", Literal("Umbrathorn"))
        since = When("2010-05-01", "2010-05-31", "Maytide 2010")
        tell(memory, "Zanthe lives in Umbrathorn since Maytide 2010", kept, "P551", Literal("Umbrathorn"), start=since)
        named = memory.record("say", "Ann", "Zanthe is called Zzanni", AT)
        memory.add_label(gone, "Zzanni", episode=named)
        view.catch_up()
        if parted:
            memory.unmerge(gone)
            view.catch_up()
        forget(memory, Target(nodes=(gone,)), view=view)
        for word in ("Zanthe", "Maytide", "Zzanni"):
            assert bytes_with(memory.directory, word) == []
        if not parted:
            assert bytes_with(memory.directory, "Quillfeather") == []
        assert len(memory.facts()) == (2 if parted else 1)
        assert memory.fact(first.id) == first
        check_copies(memory, view)


def test_forgetting_the_message_that_merged_takes_its_words_and_leaves_the_merge(memory: Memory) -> None:
    kim, alex, oslo, _ = people(memory)
    tell(memory, "Kim lives in Oslo", kim, "P551", oslo)
    tell(memory, "Alexandra likes Oslo", alex, "tt:likes", oslo)
    episode = memory.record("say", "Ann", "Kim turned out to be Alexandra, incognito", AT)
    memory.merge(kim, alex, evidence="Kim turned out to be Alexandra, incognito", episode=episode)
    forget(memory, Target(episodes=(episode,)))
    assert bytes_with(memory.directory, "incognito") == []
    assert [m.evidence for m in memory.merges()] == [""]
    check_copies(memory)


def test_a_name_that_is_forgotten_goes_from_a_merge_by_hand_that_stays(memory: Memory) -> None:
    kim, alex, oslo, _ = people(memory)
    tell(memory, "Kim lives in Oslo", kim, "P551", oslo)
    tell(memory, "Alexandra likes Oslo", alex, "tt:likes", oslo)
    nickname = memory.record("say", "Ann", "We call her Zanthe", AT)
    memory.add_label(alex, "Zanthe", preferred=True, episode=nickname)
    memory.merge(kim, alex, evidence="by hand: Kim = Zanthe", at=AT, by_hand=True)
    forget(memory, Target(episodes=(nickname,)))
    assert bytes_with(memory.directory, "Zanthe") == []
    assert [(m.gone.label, m.evidence) for m in memory.merges()] == [("Alexandra", "")]
    check_copies(memory)


def test_a_document_that_lost_its_source_to_another_is_forgotten_with_its_title(memory: Memory) -> None:
    kim, alex, oslo, _ = people(memory)
    tell(memory, "Kim lives in Oslo", kim, "P551", oslo)
    memory.merge(kim, alex)
    text = "Alexandra lives in Oslo."
    read = memory.record("read", "Ann", text, AT, title="Umbrathorn.txt")
    source = Source(read, 0, len(text), "Ann", AT, "test-1", title="Umbrathorn.txt")
    memory.add(Draft(kim, "P551", oslo, source))
    memory.unmerge(alex)
    assert len(memory.facts()) == 2
    forget(memory, Target(episodes=(read,)))
    assert bytes_with(memory.directory, "Umbrathorn") == []
    assert len(memory.facts()) == 1
    check_copies(memory)


def test_a_file_without_distinctions_gets_them_when_it_is_opened_for_writing(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        kim, alex, *_ = people(memory)
        memory.merge(kim, alex)
        with memory.reading() as connection:
            connection.execute("DROP TABLE distinctions")
            connection.execute("PRAGMA user_version = 1")
    with Memory(tmp_path, read_only=True) as reader:
        assert len(reader.merges()) == 1
    with Memory(tmp_path) as again:
        again.unmerge(alex)
        assert again.are_told_apart(kim, alex)
        check_copies(again)


def test_an_outcome_of_before_merges_had_a_time_is_understood() -> None:
    from kg.outcome import decode

    assert decode("NodesMerged", '{"loser": "a", "winner": "b", "evidence": "e"}') == NodesMerged("a", "b", "e")
