"""Telegram's exports (result.json of Telegram Desktop): one chat or all of them in, documents by day out.

Service lines, media without a caption and what bots wrote are left out; a forwarded message is its first writer's.
Source: core.telegram.org/import-export (the export's JSON as Telegram Desktop writes it).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import cast

from bot.document import Document, DocumentError
from bot.sources.chat import ChatMessage, days_of
from bot.sources.wording import is_plausible

FILE_NAME = "result.json"  # what the export is called: other .json files in a folder are none of ours
_REMEDY = "export the chat from Telegram Desktop in the format JSON"
_SAVED = "Saved messages"


def read_telegram(text: str, *, where: str, path: str) -> Iterator[Document]:
    """Yield the documents of an export. Raises DocumentError for what is none."""
    try:
        export: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(where, f"not JSON ({error}); {_REMEDY}") from None
    chats = _chats(export)
    if not chats:
        raise DocumentError(where, f"no chats of Telegram in it; {_REMEDY}")
    for chat in chats:
        yield from days_of(_name(chat), _messages(chat), path=path)


def _chats(export: object) -> list[dict[str, object]]:
    """Return the chats of an export: itself where it is one chat, else those in its lists."""
    top = _object(export)
    if _list(top.get("messages")):
        return [top]
    lists = [_list(_object(top.get(key)).get("list")) for key in ("chats", "left_chats")]
    return [chat for chats in lists for chat in map(_object, chats) if isinstance(chat.get("messages"), list)]


def _name(chat: dict[str, object]) -> str:
    name = chat.get("name")
    if isinstance(name, str) and name.strip():
        return name
    return _SAVED if chat.get("type") == "saved_messages" else "Telegram"


def _messages(chat: dict[str, object]) -> Iterator[ChatMessage]:
    for message in map(_object, _list(chat.get("messages"))):
        day = _day(message.get("date"))
        name = message.get("forwarded_from", message.get("from"))
        if message.get("type") != "message" or message.get("via_bot") or day is None:
            continue
        if isinstance(name, str) and name.strip():
            yield ChatMessage(day, name, _text(message.get("text")))


def _text(parts: object) -> str:
    """Return a message's text, which is a string or a list of strings and of objects with a "text" (links, bold)."""
    if isinstance(parts, str):
        return parts
    texts = (part if isinstance(part, str) else _object(part).get("text") for part in _list(parts))
    return "".join(text for text in texts if isinstance(text, str))


def _day(stamp: object) -> date | None:
    """Return the day of "2026-03-01T10:15:22", None for anything else."""
    try:
        day = date.fromisoformat(stamp[:10] if isinstance(stamp, str) else "")
    except ValueError:
        return None
    return day if is_plausible(day) else None


def _object(value: object) -> dict[str, object]:
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
