"""Searches the best topic and path of a question: a beam over what the graph has, scored by a model.

Takes a question, a graph, its names and a `Reader`; gives `Asked`. Two topics join where both are likely, don't overlap and their
answers meet. Knows no language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg.asking.asked import FORMS, Asked, Branch, Reader, Reading
from kg.asking.compile import path_in_words, sparql
from kg.asking.knowledge import Ints, Knowledge
from kg.asking.names import Candidate, Names, words_in
from kg.asking.values import value_of

BEAM, HOPS = 8, 3
TOPICS = 5  # stretches that are followed
COUNT, TRUTH = "count", "truth"
EXTREMES = {"most": 1, "least": -1}
FAR = 8.0  # a path that is so much less likely than a whole one is left
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
        if not branches or not branches[0].path:
            return Asked((), (), 0.0)
        form = FORMS[int(reading.forms[found.index(branches[0].topic)].argmax())]
        answers, chosen = self._joined(branches, proving=form == TRUTH)
        score = min(_probability(one.score) for one in chosen)
        if score < LEAST:
            return Asked((), tuple(chosen), score)
        return self._shaped(form, answers, tuple(chosen), score)

    def _joined(self, branches: Sequence[Branch], *, proving: bool) -> tuple[Ints, list[Branch]]:
        """Return the answers of the best branch and of those that join it; when `proving`, they needn't meet."""
        chosen = [branches[0]]
        answers = self._answers(branches[0])
        for other in branches[1:]:
            fits = other.score > 0 and not any(other.topic.overlaps(one.topic) for one in chosen)
            if not fits or not (other.path or proving):
                continue
            both = np.intersect1d(answers, self._answers(other))
            if len(both) or proving:
                answers, chosen = both, [*chosen, other]
        return answers, chosen

    def _shaped(self, form: str, answers: Ints, chosen: tuple[Branch, ...], score: float) -> Asked:
        """Return what is wanted of the nodes: themselves, their number, whether there are any, or those of the extreme value."""
        path = chosen[0].path
        if form in EXTREMES and len(chosen) == 1 and len(path) > 1:
            holders = self.knowledge.follow(chosen[0].node, path[:-1], returns=self.returns)
            answers = self._extreme(holders, path[-1], EXTREMES[form])
        elif form == TRUTH and len(chosen) == 1:
            form = FORMS[0]
        names = tuple(self.knowledge.names[int(node)] for node in answers)
        return Asked(
            tuple(answers.tolist()),
            chosen,
            score,
            (str(len(answers)),) if form == COUNT else names,
            form,
            len(answers) > 0 if form == TRUTH else None,
            path_in_words(self.knowledge, chosen),
            sparql(self.knowledge, chosen, self.returns, form),
        )

    def _extreme(self, holders: Ints, relation: int, sign: int) -> Ints:
        """Return the nodes whose value of a relation is the highest, or the lowest where the sign is -1."""
        values = [
            max(
                (sign * value for value in map(value_of, self._values(node, relation)) if value is not None),
                default=-math.inf,
            )
            for node in holders.tolist()
        ]
        best = max(values, default=-math.inf)
        return holders[[best > -math.inf and value == best for value in values]]

    def _values(self, node: int, relation: int) -> list[str]:
        return [self.knowledge.names[int(n)] for n in self.knowledge.step(np.array([node], np.int32), relation)]

    def branches(self, found: Sequence[Candidate], reading: Reading) -> list[Branch]:
        """Return the paths that end in something, best first; last the topics that stand for themselves."""
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
            ended += [
                Branch(found[state.stretch], state.topic, state.path, state.score + float(row[-1]))
                for state, row in zip(states, scores, strict=True)
            ]
            best = max((branch.score for branch in ended if branch.path), default=-math.inf)
            likely = [n for n, state in enumerate(states) if state.score > min(best - FAR, 0.0)]
            if hop == HOPS or not likely:
                break
            states = self._advance([states[n] for n in likely], scores[likely])
        return sorted(ended, key=lambda branch: (not branch.path, -branch.score))

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


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-max(min(score, 50.0), -50.0)))
