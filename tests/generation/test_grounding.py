"""The grounding check under attack: what evidence doesn't hold doesn't get through, what it holds does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.evidence import Evidence
from generation.grounding import check, citations
from generation.numerals import values

EVIDENCE = (
    Evidence(1, "Marta Quist lives in Hollow Bay since 3 May 1954.", 1.0, 1, 0, 49),
    Evidence(2, "The old ferry carries twenty-three cars and never sails at night.", 1.0, 1, 50, 110),
    Evidence(3, "李秀兰老师住在三号楼，她2019年5月搬来。", 1.0, 2, 0, 22),
    Evidence(4, "吴建国不吃花生。", 1.0, 2, 22, 30),
)
QUESTION = "Where does Marta live? 李老师住在哪里？"


def kept(draft: str) -> tuple[str, ...]:
    return tuple(sentence.text for sentence in check(draft, EVIDENCE, QUESTION).kept)


@pytest.mark.parametrize(
    "draft",
    [
        "Marta Quist lives in Hollow Bay [1].",
        "Marta has lived in Hollow Bay since May 1954 [1].",
        "She lives in Hollow Bay. [1]",
        "The ferry carries 23 cars [2].",
        "The ferry never sails at night [2].",
        "李秀兰老师住在三号楼[3]。",
        "李老师住在3号楼。[3]",
        "她是2019年5月搬来的【3】。",
        "吴建国不吃花生[4]。",
    ],
)
def test_what_evidence_says_is_kept(draft: str) -> None:
    assert check(draft, EVIDENCE, QUESTION).dropped == ()
    assert kept(draft) == (draft,)


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ("Marta Quist lives in Hollow Bay.", "cites nothing"),
        ("Marta Quist lives in Hollow Bay [7].", "isn't there"),
        ("Marta Quist lives in Hollow Bay [1, 9].", "isn't there"),
        ("Marta Quist lives in Port Azure [1].", "name"),
        ("Hollow Quist lives in Marta Bay [1].", "name"),
        ("Bertram lives in Hollow Bay [1].", "name"),
        ("Marta Quist lives in Hollow Bay since 1955 [1].", "number"),
        ("Marta Quist lives in Hollow Bay since June 1954 [1].", "date"),
        ("The ferry carries twenty-four cars [2].", "number"),
        ("The ferry carries 23 cars [1].", "number"),
        ("The ferry sails at night [2].", "denies"),
        ("Marta Quist doesn't live in Hollow Bay [1].", "denies"),
        ("Marta keeps bees, poisons neighbours and steals jewels [1].", "more than"),
        ("王老师住在三号楼[3]。", "more than"),
        ("李秀兰住在四号楼[3]。", "number"),
        ("李秀兰住在三号楼。", "cites nothing"),
        ("李秀兰住在北京市[3]。", "more than"),
        ("她2019年6月搬来[3]。", "number"),
        ("吴建国吃花生[4]。", "denies"),
        ("兰秀李住在三号楼[3]。", "more than"),
    ],
)
def test_what_evidence_lacks_is_dropped_with_its_rule(draft: str, reason: str) -> None:
    checked = check(draft, EVIDENCE, QUESTION)
    assert checked.kept == ()
    assert reason in checked.dropped[0]


def test_only_the_false_sentence_goes() -> None:
    draft = "Marta Quist lives in Hollow Bay [1]. She is from Atlantis [1]. The ferry carries 23 cars [2]."
    checked = check(draft, EVIDENCE, QUESTION)
    assert checked.used == (1, 2)
    assert "Atlantis" not in checked.text
    assert len(checked.dropped) == 1


def test_a_reason_repeats_no_word_of_the_draft() -> None:
    assert "Zanzibar" not in "".join(check("Marta is from Zanzibar [1].", EVIDENCE, QUESTION).dropped)


def test_a_title_may_be_named() -> None:
    evidence = (Evidence(1, "The lamp is red.", 1.0, 1, 0, 16, title="Harbour Almanac"),)
    assert check("Harbour Almanac: the lamp is red [1].", evidence, "").dropped == ()


@given(st.text(max_size=60))
def test_a_draft_without_citation_never_passes(draft: str) -> None:
    if not citations(draft):
        assert check(draft, EVIDENCE, QUESTION).kept == ()


@given(st.integers(3, 999_999))
def test_a_number_is_the_same_in_digits_with_and_without_commas(number: int) -> None:
    assert values(f"{number:,} boats") == values(f"{number} boats")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twenty-three", "二十三"),
        ("two hundred and five", "205"),
        ("3万", "三万"),
        ("二〇一九年", "2019"),
        ("一百零五", "105"),
    ],
)
def test_numerals_of_both_languages_agree(one: str, other: str) -> None:
    assert values(one) == values(other) != frozenset()
