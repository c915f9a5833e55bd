"""A trunk small enough to learn a few sentences in seconds, written as a folder to start a training from."""

from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import save_file

from nlu.trunk import Trunk, TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary


def write_tiny_trunk(folder: Path, words: Iterable[str]) -> Path:
    """Write a random trunk whose vocabulary is these words; return its folder."""
    vocabulary = Vocabulary([PAD, UNK, CLS, SEP, MASK, *sorted({word.casefold() for word in words})])
    torch.manual_seed(0)
    trunk = Trunk(TrunkShape(len(vocabulary), hidden=64, layers=2, heads=2, inner=128, positions=320))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(trunk.state_dict(), folder / "trunk.safetensors")
    vocabulary.save(folder / "vocab.txt")
    return folder
