"""What follows from a space's facts: listed, and each conclusion explained by the statements that it rests on.

Takes a memory with its view and what somebody typed; gives conclusions, or an error that says what to do. It writes
only the graphs of conclusions, through the view.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.listing import inferred_words
from bot.system import UsageError
from kg.fact import Inferred, Node
from kg.justify import justify
from kg.memory import Memory
from kg.names import fold
from kg.ontology import Ontology
from kg.rules import FILE, Rule, RulesError, read_rules
from kg.store import GraphView


@dataclass(frozen=True, slots=True)
class Following:
    """The conclusions of one space; `rules` is the file that the settings name, None for the space's own."""

    memory: Memory
    view: GraphView
    ontology: Ontology
    rules: Path | None
    named: Callable[[str], Sequence[Node]]  # raises UsageError for a name that isn't known

    def conclude(self) -> None:
        """Bring the graphs of conclusions up to date. Raises UsageError for rules that can't be used."""
        try:
            self.view.conclude(self.ontology, self._rules())
        except RulesError as error:
            raise UsageError(str(error)) from error

    def inferred(self, about: str) -> Sequence[Inferred]:
        """Return what follows: of everything, of a name, of an id, or the one that was printed as "S · P · O"."""
        self.conclude()
        if about.startswith("i:"):
            found = self.view.inferred(id=about.split()[0])
        elif " · " in about:
            found = self._printed(about)
        elif about:
            found = tuple({i.id: i for node in self.named(about) for i in self.view.inferred(about=node.iri)}.values())
        else:
            found = self.view.inferred()
        return sorted(found, key=lambda each: (each.subject.label, each.property, inferred_words(each, ""), each.id))

    def proof(self, conclusion: Inferred) -> tuple[int, ...]:
        """Return the facts that a conclusion rests on; for one of a user's rule they are searched for."""
        if conclusion.facts:
            return conclusion.facts
        day = datetime.now(UTC).date().isoformat()
        return justify(self.memory, self.ontology, self._rules(), conclusion, day)

    def _rules(self) -> tuple[Rule, ...]:
        own = self.memory.directory / FILE
        path = self.rules or (own if own.is_file() else None)
        return read_rules(path) if path is not None else ()

    def _printed(self, text: str) -> tuple[Inferred, ...]:
        wanted = _folded(text)[:3]
        return tuple(
            each
            for each in self.view.inferred()
            if any(_folded(inferred_words(each, name)) == wanted for name in self._names(each.property))
        )

    def _names(self, property_: str) -> set[str]:
        labels = (
            {self.ontology.label(property_, code) for code in ("en", "zh")} if property_ in self.ontology else set()
        )
        return labels | {property_}


def _folded(text: str) -> list[str]:
    return [fold(part) for part in text.split(" · ")]
