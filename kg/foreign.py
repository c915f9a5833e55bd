"""Tables of subject, property and object, tab between them, as N-Triples. Takes and gives bytes, piece by piece.

A cell may be an IRI (bare or in brackets), a Wikidata id, a literal as N-Triples writes it, or a plain name. Names become
IRIs of the graph's own with the name as label; a plain object that is a number or a date is a literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pyoxigraph as ox

from kg import rdf

_BASE = rdf.BASE + "imported/"
_IRI = re.compile(r'<?([A-Za-z][A-Za-z0-9+.-]*:(?://)?[^\s<>"{}|^`\\]+)>?')
_ITEM, _PROPERTY = re.compile(r"Q\d+"), re.compile(r"P\d+")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:@[A-Za-z-]+|\^\^<[^<>\s]+>)?')
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_SCHEMES = ("http:", "https:", "urn:", "mailto:", "tel:")


def as_ntriples(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield a table of a graph of this name as N-Triples; rows without three cells are left out, comments too.

    >>> b"".join(as_ntriples([b"Ida\\tlives in\\tOslo\\n"], "t")).decode().count("#label> ")
    3
    """
    named: set[str] = set()
    for row in _rows(pieces):
        cells = [cell.strip() for cell in row.split("\t")]
        if len(cells) < 3 or not all(cells[:3]):
            continue
        subject, predicate = _node(cells[0], name), _predicate(cells[1], name)
        obj = _object(cells[2], name)
        lines = [f"{subject} {predicate} {obj} .\n"]
        for term, cell in ((subject, cells[0]), (predicate, cells[1]), (obj, cells[2])):
            if term.startswith(f"<{_BASE}") and cell not in named:
                named.add(cell)
                lines.append(f"{term} {rdf.LABEL} {ox.Literal(cell)} .\n")
        yield "".join(lines).encode("utf-8")


def _rows(pieces: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode("utf-8-sig", "replace") for line in lines if not line.startswith(b"#"))
    if rest and not rest.startswith(b"#"):
        yield rest.decode("utf-8-sig", "replace")


def _node(cell: str, name: str) -> str:
    return _iri(cell) or _own(cell, name)


def _predicate(cell: str, name: str) -> str:
    return f"<{rdf.PREFIXES['wdt']}{cell}>" if _PROPERTY.fullmatch(cell) else _node(cell, name)


def _object(cell: str, name: str) -> str:
    if iri := _iri(cell):
        return iri
    if _LITERAL.fullmatch(cell):
        return cell
    if _DATE.fullmatch(cell):
        return str(ox.Literal(cell, datatype=ox.NamedNode(rdf.XSD + ("date" if len(cell) == 10 else "gYearMonth"))))
    if match := _NUMBER.fullmatch(cell):
        return str(ox.Literal(cell, datatype=ox.NamedNode(rdf.XSD + ("decimal" if match[1] else "integer"))))
    return _own(cell, name)


def _iri(cell: str) -> str:
    if _ITEM.fullmatch(cell):
        return f"<{rdf.PREFIXES['wd']}{cell}>"
    match = _IRI.fullmatch(cell)
    return f"<{match[1]}>" if match and (cell.startswith("<") or cell.startswith(_SCHEMES)) else ""


def _own(cell: str, name: str) -> str:
    return f"<{_BASE}{name}/{quote(cell, safe='')}>"
