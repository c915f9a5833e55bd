"""The pattern language of the worlds: one line of a pattern or lexicon file to pieces, and what is wrong with a broken one.

Takes text, gives frozen pieces; draws nothing. A line is `act/factuality[/sentiment] :: TEXT :: RELATIONS`. In TEXT, `{x:slot}` is a
mention sampled from a lexicon, `{x=TAG:literal}` a mention with its own words, `{_:slot}` untagged filler, `(a|b)` a choice and
`<denied>…</denied>` a stretch of another factuality. RELATIONS are `x P551 y; me role r; …`; one that names a mention which was not
chosen drops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.parse import Act, Factuality, Tag


class GrammarError(ValueError):
    """A pattern or lexicon line can't be read; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they stand."""

    words: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class MentionPiece:
    """A mention, or untagged filler, from a lexicon or with its own words."""

    name: str  # "" when no relation needs it, "_" when it is filler
    tag: Tag | None  # None: the slot's own
    slot: str
    literal: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces of another factuality than the line's."""

    factuality: Factuality
    pieces: tuple[Piece, ...]


Piece = Text | Choice | MentionPiece | Stretch


@dataclass(frozen=True, slots=True)
class Family:
    """One pattern line."""

    act: Act
    factuality: Factuality
    sentiment: int
    pieces: tuple[Piece, ...]
    relations: tuple[tuple[str, str, str], ...]
    where: str


def parse_family(line: str, where: str) -> Family:
    """Return the family of a line; `where` is its file and number. Raises ValueError."""
    parts = [part.strip() for part in line.split(" :: ")]
    if len(parts) == 2 and line.rstrip().endswith("::"):
        parts = [parts[0], parts[1].removesuffix("::").strip(), ""]
    if len(parts) != 3:
        parts = [*parts, ""] if len(parts) == 2 else parts
    if len(parts) != 3:
        raise GrammarError(f"expected 'act/factuality :: text :: relations', found {len(parts)} parts")
    head = parts[0].split("/")
    sentiment = {"-": -1, "+": 1, "0": 0, "": 0}[head[2] if len(head) > 2 else ""]
    relations = tuple(_parse_relation(part) for part in parts[2].split(";") if part.strip())
    return Family(Act(head[0]), Factuality(head[1]), sentiment, parse_text(parts[1]), relations, where)


def _parse_relation(text: str) -> tuple[str, str, str]:
    words = text.split()
    if len(words) != 3:
        raise GrammarError(f"relation {text.strip()!r} is not 'subject property object'")
    return words[0], words[1], words[2]


def parse_text(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text. Raises GrammarError."""
    pieces, rest = _parse_pieces(text, 0, "")
    if rest != len(text):
        raise GrammarError(f"unbalanced {text[rest]!r} at {rest}")
    return pieces


def _parse_pieces(text: str, at: int, stops: str) -> tuple[tuple[Piece, ...], int]:
    """Parse from `at` up to one of `stops` (not consumed) or the end."""
    pieces: list[Piece] = []
    words = ""
    while at < len(text):
        c = text[at]
        if c == "\\" and at + 1 < len(text):
            words, at = words + text[at + 1], at + 2
            continue
        if c in stops or text.startswith("</", at):
            break
        special = c in "({" or (c == "<" and (_opened := re.match(r"<(\w+)>", text[at:])) is not None)
        if not special:
            words, at = words + c, at + 1
            continue
        if words:
            pieces.append(Text(words))
            words = ""
        if c == "(":
            piece, at = _parse_choice(text, at + 1)
        elif c == "{":
            piece, at = _parse_mention(text, at + 1)
        else:
            name = re.match(r"<(\w+)>", text[at:])
            assert name is not None
            inner, end = _parse_pieces(text, at + name.end(), "")
            if not text.startswith(f"</{name.group(1)}>", end):
                raise GrammarError(f"<{name.group(1)}> is not closed")
            piece, at = Stretch(Factuality(name.group(1)), inner), end + len(name.group()) + 1
        pieces.append(piece)
    if words:
        pieces.append(Text(words))
    return tuple(pieces), at


def _parse_choice(text: str, at: int) -> tuple[Choice, int]:
    options: list[tuple[Piece, ...]] = []
    while True:
        option, at = _parse_pieces(text, at, "|)")
        options.append(option)
        if at >= len(text) or text[at] == "<":
            raise GrammarError("'(' is not closed")
        if text[at] == ")":
            return Choice(tuple(options)), at + 1
        at += 1


def _parse_mention(text: str, at: int) -> tuple[MentionPiece, int]:
    head = re.match(r"[\w.]*(?:=\w+)?:", text[at:])
    if head is None:
        raise GrammarError(f"a mention must read {{name:slot}} or {{name=TAG:words}}, found {text[at - 1 : at + 20]!r}")
    name, _, tag = head.group()[:-1].partition("=")
    literal, end = _parse_pieces(text, at + head.end(), "}")
    if end >= len(text):
        raise GrammarError("'{' is not closed")
    if tag:
        return MentionPiece(name, Tag(tag), "", literal), end + 1
    if len(literal) != 1 or not isinstance(literal[0], Text):
        raise GrammarError(f"a slot name is one word: {text[at - 1 : end + 1]!r}")
    return MentionPiece(name, None, literal[0].words.strip(), ()), end + 1


def mentions_of(pieces: Sequence[Piece]) -> Iterator[MentionPiece]:
    """Yield every mention, also those inside choices and stretches."""
    for piece in pieces:
        match piece:
            case MentionPiece():
                yield piece
            case Choice(options):
                for option in options:
                    yield from mentions_of(option)
            case Stretch(_, inner):
                yield from mentions_of(inner)
            case Text():
                pass


def factualities_of(pieces: Sequence[Piece]) -> set[Factuality]:
    """Return the factualities of all stretches, also those inside choices and stretches."""
    found: set[Factuality] = set()
    for piece in pieces:
        match piece:
            case Choice(options):
                found.update(*map(factualities_of, options))
            case Stretch(factuality, inner):
                found |= {factuality} | factualities_of(inner)
            case MentionPiece() | Text():
                pass
    return found
