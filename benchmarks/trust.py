"""How far the memory can be trusted: does it retire only what is over, and take only one thing for one?

    python benchmarks/trust.py [--weights DIR] [--verbose]

The cases of benchmarks/cases are told message by message, each to a fresh memory.

retirement.jsonl: after the last message what "holds" must be in force and what has "ended" must not. A fact counts if it was
learned: one that holds, if it was in force after some message; one that ended, if it was ever known.
merges.jsonl: two names mean the "same" node or "different" ones. A pair counts if both names are known; of two that bear one name, if
the memory has two, or one with facts of more than one message, who are then taken for one. A name may be a role ("my sister",
"Lotta's husband", 我姐姐); "Merrow|county of Merrow" is known by either.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results import record
from telling import NOW, models_of, telling_options

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.message import Message
from bot.turn import answer
from kg.fact import Fact, Literal, Node, NodeKind
from kg.names import fold
from kg.ontology import Ontology
from kg.roles import RoleLexicon, holders
from nlu.train import LANGUAGES

CASES = Path(__file__).with_name("cases")
_ROLE = re.compile(r"(?:(?P<self>my |我的?)|(?P<owner>.+)(?:'s |的))(?P<noun>[^'的]+)")
_FILLERS = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True)
class Expected:
    """A fact by all names and properties that will do."""

    subject: tuple[str, ...]
    property: tuple[str, ...]
    object: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join("|".join(part) for part in (self.subject, self.property, self.object))


@dataclass(frozen=True, slots=True)
class Retirement:
    """What is told, what holds after it and what has ended."""

    id: str
    language: str
    told: tuple[str, ...]
    holds: tuple[Expected, ...]
    ended: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Merging:
    """What is told, and which names mean one node after it or two."""

    id: str
    language: str
    told: tuple[str, ...]
    same: tuple[tuple[str, str], ...]
    different: tuple[tuple[str, str], ...]


def main() -> None:
    """Tell, look and record."""
    given = telling_options(__doc__).parse_args()
    models = models_of(given.weights)
    retirements, merges = read_retirements(CASES / "retirement.jsonl"), read_merges(CASES / "merges.jsonl")
    for code in LANGUAGES:
        began, count = time.monotonic(), Counter[str]()
        for case in retirements:
            if case.language == code:
                count += _judge_retirement(case, models, verbose=given.verbose)
        _report_retirement(count, code, time.monotonic() - began, verbose=given.verbose)
        began, count = time.monotonic(), Counter[str]()
        for case in merges:
            if case.language == code:
                count += _judge_merges(case, models, verbose=given.verbose)
        _report_merges(count, code, time.monotonic() - began, verbose=given.verbose)


def read_retirements(path: Path) -> tuple[Retirement, ...]:
    """Return the cases of a file."""
    return tuple(
        Retirement(row["id"], row["lang"], tuple(row["told"]), _expected(row["holds"]), _expected(row["ended"]))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    )


def read_merges(path: Path) -> tuple[Merging, ...]:
    """Return the cases of a file."""
    return tuple(
        Merging(row["id"], row["lang"], tuple(row["told"]), _pairs(row["same"]), _pairs(row["different"]))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    )


def nodes_meant(name: str, space: OpenSpace, roles: RoleLexicon) -> frozenset[str]:
    """Return the IRIs of what bears a name, or fills a role that is told by its possessor."""
    found: set[str] = set()
    for one in name.split("|"):
        found |= {node.iri for node in space.memory.nodes_named(one)}
        role = _ROLE.fullmatch(one)
        if role is None:
            continue
        owners = (
            {space.memory.self_node().iri} if role["self"] is not None else nodes_meant(role["owner"], space, roles)
        )
        found |= {node.iri for owner in owners for node in holders(space.memory, roles, owner, role["noun"])}
    return frozenset(found)


def _judge_retirement(case: Retirement, models: Models, *, verbose: bool) -> Counter[str]:
    day, ontology = NOW.date().isoformat(), Ontology.load()
    held, known, standing = set[Expected](), set[Expected](), set[Expected]()
    for space in _tell(case.told, models):
        stated = [f for f in space.facts(history=True) if f.polarity and f.claimant is None]
        in_force = space.facts(at=day)
        known |= {e for e in case.ended if any(_says(f, e, space, ontology) for f in stated)}
        standing = {e for e in (*case.holds, *case.ended) if any(_says(f, e, space, ontology) for f in in_force)}
        held |= standing & set(case.holds)
    lost, stayed = held - standing, known & standing
    if verbose:
        for word, facts in (("is no longer in force", lost), ("is still in force", stayed)):
            for each in facts:
                print(f"[{case.id}] {' / '.join(case.told)}\n    {word}: {each}")
    return Counter(
        holds=len(case.holds),
        held=len(held),
        lost=len(lost),
        ended=len(case.ended),
        known=len(known),
        stayed=len(stayed),
    )


def _judge_merges(case: Merging, models: Models, *, verbose: bool) -> Counter[str]:
    wanted = [(kind, pair) for kind, pairs in (("same", case.same), ("different", case.different)) for pair in pairs]
    right: list[bool | None] = []
    for space in _tell(case.told, models):
        right = [_is_right(kind, pair, space, models.roles) for kind, pair in wanted]
    count = Counter[str]()
    for (kind, pair), good in zip(wanted, right, strict=True):
        count += Counter({f"{kind} told": 1, f"{kind} judged": good is not None, f"{kind} wrong": good is False})
        if verbose and good is False:
            print(f"[{case.id}] {' / '.join(case.told)}\n    should be {kind}: {' ~ '.join(pair)}")
    return count


def _is_right(kind: str, pair: tuple[str, str], space: OpenSpace, roles: RoleLexicon) -> bool | None:
    """Whether the memory keeps two names as it should, None if it doesn't know one; the same name twice is two bearers."""
    one, other = (nodes_meant(name, space, roles) for name in pair)
    if not one or not other:
        return None
    if kind == "same":
        return bool(one & other)
    if len(one | other) > 1:
        return True
    told = {source.episode for iri in one for fact in space.memory.facts_about(iri) for source in fact.sources}
    return False if len(told) > 1 else None


def _report_retirement(count: Counter[str], code: str, seconds: float, *, verbose: bool) -> None:
    _report("false_retirement", count["lost"], count["held"], code, seconds, verbose=verbose)
    _report("missed_change", count["stayed"], count["known"], code, seconds, verbose=verbose)
    for name, told, learned in (("holding", "holds", "held"), ("ended", "ended", "known")):
        _report(f"never_learned_{name}", count[told] - count[learned], count[told], code, seconds, verbose=verbose)


def _report_merges(count: Counter[str], code: str, seconds: float, *, verbose: bool) -> None:
    told, judged, wrong = (count[f"same {kind}"] + count[f"different {kind}"] for kind in ("told", "judged", "wrong"))
    _report("merge_error", wrong, judged, code, seconds, verbose=verbose)
    _report("merged_wrongly", count["different wrong"], count["different judged"], code, seconds, verbose=verbose)
    _report("split_wrongly", count["same wrong"], count["same judged"], code, seconds, verbose=verbose)
    _report("never_learned_pairs", told - judged, told, code, seconds, verbose=verbose)


def _report(metric: str, part: int, whole: int, code: str, seconds: float, *, verbose: bool) -> None:
    share = part / max(whole, 1)
    if verbose:
        print(code, metric, f"{share:.3f}", f"({part} of {whole})")
    else:
        record(metric, share, split=f"{code} trust cases", seconds=seconds, examples=whole)


def _tell(told: Sequence[str], models: Models) -> Iterator[OpenSpace]:
    """Yield a fresh memory after each message."""
    with tempfile.TemporaryDirectory() as folder, closing(OpenSpace(Path(folder))) as space:
        mind = SpaceMind(space, "owner", models)
        for text in told:
            answer(Message("owner", text, NOW), mind)
            yield space


def _says(fact: Fact, wanted: Expected, space: OpenSpace, ontology: Ontology) -> bool:
    """Whether a fact is the expected one, perhaps told from the other end."""
    straight = _is_called(fact.subject, wanted.subject, space) and _is_called(fact.object, wanted.object, space)
    if straight and fact.property in wanted.property:
        return True
    mirrored = any(fact.property in ontology.inverses(p) for p in wanted.property)
    return (
        mirrored and _is_called(fact.object, wanted.subject, space) and _is_called(fact.subject, wanted.object, space)
    )


def _is_called(thing: Node | Literal, names: Sequence[str], space: OpenSpace) -> bool:
    if isinstance(thing, Literal):
        borne: Sequence[str] = (thing.value,)
    else:
        borne = ("me",) if thing.kind is NodeKind.SELF else space.memory.labels(thing.iri)
    return not {_key(name) for name in names}.isdisjoint(_key(name) for name in borne)


def _key(name: str) -> str:
    return _FILLERS.sub("", fold(name))


def _expected(rows: Sequence[dict[str, Any]]) -> tuple[Expected, ...]:
    return tuple(Expected(tuple(row["s"]), tuple(row["p"]), tuple(row["o"])) for row in rows)


def _pairs(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in rows)


if __name__ == "__main__":
    main()
