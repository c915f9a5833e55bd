"""Retrieval: fusion and its boosts, the window, the budget, and the features for judging."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.evidence import Passage
from generation.index import PassageIndex
from generation.retrieve import Ask, Names, names_in, rank, retrieve
from generation.unknown import Expected
from tests.fakes import HashingEncoder

ENCODER = HashingEncoder(256)


def index_of(directory: Path, *texts: str, title: str = "") -> PassageIndex:
    index = PassageIndex(directory, ENCODER)
    passages: list[Passage] = []
    at = 0
    for id, text in enumerate(texts, start=1):
        passages.append(Passage(id, 1, at, at + len(text), text, title=title))
        at += len(text) + 1
    index.add(passages, ENCODER.encode(texts))
    return index


def ask(text: str, *, names: tuple[Names, ...] = (), focus: tuple[Names, ...] = (), recent: bool = False) -> Ask:
    language = "zh" if text[0] > "\u3000" else "en"
    return Ask(text, ENCODER.encode([text])[0], language, names=names, focus=focus, recent=recent)


def test_the_passage_that_answers_comes_first_with_its_span(tmp_path: Path) -> None:
    texts = ("The lamp is red.", "The ferry stopped because the pier was rotten.", "Nora keeps goats.")
    index = index_of(tmp_path, *texts, title="Almanac")
    found = retrieve(ask("Why did the ferry stop?"), index)
    first = found[0].evidence
    assert (first.number, first.text, first.title, first.episode) == (1, texts[1], "Almanac", 1)
    assert "\n".join(texts)[first.start : first.end] == texts[1]
    assert found[0].probability > 0.5 > found[1].probability
    assert [item.evidence.number for item in found] == [1, 2, 3]


def test_chinese_works_alike(tmp_path: Path) -> None:
    index = index_of(tmp_path, "灯是红的。", "渡船停了，因为码头烂了。", "诺拉养山羊。")
    found = retrieve(ask("渡船为什么停了？"), index, first_number=4)
    assert (found[0].evidence.number, found[0].evidence.text) == (4, "渡船停了，因为码头烂了。")
    assert found[0].probability > 0.5 > found[1].probability


def test_a_question_on_nothing_said_finds_nothing_likely(tmp_path: Path) -> None:
    index = index_of(tmp_path, "The lamp is red.", "The ferry leaves Hollow Bay at noon.")
    found = retrieve(ask("How much does the ferry cost?", names=(("Marta Quist",),)), index)
    assert all(item.probability < 0.5 for item in found)
    assert retrieve(ask("Why?"), PassageIndex(tmp_path / "empty", ENCODER)) == ()


def test_linked_and_focus_entities_lift_a_passage(tmp_path: Path) -> None:
    index = index_of(tmp_path, "Nora plays the harp.", "Emil plays the harp.", "Olga plays the harp.")
    plain = retrieve(ask("Who plays the harp?"), index)
    linked = retrieve(ask("Who plays the harp?", names=(("Emil", "Emil Holm"),)), index)
    focus = retrieve(ask("Who plays the harp?", focus=(("Nora",),)), index)
    score = {item.evidence.text: item.evidence.score for item in plain}
    assert {i.evidence.text: i.evidence.score - score[i.evidence.text] > 0.1 for i in linked} == {
        "Nora plays the harp.": False, "Emil plays the harp.": True, "Olga plays the harp.": False,
    }  # fmt: skip
    assert max(focus, key=lambda item: item.evidence.score - score[item.evidence.text]).evidence.text.startswith("Nora")


def test_recency_counts_only_when_asked_for(tmp_path: Path) -> None:
    index = index_of(tmp_path, "I ate a pear.", "I ate a pear.", "I ate a pear.")
    question = ask("What did I eat?", recent=True)
    hits = index.search(question.text, question.vector, 10)
    assert [item.passage.id for item in rank(question, index, hits)] == [3, 2, 1]
    scores = [item.score for item in rank(question, index, hits)]
    assert scores[0] > scores[2]
    assert len({item.score for item in rank(ask("What did I eat?"), index, hits)}) == 1


@pytest.mark.parametrize(
    ("texts", "question", "expected"),
    [
        (("The tower closed in 1987.", "Because of that the clock stopped."), "What made the clock stop?", (0, 1)),
        (("Marta left the bay.", "She sells nets now."), "Who sells nets?", (0, 1)),
        (("Swimming is forbidden here.", "The reason is the current."), "Why is swimming forbidden?", (0, 1)),
        (("井口装了铁网。", "因为羊掉下去过。"), "井口为什么装铁网？", (0, 1)),
        (("阿梅搬走了。", "所以店关了。"), "店怎么关了？", (0, 1)),
        (("The tower is old.", "Nets are sold by the pier."), "Who sells nets?", (1, 1)),
    ],
)
def test_a_leaning_sentence_brings_its_neighbour(
    tmp_path: Path, texts: tuple[str, ...], question: str, expected: tuple[int, int]
) -> None:
    index = index_of(tmp_path, *texts)
    first = retrieve(ask(question), index)[0].evidence
    whole = "\n".join(texts)
    assert whole[first.start : first.end] == "\n".join(texts[expected[0] : expected[1] + 1])


def test_the_budget_and_the_limit_hold_but_never_leave_nothing(tmp_path: Path) -> None:
    index = index_of(tmp_path, *[f"Harp number {n} is old. " + "x" * 200 for n in range(9)])
    assert len(retrieve(ask("harp"), index, limit=3, budget=10_000)) == 3
    assert len(retrieve(ask("harp"), index, budget=500)) == 2
    assert len(retrieve(ask("harp"), index, budget=10)) == 1


def test_excluded_passages_stay_out_also_as_neighbours(tmp_path: Path) -> None:
    index = index_of(tmp_path, "Who sells nets?", "She sells nets now.")
    question = ask("Who sells nets?")
    found = retrieve(Ask(question.text, question.vector, "en", exclude=frozenset({1})), index)
    assert [item.evidence.text for item in found] == ["She sells nets now."]


def test_features_tell_what_the_caller_knows(tmp_path: Path) -> None:
    index = index_of(tmp_path, "Marta lives by the pier.")
    question = ask("Where does Marta live?", names=(("Marta", "Marta Quist"), ("Emil",)))
    features = retrieve(question, index)[0].features
    assert (features.names, features.has_names, features.same_language) == (0.5, 1.0, 1.0)
    tagged = Ask(question.text, question.vector, "en", wanted=Expected.PLACE, tags={1: {"PER"}})
    assert retrieve(tagged, index)[0].features.typed == 0.0
    tagged = Ask(question.text, question.vector, "en", wanted=Expected.PLACE, tags={1: {"LOC"}})
    assert retrieve(tagged, index)[0].features.typed == 1.0


def test_a_name_must_stand_as_a_whole() -> None:
    assert names_in("Holme is far.", [("Holm",)]) == 0.0
    assert names_in("王小明老师来了", [("小明",)]) == 1.0
    assert names_in("anything", []) == 0.0


def test_the_speaker_of_a_document_is_not_the_one_who_asks(tmp_path: Path) -> None:
    index = index_of(tmp_path, "I live next door to the hall.", title="Pasted chat")
    vector = ENCODER.encode(["Where do I live?"])[0]
    index.add([Passage(2, 2, 0, 20, "I live by the canal.")], ENCODER.encode(["I live by the canal."]))
    found = retrieve(Ask("Where do I live?", vector, "en", about_self=True), index)
    assert found[0].evidence.text == "I live by the canal."
    assert [item.features.names for item in found] == [1.0, 0.0]
