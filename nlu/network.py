"""Trunk and heads in one forward pass: what a sentence mentions, relates, commits to and does.

Takes padded batches (nlu.batches), gives raw scores. It knows no text: words come in as row numbers, mentions as token
ranges. Letters: B batch, T sub-words, W tokens, C characters, M mentions, P pairs, L labels, H hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlu.batches import CASES, CHARACTER_ROWS, Batch
from nlu.bioes import LABELS
from nlu.crf import CRF
from nlu.labels import ACTS, FACTUALITIES, NAME_LABELS, RELATIONS, TAGS
from nlu.trunk import LockedDropout, Trunk, TrunkShape, mean_states
from nlu.words import KNOWN_ROWS, WORD_ROWS

NO_DICTIONARY = 0.15  # share of the training sentences that see no dictionary
DISTANCES = 16  # buckets of token distance between two mentions, signed
MANY = 16  # sentences from which on a batch is read in 16-bit floats where the processor has them: documents, not talk


@dataclass(frozen=True, slots=True)
class Read:
    """What one pass over a batch gives, before any decision."""

    states: Tensor  # [B, W, H] of tokens
    tokens: Tensor  # [B, W, 2 * lstm]
    emissions: Tensor  # [B, W, L] tag scores
    names: Tensor  # [B, W, N] scores of the labels of proper names
    factuality: Tensor  # [B, W, F]
    act: Tensor  # [B, A]
    sentiment: Tensor  # [B, 3]: bad, neutral, good
    vectors: Tensor  # [B, H] unit sentence vectors

    def cpu(self) -> Read:
        return Read(*(getattr(self, name).cpu() for name in self.__slots__))


class Network(nn.Module):
    """All of understanding's parameters."""

    def __init__(self, shape: TrunkShape, *, lstm: int = 160, dropout: float = 0.2) -> None:
        super().__init__()
        self.trunk = Trunk(shape)
        self.case = nn.Embedding(CASES, 8)
        self.characters = Characters()
        self.words = nn.Embedding(WORD_ROWS, 24)
        self.known = nn.Embedding(KNOWN_ROWS, 8)
        surface = shape.hidden + 8 + Characters.width + 24 + 8
        self.lstm = nn.LSTM(surface, lstm, batch_first=True, bidirectional=True)
        self.dropout = LockedDropout(dropout)
        self.emit = nn.Linear(2 * lstm, len(LABELS))
        self.crf = CRF()
        self.commit = nn.Linear(2 * lstm, len(FACTUALITIES))
        self.act = nn.Sequential(nn.Linear(shape.hidden + 2 * lstm, 128), nn.GELU(), nn.Linear(128, len(ACTS)))
        self.feel = nn.Sequential(nn.Linear(shape.hidden + 2 * lstm, 64), nn.GELU(), nn.Linear(64, 3))
        self.pairs = Pairs(shape.hidden, 2 * lstm)
        self.name = nn.Linear(2 * lstm, len(NAME_LABELS))
        self.name_crf = CRF(NAME_LABELS)

    def forward(self, batch: Batch) -> Read:
        with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=self.training or _halves(batch)):
            pieces = self.trunk(batch.ids, batch.piece_mask)  # [B, T, H]
        index = batch.first_piece.unsqueeze(-1).expand(-1, -1, pieces.shape[-1])
        states = pieces.gather(1, index).float()  # [B, W, H]
        words = self.words(self._heeded(batch.words))  # [B, W, 24]
        shapes = [self.case(batch.cases), self.characters(batch.characters), words, self.known(batch.known)]
        surface = torch.cat([states, *shapes], -1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(surface), batch.lengths, batch_first=True, enforce_sorted=False
        )
        tokens, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)  # [B, W, 2 * lstm]
        tokens = self.dropout(tokens)
        mean = mean_states(pieces.float(), batch.piece_mask)  # [B, H]
        most = tokens.masked_fill(~batch.token_mask.unsqueeze(-1), -1e4).amax(1)  # [B, 2 * lstm]
        whole = torch.cat([mean, most], -1)
        return Read(states, tokens, self.emit(tokens), self.name(tokens), self.commit(tokens), self.act(whole),
                    self.feel(whole), F.normalize(mean, dim=-1))  # fmt: skip

    def _heeded(self, words: Tensor) -> Tensor:
        """Return what the dictionary says [B, W], in training with nothing for some of the sentences."""
        if not self.training:
            return words
        return words * (torch.rand(len(words), 1, device=words.device) > NO_DICTIONARY)

    def relate(self, read: Read, mentions: Mentions) -> Tensor:
        """Return relation scores of every ordered mention pair of a batch, [P, L]."""
        return self.pairs(read, mentions)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Token ranges of mentions in a batch, and the ordered pairs to score, as flat indices."""

    row: Tensor  # [M] sentence in the batch
    start: Tensor  # [M] first token
    end: Tensor  # [M] one past the last
    tag: Tensor  # [M]
    subject: Tensor  # [P] index into the mentions
    object: Tensor  # [P]

    def to(self, device: torch.device) -> Mentions:
        return Mentions(*(getattr(self, name).to(device) for name in self.__slots__))


def _halves(batch: Batch) -> bool:
    """Whether the trunk reads a batch in 16-bit floats."""
    return batch.ids.is_cuda or (len(batch.ids) >= MANY and _has_bfloat16())


@cache
def _has_bfloat16() -> bool:
    """Whether this processor multiplies 16-bit floats by itself; without that they would only cost time."""
    able = getattr(torch.cpu, "get_capabilities", dict[str, object])()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


class Characters(nn.Module):
    """A convolution over a token's hashed characters. Source: Ma & Hovy 2016, with a hash for a table."""

    width = 32

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(CHARACTER_ROWS, 24, padding_idx=0)
        self.slide = nn.Conv1d(24, self.width, 3, padding=1)

    def forward(self, characters: Tensor) -> Tensor:
        """characters [B, W, C] -> [B, W, width]."""
        batch, width, length = characters.shape
        seen = self.table(characters.view(-1, length)).transpose(1, 2)  # [B * W, 24, C]
        return F.relu(self.slide(seen)).amax(-1).view(batch, width, -1)


class Pairs(nn.Module):
    """Scores every ordered pair of mentions against every relation, with what stands between them."""

    def __init__(self, hidden: int, lstm: int, *, size: int = 192, inner: int = 320) -> None:
        super().__init__()
        self.tag = nn.Embedding(len(TAGS), 32)
        self.subject = nn.Linear(2 * (hidden + lstm) + 32, size)
        self.object = nn.Linear(2 * (hidden + lstm) + 32, size)
        self.between = nn.Linear(hidden + lstm, size)
        self.distance = nn.Embedding(2 * DISTANCES + 1, 32)
        self.hidden = nn.Linear(4 * size + 32, inner)
        self.labels = Labels(hidden, inner)
        self.dropout = nn.Dropout(0.2)

    def forward(self, read: Read, mentions: Mentions) -> Tensor:
        """-> [P, L]."""
        tokens = torch.cat([read.states, read.tokens], -1)  # [B, W, D]
        edges = torch.cat([tokens[mentions.row, mentions.start], tokens[mentions.row, mentions.end - 1]], -1)
        known = self.dropout(torch.cat([edges, self.tag(mentions.tag)], -1))  # [M, 2D + 32]
        s = F.gelu(self.subject(known))[mentions.subject]  # [P, size]
        o = F.gelu(self.object(known))[mentions.object]
        left = torch.minimum(mentions.end[mentions.subject], mentions.end[mentions.object])
        right = torch.maximum(mentions.start[mentions.subject], mentions.start[mentions.object])
        row = mentions.row[mentions.subject]
        middle = F.gelu(self.between(_between(tokens, row, left, right)))
        gap = (mentions.start[mentions.object] - mentions.start[mentions.subject]).clamp(-DISTANCES, DISTANCES)
        pair = torch.cat([s, o, s * o, middle, self.distance(gap + DISTANCES)], -1)
        return self.labels(self.dropout(F.gelu(self.hidden(pair))))


class Labels(nn.Module):
    """Scores pairs against what each relation means: its description's vector, and what training added to it.

    A relation that training never saw has its description alone.
    """

    descriptions: Tensor

    def __init__(self, hidden: int, inner: int, *, unaided: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("descriptions", torch.zeros(len(RELATIONS), hidden))  # [L, H] unit vectors
        self.describe = nn.Linear(hidden, inner)
        self.learned = nn.Parameter(torch.zeros(len(RELATIONS), inner))
        self.bias = nn.Parameter(torch.zeros(len(RELATIONS)))
        self.unaided = unaided  # share of the relations that must do with their description, a training step

    def forward(self, pairs: Tensor) -> Tensor:
        """pairs [P, inner] -> [P, L]."""
        learned = self.learned
        if self.training:
            learned = learned * (torch.rand(len(learned), 1, device=learned.device) > self.unaided)
        return pairs @ (self.describe(self.descriptions) + learned).T + self.bias

    def append(self, descriptions: Tensor) -> None:
        """Take in further relations by their descriptions alone, [N, H]; as likely beforehand as the usual one."""
        more = len(descriptions)
        self.descriptions = torch.cat([self.descriptions, descriptions])
        self.learned = nn.Parameter(F.pad(self.learned.data, (0, 0, 0, more)))
        self.bias = nn.Parameter(torch.cat([self.bias.data, self.bias.data[1:].median().expand(more)]))


def _between(tokens: Tensor, row: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Return the mean of tokens [left, right) of each row, zero where empty. tokens [B, W, D] -> [P, D]."""
    sums = F.pad(tokens.cumsum(1), (0, 0, 1, 0))  # [B, W + 1, D]
    right = torch.maximum(left, right)
    count = (right - left).clamp_min(1).unsqueeze(-1)
    return (sums[row, right] - sums[row, left]) / count
