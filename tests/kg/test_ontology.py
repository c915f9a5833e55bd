"""The ontology is complete in both languages, sound as RDF, and quick to read."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import Graph

from kg.ontology import LANGUAGES, PATH, Ontology, OntologyError, id_of, iri

ONTOLOGY = Ontology.load()

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix tt: <https://w3id.org/tripletalk/ns#> .
tt:PropertyShape a sh:NodeShape ; sh:targetClass tt:Property ;
  sh:property [ sh:path rdfs:label ; sh:minCount 2 ; sh:maxCount 2 ; sh:uniqueLang true ; sh:languageIn ("en" "zh") ] ;
  sh:property [ sh:path skos:definition ; sh:minCount 2 ; sh:uniqueLang true ; sh:languageIn ("en" "zh") ] ;
  sh:property [ sh:path tt:pattern ; sh:minCount 2 ; sh:maxCount 2 ; sh:uniqueLang true ; sh:languageIn ("en" "zh") ] ;
  sh:property [ sh:path schema:domainIncludes ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path schema:rangeIncludes ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path owl:inverseOf ; sh:class tt:Property ] ;
  sh:property [ sh:path owl:propertyDisjointWith ; sh:class tt:Property ] ;
  sh:property [ sh:path rdfs:subPropertyOf ; sh:maxCount 1 ; sh:class tt:Property ] ;
  sh:property [ sh:path tt:gender ; sh:maxCount 1 ; sh:in ("f" "m") ] .
"""


def test_the_file_conforms_to_its_shapes() -> None:
    conforms, _, report = validate(
        Graph().parse(PATH, format="turtle"), shacl_graph=Graph().parse(data=SHAPES, format="turtle"), advanced=False
    )
    assert conforms, report


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_names_subject_and_object_once(language: str) -> None:
    for each in ONTOLOGY:
        pattern = each.pattern(language)
        assert len(re.findall(r"\{[aA]? ?s('s)?\}", pattern)) == 1, each.id
        assert len(re.findall(r"\{(a |at |on )?o('s)?\}", pattern)) == 1, each.id
        assert len(re.findall(r"<[^<>]+>", pattern)) == 1, each.id
        assert pattern.endswith({"en": ".", "zh": "。"}[language]), each.id


def test_no_two_properties_share_a_label() -> None:
    for language in LANGUAGES:
        names = list(ONTOLOGY.names(language).values())
        assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]


@pytest.mark.parametrize(
    ("id", "gender", "expected"),
    [
        ("P22", "", "P40"),
        ("P25", "", "P40"),
        ("P40", "f", "P25"),
        ("P40", "m", "P22"),
        ("P40", "", None),
        ("P26", "", "P26"),
        ("P127", "", "P1830"),
        ("P1830", "", "P127"),
        ("P36", "", "P1376"),
        ("P749", "", "P355"),
        ("P802", "", "P1066"),
        ("P361", "", "P527"),
        ("P131", "", "P150"),
        ("P551", "", None),
    ],
)
def test_inverse_is_what_the_object_is_to_the_subject(id: str, gender: str, expected: str | None) -> None:
    assert ONTOLOGY.inverse(id, gender) == expected


def test_inverses_go_both_ways() -> None:
    for each in ONTOLOGY:
        for other in ONTOLOGY.inverses(each.id):
            assert each.id in ONTOLOGY.inverses(other)


def test_properties_join_what_their_tags_say() -> None:
    assert "P551" in ONTOLOGY.relations_of_tags("SELF", "LOC")
    assert "P551" not in ONTOLOGY.relations_of_tags("PER", "DATE")
    assert {"P26", "P3373", "tt:friend"} <= set(ONTOLOGY.relations_of_tags("ROLE", "PER"))
    assert set(ONTOLOGY.relations_of_tags("", "")) == {p.id for p in ONTOLOGY}


def test_logic_and_narrower_properties() -> None:
    assert ONTOLOGY.is_functional("P569")
    assert not ONTOLOGY.is_functional("P40")
    assert ONTOLOGY.is_temporal("P551")
    assert ONTOLOGY.is_symmetric("tt:friend")
    assert "P57" in ONTOLOGY.narrower("P170")
    assert ONTOLOGY.broader("P169") == ("P1037",)
    assert ONTOLOGY.label("P551", "zh") == "居住地"


def test_iris_go_there_and_back() -> None:
    assert iri("P551") == "http://www.wikidata.org/prop/direct/P551"
    assert all(id_of(iri(p.id)) == p.id for p in ONTOLOGY)
    with pytest.raises(OntologyError, match="is no property"):
        id_of("http://example.org/P551")


def test_an_unknown_id_and_a_broken_file_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="'P0'"):
        ONTOLOGY.property("P0")
    broken = tmp_path / "broken.ttl"
    broken.write_text("this is no turtle")
    with pytest.raises(OntologyError, match=r"broken\.ttl"):
        Ontology.load(broken)
    with pytest.raises(OntologyError, match="can't read"):
        Ontology.load(tmp_path / "none.ttl")


def test_reading_takes_less_than_a_blink() -> None:
    best = min(_seconds(Path(PATH.parent / "." / PATH.name)) for _ in range(3))
    assert best < 0.05


def _seconds(path: Path) -> float:
    from kg.ontology import _load  # pyright: ignore[reportPrivateUsage]

    _load.cache_clear()
    start = time.perf_counter()
    Ontology.load(path)
    return time.perf_counter() - start
