"""The merges that stand in a memory and the pairs of nodes that were told apart.

Takes a SQLite connection; gives frozen values. Writes nothing and knows nothing of what led to a merge.
"""

from __future__ import annotations

import sqlite3

from kg.fact import Merge, Node, NodeKind
from kg.outcome import NodesMerged, decode, resolve


def standing_merges(connection: sqlite3.Connection) -> tuple[Merge, ...]:
    """Return the merges that weren't undone, oldest first."""
    standing = {row[0] for row in connection.execute("SELECT loser FROM merges").fetchall()}
    query = "SELECT seq, episode, payload FROM outcomes WHERE kind = 'NodesMerged' ORDER BY seq"
    newest: dict[str, tuple[int, int, NodesMerged]] = {}
    for seq, episode, payload in connection.execute(query).fetchall() if standing else ():
        operation = decode("NodesMerged", payload)
        if isinstance(operation, NodesMerged) and operation.loser in standing:
            newest[operation.loser] = (seq, episode, operation)
    return tuple(
        Merge(seq, _alone(connection, done.winner), _alone(connection, done.loser), when, done.evidence, episode)
        for seq, episode, done in sorted(newest.values(), key=lambda found: found[0])
        for when in (done.at or _time_of(connection, episode),)
    )


def pairs_apart(connection: sqlite3.Connection, a: str, b: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs told apart whose one end stands for `a` and the other for `b`, after all merges."""
    wanted = {resolve(connection, a), resolve(connection, b)}
    pairs = connection.execute("SELECT one, other FROM distinctions ORDER BY one, other").fetchall()
    return tuple(
        (one, other)
        for one, other in pairs
        if len(wanted) == 2 and {resolve(connection, one), resolve(connection, other)} == wanted
    )


def _alone(connection: sqlite3.Connection, iri: str) -> Node:
    """Return a node as it is without what was merged into it."""
    kind, tag, gender = connection.execute("SELECT kind, tag, gender FROM nodes WHERE iri = ?", (iri,)).fetchone()
    order = "preferred DESC, CASE WHEN preferred THEN -seq ELSE seq END"
    query = f"SELECT label FROM labels WHERE said_of = ? ORDER BY {order} LIMIT 1"
    label = connection.execute(query, (iri,)).fetchone()
    return Node(iri, label[0] if label else "", NodeKind(kind), tag, gender)


def _time_of(connection: sqlite3.Connection, episode: int) -> str:
    row = connection.execute("SELECT at FROM episodes WHERE id = ?", (episode,)).fetchone()
    return row[0] if row else ""
