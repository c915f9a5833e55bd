"""Push PageRank: against power iteration on the whole matrix, and on graphs that have no end or no beginning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from kg.pagerank import push

Matrix = npt.NDArray[np.float64]


def power_iteration(weights: Matrix, seeds: Matrix, restart: float) -> Matrix:
    """Return where the walk ends, exactly; a node without neighbours keeps what comes by."""
    degrees = weights.sum(1, keepdims=True)
    steps = np.divide(weights, degrees, out=np.zeros_like(weights), where=degrees > 0)
    stops = np.where(degrees[:, 0] > 0, restart, 1.0)
    here, ends = seeds / seeds.sum(), np.zeros_like(seeds)
    for _ in range(400):
        ends += here * stops
        here = (here * (1.0 - stops)) @ steps
    return ends


def random_graph(nodes: int, edges: int, seed: int) -> Matrix:
    random = np.random.default_rng(seed)
    weights = np.zeros((nodes, nodes))
    weights[random.integers(0, nodes, edges), random.integers(0, nodes, edges)] = random.random(edges) + 0.1
    return weights


def neighbours_of(weights: Matrix, node: int) -> Sequence[tuple[int, float]]:
    return [(int(other), float(weights[node, other])) for other in np.flatnonzero(weights[node])]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("restart", [0.15, 0.3, 0.8])
def test_it_is_what_power_iteration_gives(seed: int, restart: float) -> None:
    weights = random_graph(60, 240, seed)
    seeds = np.zeros(60)
    seeds[[3, 17, 41]] = (0.5, 0.3, 0.2)
    start = {int(n): float(seeds[n]) for n in np.flatnonzero(seeds)}
    found = push(lambda node: neighbours_of(weights, node), start, restart=restart, tolerance=1e-9)
    wanted = power_iteration(weights, seeds, restart)
    assert np.allclose([found.get(n, 0.0) for n in range(60)], wanted, atol=1e-6)


def test_what_it_leaves_out_is_below_the_tolerance_a_neighbour() -> None:
    weights = random_graph(200, 1600, 7)
    seeds = np.zeros(200)
    seeds[0] = 1.0
    tolerance = 1e-4
    found = push(lambda node: neighbours_of(weights, node), {0: 1.0}, restart=0.3, tolerance=tolerance)
    wanted = power_iteration(weights, seeds, 0.3)
    missed = wanted - [found.get(n, 0.0) for n in range(200)]
    assert (missed >= -1e-12).all()
    assert missed.sum() <= tolerance * np.count_nonzero(weights)


def test_only_what_lies_near_is_ever_asked_for() -> None:
    asked: list[int] = []

    def line(node: int) -> Sequence[tuple[int, float]]:
        asked.append(node)
        return [(node - 1, 1.0), (node + 1, 1.0)]

    found = push(line, {0: 1.0}, restart=0.5)
    assert len(asked) == len(set(asked)) < 40
    assert found[0] > found[1] > found[2]
    assert found[1] == pytest.approx(found[-1], abs=1e-3)


def test_at_most_so_many_nodes_are_opened() -> None:
    asked: list[int] = []

    def tree(node: int) -> Sequence[tuple[int, float]]:
        asked.append(node)
        return [(2 * node, 1.0), (2 * node + 1, 1.0)]

    push(tree, {1: 1.0}, restart=0.01, tolerance=1e-12, most=50)
    assert len(asked) == 50


def test_it_is_the_same_every_time_and_the_seeds_need_not_sum_to_one() -> None:
    weights = random_graph(80, 400, 3)
    one = push(lambda node: neighbours_of(weights, node), {1: 1.0, 2: 3.0})
    other = push(lambda node: neighbours_of(weights, node), {1: 10.0, 2: 30.0})
    assert list(one.items()) == list(push(lambda node: neighbours_of(weights, node), {1: 1.0, 2: 3.0}).items())
    assert one.keys() == other.keys()
    assert np.allclose(list(one.values()), [other[node] for node in one])


def test_without_a_start_or_an_edge_there_is_no_walk() -> None:
    assert push(lambda node: [], {}) == {}
    assert push(lambda node: [], {"a": 0.0}) == {}
    assert push(lambda node: [], {"a": 2.0}) == {"a": 1.0}
    graph: dict[str, list[tuple[str, float]]] = {"a": [("b", 0.0)], "b": []}
    assert push(graph.__getitem__, {"a": 1.0}) == {"a": 1.0}
    with pytest.raises(ValueError, match="restart"):
        push(lambda node: [], {"a": 1.0}, restart=0.0)
