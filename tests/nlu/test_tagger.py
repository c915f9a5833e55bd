"""The stand-alone tagger: it learns, keeps what it learned on disk, and reads the same whatever it is batched with."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from nlu.batches import collate
from nlu.bioes import spans_of, spell
from nlu.chunks import Window, joined, overlapping, packed, size_of
from nlu.corpora import CorpusError, read_rows
from nlu.folder import WeightsError
from nlu.score_trained import score_tagger
from nlu.tagger import Tagger, TrainedTagger, load_tagger, rows_of, sentences_of
from nlu.training.pace import Pace
from nlu.training.start import starting_trunk
from nlu.training.tagger import train_tagger
from tests.nlu.tiny_trunk import write_tiny_trunk

PEOPLE, DISHES = ("Anna Holt", "Bo", "Tom Reed", "Eva"), ("fig tart", "soup", "rye bread", "tea", "plum jam")
QUICK = Pace(epochs=40, trunk_rate=1e-3, head_rate=1e-2, average=0.9)


def _rows() -> list[dict[str, list[str]]]:
    rows: list[dict[str, list[str]]] = []
    for person in PEOPLE:
        for dish in DISHES:
            named, eaten = person.split(), dish.split()
            tokens = [*named, "likes", "warm", *eaten, "."]
            tags = [*_bio(named, "GUEST"), "O", "O", *_bio(eaten, "DISH"), "O"]
            rows.append({"tokens": tokens, "tags": tags})
    return rows


def _bio(words: list[str], name: str) -> list[str]:
    return [f"{'I' if n else 'B'}-{name}" for n in range(len(words))]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guests" / "train.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(row) + "\n" for row in _rows()), encoding="utf-8")
    return path


@pytest.fixture
def start(tmp_path: Path) -> Path:
    return write_tiny_trunk(tmp_path / "start", {word for row in _rows() for word in row["tokens"]})


def _fresh(start: Path) -> TrainedTagger:
    trunk, vocabulary = starting_trunk(start)
    torch.manual_seed(3)
    network = Tagger(trunk.shape, ["DISH", "GUEST"], lstm=16).eval()
    torch.nn.init.normal_(network.spell.weight)
    return TrainedTagger(network, vocabulary)


def test_twenty_sentences_are_learned_whole_and_survive_storage(file: Path, start: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert train_tagger([file], out, dev=file, start=start, pace=QUICK) == 1.0
    tagger = load_tagger(out)
    scores = score_tagger(tagger, file)
    assert (scores.precision, scores.recall, scores.f1, scores.examples) == (1.0, 1.0, 1.0, 20)
    assert scores.by_type == (("DISH", 1.0), ("GUEST", 1.0))
    assert tagger.read([["Tom", "Reed", "likes", "warm", "tea", "."], []]) == [[(0, 2, "GUEST"), (4, 5, "DISH")], []]
    assert json.loads((out / "tagger.json").read_text(encoding="utf-8"))["dev_f1"] == 1.0


def test_a_tagger_is_taken_up_again_where_it_stopped(file: Path, start: Path, tmp_path: Path) -> None:
    train_tagger([file], tmp_path / "out", start=start, pace=QUICK)
    still = Pace(epochs=1, trunk_rate=0.0, head_rate=0.0)
    train_tagger([file], tmp_path / "again", start=tmp_path / "out", pace=still)
    assert score_tagger(load_tagger(tmp_path / "again"), file).f1 == 1.0


def test_names_map_and_unused_types_are_left_out(file: Path, start: Path, tmp_path: Path) -> None:
    train_tagger([file], tmp_path / "out", start=start, pace=QUICK)
    other = tmp_path / "other.jsonl"
    row = {"tokens": ["Bo", "likes", "warm", "soup", "."], "tags": ["B-PERSON", "O", "O", "O", "O"]}
    other.write_text(json.dumps(row) + "\n", encoding="utf-8")
    tagger = load_tagger(tmp_path / "out")
    assert score_tagger(tagger, other).f1 == 0.0
    assert score_tagger(tagger, other, {"GUEST": "PERSON"}).f1 == 1.0


def _scores(tagger: TrainedTagger, sentences: Sequence[Sequence[Sequence[str]]]) -> torch.Tensor:
    """Return the label scores of chunks of sentences, [S, W', L]."""
    chunks = [rows_of(chunk, tagger.vocabulary) for chunk in sentences]
    batch = collate([joined(chunk, tagger.vocabulary) for chunk in chunks], tagger.vocabulary)
    lengths = [[len(row.cases) for row in chunk] for chunk in chunks]
    with torch.no_grad():
        return tagger.network(batch, sentences_of(lengths, batch.cases.shape[1]))


def test_padding_and_batch_order_change_no_score(start: Path) -> None:
    tagger = _fresh(start)
    first, second, third = (row["tokens"] for row in (_rows()[0], _rows()[6], _rows()[13]))
    together = _scores(tagger, [[first, second], [third]])
    turned = _scores(tagger, [[third], [first, second]])
    alone = _scores(tagger, [[third]])
    assert torch.allclose(together[2, : len(third)], alone[0], atol=1e-4)
    assert torch.allclose(turned[1:, : together.shape[1]], together[:2, : turned.shape[1]], atol=1e-4)


def test_a_sentence_sees_its_neighbours(start: Path) -> None:
    tagger = _fresh(start)
    first, second = _rows()[0]["tokens"], _rows()[6]["tokens"]
    context = _scores(tagger, [[first, second]])[1, : len(second)]
    assert not torch.allclose(context, _scores(tagger, [[second]])[0], atol=1e-4)


def test_reading_gives_one_answer_a_sentence_whatever_the_batch(start: Path) -> None:
    tagger = _fresh(start)
    sentences = [row["tokens"] for row in _rows() * 3]
    assert tagger.read(sentences, batch=1) == tagger.read(sentences, batch=7)
    assert len(tagger.read(sentences)) == len(sentences)


def test_windows_keep_every_sentence_once() -> None:
    sizes = [5, 3, 40, 2, 2, 7, 1, 1, 9, 12]
    for windows in (packed(sizes, 12), packed(sizes, 12, first_room=4), overlapping(sizes, 20, 6)):
        assert [n for w in windows for n in range(w.keep_first, w.keep_last)] == list(range(len(sizes)))
        for w in windows:
            assert w.first <= w.keep_first < w.keep_last <= w.last
            assert sum(sizes[w.first : w.last]) <= 20 or w.last - w.first == 1
    assert overlapping([4, 4, 4, 4], 16, 4) == [Window(0, 4, n, n + 1) for n in range(4)]


def test_joined_rows_keep_every_token(start: Path) -> None:
    _, vocabulary = starting_trunk(start)
    rows = rows_of([["Bo", "likes"], ["warm", "tea"]], vocabulary)
    row = joined(rows, vocabulary)
    assert row == rows_of([["Bo", "likes", "warm", "tea"]], vocabulary)[0]
    assert size_of(row) == 4


def test_spans_survive_bioes() -> None:
    spans = [(0, 1, "A-B"), (1, 4, "A-B"), (5, 7, "C")]
    assert spans_of(spell(spans, 8)) == spans
    assert spans_of(spell([(6, 9, "C")], 8)) == []


def test_rows_without_tags_are_refused(tmp_path: Path, start: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"tokens": ["a", "b"], "tags": ["O"]}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match="row 1: expected 'tokens' and as many 'tags'"):
        train_tagger([path], tmp_path / "out", start=start, pace=QUICK)
    assert list(read_rows(path))
    with pytest.raises(WeightsError, match="is missing; give the --out folder"):
        load_tagger(tmp_path / "out")
