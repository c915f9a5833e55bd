"""Measuring retrieval: folders in, recall by way and depth out; and the edges that a memory's facts add."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.assemble.bonds import Bonds
from bot.assemble.retrieving import WAYS, ask_all, corpora, figures, predictions
from bot.system import UsageError
from generation.evidence import Passage
from generation.index import PassageIndex
from kg.fact import Draft, NodeKind, Source
from kg.memory import Memory
from tests.fakes import HashingEncoder

ENCODER = HashingEncoder(64)
CASES = Path(__file__).parent.parent.parent / "benchmarks" / "cases" / "focus.jsonl"


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_a_library_is_measured_by_every_way(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "title": "Grey Harbour", "text": "A novel by Ottilie Brandt."},
        {"id": "b", "title": "Ottilie Brandt", "text": "She was born in Vestmark."},
        {"id": "c", "title": "Bread", "text": "Bread is baked."},
    ]
    (tmp_path / "corpus.jsonl.gz").write_bytes(gzip.compress(lines(rows).encode()))
    asked = {"question": "Where was the author of Grey Harbour born?", "relevant": ["a", "b"]}
    (tmp_path / "queries.jsonl").write_text(lines([asked, {"question": "Why?", "relevant": []}]), encoding="utf-8")
    (corpus,) = corpora("retrieval", tmp_path)
    found = list(ask_all(corpus, ENCODER))
    assert [one.question.text for one in found] == [asked["question"]]
    assert set(found[0].found["graph"][:2]) == {"a", "b"}
    assert found[0].recall("graph", 2) == 1.0
    assert [score.key for score in figures(found)] == [*WAYS, "p50_ms", "examples"]
    (row,) = predictions(found)
    assert isinstance(row.predicted, dict)
    assert (row.row, {*row.predicted}) == (asked, set(WAYS))


def test_a_conversation_is_measured_over_its_turns(tmp_path: Path) -> None:
    turns = [
        {"id": "D1:1", "speaker": "Ida", "text": "What does Bo play?"},
        {"id": "D1:2", "speaker": "Bo", "text": "Harp."},
    ]
    talk = {"id": "7", "sessions": [{"session": 1, "date": "8 May, 2023", "turns": turns}]}
    (tmp_path / "conversations.jsonl").write_text(lines([talk]), encoding="utf-8")
    row = {"conversation": "7", "question": "What does Bo play?", "evidence": ["D1:2"]}
    (tmp_path / "questions.jsonl").write_text(lines([row]), encoding="utf-8")
    (corpus,) = corpora("memory", tmp_path)
    assert corpus.passages[1].text == "8 May, 2023 Bo: Harp."
    (found,) = ask_all(corpus, ENCODER)
    assert found.recall("graph", 2) == 1.0


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no corpus"):
        corpora("retrieval", tmp_path)
    with pytest.raises(UsageError, match="directory"):
        corpora("memory", tmp_path / "none")
    with pytest.raises(UsageError, match="no question"):
        figures([])


def test_facts_join_a_passage_to_whom_it_only_calls_she(tmp_path: Path) -> None:
    with Memory(tmp_path / "memory") as memory:
        text = "Hilde is here. She married Torben."
        episode = memory.record("say", "owner", text, "2026-03-02T10:00:00+00:00")
        hilde, torben = (memory.new_node(name, NodeKind.NAMED, "PER", episode=episode) for name in ("Hilde", "Torben"))
        memory.add_label(hilde.iri, "Hilde Dahl", episode=episode)
        source = Source(episode, 15, 34, "owner", "2026-03-02T10:00:00+00:00", "test")
        memory.add(Draft(hilde.iri, "P26", torben.iri, source))
        index = PassageIndex(tmp_path / "index", ENCODER)
        said = [Passage(1, episode, 0, 14, text[:14]), Passage(2, episode, 15, 34, text[15:])]
        index.add(said, ENCODER.encode([p.text for p in said]))
        bonds = Bonds(memory, index)
        assert bonds.near(1) == []
        assert {name for name, _ in bonds.near(2)} == {"hilde", "torben"}
        assert {node for node, _ in bonds.near("hilde")} == {"hilde dahl", "torben", 2}
        assert bonds.near("nobody") == []
        index.remove([2])
        assert {node for node, _ in bonds.near("hilde")} == {"hilde dahl", "torben"}


def test_the_dialogues_of_the_focus_benchmark_are_well_formed() -> None:
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    assert Counter(row["lang"] for row in rows) == {"en": 36, "zh": 36}
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        told = "".join(row["told"])
        assert all(name in told for name in (*row["answer"], *row["wrong"])), row["id"]
