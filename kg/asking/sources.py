"""Reads a graph's file, tab-separated or RDF, perhaps gzipped, into `Knowledge`. It knows nothing of questions.

Tab-separated lines are subject, property, object, by name. In RDF, names come from rdfs:label, skos:prefLabel, foaf:name,
schema:name (first one wins) and skos:altLabel (further ones); what has none goes by the last part of its IRI.
"""

from __future__ import annotations

import gzip
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyoxigraph as ox

from kg.asking.knowledge import Knowledge
from kg.exchange import ExchangeError, quads_of

TABLES = (".tsv", ".txt")
NAMED = (
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://xmlns.com/foaf/0.1/name",
    "http://schema.org/name",
)
ALSO_NAMED = ("http://www.w3.org/2004/02/skos/core#altLabel", "http://schema.org/alternateName")
BASE = "urn:named:"  # before the quoted name of what has no IRI
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[\s_./:\-]+")


class GraphError(Exception):
    """A graph's file can't be used; the message names it and says what to do."""


def read_knowledge(path: Path) -> Knowledge:
    """Return the graph of a file. Raises GraphError when it can't be read."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise GraphError(f"the graph {path} can't be read ({error}); give a .tsv (s p o) or RDF file") from error
    name = path.name.removesuffix(".gz")
    if name.endswith(TABLES):
        return _from_table(data.decode("utf-8", "replace"), path)
    try:
        return from_quads(iter(quads_of(data, name)))
    except (ExchangeError, ValueError, SyntaxError) as error:
        raise GraphError(f"the graph {path} can't be read ({error}); give a .tsv (s p o) or RDF file") from error


def from_triples(triples: Iterable[tuple[str, str, str]]) -> Knowledge:
    """Return the graph of triples by name."""
    nodes, properties = _Numbers(), _Numbers()
    rows = array("i")
    for s, p, o in triples:
        rows.extend((nodes.of(s), properties.of(p), nodes.of(o)))
    return Knowledge.of(
        np.frombuffer(rows, np.int32).reshape(-1, 3),
        list(nodes.known),
        [words_of(name) for name in properties.known],
        properties=list(properties.known),
        base=BASE,
    )


def from_quads(quads: Iterator[ox.Quad]) -> Knowledge:
    """Return the graph of RDF statements; labels become names and are no triples."""
    nodes, properties = _Numbers(), _Numbers()
    called: dict[str, str] = {}
    values: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    rows = array("i")
    for quad in quads:
        predicate = quad.predicate.value
        if isinstance(quad.object, ox.Literal):
            values[str(quad.object)] = quad.object.value
        if isinstance(quad.object, ox.Literal) and predicate in NAMED + ALSO_NAMED:
            subject = str(quad.subject)
            if predicate in NAMED and subject not in called:
                called[subject] = quad.object.value
            else:
                others.append((subject, quad.object.value))
            continue
        rows.extend((nodes.of(str(quad.subject)), properties.of(str(quad.predicate)), nodes.of(str(quad.object))))
    labels = [words_of(called.get(term) or _last(term)) for term in properties.known]
    return Knowledge.of(
        np.frombuffer(rows, np.int32).reshape(-1, 3),
        [called.get(term) or values.get(term) or words_of(_last(term)) for term in nodes.known],
        labels,
        terms=list(nodes.known),
        properties=[term[1:-1] for term in properties.known],
        others=[(nodes.known[term], name) for term, name in others if term in nodes.known],
    )


def words_of(name: str) -> str:
    """Return the words of a property's name, split at underscores and humps.

    >>> words_of("placeOfBirth"), words_of("music__release_track"), words_of("出生地")
    ('place Of Birth', 'music release track', '出生地')
    """
    return _BETWEEN.sub(" ", _HUMP.sub(" ", name)).strip() or name


@dataclass(slots=True)
class _Numbers:
    """Numbers strings in the order of their coming."""

    known: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, text: str) -> int:
        return self.known.setdefault(text, len(self.known))


def _from_table(text: str, path: Path) -> Knowledge:
    return from_triples(_lines(text, path))


def _lines(text: str, path: Path) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        parts = line.rstrip("\r").split("\t")
        if len(parts) >= 3 and parts[0] and parts[1]:
            yield parts[0], parts[1], parts[2]
        elif line.strip():
            raise GraphError(f"{path}, line {number}: expected subject, property and object with tabs between them")


def _last(term: str) -> str:
    iri = unquote(term.strip("<>"))
    return re.split(r"[/#:]", iri.rstrip("/#"))[-1] or iri
