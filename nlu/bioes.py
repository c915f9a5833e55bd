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
NamedSpan = tuple[int, int, str]  # the same with any label set's type


def encode(spans: Iterable[TokenSpan], length: int) -> list[int]:
    """Return one label index a token; later spans that overlap earlier ones are left out.

    >>> [LABELS[n] for n in encode([(0, 2, Tag.PERSON), (3, 4, Tag.LOCATION)], 4)]
    ['B-PER', 'E-PER', 'O', 'S-LOC']
    """
    return [INDEX[label] for label in spell(spans, length)]


def decode(labels: Sequence[int]) -> list[TokenSpan]:
    """Return the typed spans of a valid label sequence; a broken piece is dropped.

    >>> decode(encode([(0, 2, Tag.PERSON)], 3))
    [(0, 2, <Tag.PERSON: 'PER'>)]
    """
    return [(start, end, Tag(name)) for start, end, name in spans_of([LABELS[n] for n in labels])]


def spell(spans: Iterable[NamedSpan], length: int) -> list[str]:
    """Return one label a token; spans that overlap earlier ones, are empty or reach past the end are left out."""
    labels = [OUTSIDE] * length
    for start, end, name in spans:
        if start >= end or end > length or any(label != OUTSIDE for label in labels[start:end]):
            continue
        labels[start:end] = [f"I-{name}"] * (end - start)
        labels[start], labels[end - 1] = f"B-{name}", f"E-{name}"
        if end - start == 1:
            labels[start] = f"S-{name}"
    return labels


def spans_of(labels: Sequence[str]) -> list[NamedSpan]:
    """Return the typed spans of a valid label sequence; a broken piece is dropped."""
    spans: list[NamedSpan] = []
    start: int | None = None
    for n, label in enumerate(labels):
        part, _, name = label.partition("-")
        if part == "S":
            spans.append((n, n + 1, name))
        elif part == "E" and start is not None:
            spans.append((start, n + 1, name))
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
