"""Measure understanding on labelled files: what `tripletalk evaluate ner` and its like run.

Takes an Understander and a file, gives figures and every prediction. Span scores are exact-match micro averages over typed
spans, as in seqeval; a type that the file does not use is left out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nlu.corpora import CorpusError, read_rows
from nlu.labels import NAME_TYPES
from nlu.parse import Act, Context, Span, Tag
from nlu.training.examples import ENTITY_NAMES, Example, bio_spans, join
from nlu.understand import Understander

NOW = Context("reader", datetime(2026, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Prediction:
    """An input row and what was predicted for it."""

    row: Mapping[str, object]
    predicted: object


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Micro-averaged precision, recall and F1 of typed spans."""

    precision: float
    recall: float
    f1: float
    by_type: tuple[tuple[str, float], ...]
    examples: int
    words_per_s: float
    predictions: tuple[Prediction, ...] = ()


def score_entities(understander: Understander, path: Path, names: Mapping[str, str] | None = None) -> SpanScores:
    """Score a file of {"tokens", "tags" (BIO)}; `names` maps our tags to the file's types, beside the usual ones.

    A file that knows only persons, places and organisations annotates proper names: they are what is scored then.
    """
    rows = list(read_rows(path))
    if not rows or "tags" not in rows[0]:
        raise CorpusError(f"{path}: expected rows with 'tokens' and 'tags'")
    used = {tag[2:] for row in rows for tag in row["tags"] if tag != "O"}
    ours = {str(tag): name for name, tag in ENTITY_NAMES.items() if name in used} | dict(names or {})
    joined = [join(row["tokens"], str(row.get("lang", "en"))) for row in rows]
    began = time.monotonic()
    texts = [text for text, _ in joined]
    mentions: list[list[tuple[Span, Tag]]]
    if ours.keys() <= set(NAME_TYPES):
        mentions = understander.names(texts)
    else:
        read = understander.read_many(texts, NOW)
        mentions = [[(m.span.shift(p.span.start), m.tag) for p in parses for m in p.mentions] for parses in read]
    seconds = time.monotonic() - began
    found = [
        {(*_words(spans, span), ours[tag]) for span, tag in group if tag in ours}
        for (_, spans), group in zip(joined, mentions, strict=True)
    ]
    return span_scores(rows, found, seconds)


def span_scores(
    rows: Sequence[Mapping[str, Any]], found: Sequence[set[tuple[int, int, str]]], seconds: float
) -> SpanScores:
    """Return the figures for the spans found in each row; `seconds` is how long that took."""
    used = {tag[2:] for row in rows for tag in row["tags"] if tag != "O"}
    right, guessed, gold = Counter[str](), Counter[str](), Counter[str]()
    predictions: list[Prediction] = []
    for row, spans in zip(rows, found, strict=True):
        true = set(bio_spans(row["tags"]))
        for typed, count in ((spans & true, right), (spans, guessed), (true, gold)):
            count.update(name for _, _, name in typed)
        predictions.append(Prediction(row, sorted(spans)))
    words = sum(len(row["tokens"]) for row in rows)
    p, r, f = _ratios(right.total(), guessed.total(), gold.total())
    by_type = tuple((name, _ratios(right[name], guessed[name], gold[name])[2]) for name in sorted(used))
    return SpanScores(p, r, f, by_type, len(rows), words / max(seconds, 1e-9), tuple(predictions))


def score_queries(understander: Understander, examples: Sequence[Example]) -> tuple[float, int]:
    """Return the share of questions whose query graph is read exactly, every edge with both ends, and how many there were.

    A question's graph is its relations, the asked-for expression among their ends; those without relations are left out.
    """
    asked = [e for e in examples if e.act in (Act.ASK, Act.FRAGMENT) and any(p != "coref" for _, p, _ in e.relations)]
    right = 0
    for example, parses in zip(asked, understander.read_many([e.text for e in asked], NOW), strict=True):
        spans = [
            Span(example.tokens[start].span.start, example.tokens[end - 1].span.end) for start, end, _ in example.spans
        ]
        gold = {(spans[s], p, spans[o]) for s, p, o in example.relations if p != "coref"}
        found = {
            (
                parse.mentions[r.subject].span.shift(parse.span.start),
                r.property,
                parse.mentions[r.object].span.shift(parse.span.start),
            )
            for parse in parses
            for r in parse.relations
            if r.property != "coref"
        }
        right += found == gold
    return right / max(len(asked), 1), len(asked)


def _words(spans: Sequence[Span], mention: Span) -> tuple[int, int]:
    """Return the words [first, last) of a file's own tokenisation that a mention touches."""
    inside = [n for n, span in enumerate(spans) if span.start < mention.end and mention.start < span.end]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _ratios(right: int, guessed: int, gold: int) -> tuple[float, float, float]:
    precision, recall = right / max(guessed, 1), right / max(gold, 1)
    return precision, recall, 2 * right / max(guessed + gold, 1)
