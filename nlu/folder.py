"""A trained model's folder: packed weights, vocabulary and JSON card under one stem. Takes and gives tensors, builds no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nlu.checkpoint import WeightsError, identify, pack, unpack
from nlu.wordpiece import Vocabulary

VOCABULARY = "vocab.txt"
Card = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder holds."""

    tensors: dict[str, Tensor]
    vocabulary: Vocabulary
    shape: dict[str, Any]  # how to build the network: the card's "shape"


def write_folder(folder: Path, stem: str, tensors: Mapping[str, Tensor], vocabulary: Vocabulary, card: Card) -> None:
    """Write STEM.safetensors, STEM.json and the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack({name: tensor.detach().cpu() for name, tensor in tensors.items()})
    save_file(packed, folder / f"{stem}.safetensors")
    vocabulary.save(folder / VOCABULARY)
    text = json.dumps({**card, "weights_id": identify(packed)}, ensure_ascii=False, indent=2)
    (folder / f"{stem}.json").write_text(text + "\n", encoding="utf-8")


def read_folder(folder: Path, stem: str) -> Stored:
    """Return what `write_folder` wrote. Raises WeightsError when a file is missing or broken."""
    weights, card, words = folder / f"{stem}.safetensors", folder / f"{stem}.json", folder / VOCABULARY
    for path in (weights, card, words):
        if not path.is_file():
            raise WeightsError(f"the file {path} is missing; give the --out folder of a training as --model")
    try:
        shape = json.loads(card.read_text(encoding="utf-8"))["shape"]
        tensors = unpack(load_file(weights))
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise WeightsError(f"the model in {folder} can't be read ({error}); train it again") from error
    return Stored(tensors, Vocabulary.load(words), shape)
