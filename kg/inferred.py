"""Inferred triples as RDF, in graphs of their own beside the stated one, and back.

Takes the values of `kg.fact`, gives pyoxigraph quads. `graph:inferred` holds what the ontology concludes, `graph:rules`
what the user's rules do. Each triple also stands as a tt:Inference with its rule and the statements that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from kg import rdf
from kg.fact import Inferred, Literal, Node
from kg.memory import Memory
from kg.reason import inferred_id
from kg.rules import Ruled

INFERRED = ox.NamedNode(rdf.PREFIXES["graph"] + "inferred")
RULED = ox.NamedNode(rdf.PREFIXES["graph"] + "rules")
_NODE = rdf.BASE + "inference/"
_INFERENCE, _RULE, _PROOF = (ox.NamedNode(rdf.TT + name) for name in ("Inference", "rule", "proof"))
_SUBJECT, _PREDICATE, _OBJECT = (ox.NamedNode(rdf.PREFIXES["rdf"] + n) for n in ("subject", "predicate", "object"))


def inferred_quads(inferred: Inferred, space_id: str) -> Iterator[ox.Quad]:
    """Yield a conclusion of the ontology's with its proof."""
    obj = rdf.as_term(inferred.object)
    yield from _quads(INFERRED, ox.NamedNode(inferred.subject.iri), inferred.property, obj, inferred.id, inferred.rule)
    node = inference_node(inferred.id)
    yield ox.Quad(node, _PROOF, ox.Literal(" ".join(map(str, inferred.facts))), INFERRED)
    for fact in inferred.facts:
        yield ox.Quad(node, rdf.DERIVED, rdf.statement_node(space_id, fact), INFERRED)


def ruled_quads(ruled: Ruled) -> Iterator[ox.Quad]:
    """Yield a conclusion of a user's rule; what it rests on is found when somebody asks (`kg.justify`)."""
    yield from _quads(RULED, ruled.subject, ruled.property, ruled.object, ruled_id(ruled), ruled.rule)


def ruled_id(ruled: Ruled) -> str:
    """Return the id of a rule's conclusion."""
    obj = ruled.object
    if isinstance(obj, ox.NamedNode):
        return inferred_id((ruled.subject.value, ruled.property, obj.value, ""))
    literal = rdf.as_literal(obj)
    return inferred_id((ruled.subject.value, ruled.property, literal.value, f"{literal.datatype}@{literal.language}"))


def inference_node(id: str) -> ox.NamedNode:
    """Return the node of an inferred triple's id.

    >>> inference_node("i:0a").value
    'https://w3id.org/tripletalk/inference/0a'
    """
    return ox.NamedNode(_NODE + id.removeprefix("i:"))


def stored_about(store: ox.Store, subject: ox.NamedNode) -> Iterator[ox.Quad]:
    """Yield every quad of what the ontology concludes about a node."""
    for quad in store.quads_for_pattern(None, _SUBJECT, subject, INFERRED):
        node = quad.subject
        predicate = value = None
        for each in store.quads_for_pattern(node, None, None, INFERRED):
            predicate = each.object if each.predicate == _PREDICATE else predicate
            value = each.object if each.predicate == _OBJECT else value
            yield each
        if isinstance(predicate, ox.NamedNode) and value is not None:
            yield ox.Quad(subject, predicate, value, INFERRED)


def resting_on(store: ox.Store, space_id: str, fact: int) -> Iterator[str]:
    """Yield the subjects of what the ontology concludes from a fact."""
    for quad in store.quads_for_pattern(None, rdf.DERIVED, rdf.statement_node(space_id, fact), INFERRED):
        for found in store.quads_for_pattern(quad.subject, _SUBJECT, None, INFERRED):
            if isinstance(found.object, ox.NamedNode):
                yield found.object.value


def read_inferred(store: ox.Store, memory: Memory, *, about: str = "", id: str = "") -> Iterator[Inferred]:
    """Yield the stored conclusions: all, those with a node as subject or object, or the one of an id."""
    for graph in (INFERRED, RULED):
        nodes: list[ox.NamedNode] = []
        if id:
            nodes = [inference_node(id)]
        elif about:
            ends = (quad for end in (_SUBJECT, _OBJECT)
                    for quad in store.quads_for_pattern(None, end, ox.NamedNode(about), graph))  # fmt: skip
            nodes = [quad.subject for quad in ends if isinstance(quad.subject, ox.NamedNode)]
        else:
            found = store.quads_for_pattern(None, rdf.TYPE, _INFERENCE, graph)
            nodes = [quad.subject for quad in found if isinstance(quad.subject, ox.NamedNode)]
        for node in nodes:
            if (inferred := _read(store, memory, node, graph)) is not None:
                yield inferred


def _read(store: ox.Store, memory: Memory, node: ox.NamedNode, graph: ox.NamedNode) -> Inferred | None:
    values = {quad.predicate: quad.object for quad in store.quads_for_pattern(node, None, None, graph)}
    subject, predicate, obj, rule = (values.get(p) for p in (_SUBJECT, _PREDICATE, _OBJECT, _RULE))
    if not isinstance(subject, ox.NamedNode) or not isinstance(predicate, ox.NamedNode):
        return None
    if not isinstance(obj, ox.NamedNode | ox.Literal) or not isinstance(rule, ox.Literal):
        return None
    proof = values.get(_PROOF)
    facts = tuple(map(int, proof.value.split())) if isinstance(proof, ox.Literal) else ()
    target: Node | Literal = memory.node(obj.value) if isinstance(obj, ox.NamedNode) else rdf.as_literal(obj)
    property_ = rdf.property_of(predicate.value) or predicate.value
    return Inferred("i:" + node.value[len(_NODE) :], memory.node(subject.value), property_, target, rule.value, facts)


def _quads(
    graph: ox.NamedNode, subject: ox.NamedNode, property_: str, obj: ox.NamedNode | ox.Literal, id: str, rule: str
) -> Iterator[ox.Quad]:
    node, predicate = inference_node(id), rdf.truthy(property_)
    yield ox.Quad(subject, predicate, obj, graph)
    yield ox.Quad(node, rdf.TYPE, _INFERENCE, graph)
    yield ox.Quad(node, _SUBJECT, subject, graph)
    yield ox.Quad(node, _PREDICATE, predicate, graph)
    yield ox.Quad(node, _OBJECT, obj, graph)
    yield ox.Quad(node, _RULE, ox.Literal(rule), graph)
