"""Sentences of a reply: the same however the text arrives, citations kept with them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generation.sentences import split, stream

TEXT = "Dr. Moss lives here [1]. She left in 1.5 hours! [2, 3] 她走了。[4]“真的？”[5] Bye"


@given(st.integers(1, 12))
def test_pieces_of_any_size_give_the_same_sentences(size: int) -> None:
    pieces = [TEXT[i : i + size] for i in range(0, len(TEXT), size)]
    assert tuple(stream(pieces)) == split(TEXT)


@given(st.text(alphabet="ab. !?。！[1]\n ", max_size=60))
def test_nothing_but_blanks_is_lost(text: str) -> None:
    assert "".join("".join(split(text)).split()) == "".join(text.split())


def test_a_sentence_is_given_before_the_text_ends() -> None:
    def endless() -> object:
        yield "One is here [1]. Tw"
        raise AssertionError("asked for more than it needed")

    assert next(iter(stream(endless()))) == "One is here [1]."  # type: ignore[arg-type]
