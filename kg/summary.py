"""What is known of one node, where facts come from, and how two nodes are connected.

Takes a graph and nodes, gives facts in the order in which to tell them, sources, or a chain of facts. Knows no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import networkx as nx

from kg.fact import Fact, Graph, Literal, Node, NodeKind, Source
from kg.roles import RoleLexicon, holders

MOST = 12  # facts of a summary
_IMPORTANCE = [
    "P31", "P735", "P26", "P451", "P106", "P39", "P108", "P551", "P276", "P159", "P131", "P30", "P403", "P19", "P27",
    "P569", "tt:age", "P571", "P22", "P25", "P40", "P3373", "P1038", "P937", "P69", "P101", "tt:studies",
    "tt:teaches", "P1037", "P169", "P112", "P127", "P137", "P50", "P57", "P58", "P84", "P86", "P170", "P921", "P36",
    "P37", "P1303", "tt:can", "P1412", "P103", "tt:hasPet", "tt:owns", "tt:likes", "tt:favourite", "tt:dislikes",
    "tt:allergicTo", "P2650", "P641", "tt:plansTo", "tt:wants", "tt:needs", "tt:friend", "tt:colleague",
    "tt:neighbour", "tt:relatedTo", "P800", "P462", "P2048", "P2284", "tt:keepsAt", "tt:value"
]  # fmt: skip
_RANK = {property: n for n, property in enumerate(_IMPORTANCE)}
_DEFINING = ("P31", "P106", "P39", "P108", "P1038", "P26", "P40", "P22", "P25", "P3373", "tt:relatedTo", "tt:friend",
             "tt:colleague", "tt:neighbour", "P50", "P176", "P131", "P276", "P551")  # fmt: skip
_MIRRORED = frozenset({"P26", "P451", "P3373", "P1038", "P190", "tt:friend", "tt:colleague", "tt:neighbour"})
_PRIVATE = frozenset({"tt:code"})


def about(graph: Graph, node: Node, day: str, *, limit: int = MOST) -> tuple[Fact, ...]:
    """Return what holds of a node on an ISO day, the most telling facts first, each said once.

    Facts in which it is the object come after those in which it is the subject; codes are left out.
    """
    own = sorted(_holding(graph.facts(node.iri), day), key=_importance)
    others = sorted(_holding(graph.facts(object=node.iri), day), key=_importance)
    return tuple(_said_once([f for f in (*own, *others) if f.property not in _PRIVATE]))[:limit]


def identity(graph: Graph, node: Node, day: str, *, limit: int = 2) -> tuple[Fact, ...]:
    """Return the few facts that tell who or what a node is: its kind, its work, its tie to the speaker first."""
    facts = _said_once([*_holding(graph.facts(node.iri), day), *_holding(graph.facts(object=node.iri), day)])
    speaker = graph.self_node().iri
    near = [f for f in facts if node.iri != speaker and speaker in _ends(f)]
    telling = sorted((f for f in facts if f.property in _DEFINING), key=lambda f: _DEFINING.index(f.property))
    rest = sorted(facts, key=_importance)
    return tuple(dict.fromkeys([*near[:1], *telling, *rest]))[:limit]


def sources(facts: Iterable[Fact]) -> tuple[Source, ...]:
    """Return where facts come from, each place once, in the order of the facts."""
    return tuple(dict.fromkeys(s for f in facts for s in f.sources))


def connection(graph: Graph, one: Node, other: Node, day: str, *, hops: int = 4) -> tuple[Fact, ...]:
    """Return the shortest chain of facts from one node to another, none if they are farther apart than `hops`.

    Being of one kind (two bakers) connects less than knowing each other: a step over a class counts double.
    """
    web: nx.Graph[str] = nx.Graph()
    for start in (one, other):
        _spread(graph, web, start.iri, day, (hops + 1) // 2)
    if one.iri not in web or other.iri not in web:
        return ()
    try:
        path: list[str] = nx.shortest_path(web, one.iri, other.iri, weight="weight")
    except nx.NetworkXNoPath:
        return ()
    if len(path) - 1 > hops:
        return ()
    return tuple(web.edges[a, b]["fact"] for a, b in pairwise(path))


def kinship(graph: Graph, roles: RoleLexicon, owner: Node, holder: Node, nouns: Sequence[str]) -> str:
    """Return the first of the nouns for a relative that the holder is to the owner, "" if none fits."""
    for noun in nouns:
        meaning = roles.meaning(noun)
        if meaning is None or (meaning.gender and meaning.gender != holder.gender):
            continue
        if any(n.iri == holder.iri for n in holders(graph, roles, owner.iri, noun)):
            return noun
    return ""


def _spread(graph: Graph, web: nx.Graph[str], start: str, day: str, steps: int) -> None:
    """Add the facts within so many steps of a node."""
    seen, border = {start}, [start]
    web.add_node(start)
    for _ in range(steps):
        reached: list[str] = []
        for iri in border:
            for fact in _holding([*graph.facts(iri), *graph.facts(object=iri)], day):
                if isinstance(fact.object, Node):
                    kinds = (fact.subject.kind, fact.object.kind)
                    weight = 2.0 if NodeKind.CLASS in kinds else 1.0
                    web.add_edge(fact.subject.iri, fact.object.iri, fact=fact, weight=weight)
                    reached += [i for i in _ends(fact) if i not in seen]
                    seen.update(reached)
        border = reached


def _holding(facts: Sequence[Fact], day: str) -> list[Fact]:
    """Return the facts in force; a denial that stands is told too."""
    return [f for f in facts if f.holds_at(day) or (not f.polarity and f.claimant is None and f.end is None)]


def _importance(fact: Fact) -> tuple[int, int, int]:
    return int(not fact.polarity), _RANK.get(fact.property, len(_RANK)), fact.id


def _ends(fact: Fact) -> tuple[str, ...]:
    return (fact.subject.iri, fact.object.iri) if isinstance(fact.object, Node) else (fact.subject.iri,)


def _said_once(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts without those that say backwards what another says."""
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        end = fact.object.value if isinstance(fact.object, Literal) else fact.object.iri
        mirrored = fact.property in _MIRRORED and isinstance(fact.object, Node)
        pair: tuple[str, ...] = tuple(sorted((fact.subject.iri, end))) if mirrored else (fact.subject.iri, end)
        kept.setdefault((fact.property, pair, fact.polarity), fact)
    return list(kept.values())
