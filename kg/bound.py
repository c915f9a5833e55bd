"""Values for the parameters of a SPARQL query: `$name` in its text becomes a term, which no value can leave.

Takes texts and values; gives a text. Only tokens are replaced, never what stands in a string, an IRI or a comment, and
terms are written by Oxigraph with everything escaped that could end them. Knows no store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyoxigraph as ox

from kg import rdf

_TOKEN = re.compile(
    r"""\\.|\'{3}(?:\'{0,2}(?:[^'\\]|\\.))*\'{3}|"{3}(?:"{0,2}(?:[^"\\]|\\.))*"{3}"""
    r"""|'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*"|<[^<>"{}|^`\\\x00-\x20]*>|\#[^\n\r]*|[$?](?P<name>\w+)""",
    re.DOTALL,
)
_NAME = re.compile(r"[^\W\d]\w{0,63}")
_PREFIXED = re.compile(r"([A-Za-z]\w*):([\w.-]*\w)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")

Value = ox.NamedNode | ox.Literal


class BindingError(ValueError):
    """A value can't be bound; the message is one line."""


def bound(text: str, values: Mapping[str, Value]) -> str:
    """Return a query with each `$name` that has a value replaced by it.

    >>> bound("ASK { ?s ?p $o FILTER(?s != '$o') } # $o", {"o": ox.Literal('1" } #')})
    'ASK { ?s ?p "1\\\\" } #" FILTER(?s != \\'$o\\') } # $o'

    Raises:
        BindingError: a value whose parameter isn't in the query.
    """
    used: set[str] = set()

    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in values or match[0][0] != "$":
            return match[0]
        used.add(name)
        return str(values[name])

    result = _TOKEN.sub(replaced, text)
    if missing := sorted(values.keys() - used):
        raise BindingError(f"the query has no parameter ${missing[0]}; write it with a dollar sign")
    return result


def parameters(text: str) -> tuple[str, ...]:
    """Return the names of a query's parameters, in order.

    >>> parameters("SELECT ?x { ?x rdfs:label $name . ?x ?p 'costs $5' }")
    ('name',)
    """
    found = (match["name"] for match in _TOKEN.finditer(text) if match["name"] and match[0][0] == "$")
    return tuple(dict.fromkeys(found))


def value_of(text: str, prefixes: Mapping[str, str]) -> Value:
    """Return what somebody typed as a term: <IRI>, prefix:name, a number, a literal in quotes, else a plain string.

    >>> value_of("wd:Q42", rdf.PREFIXES).value, value_of("Ann } #", {}).value, str(value_of('"Ida"@en', {}))
    ('http://www.wikidata.org/entity/Q42', 'Ann } #', '"Ida"@en')

    Raises:
        BindingError: what is no IRI stands in angle brackets, or a literal is broken.
    """
    if text.startswith(("<", '"')):
        return _written(text)
    match = _PREFIXED.fullmatch(text)
    if match and match[1] in prefixes:
        return ox.NamedNode(prefixes[match[1]] + match[2])
    if number := _NUMBER.fullmatch(text):
        return ox.Literal(text, datatype=ox.NamedNode(rdf.XSD + ("decimal" if number[1] else "integer")))
    return ox.Literal(text)


def named_value(text: str, prefixes: Mapping[str, str]) -> tuple[str, Value]:
    """Return a parameter's name and value from "name=value". Raises BindingError."""
    name, equals, value = text.partition("=")
    if not equals or not _NAME.fullmatch(name := name.strip().removeprefix("$")):
        raise BindingError(f"{text!r} gives no parameter a value; write name=value")
    return name, value_of(value, prefixes)


def _written(text: str) -> Value:
    try:
        triples = list(ox.parse(f"<urn:s> <urn:p> {text} .", ox.RdfFormat.N_TRIPLES))
    except SyntaxError as error:
        raise BindingError(f'{text!r} is no RDF term; write <IRI>, prefix:name or "text"@en') from error
    term = triples[0].object if len(triples) == 1 else None
    if not isinstance(term, ox.NamedNode | ox.Literal):
        raise BindingError(f'{text!r} is no RDF term; write <IRI>, prefix:name or "text"@en')
    return term
