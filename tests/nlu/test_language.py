"""The language files are complete, and a noun, pronoun or question word is found in the forms that people use."""

from __future__ import annotations

import pytest

from nlu.language import CODES, Language, LanguageError
from nlu.parse import QueryForm, Tag
from nlu.roles import Role, Step, fold

EN, ZH = Language.load("en"), Language.load("zh")


def role(language: Language, noun: str) -> Role:
    found = language.role(noun)
    assert found is not None, noun
    return found


def test_load_is_cached_and_refuses_other_codes() -> None:
    assert Language.load("en") is EN
    with pytest.raises(LanguageError, match="'xx'"):
        Language.load("xx")


@pytest.mark.parametrize("code", CODES)
def test_every_role_can_be_stored_and_found(code: str) -> None:
    language = Language.load(code)
    for noun in language.lexicon.nouns():
        found = role(language, noun)
        assert found.store.startswith(("P", "tt:")), noun
        assert found.gender in ("", "f", "m"), noun
        assert found.age in ("", "elder", "younger"), noun
        assert all(found.paths), noun
        assert all(step.property.startswith(("P", "tt:")) for p in found.paths for step in p), noun


@pytest.mark.parametrize(
    ("noun", "head", "path", "gender"),
    [
        ("gran", "grandmother", ("-P40", "P25"), "f"),
        ("Mother-in-law", "mother-in-law", ("P26", "P25"), "f"),
        ("the missus", "wife", ("P26",), "f"),
        ("maths teacher", "teacher", ("P1066",), ""),
        ("my late husband", "husband", ("P26",), "m"),
        ("daughters", "daughter", ("P40",), "f"),
        ("great-great-grandfather", "great-great-grandfather", ("-P40", "-P40", "-P40", "P22"), "m"),
    ],
)
def test_english_roles_are_found_in_any_form(noun: str, head: str, path: tuple[str, ...], gender: str) -> None:
    found = role(EN, noun)
    assert (found.noun, found.gender) == (head, gender)
    assert found.paths[0] == tuple(Step.read(p) for p in path)


@pytest.mark.parametrize(
    ("noun", "head", "store", "gender", "age"),
    [
        ("老爸", "爸爸", "P22", "m", ""),
        ("二舅", "舅舅", "P1038", "m", ""),
        ("外甥女", "外甥女", "P1038", "f", ""),
        ("媽媽", "妈妈", "P25", "f", ""),
        ("我的語文老師", "老师", "P1066", "", ""),
        ("俺姐夫", "姐夫", "P1038", "m", ""),
        ("小表妹", "表妹", "P1038", "f", "younger"),
        ("孩子们", "孩子", "P40", "", ""),
        ("那口子", "配偶", "P26", "", ""),
    ],
)
def test_chinese_roles_are_found_in_any_form(noun: str, head: str, store: str, gender: str, age: str) -> None:
    found = role(ZH, noun)
    assert (found.noun, found.store, found.gender, found.age) == (head, store, gender, age)


def test_modifiers_tell_age_number_and_end() -> None:
    assert role(EN, "older sister").age == "elder"
    assert role(EN, "ex-wife").former
    assert role(EN, "former boss").former
    assert not role(EN, "old friend").former
    assert role(EN, "two brothers").number == 2
    assert role(ZH, "孩子们").number == 2
    assert role(EN, "parent").stored_inverse
    assert role(EN, "parent").store == "P40"


@pytest.mark.parametrize("noun", ["kitchen", "Bergen", "", "厨房", "喜欢"])
def test_other_nouns_are_no_roles(noun: str) -> None:
    assert EN.role(noun) is None
    assert ZH.role(noun) is None


@pytest.mark.parametrize(
    ("english", "chinese", "same"),
    [
        ("gran", "奶奶", True),
        ("uncle", "舅舅", True),
        ("aunt", "舅舅", False),
        ("wife", "老婆", True),
        ("cousin", "堂妹", True),
        ("vet", "房东", False),
        ("daughter", "儿子", False),
    ],
)
def test_roles_compare_across_languages(english: str, chinese: str, same: bool) -> None:
    assert role(EN, english).could_be(role(ZH, chinese)) is same
    assert role(ZH, chinese).could_be(role(EN, english)) is same


def test_pronouns_and_self() -> None:
    she, they = EN.pronoun("She"), ZH.pronoun("他們")
    assert she is not None
    assert she.gender == "f"
    assert they is not None
    assert they.number == 2
    assert EN.pronoun("Nora") is None
    assert EN.is_self("My")
    assert ZH.is_self("俺")
    assert not EN.is_self("you")


@pytest.mark.parametrize(
    ("language", "phrase", "form", "tags"),
    [
        (EN, "Which town", QueryForm.WHERE, {Tag.LOCATION}),
        (EN, "how many", QueryForm.COUNT, {Tag.QUANTITY}),
        (EN, "What year", QueryForm.WHEN, {Tag.DATE}),
        (EN, "Why", QueryForm.PASSAGE, set[Tag]()),
        (ZH, "哪家公司", QueryForm.WH, {Tag.ORGANISATION}),
        (ZH, "誰", QueryForm.WHO, {Tag.PERSON, Tag.ORGANISATION}),
        (ZH, "什么时候", QueryForm.WHEN, {Tag.DATE}),
        (ZH, "哪座城市", QueryForm.WHERE, {Tag.LOCATION}),
        (ZH, "几只", QueryForm.COUNT, {Tag.QUANTITY}),
    ],
)
def test_wh_phrases_tell_what_they_ask_for(language: Language, phrase: str, form: QueryForm, tags: set[Tag]) -> None:
    found = language.wh(phrase)
    assert found is not None
    assert (found.form, set(found.tags)) == (form, tags)


def test_attributes_and_countries() -> None:
    assert EN.attribute("phone number") == "tt:phone"
    assert ZH.attribute("生日") == "P569"
    assert EN.attribute("military rank") == ZH.attribute("军衔") == "P410"
    assert EN.attribute("continent") == ZH.attribute("大洲") == "P30"
    assert EN.attribute("banana") is None
    assert EN.country("Swede") == "Sweden"
    assert EN.country("Sweden") == "Sweden"
    assert ZH.country("瑞典人") == "瑞典"
    assert ZH.english_country("瑞典人") == "Sweden"
    assert EN.country("Bergen") is None


def test_simplify_keeps_the_length() -> None:
    text = "媽媽說我們的貓叫小龍"
    assert len(ZH.simplify(text)) == len(text)
    assert ZH.simplify(text).startswith("妈妈说我们")
    assert fold("Ｍother’s") == "mother's"
