"""The network's invariances, and that it learns and survives storage."""

import random
from pathlib import Path

import pytest
import torch

from nlu import checkpoint
from nlu.batches import collate, row_of
from nlu.bioes import spans_of
from nlu.folder import VOCABULARY, WeightsError, pack, unpack
from nlu.labels import NAME_LABELS, NAME_TYPES
from nlu.network import Network
from nlu.tokens import tokenize
from nlu.training.examples import Example, from_sample
from nlu.training.heads import Recipe, score, train
from nlu.trunk import TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary
from nlu.worlds.grammar import Grammar

PATTERNS = """\
tell/asserted :: {me=SELF:I} live in {x:place}. :: me P551 x
tell/asserted :: {a:person} is {b:person}'s {r=ROLE:sister}. :: b role r; r same a
tell/denied :: {a:person} does not live in {x:place}. :: a P551 x
ask/asked :: {q=WH:Where} does {a:person} live? :: a P551 q
"""


def _write_grammar(folder: Path) -> Grammar:
    (folder / "lexicon").mkdir(parents=True)
    (folder / "home.txt").write_text(PATTERNS, encoding="utf-8")
    (folder / "lexicon" / "place.txt").write_text("# LOC\nOslo\nUpper Mill\n", encoding="utf-8")
    (folder / "lexicon" / "person.txt").write_text("# PER\nAnna Holt\nBo\nTom\n", encoding="utf-8")
    return Grammar("en", folder)


def _vocabulary(texts: list[str]) -> Vocabulary:
    words = sorted({token.text.casefold() for text in texts for token in tokenize(text)})
    return Vocabulary([PAD, UNK, CLS, SEP, MASK, *words])


def _small(vocabulary: Vocabulary) -> Network:
    torch.manual_seed(0)
    return Network(TrunkShape(len(vocabulary), hidden=48, layers=2, heads=4, inner=96, positions=64), lstm=24)


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    grammar, chance = _write_grammar(tmp_path / "en"), random.Random(0)
    made = [from_sample(grammar.sample(family, chance)) for _ in range(6) for family in grammar.families]
    return [example for example in made if example is not None]


def test_padding_and_batch_order_change_no_score(examples: list[Example]) -> None:
    vocabulary = _vocabulary([e.text for e in examples])
    network = _small(vocabulary).eval()
    rows = [row_of(e.tokens, vocabulary) for e in examples[:3]]
    with torch.no_grad():
        together = network(collate(rows, vocabulary))
        alone = network(collate(rows[1:2], vocabulary))
    length = len(examples[1].tokens)
    assert torch.allclose(together.emissions[1, :length], alone.emissions[0], atol=1e-4)
    assert torch.allclose(together.act[1], alone.act[0], atol=1e-4)
    assert torch.allclose(together.vectors[1], alone.vectors[0], atol=1e-4)


def test_a_few_sentences_are_learned_whole(examples: list[Example]) -> None:
    vocabulary = _vocabulary([e.text for e in examples])
    recipe = Recipe(steps=160, batch=8, trunk_rate=1e-3, head_rate=4e-3, warm_up=10, hold_vectors=0.0)
    network = train(_small(vocabulary), vocabulary, lambda chance: chance.choice(examples), recipe)
    scores = score(network, vocabulary, examples)
    assert scores.entity_f1 == 1.0
    assert scores.relation_f1 > 0.98
    assert scores.act == 1.0
    assert scores.factuality == 1.0


def test_saved_then_loaded_gives_the_same_scores_up_to_rounding(examples: list[Example], tmp_path: Path) -> None:
    vocabulary = _vocabulary([e.text for e in examples])
    network = _small(vocabulary).eval()
    packed = unpack(pack(network.state_dict()))
    other = _small(vocabulary).eval()
    other.load_state_dict(packed)
    batch = collate([row_of(examples[0].tokens, vocabulary)], vocabulary)
    with torch.no_grad():
        assert torch.allclose(network(batch).vectors, other(batch).vectors, atol=0.02)


def test_missing_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="install tripletalk again"):
        checkpoint.load(tmp_path)


def test_broken_weights_say_what_to_do(tmp_path: Path) -> None:
    for name in (f"{checkpoint.STEM}.safetensors", f"{checkpoint.STEM}.json", VOCABULARY):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsError, match="can't be read"):
        checkpoint.load(tmp_path)


def test_a_relation_is_scored_by_its_description_alone_when_training_never_saw_it(examples: list[Example]) -> None:
    vocabulary = _vocabulary([e.text for e in examples])
    network = _small(vocabulary).eval()
    labels = network.pairs.labels
    with torch.no_grad():
        labels.descriptions.normal_()
        pairs = torch.randn(3, labels.learned.shape[1])
        before = labels(pairs)
        twin = labels.descriptions[5:6].clone()
        labels.append(twin)
        after = labels(pairs)
    assert torch.equal(after[:, :-1], before)
    assert torch.allclose(after[:, -1] - labels.bias[-1], before[:, 5] - labels.bias[5], atol=1e-4)


def test_names_the_graph_knows_reach_the_tagger(examples: list[Example]) -> None:
    vocabulary = _vocabulary([e.text for e in examples])
    network = _small(vocabulary).eval()
    tokens = examples[0].tokens
    with torch.no_grad():
        plain = network(collate([row_of(tokens, vocabulary)], vocabulary)).emissions
        told = network(collate([row_of(tokens, vocabulary, (4,) * len(tokens))], vocabulary)).emissions
    assert not torch.allclose(plain, told)


def test_proper_names_are_learned_from_rows_that_annotate_just_those(examples: list[Example]) -> None:
    kept = [tuple(s for s in e.spans if s[2] in NAME_TYPES) for e in examples]
    rows = [
        Example(e.text, e.tokens, spans, frozenset(NAME_TYPES), (), "none")
        for e, spans in zip(examples, kept, strict=True)
    ]
    vocabulary = _vocabulary([e.text for e in rows])
    recipe = Recipe(steps=120, batch=8, trunk_rate=1e-3, head_rate=4e-3, warm_up=10, hold_vectors=0.0)
    network = train(_small(vocabulary), vocabulary, lambda chance: chance.choice(rows), recipe)
    batch = collate([row_of(e.tokens, vocabulary) for e in rows], vocabulary)
    with torch.no_grad():
        paths = network.name_crf.best(network(batch).names, batch.token_mask)
    found = [spans_of([NAME_LABELS[label] for label in path]) for path in paths]
    assert found == [list(spans) for spans in kept]
