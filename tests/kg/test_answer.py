"""Answers in words: short, in the reply's language, with the facts they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kg.answer import Saying, say
from kg.fact import Draft, Fact, Literal, Node, NodeKind, Source
from kg.pattern import Answer, Form
from kg.recalled import Candidate, Recalled, Status
from tests.fakes import SetGraph


def _verbalise(facts: Sequence[Fact], language: str) -> str:
    stop = "。" if language == "zh" else "."
    words = [
        (f.subject.label, f.property, f.object.label if isinstance(f.object, Node) else f.object.value) for f in facts
    ]
    return " ".join(" ".join(w) + stop for w in words)


def _say(recalled: Recalled, graph: SetGraph, language: str = "en") -> Saying:
    return say(recalled, language, graph=graph, verbalise=_verbalise, date=lambda d, _: f"<{d}>")


def _found(*values: Node | Literal, form: Form = Form.ENTITY, unit: str = "") -> Recalled:
    return Recalled(Status.ANSWERED, form, tuple(Answer(v, 1.0) for v in values), unit=unit)


def _source(title: str = "") -> Source:
    return Source(1, 0, 1, "me", "2026-03-11", "test", title=title)


def test_names_are_listed_as_the_language_does() -> None:
    graph = SetGraph()
    nodes = [graph.new_node(n, NodeKind.NAMED, "PER") for n in ("Rune", "Tyra", "Ove")]
    assert _say(_found(*nodes), graph).text == "Rune, Tyra and Ove."
    assert _say(_found(*nodes), graph, "zh").text == "Rune、Tyra和Ove。"
    assert _say(_found(nodes[0]), graph).text == "Rune."


def test_the_speaker_and_unnamed_kin_are_spoken_of_as_a_person_would() -> None:
    graph = SetGraph()
    me, sister = graph.self_node(), graph.new_node("sister", NodeKind.ROLE, "PER")
    graph.add(Draft(me.iri, "P3373", sister.iri, _source(), role="sister"))
    assert _say(_found(me), graph).text == "You."
    assert _say(_found(sister), graph).text == "Your sister."
    assert _say(_found(sister), graph, "zh").text == "你的sister。"


def test_dates_numbers_and_years() -> None:
    graph = SetGraph()
    assert _say(_found(Literal("1954-05", "date")), graph).text == "<1954-05>."
    assert _say(_found(Literal("22", "quantity"), form=Form.DURATION, unit="year"), graph).text == "22 years."
    assert _say(_found(Literal("1", "quantity"), form=Form.DURATION, unit="year"), graph).text == "1 year."
    assert _say(_found(Literal("4", "quantity"), form=Form.DIFFERENCE, unit="year"), graph, "zh").text == "4岁。"
    assert _say(_found(Literal("3", "quantity"), form=Form.COUNT), graph).text == "3."


def test_yes_and_no_come_with_their_reason() -> None:
    graph = SetGraph()
    one, place = graph.new_node("Joss", NodeKind.NAMED, "PER"), graph.new_node("Brede", NodeKind.NAMED, "LOC")
    fact, _ = graph.add(Draft(one.iri, "P551", place.iri, _source()))
    yes = Recalled(Status.ANSWERED, Form.YES_NO, proofs=(fact,))
    assert _say(yes, graph) == Saying("Yes, Joss P551 Brede.", (fact,))
    assert _say(replace(yes, status=Status.DENIED), graph, "zh").text == "不，Joss P551 Brede。"
    assert _say(Recalled(Status.DENIED, Form.YES_NO), graph).text == "No."


def test_sources_that_disagree_are_both_named() -> None:
    graph = SetGraph()
    tower, granddad = (graph.new_node(n, NodeKind.NAMED, "") for n in ("Tower", "Granddad"))
    told, _ = graph.add(Draft(tower.iri, "P571", Literal("1911", "date"), _source("Town Almanac")))
    claimed, _ = graph.add(Draft(tower.iri, "P571", Literal("1921", "date"), _source(), claimant=granddad.iri))
    answers = (
        Answer(Literal("1911", "date"), 1.0, (told,)),
        Answer(Literal("1921", "date"), 0.9, (claimed,), granddad),
    )
    recalled = Recalled(Status.ANSWERED, Form.ENTITY, answers, (told, claimed))
    assert _say(recalled, graph).text == "<1911> according to Town Almanac; <1921> according to Granddad."


def test_claims_name_who_makes_them() -> None:
    graph = SetGraph()
    lise, inn, tor, britt = (graph.new_node(n, NodeKind.NAMED, "PER") for n in ("Lise", "Inn", "Tor", "Britt"))
    one, _ = graph.add(Draft(lise.iri, "P108", inn.iri, _source(), claimant=tor.iri))
    other, _ = graph.add(Draft(lise.iri, "P937", inn.iri, _source(), claimant=britt.iri))
    answers = (Answer(tor, 1.0, (one,), tor), Answer(britt, 1.0, (other,), britt))
    alone = Recalled(Status.CLAIMED, Form.YES_NO, answers[:1], (one,))
    both = Recalled(Status.CLAIMED, Form.YES_NO, answers, (one, other))
    assert _say(alone, graph).text == "According to Tor, Lise P108 Inn."
    assert _say(both, graph).text == (
        "That is disputed: according to Tor, Lise P108 Inn; according to Britt, Lise P937 Inn."
    )


def test_asking_back_names_what_distinguishes() -> None:
    graph = SetGraph()
    berg, dahl = (graph.new_node(n, NodeKind.NAMED, "PER") for n in ("Nils Berg", "Nils Dahl"))
    asked = Recalled(Status.AMBIGUOUS, candidates=(Candidate(berg, ()), Candidate(dahl, ())))
    assert _say(asked, graph).text == "Which Nils do you mean: Nils Berg or Nils Dahl?"
    one, other = (graph.new_node("老丁", NodeKind.NAMED, "PER") for _ in range(2))
    for node, job in ((one, "木匠"), (other, "裁缝")):
        kind = graph.new_node(job, NodeKind.CLASS, "OCC")
        graph.add(Draft(node.iri, "P106", kind.iri, _source()))
    asked = Recalled(Status.AMBIGUOUS, candidates=(Candidate(one, ()), Candidate(other, ())))
    assert _say(asked, graph, "zh").text == "你说的是哪个老丁：木匠的老丁还是裁缝的老丁？"


def test_nothing_known_says_nothing() -> None:
    graph = SetGraph()
    assert _say(Recalled(Status.UNKNOWN), graph) == Saying("")
    assert _say(Recalled(Status.NOT_A_GRAPH_QUESTION), graph) == Saying("")
