"""How long one told sentence takes to be learned in a memory that holds much already: understood, linked, stored, indexed.

    python benchmarks/learning.py [--facts 100000] [--sentences 60]

The memory is filled with people of made-up names who live, work and marry; a quarter of what is told is about some of them.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from results import record

from bot.assemble import load_models
from bot.assemble.mind import SpaceMind
from bot.assemble.space import OpenSpace
from bot.config import load_settings
from bot.message import Message

SYLLABLES = ("ba", "del", "fo", "gri", "ha", "kel", "lo", "mar", "ne", "os", "pi", "ru", "sa", "tol", "ver", "wyn")
WDT, RDFS = "http://www.wikidata.org/prop/direct/", "http://www.w3.org/2000/01/rdf-schema#label"
TOLD = (
    "{a} lives in {p}.", "My sister is called {a}.", "{a} works for {o} and plays the cello.", "{a} moved to {p} in 2019.",
    "{a}住在{p}。", "{a} is married to {b}.", "Actually, {a} lives in {p}.", "I bought a bike from {a} for 80 euros.",
)  # fmt: skip


def filling(facts: int, chance: random.Random) -> tuple[bytes, list[str]]:
    """Return N-Triples of about so many facts, and the people's names."""
    people = facts // 3
    names = [f"{_name(chance)} {_name(chance)}" for _ in range(people)]
    places = [_name(chance) for _ in range(300)]
    firms = [f"{_name(chance)} Works" for _ in range(500)]
    lines: list[str] = []
    for kind, labels in (("h", names), ("p", places), ("o", firms)):
        lines += [f'<urn:{kind}{n}> <{RDFS}> "{label}" .' for n, label in enumerate(labels)]
    for n in range(people):
        lines.append(f"<urn:h{n}> <{WDT}P551> <urn:p{chance.randrange(300)}> .")
        lines.append(f"<urn:h{n}> <{WDT}P108> <urn:o{chance.randrange(500)}> .")
        lines.append(f"<urn:h{n}> <{WDT}P3373> <urn:h{chance.randrange(people)}> .")
    return "\n".join(lines).encode(), names


def sentences(count: int, names: list[str], chance: random.Random) -> Iterator[str]:
    """Yield what is told, one in four of it about somebody known."""
    for n in range(count):
        known = chance.choice(names) if n % 4 == 0 else f"{_name(chance)} {_name(chance)}"
        place, firm, other = _name(chance), f"{_name(chance)} Mills", _name(chance)
        yield TOLD[n % len(TOLD)].format(a=known, b=other, p=place, o=firm)


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(3)).capitalize()


def main() -> None:
    """Fill a memory, tell it sentences, and record the time of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--sentences", type=int, default=60)
    given = parser.parse_args()
    chance = random.Random(0)
    data, names = filling(given.facts, chance)
    with tempfile.TemporaryDirectory() as folder, closing(OpenSpace(Path(folder))) as space:
        loaded = space.load(data, "nt", "filling")
        mind = SpaceMind(space, "owner", load_models(load_settings()))
        times: list[float] = []
        for text in sentences(given.sentences + 5, names, chance):
            message = Message("owner", text, datetime.now(UTC).astimezone())
            began = time.perf_counter()
            mind.remember(message, mind.record(message), mind.understand(message))
            times.append((time.perf_counter() - began) * 1000)
    later = sorted(times[5:])
    record("learn_one_sentence_p50_ms", statistics.median(later), split=f"{loaded} facts", seconds=sum(later) / 1000,
           p95=round(later[int(0.95 * len(later))], 1), bar=50.0)  # fmt: skip


if __name__ == "__main__":
    main()
