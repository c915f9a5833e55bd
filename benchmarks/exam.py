"""How a conversation exam and annotated statements go: runs a scorer on this build and records what it says.

    python benchmarks/exam.py conversations SCORE.py EXAM.jsonl …
    python benchmarks/exam.py statements SCORE_STATEMENTS.py FILE.jsonl …

The scorers are not part of this repository; they take an exam and the command to run, or a file and its predictions.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import record

COMMAND = Path(sys.executable).with_name("tripletalk")


def conversations(scorer: Path, exams: list[Path]) -> None:
    """Record the share of steps passed, a language and for the questions nobody answered, over each exam."""
    for exam in exams:
        began = time.monotonic()
        call = [sys.executable, str(scorer), str(exam), "--command", f"{COMMAND} chat --jsonl", "--json"]
        call += ["--facts-command", f"{COMMAND} facts --json"]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        groups = {**report["languages"], "unknown": report["skills"]["unknown"]}
        for name, group in groups.items():
            record("exam_steps", group["score"], split=f"{exam.stem} {name}", seconds=time.monotonic() - began,
                   passed=group["passed"], checked=group["checked"])  # fmt: skip
        facts = report["total"]["facts"]
        record("exam_facts_recall", facts["recall"], split=exam.stem, seconds=time.monotonic() - began,
               precision=facts["precision"])  # fmt: skip


def statements(scorer: Path, files: list[Path]) -> None:
    """Record precision, recall and the share of non-statements that taught something, over each file."""
    for path in files:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "predictions.jsonl"
            subprocess.run([str(COMMAND), "evaluate", "statements", str(path), "--predictions", str(out)],
                           capture_output=True, check=True)  # fmt: skip
            call = [sys.executable, str(scorer), str(path), str(out)]
            printed = subprocess.run(call, capture_output=True, text=True, check=True).stdout
        figures = dict(line.split() for line in printed.splitlines() if len(line.split()) == 2)
        record("statements_f1", float(figures["f1"]), split=path.stem, seconds=time.monotonic() - began,
               precision=float(figures["precision"]), recall=float(figures["recall"]),
               non_statements_learned=float(figures["non_statements_learned"]))  # fmt: skip


if __name__ == "__main__":
    kind, scorer, *files = sys.argv[1:]
    {"conversations": conversations, "statements": statements}[kind](Path(scorer), [Path(name) for name in files])
