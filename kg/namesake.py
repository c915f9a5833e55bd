"""Whether a name that is known already is somebody else's here: two of one name stay two.

Takes a sentence's mention and the node that its name would lead to, gives a yes or no. What counts: words that say so ("another Anna",
也叫), a kind that one thing can't have together with the other's (a cat and a niece), a role that nobody holds towards themselves,
and a name that is given to the holder of a role as news, though its bearer is known by another role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from kg import cues
from kg.fact import Graph, Node, NodeKind
from kg.names import fold
from kg.roles import RoleLexicon
from nlu.parse import Mention, Parse, Tag

_HAVING_PET = "tt:hasPet"
_KIND = "P31"
_PERSONAL = frozenset({"P106", "P39", "P26", "P40", "P22", "P25", "P3373", "P451", "P69"})


class Introduced(Protocol):
    """The sentence that a name stands in, as far as its mentions are linked."""

    @property
    def parse(self) -> Parse: ...

    def related(self, index: int, property: str, *, backward: bool = False) -> tuple[int, ...]: ...

    def nodes(self, index: int) -> tuple[Node, ...]: ...


def is_namesake(sentence: Introduced, index: int, node: Node, graph: Graph, roles: RoleLexicon) -> bool:
    """Whether a mention names somebody or something else than the node that bears its name."""
    text, mention = sentence.parse.text, sentence.parse.mentions[index]
    if node.kind in (NodeKind.SELF, NodeKind.CLASS):
        return False
    if cues.another(text[: mention.span.start]) or cues.says_two(text):
        return True
    holding = tuple(sentence.related(index, "same", backward=True)) + tuple(
        sentence.related(index, "P1449", backward=True)
    )
    named = [i for i in holding if sentence.parse.mentions[i].tag in (Tag.ROLE, Tag.THING, Tag.OCCUPATION)]
    if any(owner.iri == node.iri for i in named for owner in _owners(sentence, i)):
        return True
    nouns = [sentence.parse.mentions[i] for i in (*named, *sentence.related(index, _KIND))]
    if _clash(sentence, index, nouns, node, graph, roles):
        return True
    between = [text[noun.span.end : mention.span.start] for noun in nouns if noun.span.end <= mention.span.start]
    if not any(cues.gives_name(words) for words in between) or _holds(sentence, named, node, graph, roles):
        return False
    after = text[mention.span.end :]
    if any(cues.gives_name_too(words, after) for words in between):
        return True
    known = _roles_of(node, graph, roles)
    return bool(named) and bool(known) and not any(roles.same_role(noun.text, role) for noun in nouns for role in known)


def _owners(sentence: Introduced, role: int) -> Iterable[Node]:
    """Yield whose role it is."""
    for i in sentence.related(role, "role", backward=True):
        yield from sentence.nodes(i)


def _holds(sentence: Introduced, named: Sequence[int], node: Node, graph: Graph, roles: RoleLexicon) -> bool:
    """Whether the node is known to hold just this role of just this possessor."""
    for i in named:
        noun = sentence.parse.mentions[i].text
        for owner in _owners(sentence, i):
            told = (*graph.facts(owner.iri, object=node.iri), *graph.facts(node.iri, object=owner.iri))
            if any(fact.role and roles.same_role(fact.role, noun) for fact in told):
                return True
    return False


def _clash(
    sentence: Introduced, index: int, nouns: Sequence[Mention], node: Node, graph: Graph, roles: RoleLexicon
) -> bool:
    """Whether what the sentence says that the name's bearer is can't be said of the node: a person, an animal, a book."""
    kinds = [fold(n.label) for f in graph.facts(node.iri, _KIND) if f.polarity and isinstance(n := f.object, Node)]
    things = [kind for kind in kinds if not _is_personal(kind, roles)]
    said = [fold(noun.text) for noun in nouns if noun.tag is Tag.THING and not _is_personal(noun.text, roles)]
    person = any(_is_personal(noun.text, roles) for noun in nouns if noun.tag is not Tag.THING)
    if things and (
        person or (said and not set(said) & set(things) and _is_animal(node, graph) and _has_pet(sentence, index))
    ):
        return True
    return bool(said) and _is_known_person(node, graph, roles)


def _has_pet(sentence: Introduced, index: int) -> bool:
    return bool(sentence.related(index, _HAVING_PET, backward=True))


def _is_animal(node: Node, graph: Graph) -> bool:
    return bool(graph.facts(property=_HAVING_PET, object=node.iri))


def _is_known_person(node: Node, graph: Graph, roles: RoleLexicon) -> bool:
    """Whether the node holds somebody's role, or does what only people do."""
    if _is_animal(node, graph):
        return False
    return bool(_roles_of(node, graph, roles)) or any(f.property in _PERSONAL for f in graph.facts(node.iri))


def _is_personal(noun: str, roles: RoleLexicon) -> bool:
    meaning = roles.meaning(noun)
    return bool(cues.gender(noun)) or (meaning is not None and meaning.tag() == "PER")


def _roles_of(node: Node, graph: Graph, roles: RoleLexicon) -> list[str]:
    """Return the nouns under which the node was said to hold a role."""
    ahead = [f.role for f in graph.facts(object=node.iri) if f.role and f.polarity]
    back = [
        f.role for f in graph.facts(node.iri)
        if f.role and f.polarity and (meaning := roles.meaning(f.role)) is not None and meaning.store.startswith("-")
    ]  # fmt: skip
    return [*ahead, *back]
