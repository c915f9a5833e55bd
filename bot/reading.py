"""Reading many documents: finds them, gives each to `answer`, shows progress, skips what was read before.

Takes callables and knows no storage: what was read is asked by the text's digest, so that a reading which was cut off
goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.document import Document, DocumentError
from bot.documents import digest, load
from bot.message import Message, Reply


@dataclass(frozen=True, slots=True)
class Readings:
    """What a reading came to."""

    read: int = 0
    skipped: int = 0  # known already
    forgotten: int = 0  # skipped because they were to be forgotten
    failed: int = 0
    facts: int = 0
    characters: int = 0
    waiting: int = 0  # in the inbox


@dataclass(slots=True)
class Progress:
    """One line that is written over: how many, how fast, how long still. `write` gets text without a line end."""

    total: int
    write: Callable[[str], None]
    live: bool  # a terminal: lines are written over
    clock: Callable[[], float] = time.monotonic
    every_s: float = 0.2
    _began: float = field(init=False)
    _last: float = field(init=False)
    _shown: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._last = self._began - self.every_s if self.live else self._began

    def show(self, done: int, characters: int) -> None:
        """Show how far it is, at most once in `every_s` (ten seconds where lines can't be written over)."""
        now = self.clock()
        last = self.live and done >= self.total
        if now - self._last < (self.every_s if self.live else 10.0) and not last:
            return
        self._last = now
        spent = max(now - self._began, 1e-6)
        left = _duration(spent / done * (self.total - done)) if done else "?"
        line = f"{done}/{self.total} documents · {characters / spent:,.0f} characters/s · {left} left"
        self.write(f"\r\x1b[K{line}" if self.live else line + "\n")
        self._shown = True

    def end(self) -> None:
        """Leave the line."""
        if self.live and self._shown:
            self.write("\r\x1b[K")
            self._shown = False


def read_documents(
    documents: Iterable[Document | DocumentError],
    *,
    user: str,
    answer: Callable[[Message], Reply],
    has_read: Callable[[str], bool],
    has_forgotten: Callable[[str], bool],
    report: Callable[[str], None],
    progress: Progress,
    now: Callable[[], datetime],
) -> Readings:
    """Return what was read: each document goes to `answer` once, broken and forgotten ones are skipped."""
    read = skipped = forgotten = failed = facts = characters = waiting = 0
    for done, document in enumerate(documents, 1):
        if isinstance(document, DocumentError):
            progress.end()
            report(f"skipped: {document}")
            failed += 1
        elif has_read(digest(document.text)):
            skipped += 1
        elif has_forgotten(document.text):
            forgotten += 1
        else:
            reply = answer(Message(user, document.text, document.at or now(), document.title))
            read += 1
            facts += len(reply.learned)
            waiting += len(reply.waiting)
            characters += len(document.text)
        progress.show(done, characters)
    progress.end()
    return Readings(read, skipped, forgotten, failed, facts, characters, waiting)


def each_document(
    paths: Iterable[Path], *, max_megabytes: int, limit: int | None = None
) -> Iterator[Document | DocumentError]:
    """Yield the documents of files, up to `limit`; a broken file gives its error and the next one follows."""
    given = 0
    for path in paths:
        try:
            for document in load(path, max_megabytes=max_megabytes):
                if limit is not None and given >= limit:
                    return
                given += 1
                yield document
        except DocumentError as error:
            yield error


def _duration(seconds: float) -> str:
    """Return a duration to read.

    >>> _duration(3.2), _duration(75), _duration(7300)
    ('3 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
