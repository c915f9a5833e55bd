"""Train the reader on questions over passages. Takes rows, gives a folder with weights and card.

Every question is read with a window of its passage that holds the answer, and with windows that don't: the same passage
without the sentence that answers, and a passage of others that looks alike.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from nlu import checkpoint
from nlu.reader import ROOM, VERDICTS, Encoded, Reader, ReaderBatch, ReaderNetwork, collate, encode
from nlu.tokens import split_sentences, tokenize
from nlu.training.pace import Pace, fine_tune
from nlu.training.reading_rows import ReadingRow
from nlu.trunk import TrunkShape
from nlu.wordpiece import Vocabulary

PACE = Pace(epochs=3, trunk_rate=1e-4, head_rate=5e-4, layer_decay=0.9)
BATCH = 32
SPAN = 1.0  # weight of the place beside the verdict
ALONE = 0.4  # share of the windows that are as short as they can be
WITHOUT, ELSEWHERE = 0.3, 0.3  # chance that a question is also read without its answer, and over another passage


@dataclass(frozen=True, slots=True)
class Example:
    """A pair with what is to be learned of it; places in sub-words, -1 where nothing answers."""

    row: Encoded
    verdict: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    batch: ReaderBatch
    verdicts: Tensor  # [N]
    starts: Tensor  # [N]
    ends: Tensor  # [N]


@dataclass(slots=True)
class Alike:
    """Finds other passages that share rare words with a question."""

    contexts: Sequence[str]
    _rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for n, context in enumerate(self.contexts):
            for word in {t.text.casefold() for t in tokenize(context)}:
                self._rows[word].append(n)

    def other(self, question: str, context: str, chance: random.Random) -> str:
        """Return one of the passages most alike, but for the question's own."""
        votes: Counter[int] = Counter()
        for word in {t.text.casefold() for t in tokenize(question)}:
            rows = self._rows.get(word, ())
            if 0 < len(rows) <= max(20, len(self.contexts) // 10):
                for n in rows:
                    votes[n] += 1.0 / len(rows) ** 0.5  # type: ignore[assignment]
        near = [n for n, _ in votes.most_common(9) if self.contexts[n] != context][:5]
        return self.contexts[chance.choice(near) if near else chance.randrange(len(self.contexts))]


def examples(rows: Sequence[ReadingRow], vocabulary: Vocabulary, chance: random.Random, alike: Alike) -> list[Example]:
    """Return an epoch's pairs: each question with its answer, and some without."""
    found: list[Example] = []
    for row in rows:
        pieces = [(s.start, s.end) for s in split_sentences(row.context)]
        if row.verdict == "none":
            found.append(_example(row.question, *_window(row.context, pieces, None, chance), row, vocabulary))
            continue
        holding = [n for n, (start, end) in enumerate(pieces) if start < row.end and row.start < end]
        if not holding:
            continue
        text, offset = _window(row.context, pieces, holding, chance)
        found.append(_example(row.question, text, offset, row, vocabulary, answers=True))
        if chance.random() < WITHOUT and len(pieces) > len(holding):
            rest = [p for n, p in enumerate(pieces) if n not in holding]
            text = " ".join(row.context[a:b] for a, b in rest)
            if row.verdict != "span" or row.context[row.start : row.end].casefold() not in text.casefold():
                spans = [(s.start, s.end) for s in split_sentences(text)]
                found.append(_example(row.question, *_window(text, spans, None, chance), row, vocabulary))
        if chance.random() < ELSEWHERE:
            text = alike.other(row.question, row.context, chance)
            spans = [(s.start, s.end) for s in split_sentences(text)]
            found.append(_example(row.question, *_window(text, spans, None, chance), row, vocabulary))
    return found


def _window(
    text: str, pieces: Sequence[tuple[int, int]], holding: Sequence[int] | None, chance: random.Random
) -> tuple[str, int]:
    """Return consecutive sentences that fit the reader, those in `holding` among them, and where they begin."""
    room = chance.randint(ROOM // 4, ROOM - 28) if chance.random() > ALONE else 1
    at = list(holding) if holding else [chance.randrange(len(pieces))] if pieces else []
    if not at:
        return text[:ROOM], 0
    first, last = at[0], at[-1]
    size = lambda a, b: len(tokenize(text[pieces[a][0] : pieces[b][1]]))  # noqa: E731
    while first > 0 or last < len(pieces) - 1:
        left = first > 0 and (last == len(pieces) - 1 or chance.random() < 0.5)
        wider = (first - 1, last) if left else (first, last + 1)
        if size(*wider) > room * 0.8:
            break
        first, last = wider
    return text[pieces[first][0] : pieces[last][1]], pieces[first][0]


def _example(
    question: str, text: str, offset: int, row: ReadingRow, vocabulary: Vocabulary, *, answers: bool = False
) -> Example:
    encoded = encode(question, text, vocabulary)
    if not answers:
        return Example(encoded, 0, -1, -1)
    start, end = row.start - offset, row.end - offset
    inside = [n for n, (a, b) in enumerate(encoded.spans) if a < end and start < b]
    if not inside:
        return Example(encoded, 0, -1, -1)
    return Example(encoded, VERDICTS.index(row.verdict), encoded.first + inside[0], encoded.first + inside[-1])


def steps(found: Sequence[Example], vocabulary: Vocabulary, chance: random.Random) -> list[Step]:
    """Return an epoch's steps, pairs of like length together."""
    ordered = sorted(found, key=lambda e: len(e.row.ids) + chance.random() * 24)
    groups = [ordered[n : n + BATCH] for n in range(0, len(ordered), BATCH)]
    chance.shuffle(groups)
    return [
        Step(
            collate([e.row for e in group], vocabulary),
            torch.tensor([e.verdict for e in group]),
            torch.tensor([e.start for e in group]),
            torch.tensor([e.end for e in group]),
        )
        for group in groups
    ]


def loss(network: ReaderNetwork, step: Step) -> Tensor:
    """Return the cost of a step: the verdict, and where the answer stands if there is one."""
    device = network.span.weight.device
    verdicts, ends = network(step.batch.to(device))
    cost = F.cross_entropy(verdicts, step.verdicts.to(device), label_smoothing=0.05)
    held = step.starts >= 0
    if held.any():
        places = ends[held.to(device)]
        where = (step.starts[held].to(device), step.ends[held].to(device))
        cost = cost + SPAN / 2 * sum(F.cross_entropy(places[..., n], at) for n, at in enumerate(where))
    return cost


def train_reader(
    rows: Sequence[ReadingRow],
    out: Path,
    *,
    layers: int = 6,
    start: Path | None = None,
    pace: Pace = PACE,
    card: Mapping[str, object] | None = None,
) -> Reader:
    """Train and write a reader that starts from the shipped trunk's lower layers, or from another reader."""
    torch.manual_seed(pace.seed)
    shipped = checkpoint.load(Path(checkpoint.__file__).parent / "weights")
    trunk = shipped.network.trunk
    if start is not None:
        network = Reader.load(start, trunk.words.weight.detach()).network
    else:
        shape = trunk.shape
        network = ReaderNetwork(TrunkShape(shape.vocabulary, shape.hidden, layers))
        network.trunk.load_state_dict({name: trunk.state_dict()[name] for name in network.trunk.state_dict()})
    chance = random.Random(pace.seed)
    alike = Alike(sorted({row.context for row in rows}))
    fine_tune(
        network,
        network.trunk,
        lambda _: steps(examples(rows, shipped.vocabulary, chance, alike), shipped.vocabulary, chance),
        lambda step: loss(network, step),
        pace,
    )
    reader = Reader(network.cpu().eval(), shipped.vocabulary)
    reader.save(out, {"name": "tripletalk-reader", "questions": len(rows), "recipe": pace.recipe(), **(card or {})})
    return reader
