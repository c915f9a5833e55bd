"""Weights on disk: safetensors beside a JSON card and the vocabulary. Takes and gives networks; trains nothing.

Matrices are stored as 8-bit integers with one scale a row (a quarter of the size, no measurable loss), the rest as 16-bit
floats; both are unpacked to 32-bit floats when loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from nlu.network import Network
from nlu.trunk import TrunkShape
from nlu.wordpiece import Vocabulary

WEIGHTS, CARD, VOCABULARY = "understanding.safetensors", "understanding.json", "vocab.txt"
SCALE = ".scale"


class WeightsError(Exception):
    """A weight file is missing or broken; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network ready to read, with what stamps its outputs."""

    network: Network
    vocabulary: Vocabulary
    trunk_id: str
    extractor: str  # name and version, written beside every fact


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


def save(folder: Path, network: Network, vocabulary: Vocabulary, card: Mapping[str, object]) -> str:
    """Write a network, its vocabulary and its card; return the trunk's id."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack({name: tensor.detach().cpu() for name, tensor in network.state_dict().items()})
    trunk_id = identify({name: tensor for name, tensor in packed.items() if name.startswith("trunk.")})
    save_file(packed, folder / WEIGHTS)
    vocabulary.save(folder / VOCABULARY)
    (folder / CARD).write_text(
        json.dumps({**card, "trunk_id": trunk_id}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    return trunk_id


def load(folder: Path, *, device: str = "cpu") -> Loaded:
    """Return the network of a folder. Raises WeightsError when a file is missing or broken."""
    for name in (WEIGHTS, CARD, VOCABULARY):
        if not (folder / name).is_file():
            raise WeightsError(
                f"the weight file {folder / name} is missing; install tripletalk again, or train it with `tripletalk train`"
            )
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        packed = load_file(folder / WEIGHTS)
    except (SafetensorError, ValueError, OSError) as error:
        raise WeightsError(f"the weights in {folder} can't be read ({error}); install tripletalk again") from error
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    network = Network(TrunkShape(vocabulary=len(vocabulary)))
    network.load_state_dict(unpack(packed))
    return Loaded(network.eval().to(device), vocabulary, str(card["trunk_id"]), f"{card['name']} {card['version']}")


def identify(packed: Mapping[str, Tensor]) -> str:
    """Return a short name for these very weights."""
    digest = hashlib.sha256()
    for name in sorted(packed):
        digest.update(name.encode())
        digest.update(packed[name].contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
