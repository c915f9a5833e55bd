"""The hub encoder for real, on a tiny random model: unit rows, no effect of padding, an id that names the weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generation.encoder import TransformersEncoder
from generation.evidence import BackendError


def saved(directory: Path, seed: int) -> Path:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    directory.mkdir(exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "ferry", "leaves", "at", "noon", "渡", "船"]
    (directory / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(str(directory / "vocab.txt")).save_pretrained(directory)
    torch.manual_seed(seed)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(directory)
    return directory


def test_rows_are_unit_and_padding_and_order_change_nothing(tmp_path: Path) -> None:
    encoder = TransformersEncoder(str(saved(tmp_path, 0)), device="cpu", batch=2)
    texts = ["the ferry leaves at noon", "渡船", "", "noon " * 500]
    rows = encoder.encode(texts)
    assert rows.shape == (4, encoder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    for text, row in zip(texts, rows, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], row, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_the_id_changes_with_the_weights(tmp_path: Path) -> None:
    one = TransformersEncoder(str(saved(tmp_path / "e", 0)), device="cpu").id
    assert TransformersEncoder(str(tmp_path / "e"), device="cpu").id == one
    assert TransformersEncoder(str(saved(tmp_path / "e", 1)), device="cpu").id != one


def test_an_encoder_that_isn_t_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="give the path"):
        TransformersEncoder(str(tmp_path))
