"""The verbs over the graph: SPARQL with its options, saved queries, imported graphs, search, paths and likeness."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from bot import assemble
from bot.command import main
from bot.slash import carry_out
from bot.spaces import space_directory
from bot.system import QueryOptions, System
from kg.fact import Draft, NodeKind, Source
from kg.memory import Memory
from tests.bot.echo_system import EchoSystem

AT = "2024-03-01T09:00:00+01:00"
TOWNS = b'<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "Xylopolis"@en .\n<urn:a> <urn:in> <urn:dk> .\n'


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRIPLETALK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("TRIPLETALK_CONFIG", raising=False)
    return tmp_path / "data"


@pytest.fixture
def told(data_dir: Path) -> Path:
    """A memory in which four live and work somewhere."""
    directory = space_directory(data_dir, "owner")
    with Memory(directory) as memory:
        tags = {"Hilde": "PER", "Kim": "PER", "李雷": "PER", "Oslo": "LOC", "Harbour Hospital": "ORG"}
        nodes = {name: memory.new_node(name, NodeKind.NAMED, tag).iri for name, tag in tags.items()}
        for one, property_, other, verb in (
            ("Hilde", "P551", "Oslo", "lives in"), ("Kim", "P551", "Oslo", "lives in"),
            ("Hilde", "P108", "Harbour Hospital", "works at"), ("Kim", "P108", "Harbour Hospital", "works at"),
            ("李雷", "P551", "Oslo", "lives in"),
        ):  # fmt: skip
            text = f"{one} {verb} {other}."
            episode = memory.record("say", "owner", text, AT)
            source = Source(episode, 0, len(text), "owner", AT, "test")
            memory.add(Draft(nodes[one], property_, nodes[other], source))
            memory.add_passages(episode, [(0, len(text))])
            memory.mark_processed(episode)
    return directory


def run(*argv: str, system: System | None = None) -> int:
    return main(list(argv), system=system)


def test_options_reach_the_space() -> None:
    system = EchoSystem()
    line = "query SELECT --inferred --graph towns --graph own --with a=1 --timeout 2.5 --limit 7 --explain"
    assert run(*line.split(), system=system) == 0
    assert run("query", "SELECT", "--limit", "0", "--timeout", "0", system=system) == 0
    asked = [options for _, options in system.space("owner").asked]
    assert asked == [
        QueryOptions(True, ("towns", "own"), ("a=1",), 2.5, 7, True),
        QueryOptions(timeout_s=None, limit=None),
    ]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["query", "ASK {}", "--timeout", "-1"], 2, "seconds"),
        (["query", "ASK {}", "--timeout", "soon"], 2, "seconds"),
        (["query", "ASK {}", "--limit", "many"], 2, "rows"),
        (["query", "ASK { ?s ?p ?o", "--format", "json"], 1, "line 1"),
        (["query", "ASK { SERVICE <urn:x> {} }"], 1, "SERVICE"),
        (["query", "ASK {}", "--with", "name"], 2, "name=value"),
        (["query", "ASK { ?s ?p $o }", "--with", "x=1"], 1, "$x"),
        (["query", "ASK {}", "--graph", "none"], 1, "tripletalk graphs"),
        (["query", "--saved", "none"], 2, "--list"),
        (["query", "--delete", "none"], 2, "--list"),
        (["query", "--save", "../x", "ASK {}"], 2, "letters"),
        (["query", "--save", "x", "ASK {"], 1, "line 1"),
        (["query"], 2, "empty"),
        (["query", "--update", "INSERT DATA { <urn:a> <urn:b> 1 }"], 1, "imported graphs only"),
        (["query", "INSERT DATA { GRAPH imported:x { <urn:a> <urn:b> 1 } }"], 1, "syntax"),
        (["forget", "--graph", "none", "--yes"], 2, "tripletalk graphs"),
        (["import", "/none/towns.nt"], 1, "/none/towns.nt"),
        (["paths", "Nobody", "Noone"], 2, "Nobody"),
        (["similar", "Nobody"], 2, "Nobody"),
        (["search", " "], 2, "search for"),
        (["search", "Rumpelstiltskin"], 1, ""),
    ],
)
def test_a_failure_is_one_line(argv: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == code
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) <= 1


def test_an_answer_has_every_form(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "SELECT ?who { ?s wdt:P551/rdfs:label $town ; rdfs:label ?who } ORDER BY ?who"
    for form in ("table", "json", "csv", "tsv", "xml"):
        assert run("query", text, "--with", 'town="Oslo"@en', "--limit", "1", "--format", form, "--explain") == 0
        out, err = capsys.readouterr()
        assert "Hilde" in out
        assert "Kim" not in out
        assert "only the first 1 rows" in err
        assert "1 row, parsed in" in err
    assert run("query", "DESCRIBE ?s { ?s rdfs:label 'Kim'@en }", "--format", "turtle") == 0
    assert "<http://www.wikidata.org/prop/direct/P551>" in capsys.readouterr().out
    assert run("query", "--prefixes") == 0
    prefixes = capsys.readouterr().out
    assert all(
        f"PREFIX {name}:" in prefixes for name in ("wd", "wdt", "p", "ps", "pq", "prov", "rdfs", "tt", "imported")
    )


def test_a_query_is_kept_asked_listed_and_deleted(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "SELECT ?who { ?s rdfs:label ?who FILTER(STR(?who) = $name) }"
    assert run("query", "--save", "named", text) == 0
    assert run("query", "--list") == 0
    assert capsys.readouterr().out == f"named  {text}\n"
    assert run("query", "--saved", "named", "--with", 'name=Kim" || true) } #', "--format", "csv") == 0
    assert capsys.readouterr().out == "who\n"
    assert run("query", "--saved", "named", "--with", "name=Kim", "--format", "csv") == 0
    assert capsys.readouterr().out.split() == ["who", "Kim"]
    assert run("query", "--delete", "named") == 0
    assert run("query", "--list") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("zipped", [False, True])
def test_foreign_triples_become_a_graph_of_their_own(
    told: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], zipped: bool
) -> None:
    path = tmp_path / ("towns.nt.gz" if zipped else "towns.nt")
    path.write_bytes(gzip.compress(TOWNS) if zipped else TOWNS)
    assert run("import", str(path)) == 0
    assert run("import", str(path)) == 0
    assert capsys.readouterr().out == "graph towns: 2 triples\ngraph towns: 2 triples (it was there already)\n"
    assert run("facts") == 0
    assert "Xylopolis" not in capsys.readouterr().out
    assert run("graphs", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["triples"] == 2
    assert run("query", "--graph", "towns", "SELECT ?l { ?s rdfs:label ?l }", "--format", "csv") == 0
    assert "Xylopolis" in capsys.readouterr().out
    assert run("forget", "--graph", "towns", "--dry-run") == 0
    assert run("forget", "--graph", "towns", "--yes") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Forgotten for good: the imported graph towns of 2 triples."
    assert not any(b"Xylopolis" in file.read_bytes() for file in told.rglob("*") if file.is_file())
    assert run("graphs") == 0
    assert capsys.readouterr().out == ""


def test_forgetting_a_fact_keeps_the_graphs(told: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "towns.nt").write_bytes(TOWNS)
    assert run("import", str(tmp_path / "towns.nt")) == 0
    assert run("forget", "Kim", "--yes") == 0
    capsys.readouterr()
    assert run("query", "ASK { GRAPH imported:towns { <urn:a> <urn:in> <urn:dk> } }") == 0
    assert capsys.readouterr().out == "true\n"


def test_an_export_and_what_is_said_to_be_facts_become_facts(
    told: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mine.nq", "mine.ttl"):
        assert run("export", str(tmp_path / name)) == 0
        assert run("import", str(tmp_path / name), "--user", "other") == 0
    (tmp_path / "towns.nt").write_bytes(TOWNS)
    assert run("import", str(tmp_path / "towns.nt"), "--as", "facts", "--user", "third") == 0
    assert [line.endswith("facts added") for line in capsys.readouterr().out.splitlines()] == [True] * 3
    assert run("graphs", "--user", "other") == 0
    assert capsys.readouterr().out == ""


def test_a_broken_file_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "towns.nt").write_bytes(TOWNS + b"<urn:broken>\n")
    assert run("import", str(tmp_path / "towns.nt")) == 2
    assert "towns.nt can't be read as nt" in capsys.readouterr().err
    (tmp_path / "towns.ttl.gz").write_bytes(b"\x1f\x8b broken")
    assert run("import", str(tmp_path / "towns.ttl.gz"), "--as", "graph") != 0
    assert run("graphs") == 0
    assert capsys.readouterr().out == ""


def test_standard_input_can_be_a_graph(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TOWNS), encoding="utf-8"))
    assert run("import", "-", "--as", "graph", "--format", "nt", "--name", "piped") == 0
    assert capsys.readouterr().out == "graph piped: 2 triples\n"


def test_search_gives_entities_facts_and_passages_with_their_reasons(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("search", "hospital", "--json") == 0
    hits = json.loads(capsys.readouterr().out)
    assert {hit["kind"] for hit in hits} == {"entity", "fact", "passage"}
    assert all(0 < hit["score"] <= 1 and hit["reason"] for hit in hits)
    assert run("search", "Hilda") == 0
    assert "Hilde" in capsys.readouterr().out.splitlines()[0]


def test_paths_and_likeness_say_why(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("paths", "Hilde", "Kim") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] in ("Hilde → Oslo → Kim", "Hilde → Harbour Hospital → Kim")
    assert "“Hilde works at Harbour Hospital.” — owner" in "\n".join(lines)
    assert run("paths", "Hilde", "Kim", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["facts"][0]["citations"][0]["text"].startswith("Hilde ")
    assert run("similar", "Hilde") == 0
    assert capsys.readouterr().out.splitlines()[0] == ("Kim (1.00): both work at Harbour Hospital; both live in Oslo")
    assert run("similar", "李雷") == 0
    assert "都住在Oslo" in capsys.readouterr().out
    assert run("paths", "Hilde", "me") == 1
    assert "nothing that is known connects them" in capsys.readouterr().out


def test_slash_commands_find_too(told: Path) -> None:
    from bot.config import load_settings

    space = assemble.open_space(load_settings(None), "owner")
    try:
        assert "Hilde" in carry_out("search", "hilde", space, "en")
        for between in ("Hilde, Kim", "Hilde and Kim", "Hilde和Kim", "Hilde → Kim"):
            assert carry_out("path", between, space, "zh").startswith("Hilde → ")
        assert "李雷" in carry_out("path", "Kim与李雷", space, "zh")
        assert "A, B" in carry_out("path", "Hilde", space, "en")
        assert "both" in carry_out("similar", "Hilde", space, "en")
        assert carry_out("similar", "Nobody", space, "en") == carry_out("facts", "Nobody", space, "en")
        for name in ("search", "path", "similar"):
            assert f"/{name}" in carry_out(name, " ", space, "en")
            assert f"/{name}" in carry_out("help", "", space, "zh")
    finally:
        space.close()
