"""The passage index of one memory space: FAISS inner product and BM25 over passages, kept in append-only files.

Takes passages with their unit vectors, gives the nearest ones with both scores; knows no graph, no model and no log.
It is a cache: what a crash tore off is dropped at opening and comes back through `missing`.

Files: manifest.json names the encoder and the generation G; passages-G.jsonl holds one passage a line and vectors-G.f32
one row of D floats each, in the same order. Removing writes generation G+1 without the removed and deletes G.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from generation.bm25 import InvertedIndex
from generation.evidence import Encoder, Passage, Vectors
from generation.names import Gazetteer, holds, plain, titles_of
from generation.phrasing import is_chinese

_log = logging.getLogger(__name__)
EXACT = 1_000_000  # vectors that are all compared: 1.5 GB and some 0.1 s a question
_FORMAT = 1
_ROW = np.dtype("<f4")
_A_CELL = 64  # vectors a cell that it is learned from
_PROBES = 8  # cells that are looked at, at least
_PLAIN = 20_000  # folded texts that are kept


class StaleIndex(Exception):
    """The index on disk was made by another encoder or a newer program; rebuild it from the log."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its cosine and its BM25 score."""

    passage: Passage
    dense: float  # cosine in [-1, 1]
    bm25: float  # >= 0


class PassageIndex:
    """Passages by meaning and by words. Several programs may share the directory: each picks up what others added."""

    def __init__(
        self, directory: Path, encoder: Encoder | None = None, *, rebuild: bool = False, exact_up_to: int = EXACT
    ) -> None:
        """Open or create; `encoder` lends its id and dimension only, None opens to remove and to list.

        With `rebuild`, an index of another encoder is emptied, so that `missing` returns everything. Up to so many vectors
        all are compared with the question's; beyond, those of the nearest cells of a k-means partition (IVF).

        Raises:
            StaleIndex: made by another encoder, or its format is newer.
            FileNotFoundError: no encoder given and no index there.
        """
        self._directory, self._exact_up_to = directory, exact_up_to
        directory.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not self._manifest_path.exists():
                if encoder is None:
                    raise FileNotFoundError(f"no passage index in {str(directory)!r}")
                _write_manifest(self._manifest_path, _Manifest(encoder.id, encoder.dimension, 0))
            self._manifest = manifest = _read_manifest(self._manifest_path)
            self._sweep()
            if encoder is not None and (manifest.encoder, manifest.dimension) != (encoder.id, encoder.dimension):
                if not rebuild:
                    raise StaleIndex(
                        f"the index in {str(directory)!r} was made by encoder {manifest.encoder!r}, not by "
                        f"{encoder.id!r}: rebuild it from the log"
                    )
                self._manifest = _Manifest(encoder.id, encoder.dimension, manifest.generation + 1)
                _write_manifest(self._manifest_path, self._manifest)
                self._sweep()
            self._reset()
            self._repair()
            self._catch_up()

    def __len__(self) -> int:
        return len(self._passages)

    def __contains__(self, id: int) -> bool:
        return id in self._row_of

    def missing(self, all_ids: Iterable[int]) -> list[int]:
        """Return which of the log's passage ids aren't in the index, in the order given."""
        return [id for id in all_ids if id not in self._row_of]

    def surplus(self, all_ids: Iterable[int]) -> list[int]:
        """Return the ids in the index that the log no longer has, to be removed."""
        return sorted(self._row_of.keys() - set(all_ids))

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> int:
        """Add passages with unit vectors [N, D]; return how many were new. An id that is in already is left alone.

        Raises:
            ValueError: the shape isn't [N, D], or a vector isn't of length one.
        """
        rows = np.ascontiguousarray(vectors, dtype=_ROW)
        if rows.shape != (len(passages), self._manifest.dimension):
            raise ValueError(f"expected vectors {(len(passages), self._manifest.dimension)}, found {rows.shape}")
        if len(passages) and not np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-2):
            raise ValueError("expected unit vectors")
        with self._locked():
            self._refresh()
            fresh: dict[int, int] = {}
            for at, passage in enumerate(passages):
                if passage.id not in self._row_of:
                    fresh.setdefault(passage.id, at)
            if not fresh:
                return 0
            lines = "".join(_line(passages[at]) for at in fresh.values())
            _append(self._vectors_path, rows[list(fresh.values())].tobytes())
            _append(self._passages_path, lines.encode("utf-8"))
            self._catch_up()
            return len(fresh)

    def remove(self, ids: Iterable[int]) -> int:
        """Remove passages for good: the files are written anew without them; return how many there were."""
        gone = set(ids)
        with self._locked():
            self._refresh()
            keep = [row for row, passage in enumerate(self._passages) if passage.id not in gone]
            removed = len(self._passages) - len(keep)
            if not removed:
                return 0
            kept = [self._passages[row] for row in keep]
            rows = self._vectors()[keep]
            self._manifest = _Manifest(self._manifest.encoder, self._manifest.dimension, self._manifest.generation + 1)
            _write(self._vectors_path, rows.tobytes())
            _write(self._passages_path, "".join(map(_line, kept)).encode("utf-8"))
            _write_manifest(self._manifest_path, self._manifest)
            self._sweep()
            self._reset()
            self._catch_up()
            return removed

    def search(self, text: str, vector: npt.NDArray[np.float32], k: int) -> list[Hit]:
        """Return the union of the k nearest by cosine and the k best by BM25, each with both scores, nearest first."""
        self._refresh()
        if not self._passages or k <= 0:
            return []
        ids = self._nearest(vector, k)
        scored = self._words.scores(text)
        words = dict(self._words.best_of(scored, k))
        ids.extend(id for id in words if id not in set(ids))
        rows = [self._row_of[id] for id in ids]
        dense = self._vectors()[rows] @ np.asarray(vector, dtype=np.float32).reshape(-1)
        words = {id: float(scored[row]) for id, row in zip(ids, rows, strict=True)}
        hits = [Hit(self._passages[row], float(cos), words[id]) for id, row, cos in zip(ids, rows, dense, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.dense, -hit.passage.id))

    def passage(self, id: int) -> Passage:
        """Return a passage. Raises KeyError when it isn't in the index."""
        return self._passages[self._row_of[id]]

    def neighbour(self, passage: Passage, step: int) -> Passage | None:
        """Return the passage `step` places further on in the same episode, None at its ends."""
        order = self._episodes.get(passage.episode, [])
        place = (passage.start, passage.id)
        at = bisect_left(order, place)
        if at == len(order) or order[at] != place:
            return None
        at += step
        return self.passage(order[at][1]) if 0 <= at < len(order) else None

    def judge(self, ids: Iterable[int], text: str, vector: npt.NDArray[np.float32]) -> list[Hit]:
        """Return passages by id with both scores, in the order given."""
        rows = [self._row_of[id] for id in ids]
        dense = self._vectors()[rows] @ np.asarray(vector, dtype=np.float32).reshape(-1)
        words = self._words.scores(text)[rows]
        return [Hit(self._passages[row], float(d), float(w)) for row, d, w in zip(rows, dense, words, strict=True)]

    def holding(self, name: str, most: int) -> tuple[int, ...]:
        """Return the ids of up to `most` passages that hold a folded name in text or title, oldest first."""
        found = dict.fromkeys(self._titled.get(name, ()))
        for row in self._words.rows_with(name):
            if len(found) >= most:
                break
            passage = self._passages[row]
            if passage.id not in found and holds(self.plain(passage), name):
                found[passage.id] = None
        return tuple(sorted(found, key=self._row_of.__getitem__)[:most])

    def plain(self, passage: Passage) -> str:
        """Return a passage's text folded to its words."""
        known = self._plain.get(passage.id)
        if known is None:
            if len(self._plain) >= _PLAIN:
                self._plain.clear()
            known = self._plain[passage.id] = plain(passage.text)
        return known

    @property
    def state(self) -> tuple[int, int]:
        """What changes whenever passages come or go."""
        return self._manifest.generation, len(self._passages)

    @property
    def titles(self) -> Gazetteer:
        """The titles of all passages, to be found in texts."""
        return self._titles

    def covering(self, episode: int, at: int) -> Passage | None:
        """Return the passage of an episode that holds a place in its text."""
        order = self._episodes.get(episode, [])
        n = bisect_right(order, at, key=lambda place: place[0]) - 1
        found = self.passage(order[n][1]) if n >= 0 else None
        return found if found is not None and at < found.end else None

    def beside(self, passage: Passage, step: int) -> Passage | None:
        """Return the passage before (-1) or after (1): in its episode, else the message said before or after on that day."""
        near = self.neighbour(passage, step)
        if near is not None or passage.title:
            return near
        at = bisect_left(self._said, passage.id) + step
        if not 0 <= at < len(self._said):
            return None
        other = self.passage(self._said[at])
        return other if passage.said_at and other.said_at[:10] == passage.said_at[:10] else None

    def with_words(self, text: str) -> list[int]:
        """Return the ids of the passages that hold all words of a text, oldest first; Chinese ones as they stand."""
        if is_chinese(text):
            return [passage.id for passage in self._passages if text in passage.text]
        return [self._passages[row].id for row in self._words.rows_with(text)]

    @property
    def words(self) -> InvertedIndex:
        """The inverted index, for idf and coverage."""
        return self._words

    # Files

    @property
    def _manifest_path(self) -> Path:
        return self._directory / "manifest.json"

    @property
    def _passages_path(self) -> Path:
        return self._directory / f"passages-{self._manifest.generation}.jsonl"

    @property
    def _vectors_path(self) -> Path:
        return self._directory / f"vectors-{self._manifest.generation}.f32"

    @contextmanager
    def _locked(self) -> Generator[None, None, None]:
        """Keep other programs from writing the directory meanwhile (POSIX; elsewhere the memory's lock must do)."""
        with (self._directory / "lock").open("ab") as lock:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        """Delete every file of another generation, also what a crash in the middle of `remove` left."""
        current = {self._passages_path.name, self._vectors_path.name}
        for path in self._directory.iterdir():
            if path.name.startswith(("passages-", "vectors-", "manifest.json.")) and path.name not in current:
                path.unlink(missing_ok=True)

    def _repair(self) -> None:
        """Cut both files to the rows that are whole in both."""
        width = self._manifest.dimension * _ROW.itemsize
        vector_bytes = self._vectors_path.stat().st_size if self._vectors_path.exists() else 0
        rows, end = _whole_lines(self._passages_path, vector_bytes // width)
        for path, size in ((self._passages_path, end), (self._vectors_path, rows * width)):
            if path.exists() and path.stat().st_size > size:
                _log.warning("repaired %s: cut %d torn bytes", path.name, path.stat().st_size - size)
                os.truncate(path, size)

    # Memory

    def _reset(self) -> None:
        self._passages: list[Passage] = []
        self._row_of: dict[int, int] = {}
        self._episodes: dict[int, list[tuple[int, int]]] = {}  # (start, id) of its passages, in order
        self._words = InvertedIndex()
        self._titles = Gazetteer()
        self._titled: dict[str, list[int]] = {}  # folded title -> ids
        self._said: list[int] = []  # ids of passages of messages, in order
        self._plain: dict[int, str] = {}
        self._mapped: Vectors | None = None
        self._read = 0  # bytes of the passages file that are in memory
        self._flat: _Flat | None = None

    def _refresh(self) -> None:
        """Take in what another program wrote since."""
        manifest = _read_manifest(self._manifest_path)
        if manifest != self._manifest:
            if (manifest.encoder, manifest.dimension) != (self._manifest.encoder, self._manifest.dimension):
                raise StaleIndex(f"the index in {str(self._directory)!r} was rebuilt by encoder {manifest.encoder!r}")
            self._manifest = manifest
            self._reset()
        self._catch_up()

    def _catch_up(self) -> None:
        if not self._passages_path.exists() or self._passages_path.stat().st_size == self._read:
            return
        with self._passages_path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        data = data[: data.rfind(b"\n") + 1]
        passages = [_passage(line) for line in data.splitlines()]
        first = len(self._passages)
        for passage in passages:
            self._row_of[passage.id] = len(self._passages)
            self._passages.append(passage)
            insort(self._episodes.setdefault(passage.episode, []), (passage.start, passage.id))
            self._words.add(passage.id, passage.text)
            if not passage.title:
                insort(self._said, passage.id)
            for title in titles_of(passage.title):
                self._titles.add(title)
                self._titled.setdefault(title, []).append(passage.id)
        self._mapped = None
        if first <= self._exact_up_to < len(self._passages):
            self._flat = None  # from here on by cells
        if self._flat is not None and len(self._passages) > first:
            self._flat.add_with_ids(self._rows(first), np.array([p.id for p in self._passages[first:]], dtype=np.int64))
        self._read += len(data)

    def _rows(self, first: int) -> Vectors:
        """Return the vectors from a row on, read from the file."""
        width = self._manifest.dimension
        count = (len(self._passages) - first) * width
        rows = np.fromfile(self._vectors_path, dtype=_ROW, count=count, offset=first * width * _ROW.itemsize)
        return rows.reshape(-1, width)

    def _vectors(self) -> Vectors:
        """Return all vectors, mapped: only the rows that are looked at come into memory."""
        shape = (len(self._passages), self._manifest.dimension)
        if self._mapped is None:
            self._mapped = np.memmap(self._vectors_path, _ROW, "r", shape=shape) if shape[0] else np.zeros(shape, _ROW)
        return self._mapped

    def _nearest(self, vector: npt.NDArray[np.float32], k: int) -> list[int]:
        if self._flat is None:
            rows = self._rows(0)
            if len(self._passages) > self._exact_up_to:
                self._flat = _cell_index(rows)
            else:
                self._flat = _flat_index(self._manifest.dimension)
            self._flat.add_with_ids(rows, np.array([p.id for p in self._passages], dtype=np.int64))
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        _, ids = self._flat.search(query, min(k, len(self._passages)))
        return [int(id) for id in ids[0] if id >= 0]


@dataclass(frozen=True, slots=True)
class _Manifest:
    encoder: str
    dimension: int
    generation: int


class _Flat(Protocol):
    """The two calls of FAISS that are used: the seam to the untyped library."""

    def add_with_ids(self, x: Vectors, ids: npt.NDArray[np.int64]) -> None: ...

    def search(self, x: Vectors, k: int) -> tuple[Vectors, npt.NDArray[np.int64]]: ...


def _flat_index(dimension: int) -> _Flat:
    """Return an exact inner product index by ids, on the GPU when this FAISS has one."""
    import faiss  # pyright: ignore[reportMissingTypeStubs]

    flat = faiss.IndexFlatIP(dimension)
    if hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0:
        flat = faiss.index_cpu_to_all_gpus(flat)  # pyright: ignore
    return cast(_Flat, faiss.IndexIDMap2(flat))  # pyright: ignore[reportUnknownMemberType]


def _cell_index(rows: Vectors) -> _Flat:
    """Return an index by ids that looks at the cells nearest to a question; the cells are learned from these vectors."""
    import faiss  # pyright: ignore[reportMissingTypeStubs]

    cells = max(1, math.isqrt(len(rows)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = 0
    index.train(rows[:: max(1, len(rows) // (_A_CELL * cells))])  # pyright: ignore
    index.nprobe = max(_PROBES, cells // 16)
    return cast(_Flat, faiss.IndexIDMap2(index))  # pyright: ignore[reportUnknownMemberType]


def _line(passage: Passage) -> str:
    return json.dumps(asdict(passage), ensure_ascii=False) + "\n"


def _passage(line: bytes) -> Passage:
    return Passage(**json.loads(line))


def _whole_lines(path: Path, most: int) -> tuple[int, int]:
    """Return how many leading lines are whole passages, at most `most`, and where they end in bytes."""
    ends = [0]
    last = b""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                if len(ends) > most or not line.endswith(b"\n"):
                    break
                last = line
                ends.append(ends[-1] + len(line))
    if last and not _parses(last):  # only the tail of an append can be torn
        ends.pop()
    return len(ends) - 1, ends[-1]


def _parses(line: bytes) -> bool:
    try:
        _passage(line)
    except (ValueError, TypeError):
        return False
    return True


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _write_manifest(path: Path, manifest: _Manifest) -> None:
    new = path.with_name(f"manifest.json.{os.getpid()}.{time.monotonic_ns()}")
    _write(new, json.dumps({"format": _FORMAT, **asdict(manifest)}).encode("utf-8"))
    os.replace(new, path)


def _read_manifest(path: Path) -> _Manifest:
    try:
        row = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
        found = _Manifest(str(row["encoder"]), int(str(row["dimension"])), int(str(row["generation"])))
        version = int(str(row["format"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StaleIndex(f"{str(path)!r} is damaged: delete the folder, it is rebuilt from the log") from error
    if version > _FORMAT:
        raise StaleIndex(f"{str(path)!r} has format {version}, this program knows {_FORMAT}: update the program")
    return found
