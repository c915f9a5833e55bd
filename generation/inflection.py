"""English word forms for sentences from patterns: verbs, plurals, the indefinite article, possessives.

Takes words, gives words. It knows no facts and no other language; irregular forms are those that the patterns need.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Tense(StrEnum):
    """When a sentence says that something holds."""

    PRESENT = "present"
    PAST = "past"
    PERFECT = "perfect"  # has lived: since some time and still


class Person(StrEnum):
    """Who a verb belongs to."""

    YOU = "you"
    IT = "it"
    THEY = "they"


_IRREGULAR = {  # base: past, participle
    "come": ("came", "come"), "have": ("had", "had"), "write": ("wrote", "written"), "make": ("made", "made"),
    "win": ("won", "won"), "fight": ("fought", "fought"), "teach": ("taught", "taught"), "feel": ("felt", "felt"),
    "run": ("ran", "run"), "lie": ("lay", "lain"), "speak": ("spoke", "spoken"), "take": ("took", "taken"),
    "cost": ("cost", "cost"), "be": ("was", "been"), "plan": ("planned", "planned"), "can": ("could", "been able to"),
    "keep": ("kept", "kept"), "drive": ("drove", "driven"), "sell": ("sold", "sold"), "build": ("built", "built"),
}  # fmt: skip
_PLURALS = {"child": "children", "wife": "wives", "person": "people", "woman": "women", "man": "men"}
_BARE = re.compile(
    r"^(?:the|a|an|my|your|his|her|their|our|its|some|any|no|one|two|three|four|five|six|\d+)(?![\w-])", re.IGNORECASE
)


def conjugate(verb: str, person: Person, tense: Tense, *, negative: bool = False) -> str:
    """Return the finite form of a verb.

    >>> conjugate("live", Person.IT, Tense.PRESENT), conjugate("be", Person.YOU, Tense.PAST, negative=True)
    ('lives', "weren't")
    >>> conjugate("live", Person.YOU, Tense.PERFECT)
    'have lived'
    """
    plural = person is not Person.IT
    past, participle = _IRREGULAR.get(verb, (_regular_past(verb),) * 2)
    if tense is Tense.PERFECT:
        have = "have" if plural else "has"
        return f"{have}n't {participle}" if negative else f"{have} {participle}"
    if verb == "be":
        form = ("were" if plural else "was") if tense is Tense.PAST else ("are" if plural else "is")
        return form + ("n't" if negative else "")
    if verb == "can":
        return {"can": ("can", "can't"), "could": ("could", "couldn't")}["could" if tense is Tense.PAST else "can"][
            negative
        ]
    if negative:
        return f"{'did' if tense is Tense.PAST else 'do' if plural else 'does'}n't {verb}"
    if tense is Tense.PAST:
        return past
    return verb if plural else third_person(verb)


def third_person(verb: str) -> str:
    """Return the form after he or she.

    >>> third_person("study"), third_person("teach"), third_person("play")
    ('studies', 'teaches', 'plays')
    """
    if verb == "have":
        return "has"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|x|z|ch|sh|o)$", verb) else "s")


def plural(noun: str) -> str:
    """Return the plural of a noun or noun phrase.

    >>> plural("son-in-law"), plural("older sister"), plural("child")
    ('sons-in-law', 'older sisters', 'children')
    """
    if noun.endswith("-in-law"):
        return plural(noun.removesuffix("-in-law")) + "-in-law"
    for word, many in _PLURALS.items():
        if noun == word or noun.endswith((" " + word, "-" + word, "grand" + word, "step" + word)):
            return noun.removesuffix(word) + many
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s")


def with_article(noun: str) -> str:
    """Return a common noun with a or an; plurals, and nouns that have an article or a number, as they are.

    >>> with_article("engineer"), with_article("the boat"), with_article("goats"), with_article("university teacher")
    ('an engineer', 'the boat', 'goats', 'a university teacher')
    """
    if not noun or _BARE.match(noun) or not noun[0].isascii() or re.search(r"[^su]s$", noun):
        return noun
    vowel = re.match(r"(?:[aeio]|u(?!ni|se|k\b)|hon|heir|hour)", noun, re.IGNORECASE) and not noun.lower().startswith(
        "one"
    )
    return f"{'an' if vowel else 'a'} {noun}"


def possessive(name: str) -> str:
    """Return a name with its possessive ending.

    >>> possessive("Anna"), possessive("the Holts"), possessive("you")
    ("Anna's", "the Holts'", 'your')
    """
    if name.lower() == "you":
        return "your" if name == "you" else "Your"
    return name + ("'" if name.startswith("the ") and name.endswith("s") else "'s")


def sentence_case(text: str) -> str:
    """Return a sentence with a capital where it opens with a small letter.

    >>> sentence_case("your sister lives here.")
    'Your sister lives here.'
    """
    return text[:1].upper() + text[1:]


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else verb + "ed"
