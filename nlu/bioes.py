"""Spans to BIOES labels and back, over token positions. Knows no text and no model.

BIOES marks each token as Beginning, Inside, Outside, End or Single of a typed span (Ratinov & Roth 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlu.parse import Tag

OUTSIDE = "O"
LABELS: tuple[str, ...] = (OUTSIDE, *(f"{part}-{tag}" for tag in Tag for part in "BIES"))
INDEX = {label: n for n, label in enumerate(LABELS)}

TokenSpan = tuple[int, int, Tag]  # first token, one past the last, type


def encode(spans: Iterable[TokenSpan], length: int) -> list[int]:
    """Return one label index a token; later spans that overlap earlier ones are left out.

    >>> [LABELS[n] for n in encode([(0, 2, Tag.PERSON), (3, 4, Tag.LOCATION)], 4)]
    ['B-PER', 'E-PER', 'O', 'S-LOC']
    """
    labels = [0] * length
    for start, end, tag in spans:
        if start >= end or any(labels[start:end]):
            continue
        if end - start == 1:
            labels[start] = INDEX[f"S-{tag}"]
            continue
        labels[start:end] = [INDEX[f"I-{tag}"]] * (end - start)
        labels[start], labels[end - 1] = INDEX[f"B-{tag}"], INDEX[f"E-{tag}"]
    return labels


def decode(labels: Sequence[int]) -> list[TokenSpan]:
    """Return the typed spans of a valid label sequence; a broken piece is dropped.

    >>> decode(encode([(0, 2, Tag.PERSON)], 3))
    [(0, 2, <Tag.PERSON: 'PER'>)]
    """
    spans: list[TokenSpan] = []
    start: int | None = None
    for n, label in enumerate(labels):
        part, _, tag = LABELS[label].partition("-")
        if part == "S":
            spans.append((n, n + 1, Tag(tag)))
        elif part == "E" and start is not None:
            spans.append((start, n + 1, Tag(tag)))
        start = n if part == "B" else start if part == "I" else None
    return spans


def may_follow(previous: int, label: int, labels: Sequence[str] = LABELS) -> bool:
    """Whether a label may stand after another."""
    before, _, before_tag = labels[previous].partition("-")
    after, _, after_tag = labels[label].partition("-")
    if before in "BI":
        return after in "IE" and before_tag == after_tag
    return after in "OBS"


def may_start(label: int, labels: Sequence[str] = LABELS) -> bool:
    return labels[label][0] in "OBS"


def may_end(label: int, labels: Sequence[str] = LABELS) -> bool:
    return labels[label][0] in "OES"
