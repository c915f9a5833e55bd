"""Contacts (.vcf, vCard 2.1 to 4.0): text in, a document a card out, in sentences, Chinese ones where the name is Chinese.

The parser is `vobject`; photos and keys are cut before it. Its untyped values end here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from bot.document import Document, DocumentError, flatten, paragraphs, title_of
from bot.sources.wording import is_chinese, name_day, name_month_day

_BINARY = re.compile(r"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:][^\n]*\n(?:[ \t][^\n]*\n|\n(?=[ \t\n]))*", re.M | re.I)
_OVERLONG = re.compile(r"^[^\n:]{2000}", re.MULTILINE)  # the parser takes ever longer for parameters without end
_NAME_PARTS = ("family", "given", "additional")
_ADDRESS_PARTS = ("street", "code", "city", "region", "country")
_FOUND_BY = ("home", "work", "cell", "fax")


@dataclass(frozen=True, slots=True)
class _Property:
    """A line of a card: its value in parts, its types ("home"), and the label given to its group."""

    parts: tuple[str, ...]
    types: frozenset[str]
    group: str

    @property
    def text(self) -> str:
        return ", ".join(part for part in self.parts if part)


@dataclass(frozen=True, slots=True)
class _Words:
    """The sentences of a language; {of} is whose."""

    has: Mapping[str, str]  # by the property's name
    kinds: Mapping[str, str]  # what stands before "phone number"
    relations: Mapping[str, str]
    relation: str
    born: str
    birthday: str
    birth: str  # a date that isn't understood


_EN = _Words(
    {
        "tel": "{of}'s {kind}phone number is {value}.",
        "email": "{of}'s {kind}email address is {value}.",
        "adr": "{of} lives at {value}.",
        "adr work": "{of}'s work address is {value}.",
        "org": "{of} works at {value}.",
        "title": "{of}'s job is {value}.",
        "nickname": "{of} is also called {value}.",
        "url": "{of}'s website is {value}.",
    },
    {"work": "work ", "cell": "mobile ", "fax": "fax "},
    {},
    "{of}'s {relation} is {value}.",
    "{of} was born on {day}.",
    "{of}'s birthday is on {day}.",
    "{of}'s date of birth is {day}.",
)
_ZH = _Words(
    {
        "tel": "{of}的{kind}电话号码是{value}。",
        "email": "{of}的{kind}邮箱是{value}。",
        "adr": "{of}住在{value}。",
        "adr work": "{of}的工作地址是{value}。",
        "org": "{of}在{value}工作。",
        "title": "{of}的职务是{value}。",
        "nickname": "{of}也叫{value}。",
        "url": "{of}的网站是{value}。",
    },
    {"work": "工作", "cell": "手机", "fax": "传真"},
    {"spouse": "配偶", "child": "孩子", "parent": "家长", "sibling": "兄弟姐妹", "friend": "朋友", "colleague": "同事"}
    | {"mother": "母亲", "father": "父亲", "brother": "兄弟", "sister": "姐妹", "partner": "伴侣", "manager": "经理"},
    "{of}的{relation}是{value}。",
    "{of}出生于{day}。",
    "{of}的生日是{day}。",
    "{of}的出生日期是{day}。",
)


def read_contacts(text: str, *, where: str, path: str) -> Iterator[Document]:
    """Yield a document for each card that says something of somebody.

    Raises DocumentError at the end where cards were broken: the others are read all the same.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cards = list(_cards(text))
    broken: list[str] = []
    for line, card in cards:
        try:
            document = _document(_properties(card), path)
        except ValueError as error:
            broken.append(f"line {line}: {error}")
            continue
        if document is not None:
            yield document
    if not cards:
        raise DocumentError(where, "no cards in it (BEGIN:VCARD to END:VCARD); export the contacts again as vCard")
    if broken:
        raise DocumentError(where, f"{len(broken)} of {len(cards)} cards can't be read, the first: {broken[0]}")


def _cards(text: str) -> Iterator[tuple[int, str]]:
    """Yield the cards with the number of their first line; a card that isn't closed is none."""
    card: list[str] = []
    began = 0
    for number, line in enumerate(text.split("\n"), 1):
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            card, began = [], number
        if began:
            card.append(line)
        if began and mark == "END:VCARD":
            yield began, "\n".join(card)
            began = 0


def _properties(card: str) -> Mapping[str, list[_Property]]:
    """Return the properties of a card by name. Raises ValueError for a broken one."""
    import vobject
    from vobject.base import VObjectError

    if _OVERLONG.search(card.replace("\n ", "").replace("\n\t", "")):
        raise ValueError("broken card (a line without an end to its parameters)")
    try:
        read = cast(Any, next(vobject.readComponents(_BINARY.sub("", card) + "\n", allowQP=True)))
    except (VObjectError, ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError) as error:
        raise ValueError(f"broken card ({flatten(str(error)) or type(error).__name__})") from None
    found: dict[str, list[_Property]] = {}
    for name, lines in read.contents.items():
        # A component within the card has no value; what is of no known shape has no parts.
        found[str(name)] = [_property(line) for line in lines if hasattr(line, "value")]
    return found


def _property(line: Any) -> _Property:
    """Return a line of the parser's as a value: names and addresses in the order in which they are spoken."""
    value, parts = line.value, _NAME_PARTS if line.name.lower() == "n" else _ADDRESS_PARTS
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        given: list[Any] = [value]
    else:
        given = value if isinstance(value, list) else [getattr(value, part, "") for part in parts]
    types = {kind.strip(' "') for kinds in line.params.get("TYPE", []) for kind in str(kinds).lower().split(",")}
    texts = tuple(flatten(" ".join(map(str, p)) if isinstance(p, list) else str(p)) for p in given)
    types |= {kind for kind in _FOUND_BY if kind in {str(s).lower() for s in getattr(line, "singletonparams", [])}}
    return _Property(texts, frozenset(types), str(line.group or ""))


def _document(card: Mapping[str, list[_Property]], path: str) -> Document | None:
    """Return a card in sentences, None where it names nobody or says nothing."""
    name = _name(card)
    words = _ZH if is_chinese(name) else _EN
    sentences = [
        words.has[key].format(of=name, kind=_kind(line, words), value=value)
        for key, line in _told(card)
        if (value := _value(line, key, chinese=words is _ZH)) and value != name
    ]
    sentences += [_born(line.text, name, words) for line in card.get("bday", []) if line.text]
    sentences += _relations(card, name, words)
    notes = [paragraphs(line.text) for line in card.get("note", [])]
    if not name or not any([*sentences, *notes]):
        return None
    text = "\n".join(dict.fromkeys(sentences))
    return Document(title_of(name), "\n\n".join(part for part in (text, *notes) if part), path)


def _name(card: Mapping[str, list[_Property]]) -> str:
    """Return whom a card is about: the name as written out, else put together, else a firm's."""
    for line in card.get("fn", []):
        if line.text:
            return title_of(line.text)
    for line in card.get("n", []):
        family, given, *more = (*line.parts, "", "")
        name = family + given if is_chinese(family + given) else " ".join(p for p in (given, *more, family) if p)
        if name.strip():
            return title_of(name)
    return next((title_of(line.parts[0]) for line in card.get("org", []) if line.parts), "")


def _told(card: Mapping[str, list[_Property]]) -> Iterator[tuple[str, _Property]]:
    """Yield a card's properties that become sentences, with the sentence's key."""
    for key in ("org", "title", "tel", "email", "adr", "nickname", "url"):
        for line in card.get(key, []):
            yield ("adr work" if key == "adr" and "work" in line.types else key), line


def _value(line: _Property, key: str, *, chinese: bool) -> str:
    """Return what a property says: an organisation without its departments, a number without "tel:"."""
    if key == "org":
        return line.parts[0] if line.parts else ""
    if key.startswith("adr"):
        street, code, city, region, country = (*line.parts, *[""] * 5)[:5]
        if chinese:
            return country + region + city + street
        return ", ".join(part for part in (street, f"{code} {city}".strip(), region, country) if part)
    return re.sub(r"^(?:tel|mailto):", "", line.text).rstrip(".。")


def _kind(line: _Property, words: _Words) -> str:
    return next((words.kinds[kind] for kind in ("fax", "cell", "work") if kind in line.types), "")


def _born(value: str, name: str, words: _Words) -> str:
    """Return when somebody was born, by the year or (--0303) without it."""
    chinese = words is _ZH
    day = re.match(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:$|T)", value)
    if day is None:
        return words.birth.format(of=name, day=value)
    year, month, day_of_month = 2000 if day[1] in ("--", "1604") else int(day[1]), int(day[2]), int(day[3])
    try:
        born = date(year, month, day_of_month)
    except ValueError:
        return words.birth.format(of=name, day=value)
    if day[1] in ("--", "1604"):  # 1604 is how Apple writes that the year is unknown
        return words.birthday.format(of=name, day=name_month_day(born.month, born.day, chinese=chinese))
    return words.born.format(of=name, day=name_day(born, chinese=chinese))


def _relations(card: Mapping[str, list[_Property]], name: str, words: _Words) -> Iterator[str]:
    """Yield who is what to whom a card is about: RELATED of vCard 4, and Apple's names with a label."""
    labels = {line.group: line.text for line in card.get("x-ablabel", [])}
    for line in [*card.get("related", []), *card.get("x-abrelatednames", [])]:
        label = labels.get(line.group, "") if line.group else next(iter(sorted(line.types - {"pref"})), "")
        relation = re.sub(r"^_\$!<(.*)>!\$_$", r"\1", label).strip().lower()
        if relation and line.text and not re.match(r"(?:urn|https?|mailto):", line.text):
            yield words.relation.format(of=name, relation=words.relations.get(relation, relation), value=line.text)
