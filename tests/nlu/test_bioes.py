"""Spans become BIOES labels and come back."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nlu import bioes
from nlu.parse import Tag


@st.composite
def _spans(draw: st.DrawFn) -> tuple[list[bioes.TokenSpan], int]:
    spans: list[bioes.TokenSpan] = []
    at = 0
    for _ in range(draw(st.integers(0, 5))):
        start = at + draw(st.integers(0, 3))
        end = start + draw(st.integers(1, 4))
        spans.append((start, end, draw(st.sampled_from(list(Tag)))))
        at = end
    return spans, at + draw(st.integers(0, 3))


@given(_spans())
def test_spans_survive_the_round_trip(case: tuple[list[bioes.TokenSpan], int]) -> None:
    spans, length = case
    assert bioes.decode(bioes.encode(spans, length)) == spans


@given(_spans())
def test_encoded_labels_obey_the_rules(case: tuple[list[bioes.TokenSpan], int]) -> None:
    labels = bioes.encode(*case)
    assert all(bioes.may_follow(a, b) for a, b in itertools.pairwise(labels))


def test_overlapping_spans_keep_the_first() -> None:
    labels = bioes.encode([(0, 2, Tag.PERSON), (1, 3, Tag.LOCATION)], 3)
    assert bioes.decode(labels) == [(0, 2, Tag.PERSON)]


def test_broken_pieces_are_dropped() -> None:
    assert bioes.decode([bioes.INDEX["I-PER"], bioes.INDEX["E-PER"], bioes.INDEX["B-LOC"]]) == []
