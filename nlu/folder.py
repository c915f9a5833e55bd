"""A model's folder on disk: packed weights and a JSON card under one stem, beside the vocabulary. Takes and gives tensors.

Matrices are stored as 8-bit integers with one scale a row (a quarter of the size, no measurable loss), the rest as 16-bit
floats; both are unpacked to 32-bit floats when read. It builds no network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nlu.wordpiece import Vocabulary

VOCABULARY = "vocab.txt"
SCALE = ".scale"
TRAIN_AGAIN = "give the --out folder of a training as --model, or train it again"  # for models of the user's own
Card = Mapping[str, object]


class WeightsError(Exception):
    """A weight file is missing or broken; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a folder holds."""

    tensors: dict[str, Tensor]
    vocabulary: Vocabulary
    card: dict[str, Any]

    @property
    def shape(self) -> dict[str, Any]:
        """Return how to build the network, for cards that say so. Raises WeightsError."""
        if "shape" not in self.card:
            raise WeightsError(f"the card says nothing of the network's shape; {TRAIN_AGAIN}")
        return self.card["shape"]


def write_folder(folder: Path, stem: str, tensors: Mapping[str, Tensor], vocabulary: Vocabulary, card: Card) -> str:
    """Write STEM.safetensors, STEM.json and the vocabulary; return the id of the trunk among the tensors."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack({name: tensor.detach().cpu() for name, tensor in tensors.items()})
    trunk_id = identify({name: tensor for name, tensor in packed.items() if name.startswith("trunk.")})
    save_file(packed, folder / f"{stem}.safetensors")
    vocabulary.save(folder / VOCABULARY)
    text = json.dumps({**card, "trunk_id": trunk_id}, ensure_ascii=False, indent=2)
    (folder / f"{stem}.json").write_text(text + "\n", encoding="utf-8")
    return trunk_id


def read_folder(folder: Path, stem: str, *, remedy: str) -> Stored:
    """Return what `write_folder` wrote. Raises WeightsError, with the remedy, when a file is missing or broken."""
    weights, card, words = folder / f"{stem}.safetensors", folder / f"{stem}.json", folder / VOCABULARY
    for path in (weights, card, words):
        if not path.is_file():
            raise WeightsError(f"the weight file {path} is missing; {remedy}")
    try:
        return Stored(unpack(load_file(weights)), Vocabulary.load(words), json.loads(card.read_text(encoding="utf-8")))
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise WeightsError(f"the weights in {folder} can't be read ({error}); {remedy}") from error


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return 8-bit matrices with their row scales, and 16-bit vectors."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 2 and tensor.numel() >= 4096:
            scale = tensor.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
            packed[name] = (tensor / scale).round().to(torch.int8)
            packed[name + SCALE] = scale.squeeze(1).to(torch.float16)
        else:
            packed[name] = tensor.to(torch.float16)
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return 32-bit tensors; the inverse of `pack` up to rounding."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in packed.items():
        if name.endswith(SCALE):
            continue
        scale = packed.get(name + SCALE)
        tensors[name] = tensor.float() if scale is None else tensor.float() * scale.float().unsqueeze(1)
    return tensors


def identify(packed: Mapping[str, Tensor]) -> str:
    """Return a short name for these very weights."""
    digest = hashlib.sha256()
    for name in sorted(packed):
        digest.update(name.encode())
        digest.update(packed[name].contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
