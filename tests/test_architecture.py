"""The house keeps its shape: imports point one way, and only contract files are shared."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("nlu", "kg", "generation", "bot")
CONTRACTS = {"nlu": "nlu.parse", "kg": "kg.fact", "generation": "generation.evidence", "bot": "bot.message"}
FILES = sorted(path for folder in ORDER for path in (ROOT / folder).rglob("*.py"))


def _imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module if node.module.count(".") else name for name in whole]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.split(".")[0] in ORDER]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_left_and_through_contracts(path: Path) -> None:
    here = path.relative_to(ROOT).parts[0]
    if path.is_relative_to(ROOT / "bot" / "assemble"):
        return  # the one place that names concrete classes
    for name in _imports(path):
        there = name.split(".")[0]
        assert ORDER.index(there) <= ORDER.index(here), f"{path.name} imports {name}: against the flow"
        assert there == here or name.startswith(CONTRACTS[there]), (
            f"{path.name} imports {name}: only {CONTRACTS[there]} is shared"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path.name} opens without a word about what it is"


def test_no_dangerous_calls() -> None:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, path
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & {"pickle", "shelve"}, path
