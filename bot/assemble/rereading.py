"""Reading the log again with the present models: what would be known then, shown as a difference before it is done.

Takes the settings and models, gives changes. The log's outcomes are never changed silently: this is the one verb that does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.config import Settings
from bot.listing import triple_of
from bot.message import Message, Triple
from bot.spaces import space_directory
from bot.system import Change
from bot.turn import wish
from nlu.parse import Act


def reread(settings: Settings, user: str, models: Models, *, apply: bool) -> Iterator[Change]:
    """Yield the facts that would come and go; with `apply`, learn the new ones and deprecate those that went."""
    space = OpenSpace(space_directory(settings.memory.data_dir, user))
    try:
        with tempfile.TemporaryDirectory() as folder:
            fresh = _read_again(space, user, models, Path(folder))
        held = {triple_of(fact): fact for fact in space.facts()}
        added = sorted(fresh - held.keys(), key=str)
        accepted = {triple_of(each.fact) for each in space.gate.accepted()}  # the user's word, not the models'
        gone = [triple for triple in held if triple not in fresh | accepted]
        yield from (Change(True, triple) for triple in added)
        yield from (Change(False, triple) for triple in gone)
        if apply:
            mind = SpaceMind(space, user, models)
            with space.memory.transaction():
                for triple in gone:
                    space.memory.close(held[triple].id, None)
            for message, episode in _messages(space, user):
                mind.remember(message, episode, mind.understand(message))
    finally:
        space.close()


def _read_again(space: OpenSpace, user: str, models: Models, folder: Path) -> set[Triple]:
    """Return what a new memory would hold after the same log."""
    other = OpenSpace(folder)
    mind = SpaceMind(other, user, models)
    for message, _ in _messages(space, user):
        parses = mind.understand(message)
        episode = mind.record(message)
        request = wish(parses) if message.title is None else None
        if request is None or request.act is not Act.FORGET:
            mind.remember(message, episode, parses)
    triples = {triple_of(fact) for fact in other.facts()}
    other.close()
    return triples


def _messages(space: OpenSpace, user: str) -> Iterator[tuple[Message, int]]:
    for episode in space.memory.episodes():
        if episode.kind in {"say", "read"}:
            title = episode.title if episode.kind == "read" else None
            yield Message(user, episode.text, datetime.fromisoformat(episode.at), title), episode.id
