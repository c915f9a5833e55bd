"""Graphs of other people's triples that a memory space keeps beside its own facts: files in the space's directory.

Takes a directory; gives which graphs there are and their triples. These files are the truth: the store's copies are
loaded from them. They are no statements of the user's, so the log knows nothing of them. One folder a graph under
`imported/`: graph.json, data.<format>.gz; whatever else is derived from the graph may lie there too and goes with it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from kg import rdf
from kg.exchange import FORMATS, ExchangeError
from kg.foreign import as_ntriples

GRAPH = rdf.PREFIXES["graph"] + "imported/"
LABELS = (
    rdf.LABEL.value,
    rdf.PREFIXES["skos"] + "prefLabel",
    "http://schema.org/name",
    "https://schema.org/name",
    "http://xmlns.com/foaf/0.1/name",
    rdf.ALT_LABEL.value,
)
_NAME = re.compile(r"\w[\w.-]{0,63}")
_PIECE = 1 << 20
_FILE = "graph.json"


@dataclass(frozen=True, slots=True)
class ImportedGraph:
    """A graph of somebody else's."""

    name: str
    title: str  # the file it came from
    format: str  # of the file that is kept
    digest: str  # of the bytes it came from
    at: str
    triples: int = 0  # 0 until it was loaded

    @property
    def iri(self) -> str:
        """The named graph in which it stands.

        >>> ImportedGraph("towns", "towns.nt", "nt", "", "").iri
        'https://w3id.org/tripletalk/graph/imported/towns'
        """
        return GRAPH + self.name


class ImportedGraphs:
    """The imported graphs of a memory space."""

    def __init__(self, directory: Path) -> None:
        self._home = directory / "imported"

    def all(self) -> tuple[ImportedGraph, ...]:
        """Return the graphs, by name."""
        try:
            folders = sorted(self._home.iterdir())
        except OSError:
            return ()
        return tuple(graph for folder in folders if (graph := _read(folder)) is not None)

    def get(self, name: str) -> ImportedGraph | None:
        """Return the graph of a name."""
        return _read(self._home / name) if is_graph_name(name) else None

    def folder(self, name: str) -> Path:
        """Return where a graph's files lie; what is derived from it may be kept there."""
        return self._home / name

    def data(self, graph: ImportedGraph) -> Path:
        """Return the gzipped file of a graph."""
        return self._home / graph.name / f"data.{graph.format}.gz"

    def open(self, graph: ImportedGraph) -> IO[bytes]:
        """Return a graph's file, opened and unzipped."""
        return cast(IO[bytes], gzip.open(self.data(graph), "rb"))

    def add(self, source: IO[bytes], form: str, *, name: str, title: str, at: str, anew: bool = False) -> bool:
        """Keep a file as a graph; False if it is there already. Nothing is parsed yet, but for tsv.

        Raises:
            ExchangeError: no such format, no usable name, or another graph has the name.
        """
        if form != "tsv" and form not in FORMATS:
            raise ExchangeError(f"{form!r} can't be imported as a graph; one of tsv, {', '.join(FORMATS)} is expected")
        if not is_graph_name(name):
            raise ExchangeError(f"{name!r} can't name a graph; use letters, digits, '.', '-' and '_', at most 64")
        fresh = self._home / f".{uuid.uuid4().hex}"
        fresh.mkdir(parents=True)
        try:
            kept = "nt" if form == "tsv" else form
            digest = _keep(source, fresh / f"data.{kept}.gz", name if form == "tsv" else "")
            if any(digest == other.digest and (other.name == name or not anew) for other in self.all()):
                return False
            if self.get(name) is not None and not anew:
                raise ExchangeError(f"there is another graph named {name!r}; choose a --name, or --replace it")
            _write(fresh, ImportedGraph(name, title, kept, digest, at))
            self.remove(name)
            fresh.rename(self._home / name)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return True

    def counted(self, graph: ImportedGraph, triples: int) -> None:
        """Note how many triples a graph holds."""
        _write(self._home / graph.name, replace(graph, triples=triples))

    def take(self, path: Path, *, name: str, triples: int, at: str) -> None:
        """Make a gzipped file of N-Triples, which is moved, the graph of a name; with no triples the graph goes."""
        if not triples:
            self.remove(name)
            return
        known = self.get(name)
        fresh = self._home / f".{uuid.uuid4().hex}"
        fresh.mkdir(parents=True)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        shutil.move(path, fresh / "data.nt.gz")
        _write(fresh, ImportedGraph(name, known.title if known else "an update", "nt", digest, at, triples))
        self.remove(name)
        fresh.rename(self._home / name)

    def remove(self, name: str) -> bool:
        """Delete a graph's files; False if there is none of this name."""
        if self.get(name) is None:
            return False
        doomed = self._home / f".{uuid.uuid4().hex}"
        (self._home / name).rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
        return True

    def triples(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield the triples of a graph: IRIs bare, blank nodes as _:x, literals as N-Triples (they begin with a quote).

        Raises:
            KeyError: no such graph.
        """
        graph = self.get(name)
        if graph is None:
            raise KeyError(f"no imported graph {name!r}")
        with self.open(graph) as file:
            for quad in ox.parse(file, FORMATS[graph.format]):
                yield _text(quad.subject), quad.predicate.value, _text(quad.object)

    def labels(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield what the things of a graph are called: IRI, label, language ("" if none is told).

        Raises:
            KeyError: no such graph.
        """
        graph = self.get(name)
        if graph is None:
            raise KeyError(f"no imported graph {name!r}")
        with self.open(graph) as file:
            for quad in ox.parse(file, FORMATS[graph.format]):
                if quad.predicate.value in LABELS and isinstance(quad.object, ox.Literal):
                    yield _text(quad.subject), quad.object.value, quad.object.language or ""


def imported_triples(directory: Path, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the triples of a space's imported graph, see `ImportedGraphs.triples`."""
    return ImportedGraphs(directory).triples(name)


def is_graph_name(name: str) -> bool:
    """Return whether a graph may have a name.

    >>> is_graph_name("towns.2"), is_graph_name("../towns")
    (True, False)
    """
    return bool(_NAME.fullmatch(name))


def graph_name(path: str) -> str:
    """Return a name for a graph by its file's.

    >>> graph_name("/data/Old towns (2).nt.gz")
    'Old-towns-2'
    """
    stem = Path(path).name.removesuffix(".gz").rsplit(".", 1)[0]
    return re.sub(r"[^\w.]+", "-", stem).strip("-.")[:64] or "graph"


def _keep(source: IO[bytes], path: Path, table: str) -> str:
    """Write a gzipped copy and return the digest of what was read; `table`: tsv, made N-Triples under this name."""
    digest = hashlib.sha256()
    pieces = iter(lambda: source.read(_PIECE), b"")

    def read() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    with gzip.open(path, "wb", compresslevel=1) as file:
        for piece in as_ntriples(read(), table) if table else read():
            file.write(piece)
    return digest.hexdigest()


def _read(folder: Path) -> ImportedGraph | None:
    if folder.name.startswith("."):
        return None
    try:
        graph = ImportedGraph(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return graph if graph.name == folder.name else None


def _write(folder: Path, graph: ImportedGraph) -> None:
    new = folder / f"{_FILE}.new"
    new.write_text(json.dumps(asdict(graph), ensure_ascii=False), encoding="utf-8")
    os.replace(new, folder / _FILE)


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)
