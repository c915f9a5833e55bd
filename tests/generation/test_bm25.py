"""Keyword search: the score against its formula, both languages, folding."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from generation.bm25 import K1, B, InvertedIndex, coverage, terms

TEXTS = ["The ferry leaves at noon.", "Ferries and more ferries.", "渡船中午开。", "A lamp, a lamp and a goat."]


def index_of(texts: list[str]) -> InvertedIndex:
    index = InvertedIndex()
    for id, text in enumerate(texts):
        index.add(id, text)
    return index


@pytest.mark.parametrize("query", ["ferry noon", "lamp goat lamp", "渡船", "nothing"])
def test_scores_agree_with_the_formula(query: str) -> None:
    bags = [Counter(terms(text)) for text in TEXTS]
    average = sum(sum(bag.values()) for bag in bags) / len(bags)
    index = index_of(TEXTS)
    for bag, score in zip(bags, index.scores(query), strict=True):
        expected = 0.0
        for term in set(terms(query)):
            seen = sum(term in other for other in bags)
            idf = math.log(1 + (len(bags) - seen + 0.5) / (seen + 0.5))
            norm = K1 * (1 - B + B * sum(bag.values()) / average)
            expected += idf * bag[term] * (K1 + 1) / (bag[term] + norm)
        assert score == pytest.approx(expected)


def test_inflection_case_accents_and_width_make_no_difference() -> None:
    index = index_of(["The café stopped its ferries."])
    for query in ("CAFE", "ｃａｆé", "ferry", "stop", "stops"):
        assert index.best(query, 1), query


def test_chinese_is_found_inside_a_sentence() -> None:
    index = index_of(["钥匙在蓝色抽屉里", "他住在上海", "海上有船"])
    assert index.best("上海", 3)[0][0] == 1
    assert [id for id, _ in index.best("抽屉", 3)] == [0]


def test_latin_beside_chinese_stands_alone() -> None:
    assert "r5" in terms("R5为什么不会溢锅")
    assert "kent" in terms("Oliver Kent的岳父")


def test_nothing_in_nothing_out() -> None:
    assert index_of([]).best("ferry", 5) == []
    assert index_of(["", "的了吗"]).best("的", 5) == []
    assert coverage([], ["a"], index_of(TEXTS)) == 0.0


def test_rare_words_count_more_in_coverage() -> None:
    index = index_of(["goat lamp", "goat hat", "goat boat"])
    assert coverage(["goat", "lamp"], ["lamp"], index) > coverage(["goat", "lamp"], ["goat"], index)
