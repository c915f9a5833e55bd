"""Forgetting: no byte is left of what went, and the rest stands."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.fact import Draft, Fact, Literal, NodeKind, Source, When
from kg.forget import Target, forget
from kg.log import document_hash
from kg.memory import Memory
from kg.outcome import Forgotten
from kg.redact import occurrences, redact, rest_of
from kg.schema import MATERIALISED
from kg.store import GraphView

AT = "2024-03-01T09:00:00+01:00"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "space") as opened:
        yield opened


def node_of(memory: Memory, label: str, episode: int, kind: NodeKind = NodeKind.NAMED) -> str:
    found = memory.nodes_named(label)
    return found[0].iri if found else memory.new_node(label, kind, "PER", episode=episode).iri


def tell(
    memory: Memory, episode: int, clause: str, subject: str, property_: str, obj: str | Literal, **more: object
) -> Fact:
    """Add a fact that rests on a clause of a message."""
    start = memory.episode(episode).text.index(clause)
    source = Source(episode, start, start + len(clause), "Ann", AT, "test-1")
    iri = memory.self_node().iri if subject == "me" else node_of(memory, subject, episode)
    target = obj if isinstance(obj, Literal) else node_of(memory, obj, episode)
    return memory.add(Draft(iri, property_, target, source, **more))[0]  # type: ignore[arg-type]


def bytes_with(directory: Path, word: str) -> list[str]:
    """Return the files that hold a word, in UTF-8 or UTF-16, in any case that was used."""
    codes, forms = ("utf-8", "utf-16-le", "utf-16-be"), (word, word.lower(), word.upper())
    needles = [form.encode(code) for form in forms for code in codes]
    files = [file for file in directory.rglob("*") if file.is_file()]
    return [file.name for file in files if any(needle in file.read_bytes() for needle in needles)]


def check_replay(memory: Memory) -> None:
    def tables() -> list[list[tuple[object, ...]]]:
        with memory.reading() as connection:
            return [sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in MATERIALISED]

    before = tables()
    memory.replay()
    assert tables() == before


TEXT = "My vet is called Quillfeather, and my locker code is 80412. 我姐姐住在绍兴。"


def message(memory: Memory) -> int:
    episode = memory.record("say", "Ann", TEXT, AT, state='{"focus": ["Quillfeather"]}')
    memory.add_passages(episode, [(0, 59), (60, len(TEXT))])
    vet = tell(memory, episode, "My vet is called Quillfeather", "me", "tt:relatedTo", "Quillfeather", role="vet")
    tell(memory, episode, "my locker code is 80412", "me", "tt:code", Literal("80412", "quantity"), role="locker code")
    sister = memory.new_node("姐姐", NodeKind.ROLE, "PER", episode=episode)
    shaoxing = node_of(memory, "绍兴", episode)
    memory.add(Draft(sister.iri, "P551", shaoxing, Source(episode, 60, len(TEXT), "Ann", AT, "test-1")))
    memory.record("reply", "bot", "Quillfeather is your vet, and the code is 80412.", AT)
    assert vet.id == 1
    return episode


def test_one_clause_goes_from_every_file_and_the_rest_stands(memory: Memory) -> None:
    with GraphView(memory.directory, memory) as view:
        episode = message(memory)
        view.catch_up()
        start = TEXT.index("My vet")
        receipt = forget(memory, Target(spans=((episode, start, TEXT.index(", and")),)), view=view)
        assert (receipt.facts, receipt.nodes, receipt.pending) == (1, 1, False)
        for word in ("Quillfeather", "vet is"):
            assert bytes_with(memory.directory, word) == []
        text = memory.episode(episode).text
        assert len(text) == len(TEXT)
        assert text.endswith(", and my locker code is 80412. 我姐姐住在绍兴。")
        assert {fact.property for fact in memory.facts()} == {"tt:code", "P551"}
        assert [passage.text for passage in memory.passages()][-1] == ", and my locker code is 80412."
        assert receipt.passages_removed == (1,)
        assert "80412" in memory.episodes(kind="reply")[0].text
        assert view.ask("ASK { ?me tt:code 80412 }")
    check_replay(memory)


def test_a_chinese_clause_goes_too(memory: Memory) -> None:
    episode = message(memory)
    memory.record("reply", "bot", "你姐姐住在绍兴。", AT)
    GraphView(memory.directory, memory).close()
    forget(memory, Target(spans=((episode, 60, len(TEXT)),)))
    for word in ("绍兴", "姐姐", "住在"):
        assert bytes_with(memory.directory, word) == []
    assert bytes_with(memory.directory, "Quillfeather")
    check_replay(memory)


def test_a_fact_takes_its_clause_and_the_request_that_quotes_it(memory: Memory) -> None:
    message(memory)
    GraphView(memory.directory, memory).close()
    request = memory.record("say", "Ann", "Forget that my locker code is 80412", AT)
    (fact,) = memory.facts(property="tt:code")
    forget(memory, Target(facts=(fact.id,)), request=request)
    for word in ("80412", "locker"):
        assert bytes_with(memory.directory, word) == []
    assert bytes_with(memory.directory, "Quillfeather")
    assert len(memory.facts()) == 2
    check_replay(memory)


def test_facts_of_one_sentence_are_told_apart_by_their_words(memory: Memory) -> None:
    text = "Ida lives in Oslo and bakes bread"
    episode = memory.record("say", "Ann", text, AT)
    tell(memory, episode, text, "Ida", "P551", "Oslo")
    job = tell(memory, episode, text, "Ida", "P106", Literal("bakes bread"))
    forget(memory, Target(facts=(job.id,)))
    assert memory.episode(episode).text == "Ida lives in Oslo and ███████████"
    assert [fact.property for fact in memory.facts()] == ["P551"]


def test_what_is_told_elsewhere_keeps_its_other_source(memory: Memory) -> None:
    first = memory.record("say", "Ann", "Ida lives in Oslo since 2010", AT)
    second = memory.record("say", "Ann", "as I said, Ida lives in Oslo", AT)
    since = When("2010-01-01", "2010-12-31", "2010")
    fact = tell(memory, first, "Ida lives in Oslo since 2010", "Ida", "P551", "Oslo", start=since)
    tell(memory, second, "Ida lives in Oslo", "Ida", "P551", "Oslo")
    receipt = forget(memory, Target(episodes=(first,)))
    assert receipt.facts == 0
    kept = memory.fact(fact.id)
    assert [source.episode for source in kept.sources] == [second]
    assert kept.start is None
    assert bytes_with(memory.directory, "2010") == []
    check_replay(memory)


def test_a_node_goes_with_all_that_was_said_of_it(memory: Memory) -> None:
    episode = message(memory)
    memory.record("say", "Ann", "Did Quillfeather call?", AT)
    GraphView(memory.directory, memory).close()
    (vet,) = memory.nodes_named("Quillfeather")
    forget(memory, Target(nodes=(vet.iri,)))
    assert bytes_with(memory.directory, "Quillfeather") == []
    assert len(memory.facts()) == 2
    assert memory.episode(episode).text.endswith("我姐姐住在绍兴。")
    with pytest.raises(KeyError):
        memory.node(vet.iri)
    check_replay(memory)


def test_a_given_name_of_the_speaker_goes_and_the_speaker_stays(memory: Memory) -> None:
    episode = memory.record("say", "Ann", "My name is Zanthe", AT)
    memory.add_label(memory.self_node().iri, "Zanthe", episode=episode)
    forget(memory, Target(episodes=(episode,)))
    assert memory.labels(memory.self_node().iri) == ("me",)
    assert bytes_with(memory.directory, "Zanthe") == []
    check_replay(memory)


def test_what_was_undone_or_merged_before_goes_too(memory: Memory) -> None:
    episode = message(memory)
    other = memory.new_node("Dr Quillfeather", NodeKind.NAMED, "PER", episode=episode)
    memory.merge(memory.nodes_named("Quillfeather")[0].iri, other.iri, evidence="Quillfeather twice", episode=episode)
    memory.undo(episode)
    forget(memory, Target(episodes=(episode,)))
    for word in ("Quillfeather", "80412", "绍兴"):
        assert bytes_with(memory.directory, word) == []
    check_replay(memory)


def test_a_forgotten_document_is_not_known_any_more(memory: Memory) -> None:
    text = "The Umbrathorn bridge opened in 1911."
    episode = memory.record("read", "Ann", text, AT, title="Umbrathorn.txt")
    tell(memory, episode, text, "Umbrathorn bridge", "P1619", Literal("1911", "date"))
    forget(memory, Target(episodes=(episode,)))
    assert memory.find_document(document_hash(text)) is None
    for word in ("Umbrathorn", "1911", document_hash(text)):
        assert bytes_with(memory.directory, word) == []
    again = memory.record("read", "Ann", text, AT, title="Umbrathorn.txt")
    fact = tell(memory, again, text, "Umbrathorn bridge", "P1619", Literal("1911", "date"))
    assert memory.facts() == (fact,)


def test_what_is_told_again_is_learned_again(memory: Memory) -> None:
    episode = message(memory)
    forget(memory, Target(episodes=(episode,)))
    assert memory.facts() == ()
    again = memory.record("say", "Ann", TEXT, AT)
    fact = tell(memory, again, "My vet is called Quillfeather", "me", "tt:relatedTo", "Quillfeather", role="vet")
    assert memory.facts() == (fact,)


def test_another_view_that_holds_the_files_finishes_the_work(memory: Memory) -> None:
    episode = message(memory)
    with GraphView(memory.directory, memory) as elsewhere:
        with Memory(memory.directory) as mine:
            assert forget(mine, Target(episodes=(episode,))).pending
        elsewhere.catch_up()
        assert bytes_with(memory.directory, "Quillfeather") == []


def test_a_reader_in_the_way_only_delays_the_work(memory: Memory) -> None:
    episode = message(memory)
    with Memory(memory.directory, read_only=True) as reader, reader.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM episodes").fetchone()[0] == 2
        with memory.reading() as own:
            own.execute("PRAGMA busy_timeout = 50")
        assert forget(memory, Target(episodes=(episode,))).pending
        connection.execute("ROLLBACK")
    Memory(memory.directory).close_files()
    assert bytes_with(memory.directory, "Quillfeather") == []


def test_a_stop_before_the_files_were_rewritten_is_made_good(memory: Memory) -> None:
    with GraphView(memory.directory, memory) as view:
        episode = message(memory)
        view.catch_up()
    with memory.rewriting_history() as connection:
        connection.execute("UPDATE episodes SET text = '', state = ''")
        connection.execute("DELETE FROM outcomes WHERE episode = ?", (episode,))
        memory.append(Forgotten(3, 3, 0, 0, 80))
    memory.close_files()
    with Memory(memory.directory) as again, GraphView(again.directory, again):
        assert bytes_with(again.directory, "Quillfeather") == []


def test_forgetting_what_is_not_there_says_so(memory: Memory) -> None:
    for target in (Target(facts=(99,)), Target(nodes=("urn:x",)), Target(episodes=(7,)), Target(spans=((7, 0, 1),))):
        with pytest.raises(KeyError):
            forget(memory, target)


WORDS = ["Aquanox", "Brimvale", "Cindermoor", "Dravenna", "Elmsgrove"]
FACTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] != p[1]), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(FACTS, FACTS)
def test_forgetting_undoes_adding(kept: list[tuple[int, int]], gone: list[tuple[int, int]]) -> None:
    def tell_all(memory: Memory, pairs: list[tuple[int, int]]) -> tuple[int, ...]:
        episodes: list[int] = []
        for a, b in pairs:
            text = f"{WORDS[a]} is part of {WORDS[b]}"
            episodes.append(memory.record("say", "Ann", text, AT))
            tell(memory, episodes[-1], text, WORDS[a], "P361", WORDS[b])
        return tuple(episodes)

    def state(memory: Memory) -> set[tuple[str, str, tuple[int, ...]]]:
        return {
            (f.subject.label, f.object.label, tuple(s.episode for s in f.sources))
            for f in memory.facts()
            if not isinstance(f.object, Literal)
        }

    with tempfile.TemporaryDirectory() as directory, Memory(Path(directory)) as memory:
        tell_all(memory, kept)
        before, names = state(memory), {name for name, _ in memory.all_names()}
        episodes = tell_all(memory, gone)
        forget(memory, Target(episodes=episodes))
        assert state(memory) == before
        assert {name for name, _ in memory.all_names()} == names
        for index, word in enumerate(WORDS):
            if all(index not in pair for pair in kept):
                assert bytes_with(Path(directory), word) == []
        check_replay(memory)


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_redaction_keeps_every_offset(text: str, ranges: list[tuple[int, int]]) -> None:
    redacted = redact(text, ranges)
    assert len(redacted) == len(text)
    for start, end in rest_of([r for r in ranges if r[0] < r[1]], 0, len(text)):
        assert redacted[start:end] == text[start:end]


def test_strings_are_found_as_words_in_alphabets_and_anywhere_in_chinese() -> None:
    assert occurrences("cat concat 猫咪", ["cat", "猫"]) == [(0, 3), (11, 12)]
