"""Graphs as arrays, names in questions, what rows teach, and queries that say the same as the paths they stand for."""

from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest

from kg.asking.asked import Branch
from kg.asking.compile import sparql, term, triples
from kg.asking.grams import described_by
from kg.asking.knowledge import Knowledge
from kg.asking.names import Names, words_in
from kg.asking.sources import GraphError, from_triples, read_knowledge
from kg.asking.targets import RowError, Targets, question_row

FILMS = [
    ("Stone Harbour", "directed_by", "Ada Quill"),
    ("Stone Harbour", "in_language", "Norwegian"),
    ("Glass Fjord", "directed_by", "Ada Quill"),
    ("Glass Fjord", "written_by", "Bo Tarn"),
    ("Harbour", "directed_by", "Bo Tarn"),
    ("石港（2001年电影）", "导演", "艾达"),
    ("石港（歌曲）", "演唱", "白云"),
    ('The "Old" Ferry', "directed_by", "Ada Quill"),
]
SIMPLE = {ord("導"): "导"}


@pytest.fixture
def films() -> Knowledge:
    return from_triples(FILMS)


def _node(knowledge: Knowledge, name: str) -> int:
    return next(n for n in range(len(knowledge.names)) if knowledge.names[n] == name)


def _random_graph(seed: int) -> tuple[Knowledge, set[tuple[int, int, int]]]:
    draw = np.random.default_rng(seed)
    rows = np.stack([draw.integers(0, 30, 120), draw.integers(0, 4, 120), draw.integers(0, 30, 120)], 1).astype(
        np.int32
    )
    oracle = {(int(row[0]), int(row[1]), int(row[2])) for row in rows}
    return Knowledge.of(rows, [f"n{n}" for n in range(30)], [f"p{n}" for n in range(4)]), oracle


def test_steps_agree_with_a_set_of_triples() -> None:
    knowledge, oracle = _random_graph(1)
    for size in (1, 3, 30):
        nodes = np.random.default_rng(size).choice(30, size, replace=False).astype(np.int32)
        for p in range(4):
            assert set(knowledge.step(nodes, p)) == {o for s, q, o in oracle if q == p and s in nodes}
            assert set(knowledge.step(nodes, p + 4)) == {s for s, q, o in oracle if q == p and o in nodes}
        there = {p for s, p, _ in oracle if s in nodes} | {p + 4 for _, p, o in oracle if o in nodes}
        assert set(np.flatnonzero(knowledge.around(nodes))) == there


def test_a_saved_graph_is_the_same_when_loaded(tmp_path: Path, films: Knowledge) -> None:
    films.save(tmp_path)
    loaded = Knowledge.load(tmp_path)
    Names.of(films, SIMPLE).save(tmp_path)
    assert Names.load(tmp_path, loaded, SIMPLE).find("harbour") == Names.of(films, SIMPLE).find("harbour")
    assert list(triples(loaded)) == list(triples(films))
    assert [loaded.names[n] for n in range(len(loaded.names))] == [films.names[n] for n in range(len(films.names))]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("returns", [True, False])
def test_a_query_gives_what_its_path_gives(seed: int, returns: bool) -> None:
    knowledge, _ = _random_graph(seed)
    knowledge = from_triples([(f"a {s}", knowledge.labels[p], f"ü {o}") for s, p, o in _random_graph(seed)[1]])
    store = ox.Store()
    store.load("\n".join(triples(knowledge)).encode(), ox.RdfFormat.N_TRIPLES)
    candidate = Names.of(knowledge, {}).find(knowledge.names[0])[0]
    for path in ((0,), (0, 4), (1, 5, 2), (2, 6)):
        branch = Branch(candidate, 0, path, 0.0)
        rows = store.query(sparql(knowledge, [branch], returns))
        assert isinstance(rows, ox.QuerySolutions)
        found = {str(row["answer"]) for row in rows}
        assert found == {term(knowledge, int(n)) for n in knowledge.follow(0, path, returns=returns)}


def test_names_are_found_whatever_their_spelling(films: Knowledge) -> None:
    names = Names.of(films, SIMPLE)
    found = names.find("who directed STONE harbour?")
    assert (found[0].text, found[0].start, found[0].end) == ("STONE harbour", 2, 4)
    assert [one.text for one in found] == ["STONE harbour", "harbour"]
    assert names.find("the old ferry: who?")[0].nodes == (_node(films, 'The "Old" Ferry'),)


def test_a_description_in_brackets_is_not_needed(films: Knowledge) -> None:
    found = Names.of(films, SIMPLE).find("石港的導演是谁？")
    best = next(one for one in found if one.text == "石港")
    assert {films.names[n] for n in best.nodes} == {"石港（2001年电影）", "石港（歌曲）"}


def test_a_topic_of_a_turn_before_is_found(films: Knowledge) -> None:
    found = Names.of(films, SIMPLE).find("Who wrote it?", ["Do you know Glass Fjord?", "Yes, a fine film."])
    assert found[0].text == "Glass Fjord"
    assert found[0].back == 2


def test_a_node_is_found_by_what_is_known_of_it(films: Knowledge) -> None:
    found = Names.of(films, SIMPLE).find("它呢？", ["艾达拍得真好"])
    assert _node(films, "石港（2001年电影）") in {node for one in found for node in one.nodes}
    scores = described_by(films).scores("a film in Norwegian by Ada Quill")
    assert films.names[int(scores.argmax())] == "Stone Harbour"


def test_words_cut_the_exact_text() -> None:
    text = "谁导演了《Heat 2》? It's"
    assert all(text[w.start : w.end] == w.text for w in words_in(text))


def test_rows_with_answers_only_get_the_paths_that_reach_them(films: Knowledge) -> None:
    names = Names.of(films, SIMPLE)
    row = question_row({"question": "which language is Stone Harbour in", "answers": ["Norwegian"]})
    groups = Targets.of(films, names).groups(row, names.find(row.question))
    assert {films.relation_name(meant.path[0]) for meant in groups[0]} == {"in language"}


def test_rows_with_two_topics_have_a_group_each(films: Knowledge) -> None:
    names = Names.of(films, SIMPLE)
    row = question_row({"question": "what by Ada Quill is in Norwegian", "answers": ["Stone Harbour"],
                        "topic_entity": ["Ada Quill", "Norwegian"], "path": [["~directed_by"], ["~in_language"]]})  # fmt: skip
    assert [len(group) for group in Targets.of(films, names).groups(row, names.find(row.question))] == [1, 1]


def test_a_row_without_answers_is_an_error() -> None:
    with pytest.raises(RowError, match='no "question" or no "answers"'):
        question_row({"question": "?"})


def test_rdf_is_named_by_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "g.ttl"
    path.write_text(
        '@prefix e: <http://e.org/> . @prefix r: <http://www.w3.org/2000/01/rdf-schema#> . '
        'e:Q1 r:label "Ada Quill"@en ; r:label "艾达"@zh ; e:placeOfBirth e:Q2 ; e:born "1950"^^e:year . '
        'e:Q2 r:label "Tarn" .', encoding="utf-8")  # fmt: skip
    knowledge = read_knowledge(path)
    names = Names.of(knowledge, {})
    assert names.named("艾达") == names.named("ada quill") == (_node(knowledge, "Ada Quill"),)
    relation = knowledge.relation_of("place Of Birth")
    assert relation is not None
    assert [knowledge.names[int(n)] for n in knowledge.follow(names.named("Ada Quill")[0], (relation,))] == ["Tarn"]
    assert "1950" in {knowledge.names[n] for n in range(len(knowledge.names))}


def test_a_broken_graph_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "g.tsv"
    path.write_text("only one part\n", encoding="utf-8")
    with pytest.raises(GraphError, match="line 1: expected subject, property and object"):
        read_knowledge(path)


def test_a_query_says_which_paths_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "g.ttl"
    path.write_text(
        "@prefix e: <http://e.org/> . @prefix r: <http://www.w3.org/2000/01/rdf-schema#> . "
        'e:Q1 r:label "Ada Quill" ; e:birthPlace e:Q2 ; e:home e:Q2 . e:Q2 r:label "Tarn" .', encoding="utf-8")  # fmt: skip
    knowledge = read_knowledge(path)
    names = Names.of(knowledge, {})
    query = "PREFIX e: <http://e.org/> SELECT ?x { e:Q1 e:home ?x }"
    row = question_row({"question": "where is Ada Quill's home", "answers": ["http://e.org/Q2"], "sparql": query})
    (group,) = Targets.of(knowledge, names).groups(row, names.find(row.question))
    assert [knowledge.relation_name(meant.path[0]) for meant in group] == ["home"]
