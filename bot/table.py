"""Answers of SPARQL queries as text: a table to read, the W3C's JSON, XML, CSV and TSV, or Turtle. Takes values only."""

from __future__ import annotations

import json
import unicodedata

import pyoxigraph as ox

from bot.listing import clean
from bot.system import QueryAnswer, Term, UsageError

FORMATS = ("table", "json", "csv", "tsv", "xml", "turtle")
_SERIALIZED = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
_WIDEST = 60


def render(answer: QueryAnswer, form: str) -> str:
    """Return an answer in one of `FORMATS`, without a line end at its close.

    Raises UsageError when the form can't hold it: Turtle is for triples.
    Source: SPARQL 1.1 Query Results JSON Format; SPARQL 1.1 Query Results CSV and TSV Formats.
    """
    if form == "turtle":
        if not answer.triples:
            raise UsageError("only CONSTRUCT and DESCRIBE give turtle; use --format table, json, csv, tsv or xml")
        return _turtle("\n".join(" ".join(turtle(term) for term in row if term) + " ." for row in answer.rows))
    if form == "table":
        return str(answer.truth).lower() if answer.truth is not None else _table(answer)
    if form == "json" or (answer.truth is not None and form != "xml"):
        return _json(answer) if form == "json" else str(answer.truth).lower()
    found = ox.parse_query_results(_json(answer), ox.QueryResultsFormat.JSON)
    return (found.serialize(format=_SERIALIZED[form]) or b"").decode().rstrip("\r\n")


def turtle(term: Term) -> str:
    r"""Return a term as Turtle, everything that could end it escaped.

    >>> turtle(Term("literal", 'say "hi"\n', language="en"))
    '"say \\"hi\\"\\n"@en'
    """
    if term.kind == "iri":
        return "<" + "".join(f"\\u{ord(c):04X}" if c in '<>"{}|^`\\' or ord(c) <= 32 else c for c in term.value) + ">"
    if term.kind == "blank":
        return f"_:{term.value}"
    if term.kind == "triple":
        return term.value
    text = term.value.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"^^{turtle(Term("iri", term.datatype))}' if term.datatype else f'"{text}"'


def _turtle(lines: str) -> str:
    """Return triples as N-Triples writes them, with subjects that repeat written once; what is no IRI stays escaped."""
    try:
        triples = list(ox.parse(lines, ox.RdfFormat.N_TRIPLES))
    except SyntaxError:
        return lines
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b"").decode().rstrip("\n")


def _json(answer: QueryAnswer) -> str:
    if answer.truth is not None:
        return json.dumps({"head": {}, "boolean": answer.truth})
    bindings = [
        {name: _cell(term) for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    head = {"vars": list(answer.variables)}
    return json.dumps({"head": head, "results": {"bindings": bindings}}, ensure_ascii=False)


def _cell(term: Term) -> dict[str, object]:
    if term.kind == "triple":
        names = ("subject", "predicate", "object")
        return {"type": "triple", "value": {n: _cell(part) for n, part in zip(names, term.parts, strict=True)}}
    cell: dict[str, object] = {"type": {"iri": "uri", "blank": "bnode"}.get(term.kind, "literal"), "value": term.value}
    if term.language:
        return cell | {"xml:lang": term.language}
    return cell | {"datatype": term.datatype} if term.datatype else cell


def _cell_text(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term.value}" if term.kind == "blank" else term.value


def _table(answer: QueryAnswer) -> str:
    cells = [[_short(term) for term in row] for row in answer.rows]
    widths = [max([_width(name), *(_width(row[i]) for row in cells)]) for i, name in enumerate(answer.variables)]
    lines = [_line(answer.variables, widths), "  ".join("─" * width for width in widths)]
    return "\n".join(lines + [_line(row, widths) for row in cells])


def _line(cells: list[str] | tuple[str, ...], widths: list[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _short(term: Term | None) -> str:
    text = clean(_cell_text(term))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _width(text: str) -> int:
    """Return how many columns a text takes in a terminal: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
