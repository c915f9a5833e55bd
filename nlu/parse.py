"""The contract of nlu/: what a text was understood to say, as frozen values.

Takes nothing and knows nothing: no model, no storage, no language. Offsets are half-open, in code points
of the text exactly as it was given; confidences lie in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points.

    >>> Span(0, 4).of("Nora lives here")
    'Nora'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def shift(self, by: int) -> Span:
        return Span(self.start + by, self.end + by)


class Tag(StrEnum):
    """What a mention is about. The tagger's label set (as BIOES) and the worlds' annotation."""

    PERSON = "PER"
    ORGANISATION = "ORG"
    LOCATION = "LOC"  # towns, streets, countries, addresses, rooms: where something is
    DATE = "DATE"  # dates, years, relative times, durations with an anchor
    QUANTITY = "QTY"  # numbers, ages, prices, sizes, phone numbers, codes, e-mail addresses
    WORK = "WORK"  # books, films, songs, albums
    PRODUCT = "PROD"  # named products, brands
    EVENT = "EVT"
    LANGUAGE = "LANG"  # languages, nationalities, religions, peoples
    OCCUPATION = "OCC"  # jobs, posts, livelihoods, also as a verb phrase: "keeps bees"
    THING = "THING"  # common things, animals, foods, colours, instruments, subjects, hobbies
    ACTIVITY = "ACTV"  # a planned, wished or possible doing, as a verb phrase
    FEELING = "FEEL"  # states of mind or body: "wretched"
    SELF = "SELF"  # the speaker: I, my, we, our
    YOU = "YOU"  # who is spoken to
    PRONOUN = "PRON"  # he, her, it, they, that one; also zh 他 她 它
    ROLE = "ROLE"  # a relational noun: sister, vet, boss, PIN, colour, profession
    WH = "WH"  # what a question asks for: who, which town, how many


class Kind(StrEnum):
    """How a mention refers."""

    NAME = "name"
    SELF = "self"
    YOU = "you"
    ROLE = "role"
    PRONOUN = "pronoun"
    LITERAL = "literal"  # dates, quantities
    NOUN = "noun"  # common nouns, occupations, activities, feelings
    VARIABLE = "variable"  # the wh-phrase of a question


class Factuality(StrEnum):
    """Whether a clause commits its speaker to what it says."""

    ASSERTED = "asserted"
    DENIED = "denied"
    ASKED = "asked"
    SUPPOSED = "supposed"  # if, suppose, maybe, could have
    WISHED = "wished"  # wish, hope, want, plan, request
    REPORTED = "reported"  # hearsay, somebody's claim
    NONE = "none"  # greetings, thanks, fiction, jokes: no content to keep


class Act(StrEnum):
    """What a sentence does in the dialogue."""

    TELL = "tell"
    ASK = "ask"
    CORRECT = "correct"
    FORGET = "forget"
    SOURCE = "source"  # how do you know that?
    SUMMARY = "summary"  # what do you know about X?
    FRAGMENT = "fragment"  # an elliptical follow-up: "And in 1980?", "The one who does the payroll."
    GREET = "greet"
    THANK = "thank"
    BYE = "bye"
    CHAT = "chat"  # small talk without content
    REQUEST = "request"  # asks for an action that is not the memory's
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that stands for something."""

    span: Span
    text: str
    tag: Tag
    kind: Kind
    confidence: float
    value: str = ""  # a DATE or QUANTITY normalised (ISO 8601 date or interval, plain number), else empty
    number: int = 1  # 2 when the expression is plural (they, both, 他们), else 1
    gender: str = ""  # "f" or "m" where the word itself says so (she, sister, 舅妈), else empty
    yearly: str = ""  # a DATE that names a day and no year, as "--08-04" (ISO 8601: every year's), else empty


@dataclass(frozen=True, slots=True)
class Relation:
    """A property between two mentions, by their indices in `Parse.mentions`.

    `property` is an ontology id ("P551", "tt:likes"), or one of the structural labels in `STRUCTURAL`.
    """

    subject: int
    property: str
    object: int
    confidence: float
    factuality: Factuality = Factuality.ASSERTED
    claimant: int | None = None  # whose claim it is, when reported


# Labels between mentions that are no facts by themselves.
#   role   possessor -> relational noun ("my" -> "sister"); the noun's lexicon entry or its own words give the property
#   same   two mentions of one thing: apposition, naming ("my sister" same "Romy"); also the object of "is called"
#   value  a role that holds a literal ("my PIN" value "7316")
#   coref  pronoun -> what it stands for in the same sentence
#   claims somebody said it (claimant -> object mention of the reported relation)
#   P580 P582 P585 and price: from a relation's object mention to its qualifier
STRUCTURAL = frozenset({"role", "same", "value", "coref", "claims", "P580", "P582", "P585", "price"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one factuality inside a sentence."""

    span: Span
    act: Act
    factuality: Factuality
    confidence: float


class QueryForm(StrEnum):
    WH = "wh"
    YES_NO = "yes-no"
    COUNT = "count"
    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    PASSAGE = "passage"  # why, how, what happened: only wording answers it


@dataclass(frozen=True, slots=True)
class Query:
    """What a question asks: the relations of the parse, with `target` as the variable to solve for."""

    form: QueryForm
    target: int | None  # index of the WH mention, None for yes/no


@dataclass(frozen=True, slots=True)
class Parse:
    """One sentence, understood. A message is a tuple of them (see `nlu.understand`)."""

    text: str
    span: Span  # where the sentence stands in its message
    language: str  # "en" or "zh"
    act: Act
    act_confidence: float
    clauses: tuple[Clause, ...]
    mentions: tuple[Mention, ...]  # spans relative to `text`
    relations: tuple[Relation, ...]
    sentiment: float  # -1 bad … +1 good
    query: Query | None = None
    vector: tuple[float, ...] = field(default=(), repr=False, compare=False)  # unit vector of the sentence, D = 384


@dataclass(frozen=True, slots=True)
class Focus:
    """Something the conversation is about, as the graph knows it."""

    label: str
    tag: Tag
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What understanding may know beside the text, so that it is a pure function of both."""

    speaker: str
    at: datetime
    focus: tuple[Focus, ...] = ()
    last_turns: tuple[str, ...] = ()  # most recent last
    pending_question: str = ""  # the question we asked back, if any
    aliases: frozenset[str] = frozenset()  # names the graph knows, as a lexicon feature
