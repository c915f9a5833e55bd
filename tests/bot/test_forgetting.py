"""Forgetting in conversation with the shipped models: by time, message and document, to the last byte, and no more."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import assemble
from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.config import load_settings
from bot.message import Message, Reply
from bot.system import UsageError, Wanted
from bot.turn import answer

AT = datetime.fromisoformat("2026-03-11T10:00:00+01:00")
DAY = timedelta(days=1)
Say = Callable[..., Reply]


@pytest.fixture(scope="module")
def models() -> Models:
    return assemble.load_models(replace(load_settings(environment={})))


@pytest.fixture
def space(tmp_path: Path) -> Iterator[OpenSpace]:
    with closing(OpenSpace(tmp_path)) as opened:
        yield opened


@pytest.fixture
def say(space: OpenSpace, models: Models) -> Say:
    mind = SpaceMind(space, "owner", models)

    def speak(text: str, at: datetime = AT, title: str | None = None) -> Reply:
        return answer(Message("owner", text, at, title), mind)

    return speak


def files_with(directory: Path, word: str) -> list[str]:
    """Return the files that hold a word in any encoding that is used."""
    needles = {form.encode(code) for form in (word, word.lower()) for code in ("utf-8", "utf-16-le", "utf-16-be")}
    needles.add(json.dumps(word)[1:-1].encode())
    found: list[str] = []
    for path in [path for path in directory.rglob("*") if path.is_file()]:
        with contextlib.suppress(FileNotFoundError):  # the store tidies up beside
            data = path.read_bytes()
            found += [path.name] if any(needle in data for needle in needles) else []
    return found


@pytest.mark.parametrize(
    ("told", "request_", "gone", "stays"),
    [
        ("Anselm Rook lives in Bruges.", "Forget what I said yesterday.", ("Anselm", "Bruges"), "Oslo"),
        ("孟子涵住在泉州。", "忘掉我昨天说的话。", ("孟子涵", "泉州"), "Oslo"),
    ],
)
def test_a_day_is_forgotten_with_what_was_replied(
    say: Say, space: OpenSpace, told: str, request_: str, gone: tuple[str, ...], stays: str
) -> None:
    say(told, AT - DAY)
    say("My sister Hilde lives in Oslo.")
    receipt = say(request_).text
    assert "1" in receipt
    for word in gone:
        assert files_with(space.directory, word) == []
        assert word not in receipt
    assert stays in say("Where does Hilde live?").text


def test_what_a_forgotten_message_closed_holds_again(say: Say) -> None:
    say("Anselm Rook lives in Bruges.", AT - 40 * DAY)
    say("Anselm Rook moved to Ghent.", AT - DAY)
    assert "Ghent" in say("Where does Anselm Rook live?", AT - 2 * DAY).text
    say("Forget what I said yesterday.")
    assert "Bruges" in say("Where does Anselm Rook live?").text


def test_the_last_message_goes_and_a_reminder_forgets_nothing(say: Say, space: OpenSpace) -> None:
    say("My sister Hilde lives in Oslo.")
    say("Anselm Rook lives in Bruges.")
    say("Don't forget what I just said.")
    assert files_with(space.directory, "Bruges")
    say("Forget that message.", AT)
    say("Forget what I just said.", AT)
    assert files_with(space.directory, "Bruges") == []


def test_everything_is_not_forgotten_on_a_word(say: Say) -> None:
    say("My sister Hilde lives in Oslo.")
    assert "doctor" in say("Forget everything.").text
    assert "Oslo" in say("Where does Hilde live?").text


def test_a_request_about_nobody_known_says_so_and_is_not_kept(say: Say, space: OpenSpace) -> None:
    say("My sister Hilde lives in Oslo.")
    assert "nothing" in say("Forget everything about Wendeline.").text
    assert files_with(space.directory, "Wendeline") == []


def test_sentences_about_somebody_go_whole_with_those_that_go_on(say: Say, space: OpenSpace) -> None:
    say("Anselm Rook lives in Bruges. Anselm Rook has a dreadful cough. He coughs all night.")
    say("Hilde Baumann lives in Oslo.")
    say("Forget everything about Anselm Rook.")
    for word in ("Anselm", "Bruges", "dreadful", "coughs"):
        assert files_with(space.directory, word) == []
    assert "Oslo" in say("Where does Hilde Baumann live?").text


def test_a_forgotten_document_stays_forgotten_until_it_is_let_in(say: Say, space: OpenSpace) -> None:
    text = "Anselm Rook lives in Bruges. He is a glazier."
    say(text, title="Harbour notes")
    say("Forget the document Harbour notes.")
    assert "--anew" in say(text, title="Harbour notes").text
    for word in ("Anselm", "Bruges", "Harbour notes"):
        assert files_with(space.directory, word) == []
    assert space.has_forgotten(text)
    assert space.readmit(text) == 2
    assert not space.has_forgotten(text)
    say(text, title="Harbour notes")
    assert files_with(space.directory, "Bruges")


def test_a_document_that_is_read_again_brings_back_only_what_was_kept(say: Say, space: OpenSpace) -> None:
    text = "Hilde Baumann lives in Oslo. Anselm Rook lives in Bruges."
    say(text, title="Harbour notes")
    say("Forget everything about Anselm Rook.")
    say(text, title="Harbour notes")
    assert files_with(space.directory, "Bruges") == []
    assert len(space.memory.episodes(kind="read")) == 1
    assert "Oslo" in say("Where does Hilde Baumann live?").text
    say("Anselm Rook lives in Bruges.")
    assert "Bruges" in say("Where does Anselm Rook live?").text


def test_without_a_model_the_index_is_cleaned_too(say: Say, space: OpenSpace, tmp_path: Path) -> None:
    say("Anselm Rook lives in Bruges.")
    say("Hilde Baumann lives in Oslo.")
    space.close()
    with closing(OpenSpace(tmp_path)) as bare:
        would = bare.forget(Wanted(entities=("Anselm Rook",)), rehearse=True)
        assert files_with(tmp_path, "Bruges")
        assert bare.forget(Wanted(entities=("Anselm Rook",))) == would
        assert (would.messages, would.vectors) == (1, 1)
    assert files_with(tmp_path, "Bruges") == []
    space.memory = OpenSpace(tmp_path).memory  # for the fixture to close


def test_options_choose_and_complain(say: Say, space: OpenSpace) -> None:
    say("Anselm Rook lives in Bruges.", AT - 40 * DAY)
    say("Hilde Baumann lives in Oslo.")
    assert space.forget(Wanted(until="2026-02-10"), rehearse=True).messages == 1
    assert space.forget(Wanted(since="2026-03-11", until="2026-03-11"), rehearse=True).messages == 1
    assert space.forget(Wanted(messages=("last",)), rehearse=True).messages == 1
    for wrong in (Wanted(since="soonish"), Wanted(messages=("99",)), Wanted(documents=("None",))):
        with pytest.raises(UsageError):
            space.forget(wrong)
    assert space.forget("2026-03-11").messages == 1
    assert files_with(space.directory, "Oslo") == []
