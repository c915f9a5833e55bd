"""The search over a graph with a reader that says what it is told: lists, joins, counts, proofs, extremes and what can't be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyoxigraph as ox
import pytest
from numpy.typing import NDArray

from kg.asking.asked import FORMS, Reading
from kg.asking.compile import triples
from kg.asking.knowledge import Knowledge
from kg.asking.names import Candidate, Names
from kg.asking.search import Search
from kg.asking.sources import from_triples

BOATS = [
    ("Ada Quill", "built", "Skua"),
    ("Ada Quill", "built", "Petrel"),
    ("Ada Quill", "built", "Tern"),
    ("Skua", "length", "12 m"),
    ("Petrel", "length", "7.5 m"),
    ("Tern", "length", "unknown"),
    ("Skua", "home", "Tolby"),
    ("Petrel", "home", "Hask"),
    ("Bo Tarn", "built", "Gannet"),
    ("Gannet", "home", "Tolby"),
]


@dataclass(frozen=True)
class Scripted:
    """Reads every question the same: these topics by name, each with its path."""

    knowledge: Knowledge
    paths: Mapping[str, tuple[str, ...]]
    form: str
    odds: float = 4.0

    def read(self, words: Sequence[str], stretches: Sequence[Candidate]) -> Reading:
        return ScriptedReading(self, [self.paths.get(stretch.text) for stretch in stretches])


class ScriptedReading:
    def __init__(self, reader: Scripted, paths: Sequence[tuple[str, ...] | None]) -> None:
        self.reader, self.paths = reader, paths
        self.topics = np.array([-9.0 if path is None else reader.odds for path in paths], np.float32)
        self.forms = np.tile(
            np.array([-0.1 if form == reader.form else -5.0 for form in FORMS], np.float32), (len(paths), 1)
        )

    def following(self, prefixes: Sequence[tuple[int, tuple[int, ...]]]) -> NDArray[np.float32]:
        knowledge = self.reader.knowledge
        scores = np.full((len(prefixes), knowledge.size + 1), -9.0, np.float32)
        for row, (stretch, done) in enumerate(prefixes):
            wanted = [knowledge.relation_of(name) for name in self.paths[stretch] or ()]
            if list(done) == wanted[: len(done)]:
                following = wanted[len(done)] if len(done) < len(wanted) else knowledge.size
                assert following is not None
                scores[row, following] = -0.1
        return scores


def _search(form: str, paths: Mapping[str, tuple[str, ...]], odds: float = 4.0) -> Search:
    knowledge = from_triples(BOATS)
    return Search(knowledge, Names.of(knowledge, {}), Scripted(knowledge, paths, form, odds))


def _run(search: Search, query: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    store = ox.Store()
    store.load("\n".join(triples(search.knowledge)).encode(), ox.RdfFormat.N_TRIPLES)
    return store.query(query)


def test_a_path_is_followed() -> None:
    asked = _search("list", {"Ada Quill": ("built", "home")}).answer("where do the boats of Ada Quill lie?")
    assert set(asked.names) == {"Tolby", "Hask"}
    assert asked.path == "Ada Quill › built › home"


def test_two_topics_join() -> None:
    search = _search("list", {"Ada Quill": ("built",), "Tolby": ("~home",)})
    asked = search.answer("which boat of Ada Quill lies in Tolby?")
    assert asked.names == ("Skua",)
    assert asked.path == "Ada Quill › built & Tolby › ~home"
    solutions = _run(search, asked.sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [str(row["answer"]) for row in solutions] == ["<urn:named:Skua>"]


def test_nodes_are_counted() -> None:
    search = _search("count", {"Ada Quill": ("built",)})
    asked = search.answer("how many boats did Ada Quill build?")
    assert asked.names == ("3",)
    solutions = _run(search, asked.sparql)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [str(row["count"]) for row in solutions] == ['"3"^^<http://www.w3.org/2001/XMLSchema#integer>']


@pytest.mark.parametrize(("boat", "truth"), [("Skua", True), ("Gannet", False)])
def test_a_statement_is_proved_or_not(boat: str, truth: bool) -> None:
    search = _search("truth", {"Ada Quill": ("built",), boat: ()})
    asked = search.answer(f"did Ada Quill build the {boat}?")
    assert asked.truth is truth
    assert bool(_run(search, asked.sparql)) is truth


@pytest.mark.parametrize(("form", "boat"), [("most", "Skua"), ("least", "Petrel")])
def test_the_extreme_value_is_found_among_those_that_have_one(form: str, boat: str) -> None:
    asked = _search(form, {"Ada Quill": ("built", "length")}).answer(
        "which boat of Ada Quill is the longest or shortest?"
    )
    assert asked.names == (boat,)


def test_what_is_hardly_likely_is_not_told() -> None:
    asked = _search("list", {"Ada Quill": ("built",)}, odds=-8.0).answer("Ada Quill?")
    assert asked.names == ()
    assert asked.score < 0.001


def test_a_question_without_any_name_is_not_answered() -> None:
    assert _search("list", {}).answer("?!").answers == ()
