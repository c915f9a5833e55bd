"""What reasoning costs: milliseconds a fact that is told, and milliseconds until the next look sees what follows.

    python benchmarks/reasoning.py

A made-up space: people with parents, spouses, homes and employers, towns in counties in lands, things of kinds. Half of
the facts that are then added are the ones that reach farthest: places in places, kinds of kinds. No model is loaded.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from results import record

from kg.fact import Draft, NodeKind, Source
from kg.memory import Memory
from kg.ontology import Ontology
from kg.store import GraphView

SIZES = (1_000, 10_000)
ADDED = 40
AT = "2026-03-11T12:00:00+01:00"
Triple = tuple[str, str, str]


def main() -> None:
    """Measure each size and record the medians."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, Memory(Path(folder)) as memory:
            measure(memory, size)


def measure(memory: Memory, size: int) -> None:
    """Fill a space, conclude everything, then tell facts one by one and look after each."""
    chance, ontology = random.Random(7), Ontology.load()
    world = World(memory, size, chance)
    with memory.transaction():
        for triple in world.facts(size):
            tell(memory, triple)
    with GraphView(memory.directory, memory) as view:
        began = time.perf_counter()
        view.conclude(ontology)
        whole = time.perf_counter() - began
        follows = len(view.inferred())
        told: list[float] = []
        looked: list[float] = []
        for triple in world.facts(ADDED):
            start = time.perf_counter()
            tell(memory, triple)
            view.catch_up()
            between = time.perf_counter()
            view.conclude(ontology)
            told.append(1e3 * (between - start))
            looked.append(1e3 * (time.perf_counter() - between))
        split = f"{size} facts, {follows} follow"
        seconds = time.perf_counter() - began
        record("reasoning_ms_per_told_fact", median(told), split=split, seconds=seconds, worst=round(max(told), 1))
        record("reasoning_ms_at_next_look", median(looked), split=split, seconds=seconds, worst=round(max(looked), 1))
        record("reasoning_s_everything_anew", whole, split=split, seconds=seconds)


class World:
    """Nodes to make facts of, about a third as many as facts."""

    def __init__(self, memory: Memory, size: int, chance: random.Random) -> None:
        self._chance = chance
        with memory.transaction():
            self.people = self._made(memory, size // 4, NodeKind.NAMED, "PER")
            self.places = self._made(memory, size // 20, NodeKind.NAMED, "LOC")
            self.kinds = self._made(memory, size // 40, NodeKind.CLASS, "THING")

    def _made(self, memory: Memory, count: int, kind: NodeKind, tag: str) -> list[str]:
        genders = ("f", "m") if tag == "PER" else ("",)
        return [memory.new_node(f"{tag}{n}", kind, tag, gender=self._chance.choice(genders)).iri for n in range(count)]

    def facts(self, count: int) -> Iterator[Triple]:
        """Yield triples; a place lies in one about four times as large, a kind under a more general one."""
        for _ in range(count):
            chosen = self._chance.random()
            if chosen < 0.15:
                yield self._under(self.places, "P131", 4)
            elif chosen < 0.25:
                yield self._under(self.kinds, "P279", 3)
            else:
                property_, others = self._chance.choice(
                    [("P40", self.people), ("P26", self.people), ("P3373", self.people), ("P551", self.places),
                     ("P937", self.places), ("P31", self.kinds), ("tt:likes", self.kinds), ("tt:owns", self.kinds)]
                )  # fmt: skip
                yield self._chance.choice(self.people), property_, self._chance.choice(others)

    def _under(self, things: list[str], property_: str, width: int) -> Triple:
        below = self._chance.randrange(width, len(things))
        return things[below], property_, things[below // width]


def tell(memory: Memory, triple: Triple) -> None:
    """Add a fact with a message of its own."""
    text = "something was said"
    source = Source(memory.record("say", "owner", text, AT), 0, len(text), "owner", AT, "made-up")
    memory.add(Draft(*triple, source))


if __name__ == "__main__":
    main()
