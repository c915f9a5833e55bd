"""Writes what a question became as SPARQL with bound terms, and as a path in words. Takes a graph and branches; runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from kg.asking.asked import Branch
from kg.asking.knowledge import Knowledge

ANSWER = "?answer"
ORDERS = {"most": " ORDER BY DESC(?value)", "least": " ORDER BY ?value"}


def sparql(knowledge: Knowledge, branches: Sequence[Branch], returns: bool, form: str = "list") -> str:
    """Return the query whose answers all branches share; `returns` says whether a path may come back to its topic.

    Of an extreme value, the query gives what the values are of, sorted by the value.
    """
    lines: list[str] = []
    for n, branch in enumerate(branches):
        topic = term(knowledge, branch.node)
        here = topic
        if not branch.path:
            lines.append(f"  FILTER(sameTerm({ANSWER}, {topic}))")
        for step, relation in enumerate(branch.path):
            left = len(branch.path) - step - 1 - (n == 0 and form in ORDERS)
            there = {0: ANSWER, -1: "?value"}.get(left, f"?x{n}_{step}")
            subject, object_ = (there, here) if relation >= len(knowledge.labels) else (here, there)
            lines.append(f"  {subject} {property_term(knowledge, relation)} {object_} .")
            if not returns:
                lines.append(f"  FILTER(!sameTerm({there}, {topic}))")
            here = there
    body = "{\n" + "\n".join(lines) + "\n}"
    if form == "truth":
        return "ASK " + body
    if form == "count":
        return "SELECT (COUNT(DISTINCT ?answer) AS ?count) WHERE " + body
    return "SELECT DISTINCT ?answer WHERE " + body + ORDERS.get(form, "")


def path_in_words(knowledge: Knowledge, branches: Sequence[Branch]) -> str:
    """Return the branches as topics and relations; one read backward stands with "~"."""
    ways = (
        " › ".join((knowledge.names[branch.node], *(knowledge.relation_name(relation) for relation in branch.path)))
        for branch in branches
    )
    return " & ".join(ways)


def term(knowledge: Knowledge, node: int) -> str:
    """Return a node as SPARQL writes it."""
    return _iri(knowledge, knowledge.names[node]) if knowledge.base else knowledge.terms[node]


def property_term(knowledge: Knowledge, relation: int) -> str:
    """Return a relation's property as SPARQL writes it, whatever way it is read."""
    name = knowledge.properties[relation % len(knowledge.labels)]
    return _iri(knowledge, name) if knowledge.base else f"<{name}>"


def triples(knowledge: Knowledge) -> Iterator[str]:
    """Yield the graph's triples as lines of N-Triples, for a store that the queries run on."""
    count = len(knowledge.labels)
    for node in range(len(knowledge.names)):
        subject = term(knowledge, node)
        for place in range(int(knowledge.starts[node]), int(knowledge.starts[node + 1])):
            relation = int(knowledge.relations[place])
            if relation < count:
                yield f"{subject} {property_term(knowledge, relation)} {term(knowledge, int(knowledge.targets[place]))} ."


def _iri(knowledge: Knowledge, name: str) -> str:
    return f"<{knowledge.base}{quote(name, safe='')}>"
