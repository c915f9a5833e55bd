"""Telegram's and WhatsApp's exports: documents by day, each line with its writer, notices and media left out."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document import Document, DocumentError
from bot.documents import parse
from bot.sources.chat import ChatMessage, days_of


def _read(name: str, text: str, *, path: str = "") -> list[Document]:
    return list(parse(name, text.encode("utf-8", "surrogatepass"), max_megabytes=1, path=path))


def _texts(name: str, text: str) -> dict[str, str]:
    return {document.title: document.text for document in _read(name, text)}


def _message(sender: object, text: object, **more: object) -> dict[str, object]:
    return {"type": "message", "date": "2026-03-01T10:15:22", "from": sender, "text": text, **more}


def test_a_telegram_chat_becomes_documents_by_day() -> None:
    chat = {
        "name": "Rowing club",
        "type": "private_group",
        "messages": [
            {"type": "service", "date": "2026-03-01T09:00:00", "actor": "Hilde", "action": "create_group", "text": ""},
            _message("Hilde Moe", "I live in Bergen."),
            _message("Torben Ask", ["My boat is at ", {"type": "link", "text": "the quay"}, ".\n\nIt leaks."]),
            _message("Hilde Moe", "", photo="photo.jpg"),
            _message("quizbot", "Guess!", via_bot="@quiz"),
            _message("沈若溪", "我在船厂工作。", date="2026-03-02T08:00:00"),
        ],
    }
    assert _texts("result.json", json.dumps(chat)) == {
        "Rowing club, 2026-03-01": (
            "Hilde Moe: I live in Bergen.\n\nTorben Ask: My boat is at the quay.\nTorben Ask: It leaks."
        ),
        "Rowing club, 2026-03-02": "沈若溪: 我在船厂工作。",
    }


def test_a_full_telegram_export_gives_every_chat_and_saved_messages_a_name() -> None:
    chats = [
        {"name": "Torben", "type": "personal_chat", "messages": [_message("Torben", "Hi.")]},
        {"type": "saved_messages", "messages": [_message("Me", "The key is under the mat.")]},
    ]
    left = [{"name": "Choir", "messages": [_message("Hilde", "Bye.")]}]
    export = {"about": "…", "chats": {"list": chats}, "left_chats": {"list": left}}
    titles = ["Torben, 2026-03-01", "Saved messages, 2026-03-01", "Choir, 2026-03-01"]
    assert list(_texts("result.json", json.dumps(export))) == titles


def test_a_forwarded_message_is_its_first_writers_and_one_by_nobody_is_left_out() -> None:
    messages = [
        _message("Hilde", "I am a nurse.", forwarded_from="Torben"),
        _message("Hilde", "I am a spy.", forwarded_from=None),
        _message(None, "I am a ghost."),
    ]
    export = json.dumps({"name": "Chat", "messages": messages})
    assert _texts("result.json", export) == {"Chat, 2026-03-01": "Torben: I am a nurse."}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON .* Telegram Desktop"),
        ("[" * 50_000, "not JSON"),
        ("1" * 5000, "not JSON"),
        ("[1, 2]", "no chats of Telegram"),
        ('{"name": "package", "version": "1"}', "no chats of Telegram"),
        ('{"messages": [1, null, "x", {"type": "message", "from": 7, "date": 3, "text": {}}]}', "no text"),
        (json.dumps({"messages": [_message("A", "x", date="9999-99-99")]}), "no text"),
    ],
)
def test_what_is_no_telegram_export_is_an_error_with_a_remedy(text: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        _read("result.json", text)


STAMPS = {
    "Android, UK": ("01/03/2026, 10:15 - ", "14/03/2026, 22:15 - "),
    "Android, US": ("3/1/26, 10:15\u202fAM - ", "3/14/26, 10:15\u202fPM - "),
    "Android, Germany": ("01.03.26, 10:15 - ", "14.03.26, 22:15 - "),
    "Android, India": ("01/03/26, 10:15 am - ", "14/03/26, 10:15 pm - "),
    "Android, China": ("2026/3/1 上午10:15 - ", "2026/3/14 下午10:15 - "),
    "Android, China in words": ("2026年3月1日 上午10:15 - ", "2026年3月14日 晚上10:15 - "),
    "Android, Canada": ("2026-03-01, 10:15 a.m. - ", "2026-03-14, 10:15 p.m. - "),
    "iOS, UK": ("[01/03/2026, 10:15:02] ", "[14/03/2026, 22:15:02] "),
    "iOS, US": ("[3/1/26, 10:15:02\u202fAM] ", "[3/14/26, 10:15:02\u202fPM] "),
    "iOS, China": ("[2026/3/1 上午10:15:02] ", "[2026/3/14 下午10:15:02] "),
    "iOS, Finland": ("[1.3.2026, 10.15.02] ", "[14.3.2026, 22.15.02] "),
}


@pytest.mark.parametrize("stamps", STAMPS.values(), ids=STAMPS)
def test_whatsapp_dates_are_read_in_every_form(stamps: tuple[str, str]) -> None:
    one, two = stamps
    text = f"{one}Hilde Moe: I live in Bergen.\r\nIt rains: a lot.\r\n\r\nTruly.\r\n{two}沈若溪: 我在船厂工作。\r\n"
    assert _texts("WhatsApp Chat with Hilde Moe.txt", text) == {
        "Hilde Moe, 2026-03-01": "Hilde Moe: I live in Bergen.\nHilde Moe: It rains: a lot.\nHilde Moe: Truly.",
        "Hilde Moe, 2026-03-14": "沈若溪: 我在船厂工作。",
    }


def test_dates_that_could_be_read_both_ways_never_run_backwards() -> None:
    month_first = "1/12/26, 10:15 - Bo: One.\n2/3/26, 10:15 - Bo: Two.\n"
    assert list(_texts("x.txt", month_first)) == ["x, 2026-01-12", "x, 2026-02-03"]
    assert list(_texts("x.txt", "1/2/26, 10:15 - Bo: One.\n")) == ["x, 2026-02-01"]


@pytest.mark.parametrize(
    "line",
    [
        "Messages and calls are end-to-end encrypted. Only people in this chat can read them.",
        "消息和通话已进行端到端加密。点按了解更多。",
        "Bo added Hilde",
        'Bo changed the subject from "Rowing: winter" to "Rowing: summer"',
        "沈若溪将群名更改为“划船：夏天”",
        "Bo: <Media omitted>",
        "Bo: <媒体文件已省略>",
        "Bo: <省略多媒体文件>",
        "Bo: image omitted",
        "Bo: \u200evideo omitted",
        "Bo: 图片已省略",
        "Bo: \u200e音频已忽略",
        "Bo: IMG-20260301-WA0001.jpg (file attached)",
        "Bo: IMG-20260301-WA0001.jpg (文件附件)",
        "Bo: \u200e<attached: 00000012-PHOTO.jpg>",
        "Bo: This message was deleted",
        "Bo: 此消息已删除",
        "Bo: 未接语音通话",
        "Bo: Missed voice call",
        "Bo: location: https://maps.google.com/?q=1,2",
        "Bo: null",
    ],
)
def test_notices_and_placeholders_are_left_out(line: str) -> None:
    text = f"01/03/2026, 10:15 - {line}\n01/03/2026, 10:16 - Bo: Yes.\n"
    assert _texts("a.txt", text) == {"a, 2026-03-01": "Bo: Yes."}


def test_captions_stay_and_marks_of_edits_go() -> None:
    text = (
        "01/03/2026, 10:15 - Bo: IMG-1.jpg (file attached)\nMy new boat. <This message was edited>\n"
        "[01/03/2026, 10:16:00] ~\u202fHilde: The quay \u200e<attached: 2.jpg>\n"
    )
    assert _texts("a.txt", text) == {"a, 2026-03-01": "Bo: My new boat.\n\nHilde: The quay"}


@pytest.mark.parametrize(
    ("name", "path", "title"),
    [
        ("WhatsApp Chat with Rowing club.txt", "", "Rowing club"),
        ("WhatsApp Chat - Rowing club.txt.gz", "", "Rowing club"),
        ("与沈若溪的 WhatsApp 聊天.txt", "", "沈若溪"),
        ("_chat.txt", "/x/WhatsApp Chat - Rowing club/_chat.txt", "Rowing club"),
        ("_chat.txt", "", "Bo and Hilde"),
        ("rowing.txt", "", "rowing"),
    ],
)
def test_a_chat_is_named_after_its_file_its_folder_or_its_writers(name: str, path: str, title: str) -> None:
    data = b"[01/03/2026, 10:15:02] Bo: Hi.\n[01/03/2026, 10:15:03] Hilde: Hello.\n"
    packed = gzip.compress(data) if name.endswith(".gz") else data
    assert [d.title for d in parse(name, packed, max_megabytes=1, path=path)] == [f"{title}, 2026-03-01"]


def test_a_text_that_is_no_chat_stays_a_text() -> None:
    assert _texts("a.txt", "On 01/03/2026, 10:15 - Bo: Hi.") == {"a": "On 01/03/2026, 10:15 - Bo: Hi."}


def test_an_impossible_date_is_an_error_with_a_remedy() -> None:
    with pytest.raises(DocumentError, match=r"99/99/9999.*export the chat again"):
        _read("a.txt", "99/99/9999, 10:15 - Bo: Hi.")


@given(st.lists(st.text(alphabet="ab:\n\r\x00\u200e ：。安", max_size=20), max_size=5))
def test_no_line_passes_for_somebody_elses(texts: list[str]) -> None:
    messages = [ChatMessage(date(2026, 3, 1), "Bo", text) for text in texts]
    for document in days_of("Chat", messages, path=""):
        assert all(re.match("Bo: .", line) for line in document.text.split("\n") if line)


@given(st.text(alphabet="0123456789/-.,: []\nABo上午年月日\u200e", max_size=200))
def test_any_chat_like_text_is_documents_or_an_error(text: str) -> None:
    try:
        _read("a.txt", "01/03/2026, 10:15 - Bo: " + text)
    except DocumentError:
        return
