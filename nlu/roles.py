"""Relational nouns: what "my sister" or "the director of X" points at, as paths over properties.

Takes the `[roles]` table of a language file, gives a lexicon that finds a noun in any of its forms. It knows no graph:
a step names a property, and whoever walks it applies the ontology's inverses and symmetry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Step:
    """One property of a path; `inverse`: the next node is its subject. `gender` is the next node's, if told."""

    property: str
    inverse: bool = False
    gender: str = ""

    @classmethod
    def read(cls, text: str) -> Step:
        """Return the step written as "P40", "-P40" or "P3373:m".

        >>> Step.read("-P3373:f")
        Step(property='P3373', inverse=True, gender='f')
        """
        name, _, gender = (text, "", "") if text.startswith("tt:") else text.partition(":")
        return cls(name.removeprefix("-"), name.startswith("-"), gender)

    def could_be(self, other: Step) -> bool:
        """Whether two steps may lead to the same node: a father is a parent, a child's parent too."""
        if self.gender and other.gender and self.gender != other.gender:
            return False
        return (self.property, self.inverse) == (other.property, other.inverse) or (
            _is_parent(self) and _is_parent(other) and "" in (_parent_gender(self), _parent_gender(other))
        )


@dataclass(frozen=True, slots=True)
class Role:
    """What a relational noun means, seen from the possessor.

    `paths` are alternatives, likeliest first. `store` is the property for "my <noun> is X"; with `stored_inverse` the
    role is its subject (my parent: parent P40 me). `age` is "elder" or "younger" than the possessor, or empty.
    """

    noun: str  # the head word of the lexicon entry, the same for all synonyms
    paths: tuple[tuple[Step, ...], ...]
    store: str
    stored_inverse: bool = False
    gender: str = ""
    age: str = ""
    former: bool = False
    number: int = 1
    also: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Return all words for this role, the head word first."""
        return (self.noun, *self.also)

    def could_be(self, other: Role) -> bool:
        """Whether one person may be both, also across languages: gran and 奶奶, uncle and 舅舅; not aunt and 舅舅."""
        if self.gender and other.gender and self.gender != other.gender:
            return False
        if self.age and other.age and self.age != other.age:
            return False
        if any(len(p) == 1 and p[0].property == "tt:relatedTo" for p in (self.paths[0], other.paths[0])):
            return self.noun == other.noun
        return any(
            len(a) == len(b) and all(x.could_be(y) for x, y in zip(a, b, strict=True))
            for a in self.paths
            for b in other.paths
        )


@dataclass(frozen=True, slots=True)
class RoleWords:
    """The words that may stand before or after a relational noun without changing what it is."""

    modifiers: frozenset[str]
    elder: frozenset[str]
    younger: frozenset[str]
    former: frozenset[str]
    plural: frozenset[str]
    spaced: bool  # words are written apart


class Lexicon:
    """Relational nouns by every word for them."""

    def __init__(self, roles: Sequence[Role], plurals: Mapping[str, str], words: RoleWords) -> None:
        self._words = words
        self._roles: dict[str, Role] = {}
        self._cache: dict[str, Role | None] = {}
        for role in roles:
            for word in role.words:
                self._roles.setdefault(fold(word), role)
        self._entries = tuple(roles)
        self._singulars: dict[str, str] = {}
        if words.spaced:
            for role in roles:
                for word in role.words:
                    many = fold(plurals.get(word) or _plural(word))
                    self._singulars.setdefault(many, word)
                    self._roles.setdefault(many, replace(role, number=2))
        self._longest = max((len(w) for w in self._roles), default=0)

    def find(self, noun: str) -> Role | None:
        """Return the role a noun phrase names, None if it is no known relational noun."""
        key = fold(noun)
        if key not in self._cache:
            self._cache[key] = self._spaced(key) if self._words.spaced else self._unspaced(key)
        return self._cache[key]

    def singular(self, noun: str) -> str:
        """Return the noun without its plural ending, otherwise as it is."""
        key = fold(noun)
        if not self._words.spaced:
            return noun.removesuffix("们")
        front, _, last = key.rpartition(" ")
        if key in self._roles and self._roles[key].number == 1:
            return noun
        if key in self._singulars:
            return self._singulars[key]
        known = last in self._singulars and self._roles[last].number == 2
        words = [w for w in front.split() if w not in self._words.plural]
        return " ".join([*words, self._singulars[last]]) if known else noun

    def counterpart(self, role: Role) -> str:
        """Return this language's usual noun for a role of another language, empty if there is none."""
        found = [r for r in self._entries if r.could_be(role) and r.former == role.former and r.number == role.number]
        named = role.paths[0]
        found.sort(
            key=lambda r: (r.store != role.store, r.gender != role.gender, r.age != role.age, named not in r.paths)
        )
        return found[0].noun if found else ""

    def nouns(self) -> frozenset[str]:
        """Return every word of the lexicon, folded."""
        return frozenset(self._roles)

    def _spaced(self, key: str) -> Role | None:
        if key in self._roles:
            return self._roles[key]
        if key.startswith("great-great-"):
            shorter = self._spaced(key.removeprefix("great-"))
            return replace(shorter, noun=key, paths=tuple((p[0], *p) for p in shorter.paths)) if shorter else None
        for prefix in ("ex-", "late-"):
            if key.startswith(prefix) and (base := self._spaced(key.removeprefix(prefix))):
                return replace(base, former=prefix == "ex-" or base.former)
        words = key.split()
        for at in range(1, len(words)):
            base = self._roles.get(" ".join(words[at:]))
            if base is not None:
                return self._modified(base, words[:at])
        return None

    def _unspaced(self, key: str) -> Role | None:
        if key in self._roles:
            return self._roles[key]
        if key.endswith("们"):
            base = self._unspaced(key.removesuffix("们"))
            return replace(base, number=2) if base else None
        for at in range(max(1, len(key) - self._longest), len(key)):
            base = self._roles.get(key[at:])
            front = key[:at].removesuffix("的")
            if base is not None and (len(key) - at > 1 or front in self._words.modifiers):
                return self._modified(base, [front])
        return None

    def _modified(self, role: Role, before: Sequence[str]) -> Role:
        words, sibling = self._words, all(p[0].property == "P3373" for p in role.paths if len(p) == 1)
        age = role.age
        if not age and len(role.paths[0]) == 1 and sibling:
            age = "elder" if words.elder & set(before) else "younger" if words.younger & set(before) else ""
        former = role.former or ("old" not in before and bool(words.former & set(before)))
        return replace(role, age=age, former=former, number=2 if words.plural & set(before) else role.number)


def fold(word: str) -> str:
    """Return a word as the lexicon compares it: normal width, small letters, one kind of dash and quote.

    >>> fold("Mother‑in‑law")
    'mother-in-law'
    """
    plain = unicodedata.normalize("NFKC", word).casefold().strip()
    return re.sub(r"\s+", " ", re.sub(r"[‐‑–—]", "-", plain.replace("’", "'")))


def _plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if word.endswith("man") and not word.endswith("human"):
        return word[:-3] + "men"
    return word + "s"


def _is_parent(step: Step) -> bool:
    return step.inverse if step.property == "P40" else step.property in ("P22", "P25") and not step.inverse


def _parent_gender(step: Step) -> str:
    return {"P22": "m", "P25": "f"}.get(step.property, step.gender)
