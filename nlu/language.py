"""A language as data: relational nouns, pronouns, question words, countries, numerals and date words.

Takes `nlu/languages/<code>.toml`, gives one frozen, cached `Language` a code. It knows no model and no graph.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from nlu.parse import QueryForm, Tag
from nlu.roles import Lexicon, Role, RoleWords, Step, fold

FOLDER = Path(__file__).parent / "languages"
CODES = ("en", "zh")


class LanguageError(ValueError):
    """A language file is missing or can't be read; the message names the file."""


@dataclass(frozen=True, slots=True)
class Pronoun:
    """What a pronoun says of its referent; `gender` is "m", "f", "n" or empty, `number` 1 or 2."""

    word: str
    gender: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class WhWord:
    """What a question word asks for. No tags: anything."""

    word: str
    form: QueryForm
    tags: frozenset[Tag]


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Numerals by word."""

    digits: Mapping[str, int]
    tens: Mapping[str, int]
    scales: Mapping[str, int]
    groups: Mapping[str, int]
    ordinals: Mapping[str, int]
    fractions: Mapping[str, float]
    vague: frozenset[str]


@dataclass(frozen=True, slots=True)
class DateWords:
    """Words of the calendar. Months count from 1, weekdays from 0 (Monday); season months may pass 12."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    month_names: tuple[str, ...]
    weekday_names: tuple[str, ...]
    days: Mapping[str, int]  # relative days: yesterday -1
    years: Mapping[str, int]  # relative years: 去年 -1
    seasons: Mapping[str, tuple[int, int]]
    holidays: Mapping[str, str]  # "MM-DD", or "easter" or "lunar" with an offset in days
    units: Mapping[str, str]
    since: tuple[str, ...]
    until: tuple[str, ...]
    at: tuple[str, ...]
    since_ends: tuple[str, ...]
    until_ends: tuple[str, ...]
    last: tuple[str, ...]
    next: tuple[str, ...]
    this: tuple[str, ...]
    ago: tuple[str, ...]
    ahead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Closed classes, folded."""

    self_words: frozenset[str]
    self_plural: frozenset[str]
    you: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    negations: frozenset[str]
    articles: frozenset[str]
    conjunctions: frozenset[str]
    honorifics: frozenset[str]
    question_starts: frozenset[str]
    question_ends: frozenset[str]
    pets: frozenset[str]
    weekday_asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that understanding needs of a language."""

    code: str
    name: str
    words: Words
    numbers: NumberWords
    dates: DateWords
    units: Mapping[str, str]
    lexicon: Lexicon = field(repr=False, compare=False)
    _pronouns: Mapping[str, Pronoun] = field(repr=False)
    _wh: tuple[WhWord, ...] = field(repr=False)  # longest first
    _attributes: Mapping[str, str] = field(repr=False)
    _nouns: Mapping[str, Tag] = field(repr=False)
    _countries: Mapping[str, str] = field(repr=False)
    _english: Mapping[str, str] = field(repr=False)
    _traditional: Mapping[int, int] = field(repr=False)

    @staticmethod
    def load(code: str) -> Language:
        """Return the language of a code ("en", "zh"), read once. Raises LanguageError."""
        return _load(code)

    @property
    def spaced(self) -> bool:
        """Whether words are written apart."""
        return self.code != "zh"

    def simplify(self, text: str) -> str:
        """Return the text with traditional characters in their simplified form; as long as the text."""
        return text.translate(self._traditional)

    def role(self, noun: str) -> Role | None:
        """Return what a relational noun means ("older sister", "maths teachers", 二舅), None if it is unknown."""
        return self.lexicon.find(self.simplify(noun)) or self.lexicon.find(self._bare(noun))

    def pronoun(self, word: str) -> Pronoun | None:
        """Return gender and number of a third-person pronoun, None for any other word."""
        return self._pronouns.get(fold(self.simplify(word)))

    def pronouns(self) -> tuple[str, ...]:
        """Return the third-person pronouns."""
        return tuple(self._pronouns)

    def wh(self, phrase: str) -> WhWord | None:
        """Return what a wh-phrase asks for ("which town", 哪家公司); its head noun decides over the question word."""
        key = fold(self.simplify(phrase))
        found = next((w for w in self._wh if self._has_word(key, w.word)), None)
        if found is None or found.form not in (QueryForm.WH, QueryForm.COUNT, QueryForm.WHERE):
            return found
        rest = key.partition(found.word)[2].strip()
        tag = self.noun_tag(rest) if rest else None
        if tag is None or found.form is QueryForm.COUNT:
            return found
        form = {Tag.DATE: QueryForm.WHEN, Tag.PERSON: QueryForm.WHO, Tag.LOCATION: QueryForm.WHERE}
        return WhWord(found.word, form.get(tag, QueryForm.WH), frozenset({tag}))

    def attribute(self, noun: str) -> str | None:
        """Return the property that an attribute noun names (age, 生日), "name" for a name, None if it is unknown."""
        key = self._bare(noun)
        return self._attributes.get(key) or (self._attributes.get(key.removesuffix("s")) if self.spaced else None)

    def attributes(self, property: str) -> tuple[str, ...]:
        """Return the nouns for a property, the usual one first."""
        return tuple(noun for noun, named in self._attributes.items() if named == property)

    def noun_tag(self, noun: str) -> Tag | None:
        """Return what kind of thing a class noun asks for ("town": LOC), by its last word or character."""
        key = self._bare(noun)
        candidates = [key, key.split()[-1] if key.split() else key] if self.spaced else [key, key[-2:], key[-1:]]
        for word in candidates:
            for form in (word, word.removesuffix("s")) if self.spaced else (word,):
                if form in self._nouns:
                    return self._nouns[form]
        return None

    def country(self, word: str) -> str | None:
        """Return the country, in this language, that a demonym or a country's name means (Swedish, 瑞典人)."""
        return self._countries.get(self._bare(word))

    def english_country(self, word: str) -> str | None:
        """Return the country's English name for a demonym or a country's name in this language."""
        country = self.country(word)
        return None if country is None else self._english.get(country, country)

    def is_self(self, word: str) -> bool:
        """Whether a word stands for the speaker."""
        return fold(self.simplify(word)) in self.words.self_words

    def is_question_start(self, text: str) -> bool:
        """Whether a text opens like a question."""
        key = fold(self.simplify(text))
        starts = self.words.question_starts
        return any(key.startswith(w) and self._has_word(key, w) for w in starts)

    def _bare(self, noun: str) -> str:
        key = fold(self.simplify(noun))
        if self.spaced:
            first, _, rest = key.partition(" ")
            if rest and (first in self.words.articles or first in self.words.self_words):
                key = rest
            return key.removesuffix("'s").removesuffix("'")
        for word in sorted(self.words.self_words, key=len, reverse=True):
            if key.startswith(word) and len(key) > len(word):
                return key.removeprefix(word).removeprefix("的")
        return key

    def _has_word(self, key: str, word: str) -> bool:
        at = key.find(word)
        if at < 0 or not self.spaced:
            return at >= 0
        end = at + len(word)
        return (at == 0 or not key[at - 1].isalnum()) and (end == len(key) or not key[end].isalnum())


@cache
def role_noun(said: str, property: str, language: str) -> str:
    """Return the noun, in a language, for the object of a property that was told under the noun `said`.

    A plural comes back as its singular, a noun of the other language translated. Empty where the noun names the
    subject ("my parent": parent P40 me) or has no counterpart.

    >>> role_noun("sisters", "P3373", "en"), role_noun("gran", "P1038", "zh"), role_noun("parent", "P40", "en")
    ('sister', '奶奶', '')
    """
    source = Language.load("zh" if any("\u3400" <= c <= "\u9fff" for c in said) else "en")
    role = source.role(said)
    if role is None:
        return said if source.code == language else ""
    direct = {path[0].property for path in role.paths if len(path) == 1 and not path[0].inverse}
    if role.stored_inverse or (property != role.store and property not in direct):
        return ""
    if source.code == language:
        return source.lexicon.singular(said)
    return Language.load(language).lexicon.counterpart(role)


@cache
def _load(code: str) -> Language:
    path = FOLDER / f"{code}.toml"
    if code not in CODES or not path.is_file():
        raise LanguageError(f"no language {code!r}: expected one of {', '.join(CODES)} in {str(FOLDER)!r}")
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise LanguageError(f"{str(path)!r} is not valid TOML: {error}") from error
    try:
        return _language(table)
    except (KeyError, TypeError, ValueError) as error:
        raise LanguageError(f"{str(path)!r} is not a complete language file: {error!r}") from error


def _language(table: Mapping[str, Any]) -> Language:
    words = _strings_of(table["words"])
    wh = [
        WhWord(fold(word), QueryForm(entry["form"]), frozenset(Tag(tag) for tag in entry["tags"]))
        for entry in cast("list[dict[str, Any]]", table["wh"])
        for word in entry["words"]
    ]
    countries, english = _countries(table)
    marks = cast("dict[str, str]", table.get("traditional", {"from": "", "to": ""}))
    return Language(
        code=table["code"],
        name=table["name"],
        words=_words(words),
        numbers=_numbers(table["numbers"]),
        dates=_dates(table["dates"]),
        units={fold(k): str(v) for k, v in table["units"].items()},
        lexicon=_lexicon(table["roles"], words, spaced=table["code"] != "zh"),
        _pronouns={fold(w): Pronoun(w, v.get("gender", ""), v.get("number", 1)) for w, v in table["pronouns"].items()},
        _wh=tuple(sorted(wh, key=lambda w: -len(w.word))),
        _attributes={fold(noun): str(named) for noun, named in table["attributes"].items()},
        _nouns={fold(noun): Tag(tag) for noun, tag in table["nouns"].items()},
        _countries=countries,
        _english=english,
        _traditional=str.maketrans(marks["from"], marks["to"]),
    )


def _strings_of(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(str(v) for v in value) for key, value in table.items()}


def _words(table: Mapping[str, tuple[str, ...]]) -> Words:
    def of(key: str) -> frozenset[str]:
        return frozenset(fold(w) for w in table.get(key, ()))

    return Words(
        self_words=of("self"),
        self_plural=of("self_plural"),
        you=of("you"),
        yes=of("yes"),
        no=of("no"),
        negations=of("negations"),
        articles=of("articles"),
        conjunctions=of("conjunctions"),
        honorifics=of("honorifics"),
        question_starts=of("question_starts"),
        question_ends=of("question_ends"),
        pets=of("pets"),
        weekday_asked=of("weekday_asked"),
    )


def _lexicon(table: Mapping[str, Any], words: Mapping[str, tuple[str, ...]], *, spaced: bool) -> Lexicon:
    roles, plurals = [_role(noun, entry) for noun, entry in table.items()], dict[str, str]()
    for noun, entry in table.items():
        if "plural" in entry:
            plurals[noun] = entry["plural"]
    return Lexicon(
        roles,
        plurals,
        RoleWords(
            modifiers=frozenset(words["modifiers"]),
            elder=frozenset(words["elder"]),
            younger=frozenset(words["younger"]),
            former=frozenset(words["former"]),
            plural=frozenset(words["plural_words"]),
            spaced=spaced,
        ),
    )


def _role(noun: str, entry: Mapping[str, Any]) -> Role:
    paths = tuple(tuple(Step.read(step) for step in path) for path in (entry["path"], *entry.get("or", [])))
    first = entry["path"]
    store = str(entry.get("store") or (first[0] if len(first) == 1 else "P1038"))
    return Role(
        noun=noun,
        paths=paths,
        store=store.removeprefix("-"),
        stored_inverse=store.startswith("-"),
        gender=entry.get("gender", ""),
        age=entry.get("age", ""),
        former=entry.get("former", False),
        number=entry.get("number", 1),
        also=tuple(entry.get("also", ())),
    )


def _countries(table: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    named, english = dict[str, str](), dict[str, str]()
    suffixes = cast("list[str]", table.get("demonym_suffixes", {}).get("people", []))
    for country, words in table["countries"].items():
        named.setdefault(fold(country), country)
        if suffixes:
            english[country] = words[0]
            named.update({country + suffix: country for suffix in suffixes})
            continue
        for word in words:
            named.setdefault(fold(word), country)
            named.setdefault(fold(word) + "s", country)
    return named, english


def _numbers(table: Mapping[str, Any]) -> NumberWords:
    return NumberWords(
        digits=table["digits"],
        tens=table["tens"],
        scales=table["scales"],
        groups=table["groups"],
        ordinals=table["ordinals"],
        fractions=table["fractions"],
        vague=frozenset(table["vague"]),
    )


def _dates(table: Mapping[str, Any]) -> DateWords:
    def strings(key: str) -> tuple[str, ...]:
        return tuple(sorted(table.get(key, ()), key=len, reverse=True))

    return DateWords(
        months=table["months"],
        weekdays=table["weekdays"],
        month_names=tuple(table["month_names"]),
        weekday_names=tuple(table["weekday_names"]),
        days=table["days"],
        years=table.get("years", {}),
        seasons={name: (span[0], span[1]) for name, span in table["seasons"].items()},
        holidays=table["holidays"],
        units=table["units"],
        since=strings("since"),
        until=strings("until"),
        at=strings("at"),
        since_ends=strings("since_ends"),
        until_ends=strings("until_ends"),
        last=strings("last"),
        next=strings("next"),
        this=strings("this"),
        ago=strings("ago"),
        ahead=strings("ahead"),
    )
