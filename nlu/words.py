"""What a dictionary knows of a sentence's words: where Chinese words begin and end and what class each is of.

Takes tokens (nlu.tokens), gives one small number a token, 0 where the dictionary has nothing to say (every token that is not
Chinese). Words are jieba's best path through its dictionary (MIT licence, 350,000 words with their classes), with its model for words
that are not in it. It knows names that the graph already holds too (see `known`). Chinese characters alone say too little of
where a name ends; this is what a reader's vocabulary adds.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import jieba
import jieba.posseg

from nlu.tokens import Token, is_han, tokenize

_CLASSES = ("", "nr", "ns", "nt", "nz", "t", "m", "n", "v", "a", "r", "u", "i")  # "": not in the dictionary
_SHORTER = {"q": "m", "b": "a", "z": "a", "d": "u", "p": "u", "c": "u", "y": "u", "e": "u", "o": "u", "f": "u", "k": "u",
            "h": "u", "s": "n", "l": "i", "j": "nz"}  # fmt: skip
_BEGIN, _INSIDE, _END, _SINGLE = range(4)
WORD_ROWS = 1 + 4 * len(_CLASSES)
KNOWN_ROWS = 5  # not part of a known name; begins, inside, ends, is one


def word_rows(tokens: Sequence[Token], simplify: dict[str, str] | None = None) -> tuple[int, ...]:
    """Return each token's place in its word and the word's class as one number below WORD_ROWS.

    >>> from nlu.tokens import tokenize
    >>> rows = word_rows(tokenize("Ann在北京。"))
    >>> rows[0], rows[-1], rows[2] % 4, rows[3] % 4
    (0, 0, 1, 3)
    """
    rows = [0] * len(tokens)
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and _is_character(tokens[end].text):
            end += 1
        if end > start:
            view = simplify or {}
            rows[start:end] = _run("".join(view.get(t.text, t.text) for t in tokens[start:end]))
        start = end + 1
    return tuple(rows)


def starts_word(row: int) -> bool:
    """Whether a row of `word_rows` is of a token that begins a word, or of no Chinese word at all."""
    return row == 0 or (row - 1) % 4 in (_BEGIN, _SINGLE)


def known(tokens: Sequence[Token], names: Collection[str]) -> tuple[int, ...]:
    """Return which tokens belong to names that are known already, the longest from the left.

    >>> from nlu.tokens import tokenize
    >>> known(tokenize("Is Ann Holt in?"), {"Ann", "Ann Holt"})
    (0, 1, 3, 0, 0)
    """
    rows = [0] * len(tokens)
    if not names:
        return tuple(rows)
    spelled = {tuple(t.text.casefold() for t in tokenize(name)) for name in names}
    longest = max(map(len, spelled), default=0)
    words = [token.text.casefold() for token in tokens]
    at = 0
    while at < len(words):
        length = next((n for n in range(longest, 0, -1) if tuple(words[at : at + n]) in spelled), 0)
        if length:
            mark_known(rows, at, at + length)
        at += max(length, 1)
    return tuple(rows)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of a text, widened to whole Chinese words where it cuts one.

    >>> text = "星期六上午九点"
    >>> text[slice(*whole_words(text, 2, 7))]
    '星期六上午九点'
    """
    at = 0
    for word in _cut(text):
        stop = at + len(word)
        if all(map(is_han, word)):
            if at < start < stop:
                start = at
            if at < end < stop:
                end = stop
        at = stop
    return start, end


def stretches(text: str, *, longest: int = 6) -> Iterator[str]:
    """Yield every run of up to `longest` tokens that could be a name: it neither begins nor ends with a mark."""
    tokens = tokenize(text)
    for start, first in enumerate(tokens):
        if not first.text[0].isalnum():
            continue
        for last in tokens[start : start + longest]:
            if last.text[-1].isalnum():
                yield text[first.span.start : last.span.end]


def mark_known(rows: list[int], start: int, end: int) -> None:
    """Write a known name at tokens [start, end) into its row."""
    for n in range(start, end):
        place = _SINGLE if end - start == 1 else _BEGIN if n == start else _END if n == end - 1 else _INSIDE
        rows[n] = 1 + place


def _is_character(word: str) -> bool:
    return len(word) == 1 and is_han(word)


@lru_cache(maxsize=16_384)
def _run(characters: str) -> tuple[int, ...]:
    rows: list[int] = []
    for word in _cut(characters):
        kind = 4 * _CLASSES.index(_class(word))
        for n in range(len(word)):
            place = _SINGLE if len(word) == 1 else _BEGIN if n == 0 else _END if n == len(word) - 1 else _INSIDE
            rows.append(1 + kind + place)
    return tuple(rows)


def _cut(characters: str) -> list[str]:
    return _segmenter().lcut(characters)


@lru_cache(maxsize=1)
def _segmenter() -> jieba.Tokenizer:
    """Return jieba with its cache where nobody else writes: by default it trusts a file in the shared temporary folder."""
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    folder = Path.home() / ".cache" / "tripletalk"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        segmenter.tmp_dir = str(folder)  # pyright: ignore[reportAttributeAccessIssue]
    except OSError:
        segmenter.tmp_dir = tempfile.mkdtemp()  # pyright: ignore[reportAttributeAccessIssue]
    return segmenter


def _class(word: str) -> str:
    tag = str(_tags().get(word, ""))
    if tag[:2] in _CLASSES:
        return tag[:2]
    short = _SHORTER.get(tag[:1], tag[:1])
    return short if short in _CLASSES else "u"


@lru_cache(maxsize=1)
def _tags() -> dict[str, str]:
    tagger = jieba.posseg.POSTokenizer(_segmenter())
    return dict(tagger.word_tag_tab)
