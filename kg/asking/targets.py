"""What a question's row teaches: which names are its topics and which paths lead from them to its answers.

Takes a graph, its names and a row (question, answers, perhaps topic, path, relation, facts, SPARQL), gives groups of `Meant`; of each
group one is meant. A row that says only the answers gets the paths that reach them best. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.asking.knowledge import Ints, Knowledge
from kg.asking.names import Candidate, Names
from kg.asking.patterns import terms_in

WIDEST = 3000  # triples around a node set that the search for paths still looks at
ENOUGH = 0.5  # the least F1 of a path that may be meant
ALTERNATIVES = 6


class RowError(Exception):
    """A row can't be used; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as files tell it."""

    question: str
    answers: tuple[str, ...]
    topics: tuple[str, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    history: tuple[str, ...] = ()
    form: str = "list"
    terms: tuple[str, ...] = ()  # IRIs of the row's query


@dataclass(frozen=True, slots=True)
class Meant:
    """A candidate's number and a path from one of its nodes."""

    candidate: int
    node: int
    path: tuple[int, ...]


def question_row(row: Mapping[str, Any]) -> QuestionRow:
    """Return a row's values. Raises RowError without "question" and "answers"."""
    if not isinstance(row.get("question"), str) or not isinstance(row.get("answers"), list):
        raise RowError('a row has no "question" or no "answers"; rows are {"question", "answers", …}')
    facts = row.get("facts") or []
    topic = row.get("topic_entity") or (facts[0][0] if facts else ())
    topics = (topic,) if isinstance(topic, str) else tuple(map(str, topic))
    path = row.get("path") or row.get("relation") or (facts[0][1] if facts else ())
    paths = ((path,),) if isinstance(path, str) else tuple(path)
    if paths and isinstance(paths[0], str):
        paths = (paths,)
    answers = row.get("answers_in_kb", row["answers"])
    history = tuple(map(str, row.get("history") or ()))
    return QuestionRow(
        row["question"],
        tuple(map(str, answers)),
        topics,
        tuple(tuple(map(str, p)) for p in paths),
        history,
        str(row.get("form", "list")),
        terms_in(str(row.get("sparql") or "")),
    )


@dataclass(frozen=True, slots=True)
class Targets:
    """Finds what rows mean over one graph."""

    knowledge: Knowledge
    names: Names
    relations: Mapping[str, int]
    terms: Mapping[str, int]  # nodes by IRI and by its last part, where the graph has IRIs

    @classmethod
    def of(cls, knowledge: Knowledge, names: Names) -> Targets:
        """Return the finder over a graph."""
        count = len(knowledge.labels)
        forward = {
            name: n for texts in (knowledge.labels, knowledge.properties) for n in range(count) for name in [texts[n]]
        }
        terms: dict[str, int] = {}
        for node in range(0 if knowledge.base else len(knowledge.terms)):
            iri = knowledge.terms[node].strip("<>")
            terms |= {iri: node, _last(iri): node}
        forward |= {_last(name): n for name, n in forward.items() if "/" in name} | forward
        return cls(knowledge, names, forward | {"~" + name: n + count for name, n in forward.items()}, terms)

    def groups(self, row: QuestionRow, found: Sequence[Candidate]) -> tuple[tuple[Meant, ...], ...]:
        """Return the groups of a row; none where its names or paths are not in the graph."""
        paths = [tuple(self.relations.get(name, -1) for name in path) for path in row.paths]
        if paths and any(-1 in path for path in paths):
            paths = []
        if not row.topics:
            asked = {self.terms[term] for term in row.terms if term in self.terms}
            only = [(c, node) for c, one in enumerate(found) for node in one.nodes if node in asked]
            return self._searched(row, found, paths, only=only)
        groups: list[tuple[Meant, ...]] = []
        for n, topic in enumerate(row.topics):
            nodes = {self.terms[topic]} if topic in self.terms else set(self.names.named(topic))
            exact = {node for node in nodes if topic in (self.knowledge.names[node], self.knowledge.terms[node])}
            here = [(c, node) for c, one in enumerate(found) for node in one.nodes if node in (exact or nodes)]
            here = [(c, node) for c, node in here if found[c].back == min(found[c].back for c, _ in here)]
            here.sort(key=lambda pair: -len(found[pair[0]].text))
            if not here:
                return ()
            if len(paths) == len(row.topics):
                groups.append((Meant(*here[0], paths[n]),))
            elif len(row.topics) == 1:
                return self._searched(row, found, paths, only=here[:1])
        return tuple(groups)

    def _searched(
        self, row: QuestionRow, found: Sequence[Candidate], paths: Sequence[tuple[int, ...]],
        *, only: Sequence[tuple[int, int]] = (),
    ) -> tuple[tuple[Meant, ...], ...]:  # fmt: skip
        """Return the ways that reach the answers best, as one group."""
        gold = np.array(sorted({node for answer in row.answers for node in self._nodes(answer)}), np.int32)
        if not len(gold):
            return ()
        scored: list[tuple[float, Meant]] = []
        for c, node in only or [(c, node) for c, one in enumerate(found) for node in one.nodes[:8]]:
            start = np.array([node], np.int32)
            options = paths or self._paths(start, (), gold)
            said = {self.relations[term] for term in row.terms if term in self.relations}
            count = len(self.knowledge.labels)
            for path in options:
                if said and not {relation % count for relation in path} <= said:
                    continue
                value = _f1(self.knowledge.follow(node, path), gold)
                if value >= ENOUGH:
                    scored.append((value - 0.02 * len(path), Meant(c, node, path)))
        best = max((value for value, _ in scored), default=0.0)
        kept = tuple(meant for value, meant in scored if value >= best - 1e-6)[:ALTERNATIVES]
        return (kept,) if kept else ()

    def _nodes(self, name: str) -> Sequence[int]:
        return [self.terms[name]] if name in self.terms else self.names.named(name)

    def _paths(self, nodes: Ints, path: tuple[int, ...], gold: Ints) -> list[tuple[int, ...]]:
        """Return the paths of up to three steps whose end meets the answers."""
        if self.knowledge.degree(nodes) > WIDEST:
            return []
        found: list[tuple[int, ...]] = []
        for relation in np.flatnonzero(self.knowledge.around(nodes)):
            longer = (*path, int(relation))
            reached = self.knowledge.step(nodes, int(relation))
            if np.isin(gold, reached).any():
                found.append(longer)
            if len(longer) < 3 and not (len(longer) == 2 and self.knowledge.degree(reached) > WIDEST // 10):
                found += self._paths(reached, longer, gold)
        return found


def _last(iri: str) -> str:
    return re.split(r"[/#]", iri)[-1] or iri


def _f1(reached: Ints, gold: Ints) -> float:
    both = np.isin(reached, gold).sum()
    return float(2 * both / max(len(reached) + len(gold), 1))
