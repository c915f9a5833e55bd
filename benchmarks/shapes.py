"""What holding a statement against the shapes costs, in milliseconds, in a space of many facts.

    python benchmarks/shapes.py

A made-up space of 100,000 facts; then births, homes, spouses, parents and likes are checked as they would be when told.
No model is loaded. The limit is 5 ms a fact.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from results import record

from kg.fact import Draft, Literal, NodeKind, Source
from kg.inbox import Inbox
from kg.memory import Memory
from kg.ontology import Ontology
from kg.shapes import house_shapes

FACTS, CHECKED = 100_000, 300
AT = "2026-03-11T12:00:00+01:00"
FAMILY = 10  # of those among whom one marries; fathers come from these and the ten before
KINDS = ("P551", "P26", "P22", "P569", "P570", "P108", "tt:likes")


def main() -> None:
    """Fill a space, check drafts of each kind, and record median and 95th percentile."""
    chance, began = random.Random(7), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Memory(Path(folder)) as memory:
        with memory.transaction():
            people = [memory.new_node(f"Person {n}", NodeKind.NAMED, "PER").iri for n in range(FACTS // 5)]
            places = [memory.new_node(f"Town {n}", NodeKind.NAMED, "LOC").iri for n in range(200)]
            for _ in range(FACTS):
                memory.add(draft(chance, people, places))
        inbox = Inbox(memory, Ontology.load(), house_shapes)
        inbox.check(draft(chance, people, places), replaces=False)
        spent: list[float] = []
        waiting = 0
        for _ in range(CHECKED):
            one = draft(chance, people, places)
            start = time.perf_counter()
            waiting += bool(inbox.check(one, replaces=False))
            spent.append(1e3 * (time.perf_counter() - start))
    seconds = time.perf_counter() - began
    p95 = quantiles(spent, n=20)[-1]
    record(
        "shapes_ms_per_fact", median(spent), split=f"{FACTS} facts", seconds=seconds, p95=round(p95, 2), waiting=waiting
    )


def draft(chance: random.Random, people: list[str], places: list[str]) -> Draft:
    """Return a statement about somebody."""
    property, place = chance.choice(KINDS), chance.randrange(len(people))
    someone, family = people[place], place - place % FAMILY
    source = Source(1, 0, 9, "Ann", AT, "benchmark")
    match property:
        case "P569" | "P570":
            year = chance.randint(1900, 1950) if property == "P569" else chance.randint(1951, 2020)
            return Draft(someone, property, Literal(str(year), "date"), source)
        case "P551" | "P108":
            return Draft(someone, property, chance.choice(places), source)
        case "P22":
            return Draft(someone, property, people[chance.randint(max(family - FAMILY, 0), place)], source)
        case _:
            return Draft(someone, property, people[min(family + chance.randrange(FAMILY), len(people) - 1)], source)


if __name__ == "__main__":
    main()
