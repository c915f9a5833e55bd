"""Verbs that keep a memory: forget, undo, export, import, reread. All but reread load no model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.config import Settings
from bot.failure import one_line
from bot.receipt import receipt_line
from bot.system import System, UsageError, Wanted

NewVerb = Callable[[str, str], argparse.ArgumentParser]

_READ_ONLY = ("trix", "hext")
_FORMS = {".trig": "trig", ".nq": "nquads", ".nquads": "nquads", ".ttl": "turtle", ".turtle": "turtle"}


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    forget = new("forget", "forget facts, messages, documents, a time, or everything told about a name, for good")
    forget.add_argument(
        "what", nargs="*", metavar="WHAT", help="a fact's number (see facts), a name, a document's title, or a time"
    )
    for option, metavar, words in (
        ("--statement", "N", "a fact by its number"),
        ("--entity", "NAME", "everything told about a name"),
        ("--message", "N", "a message by its number (the episode of a citation, see ask --json), or last"),
        ("--document", "TITLE", "a document"),
    ):
        forget.add_argument(option, action="append", default=[], metavar=metavar, help=f"{words}; may be repeated")
    forget.add_argument(
        "--since", default="", metavar="WHEN", help="what was said and read from here on: 2026-03-11, yesterday, 上周"
    )
    forget.add_argument("--until", default="", metavar="WHEN", help="and up to the end of this")
    forget.add_argument("--dry-run", action="store_true", help="only say how much would go")
    forget.add_argument("--yes", action="store_true", help="don't ask")
    forget.set_defaults(run=_forget)
    undo = new("undo", "take back what the last message taught")
    undo.set_defaults(run=_undo)
    export = new("export", "write the memory as RDF")
    export.add_argument("file", nargs="?", type=Path, help="a .trig, .nq or .ttl file; without one, standard output")
    export.add_argument("--format", choices=sorted(set(_FORMS.values())), help="default: by the file's name, or trig")
    export.set_defaults(run=_export)
    load = new("import", "add an export to the memory")
    load.add_argument("file", help="a .trig, .nq, .ttl, .trix or .hext file, or - for standard input")
    load.add_argument(
        "--format", choices=sorted({*_FORMS.values(), *_READ_ONLY}), help="default: by the file's name, or trig"
    )
    load.set_defaults(run=_import)
    reread = new("reread", "understand everything anew with the present models, and show the difference")
    reread.add_argument("--apply", action="store_true", help="make the change; without it, it is only shown")
    reread.set_defaults(run=_reread)


def _forget(args: argparse.Namespace, settings: Settings, system: System) -> int:
    text = " ".join(args.what).strip()
    options = Wanted(
        tuple(args.entity), tuple(args.statement), tuple(args.message), tuple(args.document), args.since, args.until
    )
    if bool(text) == (options != Wanted()):
        raise UsageError("say what to forget: a fact's number, a name, a title or a time; or by options, see --help")
    what = text or options
    with closing(system.open_space(settings, args.user)) as space:
        if args.dry_run:
            print(receipt_line(space.forget(what, rehearse=True), "en", rehearsed=True))
            return 0
        if not args.yes:
            if not sys.stdin.isatty():
                raise UsageError("forgetting can't be undone; add --yes to do it without being asked")
            would = receipt_line(space.forget(what, rehearse=True), "en", rehearsed=True)
            if input(f"{would} Forget it for good? [y/N] ").strip().casefold() not in ("y", "yes"):
                return 1
        print(receipt_line(space.forget(what), "en"))
    return 0


def _undo(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        what = space.undo()
    print(f"taken back: {one_line(what)}" if what else "there is nothing to take back")
    return 0


def _export(args: argparse.Namespace, settings: Settings, system: System) -> int:
    form = args.format or _form(args.file.name if args.file else "")
    with closing(system.open_space(settings, args.user)) as space:
        if args.file is None:
            for piece in space.export(form):
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return 0
        fresh = args.file.with_name(args.file.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.writelines(space.export(form))
            fresh.replace(args.file)
        finally:
            fresh.unlink(missing_ok=True)
    return 0


def _import(args: argparse.Namespace, settings: Settings, system: System) -> int:
    form = args.format or _form("" if args.file == "-" else args.file)
    data = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).expanduser().read_bytes()
    with closing(system.open_space(settings, args.user)) as space:
        added = space.load(data, form, "standard input" if args.file == "-" else Path(args.file).name)
    print(f"{added} facts added")
    return 0


def _reread(args: argparse.Namespace, settings: Settings, system: System) -> int:
    added = dropped = 0
    for change in system.reread(settings, args.user, apply=args.apply):
        added, dropped = added + change.added, dropped + (not change.added)
        triple = change.triple
        print(f"{'+' if change.added else '-'} {one_line(f'{triple.s} · {triple.p} · {triple.o}')}")
    done = "" if args.apply or not added + dropped else "; nothing was changed, --apply does it"
    print(f"{added} more, {dropped} fewer{done}")
    return 0


def _form(name: str) -> str:
    """Return an RDF format by a file's name, TriG where there is none. Raises UsageError."""
    suffix = Path(name).suffix.lower()
    if not name:
        return "trig"
    if suffix.removeprefix(".") in _READ_ONLY:
        return suffix.removeprefix(".")
    if suffix not in _FORMS:
        raise UsageError(f"{name!r} doesn't tell its format; name it .trig, .nq or .ttl, or give --format")
    return _FORMS[suffix]
