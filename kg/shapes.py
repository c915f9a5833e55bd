"""SHACL shapes: read from Turtle files, chosen by the properties that they speak of, and checked by pyshacl.

Takes files and small rdflib graphs, gives violations with their messages. It is the one seam to pyshacl, and knows
neither facts nor storage. Source: https://www.w3.org/TR/shacl/
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node as Term

from kg import rdf
from kg.guard import calls_outside

PATH = Path(__file__).with_name("shapes.ttl")
FILE = "shapes.ttl"  # in the space's directory
FIRST, LAST, NUMBER = (f"{rdf.BASE}prop/{name}/" for name in ("first", "last", "number"))
PREFIXES = {**rdf.PREFIXES, "first": FIRST, "last": LAST, "number": NUMBER}
QUALIFIERS = frozenset(f"tt:{name}{bound}" for name in rdf.QUALIFIERS for bound in ("Earliest", "Latest"))
_BYTES = 200_000
_SHAPES = 200
_TARGETS = (SH.targetSubjectsOf, SH.targetObjectsOf)
_ANY_TARGET = (*_TARGETS, SH.targetClass, SH.targetNode)
_QUERIES = (SH.select, SH.ask, SH.construct, SH.update)
_NOT_CHECKED = frozenset({"js", "rule", "target", "expression", "filterShape", "entailment", "shapesGraph"})
_RECURSIVE = (SH.oneOrMorePath, SH.zeroOrMorePath)
_NAME = re.compile(r"\b(wdt|p|ps|ttp|ttps|tt|first|last|number):(\w+)")
_NO_PROPERTY = re.compile(r"tt:(?:[A-Z]+|today|inAYear)")  # tags, and days
_IRI = re.compile(r"<([^<>\s]+)>")

Messages = tuple[tuple[str, str], ...]  # language ("" for none) and text


class ShapesError(Exception):
    """The shapes can't be used; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A shape with targets of its own, and everything in its file that it leads to."""

    name: str
    triples: Graph
    properties: frozenset[str]  # that it speaks of, by their ids
    steps: frozenset[str]  # that its paths go along to other nodes
    recursive: bool  # as far as they lead
    open: bool  # it may look at anything: a query
    qualified: bool  # it looks at times
    targets: frozenset[URIRef]  # predicates that choose its nodes; empty if something else does

    def concerns(self, property: str, *, dated: bool) -> bool:
        """Return whether a statement of this property may break it."""
        named = self.properties - QUALIFIERS
        return self.open or (property in named if named else dated and self.qualified)


@dataclass(frozen=True, slots=True)
class Violation:
    """What breaks a shape: where, by what, and in which words."""

    focus: str
    component: str
    value: str
    messages: Messages


def house_shapes() -> tuple[Shape, ...]:
    """Return the shapes that the program brings along."""
    return _house()


def read_shapes(path: Path) -> tuple[Shape, ...]:
    """Return the shapes of a Turtle file, each with its name.

    Raises:
        ShapesError: the file is missing, too large, no Turtle or no SHACL, or would leave the machine.
    """
    graph = _parsed(path)
    _refuse(graph, path)
    if problem := _malformed(graph):
        raise ShapesError(f"the shapes in {str(path)!r} are no valid SHACL: {problem}")
    found = _shapes_of(graph)
    if len(found) > _SHAPES:
        raise ShapesError(f"{str(path)!r} holds {len(found)} shapes; {_SHAPES} is the most")
    _try(found, path)
    return found


def violations(data: Graph, shapes: Sequence[Shape], focus: Collection[str] = ()) -> tuple[Violation, ...]:
    """Return what in a graph breaks the shapes, warnings and remarks left out; `focus`: at these nodes alone.

    Raises:
        ShapesError: a shape can't be run.
    """
    aimed = tuple(s for s in shapes if not s.targets or any((None, p, None) in data for p in s.targets))
    if not aimed:
        return ()
    report = _report(data, _together(aimed), aimed, focus)
    found = (_violation(report, result) for result in report.subjects(RDF.type, SH.ValidationResult))
    return tuple(sorted({v for v in found if v is not None}, key=lambda v: (v.messages, v.focus, v.value)))


@cache
def _house() -> tuple[Shape, ...]:
    return _shapes_of(_parsed(PATH))


def _parsed(path: Path) -> Graph:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ShapesError(f"the shapes in {str(path)!r} can't be read: {error.strerror}") from error
    if len(data) > _BYTES:
        raise ShapesError(f"the shapes in {str(path)!r} have {len(data)} bytes; {_BYTES} is the most")
    graph = Graph()
    try:
        graph.parse(data=data.decode("utf-8-sig", "replace"), format="turtle")
    except Exception as error:  # the parser raises whatever goes wrong inside it
        reason = re.sub(r"\s+", " ", str(error))[:160]
        raise ShapesError(f"the shapes in {str(path)!r} are no Turtle: {reason}") from error
    return graph


def _refuse(graph: Graph, path: Path) -> None:
    """Raise ShapesError for what would leave the machine, isn't SHACL, or would silently not be checked."""
    for predicate in _QUERIES:
        for _, text in graph.subject_objects(predicate):
            if calls_outside(str(text)):
                raise ShapesError(f"the shapes in {str(path)!r} hold a query that leaves the machine (SERVICE or FROM)")
    terms = {term for term in graph.predicates() if isinstance(term, URIRef) and term.startswith(str(SH))}
    for term in sorted(terms):
        name = term.removeprefix(str(SH))
        if term not in SH or name in _NOT_CHECKED:
            raise ShapesError(f"the shapes in {str(path)!r} use sh:{name}, which is not known here; leave it out")


def _malformed(graph: Graph) -> str:
    """Return what the shapes of SHACL itself say against a file of shapes, "" for nothing."""
    from pyshacl.entrypoints import meta_validate

    _, report, text = meta_validate(graph, inference="none")
    said = report.objects(None, SH.resultMessage) if isinstance(report, Graph) else (text,)
    found = sorted(re.sub(r"\s+", " ", str(message))[:160] for message in said)
    return found[0] if found else ""


def _try(shapes: Sequence[Shape], path: Path) -> None:
    """Run each shape on something made up, so that a broken query is told at once. Raises ShapesError."""
    probe = URIRef(rdf.BASE + "probe")
    for shape in shapes:
        data = Graph()
        for predicate in shape.targets or (RDF.type,):
            data.add((probe, predicate, probe))
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # of a shape that leads back to itself
            try:
                violations(data, (shape,))
            except ShapesError as error:
                raise ShapesError(f"the shapes in {str(path)!r} can't be used: {error}") from error


def _shapes_of(graph: Graph) -> tuple[Shape, ...]:
    roots = {subject for predicate in _ANY_TARGET for subject in graph.subjects(predicate)}
    roots |= {subject for subject in graph.subjects(RDF.type, SH.NodeShape) if (subject, RDF.type, RDFS.Class) in graph}
    kept = [root for root in roots if (root, SH.deactivated, Literal(True)) not in graph]
    return tuple(_shape(graph, root) for root in sorted(kept, key=str))


def _shape(graph: Graph, root: Term) -> Shape:
    part = Graph()
    reached, seen = [root], {root}
    while reached:
        for triple in graph.triples((reached.pop(), None, None)):
            part.add(triple)
            if triple[2] not in seen and not isinstance(triple[2], Literal):
                seen.add(triple[2])
                reached.append(triple[2])
    queries = [str(text) for predicate in _QUERIES for text in part.objects(None, predicate)]
    named = frozenset(i for term in seen - set(part.subjects()) if isinstance(term, URIRef) for i in _ids(str(term)))
    asked = frozenset(i for query in queries for i in _ids_in(query))
    steps, recursive = _steps(part)
    aims = frozenset(p for target in _TARGETS for p in part.objects(root, target) if isinstance(p, URIRef))
    otherwise = any((root, target, None) in part for target in (SH.targetClass, SH.targetNode, RDFS.Class))
    otherwise = otherwise or (root, RDF.type, RDFS.Class) in part
    name = re.split(r"[/#:]", str(root))[-1] if isinstance(root, URIRef) else "a shape without a name"
    _word(part, root, name)
    return Shape(
        name=name,
        triples=part,
        properties=named | asked,
        steps=steps | asked,
        recursive=recursive or bool(queries),
        open=bool(queries) or not named,
        qualified=bool(named & QUALIFIERS),
        targets=frozenset() if otherwise else aims,
    )


def _word(part: Graph, root: Term, name: str) -> None:
    """Give a message to what has none: that of the shape as a whole, else one with its name."""
    messages = list(part.objects(root, SH.message))
    if not messages:
        messages = [Literal(f"it contradicts {name}", lang="en"), Literal(f"它与 {name} 相抵触", lang="zh")]
    queries = set(part.objects(root, SH.sparql))
    spoken = any((query, SH.message, None) in part for query in queries)  # the shape's own would stand beside it
    for shape in {root, *part.objects(None, SH.property), *queries} - ({root} if spoken else set()):
        if (shape, SH.message, None) not in part:
            for message in messages:
                part.add((shape, SH.message, message))


def _steps(part: Graph) -> tuple[frozenset[str], bool]:
    """Return along which properties the paths of a shape lead to other nodes, and whether over and over."""
    heads = [path for path in part.objects(None, SH.path) if (path, RDF.first, None) in part]
    again = [inner for predicate in _RECURSIVE for inner in part.objects(None, predicate)]
    terms: set[Term] = set()
    reached: list[Term] = [*heads, *again]
    while reached:
        term = reached.pop()
        if term not in terms:
            terms.add(term)
            reached += part.objects(term) if isinstance(term, BNode) else ()
    found = {i: str(term) for term in terms if isinstance(term, URIRef) for i in _ids(str(term))}
    return frozenset(i for i, iri in found.items() if rdf.truthy(i).value == iri), bool(again)


def _ids(iri: str) -> Iterator[str]:
    """Yield the id of the property that an IRI of a shape stands for, if it stands for one."""
    for prefix in (FIRST, LAST, NUMBER):
        if iri.startswith(prefix):
            name = iri.removeprefix(prefix)
            yield name if re.fullmatch(r"P\d+", name) else f"tt:{name}"
            return
    property = rdf.property_of(iri)
    if property is not None and not _NO_PROPERTY.fullmatch(property):
        yield property


def _ids_in(query: str) -> Iterator[str]:
    for prefix, name in _NAME.findall(query):
        yield from _ids(PREFIXES[prefix] + name)
    for iri in _IRI.findall(query):
        yield from _ids(iri)


@cache
def _together(shapes: tuple[Shape, ...]) -> Graph:
    union = Graph()
    for shape in shapes:
        union += shape.triples
    return union


def _report(data: Graph, shapes: Graph, aimed: Sequence[Shape], focus: Collection[str]) -> Graph:
    import pyshacl

    nodes: list[str | URIRef] | None = [URIRef(iri) for iri in focus] or None
    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, focus_nodes=nodes)
    except Exception as error:  # pyshacl and rdflib raise what they like for a query or pattern that can't be run
        reason = re.sub(r"\s+", " ", str(getattr(error, "message", error)))[:160]
        names = ", ".join(shape.name for shape in aimed)
        raise ShapesError(f"one of the shapes {names} can't be run: {reason}") from error
    if not isinstance(report, Graph):
        raise ShapesError(f"the shapes {', '.join(shape.name for shape in aimed)} can't be run")
    return report


def _violation(report: Graph, result: Term) -> Violation | None:
    if (result, SH.resultSeverity, SH.Violation) not in report:
        return None
    said = [m for m in report.objects(result, SH.resultMessage) if isinstance(m, Literal)]
    messages = tuple(sorted((message.language or "", str(message)) for message in said))
    focus, component = (str(report.value(result, p)) for p in (SH.focusNode, SH.sourceConstraintComponent))
    return Violation(focus, component, str(report.value(result, SH.value) or ""), messages)
