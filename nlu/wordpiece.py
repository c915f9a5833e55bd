"""Words to sub-word ids: the trunk's vocabulary, greedy longest match first.

Takes tokens (nlu.tokens), gives row numbers of the embedding. A traditional Chinese character shares the row of its
simplified form, so that the models see one script while offsets and display keep the text as it was given.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"


class Vocabulary:
    """One row a line; further forms on a line (separated by a space) share its row."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = tuple(rows)
        self.ids = {form: row for row, line in enumerate(rows) for form in line.split(" ")}
        self.pad, self.unknown = self.ids[PAD], self.ids[UNK]
        self.cls, self.sep, self.mask = self.ids[CLS], self.ids[SEP], self.ids[MASK]
        self._pieces = lru_cache(maxsize=65_536)(self._split)

    @cached_property
    def simplified(self) -> dict[str, str]:
        """Return the simplified form of each traditional character that shares its row."""
        forms = (line.split(" ") for line in self.rows if " " in line)
        return {traditional: first for first, *others in forms for traditional in others}

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        return cls(path.read_text(encoding="utf-8").splitlines())

    def save(self, path: Path) -> None:
        path.write_text("\n".join(self.rows) + "\n", encoding="utf-8")

    def __len__(self) -> int:
        return len(self.rows)

    def pieces(self, word: str) -> tuple[int, ...]:
        """Return the row numbers of a token's pieces, never empty."""
        return self._pieces(word)

    def _split(self, word: str, longest: int = 64) -> tuple[int, ...]:
        folded = _fold(word)
        ids: list[int] = []
        for part in _parts(folded):
            ids.extend(self._split_part(part) if len(part) <= longest else (self.unknown,))
        return tuple(ids) or (self.unknown,)

    def _split_part(self, part: str) -> list[int]:
        ids: list[int] = []
        start = 0
        while start < len(part):
            prefix = "##" if start else ""
            end = next((end for end in range(len(part), start, -1) if prefix + part[start:end] in self.ids), 0)
            if not end:
                return [self.unknown]
            ids.append(self.ids[prefix + part[start:end]])
            start = end
        return ids


def _fold(word: str) -> str:
    """Lower-case and strip accents, as the English body was pre-trained (uncased)."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def _parts(word: str) -> list[str]:
    """Cut a token at its punctuation, as the pre-training tokenizer did: "1,850" -> "1", ",", "850"."""
    parts: list[str] = []
    for character in word:
        if parts and character.isalnum() and parts[-1][-1].isalnum():
            parts[-1] += character
        else:
            parts.append(character)
    return parts
