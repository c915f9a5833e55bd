"""Reads RDF into a memory: statements in Wikidata's model with their sources, and plain triples of anybody's.

Takes a memory and a file's bytes; gives counts. Everything read stands under an episode of kind "import".
Knows no language and no model.
"""

from __future__ import annotations

import calendar
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

import pyoxigraph as ox

from kg import rdf
from kg.exchange import ExchangeError, quads_of
from kg.fact import Draft, Fact, Literal, Node, NodeKind, Rank, Source, When
from kg.log import document_hash
from kg.memory import ENTITY, Memory
from kg.statement import has_source

EXTRACTOR = "import"
_LABELS = (
    rdf.LABEL.value,
    rdf.PREFIXES["skos"] + "prefLabel",
    "http://schema.org/name",
    "https://schema.org/name",
    "http://xmlns.com/foaf/0.1/name",
    rdf.ALT_LABEL.value,
)
_DESCRIBING = {*_LABELS, *(predicate.value for predicate in rdf.DESCRIBING)}
_CLASS_OF = {rdf.TYPE.value: "P31", rdf.PREFIXES["rdfs"] + "subClassOf": "P279"}
_INTERNAL = {rdf.STATEMENT.value, rdf.REFERENCE.value, rdf.EPISODE_CLASS.value}

_Object = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_Subject = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file."""

    episode: int
    new: int  # facts
    known: int  # facts that stood already
    nodes: int
    episodes: int  # messages and documents that came along
    skipped: int  # triples that say nothing about a node


def import_graph(memory: Memory, data: bytes, format_: str, *, name: str, speaker: str, at: str) -> Imported:
    """Store what an RDF file says, all or nothing; reading it twice is reading it once.

    Raises:
        ExchangeError: the file is no RDF of that format.
    """
    try:
        quads = quads_of(data, format_)
    except (SyntaxError, ValueError) as error:
        reason = re.sub(r"\s+", " ", str(error))[:160]
        raise ExchangeError(f"{name} can't be read as {format_}: {reason}") from error
    try:
        with memory.transaction():
            return _Intake(memory, quads, name, speaker, at, document_hash(data.decode("utf-8", "replace"))).run()
    except ValueError as error:
        raise ExchangeError(f"{name} holds a value that can't be read: {error}") from error


class _Intake:
    """One import: the triples by subject, and where their nodes and episodes went."""

    def __init__(
        self, memory: Memory, quads: Iterable[ox.Quad], name: str, speaker: str, at: str, file_hash: str
    ) -> None:
        self._memory, self._speaker, self._at, self._file_hash = memory, speaker, at, file_hash
        self._by_subject: dict[_Subject, dict[str, list[_Object]]] = defaultdict(lambda: defaultdict(list))
        self._blank: dict[ox.BlankNode, int] = {}  # numbered as they come: the parser's names differ every time
        for triple in dict.fromkeys(quad.triple for quad in quads):
            for term in (triple.subject, triple.object):
                if isinstance(term, ox.BlankNode):
                    self._blank.setdefault(term, len(self._blank))
            if isinstance(triple.subject, ox.NamedNode | ox.BlankNode):
                self._by_subject[triple.subject][triple.predicate.value].append(triple.object)
        self._nodes: dict[_Subject, str] = {}
        self._episodes: dict[str, int] = {}
        self._new_episodes = self._new_nodes = self._new = self._known = self._skipped = 0
        self._take_episodes()
        self._episode = memory.record("import", speaker, "", at, title=name)

    def run(self) -> Imported:
        """Store everything and return the counts."""
        classes = {o for properties in self._by_subject.values() for p in _CLASS_OF for o in properties.get(p, ())}
        self._classes = classes
        for subject in self._by_subject:
            if self._one(subject, rdf.NODE_KIND.value):
                self._node(subject)
        stated = self._take_statements()
        self._take_triples(stated)
        return Imported(self._episode, self._new, self._known, self._new_nodes, self._new_episodes, self._skipped)

    def _take_episodes(self) -> None:
        found = [s for s in self._by_subject if rdf.EPISODE_CLASS in self._by_subject[s].get(rdf.TYPE.value, ())]
        if not found:
            return
        known = {(e.kind, e.speaker, e.at, e.title, document_hash(e.text)): e.id for e in self._memory.episodes()}
        for subject in sorted(found, key=lambda term: (rdf.episode_id_of(term) or 0, term.value)):
            kind = self._one(subject, rdf.EPISODE_KIND.value)
            speaker, at = self._one(subject, rdf.SPEAKER.value), self._one(subject, rdf.SAID_AT.value)
            title, text = self._one(subject, rdf.TITLE.value), self._one(subject, rdf.TEXT.value)
            key = (kind, speaker, at, title, document_hash(text))
            if key not in known:
                known[key] = self._memory.record(kind, speaker, text, at, title)
                self._new_episodes += 1
                if progress := self._one(subject, rdf.PROGRESS.value):
                    self._memory.mark_done(known[key], int(progress))
                if self._one(subject, rdf.PROCESSED.value) == "true" and kind in ("say", "read"):
                    self._memory.mark_processed(known[key])
            self._episodes[subject.value] = known[key]

    def _take_statements(self) -> set[tuple[_Subject, str, _Object]]:
        """Store the statement nodes; return what they state, so that truthy triples aren't taken twice."""
        owners: list[tuple[int, str, _Subject, str, _Subject]] = []
        for subject, properties in self._by_subject.items():
            for predicate, objects in properties.items():
                property_ = rdf.property_of(predicate)
                if property_ is None or predicate != rdf.claim(property_).value:
                    continue
                for node in objects:
                    if isinstance(node, ox.NamedNode | ox.BlankNode) and node in self._by_subject:
                        owners.append((rdf.fact_id_of(node) or 0, node.value, subject, property_, node))
        stated: set[tuple[_Subject, str, _Object]] = set()
        for _, _, subject, property_, node in sorted(owners, key=lambda owner: owner[:2]):
            for obj in self._by_subject[node].get(rdf.value(property_).value, ())[:1]:
                stated.add((subject, property_, obj))
                self._take_statement(subject, property_, obj, node)
        return stated

    def _take_statement(self, subject: _Subject, property_: str, obj: _Object, node: _Subject) -> None:
        target = self._object(obj)
        if target is None:
            return
        sources = self._sources(node) or [self._own_source()]
        claimant = next(iter(self._by_subject[node].get(rdf.CLAIMANT.value, ())), None)
        confidence = self._one(node, rdf.CONFIDENCE.value)
        draft = Draft(
            self._node(subject),
            property_,
            target,
            sources[0],
            polarity=self._one(node, rdf.POLARITY.value) != "false",
            claimant=self._node(claimant) if isinstance(claimant, ox.NamedNode | ox.BlankNode) else None,
            start=self._when(node, "validFrom"),
            end=self._when(node, "validTo"),
            point=self._when(node, "validAt"),
            role=self._one(node, rdf.ROLE.value),
            confidence=float(confidence) if confidence else 1.0,
        )
        deprecated = rdf.RANKS[Rank.DEPRECATED] in self._by_subject[node].get(rdf.RANK.value, ())
        if deprecated and any(_says(fact, draft) for fact in self._memory.facts(draft.subject, property_)):
            self._known += 1
            return
        fact = self._add(draft)
        for source in sources[1:]:
            self._memory.add_source(fact.id, source)
        if deprecated:
            self._memory.close(fact.id, None, episode=self._episode)

    def _take_triples(self, stated: set[tuple[_Subject, str, _Object]]) -> None:
        for subject, properties in self._by_subject.items():
            types = {term.value for term in properties.get(rdf.TYPE.value, ()) if isinstance(term, ox.NamedNode)}
            if types & _INTERNAL:
                continue
            for predicate, objects in properties.items():
                property_ = _CLASS_OF.get(predicate) or rdf.property_of(predicate) or predicate
                if predicate in _DESCRIBING or predicate == rdf.claim(property_).value:
                    continue
                for obj in objects:
                    if (subject, property_, obj) not in stated:
                        self._take_triple(subject, property_, obj)

    def _take_triple(self, subject: _Subject, property_: str, obj: _Object) -> None:
        target = self._object(obj)
        if target is None:
            self._skipped += 1
            return
        self._add(Draft(self._node(subject), property_, target, self._own_source()))

    def _add(self, draft: Draft) -> Fact:
        fact, is_new = self._memory.add(draft)
        self._new += is_new
        self._known += not is_new
        return fact

    def _own_source(self) -> Source:
        return Source(self._episode, 0, 0, self._speaker, self._at, EXTRACTOR)

    def _sources(self, node: _Subject) -> list[Source]:
        sources: list[Source] = []
        for reference in self._by_subject[node].get(rdf.DERIVED.value, ()):
            if not isinstance(reference, ox.NamedNode | ox.BlankNode):
                continue
            episode = next(iter(self._by_subject[reference].get(rdf.EPISODE.value, ())), None)
            known = self._episodes.get(episode.value) if isinstance(episode, ox.NamedNode) else None
            start, end = self._one(reference, rdf.START.value), self._one(reference, rdf.END.value)
            confidence = self._one(reference, rdf.CONFIDENCE.value)
            sources.append(
                Source(
                    known or self._episode,
                    int(start) if known and start else 0,
                    int(end) if known and end else 0,
                    self._one(reference, rdf.SPEAKER.value, self._speaker),
                    self._one(reference, rdf.SAID_AT.value, self._at),
                    self._one(reference, rdf.EXTRACTOR.value, EXTRACTOR),
                    float(confidence) if confidence else 1.0,
                    self._one(reference, rdf.TITLE.value),
                )
            )
        return sorted(sources, key=lambda source: (source.episode, source.start))

    def _when(self, node: _Subject, name: str) -> When | None:
        first, last = self._one(node, rdf.TT + name + "Earliest"), self._one(node, rdf.TT + name + "Latest")
        if first and last:
            return When(first, last, self._one(node, rdf.TT + name + "Text"))
        return interval_of(self._one(node, rdf.PREFIXES["pq"] + rdf.QUALIFIERS[name]))

    def _object(self, obj: _Object) -> str | Literal | None:
        if isinstance(obj, ox.Literal):
            return rdf.as_literal(obj)
        return self._node(obj) if isinstance(obj, ox.NamedNode | ox.BlankNode) else None

    def _node(self, term: _Subject) -> str:
        """Return the IRI of the node that a term became: the speaker's own, one that stands, or a new one."""
        if term in self._nodes:
            return self._nodes[term]
        labels = [label for predicate in _LABELS for label in self._all(term, predicate)]
        if self._one(term, rdf.NODE_KIND.value) == NodeKind.SELF.value:
            iri = self._memory.self_node().iri
        else:
            iri = self._standing_or_new(term, labels).iri
        for label in labels:
            if label.strip():
                self._memory.add_label(iri, label, episode=self._episode)
        self._nodes[term] = iri
        return iri

    def _standing_or_new(self, term: _Subject, labels: list[str]) -> Node:
        if isinstance(term, ox.NamedNode):
            iri = term.value
        else:  # the same in the same file
            iri = ENTITY + uuid.uuid5(uuid.NAMESPACE_URL, f"{self._file_hash} {self._blank.get(term)}").hex
        try:
            return self._memory.node(iri)
        except KeyError:
            self._new_nodes += 1
        kind = self._one(term, rdf.NODE_KIND.value)
        is_known = kind in {known.value for known in NodeKind}
        default = NodeKind.CLASS if term in self._classes else NodeKind.NAMED
        return self._memory.new_node(
            labels[0] if labels else _local_name(iri),
            NodeKind(kind) if is_known else default,
            self._one(term, rdf.MENTION_TAG.value),
            gender=self._one(term, rdf.GENDER.value),
            episode=self._episode,
            iri=iri,
        )

    def _all(self, subject: _Subject, predicate: str) -> list[str]:
        if subject not in self._by_subject:
            return []
        return [term.value for term in self._by_subject[subject].get(predicate, ()) if isinstance(term, ox.Literal)]

    def _one(self, subject: _Subject, predicate: str, default: str = "") -> str:
        return next(iter(self._all(subject, predicate)), default)


def interval_of(text: str) -> When | None:
    """Return the days that a date of any precision covers, None if it is no date.

    >>> interval_of("1954-02"), interval_of("soon")
    (When(earliest='1954-02-01', latest='1954-02-28', text=''), None)
    """
    if re.fullmatch(r"\d{4}", text):
        return When(f"{text}-01-01", f"{text}-12-31")
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        days = calendar.monthrange(max(int(match[1]), 1), int(match[2]))[1]
        return When(f"{text}-01", f"{text}-{days:02}")
    return When(text[:10], text[:10]) if re.match(r"\d{4}-\d\d-\d\d", text) else None


def _says(fact: Fact, draft: Draft) -> bool:
    """Return whether a deprecated fact is the draft's: the same object and a source in common."""
    obj = fact.object if isinstance(fact.object, Literal) else fact.object.iri
    same = obj == draft.object and fact.polarity == draft.polarity and has_source(fact, draft.source)
    return fact.rank is Rank.DEPRECATED and same


def _local_name(iri: str) -> str:
    return unquote(re.split(r"[/#:]", iri.rstrip("/#"))[-1]).replace("_", " ") or iri
