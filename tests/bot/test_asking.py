"""Questions over a graph's file: what is taught in two languages is answered, two topics join, and what is unknown stays so."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.assemble.asking import evaluate_questions, open_search, train_questions
from bot.system import EvaluationOrder, TrainingOrder, UsageError

PLACES = ("Ostrel", "Vinmark", "Tolby", "Hask")
PEOPLE = ("Ada Quill", "Bo Tarn", "Cy Wren", "Di Moss", "Ed Lark", "Flo Pike")
NAMES = ("林一", "王二", "张三", "李四", "赵五", "钱六")


def _write(folder: Path) -> tuple[Path, Path]:
    """Write a small world of people, their homes and trades, and questions about it."""
    triples: list[tuple[str, str, str]] = []
    rows: list[Mapping[str, object]] = []
    for n, (person, name) in enumerate(zip(PEOPLE, NAMES, strict=True)):
        place, boss, chief = PLACES[n % 4], PEOPLE[n - 1], NAMES[n - 1]
        triples += [
            (person, "lives_in", place),
            (person, "works_for", boss),
            (name, "出生地", place),
            (name, "老师", chief),
        ]
        rows += [
            {"question": f"where does {person} live", "topic_entity": person, "path": ["lives_in"], "answers": [place]},
            {"question": f"who is the boss of {person}", "topic_entity": person, "path": ["works_for"], "answers": [boss]},
            {"question": f"where does the boss of {person} live", "topic_entity": person,
             "path": ["works_for", "lives_in"], "answers": [PLACES[(n - 1) % len(PEOPLE) % 4]]},
            {"question": f"{name}的老师是谁？", "topic_entity": name, "relation": "老师", "answers": [chief]},
            {"question": f"{name}生在哪里？", "topic_entity": name, "relation": "出生地", "answers": [place]},
        ]  # fmt: skip
    graph, file = folder / "kb.tsv", folder / "rows.jsonl"
    graph.write_text("".join("\t".join(t) + "\n" for t in triples), encoding="utf-8")
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return graph, file


def test_a_tiny_world_is_learned_and_asked(tmp_path: Path) -> None:
    graph, rows = _write(tmp_path)
    out = tmp_path / "out"
    train_questions(TrainingOrder("questions", (rows,), None, out, "cpu", resume=False, minutes=1, graph=graph))
    figures, predictions = evaluate_questions(EvaluationOrder("questions", rows, out, graph, None))
    values = {figure.key: figure.value for figure in figures}
    assert list(values) == ["hits_at_1", "f1", "exact", "answered", "p50_ms", "p95_ms", "examples"]
    assert values["exact"] == 1
    assert len(predictions) == values["examples"] == 5 * len(PEOPLE)
    search = open_search(graph, out)
    asked = search.answer("Where does the boss of Di Moss live?")
    assert asked.names == ("Tolby",)
    assert asked.path == "Di Moss › works for › lives in"
    assert "<urn:named:Di%20Moss> <urn:named:works_for> ?x0_0 ." in asked.sparql
    assert search.answer("他生在哪里？", ["你认识张三吗？", "认识。"]).names == ("Tolby",)
    assert search.answer("and what about nobody at all").names == ()


def test_a_graph_is_needed(tmp_path: Path) -> None:
    _, rows = _write(tmp_path)
    with pytest.raises(UsageError, match="needs --graph KB"):
        train_questions(TrainingOrder("questions", (rows,), None, tmp_path, "cpu", resume=False))
    with pytest.raises(UsageError, match="needs --graph KB"):
        evaluate_questions(EvaluationOrder("questions", rows, None, None, None))
