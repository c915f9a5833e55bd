"""Verbs that find: search, paths, similar. They load no model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict

from bot.config import Settings
from bot.listing import LabelOf, clean, explanation_lines, fact_row
from bot.system import Connection, Likeness, SearchHit, System, UsageError
from bot.wording import language_of
from kg.fact import Node, NodeKind

NewVerb = Callable[[str, str], argparse.ArgumentParser]


def add_verbs(new: NewVerb) -> None:
    """Add the verbs of this file to the command line."""
    search = new("search", "find entities, facts and passages by words")
    search.add_argument("words", nargs="+", metavar="WORDS", help="names, also misspelled, or words of what was said")
    search.add_argument("--limit", type=int, default=10, metavar="N", help="the most hits (default 10)")
    search.set_defaults(run=_search)
    paths = new("paths", "how two are connected: the shortest chains of facts between them")
    paths.add_argument("one", metavar="A", help="a name or id")
    paths.add_argument("other", metavar="B", help="a name or id")
    paths.set_defaults(run=_paths)
    similar = new("similar", "who or what is most like another, and why")
    similar.add_argument("name", nargs="+", metavar="NAME", help="a name or id")
    similar.add_argument("--limit", type=int, default=5, metavar="N", help="the most of them (default 5)")
    similar.set_defaults(run=_similar)
    for verb in (search, paths, similar):
        verb.add_argument("--json", action="store_true", help="print as JSON")


def search_lines(hits: Sequence[SearchHit]) -> list[str]:
    """Return one line a hit: score, kind, text, what matched, and where it stands."""
    lines: list[str] = []
    for hit in hits:
        number = f"{hit.id} " if hit.kind == "fact" else ""
        source = f" — {hit.source}" if hit.source else ""
        lines.append(clean(f"{hit.score:.2f} {hit.kind} {number}{hit.text}{source} ({hit.reason})"))
    return lines


def path_lines(connections: Sequence[Connection], label_of: LabelOf, language: str = "en") -> list[str]:
    """Return each chain as a line of names and, indented below it, its facts with the words that they rest on."""
    lines: list[str] = []
    for connection in connections:
        lines.append(clean(" → ".join(_name(node) for node in connection.nodes)))
        lines += [f"    {line}" for line in explanation_lines(connection.facts, label_of, language)]
    return lines


def similar_lines(found: Sequence[Likeness], language: str = "en") -> list[str]:
    """Return one line each: name, how like, and why."""
    joint = "；" if language == "zh" else "; "
    return [clean(f"{_name(each.node)} ({each.score:.2f}): {joint.join(each.reasons)}") for each in found]


def _search(args: argparse.Namespace, settings: Settings, system: System) -> int:
    words = " ".join(args.words).strip()
    if not words:
        raise UsageError("say what to search for; try: tripletalk search Oslo")
    with closing(system.open_space(settings, args.user)) as space:
        hits = space.search(words, language=language_of(words), limit=args.limit)
    if args.json:
        print(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False))
    else:
        print("\n".join(search_lines(hits)) or "nothing was found")
    return 0 if hits or args.json else 1


def _paths(args: argparse.Namespace, settings: Settings, system: System) -> int:
    with closing(system.open_space(settings, args.user)) as space:
        found = space.paths(args.one, args.other)
        if args.json:
            print(json.dumps([_path_row(connection) for connection in found], ensure_ascii=False))
        else:
            print("\n".join(path_lines(found, space.property_label)) or "nothing that is known connects them")
    return 0 if found or args.json else 1


def _similar(args: argparse.Namespace, settings: Settings, system: System) -> int:
    name = " ".join(args.name)
    with closing(system.open_space(settings, args.user)) as space:
        found = space.similar(name, language=language_of(name), limit=args.limit)
        if args.json:
            print(json.dumps([_similar_row(each) for each in found], ensure_ascii=False))
        else:
            print("\n".join(similar_lines(found, language_of(name))) or "nothing that is known is like it")
    return 0 if found or args.json else 1


def _path_row(connection: Connection) -> dict[str, object]:
    facts = [
        {**fact_row(each.fact, history=True), "citations": [asdict(citation) for citation in each.citations]}
        for each in connection.facts
    ]
    return {"nodes": [_name(node) for node in connection.nodes], "cost": connection.cost, "facts": facts}


def _similar_row(each: Likeness) -> dict[str, object]:
    facts = [fact.id for fact in each.facts]
    return {"name": _name(each.node), "id": each.node.iri, "score": each.score, "reasons": each.reasons, "facts": facts}


def _name(node: Node) -> str:
    return "me" if node.kind is NodeKind.SELF else node.label
