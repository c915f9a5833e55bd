"""Tokens and sentences cut the exact text."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nlu.tokens import language_of, split_sentences, tokenize


@given(st.text(max_size=200))
def test_token_offsets_cut_the_exact_text(text: str) -> None:
    tokens = tokenize(text)
    assert all(token.span.of(text) == token.text for token in tokens)
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(tokens))


@given(st.text(max_size=300))
def test_sentences_cover_every_visible_character(text: str) -> None:
    spans = split_sentences(text, longest=40)
    covered = {n for span in spans for n in range(span.start, span.end)}
    assert all(c.isspace() or n in covered for n, c in enumerate(text))
    assert all(0 < span.end - span.start <= 40 for span in spans)


def test_words_clitics_and_addresses_are_tokens() -> None:
    words = [token.text for token in tokenize("I'm at Gudrun's: e_m@x.example, 7.40!")]
    assert words == ["I", "'m", "at", "Gudrun", "'s", ":", "e_m@x.example", ",", "7.40", "!"]


def test_titles_do_not_end_a_sentence() -> None:
    text = "Dr Moss and Mrs. Holt left. 她来了。谁？"
    assert [span.of(text) for span in split_sentences(text)] == ["Dr Moss and Mrs. Holt left.", "她来了。", "谁？"]


def test_language_goes_by_what_carries_the_text() -> None:
    assert language_of("Jasper修什么？") == "zh"
    assert language_of("Where does my cousin 沈若 live?") == "en"
    assert language_of("🙂") == "en"


def test_a_stop_of_initials_or_of_a_title_ends_no_sentence_that_goes_on() -> None:
    text = "Ships of the U.S. fleet came. The son of Rev. Holt sang in the U.S.A. He left."
    assert [span.of(text) for span in split_sentences(text)] == [
        "Ships of the U.S. fleet came.",
        "The son of Rev. Holt sang in the U.S.A.",
        "He left.",
    ]
