"""What generation/ knows of each language, read once from phrases/<code>.toml as frozen values; knows no model."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

_FOLDER = Path(__file__).parent / "phrases"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """The words, cues and sentence patterns of one language."""

    code: str
    stop: frozenset[str]
    light: frozenset[str]
    anaphors: tuple[str, ...]
    reasons: tuple[str, ...]
    asking: re.Pattern[str]  # words that say which kind of answer is wanted, and nothing of what is asked
    speaker: frozenset[str]  # words by which a speaker means themselves
    negations: frozenset[str]
    affirmatives: frozenset[str]  # words that hold a mark of negation and deny nothing
    admissions: tuple[str, ...]
    expects: Mapping[str, re.Pattern[str]]
    present: Mapping[str, re.Pattern[str]]
    variants: Mapping[str, tuple[str, ...]]

    def say(self, key: str, seed: str = "", **values: str) -> str:
        """Return a variant of the pattern `key`, always the same one for the same seed."""
        choices = self.variants[key]
        return choices[zlib.crc32(seed.encode()) % len(choices)].format(**values)


def codes() -> tuple[str, ...]:
    """Return the codes of the languages there are files for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def is_chinese(text: str) -> bool:
    """Return whether a text is mostly written in Chinese characters.

    >>> is_chinese("王小明住在Bergen。"), is_chinese("Nora knows 王小明.")
    (True, False)
    """
    han = len(HAN.findall(text))
    return han * 2 > len(re.findall(r"[^\W\d_]", text)) - han


def language_of(code: str) -> Language:
    """Return a language by its code; an unknown code gives English."""
    return _load(code if code in codes() else DEFAULT_LANGUAGE)


HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")


@cache
def _load(code: str) -> Language:
    table = tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))

    def words(key: str) -> frozenset[str]:
        return frozenset(cast(str, table[key]).split())

    def strings(key: str) -> tuple[str, ...]:
        return tuple(cast("list[str]", table[key]))

    def patterns(key: str) -> Mapping[str, re.Pattern[str]]:
        rows = cast("dict[str, list[str]]", table[key])
        return MappingProxyType({name: re.compile("|".join(row), re.IGNORECASE) for name, row in rows.items()})

    said = cast("dict[str, str | list[str]]", table["say"])
    variants = {key: (row,) if isinstance(row, str) else tuple(row) for key, row in said.items()}
    return Language(
        code=cast(str, table["code"]),
        stop=words("stop"),
        light=words("light"),
        anaphors=strings("anaphors"),
        reasons=strings("reasons"),
        asking=re.compile(cast(str, table["asking"]), re.IGNORECASE),
        speaker=words("speaker"),
        negations=words("negations"),
        affirmatives=words("affirmatives"),
        admissions=strings("admissions"),
        expects=patterns("expects"),
        present=patterns("present"),
        variants=MappingProxyType(variants),
    )
