"""Directories of memory spaces: apart from each other, and inside the data directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spaces import space_directory

NAMES = st.text(min_size=1).filter(lambda name: bool(name.strip()))


@given(NAMES, NAMES)
def test_two_names_never_share_a_directory_even_where_case_is_ignored(one: str, two: str) -> None:
    first, second = (space_directory(Path("/data"), name).as_posix().casefold() for name in (one, two))
    assert (first == second) == (one == two)


@given(NAMES)
def test_no_name_leads_out_of_the_data_directory(name: str) -> None:
    directory = space_directory(Path("/data"), name)
    assert directory.parent == Path("/data/spaces")
    assert len(directory.name) <= 100
    assert directory.name not in (".", "..")


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="--user"):
        space_directory(Path("/data"), name)
