"""Tables: rows as lines, or as the sentences of a template that can do nothing but fill in columns."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.document import DocumentError
from bot.documents import count, load, parse

TABLE = "name;town;born\nHilde Moe;Bergen;1990\n\n沈若溪;;1985\n;;\n"


def _load(folder: Path, template: str | None, table: str = TABLE, name: str = "people.csv") -> list[tuple[str, str]]:
    path = folder / name
    path.write_bytes(gzip.compress(table.encode()) if name.endswith(".gz") else table.encode())
    if template is not None:
        (folder / "people.csv.toml").write_text(template, encoding="utf-8")
    return [(d.title, d.text) for d in load(path, max_megabytes=1)]


def test_without_a_template_rows_are_lines(tmp_path: Path) -> None:
    expected = [("Hilde Moe", "name: Hilde Moe\ntown: Bergen\nborn: 1990"), ("沈若溪", "name: 沈若溪\nborn: 1985")]
    assert _load(tmp_path, None) == expected
    assert count(tmp_path / "people.csv", max_megabytes=1) == 2


def test_a_template_beside_the_table_makes_sentences_of_the_cells_that_are_filled(tmp_path: Path) -> None:
    template = 'template = ["{name} lives in {town}.", "{ name } was born in {born}."]'
    expected = [
        ("Hilde Moe", "Hilde Moe lives in Bergen.\nHilde Moe was born in 1990."),
        ("沈若溪", "沈若溪 was born in 1985."),
    ]
    assert _load(tmp_path, template) == expected
    assert _load(tmp_path, None, name="people.csv.gz") == expected


def test_one_sentence_is_a_template_too(tmp_path: Path) -> None:
    assert _load(tmp_path, 'template = "{name} lives in {town}."') == [("Hilde Moe", "Hilde Moe lives in Bergen.")]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("template = ", "not TOML"),
        ('sentence = "{name}"', "unknown key 'sentence'"),
        ("", "expected a sentence"),
        ("template = 3", "expected a sentence"),
        ('template = ["{name}", 3]', "expected a sentence"),
        ("template = []", "expected a sentence"),
        ('template = "nothing"', "expected a sentence"),
        ('template = "{city}"', "unknown column 'city'; the table has: name, town, born"),
        ('template = "{name.__class__}"', "unknown column"),
        ('template = "{name!r:>99999999}"', "unknown column"),
        ('template = "{}"', "unknown column"),
    ],
)
def test_a_broken_template_is_an_error_with_its_path(template: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=why) as caught:
        _load(tmp_path, template)
    assert caught.value.path == str(tmp_path / "people.csv.toml")


def test_a_template_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "people.csv.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match="save it as UTF-8"):
        _load(tmp_path, None)


def test_a_cell_with_braces_fills_nothing_in(tmp_path: Path) -> None:
    found = _load(tmp_path, 'template = "{name} lives in {town}."', "name,town\n{town},{name}\n")
    assert found == [("{town}", "{town} lives in {name}.")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_are_read_in_their_encodings_and_with_their_delimiters(encoding: str, delimiter: str) -> None:
    data = f"名字{delimiter}城市\r\n沈若溪{delimiter}杭州\r\n".encode(encoding)
    (document,) = parse("a.csv", data, max_megabytes=1)
    assert document.text == "名字: 沈若溪\n城市: 杭州"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no text"),
        (b"name,town\n", "no text"),
        (b'name\n"' + b"x" * 200_000, "broken row .* quotation mark"),
        (b"PK\0\0", "no text file"),
        (b"a\n" + b"x\n" * 600_000, "more than 1 MB"),
    ],
)
def test_broken_tables_are_errors(data: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        list(parse("a.csv", data, max_megabytes=1))


_CELL = st.text(alphabet="ab,;\"'{}\n\t 安", max_size=8).map(lambda cell: " ".join(cell.split()))


@given(st.lists(st.tuples(_CELL.filter(bool), _CELL), min_size=1, max_size=5))
def test_cells_come_back_as_they_were_written(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("one", "two"), *rows])
    found = [d.text for d in parse("a.csv", out.getvalue().encode(), max_megabytes=1)]
    assert found == [f"one: {one}" + (f"\ntwo: {two}" if two else "") for one, two in rows]
