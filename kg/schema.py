"""The SQLite file of a memory space: its tables, how it is opened, and what can go wrong with it.

Takes a path, gives a connection with the schema in place; knows nothing of what the rows mean.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Generator
from pathlib import Path

VERSION = 4  # 2: distinctions; 3: quarantine; 4: forgotten

# Rebuilt from `outcomes` by replay; everything else is told to us and can't be derived.
MATERIALISED = ("nodes", "labels", "statements", "sources", "merges", "distinctions", "quarantine")

_DISTINCTIONS = (
    "CREATE TABLE distinctions (one TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (one, other)) WITHOUT ROWID"
)
_QUARANTINE = (
    "CREATE TABLE IF NOT EXISTS quarantine (number INTEGER PRIMARY KEY AUTOINCREMENT, episode INTEGER NOT NULL,"
    " start INTEGER NOT NULL, end INTEGER NOT NULL, subject TEXT NOT NULL, object TEXT NOT NULL,"
    " payload TEXT NOT NULL, state TEXT NOT NULL)"
)
_FORGOTTEN = (
    "CREATE TABLE IF NOT EXISTS forgotten (length INTEGER NOT NULL, digest TEXT NOT NULL, ranges TEXT NOT NULL, "
    "PRIMARY KEY (length, digest)) WITHOUT ROWID"
)
_STEPS = {1: _DISTINCTIONS, 2: _QUARANTINE, 3: _FORGOTTEN}  # what brings a file of a version to the next one
_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, speaker TEXT NOT NULL, text TEXT NOT NULL,
    at TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, hash TEXT NOT NULL,
    processed INTEGER NOT NULL DEFAULT 0, progress INTEGER NOT NULL DEFAULT 0);
CREATE INDEX episodes_hash ON episodes (hash);
CREATE INDEX episodes_open ON episodes (kind, id) WHERE processed = 0;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, episode INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    UNIQUE (episode, start, end));
CREATE TABLE outcomes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, episode INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
    extractor TEXT NOT NULL, undoes INTEGER);
CREATE INDEX outcomes_episode ON outcomes (episode);
CREATE INDEX outcomes_undoes ON outcomes (undoes) WHERE undoes IS NOT NULL;
CREATE TABLE nodes (
    iri TEXT PRIMARY KEY, kind TEXT NOT NULL, tag TEXT NOT NULL, gender TEXT NOT NULL,
    episode INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE labels (
    said_of TEXT NOT NULL, label TEXT NOT NULL, episode INTEGER NOT NULL, preferred INTEGER NOT NULL,
    seq INTEGER NOT NULL, node TEXT NOT NULL, folded TEXT NOT NULL, language TEXT NOT NULL,
    PRIMARY KEY (said_of, label, episode)) WITHOUT ROWID;
CREATE INDEX labels_folded ON labels (folded);
CREATE INDEX labels_node ON labels (node);
CREATE TABLE statements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, property TEXT NOT NULL, object TEXT NOT NULL,
    datatype TEXT NOT NULL, language TEXT NOT NULL, polarity INTEGER NOT NULL, claimant TEXT NOT NULL,
    start TEXT NOT NULL, end TEXT NOT NULL, point TEXT NOT NULL, role TEXT NOT NULL, confidence REAL NOT NULL,
    rank TEXT NOT NULL, subject_said TEXT NOT NULL, object_said TEXT NOT NULL, claimant_said TEXT NOT NULL);
CREATE INDEX statements_subject ON statements (subject, property, object);
CREATE INDEX statements_object ON statements (object, property);
CREATE INDEX statements_property ON statements (property);
CREATE INDEX statements_claimant ON statements (claimant) WHERE claimant <> '';
CREATE INDEX statements_dated ON statements (id) WHERE start <> '' OR end <> '';
CREATE TABLE sources (
    statement INTEGER NOT NULL, episode INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    speaker TEXT NOT NULL, said_at TEXT NOT NULL, extractor TEXT NOT NULL, confidence REAL NOT NULL,
    title TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (statement, episode, start, end)) WITHOUT ROWID;
CREATE INDEX sources_episode ON sources (episode, start);
CREATE TABLE merges (loser TEXT PRIMARY KEY, winner TEXT NOT NULL, evidence TEXT NOT NULL) WITHOUT ROWID;
{_DISTINCTIONS};
{_QUARANTINE};
{_FORGOTTEN};
"""


class StorageError(Exception):
    """The memory's file can't be used. The message is one line that says what to do."""


class NewerVersion(StorageError):
    """The file was written by a newer version of the program."""


class StorageBusy(StorageError):
    """Another program is writing; `wait_s` says when to try again."""

    def __init__(self, message: str, *, wait_s: float = 5.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class StorageFull(StorageError):
    """No room is left on the disk; what was stored before is intact."""


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection to the space's file, made if need be; a reader of a file that isn't there sees an empty one.

    Raises:
        NewerVersion: the file's schema is newer than ours.
        StorageError: the file can't be opened or is no database.
    """
    with storage_errors(path):
        if read_only and not path.exists():
            connection = _connect(":memory:")
            _create(connection)
        else:
            if not read_only:
                _make_directory(path.parent)
            connection = _connect(str(path))
            _prepare(connection, path, read_only=read_only)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    return connection


@contextlib.contextmanager
def storage_errors(path: Path) -> Generator[None]:
    """Turn SQLite's errors into ours, each one line that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason or "busy" in reason:
            raise StorageBusy(f"{path} is in use by another program; try again in a few seconds") from error
        if "full" in reason:
            raise StorageFull(f"no room left for {path}; free some disk space and say it again") from error
        raise StorageError(f"{path}: {reason}; check that the directory exists and may be written") from error
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} is damaged ({error}); restore it from a backup or move it away") from error


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}; check the data directory") from error


def _connect(target: str) -> sqlite3.Connection:
    return sqlite3.connect(target, timeout=10.0, isolation_level=None, check_same_thread=False)


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        connection.close()
        raise NewerVersion(
            f"{path} was written by a newer version (schema {version}, this one knows {VERSION}); update tripletalk"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_size_limit = 0")
    connection.execute("PRAGMA cache_size = -65536")
    if version == 0 and not read_only:
        _create(connection)
    elif version < VERSION and not read_only:
        _upgrade(connection)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring a file of an older version to this one, unless another process was faster; a reader does without the tables."""
    connection.execute("BEGIN IMMEDIATE")
    for version in range(connection.execute("PRAGMA user_version").fetchone()[0], VERSION):
        connection.execute(_STEPS[version])
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables, unless another process was faster."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('space', ?)", (uuid.uuid4().hex,))
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
