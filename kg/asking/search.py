"""Searches the best topic and path of a question: a beam over what the graph has, scored by a model.

Takes a question, a graph, its names and a `Reader`; gives `Asked`. Two topics join where both are likely, don't overlap and their
answers meet. Knows no language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg.asking.asked import Asked, Branch, Reader, Reading
from kg.asking.compile import path_in_words, sparql
from kg.asking.knowledge import Ints, Knowledge
from kg.asking.names import Candidate, Names, words_in

BEAM, HOPS = 8, 3
TOPICS = 5  # stretches that are followed
LEAST = 0.001  # below this probability nothing can be told


@dataclass(frozen=True, slots=True)
class _State:
    """A path under way."""

    stretch: int
    topic: int  # its node
    path: tuple[int, ...]
    nodes: Ints
    score: float


@dataclass(frozen=True, slots=True)
class Search:
    """A graph that can be asked."""

    knowledge: Knowledge
    names: Names
    reader: Reader
    returns: bool = False  # whether a path may come back to its topic

    def answer(self, question: str, history: Sequence[str] = ()) -> Asked:
        """Return the answers of a question."""
        found = self.names.find(question, history)
        if not found:
            return Asked((), (), 0.0)
        reading = self.reader.read([word.text for word in words_in(question)], found)
        branches = self.branches(found, reading)
        if not branches:
            return Asked((), (), 0.0)
        best = branches[0]
        answers = self._answers(best)
        chosen = [best]
        for other in branches[1:]:
            if other.score > 0 and not any(other.topic.overlaps(one.topic) for one in chosen):
                both = np.intersect1d(answers, self._answers(other))
                if len(both):
                    answers, chosen = both, [*chosen, other]
        score = min(1 / (1 + math.exp(-max(min(one.score, 50.0), -50.0))) for one in chosen)
        if score < LEAST:
            return Asked((), tuple(chosen), score)
        names = tuple(self.knowledge.names[int(node)] for node in answers)
        path = path_in_words(self.knowledge, chosen)
        return Asked(
            tuple(answers.tolist()), tuple(chosen), score, names, path, sparql(self.knowledge, chosen, self.returns)
        )

    def branches(self, found: Sequence[Candidate], reading: Reading) -> list[Branch]:
        """Return the paths that end in something, best first."""
        order = np.argsort(-reading.topics)[:TOPICS]
        states = [
            _State(int(s), node, (), np.array([node], np.int32), float(reading.topics[s]))
            for s in order
            for node in found[s].nodes[:BEAM]
        ]
        ended: list[Branch] = []
        for hop in range(HOPS + 1):
            if not states:
                break
            scores = reading.following([(state.stretch, state.path) for state in states])
            if hop:
                ended += [
                    Branch(found[state.stretch], state.topic, state.path, state.score + float(row[-1]))
                    for state, row in zip(states, scores, strict=True)
                ]
            if hop == HOPS:
                break
            states = self._advance(states, scores)
        return sorted(ended, key=lambda branch: -branch.score)

    def _advance(self, states: Sequence[_State], scores: np.ndarray) -> list[_State]:
        """Return the best continuations."""
        options: list[tuple[float, int, int]] = []
        for n, (state, row) in enumerate(zip(states, scores, strict=True)):
            there = np.flatnonzero(self.knowledge.around(state.nodes))
            best = there[np.argsort(-row[there])[:BEAM]]
            options += [(state.score + float(row[r]), n, int(r)) for r in best]
        options.sort(key=lambda option: -option[0])
        kept: list[_State] = []
        for score, n, relation in options:
            if len(kept) >= BEAM:
                break
            state = states[n]
            nodes = self.knowledge.step(state.nodes, relation)
            nodes = nodes if self.returns else nodes[nodes != state.topic]
            if len(nodes):
                kept.append(_State(state.stretch, state.topic, (*state.path, relation), nodes, score))
        return kept

    def _answers(self, branch: Branch) -> Ints:
        return self.knowledge.follow(branch.node, branch.path, returns=self.returns)
