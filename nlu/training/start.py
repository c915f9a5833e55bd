"""The trunk that a training starts from: the shipped one, a trained folder's, or a BERT checkpoint's.

Takes a folder, gives a `Trunk` and its vocabulary; trains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from nlu.folder import VOCABULARY, WeightsError, unpack
from nlu.trunk import Trunk, TrunkShape, from_bert
from nlu.wordpiece import Vocabulary

SHIPPED = Path(__file__).parent.parent / "weights"
BERT = "model.safetensors"


def starting_trunk(folder: Path | None) -> tuple[Trunk, Vocabulary]:
    """Return a trunk and its vocabulary; None means the shipped one. Raises WeightsError for a folder without either."""
    folder = SHIPPED if folder is None else folder
    weights = folder / BERT
    if not weights.is_file():
        found = sorted(folder.glob("*.safetensors"))
        if not found:
            raise WeightsError(f"{folder} holds no weights to start from; give a trained model or a BERT checkpoint")
        weights = found[0]
    try:
        tensors = load_file(weights)
        lines = (folder / VOCABULARY).read_text(encoding="utf-8").splitlines()
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{weights} can't be started from ({error})") from error
    if weights.name == BERT:
        rows = [n for n, line in enumerate(lines) if not line.startswith("[unused")]
        vocabulary, ours = Vocabulary([lines[n] for n in rows]), from_bert(tensors, rows)
    else:
        vocabulary, ours = Vocabulary(lines), _trunk_of(tensors)
    trunk = Trunk(_shape_of(ours))
    trunk.load_state_dict(ours)
    return trunk, vocabulary


def _trunk_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the trunk among a model's tensors, or all of them where there is nothing but a trunk."""
    plain = unpack(tensors)
    return {name.removeprefix("trunk."): t for name, t in plain.items() if name.startswith("trunk.")} or plain


def _shape_of(tensors: Mapping[str, Tensor]) -> TrunkShape:
    vocabulary, hidden = tensors["words.weight"].shape
    layers = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("blocks."))
    inner = tensors["blocks.0.up.weight"].shape[0]
    positions = tensors["positions.weight"].shape[0]
    return TrunkShape(vocabulary, hidden, layers, max(hidden // 32, 1), inner, positions)
