"""One turn of the conversation, read aloud: a message goes through five stages and comes back as a reply.

Takes a message and a mind (the stages, bound to one memory space), gives the reply. It knows no model and no store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.message import Message, Reply
from bot.system import Say
from kg.fact import Learned
from nlu.parse import Act, Parse


class Mind(Protocol):
    """The stages. Each is a plain call; what one gives, the next takes."""

    def decline(self, message: Message) -> Reply | None: ...

    def record(self, message: Message) -> int: ...

    def understand(self, message: Message) -> Sequence[Parse]: ...

    def remember(self, message: Message, episode: int, parses: Sequence[Parse]) -> Learned: ...

    def forget(self, message: Message, episode: int, parses: Sequence[Parse], request: Parse) -> Reply: ...

    def answer(self, message: Message, episode: int, question: Parse) -> Reply: ...

    def summarise(self, message: Message, episode: int, question: Parse) -> Reply: ...

    def cite(self, message: Message, episode: int, question: Parse) -> Reply: ...

    def acknowledge(self, message: Message, parses: Sequence[Parse], learned: Learned) -> Reply: ...

    def finish(self, message: Message, reply: Reply, learned: Learned, say: Say | None) -> Reply: ...


def answer(message: Message, mind: Mind, say: Say | None = None) -> Reply:
    """Return the reply to a message, after everything in it was understood and remembered."""
    declined = mind.decline(message)  # a document that is to stay forgotten leaves no trace
    if declined is not None:
        return declined
    episode = mind.record(message)  # what was said is safe before anything can fail
    parses = mind.understand(message)
    request = wish(parses) if message.title is None else None
    if request is not None and request.act is Act.FORGET:
        return mind.finish(message, mind.forget(message, episode, parses, request), Learned(), say)
    learned = mind.remember(message, episode, parses)
    if request is None:
        reply = mind.acknowledge(message, parses, learned)
    elif request.act is Act.SOURCE:
        reply = mind.cite(message, episode, request)
    elif request.act is Act.SUMMARY:
        reply = mind.summarise(message, episode, request)
    else:
        reply = mind.answer(message, episode, request)
    return mind.finish(message, reply, learned, say)


def wish(parses: Sequence[Parse]) -> Parse | None:
    """Return the sentence that a reply must serve: a request to forget, else the last question, else none."""
    for wanted in (frozenset({Act.FORGET}), frozenset({Act.ASK, Act.SOURCE, Act.SUMMARY})):
        found = [parse for parse in parses if parse.act in wanted]
        if found:
            return found[-1]
    told = any(parse.act in (Act.TELL, Act.CORRECT) for parse in parses)
    fragments = [parse for parse in parses if parse.act is Act.FRAGMENT]
    return fragments[-1] if fragments and not told else None
