"""Merging and parting in an assembled space without a model: names, ids, and errors that tell candidates apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.assemble.space import OpenSpace
from bot.failure import one_line
from bot.system import UsageError
from kg.fact import Draft, NodeKind, Source
from kg.memory import ENTITY

AT = "2026-03-11T12:00:00+01:00"


@pytest.fixture
def space(tmp_path: Path) -> Iterator[OpenSpace]:
    opened = OpenSpace(tmp_path / "space")
    yield opened
    opened.close()


def person(space: OpenSpace, name: str, town: str = "") -> str:
    """Return a new node, at home in a town if one is given."""
    memory = space.memory
    made = memory.new_node(name, NodeKind.NAMED, "PER")
    if town:
        home = memory.nodes_named(town) or (memory.new_node(town, NodeKind.NAMED, "LOC"),)
        text = f"{name} lives in {town}"
        episode = memory.record("say", "Ann", text, AT)
        memory.add(Draft(made.iri, "P551", home[0].iri, Source(episode, 0, len(text), "Ann", AT, "test-1")))
    return made.iri


def homes(space: OpenSpace) -> set[tuple[str, str]]:
    rows = space.query("SELECT ?a ?b { ?x wdt:P551 ?y . ?x rdfs:label ?a . ?y rdfs:label ?b }").rows
    return {(a.value, b.value) for a, b in rows if a is not None and b is not None}


def test_two_names_are_made_one_and_two_again_in_the_graph_too(space: OpenSpace) -> None:
    person(space, "Kim", "Oslo")
    person(space, "Alex", "Bergen")
    before = homes(space)
    merge = space.merge("Kim", "Alex")
    assert (merge.kept.label, merge.gone.label, merge.evidence) == ("Kim", "Alex", "by hand: Kim = Alex")
    assert merge.at
    assert homes(space) == {("Kim", "Oslo"), ("Kim", "Bergen")}
    assert space.merges() == (merge,)
    assert space.unmerge("alex") == merge
    assert homes(space) == before
    assert space.merges() == ()


def test_an_ambiguous_name_lists_ids_and_what_tells_them_apart(space: OpenSpace) -> None:
    first, second = person(space, "Kim", "Oslo"), person(space, "Kim", "Bergen")
    person(space, "Kim")
    ids = [iri.removeprefix(ENTITY)[:8] for iri in (first, second)]
    with pytest.raises(UsageError) as raised:
        space.merge("Kim", "me")
    said = str(raised.value)
    assert said == one_line(said)
    for words in (*ids, "Oslo", "Bergen", "nothing is known", "id"):
        assert words in said
    assert space.merge(ids[0], ids[1]).gone.iri == second
    assert {node.iri for node in space.memory.nodes_named("Kim")} >= {first}
    assert len(space.memory.nodes_named("Kim")) == 2
    assert space.merges()[0].kept.iri == first


def test_a_whole_iri_names_a_node(space: OpenSpace) -> None:
    first, second = person(space, "Kim"), person(space, "Kim")
    assert space.merge(first, second).kept.iri == first


def test_the_one_merge_of_several_is_named_by_its_number(space: OpenSpace) -> None:
    for name in ("Kim", "Lex", "Al"):
        person(space, name)
    one, other = space.merge("Kim", "Lex"), space.merge("Kim", "Al")
    with pytest.raises(UsageError, match=rf"#{one.number} .*#{other.number} "):
        space.unmerge("Kim")
    assert space.unmerge(f"#{one.number}") == one
    assert space.unmerge("Kim") == other


def test_what_was_parted_by_hand_can_be_merged_by_hand(space: OpenSpace) -> None:
    kim, alex = person(space, "Kim"), person(space, "Alex")
    space.merge("Kim", "Alex")
    space.unmerge("Kim")
    assert space.memory.are_told_apart(kim, alex)
    space.merge("Kim", "Alex")
    assert not space.memory.are_told_apart(kim, alex)


@pytest.mark.parametrize(
    ("a", "b", "named"),
    [("Kim", "Nobody", "Nobody"), ("Kim", "kim", "one already"), ("Kim", "baker", "kind of thing")],
)
def test_what_cannot_be_merged_is_said(space: OpenSpace, a: str, b: str, named: str) -> None:
    person(space, "Kim")
    space.memory.new_node("baker", NodeKind.CLASS, "OCC")
    with pytest.raises(UsageError, match=named):
        space.merge(a, b)


@pytest.mark.parametrize("which", ["7", "Kim", "#"])
def test_a_merge_that_is_not_there_is_said(space: OpenSpace, which: str) -> None:
    person(space, "Kim")
    with pytest.raises(UsageError, match="tripletalk merges"):
        space.unmerge(which)


def test_an_index_of_names_follows(space: OpenSpace) -> None:
    followed: list[int] = []
    space.regrouped = lambda: followed.append(len(space.merges()))  # type: ignore[method-assign]
    person(space, "Kim")
    person(space, "Alex")
    space.merge("Kim", "Alex")
    space.unmerge("Alex")
    assert followed == [1, 0]


def test_forgetting_one_who_was_merged_takes_the_words_of_the_merge(space: OpenSpace) -> None:
    person(space, "Kimbrielle", "Oslo")
    person(space, "Alex", "Bergen")
    space.merge("Alex", "Kimbrielle")
    space.unmerge("Kimbrielle")
    space.forget("Kimbrielle")
    files = [file for file in space.directory.rglob("*") if file.is_file()]
    assert [file.name for file in files if b"Kimbrielle" in file.read_bytes()] == []
    assert homes(space) == {("Alex", "Bergen")}
