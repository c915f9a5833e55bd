"""How names match: takes two names, folded, and what kind of node bears the known one; gives a score in [0, 1].

Titles, first names, surnames and the short forms of Chinese names are known here; no graph and no context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.attention import is_person
from kg.fact import Node, NodeKind

_PREFIXES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "captain", "rev",
     "reverend", "madam", "old")
)  # fmt: skip
_SUFFIXES = (
    "老师", "师傅", "先生", "女士", "太太", "小姐", "医生", "大夫", "教授", "经理", "阿姨", "叔叔", "奶奶", "爷爷",
    "大哥", "大姐", "同学", "哥", "姐", "总", "叔", "姨",
)  # fmt: skip
_PLACES = frozenset({"LOC", "ORG"})
_FORMS = frozenset(
    ("ltd", "limited", "inc", "incorporated", "llc", "plc", "gmbh", "ag", "sa", "srl", "spa", "bv", "nv", "oy", "ab", "co", "corp",
     "corporation", "company")
)  # fmt: skip
_CHINESE_FORMS = ("有限责任公司", "股份有限公司", "有限公司", "集团公司", "公司", "集团")
CJK = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Titles:
    """Words before or after a name that are no part of it, folded."""

    before: frozenset[str] = _PREFIXES
    after: tuple[str, ...] = _SUFFIXES

    def strip(self, name: str) -> str:
        """Return a folded name without its titles; a name that is all title stays.

        >>> Titles().strip("dr leander clarke"), Titles().strip("方志敏老师")
        ('leander clarke', '方志敏')
        """
        words = name.split()
        while len(words) > 1 and words[0].rstrip(".") in self.before:
            words = words[1:]
        bare = " ".join(words)
        tail = next((t for t in self.after if bare.endswith(t) and len(bare) > len(t)), "")
        return bare[: len(bare) - len(tail)] if tail else bare


def match(known: str, said: str, node: Node, tag: str, titles: Titles) -> float:
    """Return how well a name that was said fits one that a node bears, 0 if not at all; `tag` is the mention's."""
    if not compatible(node, tag):
        return 0.0
    if known == said:
        return 1.0
    one, other = titles.strip(known), titles.strip(said)
    if node.tag == "ORG" and (bare := _without_form(one)) and bare == _without_form(other):
        return 0.95
    person = is_person(node) and tag in ("", "PER", "PRON")
    if one == other and len(other) > 1:
        return 0.95
    if CJK.search(one) and CJK.search(other):
        return _match_chinese(one, other, person, titled=other != said)
    if person and one != known and " " not in one and other.split()[-1:] == [one] and other == said:
        return 0.65  # Dr Holm, later Sigrid Holm
    return _match_words(one.split(), other.split(), person)


def _without_form(name: str) -> str:
    """Return a firm's folded name without its legal form.

    >>> _without_form("lockhart motors ltd"), _without_form("远航贸易有限公司")
    ('lockhart motors', '远航贸易')
    """
    words = name.split()
    while len(words) > 1 and words[-1].strip(".,") in _FORMS:
        words = words[:-1]
    bare = " ".join(words).rstrip(",")
    form = next((f for f in _CHINESE_FORMS if bare.endswith(f) and len(bare) > len(f) + 1), "")
    return bare.removesuffix(form) if form else bare


def parts(name: str, titles: Titles) -> Iterable[str]:
    """Return the parts of a folded name by which it may be called: keys of an index."""
    bare = titles.strip(name)
    found = {name, bare, *re.split(r"[\s·-]+", bare)}
    if CJK.search(bare):
        found |= {bare[n:] for n in range(1, len(bare) - 1)} | {bare[:n] for n in range(2, len(bare))}
        found.add(bare.lstrip("老小阿")[:1])
    return {p for p in found if p}


def compatible(node: Node, tag: str) -> bool:
    if not tag or not node.tag or tag == node.tag or node.kind is NodeKind.SELF:
        return True
    if {tag, node.tag} <= _PLACES or {tag, node.tag} <= {"PROD", "THING", "WORK"}:
        return True
    return {tag, node.tag} <= {"PER", "ROLE", "SELF"} or {tag, node.tag} <= {"ORG", "PROD"}


def _match_words(known: Sequence[str], said: Sequence[str], person: bool) -> float:
    if not known or not said:
        return 0.0
    if set(said) < set(known):  # a part of the full name
        if person:
            return 0.75 if said[0] == known[0] or said[-1] == known[-1] else 0.6
        return 0.6 if said[-1] == known[-1] or len(said) > 1 else 0.4
    if person and set(known) < set(said) and known[0] == said[0]:
        return 0.7
    return 0.0


def _match_chinese(known: str, said: str, person: bool, *, titled: bool) -> float:
    if person:
        if len(said) > 1 and known.endswith(said):
            return 0.75
        if len(known) > 1 and said.endswith(known):
            return 0.7
        family = said.lstrip("老小阿")
        if len(family) == 1 and known.startswith(family) and (titled or len(said) > 1):
            return 0.6
        if len(known) == 1 and said.startswith(known):  # 葛师傅, later 葛大海
            return 0.55
        return 0.0
    if len(said) > 1 and (known.endswith(said) or known.startswith(said)):
        return 0.6
    return 0.0


def forms(noun: str) -> tuple[str, ...]:
    """Return a noun as said, then in its other number."""
    if not noun.isascii():
        return (noun,)
    found = [noun, noun + "s", noun + "es"]
    if noun.endswith("ies"):
        found.append(noun[:-3] + "y")
    if noun.endswith("es"):
        found.append(noun[:-2])
    if noun.endswith("s") and not noun.endswith("ss"):
        found.append(noun[:-1])
    if noun.endswith("y"):
        found.append(noun[:-1] + "ies")
    return tuple(found)
