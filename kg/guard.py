"""What a SPARQL text may do before it is run: its form, and whether it would leave the machine. Takes text, runs nothing."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"""\\.|\'{3}.*?\'{3}|"{3}.*?"{3}|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|<[^<>"{}|^`\\\s]*>|#[^\n]*""", re.DOTALL
)
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U00([0-9A-Fa-f]{6})")
_SERVICE = re.compile(r"(?<![\w?$:.-])service(?![\w:.-])", re.IGNORECASE)
_ABROAD = re.compile(r"(?<![\w?$:.-])(?:service|from|load)(?![\w:.-])", re.IGNORECASE)
_PROLOGUE = re.compile(r"\s*(?:(?:prefix\s+[\w.-]*:|base|version)\s+)*(\w+)", re.IGNORECASE)


def leaves_the_machine(query: str) -> bool:
    """Return whether a query calls another endpoint: the keyword outside strings, IRIs and comments, escaped or not.

    >>> leaves_the_machine("ASK { SERVICE <http://x/> {} }"), leaves_the_machine("ASK { ?service ?p 'service' }")
    (True, False)
    """
    return _holds(_SERVICE, query)


def calls_outside(query: str) -> bool:
    """Return whether a query would fetch anything where FROM, too, is taken for an address: in rdflib.

    >>> calls_outside("SELECT * FROM <http://x/> {}"), calls_outside("SELECT ?from { ?from ?p 'from' }")
    (True, False)
    """
    return _holds(_ABROAD, query)


def query_form(query: str) -> str:
    """Return the keyword that says what a query is, in capitals; "" if there is none.

    >>> query_form("PREFIX a: <urn:a> # why\\nconstruct { ?s ?p ?o } WHERE { ?s ?p ?o }")
    'CONSTRUCT'
    """
    match = _PROLOGUE.match(_QUOTED.sub(" ", query))
    return match[1].upper() if match else ""


def _holds(keyword: re.Pattern[str], query: str) -> bool:
    plain = _CODE_POINT.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), query)
    return any(keyword.search(_QUOTED.sub(" ", text)) for text in (query, plain))
