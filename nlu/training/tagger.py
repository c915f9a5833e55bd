"""Train a tagger on anybody's rows {"tokens", "tags" (BIO)}, with the types that they use.

Takes files, gives a folder with weights and card. Rows are taken to stand in the order of their documents: neighbours are read
together.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nlu.batches import Batch, Row, collate
from nlu.bioes import spell
from nlu.chunks import joined, packed, size_of
from nlu.corpora import CorpusError, read_rows
from nlu.score_trained import score_tagger
from nlu.tagger import (
    STEM,
    Sentences,
    Tagger,
    TrainedTagger,
    load_tagger,
    rows_of,
    save_tagger,
    sentences_of,
)
from nlu.training.examples import bio_spans
from nlu.training.pace import Best, Pace, fine_tune
from nlu.training.start import starting_trunk
from nlu.wordpiece import Vocabulary

PACE = Pace(epochs=10, trunk_rate=1.5e-4, head_rate=2e-3, layer_decay=0.85, steps=300)
ROOM, BATCH = 200, 8  # sub-words of a chunk, chunks of a step
ALONE = 0.1  # share of the chunks that are read a sentence at a time, so that one alone is understood too


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file's sentences as numbers, with a label index a token."""

    rows: list[Row]
    labels: list[list[int]]


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of training reads."""

    batch: Batch
    sentences: Sentences
    labels: Tensor  # [S, W']


def train_tagger(
    files: Sequence[Path], out: Path, *, dev: Path | None = None, start: Path | None = None, pace: Pace = PACE
) -> float | None:
    """Train and write a tagger; return its F1 on the dev file, by which the best epoch is chosen."""
    torch.manual_seed(pace.seed)
    corpora = [list(read_rows(path)) for path in files]
    for path, rows in zip(files, corpora, strict=True):
        _check(path, rows)
    types = sorted({tag[2:] for rows in corpora for row in rows for tag in row["tags"] if tag != "O"})
    trunk, vocabulary = starting_trunk(start)
    network = Tagger(trunk.shape, types)
    network.trunk.load_state_dict(trunk.state_dict())
    if start is not None and (start / f"{STEM}.json").is_file():
        earlier = load_tagger(start).network
        if (earlier.types, earlier.lstm_size) == (network.types, network.lstm_size):
            network.load_state_dict(earlier.state_dict())  # go on where it stopped
    labelled = [_labelled(rows, network, vocabulary) for rows in corpora]
    chance, began = random.Random(pace.seed), time.monotonic()
    trained = TrainedTagger(network, vocabulary)
    best = Best(network, lambda: score_tagger(trained, dev).f1) if dev else None
    fine_tune(
        network,
        network.trunk,
        lambda _: [step for corpus in labelled for step in _steps(corpus, vocabulary, chance)],
        lambda step: loss(network, step),
        pace,
        after_epoch=best.look if best else None,
    )
    if best:
        best.settle()
    f1 = best.score if best else None
    card: dict[str, object] = {
        "name": "tripletalk-tagger",
        "task": "typed spans of tokens",
        "data": [path.parent.name for path in files],
        "sentences": sum(len(c.rows) for c in labelled),
        "recipe": pace.recipe(),
        "dev_f1": f1,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    network.cpu()
    save_tagger(out, trained, card)
    return f1


def loss(network: Tagger, step: Step) -> Tensor:
    """Return the negative log-likelihood a token, a scalar."""
    device = network.emit.weight.device
    sentences, labels = step.sentences.to(device), step.labels.to(device)
    emissions = network(step.batch.to(device), sentences)  # [S, W', L]
    allowed = torch.nn.functional.one_hot(labels, len(network.labels)).bool()
    return network.crf.loss(emissions, sentences.mask, allowed) * len(labels) / sentences.mask.sum()


def _steps(corpus: Labelled, vocabulary: Vocabulary, chance: random.Random) -> list[Step]:
    """Return an epoch's steps in random order; the borders of the chunks move from epoch to epoch."""
    sizes = [size_of(row) for row in corpus.rows]
    chunks: list[range] = []
    for window in packed(sizes, ROOM, first_room=chance.randint(1, ROOM)):
        whole = range(window.first, window.last)
        chunks.extend([range(n, n + 1) for n in whole] if chance.random() < ALONE else [whole])
    chunks.sort(key=lambda chunk: sum(sizes[n] for n in chunk) + chance.random())
    batches: list[list[range]] = [[]]
    room = BATCH * ROOM
    for chunk in chunks:
        longest = sum(sizes[n] for n in chunk)
        if batches[-1] and (len(batches[-1]) + 1) * longest > room * 1.1:
            batches.append([])
        batches[-1].append(chunk)
    chance.shuffle(batches)
    return [_step(corpus, batch, vocabulary) for batch in batches]


def _step(corpus: Labelled, chunks: Sequence[range], vocabulary: Vocabulary) -> Step:
    batch = collate([joined([corpus.rows[n] for n in chunk], vocabulary) for chunk in chunks], vocabulary)
    sentences = sentences_of([[len(corpus.rows[n].cases) for n in chunk] for chunk in chunks], batch.cases.shape[1])
    labels = torch.zeros(sentences.mask.shape, dtype=torch.long)
    for row, n in enumerate(n for chunk in chunks for n in chunk):
        labels[row, : len(corpus.labels[n])] = torch.tensor(corpus.labels[n])
    return Step(batch, sentences, labels)


def _check(path: Path, rows: Sequence[dict[str, object]]) -> None:
    for n, row in enumerate(rows, 1):
        tokens, tags = row.get("tokens"), row.get("tags")
        if not isinstance(tokens, list) or not isinstance(tags, list) or len(tokens) != len(tags):
            raise CorpusError(f"{path}, row {n}: expected 'tokens' and as many 'tags', found the keys {sorted(row)}")
    if not rows:
        raise CorpusError(f"{path}: expected rows with 'tokens' and 'tags', found none")


def _labelled(rows: Sequence[dict[str, list[str]]], network: Tagger, vocabulary: Vocabulary) -> Labelled:
    """Return a file's rows as numbers, without empty sentences."""
    index = {label: n for n, label in enumerate(network.labels)}
    filled = [row for row in rows if row["tokens"]]
    numbers = rows_of((row["tokens"] for row in filled), vocabulary)
    labels: list[list[int]] = []
    for row, read in zip(filled, numbers, strict=True):
        labels.append([index[label] for label in spell(bio_spans(row["tags"]), len(read.cases))])
    return Labelled(numbers, labels)
