"""Documents: files, folders and standard input in, titles and texts with paragraphs out.

Reads .txt, .md, .html, .pdf, and .jsonl (rows with "text" and perhaps "title"), each of them also gzipped. A broken
file is an error with its path; what is done about it, and what the text says, is for others.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".text", ".html", ".htm", ".pdf", ".jsonl"})
_MEGABYTE = 1_000_000


class DocumentError(Exception):
    """A document that can't be read; `path` says which."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class Document:
    """A text to read. Paragraphs are separated by empty lines."""

    title: str
    text: str
    path: str = ""


def digest(text: str) -> str:
    """Return the key under which a text is known to have been read: SHA-256 of its UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def find_documents(paths: Sequence[Path]) -> list[Path]:
    """Return the files of paths and folders, folders walked in order, hidden and unknown kinds of files left out.

    A path that does not exist is returned too: loading it gives the error, and the others are read all the same.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if not any(x.startswith(".") for x in p.relative_to(path).parts))
            found += sorted(p for p in inside if kind_of(p.name) in SUFFIXES and p.is_file())
        else:
            found.append(path)
    return found


def kind_of(name: str) -> str:
    """Return the suffix that tells a file's kind, without .gz.

    >>> kind_of("Notes.MD.gz")
    '.md'
    """
    lowered = name.lower()
    return Path(lowered.removesuffix(".gz")).suffix


def load(path: Path, *, max_megabytes: int) -> Iterator[Document]:
    """Yield the documents of a file: one, or for .jsonl one a row, read row by row. Raises DocumentError."""
    if kind_of(path.name) == ".jsonl":
        yield from _rows(_lines(path, max_megabytes * _MEGABYTE), path.name, str(path))
        return
    try:
        size = path.stat().st_size
        if size > max_megabytes * _MEGABYTE:
            raise DocumentError(str(path), f"more than {max_megabytes} MB, the most that is read")
        with path.open("rb") as file:
            data = file.read()
    except OSError as error:
        raise DocumentError(str(path), error.strerror or "it can't be opened") from None
    yield from parse(path.name, data, max_megabytes=max_megabytes, path=str(path))


def parse(name: str, data: bytes, *, max_megabytes: int, path: str = "") -> Iterator[Document]:
    """Yield the documents in a file's bytes; `name` tells their kind. Raises DocumentError."""
    where = path or name
    kind = kind_of(name)
    limit = max_megabytes * _MEGABYTE
    if name.lower().endswith(".gz"):
        data = _unzip(data, limit, where)
    if len(data) > limit:
        raise DocumentError(where, f"more than {max_megabytes} MB")
    if kind == ".jsonl":
        yield from _rows(_decode(data, where).split("\n"), Path(name).name, where)
        return
    if kind == ".pdf" or data.startswith(b"%PDF-"):
        title, text = _pdf(data, where)
    elif kind in (".html", ".htm"):
        title, text = _html(_decode(data, where))
    else:
        title, text = _plain(_decode(data, where), markdown=kind in (".md", ".markdown"))
    if not text.strip():
        raise DocumentError(where, "there is no text in it" + (" (a scan?)" if kind == ".pdf" else ""))
    yield Document(title or Path(name.removesuffix(".gz")).stem, text, path)


def from_stream(stream: BinaryIO, *, title: str, max_megabytes: int) -> Iterator[Document]:
    """Yield the document that a stream holds. Raises DocumentError."""
    data = stream.read(max_megabytes * _MEGABYTE + 1)
    for document in parse("standard input", data, max_megabytes=max_megabytes):
        yield Document(title, document.text)


def paragraphs(text: str) -> str:
    """Return a text with its line ends unified, control characters gone, and one empty line between paragraphs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    text = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", text).strip("\n ")


def _unzip(data: bytes, limit: int, where: str) -> bytes:
    """Return gzipped bytes, unpacked up to one byte over the limit, so that no bomb fills the memory."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(where, f"broken gzip file ({error})") from None


def _decode(data: bytes, where: str) -> str:
    """Return bytes as text: UTF-8, UTF-16 with a mark, else GB 18030 (which holds all of Chinese)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        raise DocumentError(where, "this is no text file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def _plain(text: str, *, markdown: bool) -> tuple[str, str]:
    """Return a title and a text; a Markdown heading is the title, and its marks are taken out of the text."""
    text = paragraphs(text)
    if not markdown:
        return "", text
    heading = re.search(r"^#{1,2}[ \t]+(.+?)[ \t]*#*$", text, re.MULTILINE)
    text = re.sub(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", r"\n\1\n", text, flags=re.MULTILINE)
    text = re.sub(r"!\[([^\]\n]*)\]\([^)\n]*\)|(?<!!)\[([^\]\n]+)\]\([^)\n]*\)", lambda m: m[1] or m[2] or "", text)
    text = re.sub(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    return heading[1].strip() if heading else "", paragraphs(text)


class _Text(HTMLParser):
    """Collects a page's title and its text; block elements end paragraphs, scripts and menus are left out."""

    _SKIPPED = frozenset({"script", "style", "noscript", "template", "nav", "svg", "head"})
    _BLOCKS = frozenset(
        {"p", "div", "section", "article", "header", "footer", "main", "h1", "h2", "h3", "h4", "h5", "h6"}
        | {"li", "ul", "ol", "table", "tr", "blockquote", "pre", "br", "hr", "dd", "dt"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.title: list[str] = []
        self._skipped: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag in self._SKIPPED:
            self._skipped.append(tag)
        elif tag == "body":
            self._skipped.clear()
        elif tag in self._BLOCKS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in self._skipped:
            del self._skipped[self._skipped.index(tag) :]
        elif tag in self._BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipped:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _html(page: str) -> tuple[str, str]:
    """Return a page's title and its main text: by trafilatura where it is installed, else by stripping the tags."""
    parser = _Text()
    parser.feed(page)
    parser.close()
    title = " ".join("".join(parser.title).split())
    text = paragraphs(re.sub(r" *\n *", "\n", "".join(parser.pieces)))
    try:
        import trafilatura
    except ImportError:
        return title, text
    main = trafilatura.extract(page, include_comments=False) if len(text) > 2000 else None
    return title, paragraphs(main.replace("\n", "\n\n")) if main and len(main) > len(text) // 4 else text


def _pdf(data: bytes, where: str) -> tuple[str, str]:
    """Return a PDF's title and its text, hyphenated and broken lines joined. Raises DocumentError."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(where, "it is locked with a password")
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise DocumentError(where, f"broken PDF file ({type(error).__name__}: {error})") from None
    text = re.sub(r"(\w)-\n(?=[a-zà-ÿ])", r"\1", "\n\n".join(pages))
    text = re.sub(r"(?<=[\u3400-\u9fff，、；])\n(?=[\u3400-\u9fff])", "", text)
    return title.strip(), paragraphs(re.sub(r"(?<=[^\n.!?:。！？：])\n(?=[^\n])", " ", text))


def count(path: Path) -> int:
    """Return how many documents a file holds: rows of .jsonl, else 1 (also when it can't be read)."""
    if kind_of(path.name) != ".jsonl":
        return 1
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    except (OSError, EOFError, zlib.error):
        return 1


def _lines(path: Path, limit: int) -> Iterator[str]:
    """Yield a file's lines. Raises DocumentError, also for one line over the limit."""
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            while line := file.readline(limit + 1):
                if len(line) > limit:
                    raise DocumentError(str(path), f"a row of more than {limit // _MEGABYTE} MB")
                yield line.decode("utf-8-sig", "replace")
    except (OSError, EOFError, zlib.error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else f"broken gzip file ({error})"
        raise DocumentError(str(path), why) from None


def _rows(lines: Iterable[str], name: str, where: str) -> Iterator[Document]:
    """Yield a document a row. Raises DocumentError that names the row."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"{where}:{number}", f"not JSON ({error})") from None
        text = row.get("text") if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise DocumentError(f"{where}:{number}", 'expected an object with a "text"')
        title = row.get("title")
        yield Document(title if isinstance(title, str) and title else f"{name} {number}", paragraphs(text), where)
