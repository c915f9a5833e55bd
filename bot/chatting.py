"""Verbs that talk: chat, ask, read, telegram. They take arguments, run an adapter or print, and give an exit code."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bot import slash
from bot.config import Settings, secret
from bot.document import Document, DocumentError
from bot.documents import count, find_documents, from_stream
from bot.listing import citation_lines
from bot.message import Message
from bot.reading import Progress, each_document, read_documents
from bot.system import System, UsageError

NewVerb = Callable[[str, str], argparse.ArgumentParser]

_BYTES_PER_CHARACTER = 12  # a character outside the basic plane, written as two \u escapes


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    chat = new("chat", "talk, in the terminal or one JSON object a line")
    chat.add_argument("--jsonl", action="store_true", help="one JSON object a line in and out, for scripts")
    chat.set_defaults(run=_chat)
    ask = new("ask", "ask or tell one thing")
    ask.add_argument("text", nargs="+", help="what to say")
    ask.add_argument("--graph", metavar="NAME", help="ask an imported graph, or one in a file (.tsv or RDF)")
    ask.add_argument("--model", type=Path, metavar="DIR", help="for --graph: a model made by train questions")
    ask.add_argument("--json", action="store_true", help="print the reply as JSON")
    ask.set_defaults(run=_ask)
    read = new(
        "read", "read documents: .txt .md .html .pdf .jsonl, exports (.json .mbox .eml .vcf .ics .csv), folders, or -"
    )
    read.add_argument("paths", nargs="+", metavar="PATH", help="files, folders, or - for standard input")
    read.add_argument("--title", default="standard input", help="the title of standard input")
    read.add_argument("--limit", type=_positive, metavar="N", help="read at most N documents")
    read.add_argument("--anew", action="store_true", help="read what was forgotten of them again, too")
    read.add_argument("--json", action="store_true", help="print what was read as JSON")
    read.set_defaults(run=_read)
    telegram = new("telegram", "answer on Telegram until interrupted")
    telegram.set_defaults(run=_telegram)


def _chat(args: argparse.Namespace, settings: Settings, system: System) -> int:
    limits = settings.reading
    if args.jsonl:
        from bot.adapters import jsonl

        with _own_stdout() as sink, closing(system.open_assistant(settings)) as assistant:
            jsonl.run(
                assistant.answer,
                user=args.user,
                source=sys.stdin.buffer,
                sink=sink,
                max_characters=limits.max_message_characters,
                max_bytes=max(limits.max_megabytes * 1_000_000, limits.max_message_characters * _BYTES_PER_CHARACTER),
                command=lambda text: slash.of_text(text, assistant.space(args.user)),
            )
        return 0
    from bot.adapters import cli

    with closing(system.open_assistant(settings)) as assistant:
        cli.run(
            assistant,
            args.user,
            max_characters=limits.max_message_characters,
            max_megabytes=limits.max_megabytes,
        )
    return 0


def _ask(args: argparse.Namespace, settings: Settings, system: System) -> int:
    text = " ".join(args.text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text.strip():
        raise UsageError('say something: tripletalk ask "Where does Nora live?"')
    if len(text) > settings.reading.max_message_characters:
        raise UsageError("that is too long for one message; give it as a document with: tripletalk read -")
    if args.graph:
        return _ask_graph(args, settings, system, text)
    with closing(system.open_assistant(settings)) as assistant:
        reply = assistant.answer(Message(args.user, text, datetime.now().astimezone()))
    if args.json:
        print(json.dumps(asdict(reply), ensure_ascii=False))
        return 0
    print(reply.text)
    for line in citation_lines(reply.citations):
        print(f"\x1b[2m{line}\x1b[0m" if sys.stdout.isatty() else line)
    return 0


def _ask_graph(args: argparse.Namespace, settings: Settings, system: System, text: str) -> int:
    """Print what a graph says with the path that leads there; 1 when it can't tell."""
    reply = system.ask_graph(settings, args.user, args.graph, text, args.model)
    if args.json:
        print(json.dumps(asdict(reply), ensure_ascii=False))
    elif not reply.names and reply.truth is None:
        print("The graph doesn't tell.")
    else:
        print(", ".join(reply.names) if reply.truth is None else "yes" if reply.truth else "no")
        print(f"  {reply.path}  (score {reply.score:.2f})")
    return 0 if reply.names or reply.truth is not None else 1


def _read(args: argparse.Namespace, settings: Settings, system: System) -> int:
    limit, most = args.limit, settings.reading.max_megabytes
    paths = find_documents([Path(p).expanduser() for p in args.paths if p != "-"])
    total = sum(count(path, max_megabytes=most) for path in paths) + args.paths.count("-")
    if not total:
        raise UsageError(
            "there are no documents there; .txt, .md, .html, .pdf, .jsonl, .eml, .mbox, .vcf, .ics and .csv files"
            " and Telegram's result.json are read"
        )

    def documents() -> Iterator[Document | DocumentError]:
        if "-" in args.paths:
            try:
                yield from from_stream(sys.stdin.buffer, title=args.title, max_megabytes=most)
            except DocumentError as error:
                yield error
        yield from each_document(paths, max_megabytes=most, limit=limit)

    def report(line: str) -> None:
        print(f"tripletalk: {line}", file=sys.stderr)

    def write(text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)

    with closing(system.open_assistant(settings)) as assistant:
        space = assistant.space(args.user)

        def forgotten(text: str) -> bool:
            if args.anew:
                space.readmit(text)
                return False
            return space.has_forgotten(text)

        result = read_documents(
            documents(),
            user=args.user,
            answer=assistant.answer,
            has_read=space.has_read,
            has_forgotten=forgotten,
            report=report,
            progress=Progress(min(total, limit or total), write, sys.stderr.isatty()),
            now=lambda: datetime.now().astimezone(),
        )
    if args.json:
        print(json.dumps(asdict(result)))
    else:
        known = f" ({result.skipped} known already)" if result.skipped else ""
        forgot = f" ({result.forgotten} forgotten before: --anew reads them again)" if result.forgotten else ""
        held = f", {result.waiting} in the inbox" if result.waiting else ""
        print(f"{result.read} documents read{known}{forgot}, {result.failed} failed; {result.facts} facts learned{held}")
    return 1 if result.failed and not result.read + result.skipped + result.forgotten else 0


def _telegram(args: argparse.Namespace, settings: Settings, system: System) -> int:
    token = secret(settings.telegram.token_env)
    if not token:
        raise UsageError(f"put the bot's token (from @BotFather) into the variable {settings.telegram.token_env}")
    from bot.adapters import telegram

    with closing(system.open_assistant(settings)) as assistant:
        telegram.run(assistant, settings.telegram, token, max_megabytes=settings.reading.max_megabytes)
    return 0


@contextmanager
def _own_stdout() -> Generator[BinaryIO]:
    """Give standard output to the caller alone: whatever else prints lands on standard error meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "wb") as sink:
            yield sink
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
