"""The reply to a question: with a model, without one, with a failing one, and with nothing to say."""

from __future__ import annotations

import pytest

from generation.evidence import BackendError, Evidence
from generation.retrieve import Found
from generation.unknown import Features
from generation.write import LONGEST_HAN, LONGEST_LATIN, Material, numbered, quote, shorten, speak, unknown, write
from tests.fakes import ScriptedModel

FACT = Evidence(1, "Marta Quist lives in Hollow Bay.", 1.0, 1, 0, 32, fact=7)
PASSAGE = Evidence(2, "The ferry stopped because the pier was rotten.", 0.8, 2, 0, 46, title="Almanac")
FEATURES = Features(0.8, 0.2, 0.9, 0.5, 1.0, 1.0, 1.0, 1.0)


def material(*, answer: str = "", facts: tuple[Evidence, ...] = (), probability: float | None = None) -> Material:
    passages = () if probability is None else (Found(PASSAGE, probability, FEATURES),)
    return Material("Why did the ferry stop?", "en", answer, facts, passages)


def test_facts_answer_in_the_words_the_caller_composed() -> None:
    draft = write(material(answer="Hollow Bay. [1]", facts=(FACT,), probability=0.9))
    assert (draft.text, draft.used) == ("Hollow Bay. [1]", (1,))


def test_a_likely_passage_is_quoted_when_no_fact_answers() -> None:
    draft = write(material(probability=0.9))
    assert (draft.text, draft.used) == ("“The ferry stopped because the pier was rotten.” [2]", (2,))


def test_an_unlikely_passage_is_not_dragged_in() -> None:
    draft = write(material(probability=0.3), ScriptedModel("The pier was rotten [2]."))
    assert draft.text == unknown("Why did the ferry stop?", "en")
    assert draft.used == ()


def test_the_model_isn_t_asked_when_there_is_nothing_to_answer_from() -> None:
    model = ScriptedModel("Marta lives on Mars [1].")
    assert write(material(), model).used == ()
    assert model.prompts == []


def test_of_a_model_s_words_only_the_grounded_stay() -> None:
    model = ScriptedModel("The ferry stopped because the pier was rotten [2]. It sank in 1912 [2]. Trust me.")
    draft = write(material(probability=0.9), model)
    assert (draft.text, draft.used) == ("The ferry stopped because the pier was rotten [2].", (2,))
    assert "rotten" in model.prompts[0][1]


@pytest.mark.parametrize("reply", ["", "NONE", "It sank in 1912 [2].", "I made this up."])
def test_nothing_grounded_falls_back_to_the_evidence(reply: str) -> None:
    assert write(material(probability=0.9), ScriptedModel(reply)).text.startswith("“The ferry stopped")


def test_a_failing_model_falls_back_and_keeps_what_it_had_said() -> None:
    down = ScriptedModel(failure=BackendError("down", wait_s=1.0))
    assert write(material(probability=0.9), down).text.startswith("“The ferry stopped")
    broken = ScriptedModel(
        "The pier was rotten [2]. And then the ferry", failure=BackendError("broken"), fail_after=5, size=7
    )
    assert write(material(probability=0.9), broken).text == "The pier was rotten [2]."


def test_sentences_are_spoken_one_by_one() -> None:
    model = ScriptedModel("The pier was rotten [2]. The ferry stopped [2].")
    assert list(speak(material(probability=0.9), model)) == ["The pier was rotten [2].", "The ferry stopped [2]."]


def test_unknown_is_short_and_in_the_language_of_the_question() -> None:
    for n in range(40):
        assert len(unknown(f"Question {n}?", "en")) < 60
        assert any(word in unknown(f"Q{n}?", "en") for word in ("know", "told", "no information"))
        assert any(word in unknown(f"问题{n}？", "zh") for word in ("不知道", "不清楚", "没告诉", "没有这方面的记录"))
    assert len({unknown(f"Question {n}?", "en") for n in range(40)}) > 2


@pytest.mark.parametrize("clause", ["the quick ferry crosses the grey bay, ", "x" * 90 + " "])
def test_a_long_passage_is_cut_around_what_was_asked(clause: str) -> None:
    text = clause * 20 + "the pier was rotten, " + clause * 20
    short = shorten(text, "Was the pier rotten?")
    assert len(short) <= LONGEST_LATIN
    assert "pier was rotten" in short


def test_a_long_chinese_passage_is_cut() -> None:
    clause = "渡船每天开过灰色的海湾，"
    short = shorten(clause * 30 + "因为码头烂了，" + clause * 30, "码头怎么了？")
    assert len(short) <= LONGEST_HAN
    assert "码头烂了" in short
    assert quote(Evidence(3, "码头烂了。", 1.0, 1, 0, 5), "为什么？", "zh") == "“码头烂了。”[3]"


def test_only_cited_evidence_is_listed() -> None:
    assert numbered((PASSAGE, FACT), "Because [2].") == (PASSAGE,)
