"""How fast a text becomes a Parse: one message at a time, and many at once.

python benchmarks/parsing.py [--device cpu|cuda]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import UTC, datetime

import torch
from results import ROOT, record

from nlu.parse import Context
from nlu.train import LANGUAGES
from nlu.training.examples import Worlds
from nlu.understand import Understander

MESSAGES, BULK = 200, 2000


def main(device: str) -> None:
    """Time and record; the sentences are simulated, half of each language."""
    torch.set_flush_denormal(True)
    worlds, chance = Worlds(LANGUAGES), random.Random(7)
    texts = [worlds.draw(LANGUAGES[n % 2], chance, held_out=True).text for n in range(BULK)]
    understander = Understander.load(ROOT / "nlu" / "weights", device=device)
    context = Context("owner", datetime(2026, 1, 1, tzinfo=UTC))
    understander.read_many(texts[:64], context)
    times: list[float] = []
    for text in texts[:MESSAGES]:
        began = time.monotonic()
        understander.read(text, context)
        times.append(1000 * (time.monotonic() - began))
    tenths = statistics.quantiles(times, n=20)
    record(
        "parse_p50_ms", tenths[9], split=device, seconds=sum(times) / 1000, p95=round(tenths[18], 1), examples=MESSAGES
    )
    began = time.monotonic()
    sentences = sum(len(parses) for parses in understander.read_many(texts, context))
    seconds = time.monotonic() - began
    record("parse_sentences_per_s", sentences / seconds, split=device, seconds=seconds, examples=sentences)


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--device"] else "cpu")
