"""Replies that are no answers: fitting, short, the same for the same message, and discreet."""

from __future__ import annotations

import pytest

from generation.converse import acknowledge, clarify, corrected, empty, finished_reading, small_talk
from generation.phrasing import codes
from nlu.parse import Act


def test_bad_news_meets_sympathy_and_good_news_gladness() -> None:
    for seed in map(str, range(9)):
        assert "sorry" in acknowledge([], -0.8, "en", seed=seed)
        assert any(word in acknowledge([], 0.8, "en", seed=seed) for word in ("glad", "great"))
        assert any(word in acknowledge([], -0.8, "zh", seed=seed) for word in ("难过", "遗憾"))
        assert any(word in acknowledge([], 0.8, "zh", seed=seed) for word in ("高兴", "恭喜", "开心"))


def test_what_was_learned_is_repeated_briefly() -> None:
    reply = acknowledge([f"Fact {n}" for n in range(9)], 0.0, "en")
    assert "Fact 0. Fact 1. Fact 2." in reply
    assert "Fact 3" not in reply
    assert acknowledge(["诺拉住在卑尔根"], 0.0, "zh", seed="x").endswith("诺拉住在卑尔根。")
    assert "knew" in acknowledge([], 0.0, "en", stood=True) or "too" in acknowledge([], 0.0, "en", stood=True)
    assert "orrected" in corrected([], "en")


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_a_reply_in_every_language(act: Act, code: str) -> None:
    for seed in "abc":
        for name in ("", "Dov"):
            reply = small_talk(act, code, name=name, seed=seed)
            assert reply
            assert "{" not in reply
            assert reply == small_talk(act, code, name=name, seed=seed)


@pytest.mark.parametrize("name", ["{0}", "{learned.__class__}", "%s", "\\1"])
def test_braces_in_names_and_titles_stay_text(name: str) -> None:
    assert name in small_talk(Act.GREET, "en", name=name)
    assert name in finished_reading(name, 3, 1, "en")
    assert name in acknowledge([name], 0.0, "en")
    assert name in clarify(name, [name, "other"], "zh")


def test_asking_back_names_every_option() -> None:
    assert clarify("David", ["the one in legal", "the one in accounts", "my uncle"], "en") == (
        "Which David do you mean: the one in legal, the one in accounts or my uncle?"
    )
    assert clarify("老孟", ["养蜂的老孟", "修钟表的老孟"], "zh") == "你说的是哪一位老孟：养蜂的老孟，还是修钟表的老孟？"
    assert clarify("", ["red", "blue"], "en") == "Which one do you mean: red or blue?"
    with pytest.raises(ValueError, match="two"):
        clarify("David", ["only one"], "en")
    assert empty("en")
    assert empty("zh")
