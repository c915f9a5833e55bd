"""Reads which terms a SPARQL query names: its IRIs, prefixes written out. Takes a query's text; runs and checks nothing."""

from __future__ import annotations

import re

_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_IRI = re.compile(r"<([^<>\s]+)>")
_SHORT = re.compile(r"(?<![\w<:/])([A-Za-z][\w-]*|):([\w-]+)")
WELL_KNOWN = {"wd": "http://www.wikidata.org/entity/", "wdt": "http://www.wikidata.org/prop/direct/",
              "dbr": "http://dbpedia.org/resource/", "dbo": "http://dbpedia.org/ontology/", "dbp": "http://dbpedia.org/property/",
              "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}  # fmt: skip


def terms_in(query: str) -> tuple[str, ...]:
    """Return the IRIs that a query names, in its order.

    >>> terms_in("PREFIX e: <http://e.org/> SELECT ?x { e:Q1 wdt:P19 ?x }")
    ('http://e.org/Q1', 'http://www.wikidata.org/prop/direct/P19')
    """
    prefixes = WELL_KNOWN | dict(_PREFIX.findall(query))
    body = _PREFIX.sub(" ", query)
    whole = _SHORT.sub(lambda m: f"<{prefixes[m[1]]}{m[2]}>" if m[1] in prefixes else m[0], _guarded(body))
    return tuple(dict.fromkeys(_IRI.findall(whole)))


def _guarded(body: str) -> str:
    """Return the text without its string literals, which may hold anything."""
    return re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", " ", body)
