"""Documents of every kind, and broken ones."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from bot.document import Document, DocumentError, paragraphs
from bot.documents import count, digest, find_documents, from_stream, load, parse


def _one(name: str, data: bytes, *, max_megabytes: int = 1) -> Document:
    (document,) = parse(name, data, max_megabytes=max_megabytes)
    return document


def _pdf(*pages: str, password: str = "") -> bytes:
    """Return a PDF with a line of text on each page."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = content
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_plain_text_keeps_its_paragraphs() -> None:
    document = _one("notes.txt", b"\xef\xbb\xbfOne.\r\nStill one.\r\n \r\n\r\nTwo.\x00"[:-1])
    assert document == Document("notes", "One.\nStill one.\n\nTwo.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_read_in_its_encodings(encoding: str) -> None:
    assert _one("a.txt", "灯塔在海边。\n\n很旧。".encode(encoding)).text == "灯塔在海边。\n\n很旧。"


def test_markdown_gives_its_heading_and_loses_its_marks() -> None:
    document = _one("a.md", b"# The **Crane** #\nIt is [old](http://x) and `big`.\n## More\nText.")
    assert document.title == "The **Crane**"
    assert document.text == "The Crane\n\nIt is old and big.\n\nMore\n\nText."


def test_html_gives_title_and_text_without_scripts_and_menus() -> None:
    page = (
        "<html><head><title>The &amp; Crane</title><style>x{}</style></head><body><nav>Home</nav>"
        "<p>It is <b>old</b>.<script>alert('x')</script></p><div>Big &lt;tag&gt;.</div></body>"
    )
    assert _one("a.html", page.encode()) == Document("The & Crane", "It is old.\n\nBig <tag>.")


def test_pdf_gives_its_text() -> None:
    document = _one("a.pdf", _pdf("The crane is old.", "It is big."))
    assert document.text.split("\n\n") == ["The crane is old.", "It is big."]


def test_rows_are_documents(tmp_path: Path) -> None:
    rows = [{"text": "One.", "title": "A"}, {"text": "Two."}]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(data))
    expected = [("A", "One."), ("rows.jsonl.gz 2", "Two.")]
    assert [(d.title, d.text) for d in load(path, max_megabytes=1)] == expected
    assert count(path, max_megabytes=1) == 2


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", b"", "no text"),
        ("a.txt", b" \n\t\n", "no text"),
        ("a.txt", b"MZ\0\0", "no text file"),
        ("a.txt", b"x" * 1_000_001, "more than 1 MB"),
        ("a.html", b"<script>x</script>", "no text"),
        ("a.pdf", b"", "broken PDF"),
        ("a.pdf", b"%PDF-1.7\n%%EOF", "broken PDF"),
        ("a.pdf", b"no pdf at all", "broken PDF"),
        ("a.pdf", _pdf("The crane is old.")[:300], "broken PDF"),
        ("a.pdf", _pdf(""), "a scan"),
        ("a.pdf", _pdf("x", password="secret"), "password"),
        ("a.txt.gz", b"no gzip", "broken gzip"),
        ("a.txt.gz", gzip.compress(b"x" * 100)[:-12], "broken gzip"),
        ("a.txt.gz", gzip.compress(b"x" * 50_000_000), "more than 1 MB"),
        ("a.jsonl", b'{"text": "a"}\nnonsense', ":2"),
        ("a.jsonl", b'{"txt": "a"}', 'with a "text"'),
        ("a.jsonl", b"[" * 100_000, "not JSON"),
    ],
)
def test_a_broken_file_is_an_error_with_its_path(name: str, data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=why) as caught:
        list(load(path, max_megabytes=1))
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        list(load(tmp_path / "none.txt", max_megabytes=1))
    with pytest.raises(DocumentError, match="No such file"):
        list(load(tmp_path / "none.jsonl", max_megabytes=1))


def test_folders_are_walked_in_order_and_hidden_files_left_out(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.exe", ".git/d.txt", "sub/e.html", ".f.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    found = find_documents([tmp_path, tmp_path / "c.exe"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.md", "b.txt", "sub/e.html", "c.exe"]


def test_a_stream_is_a_document_of_a_given_title() -> None:
    (document,) = from_stream(io.BytesIO(b"One."), title="T", max_megabytes=1)
    assert document == Document("T", "One.")


def test_the_digest_is_of_the_text_alone() -> None:
    assert digest("a") == digest("a") != digest("b")
    assert len(digest("\ud800")) == 64


@given(st.text())
def test_paragraphs_are_settled_once(text: str) -> None:
    once = paragraphs(text)
    assert paragraphs(once) == once
    assert "\n\n\n" not in once


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.md", "a.html", "a.jsonl", "a.txt.gz"]))
def test_any_bytes_are_a_document_or_a_document_error(data: bytes, name: str) -> None:
    try:
        documents = list(parse(name, data, max_megabytes=1))
    except DocumentError:
        return
    assert all("\0" not in document.text for document in documents)
