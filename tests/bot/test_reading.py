"""Reading many documents: once each, with progress, going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.document import Document, DocumentError
from bot.message import Message, Reply
from bot.reading import Progress, Readings, each_document, read_documents
from tests.bot.echo_system import EchoSystem

DOCUMENTS = [Document(f"d{n}", f"text {n}") for n in range(4)]


def _read(
    system: EchoSystem, answer: Callable[[Message], Reply] | None = None, report: Callable[[str], None] = print
) -> Readings:
    return read_documents(
        [*DOCUMENTS, DocumentError("x.pdf", "broken")],
        user="me",
        answer=answer or system.answer,
        has_read=system.space("me").has_read,
        has_forgotten=system.space("me").has_forgotten,
        report=report,
        progress=Progress(5, lambda text: None, live=False),
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_second_reading_reads_nothing_again() -> None:
    system = EchoSystem()
    reports: list[str] = []
    assert _read(system, report=reports.append) == Readings(read=4, failed=1, characters=24)
    assert _read(system) == Readings(skipped=4, failed=1)
    assert reports == ["skipped: x.pdf: broken"]


def test_a_reading_that_was_cut_off_goes_on_where_it_stopped() -> None:
    system = EchoSystem()

    def killed(message: Message) -> Reply:
        if message.title == "d2":
            raise KeyboardInterrupt
        return system.answer(message)

    with pytest.raises(KeyboardInterrupt):
        _read(system, killed)
    assert _read(system) == Readings(read=2, skipped=2, failed=1, characters=12)
    assert [m.title for m in system.space("me").heard] == ["d0", "d1", "d2", "d3"]


def test_progress_tells_the_rate_and_the_time_left() -> None:
    now = 100.0
    said: list[str] = []
    progress = Progress(4, said.append, live=True, clock=lambda: now)
    now = 101.0
    progress.show(1, 5000)
    now = 101.1
    progress.show(2, 6000)
    now = 105.0
    progress.show(4, 9000)
    progress.end()
    assert said == [
        "\r\x1b[K1/4 documents · 5,000 characters/s · 3 s left",
        "\r\x1b[K4/4 documents · 1,800 characters/s · 0 s left",
        "\r\x1b[K",
    ]


def test_broken_files_are_passed_over_and_the_limit_holds(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    (tmp_path / "b.jsonl").write_text('{"text": "B."}\n{"text": "C."}\n{"text": "D."}\n')
    paths = [tmp_path / "none.txt", tmp_path / "a.txt", tmp_path / "b.jsonl"]
    found = list(each_document(paths, max_megabytes=1, limit=3))
    assert [d.text for d in found if isinstance(d, Document)] == ["A.", "B.", "C."]
    assert [type(d) for d in found].count(DocumentError) == 1


def test_a_forgotten_document_is_counted_and_not_read() -> None:
    system = EchoSystem()
    system.space("me").withheld.add("text 2")
    assert _read(system) == Readings(read=3, forgotten=1, failed=1, characters=18)
    system.space("me").readmit("text 2")
    assert _read(system) == Readings(read=1, skipped=3, failed=1, characters=6)
