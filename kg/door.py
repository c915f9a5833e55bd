"""The SPARQL door: queries that a user wrote, answered in a process of their own on a snapshot of the graph.

Takes a graph view and what was asked; gives the answer, or one line that says why not. Changes nothing but by `update`,
which changes imported graphs only: what is derived from the log has no other source than the log.

Covered: a query that runs too long, takes too much memory, breaks the engine or gives too much ends alone; nothing leaves
the machine. Where another program holds the graph's files there is no snapshot: then only its syntax is tried apart, the
query runs beside in this process, and one that is too slow ends by itself, unheard.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kg import rdf
from kg.apart import ApartError, Result, TooSlow, evaluate
from kg.bound import BindingError, Value, bound
from kg.evaluator import Request
from kg.guard import calls_outside, leaves_the_machine
from kg.imported import GRAPH, is_graph_name
from kg.store import Answer, GraphView, QueryError, QueryTimeout, Selection, where_it_fails

PREFIXES = rdf.PREFIXES | {
    "imported": GRAPH,
    "owl": "http://www.w3.org/2002/07/owl#",
    "schema": "http://schema.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
}
MEMORY_BYTES = 2_000_000_000  # of the process that answers
_REFUSED = (
    "an update may change imported graphs only (GRAPH imported:NAME): the rest follows from what was said and read"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and what holds for it."""

    text: str
    inferred: bool = False
    graphs: tuple[str, ...] = ()  # names of imported graphs to ask instead of the user's own facts; "own" for these
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    timeout_s: float | None = 10.0
    limit: int | None = 1000  # rows
    count: bool = False  # also count the store


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, whether rows were left out, and what it took."""

    answer: Answer
    cut: bool = False
    parse_ms: float = 0.0
    ms: float = 0.0
    size: int = 0


def ask(view: GraphView, asked: Asked) -> Told:
    """Return the answer to a query.

    Raises:
        QueryError: it can't be answered.
        QueryTimeout: it took too long.
    """
    text = _bound(asked)
    if leaves_the_machine(text):
        raise QueryError("SERVICE is not allowed: a query must not leave this machine")
    view.catch_up()
    view.load_imported()
    defaults, named = view.dataset(inferred=asked.inferred, graphs=asked.graphs)
    with view.snapshot() as snapshot:
        request = Request(
            text,
            str(snapshot or ""),
            prefixes=PREFIXES,
            default_graphs=[graph.value for graph in defaults],
            named_graphs=[graph.value for graph in named],
            limit=asked.limit,
            memory_bytes=MEMORY_BYTES,
            cpu_s=0 if asked.timeout_s is None else int(asked.timeout_s) * (os.cpu_count() or 1) + 60,
            count=asked.count,
        )
        result = _evaluated(request, asked.timeout_s)
    header = result.header
    if snapshot is None:
        return _beside(view, asked, text, header.parse_ms)
    answer: Answer = result.triples
    if header.kind == "ask":
        answer = header.truth
    elif header.kind == "select":
        answer = Selection(result.variables, tuple(result.rows))
    return Told(answer, header.cut, header.parse_ms, header.ms, header.size)


def check(text: str) -> None:
    """Return if a query could be run. Raises QueryError."""
    if leaves_the_machine(text):
        raise QueryError("SERVICE is not allowed: a query must not leave this machine")
    _evaluated(Request(text, prefixes=PREFIXES, memory_bytes=MEMORY_BYTES), 10.0)


def update(view: GraphView, asked: Asked) -> Sequence[tuple[str, int]]:
    """Change imported graphs; return the name of each that changed and how many triples it holds now.

    It is tried on a copy first: one that changes anything else is refused whole. What comes of it is kept in the
    graphs' files, so that it outlasts every rebuilding.

    Raises:
        QueryError: it can't be done.
        QueryTimeout: it took too long.
    """
    text = _bound(asked)
    if calls_outside(text):
        raise QueryError("SERVICE and LOAD are not allowed: an update must not leave this machine")
    with view.snapshot() as snapshot, view.snapshot() as before:
        if snapshot is None or before is None:
            raise QueryError("another program has the graph open; close it and try again")
        with tempfile.TemporaryDirectory(dir=view.directory) as out:
            request = Request(
                text,
                str(snapshot),
                prefixes=PREFIXES,
                memory_bytes=MEMORY_BYTES,
                before=str(before),
                own=GRAPH,
                out=out,
            )
            changed = _evaluated(request, asked.timeout_s).header.graphs
            if wrong := [iri for iri, _ in changed if not is_graph_name(iri.removeprefix(GRAPH))]:
                raise QueryError(
                    f"<{wrong[0]}> can't name a graph; use letters, digits, '.', '-' and '_' after imported:"
                )
            at = datetime.now(UTC).isoformat(timespec="seconds")
            for number, (iri, count) in enumerate(changed):
                path = Path(out) / f"{number}.nt.gz"
                view.imported.take(path, name=iri.removeprefix(GRAPH), triples=count, at=at)
    view.load_imported()
    return [(iri.removeprefix(GRAPH), count) for iri, count in changed]


def _bound(asked: Asked) -> str:
    try:
        return bound(asked.text, asked.values)
    except BindingError as error:
        raise QueryError(str(error)) from error


def _evaluated(request: Request, timeout_s: float | None) -> Result:
    try:
        result = evaluate(request, timeout_s=timeout_s)
    except TooSlow as error:
        raise QueryTimeout(str(error)) from error
    except ApartError as error:
        raise QueryError(str(error)) from error
    header = result.header
    if header.kind == "syntax":
        raise QueryError(where_it_fails(header.said, request.text))
    if header.kind == "error":
        said = _REFUSED if header.said == "refused" else f"the query can't be run: {header.said}"
        raise QueryError(" ".join(said.split())[:300])
    return result


def _beside(view: GraphView, asked: Asked, text: str, parse_ms: float) -> Told:
    began = time.perf_counter()
    limit = None if asked.limit is None else asked.limit + 1
    answer = view.query(
        text, timeout_s=asked.timeout_s, inferred=asked.inferred, graphs=asked.graphs, limit=limit, prefixes=PREFIXES
    )
    ms = (time.perf_counter() - began) * 1000
    size = view.size() if asked.count else 0
    if isinstance(answer, bool) or asked.limit is None:
        return Told(answer, False, parse_ms, ms, size)
    if isinstance(answer, Selection):
        cut = len(answer.rows) > asked.limit
        return Told(Selection(answer.variables, answer.rows[: asked.limit]), cut, parse_ms, ms, size)
    return Told(answer[: asked.limit], len(answer) > asked.limit, parse_ms, ms, size)
