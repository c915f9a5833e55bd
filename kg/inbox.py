"""The inbox of a memory: statements that break a shape, kept beside the graph until the user accepts or drops them.

Takes drafts and asks the shapes about them; gives reasons and what waits. Every change is an outcome in the log. Knows
no language, no model and no channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast

from kg.fact import Draft, Fact, Literal, Source, Waiting, When
from kg.log import storable
from kg.memory import Memory
from kg.neighbourhood import Neighbourhood, neighbourhood
from kg.ontology import Ontology
from kg.outcome import Interval, Quarantined, Released, decode
from kg.revise import Manner, Reviser
from kg.shapes import Messages, Shape, violations
from kg.statement import as_interval, filled_in, is_same

_KIND = Quarantined.__name__


class Inbox:
    """What waits in one memory space, and the gate before it; `shapes` gives the shapes when they are first needed."""

    def __init__(self, memory: Memory, ontology: Ontology, shapes: Callable[[], Sequence[Shape]]) -> None:
        self._memory, self._ontology, self._read = memory, ontology, shapes

    def check(self, draft: Draft, *, replaces: bool) -> Messages:
        """Return why a draft can't be true, in each language; nothing if no shape says so.

        `replaces` says that it corrects what stood. What is denied, claimed by somebody or known already passes.

        Raises:
            ShapesError: the shapes can't be used.
        """
        if not draft.polarity or draft.claimant is not None:
            return ()
        dated = draft.start is not None or draft.end is not None or draft.point is not None
        shapes = tuple(shape for shape in self._shapes if shape.concerns(draft.property, dated=dated))
        if not shapes:
            return ()
        around = self._around(draft, shapes, replaces=replaces)
        if any(_adds_nothing(fact, draft) for fact in around.facts if _is_about(fact, around.candidate)):
            return ()
        focus = around.focus()
        found = violations(around.graph(), shapes, focus)
        new = set(found) - set(violations(around.graph(before=True), shapes, focus)) if found else set()
        return next((violation.messages for violation in found if violation in new), ())

    def keep(self, draft: Draft, reasons: Messages, *, replaces: bool) -> Waiting | None:
        """Let a draft wait, and return it; None if this very source told it before, whatever came of it then."""
        source, obj = draft.source, draft.object
        value = obj if isinstance(obj, Literal) else Literal(obj, "")
        with self._memory.transaction():
            done = Quarantined(
                self._next(), draft.subject, draft.property, storable(value.value), value.datatype, value.language,
                as_interval(draft.start), as_interval(draft.end), as_interval(draft.point), storable(draft.role),
                draft.confidence, replaces, reasons,
                (source.episode, source.start, source.end, storable(source.speaker), source.said_at, source.extractor,
                 source.confidence, storable(source.title)),
            )  # fmt: skip
            known = [each for each in self._kept("1 = 1") if _statement(each) == _statement(done)]
            if any(each.source[:3] == done.source[:3] for each in known):
                return next((self._as_waiting(each) for each in self._kept("state = 'waiting'") if each in known), None)
            self._memory.append(done, episode=source.episode)
        return self._as_waiting(done)

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits, oldest first."""
        return tuple(self._as_waiting(each) for each in self._kept("state = 'waiting'"))

    def accepted(self) -> tuple[Waiting, ...]:
        """Return what was taken for a fact after all, oldest first."""
        return tuple(self._as_waiting(each) for each in self._kept("state = 'accepted'"))

    def accept(self, number: int) -> Fact:
        """Write a statement into the graph after all, from everywhere it was told, and return the fact.

        Raises:
            KeyError: nothing of this number waits.
        """
        reviser = Reviser(self._memory)
        with self._memory.transaction():
            facts: list[Fact] = []
            for each in self._alike(number):
                draft = _draft(each)
                fact, is_new = self._memory.add(draft)
                facts.append(fact)
                if is_new:
                    manner = Manner(replaces=each.replaces)
                    reviser.revise(fact, draft.source.said_at[:10], draft.source.episode, manner)
                self._memory.append(Released(each.number, "accepted"), episode=draft.source.episode)
            return self._memory.fact(facts[0].id)

    def drop(self, number: int) -> Waiting:
        """Let a statement go, and return it; what stands is as it was.

        Raises:
            KeyError: nothing of this number waits.
        """
        with self._memory.transaction():
            alike = self._alike(number)
            for each in alike:
                self._memory.append(Released(each.number, "dropped"), episode=each.source[0])
            return self._as_waiting(alike[0])

    @cached_property
    def _shapes(self) -> tuple[Shape, ...]:
        return tuple(self._read())

    def _around(self, draft: Draft, shapes: Sequence[Shape], *, replaces: bool) -> Neighbourhood:
        named = frozenset(id_ for shape in shapes for id_ in shape.properties) | {draft.property}
        return neighbourhood(
            self._memory,
            self._ontology,
            draft,
            properties=None if any(shape.open for shape in shapes) else named,
            steps=frozenset(id_ for shape in shapes for id_ in shape.steps),
            recursive=any(shape.recursive for shape in shapes),
            replaces=replaces,
        )

    def _kept(self, where: str) -> list[Quarantined]:
        with self._memory.reading() as connection:
            has = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'quarantine'").fetchone()
            query = f"SELECT payload FROM quarantine WHERE {where} ORDER BY number"
            rows = connection.execute(query).fetchall() if has else []  # an older file that is only read
        return [cast(Quarantined, decode(_KIND, payload)) for (payload,) in rows]

    def _alike(self, number: int) -> list[Quarantined]:
        """Return what waits under a number, and after it the same as told elsewhere. Raises KeyError."""
        waiting = self._kept("state = 'waiting'")
        meant = [each for each in waiting if each.number == number]
        if not meant:
            raise KeyError(f"nothing waits under the number {number}")
        return [*meant, *(e for e in waiting if e.number != number and _statement(e) == _statement(meant[0]))]

    def _next(self) -> int:
        with self._memory.reading() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'quarantine'").fetchone()
        return row[0] + 1 if row else 1

    def _as_waiting(self, kept: Quarantined) -> Waiting:
        draft = _draft(kept)
        obj = draft.object if isinstance(draft.object, Literal) else self._memory.node(draft.object)
        fact = Fact(
            0, self._memory.node(draft.subject), draft.property, obj, start=draft.start, end=draft.end,
            point=draft.point, role=draft.role, confidence=draft.confidence, sources=(draft.source,),
        )  # fmt: skip
        return Waiting(kept.number, fact, kept.reasons)


def _draft(kept: Quarantined) -> Draft:
    return Draft(
        kept.subject,
        kept.property,
        Literal(kept.object, kept.datatype, kept.language) if kept.datatype else kept.object,
        Source(*kept.source),
        start=_when(kept.start),
        end=_when(kept.end),
        point=_when(kept.point),
        role=kept.role,
        confidence=kept.confidence,
    )


def _when(interval: Interval | None) -> When | None:
    return None if interval is None else When(*interval)


def _statement(kept: Quarantined) -> Quarantined:
    """Return what it says, whoever said it where."""
    return replace(kept, number=0, confidence=0.0, replaces=False, reasons=(), source=(0, 0, 0, "", "", "", 0.0, ""))


def _is_about(fact: Fact, candidate: Fact) -> bool:
    return (fact.subject, fact.property, fact.object) == (candidate.subject, candidate.property, candidate.object)


def _adds_nothing(fact: Fact, draft: Draft) -> bool:
    return is_same(fact, draft) and filled_in(fact, replace(draft, confidence=0.0)) is None
