"""What bears out an answer: the asked words are like something in the passage, and its document names everybody."""

from __future__ import annotations

import numpy as np
import pytest

from generation.bm25 import terms
from generation.support import Words, asked_words, capitals, likeness, missing, support


def _words(text: str, chinese: bool = False) -> Words:
    """Return a text's words, each with a vector of its own, so that only the same word is like it."""
    texts = tuple(text) if chinese else tuple(text.split())
    starts, at = list[int](), 0
    for word in texts:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    vectors = np.zeros((len(texts), 64), dtype=np.float32)
    for row, word in enumerate(texts):
        vectors[row, sum(map(ord, word.casefold().strip(".?"))) % 64] = 1.0
    return Words(texts, tuple(starts), vectors)


def test_names_and_question_words_are_not_what_is_asked() -> None:
    text = "Where did Orla Finch study painting"
    words = _words(text)
    assert [words.texts[n] for n in asked_words(text, words, ["Orla Finch"], "en")] == ["study", "painting"]


def test_chinese_question_words_are_not_what_is_asked() -> None:
    text = "岳小棠为什么搬家"
    words = _words(text, chinese=True)
    assert "".join(words.texts[n] for n in asked_words(text, words, ["岳小棠"], "zh")) == "搬家"


def test_a_passage_that_says_what_is_asked_is_liker_than_one_that_only_names_the_person() -> None:
    text = "Where did Orla Finch study"
    question = _words(text)
    asked = asked_words(text, question, ["Orla Finch"], "en")
    told = likeness(question, asked, _words("There Orla Finch went to study"))
    untold = likeness(question, asked, _words("Orla Finch paints boats"))
    assert told is not None
    assert untold is not None
    assert told > untold
    assert support(told, 0.0) == 0.0 > support(untold, 0.0)


def test_a_question_of_nothing_but_a_name_asks_for_no_likeness() -> None:
    text = "Who is Orla"
    question = _words(text)
    assert likeness(question, asked_words(text, question, ["Orla"], "en"), _words("Orla paints")) is None


@pytest.mark.parametrize(
    ("name", "lacks"), [(("Orla Finch",), 0.0), (("Bram Finch",), 0.5), (("Teodor",), 1.0), (("Ms Oak", "Finch"), 0.0)]
)
def test_a_document_lacks_what_it_has_of_no_form_of_a_name(name: tuple[str, ...], lacks: float) -> None:
    text = "Orla Finch paints boats in Sandmouth."
    assert missing([name], text, frozenset(terms(text))) == lacks


def test_a_name_in_another_script_says_nothing() -> None:
    text = "Orla Finch paints boats in Sandmouth."
    assert missing([("岳小棠",)], text, frozenset(terms(text))) == 0.0


def test_shouted_questions_show_no_names_by_their_capitals() -> None:
    assert capitals("WHERE IS MY HAT", _words("WHERE IS MY HAT"), []) == ()
