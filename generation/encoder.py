"""Sentences to unit vectors with any encoder of the hub, by id or folder: mean pooling over its last hidden states.

The alternative to the encoder that is shipped; knows no index. torch and transformers are imported when it loads.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from generation.evidence import BackendError, Vectors


class TransformersEncoder:
    """Mean-pooled unit vectors, as sentence-transformers makes them."""

    def __init__(self, name_or_path: str, *, device: str = "auto", batch: int = 64, longest: int = 256) -> None:
        """Load; `longest` is in tokens, longer texts are cut.

        Raises:
            BackendError: transformers isn't installed, or the encoder isn't there and can't be fetched.
        """
        try:
            import torch
            import transformers
        except ImportError as error:
            raise BackendError("this encoder needs torch and transformers: install them") from error
        try:
            self._tokenizer = cast(Any, transformers.AutoTokenizer).from_pretrained(name_or_path)
            model = cast(Any, transformers.AutoModel).from_pretrained(name_or_path, dtype=torch.float32)
        except (OSError, ValueError, KeyError) as error:
            raise BackendError(
                f"can't load the encoder {name_or_path!r}: it is neither a folder with an encoder nor to be had "
                "from the hub (no network?); give the path of a downloaded one"
            ) from error
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.dimension = int(model.config.hidden_size)
        self.id = f"{Path(name_or_path).name}@{_fingerprint(model)}"
        self._model = model.to(device).eval()
        self._batch = batch
        self._longest = min(longest, int(getattr(model.config, "max_position_embeddings", longest)))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit row vectors, shape [N, D]; texts of like length share a batch, so padding is little."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), self._batch):
            at = order[start : start + self._batch]
            rows[at] = self._pooled([texts[i] for i in at])
        return rows

    def _pooled(self, texts: list[str]) -> npt.NDArray[np.float32]:
        import torch

        inputs = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        ).to(self._model.device)
        with torch.inference_mode():
            hidden = self._model(**inputs).last_hidden_state  # [B, T, H]
            mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # [B, T, 1]
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)  # [B, H]
            unit = torch.nn.functional.normalize(mean, dim=-1)
        return cast("npt.NDArray[np.float32]", unit.cpu().numpy())


def _fingerprint(model: Any) -> str:
    """Return eight hexadecimal digits that change with any weight."""
    code = 0
    for _, tensor in sorted(model.state_dict().items()):
        code = zlib.crc32(tensor.detach().cpu().contiguous().numpy().tobytes(), code)
    return f"{code:08x}"
