"""Questions that lean on the one before: "And in 1980?", "And her husband?", "Which ones are they?", "The one who …".

Takes the earlier parse and the new one, gives a whole question; or picks among candidates that were asked back about.
Knows no wording but through `kg.cues`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg import cues
from kg.fact import Graph, Node
from kg.question import Linked, Linker
from kg.readings import Ontology
from kg.recall import recall
from kg.recalled import Status
from kg.roles import RoleLexicon
from nlu.parse import STRUCTURAL, Act, Kind, Mention, Parse, Query, QueryForm, Relation, Span, Tag

_NOWHERE = Span(0, 0)
_TOPICS = frozenset({Tag.PERSON, Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT, Tag.SELF,
                     Tag.PRONOUN, Tag.THING})  # fmt: skip

_THINGS = frozenset({Tag.ORGANISATION, Tag.LOCATION, Tag.WORK, Tag.PRODUCT, Tag.EVENT, Tag.THING})


@dataclass(frozen=True, slots=True)
class SettledLinker:
    """A linker that knows whom an ambiguous name means."""

    linker: Linker
    chosen: tuple[Node, ...]

    def candidates(self, parse: Parse, mention: int) -> Sequence[Linked]:
        found = self.linker.candidates(parse, mention)
        wanted = {n.iri for n in self.chosen}
        settled = [one for one in found if any(n.iri in wanted for n in one.nodes)]
        return settled if len(found) > 1 and settled else found


def resume(previous: Parse, fragment: Parse) -> Parse | None:
    """Return the whole question that a fragment stands for, None when it needs no other or can't be completed.

    A new date replaces the old one, a new name what the question was about, a new role is asked of it.
    """
    if previous.query is None or _is_whole(fragment):
        return None
    dates = [m for m in fragment.mentions if m.tag is Tag.DATE]
    timed = cues.era(fragment.text, fragment.language) is not None or bool(dates)
    topics = [i for i, m in enumerate(fragment.mentions) if m.tag in _TOPICS]
    asks_members = any(m.tag is Tag.WH for m in fragment.mentions)
    if topics and not asks_members and not (timed and _is_idle(fragment, topics)):
        return _with_topic(previous, fragment, topics[0])
    if timed:
        return _with_date(previous, fragment, dates)
    if cues.ranking(fragment.text, fragment.language):
        return replace(previous, text=f"{fragment.text} {previous.text}", language=fragment.language)
    if asks_members and previous.query.form is QueryForm.COUNT:
        return _members(previous, fragment)
    return None


def settle(
    fragment: Parse,
    candidates: Sequence[Node],
    graph: Graph,
    linker: Linker,
    ontology: Ontology | None,
    *,
    roles: RoleLexicon,
    at: str,
) -> Node | None:
    """Return whom a reply means to the question which of the candidates was meant: by name, or by what holds of one."""
    iris = {n.iri for n in candidates}
    for i, m in enumerate(fragment.mentions):
        if m.kind is Kind.NAME:
            named = {n.iri for one in linker.candidates(fragment, i) for n in one.nodes} & iris
            if len(named) == 1 and not fragment.relations:
                return next(n for n in candidates if n.iri in named)
    subjects = [r.subject for r in fragment.relations if fragment.mentions[r.subject].tag in (Tag.PRONOUN, Tag.THING)]
    if not subjects:
        return None
    asked = replace(fragment, act=Act.ASK, query=Query(QueryForm.YES_NO, None))
    fitting: list[Node] = []
    for node in candidates:
        fixed = _Fixed(linker, subjects[0], node)
        if recall(asked, graph, fixed, ontology, roles=roles, at=at).status is Status.ANSWERED:
            fitting.append(node)
    return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A linker for which one mention means one node."""

    linker: Linker
    mention: int
    node: Node

    def candidates(self, parse: Parse, mention: int) -> Sequence[Linked]:
        return (Linked((self.node,)),) if mention == self.mention else self.linker.candidates(parse, mention)


def _is_whole(parse: Parse) -> bool:
    """Whether a parse is a question by itself: its relations lead to its question word, or it has none to ask."""
    if parse.query is None or not parse.relations:
        return False
    wh = {i for i, m in enumerate(parse.mentions) if m.tag is Tag.WH}
    if not wh:
        return parse.query.form is QueryForm.YES_NO and parse.act is Act.ASK
    return any(i in wh for r in parse.relations for i in (r.subject, r.object))


def _is_idle(fragment: Parse, topics: Sequence[int]) -> bool:
    """Whether the only topic is a bare pronoun: "and before that?", "which ones are they?"."""
    return not fragment.relations and all(fragment.mentions[i].tag is Tag.PRONOUN for i in topics)


def _with_date(previous: Parse, fragment: Parse, dates: Sequence[Mention]) -> Parse:
    """Return the question asked of another time."""
    kept = [i for i, m in enumerate(previous.mentions) if m.tag is not Tag.DATE]
    mentions, relations = _only(previous, kept)
    text = fragment.text
    return replace(
        previous,
        text=text,
        language=fragment.language,
        mentions=(*(replace(m, span=_NOWHERE) for m in mentions), *dates),
        relations=relations,
        query=_moved(previous.query, kept),
    )


def _with_topic(previous: Parse, fragment: Parse, topic: int) -> Parse | None:
    """Return the question asked of somebody else: of the fragment's name, or of its role's holder."""
    old = _topic_of(previous, fragment.mentions[topic].tag)
    if old is None or previous.query is None:
        return None
    shift = len(previous.mentions)
    moved = tuple(
        replace(r, subject=r.subject + shift, object=r.object + shift)
        for r in fragment.relations
        if r.property in STRUCTURAL
    )
    roles = [r.object for r in moved if r.property == "role"]
    mentions = (*previous.mentions, *(replace(m, span=_NOWHERE) for m in fragment.mentions))
    target = previous.query.target
    named = next((r for r in previous.relations if r.property == "role" and r.subject == old), None)
    if roles and named is not None and target is not None and _is_naming(previous, named.object, target):
        relations = (*moved, Relation(roles[-1], "same", target, 1.0))
    else:
        new = roles[-1] if roles else topic + shift
        relations = (*moved, *(_swapped(r, old, new) for r in previous.relations))
    return replace(previous, language=fragment.language, mentions=mentions, relations=relations)


def _members(previous: Parse, fragment: Parse) -> Parse | None:
    """Return "how many" asked as "which"."""
    query = previous.query
    if query is None or query.target is None:
        return None
    relations = tuple(replace(r, property="same") if r.property == "value" else r for r in previous.relations)
    return replace(
        previous, text=fragment.text, language=fragment.language, relations=relations,
        query=Query(QueryForm.WH, query.target),
    )  # fmt: skip


def _topic_of(parse: Parse, tag: Tag) -> int | None:
    """Return what gives way to a new topic: a thing of the same kind, else what the relations start from."""
    starts = [r.subject for r in parse.relations] + [r.object for r in parse.relations]
    topics = [i for i in starts if parse.mentions[i].tag in _TOPICS]
    if tag in _THINGS:
        topics.sort(key=lambda i: parse.mentions[i].tag is not tag)
    return topics[0] if topics else None


def _is_naming(parse: Parse, role: int, target: int) -> bool:
    return any(r.property == "same" and {r.subject, r.object} == {role, target} for r in parse.relations)


def _swapped(relation: Relation, old: int, new: int) -> Relation:
    return replace(
        relation,
        subject=new if relation.subject == old else relation.subject,
        object=new if relation.object == old else relation.object,
    )


def _only(parse: Parse, kept: Sequence[int]) -> tuple[tuple[Mention, ...], tuple[Relation, ...]]:
    place = {old: new for new, old in enumerate(kept)}
    relations = tuple(
        replace(r, subject=place[r.subject], object=place[r.object])
        for r in parse.relations
        if r.subject in place and r.object in place
    )
    return tuple(parse.mentions[i] for i in kept), relations


def _moved(query: Query | None, kept: Sequence[int]) -> Query | None:
    if query is None or query.target is None:
        return query
    return replace(query, target=kept.index(query.target)) if query.target in kept else replace(query, target=None)
