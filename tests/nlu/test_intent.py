"""The text classifier: it learns, keeps what it learned on disk, knows what lies out of scope, and padding changes nothing."""

import json
import random
from pathlib import Path

import pytest
import torch

from nlu.batches import LONGEST_PIECES, sub_words
from nlu.corpora import CorpusError
from nlu.folder import WeightsError
from nlu.intent import INTENT, OUT_OF_SCOPE, SENTIMENT, TextNetwork, TrainedTexts, load_texts
from nlu.score_texts import score_texts
from nlu.training.intents import FALSE_OOS, Labelled, calibrated, loss, split_rows, train_texts
from nlu.training.pace import Pace
from nlu.training.start import starting_trunk
from tests.nlu.tiny_trunk import write_tiny_trunk

QUICK = Pace(epochs=30, trunk_rate=2e-3, head_rate=1e-2, average=0.9)
ENDS = ("please", "now", "again", "here", "today")
BEGINNINGS = (
    ("play music", "play"),
    ("weather in town", "weather"),
    ("book a table", "book"),
    ("zig zag", OUT_OF_SCOPE),
)
TWENTY = [{"text": f"{text} {end}", "intent": label, "lang": "en"} for text, label in BEGINNINGS for end in ENDS]


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return _write(tmp_path / "train.jsonl", TWENTY)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    return write_tiny_trunk(tmp_path / "start", {word for row in TWENTY for word in row["text"].split()})


@pytest.fixture
def fresh(start: Path) -> TrainedTexts:
    trunk, vocabulary = starting_trunk(start)
    torch.manual_seed(4)
    return TrainedTexts(TextNetwork(trunk.shape, ["play", "weather", "book"]).eval(), vocabulary)


def test_twenty_texts_are_learned_whole_and_survive_storage(file: Path, start: Path, tmp_path: Path) -> None:
    assert train_texts([file], tmp_path / "out", "intent", dev=file, start=start, pace=QUICK) == 1.0
    scores = score_texts(load_texts(tmp_path / "out", INTENT), file, "intent")
    assert (scores.accuracy, scores.in_scope_accuracy, scores.macro_f1) == (1.0, 1.0, 1.0)
    assert (scores.oos_recall, scores.false_oos, scores.examples) == (1.0, 0.0, 20)
    assert [p.predicted for p in scores.predictions] == [row["intent"] for row in TWENTY]
    assert scores.ece < 0.2
    card = json.loads((tmp_path / "out" / "intent.json").read_text(encoding="utf-8"))
    assert len(card["trunk_id"]) == 12


def test_without_texts_out_of_scope_nothing_is_rejected(start: Path, tmp_path: Path) -> None:
    rows = [{"text": row["text"], "label": row["intent"]} for row in TWENTY if row["intent"] != OUT_OF_SCOPE]
    file = _write(tmp_path / "rows.jsonl", rows)
    train_texts([file], tmp_path / "out", "label", stem=SENTIMENT, start=start, pace=QUICK)
    texts = load_texts(tmp_path / "out", SENTIMENT)
    assert texts.calibration.reach is None
    assert score_texts(texts, file, "label").accuracy == 1.0
    assert texts.read(["zig zag zig zag"])[0].label != OUT_OF_SCOPE
    assert score_texts(texts, file, "label").oos_recall is None


def test_what_is_calibrated_is_what_is_loaded(fresh: TrainedTexts) -> None:
    rows = [(f"{text} {end} {more}", label) for text, label in BEGINNINGS for end in ENDS for more in ENDS]
    split = split_rows(rows, random.Random(0))
    assert len(split.held_out) == 4 * (25 // 10)
    texts = calibrated(fresh, split)
    assert texts.calibration.reach is not None
    held_out = texts.network.distance(texts.vectors([one.text for one in split.held_out if one.label >= 0]))
    assert (held_out > texts.calibration.reach + 1e-4).float().mean() <= FALSE_OOS


def test_padding_and_batch_order_change_no_vector(fresh: TrainedTexts) -> None:
    short, long = "play music", "book a table in town please now again"
    both, turned, alone = (fresh.vectors(texts) for texts in ([short, long], [long, short], [short]))
    assert torch.allclose(both[0], alone[0], atol=1e-5)
    assert torch.allclose(both, turned.flip(0), atol=1e-5)
    assert torch.allclose(both.norm(dim=1), torch.ones(2), atol=1e-5)
    assert fresh.read([]) == []
    assert len(fresh.read(["", "?!"])) == 2


def test_a_long_text_is_cut(fresh: TrainedTexts) -> None:
    assert sub_words(["play " * 5000], fresh.vocabulary)[0].shape == (1, LONGEST_PIECES)


def test_exposure_pays_for_being_sure_of_a_text_without_label(fresh: TrainedTexts) -> None:
    known = [Labelled("play music", 0), Labelled("book a table", 2)]
    alone, exposed = (
        loss(fresh.network, step, fresh.vocabulary) for step in (known, [*known, Labelled("zig zag", -1)])
    )
    assert exposed > alone


def test_wrong_rows_are_refused(file: Path, start: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"row 1: expected 'text' and 'label'"):
        train_texts([file], tmp_path / "out", "label", start=start, pace=QUICK)
    one = _write(tmp_path / "one.jsonl", TWENTY[:3])
    with pytest.raises(CorpusError, match="expected two labels at least, found \\['play'\\]"):
        train_texts([one], tmp_path / "out", "intent", start=start, pace=QUICK)
    with pytest.raises(WeightsError, match="is missing"):
        load_texts(tmp_path, INTENT)
