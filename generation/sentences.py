"""Where a reply's sentences end, for text that arrives piece by piece; knows no model and no evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# An end of sentence, with closing quotes and the citations that belong to it.
_TAIL = "[\"'”’」』)）]*(?:\\s*[\\[［【]\\s*\\d[\\d\\s,，、]*[\\]］】])*[.。]?"
_END = re.compile(rf"(?:[.!?…]+{_TAIL}(?=\s|$)|[。！？]+{_TAIL}|\n+)")
_ABBREVIATION = re.compile(r"(?:^|\W)(?:Mr|Mrs|Ms|Dr|St|Prof|Sr|Jr|No|vs|etc|e\.g|i\.e|[A-Z])\.$")


def split(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, each with its citations.

    >>> split("Dr. Moss lives here [1]. “She left.” [2] 她走了。[3] Bye")
    ('Dr. Moss lives here [1].', '“She left.” [2]', '她走了。[3]', 'Bye')
    """
    return tuple(stream([text]))


def stream(pieces: Iterable[str]) -> Iterator[str]:
    """Yield each sentence as soon as it and the start of what follows have arrived."""
    buffer = ""
    for piece in pieces:
        buffer += piece
        # The next character may still be a citation, so a sentence is only given when more text follows it.
        while (end := _first_end(buffer)) is not None and buffer[end:].strip() and not _open(buffer[end:]):
            sentence, buffer = buffer[:end].strip(), buffer[end:]
            if sentence:
                yield sentence
    while (end := _first_end(buffer)) is not None:
        sentence, buffer = buffer[:end].strip(), buffer[end:]
        if sentence:
            yield sentence
    if buffer.strip():
        yield buffer.strip()


def _first_end(text: str) -> int | None:
    for match in _END.finditer(text):
        if not _ABBREVIATION.search(text[: match.end()]):
            return match.end()
    return None


def _open(rest: str) -> bool:
    """Whether what follows is the unfinished start of a citation."""
    return re.match(r"\s*[\[［【][\s\d,，、]*$", rest) is not None
