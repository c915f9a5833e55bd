"""Outcomes: what came of an episode, one value per operation, and what each does to the materialised tables.

Takes and gives frozen values and SQLite rows. `apply` is the only code that changes a materialised table, so that
replaying the outcomes rebuilds the state exactly. Knows no language, no model and no RDF.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from typing import Any, cast

from kg.names import fold, language_of

Interval = tuple[str, str, str]  # earliest, latest, text


@dataclass(frozen=True, slots=True)
class NodeCreated:
    iri: str
    kind: str
    tag: str = ""
    gender: str = ""


@dataclass(frozen=True, slots=True)
class NodeDescribed:
    """Kind, tag and gender from now on."""

    iri: str
    kind: str
    tag: str
    gender: str
    was: tuple[str, str, str]  # kind, tag and gender before, so that it can be undone


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    iri: str


@dataclass(frozen=True, slots=True)
class LabelAdded:
    iri: str
    label: str
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class LabelRemoved:
    iri: str
    label: str
    of_episode: int


@dataclass(frozen=True, slots=True)
class StatementAdded:
    id: int
    subject: str
    property: str
    object: str
    datatype: str = ""  # "" when the object is a node
    language: str = ""
    polarity: bool = True
    claimant: str = ""
    start: Interval | None = None
    end: Interval | None = None
    point: Interval | None = None
    role: str = ""
    confidence: float = 1.0
    rank: str = "normal"


@dataclass(frozen=True, slots=True)
class StatementQualified:
    """Validity, role, confidence and rank from now on: filled in, closed, deprecated or put back."""

    id: int
    start: Interval | None
    end: Interval | None
    point: Interval | None
    role: str
    confidence: float
    rank: str
    was: tuple[Interval | None, Interval | None, Interval | None, str, float, str]  # before, so that it can be undone


@dataclass(frozen=True, slots=True)
class StatementRemoved:
    id: int


@dataclass(frozen=True, slots=True)
class StatementMoved:
    """Whose statement it is from now on: subject, object and claimant as they are said."""

    id: int
    subject: str
    object: str
    claimant: str
    was: tuple[str, str, str]  # before, so that it can be undone


@dataclass(frozen=True, slots=True)
class SourceAdded:
    statement: int
    episode: int
    start: int
    end: int
    speaker: str
    said_at: str
    extractor: str
    confidence: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class SourceRemoved:
    statement: int
    episode: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NodesMerged:
    loser: str
    winner: str
    evidence: str
    at: str = ""  # ISO time of a merge by hand; else its episode says when


@dataclass(frozen=True, slots=True)
class NodesUnmerged:
    loser: str
    winner: str
    evidence: str


@dataclass(frozen=True, slots=True)
class NodesToldApart:
    """Two nodes are known to be two (or no longer so), whatever a sentence may suggest; in sorted order."""

    one: str
    other: str
    apart: bool = True


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A statement that breaks a shape: it waits for a word of the user's, with the reason in each language."""

    number: int
    subject: str
    property: str
    object: str
    datatype: str  # "" when the object is a node
    language: str
    start: Interval | None
    end: Interval | None
    point: Interval | None
    role: str
    confidence: float
    replaces: bool  # it was told as a correction
    reasons: tuple[tuple[str, str], ...]
    source: tuple[int, int, int, str, str, str, float, str]  # the fields of kg.fact.Source


@dataclass(frozen=True, slots=True)
class Released:
    """A statement waits no longer: it was accepted, or dropped."""

    number: int
    state: str  # accepted | dropped


@dataclass(frozen=True, slots=True)
class Processed:
    """Everything that could be made of the episode was made."""

    of_episode: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """So many sentences of the episode were worked through."""

    of_episode: int
    count: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Something was forgotten for good; how much, never what."""

    facts: int
    nodes: int
    labels: int
    passages: int
    characters: int


Operation = (
    NodeCreated
    | NodeDescribed
    | NodeRemoved
    | LabelAdded
    | LabelRemoved
    | StatementAdded
    | StatementQualified
    | StatementRemoved
    | StatementMoved
    | SourceAdded
    | SourceRemoved
    | NodesMerged
    | NodesUnmerged
    | NodesToldApart
    | Quarantined
    | Released
    | Processed
    | Progressed
    | Forgotten
)
_OPERATIONS: dict[str, type[Operation]] = {
    operation.__name__: operation
    for operation in (
        NodeCreated,
        NodeDescribed,
        NodeRemoved,
        LabelAdded,
        LabelRemoved,
        StatementAdded,
        StatementQualified,
        StatementRemoved,
        StatementMoved,
        SourceAdded,
        SourceRemoved,
        NodesMerged,
        NodesUnmerged,
        NodesToldApart,
        Quarantined,
        Released,
        Processed,
        Progressed,
        Forgotten,
    )
}
_FIELDS = {name: tuple(f.name for f in dataclasses.fields(kind)) for name, kind in _OPERATIONS.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An operation in the log."""

    seq: int
    episode: int  # 0: nobody's words made it
    operation: Operation
    extractor: str = ""
    undoes: int | None = None


def encode(operation: Operation) -> str:
    """Return the operation's fields as JSON, defaults included, so that a later default can't change the past."""
    fields = _FIELDS[type(operation).__name__]
    return json.dumps({name: getattr(operation, name) for name in fields}, ensure_ascii=False)


def decode(kind: str, payload: str) -> Operation:
    """Return the operation that `encode` wrote.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in _OPERATIONS:
        raise ValueError(f"the log holds an outcome of unknown kind {kind!r}; update tripletalk")
    fields = cast("dict[str, object]", json.loads(payload))
    values: dict[str, Any] = {name: _frozen(value) for name, value in fields.items()}
    return _OPERATIONS[kind](**values)


def _frozen(value: object) -> object:
    return tuple(_frozen(v) for v in cast("list[object]", value)) if isinstance(value, list) else value


def interval_text(interval: Interval | None) -> str:
    """Return an interval as a column holds it: JSON, "" for none."""
    return "" if interval is None else json.dumps(interval, ensure_ascii=False)


def resolve(connection: sqlite3.Connection, iri: str) -> str:
    """Return the node that stands for `iri` after all merges."""
    while row := connection.execute("SELECT winner FROM merges WHERE loser = ?", (iri,)).fetchone():
        iri = row[0]
    return iri


def apply(connection: sqlite3.Connection, seq: int, episode: int, operation: Operation) -> None:
    """Carry out one operation on the materialised tables."""
    match operation:
        case StatementAdded() | StatementQualified() | StatementRemoved() | StatementMoved():
            _apply_to_statement(connection, operation)
        case SourceAdded() as s:
            row = (s.statement, s.episode, s.start, s.end, s.speaker, s.said_at, s.extractor, s.confidence, s.title)
            connection.execute("INSERT OR IGNORE INTO sources VALUES (?,?,?,?,?,?,?,?,?,?)", (*row, seq))
        case SourceRemoved(statement, of_episode, start, end):
            key = (statement, of_episode, start, end)
            connection.execute("DELETE FROM sources WHERE (statement, episode, start, end) = (?,?,?,?)", key)
        case NodesMerged(loser, winner):
            row = (loser, winner, operation.evidence)
            connection.execute("INSERT OR REPLACE INTO merges VALUES (?,?,?)", row)
            _point_to(connection, loser, winner)
        case NodesUnmerged(loser, winner):
            connection.execute("DELETE FROM merges WHERE loser = ?", (loser,))
            _restore_pointers(connection, winner)
        case NodesToldApart(one, other, True):
            connection.execute("INSERT OR IGNORE INTO distinctions VALUES (?,?)", (one, other))
        case NodesToldApart(one, other):
            connection.execute("DELETE FROM distinctions WHERE (one, other) = (?,?)", (one, other))
        case Quarantined() as q:
            row = (q.number, *q.source[:3], q.subject, "" if q.datatype else q.object, encode(q))
            connection.execute("INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?,?,?,?,'waiting')", row)
        case Released(number, state):
            connection.execute("UPDATE quarantine SET state = ? WHERE number = ?", (state, number))
        case Processed(of_episode):
            connection.execute("UPDATE episodes SET processed = 1 WHERE id = ?", (of_episode,))
        case Progressed(of_episode, count):
            connection.execute("UPDATE episodes SET progress = ? WHERE id = ?", (count, of_episode))
        case Forgotten():
            pass
        case _:
            _apply_to_node(connection, seq, episode, operation)


def _apply_to_node(
    connection: sqlite3.Connection,
    seq: int,
    episode: int,
    operation: NodeCreated | NodeDescribed | NodeRemoved | LabelAdded | LabelRemoved,
) -> None:
    match operation:
        case NodeCreated(iri, kind, tag, gender):
            connection.execute("INSERT OR REPLACE INTO nodes VALUES (?,?,?,?,?)", (iri, kind, tag, gender, episode))
        case NodeDescribed(iri, kind, tag, gender):
            connection.execute("UPDATE nodes SET kind=?, tag=?, gender=? WHERE iri=?", (kind, tag, gender, iri))
        case NodeRemoved(iri):
            connection.execute("DELETE FROM nodes WHERE iri = ?", (iri,))
            connection.execute("DELETE FROM labels WHERE said_of = ?", (iri,))
        case LabelAdded(iri, label, preferred):
            node = resolve(connection, iri)
            row = (iri, label, episode, int(preferred), seq, node, fold(label), language_of(label))
            connection.execute("INSERT OR REPLACE INTO labels VALUES (?,?,?,?,?,?,?,?)", row)
        case LabelRemoved(iri, label, of_episode):
            key = (iri, label, of_episode)
            connection.execute("DELETE FROM labels WHERE (said_of, label, episode) = (?,?,?)", key)


def _apply_to_statement(
    connection: sqlite3.Connection, operation: StatementAdded | StatementQualified | StatementRemoved | StatementMoved
) -> None:
    match operation:
        case StatementAdded() as s:
            subject, claimant = resolve(connection, s.subject), s.claimant and resolve(connection, s.claimant)
            obj = s.object if s.datatype else resolve(connection, s.object)
            when = (interval_text(s.start), interval_text(s.end), interval_text(s.point))
            row = (s.id, subject, s.property, obj, s.datatype, s.language, int(s.polarity), claimant, *when)
            said = (s.subject, s.object, s.claimant)
            connection.execute(
                "INSERT OR REPLACE INTO statements VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (*row, s.role, s.confidence, s.rank, *said),
            )
        case StatementQualified() as s:
            when = (interval_text(s.start), interval_text(s.end), interval_text(s.point))
            connection.execute(
                "UPDATE statements SET start=?, end=?, point=?, role=?, confidence=?, rank=? WHERE id=?",
                (*when, s.role, s.confidence, s.rank, s.id),
            )
        case StatementMoved(statement, subject, obj, claimant):
            stand = (resolve(connection, subject), claimant and resolve(connection, claimant), resolve(connection, obj))
            connection.execute(
                "UPDATE statements SET subject=?, claimant=?, object = CASE WHEN datatype = '' THEN ? ELSE object END,"
                " subject_said=?, object_said=?, claimant_said=? WHERE id=?",
                (*stand, subject, obj, claimant, statement),
            )
        case StatementRemoved(statement):
            connection.execute("DELETE FROM statements WHERE id = ?", (statement,))
            connection.execute("DELETE FROM sources WHERE statement = ?", (statement,))


def _point_to(connection: sqlite3.Connection, old: str, new: str) -> None:
    connection.execute("UPDATE statements SET subject = ? WHERE subject = ?", (new, old))
    connection.execute("UPDATE statements SET object = ? WHERE object = ? AND datatype = ''", (new, old))
    connection.execute("UPDATE statements SET claimant = ? WHERE claimant = ?", (new, old))
    connection.execute("UPDATE labels SET node = ? WHERE node = ?", (new, old))


def _restore_pointers(connection: sqlite3.Connection, winner: str) -> None:
    """Point everything that `winner` took over back to where the remaining merges lead."""
    for column, said in (("subject", "subject_said"), ("object", "object_said"), ("claimant", "claimant_said")):
        condition = " AND datatype = ''" if column == "object" else ""
        where = f"FROM statements WHERE {column} = ? AND {said} <> {column}{condition}"
        for (name,) in connection.execute(f"SELECT DISTINCT {said} {where}", (winner,)).fetchall():
            update = f"UPDATE statements SET {column} = ? WHERE {column} = ? AND {said} = ?{condition}"
            connection.execute(update, (resolve(connection, name), winner, name))
    for (name,) in connection.execute("SELECT DISTINCT said_of FROM labels WHERE node = ?", (winner,)).fetchall():
        connection.execute("UPDATE labels SET node = ? WHERE said_of = ?", (resolve(connection, name), name))
