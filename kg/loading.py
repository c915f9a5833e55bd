"""Many quads into an Oxigraph store, a piece at a time: at once it holds a million of them in memory.

Takes a store and quads or an open file; the time is the same as for all at once, the memory a fifth.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import chain, islice
from typing import IO

import pyoxigraph as ox

_QUADS = 200_000
_BYTES = 16 << 20


def extend(store: ox.Store, quads: Iterable[ox.Quad]) -> None:
    """Add quads to a store; not in one transaction."""
    rest = iter(quads)
    while (first := next(rest, None)) is not None:
        store.bulk_extend(chain((first,), islice(rest, _QUADS - 1)))


def load(store: ox.Store, file: IO[bytes], form: ox.RdfFormat, graph: ox.NamedNode) -> None:
    """Add a file's triples to a store as one graph, whatever graphs they are in; not in one transaction.

    Raises:
        SyntaxError: the file is not of that format; what stood before the place is in the store.
    """
    if form == ox.RdfFormat.N_TRIPLES:
        _load_lines(store, file, graph)
    elif form.supports_datasets:
        found = ox.parse(file, form, rename_blank_nodes=True)
        extend(store, (ox.Quad(q.subject, q.predicate, q.object, graph) for q in found))
    else:
        store.bulk_load(file, form, to_graph=graph)


def _load_lines(store: ox.Store, file: IO[bytes], graph: ox.NamedNode) -> None:
    """Load lines in pieces; those that may hold a blank node in one, since each loading names blank nodes anew."""
    before = 0
    with tempfile.TemporaryFile() as together:
        while piece := file.read(_BYTES):
            piece += file.readline()
            count = piece.count(b"\n")
            if b"_:" in piece:
                lines = piece.splitlines(keepends=True)
                together.writelines(line for line in lines if b"_:" in line)
                piece = b"".join(b"\n" if b"_:" in line else line for line in lines)
            try:
                store.bulk_load(piece, ox.RdfFormat.N_TRIPLES, to_graph=graph)
            except SyntaxError as error:
                said = str(error.msg).rsplit(": ", 1)[-1]
                raise SyntaxError(f"line {before + (error.lineno or 1)}: {said}") from error
            before += count
        if together.tell():
            together.seek(0)
            store.bulk_load(together, ox.RdfFormat.N_TRIPLES, to_graph=graph)
