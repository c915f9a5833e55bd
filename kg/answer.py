"""What was recalled, said in one or two short sentences with nothing beside the point.

Takes a `Recalled` and a language, with callables that verbalise facts and dates; gives the text and the facts it rests
on. An empty text means that nothing is known. Knows no storage and no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kg.fact import Fact, Graph, Literal, Node, NodeKind
from kg.names import fold
from kg.pattern import Answer, Form
from kg.recalled import Candidate, Recalled, Status

Verbalise = Callable[[Sequence[Fact], str], str]  # facts, language -> sentences
SayDate = Callable[[str, str], str]  # ISO date of any precision, language -> words


@dataclass(frozen=True, slots=True)
class Saying:
    """An answer in words and the facts it rests on."""

    text: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wording:
    yes: str
    no: str
    comma: str
    last: str
    semicolon: str
    stop: str
    you: str
    yours: str  # {role}
    theirs: str  # {owner}, {role}
    according: str  # {value}, {who}
    disputed: str  # {claims}
    claim: str  # {who}, {what}
    which: str  # {name}, {options}
    which_one: str  # {options}
    alternative: str
    years: str  # {n}
    year: str
    difference: str
    kin: str  # {holder}, {kin}


_EN = _Wording(
    "Yes", "No", ", ", " and ", "; ", ".", "you", "your {role}", "{owner}'s {role}", "{value} according to {who}",
    "That is disputed: {claims}.", "according to {who}, {what}", "Which {name} do you mean: {options}?",
    "Which one do you mean: {options}?", " or ", "{n} years", "{n} year", "{n} years", "{holder} is {kin}",
)  # fmt: skip
_ZH = _Wording(
    "是的", "不", "、", "和", "；", "。", "你", "你的{role}", "{owner}的{role}", "据{who}，是{value}",
    "说法不一：{claims}。", "据{who}说，{what}", "你说的是哪个{name}：{options}？",
    "你说的是哪一个：{options}？", "还是", "{n}年", "{n}年", "{n}岁", "{holder}是{kin}",
)  # fmt: skip


def say(recalled: Recalled, language: str, *, graph: Graph, verbalise: Verbalise, date: SayDate) -> Saying:
    """Return a short answer in a language; its text is empty when there is nothing to say."""
    return _Speaker(language, graph, verbalise, date).say(recalled)


def called(node: Node, language: str, graph: Graph) -> str:
    """Return how to speak of a node: "you", a name, or whose sister it is."""
    return _Speaker(language, graph, lambda facts, language: "", lambda iso, language: iso).name(node)


class _Speaker:
    def __init__(self, language: str, graph: Graph, verbalise: Verbalise, date: SayDate) -> None:
        self.language = "zh" if language.startswith("zh") else "en"
        self.words = _ZH if self.language == "zh" else _EN
        self.graph, self.verbalise, self.date = graph, verbalise, date

    def say(self, recalled: Recalled) -> Saying:
        match recalled.status:
            case Status.UNKNOWN | Status.NOT_A_GRAPH_QUESTION:
                return Saying("")
            case Status.AMBIGUOUS:
                return Saying(self._ask_back(recalled.candidates))
            case Status.CLAIMED:
                return Saying(self._claimed(recalled), recalled.proofs)
            case Status.DENIED:
                return Saying(self._verdict(self.words.no, recalled.proofs), recalled.proofs)
            case Status.ANSWERED if recalled.form in (Form.YES_NO,) or not recalled.answers:
                return Saying(self._verdict(self.words.yes, recalled.proofs), recalled.proofs)
            case Status.ANSWERED if recalled.form is Form.KINSHIP and isinstance(recalled.answers[0].value, Literal):
                noun = recalled.answers[0].value.value
                return Saying(self._sentence(self._kin(recalled.members, noun)), recalled.proofs)
            case Status.ANSWERED if recalled.form in (Form.IDENTITY, Form.KINSHIP):
                return Saying(self.verbalise(recalled.proofs, self.language), recalled.proofs)
            case Status.ANSWERED:
                return Saying(self._sentence(self._values(recalled)), recalled.proofs)

    def name(self, node: Node) -> str:
        """Return how to speak of a node: "you", a name, or whose sister it is."""
        if node.kind is NodeKind.SELF:
            return self.words.you
        if node.kind is not NodeKind.ROLE:
            return node.label
        for fact in self.graph.facts(object=node.iri):
            if fact.role and fact.polarity:
                return self._possessed(fact.subject, fact.role)
        for fact in self.graph.facts(node.iri):
            if fact.role and fact.polarity and isinstance(fact.object, Node):
                return self._possessed(fact.object, fact.role)
        return node.label

    def _kin(self, pair: Sequence[Node], noun: str) -> str:
        """Return who is whose what: "Leif is your nephew", said of the one that isn't the speaker."""
        owner, holder = pair
        if holder.kind is NodeKind.SELF:
            return self._possessed(owner, noun)
        return self.words.kin.format(holder=self.name(holder), kin=self._possessed(owner, noun))

    def _possessed(self, owner: Node, role: str) -> str:
        if owner.kind is NodeKind.SELF:
            return self.words.yours.format(role=role)
        return self.words.theirs.format(owner=owner.label, role=role)

    def _values(self, recalled: Recalled) -> str:
        values = [(a, self._value(a, recalled)) for a in recalled.answers]
        if any(a.claimant is not None for a, _ in values) or self._disagree(recalled):
            return self.words.semicolon.join(self._attributed(a, v) for a, v in values)
        return self._list(list(dict.fromkeys(v for _, v in values)))

    def _disagree(self, recalled: Recalled) -> bool:
        """Whether several dates or numbers answer where sources of different titles say different things."""
        titles = [{s.title for f in a.facts[-1:] for s in f.sources} for a in recalled.answers]
        literal = all(isinstance(a.value, Literal) and a.value.datatype != "string" for a in recalled.answers)
        return literal and len(titles) > 1 and not set.intersection(*titles) and any(t - {""} for t in titles)

    def _attributed(self, answer: Answer, value: str) -> str:
        if answer.claimant is not None:
            return self.words.according.format(value=value, who=self.name(answer.claimant))
        titles = [s.title for f in answer.facts[-1:] for s in f.sources if s.title]
        return self.words.according.format(value=value, who=titles[0]) if titles else value

    def _value(self, answer: Answer, recalled: Recalled) -> str:
        value = answer.value
        if isinstance(value, Node):
            return self.name(value)
        if value.datatype == "date":
            return self.date(value.value, self.language)
        if recalled.unit == "year":
            pattern = self.words.difference if recalled.form is Form.DIFFERENCE else self.words.years
            return (self.words.year if value.value == "1" and self.language == "en" else pattern).format(n=value.value)
        return value.value

    def _list(self, names: Sequence[str]) -> str:
        """Return names joined.

        >>> _Speaker("en", None, None, None)._list(["Emil", "Viggo", "Solveig"])  # type: ignore[arg-type]
        'Emil, Viggo and Solveig'
        """
        if len(names) < 2:
            return "".join(names)
        return self.words.comma.join(names[:-1]) + self.words.last + names[-1]

    def _verdict(self, word: str, proofs: Sequence[Fact]) -> str:
        shown = proofs[-1:] if len(proofs) > 2 else proofs
        reason = self.verbalise(shown, self.language).strip() if shown else ""
        if not reason:
            return word + self.words.stop
        if self.language == "zh":
            return f"{word}，{reason}"
        first, space, rest = reason.partition(" ")
        lowered = first.lower() if first in ("You", "Your", "The", "A", "An", "It", "There", "Yours") else first
        return f"{word}, {lowered}{space}{rest}"

    def _claimed(self, recalled: Recalled) -> str:
        if recalled.form is not Form.YES_NO:
            return self._sentence(self._values(recalled))
        claims: list[str] = []
        for answer in recalled.answers:
            if answer.claimant is not None:
                own = [replace(f, claimant=None) for f in answer.facts]
                what = self.verbalise(own, self.language).strip().rstrip(".。")
                claims.append(self.words.claim.format(who=self.name(answer.claimant), what=what))
        if len(claims) == 1:
            return self._sentence(claims[0])
        return self.words.disputed.format(claims=self.words.semicolon.join(claims))

    def _ask_back(self, candidates: Sequence[Candidate]) -> str:
        labels = [c.node.label for c in candidates]
        unique = len({fold(x) for x in labels}) == len(labels)
        options = labels if unique else [self._distinguished(c.node) for c in candidates]
        joined = self.words.comma.join(options[:-1]) + self.words.alternative + options[-1]
        shared = _shared(labels)
        if shared:
            return self.words.which.format(name=shared, options=joined)
        return self.words.which_one.format(options=joined)

    def _distinguished(self, node: Node) -> str:
        """Return a name with what tells it from others of the same name."""
        for property in ("P106", "P39", "P31", "P108", "P551", "P1038"):
            for fact in self.graph.facts(node.iri, property, include_past=False):
                if fact.polarity and isinstance(fact.object, Node):
                    if self.language == "zh":
                        return f"{fact.object.label}的{node.label}"
                    return f"{node.label} ({fact.object.label})"
        return node.label

    def _sentence(self, text: str) -> str:
        if not text:
            return ""
        text = text[0].upper() + text[1:] if self.language == "en" else text
        return text if text[-1] in ".。!！?？" else text + self.words.stop


def _shared(labels: Sequence[str]) -> str:
    """Return the word that all names have in common, "" if there is none.

    >>> _shared(["Graham Ellory", "Graham Tupper"])
    'Graham'
    """
    words = [label.split() for label in labels]
    common = [w for w in words[0] if all(w in other for other in words[1:])]
    return " ".join(common) if common else ""
