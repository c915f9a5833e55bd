"""The chat in a terminal: replies, slash commands, and a history that forgets."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.adapters import cli
from bot.adapters.cli import Chat, sentences
from bot.message import Message, Reply
from bot.system import Receipt, Say, UsageError, Wanted
from kg.fact import Fact
from tests.bot.echo_system import EchoSpace, EchoSystem


def _chat(system: EchoSystem, *, colour: bool = False) -> tuple[Chat, list[str]]:
    said: list[str] = []
    return Chat(system, "me", said.append, colour, 1000, 1), said


def test_a_reply_comes_sentence_by_sentence_with_its_citations_dim() -> None:
    chat, said = _chat(EchoSystem(), colour=True)
    assert chat.take("Nora likes figs.")
    assert said == ["Noted. ", "Thank you.", "\n"]
    said.clear()
    chat.take("What?")
    assert said[-1] == "\x1b[2m[1] “Nora likes figs.” — you\x1b[0m\n"


def test_sentences_are_shown_as_they_are_ready() -> None:
    class Streaming(EchoSystem):
        def answer(self, message: Message, say: Say | None = None) -> Reply:
            assert say is not None
            say("One.")
            assert said == ["One."]
            say("Two.")
            say("三。")
            say("四。")
            return Reply("One. Two. 三。四。")

    chat, said = _chat(Streaming())
    chat.take("go")
    assert "".join(said) == "One. Two. 三。四。\n"


def test_slash_commands() -> None:
    system = EchoSystem()
    chat, said = _chat(system)
    for line in ("Nora likes figs.", "/facts", "/why #1", "/focus", "/help", "/nonsense", "/undo", "/undo", "/forget"):
        chat.take(line)
    text = "".join(said)
    assert "#1 Nora · likes · figs\n" in text
    assert "“Nora likes figs.” — you\n" in text
    assert "Nora\n" in text
    assert "/help" in text
    assert "Taken back: Nora likes figs" in text
    assert "nothing to take back" in text
    assert "What shall I forget" in text


def test_merges_are_listed_and_undone_from_the_chat() -> None:
    system = EchoSystem()
    chat, said = _chat(system)
    for line in ("Nora likes figs.", "/merges", "/unmerge", "/unmerge 9"):
        chat.take(line)
    system.space(chat.user).merge("Nora", "figs")
    for line in ("/merges", "/unmerge #7", "/merges"):
        chat.take(line)
    lines = "".join(said).splitlines()
    assert lines[-6].startswith("No two entities")
    assert lines[-5].startswith("Which merge")
    assert lines[-4] == "no merge is known as '9'"
    assert lines[-3:-1] == ["#7 Nora = figs · 2026-03-11 · “Nora = figs”", "Nora and figs are two again."]
    assert lines[-1] == lines[-6]


def test_quitting_ends_and_an_empty_line_does_nothing() -> None:
    chat, said = _chat(EchoSystem())
    assert chat.take("  ")
    assert said == []
    assert not chat.take("/quit")


def test_reading_a_file_from_the_chat(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    chat, said = _chat(EchoSystem())
    chat.take(f"/read {tmp_path}/a.txt")
    chat.take(f"/read '{tmp_path}/none.txt'")
    chat.take("/read")
    text = "".join(said)
    assert "1 read, 0 failed" in text
    assert "No such file" in text
    assert "name a file" in text


@pytest.mark.parametrize("line", ["boom", "full", "x" * 1001, "\ud800 likes \udc00.", "/why \x00", "\x1b[2J", "/"])
def test_nothing_that_is_typed_ends_the_chat(line: str) -> None:
    chat, said = _chat(EchoSystem())
    assert chat.take(line)
    assert chat.take("Nora likes figs.")
    assert "".join(said).endswith("Noted. Thank you.\n")
    assert "\x1b" not in "".join(said)


def test_replies_are_in_the_language_of_the_line() -> None:
    chat, said = _chat(EchoSystem())
    chat.take("一" * 1001)
    assert "太长" in "".join(said)


@given(st.text())
def test_sentences_lose_nothing(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_plain_lines_without_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = "Nora likes figs.\n\n\xff".encode("latin-1") + b"\n/quit\nnever said\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
    system = EchoSystem()
    cli.run(system, "me", max_characters=1000, max_megabytes=1)
    assert capsys.readouterr().out == "Noted. Thank you.\n" * 2
    assert [m.text for m in system.space("me").heard] == ["Nora likes figs.", "�"]


def test_the_arrow_keys_go_back_through_the_log_and_not_to_what_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    system = EchoSystem()
    out = Terminal()
    up = "\x1b[A"
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", out)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):

        def type_slowly() -> None:  # the history is loaded while the first keys are typed
            for text in ("Bo likes tea.\rNora likes figs.\r/forget Nora\r", up, " Again.\r/quit\r"):
                time.sleep(0.4)
                keys.send_text(text)

        threading.Thread(target=type_slowly).start()
        cli.run(system, "me", max_characters=1000, max_megabytes=1)
    assert "Noted." in out.getvalue()
    assert system.space("me").said(9) == ["Bo likes tea.", "Bo likes tea. Again."]


def test_a_name_that_is_not_known_is_no_failure() -> None:
    class Strict(EchoSystem):
        def space(self, user: str) -> EchoSpace:
            return StrictSpace(Path("/nonexistent"))

    class StrictSpace(EchoSpace):
        def facts(self, about: str = "", *, at: str = "", history: bool = False) -> Sequence[Fact]:
            raise UsageError("nothing is known under that name")

        def forget(self, what: str | Wanted, *, rehearse: bool = False) -> Receipt:
            raise UsageError("nothing to forget there")

    chat, said = _chat(Strict())
    chat.take("/facts Zo")
    chat.take("/forget Zo")
    assert said == ["I know nothing about that yet.\n", "nothing to forget there\n"]
