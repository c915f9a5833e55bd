"""The reader: exact words, the same answer whatever the batch, and nothing from nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from nlu.corpora import CorpusError
from nlu.reader import Reader, ReaderNetwork, windows
from nlu.training.reader import Alike, examples, loss, steps
from nlu.training.reading_rows import ReadingRow, located, own_rows
from nlu.trunk import TrunkShape
from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

WORDS = "who sings plays does sing swim swims ann bo . ? 谁 唱 歌 弹 琴 安 娜 小 波 。 ？ 吗 会".split()  # noqa: SIM905
VOCABULARY = Vocabulary([PAD, UNK, CLS, SEP, MASK, *WORDS])
ROWS = [
    located("Who sings?", "Ann sings. Bo plays.", ["Ann"]),
    located("Who plays?", "Ann sings. Bo plays.", ["Bo"]),
    located("谁唱歌？", "安娜唱歌。小波弹琴。", ["安娜"]),
    ReadingRow("Who swims?", "Ann sings. Bo plays.", 0, 0, "none"),
    ReadingRow("Does Ann sing?", "Ann sings.", 0, 10, "yes"),
    ReadingRow("Does Bo sing?", "Bo plays.", 0, 9, "no"),
]


def tiny() -> Reader:
    torch.manual_seed(0)
    shape = TrunkShape(len(VOCABULARY), hidden=48, layers=2, heads=4, inner=96)
    return Reader(ReaderNetwork(shape, dropout=0.0).eval(), VOCABULARY)


@pytest.fixture(scope="module")
def learned() -> Reader:
    """A reader that knows six questions by heart."""
    reader, chance = tiny(), random.Random(0)
    alike = Alike(sorted({row.context for row in ROWS}))
    optimiser = torch.optim.Adam(reader.network.parameters(), lr=3e-3)
    reader.network.train()
    for _ in range(80):
        for step in steps(examples(ROWS, VOCABULARY, chance, alike), VOCABULARY, chance):
            optimiser.zero_grad()
            loss(reader.network, step).backward()
            optimiser.step()
    reader.network.eval()
    return reader


def test_six_questions_are_learned_by_heart(learned: Reader) -> None:
    found = learned.read([(row.question, row.context) for row in ROWS])
    words = [row.context[r.start : r.end] for row, r in zip(ROWS[:3], found, strict=False)]
    assert words == ["Ann", "Bo", "安娜"]
    assert [r.answers > 0.5 for r in found] == [True, True, True, False, True, True]
    assert [r.verdict for r in found if r.answers > 0.5] == ["span", "span", "span", "yes", "no"]


def test_the_batch_changes_nothing() -> None:
    reader = tiny()
    pairs = [(row.question, row.context) for row in ROWS]
    together, alone = reader.read(pairs, batch=6), [reader.read([pair])[0] for pair in pairs]
    for one, other in zip(together, alone, strict=True):
        assert (one.start, one.end) == (other.start, other.end)
        assert one.chances == pytest.approx(other.chances, abs=1e-4)


@pytest.mark.parametrize("passage", ["", "   ", "\n"])
def test_nothing_answers_from_nothing(passage: str) -> None:
    reading = tiny().read([("Who sings?", passage)])[0]
    assert (reading.start, reading.end, reading.answers) == (0, 0, 0.0)
    assert tiny().read_long("Who?", passage).answers == 0.0


def test_a_long_passage_is_read_to_its_end(learned: Reader) -> None:
    text = "Bo plays. " * 60 + "Ann sings."
    found = learned.read_long("Who sings?", text)
    assert text[: found.end].endswith("Ann")
    places = windows(text)
    assert len(places) > 1
    assert places[0][0] == 0
    assert places[-1][1] == len(text)


def test_what_is_saved_is_what_is_loaded(learned: Reader, tmp_path: Path) -> None:
    reader = tiny()
    shape = TrunkShape(len(VOCABULARY), layers=1)
    wide = Reader(ReaderNetwork(shape, dropout=0.0).eval(), VOCABULARY)
    wide.save(tmp_path, {"name": "test"})
    again = Reader.load(tmp_path, wide.network.trunk.words.weight.detach())
    pair = [(ROWS[0].question, ROWS[0].context)]
    one, other = wide.read(pair)[0], again.read(pair)[0]
    assert one.chances == pytest.approx(other.chances, abs=0.02)  # weights are kept in 8 bits
    assert not any(name.startswith("trunk.words") for name in (tmp_path / "reader.json").read_text().split('"'))
    assert reader.vocabulary.rows == again.vocabulary.rows


def test_own_texts_give_rows_with_exact_words(tmp_path: Path) -> None:
    path = tmp_path / "read_en.txt"
    path.write_text(
        "@ chat\n> Ann sings.\n> Bo plays.\n? Who plays? | 2 | Bo\ny Does Ann sing? | 1 | yes\n! Who swims?\n", "utf-8"
    )
    rows = list(own_rows([path]))
    assert [row.verdict for row in rows] == ["span", "yes", "none"]
    assert [row.context[row.start : row.end] for row in rows] == ["Bo", "Ann sings.", ""]
    path.write_text("@ chat\n> Ann sings.\n> Bo plays.\n? Who plays? | 1 | Bo\n", "utf-8")
    with pytest.raises(CorpusError, match="doesn't stand in line 1"):
        list(own_rows([path]))
