"""The `tripletalk` command: arguments in, an exit code out. Verbs stand in the files that it names below.

Nothing heavy is loaded here: a verb that needs no model starts without one. An error is one line on standard error.
"""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, cast

from bot import chatting, finding, inbox, keeping, looking, merging, querying, training
from bot.config import ConfigError, Settings, load_settings
from bot.failure import explain, one_line
from bot.system import System, UsageError

logger = logging.getLogger(__name__)

Run = Callable[[argparse.Namespace, Settings, System], int]


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message)} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None, *, system: System | None = None) -> int:
    """Return the exit code of a command line: 0, 1 for a failure, 2 for wrong usage, 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        args = build_parser().parse_args(argv)
    except SystemExit as stop:  # --help, --version, wrong usage: argparse has said what there is to say
        return stop.code if isinstance(stop.code, int) else 2
    try:
        settings = load_settings(args.config)
        level = "debug" if args.verbose else settings.logging.level
        logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        _quieten()
        args.user = args.user or settings.memory.user
        run = cast(Run, args.run)
        return run(args, settings, system or cast(System, importlib.import_module("bot.assemble")))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else the interpreter complains when it flushes at exit
        return 1
    except Exception as error:  # the outermost loop of the command line: one line, no traceback
        logger.debug("failed", exc_info=True)
        print(f"tripletalk: {explain(error)}", file=sys.stderr)
        return 2 if isinstance(error, UsageError | ConfigError) else 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; global options stand before or after the verb."""
    parser = _Parser(prog="tripletalk", description="A chat assistant whose memory is a knowledge graph of your own.")
    _global_options(parser, absent=None)
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    shared = _Parser(add_help=False)
    _global_options(shared, absent=argparse.SUPPRESS)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, parser_class=_Parser)

    def new(name: str, summary: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=summary, description=summary, parents=[shared])

    for group in (chatting, looking, finding, querying, keeping, merging, inbox, training):
        group.add_verbs(new)
    return parser


def _global_options(parser: argparse.ArgumentParser, *, absent: str | None) -> None:
    parser.add_argument("--user", metavar="NAME", default=absent, help="the memory space (default: owner)")
    parser.add_argument("--config", metavar="FILE", type=Path, default=absent, help="a configuration file")
    silent = False if absent is None else absent
    parser.add_argument("--verbose", action="store_true", default=silent, help="say what happens, on standard error")


def _quieten() -> None:
    """Keep libraries from logging what must not be logged: httpx names addresses, and those hold the bot's token."""
    for name in ("httpx", "httpcore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tripletalk")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
