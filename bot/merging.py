"""Verbs on what is one thing: merge, unmerge, merges. None loads a model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import closing

from bot.config import Settings
from bot.listing import merge_line, merge_row
from bot.system import System, UsageError

NewVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    merge = new("merge", "two names are one person or thing")
    merge.add_argument("one", metavar="A", help="a name; where several bear it, an id (the error lists them)")
    merge.add_argument("other", metavar="B", help="another name or id")
    merge.set_defaults(run=_merge)
    unmerge = new("unmerge", "undo a merge: the two are two again, and stay so")
    unmerge.add_argument("which", nargs="+", metavar="WHICH", help="a merge's number (see merges) or a name in it")
    unmerge.set_defaults(run=_unmerge)
    merges = new("merges", "which names were made one, when, and on what words")
    merges.add_argument("--json", action="store_true", help="print as JSON")
    merges.set_defaults(run=_merges)


def _merge(args: argparse.Namespace, settings: Settings, system: System) -> int:
    if not args.one.strip() or not args.other.strip():
        raise UsageError("name both: tripletalk merge 'Kim' 'Kim Holm'")
    with closing(system.open_space(settings, args.user)) as space:
        print(f"one from now on: {merge_line(space.merge(args.one.strip(), args.other.strip()))}")
    return 0


def _unmerge(args: argparse.Namespace, settings: Settings, system: System) -> int:
    which = " ".join(args.which).strip()
    if not which:
        raise UsageError("say which merge: its number (see tripletalk merges) or a name in it")
    with closing(system.open_space(settings, args.user)) as space:
        print(f"two again: {merge_line(space.unmerge(which))}")
    return 0


def _merges(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        found = space.merges()
        if args.json:
            print(json.dumps([merge_row(merge) for merge in found], ensure_ascii=False))
        else:
            for merge in found:
                print(merge_line(merge))
    return 0
