"""Carries out a plan to forget inside one transaction: texts, statements, names, passages, and the log's outcomes.

Takes a memory, its connection and a plan; gives counts. Knows neither the graph's files nor the index.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Sequence
from typing import cast

from kg import outcome
from kg.fact import Fact, Literal, Node, When
from kg.forgotten import note, says_anything
from kg.log import Episode, document_hash
from kg.memory import Memory
from kg.outcome import (
    LabelAdded,
    NodesMerged,
    NodesUnmerged,
    Outcome,
    Quarantined,
    SourceAdded,
    StatementAdded,
)
from kg.purge import Purge, SourceKey, purge
from kg.redact import Range, echoes, occurrences, redact, rest_of, units
from kg.statement import as_interval
from kg.target import Plan

_SHORTEST_PASSAGE = 6  # characters that the rest of a cut passage must have to stay quotable
_SHORTEST_ECHO = 2  # characters of a name or value that is looked for in other texts


class Eraser:
    """One act of forgetting. After `erase`, its attributes say what went."""

    def __init__(
        self,
        memory: Memory,
        connection: sqlite3.Connection,
        plan: Plan,
        request: int | None,
        asked: Sequence[Range] = (),
    ) -> None:
        """`request` is the episode that asks for it, `asked` the stretches of it that go whatever they say."""
        self._memory, self._connection, self._plan, self._request = memory, connection, plan, request
        self._asked = list(asked)
        self._titles = {memory.episode(id_).title for id_ in plan.whole} - {""}
        self._forgotten = "\n".join(  # the words that go
            memory.episode(id_).text[start:end] for id_, ranges in plan.ranges.items() for start, end in ranges
        )
        self._said = ""  # everything that the user's own texts still tell
        self._taught = ""  # as far as facts rest on it
        self._telling: set[int] = set()  # the episodes that still tell something: no questions, no requests
        self.gone: dict[int, Fact] = {}
        self.orphans: set[str] = set()
        self.labels: set[tuple[str, str]] = set()
        self.characters = 0
        self.touched_episodes: set[int] = set()
        self._redacted: dict[int, list[Range]] = {}
        self.passages_removed: set[int] = set()
        self.passages_added: set[int] = set()

    def erase(self) -> None:
        """Do it all; the caller's transaction replays the log afterwards."""
        touched = {fact_id: self._memory.fact(fact_id) for fact_id, *_ in self._plan.sources}
        self.gone = {id_: fact for id_, fact in touched.items() if id_ in self._plan.facts or self._is_bare(fact)}
        candidates = {iri: self._memory.labels(iri) for iri in self._candidates()}
        for id_, ranges in self._plan.ranges.items():
            episode = self._memory.episode(id_)
            if episode.kind == "read":
                note(self._connection, episode.text, ranges)
            self._redact(episode, ranges)
        for episode in map(self._memory.episode, self._plan.replies):
            self._redact(episode, [(0, len(episode.text))])
        if self._request is not None and self._asked:
            self._redact(self._memory.episode(self._request), self._asked)
        self._remove_statements()
        self._read_what_stands()
        self.orphans = {iri for iri in candidates if iri in self._plan.nodes or self._is_orphan(iri)}
        self.labels = self._labels_that_go()
        names = {label for iri in self.orphans for label in candidates[iri]} | {label for _, label in self.labels}
        self._redact_echoes(self._plan.names | names | self._values() | self._titles)
        surviving = {id_: fact for id_, fact in touched.items() if id_ not in self.gone}
        self._purge(surviving | self._requalified(), names)

    def _is_bare(self, fact: Fact) -> bool:
        return all((fact.id, s.episode, s.start, s.end) in self._plan.sources for s in fact.sources)

    def _candidates(self) -> set[str]:
        """Return the nodes that may be left without a fact."""
        terms = [term for fact in self.gone.values() for term in (fact.subject, fact.object, fact.claimant)]
        found = {term.iri for term in terms if isinstance(term, Node)} | self._plan.nodes
        for episode in self._plan.ranges:
            rows = self._connection.execute("SELECT iri FROM nodes WHERE episode = ?", (episode,))
            found.update(self._memory.node(iri).iri for (iri,) in rows.fetchall())
        return found - {self._memory.self_node().iri}

    def _redact(self, episode: Episode, ranges: list[Range]) -> None:
        """Put blocks in a text, drop what fingerprints it, and cut its passages."""
        text, whole = redact(episode.text, ranges), episode.id in self._plan.whole
        if text == episode.text and not (whole and episode.title):
            return
        self._redacted.setdefault(episode.id, []).extend(ranges)
        self.characters += sum(old != new for old, new in zip(episode.text, text, strict=True))
        self.touched_episodes.add(episode.id)
        title = "" if whole else episode.title
        hash_ = document_hash(text) if episode.kind == "read" and says_anything(text) else ""
        update = "UPDATE episodes SET text = ?, title = ?, hash = ?, state = '' WHERE id = ?"
        self._connection.execute(update, (text, title, hash_, episode.id))
        for passage in self._memory.passages_of(episode.id):
            if not any(start < passage.end and passage.start < end for start, end in ranges):
                continue
            self._connection.execute("DELETE FROM passages WHERE id = ?", (passage.id,))
            self.passages_removed.add(passage.id)
            rest = rest_of(ranges, passage.start, passage.end)
            worth = [(low, high) for low, high in rest if len(text[low:high].strip()) >= _SHORTEST_PASSAGE]
            self.passages_added.update(new.id for new in self._memory.add_passages(episode.id, worth))
        self.passages_added -= self.passages_removed

    def _remove_statements(self) -> None:
        keys = self._plan.sources
        self._connection.executemany("DELETE FROM sources WHERE (statement, episode, start, end) = (?,?,?,?)", keys)
        for table, column in (("statements", "id"), ("sources", "statement")):
            ids = [(fact_id,) for fact_id in self.gone]
            self._connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", ids)

    def _read_what_stands(self) -> None:
        episodes = [e for e in self._memory.episodes() if e.kind != "reply" and e.id != self._request]
        teaching = self._teaching()
        quotable = {row[0] for row in self._connection.execute("SELECT DISTINCT episode FROM passages")}
        self._telling = teaching | quotable | {e.id for e in episodes if e.kind != "say"}
        self._said = "\n".join(episode.text for episode in episodes if episode.id in self._telling)
        self._taught = "\n".join(e.text for e in episodes if e.kind == "read" or e.id in teaching)

    def _teaching(self) -> set[int]:
        """Return the episodes that facts rest on, or what waits in the inbox."""
        taught = {row[0] for row in self._connection.execute("SELECT DISTINCT episode FROM sources")}
        return taught | {kept.source[0] for kept in self._quarantined(waiting=True) if not self._loses_words(kept)}

    def _is_orphan(self, iri: str) -> bool:
        query = "SELECT 1 FROM statements WHERE subject = ?1 OR (object = ?1 AND datatype = '') LIMIT 1"
        claims = "SELECT 1 FROM statements WHERE claimant <> '' AND claimant = ?1 LIMIT 1"
        if any(self._connection.execute(text, (iri,)).fetchone() for text in (query, claims)):
            return False
        return all(iri not in self._ends(q) for q in self._quarantined(waiting=True) if not self._loses_words(q))

    def _quarantined(self, *, waiting: bool = False) -> list[Quarantined]:
        """Return what waits in the inbox, or everything that ever did."""
        where = " WHERE state = 'waiting'" if waiting else ""
        rows = self._connection.execute(f"SELECT payload FROM quarantine{where}").fetchall()
        return [cast(Quarantined, outcome.decode(Quarantined.__name__, payload)) for (payload,) in rows]

    def _ends(self, kept: Quarantined) -> set[str]:
        ends = (kept.subject, *(() if kept.datatype else (kept.object,)))
        return {outcome.resolve(self._connection, iri) for iri in ends}

    def _loses_words(self, kept: Quarantined) -> bool:
        """Return whether the words that a quarantined statement was told in are touched."""
        episode, start, end = kept.source[:3]
        ranges = self._redacted.get(episode, [])
        return episode in self._plan.whole or any(low < end and start < high for low, high in ranges)

    def _doomed(self, kept: Quarantined) -> bool:
        """Return whether a quarantined statement goes: its words, its ends, or the very fact that it says."""
        ends = self._ends(kept)
        said = outcome.resolve(self._connection, kept.subject), kept.property
        return (
            self._loses_words(kept)
            or bool(ends & self.orphans)
            or any(
                said == (fact.subject.iri, fact.property)
                and (fact.object.iri in ends if isinstance(fact.object, Node) else fact.object.value == kept.object)
                for fact in self.gone.values()
            )
        )

    def _labels_that_go(self) -> set[tuple[str, str]]:
        """Return the labels of nodes that stay, of which only forgotten words knew."""
        found: set[tuple[str, str]] = set()
        for episode in self._plan.ranges:
            query = "SELECT said_of, label, node FROM labels WHERE episode = ?"
            for iri, label, node in self._connection.execute(query, (episode,)).fetchall():
                said = occurrences(self._forgotten, [label])
                if node not in self.orphans and said and not occurrences(self._taught, [label]):
                    found.add((iri, label))
        return found

    def _values(self) -> set[str]:
        return {fact.object.value for fact in self.gone.values() if isinstance(fact.object, Literal)}

    def _redact_echoes(self, strings: set[str]) -> None:
        """Redact what replies, questions, and messages that taught nothing, repeat of the forgotten words."""
        teaching = self._teaching()
        told = [s for s in strings if len(s) >= _SHORTEST_ECHO and not occurrences(self._taught, [s])]
        long = [string for string in told if not self._is_name(string)]
        forgotten, kept = units(self._forgotten), units(self._said)
        for episode in self._memory.episodes():
            if episode.id in teaching and episode.id != self._request:
                continue
            ranges = occurrences(episode.text, long)
            if episode.id not in self._telling or episode.id == self._request:
                ranges += echoes(episode.text, forgotten, kept)
            if ranges and episode.kind != "read":
                self._redact(episode, ranges)
        for id_, state in self._connection.execute("SELECT id, state FROM episodes WHERE state <> ''").fetchall():
            if occurrences(state, long) or echoes(state, forgotten, kept):
                self._connection.execute("UPDATE episodes SET state = '' WHERE id = ?", (id_,))

    def _is_name(self, string: str) -> bool:
        """Return whether a node that stays bears the name."""
        query = "SELECT said_of, label, node FROM labels WHERE label = ?"
        rows = self._connection.execute(query, (string,)).fetchall()
        return any(node not in self.orphans and (iri, label) not in self.labels for iri, label, node in rows)

    def _requalified(self) -> dict[int, Fact]:
        """Return the facts that touched words once dated or closed, which was undone: the log still has the words."""
        marks = ",".join(str(id_) for id_ in self.touched_episodes)
        query = f"SELECT json_extract(payload, '$.id') FROM outcomes WHERE kind = 'StatementQualified' AND episode IN ({marks})"
        ids = self._connection.execute(query + " AND seq IN (SELECT undoes FROM outcomes)").fetchall()
        return {
            fact.id: fact for fact in self._memory.facts_with_ids(sorted({id_ for (id_,) in ids} - self.gone.keys()))
        }

    def _dead_labels(self, outcomes: Iterable[Outcome], names: set[str]) -> set[tuple[str, str]]:
        """Return labels that only the log still has, being undone or corrected, and that forgotten words told."""
        current = set(self._connection.execute("SELECT said_of, label FROM labels").fetchall())
        logged = {(o.operation.iri, o.operation.label) for o in outcomes if isinstance(o.operation, LabelAdded)}
        return {(iri, label) for iri, label in logged - current if label in names or self._is_forgotten(label)}

    def _echoing_evidence(self, outcomes: Iterable[Outcome], names: set[str]) -> frozenset[str]:
        """Return what merges were told to rest on, where it repeats forgotten words."""
        merges = (o.operation for o in outcomes if isinstance(o.operation, NodesMerged | NodesUnmerged))
        told = {merge.evidence for merge in merges if merge.evidence}
        gone = {s for s in self._plan.names | names | self._values() if not occurrences(self._taught, [s])}
        forgotten, kept = (units(self._forgotten), units(self._said)) if told else (set[str](), set[str]())
        return frozenset(text for text in told if occurrences(text, gone) or echoes(text, forgotten, kept))

    def _purge(self, surviving: dict[int, Fact], names: set[str]) -> None:
        merged = self._connection.execute("SELECT loser FROM merges").fetchall()
        orphans = self.orphans | {iri for (iri,) in merged if outcome.resolve(self._connection, iri) in self.orphans}
        log = self._memory.outcomes()
        sources: set[SourceKey] = set(self._plan.sources) | {  # moved or undone since, they still have the title
            (o.operation.statement, o.operation.episode, o.operation.start, o.operation.end)
            for o in log
            if isinstance(o.operation, SourceAdded) and o.operation.episode in self._plan.whole
        }
        facts = {row[0] for row in self._connection.execute("SELECT id FROM statements")}
        nodes = {row[0] for row in self._connection.execute("SELECT iri FROM nodes")} - orphans
        settled = {id_: self._settled(fact) for id_, fact in surviving.items()}
        episodes, labels = frozenset(self.touched_episodes), frozenset(self.labels | self._dead_labels(log, names))
        evidence = self._echoing_evidence(log, names)
        quarantined = frozenset(kept.number for kept in self._quarantined() if self._doomed(kept))
        what = Purge(
            frozenset(sources),
            frozenset(orphans),
            labels,
            episodes,
            frozenset(facts),
            frozenset(nodes),
            settled,
            evidence,
            quarantined,
            frozenset(self._plan.whole),
        )
        rewriting = purge(log, what)
        self._connection.executemany("DELETE FROM outcomes WHERE seq = ?", [(seq,) for seq in rewriting.delete])
        for seq, operation in rewriting.replace:
            update = "UPDATE outcomes SET payload = ? WHERE seq = ?"
            self._connection.execute(update, (outcome.encode(operation), seq))

    def _settled(self, fact: Fact) -> StatementAdded:
        """Return a fact that lost a source as it stands, without the qualifiers that only forgotten words gave."""
        query = "SELECT subject_said, object_said, claimant_said FROM statements WHERE id = ?"
        subject, obj, claimant = self._connection.execute(query, (fact.id,)).fetchone()
        literal = fact.object if isinstance(fact.object, Literal) else Literal("", "")
        added = StatementAdded(fact.id, subject, fact.property, obj, literal.datatype, literal.language)
        return dataclasses.replace(
            added,
            polarity=fact.polarity,
            claimant=claimant,
            start=as_interval(self._if_kept(fact.start)),
            end=as_interval(self._if_kept(fact.end)),
            point=as_interval(self._if_kept(fact.point)),
            role="" if self._is_forgotten(fact.role) else fact.role,
            confidence=fact.confidence,
            rank=fact.rank.value,
        )

    def _if_kept(self, when: When | None) -> When | None:
        return None if when is None or self._is_forgotten(when.text) else when

    def _is_forgotten(self, wording: str) -> bool:
        return bool(occurrences(self._forgotten, [wording])) and not occurrences(self._taught, [wording])
