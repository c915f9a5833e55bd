"""Which names a sentence shortens: "the WCC, the Western Chess Circle", "Farmers' Bank of Tarn (FBT)".

Takes mentions with their text, gives pairs of a long form and its initials. Knows no network.
Source: Schwartz & Hearst 2003, "A simple algorithm for identifying abbreviation definitions"; here between mentions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from nlu.parse import Mention, Relation, Tag

_SHORT = re.compile(r"[A-Z][A-Z0-9&.-]{1,7}")
_APPOSED = re.compile(
    r"\s*[,(（,–—-]\s*(?:or |i\.?e\.? |that is,? |also (?:known|called) as |known as |short for |的?简称)?(?:the )?",
    re.IGNORECASE,
)
_SMALL = frozenset({"of", "the", "and", "for", "in", "on", "de", "la", "du", "von", "der", "a"})
_NAMES = frozenset({Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT, Tag.PERSON, Tag.THING})
_CONFIDENCE = 0.95  # initials that agree beside the name are hardly ever chance


def abbreviations(text: str, mentions: Sequence[Mention]) -> tuple[Relation, ...]:
    """Return "short name" relations between a name and the initials that stand beside it."""
    found: list[Relation] = []
    for (i, first), (j, second) in pairwise(enumerate(mentions)):
        between = text[first.span.end : second.span.start]
        if first.tag not in _NAMES or second.tag not in _NAMES or not _APPOSED.fullmatch(between):
            continue
        if shortens(first.text, second.text):
            found.append(Relation(j, "P1813", i, _CONFIDENCE))
        elif shortens(second.text, first.text):
            found.append(Relation(i, "P1813", j, _CONFIDENCE))
    return tuple(found)


def shortens(short: str, long: str) -> bool:
    """Whether a word is the initials of a name; small words may count or not.

    >>> shortens("WCC", "Western Chess Circle"), shortens("FBT", "Farmers' Bank of Tarn"), shortens("ABC", "Anna Berg")
    (True, True, False)
    """
    if not _SHORT.fullmatch(short):
        return False
    letters = "".join(c for c in short.casefold() if c.isalnum())
    words = re.findall(r"[^\W_]+", long.replace("'s", "").replace("’s", ""))
    initials = {
        "".join(w[0] for w in words).casefold(),
        "".join(w[0] for w in words if w.casefold() not in _SMALL).casefold(),
    }
    return len(words) > 1 and letters in initials
