"""What reverses an outcome: the operations that take its effect back, as far as nothing later rests on it.

Takes an outcome and the state it stands in; gives operations. Writes nothing.
"""

from __future__ import annotations

import sqlite3

from kg.outcome import (
    LabelAdded,
    LabelRemoved,
    NodeCreated,
    NodeDescribed,
    NodeRemoved,
    NodesMerged,
    NodesToldApart,
    NodesUnmerged,
    Operation,
    Outcome,
    Quarantined,
    Released,
    SourceAdded,
    SourceRemoved,
    StatementMoved,
    StatementQualified,
    StatementRemoved,
    interval_text,
)


def compensations(connection: sqlite3.Connection, done: Outcome) -> tuple[Operation, ...]:
    """Return the operations that reverse an outcome; none if it was reversed before or is itself a reversal."""
    reversed_before = "SELECT 1 FROM outcomes WHERE undoes = ?"
    if done.undoes is not None or connection.execute(reversed_before, (done.seq,)).fetchone():
        return ()
    match done.operation:
        case SourceAdded() as source:
            return _without_source(connection, source)
        case StatementQualified() as qualified:
            return _unqualified(connection, qualified)
        case LabelAdded(iri, label):
            query = "SELECT count(DISTINCT label) FROM labels WHERE said_of = ?"
            others = connection.execute(query, (iri,)).fetchone()[0] > 1
            return (LabelRemoved(iri, label, done.episode),) if others else ()
        case NodeCreated(iri):
            return () if is_in_use(connection, iri) else (NodeRemoved(iri),)
        case NodeDescribed() as d:
            return (NodeDescribed(d.iri, *d.was, was=(d.kind, d.tag, d.gender)),)
        case NodesMerged(loser, winner):
            merged = connection.execute("SELECT 1 FROM merges WHERE loser = ?", (loser,)).fetchone()
            return (NodesUnmerged(loser, winner, ""),) if merged else ()
        case NodesUnmerged(loser, winner, evidence):
            return (NodesMerged(loser, winner, evidence),)
        case NodesToldApart(one, other, apart):
            return (NodesToldApart(one, other, not apart),)
        case Quarantined(number):
            waiting = "SELECT 1 FROM quarantine WHERE number = ? AND state = 'waiting'"
            return (Released(number, "dropped"),) if connection.execute(waiting, (number,)).fetchone() else ()
        case StatementMoved() as m:
            return (StatementMoved(m.id, *m.was, was=(m.subject, m.object, m.claimant)),)
        case _:
            return ()


def is_in_use(connection: sqlite3.Connection, iri: str) -> bool:
    """Return whether a statement, one that waits, or a merge names the node."""
    queries = (
        "SELECT 1 FROM statements WHERE subject = ?1 OR (object = ?1 AND datatype = '')",
        "SELECT 1 FROM statements WHERE claimant <> '' AND claimant = ?1",
        "SELECT 1 FROM merges WHERE loser = ?1 OR winner = ?1",
        "SELECT 1 FROM quarantine WHERE state = 'waiting' AND (subject = ?1 OR object = ?1)",
    )
    return any(connection.execute(query + " LIMIT 1", (iri,)).fetchone() for query in queries)


def _without_source(connection: sqlite3.Connection, source: SourceAdded) -> tuple[Operation, ...]:
    query = "SELECT count(*) FROM sources WHERE statement = ?"
    remaining = connection.execute(query, (source.statement,)).fetchone()[0]
    removed = SourceRemoved(source.statement, source.episode, source.start, source.end)
    return (removed,) if remaining > 1 else (removed, StatementRemoved(source.statement))


def _unqualified(connection: sqlite3.Connection, done: StatementQualified) -> tuple[Operation, ...]:
    """Put back what was before, unless a later outcome changed the statement again."""
    query = "SELECT start, end, point, role, confidence, rank FROM statements WHERE id = ?"
    current = connection.execute(query, (done.id,)).fetchone()
    when = (interval_text(done.start), interval_text(done.end), interval_text(done.point))
    after = (*when, done.role, done.confidence, done.rank)
    if current is None or tuple(current) != after:
        return ()
    now = (done.start, done.end, done.point, done.role, done.confidence, done.rank)
    return (StatementQualified(done.id, *done.was, was=now),)
