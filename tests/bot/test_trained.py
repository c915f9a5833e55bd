"""Text classifiers from the command line's orders: what is trained is measured under the keys that were promised."""

import json
from pathlib import Path

import pytest

from bot.assemble.trained import evaluate_own, is_own, train_own
from bot.system import EvaluationOrder, TrainingOrder, UsageError
from tests.nlu.tiny_trunk import write_tiny_trunk

TEXTS = (
    ("play music", "play"),
    ("play a song", "play"),
    ("rain in town", "weather"),
    ("snow in town", "weather"),
    ("zig", "oos"),
)
INTENT_KEYS = ["accuracy", "in_scope_accuracy", "oos_recall", "false_oos", "macro_f1", "ece", "examples", "texts_per_s"]


@pytest.mark.parametrize(
    ("task", "key", "keys"),
    [("intent", "intent", INTENT_KEYS), ("sentiment", "label", ["accuracy", "macro_f1", "examples"])],
)
def test_text_classifiers_are_trained_and_measured(task: str, key: str, keys: list[str], tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out"
    rows.write_text("".join(json.dumps({"text": text, key: label}) + "\n" for text, label in TEXTS), encoding="utf-8")
    start = write_tiny_trunk(tmp_path / "start", {word for text, _ in TEXTS for word in text.split()})
    train_own(TrainingOrder(task, (rows,), rows, out, "cpu", resume=False, start=start, minutes=0.02), "cpu")
    train_own(TrainingOrder(task, (rows,), None, out, "cpu", resume=True, minutes=0.02), "cpu")
    order = EvaluationOrder(task, rows, out, None, None)
    assert is_own(order)
    figures, predictions = evaluate_own(order, "cpu")
    assert [figure.key for figure in figures] == keys
    assert [prediction.row["text"] for prediction in predictions] == [text for text, _ in TEXTS]
    with pytest.raises(UsageError, match=f"evaluate {task} needs --model"):
        evaluate_own(EvaluationOrder(task, rows, None, None, None), "cpu")
