"""Writes a memory as RDF (TriG, N-Quads, Turtle) that loses nothing, and says how such files are named.

Takes a memory and an open file; gives bytes in Wikidata's statement model, the texts that the facts rest on among them.
`kg.intake` reads them back. Knows no language and no model.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING
from xml.sax import SAXException

import pyoxigraph as ox

from kg import rdf
from kg.memory import Memory
from kg.view import every_quad

if TYPE_CHECKING:
    import rdflib

FORMATS = {
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
THROUGH_RDFLIB = ("trix", "hext")  # read by rdflib, which knows more formats
_NAMES = {"nquads": "nq", "n-quads": "nq", "turtle": "ttl", "ntriples": "nt", "xml": "rdf", "owl": "rdf"}
WRITABLE = ("trig", "nq", "ttl", "nt")


class ExchangeError(Exception):
    """A file can't be read or written as RDF; the message is one line that says what to do."""


def format_named(name: str) -> str:
    """Return the short name of a format, by any usual name, file ending or path.

    >>> format_named("N-Quads"), format_named("mine.trig")
    ('nq', 'trig')

    Raises:
        ExchangeError: no format that is known here.
    """
    ending = name.lower().rsplit(".", 1)[-1]
    short = _NAMES.get(ending, ending)
    if short not in FORMATS and short not in THROUGH_RDFLIB:
        known = ", ".join((*FORMATS, *THROUGH_RDFLIB))
        raise ExchangeError(f"{name!r} names no RDF format; one of {known} is expected")
    return short


def quads_of(data: bytes, format_: str) -> list[ox.Quad]:
    """Return the quads of a file's bytes.

    Raises:
        ExchangeError: no such format.
        ValueError, SyntaxError: the bytes are not of that format.
    """
    short = format_named(format_)
    if short in THROUGH_RDFLIB:
        import rdflib  # slow to import, and rarely needed
        from rdflib.exceptions import Error

        dataset = rdflib.Dataset()
        try:
            dataset.parse(data=data, format=short)
        except (Error, SAXException, ValueError, TypeError, LookupError) as error:
            raise ValueError(str(error) or type(error).__name__) from error
        data, short = dataset.serialize(format="nquads", encoding="utf-8"), "nq"
    return list(ox.parse(data, FORMATS[short]))


def as_dataset(memory: Memory) -> rdflib.Dataset:
    """Return the memory as an rdflib dataset, for programs that work with rdflib; a copy, later changes don't show."""
    import rdflib

    output = io.BytesIO()
    export_graph(memory, output, "nq")
    return rdflib.Dataset().parse(data=output.getvalue(), format="nquads")


def export_graph(memory: Memory, output: IO[bytes], format_: str = "trig", *, texts: bool = True) -> int:
    """Write the whole memory and return the number of facts; `texts` says whether messages and documents go along.

    Raises:
        ExchangeError: a format that can't be written.
    """
    short = format_named(format_)
    if short not in WRITABLE:
        raise ExchangeError(f"{format_!r} can't be written; one of {', '.join(WRITABLE)} is expected")
    rdf_format = FORMATS[short]
    quads = every_exported_quad(memory, texts=texts)
    if rdf_format.supports_datasets:
        ox.serialize(quads, output, rdf_format, prefixes=rdf.PREFIXES)
    else:
        ox.serialize((quad.triple for quad in quads), output, rdf_format, prefixes=rdf.PREFIXES)
    return memory.fact_count()


def every_exported_quad(memory: Memory, *, texts: bool = True) -> Iterator[ox.Quad]:
    """Yield the graph view of a memory as of today, and its episodes."""
    graph = rdf.space_graph(memory.space_id)
    yield from every_quad(memory, graph, datetime.now(UTC).date().isoformat())
    for episode in memory.episodes() if texts else ():
        for subject, predicate, obj in rdf.episode_triples(episode, memory.space_id):
            yield ox.Quad(subject, predicate, obj, graph)
