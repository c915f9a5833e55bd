"""The names that stand in a text, by how they are written: what links one passage to another.

Takes a text and the titles that are known, gives names folded for comparing. It knows no model: what a tagger or a graph
knows of a text comes in beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from generation.bm25 import fold, terms
from generation.phrasing import is_chinese

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*\.?")
_LINK = re.compile(r"\s*(?:&\s*)?")  # what may stand between two words of one name
_SMALL_TEXT = "of the de la du von van del der di le el al"  # inside a name
_SMALL = frozenset(_SMALL_TEXT.split(" "))
_QUOTED = re.compile(r"《([^《》]{2,24})》|「([^「」]{2,12})」|“([^“”]{2,12})”")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]")
LONGEST = 8  # words of a name


def plain(text: str) -> str:
    """Return a text folded to its words, one space between them.

    >>> plain("Hello Love (song), by  Ann-Marie Ørsted")
    'hello love song by ann marie ørsted'
    """
    return " ".join(re.findall(r"\w+", fold(text)))


@lru_cache(maxsize=1 << 14)
def titles_of(title: str) -> tuple[str, ...]:
    """Return the names that a title gives what it heads: itself, and without what stands in brackets.

    >>> titles_of("Hello Love (song)")
    ('hello love song', 'hello love')
    """
    return tuple(dict.fromkeys(name for name in (plain(title), plain(_ASIDE.sub("", title))) if is_name(name)))


def written(text: str) -> tuple[str, ...]:
    """Return the names that a text writes as such: runs of capitalised words, and what Chinese sets in quotes.

    >>> written("She read Tale of Two Cities in Paris. 他读《红楼梦》。")
    ('tale of two cities', 'paris', '红楼梦')
    """
    found: list[str] = []
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word = match.group()
        if run and not _LINK.fullmatch(text[end : match.start()]):
            found.append(_named(run))
            run = []
        if word[0].isupper() or (run and (word[0].isdigit() or word.lower() in _SMALL)):
            run.append(word)
        elif run:
            found.append(_named(run))
            run = []
        end = match.end()
    found.append(_named(run))
    found.extend(plain(next(filter(None, match.groups()))) for match in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(name for name in found if is_name(name)))


def is_name(name: str) -> bool:
    """Return whether folded words tell anything: one of them is no function word.

    >>> is_name("the who"), is_name("the band"), is_name("")
    (False, True, False)
    """
    return len(name) > 1 and bool(terms(name))


class Gazetteer:
    """Names that are known beforehand, to be found in a text however it is written."""

    def __init__(self) -> None:
        self._by_start: dict[str, dict[str, None]] = {}
        self._known: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def add(self, name: str) -> None:
        """Take in a folded name."""
        if name not in self._known:
            self._known[name] = None
            self._by_start.setdefault(_start(name), {})[name] = None

    def find(self, text: str) -> tuple[str, ...]:
        """Return the known names in a folded text, in its order; of two that overlap both.

        >>> known = Gazetteer()
        >>> for name in ("new york", "york", "红楼梦"): known.add(name)
        >>> known.find("in new york"), known.find("他读红楼梦")
        (('new york', 'york'), ('红楼梦',))
        """
        padded = f" {text} "
        starts: list[str] = []
        for word in text.split():
            starts.extend((word[i : i + 2] for i in range(len(word) - 1)) if is_chinese(word) else (word,))
        return tuple(
            name
            for start in dict.fromkeys(starts)
            for name in self._by_start.get(start, ())
            if (name in text if is_chinese(name) else f" {name} " in padded)
        )


def maximal(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are no part of another one.

    >>> maximal(["york", "new york", "paris"])
    ('new york', 'paris')
    """
    given = tuple(dict.fromkeys(names))
    return tuple(a for a in given if not any(a != b and holds(b, a) for b in given))


def holds(text: str, name: str) -> bool:
    """Return whether a folded text holds a folded name, in English as whole words.

    >>> holds("in new york today", "york"), holds("yorkshire", "york")
    (True, False)
    """
    return name in text if is_chinese(name) else f" {name} " in f" {text} "


def parts(name: str) -> tuple[str, ...]:
    """Return the stretches of a name's words, the longest first, without the name itself.

    >>> parts("houston astros game")
    ('houston astros', 'astros game', 'houston', 'astros', 'game')
    """
    words = name.split()[:LONGEST]
    return tuple(
        part
        for size in range(len(words) - 1, 0, -1)
        for at in range(len(words) - size + 1)
        if is_name(part := " ".join(words[at : at + size]))
    )


def _named(run: Sequence[str]) -> str:
    """Return a run of words as a name, without the small words and function words at its ends."""
    words = list(run)
    while words and (words[-1].lower() in _SMALL):
        words.pop()
    while words and not _content(words[0]):
        words.pop(0)
    return plain(" ".join(words[:LONGEST]))


@lru_cache(maxsize=1 << 16)
def _content(word: str) -> bool:
    return bool(terms(word))


def _start(name: str) -> str:
    return name[:2] if is_chinese(name) else name.split(" ", 1)[0]
