"""How something was told: episode, speaker and time, and the wordings of tense that a parse does not carry.

Takes text and gives frozen values; knows no graph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from kg.revise import Manner

_ERA = (
    r"in the (?:nineteen-?)?\w+ties|back (?:when|then|in)|in those days|as a (?:child|kid|boy|girl|student|young \w+)"
    r"|in (?:my|his|her|their) (?:youth|childhood|twenties|school ?days)"
)


@dataclass(frozen=True, slots=True)
class Cues:
    """Wordings that the parse does not carry: a past that is over, an end, "no longer", "now" and "also"."""

    past: re.Pattern[str] = re.compile(
        rf"\b(?:used to|formerly|previously|once (?:lived|worked|was)|{_ERA})\b"
        r"|以前|曾经|曾在|从前|從前|过去|過去|原来|原來|之前|小[时時]候|年[轻輕]的?[时時]候?|那[会會]儿|那[时時]候?|当年|當年",
        re.IGNORECASE,
    )
    era: re.Pattern[str] = re.compile(rf"\b(?:{_ERA})\b", re.IGNORECASE)
    left: re.Pattern[str] = re.compile(  # before what is left: "quit her job at"
        r"\b(?:quit|left|resigned|retired|(?:stepped|stood) down|(?:was|were|got|been) (?:fired|sacked|dismissed|laid off|let go)"
        r"|divorced?|split (?:up )?(?:from|with)|broke up with|dropped out|moved (?:out|away)|walked out)\b"
        r"(?:(?!\b(?:to|for|and|but|then|now|join\w*|since|when)\b)[^,;.])*$"
        r"|(?:辞了|辭了|辞去|辞掉|离职|離職|离开了?|離開了?|退出|卸任|分手|退学|退學|搬离|搬離|搬出)[^，。到去来]{0,8}$",
        re.IGNORECASE,
    )
    leaving: re.Pattern[str] = re.compile(  # after it: 那份工作我辞了
        r"^[^，。；]{0,10}?(?:辞了|辭了|辞掉|离职|離職|跳槽|离了?婚|離了?婚|分了?手|被(?:辞退|开除)|卸任|下课|退了)"
    )
    over: re.Pattern[str] = re.compile(
        r"\b(?:any ?more|no longer|any longer|stopped|gave up|given up|quit)\b"
        r"|不再|已经不|[不没]在.{0,12}了|不.{1,8}了",
        re.IGNORECASE,
    )
    now: re.Pattern[str] = re.compile(
        r"\b(?:now|nowadays|these days|currently|at present|moved|switched|changed|new)\b"
        r"|现在|現在|目前|如今|这学期|换到|改到|搬到|跳槽|换成|变成|改成|新的?(?:是|号|电话|地址|密码)",
        re.IGNORECASE,
    )
    also: re.Pattern[str] = re.compile(
        r"\b(?:also|too|as well|besides|both|second job|on the side|part-?time|moonlights?|on holiday|on vacation|visiting)\b"
        r"|也|还[给在要兼教帮替有]|還[給在要兼教幫替有]|另外|同时|同時|兼|出差|旅游|度假",
        re.IGNORECASE,
    )

    def ends(self, before: str, after: str) -> bool:
        """Whether the words around a relation's object say that the relation is over.

        >>> cues = Cues()
        >>> cues.ends("quit ", " and now works"), cues.ends("left to join ", "."), cues.ends("", "那份工作我辞了")
        (True, False, True)
        """
        return self.left.search(before) is not None or self.leaving.search(after) is not None

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
