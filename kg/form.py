"""What form of answer a question wants, and what of its terms that concerns: counted, compared, dated, named.

Takes a question's mentions with the terms chosen for them; gives a query graph without its edges, which takes them in.
Knows no graph and no linking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kg import cues
from kg.pattern import Constant, Edge, Era, Form, Moment, QueryGraph, Term, Value, Variable
from kg.readings import DATES, Ontology, readings
from kg.roles import RELATED
from nlu.parse import Kind, Parse, QueryForm, Tag

QUALIFIERS = frozenset({"P580", "P582", "P585"})
UNIFYING = frozenset({"same", "coref"})


@dataclass(frozen=True, slots=True)
class Outline:
    """A question whose mentions have terms. Groups are mentions of one thing; `owners` leads from roles to possessors."""

    parse: Parse
    target: int | None
    terms: Sequence[Term]  # by group
    group_of: Mapping[int, int]
    members: Sequence[Sequence[int]]  # by group
    owners: Mapping[int, int]
    ontology: Ontology | None

    def target_term(self) -> Term | None:
        """Return what is asked for, None for yes or no."""
        return None if self.target is None else self.terms[self.group_of[self.target]]

    def speaker(self) -> Term | None:
        """Return the term of "I", None when nobody says it."""
        return next(
            (self.terms[self.group_of[i]] for i, m in enumerate(self.parse.mentions) if m.tag is Tag.SELF), None
        )

    def implied(self) -> tuple[Edge, ...]:
        """Return the edge that a verb of change stands for: "when did she marry?" asks for the start of P26."""
        properties = cues.event(self.parse.text, self.parse.language)
        known = [t for t in self.terms if isinstance(t, Constant)]
        subject = _leaf(self) or (known[0] if known else None)
        if not properties or subject is None:
            return ()
        ways = tuple(w for p in properties for w in readings(p, self.ontology)[:2] if w.weight == 1.0)
        era = Era.NOW if self.target is None else Era.ANY
        return (Edge(subject, Variable("what"), properties[0], ways, Moment(era)),)


def asks_kinship(parse: Parse) -> bool:
    """Return whether two known people are set side by side to ask what they are to each other."""
    people = [m for m in parse.mentions if m.tag in (Tag.PERSON, Tag.SELF, Tag.PRONOUN)]
    return len(people) == 2 and cues.asks_kinship(parse.text, parse.language)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of the edges, before they are known."""

    graph: QueryGraph
    implied: tuple[Edge, ...] = ()  # what a verb alone says, when there are no relations

    def build(
        self, edges: tuple[Edge, ...], distinct: tuple[tuple[Term, ...], ...], weight: float
    ) -> QueryGraph | None:
        """Return the graph with its edges; None when nothing is left to look for."""
        graph = self.graph
        edges += self.implied
        if not edges and graph.form in (Form.ENTITY, Form.COUNT, Form.TIME, Form.DURATION, Form.YES_NO):
            return None
        if graph.form is Form.SUPERLATIVE:
            edges = tuple(e for e in edges if e.property not in DATES or e.subject != graph.target)
            if not edges and not graph.compared:
                return None
        if graph.form is Form.TIME:
            edges, dated, qualifier = _dated_edge(edges, graph)
            if dated < 0:
                return replace(graph, form=Form.ENTITY, edges=edges, distinct=distinct, score=weight)
            return replace(graph, edges=edges, distinct=distinct, score=weight, dated=dated, qualifier=qualifier)
        return replace(graph, edges=edges, distinct=distinct, score=weight)


def shape_of(outline: Outline) -> Shape | None:
    """Return the form of a question and what goes with it."""
    parse, target = outline.parse, outline.target_term()
    text, language, hint = parse.text, parse.language, parse.query.form if parse.query else None
    rank = cues.ranking(text, language)
    people = _compared(outline)
    base = QueryGraph(Form.ENTITY, (), target, 1.0, expected=_expected(outline))
    base = replace(base, language=language)
    related = [r for r in parse.relations if r.property == RELATED]
    if not related and asks_kinship(parse) and len(people) == 2:
        owner_first = sorted(people, key=lambda t: t != outline.speaker())
        return Shape(replace(base, form=Form.KINSHIP, compared=tuple(owner_first)))
    if related and (target is None or all(outline.target not in (r.subject, r.object) for r in related)):
        ends = tuple(outline.terms[outline.group_of[i]] for i in (related[0].subject, related[0].object))
        return Shape(replace(base, form=Form.KINSHIP, compared=ends))
    naming = [r for r in parse.relations if r.property in ("P1813", "P1449") and r.subject == outline.target]
    if naming and isinstance(outline.terms[outline.group_of[naming[0].object]], Constant):
        said = parse.mentions[naming[0].object].text
        return Shape(
            replace(base, form=Form.NAME, target=outline.terms[outline.group_of[naming[0].object]], asked_as=said)
        )
    claims = [r for r in parse.relations if r.property == "claims"]
    if claims and outline.target is not None and any(r.subject == outline.target for r in claims):
        return Shape(replace(base, form=Form.CLAIMANT))
    if cues.asks_difference(text, language) and len(people) == 2:
        dimension = rank.dimension if rank else "P569"
        return Shape(replace(base, form=Form.DIFFERENCE, compared=people, dimension=dimension or "P569"))
    if target is None:
        words = [parse.mentions[r.object] for r in parse.relations if r.property in ("P31", "P21")]
        gender = next((m.gender or cues.gender(m.text) for m in words), "")
        if rank and rank.dimension and len(people) == 2 and not _relates(parse):
            return Shape(replace(base, form=Form.SUPERLATIVE, compared=people, dimension=rank.dimension,
                                  greatest=rank.greatest, target=None))  # fmt: skip
        implied = outline.implied() if not _relates(parse) else ()
        marriage = tuple(e for e in implied if e.property == "P26")  # other verbs say too little by themselves
        return Shape(replace(base, form=Form.YES_NO, gender_asked=gender), marriage)
    if isinstance(target, Constant):
        return Shape(_about_constant(outline, base, target))
    qualified = [r for r in parse.relations if r.property in QUALIFIERS and r.object == outline.target]
    attached = any(outline.target in (r.subject, r.object) for r in parse.relations)
    if qualified or (hint is QueryForm.WHEN and not _holds_value(parse, outline.target)):
        wanted = qualified[0].property if qualified else "P582" if cues.asks_end(text, language) else "P580"
        lasting = cues.asks_duration(text, language) and hint is not QueryForm.WHEN
        about = outline.terms[outline.group_of[qualified[0].subject]] if qualified else None
        return Shape(
            replace(base, form=Form.DURATION if lasting else Form.TIME, qualifier=wanted, about=about),
            () if qualified or attached else outline.implied(),
        )
    if cues.asks_duration(text, language) and not attached:
        return Shape(replace(base, form=Form.DURATION))
    if hint is QueryForm.COUNT:
        return Shape(replace(base, form=Form.COUNT, target=_counted(outline, target)))
    if rank and not _is_naming(parse):
        listed = people if not attached or not _relates(parse) else ()
        return Shape(replace(base, form=Form.SUPERLATIVE, dimension=rank.dimension, greatest=rank.greatest,
                              compared=listed))  # fmt: skip
    if not attached and parse.relations:
        return None if _asks_for_another_kind(outline) else Shape(replace(base, target=_leaf(outline) or target))
    return Shape(base) if attached else None


def _about_constant(outline: Outline, base: QueryGraph, target: Constant) -> QueryGraph:
    """Return the question for a name, or for who somebody is: the WH-phrase stands for a known thing."""
    members = outline.members[outline.group_of[outline.target or 0]]
    known = [outline.parse.mentions[i] for i in members if outline.parse.mentions[i].tag is not Tag.WH]
    said = next((m.text for m in known if m.kind is Kind.NAME), "")
    naming = cues.asks_name(outline.parse.text, outline.parse.language)
    if naming or any(m.tag is Tag.SELF for m in known):
        script = cues.script_of(outline.parse.text)
        return replace(base, form=Form.NAME, asked_as=said, script=script)
    return replace(base, form=Form.IDENTITY, asked_as=said)


def _expected(outline: Outline) -> tuple[str, ...]:
    """Return the tags that an answer should have, by the form of the outline."""
    hint = outline.parse.query.form if outline.parse.query else None
    return {
        QueryForm.WHO: ("PER", "ORG", "SELF", "ROLE"),
        QueryForm.WHERE: ("LOC", "ORG", "EVT", "THING", "PROD"),
        QueryForm.WHEN: ("DATE",),
    }.get(hint or QueryForm.WH, ())


def _compared(outline: Outline) -> tuple[Term, ...]:
    """Return the people or things that the question sets side by side: those that are nobody's possessor first."""
    owners = {outline.group_of[i] for i in outline.owners.values()}
    seen: list[int] = []
    for i, m in enumerate(outline.parse.mentions):
        group = outline.group_of[i]
        if m.tag not in (Tag.WH, Tag.DATE, Tag.QUANTITY, Tag.YOU) and group not in seen:
            seen.append(group)
    if outline.target is not None:
        seen = [g for g in seen if g != outline.group_of[outline.target]]
    leaves = [g for g in seen if g not in owners]
    chosen = leaves if len(leaves) >= 2 else seen
    return tuple(outline.terms[g] for g in chosen if not isinstance(outline.terms[g], Value))


def _counted(outline: Outline, target: Term) -> Term:
    """Return what "how many" counts: the role or thing that the number belongs to."""
    for r in outline.parse.relations:
        if r.property == "value" and r.object == outline.target:
            return outline.terms[outline.group_of[r.subject]]
    if any(outline.target in (r.subject, r.object) for r in outline.parse.relations):
        return target
    return _leaf(outline) or target


def _leaf(outline: Outline) -> Term | None:
    """Return the last variable that is nobody's possessor: "Gudrun's daughter's husband" is the husband."""
    owners = set(outline.owners.values())
    ends = [r.object for r in outline.parse.relations if r.property == "role" and r.object not in owners]
    found = [outline.terms[outline.group_of[i]] for i in ends]
    return next((t for t in reversed(found) if isinstance(t, Variable)), None)


def _asks_for_another_kind(outline: Outline) -> bool:
    """Whether the question word's noun is none of the roles named: "which seat is my niece's?" asks for no niece."""
    parse, target = outline.parse, outline.target
    hint = parse.query.form if parse.query else None
    if hint in (QueryForm.WHERE, QueryForm.WHEN):
        return True
    words = parse.mentions[target].text.casefold().split() if target is not None else []
    roles = {m.text.casefold() for m in parse.mentions if m.tag is Tag.ROLE}
    return len(words) > 1 and hint is not QueryForm.WHO and not any(words[-1].rstrip("s") in role for role in roles)


def _dated_edge(edges: tuple[Edge, ...], graph: QueryGraph) -> tuple[tuple[Edge, ...], int, str]:
    """Return the edges with the one whose time is asked for; -1 when an edge itself leads to the date."""
    for n, edge in enumerate(edges):
        if graph.about is not None and graph.about in (edge.subject, edge.object):
            return edges, n, graph.qualifier
        if edge.object == graph.target:
            if edge.property in DATES or edge.property == "tt:happened":
                return edges, -1, ""
            loose = replace(edge, object=Variable("what"))
            return (*edges[:n], loose, *edges[n + 1 :]), n, graph.qualifier
    return edges, len(edges) - 1, graph.qualifier


def _holds_value(parse: Parse, target: int | None) -> bool:
    return any(r.object == target and r.property in DATES - QUALIFIERS for r in parse.relations)


def _relates(parse: Parse) -> bool:
    return any(r.property not in UNIFYING | DATES | {"tt:age"} for r in parse.relations)


def _is_naming(parse: Parse) -> bool:
    return any(r.property in ("P734", "P735", "P1449", "P1813", "tt:likes", "tt:favourite") for r in parse.relations)
