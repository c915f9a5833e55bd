"""Facts and nodes as RDF in Wikidata's statement model, and back from terms to ids, properties and values.

Takes the values of `kg.fact`, gives pyoxigraph quads; knows no storage. Every function here is pure.

A fact is a statement node (`p:P551 → statement → ps:P551`) with qualifiers, rank and one reference per source. What
holds on a day also has its truthy triple (`wdt:P551`). A property of our own, tt:likes, has the truthy predicate
tt:likes; a foreign one keeps its IRI. Source: https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from urllib.parse import quote, unquote

import pyoxigraph as ox

from kg.fact import Fact, Literal, Node, Rank, Source, When
from kg.log import Episode
from kg.names import language_of

BASE = "https://w3id.org/tripletalk/"
TT = BASE + "ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PROV = "http://www.w3.org/ns/prov#"
WIKIBASE = "http://wikiba.se/ontology#"
PREFIXES = {
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "p": "http://www.wikidata.org/prop/",
    "ps": "http://www.wikidata.org/prop/statement/",
    "pq": "http://www.wikidata.org/prop/qualifier/",
    "ttp": BASE + "prop/claim/",
    "ttps": BASE + "prop/value/",
    "tte": BASE + "entity/",
    "graph": BASE + "graph/",
    "tt": TT,
    "prov": PROV,
    "wikibase": WIKIBASE,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": XSD,
}


def _tt(name: str) -> ox.NamedNode:
    return ox.NamedNode(TT + name)


TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
LABEL = ox.NamedNode(PREFIXES["rdfs"] + "label")
ALT_LABEL = ox.NamedNode(PREFIXES["skos"] + "altLabel")
DERIVED = ox.NamedNode(PROV + "wasDerivedFrom")
STATEMENT = ox.NamedNode(WIKIBASE + "Statement")
REFERENCE = ox.NamedNode(WIKIBASE + "Reference")
RANK = ox.NamedNode(WIKIBASE + "rank")
RANKS = {
    Rank.NORMAL: ox.NamedNode(WIKIBASE + "NormalRank"),
    Rank.DEPRECATED: ox.NamedNode(WIKIBASE + "DeprecatedRank"),
}
NODE_KIND, MENTION_TAG, GENDER = _tt("nodeKind"), _tt("mentionTag"), _tt("grammaticalGender")
POLARITY, CLAIMANT, ROLE, CONFIDENCE = _tt("polarity"), _tt("claimant"), _tt("role"), _tt("confidence")
EPISODE, START, END, SPEAKER = _tt("episode"), _tt("start"), _tt("end"), _tt("speaker")
SAID_AT, EXTRACTOR, TITLE = _tt("saidAt"), _tt("extractor"), _tt("title")
EPISODE_CLASS, EPISODE_KIND, TEXT = _tt("Episode"), _tt("episodeKind"), _tt("text")
PROCESSED, PROGRESS = _tt("processed"), _tt("progress")
DESCRIBING = (LABEL, ALT_LABEL, NODE_KIND, MENTION_TAG, GENDER)
QUALIFIERS = {"validFrom": "P580", "validTo": "P582", "validAt": "P585"}  # exact bounds in tt:, Wikidata's beside it

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,11})\.\d{0,5}[1-9]")
_FACT = re.compile(re.escape(BASE) + r"statement/[0-9a-f]+-(\d+)")
_EPISODE = re.compile(re.escape(BASE) + r"episode/[0-9a-f]+-(\d+)")
_LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
_WIKIDATA = re.compile(r"P\d+")
_DATES = {
    "gMonthDay": r"--\d\d-\d\d",
    "date": r"\d{4}-\d\d-\d\d",
    "gYearMonth": r"\d{4}-(0[1-9]|1[0-2])",
    "gYear": r"\d{4}",
}

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Described = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]
Triples = Iterator[Described]


def space_graph(space_id: str) -> ox.NamedNode:
    """Return the named graph of a memory space."""
    return ox.NamedNode(f"{BASE}space/{space_id}")


def statement_node(space_id: str, fact_id: int) -> ox.NamedNode:
    """Return the statement node of a fact."""
    return ox.NamedNode(f"{BASE}statement/{space_id}-{fact_id}")


def episode_node(space_id: str, episode: int) -> ox.NamedNode:
    """Return the node of an episode."""
    return ox.NamedNode(f"{BASE}episode/{space_id}-{episode}")


def fact_id_of(term: Term | None) -> int | None:
    """Return the id of the fact whose statement node a term is, None for any other term."""
    match = _FACT.fullmatch(term.value) if isinstance(term, ox.NamedNode) else None
    return int(match[1]) if match else None


def episode_id_of(term: Term | None) -> int | None:
    """Return the id of the episode whose node a term is, None for any other term."""
    match = _EPISODE.fullmatch(term.value) if isinstance(term, ox.NamedNode) else None
    return int(match[1]) if match else None


def truthy(property_: str) -> ox.NamedNode:
    """Return the predicate of what holds now.

    >>> truthy("P551").value, truthy("tt:likes").value
    ('http://www.wikidata.org/prop/direct/P551', 'https://w3id.org/tripletalk/ns#likes')
    """
    if _WIKIDATA.fullmatch(property_):
        return ox.NamedNode(PREFIXES["wdt"] + property_)
    return ox.NamedNode(TT + quote(property_[3:])) if property_.startswith("tt:") else ox.NamedNode(property_)


def claim(property_: str) -> ox.NamedNode:
    """Return the predicate from a subject to its statement node."""
    return ox.NamedNode(PREFIXES["p" if _WIKIDATA.fullmatch(property_) else "ttp"] + _local(property_))


def value(property_: str) -> ox.NamedNode:
    """Return the predicate from a statement node to its object."""
    return ox.NamedNode(PREFIXES["ps" if _WIKIDATA.fullmatch(property_) else "ttps"] + _local(property_))


def property_of(predicate: str) -> str | None:
    """Return the property that a claim, value or truthy predicate stands for; None for a foreign predicate.

    >>> property_of(value("tt:likes").value), property_of(truthy("P551").value), property_of("http://x.org/p")
    ('tt:likes', 'P551', None)
    """
    for prefix in ("wdt", "ps", "p"):
        if predicate.startswith(PREFIXES[prefix]) and _WIKIDATA.fullmatch(predicate[len(PREFIXES[prefix]) :]):
            return predicate[len(PREFIXES[prefix]) :]
    for prefix in ("ttps", "ttp"):
        if predicate.startswith(PREFIXES[prefix]):
            name = unquote(predicate[len(PREFIXES[prefix]) :])
            return name if ":" in name else "tt:" + name
    return "tt:" + unquote(predicate[len(TT) :]) if predicate.startswith(TT) else None


def as_term(obj: Node | Literal) -> ox.NamedNode | ox.Literal:
    """Return a fact's object as a term; values that XML Schema would rewrite or reject keep a datatype of ours."""
    if isinstance(obj, Node):
        return ox.NamedNode(obj.iri)
    if obj.datatype == "string":
        tagged = _LANGUAGE.fullmatch(obj.language)
        return ox.Literal(obj.value, language=obj.language) if tagged else ox.Literal(obj.value)
    return ox.Literal(obj.value, datatype=ox.NamedNode(_datatype(obj)))


def as_literal(term: ox.Literal) -> Literal:
    """Return a literal term as a value; `as_literal(as_term(x)) == x`.

    >>> as_literal(ox.Literal("1954", datatype=ox.NamedNode(XSD + "gYear")))
    Literal(value='1954', datatype='date', language='')
    """
    datatype = term.datatype.value
    if datatype.startswith(TT):
        return Literal(term.value, datatype[len(TT) :])
    if not datatype.startswith(XSD):
        return Literal(term.value, "string", term.language or "")
    name = datatype[len(XSD) :]
    if name in (*_DATES, "dateTime"):
        return Literal(term.value, "date")
    if name in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"):
        return Literal(term.value, "quantity")
    return Literal(term.value, "string")


def node_triples(node: Node, labels: Sequence[str]) -> Triples:
    """Yield what describes a node: labels with their languages, kind, tag, gender."""
    subject = ox.NamedNode(node.iri)
    for label in labels:
        language = language_of(label)
        term = ox.Literal(label, language=language) if language else ox.Literal(label)
        yield subject, LABEL if label == node.label else ALT_LABEL, term
    yield subject, NODE_KIND, ox.Literal(node.kind.value)
    if node.tag:
        yield subject, MENTION_TAG, ox.Literal(node.tag)
    if node.gender:
        yield subject, GENDER, ox.Literal(node.gender)


def fact_triples(fact: Fact, space_id: str) -> Triples:
    """Yield a fact's statement node with qualifiers and references; the truthy triple isn't among them."""
    node, integer = statement_node(space_id, fact.id), ox.NamedNode(XSD + "integer")
    yield ox.NamedNode(fact.subject.iri), claim(fact.property), node
    yield node, TYPE, STATEMENT
    yield node, value(fact.property), as_term(fact.object)
    yield node, RANK, RANKS[fact.rank]
    yield node, CONFIDENCE, ox.Literal(float(fact.confidence))
    if not fact.polarity:
        yield node, POLARITY, ox.Literal(False)
    if fact.claimant is not None:
        yield node, CLAIMANT, ox.NamedNode(fact.claimant.iri)
    if fact.role:
        yield node, ROLE, ox.Literal(fact.role)
    for name, when in (("validFrom", fact.start), ("validTo", fact.end), ("validAt", fact.point)):
        if when is not None:
            yield from _when_triples(node, name, when)
    for source in fact.sources:
        key = f"{space_id}-{fact.id}-{source.episode}-{source.start}-{source.end}"
        reference = ox.NamedNode(f"{BASE}reference/{key}")
        yield node, DERIVED, reference
        yield reference, TYPE, REFERENCE
        yield from _source_triples(reference, source, space_id, integer)


def episode_triples(episode: Episode, space_id: str) -> Triples:
    """Yield a message, document, reply or import as the log holds it."""
    node = episode_node(space_id, episode.id)
    yield node, TYPE, EPISODE_CLASS
    yield node, EPISODE_KIND, ox.Literal(episode.kind)
    yield node, SPEAKER, ox.Literal(episode.speaker)
    yield node, SAID_AT, ox.Literal(episode.at)
    yield node, TEXT, ox.Literal(episode.text)
    yield node, PROCESSED, ox.Literal(episode.processed)
    yield node, PROGRESS, ox.Literal(str(episode.progress), datatype=ox.NamedNode(XSD + "integer"))
    if episode.title:
        yield node, TITLE, ox.Literal(episode.title)


def truthy_triples(facts: Iterable[Fact], day: str) -> Triples:
    """Yield one triple for each of the facts that holds on a day."""
    for fact in facts:
        if fact.holds_at(day):
            yield ox.NamedNode(fact.subject.iri), truthy(fact.property), as_term(fact.object)


def _local(property_: str) -> str:
    return quote(property_.removeprefix("tt:"), safe="")


def _datatype(literal: Literal) -> str:
    if literal.datatype == "date":
        for name, pattern in _DATES.items():
            if re.fullmatch(pattern, literal.value) and literal.value[:4] != "0000" and _is_date(literal.value):
                return XSD + name
    if literal.datatype == "quantity" and literal.value != "-0":
        if _INTEGER.fullmatch(literal.value):
            return XSD + "integer"
        if _DECIMAL.fullmatch(literal.value):
            return XSD + "decimal"
    return TT + quote(literal.datatype, safe="")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat("2000" + text[1:] if text.startswith("--") else (text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _when_triples(node: ox.NamedNode, name: str, when: When) -> Triples:
    yield node, ox.NamedNode(PREFIXES["pq"] + QUALIFIERS[name]), as_term(Literal(_by_precision(when), "date"))
    yield node, _tt(name + "Earliest"), as_term(Literal(when.earliest, "date"))
    yield node, _tt(name + "Latest"), as_term(Literal(when.latest, "date"))
    if when.text:
        yield node, _tt(name + "Text"), ox.Literal(when.text)


def _by_precision(when: When) -> str:
    """Return the interval as a year, a month or a day if it is one, else its first day."""
    first, last = when.earliest, when.latest
    if first[4:] == "-01-01" and last == first[:4] + "-12-31":
        return first[:4]
    if first[7:] == "-01" and first[:7] == last[:7] and _is_date(first):
        days = calendar.monthrange(int(first[:4]), int(first[5:7]))[1]
        if int(last[8:]) == days:
            return first[:7]
    return first


def _source_triples(reference: ox.NamedNode, source: Source, space_id: str, integer: ox.NamedNode) -> Triples:
    yield reference, EPISODE, episode_node(space_id, source.episode)
    yield reference, START, ox.Literal(str(source.start), datatype=integer)
    yield reference, END, ox.Literal(str(source.end), datatype=integer)
    yield reference, SPEAKER, ox.Literal(source.speaker)
    yield reference, SAID_AT, ox.Literal(source.said_at)
    yield reference, EXTRACTOR, ox.Literal(source.extractor)
    yield reference, CONFIDENCE, ox.Literal(float(source.confidence))
    if source.title:
        yield reference, TITLE, ox.Literal(source.title)
