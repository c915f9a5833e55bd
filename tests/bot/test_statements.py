"""What counts as learned: any of the names, either direction of mirrored properties, and nothing beside what is annotated."""

from collections.abc import Mapping, Sequence

import pytest

from bot.assemble.statements import statement_figures
from kg.ontology import Ontology
from nlu.score import Prediction

ROW: dict[str, object] = {
    "text": "My aunt Vera lives in Upper Mill.",
    "kind": "statement",
    "facts": [{"s": ["Vera", "my aunt"], "p": ["P551"], "o": ["Upper Mill"]}],
    "allowed": [{"s": ["me"], "p": ["P1038"], "o": ["Vera"]}],
}


def _figures(*rows: tuple[Mapping[str, object], Sequence[tuple[str, str, str]]]) -> dict[str, object]:
    made = [Prediction(row, [{"s": s, "p": p, "o": o} for s, p, o in said]) for row, said in rows]
    return {score.key: score.value for score in statement_figures(made, Ontology.load())}


def test_any_name_will_do_and_what_is_allowed_is_right() -> None:
    found = _figures((ROW, [("my aunt", "P551", "the Upper Mill"), ("Vera", "P1038", "me")]))
    assert (found["precision"], found["recall"]) == (1.0, 1.0)


@pytest.mark.parametrize(("triple", "right"), [(("Vera", "P21", "female"), True), (("Vera", "P106", "aunt"), False)])
def test_what_is_not_annotated_is_wrong_but_for_what_goes_without_saying(
    triple: tuple[str, str, str], right: bool
) -> None:
    found = _figures((ROW, [("Vera", "P551", "Upper Mill"), triple]))
    assert (found["precision"] == 1.0) is right
    assert found["recall"] == 1.0


def test_a_mirrored_property_counts_from_the_other_end() -> None:
    row = {"facts": [{"s": ["Bo"], "p": ["P22"], "o": ["Al"]}], "kind": "statement"}
    assert _figures((row, [("Al", "P40", "Bo")]))["recall"] == 1.0


def test_non_statements_count_when_they_teach_something_wrong() -> None:
    quiet: dict[str, object] = {"kind": "non-statement", "facts": []}
    found = _figures((quiet, [("Bo", "P551", "Oslo")]), (quiet, []))
    assert found["non_statements_learned"] == 0.5
