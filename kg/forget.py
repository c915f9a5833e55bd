"""Forgets for good: facts, stretches of text, whole episodes or nodes, from the log, the facts and the graph's files.

Takes a memory and what to forget; gives counts, never content. What rests on the same words alone is removed with them,
what has another source stays. The index over passages is its owner's to rewrite: the receipt names the passages.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg import outcome
from kg.erase import Eraser
from kg.memory import Memory
from kg.store import GraphView
from kg.target import Target, plan_of

__all__ = ["Receipt", "Target", "forget"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What went, in numbers."""

    facts: int
    nodes: int
    labels: int
    characters: int  # redacted in messages, documents and replies
    episodes: int  # whose text was touched
    passages_removed: tuple[int, ...]
    passages_added: tuple[int, ...]  # what is left of them
    pending: bool = False  # another program is in the way: the work is finished when the space is next opened


def forget(memory: Memory, target: Target, *, view: GraphView | None = None, request: int | None = None) -> Receipt:
    """Forget `target` for good and return what went.

    `view` is the memory's open graph view, if this process has one. `request` is the episode that asked for it: what
    it quotes is redacted too.

    Raises:
        KeyError: a fact, episode or node that isn't there.
        StorageError: the files can't be rewritten.
    """
    with memory.rewriting_history() as connection:
        eraser = Eraser(memory, connection, plan_of(memory, target), request)
        eraser.erase()
        removed = tuple(sorted(eraser.passages_removed))
        facts, nodes, labels = len(eraser.gone), len(eraser.orphans), len(eraser.labels)
        memory.append(outcome.Forgotten(facts, nodes, labels, len(removed), eraser.characters))
    clean = memory.compact()
    clean = _rewrite_graph(memory, view) and clean
    episodes, added = len(eraser.touched_episodes), tuple(sorted(eraser.passages_added))
    return Receipt(facts, nodes, labels, eraser.characters, episodes, removed, added, pending=not clean)


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
