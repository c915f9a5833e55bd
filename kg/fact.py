"""The contract of kg/: facts with their sources, and the graph they stand in, as frozen values and one protocol.

Knows nothing of SQLite, Oxigraph, models or languages. Times are ISO 8601 strings; a validity is half-open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class NodeKind(StrEnum):
    NAMED = "named"  # a person, firm, town, book … with a name
    SELF = "self"  # the speaker's own node, one a space
    ROLE = "role"  # an unnamed one: "my sister"; takes a name later
    CLASS = "class"  # dog, baker, glassblower: what things are; also foods, colours, hobbies


@dataclass(frozen=True, slots=True)
class Node:
    """An entity. Its IRI is opaque and stable; names are labels, never keys."""

    iri: str
    label: str  # the preferred name for display
    kind: NodeKind
    tag: str = ""  # nlu.parse.Tag value, "" if unknown
    gender: str = ""  # "f", "m" or ""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: a date, a number, a code, an address."""

    value: str
    datatype: str = "string"  # string | date (ISO, any precision) | quantity
    language: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """An interval of days, so that 1954, May 1954 and 3 May 1954 compare.

    `earliest` and `latest` are inclusive ISO dates (YYYY-MM-DD); `text` is the wording it came from.
    """

    earliest: str
    latest: str
    text: str = ""

    def could_be_before(self, other: When) -> bool:
        return self.earliest <= other.latest


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from, to the character."""

    episode: int  # id of the message or document in the log
    start: int
    end: int
    speaker: str
    said_at: str
    extractor: str
    confidence: float = 1.0
    title: str = ""  # of a document, "" for a message


class Rank(StrEnum):
    NORMAL = "normal"
    DEPRECATED = "deprecated"  # corrected: was said, was wrong


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement with everything known about it."""

    id: int
    subject: Node
    property: str  # "P551" or "tt:likes"
    object: Node | Literal
    polarity: bool = True  # False: it is stated that this does not hold
    claimant: Node | None = None  # whose claim it is, None: the speaker's own word or the document's
    start: When | None = None
    end: When | None = None
    point: When | None = None
    role: str = ""  # the noun that named the relation ("gran", "vet", "班主任"), as said
    confidence: float = 1.0
    rank: Rank = Rank.NORMAL
    sources: tuple[Source, ...] = ()

    def is_open(self) -> bool:
        """Whether it stands by its teller's own word and nobody has said that it ended."""
        return self.polarity and self.claimant is None and self.rank is Rank.NORMAL and self.end is None

    def holds_at(self, day: str) -> bool:
        """Whether it is in force on an ISO day, as far as its validity says."""
        if self.rank is Rank.DEPRECATED or not self.polarity or self.claimant is not None:
            return False
        started = self.start is None or self.start.earliest <= day
        ended = self.end is not None and self.end.latest < day
        return started and not ended


@dataclass(frozen=True, slots=True)
class Inferred:
    """What follows from facts that hold, and only as long as they do."""

    id: str  # "i:3fa94c0b21d7", made of what it says
    subject: Node
    property: str
    object: Node | Literal
    rule: str  # "transitive", or the name of a rule of the user's
    facts: tuple[int, ...]  # the stated facts that it rests on, in the order of the proof


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact about to be remembered: what `remember` makes and `Graph.add` stores (id and merging are the store's)."""

    subject: str  # node IRI
    property: str
    object: str | Literal  # node IRI or literal
    source: Source
    polarity: bool = True
    claimant: str | None = None
    start: When | None = None
    end: When | None = None
    point: When | None = None
    role: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A statement that contradicts what is known: it is no fact, and waits in the inbox for the user's word."""

    number: int  # never used again
    fact: Fact  # as it would stand, with its source; its id is 0
    reasons: tuple[tuple[str, str], ...]  # language ("" for none) and text

    def reason(self, language: str) -> str:
        """Return why it waits, in a language if it is known in it."""
        known = dict(self.reasons)
        return known.get(language) or known.get("") or known.get("en") or next(iter(known.values()), "")


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of one message."""

    new: tuple[Fact, ...] = ()
    corroborated: tuple[Fact, ...] = ()
    closed: tuple[Fact, ...] = ()
    held_back: tuple[str, ...] = ()  # one reason each
    waiting: tuple[Waiting, ...] = ()
    disputed: tuple[
        Fact, ...
    ] = ()  # what stood and can't hold together with what is new: somebody must say which is right


@dataclass(frozen=True, slots=True)
class Merge:
    """Two nodes that stand for one: what the log says of it. Each end is as it would be on its own."""

    number: int  # of the outcome in the log; never used again
    kept: Node
    gone: Node
    at: str  # ISO 8601, "" if nobody noted when
    evidence: str = ""  # the words that it rests on, "" when they were forgotten
    episode: int = 0  # 0: no message made it


class Graph(Protocol):
    """What reading and remembering need of a memory space. Implemented by `kg.memory.Memory` and by tests' fakes."""

    def self_node(self) -> Node: ...

    def node(self, iri: str) -> Node: ...

    def nodes_named(self, name: str) -> Sequence[Node]:
        """Nodes with this label or alias, compared by `kg.names.fold`; exact matches first."""
        ...

    def labels(self, iri: str) -> Sequence[str]: ...

    def new_node(self, label: str, kind: NodeKind, tag: str, *, gender: str = "", episode: int = 0) -> Node: ...

    def add_label(self, iri: str, label: str, *, preferred: bool = False, episode: int = 0) -> None: ...

    def remove_label(self, iri: str, label: str, *, episode: int = 0) -> None:
        """Take a wrong name away; if it was the preferred one, another label (the newest) takes its place."""
        ...

    def describe_node(
        self,
        iri: str,
        *,
        kind: NodeKind | None = None,
        tag: str | None = None,
        gender: str | None = None,
        episode: int = 0,
    ) -> Node:
        """Set what has become known of a node: a role that got a name, a gender that a noun gave away."""
        ...

    def merge(self, a: str, b: str, *, evidence: str = "", episode: int = 0) -> Node:
        """Make two nodes one and return it: `a`, unless `b` is the speaker or has a name where `a` has none.

        Both IRIs stand for it from then on; logged, so that it can be undone. Two that were told apart stay two.
        """
        ...

    def are_told_apart(self, a: str, b: str) -> bool:
        """Return whether a merge of the two was undone by hand, so that no sentence makes them one again."""
        ...

    def add(self, draft: Draft) -> tuple[Fact, bool]:
        """Store a statement; True if it is new, False if a reference was added to one that stood."""
        ...

    def close(self, fact_id: int, end: When | None, *, episode: int = 0) -> Fact:
        """End a statement's validity; without an end, deprecate it."""
        ...

    def facts(
        self,
        subject: str | None = None,
        property: str | None = None,
        object: str | None = None,
        *,
        include_past: bool = True,
    ) -> Sequence[Fact]:
        """Statements that match, node IRIs or None for any; newest last."""
        ...

    def newest(self, count: int) -> Sequence[Fact]:
        """The statements that were added last, newest last."""
        ...

    def fact(self, fact_id: int) -> Fact: ...

    def all_names(self) -> Iterable[tuple[str, Node]]:
        """Every label of every named, role and self node, for spotting them in a text."""
        ...
