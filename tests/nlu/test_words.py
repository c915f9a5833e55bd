"""What the dictionary and the graph say of a sentence's tokens."""

from nlu.tokens import tokenize
from nlu.words import KNOWN_ROWS, WORD_ROWS, known, mark_known, starts_word, stretches, word_rows


def test_every_chinese_character_has_a_place_in_its_word_and_nothing_else_has() -> None:
    tokens = tokenize("Ann在北京大学读书, ok 3")
    rows = word_rows(tokens)
    assert len(rows) == len(tokens)
    assert all(0 <= row < WORD_ROWS for row in rows)
    assert [bool(row) for row in rows] == [t.text >= "一" for t in tokens]
    words = [t.text for t, row in zip(tokens, rows, strict=True) if row and starts_word(row)]
    assert words == ["在", "北", "读"]


def test_a_traditional_sentence_is_cut_like_its_simplified_form() -> None:
    simplify = {"學": "学", "書": "书", "讀": "读"}
    assert word_rows(tokenize("在大學讀書"), simplify) == word_rows(tokenize("在大学读书"))


def test_an_address_that_begins_with_chinese_is_no_word() -> None:
    tokens = tokenize("张三@x.com 好")
    assert len(word_rows(tokens)) == len(tokens)
    assert word_rows(tokens)[0] == 0


def test_the_longest_known_name_wins() -> None:
    tokens = tokenize("Ask Ann Holt of Holt & Sons")
    rows = known(tokens, {"Ann Holt", "Holt"})
    assert [row > 0 for row in rows] == [False, True, True, False, True, False, False]
    assert all(row < KNOWN_ROWS for row in rows)
    assert known(tokens, frozenset()) == (0,) * len(tokens)


def test_marks_say_where_a_known_name_begins_and_ends() -> None:
    rows = [0] * 4
    mark_known(rows, 0, 3)
    mark_known(rows, 3, 4)
    assert len(set(rows)) == 4


def test_stretches_neither_begin_nor_end_with_a_mark() -> None:
    found = set(stretches("(Ann Holt), 北京", longest=4))
    assert {"Ann", "Ann Holt", "北京"} <= found
    assert not any(s[0] in "(,)" or s[-1] in "(,)" for s in found)
