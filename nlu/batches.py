"""Texts to padded tensors: tokens, sub-words, case and character rows. Knows the vocabulary, no model and no labels."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nlu.tokens import Token, is_han, tokenize
from nlu.wordpiece import Vocabulary
from nlu.words import word_rows

CASES = 8
CHARACTER_ROWS = 512
CHARACTERS_A_TOKEN = 14
LONGEST_PIECES = 256  # sub-words of a text, [CLS] and [SEP] among them


@dataclass(frozen=True, slots=True)
class Batch:
    """B sentences. A token's vector is that of its first sub-word."""

    ids: Tensor  # [B, T] rows of the vocabulary, with [CLS] and [SEP]
    piece_mask: Tensor  # [B, T]
    first_piece: Tensor  # [B, W] where each token starts among the sub-words
    token_mask: Tensor  # [B, W]
    lengths: Tensor  # [B] tokens, on the CPU as packing wants it
    cases: Tensor  # [B, W]
    characters: Tensor  # [B, W, C]
    words: Tensor  # [B, W] what a dictionary says of the token (nlu.words)
    known: Tensor  # [B, W] whether it belongs to a name that the graph knows

    def to(self, device: torch.device) -> Batch:
        moved = {name: getattr(self, name).to(device) for name in self.__slots__ if name != "lengths"}
        return Batch(**moved, lengths=self.lengths)


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence as numbers."""

    ids: tuple[int, ...]
    first_piece: tuple[int, ...]
    cases: tuple[int, ...]
    characters: tuple[tuple[int, ...], ...]
    words: tuple[int, ...]
    known: tuple[int, ...]


def row_of(tokens: Sequence[Token], vocabulary: Vocabulary, known: Sequence[int] = ()) -> Row:
    """Return a sentence's numbers; tokens past the trunk's length are cut off. `known`: see `nlu.words.known`."""
    ids, first = [vocabulary.cls], []
    for token in tokens:
        pieces = vocabulary.pieces(token.text)
        if len(ids) + len(pieces) >= LONGEST_PIECES:
            break
        first.append(len(ids))
        ids.extend(pieces)
    kept = tokens[: len(first)]
    characters = tuple(tuple(map(_hash, token.text[:CHARACTERS_A_TOKEN])) for token in kept)
    words = word_rows(kept, vocabulary.simplified)
    names = tuple(known[: len(kept)]) or (0,) * len(kept)
    return Row(
        (*ids, vocabulary.sep), tuple(first), tuple(_case(token.text) for token in kept), characters, words, names
    )


def sub_words(texts: Sequence[str], vocabulary: Vocabulary, *, longest: int = LONGEST_PIECES) -> tuple[Tensor, Tensor]:
    """Return ids and mask [B, T] of texts, with [CLS] and [SEP]; sub-words past `longest` are not read."""
    rows: list[list[int]] = []
    for text in texts:
        pieces = [piece for token in tokenize(text[: 20 * longest]) for piece in vocabulary.pieces(token.text)]
        rows.append([vocabulary.cls, *pieces[: longest - 2], vocabulary.sep])
    width = max(map(len, rows))
    ids = torch.tensor([row + [vocabulary.pad] * (width - len(row)) for row in rows])
    return ids, torch.arange(width) < torch.tensor([len(row) for row in rows])[:, None]


def collate(rows: Sequence[Row], vocabulary: Vocabulary) -> Batch:
    """Return a padded batch; every row must have at least one token."""
    pieces, width = max(len(row.ids) for row in rows), max(len(row.cases) for row in rows)
    ids = torch.full((len(rows), pieces), vocabulary.pad)
    first = torch.zeros(len(rows), width, dtype=torch.long)
    cases, words, known = (torch.zeros(len(rows), width, dtype=torch.long) for _ in range(3))
    characters = torch.zeros(len(rows), width, CHARACTERS_A_TOKEN, dtype=torch.long)
    lengths = torch.tensor([len(row.cases) for row in rows])
    for n, row in enumerate(rows):
        ids[n, : len(row.ids)] = torch.tensor(row.ids)
        first[n, : len(row.cases)] = torch.tensor(row.first_piece)
        cases[n, : len(row.cases)] = torch.tensor(row.cases)
        words[n, : len(row.words)] = torch.tensor(row.words)
        known[n, : len(row.known)] = torch.tensor(row.known)
        for w, spelled in enumerate(row.characters):
            characters[n, w, : len(spelled)] = torch.tensor(spelled)
    sizes = torch.tensor([len(row.ids) for row in rows])
    piece_mask = torch.arange(pieces) < sizes[:, None]
    return Batch(
        ids, piece_mask, first, torch.arange(width) < lengths[:, None], lengths, cases, characters, words, known
    )


def _case(word: str) -> int:
    """Return a word's shape: 0 is padding."""
    if is_han(word[0]):
        return 1
    if word[0].isdigit():
        return 2
    if not any(c.isalpha() for c in word):
        return 3
    if word.islower():
        return 4
    if word.isupper() and len(word) > 1:
        return 5
    return 6 if word[0].isupper() else 7


def _hash(character: str) -> int:
    return 1 + zlib.crc32(character.encode()) % (CHARACTER_ROWS - 1) if ord(character) > 127 else 1 + ord(character)
