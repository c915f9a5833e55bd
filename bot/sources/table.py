"""Tables (.csv): text in, a document a row out, by the template of NAME.csv.toml or as "column: value" lines.

A template names columns in braces and is nothing but text beside them: it reaches no attributes and formats nothing.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bot.document import Document, DocumentError, flatten, paragraphs, title_of

_DELIMITERS = ",;\t|"
_SLOT = re.compile(r"\{([^{}]*)\}")
_EXAMPLE = 'template = "{name} lives in {town}."'


@dataclass(frozen=True, slots=True)
class Template:
    """The sentences that a row becomes, with columns in braces, and the file that says so."""

    sentences: tuple[str, ...]
    where: str


def template_beside(path: Path) -> Template | None:
    """Return the template of the file NAME.csv.toml beside NAME.csv (or NAME.csv.gz). Raises DocumentError."""
    beside = path.with_name(path.name.removesuffix(".gz") + ".toml")
    try:
        text = beside.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DocumentError(str(beside), f"it can't be read ({error}); save it as UTF-8") from None
    try:
        table: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DocumentError(str(beside), f"not TOML ({error}); write: {_EXAMPLE}") from None
    if unknown := table.keys() - {"template"}:
        raise DocumentError(str(beside), f"unknown key {min(unknown)!r}; there is only: {_EXAMPLE}")
    given = table.get("template")
    sentences = cast(list[object], given) if isinstance(given, list) else [given]
    if not sentences or not all(isinstance(s, str) and _SLOT.search(s) for s in sentences):
        raise DocumentError(str(beside), f"expected a sentence, or a list of them, with columns in braces: {_EXAMPLE}")
    return Template(tuple(map(str, sentences)), str(beside))


def read_table(text: str, *, name: str, where: str, path: str, template: Template | None) -> Iterator[Document]:
    """Yield a document for each row that isn't empty, titled by its first cell. Raises DocumentError."""
    rows = _rows(text, where)
    columns = [flatten(cell) for cell in next(rows, (0, []))[1]]
    if template is not None:
        _check(template, columns)
    for number, cells in rows:
        row = {column: flatten(cell) for column, cell in reversed(list(zip(columns, cells))) if column}
        said = _fill(template, row) if template is not None else _lines(columns, row)
        if said:
            yield Document(title_of(cells[0]) or f"{name} {number}", said, path)


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that aren't empty, with their line's number. Raises DocumentError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip()), "")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count), skipinitialspace=True
    )
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            why = f"broken row ({error}); look for a quotation mark that isn't closed"
            raise DocumentError(f"{where}:{reader.line_num}", why) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _check(template: Template, columns: list[str]) -> None:
    """Raise DocumentError for a template that names a column which isn't there."""
    for column in (slot.strip() for sentence in template.sentences for slot in _SLOT.findall(sentence)):
        if column not in columns:
            known = ", ".join(columns) or "none"
            raise DocumentError(template.where, f"unknown column {column!r}; the table has: {known}")


def _fill(template: Template, row: Mapping[str, str]) -> str:
    """Return a template's sentences for a row, those left out whose columns aren't all filled."""
    sentences: list[str] = []
    for sentence in template.sentences:
        if all(row.get(slot.strip()) for slot in _SLOT.findall(sentence)):
            sentences.append(_SLOT.sub(lambda slot: row[slot[1].strip()], sentence))
    return paragraphs("\n".join(sentences))


def _lines(columns: list[str], row: Mapping[str, str]) -> str:
    return "\n".join(f"{column}: {row[column]}" for column in dict.fromkeys(columns) if row.get(column))
