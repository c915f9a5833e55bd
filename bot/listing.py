"""Facts and their sources as lines to read, or as JSON to parse. Takes facts, gives text; opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from bot.message import Citation, Triple
from bot.system import Derivation, Explanation, Held
from kg.fact import Fact, Inferred, Literal, Merge, Node, NodeKind, Rank, Waiting, When

LabelOf = Callable[[str, str], str]  # property id, language -> label

_WORDS = {
    "since": ("since", "自"),
    "until": ("until", "至"),
    "at": ("at", "在"),
    "not": ("NOT", "不"),
    "says": ("says", "说"),
    "corrected": ("corrected", "已更正"),
    "said": ("said", "说"),
    "by": ("by", "据"),
    "unproved": ("the statements it rests on were not found", "没有找到它所依据的陈述"),
}


# Own properties that only refine one of Wikidata's: programs get that one.
_REFINES = {"tt:studies": "P101", "tt:teaches": "P101"}


def triple_of(fact: Fact) -> Triple:
    """Return a fact by its labels, under Wikidata's property where it has one; the speaker is "me"."""
    return Triple(_label(fact.subject), _REFINES.get(fact.property, fact.property), _label(fact.object))


def fact_line(fact: Fact, label_of: LabelOf, language: str = "en") -> str:
    """Return one line: number, subject, property, object, and what qualifies them."""
    name = label_of(fact.property, language) or fact.property
    if fact.role and fact.property == "tt:relatedTo":
        name = fact.role
    denied = f"{_word('not', language)} " if not fact.polarity else ""
    claim = f" ({_label(fact.claimant)} {_word('says', language)})" if fact.claimant else ""
    marks = "".join(
        f" · {_word(word, language)} {_day(when)}"
        for word, when in (("since", fact.start), ("until", fact.end), ("at", fact.point))
        if when is not None
    )
    if fact.rank is Rank.DEPRECATED:
        marks += f" · {_word('corrected', language)}"
    return clean(f"#{fact.id} {_label(fact.subject)} · {denied}{name} · {_label(fact.object)}{claim}{marks}")


def explanation_lines(explanations: Sequence[Explanation], label_of: LabelOf, language: str = "en") -> list[str]:
    """Return each fact and, indented below it, the words that it rests on."""
    lines: list[str] = []
    for explanation in explanations:
        lines.append(fact_line(explanation.fact, label_of, language))
        lines += [f"    “{clean(c.text)}” — {clean(c.source)}" for c in explanation.citations]
    return lines


def inferred_words(inferred: Inferred, name: str) -> str:
    """Return "S · P · O" with this name for the property, as it is printed and may be typed."""
    return clean(f"{_label(inferred.subject)} · {name} · {_label(inferred.object)}")


def inferred_line(inferred: Inferred, label_of: LabelOf, language: str = "en") -> str:
    """Return one line: id, subject, property, object, and the rule by which it follows."""
    words = inferred_words(inferred, label_of(inferred.property, language) or inferred.property)
    return clean(f"{inferred.id} {words} · {_word('by', language)} {inferred.rule}")


def derivation_lines(derivations: Sequence[Derivation], label_of: LabelOf, language: str = "en") -> list[str]:
    """Return each conclusion and, indented below it, the statements that it rests on with their words."""
    lines: list[str] = []
    for derivation in derivations:
        lines.append(inferred_line(derivation.inferred, label_of, language))
        below = explanation_lines(derivation.facts, label_of, language)
        lines += [f"    {line}" for line in below or [_word("unproved", language)]]
    return lines


def is_inference(text: str) -> bool:
    """Return whether a text names a conclusion: by its id, or as it was printed.

    >>> is_inference("i:24411580c657"), is_inference("Ida · spouse · Bo"), is_inference("Ida")
    (True, True, False)
    """
    return text.startswith("i:") or " · " in text


def inferred_row(inferred: Inferred) -> dict[str, str]:
    """Return a conclusion as a JSON object."""
    ends = {"s": _label(inferred.subject), "p": inferred.property, "o": _label(inferred.object)}
    return {**ends, "id": inferred.id, "rule": inferred.rule}


def citation_lines(citations: Sequence[Citation]) -> list[str]:
    """Return the footer of a reply, one line a citation."""
    return [f"[{c.number}] “{clean(c.text)}” — {clean(c.source)}" for c in citations]


def fact_row(fact: Fact, *, history: bool) -> dict[str, str | int | bool]:
    """Return a fact as a JSON object: s, p, o; for a history also its id, validity, rank and polarity."""
    triple = triple_of(fact)
    row: dict[str, str | int | bool] = {"s": triple.s, "p": triple.p, "o": triple.o}
    if history:
        row |= {"id": fact.id, "rank": fact.rank.value, "polarity": fact.polarity}
        for key, when in (("start", fact.start), ("end", fact.end), ("point", fact.point)):
            if when is not None:
                row[key] = _day(when)
        if fact.claimant is not None:
            row["claimant"] = _label(fact.claimant)
    return row


def merge_line(merge: Merge) -> str:
    """Return one line: number, the two names (the one that stands for both first), when, and the words it rests on."""
    evidence = f" · “{merge.evidence}”" if merge.evidence else ""
    return clean(f"#{merge.number} {_label(merge.kept)} = {_label(merge.gone)} · {merge.at[:10]}{evidence}")


def merge_row(merge: Merge) -> dict[str, str | int]:
    """Return a merge as a JSON object; kept_id and gone_id are the IRIs of its nodes."""
    names = {"kept": _label(merge.kept), "gone": _label(merge.gone)}
    ids = {"kept_id": merge.kept.iri, "gone_id": merge.gone.iri}
    return {"number": merge.number, **names, **ids, "at": merge.at, "evidence": merge.evidence}


def waiting_line(waiting: Waiting, label_of: LabelOf, language: str = "en") -> str:
    """Return one line: the number in the inbox and the statement."""
    return fact_line(replace(waiting.fact, id=waiting.number), label_of, language)


def inbox_lines(held: Sequence[Held], label_of: LabelOf, language: str = "en") -> list[str]:
    """Return what waits, each with the reason and, indented below it, the words that told it."""
    lines: list[str] = []
    for each in held:
        lines.append(f"{waiting_line(each.waiting, label_of, language)} — {clean(each.waiting.reason(language))}")
        lines += [f"    “{clean(c.text)}” — {clean(c.source)}" for c in each.citations]
    return lines


def inbox_row(held: Held) -> dict[str, object]:
    """Return what waits as a JSON object, with the words that told it."""
    return {**waiting_row(held.waiting), "citations": [asdict(citation) for citation in held.citations]}


def waiting_row(waiting: Waiting) -> dict[str, object]:
    """Return a statement in the inbox as a JSON object."""
    fact, triple = waiting.fact, triple_of(waiting.fact)
    row: dict[str, object] = {"number": waiting.number, "s": triple.s, "p": triple.p, "o": triple.o}
    row |= {key: _day(when) for key, when in (("start", fact.start), ("end", fact.end), ("point", fact.point)) if when}
    return row | {"reason": waiting.reason("en")}


def clean(text: str) -> str:
    """Return a text that can't steer a terminal: control and direction characters become spaces, lines are joined.

    >>> clean("a\\x1b[2Jb\\nc")
    'a [2Jb c'
    """
    kept = "".join(" " if not c.isprintable() and c not in "\u200c\u200d" else c for c in text)
    return " ".join(kept.split())


def _label(thing: Node | Literal) -> str:
    if isinstance(thing, Literal):
        return thing.value
    return "me" if thing.kind is NodeKind.SELF else thing.label


def _day(when: When) -> str:
    return when.earliest if when.earliest == when.latest else f"{when.earliest}…{when.latest}"


def _word(key: str, language: str) -> str:
    return _WORDS[key][language == "zh"]
