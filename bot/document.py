"""The contract of reading: a document as a value, its error, and text made clean, bytes or characters in.

It knows no files and no formats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_LONGEST_TITLE = 300


class DocumentError(Exception):
    """A document that can't be read; `path` says which."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class Document:
    """A text to read. Paragraphs are separated by empty lines."""

    title: str
    text: str
    path: str = ""
    at: datetime | None = None  # when it was written, where the document says so


def decode(data: bytes, where: str) -> str:
    """Return bytes as text: UTF-8, UTF-16 with a mark, else GB 18030 (which holds all of Chinese).

    Raises DocumentError for what is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        raise DocumentError(where, "this is no text file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def paragraphs(text: str) -> str:
    """Return a text with its line ends unified, control characters gone, and one empty line between paragraphs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    text = "".join(c for c in text if c in "\n\t" or not _is_control(ord(c)))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", text).strip("\n ")


def flatten(text: str) -> str:
    """Return a text on one line, control characters gone.

    >>> flatten(" Choir\\r\\n practice ")
    'Choir practice'
    """
    return " ".join(paragraphs(text).split())


def title_of(text: str) -> str:
    """Return a text as a title or a name: one line of at most 300 characters."""
    return flatten(text)[:_LONGEST_TITLE].rstrip()


def _is_control(code: int) -> bool:
    """Whether a code point is a control character or half of a pair, which no file can hold."""
    return code < 32 or 127 <= code < 160 or 0xD800 <= code < 0xE000
