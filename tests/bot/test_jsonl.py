"""The machine's chat: one object in, one object out, whatever comes."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import slash
from bot.adapters import jsonl
from bot.message import Message, Reply
from tests.bot.echo_system import EchoSystem

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


def _talk(data: bytes, system: EchoSystem | None = None, *, max_bytes: int = 1_000_000) -> list[dict[str, object]]:
    sink = io.BytesIO()
    answer = (system or EchoSystem()).answer
    source = io.BytesIO(data)
    jsonl.run(answer, user="me", source=source, sink=sink, max_characters=200_000, max_bytes=max_bytes, now=lambda: NOW)
    lines = sink.getvalue().decode("utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def _line(**row: object) -> bytes:
    return json.dumps(row).encode() + b"\n"


def test_a_message_is_answered_with_what_was_learned() -> None:
    (row,) = _talk(_line(say="Nora likes figs."))
    assert row == {
        "reply": "Noted. Thank you.",
        "learned": [{"s": "Nora", "p": "tt:likes", "o": "figs"}],
        "citations": [],
    }


def test_citations_name_their_place() -> None:
    _, row = _talk(_line(say="Nora likes figs.") + _line(say="What?"))
    assert row["citations"] == [{"n": 1, "text": "Nora likes figs.", "source": "you", "episode": 0, "span": [0, 3]}]


def test_a_document_keeps_its_title_and_a_message_its_time_and_id() -> None:
    system = EchoSystem()
    first, second = _talk(
        _line(read="A.\n\nB.", title="Notes", id=7) + _line(say="Hi", at="2020-01-02T03:04:05Z", id="x"), system
    )
    assert (first["id"], second["id"]) == (7, "x")
    document, message = system.spaces["me"].heard
    assert (document.title, document.text, document.at) == ("Notes", "A.\n\nB.", NOW)
    assert (message.title, message.at.isoformat()) == (None, "2020-01-02T03:04:05+00:00")


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"   \n",
        b"hello\n",
        b"[1]\n",
        b"null\n",
        b'"say"\n',
        b"{}\n",
        b'{"say": 3}\n',
        b'{"say": null}\n',
        b'{"say": "a", "read": "b"}\n',
        b'{"read": "b", "title": 3}\n',
        b'{"say": ""}\n',
        b'{"say": " \\n "}\n',
        b'{"say": "a", "at": "yesterday"}\n',
        b'{"say": "a", "at": 12}\n',
        b'{"say": "a", "id": {"b": 1}}\n',
        b'{"say": "a"\n',
        b"\xff\xfe\x00\n",
        b"[" * 100_000 + b"\n",
        b'{"say":"' + b"a" * 200_001 + b'"}\n',
        b'{"say":"' + b"a" * 2_000_000 + b'"}\n',
    ],
)
def test_a_bad_line_gets_an_error_and_the_next_line_an_answer(line: bytes) -> None:
    bad, good = _talk(line + _line(say="Nora likes figs."))
    assert bad["error"]
    assert bad["reply"]
    assert "error" not in good


def test_a_last_line_without_an_end_is_answered_too() -> None:
    assert len(_talk(_line(say="Hi").rstrip())) == 1
    assert _talk(b"") == []


@pytest.mark.parametrize(("said", "words"), [("boom", "Nothing said before is lost"), ("full", "disk is full")])
def test_a_failure_is_polite_and_one_line(said: str, words: str) -> None:
    (row, good) = _talk(_line(say=said, id="1") + _line(say="Nora likes figs."))
    assert words in str(row["reply"])
    assert "\n" not in str(row["error"])
    assert row["id"] == "1"
    assert good["learned"]


def test_hostile_text_arrives_as_it_is_and_comes_back_as_utf_8() -> None:
    texts = [
        "👩‍🚀🇨🇳", "שלום \u202eabc\u202c", "a\x00\x07\x1b[2Jb", "<b>&amp;</b>", '"} ASK { ?s ?p ?o } #',
        "x" * 100_000, "a\u2028b\u0085c", "\ufeffhi",
    ]  # fmt: skip
    system = EchoSystem()
    rows = _talk(b"".join(_line(say=text) for text in texts), system)
    assert len(rows) == len(texts)
    assert [m.text for m in system.spaces["me"].heard] == texts


def test_half_a_surrogate_pair_does_no_harm() -> None:
    system = EchoSystem()
    (row, _) = _talk(b'{"say": "\\ud800 likes \\udc00x.", "id": "\\ud800"}\n' + _line(say="Hm?"), system)
    assert row["learned"] == [{"s": "�", "p": "tt:likes", "o": "�x"}]


def test_a_line_is_answered_before_the_next_one_is_read() -> None:
    seen: list[int] = []
    sink = io.BytesIO()

    class Source(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            seen.append(sink.getvalue().count(b"\n"))
            return super().readline(size)

    def answer(message: Message) -> Reply:
        return Reply("yes")

    source = Source(_line(say="1") + _line(say="2"))
    jsonl.run(answer, user="u", source=source, sink=sink, max_characters=9, max_bytes=99)
    assert seen == [0, 1, 2]


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"")), max_size=5))
def test_every_line_gets_exactly_one_object(lines: list[bytes]) -> None:
    rows = _talk(b"".join(line + b"\n" for line in lines))
    assert len(rows) == len(lines)
    assert all({"reply", "learned", "citations"} <= row.keys() for row in rows)


@given(st.dictionaries(st.sampled_from(["say", "read", "title", "id", "at", "x"]), st.text() | st.integers()))
def test_every_object_gets_exactly_one_object(row: dict[str, object]) -> None:
    assert len(_talk(_line(**row))) == 1


def test_a_slash_command_is_carried_out_and_what_waits_is_named() -> None:
    system = EchoSystem()
    sink = io.BytesIO()
    lines = _line(say="Nora likes herself.") + _line(say="/inbox", id=2) + _line(say="/facts Nora and the figs")
    jsonl.run(
        system.answer,
        user="me",
        source=io.BytesIO(lines),
        sink=sink,
        max_characters=99,
        max_bytes=999,
        command=lambda text: slash.of_text(text, system.space("me")),
    )
    first, second, third = (json.loads(line) for line in sink.getvalue().splitlines())
    assert first["waiting"] == [{"s": "Nora", "p": "tt:likes", "o": "Nora"}]
    assert second["reply"].startswith("#3 Nora · likes · Nora — nobody is their own partner")
    assert second["id"] == 2
    assert third["reply"] == "I know nothing about that yet."
