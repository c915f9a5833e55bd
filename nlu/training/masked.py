"""Go on pre-training the trunk: masked words in both languages, translations beside each other, word boundaries.

Takes a trunk, its vocabulary, running text and sentence pairs; gives the same trunk, taught. Whole words are masked, so that a
Chinese character is not guessed from the rest of its own word; a small head says where words begin and of what class they are;
sentence vectors are held where the trunk had them. Letters: B batch, T sub-words, M masked places, H hidden, V vocabulary.
Source: Devlin et al. 2019 (masked words); Cui et al. 2019 (whole words in Chinese); Conneau & Lample 2019 (translation pairs).
"""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.tokens import split_sentences, tokenize
from nlu.training.memory import keep_freed_memory
from nlu.training.trunk import LONGEST, Pair, distance
from nlu.trunk import Trunk, sentence_vectors
from nlu.wordpiece import Vocabulary
from nlu.words import WORD_ROWS, starts_word, word_rows

log = logging.getLogger(__name__)
UNKNOWN = -100
SHARE = 0.15  # of the words are masked


@dataclass(frozen=True, slots=True)
class Course:
    """How long and on what mixture to go on pre-training."""

    minutes: float
    steps: int = 1_000_000  # at most
    batch: int = 48
    rate: float = 2e-4
    translations: float = 0.3  # share of the rows that are a sentence and its translation
    longest: int = 72  # sub-words a row
    seed: int = 0


class Guess(nn.Module):
    """Scores of the vocabulary at masked places, tied to the trunk's word embedding."""

    def __init__(self, hidden: int, vocabulary: int) -> None:
        super().__init__()
        self.dense, self.norm = nn.Linear(hidden, hidden), nn.LayerNorm(hidden)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        self.words = nn.Linear(hidden, WORD_ROWS)

    def forward(self, states: Tensor, embedding: Tensor) -> Tensor:
        """states [M, H], embedding [V, H] -> [M, V]."""
        return self.norm(F.gelu(self.dense(states))) @ embedding.T.to(states.dtype) + self.bias.to(states.dtype)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as sub-words: which word each belongs to, and its dictionary class."""

    ids: tuple[int, ...]
    word: tuple[int, ...]  # -1 at [CLS] and [SEP]
    classes: tuple[int, ...]


def sentences(texts: Sequence[str], *, shortest: int = 6, longest: int = 90) -> list[str]:
    """Return the sentences of running text that are of a useful length, in code points, without repeats."""
    found = (span.of(text) for text in texts for span in split_sentences(text))
    return list(dict.fromkeys(s for s in found if shortest <= len(s) <= longest))


def pretrain(
    trunk: Trunk,
    vocabulary: Vocabulary,
    groups: Sequence[tuple[float, Sequence[str]]],
    pairs: Sequence[Pair],
    course: Course,
) -> tuple[float, float]:
    """Train in place on groups of (share, sentences); return the masked-word loss at the start and at the end."""
    keep_freed_memory()
    chance = random.Random(course.seed)
    guess = Guess(trunk.shape.hidden, len(vocabulary))
    anchor = copy.deepcopy(trunk).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(
        [{"params": trunk.parameters(), "lr": 0.0}, {"params": guess.parameters(), "lr": 0.0}],
        weight_decay=0.01,
        fused=True,
    )
    began, first, mean = time.monotonic(), 0.0, 0.0
    trunk.train()
    for step, rows in enumerate(_batches(groups, pairs, vocabulary, course, chance)):
        done = max((time.monotonic() - began) / 60 / course.minutes, step / course.steps)
        if done >= 1:
            break
        scale = min(1.0, (step + 1) / 150) * (1 - done)
        for group, rate in zip(optimiser.param_groups, (course.rate, 6 * course.rate), strict=True):
            group["lr"] = rate * scale
        masked, seen = _losses(trunk, guess, vocabulary, rows, chance)
        loss = masked + 0.5 * seen
        if step % 2 == 0:
            loss = loss + 2 * _translate(trunk, anchor, vocabulary, chance.sample(list(pairs), 32))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trunk.parameters(), 1.0)
        optimiser.step()
        mean = masked.item() if not step else 0.98 * mean + 0.02 * masked.item()
        first = first or mean
        if step % 100 == 0:
            log.info("step %d %.0f s masked=%.3f words=%.3f", step, time.monotonic() - began, mean, seen.item())
    trunk.eval()
    return first, mean


def _losses(
    trunk: Trunk, guess: Guess, vocabulary: Vocabulary, rows: Sequence[_Row], chance: random.Random
) -> tuple[Tensor, Tensor]:
    """Return the loss of masked words and of word classes."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), vocabulary.pad)
    target, classes = torch.full_like(ids, UNKNOWN), torch.full_like(ids, UNKNOWN)
    for b, row in enumerate(rows):
        length = len(row.ids)
        ids[b, :length] = torch.tensor(row.ids)
        classes[b, :length] = torch.tensor([c or UNKNOWN for c in row.classes])
        count = max(row.word) + 1
        chosen = set(chance.sample(range(count), max(1, round(SHARE * count)))) if count else set[int]()
        for n, word in enumerate(row.word):
            if word in chosen:
                target[b, n] = row.ids[n]
                roll = chance.random()
                if roll < 0.8:
                    ids[b, n] = vocabulary.mask
                elif roll < 0.9:
                    ids[b, n] = chance.randrange(len(vocabulary))
    mask = torch.arange(width) < torch.tensor([len(row.ids) for row in rows])[:, None]
    with torch.autocast("cpu", torch.bfloat16):
        states = trunk(ids, mask)  # [B, T, H]
        places = target != UNKNOWN
        scores = guess(states[places], trunk.words.weight)  # [M, V]
        seen = guess.words(states)
    words = F.cross_entropy(seen.float().flatten(0, 1), classes.flatten(), ignore_index=UNKNOWN)
    return F.cross_entropy(scores.float(), target[places]), torch.nan_to_num(words)


def _translate(trunk: Trunk, anchor: nn.Module, vocabulary: Vocabulary, pairs: Sequence[Pair]) -> Tensor:
    """Return how far both sentences of each pair are from where the English one was, told apart from the others."""
    english, chinese = (
        sub_words([getattr(p, side) for p in pairs], vocabulary, longest=LONGEST) for side in ("en", "zh")
    )
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            goal = sentence_vectors(anchor(*english).float(), english[1])
        ours = sentence_vectors(trunk(*english).float(), english[1])
        theirs = sentence_vectors(trunk(*chinese).float(), chinese[1])
    return distance(theirs, goal) + 2 * (1 - (ours * goal).sum(-1)).mean()


def _batches(
    groups: Sequence[tuple[float, Sequence[str]]], pairs: Sequence[Pair], vocabulary: Vocabulary, course: Course,
    chance: random.Random,
) -> Iterator[list[_Row]]:  # fmt: skip
    """Yield batches of rows of like length without end."""
    shares = [share for share, _ in groups]
    while True:
        pool: list[_Row] = []
        for _ in range(course.batch * 8):
            if chance.random() < course.translations:
                pair = chance.choice(pairs)
                texts = (pair.zh, pair.en) if chance.random() < 0.5 else (pair.en, pair.zh)
            else:
                texts = (chance.choice(chance.choices(groups, shares)[0][1]),)
            pool.append(_row(texts, vocabulary, course.longest))
        pool.sort(key=lambda row: len(row.ids))
        batches = [pool[n : n + course.batch] for n in range(0, len(pool), course.batch)]
        chance.shuffle(batches)
        yield from batches


def _row(texts: Sequence[str], vocabulary: Vocabulary, longest: int) -> _Row:
    ids, words, classes = [vocabulary.cls], [-1], [0]
    count = -1
    for text in texts:
        tokens = tokenize(text)
        for token, row in zip(tokens, word_rows(tokens, vocabulary.simplified), strict=True):
            pieces = vocabulary.pieces(token.text)
            if len(ids) + len(pieces) >= longest:
                break
            count += starts_word(row)
            ids.extend(pieces)
            words.extend([max(count, 0)] * len(pieces))
            classes.extend([row] * len(pieces))
        ids.append(vocabulary.sep)
        words.append(-1)
        classes.append(0)
    return _Row(tuple(ids), tuple(words), tuple(classes))
