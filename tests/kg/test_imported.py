"""Imported graphs: files that the store is loaded from, kept once, and gone without a trace when they are forgotten."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import loading, rdf
from kg.exchange import ExchangeError
from kg.foreign import as_ntriples
from kg.imported import ImportedGraphs, graph_name, imported_triples
from kg.memory import Memory
from kg.store import GraphView

AT = "2024-03-01T09:00:00+01:00"
LABEL = rdf.LABEL.value
TOWNS = f'<urn:a> <{LABEL}> "Xylopolis"@en .\n<urn:a> <urn:in> <urn:dk> .\n<urn:a> <urn:in> <urn:dk> .\n'.encode()


@pytest.fixture
def view(tmp_path: Path) -> Iterator[GraphView]:
    with Memory(tmp_path / "space") as memory, GraphView(memory.directory, memory) as opened:
        yield opened


def add(graphs: ImportedGraphs, data: bytes, *, form: str = "nt", name: str = "towns", anew: bool = False) -> bool:
    return graphs.add(io.BytesIO(data), form, name=name, title=f"{name}.{form}", at=AT, anew=anew)


def stored(view: GraphView, name: str) -> int:
    return len(view.select("SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(STRENDS(STR(?g), '/" + name + "')) }").rows)


def test_the_same_file_twice_is_once(view: GraphView) -> None:
    assert add(view.imported, TOWNS)
    assert not add(view.imported, TOWNS)
    assert not add(view.imported, TOWNS, name="again")
    view.load_imported()
    (graph,) = view.imported.all()
    assert (graph.name, graph.triples, graph.iri) == ("towns", 2, "https://w3id.org/tripletalk/graph/imported/towns")
    assert stored(view, "towns") == 2


def test_another_file_of_the_name_must_replace_it(view: GraphView) -> None:
    add(view.imported, TOWNS)
    view.load_imported()
    with pytest.raises(ExchangeError, match="--replace"):
        add(view.imported, b"<urn:b> <urn:in> <urn:se> .\n")
    assert add(view.imported, b"<urn:b> <urn:in> <urn:se> .\n", anew=True)
    view.load_imported()
    assert stored(view, "towns") == 1
    assert not any(b"Xylopolis" in file.read_bytes() for file in view.directory.rglob("*") if file.is_file())


def test_it_outlasts_a_rebuilding_and_a_lost_store(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        with GraphView(tmp_path, memory) as view:
            add(view.imported, TOWNS)
            view.load_imported()
            view.rewrite()
            assert stored(view, "towns") == 2
        (tmp_path / "graph" / "current").unlink()
        with GraphView(tmp_path, memory) as view:
            assert stored(view, "towns") == 2
            assert view.imported.all()[0].triples == 2


def test_a_loading_that_was_broken_off_is_made_good(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        with GraphView(tmp_path, memory) as view:
            add(view.imported, b"<urn:a> <urn:in> [] .", form="ttl")
            view.load_imported()
        (store,) = (path for path in (tmp_path / "graph").iterdir() if path.is_dir())
        ox.Store(store).update(
            f"DELETE {{ GRAPH ?g {{ ?s <{rdf.TT}loaded> ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
        )
        with GraphView(tmp_path, memory) as view:
            assert stored(view, "towns") == 1


def test_another_process_sees_it_once_it_looks(view: GraphView) -> None:
    with Memory(view.directory, read_only=True) as reader, GraphView(view.directory, reader) as second:
        assert add(second.imported, TOWNS)
        view.catch_up()
        assert stored(view, "towns") == 2
        second.load_imported()
        assert stored(second, "towns") == 2
        second.imported.remove("towns")
        view.catch_up()
        assert stored(view, "towns") == 0


def test_removing_leaves_no_byte(view: GraphView) -> None:
    add(view.imported, TOWNS)
    view.load_imported()
    (view.imported.folder("towns") / "derived.bin").write_bytes(b"Xylopolis")
    assert view.imported.remove("towns")
    assert not view.imported.remove("towns")
    view.rewrite()
    assert not any(b"Xylopolis" in file.read_bytes() for file in view.directory.rglob("*") if file.is_file())
    assert list((view.directory / "imported").iterdir()) == []


def test_a_file_that_cannot_be_read_is_told(view: GraphView) -> None:
    add(view.imported, TOWNS + b"<urn:broken> .\n")
    view.load_imported()
    assert view.loaded.unreadable["towns"].startswith("line 4: ")
    view.imported.remove("towns")
    view.load_imported()
    assert stored(view, "towns") == 0


def test_a_file_in_pieces_is_the_file(view: GraphView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_BYTES", 30)
    monkeypatch.setattr(loading, "_QUADS", 2)
    lines = [f"<urn:{n}> <urn:p> _:b{n % 3} .\n" for n in range(9)]
    add(view.imported, "".join(lines).encode())
    add(view.imported, "".join(lines).encode() + b"<urn:9> <urn:p> 1 .\n", form="ttl", name="turtle")
    add(view.imported, "".join(lines[:5]).encode() + b"\n", form="nq", name="quads")
    view.load_imported()
    assert [stored(view, name) for name in ("towns", "turtle", "quads")] == [9, 10, 5]
    assert len(view.select("SELECT DISTINCT ?b { GRAPH <" + view.imported.all()[1].iri + "> { ?s ?p ?b } }").rows) == 3
    add(view.imported, "".join(lines).encode() + b"<urn:x> broken\n", name="broken")
    view.load_imported()
    assert view.loaded.unreadable["broken"].startswith("line 10: ")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", ".hidden", "-x", "a" * 65, "a b"])
def test_no_name_leaves_the_folder(view: GraphView, name: str) -> None:
    with pytest.raises(ExchangeError, match="name a graph"):
        add(view.imported, TOWNS, name=name)
    assert view.imported.get(name) is None
    assert not view.imported.remove(name)
    assert view.imported.all() == ()


FORMS = {
    "nt": b"<urn:a> <urn:in> <urn:b> .\n",
    "nq": b"<urn:a> <urn:in> <urn:b> <urn:g> .\n",
    "ttl": b"<urn:a> <urn:in> <urn:b> .",
    "trig": b"<urn:g> { <urn:a> <urn:in> <urn:b> }",
    "rdf": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
    b'<rdf:Description rdf:about="urn:a"><u:in rdf:resource="urn:b"/></rdf:Description></rdf:RDF>',
    "jsonld": b'{"@id": "urn:a", "urn:in": {"@id": "urn:b"}}',
    "tsv": b"urn:a\turn:in\turn:b\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_the_same_triple(view: GraphView, form: str) -> None:
    add(view.imported, FORMS[form], form=form)
    view.load_imported()
    assert view.loaded.unreadable == {}
    assert stored(view, "towns") == 1
    assert list(imported_triples(view.directory, "towns")) == [("urn:a", "urn:in", "urn:b")]


def test_triples_and_labels_are_given_as_texts(view: GraphView) -> None:
    data = (
        TOWNS + b'_:x <http://schema.org/name> "y" .\n_:x <urn:n> "3"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )
    add(view.imported, data)
    found = list(view.imported.triples("towns"))
    assert found[0] == ("urn:a", LABEL, '"Xylopolis"@en')
    assert found[-1][0].startswith("_:")
    assert found[-1][2] == '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'
    labels = list(view.imported.labels("towns"))
    assert labels[0] == ("urn:a", "Xylopolis", "en")
    assert labels[1][1:] == ("y", "")
    with pytest.raises(KeyError):
        next(view.imported.triples("none"))


def test_a_table_of_names_becomes_labelled_nodes() -> None:
    table = 'Ida \tlives in\tOslo\r\nIda\tborn\t1987-05-02\n# a comment\nIda\tage\t38\nIda\tsays\t"hi \\"you\\""@en\nbroken\trow\n'
    data = b"".join(as_ntriples([table.encode()[:9], table.encode()[9:]], "t"))
    triples = list(ox.parse(data, ox.RdfFormat.N_TRIPLES))
    labels = [
        quad.object.value for quad in triples if quad.predicate == rdf.LABEL and isinstance(quad.object, ox.Literal)
    ]
    assert labels == ["Ida", "lives in", "Oslo", "born", "age", "says"]
    values = [quad.object for quad in triples if quad.predicate.value.rsplit("/", 1)[1] in ("born", "age", "says")]
    day, number = ox.NamedNode(rdf.XSD + "date"), ox.NamedNode(rdf.XSD + "integer")
    assert values == [
        ox.Literal("1987-05-02", datatype=day),
        ox.Literal("38", datatype=number),
        ox.Literal('hi "you"', language="en"),
    ]
    wikidata = b"".join(as_ntriples([b"Q42\tP31\tQ5\n"], "t")).decode()
    assert wikidata == f"<{rdf.PREFIXES['wd']}Q42> <{rdf.PREFIXES['wdt']}P31> <{rdf.PREFIXES['wd']}Q5> .\n"


@pytest.mark.parametrize(
    "cell", ["a b> <urn:x> <urn:y> .", '" . <urn:x> <urn:y> "z', "<urn:a b>", "http://x/ y", "\\", "李雷"]
)
def test_no_cell_of_a_table_leaves_its_term(cell: str) -> None:
    data = b"".join(as_ntriples([f"{cell}\tlikes\t{cell}\n".encode()], "t"))
    likes = [q for q in ox.parse(data, ox.RdfFormat.N_TRIPLES) if q.predicate != rdf.LABEL]
    assert len(likes) == 1
    assert likes[0].subject == likes[0].object


def test_a_gzipped_file_is_kept_unzipped_once(view: GraphView) -> None:
    add(view.imported, TOWNS)
    (graph,) = view.imported.all()
    assert gzip.decompress(view.imported.data(graph).read_bytes()) == TOWNS


def test_names_for_graphs_come_from_file_names() -> None:
    assert graph_name("a/Städte.ttl.gz") == "Städte"
    assert graph_name("...") == "graph"
