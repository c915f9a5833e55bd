"""The pattern language, the noise, and the shipped grammars."""

import random
from pathlib import Path

import pytest

from nlu.labels import RELATION_INDEX
from nlu.parse import Act, Factuality, Tag
from nlu.training.examples import Worlds, from_sample, join, lowered, read_entities, read_relations
from nlu.training.noise import disturb
from nlu.worlds.grammar import Grammar, GrammarError, grammar
from nlu.worlds.story import Stories


@pytest.fixture
def small(tmp_path: Path) -> Grammar:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "town.txt").write_text("# LOC\n(Upper|Lower) {_:stem}\n", encoding="utf-8")
    (tmp_path / "lexicon" / "stem.txt").write_text("# -\nMill\n", encoding="utf-8")
    lines = [
        "tell/asserted/+ :: {me=SELF:I} live in {x:town}(, not in {y:town}|) . :: me P551 x; y P131 x",
        "tell/asserted :: <supposed>Perhaps {a=PER:Bo} sings</supposed>, but {b=PER:Al} does. :: ",
        "tell/asserted :: {a:nowhere} :: ",
        "tell/asserted :: {a=PER:Bo} sleeps. :: a P31 z",
    ]
    (tmp_path / "home.txt").write_text("\n".join(lines), encoding="utf-8")
    return Grammar("en", tmp_path)


def test_mentions_and_relations_point_at_the_words(small: Grammar) -> None:
    sample = small.sample(small.families[0], random.Random(1))
    said = [(span.of(sample.text), tag) for span, tag in sample.mentions]
    assert said[0] == ("I", Tag.SELF)
    assert said[1][0] in {"Upper Mill", "Lower Mill"}
    assert (0, "P551", 1) in sample.relations
    assert (sample.act, sample.sentiment) == (Act.TELL, 1)
    assert " ." not in sample.text


def test_a_relation_of_an_unchosen_mention_drops(small: Grammar) -> None:
    for seed in range(20):
        sample = small.sample(small.families[0], random.Random(seed))
        assert len(sample.relations) == (2 if len(sample.mentions) == 3 else 1)


def test_stretches_cover_the_text(small: Grammar) -> None:
    sample = small.sample(small.families[1], random.Random(0))
    assert [f for _, f in sample.factuality] == [Factuality.SUPPOSED, Factuality.ASSERTED]
    assert sample.factuality[0][0].of(sample.text) == "Perhaps Bo sings"
    assert sample.factuality[-1][0].end == len(sample.text)


def test_broken_lines_are_named_and_left_out(small: Grammar) -> None:
    assert len(small.families) == 2
    assert any("no lexicon 'nowhere'" in line for line in small.broken)
    assert any("names no mention" in line for line in small.broken)


def test_a_lexicon_must_say_its_tag(tmp_path: Path) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / "town.txt").write_text("Oslo\n", encoding="utf-8")
    with pytest.raises(GrammarError, match="first line"):
        Grammar("en", tmp_path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_shipped_grammars_are_whole(language: str) -> None:
    read = grammar(language)
    assert not read.broken
    assert len(read.families) >= 600
    used = {p for family in read.families for _, p, _ in family.relations}
    assert used <= RELATION_INDEX.keys()
    assert {family.act for family in read.families} >= {Act.TELL, Act.ASK, Act.FORGET, Act.CORRECT, Act.FRAGMENT}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_noise_keeps_mentions_on_their_words(language: str) -> None:
    read, chance = grammar(language), random.Random(3)
    for _ in range(300):
        sample = disturb(read.sample(chance.choice(read.families), chance), chance)
        for span, _ in sample.mentions:
            assert 0 <= span.start <= span.end <= len(sample.text)
        example = from_sample(sample)
        assert example is None or all(0 <= s < e <= len(example.tokens) for s, e, _ in example.spans)


def test_held_out_families_are_never_drawn_for_training() -> None:
    worlds = Worlds(("en",))
    chance = random.Random(0)
    unseen = {family.where for family in worlds.unseen["en"]}
    assert unseen
    assert all(worlds.draw("en", chance).family not in unseen for _ in range(200))
    assert all(worlds.draw("en", chance, held_out=True).family in unseen for _ in range(50))


def test_corpus_rows_become_examples(tmp_path: Path) -> None:
    ner, pairs = tmp_path / "ner.jsonl", tmp_path / "pairs.jsonl"
    ner.write_text(
        '{"tokens": ["Anna", "Holm", "sings"], "tags": ["B-PER", "I-PER", "O"], "lang": "en"}\n', encoding="utf-8"
    )
    row = '{"tokens": ["Bo", "of", "Oslo"], "head": {"start": 0, "end": 1}, "tail": {"start": 2, "end": 3}, "relation": "P551"}\n'
    pairs.write_text(row, encoding="utf-8")
    entity = next(read_entities(ner))
    assert entity.spans == ((0, 2, Tag.PERSON),)
    assert entity.tagged == {Tag.PERSON}
    assert next(read_relations(pairs)).relations == ((0, "P551", 1),)
    assert join(["你", "好"], "zh")[0] == "你好"


def test_lower_case_keeps_every_place() -> None:
    example = from_sample(grammar("en").sample(grammar("en").families[0], random.Random(0)))
    assert example is not None
    low = lowered(example)
    assert low.text == example.text.lower()
    assert [t.span for t in low.tokens] == [t.span for t in example.tokens]
    assert all(t.text == t.span.of(low.text) for t in low.tokens)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_story_holds_its_answer_and_its_twin_does_not(language: str) -> None:
    read = grammar(language)
    stories, chance = Stories(read, read.families), random.Random(5)
    drawn = [stories.draw(chance) for _ in range(60)]
    assert len({story.asked for story, _ in drawn}) > 10
    for story, twin in drawn:
        assert story.answer in "".join(story.told)
        assert story.question == twin.question
        assert twin.answer == ""
        assert set(twin.told) < set(story.told)
        assert len(story.told) == len(twin.told) + 1


def test_a_rare_act_comes_more_often_than_its_share_of_the_lines() -> None:
    worlds, chance = Worlds(["en"]), random.Random(0)
    share = sum(f.act is Act.THANK for f in worlds.seen["en"]) / len(worlds.seen["en"])
    drawn = [worlds.draw("en", chance) for _ in range(1500)]
    assert sum(e.act is Act.THANK for e in drawn) / len(drawn) > share
