"""SPARQL as the command line asks it: options and values in, an answer of plain terms out; and the saved queries.

Takes a graph view or a space's directory. Saved queries are files in it, `queries/NAME.rq`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from bot.assemble.imports import rows
from bot.system import GraphRow, QueryAnswer, QueryError, QueryOptions, Term, UsageError
from kg import door
from kg.bound import BindingError, Value, named_value
from kg.store import GraphView, Selection
from kg.store import QueryError as StoreQueryError

_NAME = re.compile(r"\w[\w-]{0,63}")


def answer(view: GraphView, sparql: str, options: QueryOptions) -> QueryAnswer:
    """Return a query's answer. Raises QueryError, and UsageError for a value that can't be bound."""
    try:
        told = door.ask(view, _asked(sparql, options))
    except StoreQueryError as error:
        raise QueryError(str(error)) from error
    found = QueryAnswer(cut=told.cut, parse_ms=told.parse_ms, ms=told.ms, size=told.size)
    if isinstance(told.answer, bool):
        return replace(found, truth=told.answer)
    if isinstance(told.answer, Selection):
        return replace(found, variables=told.answer.variables,
                       rows=tuple(tuple(map(term_of, row)) for row in told.answer.rows))  # fmt: skip
    triples = tuple((term_of(t.subject), term_of(t.predicate), term_of(t.object)) for t in told.answer)
    return replace(found, variables=("subject", "predicate", "object"), rows=triples, triples=True)


def change(view: GraphView, sparql: str, options: QueryOptions) -> Sequence[GraphRow]:
    """Change imported graphs and return those that did, as they are now. Raises QueryError, UsageError."""
    try:
        changed = dict(door.update(view, _asked(sparql, options)))
    except StoreQueryError as error:
        raise QueryError(str(error)) from error
    kept = [row for row in rows(view.imported) if row.name in changed]
    gone = [GraphRow(name, "", 0, "") for name, count in changed.items() if not count]
    return [*kept, *gone]


def saved(directory: Path) -> Mapping[str, str]:
    """Return the saved queries by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((directory / "queries").glob("*.rq"))}


def save(directory: Path, name: str, sparql: str) -> None:
    """Keep a query under a name; an empty text deletes it. Raises UsageError, QueryError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} can't name a query; use letters, digits, '-' and '_', at most 64")
    path = directory / "queries" / f"{name}.rq"
    if not sparql.strip():
        if not path.is_file():
            raise UsageError(f"there is no saved query {name!r}; `tripletalk query --list` lists them")
        path.unlink()
        return
    try:
        door.check(sparql)
    except StoreQueryError as error:
        raise QueryError(str(error)) from error
    path.parent.mkdir(exist_ok=True)
    path.write_text(sparql, encoding="utf-8")


def term_of(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> Term | None:
    """Return a term as the command line has it."""
    match term:
        case None:
            return None
        case ox.NamedNode():
            return Term("iri", term.value)
        case ox.Literal():
            return Term("literal", term.value, "" if term.language else term.datatype.value, term.language or "")
        case ox.BlankNode():
            return Term("blank", term.value)
        case _:
            parts = (term_of(part) for part in (term.subject, term.predicate, term.object))
            return Term("triple", str(term), parts=tuple(part for part in parts if part is not None))


def _asked(sparql: str, options: QueryOptions) -> door.Asked:
    values: dict[str, Value] = {}
    for text in options.values:
        try:
            name, value = named_value(text, door.PREFIXES)
        except BindingError as error:
            raise UsageError(str(error)) from error
        values[name] = value
    return door.Asked(
        sparql, options.inferred, options.graphs, values, options.timeout_s, options.limit, count=options.explain
    )
