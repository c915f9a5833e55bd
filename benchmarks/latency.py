"""How long the first reply takes after the program starts, and a later one: `tripletalk chat --jsonl` from outside.

python benchmarks/latency.py [--turns 40]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from results import record

TOLD = [
    "My neighbour {} is a baker.", "{} lives in Harrowgate.", "Where does {} live?", "What does {} do for a living?",
    "{} was born in 1975.", "Thanks!", "我的同事{}住在青石镇。", "{}住在哪里？",
]  # fmt: skip
NAMES = ["Imogen", "Casper", "Rosalind", "Tobias", "Henrietta", "Magnus", "Philippa", "Ansel"]


def main() -> None:
    """Run the chat once and time its replies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "bot.command", "chat", "--jsonl", "--user", "owner"]
        chat = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "TRIPLETALK_DATA_DIR": folder},
        )  # fmt: skip
        times: list[float] = []
        for n in range(turns):
            asked = time.monotonic()
            _say(chat, TOLD[n % len(TOLD)].format(NAMES[n // len(TOLD) % len(NAMES)]))
            times.append(time.monotonic() - (asked if n else began))
        assert chat.stdin is not None
        chat.stdin.close()
        chat.wait(timeout=30)
    later = sorted(times[1:])
    record("first_reply_s", times[0], split="own turns", seconds=sum(times), bar=6.0)
    p95 = later[int(0.95 * len(later))] * 1000
    record(
        "later_reply_p50_ms",
        statistics.median(later) * 1000,
        split="own turns",
        seconds=sum(later),
        p95=round(p95, 1),
        bar=150.0,
    )


def _say(chat: subprocess.Popen[bytes], text: str) -> None:
    assert chat.stdin is not None
    assert chat.stdout is not None
    chat.stdin.write(json.dumps({"say": text}, ensure_ascii=False).encode() + b"\n")
    chat.stdin.flush()
    if "reply" not in json.loads(chat.stdout.readline()):
        raise SystemExit(f"no reply to {text!r}")


if __name__ == "__main__":
    main()
