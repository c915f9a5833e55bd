"""What was forgotten of documents, so that reading one again does not bring it back: salted digests, never a text.

Takes a connection and texts, gives texts with blocks where something in them was forgotten before. A document is known
again sentence by sentence; of each, the log keeps its length, a slow digest and which stretch of it went.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator

from kg.redact import BLOCK, Range, redact

_SENTENCE = re.compile(r"[^.!?。！？…\n]+[.!?。！？…]*")
_WORD = re.compile(rf"[^\W{BLOCK}]")
_WORK = 2**10  # scrypt's cost: 1.5 ms a sentence, which matters little when reading and much when guessing


def sentences(text: str) -> Iterator[Range]:
    """Yield the stretches by which a document is known again, without the space around them.

    >>> list(sentences("One. Two!\\n三。"))
    [(0, 4), (5, 9), (10, 12)]
    """
    for found in _SENTENCE.finditer(text):
        said = found[0].strip()
        if _WORD.search(said):
            start = found.start() + found[0].index(said)
            yield start, start + len(said)


def says_anything(text: str) -> bool:
    """Whether anything but blocks is left of a text.

    >>> says_anything("███ ██."), says_anything("███ in Oslo")
    (False, True)
    """
    return bool(_WORD.search(text))


def note(connection: sqlite3.Connection, text: str, ranges: Iterable[Range]) -> None:
    """Keep what goes of a document, before it goes; the caller holds the transaction."""
    ranges = list(ranges)
    salt = _salt(connection, create=True)
    for start, end in sentences(text):
        gone = sorted(
            (max(low, start) - start, min(high, end) - start) for low, high in ranges if low < end and start < high
        )
        if gone:
            key = (end - start, _digest(text[start:end], salt))
            held = connection.execute("SELECT ranges FROM forgotten WHERE (length, digest) = (?,?)", key).fetchone()
            both = gone + [(low, high) for low, high in json.loads(held[0])] if held else gone
            connection.execute("INSERT OR REPLACE INTO forgotten VALUES (?,?,?)", (*key, json.dumps(sorted(set(both)))))


def without_forgotten(connection: sqlite3.Connection, text: str) -> str:
    """Return a document with blocks for what was forgotten of it, of equal length."""
    while found := _known(connection, text):  # what went in two steps is found in two
        text = redact(text, [gone for stretches, _ in found for gone in stretches])
    return text


def readmit(connection: sqlite3.Connection, text: str) -> int:
    """Let a document be read whole again; return how many of its sentences were held back."""
    count = 0
    while found := _known(connection, text):
        for _, key in found:
            connection.execute("DELETE FROM forgotten WHERE (length, digest) = (?,?)", key)
        text = redact(text, [gone for stretches, _ in found for gone in stretches])
        count += len(found)
    return count


def _known(connection: sqlite3.Connection, text: str) -> list[tuple[list[Range], tuple[int, str]]]:
    """Return what is known of a text: the stretches of it that went, and the row that says so."""
    lengths = {length for (length,) in connection.execute("SELECT DISTINCT length FROM forgotten")}
    salt = _salt(connection, create=False) if lengths else b""
    found: list[tuple[list[Range], tuple[int, str]]] = []
    for start, end in sentences(text) if lengths else ():
        if end - start not in lengths:
            continue
        key = (end - start, _digest(text[start:end], salt))
        row = connection.execute("SELECT ranges FROM forgotten WHERE (length, digest) = (?,?)", key).fetchone()
        if row is not None:
            found.append(([(start + low, start + high) for low, high in json.loads(row[0])], key))
    return found


def _digest(sentence: str, salt: bytes) -> str:
    return hashlib.scrypt(sentence.encode("utf-8", "replace"), salt=salt, n=_WORK, r=8, p=1, dklen=32).hex()


def _salt(connection: sqlite3.Connection, *, create: bool) -> bytes:
    if create:
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
    return bytes.fromhex(connection.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()[0])
