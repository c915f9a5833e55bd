"""The inbox as people meet it: in the chat, on the command line, for scripts, and with shapes of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import slash
from bot.adapters.cli import Chat
from bot.assemble.space import OpenSpace
from bot.command import main
from bot.spaces import space_directory
from bot.system import UsageError
from kg.fact import Draft, Literal, NodeKind, Source
from tests.bot.echo_system import EchoSystem

AT = "2026-03-11T12:00:00+01:00"
SELF = "Nora likes herself."


@pytest.fixture
def space(tmp_path: Path) -> Iterator[OpenSpace]:
    opened = OpenSpace(tmp_path / "space")
    yield opened
    opened.close()


def hold(space: OpenSpace, name: str = "Bo") -> None:
    """Let a birth in 2062 wait."""
    text = f"{name} was born in 2062."
    source = Source(space.memory.record("say", "Ann", text, AT), 0, len(text), "Ann", AT, "test-1")
    draft = Draft(space.memory.new_node(name, NodeKind.NAMED, "PER").iri, "P569", Literal("2062", "date"), source)
    space.gate.keep(draft, space.gate.check(draft, replaces=False), replaces=False)


def test_the_chat_lists_accepts_and_drops() -> None:
    system = EchoSystem()
    said: list[str] = []
    chat = Chat(system, "me", said.append, False, 1000, 1)
    for line in ("/inbox", SELF, SELF, "/inbox", "/inbox accept 3", "/inbox drop #4", "/inbox drop 4", "/inbox wat"):
        chat.take(line)
    lines = "".join(said).splitlines()
    assert lines == [
        "Nothing waits for your word.",
        "I haven't noted that: see /inbox.",
        "I haven't noted that: see /inbox.",
        "#3 Nora · likes · Nora — nobody is their own partner",
        f"    “{SELF}” — you",
        "#4 Nora · likes · Nora — nobody is their own partner",
        f"    “{SELF}” — you",
        "/inbox accept NUMBER takes it for true after all, /inbox drop NUMBER lets it go.",
        "Noted on your word: #1 Nora · likes · Nora",
        "Dropped: #4 Nora · likes · Nora",
        "nothing waits under '4'",
        "/inbox accept NUMBER takes it for true after all, /inbox drop NUMBER lets it go.",
    ]


def test_chinese_reads_the_reason_in_chinese(space: OpenSpace) -> None:
    hold(space)
    assert "出生日期远在将来" in slash.carry_out("inbox", "", space, "zh")
    assert "记下了" in slash.carry_out("inbox", "accept 1", space, "zh")
    assert slash.carry_out("inbox", "", space, "zh") == "没有等你决定的说法。"


def test_the_verb_lists_accepts_and_drops(capsys: pytest.CaptureFixture[str]) -> None:
    system = EchoSystem()
    for _ in range(2):
        assert main(["ask", SELF], system=system) == 0
    capsys.readouterr()
    assert main(["inbox"], system=system) == 0
    assert capsys.readouterr().out.splitlines()[0] == "#3 Nora · likes · Nora — nobody is their own partner"
    assert main(["inbox", "--json"], system=system) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["number"] == 3
    assert (rows[0]["s"], rows[0]["p"], rows[0]["o"]) == ("Nora", "tt:likes", "Nora")
    assert rows[0]["reason"] == "nobody is their own partner"
    assert rows[0]["citations"][0]["text"] == SELF
    assert main(["inbox", "accept", "3"], system=system) == 0
    assert capsys.readouterr().out == "noted on your word: #1 Nora · likes · Nora\n"
    assert main(["inbox", "drop", "4", "--json"], system=system) == 0
    assert json.loads(capsys.readouterr().out)["number"] == 4
    assert main(["inbox", "--json"], system=system) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("arguments", [["accept"], ["drop"], ["accept", "9"], ["drop", "x"], ["keep", "1"]])
def test_wrong_usage_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inbox", *arguments], system=EchoSystem()) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_accepted_is_in_the_graph_and_cited(space: OpenSpace) -> None:
    hold(space)
    assert not space.view.ask("ASK { ?s wdt:P569 ?o }")
    (held,) = space.inbox()
    assert [c.text for c in held.citations] == ["Bo was born in 2062."]
    fact = space.accept("#1")
    assert space.view.ask("ASK { ?s wdt:P569 ?o }")
    assert [c.text for c in space.why(str(fact.id))[0].citations] == ["Bo was born in 2062."]


@pytest.mark.parametrize("number", ["7", "", "x", "1 2"])
def test_a_number_that_is_not_there_is_said(space: OpenSpace, number: str) -> None:
    for settle in (space.accept, space.drop):
        with pytest.raises(UsageError, match="tripletalk inbox"):
            settle(number)


def test_forgetting_a_name_empties_the_inbox_of_it(space: OpenSpace) -> None:
    hold(space, "Kimbrielle")
    hold(space)
    space.forget("Kimbrielle")
    assert [held.waiting.fact.subject.label for held in space.inbox()] == ["Bo"]
    files = [file for file in space.directory.rglob("*") if file.is_file()]
    assert [file.name for file in files if b"Kimbrielle" in file.read_bytes()] == []


# Shapes of one's own

OWN = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix tt: <https://w3id.org/tripletalk/ns#> . @prefix ex: <urn:x:> .
ex:NoTea a sh:NodeShape ; sh:targetSubjectsOf tt:likes ;
    sh:property [ sh:path tt:likes ; sh:maxCount 0 ; sh:message "too strict"@en ] .
"""


def reason(space: OpenSpace) -> str:
    memory = space.memory
    source = Source(memory.record("say", "Ann", "I like tea", AT), 0, 10, "Ann", AT, "test-1")
    draft = Draft(memory.self_node().iri, "tt:likes", memory.new_node("tea", NodeKind.CLASS, "THING").iri, source)
    return dict(space.gate.check(draft, replaces=False)).get("en", "")


def test_a_space_has_shapes_of_its_own_unless_the_settings_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "space").mkdir()
    (tmp_path / "space" / "shapes.ttl").write_text(OWN, encoding="utf-8")
    (tmp_path / "named.ttl").write_text("", encoding="utf-8")
    for shapes, expected in ((None, "too strict"), (tmp_path / "named.ttl", "")):
        opened = OpenSpace(tmp_path / "space", shapes=shapes)
        assert reason(opened) == expected
        hold(opened)
        assert opened.inbox()
        opened.close()


def test_the_settings_name_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIPLETALK_DATA_DIR", str(tmp_path / "data"))
    config = tmp_path / "config.toml"
    config.write_text(f'[memory]\nshapes = "{(tmp_path / "none.ttl").as_posix()}"\n', encoding="utf-8")
    OpenSpace(space_directory(tmp_path / "data", "owner")).close()
    assert main(["--config", str(config), "inbox"]) == 2
    assert "none.ttl" in capsys.readouterr().err
    assert main(["--config", str(config), "doctor", "--quick"]) == 1
    assert "none.ttl" in capsys.readouterr().out


def test_broken_shapes_are_never_taken_for_none(space: OpenSpace) -> None:
    (space.directory / "shapes.ttl").write_text("hello", encoding="utf-8")
    with pytest.raises(UsageError, match="no Turtle"):
        reason(space)
    with pytest.raises(UsageError, match="no Turtle"):
        space.inbox()
