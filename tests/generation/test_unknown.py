"""Judging whether a passage answers: the default, learning, saving, and the types of answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generation.unknown import (
    DEFAULT,
    OPEN,
    STRUCTURED,
    Expected,
    Features,
    answerable,
    expected,
    fit,
    load,
    present,
    save,
)

GOOD = Features(0.7, 0.3, 0.9, 0.6, 1.0, 1.0, 1.0, 1.0)
BAD = Features(0.3, 0.0, 0.2, 0.1, 0.0, 1.0, 0.0, 1.0)


def test_the_default_tells_clear_cases_apart() -> None:
    assert answerable(GOOD) > 0.8
    assert answerable(BAD) < 0.1
    assert answerable(replace(GOOD, same_language=0.0, coverage=0.0, bm25=0.0)) > 0.5


@pytest.mark.parametrize("field", ["dense", "margin", "coverage", "bm25", "names", "typed", "news"])
def test_more_support_never_lowers_the_default(field: str) -> None:
    assert answerable(replace(GOOD, **{field: 0.2})) < answerable(replace(GOOD, **{field: 0.9}))


def test_fitting_learns_what_separates_and_is_calibrated() -> None:
    rng = np.random.default_rng(1)
    rows = [Features(*map(float, rng.uniform(size=8))) for _ in range(2000)]
    chances = [1 / (1 + np.exp(-(6 * row.coverage * row.same_language - 2))) for row in rows]
    labels = [bool(rng.uniform() < chance) for chance in chances]
    weights = fit(rows, labels, encoder="hashing")
    predicted = np.array([answerable(row, weights) for row in rows])
    assert abs(predicted.mean() - np.mean(labels)) < 1e-3  # the intercept is free: exact in sum
    assert float(np.abs(predicted - np.array(chances)).mean()) < 0.06


def test_fitting_refuses_what_it_can_t_learn_from() -> None:
    with pytest.raises(ValueError, match="both labels"):
        fit([GOOD, BAD], [True, True])
    with pytest.raises(ValueError, match="rows"):
        fit([], [])


def test_saved_weights_load_for_their_encoder_only(tmp_path: Path) -> None:
    path = tmp_path / "unknown.json"
    weights = fit([GOOD, BAD] * 3, [True, False] * 3, encoder="hashing")
    save(weights, {"task": "test"}, path)
    assert load("hashing", path) == weights
    assert load("other", path) == DEFAULT
    assert load("other", tmp_path / "none.json") == DEFAULT
    path.write_text("{}")
    with pytest.raises(ValueError, match="fit them again"):
        load("hashing", path)


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("How much does the crossing cost?", "en", Expected.MONEY),
        ("How many boats are there?", "en", Expected.NUMBER),
        ("When did it open?", "en", Expected.DATE),
        ("Why is it shut?", "en", Expected.REASON),
        ("What is the name of the dog?", "en", Expected.NAME),
        ("她的狗叫什么名字？", "zh", Expected.NAME),
        ("Who has the key?", "en", Expected.PERSON),
        ("Where is the key?", "en", Expected.PLACE),
        ("What is it made of?", "en", Expected.ANY),
        ("过河要多少钱？", "zh", Expected.MONEY),
        ("一共有几条船？", "zh", Expected.NUMBER),
        ("几点开门？", "zh", Expected.TIME),
        ("什么时候开的？", "zh", Expected.DATE),
        ("为什么关门？", "zh", Expected.REASON),
        ("钥匙在谁那里？", "zh", Expected.PERSON),
        ("钥匙在哪儿？", "zh", Expected.PLACE),
        ("这是什么做的？", "zh", Expected.ANY),
    ],
)
def test_a_question_shows_what_type_of_answer_it_wants(question: str, language: str, kind: Expected) -> None:
    assert expected(question, language) is kind


@pytest.mark.parametrize(
    ("kind", "text", "language", "value"),
    [
        (Expected.MONEY, "It costs 3 crowns.", "en", 1.0),
        (Expected.MONEY, "It takes 3 hours.", "en", 0.0),
        (Expected.MONEY, "门票二十元。", "zh", 1.0),
        (Expected.MONEY, "路上要二十分钟。", "zh", 0.0),
        (Expected.TIME, "It opens at half past nine.", "en", 1.0),
        (Expected.TIME, "早上七点开门。", "zh", 1.0),
        (Expected.PERSON, "anything", "en", 0.4),
        (Expected.ANY, "anything", "en", 0.5),
    ],
)
def test_a_passage_shows_whether_it_holds_that_type(kind: Expected, text: str, language: str, value: float) -> None:
    assert present(kind, text, language) == value


@pytest.mark.parametrize(
    ("kind", "text", "question", "value"),
    [
        (Expected.NAME, "One day Marta lost the dog.", "What is the name of Marta's dog?", 0.0),
        (Expected.NAME, "One day Marta lost Rex.", "What is the name of Marta's dog?", 1.0),
        (Expected.DATE, "It shut in 1987.", "When did it open after 1987?", 0.0),
        (Expected.PLACE, "Nobody knows where Marta went.", "Where is Marta?", 0.4),
    ],
)
def test_what_the_question_says_is_no_answer_to_it(kind: Expected, text: str, question: str, value: float) -> None:
    assert present(kind, text, "en", None, question) == value


def test_a_prior_moves_the_odds() -> None:
    assert answerable(BAD, prior=OPEN) > answerable(BAD) > answerable(BAD, prior=STRUCTURED)


def test_tags_decide_where_they_are_given() -> None:
    assert present(Expected.PERSON, "anything", "en", {"PER"}) == 1.0
    assert present(Expected.PERSON, "anything", "en", {"DATE"}) == 0.0
