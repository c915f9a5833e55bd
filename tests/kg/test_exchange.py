"""Export and import: what is taken away comes back, and anybody's RDF can be read."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.exchange import (
    WRITABLE,
    ExchangeError,
    as_dataset,
    every_exported_quad,
    export_graph,
    format_named,
    quads_of,
)  # fmt: skip
from kg.fact import Draft, Fact, Literal, Node, NodeKind, Source, When
from kg.intake import Imported, import_graph
from kg.memory import Memory

AT = "2024-03-01T09:00:00+01:00"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "space") as opened:
        yield opened


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Memory]:
    with Memory(tmp_path / "empty") as opened:
        yield opened


def exported(memory: Memory, format_: str, *, texts: bool = True) -> bytes:
    output = io.BytesIO()
    export_graph(memory, output, format_, texts=texts)
    return output.getvalue()


def imported(memory: Memory, data: bytes, format_: str) -> Imported:
    return import_graph(memory, data, format_, name=f"file.{format_}", speaker="Ann", at=AT)


def comparable(memory: Memory) -> list[Fact]:
    """Return the facts without what two memories can't share: fact ids and the IRI of the speaker's own node."""

    def neutral(node: Node) -> Node:
        return replace(node, iri="self") if node.kind is NodeKind.SELF else node

    return [
        replace(
            fact,
            id=0,
            subject=neutral(fact.subject),
            object=neutral(fact.object) if isinstance(fact.object, Node) else fact.object,
            claimant=neutral(fact.claimant) if fact.claimant else None,
        )
        for fact in memory.facts()
    ]


def fill(memory: Memory) -> None:
    first = memory.record("say", "Ann", "Ida, she says, lived in 大阪 from May 2010 to 2015", AT)
    second = memory.record("read", "Ann", 'A "letter"\nabout Ida', AT, title="letter.txt")
    memory.record("reply", "bot", "Noted.", AT)
    me = memory.self_node().iri
    memory.add_label(me, "Ann", episode=first)
    ida = memory.new_node("Ida", NodeKind.NAMED, "PER", gender="f", episode=first).iri
    osaka = memory.new_node("大阪", NodeKind.NAMED, "LOC", episode=first).iri
    dog = memory.new_node("dog", NodeKind.CLASS, "THING", episode=first).iri
    memory.add_label(ida, "Ida Berg", episode=second)
    start, end = When("2010-05-01", "2010-05-31", "May 2010"), When("2015-01-01", "2015-12-31", "2015")
    told, read = Source(first, 0, 20, "Ann", AT, "x-1", 0.83), Source(second, 2, 8, "Ann", AT, "x-1", 0.7, "letter.txt")
    drafts = [
        Draft(ida, "P551", osaka, told, claimant=ida, start=start, end=end, confidence=0.83),
        Draft(ida, "P31", dog, told, polarity=False),
        Draft(me, "tt:relatedTo", ida, told, role="godmother"),
        Draft(me, "tt:code", Literal("007", "quantity"), read, role="locker"),
        Draft(ida, "P569", Literal("1954-03", "date"), read, point=When("2024-01-01", "2024-01-03", "这几天")),
        Draft(ida, "P1449", Literal("小艾", "string", "zh"), read),
        Draft(ida, "http://example.org/terms#shoe size", Literal("39", "quantity"), read),
    ]
    for draft in drafts[:-1]:
        memory.add(draft)
    fact, _ = memory.add(replace(drafts[2], source=read))
    memory.close(fact.id, None, episode=second)
    memory.mark_processed(first)


@pytest.mark.parametrize("format_", WRITABLE)
def test_what_is_exported_comes_back_equal(memory: Memory, empty: Memory, format_: str) -> None:
    fill(memory)
    counts = imported(empty, exported(memory, format_), format_)
    assert (counts.new, counts.known, counts.skipped) == (6, 0, 0)
    assert comparable(empty) == comparable(memory)
    assert [(e.kind, e.text, e.title, e.processed) for e in empty.episodes()][:3] == [
        (e.kind, e.text, e.title, e.processed) for e in memory.episodes()
    ]
    assert set(empty.labels(empty.self_node().iri)) == {"me", "Ann"}
    assert {name for name, _ in empty.all_names()} == {name for name, _ in memory.all_names()}


def test_importing_twice_is_importing_once(memory: Memory, empty: Memory) -> None:
    fill(memory)
    data = exported(memory, "trig")
    imported(empty, data, "trig")
    before = comparable(empty)
    again = imported(empty, data, "trig")
    assert (again.new, again.nodes, again.episodes) == (0, 0, 0)
    assert comparable(empty) == before


def test_without_texts_the_sources_keep_who_and_when(memory: Memory, empty: Memory) -> None:
    fill(memory)
    data = exported(memory, "trig", texts=False)
    assert b"letter\\n" not in data
    counts = imported(empty, data, "trig")
    assert counts.episodes == 0
    sources = [source for fact in empty.facts() for source in fact.sources]
    assert {source.episode for source in sources} == {counts.episode}
    assert {(source.speaker, source.said_at) for source in sources} == {("Ann", AT)}


def test_rdflib_reads_the_same_triples(memory: Memory) -> None:
    fill(memory)
    turtle = rdflib.Graph().parse(data=exported(memory, "ttl"), format="turtle")
    assert len(turtle) == len(set(exported(memory, "nt").splitlines())) > 50
    found = turtle.query('SELECT ?s { ?s rdfs:label "Ida"@en }', initNs={"rdfs": rdflib.RDFS})
    assert len(list(found)) == 1


FOREIGN = b"""
@prefix ex: <http://example.org/> . @prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:oslo rdfs:label "Oslo"@en, "\xe5\xa5\xa5\xe6\x96\xaf\xe9\x99\x86"@zh ; a ex:City .
ex:ida foaf:name "Ida" ; skos:altLabel "I. Berg" ; wdt:P551 ex:oslo ; ex:shoeSize 39 ; ex:knows [ foaf:name "Bo" ] .
ex:New_Town wdt:P571 "1911"^^xsd:gYear .
"""


def test_plain_triples_become_facts_of_the_import(memory: Memory) -> None:
    counts = imported(memory, FOREIGN, "ttl")
    assert (counts.new, counts.skipped) == (5, 0)
    (ida,) = memory.nodes_named("i. berg")
    assert ida.label == "Ida"
    (lives,) = memory.facts(subject=ida.iri, property="P551")
    assert isinstance(lives.object, Node)
    assert set(memory.labels(lives.object.iri)) == {"Oslo", "奥斯陆"}
    assert lives.sources[0].extractor == "import"
    assert memory.episode(counts.episode).kind == "import"
    assert memory.episode(counts.episode).title == "file.ttl"
    (kind,) = memory.facts(property="P31")
    assert isinstance(kind.object, Node)
    assert (kind.object.label, kind.object.kind) == ("City", NodeKind.CLASS)
    (size,) = memory.facts(property="http://example.org/shoeSize")
    assert size.object == Literal("39", "quantity")
    assert memory.nodes_named("New Town")
    again = imported(memory, FOREIGN, "ttl")
    assert (again.new, again.nodes) == (0, 0)


def test_statements_of_wikidata_keep_rank_and_dates(memory: Memory) -> None:
    data = b"""
    PREFIX wd: <http://www.wikidata.org/entity/> PREFIX p: <http://www.wikidata.org/prop/>
    PREFIX ps: <http://www.wikidata.org/prop/statement/> PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
    PREFIX wds: <http://www.wikidata.org/entity/statement/> PREFIX wikibase: <http://wikiba.se/ontology#>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX wdt: <http://www.wikidata.org/prop/direct/>
    wd:Q1 p:P36 wds:a, wds:b ; wdt:P36 wd:Q3 .
    wds:a a wikibase:Statement ; ps:P36 wd:Q2 ; wikibase:rank wikibase:DeprecatedRank .
    wds:b a wikibase:Statement ; ps:P36 wd:Q3 ; pq:P580 "1950-01-02T00:00:00Z"^^xsd:dateTime .
    """
    assert imported(memory, data, "ttl").new == 2
    old, new = memory.facts(property="P36")
    assert old.rank.value == "deprecated"
    assert new.start == When("1950-01-02", "1950-01-02")


BROKEN = [(b"<a> <b", "ttl"), (b"\xff\xfe", "trig"), (b"{}[", "jsonld"), (b"", "docx")]


@pytest.mark.parametrize(("data", "format_"), BROKEN)
def test_a_broken_file_is_one_line_and_changes_nothing(memory: Memory, data: bytes, format_: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        imported(memory, data, format_)
    assert "\n" not in str(caught.value)
    assert memory.episodes() == ()


def test_a_hostile_value_changes_nothing(memory: Memory) -> None:
    data = b"""@prefix tt: <https://w3id.org/tripletalk/ns#> .
    <urn:e> a tt:Episode ; tt:episodeKind "say" ; tt:progress "many" ; tt:text "x" .
    <urn:f> a tt:Episode ; tt:episodeKind "virus" ."""
    with pytest.raises(ExchangeError, match="can't be read"):
        imported(memory, data, "ttl")
    assert memory.episodes() == ()


def test_formats_go_by_their_usual_names() -> None:
    assert [format_named(n) for n in ("TriG", "N-Quads", "a/b.ttl", "turtle")] == ["trig", "nq", "ttl", "ttl"]
    with pytest.raises(ExchangeError, match="is expected"):
        export_graph(None, io.BytesIO(), "rdf")  # type: ignore[arg-type]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(["string", "date", "quantity"]), st.booleans()), max_size=5))
def test_any_values_come_back_equal(rows: list[tuple[str, str, str, bool]]) -> None:
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        Memory(Path(one)) as memory,
        Memory(Path(two)) as other,
    ):
        episode = memory.record("say", "Ann", "text", AT)
        for i, (label, value, datatype, polarity) in enumerate(rows):
            node = memory.new_node(label, NodeKind.NAMED, "", episode=episode)
            source = Source(episode, i, i + 1, label, AT, "x")
            draft = Draft(node.iri, "tt:code", Literal(value, datatype), source, polarity=polarity, role=label)
            memory.add(draft)
        imported(other, exported(memory, "nq"), "nq")
        assert comparable(other) == comparable(memory)


def test_rdflib_works_with_the_whole_memory(memory: Memory) -> None:
    memory.new_node("Ida", NodeKind.NAMED, "PER")
    dataset = as_dataset(memory)
    assert len(dataset) == len(list(every_exported_quad(memory)))


def test_formats_that_only_rdflib_knows_are_read_through_it() -> None:
    source = rdflib.Dataset()
    subject = rdflib.URIRef("http://example.org/ida")
    source.graph(rdflib.URIRef("http://example.org/g")).add((subject, rdflib.RDFS.label, rdflib.Literal("Ida")))
    for name in ("trix", "hext"):
        quads = quads_of(source.serialize(format=name, encoding="utf-8"), name)
        assert [quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)] == ["Ida"]
    with pytest.raises(ValueError, match=r"."):
        quads_of(b"<not trix", "trix")
