"""What came of a question, as frozen values: status, answers, proofs, and whom an ambiguous name may mean.

Takes and gives nothing but values; knows no graph and no words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kg.fact import Fact, Node
from kg.pattern import Answer, Form


class Status(StrEnum):
    ANSWERED = "answered"  # for yes/no: yes
    DENIED = "denied"  # no
    CLAIMED = "claimed"  # only others say so
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_A_GRAPH_QUESTION = "not a graph question"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of those whom an ambiguous question may mean, and what its answer would be."""

    node: Node
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What came of a question. `proofs` are the facts that the answers rest on, without repetition."""

    status: Status
    form: Form = Form.ENTITY
    answers: tuple[Answer, ...] = ()
    proofs: tuple[Fact, ...] = ()
    members: tuple[Node, ...] = ()  # what was counted
    candidates: tuple[Candidate, ...] = ()
    sparql: str = ""
    path: str = ""  # "Gudrun -P40-> Solveig -P26-> Ibrahim"
    unit: str = ""  # "year" for durations and differences of age
    unknown: str = ""  # the name that nobody has mentioned
