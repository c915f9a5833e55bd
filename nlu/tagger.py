"""A tagger with a label set of its own: tokens in, typed spans out. It reads consecutive sentences together.

Takes tokenised sentences in the order of their document, gives spans of token positions; it is trained on anybody's rows
(nlu.training.tagger) and knows neither the graph nor the shipped model. Letters: B chunks, T sub-words, W tokens of a chunk,
S sentences, W' tokens of a sentence, L labels, H hidden. Source: Lample et al. 2016 (BiLSTM-CRF); Luoma & Pyysalo 2020 (neighbours).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from nlu.batches import CASES, Batch, Row, collate, row_of
from nlu.bioes import NamedSpan, spans_of
from nlu.chunks import Window, joined, overlapping, size_of
from nlu.crf import CRF
from nlu.folder import TRAIN_AGAIN, Card, read_folder, write_folder
from nlu.network import Characters
from nlu.parse import Span
from nlu.tokens import Token
from nlu.trunk import LockedDropout, Trunk, TrunkShape
from nlu.wordpiece import Vocabulary

STEM = "tagger"
ROOM, CORE = 250, 100  # sub-words of a chunk when predicting, and of those the ones in its middle that are kept


class Tagger(nn.Module):
    """Trunk, BiLSTM and CRF; letter case and spelling join the trunk's words, which are lower-cased."""

    def __init__(self, shape: TrunkShape, types: Sequence[str], *, lstm: int = 192, dropout: float = 0.25) -> None:
        super().__init__()
        self.types, self.lstm_size = tuple(types), lstm
        self.labels = ("O", *(f"{part}-{name}" for name in types for part in "BIES"))
        self.trunk = Trunk(shape)
        self.case = nn.Embedding(CASES, 16)
        self.characters = Characters()
        surface = 16 + Characters.width
        self.spell = nn.Linear(surface, shape.hidden)
        nn.init.zeros_(self.spell.weight)
        nn.init.zeros_(self.spell.bias)
        self.lstm = nn.LSTM(shape.hidden + surface, lstm, batch_first=True, bidirectional=True)
        self.dropout = LockedDropout(dropout)
        self.emit = nn.Linear(2 * lstm, len(self.labels))
        self.crf = CRF(self.labels)

    def forward(self, batch: Batch, sentences: Sentences) -> Tensor:
        """Return the label scores of every sentence's tokens [S, W', L]; the trunk reads whole chunks."""
        surface = torch.cat([self.case(batch.cases), self.characters(batch.characters)], -1)  # [B, W, 48]
        with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=self.training or batch.ids.is_cuda):
            seen = self.spell(surface) * batch.token_mask.unsqueeze(-1)  # [B, W, H]
            index = batch.first_piece.unsqueeze(-1).expand_as(seen)
            added = seen.new_zeros(*batch.ids.shape, seen.shape[-1]).scatter_add(1, index, seen)  # [B, T, H]
            states = self.trunk(batch.ids, batch.piece_mask, added).gather(1, index).float()  # [B, W, H]
        known = torch.cat([states, surface], -1).flatten(0, 1)[sentences.index]  # [S, W', H + 48]
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(known), sentences.lengths, batch_first=True, enforce_sorted=False
        )
        tokens, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)  # [S, W', 2 * lstm]
        return self.emit(self.dropout(tokens))


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a batch of chunks as rows of their own, for the BiLSTM and the CRF."""

    index: Tensor  # [S, W'] into the flattened tokens [B * W] of the chunks
    mask: Tensor  # [S, W']
    lengths: Tensor  # [S] tokens, on the CPU as packing wants it

    def to(self, device: torch.device) -> Sentences:
        return Sentences(self.index.to(device), self.mask.to(device), self.lengths)

    def only(self, chosen: Tensor) -> Sentences:
        """Return these sentences; `chosen` is [S], True at those to keep."""
        return Sentences(self.index[chosen], self.mask[chosen], self.lengths[chosen.cpu()])


def sentences_of(chunks: Sequence[Sequence[int]], width: int) -> Sentences:
    """Return where each sentence of each chunk stands; `chunks` are their lengths in tokens; `width` is the batch's W."""
    starts: list[int] = []
    sizes: list[int] = []
    for chunk, counts in enumerate(chunks):
        at = chunk * width
        for count in counts:
            if count:
                starts.append(at)
                sizes.append(count)
            at += count
    lengths, steps = torch.tensor(sizes), torch.arange(max(sizes))
    mask = steps < lengths[:, None]
    return Sentences((torch.tensor(starts)[:, None] + steps) * mask, mask, lengths)


def rows_of(sentences: Iterable[Sequence[str]], vocabulary: Vocabulary) -> list[Row]:
    """Return tokenised sentences as numbers."""
    nowhere = Span(0, 0)
    return [row_of(tuple(Token(word, nowhere) for word in words), vocabulary) for words in sentences]


@dataclass(frozen=True, slots=True)
class TrainedTagger:
    """A tagger with its vocabulary, ready to read."""

    network: Tagger
    vocabulary: Vocabulary

    def read(self, sentences: Sequence[Sequence[str]], *, batch: int = 8) -> list[list[NamedSpan]]:
        """Return the typed spans of sentences that stand in the order of their document."""
        rows = rows_of(sentences, self.vocabulary)
        found: list[list[NamedSpan]] = [[] for _ in rows]
        filled = [n for n, row in enumerate(rows) if row.cases]
        kept = [rows[n] for n in filled]
        windows = overlapping([size_of(row) for row in kept], ROOM, CORE)
        windows.sort(key=lambda w: sum(size_of(row) for row in kept[w.first : w.last]))
        for n in range(0, len(windows), batch):
            for place, path in self._best(kept, windows[n : n + batch]):
                found[filled[place]] = spans_of([self.network.labels[label] for label in path])
        return found

    @torch.no_grad()
    def _best(self, rows: Sequence[Row], windows: Sequence[Window]) -> list[tuple[int, list[int]]]:
        """Return each kept sentence with its best labels."""
        device = self.network.emit.weight.device
        chunks = [rows[w.first : w.last] for w in windows]
        batch = collate([joined(chunk, self.vocabulary) for chunk in chunks], self.vocabulary).to(device)
        every = sentences_of([[len(row.cases) for row in chunk] for chunk in chunks], batch.cases.shape[1])
        inner = [w.keep_first <= n < w.keep_last for w in windows for n in range(w.first, w.last)]
        kept = every.only(torch.tensor(inner)).to(device)
        emissions = self.network(batch, kept).float()  # [S, W', L]
        paths = self.network.crf.best(emissions, kept.mask[:, : emissions.shape[1]])
        return list(zip((n for w in windows for n in range(w.keep_first, w.keep_last)), paths, strict=True))


def save_tagger(folder: Path, tagger: TrainedTagger, card: Card) -> None:
    """Write weights, vocabulary and card; the card says how to build the network again."""
    network = tagger.network
    shape = {"trunk": asdict(network.trunk.shape), "types": list(network.types), "lstm": network.lstm_size}
    write_folder(folder, STEM, network.state_dict(), tagger.vocabulary, {**card, "shape": shape})


def load_tagger(folder: Path, *, device: str = "cpu") -> TrainedTagger:
    """Return the tagger of a folder. Raises WeightsError when a file is missing or broken."""
    stored = read_folder(folder, STEM, remedy=TRAIN_AGAIN)
    shape = stored.shape
    network = Tagger(TrunkShape(**shape["trunk"]), shape["types"], lstm=shape["lstm"])
    network.load_state_dict(stored.tensors)
    return TrainedTagger(network.eval().to(device), stored.vocabulary)
