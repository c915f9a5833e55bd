"""Facts to sentences, from the ontology's patterns: "You have lived in Bergen since 1995." / 从1995年起，你住在卑尔根。

Takes facts, a language, patterns handed over as plain data and today's ISO day; gives text. It knows no graph, no
storage and no model. The marks of a pattern are described at the top of kg/ontology.ttl.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generation.inflection import Person, Tense, conjugate, plural, possessive, sentence_case, with_article
from kg.fact import Fact, Literal, Node, NodeKind, When

SayDate = Callable[[str, str], str]  # ISO date or first/last, language -> words
SayNoun = Callable[[str, str, str], str]  # role noun as said, property, language -> noun for the object, "" for none
SayName = Callable[[Node], str]  # how to speak of a node


def _date_as_is(iso: str, language: str) -> str:
    return iso


def _noun_as_is(said: str, property: str, language: str) -> str:
    return said


@dataclass(frozen=True, slots=True)
class Patterns:
    """The sentence patterns and labels of every property by language, and how to word dates and role nouns."""

    sentences: Mapping[str, Mapping[str, str]]  # language -> property id -> pattern
    labels: Mapping[str, Mapping[str, str]]  # language -> property id -> name of the relation
    date: SayDate = field(default=_date_as_is, compare=False)
    noun: SayNoun = field(default=_noun_as_is, compare=False)

    def sentence(self, property: str, language: str) -> str:
        """Return the pattern of a property; one it doesn't have is said by its name."""
        known = self.sentences[language].get(property)
        if known is not None:
            return known
        label = self.labels[language].get(property, property)
        return f"{{s}}的{label}<是>{{o}}。" if language == "zh" else f"{{s's}} {label} <be> {{o}}."


def verbalise(fact: Fact, language: str, patterns: Patterns, today: str, *, name: SayName | None = None) -> str:
    """Return one sentence that says a fact, in second person for the speaker's own node.

    `today` is an ISO day, to tell what is over. `name` words nodes that have no name ("your sister").
    """
    return _Writer(language, patterns, today, name).sentence((fact,))


def verbalise_all(
    facts: Sequence[Fact], language: str, patterns: Patterns, today: str, *, name: SayName | None = None
) -> str:
    """Return sentences that say all facts; those that differ only in their object share one."""
    writer = _Writer(language, patterns, today, name)
    groups: dict[object, list[Fact]] = {}
    for fact in facts:
        key = (fact.subject.iri, fact.property, fact.polarity, fact.claimant, fact.start, fact.end, fact.point)
        role = fact.role if fact.property in _ROLE_KEYED else ""
        groups.setdefault((*key, role), []).append(fact)
    joint = "" if writer.language == "zh" else " "
    return joint.join(writer.sentence(tuple(group)) for group in groups.values())


def short_answer(
    values: Sequence[Node | Literal | Fact], language: str, patterns: Patterns, *, name: SayName | None = None
) -> str:
    """Return just the values (of facts: their objects), joined, dates in the language's way.

    >>> short_answer([Literal("Emil"), Literal("Viggo"), Literal("Solveig")], "en", Patterns({}, {}))
    'Emil, Viggo and Solveig'
    """
    writer = _Writer(language, patterns, "", name)
    return writer.joined([writer.value(v.object if isinstance(v, Fact) else v) for v in values])


# Properties whose role noun is part of what is said: "your PIN is …" and "your locker number is …" are two sentences.
_ROLE_KEYED = frozenset({"tt:code", "tt:relatedTo", "tt:favourite", "tt:value", "tt:seat", "P1038"})
_MARK = re.compile(r"\{(?:(?P<how>a|at|on|A) )?(?P<end>[so])(?P<own>'s)?\}")
_VERB = re.compile(r"<([^<>]+)>")
_NOUN = re.compile(r"\[([^\[\]]*)\]")
_STREET = re.compile(r"^(?:\d|number \d|no\. ?\d)", re.IGNORECASE)
_JOB = re.compile(
    r"(?:[eo]r|ist|ian|man|[ae]nt|ess|smith|wright|nurse|chef|cook|clerk|vet|guard|maid|judge|coach|pilot)$"
)
_OPEN = ("0001-01-01", "9999-12-31")


@dataclass(frozen=True, slots=True)
class _Writer:
    language: str
    patterns: Patterns
    today: str
    name: SayName | None = None

    def sentence(self, facts: tuple[Fact, ...]) -> str:
        """Return one sentence for facts that differ at most in their object."""
        fact = facts[0]
        said = self._unnamed(facts) or (self._chinese(facts) if self.language == "zh" else self._english(facts))
        if fact.claimant is None:
            return sentence_case(said)
        claimant = self.value(fact.claimant)
        if self.language == "zh":
            return f"据{claimant}说，{said}"
        says = "say" if fact.claimant.kind is NodeKind.SELF else "says"
        return sentence_case(f"{claimant} {says} that {said}")

    def value(self, value: Node | Literal) -> str:
        """Return how to speak of a node or literal inside a sentence."""
        if isinstance(value, Literal):
            return self.patterns.date(value.value, self.language) if value.datatype == "date" else value.value
        if value.kind is NodeKind.SELF:
            return "你" if self.language == "zh" else "you"
        if self.name is not None:
            return self.name(value)
        if self.language == "zh":
            return (
                re.sub(r"^(?:我|俺|咱)(?:的|家)?(?=.)", "你", value.label)
                if value.kind is NodeKind.ROLE
                else value.label
            )
        if value.kind is NodeKind.ROLE:
            label = re.sub(r"^my ", "your ", value.label, flags=re.IGNORECASE)
            return label if label != value.label or label[:1].isupper() else f"the {label}"
        return value.label

    def joined(self, names: Sequence[str]) -> str:
        """Return a list in words: a, b and c."""
        unique = list(dict.fromkeys(names))
        comma, last = ("、", "和") if self.language == "zh" else (", ", " and ")
        return last.join([comma.join(unique[:-1]), unique[-1]]) if len(unique) > 1 else "".join(unique)

    def _unnamed(self, facts: tuple[Fact, ...]) -> str:
        """Return "you have a sister" for an object that is known by its role only, empty for any other."""
        fact = facts[0]
        plain = len(facts) == 1 and isinstance(fact.object, Node) and fact.object.kind is NodeKind.ROLE
        if not plain or not fact.polarity or self._tense(fact) is Tense.PAST:
            return ""
        if not fact.role or not isinstance(fact.object, Node) or fact.object.label != fact.role:
            return ""
        noun = self.patterns.noun(fact.role, fact.property, self.language)
        if not noun or "[" not in self.patterns.sentence(fact.property, self.language):
            return ""
        subject = self.value(fact.subject)
        if self.language == "zh":
            return f"{subject}有{noun}。"
        return f"{subject} {conjugate('have', self._person((fact.subject,)), Tense.PRESENT)} {with_article(noun)}."

    def _english(self, facts: tuple[Fact, ...]) -> str:
        fact, pattern = facts[0], self._pattern(facts)
        first = _MARK.search(pattern)
        leads: Sequence[Node | Literal] = [f.object for f in facts] if first and first["end"] == "o" else [fact.subject]
        own = first is not None and first["own"] is not None
        person = Person.IT if own else self._person(leads)
        tense = self._tense(fact)

        def verb(found: re.Match[str]) -> str:
            base, _, fixed = found[1].partition(":")
            return conjugate(base, person, Tense.PAST if fixed else tense, negative=not fact.polarity)

        text = _VERB.sub(verb, self._filled(pattern, facts))
        text = re.sub(r"\bthe ([\w-]+(?: [\w-]+)*) of you\b", r"your \1", text)
        happened = ":past>" in pattern and fact.start is not None and fact.end is None and fact.point is None
        when = self._when_english(replace(fact, start=None, point=fact.start) if happened else fact, tense)
        return text.removesuffix(".") + when + "." if when else text

    def _pattern(self, facts: tuple[Fact, ...]) -> str:
        """Return the English pattern; a job that is told as a doing ("keeps bees") is no "a …"."""
        fact = facts[0]
        pattern = self.patterns.sentence(fact.property, self.language)
        said = fact.object.label if isinstance(fact.object, Node) else fact.object.value
        if fact.property == "P106" and " " in said and len(facts) == 1 and not _JOB.search(said):
            verb, _, rest = said.partition(" ")
            if re.search(r"[^s]s$", verb) and verb.islower():
                base = re.sub(r"(?<=ch|sh|ss)es$|ies$|s$", lambda m: "y" if m[0] == "ies" else "", verb)
                return f"{{s}} <{base}> {rest}." if "<" not in rest else pattern
            return "{s's} occupation <be> {o}."
        return pattern

    def _filled(self, pattern: str, facts: tuple[Fact, ...]) -> str:
        """Return the pattern with its role noun, subject and objects filled in; the verb mark stays."""
        fact = facts[0]
        objects = [f.object for f in facts]

        def noun(found: re.Match[str]) -> str:
            return self._noun(found[1], facts)

        def mark(found: re.Match[str]) -> str:
            values: Sequence[Node | Literal] = objects if found["end"] == "o" else [fact.subject]
            whose = found["end"] == "s"
            words = [self._worded(v, found["how"] or "", fact.property, subject=whose) for v in values]
            text = _trimmed(self.joined(words), pattern, found)
            return possessive(text) if found["own"] else text

        guarded = _NOUN.sub(noun, pattern)
        return _MARK.sub(lambda found: mark(found).replace("<", "‹").replace(">", "›"), guarded)

    def _noun(self, default: str, facts: tuple[Fact, ...]) -> str:
        neutral, *gendered = default.split("/")
        fact = facts[0]
        nouns = {self.patterns.noun(f.role, f.property, self.language) if f.role else "" for f in facts}
        genders = {f.object.gender if isinstance(f.object, Node) else "" for f in facts}
        if len(nouns) == 1 and "" not in nouns:
            chosen = nouns.pop()
        elif len(gendered) == 2 and len(genders) == 1 and "" not in genders:
            chosen = gendered["mf".index(genders.pop())]
        else:
            chosen = neutral
        chosen = re.sub(r"[\[\]<>{}]", "", chosen)
        several = len({self.value(f.object) for f in facts}) > 1 and fact.property not in ("tt:code", "tt:favourite")
        return plural(chosen) if several and self.language == "en" else chosen

    def _worded(self, value: Node | Literal, how: str, property: str, *, subject: bool) -> str:
        text = self.value(value)
        kind = value.kind if isinstance(value, Node) else None
        if (
            kind is NodeKind.CLASS
            and self.language == "en"
            and text[:1].islower()
            and (how == "at" or (subject and not how))
        ):
            text = text if with_article(text) == text else f"the {text}"
        if how in ("a", "A"):
            common = not isinstance(value, Node) or value.kind is NodeKind.CLASS
            return with_article(text) if common and not text[:1].isupper() else text
        if how == "at":
            return f"{_place_word(value, text, property)} {text}"
        if how == "on":
            return f"{_date_word(value)} {text}"
        return text

    def _person(self, values: Sequence[Node | Literal]) -> Person:
        if len(values) > 1:
            return Person.THEY
        value = values[0]
        return Person.YOU if isinstance(value, Node) and value.kind is NodeKind.SELF else Person.IT

    def _tense(self, fact: Fact) -> Tense:
        if fact.end is not None and (not self.today or fact.end.latest < self.today or fact.end.earliest == _OPEN[0]):
            return Tense.PAST
        if fact.point is not None and fact.point.latest < self.today:
            return Tense.PAST
        if fact.start is not None and _iso(fact.start) and fact.start.earliest <= self.today:
            return Tense.PERFECT if fact.end is None else Tense.PRESENT
        return Tense.PRESENT

    def _when_english(self, fact: Fact, tense: Tense) -> str:
        start, end, point = (self._date(w) for w in (fact.start, fact.end, fact.point))
        if start and end:
            return f" from {start} to {end}"
        if start:
            return f" since {start}" if tense is Tense.PERFECT else f" from {start}"
        if end:
            return f" until {end}"
        return f" {_when_word(fact.point)} {point}" if point and fact.point else ""

    def _chinese(self, facts: tuple[Fact, ...]) -> str:
        fact = facts[0]
        pattern = self.patterns.sentence(fact.property, self.language)
        over = self._tense(fact) is Tense.PAST

        def verb(found: re.Match[str]) -> str:
            yes, bar, no = found[1].partition("|")
            if not fact.polarity:
                return no if bar else "不" + yes
            done = yes.endswith(("了", "过")) or fact.point is not None or yes == "今年"
            return ("曾" + yes) if over and not done else yes

        text = _VERB.sub(verb, self._filled(pattern, facts))
        return self._when_chinese(fact) + text

    def _when_chinese(self, fact: Fact) -> str:
        start, end, point = (self._date(w) for w in (fact.start, fact.end, fact.point))
        if start and end:
            return f"{start}至{end}，"
        if start:
            return f"从{start}起，"
        if end:
            return f"{end}以前，"
        return f"{point}，" if point else ""

    def _date(self, when: When | None) -> str:
        iso = _iso(when)
        return self.patterns.date(iso, self.language) if iso else ""


def _iso(when: When | None) -> str:
    """Return an interval as first/last, empty where it is open at either end."""
    if when is None or when.earliest == _OPEN[0] or when.latest == _OPEN[1]:
        return ""
    return when.earliest if when.earliest == when.latest else f"{when.earliest}/{when.latest}"


def _when_word(when: When | None) -> str:
    if when is None or when.earliest == when.latest:
        return "on"
    return "in"


def _date_word(value: Node | Literal) -> str:
    return "on" if isinstance(value, Literal) and re.fullmatch(r"(\d{4}|-)-\d\d-\d\d", value.value) else "in"


def _place_word(value: Node | Literal, text: str, property: str) -> str:
    if property == "P108" and isinstance(value, Node) and value.tag == "PER":
        return "for"
    organisation = isinstance(value, Node) and value.tag == "ORG"
    return "at" if organisation or _STREET.match(text) else "in"


def _trimmed(text: str, pattern: str, found: re.Match[str]) -> str:
    """Return a value without the unit that its pattern says anyway: 91岁 in "{o}岁"."""
    for unit in (" years old", " inhabitants", " children", "个孩子", "岁"):
        if found["end"] == "o" and pattern[found.end() :].startswith(unit) and text.endswith(unit):
            return text.removesuffix(unit)
    return text
