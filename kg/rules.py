"""Rules of the user's own: SPARQL CONSTRUCT queries in a file, run until they give nothing new.

Takes the file's path and a `Ground` to run on; gives what each rule concluded to the ground, which stores it. It knows
no store and no memory, so that the same run serves the graph on disk and the search for a proof.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from kg import rdf
from kg.guard import leaves_the_machine, query_form

FILE = "rules.rq"  # in the space's directory
ROUNDS = 20
SECONDS = 30
RESULTS = 20_000  # conclusions of all rules together
_BYTES = 200_000
_RULES = 200
_NAME = re.compile(r"#\s*(\w[\w .,'/-]{0,60})", re.ASCII)


class RulesError(Exception):
    """The rules can't be used; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A CONSTRUCT query and its name."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """One conclusion of a rule."""

    rule: str
    subject: ox.NamedNode
    property: str
    object: ox.NamedNode | ox.Literal


class Ground(Protocol):
    """What rules run on: a graph that takes what they conclude."""

    def construct(self, query: str, limit: int, /) -> Sequence[ox.Triple]:
        """Return at most `limit` triples of a CONSTRUCT query. Raises RulesError for one that can't be run."""
        ...

    def is_node(self, iri: str, /) -> bool: ...

    def holds(self, conclusion: Ruled, /) -> bool: ...

    def add(self, conclusion: Ruled, /) -> None: ...


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file: CONSTRUCT queries with a blank line between them, each after a line `# name`.

    Raises:
        RulesError: the file is missing, too large, or holds something else.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RulesError(f"the rules in {str(path)!r} can't be read: {error.strerror}") from error
    if len(data) > _BYTES:
        raise RulesError(f"the rules in {str(path)!r} have {len(data)} bytes; {_BYTES} is the most")
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    rules: list[Rule] = []
    for block in re.split(r"\n[ \t]*\n", text):
        if any(line.strip() and not line.lstrip().startswith("#") for line in block.splitlines()):
            rules.append(_rule(block.strip(), path))
    if len(rules) > _RULES:
        raise RulesError(f"{str(path)!r} holds {len(rules)} rules; {_RULES} is the most")
    names = [rule.name for rule in rules]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise RulesError(f"{str(path)!r} has two rules named {twice!r}; give one another name")
    return tuple(rules)


def digest_of(rules: Sequence[Rule]) -> str:
    """Return what changes when a rule does."""
    said = "\0".join(text for rule in rules for text in (rule.name, rule.query))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def run_rules(rules: Sequence[Rule], ground: Ground) -> int:
    """Run the rules until none gives anything new; return how many conclusions there are.

    Raises:
        RulesError: a rule can't be run, gives what is no fact about known things, or too much; or they don't settle.
    """
    count, began = 0, time.monotonic()
    for _ in range(ROUNDS):
        before = count
        for rule in rules:
            found = _constructed(rule, ground)
            if time.monotonic() - began > SECONDS:
                raise RulesError(f"the rules take longer than {SECONDS} s; make {rule.name!r} more specific")
            if len(found) > RESULTS:
                raise RulesError(f"rule {rule.name!r} gives more than {RESULTS} triples; make it more specific")
            for triple in found:
                conclusion = _checked(rule, triple, ground)
                if conclusion is not None and not ground.holds(conclusion):
                    ground.add(conclusion)
                    count += 1
            if count > RESULTS:
                raise RulesError(f"the rules give more than {RESULTS} triples; make {rule.name!r} more specific")
        if count == before:
            return count
    raise RulesError(f"the rules still give something new after {ROUNDS} rounds; make them more specific")


def _rule(block: str, path: Path) -> Rule:
    first, _, query = block.partition("\n")
    named = _NAME.fullmatch(first.strip())
    if named is None:
        raise RulesError(f"{str(path)!r}: a rule begins with a line '# name', not with {first[:40]!r}")
    name = named[1].strip()
    if query_form(query) != "CONSTRUCT":
        raise RulesError(f"{str(path)!r}: rule {name!r} is no CONSTRUCT query; only those can be rules")
    if leaves_the_machine(query):
        raise RulesError(f"{str(path)!r}: rule {name!r} uses SERVICE; a rule must not leave this machine")
    return Rule(name, query)


def _constructed(rule: Rule, ground: Ground) -> Sequence[ox.Triple]:
    try:
        return ground.construct(rule.query, RESULTS + 1)
    except RulesError as error:
        raise RulesError(f"rule {rule.name!r}: {error}") from error


def _checked(rule: Rule, triple: ox.Triple, ground: Ground) -> Ruled | None:
    """Return the conclusion in a triple, None when it relates a thing to itself. Raises RulesError."""
    property_ = rdf.property_of(triple.predicate.value)
    if property_ is None or rdf.truthy(property_) != triple.predicate:
        raise RulesError(f"rule {rule.name!r} gives {triple.predicate.value!r}; a rule gives wdt: or tt: properties")
    subject, obj = triple.subject, triple.object
    if not isinstance(subject, ox.NamedNode) or not ground.is_node(subject.value):
        raise RulesError(
            f"rule {rule.name!r} gives something about {str(subject)[:80]!r}, which is no node of the graph"
        )
    if not isinstance(obj, ox.NamedNode | ox.Literal) or (
        isinstance(obj, ox.NamedNode) and not ground.is_node(obj.value)
    ):
        raise RulesError(f"rule {rule.name!r} gives the object {str(obj)[:80]!r}, which is neither value nor node")
    return None if subject == obj else Ruled(rule.name, subject, property_, obj)
