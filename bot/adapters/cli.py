"""The chat in a terminal: typed lines in, replies sentence by sentence out, citations in a dim footer.

With a terminal it has history, completion and colours; without one it reads plain lines. It keeps nothing of its own:
the history is read from the space's log. It knows the assistant by its protocol.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot import slash
from bot.document import DocumentError
from bot.documents import find_documents
from bot.failure import explain, polite
from bot.listing import citation_lines
from bot.message import Message
from bot.reading import Progress, each_document, read_documents
from bot.system import Assistant, Space, UsageError
from bot.wording import language_of, phrase

logger = logging.getLogger(__name__)

_REMEMBERED = 500  # lines to go back through with the arrow keys
_SLASHES = tuple(f"/{name}" for name in (*slash.NAMES, "read", "quit"))
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


@dataclass(slots=True)
class Chat:
    """One conversation at a terminal; `write` gets text as it should appear."""

    assistant: Assistant
    user: str
    write: Callable[[str], None]
    colour: bool
    max_characters: int
    max_megabytes: int
    live: bool = False
    language: str = "en"
    _streamed: list[str] = field(default_factory=list[str])

    def take(self, line: str) -> bool:
        """Answer one line; False when the conversation is over. Never raises for what was typed."""
        line = line.strip()
        if line in ("/quit", "/exit"):
            return False
        if not line:
            return True
        try:
            if line.startswith("/"):
                self._command(line)
            else:
                self._message(line)
        except (UsageError, DocumentError) as error:
            self.write(_printable(str(error)) + "\n")
        except Exception as error:  # the outermost loop of an adapter: the conversation goes on
            logger.info("a line could not be answered", exc_info=True)
            self.write(f"{polite(error, self.language)}\n{self._dim(explain(error))}\n")
        return True

    def _message(self, text: str) -> None:
        self.language = language_of(text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if len(text) > self.max_characters:
            words = phrase("too long", self.language, size=len(text), most=self.max_characters)
            self.write(words + "\n")
            return
        self._streamed.clear()
        reply = self.assistant.answer(Message(self.user, text, datetime.now().astimezone()), self._say)
        for sentence in sentences(reply.text) if not self._streamed else ():
            self._say(sentence)
        self.write("\n")
        for note in citation_lines(reply.citations):
            self.write(self._dim(note) + "\n")

    def _say(self, sentence: str) -> None:
        """Write a sentence as soon as it is ready."""
        before = self._streamed[-1] if self._streamed else ""
        gap = " " if before and not before[-1].isspace() and before[-1] not in "。！？；…" else ""
        self._streamed.append(sentence or " ")
        self.write(gap + _printable(sentence))

    def _command(self, line: str) -> None:
        name, _, argument = line[1:].partition(" ")
        if name == "read":
            self._read(argument.strip())
        elif name in slash.NAMES:
            text = slash.carry_out(name, argument, self.assistant.space(self.user), self.language)
            self.write(_printable(text) + "\n")
        else:
            self.write(phrase("unknown command", self.language) + "\n")

    def _read(self, argument: str) -> None:
        if not argument:
            raise DocumentError("/read", "name a file or a folder")
        paths = find_documents([Path(argument.strip("'\"")).expanduser()])
        result = read_documents(
            each_document(paths, max_megabytes=self.max_megabytes),
            user=self.user,
            answer=self.assistant.answer,
            has_read=self.assistant.space(self.user).has_read,
            has_forgotten=self.assistant.space(self.user).has_forgotten,
            report=lambda line: self.write(line + "\n"),
            progress=Progress(len(paths), self.write, self.live),
            now=lambda: datetime.now().astimezone(),
        )
        known = f", {result.skipped} known already" if result.skipped else ""
        forgot = f", {result.forgotten} forgotten before" if result.forgotten else ""
        waiting = f", {result.waiting} in /inbox" if result.waiting else ""
        self.write(f"{result.read} read{known}{forgot}, {result.failed} failed; {result.facts} facts{waiting}\n")

    def _dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self.colour else text


def run(assistant: Assistant, user: str, *, max_characters: int, max_megabytes: int) -> None:
    """Chat at the terminal until /quit or the end of input."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    chat = Chat(assistant, user, _writer(sys.stdout), terminal, max_characters, max_megabytes, live=terminal)
    if terminal:
        _interactive(chat, assistant.space(user))
        return
    for line in _plain_lines():
        if not chat.take(line):
            break


def sentences(text: str) -> list[str]:
    """Return a text in sentences, each with the spaces that follow it.

    >>> sentences("She does. Ask Bo! 好的。再见")
    ['She does. ', 'Ask Bo! ', '好的。', '再见']
    """
    return [piece for piece in re.split(r"(?<=[.!?]\s)(?=\S)|(?<=[。！？\n])", text) if piece]


def _interactive(chat: Chat, space: Space) -> None:
    """Prompt, answer, and so on. The history is the log itself, so that what was forgotten is gone from it too."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.formatted_text import HTML
    from prompt_toolkit.history import InMemoryHistory

    completer = WordCompleter(list(_SLASHES), sentence=True)
    chat.write(f"{phrase('hello', chat.language)}\n")
    while True:
        session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(list(space.said(_REMEMBERED))), completer=completer, complete_while_typing=True
        )
        try:
            line = session.prompt(HTML("<b>› </b>"))
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            going_on = chat.take(line)
        except KeyboardInterrupt:
            chat.write("\n")
            continue
        if not going_on:
            return


def _plain_lines() -> Iterator[str]:
    """Yield the lines of standard input as text, whatever bytes it holds."""
    lines: Iterable[bytes] = sys.stdin.buffer
    for line in lines:
        yield line.decode("utf-8-sig", "replace")


def _printable(text: str) -> str:
    """Return a text that can't steer the terminal; line ends stay."""
    return "".join(c if c.isprintable() or c in "\n\u200c\u200d" else " " for c in text)


def _writer(stream: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    return write
