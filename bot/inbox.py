"""The verb on what contradicts what is known: inbox lists it, accepts it after all or drops it. It loads no model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import closing

from bot.config import Settings
from bot.listing import fact_line, fact_row, inbox_lines, inbox_row, waiting_line, waiting_row
from bot.system import Space, System, UsageError

NewVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(new: NewVerb) -> None:
    """Add the verb of this file to the command line."""
    inbox = new("inbox", "what contradicts what is known, and waits for your word")
    inbox.add_argument("word", nargs="?", choices=("accept", "drop"), help="take it for a fact after all, or let it go")
    inbox.add_argument("number", nargs="?", metavar="N", help="its number in the list")
    inbox.add_argument("--json", action="store_true", help="print as JSON")
    inbox.set_defaults(run=_inbox)


def _inbox(args: argparse.Namespace, settings: Settings, system: System) -> int:
    if args.word and not args.number:
        raise UsageError(f"say which: tripletalk inbox {args.word} N, with a number that tripletalk inbox lists")
    with closing(system.open_space(settings, args.user)) as space:
        if args.word == "accept":
            _accept(space, args.number, as_json=args.json)
        elif args.word == "drop":
            _drop(space, args.number, as_json=args.json)
        elif args.json:
            print(json.dumps([inbox_row(held) for held in space.inbox()], ensure_ascii=False))
        else:
            for line in inbox_lines(space.inbox(), space.property_label):
                print(line)
    return 0


def _accept(space: Space, number: str, *, as_json: bool) -> None:
    fact = space.accept(number)
    if as_json:
        print(json.dumps(fact_row(fact, history=True), ensure_ascii=False))
    else:
        print(f"noted on your word: {fact_line(fact, space.property_label)}")


def _drop(space: Space, number: str, *, as_json: bool) -> None:
    waiting = space.drop(number)
    if as_json:
        print(json.dumps(waiting_row(waiting), ensure_ascii=False))
    else:
        print(f"dropped: {waiting_line(waiting, space.property_label)}")
