"""Redacts texts: spans, strings and the words that only a forgotten text used, always by blocks of equal length.

Takes texts and gives texts, so that offsets elsewhere in them stay true. Knows no storage and no graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

BLOCK = "█"
Range = tuple[int, int]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def redact(text: str, ranges: Iterable[Range]) -> str:
    """Return the text with blocks in these half-open ranges.

    >>> redact("PIN 7316 ok", [(4, 8)])
    'PIN ████ ok'
    """
    characters = list(text)
    for start, end in ranges:
        start, end = max(start, 0), min(end, len(text))
        characters[start:end] = BLOCK * max(end - start, 0)
    return "".join(characters)


def occurrences(text: str, strings: Iterable[str]) -> list[Range]:
    """Return where any of the strings stands in the text, whatever its case; in alphabetic scripts as whole words.

    >>> occurrences("Ann, Joanna and ANN", ["ann"])
    [(0, 3), (16, 19)]
    """
    found: list[Range] = []
    for string in strings:
        if not string.strip():
            continue
        before = r"(?<!\w)" if _is_alphabetic(string[0]) else ""
        after = r"(?!\w)" if _is_alphabetic(string[-1]) else ""
        pattern = re.compile(before + re.escape(string) + after, re.IGNORECASE)
        found.extend(match.span() for match in pattern.finditer(text))
    return found


def units(text: str) -> set[str]:
    """Return what makes a text recognisable: its words of three letters or more, numbers, and pairs of ideographs.

    >>> sorted(units("My PIN is 7316. 密码是")), sorted(units("no 4"))
    (['7316', 'pin', '密码', '码是'], ['4'])
    """
    return {text[start:end].casefold() for start, end in _unit_ranges(text)}


def echoes(text: str, forgotten: set[str], kept: set[str]) -> list[Range]:
    """Return where a text uses units that only a forgotten text has."""
    only = forgotten - kept
    return [(start, end) for start, end in _unit_ranges(text) if text[start:end].casefold() in only]


def rest_of(ranges: Sequence[Range], start: int, end: int) -> list[Range]:
    """Return the parts of a range that no other range covers, in order.

    >>> rest_of([(3, 5), (4, 7)], 0, 10)
    [(0, 3), (7, 10)]
    """
    rest: list[Range] = []
    for low, high in sorted(ranges):
        if low > start:
            rest.append((start, min(low, end)))
        start = max(start, high)
        if start >= end:
            break
    if start < end:
        rest.append((start, end))
    return [(low, high) for low, high in rest if low < high]


def _unit_ranges(text: str) -> list[Range]:
    ranges: list[Range] = []
    for run in _IDEOGRAPHS.finditer(text):
        ranges.extend((at, at + 2) for at in range(run.start(), run.end() - 1))
    for word in _WORD.finditer(_IDEOGRAPHS.sub(lambda run: " " * len(run[0]), text)):
        if len(word[0]) >= 3 or any(character.isdigit() for character in word[0]):
            ranges.append(word.span())
    return ranges


def _is_alphabetic(character: str) -> bool:
    return character.isalnum() and not _IDEOGRAPHS.match(character)
