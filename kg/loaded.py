"""Which imported graphs an Oxigraph store holds, kept in line with their files. Takes both; writes the store only.

Each graph that was loaded to its end is marked with the digest of its file, so that what was broken off, changed or
removed is noticed. Nothing is ever taken out of a store here: the caller builds it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pyoxigraph as ox

from kg import rdf
from kg.concluding import META
from kg.exchange import FORMATS
from kg.imported import ImportedGraph, ImportedGraphs
from kg.loading import load

_LOG = logging.getLogger(__name__)
_LOADED = ox.NamedNode(rdf.TT + "loaded")


class LoadedGraphs:
    """The imported graphs of one store at a time."""

    def __init__(self, files: ImportedGraphs) -> None:
        self.files = files
        self.unreadable: dict[str, str] = {}  # by name: why
        self.known: dict[str, ox.NamedNode] = {}  # by name, as of the last look
        self._digests: dict[str, str] | None = None  # of what the store holds, by IRI, once read

    def catch_up(self, store: ox.Store) -> bool:
        """Load what is new; False if the store holds what it should not, and must be built anew first."""
        wanted = self._look()
        held = self._digests if self._digests is not None else _marks(store)
        new = [graph for graph in wanted if graph.iri not in held]
        digests = {graph.iri: graph.digest for graph in wanted}
        outdated = any(digests.get(iri) != digest for iri, digest in held.items())
        if outdated or any(_holds(store, graph) for graph in new):  # the latter: a loading that was broken off
            return False
        self._digests = held
        self._load(store, new)
        return True

    def fill(self, store: ox.Store) -> None:
        """Load everything into a new store."""
        self.begin()
        self._load(store, self._look())

    def begin(self) -> None:
        """Note that the store is a new one and holds nothing yet."""
        self._digests = {}

    def _look(self) -> Sequence[ImportedGraph]:
        graphs = self.files.all()
        self.known = {graph.name: ox.NamedNode(graph.iri) for graph in graphs}
        return graphs

    def _load(self, store: ox.Store, graphs: Sequence[ImportedGraph]) -> None:
        for graph in graphs:
            before = len(store)
            self.unreadable.pop(graph.name, None)
            try:
                with self.files.open(graph) as file:
                    load(store, file, FORMATS[graph.format], ox.NamedNode(graph.iri))
            except (SyntaxError, ValueError, EOFError, OSError) as error:
                self.unreadable[graph.name] = " ".join(str(error).split())[:160]
                _LOG.warning("the imported graph %s can't be read (%s)", graph.name, type(error).__name__)
            if not graph.triples:
                self.files.counted(graph, len(store) - before)
            store.add(ox.Quad(ox.NamedNode(graph.iri), _LOADED, ox.Literal(graph.digest), META))
            if self._digests is not None:
                self._digests[graph.iri] = graph.digest


def _marks(store: ox.Store) -> dict[str, str]:
    pairs = [(quad.subject, quad.object) for quad in store.quads_for_pattern(None, _LOADED, None, META)]
    return {s.value: o.value for s, o in pairs if isinstance(s, ox.NamedNode) and isinstance(o, ox.Literal)}


def _holds(store: ox.Store, graph: ImportedGraph) -> bool:
    return any(True for _ in store.quads_for_pattern(None, None, None, ox.NamedNode(graph.iri)))
