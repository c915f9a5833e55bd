"""Exports as files: found in folders, counted, limited, gone on with, and never a traceback."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.document import Document, DocumentError
from bot.documents import count, find_documents, parse
from bot.message import Message
from bot.reading import Progress, Readings, each_document, read_documents
from tests.bot.echo_system import EchoSystem

CHAT = "01/03/2026, 10:15 - Bo: I live in Oslo.\n02/03/2026, 10:15 - Bo: I moved to Bergen yesterday.\n"
CARDS = "BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nTEL:5\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Hilde\nTEL:6\nEND:VCARD\n"
EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Choir\nDTSTART:20260303T180000\nEND:VEVENT\nEND:VCALENDAR\n"
MESSAGES = '{"name": "Rowing", "messages": [{"type": "message", "date": "2026-03-01", "from": "Bo", "text": "Hi."}]}'
EXPORTS = {
    "chat.txt": (CHAT, 2),
    "cards.vcf": (CARDS, 2),
    "events.ics": (EVENT, 1),
    "mail.eml": ("From: Bo <bo@example.org>\n\nI live in Oslo.\n", 1),
    "rows.csv": ("name,town\nBo,Oslo\nHilde,Bergen\n", 2),
    "sub/result.json": (MESSAGES, 1),
    "box.mbox": ("From x\nSubject: a\n\nI live in Oslo.\n\nFrom x\nSubject: b\n\nI row.\n", 2),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (text, _) in EXPORTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("package.json", "rows.csv.toml", "sub/other.json"):
        (tmp_path / name).write_text('template = "{name} lives in {town}."', encoding="utf-8")
    return tmp_path


def test_exports_are_found_counted_and_read_packed_or_not(folder: Path) -> None:
    paths = find_documents([folder])
    expected = sorted(name + end for name in EXPORTS for end in ("", ".gz"))
    assert sorted(path.relative_to(folder).as_posix() for path in paths) == expected
    documents = list(each_document(paths, max_megabytes=1))
    assert all(isinstance(document, Document) for document in documents)
    counts = {path.relative_to(folder).as_posix(): count(path, max_megabytes=1) for path in paths}
    assert counts == {name + end: n for name, (_, n) in EXPORTS.items() for end in ("", ".gz")}
    assert len(documents) == sum(counts.values())


def test_a_reading_is_limited_goes_on_and_takes_the_day_from_the_document(folder: Path) -> None:
    system = EchoSystem()

    def read(limit: int | None) -> Readings:
        return read_documents(
            each_document([folder / "chat.txt", folder / "cards.vcf"], max_megabytes=1, limit=limit),
            user="me",
            answer=system.answer,
            has_read=system.space("me").has_read,
            has_forgotten=system.space("me").has_forgotten,
            report=print,
            progress=Progress(4, lambda text: None, live=False),
            now=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        )

    assert (read(1).read, read(None).read, read(None).skipped) == (1, 3, 4)
    heard: list[Message] = system.space("me").heard
    assert [m.at.date().isoformat() for m in heard] == ["2026-03-01", "2026-03-02", "2026-11-01", "2026-11-01"]


@pytest.mark.parametrize("name", [name for name in EXPORTS if not name.endswith((".txt", ".mbox"))])
@pytest.mark.parametrize(
    ("data", "why"),
    [(b"x" * 1_000_001, "more than 1 MB.*raise max_megabytes"), (b"\0\0", "."), (b"", "."), (b"\xff\xfe\x00", ".")],
)
def test_huge_and_binary_files_are_errors(name: str, data: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        list(parse(name, data, max_megabytes=1))
    bomb = gzip.compress(b" " * 30_000_000)
    with pytest.raises(DocumentError, match="more than 1 MB"):
        list(parse(f"{name}.gz", bomb, max_megabytes=1))


def test_a_file_that_cannot_be_read_counts_as_one(tmp_path: Path) -> None:
    assert [count(tmp_path / f"none{kind}", max_megabytes=1) for kind in (".vcf", ".mbox", ".txt", ".md")] == [1] * 4


@settings(max_examples=200)
@given(st.data())
def test_any_damage_to_an_export_gives_documents_or_an_error(data: st.DataObject) -> None:
    name, (text, _) = data.draw(st.sampled_from(sorted(EXPORTS.items())))
    whole = text.encode()
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, min(len(whole), begin + 20)))
    damaged = whole[:begin] + data.draw(st.binary(max_size=12)) + whole[end:]
    try:
        documents = list(parse(name, damaged, max_megabytes=1))
    except DocumentError:
        return
    said = [c for document in documents for c in document.title + document.text]
    assert not any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) < 0xE000 for c in said)
