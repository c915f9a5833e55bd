"""Relation files completed by a model: rows are gathered by sentence, and a pair gets the label that is sure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nlu.corpora import is_kept_out
from nlu.labels import NO_RELATION, RELATION_INDEX, RELATIONS
from nlu.network import Network
from nlu.parse import Tag
from nlu.tokens import tokenize
from nlu.training.silver import SURE, Annotated, annotated, silver
from nlu.training.silver import _label as label_of  # pyright: ignore[reportPrivateUsage]
from nlu.trunk import TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

BORN = ("Bo", "was", "born", "in", "Oslo", ".")
BO, OSLO = (0, 1), (4, 5)


def row(relation: str, head: tuple[int, int] = BO, tail: tuple[int, int] = OSLO, **more: Any) -> dict[str, Any]:
    ends = {"head": {"start": head[0], "end": head[1]}, "tail": {"start": tail[0], "end": tail[1]}}
    return {"tokens": list(BORN), "relation": relation, **ends, **more}


def sid(*, kept_out: bool) -> str:
    return next(key for key in map(str, range(100)) if is_kept_out(key) is kept_out)


def scores(**given: float) -> Tensor:
    """Return a probability for each relation, the rest shared by those not given."""
    left = (1 - sum(given.values())) / (len(RELATIONS) - len(given))
    return torch.tensor([given.get(name, left) for name in RELATIONS])


def label(one: Annotated, probabilities: Tensor) -> str:
    return label_of(one, (*BO, Tag.PERSON), (*OSLO, Tag.LOCATION), probabilities)


def sentence(pairs: Mapping[Any, str] | None = None, complete: Sequence[str] = ()) -> Annotated:
    text = " ".join(BORN)
    return Annotated(text, tuple(tokenize(text)), "en", dict(pairs or {}), set(complete))


def test_rows_of_one_sentence_come_together() -> None:
    (one,) = annotated([row("P19"), row("P551"), row("P27", BO, (2, 3))])
    assert one.text == "Bo was born in Oslo ."
    assert one.pairs == {(BO, OSLO): "P551", (BO, (2, 3)): "P27"}
    first, second = annotated([row("P19"), row("P19") | {"tokens": [*BORN[:-1], "!"]}])
    assert first.pairs == second.pairs


@pytest.mark.parametrize(("relation", "kept"), [("P150", "P131"), ("P22|P25", "P40")])
def test_what_a_corpus_says_from_the_other_end_is_turned(relation: str, kept: str) -> None:
    (one,) = annotated([row(relation)])
    assert one.pairs == {(OSLO, BO): kept}


def test_pairs_without_relation_and_overlapping_ends() -> None:
    (one,) = annotated([row("NA")])
    assert one.pairs == {(BO, OSLO): NO_RELATION}
    (one,) = annotated([row("P19", (0, 3), (2, 5))])
    assert one.pairs == {}


def test_the_property_id_wins_over_the_name() -> None:
    (one,) = annotated([row("place of birth", pid="P19")])
    assert one.pairs == {(BO, OSLO): "P19"}


def test_sentences_kept_for_measuring_are_skipped() -> None:
    assert annotated([row("P19", sid=sid(kept_out=True))]) == []
    assert len(annotated([row("P19", sid=sid(kept_out=False)), row("P19")])) == 1


def test_a_corpus_is_complete_only_where_it_names_sentences_without_a_fact() -> None:
    (alone,) = annotated([row("P19")])
    assert not alone.complete
    without = {"tokens": ["Bo", "sings"], "no_fact_of": True, "pid": "P19"}
    told, silent = annotated([row("P19"), without])
    assert told.complete == silent.complete == {"P19"}
    assert silent.pairs == {}


def test_a_listed_pair_keeps_its_relation_whatever_the_model_says() -> None:
    one = sentence({(BO, OSLO): "P19"})
    assert label(one, scores(none=0.9)) == "P19"
    assert label(sentence({(BO, OSLO): NO_RELATION}), scores(P19=0.9)) == NO_RELATION


def test_of_several_listed_relations_the_model_picks_one() -> None:
    one = sentence({(BO, OSLO): "P276|P131|P9999999"})
    assert label(one, scores(P131=0.4, P276=0.2)) == "P131"
    assert label(one, scores(P276=0.4, P131=0.2)) == "P276"
    assert label(sentence({(BO, OSLO): "P9999999"}), scores(P131=0.9)) == ""


def test_unrelated_is_believed_only_of_a_model_that_is_sure() -> None:
    assert label(sentence(), scores(none=SURE + 0.01)) == NO_RELATION
    assert label(sentence(), scores(none=SURE - 0.01)) == ""


def test_what_a_complete_corpus_does_not_list_is_no_relation() -> None:
    assert label(sentence(complete=["P19"]), scores(P19=0.9)) == NO_RELATION
    assert label(sentence(complete=["P27"]), scores(P19=0.9)) == ""
    assert label(sentence(), scores(P19=0.9)) == ""


@pytest.mark.parametrize(("given", "meant"), [("P150", "P131"), ("P22|P25", "P40"), ("P19|P20", "P20")])
def test_a_complete_property_counts_under_every_name_of_its(given: str, meant: str) -> None:
    assert label(sentence(complete=[given]), scores(**{meant: 0.9})) == NO_RELATION


@pytest.fixture
def vocabulary() -> Vocabulary:
    words = {word.casefold() for word in (*BORN, "sings")}
    return Vocabulary([PAD, UNK, CLS, SEP, MASK, *sorted(words)])


@pytest.fixture
def network(vocabulary: Vocabulary) -> Network:
    torch.manual_seed(0)
    shape = TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=64)
    return Network(shape, lstm=24).eval()


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def test_a_network_completes_the_files_of_each_folder(network: Network, vocabulary: Vocabulary, tmp_path: Path) -> None:
    related = write(tmp_path / "open" / "train.jsonl", [row("P19"), row("P22|P25", tail=(2, 3))])
    (examples,) = silver([related], network, vocabulary)
    (example,) = examples
    assert (example.related, example.tagged) == ("listed", frozenset())
    assert all(0 <= s < e <= len(example.tokens) for s, e, _ in example.spans)
    listed = {(example.spans[s][:2], name, example.spans[o][:2]) for s, name, o in example.relations}
    assert {(BO, "P19", OSLO), ((2, 3), "P40", BO)} <= listed
    assert all(name in RELATION_INDEX for _, name, _ in listed)


def test_a_complete_corpus_is_given_twice(network: Network, vocabulary: Vocabulary, tmp_path: Path) -> None:
    related = write(tmp_path / "closed" / "train.jsonl", [row("P19")])
    without = {"tokens": ["Bo", "sings", "in", "Oslo"], "no_fact_of": True, "pid": "P19"}
    absent = write(tmp_path / "closed" / "absent.jsonl", [without])
    other = write(tmp_path / "open" / "train.jsonl", [row("P551")])
    once, again, apart = silver([related, absent, other], network, vocabulary)
    assert once == again
    assert tuple(token.text for token in once[-1].tokens) == BORN
    assert [e.text for e in apart] == ["Bo was born in Oslo ."]
