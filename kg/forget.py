"""Forgets for good: facts, stretches of text, whole episodes or nodes, from the log, the facts and the graph's files.

Takes a memory and what to forget; gives counts, never content. What rests on the same words alone is removed with them,
what has another source stays. The index over passages is its owner's to rewrite: the receipt names the passages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg import outcome
from kg.erase import Eraser
from kg.forgotten import says_anything
from kg.memory import Memory
from kg.redact import Range
from kg.store import GraphView
from kg.target import Target, plan_of

__all__ = ["Receipt", "Target", "forget"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What went, in numbers. The request itself, which goes too, is not counted among the texts."""

    facts: int = 0
    nodes: int = 0
    labels: int = 0
    characters: int = 0  # redacted in messages, documents and replies
    episodes: int = 0  # whose text was touched
    passages_removed: tuple[int, ...] = ()
    passages_added: tuple[int, ...] = ()  # what is left of them
    messages: int = 0  # of which nothing is left
    messages_cut: int = 0  # of which something is
    documents: int = 0
    documents_cut: int = 0
    replies: int = 0  # of which something went
    conclusions: int = 0  # that rested on the facts
    pending: bool = False  # another program is in the way: the work is finished when the space is next opened


class _Rehearsed(Exception):
    """Nothing is to be kept of what was done."""


def forget(
    memory: Memory,
    target: Target,
    *,
    view: GraphView | None = None,
    request: int | None = None,
    asked: Sequence[Range] = (),
    rehearse: bool = False,
) -> Receipt:
    """Forget `target` for good and return what went; with `rehearse`, only return what would go.

    `view` is the memory's open graph view, if this process has one. `request` is the episode that asked for it: what
    it quotes is redacted too, and the stretches `asked` of it whatever they say.

    Raises:
        KeyError: a fact, episode or node that isn't there.
        StorageError: the files can't be rewritten.
    """
    receipt = Receipt()
    with contextlib.suppress(_Rehearsed), memory.rewriting_history() as connection:
        eraser = Eraser(memory, connection, plan_of(memory, target), request, asked)
        eraser.erase()
        receipt = _receipt(memory, eraser, view, request)
        if rehearse:
            raise _Rehearsed
        passages = len(receipt.passages_removed)
        memory.append(outcome.Forgotten(receipt.facts, receipt.nodes, receipt.labels, passages, receipt.characters))
    if rehearse:
        return receipt
    clean = memory.compact()
    clean = _rewrite_graph(memory, view) and clean
    return replace(receipt, pending=not clean)


def _receipt(memory: Memory, eraser: Eraser, view: GraphView | None, request: int | None) -> Receipt:
    """Return what went, before the graph follows."""
    texts = [memory.episode(id_) for id_ in eraser.touched_episodes if id_ != request]
    said = [says_anything(episode.text) for episode in texts if episode.kind == "say"]
    read = [says_anything(episode.text) for episode in texts if episode.kind in ("read", "import")]
    return Receipt(
        facts=len(eraser.gone),
        nodes=len(eraser.orphans),
        labels=len(eraser.labels),
        characters=eraser.characters,
        episodes=len(eraser.touched_episodes),
        passages_removed=tuple(sorted(eraser.passages_removed)),
        passages_added=tuple(sorted(eraser.passages_added)),
        messages=said.count(False),
        messages_cut=said.count(True),
        documents=read.count(False),
        documents_cut=read.count(True),
        replies=sum(episode.kind == "reply" for episode in texts),
        conclusions=view.conclusions_from(eraser.gone) if view is not None else 0,
    )


def _rewrite_graph(memory: Memory, view: GraphView | None) -> bool:
    """Return whether the graph's files were written anew, or there were none."""
    if view is not None and view.on_disk:
        view.rewrite()
        return True
    if view is not None:
        view.rewrite()
    if not (memory.directory / "graph").exists():
        return True
    with GraphView(memory.directory, memory) as own:
        return own.on_disk  # opening one catches up, and what was forgotten makes it write the files anew
