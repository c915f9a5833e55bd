"""Runs one SPARQL query or update in a process of its own, so that it can be stopped whatever it does.

Takes a request as one JSON object on standard input and gives a JSON line, then the rows. Run by its path, it imports
nothing of ours: it starts in a few hundredths of a second. It sees snapshots only, never the store that is written to.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

_MOST_BYTES = 256_000_000  # of an answer


@dataclass(frozen=True, slots=True)
class Request:
    """What to run, and on what."""

    text: str
    store: str = ""  # a snapshot's directory; "" only checks the text
    prefixes: dict[str, str] = field(default_factory=dict[str, str])
    default_graphs: list[str] = field(default_factory=list[str])
    named_graphs: list[str] = field(default_factory=list[str])
    bindings: dict[str, str] = field(default_factory=dict[str, str])  # variable -> term as N-Triples
    limit: int | None = None
    memory_bytes: int = 0
    cpu_s: int = 0
    count: bool = False  # also say how large the store is
    before: str = ""  # of an update: a second snapshot, to compare with
    own: str = ""  # of an update: how the IRIs of graphs begin that may change
    out: str = ""  # of an update: where the changed graphs go


@dataclass(slots=True)
class Header:
    """The first line of an answer."""

    kind: str  # select | ask | triples | checked | updated | syntax | error
    said: str = ""
    truth: bool = False
    cut: bool = False
    rows: int = 0
    parse_ms: float = 0.0
    ms: float = 0.0
    size: int = 0
    graphs: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])  # changed: IRI, triples now


def main() -> None:
    """Answer the request on standard input."""
    request = Request(**json.loads(sys.stdin.buffer.read()))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request.memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (request.memory_bytes, request.memory_bytes))
    if request.cpu_s:  # should the parent be gone
        resource.setrlimit(resource.RLIMIT_CPU, (request.cpu_s, request.cpu_s + 1))
    try:
        header, body = _update(request) if request.out else _query(request)
    except SyntaxError as error:
        header, body = Header("syntax", str(error)), ""
    except (ValueError, OSError, RuntimeError) as error:
        header, body = Header("error", str(error)), ""
    _send(sys.stdout.buffer, header, body)


def _send(output: BinaryIO, header: Header, body: str) -> None:
    row = {name: getattr(header, name) for name in Header.__slots__}
    output.write(json.dumps(row).encode() + b"\n" + body.encode("utf-8", "surrogatepass"))
    output.flush()


def _query(request: Request) -> tuple[Header, str]:
    began = time.perf_counter()
    ox.Store().query(request.text, prefixes=request.prefixes)
    parsed = time.perf_counter()
    if not request.store:
        return Header("checked", parse_ms=(parsed - began) * 1000), ""
    store = ox.Store.read_only(request.store)
    opened = time.perf_counter()
    found = store.query(
        request.text,
        prefixes=request.prefixes,
        default_graph=[ox.NamedNode(iri) for iri in request.default_graphs],
        named_graphs=[ox.NamedNode(iri) for iri in request.named_graphs],
        substitutions={ox.Variable(name): _term(text) for name, text in request.bindings.items()},
    )
    header, body = _drawn(found, request.limit)
    header.parse_ms, header.ms = (parsed - began) * 1000, (time.perf_counter() - opened) * 1000
    header.size = len(store) if request.count else 0
    return header, body


def _drawn(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, limit: int | None) -> tuple[Header, str]:
    """Return an answer's rows, as many as may be; they are drawn one by one, so that what is cut is never computed."""
    if isinstance(found, ox.QueryBoolean):
        return Header("ask", truth=bool(found), rows=1), ""
    if isinstance(found, ox.QueryTriples):
        lines, cut = _capped((f"{triple} ." for triple in found), limit)
        return Header("triples", cut=cut, rows=len(lines)), "\n".join(lines)
    names = [variable.value for variable in found.variables]
    rows, cut = _capped((json.dumps(_binding(names, row)) for row in found), limit)
    head = json.dumps({"vars": names})
    body = f'{{"head":{head},"results":{{"bindings":[{",".join(rows)}]}}}}'
    return Header("select", cut=cut, rows=len(rows)), body


def _capped(lines: Iterable[str], limit: int | None) -> tuple[list[str], bool]:
    kept: list[str] = []
    size = 0
    for line in islice(lines, None if limit is None else limit + 1):
        size += len(line)
        if (limit is not None and len(kept) == limit) or size > _MOST_BYTES:
            return kept, True
        kept.append(line)
    return kept, False


def _binding(names: list[str], row: ox.QuerySolution) -> dict[str, object]:
    return {name: _cell(term) for name, term in zip(names, row, strict=True) if term is not None}


def _cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> dict[str, object]:
    """Return a term as SPARQL's results in JSON write it."""
    match term:
        case ox.NamedNode():
            return {"type": "uri", "value": term.value}
        case ox.BlankNode():
            return {"type": "bnode", "value": term.value}
        case ox.Triple():
            parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
            return {"type": "triple", "value": {name: _cell(part) for name, part in parts.items()}}
        case _:
            cell: dict[str, object] = {"type": "literal", "value": term.value}
            if term.language:
                return cell | {"xml:lang": term.language}
            return cell | {"datatype": term.datatype.value}


def _term(text: str) -> ox.NamedNode | ox.Literal:
    triple = next(iter(ox.parse(f"<urn:s> <urn:p> {text} .", ox.RdfFormat.N_TRIPLES)))
    if not isinstance(triple.object, ox.NamedNode | ox.Literal):
        raise ValueError(f"{text!r} is neither an IRI nor a literal")
    return triple.object


def _update(request: Request) -> tuple[Header, str]:
    """Change a copy of the store and write out the graphs that changed; refuse what changes any other graph."""
    began = time.perf_counter()
    store, before = ox.Store(request.store), ox.Store.read_only(request.before)
    store.update(request.text, prefixes=request.prefixes)
    names = {
        graph.value for each in (store, before) for graph in each.named_graphs() if isinstance(graph, ox.NamedNode)
    }
    own = sorted(name for name in names if name.startswith(request.own))
    others: list[ox.NamedNode | ox.DefaultGraph] = [ox.NamedNode(name) for name in sorted(names - set(own))]
    if any(_differ(before, store, graph) for graph in (ox.DefaultGraph(), *others)):
        return Header("error", "refused"), ""
    changed: list[tuple[str, int]] = []
    for name in own:
        graph = ox.NamedNode(name)
        if _differ(before, store, graph):
            path = Path(request.out) / f"{len(changed)}.nt.gz"
            with gzip.open(path, "wb", compresslevel=1) as file:
                changed.append((name, _write(file, (quad.triple for quad in _quads(store, graph)))))
    return Header("updated", ms=(time.perf_counter() - began) * 1000, graphs=changed), ""


def _write(file: gzip.GzipFile, triples: Iterator[ox.Triple]) -> int:
    count = 0
    for triple in triples:
        file.write(f"{triple} .\n".encode())
        count += 1
    return count


def _differ(one: ox.Store, other: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    """Return whether a graph is another in two copies of a store, which both give in the order of their keys."""
    return any(a != b for a, b in zip_longest(_quads(one, graph), _quads(other, graph)))


def _quads(store: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    return store.quads_for_pattern(None, None, None, graph)


if __name__ == "__main__":
    main()
