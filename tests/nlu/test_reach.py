"""What requests to forget reach, and what is no request at all."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlu.reach import is_reminder, read_reach
from nlu.tokens import language_of

AT = datetime.fromisoformat("2026-03-11T10:00:00+01:00")


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("Forget what I said yesterday.", "period"),
        ("Could you please forget everything I told you between Monday and Wednesday?", "period"),
        ("Erase my messages from last week.", "period"),
        ("Forget everything I said about Anna yesterday.", "period"),
        ("Forget that message.", "messages"),
        ("Delete the last three messages.", "messages"),
        ("Forget that.", "that"),
        ("Forget everything.", "everything"),
        ("Delete the document “Harbour notes”.", "documents"),
        ("忘掉我昨天说的话。", "period"),
        ("把上周说的都忘了。", "period"),
        ("把昨天的聊天记录删掉。", "period"),
        ("忘了刚才那条消息。", "messages"),
        ("把码头记录那份文件忘掉。", "documents"),
        ("忘掉一切。", "everything"),
    ],
)
def test_a_request_reaches_what_it_says(text: str, scope: str) -> None:
    found = read_reach(text, AT, language_of(text))
    assert found is not None
    assert found.scope == scope


@pytest.mark.parametrize(
    "text", ["Forget where Anna lives.", "Forget Anna.", "Forget May.", "忘掉孟子涵住在哪里。", "忘了老孟。"]
)
def test_names_and_facts_are_left_to_others_unless_a_document_is_called_so(text: str) -> None:
    found = read_reach(text, AT, language_of(text))
    assert found is None or (found.scope == "documents" and not found.sure)


@pytest.mark.parametrize(
    "text",
    [
        "Don't forget what I said yesterday.",
        "Never forget that message.",
        "Did you forget that?",
        "别忘了我昨天说的话。",
        "我忘了。",
    ],
)
def test_a_reminder_is_no_request(text: str) -> None:
    assert is_reminder(text, language_of(text))
    assert read_reach(text, AT, language_of(text)) is None


def test_a_polite_question_is_no_reminder() -> None:
    assert not is_reminder("你能不能忘掉我昨天说的话？", "zh")
    assert not is_reminder("Can you forget what I said?", "en")
