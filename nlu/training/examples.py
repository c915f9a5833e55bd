"""Labelled examples for the heads: simulated sentences and public corpora in one shape, with what is unknown marked.

Takes grammar samples or corpus rows, gives `Example`s of token positions. A label that a source does not speak of is None,
and costs nothing in the loss.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlu.bioes import TokenSpan
from nlu.corpora import NO_RELATION_NAMES, read_rows
from nlu.labels import NAME_TYPES, RELATION_INDEX
from nlu.parse import Act, Factuality, Span, Tag
from nlu.tokens import Token, tokenize
from nlu.training.noise import disturb
from nlu.words import mark_known
from nlu.worlds.grammar import Grammar, Names, Sample
from nlu.worlds.pattern import Family, factualities_of


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with whatever labels its source gives."""

    text: str
    tokens: tuple[Token, ...]
    spans: tuple[TokenSpan, ...]
    tagged: frozenset[Tag] | None  # the types this source annotates fully; None: every type
    relations: tuple[tuple[int, str, int], ...]  # by index into spans
    related: str  # "all": every other pair has no relation; "listed": only the given pairs are known; "none"
    factuality: tuple[Factuality, ...] | None = None  # a token
    act: Act | None = None
    sentiment: int | None = None
    language: str = "en"
    family: str = ""

    @property
    def names_only(self) -> bool:
        """Whether the source annotates just proper names of persons, places and organisations, all of them."""
        return self.tagged == frozenset(NAME_TYPES)


TURNED = {"P150": "P131", "P22|P25": "P40", "P205": "P17"}  # corpora say from the other end what we keep
WRITTEN = 0.35  # share of the draws from the sentences written one by one, which say more than the patterns do
RARE = 0.2  # share of the draws that take an act or a factuality first, each as often, and then one of its families


class Worlds:
    """An endless stream of simulated sentences, some families and names held out; those written one by one come more often."""

    def __init__(self, languages: Sequence[str], *, held_out: float = 0.2) -> None:
        self.grammars = {language: Grammar(language) for language in languages}
        self.seen = {
            code: [f for f in g.families if not _is_held_out(f.where, held_out)] for code, g in self.grammars.items()
        }
        self.unseen = {
            code: [f for f in g.families if _is_held_out(f.where, held_out)] for code, g in self.grammars.items()
        }

        self._written = {
            (code, held_out): [f for f in families[code] if f.where.startswith("said_")]
            for held_out, families in ((False, self.seen), (True, self.unseen))
            for code in self.grammars
        }
        self._kinds = {code: _by_kind(families) for code, families in self.seen.items()}

    def draw(
        self, language: str, chance: random.Random, *, held_out: bool = False, written: bool = False, noise: bool = True
    ) -> Example:
        """Return one example of a language, from the families kept for training or from those held out.

        `written`: only sentences written one by one.
        """
        families = (self.unseen if held_out else self.seen)[language]
        if written or chance.random() < WRITTEN:
            families = self._written[language, held_out] or families
        elif not held_out and chance.random() < RARE:
            families = chance.choice(self._kinds[language])
        names = Names.UNSEEN if held_out else Names.SEEN
        while True:
            sample = self.grammars[language].sample(chance.choice(families), chance, names=names)
            example = from_sample(disturb(sample, chance) if noise else sample)
            if example is not None:
                return example


def _by_kind(families: Sequence[Family]) -> list[list[Family]]:
    """Return the families of each act and of each factuality."""
    kinds: dict[Act | Factuality, list[Family]] = {}
    for family in families:
        for kind in (family.act, *sorted({family.factuality, *factualities_of(family.pieces)})):
            kinds.setdefault(kind, []).append(family)
    return list(kinds.values())


NAMES = frozenset({Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT, Tag.THING})


def known_names(example: Example, chance: random.Random) -> tuple[int, ...]:
    """Return what a graph might know of a sentence's names: mostly nothing, else some of them, now and then a wrong one."""
    rows = [0] * len(example.tokens)
    if chance.random() < 0.35:
        for start, end, tag in example.spans:
            if tag in NAMES and chance.random() < 0.7:
                mark_known(rows, start, end)
        if chance.random() < 0.15:
            start = chance.randrange(len(rows))
            mark_known(rows, start, min(len(rows), start + chance.randint(1, 2)))
    return tuple(rows)


def lowered(example: Example) -> Example:
    """Return the example in lower case, as people type; letters whose lower case is longer stay."""
    text = "".join(c.lower() if len(c.lower()) == 1 else c for c in example.text)
    tokens = tuple(Token(token.span.of(text), token.span) for token in example.tokens)
    return replace(example, text=text, tokens=tokens)


def _is_held_out(where: str, share: float) -> bool:
    return random.Random(where).random() < share


def from_sample(sample: Sample) -> Example | None:
    """Return a simulated sentence by token positions, None when nothing is left of it."""
    tokens = tokenize(sample.text)
    if not tokens:
        return None
    spans: list[TokenSpan] = []
    index: dict[int, int] = {}
    for n, (span, tag) in enumerate(sample.mentions):
        place = token_range(tokens, span)
        if place is not None and all(place[0] >= end or place[1] <= start for start, end, _ in spans):
            index[n] = len(spans)
            spans.append((*place, tag))
    relations = tuple((index[s], p, index[o]) for s, p, o in sample.relations
                      if s in index and o in index and p in RELATION_INDEX)  # fmt: skip
    factuality = tuple(_covering(token.span, sample.factuality) for token in tokens)
    return Example(sample.text, tokens, tuple(spans), None, relations, "all", factuality, sample.act, sample.sentiment,
                   sample.language, sample.family)  # fmt: skip


def token_range(tokens: Sequence[Token], span: Span) -> tuple[int, int] | None:
    """Return the tokens [first, last) that a span touches, None when it touches none."""
    inside = [n for n, token in enumerate(tokens) if token.span.start < span.end and span.start < token.span.end]
    return (inside[0], inside[-1] + 1) if inside else None


def _covering(span: Span, stretches: Sequence[tuple[Span, Factuality]]) -> Factuality:
    return next((f for stretch, f in stretches if stretch.start <= span.start < stretch.end), stretches[-1][1])


ENTITY_NAMES = {"PER": Tag.PERSON, "LOC": Tag.LOCATION, "ORG": Tag.ORGANISATION, "person": Tag.PERSON,
                "location": Tag.LOCATION, "corporation": Tag.ORGANISATION, "group": Tag.ORGANISATION,
                "product": Tag.PRODUCT, "creative-work": Tag.WORK, "TIME": Tag.DATE,
                "NUM": Tag.QUANTITY}  # fmt: skip
ARGUMENT_NAMES = {**ENTITY_NAMES, "PERSON": Tag.PERSON, "GPE": Tag.LOCATION, "FAC": Tag.LOCATION, "NORP": Tag.LANGUAGE,
                  "LANGUAGE": Tag.LANGUAGE, "WORK_OF_ART": Tag.WORK, "PRODUCT": Tag.PRODUCT, "EVENT": Tag.EVENT,
                  "DATE": Tag.DATE, "NUM": Tag.QUANTITY, "CARDINAL": Tag.QUANTITY, "MISC": Tag.WORK}  # fmt: skip


def read_entities(path: Path) -> Iterator[Example]:
    """Yield the examples of a BIO file; its own types are fully known, other types are not."""
    rows = list(read_rows(path))
    tagged = frozenset(
        ENTITY_NAMES[t] for t in {tag[2:] for row in rows for tag in row["tags"] if tag != "O"} & ENTITY_NAMES.keys()
    )
    for row in rows:
        text, spans = join(row["tokens"], str(row.get("lang", "en")))
        tokens = tokenize(text)
        typed: list[TokenSpan] = []
        for start, end, name in bio_spans(row["tags"]):
            place = token_range(tokens, Span(spans[start].start, spans[end - 1].end))
            if place is not None and name in ENTITY_NAMES:
                typed.append((*place, ENTITY_NAMES[name]))
        if tokens:
            yield Example(text, tokens, tuple(typed), tagged, (), "none", language=str(row.get("lang", "en")))


def read_relations(path: Path) -> Iterator[Example]:
    """Yield the examples of a relation file with marked head and tail; only that pair is known."""
    for row in read_rows(path):
        text, spans = join(row["tokens"], str(row.get("lang", "en")))
        tokens = tokenize(text)
        relation = str(row.get("pid") or row["relation"])
        ends = ("tail", "head") if relation in TURNED else ("head", "tail")
        relation = TURNED.get(relation, relation).split("|")[0]
        head, tail = (
            token_range(tokens, Span(spans[row[e]["start"]].start, spans[row[e]["end"] - 1].end)) for e in ends
        )
        if head is None or tail is None or (head[0] < tail[1] and tail[0] < head[1]):
            continue
        label = relation if relation in RELATION_INDEX else "none" if relation in NO_RELATION_NAMES else ""
        if label:
            types = [_type(row[e], text) for e in ends]
            yield Example(text, tokens, ((*head, types[0]), (*tail, types[1])), frozenset(), ((0, label, 1),), "listed",
                          language=str(row.get("lang", "en")))  # fmt: skip


def merged(entities: Sequence[Example], relations: Sequence[Example]) -> list[Example]:
    """Return the sentences that have both their entities and their relations labelled, with every other pair unrelated.

    Relations whose ends are no labelled entities are left out; so is a sentence without any relation.
    """
    by_text: dict[str, list[Example]] = {}
    for example in relations:
        by_text.setdefault(example.text, []).append(example)
    found: list[Example] = []
    for example in entities:
        index = {span[:2]: n for n, span in enumerate(example.spans)}
        pairs: dict[tuple[int, str, int], None] = {}
        for other in by_text.get(example.text, ()):
            for s, p, o in other.relations:
                subject, obj = index.get(other.spans[s][:2]), index.get(other.spans[o][:2])
                if subject is not None and obj is not None and p != "none":
                    pairs[subject, p, obj] = None
        if example.text in by_text and len(example.spans) > 1:
            found.append(replace(example, relations=tuple(pairs), related="all"))
    return found


def _type(entity: dict[str, Any], text: str) -> Tag:
    """Return an argument's type; where the file gives none, one drawn by the sentence, so that none is favoured."""
    named = ARGUMENT_NAMES.get(str(entity.get("type", "")))
    return named or random.Random(text).choice((Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK))


def join(words: Sequence[str], language: str) -> tuple[str, list[Span]]:
    """Return words as running text, and where each stands.

    >>> join(["Hi", ",", "Ann"], "en")[0], join(["你", "好"], "zh")[0]
    ('Hi , Ann', '你好')
    """
    glue = "" if language == "zh" else " "
    spans, at = [], 0
    for word in words:
        spans.append(Span(at, at + len(word)))
        at += len(word) + len(glue)
    return glue.join(words), spans


def bio_spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return (start, end, type) of a BIO sequence; an I that nothing begins begins one.

    >>> bio_spans(["B-PER", "I-PER", "O", "I-LOC"])
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    """
    spans: list[tuple[int, int, str]] = []
    for n, tag in enumerate(tags):
        if tag == "O":
            continue
        if tag[0] == "I" and spans and spans[-1][1] == n and spans[-1][2] == tag[2:]:
            spans[-1] = (spans[-1][0], n + 1, tag[2:])
        else:
            spans.append((n, n + 1, tag[2:]))
    return spans
