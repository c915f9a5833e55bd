"""One JSON line a claim: printed, and appended to results.jsonl with commit, hardware and date."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

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


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
