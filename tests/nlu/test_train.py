"""Where a training begins: an earlier model that knew fewer relations is taken up with room for the new ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from nlu import checkpoint
from nlu.folder import write_folder
from nlu.labels import RELATIONS
from nlu.network import Network
from nlu.train import TrainRequest, starting_network
from nlu.train import _grown as grown  # pyright: ignore[reportPrivateUsage]
from nlu.trunk import TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

LABELS = "pairs.labels."
ROWS = ("descriptions", "learned", "bias")
FEWER = len(RELATIONS) - 3


def cut(tensors: dict[str, Tensor], count: int) -> dict[str, Tensor]:
    """Return a model's tensors as if it knew only so many relations."""
    return tensors | {LABELS + name: tensors[LABELS + name][:count] for name in ROWS}


def filled(network: Network) -> dict[str, Tensor]:
    """Return a network's tensors, with something learned of every relation."""
    torch.manual_seed(1)
    for tensor in (network.pairs.labels.descriptions, network.pairs.labels.learned, network.pairs.labels.bias):
        torch.nn.init.normal_(tensor)
    return {name: tensor.detach() for name, tensor in network.state_dict().items()}


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary([PAD, UNK, CLS, SEP, MASK, "bo", "sings"])


def test_relations_added_since_begin_with_nothing_learned(vocabulary: Vocabulary) -> None:
    network = Network(TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=64), lstm=24)
    full = filled(network)
    earlier = cut(full, FEWER)
    made = grown(earlier)
    for name in ROWS:
        assert made[LABELS + name].shape == full[LABELS + name].shape
        assert torch.equal(made[LABELS + name][:FEWER], earlier[LABELS + name])
    assert not made[f"{LABELS}descriptions"][FEWER:].any()
    assert not made[f"{LABELS}learned"][FEWER:].any()
    assert (made[f"{LABELS}bias"][FEWER:] == earlier[f"{LABELS}bias"][1:].median()).all()
    assert all(made[name] is tensor for name, tensor in earlier.items() if not name.startswith(LABELS))
    network.load_state_dict(made)


def test_a_model_that_knows_every_relation_stays_as_it_is(vocabulary: Vocabulary) -> None:
    network = Network(TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=64), lstm=24)
    full = filled(network)
    assert all(torch.equal(tensor, full[name]) for name, tensor in grown(full).items())


def test_a_stored_model_with_fewer_relations_is_taken_up(vocabulary: Vocabulary, tmp_path: Path) -> None:
    full = filled(Network(TrunkShape(len(vocabulary))))
    card = {"name": "tripletalk-understanding", "version": "0"}
    write_folder(tmp_path / "earlier", checkpoint.STEM, cut(full, FEWER), vocabulary, card)
    network, words = starting_network(TrainRequest((), tmp_path / "out", start=tmp_path / "earlier"))
    labels = network.pairs.labels
    assert len(words) == len(vocabulary)
    assert len(labels.bias) == len(RELATIONS)
    assert torch.allclose(labels.learned[:FEWER], full[f"{LABELS}learned"][:FEWER], atol=0.03)
    assert not labels.learned[FEWER:].any()
