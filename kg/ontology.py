"""The relations the graph may hold: labels, what they join, their logic, and the patterns that say them.

Takes `kg/ontology.ttl`, gives frozen properties by id ("P551", "tt:likes"). It knows no statements, makes no sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

PATH = Path(__file__).parent / "ontology.ttl"
LANGUAGES = ("en", "zh")
WDT = "http://www.wikidata.org/prop/direct/"
TT = "https://w3id.org/tripletalk/ns#"
_ANY = TT + "Anything"
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SCHEMA = "http://schema.org/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
# The tags of expressions that may stand for anything: a role, a pronoun, a question word.
_OPEN = frozenset({"", "ROLE", "PRON", "WH"})
_PEOPLE = frozenset({"SELF", "YOU"})


class OntologyError(ValueError):
    """The ontology file is missing, broken or incomplete; the message names file and property."""


@dataclass(frozen=True, slots=True)
class Property:
    """A relation. `domain` and `range` are tags of subject and object, empty for any."""

    id: str
    labels: tuple[tuple[str, str], ...]  # (language, text)
    descriptions: tuple[tuple[str, str], ...]
    patterns: tuple[tuple[str, str], ...]
    domain: frozenset[str] = frozenset()
    range: frozenset[str] = frozenset()
    functional: bool = False  # one value at a time
    temporal: bool = False  # succession: a new value ends the old one
    event: bool = False  # it happened: told in the past
    symmetric: bool = False
    transitive: bool = False
    inverses: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()  # direct super-properties
    disjoint: tuple[str, ...] = ()  # what can't hold between the same two
    gender: str = ""  # the object's, where the property implies it

    def label(self, language: str) -> str:
        """Return the name of the relation in a language."""
        return dict(self.labels)[language]

    def description(self, language: str) -> str:
        """Return one line that says what the relation means."""
        return dict(self.descriptions)[language]

    def pattern(self, language: str) -> str:
        """Return the marked sentence that says the relation; the marks are described in ontology.ttl."""
        return dict(self.patterns)[language]

    def joins(self, subject_tag: str, object_tag: str) -> bool:
        """Whether it may stand between mentions of these tags (`nlu.parse.Tag` values; "" for any)."""
        return _fits(subject_tag, self.domain) and _fits(object_tag, self.range)


@dataclass(frozen=True, slots=True)
class Ontology:
    """All properties by id. Raises OntologyError for an id it doesn't have."""

    properties: tuple[Property, ...]
    _by_id: Mapping[str, Property] = field(repr=False, compare=False)
    _inverses: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)
    _narrower: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)

    @staticmethod
    def load(path: Path = PATH) -> Ontology:
        """Return the ontology of a Turtle file, read once. Raises OntologyError."""
        return _load(path)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Property]:
        return iter(self.properties)

    def property(self, id: str) -> Property:
        """Return the property of an id."""
        try:
            return self._by_id[id]
        except KeyError:
            raise OntologyError(f"no property {id!r} in the ontology") from None

    def label(self, id: str, language: str) -> str:
        """Return the name of a property in a language."""
        return self.property(id).label(language)

    def is_functional(self, id: str) -> bool:
        """Whether a subject has one value at a time."""
        return self.property(id).functional

    def is_temporal(self, id: str) -> bool:
        """Whether a new value ends the old one."""
        return self.property(id).temporal

    def is_symmetric(self, id: str) -> bool:
        """Whether it holds both ways."""
        return self.property(id).symmetric

    def inverse(self, id: str, gender: str = "") -> str | None:
        """Return what the object is to the subject, None if nothing says so.

        `gender` is the subject's, for the inverse of child: father ("m") or mother ("f"). A symmetric one is its own.
        """
        candidates = self.inverses(id)
        fitting = [c for c in candidates if not self._by_id[c].gender or self._by_id[c].gender == gender]
        return fitting[0] if fitting else None

    def inverses(self, id: str) -> tuple[str, ...]:
        """Return all properties that may say the same from the other end: of P40, P22 and P25."""
        self.property(id)
        return self._inverses.get(id, ())

    def broader(self, id: str) -> tuple[str, ...]:
        """Return all super-properties, nearest first."""
        found = list(self.property(id).broader)
        for each in found:
            found.extend(b for b in self._by_id[each].broader if b not in found)
        return tuple(found)

    def narrower(self, id: str) -> tuple[str, ...]:
        """Return all sub-properties, nearest first: what answers a question about `id`, too."""
        self.property(id)
        found = list(self._narrower.get(id, ()))
        for each in found:
            found.extend(n for n in self._narrower.get(each, ()) if n not in found)
        return tuple(found)

    def relations_of_tags(self, subject_tag: str, object_tag: str) -> tuple[str, ...]:
        """Return the ids that may join a subject and an object of these tags."""
        return tuple(p.id for p in self.properties if p.joins(subject_tag, object_tag))

    def patterns(self, language: str) -> dict[str, str]:
        """Return pattern by id in a language, to be handed to generation as plain data."""
        return {p.id: p.pattern(language) for p in self.properties}

    def names(self, language: str) -> dict[str, str]:
        """Return label by id in a language."""
        return {p.id: p.label(language) for p in self.properties}


def iri(id: str) -> str:
    """Return the IRI of a property.

    >>> iri("P551"), iri("tt:likes")
    ('http://www.wikidata.org/prop/direct/P551', 'https://w3id.org/tripletalk/ns#likes')
    """
    return TT + id.removeprefix("tt:") if id.startswith("tt:") else WDT + id


def id_of(iri: str) -> str:
    """Return the id of a property's IRI. Raises OntologyError for any other IRI.

    >>> id_of("http://www.wikidata.org/prop/direct/P551")
    'P551'
    """
    if iri.startswith(WDT):
        return iri.removeprefix(WDT)
    if iri.startswith(TT):
        return "tt:" + iri.removeprefix(TT)
    raise OntologyError(f"{iri!r} is no property: expected an IRI under {WDT!r} or {TT!r}")


def _fits(tag: str, allowed: frozenset[str]) -> bool:
    return tag in _OPEN or not allowed or tag in allowed or (tag in _PEOPLE and "PER" in allowed)


@dataclass(slots=True)
class _Block:
    """The triples of one subject."""

    iris: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    texts: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict[str, dict[str, str]](dict))


@cache
def _load(path: Path) -> Ontology:
    try:
        blocks = _blocks(path)
    except OSError as error:
        raise OntologyError(f"can't read the ontology {str(path)!r}: {error.strerror}") from error
    except SyntaxError as error:
        raise OntologyError(f"{str(path)!r} is not valid Turtle: {error.msg}") from error
    properties = tuple(_property(subject, block, path) for subject, block in blocks.items())
    inverses, narrower = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for each in properties:
        for other in (*each.inverses, *([each.id] if each.symmetric else [])):
            for a, b in ((each.id, other), (other, each.id)):
                if b not in inverses[a]:
                    inverses[a].append(b)
        for above in each.broader:
            narrower[above].append(each.id)
    return Ontology(
        properties,
        {p.id: p for p in properties},
        {id: tuple(found) for id, found in inverses.items()},
        {id: tuple(found) for id, found in narrower.items()},
    )


def _blocks(path: Path) -> dict[str, _Block]:
    blocks: dict[str, _Block] = defaultdict(_Block)
    for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE):
        subject, predicate, value = quad.subject, quad.predicate.value, quad.object
        if not isinstance(subject, NamedNode) or isinstance(value, Triple):
            continue
        block = blocks[subject.value]
        if isinstance(value, Literal):
            block.texts[predicate][value.language or ""] = value.value
        else:
            block.iris[predicate].append(value.value)
    return {s: block for s, block in blocks.items() if TT + "Property" in block.iris[_RDF_TYPE]}


def _property(subject: str, block: _Block, path: Path) -> Property:
    def texts(predicate: str) -> tuple[tuple[str, str], ...]:
        found = block.texts[predicate]
        if missing := [code for code in LANGUAGES if not found.get(code)]:
            raise OntologyError(f"{str(path)!r}: {id_of(subject)} has no {predicate} in {', '.join(missing)}")
        return tuple((code, found[code]) for code in LANGUAGES)

    def tags(predicate: str) -> frozenset[str]:
        found = block.iris[predicate]
        return frozenset() if _ANY in found else frozenset(iri.removeprefix(TT) for iri in found)

    def ids(predicate: str) -> tuple[str, ...]:
        return tuple(id_of(iri) for iri in block.iris[predicate])

    kinds = block.iris[_RDF_TYPE]
    return Property(
        id=id_of(subject),
        labels=texts(_RDFS + "label"),
        descriptions=texts(_SKOS + "definition"),
        patterns=texts(TT + "pattern"),
        domain=tags(_SCHEMA + "domainIncludes"),
        range=tags(_SCHEMA + "rangeIncludes"),
        functional=TT + "Functional" in kinds,
        temporal=TT + "Temporal" in kinds,
        event=TT + "Event" in kinds,
        symmetric=_OWL + "SymmetricProperty" in kinds,
        transitive=_OWL + "TransitiveProperty" in kinds,
        inverses=ids(_OWL + "inverseOf"),
        broader=ids(_RDFS + "subPropertyOf"),
        disjoint=ids(_OWL + "propertyDisjointWith"),
        gender=block.texts[TT + "gender"].get("", ""),
    )
