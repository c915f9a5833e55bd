"""Who "I" is in a document, and which of its paragraphs teach nothing: takes parses, gives names and indices.

A pasted chat names the speaker before a colon, a letter at its end. Knows no graph and no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.instruction import addresses_assistant
from nlu.parse import Parse, Tag


def speakers(parses: Sequence[Parse]) -> tuple[str, ...]:
    """Return for each sentence of a document the name of who says "I", "" where nobody is known to."""
    found: list[str] = []
    author = _signature(parses)
    current, end = author, 0
    for parse in parses:
        name = _prefix(parse)
        if name:
            current = name
        elif parse.span.start - end > 1:  # a new paragraph
            current = author
        found.append(current)
        end = parse.span.end
    return tuple(found)


def _prefix(parse: Parse) -> str:
    """Return the name that a sentence begins with before a colon: who speaks in a pasted chat."""
    for m in parse.mentions:
        if (
            m.tag is Tag.PERSON
            and not parse.text[: m.span.start].strip()
            and re.match(r"\s*[:：]", parse.text[m.span.end :])
        ):
            return m.text
    return ""


def _signature(parses: Sequence[Parse]) -> str:
    """Return who signed a letter: a last sentence that is nothing but a name."""
    for parse in parses[-1:]:
        for m in parse.mentions:
            if m.tag is Tag.PERSON and m.text == parse.text.strip(" \n.。—-"):
                return m.text
    return ""


def instructions(parses: Sequence[Parse]) -> frozenset[int]:
    """Return the sentences of paragraphs that give an assistant orders."""
    paragraphs: list[list[int]] = []
    end = -9
    for i, parse in enumerate(parses):
        if parse.span.start - end > 1 or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(i)
        end = parse.span.end
    barred = [p for p in paragraphs if addresses_assistant(" ".join(parses[i].text for i in p))]
    return frozenset(i for p in barred for i in p)
