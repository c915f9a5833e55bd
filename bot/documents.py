"""Documents: files, folders and standard input in, titles and texts with paragraphs out.

Reads .txt, .md, .html, .pdf, and .jsonl (rows with "text" and perhaps "title"), people's exports (bot/sources: chats,
mails, contacts, calendars, tables), each of them also gzipped. A broken file is an error with its path; what is done
about it, and what the text says, is for others.
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
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from bot.document import Document, DocumentError, decode, paragraphs
from bot.sources.contacts import read_contacts
from bot.sources.mail import read_box, read_mail, split_box
from bot.sources.page import read_page
from bot.sources.table import Template, read_table, template_beside
from bot.sources.telegram import FILE_NAME, read_telegram
from bot.sources.whatsapp import is_whatsapp, read_whatsapp

_MANY = frozenset({".jsonl", ".json", ".mbox", ".vcf", ".ics", ".csv", ".txt"})  # may hold more than one document
SUFFIXES = _MANY | {".md", ".markdown", ".text", ".html", ".htm", ".pdf", ".eml"}
_MEGABYTE = 1_000_000
_RAISE = "raise max_megabytes in config.toml, or split the file"


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
            found += sorted(p for p in inside if _is_document(p.name) and p.is_file())
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


def _stem(name: str) -> str:
    return Path(name.removesuffix(".gz")).stem


def _is_document(name: str) -> bool:
    """Whether a file in a folder is read: a known kind, and of .json, which holds all sorts, Telegram's export alone."""
    kind = kind_of(name)
    return kind in SUFFIXES and (kind != ".json" or name.lower().removesuffix(".gz") == FILE_NAME)


def load(path: Path, *, max_megabytes: int) -> Iterator[Document]:
    """Yield the documents of a file: one, or many from rows and exports; .jsonl and .mbox are read piece by piece.

    Raises DocumentError.
    """
    where, limit = str(path), max_megabytes * _MEGABYTE
    kind = kind_of(path.name)
    if kind == ".jsonl":
        yield from _rows((line.decode("utf-8-sig", "replace") for line in _lines(path, limit)), path.name, where)
        return
    if kind == ".mbox":
        yield from read_box(_lines(path, limit), name=path.name, where=where, path=where, most_bytes=limit)
        return
    try:
        size = path.stat().st_size
        if size > limit:
            raise DocumentError(where, f"more than {max_megabytes} MB, the most that is read; {_RAISE}")
        with path.open("rb") as file:
            data = file.read()
    except OSError as error:
        raise DocumentError(where, error.strerror or "it can't be opened") from None
    template = template_beside(path) if kind == ".csv" else None
    yield from parse(path.name, data, max_megabytes=max_megabytes, path=where, template=template)


def parse(
    name: str, data: bytes, *, max_megabytes: int, path: str = "", template: Template | None = None
) -> Iterator[Document]:
    """Yield the documents in a file's bytes; `name` tells their kind, `template` is for a table. Raises DocumentError."""
    where = path or name
    kind = kind_of(name)
    limit = max_megabytes * _MEGABYTE
    if name.lower().endswith(".gz"):
        data = _unzip(data, limit, where)
    if len(data) > limit:
        raise DocumentError(where, f"more than {max_megabytes} MB; {_RAISE}")
    if kind == ".jsonl":
        yield from _rows(decode(data, where).split("\n"), Path(name).name, where)
        return
    if kind == ".pdf" or data.startswith(b"%PDF-"):
        title, text = _pdf(data, where)
        found = iter([Document(title, text, path)])
    elif kind in (".eml", ".mbox"):
        found = _mails(kind, data, name, where, path, limit)
    else:
        found = _texts(kind, decode(data, where), name, where, path, template)
    empty = True
    for document in found:
        if document.text.strip():
            empty = False
            yield replace(document, title=document.title or _stem(name))
    if empty:
        raise DocumentError(where, "there is no text in it" + (" (a scan?)" if kind == ".pdf" else ""))


def _mails(kind: str, data: bytes, name: str, where: str, path: str, limit: int) -> Iterator[Document]:
    """Return the documents in the bytes of a mail or of a box of them."""
    if kind == ".eml":
        return read_mail(data, name=_stem(name), where=where, path=path)
    return read_box(io.BytesIO(data), name=Path(name).name, where=where, path=path, most_bytes=limit)


def _texts(kind: str, text: str, name: str, where: str, path: str, template: Template | None) -> Iterator[Document]:
    """Return the documents in a text of a kind."""
    match kind:
        case ".json":
            return read_telegram(text, where=where, path=path)
        case ".vcf":
            return read_contacts(text, where=where, path=path)
        case ".ics":
            from bot.sources.calendar import read_calendar  # the parser takes a while to import

            return read_calendar(text, where=where, path=path)
        case ".csv":
            return read_table(text, name=Path(name).name, where=where, path=path, template=template)
        case ".txt" if is_whatsapp(text):
            return read_whatsapp(text, name=Path(name).name, where=where, path=path)
        case ".html" | ".htm":
            title, text = read_page(text)
        case _:
            title, text = _plain(text, markdown=kind in (".md", ".markdown"))
    return iter([Document(title, text, path)])


def from_stream(stream: BinaryIO, *, title: str, max_megabytes: int) -> Iterator[Document]:
    """Yield the document that a stream holds. Raises DocumentError."""
    data = stream.read(max_megabytes * _MEGABYTE + 1)
    for document in parse("standard input", data, max_megabytes=max_megabytes):
        yield Document(title, document.text)


def _unzip(data: bytes, limit: int, where: str) -> bytes:
    """Return gzipped bytes, unpacked up to one byte over the limit, so that no bomb fills the memory."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(where, f"broken gzip file ({error})") from None


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


def count(path: Path, *, max_megabytes: int) -> int:
    """Return how many documents a file holds, 1 where it can't be read. Mails without text are counted too."""
    kind = kind_of(path.name)
    if kind not in _MANY:
        return 1
    lines = _lines(path, max_megabytes * _MEGABYTE)
    try:
        match kind:
            case ".jsonl":
                return sum(1 for line in lines if line.strip())
            case ".mbox":
                return sum(1 for _ in split_box(lines, most_bytes=0))
            case _:
                return max(1, sum(1 for _ in load(path, max_megabytes=max_megabytes)))
    except DocumentError:
        return 1


def _lines(path: Path, limit: int) -> Iterator[bytes]:
    """Yield a file's lines. Raises DocumentError, also for one line over the limit."""
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            while line := file.readline(limit + 1):
                if len(line) > limit:
                    raise DocumentError(str(path), f"a row of more than {limit // _MEGABYTE} MB; {_RAISE}")
                yield line
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
