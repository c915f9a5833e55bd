"""Trains the reader that ships, on permissive and share-alike sets and the project's own texts, and writes it to a folder.

    python benchmarks/reader_shipped.py DATA OUT [--minutes M] [--start DIR]

DATA holds reading/xquad_en, xquad_zh, cmrc2018_trial_zh and cmrc2018_dev_zh (all CC BY-SA 4.0), of which every third title is
left out; own texts (nlu/texts) leave out their last twelfth; stories are told anew every epoch.
"""

from __future__ import annotations

import argparse
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nlu.training.examples import Worlds
from nlu.training.reader import PACE, train_reader
from nlu.training.reading_rows import TEXTS, ReadingRow, folder_rows, located, own_rows, parted, story_rows
from nlu.worlds.story import Stories

SETS = {"xquad_en": 400, "xquad_zh": 250, "cmrc2018_trial_zh": 250, "cmrc2018_dev_zh": 700}  # questions an epoch
OWN = {"en": 1200, "zh": 700}
TOLD = {"en": 220, "zh": 70}  # stories an epoch
KEPT = 0.92  # of each own text


class Rows(Sequence[ReadingRow]):
    """Questions in other proportions and another order whenever they are gone through."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        self.chance = chance
        self.sets = {name: self._set(data / "reading" / name) for name in SETS}
        self.own = {code: self._own(code) for code in OWN}
        worlds = Worlds(tuple(TOLD))
        self.stories = {code: Stories(worlds.grammars[code], worlds.seen[code]) for code in TOLD}

    def __len__(self) -> int:
        return sum((*SETS.values(), *OWN.values(), *(2 * n for n in TOLD.values())))

    def __getitem__(self, at: int) -> ReadingRow:  # type: ignore[override]
        return list(self)[at]

    def __iter__(self) -> Iterator[ReadingRow]:
        rows = [row for name, n in SETS.items() for row in self._some(self.sets[name], n)]
        rows += [row for code, n in OWN.items() for row in self._some(self.own[code], n)]
        rows += [row for code, n in TOLD.items() for row in story_rows(self.stories[code], n, self.chance)]
        self.chance.shuffle(rows)
        return iter(rows)

    def _some(self, rows: Sequence[ReadingRow], n: int) -> list[ReadingRow]:
        return self.chance.sample(list(rows), min(n, len(rows)))

    @staticmethod
    def _set(folder: Path) -> list[ReadingRow]:
        return [located(r["question"], r["context"], r["answers"]) for r in parted(folder_rows(folder))[0]]

    @staticmethod
    def _own(code: str) -> list[ReadingRow]:
        texts = [list(own_rows([path])) for path in sorted(TEXTS.glob(f"read_{code}*.txt"))]
        return [row for rows in texts for row in rows[: int(KEPT * len(rows))]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--start", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    rows = Rows(given.data, random.Random(5))
    pace = replace(PACE, epochs=60, minutes=given.minutes, trunk_rate=1.2e-4, warm_up=0.05)
    train_reader(rows, given.out, start=given.start, pace=pace, card={"data": [*SETS, "own texts", "own stories"]})


if __name__ == "__main__":
    main()
