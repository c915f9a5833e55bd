"""The chat on Telegram, by python-telegram-bot: private chats, each its own memory space `telegram-<chat id>`.

Takes an assistant, its settings and the token. Blocking work runs in a thread, one at a time for each space. Who is
not on the allow-list gets a polite refusal with their id, and nothing of theirs is stored.
"""

from __future__ import annotations

import asyncio
import io
import logging
import signal
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, Document, InputFile, Message, Update
from telegram.constants import ChatAction, ChatType
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, filters
from telegram.warnings import PTBDeprecationWarning

from bot import slash
from bot.config import TelegramSettings
from bot.document import DocumentError
from bot.documents import SUFFIXES, kind_of, parse
from bot.failure import polite
from bot.listing import citation_lines
from bot.message import Message as Said
from bot.message import Reply
from bot.system import Assistant, UsageError
from bot.wording import language_of, phrase

logger = logging.getLogger(__name__)

LONGEST = 4096  # UTF-16 code units in a message, says the Bot API
_LARGEST = 20_000_000  # bytes of a file that a bot may fetch, says the Bot API
_TRIES = 6
_TYPING_EVERY_S = 4.0  # the typing status lasts five seconds

TelegramApplication = Application[Any, Any, Any, Any, Any, Any]


@dataclass(slots=True)
class Conversations:
    """Answers updates. `pause_s` is the first wait after a failed call; each next one is twice as long."""

    assistant: Assistant
    settings: TelegramSettings
    max_megabytes: int
    pause_s: float = 1.0
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict[int, asyncio.Lock])

    async def take(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer one update; the outermost loop, so nothing gets out of it."""
        message = update.message
        if message is None or message.from_user is None:
            return
        language = _language(message)
        if message.chat.type != ChatType.PRIVATE:
            if (message.text or "").startswith("/"):
                await self._send(context.bot, message.chat_id, phrase("private", language))
            return
        sender = message.from_user.id
        if self.settings.allow_list and sender not in self.settings.allowed:
            await self._send(context.bot, message.chat_id, phrase("stranger", language, id=sender))
            return
        async with self._locks.setdefault(message.chat_id, asyncio.Lock()):
            try:
                async with self._typing(context.bot, message.chat_id):
                    text = await self._answer(message, context.bot, language)
            except Exception as error:  # one bad message must not end the bot
                logger.exception("an update could not be answered")
                text = polite(error, language)
            await self._send(context.bot, message.chat_id, text)

    async def _answer(self, message: Message, bot: Bot, language: str) -> str:
        """Return what to say to a message of somebody who is allowed to talk."""
        user = f"telegram-{message.chat_id}"
        if message.document is not None:
            text = await self._read(message, message.document, user, language)
            return text + (await self._say(message, user, message.caption) if message.caption else "")
        said = message.text or message.caption
        if not said:
            return phrase("unknown kind", language)
        if not said.startswith("/"):
            return await self._say(message, user, said)
        name, argument = _command(said)
        if name == "start":
            return phrase("hello", language)
        if name == "ask":
            return await self._say(message, user, argument) if argument else phrase("ask what", language)
        if name == "export":
            return await self._export(message, bot, user)
        if name not in slash.NAMES:
            return phrase("unknown command", language)
        return await asyncio.to_thread(lambda: slash.carry_out(name, argument, self.assistant.space(user), language))

    async def _say(self, message: Message, user: str, text: str) -> str:
        said = Said(user, text, message.date.astimezone(), None, f"{user}-{message.message_id}")
        return _with_citations(await asyncio.to_thread(self.assistant.answer, said))

    async def _read(self, message: Message, document: Document, user: str, language: str) -> str:
        """Return what reading a document came to."""
        name = document.file_name or "document.txt"
        if kind_of(name) not in SUFFIXES or name.lower().endswith(".gz"):
            return phrase("unknown kind", language)
        limit = min(_LARGEST, self.max_megabytes * 1_000_000)
        if (document.file_size or 0) > limit:
            return phrase("unreadable", language, why=f"> {limit // 1_000_000} MB")
        file = await self._retry(document.get_file)
        data = bytes(await self._retry(file.download_as_bytearray))
        replies: list[str] = []
        try:
            for found in await asyncio.to_thread(lambda: list(parse(name, data, max_megabytes=self.max_megabytes))):
                said = Said(
                    user, found.text, found.at or message.date.astimezone(), found.title, f"{user}-{message.message_id}"
                )
                replies.append((await asyncio.to_thread(self.assistant.answer, said)).text)
        except DocumentError as error:
            return phrase("unreadable", language, why=error.why)
        return replies[0] if len(replies) == 1 else "\n".join(dict.fromkeys(replies))

    async def _export(self, message: Message, bot: Bot, user: str) -> str:
        """Send the memory as a file; there is nothing more to say then."""
        data = await asyncio.to_thread(lambda: b"".join(self.assistant.space(user).export("trig")))
        if not data.strip():
            return phrase("nothing known", _language(message))
        await self._retry(
            lambda: bot.send_document(message.chat_id, InputFile(io.BytesIO(data), filename="memory.trig"))
        )
        return ""

    async def _send(self, bot: Bot, chat: int, text: str) -> None:
        """Send a text in as many messages as it takes; what can't be sent is logged, without the text."""
        for piece in split_message(text):
            try:
                await self._retry(lambda piece=piece: bot.send_message(chat, piece))
            except TelegramError as error:
                logger.error("a reply could not be sent: %s", type(error).__name__)
                return

    async def _retry(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Return what a call gives, tried again after outages and when the server says to wait."""
        for attempt in range(_TRIES):
            try:
                return await call()
            except RetryAfter as error:
                wait_s = _seconds(error)
            except (BadRequest, Forbidden):
                raise
            except NetworkError:
                wait_s = self.pause_s * 2**attempt
                if attempt == _TRIES - 1:
                    raise
            await asyncio.sleep(wait_s)
        raise NetworkError(f"no success in {_TRIES} tries")

    @asynccontextmanager
    async def _typing(self, bot: Bot, chat: int) -> AsyncGenerator[None]:
        """Show that the bot is typing for as long as the block takes."""

        async def show() -> None:
            while True:
                with suppress(TelegramError):
                    await bot.send_chat_action(chat, ChatAction.TYPING)
                await asyncio.sleep(_TYPING_EVERY_S)

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def run(assistant: Assistant, settings: TelegramSettings, token: str, *, max_megabytes: int) -> None:
    """Answer on Telegram until SIGINT or SIGTERM; what is being answered then is still sent."""

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(Conversations(assistant, settings, max_megabytes), token, stop)

    asyncio.run(until_signal())


async def serve(conversations: Conversations, token: str, stop: asyncio.Event) -> None:
    """Poll for updates and answer them until `stop` is set. Raises UsageError when the token is refused."""
    for name in ("httpx", "httpcore"):  # their lines hold addresses, and those hold the token
        logging.getLogger(name).setLevel(logging.WARNING)
    settings = conversations.settings
    application = _build(settings, token)
    application.add_handler(MessageHandler(filters.ALL, conversations.take))
    refused = UsageError(f"Telegram refused the bot's token; check the variable {settings.token_env}")
    pause_s = conversations.pause_s
    while not stop.is_set():
        try:
            await application.initialize()
            break
        except InvalidToken:
            await application.bot.shutdown()
            raise refused from None
        except NetworkError as error:
            logger.warning("Telegram can't be reached (%s); trying again in %.0f s", type(error).__name__, pause_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)
            pause_s = min(2 * pause_s, 60.0)
    if stop.is_set():
        await application.shutdown()
        await application.bot.shutdown()
        return
    try:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(
            timeout=settings.poll_timeout_s,
            bootstrap_retries=-1,
            allowed_updates=["message"],
            error_callback=lambda error: logger.warning("no updates: %s", type(error).__name__),
        )
        await stop.wait()
        await application.updater.stop()
        await application.stop()
    finally:
        await application.shutdown()


def split_message(text: str, limit: int = LONGEST) -> Iterator[str]:
    """Yield pieces of at most `limit` UTF-16 code units, cut at a paragraph, line, sentence or word where it can be.

    >>> list(split_message("One. Two. Three.", 10))
    ['One. Two.', 'Three.']
    """
    rest = text.strip()
    while rest:
        fits = _fitting(rest, limit)
        if fits == len(rest):
            yield rest
            return
        head = rest[:fits]
        cut = max(head.rfind("\n\n"), head.rfind("\n")) if "\n" in head[fits // 2 :] else -1
        if cut < 0:
            cut = max(head.rfind(end) + len(end) for end in (". ", "! ", "? ", "。", "！", "？"))
            cut = cut if cut > fits // 2 else head.rfind(" ")
        cut = cut if cut > 0 else fits
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()


def _fitting(text: str, limit: int) -> int:
    """Return how many code points of a text fit into `limit` UTF-16 code units."""
    units = 0
    for position, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            return position
    return len(text)


def _build(settings: TelegramSettings, token: str) -> TelegramApplication:
    builder = ApplicationBuilder().token(token).concurrent_updates(True)
    if settings.base_url:
        base = settings.base_url.rstrip("/")
        builder = builder.base_url(f"{base}/bot").base_file_url(f"{base}/file/bot")
    return builder.build()


def _command(text: str) -> tuple[str, str]:
    """Return a command's name, without the bot's, and its argument.

    >>> _command("/Facts@my_bot Nora Holm")
    ('facts', 'Nora Holm')
    """
    head, _, argument = text[1:].replace("\n", " ", 1).partition(" ")
    return head.partition("@")[0].casefold(), argument.strip()


def _seconds(error: RetryAfter) -> float:
    """Return how long the server asks to wait; the library warns that the attribute will change its type."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PTBDeprecationWarning)
        wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())


def _language(message: Message) -> str:
    """Return the language to speak: the text's, else the one that the sender's program is set to."""
    said = message.text or message.caption or ""
    if said and not said.startswith("/"):
        return language_of(said)
    code = (message.from_user.language_code if message.from_user else "") or ""
    return "zh" if code.startswith("zh") or language_of(said.partition(" ")[2]) == "zh" else "en"


def _with_citations(reply: Reply) -> str:
    notes = "\n".join(citation_lines(reply.citations))
    return f"{reply.text}\n\n{notes}" if notes else reply.text
