"""Slash commands, the same in every chat: a name and its argument in, text out. Knows the space, not the channel."""

from __future__ import annotations

from bot.failure import one_line
from bot.listing import derivation_lines, explanation_lines, fact_line, is_inference, merge_line
from bot.receipt import receipt_line
from bot.system import Space, UsageError
from bot.wording import phrase

NAMES = ("facts", "why", "forget", "undo", "merges", "unmerge", "focus", "help")


def carry_out(name: str, argument: str, space: Space, language: str) -> str:
    """Return what a slash command says. Raises KeyError for one that is not in `NAMES`."""
    try:
        return _carry_out(name, argument.strip(), space, language)
    except UsageError as error:  # a name or a number that isn't known: an answer, no failure
        return phrase("nothing known", language) if name in ("facts", "why") else one_line(str(error))


def _unmerged(which: str, space: Space, language: str) -> str:
    merge = space.unmerge(which)
    return phrase("unmerged", language, one=one_line(merge.kept.label), other=one_line(merge.gone.label))


def _carry_out(name: str, argument: str, space: Space, language: str) -> str:
    match name:
        case "facts":
            lines = [fact_line(fact, space.property_label, language) for fact in space.facts(argument)]
        case "why" if is_inference(argument):
            lines = derivation_lines(space.derive(argument), space.property_label, language)
        case "why":
            lines = explanation_lines(space.why(argument), space.property_label, language)
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
        case "focus":
            lines = [one_line(label) for label in space.focus()]
        case "help":
            return phrase("help", language)
        case _:
            raise KeyError(name)
    return "\n".join(lines) if lines else phrase("nothing known", language)
