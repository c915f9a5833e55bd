"""Greedy longest match over a small vocabulary."""

from nlu.wordpiece import CLS, MASK, PAD, SEP, UNK, Vocabulary

ROWS = [PAD, UNK, CLS, SEP, MASK, "play", "##ing", "##s", "国 國", "1", ",", "850", "elan"]


def _pieces(word: str) -> list[str]:
    vocabulary = Vocabulary(ROWS)
    return [vocabulary.rows[n] for n in vocabulary.pieces(word)]


def test_longest_piece_first() -> None:
    assert _pieces("Playing") == ["play", "##ing"]


def test_traditional_shares_the_row_of_simplified() -> None:
    assert _pieces("國") == _pieces("国")


def test_accents_and_case_fold() -> None:
    assert _pieces("Élan") == ["elan"]


def test_punctuation_parts_a_number() -> None:
    assert _pieces("1,850") == ["1", ",", "850"]


def test_what_is_not_covered_is_unknown() -> None:
    assert _pieces("xyz") == [UNK]
    assert _pieces("play" * 40) == [UNK]
