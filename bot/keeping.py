"""Verbs that keep a memory: forget, undo, export, import, reread. All but reread load no model."""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from bot.config import Settings
from bot.failure import one_line
from bot.receipt import receipt_line
from bot.system import System, UsageError, Wanted

NewVerb = Callable[[str, str], argparse.ArgumentParser]

_READ_ONLY = ("trix", "hext")
_FORMS = {".trig": "trig", ".nq": "nquads", ".nquads": "nquads", ".ttl": "turtle", ".turtle": "turtle"}
_PLAIN = {"nquads": "nq", "turtle": "ttl", "trig": "trig", "nt": "nt", "rdf": "rdf", "jsonld": "jsonld", "tsv": "tsv"}
_ENDINGS = _FORMS | {
    ".nt": "nt", ".ntriples": "nt", ".rdf": "rdf", ".owl": "rdf", ".xml": "rdf", ".jsonld": "jsonld", ".tsv": "tsv",
}  # fmt: skip
_OWN = b"https://w3id.org/tripletalk/"  # what an export of ours names in its first lines
_HEAD = 1 << 16


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
    forget.add_argument("--graph", metavar="NAME", help="an imported graph (see graphs), and nothing else")
    forget.add_argument("--yes", action="store_true", help="don't ask")
    forget.set_defaults(run=_forget)
    undo = new("undo", "take back what the last message taught")
    undo.set_defaults(run=_undo)
    export = new("export", "write the memory as RDF")
    export.add_argument("file", nargs="?", type=Path, help="a .trig, .nq or .ttl file; without one, standard output")
    export.add_argument("--format", choices=sorted(set(_FORMS.values())), help="default: by the file's name, or trig")
    export.set_defaults(run=_export)
    load = new("import", "add an export to the memory, or other people's triples as a graph of their own beside it")
    load.add_argument(
        "file", help="a .trig, .nq, .ttl, .nt, .rdf, .tsv, .jsonld, .trix or .hext file, gzipped or not, or - for stdin"
    )
    load.add_argument("--format", choices=sorted({*_PLAIN, *_READ_ONLY}), help="default: by the file's name, or trig")
    load.add_argument("--as", choices=("facts", "graph"), dest="kind",
                      help="as facts of yours, or as a graph of its own; default: facts only of an export")  # fmt: skip
    load.add_argument("--name", default="", help="of the graph; default: by the file's name")
    load.add_argument("--replace", action="store_true", help="in place of the graph that has the name")
    load.set_defaults(run=_import)
    reread = new("reread", "understand everything anew with the present models, and show the difference")
    reread.add_argument("--apply", action="store_true", help="make the change; without it, it is only shown")
    reread.set_defaults(run=_reread)


def _forget(args: argparse.Namespace, settings: Settings, system: System) -> int:
    if args.graph:
        return _forget_graph(args, settings, system)
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


def _forget_graph(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        rows = [row for row in space.graphs() if row.name == args.graph]
        said = one_line(f"the imported graph {args.graph} of {rows[0].triples} triples") if rows else ""
        if args.dry_run:
            print(f"This would forget {said}." if rows else "There is nothing about that to forget.")
            return 0
        if not args.yes and rows:
            if not sys.stdin.isatty():
                raise UsageError("forgetting can't be undone; add --yes to do it without being asked")
            if input(f"This would forget {said}. Forget it for good? [y/N] ").strip().casefold() not in ("y", "yes"):
                return 1
        space.forget_graph(args.graph)
    print(f"Forgotten for good: {said}.")
    return 0


def _undo(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        what = space.undo()
    print(f"taken back: {one_line(what)}" if what else "there is nothing to take back")
    return 0


def _export(args: argparse.Namespace, settings: Settings, system: System) -> int:
    form = args.format or _form(args.file.name if args.file else "", _FORMS)
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
    path = None if args.file == "-" else Path(args.file).expanduser()
    form = args.format or _form("" if path is None else path.name.removesuffix(".gz"), _ENDINGS)
    if path is None or args.kind == "facts" or form in (*_READ_ONLY, "trig") or _is_export(path):
        as_graph = args.kind == "graph"
    else:
        as_graph = True
    with closing(system.open_space(settings, args.user)) as space:
        if as_graph:
            row, is_new = space.load_graph(path, _PLAIN.get(form, form), name=args.name, replace=args.replace)
            print(one_line(f"graph {row.name}: {row.triples} triples" + ("" if is_new else " (it was there already)")))
            return 0
        data = sys.stdin.buffer.read() if path is None else _whole(path)
        added = space.load(data, form, "standard input" if path is None else path.name)
    print(f"{added} facts added")
    return 0


def _is_export(path: Path) -> bool:
    """Return whether a file looks like a memory's export: such name our vocabulary in their first lines."""
    with path.open("rb") as file:
        zipped = file.peek(2)[:2] == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as file:
        return _OWN in file.read(_HEAD)


def _whole(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _reread(args: argparse.Namespace, settings: Settings, system: System) -> int:
    added = dropped = 0
    for change in system.reread(settings, args.user, apply=args.apply):
        added, dropped = added + change.added, dropped + (not change.added)
        triple = change.triple
        print(f"{'+' if change.added else '-'} {one_line(f'{triple.s} · {triple.p} · {triple.o}')}")
    done = "" if args.apply or not added + dropped else "; nothing was changed, --apply does it"
    print(f"{added} more, {dropped} fewer{done}")
    return 0


def _form(name: str, forms: Mapping[str, str]) -> str:
    """Return an RDF format by a file's name, TriG where there is none. Raises UsageError."""
    suffix = Path(name).suffix.lower()
    if not name:
        return "trig"
    if suffix.removeprefix(".") in _READ_ONLY:
        return suffix.removeprefix(".")
    if suffix not in forms:
        raise UsageError(f"{name!r} doesn't tell its format; name it .trig, .nq or .ttl, or give --format")
    return forms[suffix]
