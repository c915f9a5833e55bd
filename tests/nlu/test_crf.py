"""The CRF against every path, enumerated."""

from itertools import pairwise, product

import torch

from nlu.crf import CRF

LABELS, LENGTH = 3, 4


def _crf() -> CRF:
    torch.manual_seed(1)
    crf = CRF(LABELS, bioes=False)
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf


def _score(crf: CRF, emissions: torch.Tensor, path: tuple[int, ...]) -> float:
    total = crf.start[path[0]] + crf.end[path[-1]] + sum(emissions[t, label] for t, label in enumerate(path))
    total = total + sum(crf.step[a, b] for a, b in pairwise(path))
    return float(total.detach())


def test_log_likelihood_matches_all_paths() -> None:
    crf = _crf()
    emissions = torch.randn(2, LENGTH, LABELS)
    mask = torch.tensor([[True] * 4, [True, True, True, False]])
    gold = torch.tensor([[0, 2, 1, 0], [1, 1, 2, 0]])
    allowed = torch.nn.functional.one_hot(gold, LABELS).bool()
    allowed[1, 3] = True
    expected = []
    for row, length in enumerate((4, 3)):
        paths = list(product(range(LABELS), repeat=length))
        log_z = torch.logsumexp(torch.tensor([_score(crf, emissions[row], p) for p in paths]), 0)
        expected.append(float(log_z) - _score(crf, emissions[row], tuple(gold[row, :length].tolist())))
    assert torch.isclose(crf.loss(emissions, mask, allowed), torch.tensor(expected).mean(), atol=1e-4)


def test_partial_labels_sum_over_the_allowed_paths() -> None:
    crf = _crf()
    emissions = torch.randn(1, LENGTH, LABELS)
    allowed = torch.tensor([[[True, True, False], [True, True, True], [False, False, True], [True, False, True]]])
    scores = {p: _score(crf, emissions[0], p) for p in product(range(LABELS), repeat=LENGTH)}
    fit = [s for p, s in scores.items() if all(allowed[0, t, label] for t, label in enumerate(p))]
    expected = torch.logsumexp(torch.tensor(list(scores.values())), 0) - torch.logsumexp(torch.tensor(fit), 0)
    assert torch.isclose(crf.loss(emissions, torch.ones(1, LENGTH, dtype=torch.bool), allowed), expected, atol=1e-4)


def test_viterbi_finds_the_best_path() -> None:
    crf = _crf()
    emissions = torch.randn(5, LENGTH, LABELS)
    best = crf.best(emissions, torch.ones(5, LENGTH, dtype=torch.bool))
    for row in range(5):
        assert tuple(best[row]) == max(
            product(range(LABELS), repeat=LENGTH), key=lambda p: _score(crf, emissions[row], p)
        )


def test_marginals_match_all_paths() -> None:
    crf = _crf()
    emissions = torch.randn(1, LENGTH, LABELS)
    scores = {p: _score(crf, emissions[0], p) for p in product(range(LABELS), repeat=LENGTH)}
    weights = torch.softmax(torch.tensor(list(scores.values())), 0)
    expected = torch.zeros(LENGTH, LABELS)
    for path, weight in zip(scores, weights, strict=True):
        for t, label in enumerate(path):
            expected[t, label] += weight
    assert torch.allclose(crf.marginals(emissions, torch.ones(1, LENGTH, dtype=torch.bool))[0], expected, atol=1e-4)


def test_padding_changes_nothing() -> None:
    crf = _crf()
    emissions = torch.randn(1, LENGTH, LABELS)
    padded = torch.cat([emissions, torch.randn(1, 3, LABELS)], 1)
    mask = torch.tensor([[True] * LENGTH + [False] * 3])
    whole = torch.ones(1, LENGTH, dtype=torch.bool)
    assert crf.best(padded, mask) == crf.best(emissions, whole)
    assert torch.allclose(crf.marginals(padded, mask)[:, :LENGTH], crf.marginals(emissions, whole), atol=1e-5)


def test_paths_obey_bioes() -> None:
    from nlu import bioes

    torch.manual_seed(2)
    crf = CRF()
    paths = crf.best(5 * torch.randn(8, 9, len(bioes.LABELS)), torch.ones(8, 9, dtype=torch.bool))
    for path in paths:
        assert bioes.may_start(path[0])
        assert bioes.may_end(path[-1])
        assert all(bioes.may_follow(a, b) for a, b in pairwise(path))
