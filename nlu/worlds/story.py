"""Small worlds told and asked about: a few sentences, a question, what answers it, and the same without the sentence that does.

Takes a language's grammar, gives stories; knows no model and no graph. A question pattern is drawn, each of its relations is told
by a pattern of its own with the question's names in it, and other sentences are mixed in. What the question asks for is whatever
the telling sentence says there. The twin lacks just that sentence: nobody can know the answer.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.parse import Act, Factuality, Span, Tag
from nlu.worlds.grammar import Grammar, Names, Sample
from nlu.worlds.pattern import Family, factualities_of

# Not told by a sentence of their own.
_UNTOLD = frozenset({"coref", "claims", "P580", "P582", "P585", "price", "value", "same"})
_NAMES = frozenset({Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT})
_ENDS = _NAMES | {Tag.SELF, Tag.WH}
DISTRACTORS = 2


@dataclass(frozen=True, slots=True)
class Story:
    """What is told, in order, and the question; `answer` is "" in the twin that lacks the answer."""

    told: tuple[str, ...]
    question: str
    answer: str
    asked: str  # the property


@dataclass(frozen=True, slots=True)
class _Told:
    """A telling pattern for a property, by the tags of its ends."""

    family: Family
    subject: str
    object: str


class Stories:
    """Draws stories of one language from some of its families."""

    def __init__(self, grammar: Grammar, families: Sequence[Family], *, names: Names = Names.ALL) -> None:
        self.grammar, self.names = grammar, names
        self.questions = [f for f in families if f.act is Act.ASK and f.factuality is Factuality.ASKED]
        self.telling = [
            f for f in families
            if f.act is Act.TELL and f.factuality is Factuality.ASSERTED and not factualities_of(f.pieces)
        ]  # fmt: skip
        self.told: dict[str, list[_Told]] = defaultdict(list)
        for family in self.telling:
            for s, p, o in family.relations:
                if p not in _UNTOLD:
                    self.told[p].append(_Told(family, s, o))

    def draw(self, chance: random.Random) -> tuple[Story, Story]:
        """Return a story and its twin."""
        while True:
            sample = self._sample(chance.choice(self.questions), chance)
            story = self._story(sample, chance)
            if story is not None:
                return story

    def _story(self, sample: Sample, chance: random.Random) -> tuple[Story, Story] | None:
        edges = [r for r in sample.relations if r[1] not in _UNTOLD]
        if not edges or len(edges) > 2 or len(edges) != len(sample.relations):
            return None
        tags = [tag for _, tag in sample.mentions]
        asked = [e for e in edges if Tag.WH in (tags[e[0]], tags[e[2]])]
        if len(asked) != 1 or sum(tag is Tag.WH for tag in tags) != 1 or asked[0][1] == "role":
            return None
        touched = {n for s, _, o in edges for n in (s, o)}
        if any(tag in _NAMES and n not in touched for n, tag in enumerate(tags)):
            return None
        words: dict[int, str] = {n: span.of(sample.text) for n, (span, _) in enumerate(sample.mentions)}
        ends = dict(enumerate(tags))
        told: list[str] = []
        for role in (e for e in edges if e is not asked[0]):
            named = self._introduced(role, words, ends, chance)
            if named is None:
                return None
            told.append(named)
        said = self._said(asked[0], words, ends, chance)
        if said is None:
            return None
        text, answer = said
        others = [self._sample(chance.choice(self.telling), chance).text for _ in range(DISTRACTORS)]
        known = {word for n, word in words.items() if tags[n] in _NAMES}
        if any(word in other for other in others for word in (*known, answer)):
            return None
        without = [*told, *others]
        chance.shuffle(without)
        at = chance.randint(len(told), len(without)) if told else chance.randint(0, len(without))
        whole = (*without[:at], text, *without[at:])
        property_ = asked[0][1]
        return Story(whole, sample.text, answer, property_), Story(tuple(without), sample.text, "", property_)

    def _introduced(
        self, edge: tuple[int, str, int], words: dict[int, str], tags: dict[int, Tag], chance: random.Random
    ) -> str | None:
        """Say who somebody's relative is, by name; from then on the name stands for the role."""
        owner, label, role = edge
        if label != "role" or tags[owner] not in _ENDS or tags[role] is not Tag.ROLE:
            return None
        for told in self._tries("role", chance):
            names = [o for s, p, o in told.family.relations if p == "same" and s == told.object]
            if not names:
                continue
            sample = self._sample(told.family, chance)
            made = _put(sample, told.family, {told.subject: words[owner], told.object: words[role]},
                        {told.subject: tags[owner], told.object: Tag.ROLE})  # fmt: skip
            place = _index(sample, told.family, names[0])
            if made is None or place is None or sample.mentions[place][1] is not Tag.PERSON:
                continue
            words[role] = sample.mentions[place][0].of(sample.text)
            tags[role] = Tag.PERSON
            return made
        return None

    def _said(
        self, edge: tuple[int, str, int], words: dict[int, str], tags: dict[int, Tag], chance: random.Random
    ) -> tuple[str, str] | None:
        """Return a sentence that tells an edge, and what it says where the question asks."""
        subject, label, obj = edge
        for told in self._tries(label, chance):
            sample = self._sample(told.family, chance)
            known, wanted = ((obj, subject), (subject, obj))[tags[obj] is Tag.WH]
            here, there = ((told.object, told.subject), (told.subject, told.object))[wanted == obj]
            place = _index(sample, told.family, there)
            made = _put(sample, told.family, {here: words[known]}, {here: tags[known]})
            if made is None or place is None or tags[known] not in _ENDS | {Tag.THING, Tag.OCCUPATION}:
                continue
            if sample.mentions[place][1] in (Tag.SELF, Tag.YOU, Tag.PRONOUN, Tag.ROLE):
                continue
            return made, sample.mentions[place][0].of(sample.text)
        return None

    def _tries(self, label: str, chance: random.Random, *, most: int = 40) -> Iterator[_Told]:
        pool = self.told.get(label, [])
        return iter(chance.sample(pool, min(most, len(pool))))

    def _sample(self, family: Family, chance: random.Random) -> Sample:
        return self.grammar.sample(family, chance, names=self.names)


def _index(sample: Sample, family: Family, name: str) -> int | None:
    """Return which mention of a sample a name of its pattern is; None where it was not chosen.

    A pattern's relations name it; a sample's, in the same order, number it.
    """
    return _numbers(sample, family).get(name)


def _numbers(sample: Sample, family: Family) -> dict[str, int]:
    if len(sample.relations) != len(family.relations):
        return {}
    found: dict[str, int] = {}
    for (s, _, o), (i, _, j) in zip(family.relations, sample.relations, strict=True):
        found[s], found[o] = i, j
    return found


def _put(sample: Sample, family: Family, words: dict[str, str], tags: dict[str, Tag]) -> str | None:
    """Return a sample's text with other words at some mentions of the same tag; None where that can't be."""
    numbers = _numbers(sample, family)
    edits: list[tuple[Span, str]] = []
    for name, word in words.items():
        place = numbers.get(name)
        if place is None or sample.mentions[place][1] is not tags[name]:
            return None
        span = sample.mentions[place][0]
        if tags[name] is not Tag.SELF:
            edits.append((span, word))
    text = sample.text
    for span, word in sorted(edits, key=lambda edit: -edit[0].start):
        text = text[: span.start] + word + text[span.end :]
    return text
