"""Reads nodes, labels and facts off the materialised tables of a memory space, with caches that other writers expire.

Takes a SQLite connection, gives the values of `kg.fact`. Writes nothing and knows nothing of the log.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from kg.fact import Fact, Literal, Node, NodeKind, Rank, Source, When
from kg.names import fold
from kg.outcome import resolve

_FACT_CACHE = 100_000  # facts; about 1 kB each
_CHUNK = 500  # SQL variables a query
_STATEMENT = (
    "id, subject, property, object, datatype, language, polarity, claimant, start, end, point, role, confidence, rank"
)
_NEXT_IDS = "SELECT id FROM statements WHERE id > ? ORDER BY id LIMIT ?"
_LABEL_ORDER = "preferred DESC, (said_of = node) DESC, CASE WHEN preferred THEN -seq ELSE seq END"


class Reader:
    """Nodes and facts by id and by pattern. Not thread-safe: its owner holds a lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = -1
        self._nodes: dict[str, Node] = {}
        self._facts: dict[int, Fact] = {}
        self._names: tuple[tuple[str, Node], ...] | None = None
        self._new_names: list[tuple[str, Node]] = []

    def expire(self) -> None:
        """Drop the caches if another connection wrote since the last look."""
        version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self.clear()
            self._version = version

    def clear(self) -> None:
        """Drop all caches."""
        self._nodes.clear()
        self._facts.clear()
        self._names = None
        self._new_names.clear()

    def drop_fact(self, fact_id: int) -> None:
        """Drop one fact from the cache."""
        self._facts.pop(fact_id, None)

    def refresh_node(self, iri: str) -> None:
        """Read one node anew, with its labels and the facts about it; everything else stays as it is."""
        for key in [key for key, node in self._nodes.items() if node.iri == iri]:
            del self._nodes[key]
        for fact_id in self.ids_about(iri):
            self.drop_fact(fact_id)
        if self._names is None:
            return
        node = self.node(iri)
        labels = self.labels(iri) if node.kind is not NodeKind.CLASS else ()
        names = (*self._names, *self._new_names)
        self._new_names.clear()
        known = {label for label, other in names if other.iri == iri}
        kept = (
            (label, node if other.iri == iri else other)
            for label, other in names
            if other.iri != iri or label in labels
        )
        self._names = (*kept, *((label, node) for label in labels if label not in known))

    def add_name(self, iri: str, label: str) -> None:
        """Take a new label of a node into the cached names; the node's preferred label is unchanged by it."""
        if self._names is not None:
            node = self.node(iri)
            if node.kind is not NodeKind.CLASS:
                self._new_names.append((label, node))

    def node(self, iri: str) -> Node:
        """Return the node that stands for `iri` after merges.

        Raises:
            KeyError: no such node.
        """
        if iri in self._nodes:
            return self._nodes[iri]
        target = resolve(self._connection, iri)
        row = self._connection.execute("SELECT kind, tag, gender FROM nodes WHERE iri = ?", (target,)).fetchone()
        if row is None:
            raise KeyError(f"no node {iri!r} in this memory")
        query = f"SELECT label FROM labels WHERE node = ? ORDER BY {_LABEL_ORDER} LIMIT 1"
        label = self._connection.execute(query, (target,)).fetchone()
        node = Node(target, label[0] if label else "", NodeKind(row[0]), row[1], row[2])
        self._nodes[iri] = node
        return node

    def labels(self, iri: str) -> tuple[str, ...]:
        """Return the node's labels, the preferred one first."""
        query = f"SELECT label FROM labels WHERE node = ? ORDER BY {_LABEL_ORDER}"
        rows = self._connection.execute(query, (resolve(self._connection, iri),))
        return tuple(dict.fromkeys(label for (label,) in rows))

    def nodes_named(self, name: str) -> tuple[Node, ...]:
        """Return the nodes with this label by its folded form: exact spelling first, then preferred labels."""
        query = "SELECT node, label, preferred FROM labels WHERE folded = ? ORDER BY seq"
        rows = self._connection.execute(query, (fold(name),)).fetchall()
        rows.sort(key=lambda row: (row[1] != name, not row[2]))
        return tuple(self.node(iri) for iri in dict.fromkeys(row[0] for row in rows))

    def all_names(self) -> tuple[tuple[str, Node], ...]:
        """Return every label of every named, role and self node."""
        if self._names is None:
            query = "SELECT label, node FROM labels JOIN nodes ON iri = node WHERE kind <> 'class'"
            query += " GROUP BY label, node ORDER BY min(seq)"
            rows = self._connection.execute(query).fetchall()
            self._nodes.update((node.iri, node) for node, _ in self.each_node())  # one by one takes five times as long
            self._names = tuple((label, self.node(iri)) for label, iri in rows)
        if self._new_names:
            self._names = (*self._names, *self._new_names)
            self._new_names.clear()
        return self._names

    def fact(self, fact_id: int) -> Fact:
        """Return the fact.

        Raises:
            KeyError: no such fact.
        """
        facts = self.facts_by_id((fact_id,))
        if not facts:
            raise KeyError(f"no fact {fact_id} in this memory")
        return facts[0]

    def facts_by_id(self, ids: Sequence[int]) -> tuple[Fact, ...]:
        """Return those of the facts that exist, in the order of `ids`."""
        missing = [fact_id for fact_id in ids if fact_id not in self._facts]
        if len(self._facts) + len(missing) > _FACT_CACHE:
            self._facts.clear()
            missing = list(ids)
        for offset in range(0, len(missing), _CHUNK):
            for fact in self._load(missing[offset : offset + _CHUNK]):
                self._facts[fact.id] = fact
        return tuple(self._facts[fact_id] for fact_id in ids if fact_id in self._facts)

    def ids_about(self, iri: str) -> list[int]:
        """Return the ids of the statements that have a node, as it stands after merges, as subject, object or claimant."""
        where = "subject = ?1 OR (object = ?1 AND datatype = '') OR (claimant <> '' AND claimant = ?1)"
        return self.ids_where(where, (iri,))

    def newest_ids(self, count: int) -> list[int]:
        """Return the ids of the statements that were added last, ascending."""
        rows = self._connection.execute("SELECT id FROM statements ORDER BY id DESC LIMIT ?", (count,))
        return sorted(row[0] for row in rows)

    def each_node(self) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """Yield every node that stands for itself with its labels; nothing is kept in the caches."""
        query = (
            "SELECT iri, kind, tag, gender, label FROM nodes LEFT JOIN labels ON node = iri"
            f" WHERE iri NOT IN (SELECT loser FROM merges) ORDER BY iri, {_LABEL_ORDER}"
        )
        rows = self._connection.execute(query)
        for (iri, kind, tag, gender), group in groupby(rows, key=lambda row: tuple(row[:4])):
            labels = tuple(dict.fromkeys(row[4] for row in group if row[4] is not None))
            yield Node(iri, labels[0] if labels else "", NodeKind(kind), tag, gender), labels

    def each_fact(self) -> Iterator[Fact]:
        """Yield every fact, oldest first, with nodes of which only the IRI is true; nothing is kept in the caches."""
        last = 0
        while True:
            ids = [row[0] for row in self._connection.execute(_NEXT_IDS, (last, _CHUNK))]
            if not ids:
                return
            yield from sorted(self._load(ids, _bare), key=lambda fact: fact.id)
            last = ids[-1]

    def count_facts(self) -> int:
        """Return how many statements there are."""
        return int(self._connection.execute("SELECT count(*) FROM statements").fetchone()[0])

    def labels_like(self, patterns: Sequence[str], limit: int) -> list[tuple[str, str]]:
        """Return folded labels that fit one of the patterns, and their nodes, the shortest first."""
        fits = " OR ".join([r"folded LIKE ? ESCAPE '\'"] * len(patterns))
        query = f"SELECT DISTINCT folded, node FROM labels WHERE {fits} ORDER BY length(folded) LIMIT ?"
        return [(label, node) for label, node in self._connection.execute(query, (*patterns, limit))]

    def ids_where(self, where: str, values: Sequence[str | int], *, ordered: bool = True) -> list[int]:
        """Return the ids of the statements that an SQL condition (ours) chooses, ascending."""
        condition = (f" WHERE {where}" if where else "") + (" ORDER BY id" if ordered else "")
        rows = self._connection.execute(f"SELECT id FROM statements{condition}", values)
        return [row[0] for row in rows]

    def facts(
        self, subject: str | None, property: str | None, object: str | None, *, include_past: bool
    ) -> tuple[Fact, ...]:
        """Return the facts that match, oldest first."""
        conditions: list[str] = []
        values: list[str | int] = []
        if subject is not None:
            conditions.append("subject = ?")
            values.append(resolve(self._connection, subject))
        if property is not None:
            conditions.append("property = ?")
            values.append(property)
        if object is not None:
            conditions.append("object = ? AND datatype = ''")
            values.append(resolve(self._connection, object))
        facts = self.facts_by_id(self.ids_where(" AND ".join(conditions), values))
        if include_past:
            return facts
        today = datetime.now(UTC).date().isoformat()
        return tuple(fact for fact in facts if not _is_past(fact, today))

    def facts_beside(self, iri: str, properties: Collection[str] | None, limit: int) -> tuple[Fact, ...]:
        """Return what is asserted of a node and what has it as object, at most `limit` of each; None: any property."""
        node = resolve(self._connection, iri)
        named = sorted(properties or ())
        chosen = f" AND property IN ({','.join('?' * len(named))})" if properties is not None else ""
        asserted = f"{chosen} AND rank = 'normal' AND polarity = 1 AND claimant = '' LIMIT ?"
        ids: dict[int, None] = {}
        for where in ("subject = ?", "object = ? AND datatype = ''"):
            rows = self._connection.execute(f"SELECT id FROM statements WHERE {where}{asserted}", (node, *named, limit))
            ids |= {id_: None for (id_,) in rows.fetchall()}
        return self.facts_by_id(tuple(ids))

    def _load(self, ids: Sequence[int], node: Callable[[str], Node] | None = None) -> Iterator[Fact]:
        node = node or self.node
        marks = ",".join("?" * len(ids))
        sources = self._sources(ids, marks)
        query = f"SELECT {_STATEMENT} FROM statements WHERE id IN ({marks})"
        for row in self._connection.execute(query, ids).fetchall():
            id_, subject, property_, obj, datatype, language, polarity, claimant, start, end, point, *rest = row
            role, confidence, rank = rest
            yield Fact(
                id_,
                node(subject),
                property_,
                Literal(obj, datatype, language) if datatype else node(obj),
                bool(polarity),
                node(claimant) if claimant else None,
                _when(start),
                _when(end),
                _when(point),
                role,
                confidence,
                Rank(rank),
                tuple(sources.get(id_, ())),
            )

    def _sources(self, ids: Sequence[int], marks: str) -> dict[int, list[Source]]:
        columns = "statement, episode, start, end, speaker, said_at, extractor, confidence, title"
        query = f"SELECT {columns} FROM sources WHERE statement IN ({marks}) ORDER BY statement, seq"
        sources: dict[int, list[Source]] = {}
        for statement, *rest in self._connection.execute(query, ids):
            sources.setdefault(statement, []).append(Source(*rest))
        return sources


def _bare(iri: str) -> Node:
    return Node(iri, "", NodeKind.NAMED)


def _when(text: str) -> When | None:
    return When(*json.loads(text)) if text else None


def _is_past(fact: Fact, today: str) -> bool:
    return fact.rank is Rank.DEPRECATED or (fact.end is not None and fact.end.latest < today)
