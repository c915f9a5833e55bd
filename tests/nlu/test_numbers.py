"""Numerals of both languages give their exact value; vague ones give none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.numbers import Quantity, parse_number, parse_quantity

_DIGITS = "零一二三四五六七八九"
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
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled_english(n: int) -> str:
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f"-{_ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{_ONES[n // 100]} hundred" + (f" and {spelled_english(n % 100)}" if n % 100 else "")
    scale, name = (10**6, "million") if n >= 10**6 else (1000, "thousand")
    rest = n % scale
    return f"{spelled_english(n // scale)} {name}" + (
        f" {'and ' * (rest < 100)}{spelled_english(rest)}" if rest else ""
    )


def spelled_chinese(n: int) -> str:
    if n >= 10**8:
        return _joined(n, 10**8, "亿")
    if n >= 10**4:
        return _joined(n, 10**4, "万")
    for scale, name in ((1000, "千"), (100, "百"), (10, "十")):
        if n >= scale:
            return _joined(n, scale, name)
    return _DIGITS[n]


def _joined(n: int, scale: int, name: str) -> str:
    rest = n % scale
    gap = "零" if rest and rest < scale // 10 else ""
    return spelled_chinese(n // scale) + name + gap + (spelled_chinese(rest) if rest else "")


@given(st.integers(0, 10**8 - 1))
def test_english_numerals_go_there_and_back(n: int) -> None:
    assert parse_number(spelled_english(n), "en") == n
    assert parse_number(f"{n:,}", "en") == n


@given(st.integers(0, 10**12 - 1))
def test_chinese_numerals_go_there_and_back(n: int) -> None:
    assert parse_number(spelled_chinese(n), "zh") == n


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a dozen", 12),
        ("half a dozen", 6),
        ("two dozen", 24),
        ("1,850", 1850),
        ("two and a half", 2.5),
        ("nineteen eighty-seven", 1987),
        ("nineteen oh five", 1905),
        ("3rd", 3),
        ("third", 3),
        ("3.5 million", 3500000),
        ("a couple", 2),
        ("several", None),
        ("dozens", None),
        ("a", None),
        ("two three", None),
        ("Bergen", None),
        ("", None),
    ],
)
def test_english(text: str, value: float | None) -> None:
    assert parse_number(text, "en") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三百二十", 320),
        ("两", 2),
        ("兩百", 200),
        ("一九八七", 1987),
        ("二百五", 250),
        ("两万五", 25000),
        ("1.5万", 15000),
        ("3万5千", 35000),
        ("廿三", 23),
        ("半", 0.5),
        ("两个半", 2.5),
        ("第三", 3),
        ("百分之二十", 20),
        ("一万亿", 10**12),
        ("三点一四", 3.14),
        ("十几", None),
        ("几", None),
        ("三四十", None),
        ("三四", None),
        ("三百多", None),
        ("卑尔根", None),
    ],
)
def test_chinese(text: str, value: float | None) -> None:
    assert parse_number(text, "zh") == value


@pytest.mark.parametrize(
    ("text", "language", "quantity"),
    [
        ("1,850 euros", "en", Quantity(1850, "EUR")),
        ("£940 a month", "en", Quantity(940, "GBP")),
        ("forty-one metres", "en", Quantity(41, "m")),
        ("two", "en", Quantity(2)),
        ("三十二岁", "zh", Quantity(32, "year")),
        ("五百块钱", "zh", Quantity(500, "CNY")),
        ("两只", "zh", Quantity(2)),
        ("十几个", "zh", None),
        ("some money", "en", None),
    ],
)
def test_quantities_have_units(text: str, language: str, quantity: Quantity | None) -> None:
    assert parse_quantity(text, language) == quantity


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    for language in ("en", "zh"):
        parse_number(text, language)
        parse_quantity(text, language)
