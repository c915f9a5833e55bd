"""How sure the shipped relations are, fitted on sentences whose patterns and names training left out.

Takes an Understander and fully labelled examples, gives the coefficients (nlu.certainty). A relation is right when both ends, its
property and its factuality are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nlu import checkpoint
from nlu.certainty import Certainty, Doubt, fit
from nlu.parse import Act, Context, Factuality, Parse, Relation, Span
from nlu.training.examples import Example, Worlds
from nlu.understand import Understander

NOW = Context("reader", datetime(2026, 1, 1, tzinfo=UTC))
TOLD = frozenset({Act.TELL, Act.CORRECT})
Edge = tuple[Span, str, Span]
EXAMPLES = 800  # a language


@dataclass(slots=True)
class Notebook:
    """Stands in for a `Certainty`: writes down each doubt and gives its number for a confidence."""

    doubts: list[Doubt] = field(default_factory=list[Doubt])

    def of(self, doubt: Doubt) -> float:
        self.doubts.append(doubt)
        return float(len(self.doubts) - 1)


def calibrate_folder(folder: Path, worlds: Worlds, *, seed: int, examples: int = EXAMPLES) -> Certainty:
    """Fit a model folder's certainty on held-out sentences and names, two in three written one by one; write it into its card."""
    chance = random.Random(seed + 2)
    drawn = [
        worlds.draw(code, chance, held_out=True, written=n % 3 != 0) for code in worlds.unseen for n in range(examples)
    ]
    found = calibrate(Understander.load(folder), drawn)
    path = folder / f"{checkpoint.STEM}.json"
    card = json.loads(path.read_text(encoding="utf-8")) | {"certainty": list(found.values)}
    path.write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return found


def calibrate(understander: Understander, examples: Sequence[Example]) -> Certainty:
    """Return the certainty fitted on what is read as asserted in sentences that tell something."""
    notebook = Notebook()
    kept, understander.certainty = understander.certainty, notebook
    told = [example for example in examples if example.act in TOLD]
    doubts: list[Doubt] = []
    right: list[bool] = []
    try:
        for example, parses in zip(told, understander.read_many([e.text for e in told], NOW), strict=True):
            gold = set(_stated(example))
            for parse in parses:
                for relation in parse.relations:
                    if relation.factuality is Factuality.ASSERTED and relation.property != "coref":
                        doubts.append(notebook.doubts[int(relation.confidence)])
                        right.append(_edge(parse, relation) in gold)
    finally:
        understander.certainty = kept
    return fit(doubts, right)


def _stated(example: Example) -> Iterator[Edge]:
    """Yield the relations whose object an example asserts."""
    spans = [Span(example.tokens[s].span.start, example.tokens[e - 1].span.end) for s, e, _ in example.spans]
    for s, label, o in example.relations:
        if example.factuality is None or example.factuality[example.spans[o][0]] is Factuality.ASSERTED:
            yield spans[s], label, spans[o]


def _edge(parse: Parse, relation: Relation) -> Edge:
    ends = (parse.mentions[i].span.shift(parse.span.start) for i in (relation.subject, relation.object))
    subject, obj = ends
    return subject, relation.property, obj
