"""What is installed: the packages with their data, and nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from setuptools import find_namespace_packages

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_folder_with_code_or_data_is_packaged_and_no_other() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    found = {name for name in find_namespace_packages(str(ROOT), include=include) if "__pycache__" not in name}
    expected = {
        ".".join(folder.relative_to(ROOT).parts)
        for top in ("bot", "nlu", "kg", "generation")
        for folder in (ROOT / top, *(ROOT / top).rglob("*"))
        if folder.is_dir() and "__pycache__" not in folder.parts
    }
    assert found == expected


def test_every_kind_of_data_file_is_packaged() -> None:
    kinds = set(PROJECT["tool"]["setuptools"]["package-data"]["*"])
    missing = {
        path.relative_to(ROOT).as_posix()
        for top in ("bot", "nlu", "kg", "generation")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".md") and not any(path.match(kind) for kind in kinds)
    }
    assert missing == set()


def test_every_direct_dependency_is_pinned() -> None:
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["telegram"], *extras["web"], *extras["dev"]]
    names = {re.split(r"[\[<>=; ]", requirement)[0] for requirement in wanted} - {"tripletalk"}
    assert names <= set(pinned)


def test_the_command_is_named_after_the_distribution() -> None:
    assert PROJECT["project"]["name"] == "tripletalk"
    assert PROJECT["project"]["scripts"] == {"tripletalk": "bot.command:main"}
