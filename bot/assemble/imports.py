"""Imported graphs as the command line has them: taken in, listed, and removed everywhere. Takes a graph view."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bot.system import GraphRow, UsageError
from kg.exchange import ExchangeError
from kg.imported import ImportedGraph, ImportedGraphs, graph_name
from kg.store import GraphView

_GZIP = b"\x1f\x8b"


def rows(graphs: ImportedGraphs) -> Sequence[GraphRow]:
    """Return a space's imported graphs, by name."""
    return [_row(graph) for graph in graphs.all()]


def load(view: GraphView, path: Path | None, form: str, *, name: str, replace: bool) -> tuple[GraphRow, bool]:
    """Take a file in as a graph; True if it was not there before. Raises UsageError."""
    title = path.name if path is not None else "standard input"
    name = name or graph_name(title)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with _opened(path) as source:
            is_new = view.imported.add(source, form, name=name, title=title, at=at, anew=replace)
    except (ExchangeError, gzip.BadGzipFile, EOFError) as error:
        raise UsageError(str(error)) from error
    view.load_imported()
    if why := view.loaded.unreadable.get(name):
        view.imported.remove(name)
        view.load_imported()
        raise UsageError(f"{title} can't be read as {form}: {why}")
    kept = view.imported.get(name) or next(g for g in view.imported.all() if g.title == title)
    return _row(kept), is_new


def forget(view: GraphView, name: str) -> GraphRow:
    """Remove a graph: its files, and the store's, which are written anew without it. Raises UsageError."""
    graph = view.imported.get(name)
    if graph is None:
        raise UsageError(f"there is no imported graph {name!r}; `tripletalk graphs` lists them")
    view.imported.remove(name)
    view.rewrite()
    return _row(graph)


@contextmanager
def _opened(path: Path | None) -> Generator[IO[bytes]]:
    """Give a file, unzipped if it is gzipped, whatever it is called."""
    if path is None:
        yield sys.stdin.buffer
        return
    with path.open("rb") as file:
        zipped = file.peek(2)[:2] == _GZIP
        if not zipped:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unzipped:
            yield unzipped  # type: ignore[misc]


def _row(graph: ImportedGraph) -> GraphRow:
    return GraphRow(graph.name, graph.title, graph.triples, graph.at)
