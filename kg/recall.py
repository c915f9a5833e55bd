"""A question's parse to what the graph knows of it: answers with scores, the facts that prove them, the SPARQL.

Takes a parse, a graph and what links and declares; gives one `Recalled`. Executes through one seam, a function from
SPARQL to rows, or joins in plain Python when there is no store. Knows no wording: `kg.answer` says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kg import join, measure, naming, sparql, verdict
from kg.fact import Fact, Graph, Literal, Node, NodeKind, When
from kg.moment import as_literal, began, ended, fitness
from kg.names import fold
from kg.pattern import (
    Answer,
    Binding,
    Constant,
    Edge,
    Era,
    Form,
    Moment,
    QueryGraph,
    Solution,
)
from kg.question import Linker, NothingKnown, understand
from kg.readings import DATES, SINGLE, Ontology
from kg.recalled import Candidate, Recalled, Status
from kg.roles import RoleLexicon
from kg.sparql import Execute
from nlu.parse import Kind, Parse, Query, QueryForm, Tag

TIER = 0.6  # answers below this share of the best one's score are dropped
_NAMING = frozenset({"P1449", "P734", "P735", "P1813", "same", "value"})
_NEVER_WHO = frozenset({"LOC", "DATE", "QTY", "OCC", "ACTV", "FEEL", "LANG"})


def recall(
    parse: Parse,
    graph: Graph,
    linker: Linker,
    ontology: Ontology | None,
    *,
    roles: RoleLexicon,
    at: str,
    execute: Execute | None = None,
    previous: Sequence[Fact] = (),
) -> Recalled:
    """Return what the graph knows of a question asked on the ISO day `at`.

    `execute` runs SPARQL; without it the join is done in Python. `previous` are the facts of the last answer: what
    "before that" means.
    """
    search = _Search(graph, roles, ontology, at[:10], execute, tuple(previous))
    if _counts_names(parse):
        return _namesakes(parse, graph, linker)
    found: list[Recalled] = []
    for one in _each_question(parse):
        try:
            queries = understand(one, linker, ontology, roles, at=at[:10])
        except NothingKnown as nothing:
            return Recalled(Status.UNKNOWN, unknown=str(nothing))
        found.append(search.answer(queries) if queries else Recalled(Status.NOT_A_GRAPH_QUESTION))
    return _joined(found)


def _each_question(parse: Parse) -> tuple[Parse, ...]:
    """Return the parse once for each of its question words: "who founded it, and when?" """
    wanted = [i for r in parse.relations for i in (r.subject, r.object) if parse.mentions[i].tag is Tag.WH]
    targets = tuple(dict.fromkeys(wanted))
    if len(targets) < 2 or parse.query is None:
        return (parse,)
    forms = [QueryForm.WHEN if _is_date(parse, t) else parse.query.form for t in targets]
    return tuple(replace(parse, query=Query(form, t)) for form, t in zip(forms, targets, strict=True))


def _is_date(parse: Parse, target: int) -> bool:
    return any(r.object == target and r.property in DATES for r in parse.relations)


def _joined(found: Sequence[Recalled]) -> Recalled:
    """Return several answers as one, those that were found."""
    known = [r for r in found if r.status is Status.ANSWERED]
    if len(known) < 2:
        return known[0] if known else found[0]
    proofs = tuple(dict.fromkeys(f for r in known for f in r.proofs))
    return replace(known[0], answers=tuple(a for r in known for a in r.answers), proofs=proofs)


def _counts_names(parse: Parse) -> bool:
    """Whether a question asks how many people of one name are known."""
    named = [m for m in parse.mentions if m.kind is Kind.NAME]
    query = parse.query
    naming = all(r.property in _NAMING for r in parse.relations)  # "how many people called Graham"
    return query is not None and query.form is QueryForm.COUNT and naming and len(named) == 1


def _namesakes(parse: Parse, graph: Graph, linker: Linker) -> Recalled:
    index = next(i for i, m in enumerate(parse.mentions) if m.kind is Kind.NAME)
    nodes = tuple(dict.fromkeys(n for one in linker.candidates(parse, index) for n in one.nodes))
    if not nodes:
        return Recalled(Status.UNKNOWN, Form.COUNT, unknown=parse.mentions[index].text)
    facts = tuple(f for n in nodes for f in (*graph.facts(n.iri), *graph.facts(object=n.iri))[:1])
    answer = Answer(Literal(str(len(nodes)), "quantity"), 1.0, facts)
    return Recalled(Status.ANSWERED, Form.COUNT, (answer,), tuple(dict.fromkeys(facts)), members=nodes)


class _Search:
    """One question's search: runs query graphs, judges solutions, forms answers."""

    def __init__(
        self,
        graph: Graph,
        roles: RoleLexicon,
        ontology: Ontology | None,
        day: str,
        execute: Execute | None,
        previous: tuple[Fact, ...],
    ) -> None:
        self.graph, self.roles, self.ontology, self.day = graph, roles, ontology, day
        self.execute, self.previous = execute, previous
        self.ran: dict[tuple[Edge, ...], tuple[Solution, ...]] = {}

    def answer(self, queries: Sequence[QueryGraph]) -> Recalled:
        queries = [self._anchored(q) for q in queries]
        choices = list(dict.fromkeys(q.chosen for q in queries))
        found = [(c, self._answer([q for q in queries if q.chosen == c])) for c in choices]
        useful = [(c, r) for c, r in found if r.status in (Status.ANSWERED, Status.DENIED, Status.CLAIMED)]
        if len(useful) > 1 and len({_content(r) for _, r in useful}) > 1:
            return self._ambiguous(useful)
        return useful[0][1] if useful else found[0][1]

    def _ambiguous(self, useful: Sequence[tuple[tuple[str, ...], Recalled]]) -> Recalled:
        useful = [(c, r) for c, r in useful if c] or useful
        if len(useful) < 2 or not useful[0][0]:
            return useful[0][1]
        shared = set(useful[0][0]).intersection(*(c for c, _ in useful))
        nodes = [(next((i for i in c if i not in shared), c[0]), r) for c, r in useful]
        named = tuple(Candidate(self.graph.node(i), r.answers) for i, r in nodes)
        return replace(useful[0][1], status=Status.AMBIGUOUS, answers=(), members=(), proofs=(), candidates=named)

    def _anchored(self, query: QueryGraph) -> QueryGraph:
        """Return the query with "that" in "before that" replaced by the time of the last answer."""
        since = next((began(f) for f in reversed(self.previous) if began(f)), None)
        if since is None:
            return query
        edges = tuple(
            replace(e, moment=Moment(e.moment.era, since))
            if e.moment.era in (Era.BEFORE, Era.AFTER) and e.moment.when is None
            else e
            for e in query.edges
        )
        return replace(query, edges=edges)

    def _answer(self, queries: Sequence[QueryGraph]) -> Recalled:
        form = queries[0].form
        queries = [q for q in queries if q.form is form]
        match form:
            case Form.YES_NO:
                return self._yes_no(queries)
            case Form.COUNT:
                return self._count(queries)
            case Form.TIME | Form.DURATION:
                return self._time(queries)
            case Form.DIFFERENCE | Form.SUPERLATIVE:
                return self._compare(queries)
            case Form.NAME:
                return self._answered(queries, naming.names(self.graph, queries[0], self.day))
            case Form.IDENTITY:
                return self._answered(queries, naming.who(self.graph, queries[0], self.day))
            case Form.KINSHIP:
                found = naming.kin(self.graph, self.roles, queries[0], self.day)
                return (
                    replace(self._answered(queries, [found[0]]), members=found[1]) if found else self._nothing(queries)
                )
            case Form.CLAIMANT:
                return self._claimants(queries)
            case Form.ENTITY:
                return self._entity(queries)

    # running and judging

    def run(self, query: QueryGraph) -> tuple[Solution, ...]:
        """Return a query graph's solutions, whatever their time and polarity."""
        if query.edges not in self.ran:
            if self.execute is None:
                found = join.solve(self.graph, query, self.roles)
            else:
                found = sparql.solutions(query, self.graph, self.execute, self.roles)
            self.ran[query.edges] = found
        return self.ran[query.edges]

    def weight(self, query: QueryGraph, solution: Solution, *, claimed: bool = False) -> float:
        """Return how good a solution is, 0 if it doesn't hold; `claimed` lets others' claims count."""
        score = query.score
        for edge, fact, reading in zip(query.edges, solution.facts, solution.readings, strict=True):
            if not fact.polarity or (fact.claimant is not None and not claimed):
                return 0.0
            score *= reading.weight * fitness(fact, edge.moment, self.day) * (0.5 + 0.5 * fact.confidence)
        return score

    def found(
        self, queries: Sequence[QueryGraph], *, claimed: bool = False
    ) -> list[tuple[QueryGraph, Solution, float]]:
        """Return the solutions that hold, best first."""
        pairs = [(q, s) for q in queries for s in self.run(q)]
        judged = [(q, s, self.weight(q, s, claimed=claimed)) for q, s in pairs]
        return sorted((one for one in judged if one[2] > 0), key=lambda one: -one[2])

    # forms

    def _entity(self, queries: Sequence[QueryGraph]) -> Recalled:
        own = _latest(queries, self._answers(queries))
        others = self._answers(queries, claimed=True)
        others = [a for a in others if a.claimant is not None and all(_key(a.value) != _key(o.value) for o in own)]
        if own and not self.is_single(_target_property(queries[0])):
            others = []
        if own:
            return self._recalled(Status.ANSWERED, queries, own + others)
        if others:
            return self._recalled(Status.CLAIMED, queries, others)
        derived = measure.age_from_birth(self, queries) or measure.part_of_name(self, queries)
        return self._recalled(Status.ANSWERED, queries, [derived]) if derived else self._nothing(queries)

    def _answers(self, queries: Sequence[QueryGraph], *, claimed: bool = False) -> list[Answer]:
        best: dict[str, Answer] = {}
        for query, solution, score in self.found(queries, claimed=claimed):
            value = solution.of(query.target)
            if value is None or not self._is_answer(query, value):
                continue
            score *= _suitability(query, value)
            claimant = next((f.claimant for f in solution.facts if f.claimant is not None), None)
            if score > 0 and (_key(value) not in best or best[_key(value)].score < score):
                best[_key(value)] = Answer(value, score, solution.facts, claimant)
        top = max((a.score for a in best.values()), default=0.0)
        kept = [a for a in best.values() if a.score >= TIER * top]
        return _precise(sorted(kept, key=lambda a: (-round(a.score, 3), [f.id for f in a.facts][-1:])))

    def _is_answer(self, query: QueryGraph, value: Binding) -> bool:
        if not isinstance(value, Node):
            return True
        near = [e for e in query.edges if query.target in (e.subject, e.object)]
        constants = {i for e in near for t in (e.subject, e.object) if isinstance(t, Constant) for i in t.iris}
        if value.iri in constants:
            return False
        nouns = [e.noun for e in near if e.noun]
        return not (value.kind is NodeKind.ROLE and nouns and query.form is not Form.COUNT)

    def _yes_no(self, queries: Sequence[QueryGraph]) -> Recalled:
        found = verdict.judge(self, queries)
        if found is None:
            return self._nothing(queries)
        status, facts = found
        if status is not Status.CLAIMED:
            return self._verdict(status, queries, facts)
        return self._recalled(status, queries, [Answer(f.claimant, 1.0, (f,), f.claimant) for f in facts if f.claimant])

    def _count(self, queries: Sequence[QueryGraph]) -> Recalled:
        answers = self._answers(queries)
        if answers and all(isinstance(a.value, Literal) for a in answers):
            return self._recalled(Status.ANSWERED, queries, answers)  # the number itself was told
        number, facts = measure.count(self, queries, answers)
        members = tuple(a.value for a in answers if isinstance(a.value, Node))
        if number is None:
            denied = [f for q in queries for s in self.run(q) for f in s.facts if verdict.is_denial(f, self.day)]
            denied += measure.denied_kind(self, queries)
            if denied:
                return self._verdict(Status.DENIED, queries, tuple(dict.fromkeys(denied))[:1])
            return self._nothing(queries)
        made = Answer(Literal(str(number), "quantity"), 1.0, facts)
        return replace(self._recalled(Status.ANSWERED, queries, [made]), members=members)

    def _time(self, queries: Sequence[QueryGraph]) -> Recalled:
        answers: list[Answer] = []
        for query, solution, score in self.found(queries):
            fact = solution.facts[query.dated]
            if query.form is Form.DURATION:
                years = measure.duration(fact, self.day)
                value = None if years is None else Literal(str(years), "quantity")
            else:
                when = _wanted(fact, query.qualifier)
                value = None if when is None else as_literal(when)
            if value is not None:
                bonus = fitness(fact, Moment(Era.NOW), self.day)
                answers.append(Answer(value, score * (0.8 + 0.2 * bonus), solution.facts))
        if not answers:
            return self._nothing(queries)
        answers.sort(key=lambda a: (-round(a.score, 3), -(_order_of(a))))
        unit = "year" if queries[0].form is Form.DURATION else ""
        return replace(self._recalled(Status.ANSWERED, queries, answers[:1]), unit=unit)

    def _compare(self, queries: Sequence[QueryGraph]) -> Recalled:
        query = queries[0]
        if query.form is Form.DIFFERENCE:
            answers = measure.difference(self, queries)
            unit = "year" if query.dimension == "P569" else ""
            made = self._recalled(Status.ANSWERED, queries, answers) if answers else self._nothing(queries)
            return replace(made, unit=unit)
        ranked = measure.ranked(self, queries)
        if not ranked:
            return self._nothing(queries)
        if query.target is None:  # "Is Viggo older than Emil?"
            first = query.compared[0]
            won = (
                isinstance(first, Constant) and isinstance(ranked[0].value, Node) and ranked[0].value.iri in first.iris
            )
            facts = tuple(f for a in ranked for f in a.facts)
            return self._verdict(Status.ANSWERED if won else Status.DENIED, queries, facts)
        return self._recalled(Status.ANSWERED, queries, ranked[:1])

    def _claimants(self, queries: Sequence[QueryGraph]) -> Recalled:
        facts = list(dict.fromkeys(f for q in queries for s in self.run(q) for f in s.facts))
        named = [Answer(f.claimant, 1.0, (f,)) for f in facts if f.claimant is not None]
        if not named:
            said = [(s, f) for f in facts for s in f.sources[:1]]
            named = [Answer(Literal(s.title) if s.title else self.graph.self_node(), 1.0, (f,)) for s, f in said]
        return self._recalled(Status.ANSWERED, queries, named) if named else self._nothing(queries)

    # results

    def _recalled(self, status: Status, queries: Sequence[QueryGraph], answers: Sequence[Answer]) -> Recalled:
        proofs = tuple(dict.fromkeys(f for a in answers for f in a.facts))
        return Recalled(status, queries[0].form, tuple(answers), proofs, sparql=_text(queries), path=_path(answers))

    def _answered(self, queries: Sequence[QueryGraph], answers: Sequence[Answer]) -> Recalled:
        return self._recalled(Status.ANSWERED, queries, answers) if answers else self._nothing(queries)

    def _verdict(self, status: Status, queries: Sequence[QueryGraph], facts: tuple[Fact, ...]) -> Recalled:
        return Recalled(status, queries[0].form, (), facts, sparql=_text(queries))

    def _nothing(self, queries: Sequence[QueryGraph]) -> Recalled:
        return Recalled(Status.UNKNOWN, queries[0].form, sparql=_text(queries))

    def is_single(self, property: str) -> bool:
        if property in SINGLE or self.ontology is None or property not in self.ontology:
            return property in SINGLE
        return self.ontology.is_functional(property)


def _latest(queries: Sequence[QueryGraph], answers: list[Answer]) -> list[Answer]:
    """Return, for "before that" without a date, only what came last before now."""
    if not any(e.moment.era is Era.BEFORE for e in queries[0].edges):
        return answers
    dates = [max((f.end.latest for f in a.facts if f.end is not None), default="") for a in answers]
    return [a for a, end in zip(answers, dates, strict=True) if end == max(dates)]


def _suitability(query: QueryGraph, value: Binding) -> float:
    """Return how well an answer's kind fits the question word, in [0, 1]."""
    if not query.expected:
        return 1.0
    if isinstance(value, Literal):
        if "DATE" in query.expected:
            return float(value.datatype == "date") or 0.3
        return 0.0 if "PER" in query.expected else 0.9 if value.datatype == "string" else 0.0
    if not value.tag or value.tag in query.expected:
        return 1.0
    if "PER" in query.expected and value.tag in _NEVER_WHO:
        return 0.0
    return 0.0 if query.expected == ("DATE",) else 0.5


def _precise(answers: list[Answer]) -> list[Answer]:
    """Return the answers without dates that a more precise one contains: 1954 beside 3 May 1954."""
    dates = [a.value.value for a in answers if isinstance(a.value, Literal) and a.value.datatype == "date"]
    return [
        a
        for a in answers
        if not (
            isinstance(a.value, Literal)
            and a.value.datatype == "date"
            and any(d != a.value.value and d.startswith(a.value.value) for d in dates)
        )
    ]


def _wanted(fact: Fact, qualifier: str) -> When | None:
    if qualifier == "P582":
        return ended(fact)
    if qualifier == "P585" and fact.point is not None:
        return fact.point
    return began(fact)


def _order_of(answer: Answer) -> int:
    digits = answer.value.value[:4] if isinstance(answer.value, Literal) else ""
    return int(digits) if digits.isdigit() else 0


def _target_property(query: QueryGraph) -> str:
    return next((e.property for e in query.edges if query.target in (e.subject, e.object)), "")


def _key(value: Binding) -> str:
    return value.iri if isinstance(value, Node) else f"{value.datatype}:{fold(value.value)}"


def _content(recalled: Recalled) -> tuple[object, ...]:
    return recalled.status, tuple(sorted(_key(a.value) for a in recalled.answers))


def _text(queries: Sequence[QueryGraph]) -> str:
    return sparql.compile_query(queries[0]) if queries[0].edges else ""


def _path(answers: Sequence[Answer]) -> str:
    """Return how the first answer was reached, for showing."""
    if not answers:
        return ""
    hops = [
        f"{f.subject.label} -{f.property}-> {f.object.label if isinstance(f.object, Node) else f.object.value}"
        for f in answers[0].facts
    ]
    return "; ".join(hops)
