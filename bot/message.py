"""The contract of bot/: a message in, a reply out, as frozen values that every adapter shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said, or a document they gave (then `title` is set)."""

    user: str  # the memory space
    text: str
    at: datetime  # with the speaker's time zone
    title: str | None = None  # None: said in chat; a string: a document
    id: str = ""  # the adapter's own id, echoed back


@dataclass(frozen=True, slots=True)
class Citation:
    """What a sentence of the reply rests on."""

    number: int
    text: str  # the exact words
    source: str  # a document's title, or who said it and when
    episode: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Triple:
    """A fact by its labels, as scripts and the exam read it."""

    s: str
    p: str
    o: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, with what it rests on and what was learned."""

    text: str
    citations: tuple[Citation, ...] = ()
    learned: tuple[Triple, ...] = ()
    corroborated: tuple[Triple, ...] = ()
    closed: tuple[Triple, ...] = ()
    held_back: tuple[str, ...] = ()
    waiting: tuple[Triple, ...] = ()  # in the inbox, since they contradict what is known
    act: str = ""
    id: str = ""
