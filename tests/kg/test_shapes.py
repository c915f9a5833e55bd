"""Shapes are standard SHACL: ours are sound, a user's file is refused in one line or does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDF, Graph, Namespace
from rdflib import Literal as Value
from rdflib.namespace import SH, XSD

from kg.shapes import FIRST, LAST, PATH, ShapesError, house_shapes, read_shapes, violations

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix tt: <https://w3id.org/tripletalk/ns#> . @prefix ex: <urn:x:> .
"""
EX, WDT = Namespace("urn:x:"), Namespace("http://www.wikidata.org/prop/direct/")


def write(folder: Path, text: str) -> Path:
    path = folder / "own.ttl"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_our_shapes_are_shacl_with_a_reason_in_both_languages() -> None:
    assert [shape.name for shape in read_shapes(PATH)] == [shape.name for shape in house_shapes()]
    graph = Graph().parse(PATH)
    messages = [
        {m.language for m in graph.objects(s, SH.message) if isinstance(m, Value)} for s in graph.subjects(SH.message)
    ]
    assert messages
    assert all(codes == {"en", "zh"} for codes in messages)


def test_a_shape_concerns_the_properties_it_speaks_of() -> None:
    shapes = {shape.name: shape for shape in house_shapes()}
    assert shapes["BirthBeforeDeath"].concerns("P570", dated=False)
    assert not shapes["BirthBeforeDeath"].concerns("P551", dated=True)
    assert shapes["StartBeforeEnd"].concerns("tt:likes", dated=True)
    assert not shapes["StartBeforeEnd"].concerns("tt:likes", dated=False)
    assert shapes["NobodyTheirOwnAncestor"].steps == {"P22", "P25", "P40"}
    assert not any(shape.concerns("tt:likes", dated=False) for shape in shapes.values())


def test_a_violation_has_its_words() -> None:
    data = Graph()
    data.add((EX.bo, Namespace(FIRST).P569, Value("1990-01-01", datatype=XSD.date)))
    data.add((EX.bo, Namespace(LAST).P570, Value("1980-12-31", datatype=XSD.date)))
    (found,) = violations(data, house_shapes())
    assert found.focus == str(EX.bo)
    assert dict(found.messages) == {"en": "the birth would come after the death", "zh": "出生会晚于去世"}


def test_a_shape_of_ones_own_names_itself_where_it_has_no_message(tmp_path: Path) -> None:
    text = (
        "ex:OneHome a sh:NodeShape ; sh:targetSubjectsOf wdt:P551 ; sh:property [ sh:path wdt:P551 ; sh:maxCount 1 ] ."
    )
    (shape,) = read_shapes(write(tmp_path, text))
    data = Graph()
    for home in (EX.oslo, EX.bergen):
        data.add((EX.bo, WDT.P551, home))
    (found,) = violations(data, [shape])
    assert dict(found.messages)["en"] == "it contradicts OneHome"


def test_warnings_and_switched_off_shapes_keep_nothing_out(tmp_path: Path) -> None:
    text = """ex:A a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path wdt:P1 ; sh:minCount 1 ; sh:severity sh:Warning ] .
    ex:B a sh:NodeShape ; sh:targetClass ex:C ; sh:deactivated true ; sh:property [ sh:path wdt:P1 ; sh:minCount 1 ] ."""
    shapes = read_shapes(write(tmp_path, text))
    data = Graph()
    data.add((EX.bo, RDF.type, EX.C))
    assert [shape.name for shape in shapes] == ["A"]
    assert not violations(data, shapes)


def test_a_query_may_be_a_shape(tmp_path: Path) -> None:
    text = '''ex:A a sh:NodeShape ; sh:targetSubjectsOf tt:owns ; sh:sparql [ sh:message "twice" ; sh:select
    """SELECT $this WHERE {
        $this <https://w3id.org/tripletalk/ns#owns> ?a .
        ?b <https://w3id.org/tripletalk/ns#owns> ?a . FILTER(?b != $this) }""" ] .'''
    (shape,) = read_shapes(write(tmp_path, text))
    assert shape.open
    assert "tt:owns" in shape.steps
    data = Graph()
    owns = Namespace("https://w3id.org/tripletalk/ns#").owns
    data.add((EX.bo, owns, EX.boat))
    assert not violations(data, [shape])
    data.add((EX.ida, owns, EX.boat))
    assert {v.messages for v in violations(data, [shape])} == {(("", "twice"),)}


BROKEN = {
    "no Turtle": "hello",
    "no valid SHACL": "ex:A a sh:NodeShape ; sh:targetNode ex:b ; sh:property [ sh:path wdt:P1 ; sh:minCount 'x' ] .",
    "sh:maxCuont": "ex:A a sh:NodeShape ; sh:targetNode ex:b ; sh:property [ sh:path wdt:P1 ; sh:maxCuont 1 ] .",
    "sh:js": "ex:A a sh:NodeShape ; sh:targetNode ex:b ; sh:js [ sh:jsFunctionName 'f' ] .",
    "leaves the machine": "ex:A a sh:NodeShape ; sh:targetNode ex:b ; sh:sparql [ sh:select 'SELECT $this FROM <urn:x> {}' ] .",
    "SERVICE": "ex:A a sh:NodeShape ; sh:targetNode ex:b ; sh:sparql [ sh:select 'SELECT $this { SERVICE <urn:x> {} }' ] .",
    "can't be run": "ex:A a sh:NodeShape ; sh:targetSubjectsOf wdt:P1 ; sh:sparql [ sh:select 'SELECT $this { x' ] .",
    "Recursive": "ex:A a sh:NodeShape ; sh:targetSubjectsOf wdt:P1 ; sh:node ex:A .",
    "bytes": "#" * 200_001,
}


@pytest.mark.parametrize("why", BROKEN)
def test_what_can_not_be_a_shape_is_refused_in_one_line(tmp_path: Path, why: str) -> None:
    with pytest.raises(ShapesError, match=why) as caught:
        read_shapes(write(tmp_path, BROKEN[why]))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="can't be read"):
        read_shapes(tmp_path / "none.ttl")
