"""Fixed sentences and examples in the docstrings of the adapters' small files."""

from __future__ import annotations

import doctest
import errno
import sqlite3
import string
from importlib import import_module

import pytest

from bot import wording
from bot.failure import explain, one_line, polite
from bot.wording import language_of, phrase

MODULES = [
    *("failure", "wording", "listing", "documents", "spaces", "table", "reading"),
    *("adapters.cli", "adapters.telegram"),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    if name == "adapters.telegram":
        pytest.importorskip("telegram")
    failed, tried = doctest.testmod(import_module(f"bot.{name}"))
    assert failed == 0
    assert tried > 0


def test_every_sentence_is_there_in_both_languages_with_the_same_blanks() -> None:
    blanks = string.Formatter().parse
    phrases = wording._PHRASES  # pyright: ignore[reportPrivateUsage]
    for key, (english, chinese) in phrases.items():
        assert {f for _, f, _, _ in blanks(english) if f} == {f for _, f, _, _ in blanks(chinese) if f}, key
        assert any("\u4e00" <= c <= "\u9fff" for c in chinese), key


@pytest.mark.parametrize(
    ("text", "language"),
    [("", "en"), ("7 🙂", "en"), ("Who is 李雷?", "en"), ("李雷喜欢Python", "zh"), ("你好", "zh"), ("とり", "en")],
)
def test_language_of_a_short_text(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (sqlite3.OperationalError("database or disk is full"), "disk is full"),
        (sqlite3.OperationalError("database is locked"), "another program"),
        (sqlite3.DatabaseError("file is not a database"), "doctor"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x"),
        (ModuleNotFoundError("No module named 'x'", name="x"), "pip install"),
        (MemoryError(), "memory"),
        (RuntimeError("a\nb\x1b[2J" + "c" * 9999), "RuntimeError"),
        (ValueError("bad\nvalue"), "bad value"),
    ],
)
def test_every_error_is_one_short_line(error: Exception, words: str) -> None:
    said = explain(error)
    assert words in said
    assert said == one_line(said)
    assert len(said) <= 400


def test_a_full_disk_is_told_apart_in_chat() -> None:
    assert "磁盘" in polite(OSError(errno.ENOSPC, "full"), "zh")
    assert polite(RuntimeError("secret"), "en") == phrase("failed", "en")
