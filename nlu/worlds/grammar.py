"""Pattern families and lexicons to annotated sentences: the text that teaches the models what people say.

Takes the pattern files of a language (`worlds/<language>/*.txt`, `lexicon/*.txt`), gives sentences with their mentions,
relations, factuality and act. It knows no model; everything random comes from the generator handed in. How a line is written: see
`nlu.worlds.pattern`. Which families are held out is decided by file and line number: append lines, don't insert them.

    python -m nlu.worlds.grammar en 20        prints twenty samples and complains about broken lines
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path

from nlu.parse import Act, Factuality, Span, Tag
from nlu.worlds.pattern import (
    Choice,
    Family,
    GrammarError,
    MentionPiece,
    Piece,
    Stretch,
    Text,
    mentions_of,
    parse_family,
    parse_text,
)

HERE = Path(__file__).parent
KEPT_BACK = 0.2  # share of the names that training does not see
_ENOUGH = 25  # a lexicon of fewer entries is not divided
_NAMED = frozenset({None, Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT})


@dataclass(frozen=True, slots=True)
class Sample:
    """An annotated sentence. Mentions are in text order; relations are (subject, property, object) by index."""

    text: str
    act: Act
    sentiment: int
    mentions: tuple[tuple[Span, Tag], ...]
    relations: tuple[tuple[int, str, int], ...]
    factuality: tuple[tuple[Span, Factuality], ...]  # covers the text, in order
    language: str
    family: str = ""  # file and line of the pattern it came from


class Names(Enum):
    """Which entries of the lexicons of names may be drawn: every fifth is kept back for measuring."""

    ALL = "all"
    SEEN = "seen"
    UNSEEN = "unseen"


@dataclass(slots=True)
class _Draft:
    """A sentence while it is being said."""

    names: Names
    text: str = ""
    mentions: list[tuple[str, Span, Tag]] = field(default_factory=list[tuple[str, Span, Tag]])
    stretches: list[tuple[Span, Factuality]] = field(default_factory=list[tuple[Span, Factuality]])


class Grammar:
    """All families and lexicons of a language."""

    def __init__(self, language: str, folder: Path | None = None) -> None:
        self.language = language
        self.folder = folder or HERE / language
        self.lexicon = {path.stem: _read_lexicon(path) for path in sorted((self.folder / "lexicon").glob("*.txt"))}
        self.broken: list[str] = []
        self.families = tuple(self._read_families())

    def sample(self, family: Family, chance: random.Random, *, names: Names = Names.ALL) -> Sample:
        """Return one sentence of a family, its names drawn from those of `names`."""
        draft = _Draft(names=names)
        self._say(family.pieces, draft, chance)
        text, mentions, stretches = _trim(draft)
        index = {name: n for n, (name, _, _) in enumerate(mentions) if name}
        relations = tuple((index[s], p, index[o]) for s, p, o in family.relations if s in index and o in index)
        covered = _cover(len(text), stretches, family.factuality)
        spans = tuple((span, tag) for _, span, tag in mentions)
        return Sample(text, family.act, family.sentiment, spans, relations, covered, self.language, family.where)

    def _say(self, pieces: Sequence[Piece], draft: _Draft, chance: random.Random) -> None:
        for piece in pieces:
            match piece:
                case Text(words):
                    draft.text += words
                case Choice(options):
                    self._say(chance.choice(options), draft, chance)
                case Stretch(factuality, inner):
                    start = len(draft.text)
                    self._say(inner, draft, chance)
                    draft.stretches.append((Span(start, len(draft.text)), factuality))
                case MentionPiece():
                    start = len(draft.text)
                    draft.text += self._words(piece, draft.names, chance)
                    tag = piece.tag or (self.lexicon[piece.slot].tag if piece.slot else None)
                    if tag is not None and piece.name != "_":
                        draft.mentions.append((piece.name, Span(start, len(draft.text)), tag))

    def _words(self, mention: MentionPiece, names: Names, chance: random.Random, depth: int = 0) -> str:
        if depth > 8:
            raise GrammarError(f"lexicon {mention.slot!r} uses itself without end")
        pieces = mention.literal if not mention.slot else self.lexicon[mention.slot].choose(names, chance)
        return self._flat(pieces, names, chance, depth)

    def _flat(self, pieces: Sequence[Piece], names: Names, chance: random.Random, depth: int) -> str:
        said: list[str] = []
        for piece in pieces:
            match piece:
                case Text(words):
                    said.append(words)
                case Choice(options):
                    said.append(self._flat(chance.choice(options), names, chance, depth))
                case MentionPiece():
                    said.append(self._words(piece, names, chance, depth + 1))
                case Stretch(_, inner):
                    said.append(self._flat(inner, names, chance, depth))
        return "".join(said)

    def _read_families(self) -> Iterator[Family]:
        for path in sorted(self.folder.glob("*.txt")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    try:
                        family = parse_family(line, f"{path.stem}:{number}")
                        self._check(family)
                        yield family
                    except ValueError as error:
                        self.broken.append(f"{path.name}:{number}: {error}: {line[:90]}")

    def _check(self, family: Family) -> None:
        names: set[str] = set()
        for mention in mentions_of(family.pieces):
            names.add(mention.name)
            if mention.slot and mention.slot not in self.lexicon:
                raise GrammarError(f"no lexicon {mention.slot!r}")
        for s, p, o in family.relations:
            if s not in names or o not in names:
                raise GrammarError(f"relation {s} {p} {o} names no mention")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Fillers of a slot."""

    tag: Tag | None
    entries: Mapping[Names, tuple[tuple[Piece, ...], ...]]

    def choose(self, names: Names, chance: random.Random) -> tuple[Piece, ...]:
        return chance.choice(self.entries[names])


@cache
def grammar(language: str) -> Grammar:
    """Return a shipped language's grammar, read once."""
    return Grammar(language)


def _read_lexicon(path: Path) -> Lexicon:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines or not lines[0].startswith("#"):
        raise GrammarError(f"{path.name}: the first line must be '# TAG' or '# -'")
    name = lines[0].lstrip("# ").split()[0]
    tag = None if name == "-" else Tag(name)
    entries = {line: parse_text(line) for line in lines[1:] if not line.startswith("#")}
    if not entries:
        raise GrammarError(f"{path.name}: no entries")
    kept_back = [line for line in entries if random.Random(line).random() < KEPT_BACK]
    every = tuple(entries.values())
    if tag not in _NAMED or len(entries) < _ENOUGH or not kept_back:
        return Lexicon(tag, dict.fromkeys(Names, every))
    unseen = tuple(entries[line] for line in kept_back)
    seen = tuple(entries[line] for line in entries if line not in set(kept_back))
    return Lexicon(tag, {Names.ALL: every, Names.SEEN: seen, Names.UNSEEN: unseen})


def _trim(draft: _Draft) -> tuple[str, list[tuple[str, Span, Tag]], list[tuple[Span, Factuality]]]:
    """Collapse doubled spaces and strip the ends, moving spans along."""
    kept: list[int] = []  # for each old offset, its new one
    out: list[str] = []
    for c in draft.text:
        kept.append(len(out))
        if c == " " and (not out or out[-1] == " "):
            continue
        out.append(c)
    kept.append(len(out))
    text = "".join(out).rstrip()
    if text and re.search(r" [,.;?!]", text):
        return _trim_punctuation(text, [(n, _moved(s, kept), t) for n, s, t in draft.mentions],
                                 [(_moved(s, kept), f) for s, f in draft.stretches])  # fmt: skip
    return (
        text,
        [(n, _moved(s, kept), t) for n, s, t in draft.mentions],
        [(_moved(s, kept), f) for s, f in draft.stretches],
    )


def _trim_punctuation(
    text: str, mentions: list[tuple[str, Span, Tag]], stretches: list[tuple[Span, Factuality]]
) -> tuple[str, list[tuple[str, Span, Tag]], list[tuple[Span, Factuality]]]:
    """Drop the space that an empty choice left before punctuation."""
    kept: list[int] = []
    out: list[str] = []
    for n, c in enumerate(text):
        kept.append(len(out))
        if not (c == " " and n + 1 < len(text) and text[n + 1] in ",.;?!"):
            out.append(c)
    kept.append(len(out))
    return "".join(out), [(n, _moved(s, kept), t) for n, s, t in mentions], [(_moved(s, kept), f) for s, f in stretches]


def _moved(span: Span, kept: list[int]) -> Span:
    last = len(kept) - 1
    return Span(kept[min(span.start, last)], kept[min(span.end, last)])


def _cover(
    length: int, stretches: list[tuple[Span, Factuality]], default: Factuality
) -> tuple[tuple[Span, Factuality], ...]:
    """Fill what no stretch covers with the line's own factuality."""
    covered: list[tuple[Span, Factuality]] = []
    at = 0
    for span, factuality in sorted(stretches, key=lambda item: item[0].start):
        if span.start > at:
            covered.append((Span(at, span.start), default))
        covered.append((span, factuality))
        at = span.end
    if at < length or not covered:
        covered.append((Span(at, length), default))
    return tuple(covered)


def describe(sample: Sample) -> str:
    """Return a sample in a few lines to read."""
    words = [span.of(sample.text) for span, _ in sample.mentions]
    said = [f"{tag}:{word}" for word, (_, tag) in zip(words, sample.mentions, strict=True)]
    facts = [f"{words[s]} {p} {words[o]}" for s, p, o in sample.relations]
    stretches = [f"{f}:{span.of(sample.text)[:20]}" for span, f in sample.factuality]
    return f"[{sample.act}] {sample.text}\n    {said}\n    {facts} {stretches} ({sample.family})\n"


def main(language: str, count: int) -> None:
    """Write samples and broken lines to standard output."""
    read = Grammar(language)
    chance = random.Random()
    for _ in range(count if read.families else 0):
        sys.stdout.write(describe(read.sample(chance.choice(read.families), chance)))
    sys.stdout.write(f"{len(read.families)} families, {len(read.lexicon)} lexicons, {len(read.broken)} broken lines\n")
    sys.stdout.write("\n".join(read.broken[:40]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "en", int(sys.argv[2]) if len(sys.argv) > 2 else 10)
