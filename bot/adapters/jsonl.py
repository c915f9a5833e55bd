"""The machine's way to chat: one JSON object a line in, exactly one out, until the input ends. "/facts" and its like
are carried out as in every chat.

In: {"say": …} or {"read": …, "title": …}, perhaps with "id" and "at" (ISO time). Out: {"reply", "learned",
"citations"}, with the "id" that came in, and "error" when something went wrong; then the next line follows.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from bot.failure import explain, polite
from bot.message import Message, Reply
from bot.wording import language_of, phrase

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that can't be answered, with what is said instead."""

    error: str
    reply: str
    id: object = None


def run(
    answer: Callable[[Message], Reply],
    *,
    user: str,
    source: BinaryIO,
    sink: BinaryIO,
    max_characters: int,
    max_bytes: int,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    command: Callable[[str], str | None] = lambda text: None,
) -> None:
    """Answer line by line until `source` ends. Lines over `max_bytes` are refused without being held in memory.

    `command` gives what a slash command says, None for a text that is none.
    """
    while line := source.readline(max_bytes + 1):
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := source.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            row = _refused(Refusal(f"a line may have at most {max_bytes} bytes", phrase("malformed", "en")))
        else:
            row = _answer_line(line, answer, user, max_characters, now, command)
        sink.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        sink.flush()


def _answer_line(
    line: bytes,
    answer: Callable[[Message], Reply],
    user: str,
    max_characters: int,
    now: Callable[[], datetime],
    command: Callable[[str], str | None],
) -> dict[str, object]:
    """Return the row that answers a line; never raises."""
    parsed = parse_line(line, user, max_characters, now())
    if isinstance(parsed, Refusal):
        return _refused(parsed)
    message, given_id = parsed
    try:
        said = command(message.text) if message.title is None else None
        reply = answer(message) if said is None else Reply(said)
    except Exception as error:  # the outermost loop of an adapter: one bad message must not end the chat
        logger.exception("a message could not be answered")
        return _refused(Refusal(explain(error), polite(error, language_of(message.text)), given_id))
    row: dict[str, object] = {
        "reply": _sound(reply.text),
        "learned": [{"s": _sound(t.s), "p": t.p, "o": _sound(t.o)} for t in reply.learned],
        "citations": [
            {
                "n": c.number,
                "text": _sound(c.text),
                "source": _sound(c.source),
                "episode": c.episode,
                "span": [c.start, c.end],
            }
            for c in reply.citations
        ],
    }
    if reply.waiting:
        row["waiting"] = [{"s": _sound(t.s), "p": t.p, "o": _sound(t.o)} for t in reply.waiting]
    return row if given_id is None else row | {"id": given_id}


def parse_line(line: bytes, user: str, max_characters: int, now: datetime) -> tuple[Message, object] | Refusal:
    """Return a line's message and the id it came with, or why there is none."""
    try:
        row = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return Refusal(f"not a line of JSON: {error}", phrase("malformed", "en"))
    if not isinstance(row, dict):
        return Refusal('expected an object such as {"say": "…"}', phrase("malformed", "en"))
    given_id: object = row.get("id")
    if not isinstance(given_id, str | int | None) or isinstance(given_id, bool):
        return Refusal('"id" must be a string or a whole number', phrase("malformed", "en"))
    say, read, title = row.get("say"), row.get("read"), row.get("title", "")
    text = say if read is None else read
    if not isinstance(text, str) or (say is not None and read is not None) or not isinstance(title, str):
        return Refusal('expected {"say": text} or {"read": text, "title": text}', phrase("malformed", "en"), given_id)
    text = _sound(text)
    if not text.strip():
        return Refusal("the text is empty", phrase("empty", "en"), given_id)
    if read is None and len(text) > max_characters:
        words = phrase("too long", language_of(text), size=len(text), most=max_characters)
        return Refusal(f"a message may have at most {max_characters} characters", words, given_id)
    at = _time(row.get("at"), now)
    if at is None:
        return Refusal(f'"at" must be an ISO time, not {row["at"]!r}', phrase("malformed", "en"), given_id)
    name = None if read is None else _sound(title) or "untitled"
    return Message(user, text, at, name, "" if given_id is None else _sound(str(given_id))), given_id


def _time(value: object, now: datetime) -> datetime | None:
    """Return a message's time, in the local zone where it names none; None when it is not an ISO time."""
    if value is None:
        return now
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=now.tzinfo)


def _sound(text: str) -> str:
    """Return a text that can be encoded: what is no character (a lone half of a pair) becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refused(refusal: Refusal) -> dict[str, object]:
    row: dict[str, object] = {"reply": refusal.reply, "learned": [], "citations": [], "error": refusal.error}
    return row if refusal.id is None else row | {"id": refusal.id}
