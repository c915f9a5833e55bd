"""The number in a value as it was told: "three", "1,850 euros", "三十二岁". Takes text, gives a number; knows no units."""

from __future__ import annotations

import re

_FIGURES = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?")
_ONES = {
    word: n
    for n, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    )
}  # fmt: skip
_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_LOOSE = {"a": 1, "an": 1, "both": 2, "pair": 2, "couple": 2, "dozen": 12, "single": 1}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2, "俩": 2, "仨": 3}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = re.compile("[零〇一二两俩仨三四五六七八九十百千万亿]+")


def number_in(text: str) -> float | None:
    """Return the first number in a text, None if there is none.

    >>> number_in("ninety-one"), number_in("1,850 euros"), number_in("三十二岁"), number_in("blue")
    (91.0, 1850.0, 32.0, None)
    """
    figures = _FIGURES.search(text)
    if figures:
        return float(figures[0].replace(",", "").replace("，", ""))
    numeral = _NUMERAL.search(text)
    return float(_chinese(numeral[0])) if numeral else _english(text)


def count_in(text: str) -> int | None:
    """Return the whole number in a text, None if there is none.

    >>> count_in("two"), count_in("4.5")
    (2, None)
    """
    number = number_in(text)
    return int(number) if number is not None and number == int(number) else None


def _english(text: str) -> float | None:
    total, current, seen = 0, 0, False
    for word in re.findall(r"[a-z]+", text.casefold()):
        if word in _SCALES and seen:
            current *= _SCALES[word]
            if _SCALES[word] > 100:
                total, current = total + current, 0
        elif word in _ONES or word in _TENS:
            current += _ONES.get(word, 0) + _TENS.get(word, 0)
            seen = True
        elif word in _LOOSE:
            current = max(current, 1) * _LOOSE[word]
            seen = True
        elif seen and word != "and":
            break
    return float(total + current) if seen else None


def _chinese(numeral: str) -> int:
    if not any(c in "十百千万亿" for c in numeral):  # a row of digits: 二〇二三
        return int("".join(str(_DIGITS[c]) for c in numeral))
    for mark, size in (("亿", 100_000_000), ("万", 10_000)):
        head, found, tail = numeral.partition(mark)
        if found:
            return (_chinese(head) if head else 1) * size + (_chinese(tail) if tail else 0)
    total, digit = 0, 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _PLACES[c]
            digit = 0
    return total + digit
