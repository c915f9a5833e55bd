"""How something was told: episode, speaker and time, and the wordings of tense that a parse does not carry.

Takes text and gives frozen values; knows no graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from kg.revise import Manner


@dataclass(frozen=True, slots=True)
class Cues:
    """Wordings that the parse does not carry: a past that is over, "no longer", "now" and "also"."""

    past: re.Pattern[str] = re.compile(
        r"\b(?:used to|formerly|previously|once (?:lived|worked|was))\b|以前|曾经|曾在|从前|过去|原来|之前",
        re.IGNORECASE,
    )
    over: re.Pattern[str] = re.compile(
        r"\b(?:any ?more|no longer|any longer|stopped|gave up|given up|quit)\b"
        r"|不再|已经不|[不没]在.{0,12}了|不.{1,8}了",
        re.IGNORECASE,
    )
    now: re.Pattern[str] = re.compile(
        r"\b(?:now|nowadays|these days|currently|at present|moved|switched|changed)\b"
        r"|现在|目前|如今|这学期|换到|改到|搬到|跳槽",
        re.IGNORECASE,
    )
    also: re.Pattern[str] = re.compile(r"\b(?:also|too|as well|besides|both)\b|也|还有|另外|同时", re.IGNORECASE)

    def manner(self, text: str, *, replaces: bool) -> Manner:
        """Return how a sentence puts what it says."""
        over, now, also = (pattern.search(text) is not None for pattern in (self.over, self.now, self.also))
        return Manner(over=over, replaces=replaces, now=now, also=also)


@dataclass(frozen=True, slots=True)
class Told:
    """Where parses come from: an episode of the log, its speaker and time, a document's title."""

    speaker: str
    at: datetime  # with its zone
    episode: int
    title: str | None = None  # None: said in chat
    offset: int = 0  # of the parsed text in the episode
    extractor: str = "tripletalk"

    def day(self) -> str:
        return self.at.date().isoformat()
