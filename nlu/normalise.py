"""From a tagged stretch of text to a Mention: its kind, value, gender and number, and what a question asks for.

Takes words and the message's time, asks the language's data; knows no model and no graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nlu.dates import parse_date, yearly
from nlu.language import CODES, Language
from nlu.numbers import parse_quantity
from nlu.parse import Kind, Mention, Query, QueryForm, Relation, Span, Tag

_KINDS = {
    Tag.SELF: Kind.SELF, Tag.YOU: Kind.YOU, Tag.PRONOUN: Kind.PRONOUN, Tag.ROLE: Kind.ROLE, Tag.WH: Kind.VARIABLE,
    Tag.DATE: Kind.LITERAL, Tag.QUANTITY: Kind.LITERAL, Tag.OCCUPATION: Kind.NOUN, Tag.THING: Kind.NOUN,
    Tag.ACTIVITY: Kind.NOUN, Tag.FEELING: Kind.NOUN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Normaliser:
    """The languages at hand."""

    languages: Mapping[str, Language]

    @classmethod
    def load(cls) -> Normaliser:
        return cls({code: Language.load(code) for code in CODES})

    def mention(self, span: Span, text: str, tag: Tag, confidence: float, language: str, at: datetime) -> Mention:
        """Return the mention that a tagged stretch is."""
        mention = Mention(span, text, tag, _KINDS.get(tag, Kind.NAME), confidence)
        words = self.languages[language]
        if tag is Tag.PRONOUN:
            pronoun = words.pronoun(text)
            return (
                mention if pronoun is None else replace(mention, gender=_gender(pronoun.gender), number=pronoun.number)
            )
        if tag is Tag.ROLE:
            role = words.role(text)
            return mention if role is None else replace(mention, gender=role.gender, number=role.number)
        if tag is Tag.DATE:
            found = parse_date(text, at, language)
            return mention if found is None else replace(mention, value=found.iso, yearly=yearly(text, at, language))
        if tag is Tag.QUANTITY:
            quantity = parse_quantity(text, language)
            return mention if quantity is None else replace(mention, value=str(quantity.value))
        if tag is Tag.SELF and text.casefold() in words.words.self_plural:
            return replace(mention, number=2)
        return mention

    def asked(self, mention: Mention, language: str) -> Mention:
        """Return a mention of a question, as its variable where its words ask: "which biscuit"."""
        word = self.languages[language].wh(mention.text.split(" ")[0])
        if mention.tag is Tag.WH or word is None or not mention.text.casefold().startswith(word.word):
            return mention
        return replace(mention, tag=Tag.WH, kind=Kind.VARIABLE)

    def query(self, text: str, mentions: Sequence[Mention], relations: Sequence[Relation], language: str) -> Query:
        """Return what a question asks for: the wh-mention that most relations lead to, or a yes or no."""
        asked = [n for n, mention in enumerate(mentions) if mention.kind is Kind.VARIABLE]
        if not asked:
            word = self.languages[language].wh(text)  # a question word that no mention carries: only wording answers
            return Query(QueryForm.YES_NO if word is None else QueryForm.PASSAGE, None)
        ends = [n for relation in relations for n in (relation.subject, relation.object)]
        target = max(asked, key=lambda n: (ends.count(n), -n))
        phrase = self.languages[language].wh(mentions[target].text)
        return Query(phrase.form if phrase is not None else QueryForm.WH, target)


def _gender(gender: str) -> str:
    return gender if gender in {"f", "m"} else ""
