"""From a question's parse to query graphs: linked constants, variables, edges with their readings, times, and the form.

Takes a parse, a linker, the ontology and the role lexicon; gives at most 20 readings with scores. Looks nothing up in
the graph itself; knows no SPARQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

from kg import cues
from kg.fact import Node, NodeKind, When
from kg.form import QUALIFIERS, UNIFYING, Outline, asks_kinship, shape_of
from kg.interval import interval
from kg.link import Linker as GraphLinker
from kg.link import Sentence
from kg.pattern import Constant, Edge, Era, Moment, QueryGraph, Reading, Term, Value, Variable
from kg.readings import LASTING, Ontology, readings, routes, split_step
from kg.roles import RELATED, RoleLexicon
from nlu.parse import Act, Kind, Mention, Parse, QueryForm, Relation, Tag

BEAM = 20
_POSSESSIVE = frozenset({"", "'s", "’s", "'", "的", "家", "家的"})  # what may stand between a possessor and its role
_OWNERS = frozenset("my our your his her its their".split())  # noqa: SIM905
_LINKS = 3  # candidates kept of a mention
_EXACT = 0.9  # of what bears just that name but was taken for another kind of thing
_PEOPLE = frozenset({Tag.PERSON, Tag.SELF, Tag.PRONOUN, Tag.ROLE})


@dataclass(frozen=True, slots=True)
class Linked:
    """What a mention may mean: one node, or several for a plural, with a score in [0, 1.5]."""

    nodes: tuple[Node, ...]
    score: float = 1.0


class Linker(Protocol):
    """Finds what a mention means; several when it can't be decided, none when nothing is known."""

    def candidates(self, parse: Parse, mention: int) -> Sequence[Linked]: ...


class AttentiveLinker:
    """`kg.link` as a question's linker: names, roles in focus and pronouns, and nothing is created."""

    def __init__(self, linker: GraphLinker, speaker: Node | None) -> None:
        self._linker, self._speaker = linker, speaker
        self._sentence: tuple[Parse, Sentence] | None = None

    def candidates(self, parse: Parse, mention: int) -> Sequence[Linked]:
        if self._sentence is None or self._sentence[0] is not parse:
            self._sentence = (parse, Sentence(self._linker, parse, self._speaker, create=False))
        link = self._sentence[1].link(mention)
        if link.nodes:
            return (Linked(link.nodes),)
        if link.ambiguous:
            return tuple(Linked((c.node,), c.score) for c in link.ambiguous)
        words = parse.mentions[mention]
        if words.kind not in (Kind.NAME, Kind.NOUN):
            return ()
        return tuple(Linked((node,), _EXACT) for node in self._linker.bearers(words.text))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one part of the question contributes under one reading."""

    edges: tuple[Edge, ...]
    weight: float = 1.0
    distinct: tuple[Term, ...] = ()


@dataclass(slots=True)
class _Group:
    """Mentions of one thing, and the terms that may stand for it."""

    members: list[int]
    terms: list[tuple[Term, float]]


class NothingKnown(Exception):
    """A question is about something that the graph has never heard of; the mention's text is the message."""


def understand(
    parse: Parse, linker: Linker, ontology: Ontology | None, roles: RoleLexicon, *, at: str
) -> tuple[QueryGraph, ...]:
    """Return the readings of a question, best first; none when it doesn't ask for anything a graph holds.

    `at` is the ISO day of asking.

    Raises:
        NothingKnown: a name in it is unknown.
    """
    return _Question(parse, linker, ontology, roles, at).graphs()


class _Question:
    def __init__(self, parse: Parse, linker: Linker, ontology: Ontology | None, roles: RoleLexicon, at: str) -> None:
        self.parse, self.linker, self.ontology, self.roles, self.at = parse, linker, ontology, roles, at
        self.target = parse.query.target if parse.query else None
        self.used = {i for r in parse.relations for i in (r.subject, r.object)}
        self.owners = {r.object: r.subject for r in parse.relations if r.property == "role"}
        self.groups: list[_Group] = []
        self.group_of: dict[int, int] = {}
        self.instances: dict[Variable, Constant] = {}  # "my cat": one of the kind
        self.fresh = 0

    def graphs(self) -> tuple[QueryGraph, ...]:
        """Return the beam: every choice of constants with every choice of readings, the best first."""
        query = self.parse.query
        kinship = any(r.property == RELATED for r in self.parse.relations) or asks_kinship(self.parse)
        if query is None or (query.form is QueryForm.PASSAGE and not kinship):
            return ()
        if any(self.parse.mentions[i].tag is Tag.YOU for i in self.used):
            return ()  # about the assistant
        asks = self.parse.act is not Act.FORGET
        if query.form is QueryForm.YES_NO and asks and not kinship and self._only_presupposes():
            return ()
        self._unify()
        for group in self.groups:
            group.terms = self._terms(group)
            if not self.used.intersection(group.members):
                group.terms = group.terms[:1]  # nothing hangs on it
        found: list[QueryGraph] = []
        pools = [group.terms for group in self.groups]
        for picked in sorted(product(*pools), key=_weight_of)[:BEAM]:
            terms = [term for term, _ in picked]
            linked = -_weight_of(picked)
            chosen = tuple(
                iri
                for group, term in zip(self.groups, terms, strict=True)
                if len(group.terms) > 1 and isinstance(term, Constant)
                for iri in term.iris
            )
            found += [replace(g, score=g.score * linked, chosen=chosen) for g in self._readings(terms)]
        return tuple(sorted(found, key=lambda g: -g.score)[:BEAM])

    def _only_presupposes(self) -> bool:
        """Whether the relations only say whose relative is meant ("does his wife drive?"), not what is asked of them."""
        for relation in self.parse.relations:
            if relation.property == "coref":
                continue
            owner, role = (self.parse.mentions[i].span for i in (relation.subject, relation.object))
            between = self.parse.text[owner.end : role.start].strip()
            bare = not between and self.parse.language != "zh" and owner.of(self.parse.text).casefold() not in _OWNERS
            if relation.property != "role" or owner.end > role.start or bare or between not in _POSSESSIVE:
                return False
            if self.parse.language == "zh" and not self.parse.text[role.end :].strip("了吗呢没有么嘛？?。 "):
                return False
        return bool(self.parse.relations)

    # mentions to terms

    def _unify(self) -> None:
        parent = list(range(len(self.parse.mentions)))
        for r in self.parse.relations:
            if r.property in UNIFYING or (r.property == "value" and self._is_code(r)):
                low, high = sorted((_root(parent, r.subject), _root(parent, r.object)))
                parent[high] = low
        for i in range(len(parent)):
            root = _root(parent, i)
            if root not in self.group_of:
                self.group_of[root] = len(self.groups)
                self.groups.append(_Group([], []))
            self.group_of[i] = self.group_of[root]
            self.groups[self.group_of[root]].members.append(i)

    def _is_code(self, relation: Relation) -> bool:
        """Whether a role with a value is that value: "my PIN is 7316"; a count of people is not."""
        if self.parse.mentions[relation.subject].tag is not Tag.ROLE:
            return False
        if self._form_hint() is QueryForm.COUNT:
            return False
        meaning = self.roles.meaning(self.parse.mentions[relation.subject].text)
        return meaning is None or meaning.is_literal()

    def _terms(self, group: _Group) -> list[tuple[Term, float]]:
        mentions = [(i, self.parse.mentions[i]) for i in group.members]
        name = Variable("x" + str(group.members[0]))
        named = [i for i, m in mentions if m.tag not in (Tag.WH, Tag.ROLE, Tag.DATE, Tag.QUANTITY)]
        for i in named:
            linked = self.linker.candidates(self.parse, i)[:_LINKS]
            if linked:
                found: list[tuple[Term, float]] = [(_constant(one), one.score) for one in linked]
                if all(n.kind is NodeKind.CLASS for n in linked[0].nodes) and self._has_parts(group):
                    instance = Variable("i" + str(i))
                    self.instances[instance] = _constant(linked[0])
                    found.append((instance, 0.95))
                return found
        if any(m.tag is Tag.WH for _, m in mentions) and not named:
            owned = [i for i, m in mentions if m.tag is Tag.ROLE and i not in self.owners]
            return self._loose_role(owned[0], name) if owned else [(name, 1.0)]
        if any(i in self.owners for i, _ in mentions):
            return [(name, 1.0)]
        for i, m in mentions:
            if m.tag is Tag.ROLE:
                return self._loose_role(i, name)
        text = [m for _, m in mentions if m.tag not in (Tag.ROLE, Tag.WH)] or [m for _, m in mentions]
        if named and text[0].tag in (*_PEOPLE, Tag.ORGANISATION, Tag.WORK) and self._matters(group):
            raise NothingKnown(text[0].text)
        return [(Value(text[0].text, text[0].value), 1.0)]

    def _has_parts(self, group: _Group) -> bool:
        """Whether a kind stands for one of its kind here: "my cat", "how old is the cat"."""
        return any(
            r.property not in ("P31", "P279", "P106", "P39") and r.property not in UNIFYING
            for r in self.parse.relations
            if r.object in group.members or r.subject in group.members
        )

    def _matters(self, group: _Group) -> bool:
        return any(i in self.used for i in group.members) and not self._only_object(group)

    def _only_object(self, group: _Group) -> bool:
        return self.target is None and not any(
            r.subject in group.members for r in self.parse.relations if r.property != "same"
        )

    def _loose_role(self, index: int, name: Variable) -> list[tuple[Term, float]]:
        """Return who "the director" may be when nobody's is said: somebody in focus, else anybody told under the noun."""
        if self.target in self.groups[self.group_of[index]].members:
            return [(name, 1.0)]
        linked = self.linker.candidates(self.parse, index)[:_LINKS]
        if linked:
            return [(_constant(one), one.score) for one in linked]
        return [(name, 1.0)]

    # terms to graphs

    def _readings(self, terms: list[Term]) -> list[QueryGraph]:
        pools = self._pools(terms)
        members = [group.members for group in self.groups]
        shape = shape_of(Outline(self.parse, self.target, terms, self.group_of, members, self.owners, self.ontology))
        if shape is None:
            return []
        found: list[QueryGraph] = []
        for choice in sorted(product(*pools), key=_choice_weight)[:BEAM]:
            edges = tuple(e for one in choice for e in one.edges)
            distinct = tuple(one.distinct for one in choice if len(one.distinct) > 1)
            graph = shape.build(edges, distinct, -_choice_weight(choice))
            if graph is not None:
                found.append(graph)
        return found

    def _pools(self, terms: list[Term]) -> list[list[_Choice]]:
        pools: list[list[_Choice]] = []
        for r in self.parse.relations:
            if r.property in UNIFYING | QUALIFIERS | {"claims"} or (r.property == "value" and self._is_code(r)):
                continue
            subject, obj = terms[self.group_of[r.subject]], terms[self.group_of[r.object]]
            if subject == obj:
                continue
            other = next((i for i in (r.subject, r.object) if self._is_second_question(i)), None)
            if other is not None or r.property == RELATED:
                continue
            if r.property == "role":
                pools.append(self._role_choices(r, subject, obj))
            elif r.property != "value":
                pools.append(self._choices(r, subject, obj))
        for term in dict.fromkeys(terms):
            if isinstance(term, Variable) and term in self.instances:
                pools.append([_Choice((self._edge(term, self.instances[term], "P31", Moment(Era.ANY)),))])
        for i, m in enumerate(self.parse.mentions):
            term = terms[self.group_of[i]]
            if m.tag is not Tag.ROLE or i in self.owners:
                continue
            if isinstance(term, Variable):
                pools.append(self._unowned(i, term))
            elif isinstance(term, Constant) and len(self.groups[self.group_of[i]].members) > 1:
                pools.append([*self._unowned(i, term)[:1], _Choice((), 0.7)])
        return pools

    def _choices(self, r: Relation, subject: Term, obj: Term) -> list[_Choice]:
        moment = self._moment(r)
        claimant = None
        gender = self.parse.mentions[r.object].gender if isinstance(obj, Variable) else ""
        found: list[_Choice] = []
        counted = r.property == "P1971" and self._form_hint() is QueryForm.COUNT
        for way, weight in routes(["P40" if counted else r.property]):
            edges = self._walk(way, subject, obj, moment, "", gender)
            nodes = (subject, *(e.object for e in edges)) if len(edges) > 1 else ()
            found.append(_Choice(tuple(replace(e, claimant=claimant) for e in edges), weight, nodes))
        if self._is_any(r):  # "do I play an instrument?": any will do
            found.append(_Choice(self._walk((r.property,), subject, self._variable(), moment, "", ""), 0.9))
        post = self.parse.mentions[r.object].text
        if r.property in ("P39", "P106") and (meaning := self.roles.meaning(post)) and meaning.store != RELATED:
            held = Edge(self._variable(), subject, "", (Reading("", noun=post),), moment, post)
            found.append(_Choice((held,), 0.9))  # who holds a post may have been told as its director
        if r.property in ("P31", "P279") and r.subject == self.target and self._form_hint() is not QueryForm.COUNT:
            found.append(_Choice((), 0.55))  # what kind it is need not have been said
        return found

    def _is_any(self, r: Relation) -> bool:
        """Whether a yes-no question names only the kind that the property leads to: an instrument, a language."""
        mention = self.parse.mentions[r.object]
        if self._form_hint() is not QueryForm.YES_NO or self.ontology is None or r.property not in self.ontology:
            return False
        words = self.ontology.label(r.property, self.parse.language).casefold()
        noun = mention.text.casefold()
        return mention.kind is not Kind.NAME and bool(noun) and noun.rstrip("s") in words

    def _is_second_question(self, index: int) -> bool:
        return index != self.target and self.parse.mentions[index].tag is Tag.WH

    def _role_choices(self, r: Relation, subject: Term, obj: Term) -> list[_Choice]:
        mention = self.parse.mentions[r.object]
        moment = self._moment(r)
        if state := cues.state(mention.text):
            return [_Choice(self._walk((state,), subject, obj, moment, "", ""))]
        meaning = self.roles.meaning(mention.text)
        gender = mention.gender or (meaning.gender if meaning else "")
        if meaning is not None and meaning.former:
            moment = Moment(Era.PAST)
        backward = meaning is not None and meaning.store.startswith("-")
        told = Reading("", backward, 1.0, gender, mention.text)
        found = [_Choice((Edge(subject, obj, "", (told,), moment, mention.text, gender),))]
        for path in meaning.paths if meaning else ():
            if path == (RELATED,):
                continue
            for way, weight in routes(path):
                noun = mention.text if len(path) == len(way) == 1 else ""
                edges = self._walk(way, subject, obj, moment, noun, gender)
                nodes = (subject, *(e.object for e in edges)) if len(edges) > 1 else ()
                found.append(_Choice(edges, weight * 0.98, nodes))
        if isinstance(obj, Constant) and self.target is not None:
            found.append(_Choice((), 0.7))  # "my cousin Ann": Ann is known, that she is the cousin need not be
        return found

    def _unowned(self, index: int, term: Term) -> list[_Choice]:
        """Return how somebody known only as "the postman" may be found: told under the noun, or by occupation."""
        noun = self.parse.mentions[index].text
        moment = Moment(
            Era.ANY if self._asks_time() or cues.is_past_tense(self.parse.text, self.parse.language) else Era.NOW
        )
        dates = [m for m in self.parse.mentions if m.tag is Tag.DATE]
        moment = next((found for m in dates if (found := self._dated(m)) is not None), moment)
        meaning = self.roles.meaning(noun)
        store = meaning.store if meaning else RELATED
        properties = dict.fromkeys((store.lstrip("-"), RELATED))  # not every property: both ends are open
        ways = tuple(Reading(p, p != RELATED and store.startswith("-"), noun=noun) for p in properties)
        told = Edge(self._variable(), term, "", ways, moment, noun)
        jobs = (Reading("P106"), Reading("P39"), Reading("P31", weight=0.9))
        job = Edge(term, Value(noun), "P106", jobs, moment if dates else Moment(Era.NOW))
        return [_Choice((told,)), _Choice((job,), 0.9)]

    def _walk(
        self, way: Sequence[str], subject: Term, obj: Term, moment: Moment, noun: str, gender: str
    ) -> tuple[Edge, ...]:
        edges: list[Edge] = []
        here = subject
        for n, step in enumerate(way):
            bare, step_gender = split_step(step)
            last = n == len(way) - 1
            there = obj if last else self._variable()
            edge = self._edge(here, there, bare, moment if last else self._supporting(bare, moment))
            edges.append(replace(edge, noun=noun if last else "", gender=step_gender or (gender if last else "")))
            here = there
        return tuple(edges)

    def _edge(self, subject: Term, obj: Term, property: str, moment: Moment) -> Edge:
        return Edge(subject, obj, property.lstrip("-"), readings(property, self.ontology), moment)

    def _variable(self) -> Variable:
        self.fresh += 1
        return Variable(f"y{self.fresh}")

    # time

    def _supporting(self, property: str, moment: Moment) -> Moment:
        return Moment(Era.ANY) if property.lstrip("-") in LASTING or moment.era is not Era.NOW else moment

    def _moment(self, r: Relation) -> Moment:
        """Return the time that a relation is asked about: its own date, the sentence's, or now."""
        members = self.groups[self.group_of[r.object]].members
        dates = [q.object for q in self.parse.relations if q.property in QUALIFIERS and q.subject in members]
        dates = [i for i in dates if self.parse.mentions[i].tag is Tag.DATE]
        near = self._is_near(r)
        if not dates and near:
            dates = [i for i, m in enumerate(self.parse.mentions) if m.tag is Tag.DATE and i not in self.used]
        for i in dates:
            found = self._dated(self.parse.mentions[i])
            if found is not None:
                return found
        temporal = self._is_temporal(r.property)
        if not near:
            return Moment(Era.NOW if temporal else Era.ANY)
        if self._asks_time():
            return Moment(Era.ANY)
        found_era = cues.era(self.parse.text, self.parse.language)
        if found_era is not None and (temporal or found_era is not Era.PAST):
            return Moment(found_era if temporal else Era.ANY)
        if temporal and cues.is_past_tense(self.parse.text, self.parse.language):
            return Moment(Era.PAST)
        return Moment(Era.NOW if temporal else Era.ANY)

    def _dated(self, mention: Mention) -> Moment | None:
        when = interval(mention.value, mention.text) if mention.value else _year(mention.text)
        said = cues.edge(
            self.parse.text[: mention.span.start], self.parse.text[mention.span.end :], self.parse.language
        )
        if when is None:
            return None if said is None and cues.era(mention.text, self.parse.language) is None else Moment(
                said or cues.era(mention.text, self.parse.language) or Era.NOW
            )  # fmt: skip
        if said is None and when.earliest <= self.at <= when.latest and when.earliest == when.latest:
            return Moment(Era.NOW)
        return Moment(said or Era.AT, when)

    def _is_near(self, r: Relation) -> bool:
        """Whether a relation is what the question is about, rather than what tells who is meant."""
        if self.target is None:
            return r.object not in self.owners.values() or r.property != "role"
        members = self.groups[self.group_of[self.target]].members
        touching = [x for x in self.parse.relations if x.property not in UNIFYING | QUALIFIERS | {"value"}]
        touching = [x for x in touching if x.subject in members or x.object in members]
        return r in touching or not touching

    def _is_temporal(self, property: str) -> bool:
        if property == "role":
            return True
        if property in LASTING:
            return False
        if self.ontology is None or property not in self.ontology:
            return True
        return self.ontology.is_temporal(property) or property.startswith("tt:") or property in ("P106", "P26", "P276")

    def _asks_time(self) -> bool:
        return self._form_hint() is QueryForm.WHEN or cues.asks_duration(self.parse.text, self.parse.language)

    def _form_hint(self) -> QueryForm | None:
        return self.parse.query.form if self.parse.query else None


def _constant(linked: Linked) -> Constant:
    return Constant(tuple(n.iri for n in linked.nodes))


def _year(text: str) -> When | None:
    digits = "".join(c for c in text if c.isdigit())
    return interval(digits, text) if len(digits) == 4 else None


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        i = parent[i]
    return i


def _weight_of(picked: Sequence[tuple[Term, float]]) -> float:
    score = 1.0
    for _, weight in picked:
        score *= weight
    return -score


def _choice_weight(choice: Sequence[_Choice]) -> float:
    weight = 1.0
    for one in choice:
        weight *= one.weight
    return -weight
