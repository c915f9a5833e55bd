"""An extractive reader: a question and a passage in, the words that answer out, or yes, no, or that nothing answers.

A cross-encoder: question and passage go through one Transformer together, so that each word of the one sees the other.
It shares the word embedding with the trunk, and adds to it which words are the question's and which recur in it. It
knows no graph and no index. Letters: N rows, T sub-words, H hidden. Source: Devlin et al. 2019, section 4.3 (span heads
and the null answer); Chen et al. 2017 (the exact-match feature).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from nlu.folder import Card, read_folder, write_folder
from nlu.tokens import split_sentences, tokenize
from nlu.trunk import LockedDropout, Trunk, TrunkShape
from nlu.wordpiece import Vocabulary
from nlu.words import whole_words

HAN = re.compile(r"[\u4e00-\u9fff]{2}")
STEM = "reader"
SHIPPED = Path(__file__).parent / "weights"
ROOM = 128  # sub-words of question and passage together
ASKED = 40  # of which the question takes at most so many
WINDOW = 88  # tokens of a passage that are read in one go, so that their sub-words find room
LONGEST_SPAN = 40  # sub-words of an answer
SPANS = 12  # starts of an answer that are kept
VERDICTS = ("none", "span", "yes", "no")
QUESTION, PASSAGE, RECURRING, PARTS = range(4)
_WORDS = "trunk.words.weight"  # belongs to the trunk: not written twice
REMEDY = "install tripletalk again, or train it with `tripletalk train reader`"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one passage says to one question; the span is half-open in code points of the passage."""

    start: int
    end: int
    chances: tuple[float, float, float, float]  # of VERDICTS, together 1
    span: float  # chance of the span among all of the passage
    spans: tuple[tuple[int, int, float], ...] = ()  # the likeliest spans of different starts, with their chances

    @property
    def answers(self) -> float:
        """Return the chance that the passage answers at all."""
        return 1.0 - self.chances[0]

    @property
    def weight(self) -> float:
        """Return by how much this reading is to be preferred to others of the same question."""
        return self.answers * (0.3 + 0.7 * self.span)

    @property
    def verdict(self) -> str:
        """Return "yes" or "no" for a question that asks for it, else "span"."""
        return max(zip(self.chances[1:], VERDICTS[1:], strict=True))[1]

    @property
    def decided(self) -> float:
        """Return the verdict's chance among the three, if the passage answers."""
        return max(self.chances[1:]) / max(sum(self.chances[1:]), 1e-9)


NOTHING = Reading(0, 0, (1.0, 0.0, 0.0, 0.0), 0.0)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question and a passage as numbers."""

    ids: tuple[int, ...]
    parts: tuple[int, ...]
    first: int  # where the passage's sub-words begin
    spans: tuple[tuple[int, int], ...]  # code points of the passage that each of its sub-words stands for


@dataclass(frozen=True, slots=True)
class ReaderBatch:
    """N pairs, padded."""

    ids: Tensor  # [N, T]
    mask: Tensor  # [N, T]
    parts: Tensor  # [N, T]
    passage: Tensor  # [N, T] True at the passage's sub-words

    def to(self, device: torch.device | str) -> ReaderBatch:
        return ReaderBatch(*(getattr(self, f.name).to(device) for f in fields(self)))


class ReaderNetwork(nn.Module):
    """Trunk, a verdict on the whole, and where the answer starts and ends."""

    def __init__(self, shape: TrunkShape, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.trunk = Trunk(shape, dropout=dropout)
        self.parts = nn.Embedding(PARTS, shape.hidden)
        nn.init.normal_(self.parts.weight, std=0.05)
        self.dropout = LockedDropout(dropout)
        self.span = nn.Linear(shape.hidden, 2)
        self.verdict = nn.Sequential(
            nn.Linear(2 * shape.hidden, shape.hidden), nn.Tanh(), nn.Linear(shape.hidden, len(VERDICTS))
        )

    def forward(self, batch: ReaderBatch) -> tuple[Tensor, Tensor]:
        """-> scores of the verdicts [N, 4], and of start and end [N, T, 2], -1e4 outside the passage."""
        with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=batch.ids.is_cuda):
            states = self.trunk(batch.ids, batch.mask, self.parts(batch.parts)).float()  # [N, T, H]
        states = self.dropout(states)
        ends = self.span(states).masked_fill(~batch.passage.unsqueeze(-1), -1e4)  # [N, T, 2]
        looked = ends.sum(-1).softmax(-1)  # [N, T] where the answer seems to stand
        found = (looked.unsqueeze(-1) * states).sum(1)  # [N, H]
        return self.verdict(torch.cat([states[:, 0], found], -1)), ends


class Reader:
    """A trained reader with its vocabulary."""

    def __init__(self, network: ReaderNetwork, vocabulary: Vocabulary) -> None:
        self.network, self.vocabulary = network, vocabulary

    @classmethod
    def load(cls, folder: Path, words: Tensor, *, device: str = "cpu") -> Reader:
        """Return the reader of a folder on the trunk's word embedding [V, H]. Raises WeightsError."""
        stored = read_folder(folder, STEM, remedy=REMEDY)
        network = ReaderNetwork(TrunkShape(vocabulary=len(words), layers=int(stored.card["layers"])))
        network.load_state_dict({**stored.tensors, _WORDS: words})
        network.trunk.words.weight = nn.Parameter(words, requires_grad=False)  # one copy in memory
        return cls(network.eval().to(device), stored.vocabulary)

    def save(self, folder: Path, card: Card) -> None:
        """Write weights, card and vocabulary, without the trunk's word embedding."""
        tensors = {name: tensor for name, tensor in self.network.state_dict().items() if name != _WORDS}
        write_folder(folder, STEM, tensors, self.vocabulary, {**card, "layers": self.network.trunk.shape.layers})

    @torch.inference_mode()
    def read(self, pairs: Sequence[tuple[str, str]], *, batch: int = 16) -> list[Reading]:
        """Return what each (question, passage) says; what of a passage is too long is not read."""
        rows = [encode(question, passage, self.vocabulary) for question, passage in pairs]
        order = sorted((n for n in range(len(rows)) if rows[n].spans), key=lambda n: len(rows[n].ids))
        found = [NOTHING] * len(rows)
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            for n, reading in zip(some, self._read([rows[n] for n in some]), strict=True):
                found[n] = _widened(reading, pairs[n][1])
        return found

    def read_long(self, question: str, passage: str) -> Reading:
        """Return what a passage of any length says, read in windows of sentences that overlap by one."""
        places = windows(passage)
        found = self.read([(question, passage[start:end]) for start, end in places])
        if not found:
            return NOTHING
        (start, _), best = max(zip(places, found, strict=True), key=lambda one: one[1].weight)
        spans: dict[int, tuple[int, int, float]] = {}
        for (offset, _), reading in zip(places, found, strict=True):
            for first, last, chance in reading.spans:
                known = spans.get(offset + first)
                moved = (offset + first, offset + last, chance * reading.answers)
                if known is None or known[2] < moved[2]:
                    spans[offset + first] = moved
        ranked = tuple(sorted(spans.values(), key=lambda span: -span[2]))
        return replace(best, start=start + best.start, end=start + best.end, spans=ranked)

    def _read(self, rows: Sequence[Encoded]) -> list[Reading]:
        device = self.network.span.weight.device
        verdicts, ends = self.network(collate(rows, self.vocabulary).to(device))
        chances = verdicts.softmax(-1).cpu().tolist()
        scores = ends.log_softmax(1).cpu()  # [N, T, 2]
        found: list[Reading] = []
        for n, row in enumerate(rows):
            spans = _spans(row, scores[n])
            start, end, chance = spans[0]
            found.append(Reading(start, end, tuple(chances[n]), chance, spans))
        return found


def windows(text: str, *, room: int = WINDOW) -> list[tuple[int, int]]:
    """Return stretches of sentences of at most `room` tokens, each beginning with the last sentence of the one before.

    >>> windows("One is here. Two is there. Three is gone.", room=9)
    [(0, 26), (13, 41)]
    """
    sentences = [(s.start, s.end) for s in split_sentences(text)]
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and len(tokenize(text[sentences[first][0] : sentences[last + 1][1]])) <= room:
            last += 1
        found.append((sentences[first][0], sentences[last][1]))
        if last == len(sentences) - 1:
            break
        first = max(first + 1, last)
    return found


def is_saved(folder: Path) -> bool:
    """Whether a folder holds a reader."""
    return (folder / f"{STEM}.json").is_file()


def encode(question: str, passage: str, vocabulary: Vocabulary) -> Encoded:
    """Return a pair as [CLS] question [SEP] passage [SEP]."""
    asked = [piece for token in tokenize(question[:400]) for piece in vocabulary.pieces(token.text)][:ASKED]
    words = set(asked)
    ids, parts = [vocabulary.cls, *asked, vocabulary.sep], [QUESTION] * (len(asked) + 2)
    first, spans = len(ids), list[tuple[int, int]]()
    for token in tokenize(passage[: 8 * ROOM]):
        pieces = vocabulary.pieces(token.text)
        if len(ids) + len(pieces) >= ROOM:
            break
        ids += pieces
        parts += [RECURRING if piece in words else PASSAGE for piece in pieces]
        spans += [(token.span.start, token.span.end)] * len(pieces)
    return Encoded((*ids, vocabulary.sep), (*parts, QUESTION), first, tuple(spans))


def collate(rows: Sequence[Encoded], vocabulary: Vocabulary) -> ReaderBatch:
    """Return pairs as padded tensors."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), vocabulary.pad)
    parts = torch.zeros_like(ids)
    passage = torch.zeros_like(ids, dtype=torch.bool)
    for n, row in enumerate(rows):
        ids[n, : len(row.ids)] = torch.tensor(row.ids)
        parts[n, : len(row.ids)] = torch.tensor(row.parts)
        passage[n, row.first : row.first + len(row.spans)] = True
    mask = torch.arange(width) < torch.tensor([len(row.ids) for row in rows])[:, None]
    return ReaderBatch(ids, mask, parts, passage)


def _widened(reading: Reading, passage: str) -> Reading:
    """Return a reading whose spans cut no Chinese word."""
    if not HAN.search(passage):
        return reading
    spans = tuple((*whole_words(passage, start, end), chance) for start, end, chance in reading.spans)
    start, end = spans[0][:2] if spans else (reading.start, reading.end)
    return replace(reading, start=start, end=end, spans=spans)


def _spans(row: Encoded, scores: Tensor) -> tuple[tuple[int, int, float], ...]:
    """Return the likeliest spans of a passage in code points with their chances, one a start. scores [T, 2] -> spans."""
    last = row.first + len(row.spans)
    starts, ends = scores[row.first : last, 0], scores[row.first : last, 1]
    pairs = starts[:, None] + ends[None, :]  # [T, T]
    allowed = torch.ones_like(pairs, dtype=torch.bool).triu().tril(LONGEST_SPAN)
    best, finals = pairs.masked_fill(~allowed, -1e9).max(1)  # [T]
    chosen = best.topk(min(SPANS, len(best))).indices.tolist()
    return tuple((row.spans[n][0], row.spans[int(finals[n])][1], float(best[n].exp())) for n in chosen)
