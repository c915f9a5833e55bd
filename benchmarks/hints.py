"""What the tagger's hints are worth: entity F1 with and without the dictionary, and with and without the names a graph knows.

    python benchmarks/hints.py UNER_DEV.jsonl …

On the files given (without known names: their text is nobody's graph) and on held-out hand-written sentences, whose own names stand in
for what a graph knows. The same weights read all of them: training showed sentences without either hint too.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from results import ROOT, record

from nlu import bioes, checkpoint
from nlu.batches import Row, collate, row_of
from nlu.parse import Tag
from nlu.train import LANGUAGES, held_out_examples
from nlu.training.examples import NAMES, Example, Worlds, read_entities
from nlu.words import mark_known

BATCH = 32


def main(files: Sequence[Path]) -> None:
    """Read each set with every combination of hints and record."""
    loaded = checkpoint.load(ROOT / "nlu" / "weights")
    for name, examples, named in sets(files):
        for dictionary in (True, False):
            for known in (False, True) if named else (False,):
                began = time.monotonic()
                rows = [hinted(example, loaded, dictionary=dictionary, known=known) for example in examples]
                hints = " + ".join([*["dictionary"] * dictionary, *["known names"] * known]) or "none"
                record("entity_f1_by_hints", entity_f1(loaded, examples, rows), split=f"{name}, hints: {hints}",
                       seconds=time.monotonic() - began, examples=len(examples))  # fmt: skip


def sets(files: Sequence[Path]) -> Iterator[tuple[str, list[Example], bool]]:
    """Yield each set's name, examples, and whether its names may be known."""
    for path in files:
        yield path.parent.name, list(read_entities(path)), False
    for name, examples in held_out_examples(Worlds(LANGUAGES), seed=0).items():
        yield name, examples, True


def hinted(example: Example, loaded: checkpoint.Loaded, *, dictionary: bool, known: bool) -> Row:
    """Return an example as numbers, with these hints; three names in four are known."""
    marks, chance = [0] * len(example.tokens), random.Random(example.text)
    for start, end, tag in example.spans:
        if known and tag in NAMES and chance.random() < 0.75:
            mark_known(marks, start, end)
    row = row_of(example.tokens, loaded.vocabulary, marks)
    return row if dictionary else replace(row, words=(0,) * len(row.words))


@torch.inference_mode()
def entity_f1(loaded: checkpoint.Loaded, examples: Sequence[Example], rows: Sequence[Row]) -> float:
    """Return the F1 of the spans of the types that the examples' source annotates."""
    right = total = 0
    for n in range(0, len(rows), BATCH):
        batch = collate(rows[n : n + BATCH], loaded.vocabulary)
        paths = loaded.network.crf.best(loaded.network(batch).emissions, batch.token_mask)
        for example, path in zip(examples[n : n + BATCH], paths, strict=True):
            types = example.tagged or frozenset(Tag)
            found = {span for span in bioes.decode(path) if span[2] in types}
            right += len(found & set(example.spans))
            total += len(found) + len(example.spans)
    return 2 * right / max(total, 1)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
