"""From what somebody typed to the one node or merge that it means, or an error that lists what it may mean.

Takes a space and a name, id or number; gives a node or a merge. Changes nothing and knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.listing import clean, merge_line
from bot.system import UsageError
from kg.fact import Fact, Merge, Node, NodeKind
from kg.memory import ENTITY, Memory
from kg.names import fold

_MARKS = re.compile(r"\s*(?:[,，、;；|→]|->|--)\s*")
_ID = re.compile(r"[0-9a-f]{8,32}")
_SHORT = 8  # characters of an id that are shown
_LISTED = 4  # candidates in an error; it has to stay one line


class Named(Protocol):
    """What is needed of a space."""

    memory: Memory

    def named(self, name: str) -> tuple[Node, ...]: ...

    def property_label(self, property: str, language: str) -> str: ...


def node_meant(space: Named, said: str) -> Node:
    """Return the node of a name or id. Raises UsageError when there is none, or several that it then tells apart."""
    found = tuple(space.memory.nodes_named(said)) or _with_id(space.memory, said) or space.named(said)
    if len(found) > 1:
        listed = "; ".join(_candidates(space, found[:_LISTED]))
        more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(f"{said!r} means {len(found)}, give the id of one: {listed}{more}")
    return next(iter(found))


def ends_of(memory: Memory, text: str) -> tuple[str, str]:
    """Return the two names that a text gives, by a mark between them or by what is known: "Ida and Bo", 李雷和王芳.

    Raises UsageError when no two known names take up the text but for one joining word.
    """
    marked = [part.strip() for part in _MARKS.split(text) if part.strip()]
    if len(marked) == 2:
        return marked[0], marked[1]
    pieces = re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+\s*|\s+", text.strip())
    for skipped in (1, 2, 0):
        for at in range(1, len(pieces)):
            one, other = "".join(pieces[:at]).strip(), "".join(pieces[at + skipped :]).strip()
            if one and other and _is_known(memory, one) and _is_known(memory, other):
                return one, other
    raise UsageError(f"{text!r} names no two things that are known; write A, B")


def _is_known(memory: Memory, name: str) -> bool:
    return bool(memory.nodes_named(name))


def merge_meant(merges: Sequence[Merge], which: str, number: int | None) -> Merge:
    """Return the merge of a number, or the only one with a name in it. Raises UsageError."""
    if number is not None:
        found = [merge for merge in merges if merge.number == number]
    else:
        name = fold(which)
        found = [m for m in merges if fold(m.gone.label) == name] or [m for m in merges if fold(m.kept.label) == name]
    if not found:
        raise UsageError(f"no merge is known as {which!r}; `tripletalk merges` lists them with their numbers")
    if len(found) > 1:
        listed = "; ".join(merge_line(merge) for merge in found[:_LISTED])
        raise UsageError(f"{which!r} is in {len(found)} merges, give the number of one: {listed}")
    return next(iter(found))


def _with_id(memory: Memory, said: str) -> tuple[Node, ...]:
    """Return the nodes whose IRI this is, or ends so: the id of a node of ours, or the first characters of it."""
    wanted = said.strip().lower().removeprefix(ENTITY)
    starts = ENTITY + wanted if _ID.fullmatch(wanted) else ""
    return tuple(n for n in memory.nodes() if n.iri == said.strip() or (starts and n.iri.startswith(starts)))


def _candidates(space: Named, nodes: Sequence[Node]) -> Iterator[str]:
    """Yield each node's id, name and, where there is one, a fact that the others lack: "3f2a91bc Kim (home Oslo)"."""
    known = [[_phrase(space, fact, node) for fact in space.memory.facts_about(node.iri)] for node in nodes]
    for node, phrases in zip(nodes, known, strict=True):
        own = [phrase for phrase in phrases if sum(phrase in others for others in known) == 1]
        short = node.iri.removeprefix(ENTITY)[:_SHORT] if node.iri.startswith(ENTITY) else node.iri
        yield clean(f"{short} {_name(node)} ({next(iter((*own, *phrases)), 'nothing is known of it')})")


def _phrase(space: Named, fact: Fact, node: Node) -> str:
    label = space.property_label(fact.property, "en") or fact.property
    if fact.subject.iri == node.iri:
        return f"{label} {_name(fact.object) if isinstance(fact.object, Node) else fact.object.value}"
    return f"{_name(fact.subject)}: {label}"


def _name(node: Node) -> str:
    return "me" if node.kind is NodeKind.SELF else node.label
