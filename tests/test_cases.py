"""The hand-written cases of benchmarks/trust.py are well formed, balanced, and speak of what the ontology knows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.ontology import Ontology

CASES = Path(__file__).parent.parent / "benchmarks" / "cases"
FILES = ("retirement.jsonl", "merges.jsonl")
ONTOLOGY = Ontology.load()


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def _facts(row: dict[str, Any]) -> Iterator[dict[str, list[str]]]:
    yield from (*row["holds"], *row["ended"])


def _is_traditional(text: str) -> bool:
    return any(c.encode("big5", "ignore") and not c.encode("gb2312", "ignore") for c in text)


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_110_cases_a_language_with_ids_of_their_own(name: str) -> None:
    rows = _rows(name)
    assert Counter(row["lang"] for row in rows) == {"en": 110, "zh": 110}
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["id"].startswith(row["lang"] + "-") for row in rows)


@pytest.mark.parametrize("name", FILES)
def test_a_case_is_two_to_four_messages_that_no_other_case_repeats(name: str) -> None:
    rows = _rows(name)
    assert all(2 <= len(row["told"]) <= 4 for row in rows)
    assert all(text == text.strip() != "" for row in rows for text in row["told"])
    assert max(Counter(tuple(row["told"]) for row in rows).values()) == 1


@pytest.mark.parametrize("name", FILES)
def test_some_chinese_is_traditional(name: str) -> None:
    assert sum(_is_traditional("".join(row["told"])) for row in _rows(name) if row["lang"] == "zh") >= 5


def test_facts_are_of_the_ontology_and_their_names_were_said() -> None:
    for row in _rows(FILES[0]):
        assert set(row) == {"id", "lang", "told", "holds", "ended"}
        said = " ".join(row["told"]).casefold()
        for fact in _facts(row):
            assert set(fact) == {"s", "p", "o"}, row["id"]
            assert fact["p"], row["id"]
            assert all(p in ONTOLOGY for p in fact["p"]), row["id"]
            for names in (fact["s"], fact["o"]):
                assert any(n == "me" or n.casefold() in said for n in names), (row["id"], names)


def test_two_thirds_are_traps_and_every_change_ends_something() -> None:
    for language in ("en", "zh"):
        rows = [row for row in _rows(FILES[0]) if row["lang"] == language]
        traps = [row for row in rows if row["id"].startswith(f"{language}-trap-")]
        changes = [row for row in rows if row["id"].startswith(f"{language}-change-")]
        assert len(traps) + len(changes) == len(rows)
        assert len(traps) >= len(rows) * 2 / 3
        assert all(row["holds"] for row in traps)
        assert all(row["ended"] for row in changes)


def test_nothing_is_both_in_force_and_over() -> None:
    for row in _rows(FILES[0]):
        held, ended = ([json.dumps(f) for f in row[key]] for key in ("holds", "ended"))
        assert not set(held) & set(ended), row["id"]


def test_at_least_half_of_the_pairs_are_different_and_names_were_said() -> None:
    for language in ("en", "zh"):
        rows = [row for row in _rows(FILES[1]) if row["lang"] == language]
        same, different = ([pair for row in rows for pair in row[key]] for key in ("same", "different"))
        assert len(different) >= len(same)
        assert all(len(pair) == 2 for pair in (*same, *different))
        assert all(one != other for one, other in same)
        for row in rows:
            assert set(row) == {"id", "lang", "told", "same", "different"}
            assert row["same"] or row["different"], row["id"]
            said = " ".join(row["told"]).casefold()
            for name in (name for pair in (*row["same"], *row["different"]) for name in pair):
                assert _is_role(name) or any(n.casefold() in said for n in name.split("|")), (row["id"], name)


def _is_role(name: str) -> bool:
    return name.startswith(("my ", "我")) or "'s " in name or "的" in name


def test_questions_over_read_texts_are_balanced_and_answered_in_groups() -> None:
    rows = _rows("read_questions.jsonl")
    assert len({row["id"] for row in rows}) == len(rows) == len({row["question"] for row in rows})
    assert Counter((row["lang"], bool(row["answers"])) for row in rows) == {
        ("en", True): 100, ("en", False): 100, ("zh", True): 15, ("zh", False): 15,
    }  # fmt: skip
    assert all(group and all(group) for row in rows for group in row["answers"])
    assert all(row["file"] in ("dev", "train") for row in rows if "title" in row)
