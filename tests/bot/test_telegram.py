"""The Telegram adapter over real HTTP, against a small Bot API server on loopback."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("telegram", reason="needs the extra: tripletalk[telegram]")

from bot.adapters.telegram import LONGEST, Conversations, serve, split_message
from bot.config import TelegramSettings
from bot.system import UsageError
from tests.bot.echo_system import EchoSystem
from tests.telegram_server import TOKEN, TelegramServer

OWNER, FRIEND, STRANGER = 7, 8, 666


def _settings(server: TelegramServer, *, allow_list: bool = True) -> TelegramSettings:
    return TelegramSettings("TEST_TOKEN", frozenset({OWNER, FRIEND}), allow_list, server.base_url, 1)


@contextmanager
def _bot(server: TelegramServer, system: EchoSystem, *, allow_list: bool = True) -> Generator[None]:
    """Run the adapter in a thread of its own while the block runs, and stop it in an orderly way."""
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()
    conversations = Conversations(system, _settings(server, allow_list=allow_list), 5, pause_s=0.05)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(serve(conversations, TOKEN, stop))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
    assert not thread.is_alive(), "the bot did not stop"
    assert not failures, failures


def test_a_conversation_with_commands() -> None:
    system = EchoSystem(slow_s=0.05)
    with TelegramServer() as server, _bot(server, system):
        for said in ("/start", "Nora likes figs.", "What did I say?", "/facts", "/why #1", "/ask Really?", "/help"):
            server.say(OWNER, said)
        hello, noted, quoted, facts, why, asked, helped = server.wait_for_messages(OWNER, 7)
        server.say(OWNER, "/forget Nora")
        server.say(OWNER, "/facts@tripletalk_test_bot Nora")
        server.say(OWNER, "/nonsense")
        forgotten, none_left, unknown = server.wait_for_messages(OWNER, 10)[7:]
    assert hello.startswith("Hello")
    assert noted == "Noted. Thank you."
    assert quoted == "You said: Nora likes figs.\n\n[1] “Nora likes figs.” — you"
    assert facts == "#1 Nora · likes · figs"
    assert "“Nora likes figs.” — you" in why
    assert asked.startswith("You said: Nora likes figs.")
    assert "/forget" in helped
    assert forgotten.startswith("Forgotten for good: 1 fact.")
    assert "Nora" not in forgotten
    assert none_left == "I know nothing about that yet."
    assert "/help" in unknown
    assert any(sent.method == "sendChatAction" for sent in server.sent)


def test_a_chinese_speaker_is_spoken_to_in_chinese() -> None:
    with TelegramServer() as server, _bot(server, EchoSystem()):
        server.say(OWNER, "/help", language="zh-hans")
        assert "提问" in server.wait_for_messages(OWNER, 1)[0]


def test_each_chat_has_its_own_space_and_one_answer_at_a_time() -> None:
    system = EchoSystem(slow_s=0.05)
    with TelegramServer() as server, _bot(server, system):
        for number in range(4):
            server.say(OWNER, f"Nora likes thing{number}.")
            server.say(FRIEND, f"Bo likes other{number}.")
        server.wait_for_messages(OWNER, 4)
        server.wait_for_messages(FRIEND, 4)
    assert system.overlaps == []
    assert [m.text for m in system.spaces["telegram-7"].heard] == [f"Nora likes thing{n}." for n in range(4)]
    assert all("Bo" in m.text for m in system.spaces["telegram-8"].heard)


def test_a_stranger_is_refused_and_nothing_is_stored() -> None:
    system = EchoSystem()
    with TelegramServer() as server, _bot(server, system):
        server.say(STRANGER, "Nora likes figs.")
        server.send_file(STRANGER, "a.txt", b"text")
        replies = server.wait_for_messages(STRANGER, 2)
    assert all(str(STRANGER) in reply for reply in replies)
    assert system.spaces == {}
    assert "getFile" not in server.calls


def test_without_the_allow_list_everybody_may_talk() -> None:
    with TelegramServer() as server, _bot(server, EchoSystem(), allow_list=False):
        server.say(STRANGER, "Nora likes figs.")
        assert server.wait_for_messages(STRANGER, 1) == ["Noted. Thank you."]


def test_groups_are_not_listened_to() -> None:
    system = EchoSystem()
    with TelegramServer() as server, _bot(server, system):
        server.say(OWNER, "Nora likes figs.", chat=-5)
        server.say(OWNER, "/facts", chat=-5)
        assert server.wait_for_messages(-5, 1) == ["I only talk in private chats."]
    assert system.spaces == {}


def test_documents_are_read_and_broken_ones_refused() -> None:
    system = EchoSystem()
    with TelegramServer() as server, _bot(server, system):
        server.send_file(OWNER, "notes.md", b"# Harbour\n\nThe crane is old.\n")
        server.send_file(OWNER, "broken.pdf", b"%PDF-1.7 nonsense")
        server.send_file(OWNER, "game.exe", b"MZ\0")
        server.send_file(OWNER, "港口.txt", "起重机很旧。".encode("gb18030"))
        read, broken, unknown, chinese = server.wait_for_messages(OWNER, 4)
    assert read == "I have read Harbour."
    assert broken.startswith("I couldn't read that document")
    assert unknown.startswith("I can read .txt")
    assert chinese == "I have read 港口."
    assert [m.text for m in system.spaces["telegram-7"].heard] == ["Harbour\n\nThe crane is old.", "起重机很旧。"]


def test_the_memory_is_sent_as_a_file() -> None:
    with TelegramServer() as server, _bot(server, EchoSystem()):
        server.say(OWNER, "Nora likes figs.")
        server.say(OWNER, "/export")
        server.wait(lambda: any(sent.method == "sendDocument" for sent in server.sent))
    (sent,) = (sent for sent in server.sent if sent.method == "sendDocument")
    assert sent.file_name == "memory.trig"
    assert sent.data == b"trig: Nora likes figs\n"


def test_a_long_reply_comes_in_pieces() -> None:
    with TelegramServer() as server, _bot(server, EchoSystem()):
        server.say(OWNER, "long 2000")
        pieces = server.wait_for_messages(OWNER, 3)
    assert " ".join(pieces) == " ".join(["word"] * 2000)
    assert all(len(piece) <= LONGEST for piece in pieces)


def test_a_failure_is_answered_politely_and_the_bot_goes_on() -> None:
    with TelegramServer() as server, _bot(server, EchoSystem()):
        server.say(OWNER, "boom")
        server.say(OWNER, "Nora likes figs.")
        sorry, noted = server.wait_for_messages(OWNER, 2)
    assert sorry.startswith("Sorry")
    assert "secret" not in sorry
    assert noted == "Noted. Thank you."


def test_outages_are_waited_out_and_no_message_is_lost() -> None:
    system = EchoSystem()
    with TelegramServer() as server:
        server.fail("getMe", 500, 502)
        server.fail("getUpdates", 500)
        with _bot(server, system):
            server.fail("sendMessage", 500, 429, 502)
            server.say(OWNER, "Nora likes figs.")
            server.say(OWNER, "Nora likes dates.")
            assert server.wait_for_messages(OWNER, 2) == ["Noted. Thank you."] * 2
    assert [m.text for m in system.spaces["telegram-7"].heard] == ["Nora likes figs.", "Nora likes dates."]


def test_a_refused_token_is_named_by_its_variable_only() -> None:
    with TelegramServer() as server:
        conversations = Conversations(EchoSystem(), _settings(server), 5)
        with pytest.raises(UsageError, match="TEST_TOKEN") as caught:
            asyncio.run(serve(conversations, "999:wrong", asyncio.Event()))
    assert "999" not in str(caught.value)


def test_the_token_and_the_text_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with TelegramServer() as server, _bot(server, EchoSystem()):
        server.say(OWNER, "Nora likes figs.")
        server.wait_for_messages(OWNER, 1)
    assert TOKEN not in caplog.text
    assert "figs" not in caplog.text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(min_value=2, max_value=60))
def test_pieces_are_short_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    pieces = list(split_message(text, limit))
    assert all(0 < len(piece.encode("utf-16-le")) // 2 <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
