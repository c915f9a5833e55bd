"""How two are connected, and who is like whom: chains of facts and shared values, on graphs of any size."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import networkx as nx
import pytest

from kg.fact import Draft, Fact, Node, NodeKind, Source, When
from kg.memory import Memory
from kg.paths import BESIDE, EXPANDED, paths
from kg.similar import others_with, similar

AT = "2024-03-01T09:00:00+01:00"
DAY = "2024-03-01"


class Town:
    """People and places by name, told in one episode."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._episode = memory.record("say", "Ann", "some text", AT)

    def node(self, name: str, kind: NodeKind = NodeKind.NAMED) -> Node:
        found = self.memory.nodes_named(name)
        return found[0] if found else self.memory.new_node(name, kind, "PER")

    def tell(self, one: str, property_: str, other: str, end: When | None = None, *, polarity: bool = True) -> Fact:
        source = Source(self._episode, 0, 9, "Ann", AT, "test")
        draft = Draft(self.node(one).iri, property_, self.node(other).iri, source, polarity=polarity, end=end)
        return self.memory.add(draft)[0]

    def path(self, one: str, other: str, **options: int) -> list[list[str]]:
        found = paths(self.memory, self.node(one), self.node(other), DAY, **options)
        return [[each.start.label, *(hop.node.label for hop in each.hops)] for each in found]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Memory(tmp_path) as memory:
        yield Town(memory)


def test_the_shortest_chain_comes_first_with_its_facts(town: Town) -> None:
    told = [town.tell("Ida", "P26", "Bo"), town.tell("Kim", "P3373", "Bo"), town.tell("Ida", "P551", "Oslo")]
    town.tell("Una", "P551", "Oslo")
    town.tell("Una", "tt:friend", "Kim")
    first, second = paths(town.memory, town.node("Ida"), town.node("Kim"), DAY)
    assert [hop.node.label for hop in first.hops] == ["Bo", "Kim"]
    assert [fact.id for fact in first.facts] == [told[0].id, told[1].id]
    assert [hop.forward for hop in first.hops] == [True, False]
    assert first.facts[0].sources
    assert first.cost < second.cost
    assert [hop.node.label for hop in second.hops] == ["Oslo", "Una", "Kim"]


def test_none_between_strangers_or_to_oneself(town: Town) -> None:
    town.tell("Ida", "P551", "Oslo")
    town.tell("Bo", "P551", "Rome")
    assert town.path("Ida", "Bo") == []
    assert town.path("Ida", "Ida") == []


def test_at_most_so_many_hops(town: Town) -> None:
    for one, other in itertools.pairwise("ABCDEFG"):
        town.tell(one, "tt:friend", other)
    assert town.path("A", "F") == [list("ABCDEF")]
    assert town.path("A", "G") == []
    assert town.path("A", "G", hops=6) == [list("ABCDEFG")]


def test_what_is_denied_is_no_link(town: Town) -> None:
    town.tell("Ida", "P26", "Bo", polarity=False)
    assert town.path("Ida", "Bo") == []


def test_what_holds_is_better_than_what_is_over(town: Town) -> None:
    over = When("2001-01-01", "2001-12-31")
    town.tell("Ida", "P108", "Mill", over)
    town.tell("Bo", "P108", "Mill", over)
    town.tell("Ida", "P108", "Dock")
    town.tell("Bo", "P108", "Dock")
    assert town.path("Ida", "Bo") == [["Ida", "Dock", "Bo"], ["Ida", "Mill", "Bo"]]


def test_a_place_that_all_lead_to_says_less(town: Town) -> None:
    for n in range(BESIDE + 20):
        town.tell(f"Neighbour {n}", "P551", "Oslo")
    for who in ("Ida", "Bo"):
        town.tell(who, "P551", "Oslo")
        town.tell(who, "P108", "Dock")
    assert town.path("Ida", "Bo") == [["Ida", "Dock", "Bo"], ["Ida", "Oslo", "Bo"]]


class _Net:
    """A random graph of facts that counts how many it was asked for."""

    def __init__(self, nodes: int, facts: int, seed: int) -> None:
        chance = random.Random(seed)
        self.asked = 0
        self.nodes = [Node(f"urn:{n}", str(n), NodeKind.NAMED) for n in range(nodes)]
        self.net = nx.Graph()
        self.net.add_nodes_from(range(nodes))
        self._beside: dict[str, list[Fact]] = {node.iri: [] for node in self.nodes}
        for id_ in range(facts):
            a, b = chance.randrange(nodes), chance.randrange(nodes)
            if a == b:
                continue
            self.net.add_edge(a, b)
            fact = Fact(id_, self.nodes[a], "tt:friend", self.nodes[b])
            for end in (a, b):
                self._beside[self.nodes[end].iri].append(fact)

    def facts_beside(self, iri: str, properties: Collection[str] | None, limit: int) -> Sequence[Fact]:
        self.asked += 1
        return self._beside[iri][:limit]


@pytest.mark.parametrize("seed", range(6))
def test_chains_are_as_short_as_they_can_be(seed: int) -> None:
    net = _Net(40, 44, seed)
    for a, b in itertools.combinations(range(0, 40, 5), 2):
        found = paths(net, net.nodes[a], net.nodes[b], DAY, limit=1)
        short = nx.shortest_path_length(net.net, a, b) if nx.has_path(net.net, a, b) else 99
        assert (len(found[0].hops) if found else 99) == (short if short <= 5 else 99)


def test_the_work_is_bounded_however_large_the_graph() -> None:
    net = _Net(5_000, 50_000, 0)
    assert paths(net, net.nodes[0], net.nodes[1], DAY)
    assert net.asked <= 2 * EXPANDED


def test_the_like_share_most_of_what_few_share(town: Town) -> None:
    for who in ("Ida", "Bo", "Una", *(f"N{n}" for n in range(30))):
        town.tell(who, "P551", "Oslo")
    for who in ("Ida", "Bo"):
        town.tell(who, "P108", "Dock")
    town.tell("Una", "P108", "Mill")
    town.tell("Ida", "P40", "Kim")
    town.tell("Una", "P40", "Kim")
    found = similar(town.memory, town.node("Ida"), DAY)
    assert [each.node.label for each in found[:2]] == ["Bo", "Una"]
    assert [(s.property, s.value.label, s.forward) for s in found[0].shared] == [
        ("P108", "Dock", True),
        ("P551", "Oslo", True),
    ]
    assert found[0].score > found[2].score
    assert {fact.subject.label for fact in found[0].facts} == {"Ida", "Bo"}
    assert all(0 < each.score <= 1 for each in found)


def test_two_children_of_one_are_alike(town: Town) -> None:
    town.tell("Ida", "P40", "Kim")
    town.tell("Ida", "P40", "Bo")
    (found,) = similar(town.memory, town.node("Kim"), DAY)
    assert (found.node.label, found.shared[0].forward, found.shared[0].value.label) == ("Bo", False, "Ida")


def test_what_is_over_makes_nobody_alike(town: Town) -> None:
    town.tell("Ida", "P108", "Dock", When("2001-01-01", "2001-12-31"))
    town.tell("Bo", "P108", "Dock")
    assert similar(town.memory, town.node("Ida"), DAY) == ()


def test_who_else_has_a_value(town: Town) -> None:
    for who in ("Ida", "Bo", "Una"):
        town.tell(who, "P108", "Dock")
    town.tell("Kim", "P551", "Dock")
    town.tell("Ove", "P108", "Dock", When("2001-01-01", "2001-12-31"))
    ida = town.node("Ida")
    found = others_with(town.memory, ("P108",), town.node("Dock"), DAY, but=(ida.iri,))
    assert [fact.subject.label for fact in found] == ["Bo", "Una"]
