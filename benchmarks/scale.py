"""What a memory space of a million imported facts and 100,000 passages costs: importing, SPARQL, a question, memory.

    python benchmarks/scale.py [--facts 1000000] [--own 20000] [--passages 100000] [--questions 90] [--folder DIR]

Every measurement is a process of its own. Importing and SPARQL are measured against pyoxigraph alone, in the same run. Where other
programs take the cores (`load` in a result: how many waited), cpu_p50, cpu_p95 and of_cpu tell what the work itself is.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
from crowd import EX, RDFS, Person, foreign_lines, read, told
from results import record

from bot.assemble import load_models
from bot.assemble.space import OpenSpace
from bot.config import load_settings
from bot.message import Message
from kg.store import Selection

ASKED = (
    "Where does {name} live?", "Where does {name} work?", "Who lives in {town}?", "Does {name} live in {town}?",
    "{name}住在哪里？", "What do you know about {name}?",
)  # fmt: skip
JOIN = f"SELECT ?name ?town {{ ?h <{EX}worksFor> <%s> ; <{EX}livesIn> ?town ; <{RDFS}> ?name }}"


def main() -> None:
    """Make the space, then measure each thing in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--own", type=int, default=20_000)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=90)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=STAGES)
    given = parser.parse_args()
    if given.only:
        STAGES[given.only](given.folder, given)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        for stage in STAGES:
            command = [sys.executable, __file__, *sys.argv[1:], "--folder", str(folder), "--only", stage]
            subprocess.run(command, check=True)


def make(folder: Path, given: argparse.Namespace) -> None:
    """Write the file to import and the space."""
    chance = random.Random(0)
    with (folder / "foreign.nt").open("w", encoding="utf-8") as file:
        file.writelines(foreign_lines(given.facts, chance))
    models = load_models(load_settings())
    with closing(OpenSpace(folder / "space")) as space:
        people = told(space.memory, given.own, chance)
        asked = read(space.memory, folder / "space", given.passages, models.understander, chance)
    chosen = [[p.name, p.town, p.firm] for p in chance.sample(people, min(300, len(people)))]
    (folder / "asked.json").write_text(json.dumps({"people": chosen, "passages": asked}), encoding="utf-8")


def importing(folder: Path, given: argparse.Namespace) -> None:
    """Time pyoxigraph's own loading of the file, then ours of the same into the space."""
    raw, bare = folder / "raw", folder / "bare"
    shutil.rmtree(raw, ignore_errors=True)
    shutil.rmtree(bare, ignore_errors=True)
    store, busy = ox.Store(raw), time.process_time()
    alone = _timed(lambda: store.bulk_load(path=folder / "foreign.nt", format=ox.RdfFormat.N_TRIPLES,
                                           to_graph=ox.NamedNode("urn:raw")))  # fmt: skip
    alone_cpu, busy = time.process_time() - busy, time.process_time()
    with closing(OpenSpace(bare)) as space:
        ours = _timed(lambda: space.load_graph(folder / "foreign.nt", "nt", name="crowd"))
    ours_cpu = time.process_time() - busy
    with closing(OpenSpace(folder / "space")) as space:
        opened = _timed(lambda: space.view.size())
        space.load_graph(folder / "foreign.nt", "nt", name="crowd")
    split = f"{given.facts} foreign facts"
    record(
        "import_speed_of_bulk_load",
        alone / ours,
        split=split,
        seconds=ours,
        alone_s=round(alone, 2),
        of_cpu=round(alone_cpu / ours_cpu, 3),
        bar=0.6,
    )
    record("graph_built_from_the_log_s", opened, split=f"{given.own} own facts", seconds=opened)


def sparql(folder: Path, given: argparse.Namespace) -> None:
    """Time a join over the imported graph in pyoxigraph alone, through our view, and through the door."""
    store = ox.Store.read_only(str(folder / "raw"))
    chance = random.Random(1)
    texts = [JOIN % f"{EX}o{chance.randrange(given.facts // 200 + 1)}" for _ in range(200)]
    graph = ox.NamedNode("urn:raw")
    with closing(OpenSpace(folder / "space")) as space:

        def ours(text: str) -> int:
            found = space.view.query(text, graphs=("crowd",))
            return len(found.rows) if isinstance(found, Selection) else 0

        def alone(text: str) -> int:
            found = store.query(text, default_graph=graph)
            return len([tuple(row) for row in found]) if isinstance(found, ox.QuerySolutions) else 0

        def plain(text: str) -> int:
            found = space.view.query(text, graphs=("crowd",), timeout_s=None)
            return len(found.rows) if isinstance(found, Selection) else 0

        assert [ours(text) for text in texts[:20]] == [alone(text) for text in texts[:20]]
        took: dict[str, float] = {}
        work: dict[str, float] = {}
        for name, run in (("raw", alone), ("timed", ours), ("plain", plain)):
            busy = time.process_time()
            took[name] = statistics.median(_timed(lambda t=text, run=run: run(t)) for text in texts) * 1000
            work[name] = (time.process_time() - busy) / len(texts) * 1000
        told_ms = statistics.median(_timed(lambda t=text: space.query(t)) for text in texts[:20]) * 1000
    split = f"{given.facts} foreign facts"
    record("sparql_join_of_raw", took["plain"] / took["raw"], split=split, seconds=sum(took.values()) / 5,
           raw_ms=round(took["raw"], 3), with_timeout=round(took["timed"] / took["raw"], 3),
           of_cpu=round(work["plain"] / work["raw"], 3), with_timeout_of_cpu=round(work["timed"] / work["raw"], 3),
           bar=2.0)  # fmt: skip
    record("sparql_at_the_door_p50_ms", told_ms, split=split, seconds=told_ms / 50)


def asking(folder: Path, given: argparse.Namespace) -> None:
    """Open everything, ask about facts and about passages, and say how long a reply takes and how much memory it is."""
    from bot import turn
    from bot.assemble.mind import SpaceMind

    found = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    people = [Person(*each) for each in found["people"]]
    models = load_models(load_settings())
    before = _memory_mb("VmRSS")
    with closing(OpenSpace(folder / "space")) as space:
        opened = _timed(lambda: space.view.size())
        minds: list[SpaceMind] = []
        opened += _timed(lambda: minds.append(SpaceMind(space, "owner", models)))
        (mind,) = minds
        times: dict[str, list[float]] = {"facts": [], "passages": []}
        work: list[float] = []
        right: dict[str, int] = {"facts": 0, "passages": 0}
        for n in range(given.questions + 6):
            text, answer, kind = _question(n, people, found["passages"])
            message = Message("owner", text, datetime.now(UTC).astimezone())
            reply = ""

            def ask(message: Message = message) -> None:
                nonlocal reply
                reply = turn.answer(message, mind).text

            busy = time.process_time()
            took = _timed(ask) * 1000
            if n >= 6:
                times[kind].append(took)
                work.append((time.process_time() - busy) * 1000)
                right[kind] += answer in reply
        resident, peak = _memory_mb("VmRSS"), _memory_mb("VmHWM")
    both = sorted(times["facts"] + times["passages"])
    split = f"{given.facts} imported, {given.own} own facts, {given.passages} passages"
    record("question_p50_ms", statistics.median(both), split=split, seconds=sum(both) / 1000, bar=60.0,
           p95=round(both[int(0.95 * len(both))], 1), p95_bar=200.0, cpu_p50=round(statistics.median(work), 1),
           cpu_p95=round(sorted(work)[int(0.95 * len(work))], 1),
           **{f"{kind}_p50": round(statistics.median(each), 1) for kind, each in times.items()},
           **{f"{kind}_right": round(right[kind] / len(each), 3) for kind, each in times.items()})  # fmt: skip
    record(
        "resident_mb", resident, split=split, seconds=opened, peak_mb=round(peak), models_mb=round(before), bar=1500.0
    )
    record("space_opened_s", opened, split=split, seconds=opened)


def finding(folder: Path, given: argparse.Namespace) -> None:
    """Time search, paths and likeness without any model."""
    found = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    people = [Person(*each) for each in found["people"]][:20]
    with closing(OpenSpace(folder / "space")) as space:
        space.search(people[0].name)
        searched = [_timed(lambda p=p: space.search(p.name)) for p in people]
        words = [_timed(lambda q=q: space.search(q[0])) for q in found["passages"][:20]]
        connected = [_timed(lambda a=a, b=b: space.paths(a.name, b.name)) for a, b in pairwise(people)]
        alike = [_timed(lambda p=p: space.similar(p.name)) for p in people]
    split = f"{given.own} own facts, {given.passages} passages"
    for metric, times in (("search_name_p50_ms", searched), ("search_words_p50_ms", words),
                          ("paths_p50_ms", connected), ("similar_p50_ms", alike)):  # fmt: skip
        worst = round(max(times) * 1000, 1)
        record(metric, statistics.median(times) * 1000, split=split, seconds=sum(times), worst=worst)


def _question(n: int, people: list[Person], passages: list[list[str]]) -> tuple[str, str, str]:
    """Return a question, what its answer holds, and what it is about."""
    if n % 2:
        text, answer = passages[n // 2 % len(passages)]
        return text, answer, "passages"
    person = people[n // 2 % len(people)]
    pattern = ASKED[n // 2 % len(ASKED)]
    answer = person.firm if "work" in pattern else person.name if "Who" in pattern else person.town
    return pattern.format(name=person.name, town=person.town), answer, "facts"


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _memory_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field))) / 1024


STAGES: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "make": make, "importing": importing, "sparql": sparql, "asking": asking, "finding": finding,
}  # fmt: skip

if __name__ == "__main__":
    main()
