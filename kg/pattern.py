"""What a question asks of the graph, as frozen values: terms, edges with their readings, moments, query graphs.

Takes and gives nothing but values; knows no language, no storage and no SPARQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kg.fact import Fact, Literal, Node, When


@dataclass(frozen=True, slots=True)
class Variable:
    """Something to be found."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A known node, or several for a plural ("they"): each of them may stand here."""

    iris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """Words or a number that no node stands for: compared with literals and labels."""

    text: str
    normal: str = ""  # ISO date or plain number


Term = Variable | Constant | Value
Binding = Node | Literal


class Form(StrEnum):
    """What kind of answer is wanted."""

    ENTITY = "entity"  # who, what, where, which, also literal values
    YES_NO = "yes-no"
    COUNT = "count"
    TIME = "time"  # when a fact began, ended or happened
    DURATION = "duration"
    SUPERLATIVE = "superlative"
    DIFFERENCE = "difference"  # how much older
    NAME = "name"
    IDENTITY = "identity"  # who is X?
    CLAIMANT = "claimant"  # who says so?
    KINSHIP = "kinship"  # what is X to Y?


class Era(StrEnum):
    """Which part of a fact's life is asked about."""

    NOW = "now"
    ANY = "any"
    PAST = "past"
    AT = "at"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time constraint; `when` is the date of AT, BEFORE and AFTER, None for "that" (the fact talked of)."""

    era: Era
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way a fact may answer an edge.

    `inverse`: the fact runs from the edge's object to its subject. `gender`: of the edge's object node. `noun`: the
    fact was told under this role noun or a synonym; its property is then free ("").
    """

    property: str
    inverse: bool = False
    weight: float = 1.0
    gender: str = ""
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two terms, with the readings under which a fact may fill it."""

    subject: Term
    object: Term
    property: str  # as asked, "" for a role without a property
    readings: tuple[Reading, ...]
    moment: Moment = Moment(Era.NOW)
    noun: str = ""  # the role noun as asked; what a fact's own noun contradicts is no answer
    gender: str = ""  # of the object
    claimant: Term | None = None


@dataclass(frozen=True, slots=True)
class QueryGraph:
    """One reading of a question."""

    form: Form
    edges: tuple[Edge, ...]
    target: Term | None
    score: float
    distinct: tuple[tuple[Term, ...], ...] = ()  # groups whose nodes differ pairwise
    expected: tuple[str, ...] = ()  # nlu tags that an answer should have
    qualifier: str = ""  # P580, P582 or P585, of a TIME question
    dated: int = 0  # index of the edge that TIME and DURATION are about
    about: Term | None = None  # object of that edge
    dimension: str = ""  # of SUPERLATIVE and DIFFERENCE: P569, P2048 …
    greatest: bool = True  # SUPERLATIVE: the largest value wins
    compared: tuple[Term, ...] = ()
    gender_asked: str = ""  # yes/no about what the object's word says: "a girl"
    language: str = ""
    asked_as: str = ""  # the mention whose name is asked for
    script: str = ""  # language of the name that is asked for
    chosen: tuple[str, ...] = ()  # IRIs that ambiguous mentions were linked to


@dataclass(frozen=True, slots=True)
class Solution:
    """Facts that fill a query graph, one an edge, and what its variables are bound to."""

    facts: tuple[Fact, ...]
    readings: tuple[Reading, ...]
    bindings: tuple[tuple[str, Binding], ...]

    def of(self, term: Term | None) -> Binding | None:
        """Return what a variable is bound to."""
        return next((b for name, b in self.bindings if isinstance(term, Variable) and name == term.name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing found, and what it rests on."""

    value: Binding
    score: float
    facts: tuple[Fact, ...] = ()
    claimant: Node | None = None  # whose word it is, when not the speaker's own or a document's
