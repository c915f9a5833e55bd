"""What follows: equal to a naive fixpoint, gone with what it rested on, and the same however it was come by."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.fact import Draft, Fact, Inferred, Literal, Node, NodeKind, Source, When
from kg.memory import Memory
from kg.ontology import Ontology, OntologyError
from kg.reason import conclusions, transitive_properties
from kg.store import GraphView

AT = "2024-03-01T09:00:00+01:00"
TODAY = "2024-03-01"
ONTOLOGY = Ontology.load()
PROPERTIES = [
    "P131",
    "P17",
    "P150",
    "P361",
    "P527",
    "P31",
    "P279",
    "P40",
    "P22",
    "P25",
    "P26",
    "tt:owns",
    "P84",
    "P551",
]
PAST, COMING = When("2020-01-01", "2020-12-31"), When("2030-01-01", "2030-12-31")

Said = tuple[int, str, int]
Triples = set[tuple[str, str, str]]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "space") as opened:
        yield opened


def named(memory: Memory, label: str, gender: str = "") -> str:
    return memory.new_node(label, NodeKind.NAMED, "PER", gender=gender).iri


def tell(
    memory: Memory, subject: str, property_: str, obj: str | Literal, *, polarity: bool = True,
    claimant: str | None = None, start: When | None = None, end: When | None = None,
) -> Fact:  # fmt: skip
    episode = memory.record("say", "Ann", f"{property_} said", AT)
    source = Source(episode, 0, 9, "Ann", AT, "test-1")
    draft = Draft(subject, property_, obj, source, polarity, claimant, start, end)
    return memory.add(draft)[0]


def naive_closure(facts: Sequence[Fact], gender: dict[str, str]) -> Triples:
    """Return what follows by applying every rule to everything until nothing is new."""
    stated = {(f.subject.iri, f.property, f.object.iri) for f in facts if isinstance(f.object, Node)}
    known = set(stated)
    while True:
        new: Triples = set()
        for s, p, o in known:
            new |= {(s, broader, o) for broader in ONTOLOGY.property(p).broader}
            for inverse in ONTOLOGY.inverses(p):
                if ONTOLOGY.property(inverse).gender in ("", gender[s]):
                    new.add((o, inverse, s))
            for t, q, u in known:
                if o == t and ((p == q and ONTOLOGY.property(p).transitive) or (p, q) == ("P31", "P279")):
                    new.add((s, p, u))
        if new <= known:
            return {(s, p, o) for s, p, o in known - stated if s != o}
        known |= new


def triples(found: Sequence[Inferred]) -> Triples:
    return {(i.subject.iri, i.property, i.object.iri) for i in found if isinstance(i.object, Node)}


NODES = st.integers(0, 5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NODES, st.sampled_from(PROPERTIES), NODES), max_size=14))
def test_what_follows_equals_a_naive_fixpoint_and_its_proofs_suffice(said: list[Said]) -> None:
    with tempfile.TemporaryDirectory() as directory, Memory(Path(directory)) as memory:
        genders = ["f", "m", "", "f", "m", ""]
        iris = [named(memory, f"N{i}", gender) for i, gender in enumerate(genders)]
        gender = dict(zip(iris, genders, strict=True))
        for a, property_, b in said:
            tell(memory, iris[a], property_, iris[b])
        found = tuple(conclusions(memory, ONTOLOGY, TODAY))
        assert triples(found) == naive_closure(memory.facts(), gender)
        assert len(found) == len({each.id for each in found})
        for each in found:
            assert triples([each]) <= naive_closure(memory.facts_with_ids(each.facts), gender)


STEP = st.tuples(st.integers(0, 8), NODES, st.sampled_from(PROPERTIES), NODES)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(STEP, max_size=5), max_size=5))
def test_the_graph_that_followed_the_changes_equals_one_built_anew(
    batches: list[list[tuple[int, int, str, int]]],
) -> None:
    with tempfile.TemporaryDirectory() as directory, Memory(Path(directory)) as memory:
        iris = [named(memory, f"N{i}", gender) for i, gender in enumerate(["f", "m", "", "f", "m", ""])]
        with GraphView(Path(directory), memory, today=lambda: TODAY) as view:
            for batch in batches:
                for step in batch:
                    change(memory, iris, *step)
                view.conclude(ONTOLOGY)
                assert set(view.inferred()) == set(conclusions(memory, ONTOLOGY, TODAY))
            quads = set(view.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH graph:inferred { ?s ?p ?o } }"))
            view.rewrite()
            assert view.inferred() == ()
            view.conclude(ONTOLOGY)
            assert quads == set(view.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH graph:inferred { ?s ?p ?o } }"))


def change(memory: Memory, iris: list[str], kind: int, a: int, property_: str, b: int) -> None:
    facts = memory.facts()
    try:
        if kind <= 4 or not facts:
            tell(memory, iris[a], property_, iris[b])
        elif kind == 5:
            memory.close(facts[(a * 6 + b) % len(facts)].id, PAST if a % 2 else None)
        elif kind == 6:
            memory.merge(iris[a], iris[b], by_hand=True)
        elif kind == 7:
            memory.describe_node(iris[a], gender="m" if b % 2 else "f")
        else:
            memory.undo(facts[(a * 6 + b) % len(facts)].sources[0].episode)
    except ValueError:
        pass


def test_nothing_follows_from_what_does_not_hold(memory: Memory) -> None:
    ida, bo = named(memory, "Ida"), named(memory, "Bo")
    tell(memory, ida, "P26", bo, polarity=False)
    tell(memory, ida, "P3373", bo, claimant=bo)
    tell(memory, ida, "tt:friend", bo, end=PAST)
    tell(memory, ida, "tt:colleague", bo, start=COMING)
    memory.close(tell(memory, ida, "tt:neighbour", bo).id, None)
    assert list(conclusions(memory, ONTOLOGY, TODAY)) == []
    assert [i.property for i in conclusions(memory, ONTOLOGY, "2030-06-01")] == ["tt:colleague"]


def test_a_kind_that_is_of_its_own_kind_loses_nothing(memory: Memory) -> None:
    thing, kind, above = (named(memory, name) for name in ("thing", "kind", "above"))
    tell(memory, thing, "P31", kind)
    tell(memory, kind, "P279", thing)
    tell(memory, thing, "P279", above)
    tell(memory, kind, "P31", kind)
    found = by_names(conclusions(memory, ONTOLOGY, TODAY))
    assert {("thing", "P31", "above"), ("kind", "P31", "thing"), ("kind", "P31", "above")} <= found.keys()
    assert all(subject != obj for subject, _, obj in found)


def test_a_proof_names_the_rules_and_the_nearest_facts_in_order(memory: Memory) -> None:
    hut, town, county, land = (named(memory, name) for name in ("hut", "town", "county", "land"))
    one = tell(memory, town, "P131", county)
    two = tell(memory, hut, "P131", town)
    three = tell(memory, county, "P17", land)
    found = by_names(conclusions(memory, ONTOLOGY, TODAY))
    assert found["hut", "P131", "land"].facts == (two.id, one.id, three.id)
    assert found["hut", "P131", "land"].rule == "sub-property + transitive"
    assert found["land", "P150", "hut"].facts == (three.id, one.id, two.id)
    assert found["town", "P150", "hut"].rule == "inverse"
    tell(memory, hut, "P131", land)
    assert ("hut", "P131", "land") not in by_names(conclusions(memory, ONTOLOGY, TODAY))


def by_names(found: Iterable[Inferred]) -> dict[tuple[str, str, str], Inferred]:
    return {(i.subject.label, i.property, i.object.label): i for i in found if isinstance(i.object, Node)}


def test_values_take_part_in_sub_properties_only(memory: Memory) -> None:
    me = memory.self_node().iri
    tell(memory, me, "tt:favourite", Literal("tea"))
    (found,) = conclusions(memory, ONTOLOGY, TODAY)
    assert (found.property, found.object, found.rule) == ("tt:likes", Literal("tea"), "sub-property")


def test_a_long_circle_and_a_foreign_property_end(memory: Memory) -> None:
    iris = [named(memory, f"N{i}") for i in range(80)]
    for a, b in zip(iris, iris[1:] + iris[:1], strict=True):
        tell(memory, a, "P279", b)
        tell(memory, a, "http://example.org/p", b)
    found = list(conclusions(memory, ONTOLOGY, TODAY))
    assert {i.property for i in found} == {"P279"}
    assert len(found) == 80 * 31  # no proof is longer than 32 facts


def test_an_ontology_whose_transitive_property_would_lose_conclusions_is_refused(tmp_path: Path) -> None:
    text = Path("kg/ontology.ttl").read_text(encoding="utf-8")
    broken = tmp_path / "broken.ttl"
    broken.write_text(text.replace("wdt:P17 a tt:Property,", "wdt:P17 a tt:Property, owl:TransitiveProperty,")
                      .replace("wdt:P131 a tt:Property, owl:TransitiveProperty ;", "wdt:P131 a tt:Property ;")
                      .replace("wdt:P150 a tt:Property, owl:TransitiveProperty ;", "wdt:P150 a tt:Property ;"),
                      encoding="utf-8")  # fmt: skip
    with pytest.raises(OntologyError, match="P17"):
        transitive_properties(Ontology.load(broken))


def test_what_follows_changes_with_the_day(memory: Memory) -> None:
    day = [TODAY]
    ida, bo = named(memory, "Ida"), named(memory, "Bo")
    tell(memory, ida, "P26", bo, end=When("2024-03-05", "2024-03-05"))
    tell(memory, ida, "P551", bo, start=When("2024-03-06", "2024-03-06"))
    tell(memory, ida, "tt:colleague", bo, start=When("2024-03-06", "2024-03-06"))
    with GraphView(memory.directory, memory, today=lambda: day[0]) as view:
        view.conclude(ONTOLOGY)
        assert [each.property for each in view.inferred()] == ["P26"]
        day[0] = "2024-03-06"
        view.conclude(ONTOLOGY)
        assert [each.property for each in view.inferred()] == ["tt:colleague"]
