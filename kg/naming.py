"""What a known thing is called, who somebody is, and what two people are to each other.

Takes a graph, the role lexicon and a query about constants; gives answers with the facts they rest on. Knows no search.
"""

from __future__ import annotations

from kg import cues
from kg.fact import Fact, Graph, Literal, Node, NodeKind
from kg.names import fold, language_of
from kg.pattern import Answer, Constant, QueryGraph
from kg.roles import RoleLexicon
from kg.summary import connection, identity, kinship

_NAMES = ("P735", "P1813", "P1449", "P734")
_PRONOUNS = frozenset({"me", "i", "我"})


def names(graph: Graph, query: QueryGraph, day: str) -> list[Answer]:
    """Return the names of a known thing, but for the one it was called by in the question."""
    found: list[Answer] = []
    for iri in query.target.iris if isinstance(query.target, Constant) else ():
        node = graph.node(iri)
        told = [f for p in _NAMES for f in graph.facts(iri, p) if f.holds_at(day)]
        wanted = _preferred(_labels(graph, node, told), query)
        for name in wanted[:1]:
            proofs = tuple(f for f in told if isinstance(f.object, Literal) and f.object.value == name)
            found.append(Answer(Literal(name), 1.0, proofs or _introduction(graph, node)))
    return found


def who(graph: Graph, query: QueryGraph, day: str) -> list[Answer]:
    """Return what tells who a known thing is; for a nickname, the name of whom it belongs to."""
    if not isinstance(query.target, Constant):
        return []
    node = graph.node(query.target.iris[0])
    if query.asked_as and node.kind is NodeKind.NAMED and fold(query.asked_as) not in fold(node.label):
        return names(graph, query, day)
    facts = tuple(f for iri in query.target.iris for f in identity(graph, graph.node(iri), day))
    return [Answer(node, 1.0, facts)] if facts else []


def kin(graph: Graph, roles: RoleLexicon, query: QueryGraph, day: str) -> tuple[Answer, tuple[Node, Node]] | None:
    """Return what one is to another, as a word if there is one, and the two: possessor first."""
    ends = [graph.node(t.iris[0]) for t in query.compared if isinstance(t, Constant)]
    if len(ends) != 2:
        return None
    owner, holder = ends
    chain = connection(graph, owner, holder, day)
    nouns = cues.kin_nouns(query.language)
    noun = kinship(graph, roles, owner, holder, nouns)
    if not noun and (noun := kinship(graph, roles, holder, owner, nouns)):
        owner, holder = holder, owner
    if not noun and len(chain) == 1 and chain[0].subject == owner:
        noun = chain[0].role
    if not noun and not chain:
        return None
    return Answer(Literal(noun) if noun else holder, 1.0, chain), (owner, holder)


def _labels(graph: Graph, node: Node, told: list[Fact]) -> list[str]:
    if node.kind is NodeKind.ROLE:
        return []
    labels = [node.label, *graph.labels(node.iri)]
    if node.kind is not NodeKind.SELF:
        return labels
    said = [f.object.value for f in told if isinstance(f.object, Literal)]
    return said or [x for x in labels if fold(x) not in _PRONOUNS]


def _preferred(labels: list[str], query: QueryGraph) -> list[str]:
    """Return the labels in the order in which they answer: of the script asked for, the fullest first."""
    wanted = [x for x in dict.fromkeys(labels) if fold(x) != fold(query.asked_as or "\0")]
    if query.script:
        return [x for x in wanted if language_of(x) == query.script] or wanted
    return sorted(wanted, key=lambda x: -len(x)) if query.asked_as else wanted


def _introduction(graph: Graph, node: Node) -> tuple[Fact, ...]:
    """Return the fact that first spoke of a node: what a name alone rests on."""
    facts = [*graph.facts(node.iri), *graph.facts(object=node.iri)]
    return tuple(sorted(facts, key=lambda f: f.id)[:1])
