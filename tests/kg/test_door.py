"""The SPARQL door: answers like the store, and a query or an update can do no harm."""

from __future__ import annotations

import io
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import door, rdf
from kg.bound import BindingError, bound, named_value, parameters, value_of
from kg.door import Asked, ask, update
from kg.fact import Draft, Literal, NodeKind, Source
from kg.memory import Memory
from kg.store import GraphView, QueryError, QueryTimeout, Selection

AT = "2024-03-01T09:00:00+01:00"
TOWNS = b"""<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "Aarhus"@en .
<urn:a> <urn:in> <urn:dk> .
"""
CROSS = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"VALUES ?v{i} {{ {' '.join('1234567890')} }}" for i in range(11)) + "}"
NAMED = "SELECT ?s { ?s rdfs:label ?l FILTER(STR(?l) = $name) }"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphView]:
    """A view that no test changes."""
    with _filled(tmp_path_factory.mktemp("door")) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[GraphView]:
    with _filled(tmp_path) as opened:
        yield opened


@contextmanager
def _filled(directory: Path) -> Generator[GraphView]:
    with Memory(directory) as memory:
        for label in ("Ida", "Bo"):
            node = memory.new_node(label, NodeKind.NAMED, "PER").iri
            episode = memory.record("say", "Ann", "some text", AT)
            memory.add(Draft(node, "tt:likes", Literal("figs"), Source(episode, 0, 9, "Ann", AT, "test")))
        with GraphView(memory.directory, memory) as opened:
            opened.imported.add(io.BytesIO(TOWNS), "nt", name="towns", title="towns.nt", at=AT)
            opened.load_imported()
            yield opened


def rows(view: GraphView, asked: Asked) -> list[list[str]]:
    answer = ask(view, asked).answer
    assert isinstance(answer, Selection)
    return [[term.value for term in row if isinstance(term, ox.NamedNode | ox.Literal)] for row in answer.rows]


def test_it_answers_what_the_store_answers(view: GraphView) -> None:
    for text in (
        "SELECT ?l { ?s rdfs:label ?l } ORDER BY ?l",
        "ASK { ?s tt:likes 'figs' }",
        "SELECT ?o { GRAPH imported:towns { ?s <urn:in> ?o } }",
        "SELECT ?s ?missing { ?s tt:likes ?o OPTIONAL { ?s tt:never ?missing } } ORDER BY ?s",
        "SELECT (1.5 AS ?x) ('a\\nb'@en AS ?y) (TRIPLE(<urn:a>, <urn:b>, 3) AS ?z) {}",
    ):
        assert ask(view, Asked(text)).answer == view.query(text, prefixes=door.PREFIXES), text
    triples = ask(view, Asked("CONSTRUCT { ?s <urn:is> ?l } { ?s rdfs:label ?l }")).answer
    assert isinstance(triples, tuple)
    assert len(triples) == 3


def test_an_imported_graph_can_be_asked_instead_of_ones_own_facts(view: GraphView) -> None:
    text = "SELECT ?l { ?s rdfs:label ?l } ORDER BY ?l"
    assert rows(view, Asked(text, graphs=("towns",))) == [["Aarhus"]]
    assert rows(view, Asked(text, graphs=("own", "towns"))) == [["Aarhus"], ["Bo"], ["Ida"], ["me"]]
    with pytest.raises(QueryError, match="tripletalk graphs"):
        ask(view, Asked(text, graphs=("nowhere",)))


def test_one_that_runs_away_is_stopped(view: GraphView) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"0\.3 s"):
        ask(view, Asked(CROSS, timeout_s=0.3))
    assert time.monotonic() - began < 5
    assert rows(view, Asked("SELECT ?l { ?s rdfs:label ?l } ORDER BY ?l"))[0] == ["Bo"]


@pytest.mark.parametrize(
    "text", ["ASK { FILTER(" + "(" * 50_000 + "1" + ")" * 50_000 + ") }", "SELECT * " + "{" * 50_000]
)
def test_one_that_breaks_the_engine_ends_alone(view: GraphView, text: str) -> None:
    with pytest.raises(QueryError):
        ask(view, Asked(text))
    with pytest.raises(QueryError):
        door.check(text)


def test_one_that_eats_memory_ends_alone(view: GraphView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MEMORY_BYTES", 200_000_000)
    binds = " ".join(f"BIND(CONCAT(?a{n}, ?a{n}, ?a{n}, ?a{n}) AS ?a{n + 1})" for n in range(16))
    with pytest.raises(QueryError, match="more memory"):
        ask(view, Asked(f"SELECT (STRLEN(?a16) AS ?n) {{ BIND('abcdefgh' AS ?a0) {binds} }}", timeout_s=30))


def test_a_large_answer_is_cut(view: GraphView) -> None:
    many = "SELECT * {" + " ".join(f"VALUES ?v{i} {{ {' '.join('1234567890')} }}" for i in range(9)) + "}"
    told = ask(view, Asked(many, limit=7))
    assert isinstance(told.answer, Selection)
    assert (len(told.answer.rows), told.cut) == (7, True)
    assert not ask(view, Asked("SELECT * { VALUES ?v { 1 2 3 } }", limit=3)).cut
    triples = ask(view, Asked("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", limit=2))
    assert isinstance(triples.answer, tuple)
    assert (len(triples.answer), triples.cut) == (2, True)


def test_it_says_what_it_took(view: GraphView) -> None:
    told = ask(view, Asked("SELECT * { ?s ?p ?o }", count=True))
    assert told.size == view.size()
    assert told.ms > 0 < told.parse_ms


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "ASK { SERVICE SILENT <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o . #\nSeRvIcE ?s { ?a ?b ?c } }",
    ],
)
def test_nothing_leaves_the_machine(view: GraphView, text: str) -> None:
    with pytest.raises(QueryError, match="SERVICE"):
        ask(view, Asked(text))
    with pytest.raises(QueryError, match="SERVICE"):
        update(
            view,
            Asked(f"INSERT {{ GRAPH imported:towns {{ <urn:x> <urn:y> 1 }} }} WHERE {{ {text[text.index('{') + 1 :]}"),
        )


@pytest.mark.parametrize("text", ["INSERT DATA { <urn:a> <urn:b> 1 }", "DROP ALL", "DELETE WHERE { ?s ?p ?o }"])
def test_a_query_changes_nothing(view: GraphView, text: str) -> None:
    before = view.size()
    with pytest.raises(QueryError, match="syntax"):
        ask(view, Asked(text))
    assert view.size() == before


def test_a_syntax_error_shows_the_place(view: GraphView) -> None:
    with pytest.raises(QueryError, match=r"line 2, column 7, near '\?s"):
        ask(view, Asked("SELECT *\nWERE { ?s ?p ?o }"))
    with pytest.raises(QueryError, match="--prefixes"):
        ask(view, Asked("ASK { ?s nope:x ?o }"))


HOSTILE = [
    'Ida" } UNION { ?s ?p ?o } #',
    "\\",
    '\\"',
    "\\u0022 } #",
    "'''",
    "\n#",
    "$name",
    "}",
    "\x00\x07",
    "<urn:a>x",
    "李雷",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_leaves_its_term(view: GraphView, value: str) -> None:
    term = value_of(value, door.PREFIXES) if not value.startswith("<") else ox.Literal(value)
    assert rows(view, Asked(NAMED, values={"name": term})) == []
    told = rows(view, Asked("SELECT ('a' AS ?a) (STR($name) AS ?n) {}", values={"name": term}))
    assert told == [["a", value]]


@settings(deadline=None)
@given(st.text())
def test_any_text_is_one_token(value: str) -> None:
    found = ox.Store().query(
        bound("SELECT ($v AS ?n) {}", {"v": ox.Literal(value.encode("utf-8", "replace").decode())})
    )
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    assert isinstance(row[0], ox.Literal)
    assert row[0].value == value.encode("utf-8", "replace").decode()


def test_parameters_are_tokens_with_a_dollar_sign() -> None:
    text = 'ASK { ?name ?p $name . FILTER(?x != \'$name\' && ?y != """$name""") <urn:$name> ?q $names } # $name'
    assert bound(text, {"name": ox.NamedNode("urn:v")}).count("<urn:v>") == 1
    assert parameters(text) == ("name", "names")
    with pytest.raises(BindingError, match="\\$other"):
        bound(text, {"other": ox.Literal("x")})
    for wrong in ("name", "=x", "1=x", "a b=x", "x=<no iri>", 'x="open', 'x="a" . <urn:b> <urn:c> "d"'):
        with pytest.raises(BindingError):
            named_value(wrong, rdf.PREFIXES)


def test_values_are_of_every_kind(view: GraphView) -> None:
    for given_, found in (('name="Ida"@en', 1), ("name=Ida", 0)):
        name, value = named_value(given_, door.PREFIXES)
        assert len(rows(view, Asked("SELECT ?s { ?s rdfs:label $name }", values={name: value}))) == found
    assert value_of("wdt:P551", door.PREFIXES) == ox.NamedNode(rdf.PREFIXES["wdt"] + "P551")
    assert value_of("7", {}) == ox.Literal(7)
    assert value_of("at:night", {}) == ox.Literal("at:night")


# Updates


def test_an_update_of_an_imported_graph_outlasts_a_rebuilding(fresh: GraphView) -> None:
    text = "INSERT DATA { GRAPH imported:towns { <urn:b> rdfs:label $name } GRAPH imported:new { <urn:c> <urn:d> 1 } }"
    assert sorted(update(fresh, Asked(text, values={"name": ox.Literal('B" }')}))) == [("new", 1), ("towns", 3)]
    for _ in range(2):
        assert rows(fresh, Asked("SELECT ?l { <urn:b> rdfs:label ?l }", graphs=("towns",))) == [['B" }']]
        assert rows(fresh, Asked("SELECT ?s { ?s ?p 1 }", graphs=("new",))) == [["urn:c"]]
        fresh.rewrite()
    assert update(
        fresh, Asked("DROP GRAPH imported:new ; DELETE DATA { GRAPH imported:towns { <urn:no> <urn:no> 1 } }")
    ) == [("new", 0)]
    assert [graph.name for graph in fresh.imported.all()] == ["towns"]
    assert list(fresh.directory.glob("graph/snapshot*")) == []


def test_an_update_may_read_ones_own_facts(fresh: GraphView) -> None:
    text = f"INSERT {{ GRAPH imported:fans {{ ?s <urn:fan> ?o }} }} WHERE {{ GRAPH ?g {{ ?s <{rdf.TT}likes> ?o }} }}"
    assert update(fresh, Asked(text)) == [("fans", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <urn:a> <urn:b> 1 }",
        "INSERT DATA { GRAPH graph:inferred { <urn:a> <urn:b> 1 } }",
        "INSERT DATA { GRAPH tt:view { <urn:a> <urn:b> 1 } }",
        "INSERT DATA { GRAPH imported:towns { <urn:b> <urn:c> 1 } } ; DELETE WHERE { GRAPH ?g { ?s tt:likes ?o } }",
        "CLEAR ALL",
        "DROP NAMED",
        "CREATE GRAPH <urn:mine> ; INSERT DATA { GRAPH <urn:mine> { <urn:a> <urn:b> 1 } }",
        "COPY imported:towns TO <urn:mine>",
    ],
)
def test_an_update_of_anything_else_is_refused_whole(view: GraphView, text: str) -> None:
    before, kept = view.size(), view.imported.all()
    with pytest.raises(QueryError, match="imported graphs only"):
        update(view, Asked(text))
    assert (view.size(), view.imported.all()) == (before, kept)
    assert sorted(path.name for path in view.directory.iterdir() if path.name.startswith("tmp")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LOAD <file:///etc/hostname> INTO GRAPH imported:towns", "LOAD"),
        ("INSERT DATA { GRAPH imported:towns { <urn:a> ", "syntax"),
        ("SELECT * { ?s ?p ?o }", "syntax"),
        ("INSERT DATA { GRAPH <https://w3id.org/tripletalk/graph/imported/../x> { <urn:a> <urn:b> 1 } }", "graph"),
        (
            "INSERT DATA { GRAPH imported:a%20b { <urn:a> <urn:b> 1 } GRAPH imported:ok { <urn:a> <urn:b> 1 } }",
            "name a graph",
        ),
    ],
)
def test_a_wrong_update_changes_nothing(view: GraphView, text: str, said: str) -> None:
    kept = view.imported.all()
    with pytest.raises(QueryError, match=said):
        update(view, Asked(text))
    assert view.imported.all() == kept


def test_where_the_files_are_in_use_a_query_is_answered_beside(view: GraphView) -> None:
    with Memory(view.directory, read_only=True) as reader, GraphView(view.directory, reader) as second:
        assert not second.on_disk
        assert rows(second, Asked("SELECT ?l { ?s rdfs:label ?l }", graphs=("towns",))) == [["Aarhus"]]
        told = ask(second, Asked("SELECT ?l { ?s rdfs:label ?l }", limit=2, count=True))
        assert told.cut
        assert told.size == second.size()
        with pytest.raises(QueryError, match="nested"):
            ask(second, Asked("SELECT * " + "{" * 50_000))
        with pytest.raises(QueryError, match="another program"):
            update(second, Asked("DROP GRAPH imported:towns"))
