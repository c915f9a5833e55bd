"""Rules of the user's own: run to the end, never outside the graph, refused in one line, gone with what they rested on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.assemble.space import OpenSpace
from bot.command import main
from bot.spaces import space_directory
from bot.system import QueryOptions, UsageError
from kg.fact import Draft, Fact, Literal, NodeKind, Source
from kg.memory import Memory
from kg.ontology import PATH, Ontology
from kg.rules import Rule, RulesError, read_rules

AT = "2024-03-01T09:00:00+01:00"
GRANDPARENT = """# grandparent
CONSTRUCT { ?a tt:grandparentOf ?c } WHERE { ?a wdt:P40 ?b . ?b wdt:P40 ?c }
"""
CHAIN = """# base
CONSTRUCT { ?a tt:above ?b } WHERE { ?a wdt:P40 ?b }

# step
# of the ladder
PREFIX x: <https://w3id.org/tripletalk/ns#>
CONSTRUCT { ?a x:above ?c } WHERE { ?a x:above ?b . ?b x:above ?c }
"""


@pytest.fixture
def space(tmp_path: Path) -> Iterator[OpenSpace]:
    opened = OpenSpace(tmp_path / "space")
    yield opened
    opened.close()


def named(memory: Memory, label: str, gender: str = "") -> str:
    return memory.new_node(label, NodeKind.NAMED, "PER", gender=gender).iri


def tell(memory: Memory, subject: str, property_: str, obj: str | Literal) -> Fact:
    text = (
        f"{memory.node(subject).label} {property_} {obj.value if isinstance(obj, Literal) else memory.node(obj).label}"
    )
    source = Source(memory.record("say", "Ann", text, AT), 0, len(text), "Ann", AT, "test-1")
    return memory.add(Draft(subject, property_, obj, source))[0]


def family(memory: Memory, *names: str) -> list[Fact]:
    """Each is the parent of the next; every second one is told from the child's side."""
    iris = [named(memory, name, "f") for name in names]
    pairs = itertools.pairwise(iris)
    return [tell(memory, b, "P25", a) if n % 2 else tell(memory, a, "P40", b) for n, (a, b) in enumerate(pairs)]


def write(space: OpenSpace, text: str) -> None:
    (space.directory / "rules.rq").write_text(text, encoding="utf-8")


def said(space: OpenSpace, property_: str) -> set[tuple[str, str]]:
    found = (each for each in space.inferred() if each.property == property_)
    return {(i.subject.label, getattr(i.object, "label", "") or getattr(i.object, "value", "")) for i in found}


def test_a_rule_concludes_from_stated_and_inferred_and_its_proof_is_found(space: OpenSpace) -> None:
    first, second = family(space.memory, "Ada", "Bea", "Cleo")
    family(space.memory, "Dora", "Ella")
    write(space, GRANDPARENT)
    (conclusion,) = space.inferred("Ada · tt:grandparentOf · Cleo")
    assert conclusion.rule == "grandparent"
    (derivation,) = space.derive(conclusion.id)
    assert {explanation.fact.id for explanation in derivation.facts} == {first.id, second.id}
    assert [e.citations[0].text for e in derivation.facts] == ["Ada P40 Bea", "Cleo P25 Bea"]


def test_the_graphs_tell_stated_inferred_and_ruled_apart(space: OpenSpace) -> None:
    family(space.memory, "Ada", "Bea", "Cleo")
    write(space, GRANDPARENT)
    for graph, property_ in (("inferred", "wdt:P40"), ("rules", "tt:grandparentOf")):
        assert space.query(f"ASK {{ GRAPH graph:{graph} {{ ?s {property_} ?o }} }}").truth
    assert not space.query("ASK { ?s tt:grandparentOf ?o }").truth
    assert len(space.query("SELECT * { ?s wdt:P40 ?o }").rows) == 1
    assert len(space.query("SELECT * { ?s wdt:P40 ?o }", QueryOptions(inferred=True)).rows) == 2
    assert space.query("ASK { ?s tt:grandparentOf ?o }", QueryOptions(inferred=True)).truth
    rule = space.query("SELECT ?st { GRAPH graph:inferred { ?i tt:rule 'inverse' ; prov:wasDerivedFrom ?st } }")
    assert len(rule.rows) == 2


def test_rules_run_until_nothing_is_new(space: OpenSpace) -> None:
    names = ["A", "B", "C", "D", "E", "F"]
    family(space.memory, *names)
    write(space, CHAIN)
    assert said(space, "tt:above") == {(a, b) for n, a in enumerate(names) for b in names[n + 1 :]}
    (derivation,) = space.derive("A · tt:above · E")
    assert len(derivation.facts) == 4


def test_a_changed_or_missing_file_and_a_changed_fact_count(space: OpenSpace) -> None:
    first, _ = family(space.memory, "Ada", "Bea", "Cleo")
    write(space, GRANDPARENT)
    assert said(space, "tt:grandparentOf") == {("Ada", "Cleo")}
    write(space, GRANDPARENT.replace("grandparentOf", "granOf"))
    assert said(space, "tt:grandparentOf") == set()
    assert said(space, "tt:granOf") == {("Ada", "Cleo")}
    space.memory.close(first.id, None)
    assert said(space, "tt:granOf") == set()
    (space.directory / "rules.rq").unlink()
    assert {each.property for each in space.inferred()} == {"P40"}


def test_forgetting_takes_what_rested_on_it_also_from_the_files(space: OpenSpace) -> None:
    first, _ = family(space.memory, "Ada", "Bea", "Cleo")
    tea = tell(space.memory, space.memory.self_node().iri, "tt:favourite", Literal("xylomancy"))
    write(space, GRANDPARENT + "\n# fond\nCONSTRUCT { ?s tt:fond ?o } WHERE { ?s tt:likes ?o }\n")
    assert said(space, "tt:fond") == said(space, "tt:likes") == {("me", "xylomancy")}
    space.forget(str(tea.id))
    assert not any(b"xylomancy" in file.read_bytes() for file in space.directory.rglob("*") if file.is_file())
    assert said(space, "tt:fond") == said(space, "tt:likes") == set()
    assert said(space, "tt:grandparentOf") == {("Ada", "Cleo")}
    space.forget(str(first.id))
    assert said(space, "tt:grandparentOf") == set()


HOSTILE = {
    "begins with a line": "CONSTRUCT { ?a tt:x ?b } WHERE { ?a wdt:P40 ?b }",
    "no CONSTRUCT": "# x\nSELECT * WHERE { ?a ?b ?c }",
    "is no": "# x\nDELETE { ?a ?b ?c } WHERE { ?a ?b ?c }",
    "DESCRIBE": "# DESCRIBE\nDESCRIBE ?a WHERE { ?a wdt:P40 ?c } # CONSTRUCT",
    "SERVICE": "# x\nCONSTRUCT { ?a tt:x ?b } WHERE { SERVICE <http://127.0.0.1/> { ?a ?p ?b } }",
    "leave this": "# x\nCONSTRUCT { ?a tt:x ?b } WHERE { \\u0053ERVICE <http://127.0.0.1/> { ?a ?p ?b } }",
    "syntax": "# x\nCONSTRUCT { ?a tt:x ?b } WHERE { ?a wdt:P40 ",
    "syntax error at line 1": "# x\nCONSTRUCT { ?a tt:x ?b } WHERE { ?a wdt:P40 ?b } ; DROP ALL",
    "two rules": GRANDPARENT + "\n" + GRANDPARENT,
    "wdt: or tt:": "# x\nCONSTRUCT { ?a rdfs:label ?b } WHERE { ?a wdt:P40 ?b }",
    "gives 'http://www.wikidata.org/prop/P": "# x\nCONSTRUCT { ?a p:P40 ?b } WHERE { ?a wdt:P40 ?b }",
    "no node": "# x\nCONSTRUCT { _:x tt:x ?b } WHERE { ?a wdt:P40 ?b }",
    "which is no node": "# x\nCONSTRUCT { <urn:evil> tt:x ?b } WHERE { ?a wdt:P40 ?b }",
    "neither value": "# x\nCONSTRUCT { ?a tt:x <urn:evil> } WHERE { ?a wdt:P40 ?b }",
    "more than": "# x\nCONSTRUCT { ?a tt:x ?n } WHERE { ?a wdt:P40 ?b . ?c wdt:P40 ?d . ?e ?f ?g BIND(STR(RAND()) AS ?n) }",
    "rounds": "# x\nCONSTRUCT { ?a tt:x ?n } WHERE { ?a wdt:P40 ?b BIND(STR(RAND()) AS ?n) }",
}  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_a_bad_rule_is_refused_in_one_line_and_leaves_nothing(space: OpenSpace, words: str) -> None:
    family(space.memory, *(f"Q{n}" for n in range(20)))
    before = space.memory.facts()
    write(space, HOSTILE[words])
    with pytest.raises(UsageError, match=words if words != "DESCRIBE" else "no CONSTRUCT") as caught:
        space.inferred()
    assert "\n" not in str(caught.value)
    assert not space.view.ask("ASK { GRAPH graph:rules { ?s ?p ?o } }")
    assert space.memory.facts() == before
    write(space, GRANDPARENT)
    assert len(said(space, "tt:grandparentOf")) == 18


def test_a_rule_does_not_see_or_change_other_graphs(space: OpenSpace) -> None:
    family(space.memory, "Ada", "Bea")
    write(space, "# peek\nCONSTRUCT { ?a tt:mark ?o } WHERE { ?a wdt:P40 ?b . GRAPH tt:view { ?s ?p ?o } }\n"
                 "\n# from\nCONSTRUCT { ?a tt:mark ?o } FROM tt:view WHERE { ?a wdt:P40 ?b . ?s tt:watermark ?o }\n")  # fmt: skip
    assert said(space, "tt:mark") == set()


def test_the_file_that_the_settings_name_goes_first_and_must_be_there(tmp_path: Path) -> None:
    named_file = tmp_path / "mine.rq"
    opened = OpenSpace(tmp_path / "space", rules=named_file)
    family(opened.memory, "Ada", "Bea", "Cleo")
    write(opened, GRANDPARENT)
    with pytest.raises(UsageError, match="can't be read"):
        opened.inferred()
    named_file.write_text("﻿# only comments\r\n\r\n\r\n" + CHAIN.replace("\n", "\r\n"), encoding="utf-8")
    assert said(opened, "tt:above") == {("Ada", "Bea"), ("Ada", "Cleo"), ("Bea", "Cleo")}
    assert said(opened, "tt:grandparentOf") == set()
    opened.close()


def test_reading_keeps_names_and_queries_and_bounds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.rq"
    path.write_text(CHAIN, encoding="utf-8")
    assert [rule.name for rule in read_rules(path)] == ["base", "step"]
    assert read_rules(path)[0] == Rule("base", "CONSTRUCT { ?a tt:above ?b } WHERE { ?a wdt:P40 ?b }")
    path.write_bytes(b"# x\n" * 60_000)
    with pytest.raises(RulesError, match="bytes"):
        read_rules(path)


def test_another_ontology_concludes_anew(space: OpenSpace, tmp_path: Path) -> None:
    tell(space.memory, named(space.memory, "Ada"), "tt:friend", named(space.memory, "Bea"))
    assert said(space, "tt:friend") == {("Bea", "Ada")}
    text = PATH.read_text(encoding="utf-8")
    other = tmp_path / "other.ttl"
    other.write_text(
        text.replace("tt:friend a tt:Property, owl:SymmetricProperty ;", "tt:friend a tt:Property ;"), encoding="utf-8"
    )
    space.view.conclude(Ontology.load(other))
    assert space.view.inferred() == ()


def test_the_command_line_lists_and_explains_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIPLETALK_DATA_DIR", str(tmp_path))
    directory = space_directory(tmp_path, "owner")
    directory.mkdir(parents=True)
    with Memory(directory) as memory:
        family(memory, "Ada", "Bea", "Cleo")
    (directory / "rules.rq").write_text(GRANDPARENT, encoding="utf-8")
    assert main(["facts", "--inferred", "Ada"]) == 0
    inverse, grand = sorted(capsys.readouterr().out.splitlines(), key=lambda line: line.partition(" ")[2])[::-1]
    assert inverse.endswith("Bea · mother · Ada · by inverse")
    assert grand.endswith("Ada · tt:grandparentOf · Cleo · by grandparent")
    for typed in (inverse, inverse.split()[0], inverse.partition(" ")[2]):
        assert main(["why", typed]) == 0
        assert capsys.readouterr().out.splitlines()[0] == inverse
    assert main(["why", grand]) == 0
    assert [line.strip() for line in capsys.readouterr().out.splitlines() if "“" in line] == [
        "“Ada P40 Bea” — Ann, 2024-03-01 09:00",
        "“Cleo P25 Bea” — Ann, 2024-03-01 09:00",
    ]
    assert main(["query", "--inferred", "ASK { ?a tt:grandparentOf ?c }"]) == 0
    (directory / "rules.rq").write_text("# x\nDROP ALL", encoding="utf-8")
    capsys.readouterr()
    for verb in (["facts", "--inferred"], ["query", "--inferred", "ASK { ?s ?p ?o }"]):
        assert main(verb) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["doctor", "--quick"]) == 1
    assert "FAIL memory" in capsys.readouterr().out
