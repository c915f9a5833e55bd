"""Search: entities by exact, partial and misspelled names, facts by what they say, passages of the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.fact import Draft, Fact, Literal, Node, NodeKind, Source
from kg.memory import Memory
from kg.search import entities, facts

AT = "2024-03-01T09:00:00+01:00"
NAMES = ("Hilde Brandt", "Harbour Hospital", "Oslo", "Zoë", "李雷", "远航公司", "100% Oslo_Bar", "Ann")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path) as opened:
        for name in NAMES:
            opened.new_node(name, NodeKind.NAMED, "PER")
        opened.add_label(_iri(opened, "Hilde Brandt"), "Hildi")
        _tell(opened, "Hilde Brandt", "P108", "Harbour Hospital")
        _tell(opened, "Hilde Brandt", "P551", "Oslo")
        _tell(opened, "李雷", "P108", "远航公司")
        _tell(opened, "Ann", "tt:phone", Literal("+47 22 33 44"))
        yield opened


def _iri(memory: Memory, name: str) -> str:
    return memory.nodes_named(name)[0].iri


def _tell(memory: Memory, one: str, property_: str, other: str | Literal) -> None:
    source = Source(memory.record("say", "Ann", "text", AT), 0, 4, "Ann", AT, "test")
    obj = other if isinstance(other, Literal) else _iri(memory, other)
    memory.add(Draft(_iri(memory, one), property_, obj, source))


def _say(fact: Fact) -> str:
    verbs = {"P108": "works at", "P551": "lives in", "tt:phone": "has the phone number"}
    obj = fact.object.label if isinstance(fact.object, Node) else fact.object.value
    return f"{fact.subject.label} {verbs[fact.property]} {obj}"


def _terms(text: str) -> list[str]:
    return [word for word in text.casefold().split() if word not in ("in", "at", "the", "who")]


@pytest.mark.parametrize(
    ("words", "name", "reason"),
    [
        ("hilde brandt", "Hilde Brandt", "name"),
        ("Hildi", "Hilde Brandt", "name"),
        ("zoe", "Zoë", "name"),
        ("hospital", "Harbour Hospital", "part"),
        ("brandt", "Hilde Brandt", "part"),
        ("远航", "远航公司", "part"),
        ("Hilda Brandt", "Hilde Brandt", "spelling"),
        ("harbor hospital", "Harbour Hospital", "spelling"),
        ("olso", "Oslo", "spelling"),
        ("hosiptal", "Harbour Hospital", "spelling"),
        ("100%", "100% Oslo_Bar", "part"),
    ],
)
def test_an_entity_is_found_by_a_name(memory: Memory, words: str, name: str, reason: str) -> None:
    best = entities(memory, words)[0]
    assert best.node is not None
    assert (best.node.label, best.reason) == (name, reason)
    assert 0 < best.score <= 1


@pytest.mark.parametrize("words", ["", "  ", "?!", "Rumpelstiltskin", "%", "_", "xy"])
def test_nothing_is_found_for_what_nothing_is_called(memory: Memory, words: str) -> None:
    found = entities(memory, words)
    assert [hit for hit in found if words.strip() not in ("%", "_")] == []
    assert len(found) <= 1


def test_exact_names_come_before_parts_and_misspellings(memory: Memory) -> None:
    labels = [hit.node.label for hit in entities(memory, "oslo") if hit.node]
    assert labels == ["Oslo", "100% Oslo_Bar"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hilde works", "Hilde Brandt works at Harbour Hospital"),
        ("who lives in oslo", "Hilde Brandt lives in Oslo"),
        ("Hilda Brandt lives", "Hilde Brandt lives in Oslo"),
        ("李雷", "李雷 works at 远航公司"),
        ("+47", "Ann has the phone number +47 22 33 44"),
    ],
)
def test_a_fact_is_found_by_what_it_says(memory: Memory, words: str, said: str) -> None:
    best = facts(memory, words, _say, _terms)[0]
    assert best.fact is not None
    assert _say(best.fact) == said
    assert 0 < best.score <= 1


def test_no_fact_without_words(memory: Memory) -> None:
    assert facts(memory, "the", _say, _terms) == ()
    assert facts(memory, "Rumpelstiltskin", _say, _terms) == ()


def test_passages_are_found_in_the_log_whatever_the_case(memory: Memory) -> None:
    text = "The FERRY left. 100% of it. 渡船中午开。"
    episode = memory.record("read", "Ann", text, AT, "Log")
    memory.add_passages(episode, [(0, 15), (16, 27), (28, len(text))])
    for needle, found in (("ferr", "The FERRY left."), ("100%", "100% of it."), ("渡船", "渡船中午开。")):
        assert [p.text for p in memory.passages_holding([needle], 9)] == [found]
    assert memory.passages_holding(["_ERRY", "1%0", "\\"], 9) == ()
    assert memory.passages_holding([], 9) == ()
    assert len(memory.passages_holding(["e", "o", "开"], 2)) == 2
    assert memory.passage_count() == 3
