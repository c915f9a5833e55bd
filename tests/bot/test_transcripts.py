"""Dialogues in tests/transcripts, held with the shipped models line by line."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import assemble
from bot.config import load_settings
from bot.message import Message

FOLDER = Path(__file__).parent.parent / "transcripts"
AT = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript_holds(path: Path, tmp_path: Path) -> None:
    settings = load_settings(environment={})
    assistant = assemble.open_assistant(replace(settings, memory=replace(settings.memory, data_dir=tmp_path)))
    reply = ""
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            mark, text = line[:2], line[2:]
            if mark == "> ":
                reply = assistant.answer(Message("owner", text, AT)).text
            elif mark == "< ":
                assert text.casefold() in reply.casefold(), f"{path.name}:{number}: {reply}"
            elif mark == "! ":
                assert text.casefold() not in reply.casefold(), f"{path.name}:{number}: {reply}"
    finally:
        assistant.close()
