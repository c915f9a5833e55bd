"""What is listed together: "Biscotti, Fudge and Pretzel", 茉莉、昙花和文竹. Takes mentions and their text, gives runs of them.

What holds of one member of a list holds of the others, and they are things of one kind. Knows no network.
Source: distributive readings of coordination (Link 1983).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nlu.parse import Mention, Relation, Tag
from nlu.readout import Found

_BETWEEN = re.compile(
    r"\s*(?:,|，|、|;|；|/|&|\+|(?:,\s*)?(?:and|or|as well as|plus)\b|[和与及跟]|以及|还有|、?和)\s*(?:the|an?|some)?\s*",
    re.IGNORECASE,
)
_SINGLE = frozenset({Tag.SELF, Tag.YOU, Tag.PRONOUN, Tag.WH, Tag.DATE, Tag.QUANTITY, Tag.ROLE})
_WHOLE = frozenset({"coref", "claims", "value", "price"})  # said of one, or of the list as a whole
_LONG = 3  # members from which a list is one whatever its tags
_SHARED = 0.95  # of a member's confidence goes to the others


def enumerations(text: str, mentions: Sequence[Mention]) -> list[tuple[int, ...]]:
    """Return the indices of mentions that stand in one list, at least two a list.

    Two of different tags are no list: "Anna, Oslo".
    """
    runs: list[list[int]] = []
    for i, mention in enumerate(mentions):
        if mention.tag in _SINGLE:
            continue
        last = runs[-1] if runs else []
        between = text[mentions[last[-1]].span.end : mention.span.start] if last and last[-1] == i - 1 else ""
        if between and _BETWEEN.fullmatch(between):
            last.append(i)
        else:
            runs.append([i])
    return [
        tuple(run)
        for run in runs
        if len(run) >= _LONG or (len(run) > 1 and mentions[run[0]].tag is mentions[run[1]].tag)
    ]


def of_one_kind(found: Sequence[Found], runs: Iterable[Sequence[int]]) -> list[Found]:
    """Return the mentions with one tag a list, that of most of its members."""
    done = list(found)
    for run in runs:
        (tag, count), *_ = Counter(done[i].mention.tag for i in run).most_common()
        if 2 * count >= len(run):
            for i in run:
                done[i] = replace(done[i], mention=replace(done[i].mention, tag=tag))
    return done


def distributed(relations: Sequence[Relation], runs: Sequence[Sequence[int]]) -> tuple[Relation, ...]:
    """Return the relations with what holds of one member of a list said of all of them.

    Between two lists nothing is shared: "Tom and Anna live in Oslo and Bergen". Of two, one may be something else
    again: "I have a dog and a mortgage".

    >>> told = Relation(0, "tt:owns", 1, 0.8), Relation(0, "tt:owns", 2, 0.3)
    >>> [(r.object, r.confidence) for r in distributed(told, [(1, 2, 3)])]
    [(1, 0.8), (2, 0.76), (3, 0.76)]
    """
    if not runs:
        return tuple(relations)
    run_of = {i: tuple(run) for run in runs for i in run}
    best = {(r.subject, r.object): r for r in relations}
    for told in sorted(relations, key=lambda r: -r.confidence):
        listed, other = (told.subject, told.object) if told.subject in run_of else (told.object, told.subject)
        if listed not in run_of or other in run_of or told.property in _WHOLE:
            continue
        for member in run_of[listed]:
            subject, object = (member, told.object) if listed == told.subject else (told.subject, member)
            known, shared = best.get((subject, object)), round(_SHARED * told.confidence, 4)
            if (known is None and len(run_of[listed]) >= _LONG) or (
                known is not None and known.property == told.property and known.confidence < shared
            ):
                best[subject, object] = replace(told, subject=subject, object=object, confidence=shared)
    return tuple(best[pair] for pair in sorted(best))
