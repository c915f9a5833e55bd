"""Passages by association: a walk that starts at the best of both searches and at the names in the question.

Takes a question, the fused hits and the web of an index, gives how much of the walk ends at each passage: what answers a
question in two steps, and the turn that replies to the one that matched. One rule: WALK * share of the walk, as a part of
the best, + the fused score.

Source: Gutiérrez et al., From RAG to Memory: Non-Parametric Continual Learning for Large Language Models, 2025; with
names as they are written in place of a language model's triples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from generation.web import Edges, Near, Web

SEEDS = 20  # passages the walk starts at
SHARP = 0.1  # fused score that makes a passage e times as likely a start
NAMES = 1.0  # weight of all the names of the question together, beside 1 for all passages
WALK = 3.0

Push = Callable[[Callable[[Near], Edges], Mapping[Near, float]], dict[Near, float]]


def walk(push: Push, web: Web, scored: Sequence[tuple[int, float]], names: Mapping[str, float]) -> dict[int, float]:
    """Return the share of the walk that ends at each passage it reaches, the best 1.

    `scored` are passages with their fused scores, best first; `names` the names in the question with shares of 1.
    """
    starts = scored[:SEEDS]
    seeds: dict[Near, float] = {}
    if starts:
        heat = {id: math.exp((score - starts[0][1]) / SHARP) for id, score in starts}
        total = sum(heat.values())
        seeds.update({id: each / total for id, each in heat.items()})
    for name, share in names.items():
        seeds[name] = NAMES * share
    ends = {node: share for node, share in push(web.near, seeds).items() if isinstance(node, int)} if seeds else {}
    most = max(ends.values(), default=1.0)
    return {id: share / most for id, share in ends.items()}


def order(scored: Sequence[tuple[int, float]], ends: Mapping[int, float]) -> list[tuple[int, float]]:
    """Return passages by fused score and walk together, best first; of equals the newer first.

    >>> order([(1, 0.5), (2, 0.4)], {2: 1.0, 3: 0.5})
    [(2, 3.4), (3, 1.5), (1, 0.5)]
    """
    fused = dict(scored)
    both = {id: fused.get(id, 0.0) + WALK * ends.get(id, 0.0) for id in {**fused, **ends}}
    return sorted(both.items(), key=lambda pair: (-pair[1], -pair[0]))
