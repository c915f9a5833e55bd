"""Answers of SPARQL queries as text: a table to read, the W3C's JSON and CSV, or Turtle. Takes values only."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

from bot.listing import clean
from bot.system import QueryAnswer, Term, UsageError

FORMATS = ("table", "json", "csv", "turtle")
_WIDEST = 60


def render(answer: QueryAnswer, form: str) -> str:
    """Return an answer in one of `FORMATS`, without a line end at its close.

    Raises UsageError when the form can't hold it: Turtle is for triples.
    Source: SPARQL 1.1 Query Results JSON Format; SPARQL 1.1 Query Results CSV and TSV Formats.
    """
    if form == "turtle":
        if not answer.triples:
            raise UsageError("only CONSTRUCT and DESCRIBE give turtle; use --format table, json or csv")
        return "\n".join(" ".join(turtle(term) for term in row if term) + " ." for row in answer.rows)
    if answer.truth is not None:
        return json.dumps({"head": {}, "boolean": answer.truth}) if form == "json" else str(answer.truth).lower()
    if form == "json":
        return _json(answer)
    if form == "csv":
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\r\n")
        rows.writerow(answer.variables)
        rows.writerows([_csv(term) for term in row] for row in answer.rows)
        return out.getvalue().rstrip("\r\n")
    return _table(answer)


def turtle(term: Term) -> str:
    r"""Return a term as Turtle, everything that could end it escaped.

    >>> turtle(Term("literal", 'say "hi"\n', language="en"))
    '"say \\"hi\\"\\n"@en'
    """
    if term.kind == "iri":
        return "<" + "".join(f"\\u{ord(c):04X}" if c in '<>"{}|^`\\' or ord(c) <= 32 else c for c in term.value) + ">"
    if term.kind == "blank":
        return f"_:{term.value}"
    text = term.value.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"^^{turtle(Term("iri", term.datatype))}' if term.datatype else f'"{text}"'


def _json(answer: QueryAnswer) -> str:
    kinds = {"iri": "uri", "literal": "literal", "blank": "bnode"}
    bindings: list[dict[str, dict[str, str]]] = []
    for row in answer.rows:
        binding: dict[str, dict[str, str]] = {}
        for variable, term in zip(answer.variables, row, strict=True):
            if term is None:
                continue
            cell = {"type": kinds[term.kind], "value": term.value}
            if term.language:
                cell["xml:lang"] = term.language
            elif term.datatype:
                cell["datatype"] = term.datatype
            binding[variable] = cell
        bindings.append(binding)
    head = {"vars": list(answer.variables)}
    return json.dumps({"head": head, "results": {"bindings": bindings}}, ensure_ascii=False)


def _csv(term: Term | None) -> str:
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
    text = clean(_csv(term))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _width(text: str) -> int:
    """Return how many columns a text takes in a terminal: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
