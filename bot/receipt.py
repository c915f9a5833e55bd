"""A forgetting's receipt in words: how much of each kind went, never what. Takes counts, gives one line."""

from __future__ import annotations

from bot.system import Receipt
from bot.wording import phrase

# field, English singular and plural, Chinese
_KINDS = (
    ("facts", "{n} fact", "{n} facts", "{n}条事实"),
    ("messages", "{n} message", "{n} messages", "{n}条消息"),
    ("messages_cut", "part of {n} message", "parts of {n} messages", "{n}条消息中的部分内容"),
    ("documents", "{n} document", "{n} documents", "{n}份文档"),
    ("documents_cut", "part of {n} document", "parts of {n} documents", "{n}份文档中的部分内容"),
    ("passages", "{n} passage", "{n} passages", "{n}段原文"),
    ("vectors", "{n} vector", "{n} vectors", "{n}个向量"),
    ("conclusions", "{n} conclusion", "{n} conclusions", "{n}条推论"),
    ("replies", "part of {n} reply", "parts of {n} replies", "{n}条回复中的部分内容"),
)


def receipt_line(receipt: Receipt, language: str, *, rehearsed: bool = False) -> str:
    """Return a receipt in "en" or "zh"; `rehearsed` says that nothing was done yet.

    >>> receipt_line(Receipt(facts=1, passages=2, vectors=2), "en")
    'Forgotten for good: 1 fact, 2 passages and 2 vectors.'
    >>> receipt_line(Receipt(facts=1, messages=1), "zh")
    '已彻底忘掉：1条事实、1条消息。'
    """
    counts = [(kind, int(getattr(receipt, kind[0]))) for kind in _KINDS]
    if language == "zh":
        parts = [kind[3].format(n=n) for kind, n in counts if n]
    else:
        parts = [kind[1 if n == 1 else 2].format(n=n) for kind, n in counts if n]
    if not parts:
        return phrase("nothing to forget", language)
    said = phrase("would forget" if rehearsed else "forgotten", language, what=_listed(parts, language))
    return f"{said} {phrase('pending', language)}" if receipt.pending else said


def _listed(parts: list[str], language: str) -> str:
    if language == "zh":
        return "、".join(parts)
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
