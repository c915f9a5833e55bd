"""Numerals to numbers: "twenty-three", "1,850", "a dozen", 三百二十, 一九八七.

Takes the text of a quantity, gives its exact value, or None where it is vague (十几, "several"). It knows no context.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from nlu.language import Language, NumberWords

Number = int | float
_FIGURES = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_LARGE = {"k": 1000, "m": 1000000, "mn": 1000000, "bn": 1000000000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as canonical unit ("m", "EUR", "year") or empty."""

    value: Number
    unit: str = ""


def parse_number(text: str, language: str) -> Number | None:
    """Return the exact value of a numeral, None if it is vague or none.

    >>> parse_number("twenty-three", "en"), parse_number("1,850", "en"), parse_number("三百二十", "zh")
    (23, 1850, 320)
    >>> parse_number("十几", "zh") is None
    True
    """
    loaded = Language.load(language)
    plain = _plain(loaded.simplify(text))
    figure = _figure(plain)
    if figure is not None or not plain:
        return figure
    return _chinese(plain, loaded.numbers) if language == "zh" else _english(plain, loaded.numbers)


def parse_quantity(text: str, language: str) -> Quantity | None:
    """Return number and unit of a quantity ("1,850 euros", 三十二岁, "£940 a month"), None if it is vague or none."""
    loaded = Language.load(language)
    plain = _plain(loaded.simplify(text))
    units = sorted(loaded.units, key=len, reverse=True)
    for unit in units:  # a currency sign stands in front
        if not unit.isalnum() and plain.startswith(unit):
            value = parse_number(plain.removeprefix(unit).split(" ")[0], language)
            return None if value is None else Quantity(value, loaded.units[unit])
    value = parse_number(plain, language)
    if value is not None:
        return Quantity(value)
    figure = re.match(_FIGURES, plain)
    for unit in units:
        pattern = rf"^(.*?)\s*{re.escape(unit)}(?![a-z])" if loaded.spaced else rf"^(.+?){re.escape(unit)}"
        found = re.match(pattern, plain)
        value = parse_number(found[1], language) if found and found[1] else None
        if value is not None:
            return Quantity(value, loaded.units[unit])
    if figure and not loaded.spaced:
        return None
    return Quantity(_value(figure[0])) if figure else None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(" .。,，、").casefold()


def _value(figures: str) -> Number:
    number = figures.replace(",", "")
    return float(number) if "." in number else int(number)


def _figure(text: str) -> Number | None:
    if re.fullmatch(_FIGURES, text):
        return _value(text)
    if found := _ORDINAL.match(text):
        return int(found[1])
    if (found := re.fullmatch(r"(\d+(?:\.\d+)?) ?(k|mn?|bn)", text)) and found[2] != "m":
        return _exact(float(found[1]) * _LARGE[found[2]])
    return None


def _exact(value: float) -> Number:
    return int(value) if value == int(value) else value


def _english(text: str, words: NumberWords) -> Number | None:
    text = re.sub(r"^(?:about|around|nearly|almost|roughly|exactly|only|just|over) ", "", text)
    if re.search(r"\band a (half|quarter)\b", text):
        head, _, tail = text.rpartition(" and a ")
        whole = _english(head, words)
        return None if whole is None else whole + words.fractions[tail.split()[0]]
    tokens = [t for t in re.split(r"[\s-]+", text) if t not in ("and", "of", "")]
    if not tokens or any(t in words.vague for t in tokens):
        return None
    if year := _year_words(tokens, words):
        return year
    if tokens[0] in ("a", "an") and len(tokens) > 1:
        tokens[0] = "one"
    if tokens[0] in words.fractions:
        rest = [t for t in tokens[1:] if t not in ("a", "an")]
        whole = _sum(rest, words) if rest else 1
        return None if whole is None else _exact(whole * words.fractions[tokens[0]])
    return _sum(tokens, words)


def _sum(tokens: list[str], words: NumberWords) -> Number | None:
    total: Number = 0
    current: Number | None = None
    last = 10**12  # each part must be smaller than the one before
    for token in tokens:
        figure = _figure(token)
        small = words.digits.get(token, words.tens.get(token, words.ordinals.get(token, figure)))
        if small is not None:
            if current is not None and (small >= last or last < 10):
                return None
            current, last = (current or 0) + small, small if small >= 20 and small % 10 == 0 else 1
        elif token in words.scales and words.scales[token] == 100:
            current, last = (current if current is not None else 1) * 100, 100
        elif token in words.scales:
            total, current, last = total + (1 if current is None else current) * words.scales[token], None, 10**12
        elif token in words.groups or token.removesuffix("s") in words.groups:
            if token not in words.groups and current is None:
                return None
            group = words.groups.get(token, words.groups.get(token.removesuffix("s"), 0))
            total, current, last = total + (1 if current is None else current) * group, None, 1
        else:
            return None
    return _exact(total + (current or 0))


def _year_words(tokens: list[str], words: NumberWords) -> int | None:
    """Return a year told in two halves: nineteen eighty-seven, twenty twenty-six, nineteen oh five."""
    first = words.digits.get(tokens[0], words.tens.get(tokens[0], 0))
    if not 13 <= first <= 20 or len(tokens) not in (2, 3):
        return None
    rest = tokens[1:]
    if rest[0] in ("oh", "o") and len(rest) == 2 and rest[1] in words.digits:
        return first * 100 + words.digits[rest[1]]
    if rest[0] in words.tens and (len(rest) == 1 or 0 < words.digits.get(rest[1], 0) < 10):
        return first * 100 + words.tens[rest[0]] + (words.digits[rest[1]] if len(rest) == 2 else 0)
    teen = words.digits.get(rest[0], 0)
    return first * 100 + teen if len(rest) == 1 and 10 <= teen <= 19 else None


def _chinese(text: str, words: NumberWords) -> Number | None:
    text = text.removeprefix("第").replace(" ", "")
    if found := re.fullmatch(r"百分之(.+)", text):
        return _chinese(found[1], words)
    if any(character in words.vague for character in text) or "左右" in text:
        return None
    if text == "半":
        return 0.5
    if found := re.fullmatch(r"(.+)个?半", text):
        whole = _chinese(found[1].removesuffix("个"), words)
        return None if whole is None else whole + 0.5
    text = text.removesuffix("个")
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)([十百千万亿]+)(.*)", text):
        scale = 1
        for character in found[2]:
            scale *= words.scales[character]
        rest = (_figure(found[3]) if found[3].isascii() else _chinese(found[3], words)) if found[3] else 0
        return None if rest is None else _exact(float(found[1]) * scale + rest)
    if re.fullmatch(_FIGURES, text):
        return _value(text)
    if text and all(c in words.digits for c in text):
        return _digit_row(text, words)
    if "点" in text:
        whole, _, tail = text.partition("点")
        left, right = _chinese(whole, words), [words.digits.get(c) for c in tail]
        return None if left is None or not right or None in right else float(f"{left}.{''.join(map(str, right))}")
    return _scaled(text, words)


def _digit_row(text: str, words: NumberWords) -> int | None:
    """Return digits read one by one (一九八七); two neighbouring ones like 三四 are vague, "three or four"."""
    digits = [words.digits[c] for c in text]
    if len(digits) == 2 and digits[1] - digits[0] == 1 and digits[0] > 0:
        return None
    return int("".join(map(str, digits)))


def _scaled(text: str, words: NumberWords) -> int | None:
    total, section, digit, last, largest = 0, 0, None, 1, 10**12
    for at, character in enumerate(text):
        if character in words.tens:
            section, digit, last = section + words.tens[character], None, 10
        elif character in words.digits:
            if digit:
                return None  # 三四十: vague
            digit = words.digits[character]
        elif character in words.scales:
            scale = words.scales[character]
            if scale >= 10000:
                part = section + (digit or 0) if at else 1
                total, section = ((total + part) * scale if scale > largest else total + part * scale), 0
                largest = scale
            else:
                section += (1 if digit is None else digit) * scale
            digit, last = None, scale
        else:
            return None
    zero = len(text) > 1 and words.digits.get(text[-2]) == 0
    tail = (digit or 0) * (last // 10 if digit and last >= 100 and not zero else 1)
    return total + section + tail
