"""The SPARQL view of a memory: an Oxigraph store derived from the facts, kept up by the log's outcomes.

Takes a memory and queries; gives solutions and triples. It can be deleted at any time: it is rebuilt from the memory.
Knows no language and no model, and never writes to the memory.

One process holds the store on disk, through an OS lock; any other gets its own view in working memory. The store lies
in a directory of its own under `graph/`, named by `graph/current`, so that a rewrite is one atomic rename: Oxigraph
keeps deleted strings in its files until they are written anew.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

import pyoxigraph as ox

from kg import rdf
from kg.concluding import META, apply_rules, conclude
from kg.fact import Inferred
from kg.guard import leaves_the_machine
from kg.imported import ImportedGraphs
from kg.inferred import INFERRED, RULED, read_inferred
from kg.loaded import LoadedGraphs
from kg.loading import extend
from kg.memory import Memory
from kg.ontology import Ontology
from kg.rules import Rule, RulesError
from kg.schema import StorageError
from kg.view import Watermark, changed_quads, every_quad

_LOG = logging.getLogger(__name__)
_WATERMARK = ox.NamedNode(rdf.TT + "watermark")
_DISK_ERRORS = (OSError, RuntimeError)  # Oxigraph raises the second for damage that RocksDB finds
_RUNAWAYS = 4  # queries past their time that may still run before new ones are refused

Term = rdf.Term


class QueryError(Exception):
    """A query can't be answered; the message is one line."""


class QueryTimeout(QueryError):
    """A query took longer than it may."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The solutions of a SELECT query, one row each, in the order of `variables`."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]


Answer = Selection | bool | tuple[ox.Triple, ...]
_Dataset = tuple[list[ox.NamedNode], list[ox.NamedNode]]  # default graph, named graphs


class GraphView:
    """A read-only SPARQL endpoint over one memory space."""

    def __init__(self, directory: Path, memory: Memory, *, today: Callable[[], str] | None = None) -> None:
        self.directory = directory
        self.imported = ImportedGraphs(directory)
        self.loaded = LoadedGraphs(self.imported)
        self._memory = memory
        self._today = today or (lambda: datetime.now(UTC).date().isoformat())
        self._home = directory / "graph"
        self._graph = rdf.space_graph(memory.space_id)
        self._guard = threading.RLock()
        self._runaways: list[threading.Thread] = []
        self._lock_file = _take_lock(directory / "graph.lock") if directory.is_dir() else None
        self.on_disk = self._lock_file is not None
        self._path: Path | None = None
        self._store = self._open()
        self.catch_up()

    def close(self) -> None:
        """Let go of the files and of the lock."""
        self._store = ox.Store()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def __enter__(self) -> GraphView:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def catch_up(self) -> int:
        """Apply what the log gained since the last time; return how many outcomes that were."""
        with self._guard:
            caught_up = self._catch_up()
            if self.on_disk:
                self.load_imported()
            return caught_up

    def _catch_up(self) -> int:
        with self._guard:
            mark = self._watermark()
            last, today = self._memory.last_outcome(), self._today()
            if mark is None or mark.seq > last:
                self.rewrite()
                return last
            if mark.seq == last and mark.day == today:
                return 0
            change = changed_quads(self._memory, self._store, self._graph, mark, today)
            if change is None:
                self.rewrite()
                return last - mark.seq
            new = Watermark(self._memory.space_id, last, today)
            self._write(change.remove, change.add, mark, new)
            return last - mark.seq

    def rewrite(self) -> None:
        """Build the view anew in fresh files and swap them in, so that nothing of the old ones is left on the disk.

        Raises:
            StorageError: the files can't be written, such as on a full disk; the old view stays.
        """
        with self._guard:
            path = self._home / uuid.uuid4().hex if self.on_disk else None
            last, today = self._memory.last_outcome(), self._today()
            try:
                self._home.mkdir(exist_ok=True) if path else None
                store = ox.Store(path) if path else ox.Store()
                extend(store, every_quad(self._memory, self._graph, today))
                store.add(self._mark(Watermark(self._memory.space_id, last, today)))
                self.loaded.fill(store) if path else self.loaded.begin()
                self._store, self._path = store, path
                if path:
                    store.flush()
                    self._point_to(path)
            except _DISK_ERRORS as error:
                raise StorageError(f"{self._home} can't be written ({_one_line(error)}); free some space") from error

    def conclude(self, ontology: Ontology, rules: Sequence[Rule] = ()) -> None:
        """Bring the graphs of what follows up to date: `graph:inferred` by the ontology, `graph:rules` by the rules.

        Raises:
            RulesError: a rule can't be used; `graph:rules` is empty then.
        """
        with self._guard:
            self.catch_up()
            try:
                self._conclude(ontology, rules)
            except _DISK_ERRORS as error:
                _LOG.warning("what follows can't be written (%s); building the graph anew", type(error).__name__)
                self.rewrite()
                self._conclude(ontology, rules)

    def inferred(self, *, about: str = "", id: str = "") -> tuple[Inferred, ...]:
        """Return what `conclude` wrote: all, what has a node as subject or object, or what has an id."""
        with self._guard:
            found = {each.id: each for each in read_inferred(self._store, self._memory, about=about, id=id)}
            return tuple(found.values())

    def conclusions_from(self, facts: Iterable[int]) -> int:
        """Return how many of the conclusions that stand rest on one of these facts."""
        with self._guard:
            statements = [rdf.statement_node(self._memory.space_id, fact) for fact in facts]
            found = (self._store.quads_for_pattern(None, rdf.DERIVED, each, INFERRED) for each in statements)
            return len({quad.subject for quads in found for quad in quads})

    def select(
        self, query: str, *, timeout_s: float | None = 10.0, bindings: Mapping[str, Term] | None = None
    ) -> Selection:
        """Return the solutions of a SELECT query; `bindings` give variables a value without touching the text.

        Raises:
            QueryError: not a SELECT query, or one that can't be run.
            QueryTimeout: it took longer than `timeout_s`.
        """
        answer = self.query(query, timeout_s=timeout_s, bindings=bindings)
        if not isinstance(answer, Selection):
            raise QueryError("a SELECT query is expected here")
        return answer

    def ask(self, query: str, *, timeout_s: float | None = 10.0, bindings: Mapping[str, Term] | None = None) -> bool:
        """Return the answer to an ASK query. Raises as `select` does."""
        answer = self.query(query, timeout_s=timeout_s, bindings=bindings)
        if not isinstance(answer, bool):
            raise QueryError("an ASK query is expected here")
        return answer

    def construct(
        self, query: str, *, timeout_s: float | None = 10.0, bindings: Mapping[str, Term] | None = None
    ) -> tuple[ox.Triple, ...]:
        """Return the triples of a CONSTRUCT or DESCRIBE query. Raises as `select` does."""
        answer = self.query(query, timeout_s=timeout_s, bindings=bindings)
        if not isinstance(answer, tuple):
            raise QueryError("a CONSTRUCT or DESCRIBE query is expected here")
        return answer

    def query(
        self,
        query: str,
        *,
        timeout_s: float | None = 10.0,
        bindings: Mapping[str, Term] | None = None,
        inferred: bool = False,
        graphs: Sequence[str] = (),
        limit: int | None = None,
        prefixes: Mapping[str, str] = rdf.PREFIXES,
    ) -> Answer:
        """Return the answer to a query of any form; with `inferred`, of what follows as if it were stated.

        `limit` is the most rows or triples it gives, `graphs` as in `dataset`. Raises as `select` does.
        """
        if leaves_the_machine(query):
            raise QueryError("SERVICE is not allowed: a query must not leave this machine")
        bound = query + _values_clause(bindings) if bindings else query
        asked = partial(self._run, bound, self.dataset(inferred=inferred, graphs=graphs), limit, dict(prefixes))
        return self._answer(asked) if timeout_s is None else self._answer_in_time(asked, timeout_s)

    def load_imported(self) -> None:
        """Bring the imported graphs in line with their files: a view in working memory has them only from then on.

        Raises:
            StorageError: the graph can't be written.
        """
        with self._guard:
            if not self.loaded.catch_up(self._store):
                self.rewrite()  # removing a large graph takes longer, and leaves its strings in the files
                self.loaded.catch_up(self._store)

    def dataset(
        self, *, inferred: bool = False, graphs: Sequence[str] = ()
    ) -> tuple[list[ox.NamedNode], list[ox.NamedNode]]:
        """Return the graphs that a query sees as its default graph, and those that it may name.

        `graphs` are names of imported graphs, "own" for the user's facts, which is what none of them means.

        Raises:
            QueryError: no such graph.
        """
        chosen: list[ox.NamedNode] = []
        for name in graphs or ("own",):
            if name != "own" and name not in self.loaded.known:
                raise QueryError(f"there is no imported graph {name!r}; `tripletalk graphs` lists them")
            chosen.append(self._graph if name == "own" else self.loaded.known[name])
        follows = [INFERRED, RULED]
        return chosen + (follows if inferred else []), [self._graph, *follows, *self.loaded.known.values()]

    @contextmanager
    def snapshot(self) -> Generator[Path | None]:
        """Give a directory that holds the store as it is now, for another process; None where it isn't on the disk.

        It shares the store's files, so it takes a moment and no room.
        """
        path = self._home / f"snapshot-{uuid.uuid4().hex}" if self.on_disk else None
        if path is None or self._path is None:
            yield None
            return
        try:
            with self._guard:
                self._store.backup(path)
            yield path
        except _DISK_ERRORS as error:
            raise StorageError(f"{self._home} can't be written ({_one_line(error)}); free some space") from error
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def size(self) -> int:
        """Return how many quads the store holds, the graphs of what follows among them."""
        return len(self._store)

    def _conclude(self, ontology: Ontology, rules: Sequence[Rule]) -> None:
        today = self._today()
        changed = conclude(self._store, self._memory, ontology, today)
        apply_rules(self._store, self._memory, rules, self._construct_for_rule, today, anew=changed)

    def _construct_for_rule(self, query: str, limit: int) -> Sequence[ox.Triple]:
        try:
            answer = self.query(query, inferred=True, limit=limit)
        except QueryError as error:
            raise RulesError(str(error)) from error
        if not isinstance(answer, tuple):
            raise RulesError("it is no CONSTRUCT query; only those can be rules")
        return answer

    def _answer(self, run: Callable[[], Answer]) -> Answer:
        try:
            return run()
        except _DISK_ERRORS as error:
            if not self.on_disk:
                raise QueryError(f"the query can't be run: {_one_line(error)}") from error
            _LOG.warning("the graph can't be read (%s); building it anew", type(error).__name__)
        self.rewrite()
        try:
            return run()
        except _DISK_ERRORS as error:
            raise QueryError(f"the query can't be run: {_one_line(error)}") from error

    def _run(self, query: str, dataset: _Dataset, limit: int | None, prefixes: dict[str, str]) -> Answer:
        try:
            found = self._store.query(query, prefixes=prefixes, default_graph=[*dataset[0]], named_graphs=[*dataset[1]])
            if isinstance(found, ox.QueryBoolean):
                return bool(found)
            if isinstance(found, ox.QueryTriples):
                return tuple(islice(found, limit))
            names = [variable.value for variable in found.variables]
            return Selection(tuple(names), tuple(tuple(row) for row in islice(found, limit)))
        except SyntaxError as error:
            raise QueryError(where_it_fails(str(error), query)) from error
        except ValueError as error:
            raise QueryError(f"the query can't be run: {_one_line(error)}") from error

    def _answer_in_time(self, asked: Callable[[], Answer], timeout_s: float) -> Answer:
        """Run the query beside; Oxigraph can't be interrupted, so one that is too slow ends by itself, unheard."""
        self._runaways = [thread for thread in self._runaways if thread.is_alive()]
        if len(self._runaways) >= _RUNAWAYS:
            raise QueryTimeout("earlier queries that took too long are still running; try again in a minute")
        results: list[Answer | QueryError] = []

        def run() -> None:
            try:
                results.append(self._answer(asked))
            except QueryError as error:
                results.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(timeout_s)
        if not results:
            self._runaways.append(thread)
            raise QueryTimeout(f"the query took longer than {timeout_s:g} s; make it more specific")
        if isinstance(results[0], QueryError):
            raise results[0]
        return results[0]

    def _open(self) -> ox.Store:
        """Return the store that `current` names; an empty one if it is missing or broken."""
        if not self.on_disk:
            return ox.Store()
        self._path = self._current()
        if self._path is None:
            return ox.Store()
        try:
            return ox.Store(self._path)
        except _DISK_ERRORS as error:
            _LOG.warning("the graph directory can't be read (%s); building it anew", type(error).__name__)
            self._path = None
            return ox.Store()

    def _current(self) -> Path | None:
        try:
            name = (self._home / "current").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        path = self._home / name
        return path if re.fullmatch(r"[0-9a-f]{32}", name) and path.is_dir() else None

    def _point_to(self, path: Path) -> None:
        """Make `path` the current store and remove every other one."""
        pointer = self._home / "current.new"
        pointer.write_text(path.name, encoding="utf-8")
        os.replace(pointer, self._home / "current")
        for other in self._home.iterdir():
            if other not in (path, self._home / "current"):
                shutil.rmtree(other, ignore_errors=True) if other.is_dir() else other.unlink(missing_ok=True)

    def _mark(self, mark: Watermark) -> ox.Quad:
        return ox.Quad(META, _WATERMARK, ox.Literal(mark.text()), META)

    def _watermark(self) -> Watermark | None:
        """Return how far the store follows the log; None if it doesn't say or belongs to another memory."""
        if self.on_disk and self._path is None:
            return None
        try:
            marks = [quad.object for quad in self._store.quads_for_pattern(META, _WATERMARK, None, META)]
        except _DISK_ERRORS:
            return None
        values = [Watermark.parse(term.value) for term in marks if isinstance(term, ox.Literal)]
        mark = values[0] if len(values) == 1 else None
        return mark if mark is not None and mark.space_id == self._memory.space_id else None

    def _write(self, remove: Iterable[ox.Quad], add: Iterable[ox.Quad], old: Watermark, new: Watermark) -> None:
        """Change the store and its watermark in one transaction."""
        gone, come = "\n".join(_as_data([*remove, self._mark(old)])), "\n".join(_as_data([*add, self._mark(new)]))
        try:
            self._store.update(f"DELETE DATA {{ {gone} }} ; INSERT DATA {{ {come} }}")
        except _DISK_ERRORS as error:
            _LOG.warning("the graph can't be written (%s); building it anew", type(error).__name__)
            self.rewrite()


def _values_clause(bindings: Mapping[str, Term]) -> str:
    """Return the bindings as a VALUES clause: terms are written by Oxigraph, so that no text can leave its term."""
    variables = " ".join(str(ox.Variable(name)) for name in bindings)
    return f"\nVALUES ({variables}) {{ ({' '.join(str(term) for term in bindings.values())}) }}"


def _as_data(quads: Iterable[ox.Quad]) -> Iterator[str]:
    for quad in quads:
        yield f"GRAPH {quad.graph_name} {{ {quad.subject} {quad.predicate} {quad.object} }}"


def where_it_fails(said: str, query: str) -> str:
    """Return what Oxigraph says of a syntax error as one line that shows the place."""
    place = re.match(r"error at (\d+):(\d+)", said)
    if place is None:
        return " ".join(said.split())[:160]
    if "Prefix not found" in said:
        return f"SPARQL syntax error at line {place[1]}, column {place[2]}: unknown prefix; see query --prefixes"
    lines = query.splitlines() or [""]
    line = lines[min(int(place[1]), len(lines)) - 1]
    near = " ".join(line[max(0, int(place[2]) - 1) :][:30].split())
    return f"SPARQL syntax error at line {place[1]}, column {place[2]}" + (f", near {near!r}" if near else "")


def _one_line(error: Exception) -> str:
    text = re.sub(r"\s+", " ", str(error))
    return text if len(text) <= 160 else text[:157] + "..."


def _take_lock(path: Path) -> int | None:
    """Return the open lock file, None if another view holds it or the directory can't be written."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
