"""Verbs over the graph as RDF: query (SPARQL, saved queries, updates of imported graphs) and graphs. No model is loaded."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from bot.config import Settings
from bot.listing import clean
from bot.system import GraphRow, QueryAnswer, QueryOptions, Space, System, UsageError
from bot.table import FORMATS, render

NewVerb = Callable[[str, str], argparse.ArgumentParser]
_UPDATE_S = 60.0


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    query = new("query", "ask the graph in SPARQL: SELECT, ASK, CONSTRUCT, DESCRIBE")
    query.add_argument("sparql", nargs="?", help="the query, @FILE for one in a file, or - for standard input")
    query.add_argument("--format", choices=FORMATS, default="table", help="how to print the answer")
    query.add_argument("--inferred", action="store_true", help="as if what follows were stated")
    query.add_argument(
        "--graph", action="append", default=[], metavar="NAME",
        help="ask an imported graph (see graphs) instead of your own facts, own for these; may be repeated",
    )  # fmt: skip
    query.add_argument(
        "--with", action="append", default=[], dest="values", metavar="NAME=VALUE",
        help='the value of $NAME: a text, a number, prefix:name, <IRI> or "text"@en; may be repeated',
    )  # fmt: skip
    query.add_argument("--timeout", type=_seconds, metavar="S", help="seconds it may take (default 10; an update 60)")
    query.add_argument("--limit", type=_count, default=1000, metavar="N", help="the most rows (default 1000; 0: all)")
    query.add_argument("--explain", action="store_true", help="say on standard error what it took")
    query.add_argument("--update", action="store_true", help="change imported graphs: INSERT, DELETE, CLEAR, …")
    query.add_argument("--prefixes", action="store_true", help="list the prefixes that may be used")
    query.add_argument("--save", metavar="NAME", help="keep the query under a name, without asking it")
    query.add_argument("--saved", metavar="NAME", help="ask a query that was kept")
    query.add_argument("--list", action="store_true", help="list the queries that were kept")
    query.add_argument("--delete", metavar="NAME", help="delete a query that was kept")
    query.set_defaults(run=_query)
    graphs = new("graphs", "list the graphs that were imported")
    graphs.add_argument("--json", action="store_true", help="print as JSON")
    graphs.set_defaults(run=_graphs)


def _query(args: argparse.Namespace, settings: Settings, system: System) -> int:
    if args.prefixes:
        print("\n".join(f"PREFIX {name}: <{iri}>" for name, iri in system.query_prefixes().items()))
        return 0
    with closing(system.open_space(settings, args.user)) as space:
        if args.list:
            for name, text in space.saved_queries().items():
                print(f"{name}  {clean(text)}")
            return 0
        if args.delete:
            space.save_query(args.delete, "")
            return 0
        text = _saved(args.saved, space) if args.saved else _text(args.sparql or "")
        if args.save:
            space.save_query(args.save, text)
            return 0
        timeout_s = args.timeout if args.timeout is not None else _UPDATE_S if args.update else 10.0
        options = QueryOptions(
            args.inferred, tuple(args.graph), tuple(args.values), timeout_s or None, args.limit or None, args.explain
        )
        if args.update:
            _say_changed(space.update(text, options))
            return 0
        answer = space.query(text, options)
    print(render(answer, args.format))
    _say_beside(answer, args.limit, explain=args.explain)
    return 0


def _graphs(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        rows = space.graphs()
    if args.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return 0
    for row in rows:
        print(clean(f"{row.name} · {row.triples} triples · {row.title} · {row.at[:10]}"))
    return 0


def _text(given: str) -> str:
    text = given
    if given == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    elif given.startswith("@"):
        text = Path(given[1:]).expanduser().read_text(encoding="utf-8", errors="replace")
    if not text.strip():
        raise UsageError("the query is empty; try: tripletalk query 'SELECT * WHERE { ?s ?p ?o } LIMIT 10'")
    return text


def _saved(name: str, space: Space) -> str:
    try:
        return space.saved_queries()[name]
    except KeyError as error:
        raise UsageError(f"there is no saved query {name!r}; `tripletalk query --list` lists them") from error


def _say_changed(rows: Sequence[GraphRow]) -> None:
    for row in rows:
        print(f"{row.name}: {row.triples} triples now" if row.triples else f"{row.name}: removed")
    if not rows:
        print("nothing changed")


def _say_beside(answer: QueryAnswer, limit: int, *, explain: bool) -> None:
    if answer.cut:
        print(f"tripletalk: only the first {limit or len(answer.rows)} rows; --limit gives more", file=sys.stderr)
    if explain:
        rows = f"{len(answer.rows)} row{'s' * (len(answer.rows) != 1)}"
        took = f"parsed in {answer.parse_ms:.1f} ms, answered in {answer.ms:.1f} ms"
        print(f"tripletalk: {rows}, {took}, {answer.size} quads in the store", file=sys.stderr)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds (0: as long as it takes)")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows (0: all)")
    return int(text)
