"""Subjects that are left out: 打算周末去爬山 is read as 我打算周末去爬山.

Takes a parse, says whether its sentence lacks a subject, and moves the parse of the completed sentence back onto the words as
they were said. Knows no model.
"""

from __future__ import annotations

from dataclasses import replace

from nlu.parse import Act, Mention, Parse, Span, Tag

SPEAKER = {"zh": "我"}  # languages that leave the speaker out, and the word that was left out
_SUBJECTS = frozenset(
    {Tag.SELF, Tag.YOU, Tag.PERSON, Tag.PRONOUN, Tag.ROLE, Tag.ORGANISATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT, Tag.WH}
)


def completed(parse: Parse) -> str:
    """Return the sentence with the speaker put in front, "" where nothing is missing."""
    word = SPEAKER.get(parse.language, "")
    told = parse.act is Act.TELL and bool(parse.mentions) and not parse.relations
    return word + parse.text if word and told and not any(m.tag in _SUBJECTS for m in parse.mentions) else ""


def restored(parse: Parse, original: Parse) -> Parse:
    """Return the completed sentence's parse on the words of the original; the subject's span is empty.

    Where the completion says no more than the original, the original comes back.
    """
    by = len(parse.text) - len(original.text)
    if not parse.relations or not any(m.tag is Tag.SELF and m.span.start == 0 for m in parse.mentions):
        return original
    return replace(
        original,
        mentions=tuple(_moved(mention, by) for mention in parse.mentions),
        relations=parse.relations,
        clauses=original.clauses,
    )


def _moved(mention: Mention, by: int) -> Mention:
    return replace(mention, span=Span(max(0, mention.span.start - by), max(0, mention.span.end - by)))
