"""Which runs of words the pattern families share with evaluation texts: 9 Chinese characters or 7 Latin words in a row.

    python benchmarks/overlap.py FILE.jsonl …       every string in the rows counts as evaluation text

Prints each shared run; exits with 1 when there are more than `--most` (default 5: everyday phrases may meet).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nlu.corpora import read_rows
from nlu.worlds.grammar import HERE

HAN_RUN, WORD_RUN = 9, 7


def runs(text: str) -> Iterator[str]:
    """Yield every run of characters or words that is long enough to be no accident."""
    for stretch in re.findall(r"[\u4e00-\u9fff]+", text):
        yield from (stretch[n : n + HAN_RUN] for n in range(len(stretch) - HAN_RUN + 1))
    words = re.findall(r"[a-z']+", text.casefold())
    yield from (" ".join(words[n : n + WORD_RUN]) for n in range(len(words) - WORD_RUN + 1))


def strings(value: object) -> Iterator[str]:
    """Yield every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def main() -> None:
    """Compare and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=5)
    options = parser.parse_args()
    families = "\n".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.txt"))
    plain = re.sub(r"\{[^:{}]*:|[{}()|<>/]", "", families)
    ours = set(runs(plain))
    shared = {
        run for path in options.files for row in read_rows(path) for text in strings(row) for run in runs(text)
    } & ours
    print("\n".join(sorted(shared)) or "nothing is shared")
    sys.exit(len(shared) > options.most)


if __name__ == "__main__":
    main()
