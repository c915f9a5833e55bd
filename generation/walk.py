"""Passages by association: a walk that starts at the best of both searches and at the names in the question.

Takes a question, its fused hits and the web of an index, gives how much of the walk ends at each passage: what answers a
question in two steps, and the turn that replies to the one that matched. It knows no model and no facts; the walk itself is
handed in (`kg.pagerank.push`). One rule joins both: share of the walk, the best's being 1, + FUSED * the fused score.

Source: Gutiérrez et al., From RAG to Memory: Non-Parametric Continual Learning for Large Language Models, 2025; with
names as they are written in place of a language model's triples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generation.names import plain
from generation.web import Edges, Near, Web

SEEDS = 20  # passages the walk starts at
SHARP = 0.1  # fused score that makes a passage e times as likely a start
NAMES = 1.0  # weight of all the names of the question together, beside 1 for all passages
FOCUS = 0.1  # the same for what the conversation is about
FUSED = 0.01  # what the fused score adds: it decides where the walk tells nothing apart

Push = Callable[[Callable[[Near], Edges], Mapping[Near, float]], dict[Near, float]]
Scored = Sequence[tuple[int, float]]  # passages by id with their fused scores, best first


@dataclass(frozen=True, slots=True)
class Walker:
    """A walk over the web of one index."""

    push: Push
    web: Web

    def ends(
        self, question: str, scored: Scored, *, linked: Sequence[str] = (), focus: Sequence[str] = ()
    ) -> dict[int, float]:
        """Return the share of the walk that ends at each passage it reaches, the best 1; {} where it starts nowhere.

        `linked` are names of those whom the question is about beside those it writes, `focus` of those whom the
        conversation is about.
        """
        seeds: dict[Near, float] = {}
        if scored:
            heat = {id: math.exp((score - scored[0][1]) / SHARP) for id, score in scored[:SEEDS]}
            total = sum(heat.values())
            seeds.update({id: each / total for id, each in heat.items()})
        for name, share in self.web.names_asked(question, linked).items():
            seeds[name] = NAMES * share
        near = [name for name in dict.fromkeys(map(plain, focus)) if self.web.holding(name)]
        for name in near:
            seeds[name] = seeds.get(name, 0.0) + FOCUS / len(near)
        if not seeds:
            return {}
        ends = {node: share for node, share in self.push(self.web.near, seeds).items() if isinstance(node, int)}
        most = max(ends.values(), default=1.0)
        return {id: share / most for id, share in ends.items()}


def order(scored: Scored, ends: Mapping[int, float]) -> list[tuple[int, float]]:
    """Return passages by walk and fused score together, best first; of equals the newer first.

    >>> order([(1, 0.5), (2, 0.25)], {2: 1.0, 3: 0.5})
    [(2, 1.0025), (3, 0.5), (1, 0.005)]
    """
    fused = dict(scored)
    both = {id: ends.get(id, 0.0) + FUSED * fused.get(id, 0.0) for id in {**fused, **ends}}
    return sorted(both.items(), key=lambda pair: (-pair[1], -pair[0]))
