"""Takes forgotten things out of the log's outcomes, as if they had never come of anything.

Takes the outcomes and what goes; gives which outcomes to delete and which to write anew. Pure: touches no storage.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

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
    StatementAdded,
    StatementMoved,
    StatementQualified,
    StatementRemoved,
)

SourceKey = tuple[int, int, int, int]  # statement, episode, start, end


@dataclass(frozen=True, slots=True)
class Purge:
    """What goes, and what still stands."""

    sources: frozenset[SourceKey]
    nodes: frozenset[str]
    labels: frozenset[tuple[str, str]]  # node and label
    episodes: frozenset[int]  # whose text was redacted
    standing_facts: frozenset[int]
    standing_nodes: frozenset[str]
    settled: dict[int, StatementAdded]  # facts that lost a source, as they stand without it
    evidence: frozenset[str] = frozenset()  # of merges, that repeats forgotten words
    quarantined: frozenset[int] = frozenset()  # numbers of what waited, or once did
    whole: frozenset[int] = frozenset()  # episodes of which nothing stays: what they closed holds again


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Outcomes to delete, and outcomes to give another payload, by number."""

    delete: tuple[int, ...]
    replace: tuple[tuple[int, Operation], ...]


def purge(outcomes: Iterable[Outcome], what: Purge) -> Rewriting:
    """Return how the log reads without what was forgotten."""
    delete: set[int] = set()
    replace: list[tuple[int, Operation]] = []
    settled: set[int] = set()
    for done in outcomes:
        operation = done.operation
        closed = isinstance(operation, StatementQualified) and done.episode in what.whole
        if closed or done.undoes in delete or _goes(operation, what, done.episode in what.episodes):
            delete.add(done.seq)
        elif isinstance(operation, StatementAdded) and operation.id in what.settled:
            settled.add(operation.id)
            replace.append((done.seq, what.settled[operation.id]))
        elif isinstance(operation, NodesMerged | NodesUnmerged) and (
            done.episode in what.episodes or operation.evidence in what.evidence
        ):
            replace.append((done.seq, dataclasses.replace(operation, evidence="")))
    return Rewriting(tuple(sorted(delete)), tuple(replace))


def _goes(operation: Operation, what: Purge, redacted: bool) -> bool:
    """Return whether an outcome goes; `redacted` says that its episode's text was."""
    match operation:
        case StatementAdded(id=fact) | StatementRemoved(id=fact) | StatementMoved(id=fact):
            return fact not in what.standing_facts
        case StatementQualified(id=fact):
            return fact not in what.standing_facts or fact in what.settled
        case SourceAdded() as s:
            key = (s.statement, s.episode, s.start, s.end)
            return s.statement not in what.standing_facts or key in what.sources
        case SourceRemoved() as s:
            key = (s.statement, s.episode, s.start, s.end)
            return s.statement not in what.standing_facts or key in what.sources
        case NodeCreated(iri=iri) | NodeDescribed(iri=iri) | NodeRemoved(iri=iri):
            return iri in what.nodes or (redacted and iri not in what.standing_nodes)
        case LabelAdded(iri=iri, label=label) | LabelRemoved(iri=iri, label=label):
            return iri in what.nodes or (iri, label) in what.labels or (redacted and iri not in what.standing_nodes)
        case NodesMerged(loser=loser, winner=winner) | NodesUnmerged(loser=loser, winner=winner):
            return loser in what.nodes or winner in what.nodes
        case Quarantined(number=number) | Released(number=number):
            return number in what.quarantined
        case NodesToldApart(one=one, other=other):
            return one in what.nodes or other in what.nodes
        case _:
            return False
