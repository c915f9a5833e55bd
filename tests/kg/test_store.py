"""The SPARQL view: equal to what the facts say, safe against hostile text, rebuilt when it is broken."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import rdf
from kg.fact import Draft, Fact, Literal, Node, NodeKind, Source, When
from kg.memory import Memory
from kg.store import GraphView, QueryError, QueryTimeout

AT = "2024-03-01T09:00:00+01:00"
TODAY = "2024-03-01"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "space") as opened:
        yield opened


@pytest.fixture
def view(memory: Memory) -> Iterator[GraphView]:
    with GraphView(memory.directory, memory, today=lambda: TODAY) as opened:
        yield opened


def tell(memory: Memory, subject: str, property_: str, obj: str | Literal, **qualifiers: object) -> Fact:
    episode = memory.record("say", "Ann", "some text", AT)
    source = Source(episode, 0, 9, "Ann", AT, "test-1", 0.9)
    draft = Draft(subject, property_, obj, source, **qualifiers)  # type: ignore[arg-type]
    return memory.add(draft)[0]


def named(memory: Memory, label: str) -> str:
    return memory.new_node(label, NodeKind.NAMED, "PER").iri


def quads_of(view: GraphView) -> set[ox.Triple]:
    return set(view.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"))


def test_a_fact_is_a_truthy_triple_and_a_statement_with_its_source(memory: Memory, view: GraphView) -> None:
    since = When("2010-05-01", "2010-05-31", "May 2010")
    fact = tell(memory, named(memory, "Ida"), "P551", named(memory, "Oslo"), start=since, role="home")
    assert view.catch_up() > 0
    found = view.select(
        """SELECT ?town ?statement ?since ?episode ?rank WHERE {
            ?person rdfs:label "Ida"@en ; wdt:P551/rdfs:label ?town ; p:P551 ?statement .
            ?statement ps:P551/rdfs:label ?town ; pq:P580 ?since ; wikibase:rank ?rank ; tt:role "home" ;
                prov:wasDerivedFrom [ tt:episode ?episode ; tt:start 0 ; tt:end 9 ; tt:speaker "Ann" ] }"""
    )
    ((town, statement, start, episode, rank),) = found.rows
    assert isinstance(town, ox.Literal)
    assert town.value == "Oslo"
    assert rdf.fact_id_of(statement) == fact.id
    assert rdf.episode_id_of(episode) == fact.sources[0].episode
    assert start == ox.Literal("2010-05", datatype=ox.NamedNode(rdf.XSD + "gYearMonth"))
    assert rank == ox.NamedNode(rdf.WIKIBASE + "NormalRank")


def test_what_is_denied_claimed_or_over_is_not_truthy(memory: Memory, view: GraphView) -> None:
    me, ida = memory.self_node().iri, named(memory, "Ida")
    tell(memory, me, "tt:likes", Literal("denied"), polarity=False)
    tell(memory, me, "tt:likes", Literal("claimed"), claimant=ida)
    tell(memory, me, "tt:likes", Literal("over"), end=When("2020-01-01", "2020-12-31"))
    tell(memory, me, "tt:likes", Literal("true"))
    view.catch_up()
    truthy = view.select("SELECT ?o WHERE { ?s tt:likes ?o }")
    assert truthy.rows == ((ox.Literal("true"),),)
    assert len(view.select("SELECT ?o WHERE { ?s ttp:likes/ttps:likes ?o }").rows) == 4
    assert view.ask('ASK { ?st tt:polarity false ; ttps:likes "denied" }')
    assert view.ask('ASK { ?st tt:claimant/rdfs:label "Ida"@en ; ttps:likes "claimed" }')


def test_what_holds_changes_with_the_day(memory: Memory) -> None:
    day = ["2024-03-01"]
    me = memory.self_node().iri
    tell(memory, me, "P551", Literal("here"), end=When("2024-03-05", "2024-03-05"))
    tell(memory, me, "P551", Literal("there"), start=When("2024-03-06", "2024-03-06"))
    with GraphView(memory.directory, memory, today=lambda: day[0]) as view:
        query = "SELECT ?o WHERE { ?s wdt:P551 ?o }"
        assert view.select(query).rows == ((ox.Literal("here"),),)
        day[0] = "2024-03-06"
        view.catch_up()
        assert view.select(query).rows == ((ox.Literal("there"),),)


NODES, YEARS = st.integers(0, 3), st.sampled_from([2019, 2030, 0])
ACTION = st.tuples(st.integers(0, 5), NODES, NODES, st.booleans(), YEARS)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(ACTION, max_size=6), max_size=4))
def test_the_view_equals_a_set_of_tuples(batches: list[list[tuple[int, int, int, bool, int]]]) -> None:
    with tempfile.TemporaryDirectory() as directory, Memory(Path(directory)) as memory:
        iris = [named(memory, f"N{i}") for i in range(4)]
        with GraphView(Path(directory), memory, today=lambda: TODAY) as view:
            for batch in batches:
                for kind, a, b, polarity, year in batch:
                    act(memory, iris, kind, a, b, polarity, year)
                view.catch_up()
                facts = memory.facts()
                oracle = {
                    (f.subject.iri, f.object.iri if isinstance(f.object, Node) else f.object.value)
                    for f in facts
                    if f.holds_at(TODAY)
                }
                rows = view.select("SELECT DISTINCT ?s ?o WHERE { ?s wdt:P551 ?o }").rows
                assert {(s.value, o.value) for s, o in rows if s is not None and o is not None} == oracle  # type: ignore[union-attr]
                statements = view.select("SELECT ?st WHERE { ?st a wikibase:Statement }").rows
                assert {rdf.fact_id_of(row[0]) for row in statements} == {fact.id for fact in facts}
            incremental = quads_of(view)
            view.rewrite()
            assert quads_of(view) == incremental


def act(memory: Memory, iris: list[str], kind: int, a: int, b: int, polarity: bool, year: int) -> None:
    episode = memory.record("say", "Ann", "text", AT)
    try:
        if kind <= 2:
            end = When(f"{year}-01-01", f"{year}-12-31") if year else None
            source = Source(episode, 0, 4, "Ann", AT, "x")
            memory.add(Draft(iris[a], "P551", iris[b], source, polarity=polarity, end=end))
        elif kind == 3:
            memory.merge(iris[a], iris[b], episode=episode)
        elif kind == 4:
            memory.unmerge(iris[a], episode=episode)
        else:
            memory.undo(episode - 1 - b)
    except (ValueError, KeyError):
        pass


def test_a_second_view_reads_from_memory_and_sees_new_facts(memory: Memory, view: GraphView) -> None:
    with Memory(memory.directory, read_only=True) as reader, GraphView(memory.directory, reader) as second:
        assert view.on_disk
        assert not second.on_disk
        tell(memory, memory.self_node().iri, "tt:likes", Literal("tea"))
        second.catch_up()
        assert second.ask('ASK { ?me tt:likes "tea" }')


def test_another_process_can_have_the_files_once_they_are_free(memory: Memory, view: GraphView) -> None:
    code = (
        "import sys; from pathlib import Path; from kg.memory import Memory; from kg.store import GraphView\n"
        "p = Path(sys.argv[1]); v = GraphView(p, Memory(p, read_only=True)); print(v.on_disk, v.ask('ASK {?s ?p ?o}'))"
    )
    command = [sys.executable, "-c", code, str(memory.directory)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False True\n"
    view.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True True\n"


@pytest.mark.parametrize("damage", ["files", "pointer", "missing", "foreign"])
def test_a_broken_graph_is_built_anew(memory: Memory, damage: str, tmp_path: Path) -> None:
    tell(memory, memory.self_node().iri, "tt:likes", Literal("tea"))
    GraphView(memory.directory, memory).close()
    home = memory.directory / "graph"
    if damage == "files":
        for file in home.glob("*/*"):
            file.write_bytes(b"garbage")
    elif damage == "pointer":
        (home / "current").write_bytes(b"\xff../../etc")
    elif damage == "missing":
        (home / "current").unlink()
    else:
        with Memory(tmp_path / "other") as other:
            GraphView(other.directory, other).close()
        home.rename(tmp_path / "old")
        (tmp_path / "other" / "graph").rename(home)
    with GraphView(memory.directory, memory) as view:
        assert view.on_disk
        assert view.ask('ASK { ?me tt:likes "tea" }')


def test_the_watermark_survives_closing(memory: Memory) -> None:
    tell(memory, memory.self_node().iri, "tt:likes", Literal("tea"))
    GraphView(memory.directory, memory).close()
    before = sorted((memory.directory / "graph").iterdir())
    with GraphView(memory.directory, memory) as view:
        assert view.catch_up() == 0
        assert sorted((memory.directory / "graph").iterdir()) == before


HOSTILE = ['" } ; DROP ALL ; #', "a\\", "\x00\x01", "‮x", "<http://x>", "'''", "}}\n<a> <b> <c>", "?x", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_inside_its_term(memory: Memory, view: GraphView, text: str) -> None:
    me = memory.self_node().iri
    fact = tell(memory, me, "tt:likes", Literal(text), role=text)
    memory.add_label(me, "x" + text)
    view.catch_up()
    assert isinstance(fact.object, Literal)
    bindings = {"value": ox.Literal(fact.object.value)}
    assert view.select("SELECT ?s WHERE { ?s tt:likes ?value }", bindings=bindings).rows == ((ox.NamedNode(me),),)
    assert len(view.select("SELECT ?o WHERE { ?s tt:likes ?o }").rows) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {",
        "INSERT DATA { <urn:a> <urn:b> 1 }",
        "DROP ALL",
        "ASK { ?s nope:x ?o }",
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { FILTER(1<2)SERVICE?v{?s?p?o}FILTER(?z>1) }",
        "SELECT * { ?s tt:a\\# ?o . service <http://127.0.0.1/> {} }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1/> {} }",
        "",
    ],
)
def test_a_bad_query_is_refused_in_one_line(view: GraphView, query: str) -> None:
    with pytest.raises(QueryError) as caught:
        view.query(query)
    assert "\n" not in str(caught.value)


def test_the_word_service_is_fine_elsewhere(view: GraphView) -> None:
    assert view.select("SELECT ?service { ?service rdfs:label 'SERVICE' } # service").rows == ()


def test_a_slow_query_ends_in_time(memory: Memory, view: GraphView) -> None:
    with memory.transaction():
        for i in range(300):
            named(memory, f"N{i}")
    view.catch_up()
    with pytest.raises(QueryTimeout):
        view.select("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(?c != ?f) . ?g ?h ?i }", timeout_s=0.05)


def test_rewriting_leaves_no_deleted_string_in_the_files(memory: Memory, view: GraphView) -> None:
    tell(memory, memory.self_node().iri, "tt:likes", Literal("xylomancy"))
    view.catch_up()
    view.rewrite()
    assert any(b"xylomancy" in file.read_bytes() for file in memory.directory.glob("graph/*/*"))
    memory.undo(memory.episodes()[-1].id)
    view.catch_up()
    view.rewrite()
    assert not any(b"xylomancy" in file.read_bytes() for file in memory.directory.glob("graph/*/*"))


def test_literals_come_back_as_they_were() -> None:
    values = ["007", "7", "-0", "1.50", "1.5", "12345678901234567890", "+44 20 7946", "2024-02-30", "2024-02-29"]
    for value in [*values, "1954", "1954-13", "1954-12", "0000", "", "x y"]:
        for datatype in ("string", "date", "quantity"):
            literal = Literal(value, datatype)
            store = ox.Store()
            store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), rdf.as_term(literal)))
            (quad,) = store
            assert isinstance(quad.object, ox.Literal)
            assert rdf.as_literal(quad.object) == literal
