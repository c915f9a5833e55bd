"""Tokens and sentences with exact offsets: text in, spans out. Knows no vocabulary and no model.

A token is a run of Latin letters or digits (numbers keep their inner separators, addresses stay whole), one
Chinese character, or one other visible character. A clitic ('s, 'm, 't) is a token of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.parse import Span

HAN = r"\u3400-\u9fff\uf900-\ufaff\u3007"
_TOKEN = re.compile(
    rf"""
      [\w.+-]+@[\w-]+(?:\.[\w-]+)+            # an e-mail address
    | https?://[^\s{HAN}]+                     # a web address
    | \d+(?:[.,:/-]\d+)*                       # a number, time or numeric date
    | (?<=\w)['’](?:s|m|t|d|re|ve|ll)\b        # an English clitic
    | [^\W\d_{HAN}]+                           # a word of any alphabet but Chinese
    | [{HAN}]                                  # one Chinese character
    | [^\s]                                    # any other visible character
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ABBREVIATIONS = frozenset(
    [
        *("mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "etc", "jr", "sr", "e.g", "i.e", "approx", "inc", "ltd"),
        *("co", "cf", "ca", "rev", "fr", "hon", "gen", "col", "maj", "capt", "lt", "sgt", "gov", "sen", "rep", "vol"),
        "messrs",
    ]
)
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # U.S, P.L: an end only where a capital may open a sentence
_END = re.compile(r"(?:[.!?]+[\"'”’)]*(?=\s|$)|[。！？!?]+[”’」』）]*|…+|\n+)")


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it stands."""

    text: str
    span: Span


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text, in order, never overlapping.

    >>> [token.text for token in tokenize("I'm at Gudrun's, 她住7号楼。")]
    ['I', "'m", 'at', 'Gudrun', "'s", ',', '她', '住', '7', '号', '楼', '。']
    """
    return tuple(Token(match.group(), Span(match.start(), match.end())) for match in _TOKEN.finditer(text))


def split_sentences(text: str, *, longest: int = 400) -> tuple[Span, ...]:
    """Return the spans of a text's sentences, without surrounding white space; long ones are cut at commas.

    >>> [span.of("Dr Moss left. 她来了。好!") for span in split_sentences("Dr Moss left. 她来了。好!")]
    ['Dr Moss left.', '她来了。', '好!']
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.group() == "." and _is_abbreviation(text, match.start()):
            continue
        spans.extend(_cut(text, start, match.end(), longest))
        start = match.end()
    spans.extend(_cut(text, start, len(text), longest))
    return tuple(spans)


def is_han(character: str) -> bool:
    """Whether a character is Chinese.

    >>> is_han("好"), is_han("a")
    (True, False)
    """
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character == "〇"


def language_of(text: str) -> str:
    """Return "zh" where Chinese characters carry the text, else "en".

    >>> language_of("Jasper修什么？"), language_of("Where does my cousin 沈若溪 live?")
    ('zh', 'en')
    """
    han = sum(map(is_han, text))
    words = sum(1 for token in tokenize(text) if token.text[0].isalpha() and not is_han(token.text[0]))
    return "zh" if han and han >= 1.2 * words else "en"


def _is_abbreviation(text: str, stop: int) -> bool:
    """Whether a stop belongs to the word before it, perhaps with a space between, as in tokenised text.

    >>> [_is_abbreviation(text, text.index(". ")) for text in ("Rev. Holt", "in the U.S. House", "a U.S. ship", "Oslo. he")]
    [True, False, True, False]
    """
    word = re.search(r"[\w.]+(?= ?$)", text[max(0, stop - 40) : stop])
    if word is None:
        return False
    goes_on = re.match(r"\. ?[^\W_A-Z]", text[stop : stop + 3]) is not None
    return (
        word.group().casefold() in _ABBREVIATIONS
        or re.fullmatch(r"[A-Z]", word.group()) is not None
        or (goes_on and _DOTTED.fullmatch(word.group()) is not None)
    )


def _cut(text: str, start: int, end: int, longest: int) -> list[Span]:
    """Trim [start, end) and cut it at commas, then anywhere, so that no piece is longer than `longest`."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return []
    if end - start <= longest:
        return [Span(start, end)]
    breaks = [match.end() for match in re.finditer(r"[,;，；、]\s?|\s", text[start : start + longest])]
    cut = start + (breaks[-1] if breaks else longest)
    return [*_cut(text, start, cut, longest), *_cut(text, cut, end, longest)]
