"""Passages read together with the question: what is read in one go, which answer goes first, how it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from generation.evidence import Passage
from generation.index import PassageIndex
from generation.reading import Blend, Said, around, chunk_of, decides, evidence_of, read, reply
from generation.retrieve import Ask, Found, retrieve
from tests.fakes import HashingEncoder

ENCODER = HashingEncoder(256)
FLAT = Blend(0.0, 1.0, 0.0, 0.5)


@dataclass(frozen=True)
class Finding:
    start: int
    end: int
    span: float = 0.9
    answers: float = 0.9
    verdict: str = "span"
    decided: float = 0.95

    @property
    def spans(self) -> tuple[tuple[int, int, float], ...]:
        return ((self.start, self.end, self.span),)


@dataclass
class Pointing:
    """A reader that finds some words wherever they stand."""

    words: tuple[str, ...]

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Finding]:
        return [self._one(text) for _, text in pairs]

    def _one(self, text: str) -> Finding:
        for word in self.words:
            if word in text:
                return Finding(text.index(word), text.index(word) + len(word))
        return Finding(0, 1, answers=0.01)


def index_of(directory: Path, *said: str, title: str = "") -> PassageIndex:
    index = PassageIndex(directory, ENCODER)
    passages = [
        Passage(n, 1 if title else n, 40 * n if title else 0, 40 * n + 30 if title else len(text), text, title=title,
                said_at="2026-03-11T10:00")
        for n, text in enumerate(said, 1)
    ]  # fmt: skip
    index.add(passages, ENCODER.encode(said))
    return index


def found_in(index: PassageIndex, question: str) -> tuple[Found, ...]:
    return retrieve(Ask(question, ENCODER.encode([question])[0], "en"), index)


def test_a_message_is_read_with_those_around_it(tmp_path: Path) -> None:
    index = index_of(tmp_path, "Casimir is my cousin.", "He began at the Gull Hotel.", "It rains.")
    evidence = next(f.evidence for f in found_in(index, "Gull Hotel") if "Gull" in f.evidence.text)
    chunk = chunk_of(evidence, index)
    assert chunk is not None
    assert chunk.text == "Casimir is my cousin. He began at the Gull Hotel. It rains."
    assert chunk.holding(chunk.text.index("Gull")).text == "He began at the Gull Hotel."


def test_what_was_said_later_goes_first(tmp_path: Path) -> None:
    index = index_of(tmp_path, "The door is red.", "I had soup. " * 40, "The door is ochre now.")
    said = read("Which colour is the door?", found_in(index, "the door is"), index, Pointing(("red", "ochre")), FLAT)
    assert said[0].words == "ochre"


def test_whom_the_question_names_is_no_answer(tmp_path: Path) -> None:
    index = index_of(tmp_path, "David sits on the board.")
    found = found_in(index, "Who is David's wife?")
    assert read("Who is David's wife?", found, index, Pointing(("David",)), FLAT)[0].words == "David"
    assert read("Who is David's wife?", found, index, Pointing(("David",)), FLAT, names=[("David",)]) == ()


@pytest.mark.parametrize(
    ("verdict", "span", "closed", "open_ended", "text"),
    [
        ("span", 0.9, False, False, "Oslo. [1]"),
        ("span", 0.1, False, False, "“Ann lives in Oslo.” [1]"),
        ("span", 0.9, False, True, "“Ann lives in Oslo.” [1]"),
        ("yes", 0.9, True, False, "Yes: “Ann lives in Oslo.” [1]"),
        ("no", 0.9, True, False, "No: “Ann lives in Oslo.” [1]"),
        ("span", 0.9, True, False, "“Ann lives in Oslo.” [1]"),
    ],
)
def test_an_answer_is_as_short_as_it_is_sure(verdict: str, span: float, closed: bool, open_ended: bool, text: str) -> None:
    said = Said(Passage(1, 1, 0, 18, "Ann lives in Oslo."), "Oslo", verdict, 0.9, span)
    assert reply(said, "Where?", "en", 1, closed=closed, open_ended=open_ended) == text
    assert evidence_of(said, 1).text == "Ann lives in Oslo."


def test_a_day_is_no_price(tmp_path: Path) -> None:
    index = index_of(tmp_path, "The show on Saturday costs 45 crowns.")
    question = "How much does the show cost?"
    found = found_in(index, question)
    wrong, right = (read(question, found, index, Pointing((word,)), FLAT)[0] for word in ("Saturday", "45 crowns"))
    assert right.probability == pytest.approx(0.9)
    assert wrong.probability < 0.6


def test_a_yes_or_no_question_wants_one_of_both() -> None:
    passage = Passage(1, 1, 0, 18, "Ann lives in Oslo.")
    assert decides(Said(passage, "", "no", 0.5, 0.5, 0.9), closed=True)
    assert not decides(Said(passage, "Oslo", "span", 0.55, 0.5, 0.9), closed=True)
    assert decides(Said(passage, "Oslo", "span", 0.55, 0.5, 0.9), closed=False)


def test_both_views_weigh(tmp_path: Path) -> None:
    blend = Blend(0.0, 1.0, 0.5, 0.5)
    assert blend.probability(0.9, 0.9, 0.0) > blend.probability(0.9, 0.1, 0.0) > blend.probability(0.1, 0.1, 0.0)
    assert blend.probability(0.9, 0.9, -1.0) < blend.probability(0.9, 0.9, 0.0)
    assert Blend.load(tmp_path / "none.json") == Blend()
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(ValueError, match="fit them again"):
        Blend.load(tmp_path / "torn.json")


def test_only_the_part_with_the_words_is_quoted() -> None:
    assert around("One: a pear; two: a plum.", "plum") == "two: a plum."
    assert around("One line.", "") == "One line."
