"""Masked-word training learns, and keeps sentence vectors near where they were."""

import torch

from nlu.tokens import tokenize
from nlu.training.masked import Course, pretrain, sentences
from nlu.training.trunk import Pair, encode
from nlu.trunk import LockedDropout, Trunk, TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

TEXTS = ["the cat sat on the mat .", "我家的猫坐在垫子上。", "a dog ran home .", "小狗跑回家了。"]


def test_masked_words_are_learned_in_seconds() -> None:
    words = sorted({token.text.casefold() for text in TEXTS for token in tokenize(text)})
    vocabulary = Vocabulary([PAD, UNK, CLS, SEP, MASK, *words])
    torch.manual_seed(0)
    trunk = Trunk(TrunkShape(len(vocabulary), hidden=48, layers=1, heads=4, inner=96, positions=96))
    pairs = [Pair(en, zh) for en, zh in zip(TEXTS[::2], TEXTS[1::2], strict=True)] * 16
    before = encode(trunk, vocabulary, TEXTS[::2])
    first, last = pretrain(trunk, vocabulary, [(1.0, TEXTS)], pairs, Course(1.0, steps=200, batch=8, rate=2e-3))
    assert last < 0.6 * first
    assert (encode(trunk, vocabulary, TEXTS[::2]) * before).sum(-1).min() > 0.8


def test_running_text_becomes_distinct_sentences_of_a_useful_length() -> None:
    assert sentences(["It rained all day. Ah! It rained all day.", "他昨天去了城里。"]) == [
        "It rained all day.",
        "他昨天去了城里。",
    ]


def test_locked_dropout_takes_a_feature_from_every_position_and_none_when_reading() -> None:
    torch.manual_seed(0)
    dropout, states = LockedDropout(0.5), torch.ones(2, 5, 64)
    dropped = dropout(states)
    assert torch.equal(dropped[:, :1].expand(-1, 5, -1), dropped)
    assert 0.2 < float((dropped == 0).float().mean()) < 0.8
    assert torch.equal(dropout.eval()(states), states)
