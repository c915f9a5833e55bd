"""The numbers and months that a text holds, in digits or in words, English or Chinese, as comparable values.

Takes a text, gives sets of values; knows no evidence. It is for comparing two texts, not for reading quantities.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from generation.bm25 import fold

_DIGITS = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?(?![\d.]*[十百千万亿])")
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: n for n, word in enumerate(_ORDINALS)},
    **{word: 10 * n for n, word in enumerate(_TENS) if n > 1},
    **{word.removesuffix("y") + "ieth": 10 * n for n, word in enumerate(_TENS) if n > 1},
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ENGLISH = re.compile(
    rf"\b(?:{'|'.join([*_SMALL, *_LARGE])})(?:[\s-]+(?:and\s+)?(?:{'|'.join([*_SMALL, *_LARGE])}))*\b"
)
_HAN_DIGIT = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNIT = {"十": 10, "百": 100, "千": 1000}
_HAN_LARGE = {"万": 10_000, "亿": 100_000_000}
_HAN = re.compile(r"(\d[\d,]*(?:\.\d+)?)?([〇零一二两三四五六七八九十百千万亿]+)(?=(.?))")
_COUNTED = frozenset("年月日号岁个位名只条件本所家座层楼点分元块公里米斤次天周人口间台辆级期代章首部场倍度套")
MONTHS: list[str] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


def values(text: str) -> frozenset[Decimal]:
    """Return the numbers in a text; the number one and words for it are too common to count.

    >>> sorted(values("Twenty-three boats, 1,250 nets and 二十三 goats"))
    [Decimal('23'), Decimal('1250')]
    """
    folded = fold(text)
    found = {_decimal(match.group()) for match in _DIGITS.finditer(folded)}
    for match in _ENGLISH.finditer(folded):
        if match.group() not in ("one", "first", "second"):
            found.add(Decimal(_english(match.group())))
    for match in _HAN.finditer(folded):
        number = _chinese(match.group(2), match.group(1))
        if (
            number is not None
            and number > 1
            and (len(match.group(2)) > 1 or match.group(1) or match.group(3) in _COUNTED)
        ):
            found.add(number)
    return frozenset(found)


def months(text: str) -> frozenset[int]:
    """Return the months that a text names, by word, as 5月 or in an ISO date.

    >>> sorted(months("On 3 March and 五月六日, not 1954-11-02")), months("you may go"), months("May 1954")
    ([3, 5, 11], frozenset(), frozenset({5}))
    """
    found = {MONTHS.index(match.group().lower()) + 1 for match in _MONTH_NAME.finditer(text)}
    found |= {int(match.group(1)) for match in re.finditer(r"\b\d{4}-(\d\d)(?:-\d\d)?\b", text)}
    for match in re.finditer(r"(\d{1,2}|[一二三四五六七八九十]{1,2})月", fold(text)):
        number = int(match.group(1)) if match.group(1).isdigit() else int(_chinese(match.group(1), None) or 0)
        found.add(number)
    return frozenset(found)


_MONTH_NAME = re.compile(
    r"\b(?:(?i:january|february|april|june|july|august|september|october|november|december)|March|May)\b"
)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(re.sub("[,，]", "", text)).normalize() + 0
    except InvalidOperation:  # digits of other scripts that Decimal refuses
        return Decimal(-1)


def _english(words: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", words):
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(1, current) * 100
        elif word in _LARGE:
            total, current = total + max(1, current) * _LARGE[word], 0
    return total + current


def _chinese(characters: str, leading: str | None) -> Decimal | None:
    """Return the value of Chinese numerals, after digits where it is mixed (3万); None when they form no number."""
    if leading is not None:
        factor = 1
        for c in characters:
            factor *= _HAN_UNIT.get(c) or _HAN_LARGE.get(c) or 1
        return _decimal(leading) * factor
    if len(characters) > 1 and all(c in _HAN_DIGIT for c in characters):
        return Decimal("".join(str(_HAN_DIGIT[c]) for c in characters))
    total = section = digit = 0
    for c in characters:
        if c in _HAN_DIGIT:
            digit = _HAN_DIGIT[c]
        elif c in _HAN_UNIT:
            section, digit = section + (digit or 1) * _HAN_UNIT[c], 0
        else:
            total, section, digit = (total + section + digit or 1) * _HAN_LARGE[c], 0, 0
    return Decimal(total + section + digit)
