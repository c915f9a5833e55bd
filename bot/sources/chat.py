"""A chat as documents, one a day: takes messages with day, name and text. It knows no export format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.document import Document, paragraphs, title_of
from bot.sources.wording import noon


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What somebody wrote in a chat."""

    day: date
    name: str
    text: str


def days_of(chat: str, messages: Iterable[ChatMessage], *, path: str) -> Iterator[Document]:
    """Yield a document a day, titled by the chat's name and the day; each line of a message begins with its writer.

    Messages are paragraphs, so that a line whose writer isn't understood is never laid into the mouth of the one before.
    """
    days: dict[date, list[str]] = {}
    for message in messages:
        if lines := _lines(message):
            days.setdefault(message.day, []).append(lines)
    for day in sorted(days):
        yield Document(f"{title_of(chat)}, {day.isoformat()}", "\n\n".join(days[day]), path, noon(day))


def _lines(message: ChatMessage) -> str:
    """Return a message with its writer's name before each line: no line can pass for somebody else's."""
    name = title_of(message.name).rstrip(":： ")
    lines = (line.strip() for line in paragraphs(message.text).split("\n"))
    return "\n".join(f"{name}: {line}" for line in lines if line)
