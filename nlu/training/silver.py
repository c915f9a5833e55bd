"""Relation files that mark one pair a sentence, completed: a trained model says which other pairs are surely unrelated.

Takes files of {"tokens", "head", "tail", "relation"} and an earlier network, gives `Example`s. A file of related pairs alone
would teach that everything is related. Where a corpus was annotated for a property completely (its own rows, and rows
{"tokens", "no_fact_of"} of sentences without one), pairs that the model takes for that property and the corpus does not list are
unrelated too: its mistakes are taught away. Pairs of which neither corpus nor model is sure are left out.
Source: Yarowsky 1995 (a model labels what people did not).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nlu import bioes
from nlu.batches import collate, row_of
from nlu.bioes import LABELS, TokenSpan
from nlu.corpora import NO_RELATION_NAMES, is_kept_out, read_rows
from nlu.labels import NO_RELATION, RELATION_INDEX, RELATIONS, TAGS
from nlu.network import Mentions, Network
from nlu.parse import Span, Tag
from nlu.tokens import Token, tokenize
from nlu.training.examples import TURNED, Example, join, token_range
from nlu.wordpiece import Vocabulary

log = logging.getLogger(__name__)
SURE = 0.6  # probability from which on the model's "unrelated" is believed
MOST = 14  # mentions of a sentence
Range = tuple[int, int]


@dataclass(slots=True)
class Annotated:
    """A sentence with what its corpus says of it."""

    text: str
    tokens: tuple[Token, ...]
    language: str
    pairs: dict[tuple[Range, Range], str] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)  # properties that are annotated completely


def silver(paths: Sequence[Path], network: Network, vocabulary: Vocabulary, *, batch: int = 32) -> list[list[Example]]:
    """Return the completed examples of each corpus; files of one folder are one corpus."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    found: list[list[Example]] = []
    for folder, files in folders.items():
        sentences = sorted(annotated(row for path in files for row in read_rows(path)), key=lambda one: len(one.tokens))
        examples = [
            example
            for start in range(0, len(sentences), batch)
            for example in _completed(sentences[start : start + batch], network, vocabulary)
        ]
        log.info("%s: %d sentences completed", folder.name, len(examples))
        found += [examples] * (2 if any(one.complete for one in sentences) else 1)  # what is complete teaches most
    return found


def annotated(rows: Iterable[Mapping[str, Any]]) -> list[Annotated]:
    """Return the sentences of rows, each once, with all their pairs by token ranges."""
    sentences: dict[str, Annotated] = {}
    closed = False
    for row in rows:
        if "sid" in row and is_kept_out(str(row["sid"])):
            continue
        language = str(row.get("lang", "en"))
        text, spans = join(row["tokens"], language)
        one = sentences.setdefault(text, Annotated(text, tuple(tokenize(text)), language))
        if "no_fact_of" in row:
            closed = True
            one.complete.add(str(row["pid"]))
            continue
        relation = str(row.get("pid") or row["relation"])
        if relation in NO_RELATION_NAMES:
            relation = NO_RELATION
        one.complete.add(relation)
        head, tail = (
            token_range(one.tokens, Span(spans[row[e]["start"]].start, spans[row[e]["end"] - 1].end))
            for e in ("head", "tail")
        )
        if head is None or tail is None or (head[0] < tail[1] and tail[0] < head[1]):
            continue
        if relation in TURNED:
            relation, head, tail = TURNED[relation], tail, head
        one.pairs[head, tail] = relation
    if not closed:
        for one in sentences.values():
            one.complete.clear()
    return [one for one in sentences.values() if one.tokens]


@torch.no_grad()
def _completed(sentences: Sequence[Annotated], network: Network, vocabulary: Vocabulary) -> list[Example]:
    batch = collate([row_of(one.tokens, vocabulary) for one in sentences], vocabulary)
    read = network(batch)
    paths = network.crf.best(read.emissions, batch.token_mask)
    spans = [
        _mentions(one, bioes.decode(path), read.emissions[b])
        for b, (one, path) in enumerate(zip(sentences, paths, strict=True))
    ]
    rows = [(b, start, end, TAGS.index(tag)) for b, some in enumerate(spans) for start, end, tag in some]
    if not rows:
        return []
    first = [sum(map(len, spans[:b])) for b in range(len(spans))]
    pairs = [(first[b] + s, first[b] + o) for b, some in enumerate(spans)
             for s in range(len(some)) for o in range(len(some)) if s != o]  # fmt: skip
    if not pairs:
        return []
    m, p = torch.tensor(rows).view(-1, 4), torch.tensor(pairs).view(-1, 2)
    scores = network.relate(read, Mentions(m[:, 0], m[:, 1], m[:, 2], m[:, 3], p[:, 0], p[:, 1])).softmax(-1)  # [P, L]
    of_pair = {pair: scores[n] for n, pair in enumerate(pairs)}
    examples: list[Example] = []
    for b, (one, some) in enumerate(zip(sentences, spans, strict=True)):
        relations = tuple(
            (s, label, o)
            for s in range(len(some))
            for o in range(len(some))
            if s != o and (label := _label(one, some[s], some[o], of_pair[first[b] + s, first[b] + o]))
        )
        if any(label != NO_RELATION for _, label, _ in relations) or one.complete:
            examples.append(
                Example(one.text, one.tokens, tuple(some), frozenset(), relations, "listed", language=one.language)
            )
    return examples


def _mentions(one: Annotated, found: Sequence[TokenSpan], emissions: Tensor) -> list[TokenSpan]:
    """Return the corpus's arguments and what else the model finds, in order; the model says what kind an argument is."""
    gold = sorted({end for pair in one.pairs for end in pair})
    kept: list[TokenSpan] = []
    for start, end in gold:
        if end > len(emissions) or any(start < e and s < end for s, e, _ in kept):
            continue
        kept.append((start, end, _kind(emissions[start:end])))
    free = [span for span in found if all(span[1] <= s or e <= span[0] for s, e, _ in kept)]
    return sorted([*kept, *free[: max(0, MOST - len(kept))]])


def _kind(emissions: Tensor) -> Tag:
    """Return the type that a stretch of tokens looks like most. emissions [W, L]."""
    total = emissions.sum(0)
    best: dict[Tag, float] = {}
    for label, score in zip(LABELS, total.tolist(), strict=True):
        if label != "O":
            tag = Tag(label[2:])
            best[tag] = max(best.get(tag, -math.inf), float(score))
    return max(best, key=lambda tag: best[tag])


def _label(one: Annotated, subject: TokenSpan, obj: TokenSpan, scores: Tensor) -> str:
    """Return what is known of a pair: a relation, that there is none, or "" for nothing. scores [L] are probabilities."""
    given = one.pairs.get((subject[:2], obj[:2]))
    if given is not None:
        options = [name for name in given.split("|") if name in RELATION_INDEX]
        return max(options, key=lambda name: float(scores[RELATION_INDEX[name]]), default="")
    best = RELATIONS[int(scores.argmax())]
    if best == NO_RELATION:
        return NO_RELATION if float(scores.max()) >= SURE else ""
    closed = {TURNED.get(name, name) for given in one.complete for name in (given, *given.split("|"))}
    return NO_RELATION if best in closed else ""
