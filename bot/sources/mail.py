"""Mails (.eml) and mail boxes (.mbox): bytes in, a document a mail out, titled by its subject.

The text says who wrote when to whom and ends with the writer's name, so that "I" in it is known. The text part is
preferred to the HTML one; attachments are left out. What a mail quotes is for `correspondence`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from bot.document import Document, DocumentError, decode, flatten, title_of
from bot.sources.correspondence import own_words
from bot.sources.page import strip_tags
from bot.sources.wording import is_chinese, is_plausible, join_names, name_day

_MOST_NAMED = 4
_LONGEST_HEADER = 20_000  # characters of one that are read; the parsers take ever longer for more
_MOST_HEAD_BYTES = 100_000
# The email package is lenient by design; these are what it still lets slip on hostile mails.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def read_mail(data: bytes, *, name: str, where: str, path: str) -> Iterator[Document]:
    """Yield the document of a mail, none where it holds no text. Raises DocumentError."""
    try:
        document = _document(data, name, where, path)
    except _BROKEN as error:
        why = title_of(str(error)) or type(error).__name__
        raise DocumentError(where, f"broken mail ({why}); save it again as .eml") from None
    if document is not None:
        yield document


def read_box(lines: Iterable[bytes], *, name: str, where: str, path: str, most_bytes: int) -> Iterator[Document]:
    """Yield a document for each mail of a box, one in memory at a time.

    Raises DocumentError at the end where mails were broken or over `most_bytes`: the others are read all the same.
    """
    number = read = 0
    broken: list[str] = []
    for number, data in enumerate(split_box(lines, most_bytes=most_bytes), 1):
        if len(data) > most_bytes:
            broken.append(f"mail {number} is of more than {most_bytes // 1_000_000} MB")
            continue
        try:
            documents = list(read_mail(data, name=f"{name} {number}", where=where, path=path))
        except DocumentError as error:
            broken.append(f"mail {number}: {error.why}")
            continue
        read += len(documents)
        yield from documents
    if not number:
        raise DocumentError(where, "no mails in it: a mail box begins with a line 'From '; export it again as .mbox")
    if not read and not broken:
        raise DocumentError(where, "there is no text in its mails")
    if broken:
        raise DocumentError(where, f"{len(broken)} of {number} mails can't be read, the first: {broken[0]}")


def split_box(lines: Iterable[bytes], *, most_bytes: int) -> Iterator[bytes]:
    """Yield the mails of a box; one over `most_bytes` is cut one byte after them.

    >>> list(split_box([b"From a\\n", b"S: 1\\n", b"\\n", b">From me\\n", b"\\n", b"From b\\n", b"S: 2\\n"], most_bytes=99))
    [b'S: 1\\n\\nFrom me\\n\\n', b'S: 2\\n']

    Source: RFC 4155, appendix A; quoting as in the variant mboxrd.
    """
    mail: bytearray | None = None
    after_empty = True
    for line in lines:
        if after_empty and line.startswith(b"From "):
            if mail is not None:
                yield bytes(mail)
            mail = bytearray()
        elif mail is not None and len(mail) <= most_bytes:
            mail += line[1:] if re.match(rb">+From ", line) else line
            del mail[most_bytes + 1 :]
        after_empty = not line.strip()
    if mail is not None:
        yield bytes(mail)


def _document(data: bytes, name: str, where: str, path: str) -> Document | None:
    """Return a mail's document, None where it has no text."""
    if len(re.split(rb"\r?\n\r?\n", data[: _MOST_HEAD_BYTES + 1], maxsplit=1)[0]) > _MOST_HEAD_BYTES:
        raise ValueError(f"its header is of more than {_MOST_HEAD_BYTES // 1000} kB")
    mail = message_from_bytes(data)
    if not mail.keys():
        raise ValueError("it has no header")
    text = own_words(_body(mail, where))
    if not text:
        return None
    writers, readers = _people(mail, "from"), _people(mail, "to")
    writer = writers[0] if writers else ""
    at = _date(mail)
    chinese = is_chinese(writer) or (is_chinese(text) and not writer.isascii())
    parts = [_opening(writer, at, readers, chinese=chinese), text, "" if "@" in writer else writer]
    subject = re.sub(
        r"^(?:(?:re|fwd?|aw|回复|答复|转发)\s*[:：]\s*)+", "", title_of(_header(mail, "subject")), flags=re.IGNORECASE
    )
    return Document(subject or name, "\n\n".join(part for part in parts if part), path, at)


def _opening(writer: str, at: datetime | None, readers: list[str], *, chinese: bool) -> str:
    """Return a sentence that says who wrote when to whom, "" where nobody is known to have written."""
    if not writer:
        return ""
    day = name_day(at.date(), chinese=chinese) if at is not None else ""
    to = join_names(readers[:_MOST_NAMED], chinese=chinese)
    if chinese:
        return f"{writer}{f'于{day}' if day else ''}{f'写信给{to}' if to else '写道'}："
    return f"{writer} wrote{f' on {day}' if day else ''}{f' to {to}' if to else ''}:"


def _headers(mail: Message, name: str) -> list[str]:
    """Return the headers of a name, as they are meant to be read; raw bytes in them are taken as any file's are."""
    found: list[str] = []
    for key, value in mail.raw_items():
        if key.lower() == name:
            clean = str(value)[:_LONGEST_HEADER].replace("\0", "")
            raw = decode(clean.encode("utf-8", "surrogateescape"), name)
            try:
                found.append(str(make_header(decode_header(raw))))
            except (MessageError, LookupError, UnicodeError):
                found.append(raw)
    return found


def _header(mail: Message, name: str) -> str:
    """Return a header on one line, "" where there is none."""
    return flatten(next(iter(_headers(mail, name)), ""))


def _people(mail: Message, header: str) -> list[str]:
    """Return the names in a header, the address where one has no name; "Holm, Anna" is turned around."""
    try:
        people = getaddresses(_headers(mail, header))
    except RecursionError:  # comments in comments in comments
        return []
    found: list[str] = []
    for name, address in people:
        name = title_of(name).strip("'\" ")
        if turned := re.fullmatch(r"([^\W\d]+), ([^\W\d]+)", name):
            name = f"{turned[2]} {turned[1]}"
        if name or address:
            found.append(name or title_of(address))
    return found


def _date(mail: Message) -> datetime | None:
    """Return when a mail was written, None where it doesn't say or says nonsense."""
    try:
        at = parsedate_to_datetime(_header(mail, "date"))
    except (ValueError, TypeError, OverflowError):
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) if is_plausible(at.date()) else None


def _body(mail: Message, where: str) -> str:
    """Return a mail's text: its plain part, else its HTML one without tags and quotations; attachments are none."""
    parts = [part for part in mail.walk() if part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                text = _content(part, where)
                text = text if kind == "text/plain" else strip_tags(text, quotations=False)[1]
                if text.strip():
                    return text
    return ""


def _content(part: Message, where: str) -> str:
    """Return a part's text; one whose encoding Python doesn't know, or that names none, is taken as any file is."""
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("") or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(raw, where)
