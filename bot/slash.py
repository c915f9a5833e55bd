"""Slash commands, the same in every chat: a name and its argument in, text out. Knows the space, not the channel."""

from __future__ import annotations

from bot.failure import one_line
from bot.finding import path_lines, search_lines, similar_lines
from bot.listing import (
    derivation_lines,
    explanation_lines,
    fact_line,
    inbox_lines,
    is_inference,
    merge_line,
    waiting_line,
)
from bot.receipt import receipt_line
from bot.system import Space, UsageError
from bot.wording import language_of, phrase

NAMES = (
    "facts", "why", "search", "path", "similar", "forget", "undo", "merges", "unmerge", "inbox", "focus", "help",
)  # fmt: skip


def carry_out(name: str, argument: str, space: Space, language: str) -> str:
    """Return what a slash command says. Raises KeyError for one that is not in `NAMES`."""
    try:
        return _carry_out(name, argument.strip(), space, language)
    except UsageError as error:  # a name or a number that isn't known: an answer, no failure
        quiet = name in ("facts", "why", "similar")
        return phrase("nothing known", language) if quiet else one_line(str(error))


def of_text(text: str, space: Space) -> str | None:
    """Return what a message says that is a slash command, None for any other."""
    name, _, argument = text.strip().removeprefix("/").partition(" ")
    if not text.lstrip().startswith("/") or name not in NAMES:
        return None
    return carry_out(name, argument, space, language_of(argument))


def _unmerged(which: str, space: Space, language: str) -> str:
    merge = space.unmerge(which)
    return phrase("unmerged", language, one=one_line(merge.kept.label), other=one_line(merge.gone.label))


def _inbox(argument: str, space: Space, language: str) -> str:
    word, _, number = argument.partition(" ")
    match word.casefold():
        case "":
            lines = inbox_lines(space.inbox(), space.property_label, language)
            return "\n".join([*lines, phrase("inbox how", language)]) if lines else phrase("inbox empty", language)
        case "accept" if number:
            return phrase("accepted", language, what=fact_line(space.accept(number), space.property_label, language))
        case "drop" if number:
            return phrase("dropped", language, what=waiting_line(space.drop(number), space.property_label, language))
        case _:
            return phrase("inbox how", language)


def _carry_out(name: str, argument: str, space: Space, language: str) -> str:
    match name:
        case "facts":
            lines = [fact_line(fact, space.property_label, language) for fact in space.facts(argument)]
        case "why" if is_inference(argument):
            lines = derivation_lines(space.derive(argument), space.property_label, language)
        case "why":
            lines = explanation_lines(space.why(argument), space.property_label, language)
        case "search" | "path" | "similar" if not argument:
            return phrase(f"{name} what", language)
        case "search":
            lines = search_lines(space.search(argument, language=language))
        case "path":
            lines = path_lines(space.paths(*space.ends_of(argument)), space.property_label, language)
            return "\n".join(lines) if lines else phrase("not connected", language)
        case "similar":
            lines = similar_lines(space.similar(argument, language=language), language)
        case "forget":
            return receipt_line(space.forget(argument), language) if argument else phrase("forget what", language)
        case "undo":
            what = space.undo()
            return phrase("undone", language, what=one_line(what)) if what else phrase("nothing to undo", language)
        case "merges":
            found = [merge_line(merge) for merge in space.merges()]
            return "\n".join(found) if found else phrase("nothing merged", language)
        case "unmerge":
            return _unmerged(argument, space, language) if argument else phrase("unmerge what", language)
        case "inbox":
            return _inbox(argument, space, language)
        case "focus":
            lines = [one_line(label) for label in space.focus()]
        case "help":
            return phrase("help", language)
        case _:
            raise KeyError(name)
    return "\n".join(lines) if lines else phrase("nothing known", language)
