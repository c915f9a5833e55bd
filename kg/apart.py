"""A SPARQL query or update answered in a process of its own: the side that asks. Takes a request, gives the answer.

What runs too long is killed with its memory; what exhausts its memory or breaks the engine ends only that process.
Knows no storage of ours: the request names a snapshot.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import pyoxigraph as ox

from kg.evaluator import Header, Request

_SCRIPT = Path(__file__).with_name("evaluator.py")
_GRACE_S = 2.0  # for starting up and sending the rows


class ApartError(Exception):
    """The process gave no answer; the message is one line."""


class TooSlow(ApartError):
    """The process was stopped since it took too long."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came back: a header, and the rows of a SELECT or the triples of a CONSTRUCT."""

    header: Header
    variables: tuple[str, ...] = ()
    rows: Sequence[tuple[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None, ...]] = ()
    triples: tuple[ox.Triple, ...] = ()


def evaluate(request: Request, *, timeout_s: float | None) -> Result:
    """Return what the process answers.

    Raises:
        TooSlow: it was stopped.
        ApartError: it ended without an answer.
    """
    command = [sys.executable, "-P", str(_SCRIPT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            limit = None if timeout_s is None else timeout_s + _GRACE_S if not request.store else timeout_s
            output, _ = process.communicate(json.dumps(asdict(request)).encode("utf-8", "replace"), timeout=limit)
        except subprocess.TimeoutExpired as expired:
            raise TooSlow(f"the query took longer than {timeout_s:g} s; make it more specific") from expired
        finally:
            process.kill()
    if process.returncode:
        raise _broken(process.returncode, timeout_s)
    first, _, body = output.partition(b"\n")
    return _result(Header(**cast("dict[str, object]", json.loads(first))), body)  # type: ignore[arg-type]


def _result(header: Header, body: bytes) -> Result:
    if header.kind == "triples":
        return Result(header, triples=tuple(quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES)))
    if header.kind != "select":
        return Result(header)
    found = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    return Result(header, tuple(v.value for v in found.variables), tuple(tuple(row) for row in found))


def _broken(code: int, timeout_s: float | None) -> ApartError:
    if code == -signal.SIGXCPU:
        return TooSlow(f"the query took longer than {timeout_s or 0:g} s; make it more specific")
    if code == -signal.SIGSEGV:
        return ApartError("the query is nested too deeply; take it apart")
    return ApartError("the query needs more memory than it may have; make it more specific")
