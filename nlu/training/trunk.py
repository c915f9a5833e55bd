"""Teach an English sentence encoder Chinese: new embedding rows from glosses, then distillation over sentence pairs.

Takes a BERT-shaped checkpoint, a Chinese–English lexicon and sentence pairs; gives a `Trunk` and its vocabulary whose
vector for a Chinese sentence lies where the English one's did. Source of the idea: Reimers & Gurevych 2020.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.batches import sub_words
from nlu.corpora import read_rows
from nlu.tokens import is_han, tokenize
from nlu.trunk import Trunk, TrunkShape, from_bert, sentence_vectors
from nlu.wordpiece import Vocabulary

LONGEST = 128  # sub-words of a sentence that training reads
log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Gloss:
    """A lexicon entry: a Chinese word, its traditional form and its English meanings."""

    zh: str
    traditional: str
    en: tuple[str, ...]


def read_pairs(path: Path) -> list[Pair]:
    return [Pair(str(row["en"]), str(row["zh"])) for row in read_rows(path)]


def read_glosses(path: Path) -> list[Gloss]:
    rows = read_rows(path)
    return [Gloss(str(row["zh"]), str(row.get("zht") or row["zh"]), tuple(map(str, row["en"]))) for row in rows]


def extend(
    source: Path, glosses: Sequence[Gloss], texts: Iterable[str], *, at_least: int = 2
) -> tuple[Trunk, Vocabulary]:
    """Return a trunk with the source's body and rows, plus one row a Chinese character.

    Characters come from the texts (seen `at_least` times) and from the lexicon's common words; each
    new row is the mean of its glosses' word-piece rows, or of those of the words it occurs in.
    """
    lines = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()
    rows = [n for n, line in enumerate(lines) if not line.startswith("[unused") and not is_han(line.removeprefix("##"))]
    english = Vocabulary([lines[n] for n in rows])
    weights = from_bert(load_file(source / "model.safetensors"), rows)
    characters, forms = _characters(glosses, texts, at_least)
    vectors = _rows_from_glosses(characters, glosses, english, weights["words.weight"])
    vocabulary = Vocabulary([*english.rows, *(" ".join([c, *forms[c]]) for c in characters)])
    weights["words.weight"] = torch.cat([weights["words.weight"], vectors])
    trunk = Trunk(TrunkShape(vocabulary=len(vocabulary)))
    trunk.load_state_dict(weights)
    return trunk, vocabulary


def distil(
    trunk: Trunk,
    vocabulary: Vocabulary,
    pairs: Sequence[Pair],
    *,
    frozen_epochs: int,
    epochs: int,
    seed: int = 0,
    batch: int = 64,
    rate: float = 5e-5,
    minutes: float = 1e9,
) -> Trunk:
    """Train in place: a Chinese sentence's vector towards the English one's, and English where it was."""
    teacher = [vector for chunk in _chunks(pairs, 128) for vector in encode(trunk, vocabulary, [p.en for p in chunk])]
    first_new = next(n for n, row in enumerate(vocabulary.rows) if is_han(row[0]))
    shuffled = random.Random(seed)
    order = list(range(len(pairs)))
    started = time.monotonic()
    for epoch in range(frozen_epochs + epochs):
        frozen = epoch < frozen_epochs
        for parameter in trunk.parameters():
            parameter.requires_grad_(not frozen)
        trunk.words.weight.requires_grad_(True)
        optimiser = torch.optim.AdamW([p for p in trunk.parameters() if p.requires_grad], lr=1e-3 if frozen else rate)
        shuffled.shuffle(order)
        began, total, steps = time.monotonic(), 0.0, 0
        trunk.train()
        for chunk in _chunks(order, batch):
            if time.monotonic() - started > 60 * minutes:
                break
            target = torch.stack([teacher[n] for n in chunk])
            with torch.autocast("cpu", torch.bfloat16):
                chinese = _vectors(trunk, vocabulary, [pairs[n].zh for n in chunk])
                english = target if frozen else _vectors(trunk, vocabulary, [pairs[n].en for n in chunk])
            loss = distance(chinese.float(), target) + (
                0.0 if frozen else 2 * (1 - (english.float() * target).sum(-1)).mean()
            )
            optimiser.zero_grad()
            loss.backward()
            if frozen and trunk.words.weight.grad is not None:
                trunk.words.weight.grad[:first_new] = 0
            nn.utils.clip_grad_norm_(trunk.parameters(), 1.0)
            optimiser.step()
            total, steps = total + loss.item(), steps + 1
        log.info("epoch %d frozen=%s loss=%.4f %.0f s", epoch, frozen, total / max(steps, 1), time.monotonic() - began)
    for parameter in trunk.parameters():
        parameter.requires_grad_(True)
    return trunk.eval()


def retrieval_accuracy(trunk: Trunk, vocabulary: Vocabulary, pairs: Sequence[Pair]) -> tuple[float, float]:
    """Return top-1 accuracy zh→en and en→zh over these pairs."""
    zh, en = (torch.cat([encode(trunk, vocabulary, [getattr(p, side) for p in chunk]) for chunk in _chunks(pairs, 64)])
              for side in ("zh", "en"))  # fmt: skip
    scores, right = zh @ en.T, torch.arange(len(pairs))
    return (scores.argmax(1) == right).float().mean().item(), (scores.argmax(0) == right).float().mean().item()


@torch.no_grad()
def encode(trunk: Trunk, vocabulary: Vocabulary, texts: Sequence[str]) -> Tensor:
    """Return unit row vectors [N, H]."""
    trunk.eval()
    return _vectors(trunk, vocabulary, texts).float()


def _vectors(trunk: Trunk, vocabulary: Vocabulary, texts: Sequence[str]) -> Tensor:
    ids, mask = sub_words(texts, vocabulary, longest=LONGEST)
    return sentence_vectors(trunk(ids, mask), mask)


def distance(ours: Tensor, target: Tensor, temperature: float = 0.05) -> Tensor:
    """Contrast each sentence with the batch, and pull it to its own target. ours, target [B, H] -> scalar."""
    scores = ours @ target.T / temperature  # [B, B]
    right = torch.arange(len(ours))
    return F.cross_entropy(scores, right) + 2 * (1 - (ours * target).sum(-1)).mean()


def _characters(
    glosses: Sequence[Gloss], texts: Iterable[str], at_least: int
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the simplified characters worth a row, and the traditional forms of each."""
    simplified: dict[str, Counter[str]] = defaultdict(Counter)
    for gloss in glosses:
        if len(gloss.zh) == len(gloss.traditional):
            for ours, theirs in zip(gloss.zh, gloss.traditional, strict=True):
                simplified[theirs][ours] += 1
    to_simplified = {theirs: counts.most_common(1)[0][0] for theirs, counts in simplified.items()}
    seen: Counter[str] = Counter(to_simplified.get(c, c) for text in texts for c in text if is_han(c))
    words = Counter(c for gloss in glosses if len(gloss.zh) > 1 for c in set(gloss.zh))
    seen.update({c: at_least for c, count in words.items() if count >= 6 * at_least})
    characters = sorted(c for c, count in seen.items() if count >= at_least and is_han(c))
    kept = set(characters)
    forms: dict[str, list[str]] = defaultdict(list)
    for theirs, ours in sorted(to_simplified.items()):
        if ours in kept and theirs not in kept:
            forms[ours].append(theirs)
    return characters, forms


def _rows_from_glosses(characters: list[str], glosses: Sequence[Gloss], english: Vocabulary, rows: Tensor) -> Tensor:
    """Return [N, H]: the mean English row over a character's own glosses, else over those of words with it."""
    own: dict[str, list[int]] = defaultdict(list)
    within: dict[str, list[int]] = defaultdict(list)
    for gloss in glosses:
        ids = [
            n
            for meaning in gloss.en[:4]
            for token in tokenize(meaning)
            if token.text.isalpha()
            for n in english.pieces(token.text)
        ]
        if len(gloss.zh) == 1:
            own[gloss.zh].extend(ids)
        elif len(gloss.zh) <= 4:
            for character in set(gloss.zh):
                if len(within[character]) < 60:
                    within[character].extend(ids)
    mean = rows.mean(0)
    return torch.stack([rows[torch.tensor(ids)].mean(0) if (ids := own[c] or within[c]) else mean for c in characters])


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
