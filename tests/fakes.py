"""Small real stand-ins that tests of every folder share: they know no model and no disk."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kg.attention import Attention
from kg.fact import Draft, Fact, Learned, Literal, Node, NodeKind, Rank, When
from kg.link import Linker
from kg.names import fold
from kg.remember import Rememberer, Told
from kg.revise import Reviser
from kg.roles import RoleLexicon
from nlu.parse import Act, Clause, Factuality, Kind, Mention, Parse, Relation, Span, Tag


@dataclass
class SetGraph:
    """`kg.fact.Graph` in plain dicts.

    Says a thing twice: one fact with two sources. A closed fact that is told anew as current is a new fact.
    """

    owner: str = "me"
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    names: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    statements: dict[int, Fact] = field(default_factory=dict[int, Fact])
    apart: list[set[str]] = field(default_factory=list[set[str]])  # pairs that no sentence makes one
    moved: dict[str, str] = field(default_factory=dict[str, str])  # merged node -> the one that stands for it

    def self_node(self) -> Node:
        if "n0" not in self.nodes:
            self.nodes["n0"] = Node("n0", self.owner, NodeKind.SELF, "SELF")
            self.names["n0"] = [self.owner]
        return self.nodes["n0"]

    def node(self, iri: str) -> Node:
        return self.nodes[self.moved.get(iri, iri)]

    def nodes_named(self, name: str) -> Sequence[Node]:
        wanted = fold(name)
        found = [self.nodes[i] for i, labels in self.names.items() if any(fold(x) == wanted for x in labels)]
        return sorted(found, key=lambda n: name not in self.names[n.iri])

    def labels(self, iri: str) -> Sequence[str]:
        return tuple(self.names[iri])

    def new_node(self, label: str, kind: NodeKind, tag: str, *, gender: str = "", episode: int = 0) -> Node:
        self.self_node()
        made = Node(f"n{max(int(i[1:]) for i in (*self.nodes, *self.moved)) + 1}", label, kind, tag, gender)
        self.nodes[made.iri] = made
        self.names[made.iri] = [label]
        return made

    def add_label(self, iri: str, label: str, *, preferred: bool = False, episode: int = 0) -> None:
        labels = self.names.setdefault(iri, [])
        if label not in labels:
            labels.append(label)
        if preferred:
            old = self.nodes[iri]
            self._replace(replace(old, label=label, kind=NodeKind.NAMED if old.kind is NodeKind.ROLE else old.kind))

    def remove_label(self, iri: str, label: str, *, episode: int = 0) -> None:
        labels = self.names[iri]
        labels[:] = [x for x in labels if x != label]
        if self.nodes[iri].label == label and labels:
            self._replace(replace(self.nodes[iri], label=labels[-1]))

    def describe_node(
        self,
        iri: str,
        *,
        kind: NodeKind | None = None,
        tag: str | None = None,
        gender: str | None = None,
        episode: int = 0,
    ) -> Node:
        old = self.nodes[iri]
        new = replace(old, kind=kind or old.kind, tag=old.tag if tag is None else tag, gender=gender or old.gender)
        return self._replace(new)

    def merge(self, a: str, b: str, *, evidence: str = "", episode: int = 0) -> Node:
        order = (NodeKind.SELF, NodeKind.NAMED, NodeKind.ROLE, NodeKind.CLASS)
        first, second = self.node(a), self.node(b)
        if order.index(second.kind) < order.index(first.kind):
            first, second = second, first
        kept, gone = first.iri, second.iri
        for label in self.names.pop(gone):
            self.add_label(kept, label)
        del self.nodes[gone]
        self.moved[gone] = kept
        for number, fact in list(self.statements.items()):
            self.statements[number] = replace(
                fact,
                subject=self._moved(fact.subject, kept, gone),
                object=self._moved(fact.object, kept, gone) if isinstance(fact.object, Node) else fact.object,
                claimant=self._moved(fact.claimant, kept, gone) if fact.claimant else None,
            )
        return self.nodes[kept]

    def are_told_apart(self, a: str, b: str) -> bool:
        return {a, b} in self.apart

    def add(self, draft: Draft) -> tuple[Fact, bool]:
        for fact in self.statements.values():
            if self._same(fact, draft):
                merged = replace(
                    fact,
                    start=fact.start or draft.start,
                    end=fact.end or draft.end,
                    point=fact.point or draft.point,
                    role=fact.role or draft.role,
                    confidence=max(fact.confidence, draft.confidence),
                    sources=fact.sources if draft.source in fact.sources else (*fact.sources, draft.source),
                )
                self.statements[fact.id] = merged
                return merged, False
        made = Fact(
            max(self.statements, default=0) + 1,
            self.nodes[draft.subject],
            draft.property,
            draft.object if isinstance(draft.object, Literal) else self.nodes[draft.object],
            draft.polarity,
            self.nodes[draft.claimant] if draft.claimant else None,
            draft.start,
            draft.end,
            draft.point,
            draft.role,
            draft.confidence,
            Rank.NORMAL,
            (draft.source,),
        )
        self.statements[made.id] = made
        return made, True

    def close(self, fact_id: int, end: When | None, *, episode: int = 0) -> Fact:
        old = self.statements[fact_id]
        new = replace(old, rank=Rank.DEPRECATED) if end is None else replace(old, end=end)
        self.statements[fact_id] = new
        return new

    def facts(
        self,
        subject: str | None = None,
        property: str | None = None,
        object: str | None = None,
        *,
        include_past: bool = True,
    ) -> Sequence[Fact]:
        return tuple(
            f
            for f in self.statements.values()
            if subject in (None, f.subject.iri)
            and property in (None, f.property)
            and (object is None or (isinstance(f.object, Node) and f.object.iri == object))
            and (include_past or (f.end is None and f.rank is Rank.NORMAL))
        )

    def newest(self, count: int) -> Sequence[Fact]:
        return tuple(self.statements.values())[-count:]

    def fact(self, fact_id: int) -> Fact:
        return self.statements[fact_id]

    def all_names(self) -> Iterable[tuple[str, Node]]:
        return [(x, n) for i, n in self.nodes.items() if n.kind is not NodeKind.CLASS for x in self.names[i]]

    def triples(self, *, day: str = "9999-12-31") -> set[tuple[str, str, str]]:
        """Return what holds on a day, by labels."""
        return {
            (f.subject.label, f.property, f.object.label if isinstance(f.object, Node) else f.object.value)
            for f in self.statements.values()
            if f.holds_at(day)
        }

    def _same(self, fact: Fact, draft: Draft) -> bool:
        target = fact.object.iri if isinstance(fact.object, Node) else fact.object
        claimant = fact.claimant.iri if fact.claimant else None
        if fact.rank is not Rank.NORMAL or (fact.polarity, claimant) != (draft.polarity, draft.claimant):
            return False
        if (fact.subject.iri, fact.property, target) != (draft.subject, draft.property, draft.object):
            return False
        if draft.source in fact.sources:
            return True
        if fact.end is not None and draft.end is None and draft.point is None:
            return draft.start is not None and draft.start == fact.start
        pairs = ((fact.start, draft.start), (fact.end, draft.end), (fact.point, draft.point))
        return all(a is None or b is None or (a.could_be_before(b) and b.could_be_before(a)) for a, b in pairs)

    def _replace(self, node: Node) -> Node:
        self.nodes[node.iri] = node
        for number, f in list(self.statements.items()):
            self.statements[number] = replace(
                f,
                subject=self._moved(f.subject, node.iri, node.iri),
                object=self._moved(f.object, node.iri, node.iri) if isinstance(f.object, Node) else f.object,
                claimant=self._moved(f.claimant, node.iri, node.iri) if f.claimant else None,
            )
        return node

    def _moved(self, node: Node, kept: str, gone: str) -> Node:
        return self.nodes[kept] if node.iri == gone else node


class HashingEncoder:
    """Texts to unit vectors by hashing their words and character trigrams: no model, the same on every machine."""

    def __init__(self, dimension: int = 64, id: str = "hashing") -> None:
        self.dimension = dimension
        self.id = id

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            folded = text.casefold()
            pieces = re.findall(r"[a-z0-9]+|[^\W\d_]", folded) + [folded[i : i + 3] for i in range(len(folded) - 2)]
            for piece in [*pieces, "\x00"]:
                code = zlib.crc32(piece.encode("utf-8"))
                row[code % self.dimension] += 1.0 if code & 0x10000 else -1.0
            norm = float(np.linalg.norm(row))
            if norm == 0.0:
                row[0] = norm = 1.0
            row /= norm
        return rows


class ScriptedModel:
    """A language model that says what it was given, in pieces, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, *replies: str, failure: Exception | None = None, fail_after: int = 0, size: int = 7) -> None:
        self.prompts: list[tuple[str, str]] = []
        self._replies = list(replies)
        self._failure = failure
        self._fail_after = fail_after
        self._size = size

    def stream(self, system: str, prompt: str, *, max_tokens: int) -> Iterator[str]:
        self.prompts.append((system, prompt))
        reply = self._replies.pop(0) if self._replies else ""
        for at, start in enumerate(range(0, len(reply), self._size)):
            if self._failure is not None and at == self._fail_after:
                raise self._failure
            yield reply[start : start + self._size]
        if self._failure is not None:
            raise self._failure


def sentence(
    text: str,
    mentions: str = "",
    relations: str = "",
    *,
    act: Act = Act.TELL,
    factuality: Factuality = Factuality.ASSERTED,
    denied: str = "",
    start: int = 0,
    confidence: float = 1.0,
) -> Parse:
    """Return a parse written by hand.

    `mentions`: "My:SELF | sister:ROLE | Livia:PER | last year:DATE=2025 | she:PRON/f | they:PRON/2"; a text that occurs
    again is found after the one before. `relations`: "My role sister; sister same Livia; Livia P551 Dunmere !denied";
    "#2" after a text means its second mention, "!reported Rolf" names the claimant. `denied` is a stretch of the text.
    """
    found: list[Mention] = []
    for item in filter(None, (m.strip() for m in mentions.split("|"))):
        body, _, value = item.partition("=")
        body, _, mark = body.partition("/")
        words, _, tag = body.rpartition(":")
        after = max((m.span.end for m in found if m.text == words), default=0)
        at = text.index(words, after)
        number, gender = (2, "") if mark == "2" else (1, mark)
        found.append(Mention(Span(at, at + len(words)), words, Tag(tag), _kind(Tag(tag)), 1.0, value, number, gender))
    pattern = re.compile(r"(.+?) (P\d+|tt:\w+|role|same|value|claims|coref|price) (.+?)(?: !(\w+)(?: (.+))?)?$")
    related: list[Relation] = []
    for item in filter(None, (r.strip() for r in relations.split(";"))):
        match = pattern.match(item)
        assert match, item
        one, property, other, how, who = match.groups()
        related.append(
            Relation(
                _mention(found, one),
                property,
                _mention(found, other),
                confidence,
                Factuality(how) if how else factuality,
                _mention(found, who) if who else None,
            )
        )
    span = Span(start, start + len(text))
    clauses = [Clause(Span(0, len(text)), act, factuality, 1.0)]
    if denied:
        at = text.index(denied)
        clauses.append(Clause(Span(at, at + len(denied)), act, Factuality.DENIED, 1.0))
    language = "zh" if re.search("[\u4e00-\u9fff]", text) else "en"
    return Parse(text, span, language, act, 1.0, tuple(clauses), tuple(found), tuple(related), 0.0)


def _mention(found: Sequence[Mention], words: str) -> int:
    name, _, nth = words.partition("#")
    return [i for i, m in enumerate(found) if m.text == name][int(nth or 1) - 1]


def _kind(tag: Tag) -> Kind:
    kinds = {Tag.SELF: Kind.SELF, Tag.YOU: Kind.YOU, Tag.ROLE: Kind.ROLE, Tag.PRONOUN: Kind.PRONOUN}
    kinds[Tag.WH] = Kind.VARIABLE
    if tag in kinds:
        return kinds[tag]
    if tag in (Tag.DATE, Tag.QUANTITY):
        return Kind.LITERAL
    nouns = (Tag.THING, Tag.OCCUPATION, Tag.ACTIVITY, Tag.FEELING)
    return Kind.NOUN if tag in nouns else Kind.NAME


AT = datetime(2026, 3, 11, 12, tzinfo=timezone(timedelta(hours=1)))


class Chat:
    """A memory space in plain dicts with all that remembering needs, told things on 11 March 2026."""

    def __init__(self) -> None:
        files = [Path(f"nlu/languages/{code}.toml") for code in ("en", "zh")]
        tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
        english, chinese = (RoleLexicon.from_mapping(table["roles"]) for table in tables)
        self.graph = SetGraph()
        self.roles = english.with_others(chinese)
        self.linker = Linker(self.graph, self.roles, Attention())
        self.rememberer = Rememberer(self.linker, Reviser(self.graph))
        self.episode = 0

    def tell(self, *parses: Parse, title: str | None = None) -> Learned:
        """Return what was learned from one message, or from a document with a title."""
        self.episode += 1
        return self.rememberer.remember(parses, Told("owner", AT, self.episode, title))[0]

    def holds(self, day: str = "2026-03-11") -> set[tuple[str, str, str]]:
        return self.graph.triples(day=day)
