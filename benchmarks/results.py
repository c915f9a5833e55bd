"""One JSON line a claim: printed, and appended to results.jsonl with commit, hardware and date."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

Measure = Callable[[Path, Path | None, float, int, Path], None]  # data, start, minutes, seed, where to write
RESULTS = Path(__file__).with_name("results.jsonl")
ROOT = Path(__file__).parent.parent


def record(metric: str, value: float, *, split: str, seconds: float, **more: float | int | str | None) -> None:
    """Print a result and append it to the file."""
    row = {
        "metric": metric,
        "value": round(value, 4),
        **more,
        "split": split,
        "seconds": round(seconds, 1),
        "commit": _commit(),
        "hardware": f"{os.cpu_count()} cores {platform.machine()}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    line = json.dumps(row, ensure_ascii=False)
    print(line)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def training_options(description: str | None) -> argparse.ArgumentParser:
    """Return the options of a benchmark that trains: the data's folder, where to start, how long, the seed, where to write."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    return parser


def run_training(description: str | None, measure: Measure) -> None:
    """Read the options and measure, in a temporary folder unless `--out` names one."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given = training_options(description).parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        measure(given.folder, given.start, given.minutes, given.seed, given.out or Path(temporary))


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
