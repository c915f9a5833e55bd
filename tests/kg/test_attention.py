"""Working memory: decay, spreading, capacity, pronouns, and a state that survives a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.attention import Attention, is_person, turns_of
from kg.fact import Draft, Node, NodeKind, Source
from tests.fakes import SetGraph

SOURCE = Source(1, 0, 9, "owner", "2026-03-11T12:00:00+01:00", "test")


def graph_with(*people: tuple[str, str, str]) -> tuple[SetGraph, dict[str, Node]]:
    graph = SetGraph()
    return graph, {name: graph.new_node(name, NodeKind.NAMED, tag, gender=gender) for name, tag, gender in people}


def names(attention: Attention, graph: SetGraph, *, tag: str = "", gender: str = "", number: int = 1) -> list[str]:
    found = attention.resolve(graph, tag=tag, gender=gender, number=number)
    return ["+".join(n.label for n in r.nodes) for r in found]


def test_what_was_mentioned_last_and_as_subject_comes_first() -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Bram", "PER", "m"), ("Tarn", "LOC", ""))
    attention = Attention()
    attention.attend(graph, [(node["Livia"].iri, 1.0)])
    attention.attend(graph, [(node["Bram"].iri, 1.0), (node["Tarn"].iri, 0.8)])
    assert [graph.node(a.iri).label for a in attention.focus()] == ["Bram", "Tarn", "Livia"]
    assert attention.focus()[0].reason == "mentioned"


@pytest.mark.parametrize(
    ("gender", "number", "tag", "first"),
    [
        ("f", 1, "", "Livia"),
        ("m", 1, "", "Bram"),
        ("", 1, "", "Tarn"),
        ("", 1, "ORG", "Dunning"),
        ("", 2, "", "Livia+Bram"),
    ],
)
def test_a_pronoun_finds_what_agrees_with_it(gender: str, number: int, tag: str, first: str) -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Bram", "PER", "m"), ("Dunning", "ORG", ""), ("Tarn", "LOC", ""))
    attention = Attention()
    attention.group([node["Livia"].iri, node["Bram"].iri])
    attention.attend(graph, [(n.iri, 1.0 if n.label == "Tarn" else 0.7) for n in node.values()])
    assert names(attention, graph, tag=tag, gender=gender, number=number)[0] == first


def test_a_person_of_unknown_gender_may_be_he_or_she() -> None:
    graph, node = graph_with(("崔岭", "PER", ""))
    attention = Attention()
    attention.attend(graph, [(node["崔岭"].iri, 1.0)])
    assert names(attention, graph, gender="f") == names(attention, graph, gender="m") == ["崔岭"]
    assert is_person(node["崔岭"])


def test_the_speaker_is_never_he_she_or_they() -> None:
    graph = SetGraph()
    attention = Attention()
    attention.attend(graph, [(graph.self_node().iri, 1.0)])
    assert not names(attention, graph, gender="m")
    assert not names(attention, graph, number=2)


def test_activation_spreads_one_step_over_facts() -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Bram", "PER", "m"), ("Ines", "PER", "f"))
    graph.add(Draft(node["Livia"].iri, "P26", node["Bram"].iri, SOURCE))
    graph.add(Draft(node["Bram"].iri, "P3373", node["Ines"].iri, SOURCE))
    attention = Attention()
    attention.attend(graph, [(node["Livia"].iri, 1.0)])
    assert names(attention, graph, gender="m") == ["Bram"]
    assert attention.activation(node["Ines"].iri) == 0


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_focus_keeps_to_its_capacity_and_its_range(turns: list[int]) -> None:
    graph, node = graph_with(*((f"P{i}", "PER", "") for i in range(31)))
    attention = Attention(capacity=12)
    for turn in turns:
        attention.attend(graph, [(node[f"P{turn}"].iri, 1.0)])
    focus = list(attention.focus())
    assert len(focus) <= 12
    assert all(0 < a.activation <= 1 for a in focus)
    assert graph.node(focus[0].iri).label == f"P{turns[-1]}"


def test_a_restart_keeps_the_focus() -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Bram", "PER", "m"))
    turns = [[(node["Livia"].iri, 1.0)], [(node["Bram"].iri, 1.0)]]
    attention, restored, replayed = Attention(), Attention(), Attention()
    for turn in turns:
        attention.attend(graph, turn)
    attention.group([n.iri for n in node.values()])
    restored.restore(attention.to_json())
    replayed.replay(graph, turns)
    assert restored.to_json() == attention.to_json()
    assert [a.iri for a in replayed.focus()] == [a.iri for a in attention.focus()]


def test_the_focus_can_be_rebuilt_from_what_was_learned() -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Bram", "PER", "m"), ("Ines", "PER", "f"))
    graph.add(Draft(node["Ines"].iri, "P3373", node["Livia"].iri, SOURCE))
    graph.add(Draft(node["Bram"].iri, "tt:friend", node["Ines"].iri, replace(SOURCE, episode=2)))
    attention = Attention()
    attention.replay(graph, turns_of(graph.facts()))
    assert [graph.node(a.iri).label for a in attention.focus()] == ["Bram", "Ines", "Livia"]


def test_a_forgotten_node_is_passed_over() -> None:
    graph, node = graph_with(("Livia", "PER", "f"), ("Ines", "PER", "f"))
    attention = Attention()
    attention.attend(graph, [(n.iri, 1.0) for n in node.values()])
    del graph.nodes[node["Livia"].iri]
    assert names(attention, graph, gender="f") == ["Ines"]
    attention.forget([node["Ines"].iri])
    assert not names(attention, graph, gender="f")
