"""What was said since two nodes were merged, shared out between the two: which of it was said of which.

Takes a SQLite connection in which the merge is undone already; gives steps for the log. Writes nothing itself.

The rule is one: words that name one of the two by a label, and the other by none, were said of that one. Whatever names
both or neither ("she", "my vet") stays where it is: with the node that survived the merge, or whose statement it was.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kg.fact import Draft, Fact, Literal, Merge, Rank, Source
from kg.names import fold
from kg.outcome import (
    LabelAdded,
    LabelRemoved,
    NodeDescribed,
    Operation,
    Outcome,
    SourceRemoved,
    StatementMoved,
    StatementQualified,
    decode,
)
from kg.reader import Reader
from kg.redact import Range, occurrences
from kg.undo import compensations


@dataclass(frozen=True, slots=True)
class Step:
    """An outcome to be logged."""

    operation: Operation
    episode: int = 0
    extractor: str = ""
    undoes: int | None = None


class Parting:
    """Two nodes that were one; `kept` is the node that stood for both. Steps are to be carried out as they come."""

    def __init__(self, connection: sqlite3.Connection, reader: Reader, kept: str, merge: Merge) -> None:
        self._connection, self._reader = connection, reader
        self._kept, self._gone, self._merge = kept, merge.gone.iri, merge
        self._split: set[tuple[int, int]] = set()  # fact and episode

    def labels(self) -> Iterator[Step]:
        """Yield what gives a name back that the survivor got in words about the other."""
        query = "SELECT seq, label, episode, preferred FROM labels WHERE said_of = ? AND seq > ? ORDER BY seq"
        sides = self._sides(before=self._merge.number)
        for seq, label, episode, preferred in self._all(query, self._kept, self._merge.number):
            if self._text(episode) and sides.of(self._text(episode)) == self._gone:
                yield Step(LabelRemoved(self._kept, label, episode), episode, undoes=seq)
                yield Step(LabelAdded(self._gone, label, bool(preferred)), episode)

    def descriptions(self) -> Iterator[Step]:
        """Yield what takes kind, tag and gender back that the survivor got from words about the other.

        The words that made the merge count among them: they took the two for one.
        """
        sides = self._sides()
        for done in reversed(self._since("NodeDescribed")):
            d = done.operation
            if not isinstance(d, NodeDescribed) or d.iri != self._kept or not done.episode:
                continue
            now = self._reader.node(self._kept)
            meant_other = sides.of(self._text(done.episode)) == self._gone
            back = compensations(self._connection, done)
            later = (now.kind.value, now.tag, now.gender) != (d.kind, d.tag, d.gender)
            if not back or later or not (meant_other or done.episode == self._merge.episode):
                continue
            yield from (Step(operation, done.episode, undoes=done.seq) for operation in back)
            self._reader.clear()
            if meant_other:
                yield from self._described_as(d, done.episode)

    def moves(self) -> Iterator[Step]:
        """Yield what gives a statement away of which every source means the other."""
        for fact, here, there, wrong in self._strayed():
            if len(wrong) == len(fact.sources):
                columns = "subject_said, object_said, claimant_said"
                ((subject, obj, claimant),) = self._all(f"SELECT {columns} FROM statements WHERE id = ?", fact.id)
                was = (subject, obj, claimant)
                at = (fact.subject.iri, "" if isinstance(fact.object, Literal) else fact.object.iri, _claimant(fact))
                subject, obj, claimant = (there if end == here else said for end, said in zip(at, was, strict=True))
                yield Step(StatementMoved(fact.id, subject, obj, claimant, was))

    def splits(self) -> Iterator[tuple[Step, Draft]]:
        """Yield what takes a source off a statement that keeps others, and the statement that it makes instead."""
        for fact, here, there, wrong in self._strayed():
            for source in wrong if fact.rank is not Rank.DEPRECATED else ():
                key = (fact.id, source.episode, source.start, source.end)
                where = "(statement, episode, start, end) = (?,?,?,?)"
                ((seq,),) = self._all(f"SELECT seq FROM sources WHERE {where}", *key)
                self._split.add((fact.id, source.episode))
                yield Step(SourceRemoved(*key), source.episode, undoes=seq), _redrafted(fact, source, here, there)

    def qualifications(self) -> Iterator[Step]:
        """Yield what reverses how words about the one closed, dated or deprecated a statement about the other."""
        sides = self._sides()
        for done in reversed(self._since("StatementQualified")):
            changed = (done.operation.id,) if isinstance(done.operation, StatementQualified) and done.episode else ()
            for fact in self._reader.facts_by_id(changed):
                ends, meant = self._ends(fact), sides.of(self._text(done.episode))
                strayed = len(ends) == 1 and bool(meant) and meant not in ends
                if strayed or (fact.id, done.episode) in self._split:
                    yield from (Step(o, done.episode, undoes=done.seq) for o in compensations(self._connection, done))

    def _described_as(self, done: NodeDescribed, episode: int) -> Iterator[Step]:
        """Yield what tells the other node what was told of it; what it knew itself stays where nothing was told."""
        node = self._reader.node(self._gone)
        own = (node.kind.value, node.tag, node.gender)
        told = (done.kind, done.tag, done.gender)
        new = [after if after != before else mine for after, before, mine in zip(told, done.was, own, strict=True)]
        if tuple(new) != own:
            yield Step(NodeDescribed(self._gone, new[0], new[1], new[2], was=own), episode)

    def _strayed(self) -> list[tuple[Fact, str, str, list[Source]]]:
        """Return facts with sources since the merge that mean the other node: whose they are, whose not, which."""
        where = "seq > ?1 AND statement IN (SELECT id FROM statements WHERE subject IN (?2, ?3)"
        where += " OR (object IN (?2, ?3) AND datatype = '') OR claimant IN (?2, ?3))"
        query = f"SELECT statement, episode, start, end FROM sources WHERE {where}"
        recent = set(self._all(query, self._merge.number, self._kept, self._gone))
        sides = self._sides()
        found: list[tuple[Fact, str, str, list[Source]]] = []
        for fact in self._reader.facts_by_id(sorted({key[0] for key in recent})):
            ends = self._ends(fact)
            if len(ends) != 1:
                continue
            here = ends.pop()
            there = self._gone if here == self._kept else self._kept
            new = [s for s in fact.sources if (fact.id, s.episode, s.start, s.end) in recent]
            wrong = [s for s in new if sides.of(self._text(s.episode)[s.start : s.end]) == there]
            if wrong:
                found.append((fact, here, there, wrong))
        return found

    def _ends(self, fact: Fact) -> set[str]:
        """Return which of the two a fact has among its ends."""
        obj = "" if isinstance(fact.object, Literal) else fact.object.iri
        return {fact.subject.iri, obj, _claimant(fact)} & {self._kept, self._gone}

    def _sides(self, *, before: int | None = None) -> _Sides:
        names: dict[str, list[str]] = {}
        for iri in (self._kept, self._gone):
            rows = self._all("SELECT label, seq FROM labels WHERE node = ?", iri)
            names[iri] = [label for label, seq in rows if before is None or seq < before]
        shared = {fold(label) for label in names[self._kept]} & {fold(label) for label in names[self._gone]}
        kept, gone = ([n for n in names[iri] if fold(n) not in shared] for iri in (self._kept, self._gone))
        return _Sides(self._kept, kept, self._gone, gone)

    def _since(self, kind: str) -> list[Outcome]:
        """Return the outcomes of a kind since the merge, oldest first."""
        query = "SELECT seq, episode, payload, extractor, undoes FROM outcomes WHERE seq > ? AND kind = ? ORDER BY seq"
        rows = self._all(query, self._merge.number, kind)
        return [Outcome(seq, ep, decode(kind, payload), by, undoes) for seq, ep, payload, by, undoes in rows]

    def _text(self, episode: int) -> str:
        rows = self._all("SELECT text FROM episodes WHERE id = ?", episode)
        return rows[0][0] if rows else ""

    def _all(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()


@dataclass(frozen=True, slots=True)
class _Sides:
    """Two nodes and the labels that only one of them bears."""

    kept: str
    kept_names: Sequence[str]
    gone: str
    gone_names: Sequence[str]

    def of(self, text: str) -> str:
        """Return the node that a text names when it doesn't name the other, else ""; a longer name hides a shorter."""
        kept, gone = occurrences(text, self.kept_names), occurrences(text, self.gone_names)
        names_kept = any(not _is_hidden(found, gone) for found in kept)
        names_gone = any(not _is_hidden(found, kept) for found in gone)
        if names_kept == names_gone:
            return ""
        return self.kept if names_kept else self.gone


def _is_hidden(found: Range, others: Sequence[Range]) -> bool:
    """Return whether a longer name of the other node stands there."""
    return any(low <= found[0] and found[1] <= high and (low, high) != found for low, high in others)


def _redrafted(fact: Fact, source: Source, here: str, there: str) -> Draft:
    """Return a fact as a draft about the other node."""
    obj = fact.object if isinstance(fact.object, Literal) else fact.object.iri
    claimant = _claimant(fact)
    draft = Draft(fact.subject.iri, fact.property, obj, source)
    return dataclasses.replace(
        draft,
        subject=there if draft.subject == here else draft.subject,
        object=there if obj == here else obj,
        claimant=(there if claimant == here else claimant) or None,
        polarity=fact.polarity,
        start=fact.start,
        end=fact.end,
        point=fact.point,
        role=fact.role,
        confidence=fact.confidence,
    )


def _claimant(fact: Fact) -> str:
    return fact.claimant.iri if fact.claimant else ""
