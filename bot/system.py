"""What the command line and the adapters need of the assembled system: protocols, and the values that cross them.

`bot.assemble` implements `System`; tests implement it in memory. Nothing here loads a model or opens a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.config import Settings
from bot.message import Citation, Message, Reply, Triple
from kg.fact import Fact, Inferred, Merge, Node, Waiting
from nlu.parse import Parse

Say = Callable[[str], None]


class UsageError(Exception):
    """What was asked can't be done as asked; the message is one line that says what to do."""


class QueryError(Exception):
    """A SPARQL query that can't be run; the message is one line."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a fact is believed: the exact words that it rests on."""

    fact: Fact
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why something follows: the statements that it rests on, none where they can't be found."""

    inferred: Inferred
    facts: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What waits in the inbox, and the exact words that told it."""

    waiting: Waiting
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a forgetting removed: counts only, never the content."""

    facts: int = 0
    characters: int = 0  # redacted in the log
    passages: int = 0
    nodes: int = 0
    messages: int = 0  # of which nothing is left
    messages_cut: int = 0  # of which something is
    documents: int = 0
    documents_cut: int = 0
    replies: int = 0  # of which something went
    vectors: int = 0
    conclusions: int = 0
    pending: bool = False  # another program is in the way: files are cleaned when the memory is next opened


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to forget, by options: the parts add up, but names and documents are taken within the time, if one is told."""

    entities: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()  # numbers
    messages: tuple[str, ...] = ()  # numbers, or "last"
    documents: tuple[str, ...] = ()  # titles
    since: str = ""  # a date in words, from where it begins
    until: str = ""  # to where it ends


@dataclass(frozen=True, slots=True)
class Term:
    """An RDF term of a query's answer."""

    kind: str  # "iri" | "literal" | "blank" | "triple"
    value: str
    datatype: str = ""  # IRI, "" for a plain string
    language: str = ""
    parts: tuple[Term, ...] = ()  # of a triple


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What holds for a SPARQL query."""

    inferred: bool = False  # as if what follows were stated
    graphs: tuple[str, ...] = ()  # imported graphs to ask instead of the user's own facts; "own" for these
    values: tuple[str, ...] = ()  # "name=value" for each $name in it
    timeout_s: float | None = 10.0
    limit: int | None = 1000  # rows
    explain: bool = False


@dataclass(frozen=True, slots=True)
class GraphRow:
    """An imported graph of a space."""

    name: str
    title: str  # the file it came from
    triples: int
    at: str


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a SPARQL query gives: rows (SELECT), a truth (ASK), or triples as rows of three (CONSTRUCT, DESCRIBE)."""

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] = ()
    truth: bool | None = None
    triples: bool = False
    cut: bool = False  # rows were left out
    parse_ms: float = 0.0
    ms: float = 0.0
    size: int = 0  # quads in the store, counted only on request


@dataclass(frozen=True, slots=True)
class SearchHit:
    """What a search found."""

    kind: str  # entity | fact | passage
    score: float  # in [0, 1]
    text: str
    reason: str  # what matched
    id: str  # IRI, fact number, or episode:start-end
    source: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A chain of facts from one node to another; the lower its cost, the more it says."""

    nodes: tuple[Node, ...]  # one more than facts
    facts: tuple[Explanation, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """A node like another, why in words, and the facts that say so, both of each pair."""

    node: Node
    score: float
    reasons: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that reading everything again with the present models would add or drop."""

    added: bool
    triple: Triple


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    name: str
    ok: bool
    said: str  # what was found, and what to do when it is not in order


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What `tripletalk train` was asked to do."""

    task: str
    files: tuple[Path, ...]
    dev: Path | None
    out: Path
    device: str
    resume: bool
    start: Path | None = None  # weights to start from
    minutes: float = 60.0  # the longest it may take
    seed: int = 0
    graph: Path | None = None  # that questions are about


@dataclass(frozen=True, slots=True)
class EvaluationOrder:
    """What `tripletalk evaluate` was asked to do."""

    task: str
    path: Path
    model: Path | None
    graph: Path | None
    predictions: Path | None
    names: tuple[tuple[str, str], ...] = ()  # --map: their label, ours
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of an evaluation, by its key; groups such as by_type hold scores of their own."""

    key: str
    value: float | int | str | tuple[Score, ...] | None


class Space(Protocol):
    """One user's memory, opened without any model."""

    @property
    def directory(self) -> Path: ...

    def facts(self, about: str = "", *, at: str = "", history: bool = False) -> Sequence[Fact]:
        """Return what holds now (or on the ISO day `at`), of one entity by name or of all; `history`: all ever said."""
        ...

    def property_label(self, property: str, language: str) -> str: ...

    def why(self, about: str) -> Sequence[Explanation]:
        """Return the sources of a fact ("12" or "#12"), or of everything known about a name; "" is the last answer."""
        ...

    def inferred(self, about: str = "") -> Sequence[Inferred]:
        """Return what follows today: of everything, of a name, of an id ("i:…"), or of "S · P · O". Raises UsageError."""
        ...

    def derive(self, what: str) -> Sequence[Derivation]:
        """Return why something follows, named by its id or as "S · P · O". Raises UsageError when it doesn't."""
        ...

    def query(self, sparql: str, options: QueryOptions | None = None) -> QueryAnswer:
        """Run SELECT, ASK, CONSTRUCT or DESCRIBE. Raises QueryError."""
        ...

    def update(self, sparql: str, options: QueryOptions | None = None) -> Sequence[GraphRow]:
        """Run an update of imported graphs; return those that changed as they are now. Raises QueryError."""
        ...

    def saved_queries(self) -> Mapping[str, str]:
        """Return the saved queries by name."""
        ...

    def save_query(self, name: str, sparql: str) -> None:
        """Keep a query under a name; no text takes it away. Raises UsageError, QueryError."""
        ...

    def search(self, words: str, *, language: str = "en", limit: int = 10) -> Sequence[SearchHit]:
        """Return entities, facts and passages by words, best first."""
        ...

    def paths(self, one: str, other: str) -> Sequence[Connection]:
        """Return how two entities, each named as in `merge`, are connected, best first. Raises UsageError."""
        ...

    def ends_of(self, text: str) -> tuple[str, str]:
        """Return the two names that a text such as "Ida and Bo" gives. Raises UsageError."""
        ...

    def similar(self, name: str, *, language: str = "en", limit: int = 5) -> Sequence[Likeness]:
        """Return what is most like an entity, best first. Raises UsageError."""
        ...

    def graphs(self) -> Sequence[GraphRow]:
        """Return the imported graphs, by name."""
        ...

    def load_graph(self, path: Path | None, form: str, *, name: str, replace: bool = False) -> tuple[GraphRow, bool]:
        """Import a file of foreign triples (None: standard input) as a graph; False if it is there. Raises UsageError."""
        ...

    def forget_graph(self, name: str) -> GraphRow:
        """Remove an imported graph everywhere and return what it was. Raises UsageError."""
        ...

    def forget(self, what: str | Wanted, *, rehearse: bool = False) -> Receipt:
        """Forget everywhere and for good; `rehearse` only counts. Raises UsageError.

        A text is a fact ("12" or "#12"), a name, a document's title, or a time ("yesterday").
        """
        ...

    def undo(self) -> str:
        """Take back what the last message taught; return it in words, "" if there is nothing to undo."""
        ...

    def merges(self) -> Sequence[Merge]:
        """Return the merges of two entities that stand, oldest first."""
        ...

    def merge(self, a: str, b: str) -> Merge:
        """Make two entities one, each given by a name or by its node's id. Raises UsageError."""
        ...

    def unmerge(self, which: str) -> Merge:
        """Undo a merge ("12", "#12" or a name in it) and return it; the two stay two. Raises UsageError."""
        ...

    def inbox(self) -> Sequence[Held]:
        """Return what waits for the user's word since it contradicts what is known, oldest first. Raises UsageError."""
        ...

    def accept(self, number: str) -> Fact:
        """Take what waits under a number ("3" or "#3") for a fact after all, and return it. Raises UsageError."""
        ...

    def drop(self, number: str) -> Waiting:
        """Let what waits under a number go, and return it. Raises UsageError."""
        ...

    def export(self, form: str) -> Iterator[bytes]:
        """Yield the memory as "trig", "nquads" or "turtle"."""
        ...

    def load(self, data: bytes, form: str, title: str) -> int:
        """Add an export to the memory; return how many statements were new. Raises ValueError for broken data."""
        ...

    def focus(self) -> Sequence[str]:
        """Return what the conversation is about, most active first, as labels."""
        ...

    def said(self, last: int) -> Sequence[str]:
        """Return the last messages said in chat, oldest first, without those that a forgetting has touched."""
        ...

    def has_read(self, digest: str) -> bool:
        """Return whether a text with this `bot.documents.digest` was read to its end."""
        ...

    def has_forgotten(self, text: str) -> bool:
        """Return whether a document was forgotten to the last word."""
        ...

    def readmit(self, text: str) -> int:
        """Let what was forgotten of a document be read again; return how many sentences that are."""
        ...

    def close(self) -> None: ...


class Assistant(Protocol):
    """The whole system, models loaded; `Message.user` names the space. Calls for one space come one at a time."""

    def answer(self, message: Message, say: Say | None = None) -> Reply:
        """Answer a message, or read a document (`title` set); `say` gets the reply's sentences as they are ready."""
        ...

    def space(self, user: str) -> Space:
        """Return the space as the assistant holds it open; closing it is the assistant's."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GraphReply:
    """What a graph of other people's says to a question; no names and no truth where it can't tell."""

    names: tuple[str, ...]
    truth: bool | None  # of a question for yes or no
    path: str  # in words
    sparql: str
    score: float  # in [0, 1]



class System(Protocol):
    """What `bot.assemble` offers as functions of the module."""

    def open_assistant(self, settings: Settings) -> Assistant: ...

    def open_space(self, settings: Settings, user: str) -> Space: ...

    def query_prefixes(self) -> Mapping[str, str]: ...

    def ask_graph(
        self, settings: Settings, user: str, graph: str, question: str, model: Path | None
    ) -> GraphReply: ...

    def open_understanding(self, settings: Settings, user: str) -> Callable[[str], Sequence[Parse]]: ...

    def reread(self, settings: Settings, user: str, *, apply: bool) -> Iterable[Change]: ...

    def examine(self, settings: Settings, user: str, *, quick: bool) -> Iterable[Check]: ...

    def train(self, settings: Settings, order: TrainingOrder) -> None: ...

    def evaluate(self, settings: Settings, order: EvaluationOrder) -> Sequence[Score]: ...
