"""Sentences that stand in order, packed into chunks that a tagger reads at once, so that each sees its neighbours.

Takes rows (nlu.batches) and lengths in sub-words, gives joined rows and plans; knows no labels and no model. Source: Luoma & Pyysalo
2020; Schweter & Akbik 2020 (FLERT).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from nlu.batches import Row
from nlu.wordpiece import Vocabulary


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences [first, last) to read together; those in [keep_first, keep_last) are the ones to keep."""

    first: int
    last: int
    keep_first: int
    keep_last: int


def packed(sizes: Sequence[int], room: int, *, first_room: int | None = None) -> list[Window]:
    """Return windows of consecutive sentences of at most `room` sub-words, each sentence in exactly one.

    A smaller `first_room` moves every border; a sentence longer than the room stands alone.

    >>> [(w.first, w.last) for w in packed([3, 3, 3, 9, 1], 6)]
    [(0, 2), (2, 3), (3, 4), (4, 5)]
    """
    windows: list[Window] = []
    start, used, limit = 0, 0, room if first_room is None else first_room
    for n, size in enumerate(sizes):
        if n > start and used + size > limit:
            windows.append(Window(start, n, start, n))
            start, used, limit = n, 0, room
        used += size
    if start < len(sizes):
        windows.append(Window(start, len(sizes), start, len(sizes)))
    return windows


def overlapping(sizes: Sequence[int], room: int, core: int) -> list[Window]:
    """Return windows whose kept sentences, about `core` sub-words, stand in the middle of at most `room`.

    >>> overlapping([2, 2, 2, 2, 2], 6, 2)[2]
    Window(first=1, last=4, keep_first=2, keep_last=3)
    """
    windows: list[Window] = []
    for kept in packed(sizes, core):
        first, last = kept.first, kept.last
        free = room - sum(sizes[first:last])
        left = right = 0
        while True:
            before = sizes[first - 1] if first else None
            after = sizes[last] if last < len(sizes) else None
            if before is not None and before <= free and (left <= right or after is None or after > free):
                first, left, free = first - 1, left + before, free - before
            elif after is not None and after <= free:
                last, right, free = last + 1, right + after, free - after
            else:
                break
        windows.append(Window(first, last, kept.first, kept.last))
    return windows


def size_of(row: Row) -> int:
    """Return a sentence's sub-words without [CLS] and [SEP]."""
    return len(row.ids) - 2


def joined(rows: Sequence[Row], vocabulary: Vocabulary) -> Row:
    """Return sentences as one row, one after the other between a single [CLS] and [SEP]."""
    ids, first = [vocabulary.cls], []
    for row in rows:
        first.extend(len(ids) - 1 + piece for piece in row.first_piece)
        ids.extend(row.ids[1:-1])
    by_token = [f.name for f in fields(Row) if f.name not in {"ids", "first_piece"}]
    values = {name: tuple(value for row in rows for value in getattr(row, name)) for name in by_token}
    return Row(ids=(*ids, vocabulary.sep), first_piece=tuple(first), **values)
