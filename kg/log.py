"""The log of a memory space: what was said and read, the passages cut from it, and how far each was worked through.

Takes a SQLite connection; gives frozen episodes and passages. Knows nothing of what the texts mean.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_COLUMNS = "id, kind, speaker, text, at, title, state, processed, progress"


@dataclass(frozen=True, slots=True)
class Episode:
    """A message, a document, a reply or an import, exactly as it came."""

    id: int
    kind: str  # say | read | reply | import
    speaker: str
    text: str
    at: str
    title: str = ""
    state: str = ""  # the caller's own note about the turn
    processed: bool = False
    progress: int = 0  # sentences worked through


@dataclass(frozen=True, slots=True)
class LoggedPassage:
    """A stretch of an episode that can be quoted."""

    id: int
    episode: int
    start: int
    end: int
    text: str
    title: str
    speaker: str
    said_at: str


def document_hash(text: str) -> str:
    """Return the name under which a text is found again, whatever its title.

    >>> document_hash("a") == document_hash("a"), len(document_hash("a"))
    (True, 64)
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def storable(text: str) -> str:
    """Return the text with lone surrogates as "?", of equal length: the only characters that UTF-8 can't hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def insert_episode(
    connection: sqlite3.Connection, kind: str, speaker: str, text: str, at: str, title: str, state: str
) -> int:
    """Return the id of a new episode; the caller holds the transaction."""
    values = (kind, storable(speaker), storable(text), at, storable(title), storable(state))
    hash_ = document_hash(text) if kind in ("read", "import") else ""
    processed = int(kind not in ("say", "read"))
    cursor = connection.execute(
        "INSERT INTO episodes (kind, speaker, text, at, title, state, hash, processed) VALUES (?,?,?,?,?,?,?,?)",
        (*values, hash_, processed),
    )
    return int(cursor.lastrowid or 0)


def select_episodes(connection: sqlite3.Connection, where: str, values: Sequence[str | int]) -> tuple[Episode, ...]:
    """Return the episodes that an SQL condition (ours, never a user's) chooses."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM episodes WHERE {where}", values).fetchall()
    return tuple(
        Episode(id_, kind, speaker, text, at, title, state, bool(processed), progress)
        for id_, kind, speaker, text, at, title, state, processed, progress in rows
    )


def insert_passages(
    connection: sqlite3.Connection, episode: Episode, spans: Iterable[tuple[int, int]]
) -> tuple[LoggedPassage, ...]:
    """Return the passages at these spans, new or already there; empty stretches are left out.

    Raises:
        ValueError: a span that isn't inside the episode.
    """
    passages: list[LoggedPassage] = []
    for start, end in spans:
        if not 0 <= start <= end <= len(episode.text):
            raise ValueError(f"span {start}-{end} isn't inside episode {episode.id} of {len(episode.text)} characters")
        if not episode.text[start:end].strip():
            continue
        key = (episode.id, start, end)
        connection.execute("INSERT OR IGNORE INTO passages (episode, start, end) VALUES (?,?,?)", key)
        query = "SELECT id FROM passages WHERE (episode, start, end) = (?,?,?)"
        passages.append(_cut(episode, int(connection.execute(query, key).fetchone()[0]), start, end))
    return tuple(passages)


def select_passages(
    connection: sqlite3.Connection, where: str, values: Sequence[str | int]
) -> tuple[LoggedPassage, ...]:
    """Return the passages that an SQL condition (ours) chooses, each cut from its episode."""
    rows = connection.execute(f"SELECT id, episode, start, end FROM passages WHERE {where}", values).fetchall()
    episodes: dict[int, Episode] = {}
    passages: list[LoggedPassage] = []
    for id_, episode, start, end in rows:
        if episode not in episodes:
            episodes[episode] = select_episodes(connection, "id = ?", (episode,))[0]
        passages.append(_cut(episodes[episode], id_, start, end))
    return tuple(passages)


def passages_holding(connection: sqlite3.Connection, needles: Sequence[str], limit: int) -> tuple[LoggedPassage, ...]:
    """Return the newest passages that hold one of some texts; ASCII letters match in either case."""
    if not needles:
        return ()
    fits = " OR ".join(["text LIKE ? ESCAPE '\\'"] * len(needles))
    escaped = [re.sub(r"([\\%_])", r"\\\1", needle) for needle in needles]
    wanted = [needle.lower() for needle in needles]
    rows = connection.execute(
        f"SELECT id FROM episodes WHERE ({fits}) AND id IN (SELECT episode FROM passages) ORDER BY id DESC",
        [f"%{needle}%" for needle in escaped],
    )
    found: list[LoggedPassage] = []
    for (episode,) in rows:
        for passage in select_passages(connection, "episode = ? ORDER BY start", (episode,)):
            text = passage.text.lower()
            if any(needle in text for needle in wanted):
                found.append(passage)
        if len(found) >= limit:
            break
    return tuple(found[:limit])


def _cut(episode: Episode, id_: int, start: int, end: int) -> LoggedPassage:
    text = episode.text[start:end]
    return LoggedPassage(id_, episode.id, start, end, text, episode.title, episode.speaker, episode.at)
