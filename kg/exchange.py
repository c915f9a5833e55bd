"""Writes a memory as RDF (TriG, N-Quads, Turtle) that loses nothing, and says how such files are named.

Takes a memory and an open file; gives bytes in Wikidata's statement model, the texts that the facts rest on among them.
`kg.intake` reads them back. Knows no language and no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

import pyoxigraph as ox

from kg import rdf
from kg.memory import Memory
from kg.view import every_quad

FORMATS = {
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
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
    if short not in FORMATS:
        raise ExchangeError(f"{name!r} names no RDF format; one of {', '.join(FORMATS)} is expected")
    return short


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
    return len(memory.facts())


def every_exported_quad(memory: Memory, *, texts: bool = True) -> Iterator[ox.Quad]:
    """Yield the graph view of a memory as of today, and its episodes."""
    graph = rdf.space_graph(memory.space_id)
    yield from every_quad(memory, graph, datetime.now(UTC).date().isoformat())
    for episode in memory.episodes() if texts else ():
        for subject, predicate, obj in rdf.episode_triples(episode, memory.space_id):
            yield ox.Quad(subject, predicate, obj, graph)
