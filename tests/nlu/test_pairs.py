"""The stand-alone relation classifier: it learns, keeps what it learned on disk, and padding changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from nlu.corpora import CorpusError
from nlu.folder import WeightsError
from nlu.pairs import HEAD, ROOM, TAIL, PairNetwork, PairRow, TrainedPairs, load_pairs, pair_batch, pair_row
from nlu.score_trained import score_pairs
from nlu.training.pace import Pace
from nlu.training.pairs import contrast, train_pairs
from nlu.training.start import starting_trunk
from tests.nlu.tiny_trunk import write_tiny_trunk

PEOPLE = ("Anna", "Bo", "Tom", "Eva", "Kim")
QUICK = Pace(epochs=30, trunk_rate=2e-3, head_rate=1e-2, average=0.9)


def _rows() -> list[dict[str, Any]]:
    """Return sentences of which only the order of head and tail tells two relations apart."""
    rows: list[dict[str, Any]] = []
    for verb, there, back in (("teaches", "teacher of", "student of"), ("hired", "employer", "employee")):
        for n, person in enumerate(PEOPLE):
            tokens = ["Now", person, verb, PEOPLE[n - 1], "."]
            first, second = {"start": 1, "end": 2, "type": "PERSON"}, {"start": 3, "end": 4}
            rows.append({"tokens": tokens, "head": first, "tail": second, "relation": there})
            rows.append({"tokens": tokens, "head": second, "tail": first, "relation": back})
    return rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in _rows()), encoding="utf-8")
    return path


@pytest.fixture
def start(tmp_path: Path) -> Path:
    words = {word for row in _rows() for word in (*row["tokens"], *row["relation"].split())}
    return write_tiny_trunk(tmp_path / "start", words)


@pytest.fixture
def fresh(start: Path) -> TrainedPairs:
    trunk, vocabulary = starting_trunk(start)
    torch.manual_seed(4)
    network = PairNetwork(trunk.shape, ["a", "b"], ["PERSON"]).eval()
    torch.nn.init.normal_(network.kinds.weight)
    return TrainedPairs(network, vocabulary)


def test_twenty_pairs_are_learned_whole_and_survive_storage(file: Path, start: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert train_pairs([file], out, dev=file, start=start, pace=QUICK) == 1.0
    pairs = load_pairs(out)
    scores = score_pairs(pairs, file)
    assert (scores.accuracy, scores.micro_f1, scores.examples) == (1.0, 1.0, 20)
    assert dict(scores.by_relation) == dict.fromkeys(("teacher of", "student of", "employer", "employee"), 1.0)
    assert [p.predicted for p in scores.predictions] == [row["relation"] for row in _rows()]


def test_micro_f1_leaves_out_pairs_without_relation(file: Path, start: Path, tmp_path: Path) -> None:
    train_pairs([file], tmp_path / "out", start=start, pace=QUICK)
    rows = _rows()
    rows[0]["relation"] = "no_relation"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    scores = score_pairs(load_pairs(tmp_path / "out"), file)
    assert scores.accuracy == 0.95
    assert scores.micro_f1 == pytest.approx(2 * 19 / 39)


def test_padding_and_batch_order_change_no_vector(fresh: TrainedPairs) -> None:
    short = PairRow(("Bo", "teaches", "Eva"), (0, 1), (2, 3), "PERSON")
    long = PairRow(("Now", "Tom", "hired", "Kim", "."), (3, 4), (1, 2))
    both, turned, alone = (fresh.vectors(rows) for rows in ([short, long], [long, short], [short]))
    assert torch.allclose(both[0], alone[0], atol=1e-5)
    assert torch.allclose(both, turned.flip(0), atol=1e-5)
    assert torch.allclose(both.norm(dim=1), torch.ones(2), atol=1e-5)
    assert fresh.read([]) == []


def test_direction_and_type_are_seen(fresh: TrainedPairs) -> None:
    tokens = ("Bo", "teaches", "Eva")
    there, back, typed = fresh.vectors([PairRow(tokens, (0, 1), (2, 3)), PairRow(tokens, (2, 3), (0, 1)),
                                        PairRow(tokens, (0, 1), (2, 3), "PERSON")])  # fmt: skip
    assert not torch.allclose(there, back, atol=1e-3)
    assert not torch.allclose(there, typed, atol=1e-3)


def test_a_long_sentence_is_cut_around_its_mentions(fresh: TrainedPairs) -> None:
    row = PairRow(("Now",) * 400, (5, 7), (380, 381))
    batch = pair_batch([row], [], fresh.vocabulary)
    assert batch.ids.shape[1] == ROOM + 6
    assert (batch.marks == HEAD).sum() == (batch.marks == TAIL).sum() == 1


def test_contrast_is_least_where_the_same_relation_stands_together() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert contrast(vectors, labels) < 0.01 < contrast(vectors[[0, 2, 1, 3]], labels)
    assert contrast(vectors, torch.arange(4)) == 0


def test_wrong_rows_are_refused(tmp_path: Path, start: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"tokens": ["a"], "head": {"start": 0, "end": 2}, "tail": {"start": 0, "end": 1}, "relation": "r"}\n'
    )
    with pytest.raises(CorpusError, match=r"row 1: a mention \[0, 2\) does not stand within 1 tokens"):
        train_pairs([path], tmp_path / "out", start=start, pace=QUICK)
    with pytest.raises(ValueError, match="does not stand within"):
        pair_row({"tokens": ["a"], "head": {"start": 0, "end": 0}, "tail": {"start": 0, "end": 1}})
    with pytest.raises(WeightsError, match="is missing"):
        load_pairs(tmp_path)
