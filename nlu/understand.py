"""Text to Parses: one forward pass over a message's sentences, then decisions with calibrated confidences.

Takes a text and an explicit `Context`, gives one `Parse` a sentence. It knows no graph: what a name refers to is for kg/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from nlu import bioes, checkpoint
from nlu.batches import collate, row_of, sub_words
from nlu.ellipsis import completed, restored
from nlu.labels import ACTS, FACTUALITIES, NO_RELATION, RELATIONS, TAGS
from nlu.network import Mentions, Read
from nlu.normalise import Normaliser
from nlu.parse import Act, Clause, Context, Factuality, Mention, Parse, Relation, Span
from nlu.tokens import Token, language_of, split_sentences, tokenize
from nlu.trunk import sentence_vectors
from nlu.words import known


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on its way through the network."""

    text: str
    span: Span
    tokens: tuple[Token, ...]
    language: str


class Understander:
    """The small models behind one call."""

    def __init__(
        self, loaded: checkpoint.Loaded, normaliser: Normaliser, *, batch: int = 32, least: float = 0.3
    ) -> None:
        self.network, self.vocabulary = loaded.network, loaded.vocabulary
        self.id, self.extractor = loaded.trunk_id, loaded.extractor
        self.device = self.network.pairs.labels.bias.device
        self.dimension = self.network.trunk.shape.hidden
        self._normaliser = normaliser
        self._labels = RELATIONS
        self._batch, self._least = batch, least

    @classmethod
    def load(cls, folder: Path | None = None, *, device: str = "cpu") -> Understander:
        """Return the shipped models, or those of a folder. Raises WeightsError."""
        return cls(checkpoint.load(folder or Path(__file__).parent / "weights", device=device), Normaliser.load())

    def describe(self, descriptions: Mapping[str, Sequence[str]]) -> None:
        """Take in relations that training never saw, by what they mean: a name and its description in any language."""
        new = {name: texts for name, texts in descriptions.items() if name not in self._labels}
        if new:
            means = np.stack([self.encode(list(texts)).mean(0) for texts in new.values()])
            self.network.pairs.labels.append(F.normalize(torch.from_numpy(means), dim=-1).to(self.device))
            self._labels = (*self._labels, *new)

    def read(self, text: str, context: Context) -> tuple[Parse, ...]:
        """Return one Parse a sentence, in order; empty when the text has no words."""
        return self.read_many([text], context)[0]

    def read_many(self, texts: Sequence[str], context: Context) -> list[tuple[Parse, ...]]:
        """Return the Parses of each text, read in the model's batches."""
        sentences = [(n, sentence) for n, text in enumerate(texts) for sentence in _sentences(text)]
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i][1].tokens))
        parses: dict[int, Parse] = {}
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            for i, parse in zip(chosen, self._pass([sentences[i][1] for i in chosen], context), strict=True):
                parses[i] = parse
        self._complete(parses, context)
        grouped: list[list[Parse]] = [[] for _ in texts]
        for i, (n, _) in enumerate(sentences):
            grouped[n].append(parses[i])
        return [tuple(group) for group in grouped]

    def _complete(self, parses: dict[int, Parse], context: Context) -> None:
        """Read sentences without a subject again, with the speaker in its place."""
        missing = {i: text for i, parse in parses.items() if (text := completed(parse))}
        chosen = sorted(missing, key=lambda i: len(missing[i]))
        for start in range(0, len(chosen), self._batch):
            some = chosen[start : start + self._batch]
            whole = [
                Sentence(missing[i], Span(0, len(missing[i])), tokenize(missing[i]), parses[i].language) for i in some
            ]
            for i, parse in zip(some, self._pass(whole, context), strict=True):
                parses[i] = restored(parse, parses[i])

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return unit sentence vectors [N, D] without the heads."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted((n for n in range(len(texts)) if texts[n].strip()), key=lambda n: len(texts[n]))
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            ids, mask = sub_words([texts[n] for n in chosen], self.vocabulary)
            states = self.network.trunk(ids.to(self.device), mask.to(self.device))
            vectors[chosen] = sentence_vectors(states, mask.to(self.device)).cpu().numpy()
        return vectors

    @torch.inference_mode()
    def _pass(self, sentences: Sequence[Sentence], context: Context) -> list[Parse]:
        rows = [row_of(s.tokens, self.vocabulary, known(s.tokens, context.aliases)) for s in sentences]
        batch = collate(rows, self.vocabulary).to(self.device)
        read = self.network(batch)
        paths = self.network.crf.best(read.emissions, batch.token_mask)
        marginals = self.network.crf.marginals(read.emissions, batch.token_mask).cpu()
        found = [
            self._mentions(s, path, marginals[b], context)
            for b, (s, path) in enumerate(zip(sentences, paths, strict=True))
        ]
        related = self._relations(read, found)
        read = read.cpu()
        return [self._parse(b, s, read, found[b], related[b]) for b, s in enumerate(sentences)]

    def _mentions(self, sentence: Sentence, path: list[int], marginals: Tensor, context: Context) -> list[_Found]:
        mentions: list[_Found] = []
        for start, end, tag in bioes.decode(path):
            confidence = min(float(marginals[n, path[n]]) for n in range(start, end))
            span = Span(sentence.tokens[start].span.start, sentence.tokens[end - 1].span.end)
            mention = self._normaliser.mention(
                span, span.of(sentence.text), tag, confidence, sentence.language, context.at
            )
            mentions.append(_Found(start, end, mention))
        return mentions

    def _relations(self, read: Read, found: Sequence[Sequence[_Found]]) -> list[list[tuple[int, int, str, float]]]:
        """Return (subject, object, label, confidence) of every pair that relates, a sentence."""
        related: list[list[tuple[int, int, str, float]]] = [[] for _ in found]
        rows = [(b, m.start, m.end, TAGS.index(m.mention.tag)) for b, group in enumerate(found) for m in group]
        pairs: list[tuple[int, int, int, int, int]] = []
        first = 0
        for b, group in enumerate(found):
            pairs.extend(
                (b, s, o, first + s, first + o) for s in range(len(group)) for o in range(len(group)) if s != o
            )
            first += len(group)
        if not pairs:
            return related
        m, p = torch.tensor(rows), torch.tensor(pairs)
        mentions = Mentions(m[:, 0], m[:, 1], m[:, 2], m[:, 3], p[:, 3], p[:, 4])
        scores = self.network.relate(read, mentions.to(self.device))
        chances = F.softmax(scores.float(), -1)
        chances[:, 0] = 0  # "none" is what is left when nothing else is likely enough
        best, label = chances.max(-1)
        for (b, s, o, _, _), confidence, n in zip(pairs, best.tolist(), label.tolist(), strict=True):
            if confidence >= self._least and self._labels[n] != NO_RELATION:
                related[b].append((s, o, self._labels[n], confidence))
        return related

    def _parse(
        self,
        b: int,
        sentence: Sentence,
        read: Read,
        found: Sequence[_Found],
        related: Iterable[tuple[int, int, str, float]],
    ) -> Parse:
        length = min(len(sentence.tokens), read.factuality.shape[1])
        commitment = F.log_softmax(read.factuality[b, :length].float(), -1)
        act_chances = F.softmax(read.act[b].float(), -1)
        act = ACTS[int(act_chances.argmax())]
        clauses = _clauses(sentence, commitment, act)
        relations = _relate(_one_owner(related), found, commitment)
        mentions = tuple(f.mention for f in found)
        if act in _ASKING:
            mentions = tuple(self._normaliser.asked(mention, sentence.language) for mention in mentions)
        feeling = F.softmax(read.sentiment[b].float(), -1)
        query = (
            self._normaliser.query(sentence.text, mentions, relations, sentence.language) if act in _ASKING else None
        )
        return Parse(
            text=sentence.text, span=sentence.span, language=sentence.language, act=act,
            act_confidence=float(act_chances.max()), clauses=clauses, mentions=mentions, relations=relations,
            sentiment=float(feeling[2] - feeling[0]), query=query, vector=tuple(read.vectors[b].tolist()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """A mention and its tokens."""

    start: int
    end: int
    mention: Mention


_ASKING = frozenset({Act.ASK, Act.FRAGMENT, Act.SOURCE, Act.SUMMARY})


def _sentences(text: str) -> list[Sentence]:
    language = language_of(text)
    sentences: list[Sentence] = []
    for span in split_sentences(text):
        words = span.of(text)
        tokens = tokenize(words)
        if tokens:
            sentences.append(Sentence(words, span, tokens, language_of(words) if len(tokens) > 3 else language))
    return sentences


def _one_owner(related: Iterable[tuple[int, int, str, float]]) -> list[tuple[int, int, str, float]]:
    """Return the relations with one possessor a role, the likeliest."""
    rows = list(related)
    owners: dict[int, float] = {}
    for _, o, label, confidence in rows:
        if label == "role":
            owners[o] = max(owners.get(o, 0.0), confidence)
    return [row for row in rows if row[2] != "role" or row[3] == owners[row[1]]]


def _relate(
    related: Iterable[tuple[int, int, str, float]], found: Sequence[_Found], commitment: Tensor
) -> tuple[Relation, ...]:
    """Return relations with the factuality of the stretch each stands in, and the claimant of reported ones."""
    rows = list(related)
    claimants = {o: s for s, o, label, _ in rows if label == "claims"}
    relations: list[Relation] = []
    for s, o, label, confidence in rows:
        left, right = min(found[s].start, found[o].start), max(found[s].end, found[o].end)
        weights = commitment[left:right].mean(0)
        factuality = FACTUALITIES[int(weights.argmax())] if len(weights) else Factuality.ASSERTED
        claimant = claimants.get(o, claimants.get(s)) if factuality is Factuality.REPORTED else None
        relations.append(Relation(s, label, o, confidence, factuality, claimant))
    return _projected(relations, found)


def _projected(relations: Sequence[Relation], found: Sequence[_Found]) -> tuple[Relation, ...]:
    """Return the relations with what an apposition takes for granted asserted: "my cousin Ralf" in "… isn't married".

    Source: presuppositions project out of negation (Karttunen 1973).
    """
    named = {r.subject for r in relations if r.property == "same" and found[r.subject].end == found[r.object].start}

    def taken_for_granted(r: Relation) -> bool:
        if r.factuality is not Factuality.DENIED:
            return False
        apposed = r.property == "same" and found[r.subject].end == found[r.object].start
        return apposed or (r.property == "role" and r.object in named)

    return tuple(replace(r, factuality=Factuality.ASSERTED) if taken_for_granted(r) else r for r in relations)


def _clauses(sentence: Sentence, commitment: Tensor, act: Act) -> tuple[Clause, ...]:
    """Return the stretches of one factuality, cut only at punctuation."""
    length = commitment.shape[0]
    cuts = [0, *(n + 1 for n, token in enumerate(sentence.tokens[:length]) if token.text in _PAUSES), length]
    clauses: list[Clause] = []
    for left, right in pairwise(sorted(set(cuts))):
        chances = commitment[left:right].mean(0).exp()
        factuality = FACTUALITIES[int(chances.argmax())]
        span = Span(sentence.tokens[left].span.start, sentence.tokens[right - 1].span.end)
        if clauses and clauses[-1].factuality is factuality:
            last = clauses.pop()
            span = Span(last.span.start, span.end)
        clauses.append(Clause(span, act, factuality, float(chances.max())))
    return tuple(clauses)


_PAUSES = frozenset(",;:，；：、()（）—-")
