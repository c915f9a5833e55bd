"""A small whole system in memory, for tests of command and adapters: keeps "A likes B", quotes what it heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.config import Settings
from bot.documents import digest
from bot.message import Citation, Message, Reply, Triple
from bot.spaces import space_directory
from bot.system import (
    Change,
    Check,
    Connection,
    Derivation,
    EvaluationOrder,
    Explanation,
    GraphReply,
    GraphRow,
    Held,
    Likeness,
    QueryAnswer,
    QueryError,
    QueryOptions,
    Receipt,
    Say,
    Score,
    SearchHit,
    Term,
    TrainingOrder,
    UsageError,
    Wanted,
)
from kg.fact import Fact, Inferred, Merge, Node, NodeKind, Source, Waiting
from nlu.parse import Act, Mention, Parse, Span, Tag
from nlu.parse import Kind as MentionKind


@dataclass
class EchoSpace:
    """What one user said, and the facts in it."""

    directory: Path
    heard: list[Message] = field(default_factory=list[Message])
    kept: list[Fact] = field(default_factory=list[Fact])
    forgotten: list[str] = field(default_factory=list[str])
    wanted: list[str | Wanted] = field(default_factory=list[str | Wanted])
    withheld: set[str] = field(default_factory=set[str])  # documents that were forgotten
    merged: list[Merge] = field(default_factory=list[Merge])
    held: list[Held] = field(default_factory=list[Held])
    asked: list[tuple[str, QueryOptions]] = field(default_factory=list[tuple[str, QueryOptions]])
    queries: dict[str, str] = field(default_factory=dict[str, str])
    imported: list[GraphRow] = field(default_factory=list[GraphRow])

    def facts(self, about: str = "", *, at: str = "", history: bool = False) -> Sequence[Fact]:
        return [f for f in self.kept if not about or about in _names(f)]

    def property_label(self, property: str, language: str) -> str:
        return {"tt:likes": ("likes", "喜欢")}.get(property, ("", ""))[language == "zh"]

    def why(self, about: str) -> Sequence[Explanation]:
        numbered = about.lstrip("#")
        wanted = [f for f in self.kept if str(f.id) == numbered] if numbered.isdecimal() else self.facts(about)
        return [
            Explanation(f, (Citation(1, self.heard[f.sources[0].episode].text, "you", f.sources[0].episode, 0, 1),))
            for f in wanted
        ]

    def inferred(self, about: str = "") -> Sequence[Inferred]:
        """Return that things are liked by who likes them."""
        return [
            Inferred(f"i:{f.id}", f.object, "tt:likedBy", f.subject, "inverse", (f.id,))
            for f in self.kept
            if isinstance(f.object, Node) and about in ("", f"i:{f.id}", *_names(f))
        ]

    def derive(self, what: str) -> Sequence[Derivation]:
        found = self.inferred(what)
        if not found:
            raise UsageError(f"nothing follows as {what!r}")
        return [Derivation(each, tuple(self.why(str(each.facts[0])))) for each in found]

    def query(self, sparql: str, options: QueryOptions | None = None) -> QueryAnswer:
        self.asked.append((sparql, options or QueryOptions()))
        if "SELECT" not in sparql:
            raise QueryError("syntax error at line 1: expected SELECT\nor ASK")
        rows = (tuple(Term("literal", name) for name in _names(fact)) for fact in self.kept)
        return QueryAnswer(("s", "o"), tuple(rows))

    def update(self, sparql: str, options: QueryOptions | None = None) -> Sequence[GraphRow]:
        return [GraphRow("towns", "towns.nt", len(sparql), "2026-03-11T12:00:00+00:00")]

    def saved_queries(self) -> Mapping[str, str]:
        return self.queries

    def save_query(self, name: str, sparql: str) -> None:
        self.queries[name] = sparql
        if not sparql:
            del self.queries[name]

    def search(self, words: str, *, language: str = "en", limit: int = 10) -> Sequence[SearchHit]:
        found = [f for f in self.kept if words in _names(f)][:limit]
        return [SearchHit("fact", 0.5, " likes ".join(_names(f)), f"words: {words}", f"#{f.id}") for f in found]

    def paths(self, one: str, other: str) -> Sequence[Connection]:
        found = [f for f in self.kept if _names(f) == (one, other)]
        return [Connection((f.subject, f.object), tuple(self.why(str(f.id))), 1.0)
                for f in found if isinstance(f.object, Node)]  # fmt: skip

    def ends_of(self, text: str) -> tuple[str, str]:
        one, _, other = text.partition(", ")
        return one, other

    def similar(self, name: str, *, language: str = "en", limit: int = 5) -> Sequence[Likeness]:
        liked = [f for f in self.kept if name in _names(f)]
        return [Likeness(o.subject, 0.5, (f"both like {_names(f)[1]}",), (f, o)) for f in liked
                for o in self.kept if o.object == f.object and o != f][:limit]  # fmt: skip

    def graphs(self) -> Sequence[GraphRow]:
        return self.imported

    def load_graph(self, path: Path | None, form: str, *, name: str, replace: bool = False) -> tuple[GraphRow, bool]:
        title = path.name if path else "standard input"
        row = GraphRow(name or title.split(".")[0], f"{title} ({form})", 3, "2026-03-11T12:00:00+00:00")
        is_new = replace or row not in self.imported
        self.imported += [row] if is_new else []
        return row, is_new

    def forget_graph(self, name: str) -> GraphRow:
        found = [row for row in self.imported if row.name == name]
        if not found:
            raise UsageError(f"there is no imported graph {name!r}")
        self.imported.remove(found[0])
        return found[0]

    def forget(self, what: str | Wanted, *, rehearse: bool = False) -> Receipt:
        self.wanted.append(what)
        names = (what,) if isinstance(what, str) else (*what.entities, *what.statements)
        stays = [f for f in self.kept if not set(names) & {*_names(f), str(f.id), f"#{f.id}"}]
        gone = len(self.kept) - len(stays)
        if not rehearse:
            self.kept = stays
            self.forgotten += names
        return Receipt(facts=gone, characters=gone)

    def undo(self) -> str:
        return " likes ".join(_names(self.kept.pop())) if self.kept else ""

    def merges(self) -> Sequence[Merge]:
        return self.merged

    def merge(self, a: str, b: str) -> Merge:
        known = {name for fact in self.kept for name in _names(fact)}
        if not {a, b} <= known:
            raise UsageError(f"nothing is known under the names {a!r} and {b!r}")
        kept, gone = (Node(name, name, NodeKind.NAMED) for name in (a, b))
        self.merged.append(Merge(7 + len(self.merged), kept, gone, "2026-03-11T12:00:00+01:00", f"{a} =\n{b}"))
        return self.merged[-1]

    def unmerge(self, which: str) -> Merge:
        found = [m for m in self.merged if which.lstrip("#") in (str(m.number), m.kept.label, m.gone.label)]
        if not found:
            raise UsageError(f"no merge is known as {which!r}")
        self.merged.remove(found[0])
        return found[0]

    def inbox(self) -> Sequence[Held]:
        return self.held

    def accept(self, number: str) -> Fact:
        self.kept.append(replace(self.drop(number).fact, id=len(self.kept) + 1))
        return self.kept[-1]

    def drop(self, number: str) -> Waiting:
        found = [held for held in self.held if str(held.waiting.number) == number.lstrip("#")]
        if not found:
            raise UsageError(f"nothing waits under {number!r}")
        self.held.remove(found[0])
        return found[0].waiting

    def export(self, form: str) -> Iterator[bytes]:
        for fact in self.kept:
            yield f"{form}: {' likes '.join(_names(fact))}\n".encode()

    def load(self, data: bytes, form: str, title: str) -> int:
        if b"\0" in data:
            raise ValueError(f"{title} is no {form}:\nline 1")
        return len(data.splitlines())

    def focus(self) -> Sequence[str]:
        return [_names(self.kept[-1])[0]] if self.kept else []

    def said(self, last: int) -> Sequence[str]:
        texts = [m.text for m in self.heard if m.title is None]
        return [text for text in texts if not any(gone in text for gone in self.forgotten)][-last:]

    def has_read(self, digest: str) -> bool:
        return digest in {digest_of(m) for m in self.heard if m.title is not None}

    def has_forgotten(self, text: str) -> bool:
        return text in self.withheld

    def readmit(self, text: str) -> int:
        count = len(self.withheld & {text})
        self.withheld.discard(text)
        return count

    def close(self) -> None:
        pass


@dataclass
class EchoSystem:
    """`bot.system.System` and `Assistant` at once. `slow_s` is how long an answer takes; `running` counts overlaps."""

    data_dir: Path = Path("/nonexistent")
    slow_s: float = 0.0
    spaces: dict[str, EchoSpace] = field(default_factory=dict[str, EchoSpace])
    overlaps: list[str] = field(default_factory=list[str])
    running: set[str] = field(default_factory=set[str])
    orders: list[TrainingOrder | EvaluationOrder] = field(default_factory=list[TrainingOrder | EvaluationOrder])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, message: Message, say: Say | None = None) -> Reply:
        with self.lock:
            if message.user in self.running:
                self.overlaps.append(message.user)
            self.running.add(message.user)
        time.sleep(self.slow_s)
        try:
            return self._answer(message)
        finally:
            with self.lock:
                self.running.discard(message.user)

    def _answer(self, message: Message) -> Reply:
        space = self.space(message.user)
        match message.text.split():
            case ["boom", *_]:
                raise RuntimeError("secret inside\nsecond line")
            case ["full"]:
                raise OSError(28, "No space left on device")
            case ["long", number]:
                return Reply("word " * int(number))
            case _:
                pass
        space.heard.append(message)
        if message.title is not None:
            return Reply(f"I have read {message.title}.", id=message.id)
        if message.text.endswith("herself."):
            source = Source(len(space.heard) - 1, 0, len(message.text), message.user, message.at.isoformat(), "echo")
            nora = Node("Nora", "Nora", NodeKind.NAMED)
            reasons = (("en", "nobody is their own partner"), ("zh", "没有人是自己的伴侣"))
            waiting = Waiting(3 + len(space.held), Fact(0, nora, "tt:likes", nora, sources=(source,)), reasons)
            citation = Citation(1, message.text, "you", source.episode, 0, len(message.text))
            space.held.append(Held(waiting, (citation,)))
            return Reply("I haven't noted that: see /inbox.", waiting=(Triple("Nora", "tt:likes", "Nora"),))
        if message.text.endswith("?"):
            return Reply(f"You said: {space.heard[0].text}", (Citation(1, space.heard[0].text, "you", 0, 0, 3),))
        learned: list[Triple] = []
        subject, verb, thing = message.text.rstrip(".").partition(" likes ")
        if verb:
            episode = len(space.heard) - 1
            source = Source(episode, 0, len(message.text), message.user, message.at.isoformat(), "echo")
            nodes = [Node(name, name, NodeKind.SELF if name == "I" else NodeKind.NAMED) for name in (subject, thing)]
            space.kept.append(Fact(len(space.kept) + 1, nodes[0], "tt:likes", nodes[1], sources=(source,)))
            learned.append(Triple(subject, "tt:likes", thing))
        return Reply("Noted. Thank you.", learned=tuple(learned), id=message.id)

    def space(self, user: str) -> EchoSpace:
        return self.spaces.setdefault(user, EchoSpace(space_directory(self.data_dir, user)))

    def close(self) -> None:
        pass

    def open_assistant(self, settings: Settings) -> EchoSystem:
        return self

    def open_space(self, settings: Settings, user: str) -> EchoSpace:
        return self.space(user)

    def query_prefixes(self) -> Mapping[str, str]:
        return {"ex": "http://example.org/"}

    def ask_graph(self, settings: Settings, user: str, graph: str, question: str, model: Path | None) -> GraphReply:
        if graph == "empty":
            return GraphReply((), None, "", "", 0.0)
        return GraphReply(("Ada", "Bo"), None, f"{graph} › {question}", "SELECT ?x {}", 0.75)

    def open_understanding(self, settings: Settings, user: str) -> Callable[[str], Sequence[Parse]]:
        def understand(text: str) -> Sequence[Parse]:
            mention = Mention(Span(0, len(text)), text, Tag.THING, MentionKind.NOUN, 1.0)
            return [Parse(text, Span(0, len(text)), "en", Act.TELL, 1.0, (), (mention,), (), 0.0, vector=(1.0,))]

        return understand

    def reread(self, settings: Settings, user: str, *, apply: bool) -> Iterable[Change]:
        yield Change(True, Triple("A", "P1", "B"))

    def examine(self, settings: Settings, user: str, *, quick: bool) -> Iterable[Check]:
        yield Check("memory", True, "in order")
        if not quick:
            yield Check("weights", False, "missing; reinstall tripletalk")

    def train(self, settings: Settings, order: TrainingOrder) -> None:
        self.orders.append(order)

    def evaluate(self, settings: Settings, order: EvaluationOrder) -> Sequence[Score]:
        self.orders.append(order)
        return [Score("f1", 0.5), Score("by_type", (Score("PER", 0.25),))]


def digest_of(message: Message) -> str:
    """Return the digest of a message's text."""
    return digest(message.text)


def _names(fact: Fact) -> tuple[str, str]:
    assert isinstance(fact.object, Node)
    return fact.subject.label, fact.object.label
