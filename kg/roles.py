"""What relational nouns mean: takes a lexicon as plain data and a graph, gives property paths and who fills a role.

A path leads from the possessor to the role's holder; a step that begins with "-" is walked backwards. Knows no files,
no models; language comes only with the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kg.fact import Fact, Graph, Node, NodeKind

RELATED = "tt:relatedTo"
_KIN = frozenset({"P22", "P25", "P26", "P40", "P451", "P1038", "P3373"})
# each property with what says the same backwards; a gender in brackets restricts the subject's
_MIRRORS: tuple[tuple[str, str, str], ...] = (
    ("P40", "P22", ""),
    ("P40", "P25", ""),
    ("P22", "P40", "m"),
    ("P25", "P40", "f"),
    *((p, p, "") for p in ("P26", "P451", "P3373", "P1038", "P190", "tt:friend", "tt:colleague", "tt:neighbour")),
    ("P355", "P749", ""),
    ("P749", "P355", ""),
    ("P127", "P1830", ""),
    ("P1830", "P127", ""),
    ("P361", "P527", ""),
    ("P527", "P361", ""),
    ("P802", "P1066", ""),
    ("P1066", "P802", ""),
    ("P1365", "P1366", ""),
    ("P1366", "P1365", ""),
    ("P403", "P974", ""),
    ("P974", "P403", ""),
    ("P674", "P1441", ""),
)


_LITERAL = frozenset({"tt:code", "tt:phone", "tt:email", "tt:seat"})
_PLACES = frozenset({"P19", "P36", "P159", "P190", "P551", "P974"})
_BODIES = frozenset({"P54", "P69", "P108", "P137", "P264", "P272", "P355", "P463", "P749", "P750"})
_STEP_GENDER = re.compile(":[fm]$")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleMeaning:
    """What a relational noun says: the paths that lead to its holder, their gender, and how it is stored."""

    noun: str  # the entry's first word
    paths: tuple[Path, ...]
    gender: str = ""
    store: str = RELATED  # "-P108": the holder is the subject of the fact
    age: str = ""  # "elder" or "younger" than the possessor
    former: bool = False  # the relation is over

    def is_kin(self) -> bool:
        return self.store.lstrip("-") in _KIN

    def is_literal(self) -> bool:
        return self.store in _LITERAL

    def tag(self) -> str:
        return "LOC" if self.store in _PLACES else "ORG" if self.store in _BODIES else "PER"


class RoleLexicon:
    """The relational nouns of all languages."""

    def __init__(self, meanings: Mapping[str, RoleMeaning]) -> None:
        self._meanings = {_key(noun): meaning for noun, meaning in meanings.items()}

    @classmethod
    def from_mapping(cls, data: Mapping[str, object]) -> RoleLexicon:
        """Return the lexicon of a parsed TOML table: noun -> path, or a table as in the language files.

        The table's keys: path, or, gender, store, age, former, also, plural. Raises ValueError on another shape.
        """
        found: dict[str, RoleMeaning] = {}
        for noun, entry in data.items():
            meaning, words = _entry(noun, entry)
            for word in words:
                found.setdefault(_key(word), meaning)
        return cls(found)

    def with_others(self, other: RoleLexicon) -> RoleLexicon:
        """Return the nouns of both; this one's meaning wins."""
        return RoleLexicon({**other._meanings, **self._meanings})

    def meaning(self, noun: str) -> RoleMeaning | None:
        """Return the meaning of a noun, of its singular, or of the longest known noun that it ends in."""
        return next((self._meanings[key] for key in _variants(noun) if key in self._meanings), None)

    def same_role(self, one: str, other: str) -> bool:
        """Return whether two nouns name one role: the same word, or one path without opposite gender or age.

        >>> lexicon = RoleLexicon.from_mapping({"gran": {"path": ["-P40", "P25"], "gender": "f"},
        ...     "奶奶": {"path": ["P22", "P25"], "gender": "f"}})
        >>> lexicon.same_role("gran", "奶奶")
        True
        """
        if set(_variants(one)[:3]) & set(_variants(other)[:3]):
            return True
        a, b = self.meaning(one), self.meaning(other)
        if a is None or b is None or _opposed(a.gender, b.gender) or _opposed(a.age, b.age) or a.former != b.former:
            return False
        if any(path[0] == RELATED or path[0].startswith("tt:") for path in a.paths[:1] + b.paths[:1]):
            return a.noun == b.noun
        return any(_agree(p, q) for p in a.paths for q in b.paths)


def holders(graph: Graph, lexicon: RoleLexicon, possessor: str, noun: str) -> tuple[Node, ...]:
    """Return who fills a possessor's role: as told under that noun, under a synonym, or along the paths.

    Those told under the very noun come alone; a role that is over is looked for in the past.
    """
    meaning = lexicon.meaning(noun)
    past = meaning is not None and meaning.former
    backward = meaning is not None and meaning.store.startswith("-")
    told = [(f, n) for f, n in _around(graph, possessor, backward, past) if f.role]
    exact = [n for f, n in told if set(_variants(f.role)[:2]) & set(_variants(noun)[:2])]
    found = exact or [n for f, n in told if lexicon.same_role(f.role, noun)]
    if meaning and not past and not exact:
        for path in meaning.paths:
            found += _walk(graph, lexicon, possessor, path, noun)
    found = [n for n in found if n.iri != possessor and _agrees(n, meaning)]
    return tuple({n.iri: n for n in found}.values())


def facts_with_role(graph: Graph, lexicon: RoleLexicon, noun: str, *, include_past: bool = False) -> tuple[Fact, ...]:
    """Return the statements told under a role noun or a synonym, newest last; in force, or all."""
    meaning = lexicon.meaning(noun)
    stores = {meaning.store.lstrip("-")} if meaning else {RELATED}
    found = [f for p in sorted(stores | {RELATED}) for f in graph.facts(property=p, include_past=include_past)]
    return tuple(f for f in found if (include_past or f.is_open()) and f.role and lexicon.same_role(f.role, noun))


def _around(graph: Graph, iri: str, backward: bool, past: bool) -> Iterable[tuple[Fact, Node]]:
    if backward:
        for fact in graph.facts(object=iri, include_past=past):
            if past or fact.is_open():
                yield fact, fact.subject
    else:
        for fact in graph.facts(subject=iri, include_past=past):
            if isinstance(fact.object, Node) and (past or fact.is_open()):
                yield fact, fact.object


def _walk(graph: Graph, lexicon: RoleLexicon, start: str, path: Path, noun: str) -> list[Node]:
    reached = [graph.node(start)]
    for step in path:
        bare = _STEP_GENDER.sub("", step)
        gender = step[len(bare) + 1 :]
        last = noun if len(path) == 1 else ""
        reached = [n for node in reached for n in _step(graph, lexicon, node, bare, last) if n.iri != start]
        reached = [n for n in reached if not gender or n.gender in ("", gender)]
    return reached


def _step(graph: Graph, lexicon: RoleLexicon, node: Node, step: str, noun: str) -> list[Node]:
    ahead, property = not step.startswith("-"), step.lstrip("-")
    found = _ends(graph, node.iri, property, ahead)
    found = [(f, n) for f, n in found if not ahead or _suits(lexicon, f, noun)]
    for one, mirror, gender in _MIRRORS:
        if one == property:
            found += [(f, n) for f, n in _ends(graph, node.iri, mirror, not ahead) if not gender or n.gender == gender]
    return [n for _, n in found]


def _suits(lexicon: RoleLexicon, fact: Fact, noun: str) -> bool:
    """Whether a fact's own noun lets it answer to another noun of the same property."""
    if not noun or not fact.role or lexicon.same_role(fact.role, noun):
        return True
    told, asked = lexicon.meaning(fact.role), lexicon.meaning(noun)
    if fact.property.startswith("tt:") or told is None or asked is None:
        return False
    return not (_opposed(told.gender, asked.gender) or _opposed(told.age, asked.age))


def _ends(graph: Graph, iri: str, property: str, ahead: bool) -> list[tuple[Fact, Node]]:
    if ahead:
        facts = [f for f in graph.facts(subject=iri, property=property, include_past=False) if f.is_open()]
        return [(f, f.object) for f in facts if isinstance(f.object, Node)]
    facts = [f for f in graph.facts(property=property, object=iri, include_past=False) if f.is_open()]
    return [(f, f.subject) for f in facts]


def _agrees(node: Node, meaning: RoleMeaning | None) -> bool:
    if node.kind is NodeKind.CLASS:
        return False
    return meaning is None or not meaning.gender or node.gender in ("", meaning.gender)


def _opposed(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _agree(one: Path, other: Path) -> bool:
    one, other = (tuple(_STEP_GENDER.sub("", step) for step in path) for path in (one, other))
    parents = {"P22", "P25"}
    return len(one) == len(other) and all(
        a == b or (a == "-P40" and b in parents) or (b == "-P40" and a in parents)
        for a, b in zip(one, other, strict=True)
    )


def _key(noun: str) -> str:
    return " ".join(noun.casefold().split())


def _variants(noun: str) -> list[str]:
    key = _key(noun)
    found = [key]
    if key.isascii():
        words = key.split()
        for n in range(len(words)):
            tail = " ".join(words[n:])
            found += [tail, *_singulars(tail)]
    else:
        found += [key[n:] for n in range(1, len(key))]
    return list(dict.fromkeys(found))


def _singulars(word: str) -> list[str]:
    irregular = {"children": "child", "wives": "wife", "people": "person", "men": "man", "women": "woman"}
    for plural, singular in irregular.items():
        if word.endswith(plural):
            return [word[: -len(plural)] + singular]
    head, dash, tail = word.partition("-in-law")
    if dash and head.endswith("s"):
        return [head[:-1] + dash + tail]
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    if word.endswith("es"):
        return [word[:-1], word[:-2]]
    return [word[:-1]] if word.endswith("s") and len(word) > 3 else []


def _entry(noun: str, entry: object) -> tuple[RoleMeaning, tuple[str, ...]]:
    if isinstance(entry, str):
        entry = {"path": entry.split("/")}
    if not isinstance(entry, Mapping):
        raise ValueError(f"role {noun!r}: expected a path or a table, found {entry!r}")
    table = cast(Mapping[str, object], entry)
    first = _strings(noun, table.get("path", ()))
    others = cast(Sequence[object], table.get("or", ()))
    paths = tuple(p for p in (first, *(_strings(noun, other) for other in others)) if p)
    store = str(table.get("store", "")) or (_STEP_GENDER.sub("", first[0]) if len(first) == 1 else "P1038")
    meaning = RoleMeaning(
        noun, paths, str(table.get("gender", "")), store, str(table.get("age", "")), bool(table.get("former", False))
    )
    plural = table.get("plural")
    return meaning, (noun, *_strings(noun, table.get("also", ())), *((str(plural),) if plural else ()))


def _strings(noun: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"role {noun!r}: expected a list, found {value!r}")
    return tuple(str(x) for x in cast(Sequence[object], value))
