"""The passage index: exact search, append-only files, crashes, sharing and forgetting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.evidence import Passage
from generation.index import PassageIndex, StaleIndex
from tests.fakes import HashingEncoder

ENCODER = HashingEncoder()


def passages(*texts: str, first: int = 1, episode: int = 1) -> list[Passage]:
    found: list[Passage] = []
    at = 0
    for number, text in enumerate(texts):
        found.append(Passage(first + number, episode, at, at + len(text), text))
        at += len(text) + 1
    return found


def filled(directory: Path, *texts: str) -> PassageIndex:
    index = PassageIndex(directory, ENCODER)
    index.add(passages(*texts), ENCODER.encode(texts))
    return index


def bytes_of(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def test_search_agrees_with_exact_search_in_numpy(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(300, ENCODER.dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = PassageIndex(tmp_path, ENCODER)
    index.add(passages(*[f"w{n}" for n in range(200)]), rows[:200])
    index.search("nothing", rows[0], 1)  # builds the flat index, so that the rest is added to it
    index.add(passages(*[f"w{n}" for n in range(200, 300)], first=201), rows[200:])
    for query in rows[::37]:
        hits = index.search("nothing", query, 10)
        order = np.argsort(-(rows @ query))[:10]
        assert [hit.passage.id for hit in hits] == [int(row) + 1 for row in order]
        np.testing.assert_allclose([hit.dense for hit in hits], (rows @ query)[order], atol=1e-5)


def test_hits_carry_both_scores_whichever_search_found_them(tmp_path: Path) -> None:
    texts = ("The lamp is red.", "The goat ate my hat.", "Boats leave at noon.")
    index = filled(tmp_path, *texts)
    hits = index.search("goat", ENCODER.encode(["Boats leave at noon."])[0], 1)
    assert {hit.passage.text for hit in hits} == {texts[1], texts[2]}
    assert all((hit.bm25 > 0) == ("goat" in hit.passage.text) for hit in hits)
    np.testing.assert_allclose(max(hit.dense for hit in hits), 1.0, atol=1e-5)


def test_adding_twice_is_adding_once(tmp_path: Path) -> None:
    index = filled(tmp_path, "One.", "Two.")
    before = bytes_of(tmp_path)
    assert index.add(passages("One.", "Two."), ENCODER.encode(["One.", "Two."])) == 0
    assert len(index) == 2
    assert bytes_of(tmp_path) == before


def test_saved_then_opened_is_equal(tmp_path: Path) -> None:
    index = filled(tmp_path, "The lamp is red.", "山羊吃了我的帽子。")
    again = PassageIndex(tmp_path, ENCODER)
    query = ENCODER.encode(["山羊"])[0]
    assert again.search("山羊", query, 5) == index.search("山羊", query, 5)


def test_another_program_sees_what_was_added_and_removed(tmp_path: Path) -> None:
    one = filled(tmp_path, "The lamp is red.")
    two = PassageIndex(tmp_path, ENCODER)
    two.add(passages("The goat ate my hat.", first=2), ENCODER.encode(["The goat ate my hat."]))
    query = ENCODER.encode(["goat"])[0]
    assert 2 in {hit.passage.id for hit in one.search("goat", query, 1)}
    one.add(passages("A third.", first=3), ENCODER.encode(["A third."]))
    one.remove([2])
    assert 2 not in {hit.passage.id for hit in two.search("goat", query, 5)}
    assert two.missing([1, 2, 3]) == [2]


def test_remove_leaves_no_byte(tmp_path: Path) -> None:
    index = filled(tmp_path, "The lamp is red.", "My PIN is 7316.", "山羊吃了我的帽子。")
    vector = ENCODER.encode(["My PIN is 7316."])
    assert vector.tobytes() in bytes_of(tmp_path)
    assert index.remove([2, 99]) == 1
    left = bytes_of(tmp_path)
    assert b"7316" not in left
    assert vector.tobytes() not in left
    assert "山羊".encode() in left
    assert {hit.passage.id for hit in index.search("PIN 7316", vector[0], 5)} == {1, 3}
    assert index.remove([2]) == 0


def test_remove_needs_no_encoder(tmp_path: Path) -> None:
    filled(tmp_path, "The lamp is red.", "My PIN is 7316.")
    PassageIndex(tmp_path).remove([2])
    assert b"7316" not in bytes_of(tmp_path)
    with pytest.raises(FileNotFoundError):
        PassageIndex(tmp_path / "elsewhere")


@given(cut=st.integers(0, 400), of_vectors=st.booleans())
def test_a_torn_tail_is_dropped_and_comes_back_from_the_log(
    tmp_path_factory: pytest.TempPathFactory, cut: int, of_vectors: bool
) -> None:
    directory = tmp_path_factory.mktemp("torn")
    texts = ("The lamp is red.", "The goat ate my hat.", "山羊吃了我的帽子。")
    filled(directory, *texts)
    torn = next(directory.glob("vectors-*" if of_vectors else "passages-*"))
    torn.write_bytes(torn.read_bytes()[: max(0, torn.stat().st_size - cut)])
    index = PassageIndex(directory, ENCODER)
    missing = index.missing([1, 2, 3])
    assert missing == [1, 2, 3][len(index) :]
    again = [passage for passage in passages(*texts) if passage.id in missing]
    index.add(again, ENCODER.encode([passage.text for passage in again]))
    for id, text in enumerate(texts, start=1):
        assert index.search("", ENCODER.encode([text])[0], 1)[0].passage.id == id
    assert PassageIndex(directory, ENCODER).missing([1, 2, 3]) == []


def test_what_a_crashed_removal_left_is_swept(tmp_path: Path) -> None:
    filled(tmp_path, "The lamp is red.")
    (tmp_path / "passages-1.jsonl").write_text("half of a new generation")
    (tmp_path / "vectors-1.f32").write_bytes(b"\0" * 100)
    index = PassageIndex(tmp_path, HashingEncoder(32, "other"), rebuild=True)
    assert len(index) == 0
    assert b"half" not in bytes_of(tmp_path)
    assert b"lamp" not in bytes_of(tmp_path)


def test_an_index_of_another_encoder_is_refused_and_rebuilt_when_told(tmp_path: Path) -> None:
    filled(tmp_path, "The lamp is red.")
    other = HashingEncoder(32, "other")
    with pytest.raises(StaleIndex, match="hashing"):
        PassageIndex(tmp_path, other)
    index = PassageIndex(tmp_path, other, rebuild=True)
    assert index.missing([1]) == [1]
    assert PassageIndex(tmp_path, other).missing([1]) == [1]


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99, "encoder": "hashing", "dimension": 64, "generation": 0}'])
def test_a_damaged_or_newer_manifest_says_what_to_do(tmp_path: Path, text: str) -> None:
    filled(tmp_path, "The lamp is red.")
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StaleIndex, match=r"rebuilt|update"):
        PassageIndex(tmp_path, ENCODER)


def test_wrong_shapes_and_lengths_are_refused(tmp_path: Path) -> None:
    index = PassageIndex(tmp_path, ENCODER)
    with pytest.raises(ValueError, match="expected vectors"):
        index.add(passages("One."), np.zeros((1, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="unit"):
        index.add(passages("One."), np.zeros((1, ENCODER.dimension), dtype=np.float32))


@pytest.mark.parametrize("text", ["", "\n\u2028\x85", 'a "quoted"\n\ttext', "🙂\u202eright to left", "x" * 100_000])
def test_hostile_text_survives_saving(tmp_path: Path, text: str) -> None:
    filled(tmp_path, text, "after")
    index = PassageIndex(tmp_path, ENCODER)
    assert index.passage(1).text == text
    assert index.passage(2).text == "after"


def test_neighbours_stay_in_their_episode(tmp_path: Path) -> None:
    index = filled(tmp_path, "One.", "Two.", "Three.")
    index.add(passages("Else.", first=9, episode=2), ENCODER.encode(["Else."]))
    two = index.passage(2)
    assert (index.neighbour(two, -1), index.neighbour(two, 1)) == (index.passage(1), index.passage(3))
    assert index.neighbour(index.passage(3), 1) is None
    assert index.neighbour(index.passage(9), -1) is None


def test_beyond_a_size_the_nearest_are_found_by_cells(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(20, ENCODER.dimension))
    rows = (centres[rng.integers(0, 20, 700)] + 0.3 * rng.normal(size=(700, ENCODER.dimension))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = PassageIndex(tmp_path, ENCODER, exact_up_to=400)
    found: list[float] = []
    for size in (300, 500, 700):  # exact, by cells, and grown after the cells were learned
        have = len(index)
        index.add(passages(*[f"w{n}" for n in range(have, size)], first=have + 1), rows[have:size])
        for query in rows[:size:29]:
            ids = [hit.passage.id for hit in index.search("nothing", query, 10)]
            order = {int(row) + 1 for row in np.argsort(-(rows[:size] @ query))[:10]}
            found.append(len(order & set(ids)) / 10)
            assert size > 400 or order == set(ids)
    assert np.mean(found) > 0.9
    index.remove([1])
    assert len(index.search("nothing", rows[0], 10)) == 10


def test_passages_are_found_by_a_name_and_by_their_place(tmp_path: Path) -> None:
    index = PassageIndex(tmp_path, ENCODER)
    said = [
        Passage(1, 1, 0, 9, "Old York is far.", said_at="2026-03-02T10:00"),
        Passage(2, 1, 9, 20, "We like New-York.", said_at="2026-03-02T10:00"),
        Passage(3, 2, 0, 9, "Yorkshire.", said_at="2026-03-02T11:00"),
        Passage(4, 3, 0, 9, "他住在纽约城。", "New York"),
    ]
    index.add(said, ENCODER.encode([p.text for p in said]))
    assert index.holding("york", 9) == (1, 2)
    assert index.holding("new york", 9) == (2, 4)
    assert index.holding("york", 1) == (1,)
    assert index.holding("纽约", 9) == (4,)
    assert index.holding("the", 9) == index.holding("nowhere", 9) == ()
    assert [index.covering(1, at) for at in (0, 8, 9, 20)] == [said[0], said[0], said[1], None]
    assert [index.beside(p, 1) for p in said] == [said[1], said[2], None, None]
    assert [index.beside(p, -1) for p in said] == [None, said[0], said[1], None]
    judged = index.judge([3, 1], "Yorkshire", ENCODER.encode(["Yorkshire."])[0])
    assert [hit.passage.id for hit in judged] == [3, 1]
    assert judged[0].dense == pytest.approx(1.0, abs=1e-5)
    assert judged[0].bm25 > judged[1].bm25 == 0.0
