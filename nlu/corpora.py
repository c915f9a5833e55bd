"""Files of labelled examples, read one JSON object a line, gzipped or not. Knows nothing of models."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NO_RELATION_NAMES = frozenset({"NA", "none", "no_relation", "unknown", "Other"})  # what corpora call unrelated pairs


def is_kept_out(key: str) -> bool:
    """Whether a sentence belongs to the fifth of its corpus's documents that no training sees, so that it can be measured.

    The key is the document's and the sentence's number: "12:3" or "dev12.3".
    """
    return zlib.crc32(key.replace(".", ":").split(":")[0].encode()) % 5 == 0


class CorpusError(Exception):
    """A file of examples can't be used; the message names it and the line."""


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a file's JSON objects. Raises CorpusError with path and line where one is broken."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(line, path, number)
    except OSError as error:
        raise CorpusError(
            f"{path} can't be read: {error.strerror or error}; give a .jsonl or .jsonl.gz file"
        ) from error


def _row(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{path}, line {number}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise CorpusError(f"{path}, line {number}: expected a JSON object, found {type(row).__name__}")
    return row
