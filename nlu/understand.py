"""Text to Parses: one forward pass over a message's sentences, then decisions with calibrated confidences.

Takes a text and an explicit `Context`, gives one `Parse` a sentence. It knows no graph: what a name refers to is for kg/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from nlu import bioes, checkpoint
from nlu.abbreviation import abbreviations
from nlu.batches import collate, row_of, sub_words
from nlu.ellipsis import completed, restored
from nlu.enumeration import distributed, enumerations, of_one_kind
from nlu.labels import NAME_LABELS, NO_RELATION, RELATIONS, TAGS
from nlu.network import Mentions, Read
from nlu.normalise import Normaliser
from nlu.parse import Act, Context, Parse, Span, Tag
from nlu.readout import Found, Sentence, Sure, act_of, clauses_of, one_owner, relate
from nlu.tokens import Token, language_of, split_sentences, tokenize
from nlu.trunk import sentence_vectors
from nlu.words import known


class Understander:
    """The small models behind one call."""

    def __init__(
        self, loaded: checkpoint.Loaded, normaliser: Normaliser, *, batch: int = 32, least: float = 0.3
    ) -> None:
        self.network, self.vocabulary = loaded.network, loaded.vocabulary
        self.id, self.extractor = loaded.trunk_id, loaded.extractor
        self.certainty: Sure = loaded.certainty
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

    @torch.inference_mode()
    def names(self, texts: Sequence[str]) -> list[list[tuple[Span, Tag]]]:
        """Return the proper names of persons, places and organisations in each text, read as one sentence."""
        found: list[list[tuple[Span, Tag]]] = [[] for _ in texts]
        tokens = [tokenize(text) for text in texts]
        order = sorted((n for n in range(len(texts)) if tokens[n]), key=lambda n: len(tokens[n]))
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            batch = collate([row_of(tokens[n], self.vocabulary) for n in chosen], self.vocabulary).to(self.device)
            paths = self.network.name_crf.best(self.network(batch).names, batch.token_mask)
            for n, path in zip(chosen, paths, strict=True):
                for first, last, name in bioes.spans_of([NAME_LABELS[label] for label in path]):
                    found[n].append((Span(tokens[n][first].span.start, tokens[n][last - 1].span.end), Tag(name)))
        return found

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
    def words(self, texts: Sequence[str]) -> list[tuple[tuple[Token, ...], npt.NDArray[np.float32]]]:
        """Return each text's tokens with their unit vectors in it, [T, D], read as one sentence; long ones are cut."""
        found: dict[int, tuple[tuple[Token, ...], npt.NDArray[np.float32]]] = {}
        tokens = [tokenize(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda n: len(tokens[n]))
        for start in range(0, len(order), self._batch):
            chosen = order[start : start + self._batch]
            batch = collate([row_of(tokens[n], self.vocabulary) for n in chosen], self.vocabulary).to(self.device)
            pieces = self.network.trunk(batch.ids, batch.piece_mask)  # [B, T, H]
            index = batch.first_piece.unsqueeze(-1).expand(-1, -1, pieces.shape[-1])
            states = F.normalize(pieces.gather(1, index).float(), dim=-1).cpu().numpy()  # [B, W, H]
            for row, (n, length) in enumerate(zip(chosen, batch.lengths.tolist(), strict=True)):
                found[n] = (tokens[n][:length], states[row, :length])
        return [found[n] for n in range(len(texts))]

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
        runs = [enumerations(s.text, [f.mention for f in group]) for s, group in zip(sentences, found, strict=True)]
        found = [of_one_kind(group, listed) for group, listed in zip(found, runs, strict=True)]
        related = self._relations(read, found)
        read = read.cpu()
        return [self._parse(b, s, read, found[b], related[b], runs[b]) for b, s in enumerate(sentences)]

    def _mentions(self, sentence: Sentence, path: list[int], marginals: Tensor, context: Context) -> list[Found]:
        mentions: list[Found] = []
        for start, end, tag in bioes.decode(path):
            confidence = min(float(marginals[n, path[n]]) for n in range(start, end))
            span = Span(sentence.tokens[start].span.start, sentence.tokens[end - 1].span.end)
            mention = self._normaliser.mention(
                span, span.of(sentence.text), tag, confidence, sentence.language, context.at
            )
            mentions.append(Found(start, end, mention))
        return mentions

    def _relations(self, read: Read, found: Sequence[Sequence[Found]]) -> list[list[tuple[int, int, str, float]]]:
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
        found: Sequence[Found],
        related: Iterable[tuple[int, int, str, float]],
        lists: Sequence[Sequence[int]],
    ) -> Parse:
        length = min(len(sentence.tokens), read.factuality.shape[1])
        commitment = F.log_softmax(read.factuality[b, :length].float(), -1)
        mentions = tuple(f.mention for f in found)
        act, act_confidence = act_of(
            F.softmax(read.act[b].float(), -1).tolist(), mentions, sentence.text, sentence.language
        )
        clauses = clauses_of(sentence, commitment, act)
        relations = relate(one_owner(related), found, commitment, self.certainty, sentence.language)
        relations = distributed(relations, lists)
        named = {(r.subject, r.object) for r in relations}
        shortened = abbreviations(sentence.text, mentions) if act not in _ASKING else ()
        relations += tuple(r for r in shortened if (r.subject, r.object) not in named)
        if act in _ASKING:
            mentions = tuple(self._normaliser.asked(mention, sentence.language) for mention in mentions)
        feeling = F.softmax(read.sentiment[b].float(), -1)
        query = (
            self._normaliser.query(sentence.text, mentions, relations, sentence.language) if act in _ASKING else None
        )
        return Parse(
            text=sentence.text, span=sentence.span, language=sentence.language, act=act,
            act_confidence=act_confidence, clauses=clauses, mentions=mentions, relations=relations,
            sentiment=float(feeling[2] - feeling[0]), query=query, vector=tuple(read.vectors[b].tolist()),
        )  # fmt: skip


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
