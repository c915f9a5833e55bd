"""Finds entities and facts by words: names exact, in part or misspelled, and facts by what they say.

Takes words, a graph that can look labels up by pattern, and how to cut a text into terms; gives hits with a score in
[0, 1] and what matched. No model is needed. Knows no passages and no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kg.fact import Fact, Node
from kg.names import fold
from kg.paths import Neighbours

LOOKED_AT = 400  # labels that a pattern may give
FACTS_EACH = 40  # facts looked at beside an entity, in each direction
NAMED = 24  # entities whose facts are looked at
_SHORTEST = 3  # letters of a word that may be misspelled

Terms = Callable[[str], Sequence[str]]
Say = Callable[[Fact], str]


class Labelled(Neighbours, Protocol):
    """A graph whose labels and values can be looked up."""

    def node(self, iri: str) -> Node: ...

    def nodes_named(self, name: str) -> Sequence[Node]: ...

    def labels_like(self, patterns: Sequence[str], limit: int) -> Sequence[tuple[str, str]]:
        """Return labels, as folded by `kg.names.fold`, that fit one of the patterns ("%" for anything), and their nodes."""
        ...

    def facts_with_value_like(self, pattern: str, limit: int) -> Sequence[Fact]:
        """Return facts whose literal fits a pattern."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: an entity by a name of it, or a fact."""

    score: float
    reason: str  # name | part | spelling | words
    matched: str  # the label, or the words
    node: Node | None = None
    fact: Fact | None = None


def entities(graph: Labelled, words: str, *, limit: int = 10) -> tuple[Hit, ...]:
    """Return the entities that bear a name, then those with it as part of theirs, then those spelled nearly so."""
    said = fold(words)
    if not said:
        return ()
    best: dict[str, Hit] = {}
    for node in graph.nodes_named(words):
        best[node.iri] = Hit(1.0, "name", node.label, node)
    parts = said.split()
    patterns = ["%" + "%".join(map(_escaped, parts)) + "%"]
    for label, iri in graph.labels_like(patterns, LOOKED_AT):
        _keep(best, graph, iri, Hit(round(0.5 + 0.4 * len(said) / max(len(label), len(said)), 3), "part", label))
    if len(said) >= _SHORTEST and not any(hit.reason == "name" for hit in best.values()):
        for label, iri in graph.labels_like(_near(said), LOOKED_AT):
            off = min(_distance(said, label), *(_distance(said, word) + 1 for word in label.split()))
            if 0 < off <= _allowed(said):
                _keep(best, graph, iri, Hit(round(0.6 - 0.1 * off, 3), "spelling", label))
    return tuple(sorted(best.values(), key=lambda hit: -hit.score)[:limit])


def facts(graph: Labelled, words: str, say: Say, terms: Terms, *, limit: int = 10) -> tuple[Hit, ...]:
    """Return the facts that say most of the words, looked for beside the entities that the words name."""
    wanted = tuple(dict.fromkeys(terms(words)))
    if not wanted:
        return ()
    named: dict[str, float] = {}
    for stretch in _stretches(words):
        for hit in entities(graph, stretch, limit=6):
            if hit.node is not None and hit.score > named.get(hit.node.iri, 0.0):
                named[hit.node.iri] = hit.score
    candidates: dict[int, Fact] = {}
    for iri in sorted(named, key=lambda iri: -named[iri])[:NAMED]:
        candidates |= {fact.id: fact for fact in graph.facts_beside(iri, None, FACTS_EACH)}
    for word in (w for w in words.split() if len(w) > 1):
        candidates |= {fact.id: fact for fact in graph.facts_with_value_like(f"%{_escaped(word)}%", FACTS_EACH)}
    said = {id_: frozenset(terms(say(fact))) for id_, fact in candidates.items()}
    rarity = _rarity(wanted, said)
    found: list[Hit] = []
    for id_, fact in candidates.items():
        held = said[id_]
        matched = [term for term in wanted if term in held]
        ends = [named.get(iri, 0.0) for iri in _ends(fact)]
        score = sum(rarity[t] for t in matched) / sum(rarity.values())
        score = max(score, 0.5 * max(ends) if len(wanted) == 1 else 0.0)
        if score > 0.0:
            tied = 0.9 + 0.1 * len(held & set(wanted)) / max(1, len(held))
            found.append(Hit(round(score * tied, 3), "words", " ".join(matched) or words, fact=fact))
    return tuple(sorted(found, key=lambda hit: (-hit.score, -(hit.fact.id if hit.fact else 0)))[:limit])


def _rarity(wanted: Sequence[str], held: Mapping[int, frozenset[str]]) -> dict[str, float]:
    """Return how much each word tells: the fewer of the facts looked at hold it, the more."""
    return {term: 1.0 / (1 + sum(term in terms for terms in held.values())) ** 0.25 for term in wanted}


def _ends(fact: Fact) -> Iterable[str]:
    yield fact.subject.iri
    if isinstance(fact.object, Node):
        yield fact.object.iri


def _stretches(words: str) -> tuple[str, ...]:
    """Return a text and its parts that may be names: runs of up to three words, or all there is without spaces."""
    parts = words.split()
    runs = [" ".join(parts[n : n + size]) for size in (3, 2, 1) for n in range(len(parts) - size + 1)]
    return tuple(dict.fromkeys([words, *(run for run in runs if len(run) > 1)]))[:24]


def _keep(best: dict[str, Hit], graph: Labelled, iri: str, hit: Hit) -> None:
    node = graph.node(iri)
    if node.iri not in best or best[node.iri].score < hit.score:
        best[node.iri] = Hit(hit.score, hit.reason, hit.matched, node)


def _near(said: str) -> list[str]:
    """Return patterns that a name fits which differs in a letter or two: its beginning or its end is as said."""
    head, tail = _escaped(said[:2]), _escaped(said[-2:])
    return [f"{head}%", f"% {head}%", f"%{tail}", f"{_escaped(said[0])}%{_escaped(said[-1])}"]


def _allowed(said: str) -> int:
    return 1 if len(said) < 6 else 2


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _distance(one: str, other: str) -> int:
    """Return how many letters must be put in, left out, replaced or swapped to make one text the other; at most 9.

    >>> _distance("harbor", "harbour"), _distance("hidle", "hilde")
    (1, 1)
    """
    if abs(len(one) - len(other)) > 2:
        return 9
    before, last = list[int](), list(range(len(other) + 1))
    for n, a in enumerate(one, 1):
        row = [n]
        for m, b in enumerate(other, 1):
            cost = min(last[m] + 1, row[m - 1] + 1, last[m - 1] + (a != b))
            if n > 1 and m > 1 and a == other[m - 2] and one[n - 2] == b:
                cost = min(cost, before[m - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
