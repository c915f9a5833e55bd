"""One user's memory, opened without any model: looking at facts, asking SPARQL, forgetting, undoing, moving house.

Takes a directory, implements `bot.system.Space`. It knows no language model, no index and no understanding, so that
`tripletalk facts` and its like start at once.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.assemble import imports, queries, targets
from bot.assemble.following import Following
from bot.assemble.pointing import ends_of, merge_meant, node_meant
from bot.assemble.targets import (
    READ,
    SAID,
    Unclear,
    in_period,
    messages_numbered,
    named_document,
    named_period,
    period_of,
    titled,
)
from bot.message import Citation
from bot.system import (
    Connection,
    Derivation,
    Explanation,
    GraphRow,
    Held,
    Likeness,
    QueryAnswer,
    QueryOptions,
    Receipt,
    SearchHit,
    UsageError,
    Wanted,
)
from kg import forget as forgetting
from kg.exchange import export_graph
from kg.fact import Fact, Inferred, Merge, Node, NodeKind, Source, Waiting
from kg.forgotten import says_anything
from kg.imported import ImportedGraphs
from kg.inbox import Inbox
from kg.intake import import_graph
from kg.log import Episode, document_hash
from kg.memory import Memory
from kg.names import fold
from kg.ontology import Ontology
from kg.paths import paths
from kg.redact import BLOCK, Range
from kg.similar import similar
from kg.store import GraphView

if TYPE_CHECKING:
    from bot.assemble.finding import Finder
    from kg.shapes import Shape

_NAMES_GRAPHS = re.compile(r"graph|from", re.IGNORECASE)
SELF_NAMES = frozenset({"me", "i", "myself", "我", "self"})


class OpenSpace:
    """A memory space and its SPARQL view; `rules` and `shapes` are the user's files, instead of the space's own."""

    def __init__(
        self, directory: Path, *, read_only: bool = False, rules: Path | None = None, shapes: Path | None = None
    ) -> None:
        self.directory = directory
        self.rules, self._shapes_file = rules, shapes
        self.lock = threading.RLock()
        self.memory = Memory(directory, read_only=read_only)

    @cached_property
    def ontology(self) -> Ontology:
        return Ontology.load()

    @cached_property
    def view(self) -> GraphView:
        """The graph, opened when first asked; derived, and rebuilt where it is missing."""
        return GraphView(self.directory, self.memory)

    @cached_property
    def following(self) -> Following:
        """What follows from the facts."""
        return Following(self.memory, self.view, self.ontology, self.rules, self.named)

    @cached_property
    def gate(self) -> Inbox:
        """What contradicts what is known: asked before anything is written, and kept."""
        return Inbox(self.memory, self.ontology, self.shapes)

    def shapes(self) -> Sequence[Shape]:
        """Return the shapes that statements are held against: ours and the user's. Raises UsageError."""
        from kg.shapes import FILE, ShapesError, house_shapes, read_shapes

        own = self.directory / FILE
        path = self._shapes_file or (own if own.is_file() else None)
        try:
            return (*house_shapes(), *(read_shapes(path) if path is not None else ()))
        except ShapesError as error:
            raise UsageError(str(error)) from error

    def facts(self, about: str = "", *, at: str = "", history: bool = False) -> Sequence[Fact]:
        """Return what holds on a day (today), of everything or of what bears this name."""
        day = at or datetime.now(UTC).date().isoformat()
        found: dict[int, Fact] = {}
        if about:
            for node in self.named(about):
                found |= {f.id: f for f in self.memory.facts(subject=node.iri)} | {
                    f.id: f for f in self.memory.facts(object=node.iri)
                }
        else:
            found = {f.id: f for f in self.memory.facts()}
        kept = found.values() if history else (f for f in found.values() if _in_force(f, day))
        return tuple(sorted(kept, key=lambda f: f.id))

    def property_label(self, property: str, language: str) -> str:
        return self.ontology.label(property, language) if property in self.ontology else ""

    def named(self, name: str) -> tuple[Node, ...]:
        """Return the nodes of a name, or of a part of one. Raises UsageError when there is none."""
        if fold(name) in SELF_NAMES:
            return (self.memory.self_node(),)
        exact = tuple(self.memory.nodes_named(name))
        if exact:
            return exact
        part = fold(name)
        found = {node.iri: node for label, node in self.memory.all_names() if part and part in fold(label)}
        if not found:
            raise UsageError(f"nothing is known under the name {name!r}; `tripletalk facts` lists everything")
        return tuple(found.values())

    def why(self, about: str) -> Sequence[Explanation]:
        """Return the sources of a fact by number, of all about a name, or of what the last answer rested on."""
        if not about:
            facts = self._last_proofs()
        elif (number := _number(about)) is not None:
            facts = (self.fact(number),)
        else:
            facts = self.facts(about, history=True)
        return tuple(Explanation(fact, tuple(self.citations(fact.sources))) for fact in facts)

    def fact(self, number: int) -> Fact:
        """Return a fact. Raises UsageError when there is none of this number."""
        try:
            return self.memory.fact(number)
        except KeyError as error:
            raise UsageError(
                f"there is no fact #{number}; `tripletalk facts --history` lists them with their numbers"
            ) from error

    def citations(self, sources: Iterable[Source], first: int = 1) -> Iterator[Citation]:
        """Yield the exact words of each source, numbered."""
        for number, source in enumerate(sources, first):
            yield self.citation(number, source.episode, source.start, source.end)

    def citation(self, number: int, episode: int, start: int, end: int) -> Citation:
        """Return a stretch of the log as a citation."""
        found = self.memory.episode(episode)
        return Citation(number, found.text[start:end].strip(), source_name(found), episode, start, end)

    def inferred(self, about: str = "") -> Sequence[Inferred]:
        """Return what follows today, of everything, of a name, of an id, or of what was printed. Raises UsageError."""
        with self.lock:
            return self.following.inferred(about)

    def derive(self, what: str) -> Sequence[Derivation]:
        """Return why something follows. Raises UsageError when it doesn't."""
        with self.lock:
            found = self.following.inferred(what)
            if not found:
                raise UsageError(f"nothing follows as {what!r}; `tripletalk facts --inferred` lists what does")
            proofs = [(each, self.memory.facts_with_ids(self.following.proof(each))) for each in found]
        return [
            Derivation(each, tuple(Explanation(fact, tuple(self.citations(fact.sources))) for fact in facts))
            for each, facts in proofs
        ]

    def query(self, sparql: str, options: QueryOptions | None = None) -> QueryAnswer:
        """Return a query's answer. Raises QueryError, and UsageError for rules that can't be used."""
        options = options or QueryOptions()
        if options.inferred or _NAMES_GRAPHS.search(sparql):  # else nothing of what follows can be seen
            with self.lock:
                self.following.conclude()
        return queries.answer(self.view, sparql, options)

    def update(self, sparql: str, options: QueryOptions | None = None) -> Sequence[GraphRow]:
        """Change imported graphs; return those that changed. Raises QueryError."""
        with self.lock:
            return queries.change(self.view, sparql, options or QueryOptions())

    def saved_queries(self) -> Mapping[str, str]:
        return queries.saved(self.directory)

    def save_query(self, name: str, sparql: str) -> None:
        queries.save(self.directory, name, sparql)

    def search(self, words: str, *, language: str = "en", limit: int = 10) -> Sequence[SearchHit]:
        return self._finder(language).search(words, limit)

    def paths(self, one: str, other: str) -> Sequence[Connection]:
        """Return how two entities are connected, best first. Raises UsageError."""
        start, end = node_meant(self, one), node_meant(self, other)
        day = datetime.now(UTC).date().isoformat()
        return [
            Connection(
                (path.start, *(hop.node for hop in path.hops)),
                tuple(Explanation(fact, tuple(self.citations(fact.sources))) for fact in path.facts),
                path.cost,
            )
            for path in paths(self.memory, start, end, day)
        ]

    def ends_of(self, text: str) -> tuple[str, str]:
        """Return the two names that a text gives. Raises UsageError."""
        return ends_of(self.memory, text)

    def similar(self, name: str, *, language: str = "en", limit: int = 5) -> Sequence[Likeness]:
        """Return what is most like an entity, best first. Raises UsageError."""
        node, day = node_meant(self, name), datetime.now(UTC).date().isoformat()
        finder = self._finder(language)
        return [
            Likeness(each.node, each.score, tuple(map(finder.reason, each.shared)), each.facts)
            for each in similar(self.memory, node, day, limit=limit)
        ]

    def _finder(self, language: str) -> Finder:
        from bot.assemble.finding import Finder

        return Finder(self.memory, self.ontology, language)

    def graphs(self) -> Sequence[GraphRow]:
        return imports.rows(ImportedGraphs(self.directory))

    def load_graph(self, path: Path | None, form: str, *, name: str, replace: bool = False) -> tuple[GraphRow, bool]:
        with self.lock:
            return imports.load(self.view, path, form, name=name, replace=replace)

    def forget_graph(self, name: str) -> GraphRow:
        with self.lock:
            return imports.forget(self.view, name)

    def forget(self, what: str | Wanted, *, rehearse: bool = False) -> Receipt:
        """Forget what a text or options name; `rehearse` only counts. Raises UsageError when there is nothing of it."""
        target = self._named_target(what) if isinstance(what, str) else self._wanted_target(what)
        return self.forget_target(target, rehearse=rehearse)

    def forget_target(
        self,
        target: forgetting.Target,
        *,
        request: int | None = None,
        asked: Sequence[Range] = (),
        rehearse: bool = False,
    ) -> Receipt:
        """Forget for good, in the log, the facts, the graph's files and the index."""
        with self.lock:
            gone = forgetting.forget(
                self.memory, target, view=self.view, request=request, asked=asked, rehearse=rehearse
            )
            vectors = len(gone.passages_removed) if rehearse else self.forgotten(gone)
        return Receipt(
            facts=gone.facts, characters=gone.characters, passages=len(gone.passages_removed), nodes=gone.nodes,
            messages=gone.messages, messages_cut=gone.messages_cut, documents=gone.documents,
            documents_cut=gone.documents_cut, replies=gone.replies, vectors=vectors, conclusions=gone.conclusions,
            pending=gone.pending,
        )  # fmt: skip

    def forgotten(self, gone: forgetting.Receipt) -> int:
        """Take what was forgotten from the index and return how many vectors went.

        What is left of cut passages comes back when the assistant starts: here is no model to encode it.
        """
        folder = self.directory / "index"
        if not gone.passages_removed or not (folder / "manifest.json").is_file():
            return 0
        from generation.index import PassageIndex

        return PassageIndex(folder).remove(gone.passages_removed)

    def _named_target(self, what: str) -> forgetting.Target:
        """Return what a text names: a fact's number, a name, a document's title, a time, or a part of a name."""
        number = _number(what)
        if number is not None:
            return forgetting.Target(facts=(self.fact(number).id,))
        if fold(what) not in SELF_NAMES and not self.memory.nodes_named(what):
            if documents := named_document(self.memory, what):
                return forgetting.Target(episodes=tuple(e.id for e in documents))
            if period := named_period(what, datetime.now().astimezone()):
                found = in_period(self.memory, period, (*SAID, *READ))
                return forgetting.Target(episodes=tuple(e.id for e in found))
        return targets.about(self._others_named(what))

    def _wanted_target(self, wanted: Wanted) -> forgetting.Target:
        """Return what options name. Raises UsageError."""
        period = period_of(wanted.since, wanted.until, datetime.now().astimezone())
        episodes = messages_numbered(self.memory, wanted.messages)
        inside = in_period(self.memory, period, (*SAID, *READ)) if period is not None else None
        for title in wanted.documents:
            documents = [
                e for e in (inside if inside is not None else self.memory.episodes()) if e.kind in READ and e.title
            ]
            try:
                found = titled(documents, [title])
            except Unclear as unclear:
                raise UsageError(f"several documents fit {title!r}: {unclear}") from unclear
            if not found:
                raise UsageError(f"there is no document {title!r}")
            episodes += found
        nodes = tuple(iri for name in wanted.entities for iri in self._others_named(name))
        if inside is not None and not nodes and not wanted.documents:
            episodes += inside
        facts = tuple(self.fact(_number(number) or 0).id for number in wanted.statements)
        within = frozenset(e.id for e in inside) if inside is not None and nodes else None
        return replace(targets.about(nodes, within), facts=facts, episodes=tuple(e.id for e in episodes))

    def _others_named(self, name: str) -> tuple[str, ...]:
        nodes = tuple(node.iri for node in self.named(name) if node.kind is not NodeKind.SELF)
        if not nodes:
            raise UsageError(
                "to forget everything about yourself, delete the space's directory: see `tripletalk doctor`"
            )
        return nodes

    def merges(self) -> Sequence[Merge]:
        """Return the merges that stand, oldest first."""
        return self.memory.merges()

    def merge(self, a: str, b: str) -> Merge:
        """Make two entities one by hand, whatever was told apart before. Raises UsageError."""
        with self.lock:
            one, other = node_meant(self, a), node_meant(self, b)
            if one.iri == other.iri:
                raise UsageError(f"{a!r} and {b!r} are one already; `tripletalk merges` lists what was merged")
            if NodeKind.CLASS in (one.kind, other.kind) and one.kind is not other.kind:
                raise UsageError(
                    f"{a!r} and {b!r} can't be one: one of them is a kind of thing; see `tripletalk facts`"
                )
            at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
            told = f"by hand: {one.label} = {other.label}"
            self.memory.merge(one.iri, other.iri, evidence=told, at=at, by_hand=True)
            self._follow_regrouping()
            return self.memory.merges()[-1]

    def unmerge(self, which: str) -> Merge:
        """Undo a merge and return it; the two are told apart from then on. Raises UsageError."""
        with self.lock:
            merge = merge_meant(self.memory.merges(), which, _number(which))
            self.memory.unmerge(merge.gone.iri)
            self._follow_regrouping()
            return merge

    def _follow_regrouping(self) -> None:
        self.view.catch_up()
        self.regrouped()

    def regrouped(self) -> None:
        """Let an index of names follow a merge or its undoing; the model-free space has none."""

    def inbox(self) -> Sequence[Held]:
        """Return what contradicts what is known and waits for the user's word. Raises UsageError for broken shapes."""
        with self.lock:
            self.shapes()
            found = self.gate.waiting()
            return [Held(each, tuple(self.citations(each.fact.sources))) for each in found]

    def accept(self, number: str) -> Fact:
        """Take what waits under a number for a fact after all. Raises UsageError."""
        with self.lock:
            try:
                fact = self.gate.accept(_number(number) or 0)
            except KeyError as error:
                raise UsageError(f"nothing waits under {number!r}; `tripletalk inbox` lists what does") from error
            self.view.catch_up()
        return fact

    def drop(self, number: str) -> Waiting:
        """Let what waits under a number go. Raises UsageError."""
        with self.lock:
            try:
                return self.gate.drop(_number(number) or 0)
            except KeyError as error:
                raise UsageError(f"nothing waits under {number!r}; `tripletalk inbox` lists what does") from error

    def undo(self) -> str:
        """Take back what the newest message taught."""
        with self.lock:
            for episode in reversed(self.memory.episodes()):
                if episode.kind in {"say", "read", "import"} and self.memory.facts_from(episode.id):
                    undone = [_words(self, fact) for fact in self.memory.facts_from(episode.id)]
                    self.memory.undo(episode.id)
                    self.view.catch_up()
                    return "; ".join(undone)
        return ""

    def export(self, form: str) -> Iterator[bytes]:
        output = io.BytesIO()
        export_graph(self.memory, output, form)
        yield output.getvalue()

    def load(self, data: bytes, form: str, title: str) -> int:
        at = datetime.now(UTC).astimezone().isoformat()
        with self.lock:
            count = import_graph(self.memory, data, form, name=title, speaker="import", at=at).new
            self.view.catch_up()
        return count

    def focus(self) -> Sequence[str]:
        """Return what the last message was about, as it was noted with it."""
        for episode in reversed(self.memory.turns(8)):
            active = json.loads(episode.state).get("focus") if episode.state.startswith("{") else None
            if active:
                return tuple(self.memory.node(str(iri)).label for iri, *_ in json.loads(active)["active"])
        return ()

    def said(self, last: int) -> Sequence[str]:
        """Return the last messages said in chat, oldest first, without those that a forgetting has touched."""
        texts = [e.text for e in self.memory.turns(2 * last) if e.kind == "say" and BLOCK not in e.text]
        return texts[-last:]

    def has_read(self, digest: str) -> bool:
        found = self.memory.find_document(digest)
        return found is not None and found.processed

    def has_forgotten(self, text: str) -> bool:
        return says_anything(text) and not says_anything(self.memory.without_forgotten(text))

    def readmit(self, text: str) -> int:
        with self.lock:
            return self.memory.readmit(text)

    def close(self) -> None:
        if "view" in self.__dict__:
            self.view.close()
        self.memory.close_files()

    def _last_proofs(self) -> tuple[Fact, ...]:
        for episode in reversed(self.memory.turns(8)):
            if episode.kind == "reply" and episode.state.startswith("{"):
                numbers = json.loads(episode.state).get("facts", [])
                return tuple(fact for number in numbers for fact in self._if_there(int(number)))
        return ()

    def _if_there(self, number: int) -> tuple[Fact, ...]:
        try:
            return (self.memory.fact(number),)
        except KeyError:
            return ()


def source_name(episode: Episode) -> str:
    """Return what a citation names as its source: a document's title, or who said it and when.

    >>> source_name(Episode(1, "read", "owner", "…", "2026-01-02T03:04:05+00:00", "Minutes"))
    'Minutes'
    """
    if episode.kind in {"read", "import"}:
        return episode.title or "a document"
    return f"{episode.speaker}, {episode.at[:16].replace('T', ' ')}"


def _in_force(fact: Fact, day: str) -> bool:
    """Whether a statement holds by itself: how many there are of a kind only says more of another statement."""
    counts = fact.property == "tt:value" and fact.subject.kind is NodeKind.CLASS
    return fact.holds_at(day) and not counts


def _words(space: OpenSpace, fact: Fact) -> str:
    triple = (
        fact.subject.label,
        space.property_label(fact.property, "en"),
        getattr(fact.object, "label", "") or getattr(fact.object, "value", ""),
    )
    return " ".join(triple)


def _number(text: str) -> int | None:
    digits = text.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


__all__ = ["OpenSpace", "document_hash", "source_name"]
