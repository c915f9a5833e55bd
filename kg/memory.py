"""The memory of one space: the log of what was said and read, what came of it, and the facts that stand.

Takes a directory; implements `kg.fact.Graph` over SQLite. Every change is an outcome in the log, written in the same
transaction as its effect. Knows no language, no model and no RDF.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import uuid
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from pathlib import Path

from kg import forgotten, log, outcome
from kg.fact import Draft, Fact, Literal, Merge, Node, NodeKind, Rank, Source, When
from kg.log import Episode, LoggedPassage
from kg.merges import pairs_apart, standing_merges
from kg.outcome import Operation, Outcome
from kg.parting import Parting, Step
from kg.reader import Reader
from kg.schema import MATERIALISED, open_database, storage_errors
from kg.statement import as_source, as_statement, filled_in, has_source, is_same, qualify
from kg.undo import compensations

ENTITY = "https://w3id.org/tripletalk/entity/"
_PRECEDENCE = {NodeKind.SELF: 0, NodeKind.NAMED: 1, NodeKind.ROLE: 2, NodeKind.CLASS: 3}  # which node a merge keeps


class Memory:
    """One memory space. Safe to share between threads; any number of processes may read while one writes.

    Raises:
        kg.schema.NewerVersion: the file was written by a newer version.
        kg.schema.StorageError: the file can't be used (damaged, busy, disk full).
    """

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        self.directory = directory
        self.path = directory / "memory.sqlite"
        self.read_only = read_only
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = open_database(self.path, read_only=read_only)
        self._reader = Reader(self._connection)
        self.space_id = str(self._connection.execute("SELECT value FROM meta WHERE key = 'space'").fetchone()[0])
        self._self_iri = ENTITY + self.space_id
        if not read_only:
            self._create_self()
            if self._connection.execute("SELECT 1 FROM meta WHERE key = 'uncompacted'").fetchone():
                self.compact()

    def close_files(self) -> None:
        """Close the database; the memory can't be used afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_files()

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """Make everything inside one atomic unit; inner transactions roll back alone, the outermost one commits."""
        with self._lock, storage_errors(self.path):
            mark = f"level{self._depth}"
            self._connection.execute(f"SAVEPOINT {mark}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                if self._depth == 1:
                    self._reader.expire()
                yield
            except BaseException:
                self._depth -= 1
                self._reader.clear()
                if self._connection.in_transaction:
                    self._connection.execute(f"ROLLBACK TO {mark}" if self._depth else "ROLLBACK")
                    if self._depth:
                        self._connection.execute(f"RELEASE {mark}")
                raise
            self._depth -= 1
            try:
                self._connection.execute(f"RELEASE {mark}" if self._depth else "COMMIT")
            except sqlite3.Error:
                self._reader.clear()
                if self._connection.in_transaction and not self._depth:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Give the connection for reading, with caches that are up to date."""
        with self._lock, storage_errors(self.path):
            if not self._depth:
                self._reader.expire()
            yield self._connection

    # The log

    def record(self, kind: str, speaker: str, text: str, at: str, title: str = "", state: str = "") -> int:
        """Return the id of a new episode; `kind` is say, read, reply or import, `at` an ISO time with its zone."""
        if kind not in ("say", "read", "reply", "import"):
            raise ValueError(f"an episode is of kind say, read, reply or import, not {kind!r}")
        with self.transaction():
            return log.insert_episode(self._connection, kind, speaker, text, at, title, state)

    def set_state(self, episode: int, state: str) -> None:
        """Keep the caller's own note with an episode, such as what the conversation was about."""
        with self.transaction():
            self._connection.execute("UPDATE episodes SET state = ? WHERE id = ?", (log.storable(state), episode))

    def episode(self, episode: int) -> Episode:
        """Return the episode.

        Raises:
            KeyError: no such episode.
        """
        with self.reading() as connection:
            found = log.select_episodes(connection, "id = ?", (episode,))
        if not found:
            raise KeyError(f"no episode {episode} in this memory")
        return found[0]

    def episodes(self, since: int = 0, *, kind: str = "") -> tuple[Episode, ...]:
        """Return the episodes after id `since`, oldest first."""
        with self.reading() as connection:
            if kind:
                return log.select_episodes(connection, "id > ? AND kind = ? ORDER BY id", (since, kind))
            return log.select_episodes(connection, "id > ? ORDER BY id", (since,))

    def turns(self, last: int) -> tuple[Episode, ...]:
        """Return the last messages and replies of the chat, oldest first."""
        with self.reading() as connection:
            where = "kind IN ('say', 'reply') ORDER BY id DESC LIMIT ?"
            return log.select_episodes(connection, where, (last,))[::-1]

    def replies_to(self, episode: int) -> tuple[Episode, ...]:
        """Return the replies between an episode and the next thing that was said or read."""
        with self.reading() as connection:
            where = (
                "kind = 'reply' AND id > ?1 AND "
                "id < coalesce((SELECT min(id) FROM episodes WHERE id > ?1 AND kind <> 'reply'), id + 1) ORDER BY id"
            )
            return log.select_episodes(connection, where, (episode,))

    def without_forgotten(self, text: str) -> str:
        """Return a document's text with blocks for what was forgotten of it before."""
        with self.reading() as connection:
            return forgotten.without_forgotten(connection, log.storable(text))

    def readmit(self, text: str) -> int:
        """Let what was forgotten of a document be read again; return how many sentences that are."""
        with self.transaction():
            return forgotten.readmit(self._connection, log.storable(text))

    def find_document(self, hash_: str) -> Episode | None:
        """Return the document with this `kg.log.document_hash`, the newest if there are several."""
        with self.reading() as connection:
            where = "hash = ? AND kind = 'read' ORDER BY id DESC LIMIT 1"
            return next(iter(log.select_episodes(connection, where, (hash_,))), None)

    def unprocessed(self) -> tuple[Episode, ...]:
        """Return messages and documents that were recorded but not worked through to the end."""
        with self.reading() as connection:
            return log.select_episodes(connection, "processed = 0 ORDER BY id", ())

    def mark_done(self, episode: int, count: int) -> None:
        """Log that the first `count` sentences of an episode were worked through."""
        with self.transaction():
            self._append(episode, outcome.Progressed(episode, count))

    def mark_processed(self, episode: int) -> None:
        """Log that an episode was worked through to the end."""
        with self.transaction():
            self._append(episode, outcome.Processed(episode))

    def add_passages(self, episode: int, spans: Iterable[tuple[int, int]]) -> tuple[LoggedPassage, ...]:
        """Return the passages at these spans of an episode; adding twice is adding once.

        Raises:
            ValueError: a span outside the episode.
        """
        with self.transaction():
            return log.insert_passages(self._connection, self.episode(episode), spans)

    def passages(self, since_id: int = 0, limit: int = -1) -> tuple[LoggedPassage, ...]:
        """Return the passages after id `since_id`, oldest first; a negative limit means all."""
        with self.reading() as connection:
            return log.select_passages(connection, "id > ? ORDER BY id LIMIT ?", (since_id, limit))

    def passage_ids(self) -> tuple[int, ...]:
        """Return the ids of all passages, oldest first."""
        with self.reading() as connection:
            return tuple(id_ for (id_,) in connection.execute("SELECT id FROM passages ORDER BY id"))

    def passages_with_ids(self, ids: Sequence[int]) -> tuple[LoggedPassage, ...]:
        """Return those of the passages that exist, oldest first."""
        with self.reading() as connection:
            return tuple(
                passage
                for at in range(0, len(ids), 500)
                for passage in log.select_passages(
                    connection, f"id IN ({','.join('?' * len(ids[at : at + 500]))}) ORDER BY id", ids[at : at + 500]
                )
            )

    def episodes_holding(self, text: str) -> tuple[Episode, ...]:
        """Return the episodes whose text holds another, oldest first."""
        with self.reading() as connection:
            return log.select_episodes(connection, "instr(text, ?) ORDER BY id", (text,))

    def passages_of(self, episode: int) -> tuple[LoggedPassage, ...]:
        """Return the passages of an episode in the order of the text."""
        with self.reading() as connection:
            return log.select_passages(connection, "episode = ? ORDER BY start", (episode,))

    def passages_holding(self, needles: Sequence[str], limit: int) -> tuple[LoggedPassage, ...]:
        """Return the newest passages that hold one of some texts, whatever the case of its Latin letters."""
        with self.reading() as connection:
            return log.passages_holding(connection, needles, limit)

    def passage_count(self) -> int:
        """Return how many passages there are."""
        with self.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    # Nodes

    def self_node(self) -> Node:
        """Return the speaker's own node."""
        with self.reading():
            return self._reader.node(self._self_iri)

    def node(self, iri: str) -> Node:
        """Return the node that stands for `iri` after merges.

        Raises:
            KeyError: no such node.
        """
        with self.reading():
            return self._reader.node(iri)

    def stands(self, iri: str) -> bool:
        """Return whether there is a node of this IRI that wasn't merged into another."""
        with self.reading():
            try:
                return self._reader.node(iri).iri == iri
            except KeyError:
                return False

    def nodes_named(self, name: str) -> Sequence[Node]:
        """Return the nodes with this label or alias, compared by `kg.names.fold`; exact matches first."""
        with self.reading():
            return self._reader.nodes_named(name)

    def labels(self, iri: str) -> Sequence[str]:
        """Return the node's labels, the preferred one first."""
        with self.reading():
            return self._reader.labels(iri)

    def all_names(self) -> Sequence[tuple[str, Node]]:
        """Return every label of every named, role and self node, with its node."""
        with self.reading():
            return self._reader.all_names()

    def nodes(self) -> tuple[Node, ...]:
        """Return every node that wasn't merged into another."""
        with self.reading() as connection:
            rows = connection.execute("SELECT iri FROM nodes WHERE iri NOT IN (SELECT loser FROM merges)").fetchall()
            return tuple(self._reader.node(row[0]) for row in rows)

    def new_node(
        self, label: str, kind: NodeKind, tag: str, *, gender: str = "", episode: int = 0, iri: str = ""
    ) -> Node:
        """Return a new node with this preferred label; an IRI is given only by an import."""
        with self.transaction():
            iri = iri or ENTITY + uuid.uuid4().hex
            self._append(episode, outcome.NodeCreated(iri, kind.value, tag, gender))
            self._append(episode, outcome.LabelAdded(iri, log.storable(label), preferred=True))
            node = Node(iri, log.storable(label), kind, tag, gender)
            self._reader.add_name(iri, node.label)
            return node

    def describe_node(
        self,
        iri: str,
        *,
        kind: NodeKind | None = None,
        tag: str | None = None,
        gender: str | None = None,
        episode: int = 0,
    ) -> Node:
        """Return the node with its kind, tag or gender changed."""
        with self.transaction():
            old = self._reader.node(iri)
            tag, gender = old.tag if tag is None else tag, old.gender if gender is None else gender
            new = Node(old.iri, old.label, kind or old.kind, tag, gender)
            if new != old:
                was = (old.kind.value, old.tag, old.gender)
                self._append(episode, outcome.NodeDescribed(new.iri, new.kind.value, tag, gender, was))
                self._reader.refresh_node(new.iri)
            return new

    def add_label(self, iri: str, label: str, *, preferred: bool = False, episode: int = 0) -> None:
        """Give a node another label; a role that gets a preferred one has its name and is a named node from then on."""
        label = log.storable(label).strip()
        if not label:
            raise ValueError("a label has at least one character")
        with self.transaction():
            node = self._reader.node(iri)
            if label in self._reader.labels(iri) and (not preferred or node.label == label):
                return
            self._append(episode, outcome.LabelAdded(node.iri, label, preferred))
            if preferred:
                self._reader.refresh_node(node.iri)
                if node.kind is NodeKind.ROLE:
                    self.describe_node(node.iri, kind=NodeKind.NAMED, episode=episode)
            else:
                self._reader.add_name(node.iri, label)

    def remove_label(self, iri: str, label: str, *, episode: int = 0) -> None:
        """Take a wrong name away."""
        with self.transaction():
            node = self._reader.node(iri).iri
            rows = self._connection.execute(
                "SELECT DISTINCT said_of, episode FROM labels WHERE node = ? AND label = ?", (node, label)
            ).fetchall()
            for said_of, of_episode in rows:
                self._append(episode, outcome.LabelRemoved(said_of, label, of_episode))
            self._reader.refresh_node(node)

    def merge(
        self, a: str, b: str, *, evidence: str = "", episode: int = 0, at: str = "", by_hand: bool = False
    ) -> Node:
        """Return the one node that stands for both from now on.

        It is `a`, unless `b` is the speaker or has a name where `a` has none. Two that were told apart are merged only
        `by_hand`, which also takes the distinction back; such a merge has no episode and says `at` what time it was.

        Raises:
            ValueError: both are the same node, or were told apart.
        """
        with self.transaction():
            winner, loser = self._reader.node(a), self._reader.node(b)
            if winner.iri == loser.iri:
                raise ValueError(f"{a!r} and {b!r} are the same node already")
            apart = pairs_apart(self._connection, winner.iri, loser.iri)
            if apart and not by_hand:
                raise ValueError(f"{a!r} and {b!r} were told apart; only a merge by hand makes them one again")
            if _PRECEDENCE[loser.kind] < _PRECEDENCE[winner.kind]:
                winner, loser = loser, winner
            for pair in apart:
                self._append(episode, outcome.NodesToldApart(*pair, apart=False))
            self._append(episode, outcome.NodesMerged(loser.iri, winner.iri, log.storable(evidence), at))
            self._reader.clear()
            return self._reader.node(winner.iri)

    def unmerge(self, loser: str, *, evidence: str = "", episode: int = 0) -> Node:
        """Return the node that was merged into another, on its own again with all that was said of it.

        What was said before the merge goes back to whom it was said of. What was said since stays with the node that
        survived the merge, unless its words name the other one by a label and this one by none (see `kg.parting`).
        The two are told apart from then on: only a merge by hand makes them one again.

        Raises:
            ValueError: the node isn't merged into another.
        """
        with self.transaction():
            merge = next((m for m in standing_merges(self._connection) if m.gone.iri == loser), None)
            if merge is None:
                raise ValueError(f"{loser!r} isn't merged into another node")
            winner = outcome.resolve(self._connection, merge.kept.iri)
            self._append(episode, outcome.NodesUnmerged(loser, winner, log.storable(evidence)))
            self._reader.clear()
            self._part(Parting(self._connection, self._reader, winner, merge))
            one, other = sorted((loser, merge.kept.iri))
            self._append(episode, outcome.NodesToldApart(one, other))
            return self._reader.node(loser)

    def merges(self) -> tuple[Merge, ...]:
        """Return the merges that stand, oldest first."""
        with self.reading() as connection:
            return standing_merges(connection)

    def are_told_apart(self, a: str, b: str) -> bool:
        """Return whether a merge of the two was undone by hand, so that no sentence makes them one again."""
        with self.reading() as connection:
            return bool(pairs_apart(connection, a, b))

    # Facts

    def add(self, draft: Draft) -> tuple[Fact, bool]:
        """Store a statement; True if it is new, False if a reference was added to one that stood.

        Raises:
            KeyError: the subject, object or claimant isn't a node here.
        """
        with self.transaction():
            subject = self._reader.node(draft.subject).iri
            claimant = self._reader.node(draft.claimant).iri if draft.claimant else ""
            obj = draft.object
            if not isinstance(obj, Literal):
                obj = Literal(self._reader.node(obj).iri, "")
            elif not obj.datatype:
                raise ValueError(f"the literal {obj.value!r} has no datatype; string, date or quantity is expected")
            old = self._standing(subject, obj, claimant, draft)
            fact_id = old.id if old else self._next_id("statements")
            if old is None:
                self._append_from(draft, as_statement(fact_id, subject, obj, claimant, draft))
            elif qualified := filled_in(old, draft):
                self._append_from(draft, qualified)
            if old is None or not has_source(old, draft.source):
                self._append_from(draft, as_source(fact_id, draft.source))
            self._reader.drop_fact(fact_id)
            return self._reader.fact(fact_id), old is None

    def add_source(self, fact_id: int, source: Source) -> Fact:
        """Return the fact with one more source; a source that it has changes nothing.

        Raises:
            KeyError: no such fact.
        """
        with self.transaction():
            fact = self._reader.fact(fact_id)
            if not has_source(fact, source):
                self._append(source.episode, as_source(fact_id, source), extractor=source.extractor)
                self._reader.drop_fact(fact_id)
            return self._reader.fact(fact_id)

    def close(self, fact_id: int, end: When | None, *, episode: int = 0) -> Fact:
        """End a statement's validity; without an end, deprecate it.

        Raises:
            KeyError: no such fact.
        """
        with self.transaction():
            fact = self._reader.fact(fact_id)
            rank = fact.rank if end else Rank.DEPRECATED
            self._append(episode, qualify(fact, fact.start, end or fact.end, fact.point, rank=rank))
            self._reader.drop_fact(fact_id)
            return self._reader.fact(fact_id)

    def facts(
        self,
        subject: str | None = None,
        property: str | None = None,
        object: str | None = None,
        *,
        include_past: bool = True,
    ) -> Sequence[Fact]:
        """Return the statements that match, node IRIs or None for any; newest last.

        Without the past, what was deprecated or ended before today is left out.
        """
        with self.reading():
            return self._reader.facts(subject, property, object, include_past=include_past)

    def newest(self, count: int) -> tuple[Fact, ...]:
        """Return the statements that were added last, newest last."""
        with self.reading():
            return self._reader.facts_by_id(self._reader.newest_ids(count))

    def fact(self, fact_id: int) -> Fact:
        """Return the fact.

        Raises:
            KeyError: no such fact.
        """
        with self.reading():
            return self._reader.fact(fact_id)

    def facts_with_ids(self, ids: Sequence[int]) -> tuple[Fact, ...]:
        """Return those of the facts that exist, in the order of `ids`."""
        with self.reading():
            return self._reader.facts_by_id(ids)

    def fact_count(self) -> int:
        """Return how many facts there are."""
        with self.reading():
            return self._reader.count_facts()

    def each_node(self) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """Yield every node that wasn't merged into another with its labels, one by one."""
        with self.reading():
            yield from self._reader.each_node()

    def each_fact(self) -> Iterator[Fact]:
        """Yield every fact, oldest first, one by one; of its nodes only the IRIs are true."""
        with self.reading():
            yield from self._reader.each_fact()

    def facts_from(self, episode: int) -> tuple[Fact, ...]:
        """Return the facts that have a source in this episode."""
        with self.reading():
            where = "id IN (SELECT statement FROM sources WHERE episode = ?)"
            return self._reader.facts_by_id(self._reader.ids_where(where, (episode,)))

    def facts_about(self, iri: str) -> tuple[Fact, ...]:
        """Return the facts that have the node as subject, object or claimant."""
        with self.reading() as connection:
            return self._reader.facts_by_id(self._reader.ids_about(outcome.resolve(connection, iri)))

    def facts_beside(self, iri: str, properties: Collection[str] | None, limit: int) -> tuple[Fact, ...]:
        """Return what is asserted of a node and what has it as object, at most `limit` of each; None: any property."""
        with self.reading():
            return self._reader.facts_beside(iri, properties, limit)

    def labels_like(self, patterns: Sequence[str], limit: int) -> Sequence[tuple[str, str]]:
        """Return labels, folded, that fit one of the patterns, and their nodes; what "%", "_" stand for as in SQL."""
        with self.reading():
            return self._reader.labels_like(patterns, limit)

    def facts_with_value_like(self, pattern: str, limit: int) -> tuple[Fact, ...]:
        """Return facts whose literal fits a pattern, see `labels_like`."""
        with self.reading():
            where = r"datatype <> '' AND object LIKE ? ESCAPE '\' LIMIT ?"
            return self._reader.facts_by_id(self._reader.ids_where(where, (pattern, limit), ordered=False))

    def dated_facts(self) -> tuple[Fact, ...]:
        """Return the facts with a start or an end: those that may hold on one day and not on another."""
        with self.reading():
            return self._reader.facts_by_id(self._reader.ids_where("start <> '' OR end <> ''", ()))

    # Outcomes

    def outcomes(self, since: int = 0, *, episode: int | None = None) -> tuple[Outcome, ...]:
        """Return the outcomes after number `since`, oldest first."""
        with self.reading() as connection:
            query = "SELECT seq, episode, kind, payload, extractor, undoes FROM outcomes WHERE seq > ?"
            values: tuple[int, ...] = (since,)
            if episode is not None:
                query, values = query + " AND episode = ?", (since, episode)
            rows = connection.execute(query + " ORDER BY seq", values).fetchall()
            return tuple(
                Outcome(seq, made_by, outcome.decode(kind, payload), extractor, undoes)
                for seq, made_by, kind, payload, extractor, undoes in rows
            )

    def last_outcome(self) -> int:
        """Return the number of the newest outcome."""
        with self.reading():
            return self._next_id("outcomes") - 1

    def undo(self, episode: int) -> int:
        """Reverse what came of an episode by outcomes of their own, and return how many; twice is once."""
        with self.transaction():
            count = 0
            for done in reversed(self.outcomes(episode=episode)):
                for operation in compensations(self._connection, done):
                    self._append(episode, operation, undoes=done.seq)
                    count += 1
            self._reader.clear()
            return count

    def replay(self) -> None:
        """Rebuild every materialised table from the outcomes."""
        with self.transaction():
            for table in MATERIALISED:
                self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute("UPDATE episodes SET progress = 0, processed = kind NOT IN ('say', 'read')")
            for done in self.outcomes():
                outcome.apply(self._connection, done.seq, done.episode, done.operation)
            self._reader.clear()

    @contextlib.contextmanager
    def rewriting_history(self) -> Generator[sqlite3.Connection]:
        """Give the connection for changing the log itself, which only forgetting may; then rebuild what rests on it."""
        with self.transaction():
            self._reader.clear()
            yield self._connection
            self._reader.clear()
            self.replay()
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('uncompacted', '1')")

    def append(self, operation: Operation, *, episode: int = 0) -> None:
        """Write an outcome that has no method of its own."""
        with self.transaction():
            self._append(episode, operation)

    def compact(self) -> bool:
        """Leave no deleted byte in the files; False if another program is in the way, then opening does it again."""
        with self._lock, storage_errors(self.path):
            try:
                self._connection.execute("PRAGMA temp_store = MEMORY")
                self._connection.execute("VACUUM")
                if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return False
                self._connection.execute("DELETE FROM meta WHERE key = 'uncompacted'")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                return False
            return True

    def _part(self, parting: Parting) -> None:
        """Share out what was said since a merge; each step is worked out after the one before has taken effect."""
        self._take(parting.labels())
        self._take(parting.descriptions())
        self._take(parting.moves())
        for step, draft in parting.splits():
            self._take((step,))
            self.add(draft)
        self._take(parting.qualifications())

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._append(step.episode, step.operation, extractor=step.extractor, undoes=step.undoes)
        self._reader.clear()

    def _create_self(self) -> None:
        exists = "SELECT 1 FROM nodes WHERE iri = ?"
        if self._connection.execute(exists, (self._self_iri,)).fetchone():
            return
        with self.transaction():
            if not self._connection.execute(exists, (self._self_iri,)).fetchone():
                self.new_node("me", NodeKind.SELF, "SELF", iri=self._self_iri)

    def _standing(self, subject: str, obj: Literal, claimant: str, draft: Draft) -> Fact | None:
        """Return the fact that says what the draft says."""
        where = "(subject, property, object, datatype, polarity, claimant) = (?,?,?,?,?,?)"
        values = (subject, draft.property, log.storable(obj.value), obj.datatype, int(draft.polarity), claimant)
        ids = self._reader.ids_where(where, values)
        return next((fact for fact in self._reader.facts_by_id(ids) if is_same(fact, draft)), None)

    def _next_id(self, table: str) -> int:
        query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        row = self._connection.execute(query, (table,)).fetchone()
        return row[0] + 1 if row else 1

    def _append_from(self, draft: Draft, operation: Operation) -> None:
        self._append(draft.source.episode, operation, extractor=draft.source.extractor)

    def _append(self, episode: int, operation: Operation, *, extractor: str = "", undoes: int | None = None) -> None:
        """Write an outcome and its effect; the caller holds the transaction."""
        cursor = self._connection.execute(
            "INSERT INTO outcomes (episode, kind, payload, extractor, undoes) VALUES (?,?,?,?,?)",
            (episode, type(operation).__name__, outcome.encode(operation), extractor, undoes),
        )
        outcome.apply(self._connection, int(cursor.lastrowid or 0), episode, operation)
