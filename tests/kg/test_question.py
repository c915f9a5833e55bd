"""Questions to query graphs, follow-ups to whole questions, and short talks from telling to asking."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from kg.fact import Node
from kg.followup import SettledLinker, resume, settle
from kg.ontology import Ontology
from kg.pattern import Constant, Era, Form, QueryGraph, Variable
from kg.question import BEAM, AttentiveLinker, NothingKnown, understand
from kg.recall import recall
from kg.recalled import Recalled, Status
from kg.summary import about
from nlu.parse import Act, Parse, Query, QueryForm, Tag
from tests.fakes import Chat, sentence

TODAY = "2026-03-11"
_WORDS = (("how many", QueryForm.COUNT), ("when", QueryForm.WHEN), ("which year", QueryForm.WHEN),
          ("哪一年", QueryForm.WHEN), ("who", QueryForm.WHO), ("谁", QueryForm.WHO), ("where", QueryForm.WHERE),
          ("哪", QueryForm.WHERE), ("几", QueryForm.COUNT), ("how", QueryForm.PASSAGE))  # fmt: skip


def asked(text: str, mentions: str, relations: str = "", *, act: Act = Act.ASK) -> Parse:
    """Return a question written by hand; its form follows from the question word."""
    parse = sentence(text, mentions, relations, act=act)
    target = next((i for i, m in enumerate(parse.mentions) if m.tag is Tag.WH), None)
    words = parse.mentions[target].text.casefold() if target is not None else ""
    form = next((f for w, f in _WORDS if words.startswith(w)), QueryForm.WH)
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
    return replace(parse, language=language, query=Query(QueryForm.YES_NO if target is None else form, target))


class Talk(Chat):
    """A chat that answers."""

    def __init__(self) -> None:
        super().__init__()
        self.ontology = Ontology.load()

    def asks(self) -> AttentiveLinker:
        self.linker.refresh()
        return AttentiveLinker(self.linker, self.graph.self_node())

    def ask(self, parse: Parse, previous: Recalled | None = None) -> Recalled:
        facts = previous.proofs if previous else ()
        return recall(parse, self.graph, self.asks(), self.ontology, roles=self.roles, at=TODAY, previous=facts)

    def graphs(self, parse: Parse) -> tuple[QueryGraph, ...]:
        return understand(parse, self.asks(), self.ontology, self.roles, at=TODAY)


def found(recalled: Recalled) -> list[str]:
    return [a.value.label if isinstance(a.value, Node) else a.value.value for a in recalled.answers]


@pytest.fixture
def talk() -> Talk:
    """What somebody told of her family."""
    talk = Talk()
    talk.tell(
        sentence(
            "My sister Runa lives in Tveit with her husband Odd.",
            "My:SELF | sister:ROLE/f | Runa:PER | Tveit:LOC | her:PRON/f | husband:ROLE/m | Odd:PER",
            "My role sister; sister same Runa; Runa P551 Tveit; her coref Runa; her role husband; husband same Odd",
        )
    )
    talk.tell(
        sentence(
            "Runa has two sons, Arne and Leif.",
            "Runa:PER | two:QTY=2 | sons:ROLE/2 | Arne:PER | Leif:PER",
            "Runa role sons; sons value two; sons same Arne; sons same Leif",
        )
    )
    talk.tell(sentence("Odd is a glazier.", "Odd:PER | glazier:OCC", "Odd P106 glazier"))
    return talk


def test_a_role_chain_becomes_a_path_of_edges(talk: Talk) -> None:
    graphs = talk.graphs(
        asked(
            "What does my sister's husband do?",
            "What:WH | my:SELF | sister:ROLE | husband:ROLE",
            "my role sister; sister role husband; husband P106 What",
        )
    )
    best = graphs[0]
    assert best.form is Form.ENTITY
    assert len(best.edges) == 3
    assert isinstance(best.edges[0].subject, Constant)
    assert isinstance(best.target, Variable)
    assert best.edges[2].object == best.target
    assert len(graphs) <= BEAM
    assert all(a.score >= b.score for a, b in itertools.pairwise(graphs))


def test_a_date_constrains_what_is_asked_and_not_who_is_meant(talk: Talk) -> None:
    graph = talk.graphs(
        asked(
            "Where did my sister live in 2019?",
            "Where:WH | my:SELF | sister:ROLE | 2019:DATE=2019",
            "my role sister; sister P551 Where; Where P585 2019",
        )
    )[0]
    assert [e.moment.era for e in graph.edges] == [Era.NOW, Era.AT]


def test_unknown_names_are_told(talk: Talk) -> None:
    with pytest.raises(NothingKnown, match="Wim"):
        talk.graphs(asked("Where does Wim live?", "Where:WH | Wim:PER", "Wim P551 Where"))


def test_what_was_told_is_answered_over_hops_and_languages(talk: Talk) -> None:
    job = asked("What does my sister's husband do?", "What:WH | my:SELF | sister:ROLE | husband:ROLE",
                "my role sister; sister role husband; husband P106 What")  # fmt: skip
    zh = asked(
        "我姐姐的丈夫是做什么的？",
        "我:SELF | 姐姐:ROLE | 丈夫:ROLE | 什么:WH",
        "我 role 姐姐; 姐姐 role 丈夫; 丈夫 P106 什么",
    )
    count = asked(
        "How many sons does Runa have?", "How many:WH | sons:ROLE/2 | Runa:PER", "Runa role sons; sons value How many"
    )
    father = asked("Who is Arne's father?", "Who:WH | Arne:PER | father:ROLE", "Arne role father; father same Who")
    uncle = asked("Who is Arne's mother?", "Who:WH | Arne:PER | mother:ROLE", "Arne role mother; mother same Who")
    who = asked("Who lives in Tveit?", "Who:WH | Tveit:LOC", "Who P551 Tveit")
    assert found(talk.ask(job)) == ["glazier"]
    assert found(talk.ask(zh)) == ["glazier"]
    assert found(talk.ask(count)) == ["2"]
    assert talk.ask(father).status is Status.UNKNOWN
    assert found(talk.ask(uncle)) == ["Runa"]
    assert found(talk.ask(who)) == ["Runa"]


def test_how_two_are_related_is_said_with_a_word(talk: Talk) -> None:
    nephew = asked("What is Leif to me?", "What:WH | Leif:PER | me:SELF", "me tt:relatedTo Leif")
    talk.graph.describe_node(talk.graph.nodes_named("Leif")[0].iri, gender="m")
    recalled = talk.ask(nephew)
    assert found(recalled) == ["nephew"]
    assert len(recalled.proofs) == 2


def test_a_follow_up_with_a_role_asks_the_same_of_somebody_else(talk: Talk) -> None:
    first = asked("Where does Runa live?", "Where:WH | Runa:PER", "Runa P551 Where")
    talk.tell(sentence("Arne lives in Moen.", "Arne:PER | Moen:LOC", "Arne P551 Moen"))
    then = resume(first, asked("And Arne?", "Arne:PER", act=Act.FRAGMENT))
    assert then is not None
    assert found(talk.ask(then)) == ["Moen"]
    who = asked("Who is my sister?", "Who:WH | my:SELF | sister:ROLE", "my role sister; sister same Who")
    husband = resume(who, asked("And her husband?", "her:PRON/f | husband:ROLE", "her role husband", act=Act.FRAGMENT))
    assert husband is not None
    assert found(talk.ask(who)) == ["Runa"]
    assert found(talk.ask(husband)) == ["Odd"]


def test_a_follow_up_with_another_year_or_before_that() -> None:
    talk = Talk()
    for name, years in (("Agda Rosk", "from 1950 to 1968"), ("Per Lunde", "from 1969 to 1990")):
        one, other = years.split()[1], years.split()[3]
        talk.tell(
            sentence(
                f"{name} was the director of Mill Museum {years}.",
                f"{name}:PER | director:ROLE | Mill Museum:ORG | {one}:DATE={one} | {other}:DATE={other}",
                f"Mill Museum role director; director same {name}; {name} P580 {one}; {name} P582 {other}",
            )
        )
    first = asked(
        "Who was the director of Mill Museum in 1980?",
        "Who:WH | director:ROLE | Mill Museum:ORG | 1980:DATE=1980",
        "Mill Museum role director; director same Who; Who P585 1980",
    )
    answer = talk.ask(first)
    again = resume(first, asked("And in 1955?", "1955:DATE=1955", act=Act.FRAGMENT))
    before = resume(first, asked("And before that?", "", act=Act.FRAGMENT))
    zh = resume(first, asked("那1955年呢？", "1955年:DATE=1955", act=Act.FRAGMENT))
    assert again is not None
    assert before is not None
    assert zh is not None
    assert found(answer) == ["Per Lunde"]
    assert found(talk.ask(again)) == ["Agda Rosk"]
    assert found(talk.ask(before, answer)) == ["Agda Rosk"]
    assert found(talk.ask(zh)) == ["Agda Rosk"]
    years = asked("How many years was Per Lunde the director?", "How many years:WH | Per Lunde:PER | director:ROLE",
                  "director same Per Lunde; Per Lunde P580 How many years")  # fmt: skip
    assert talk.ask(years).form is Form.DURATION
    assert found(talk.ask(years)) == ["21"]


def test_which_ones_asks_for_those_that_were_counted(talk: Talk) -> None:
    first = asked(
        "How many sons does Runa have?", "How many:WH | sons:ROLE/2 | Runa:PER", "Runa role sons; sons value How many"
    )
    then = resume(first, asked("Which ones are they?", "Which ones:WH | they:PRON/2"))
    assert then is not None
    assert sorted(found(talk.ask(then))) == ["Arne", "Leif"]


def test_a_whole_question_needs_no_other(talk: Talk) -> None:
    one = asked("Where does Runa live?", "Where:WH | Runa:PER", "Runa P551 Where")
    assert resume(one, one) is None


def test_the_one_who_is_found_among_those_asked_back_about() -> None:
    talk = Talk()
    for name, place, job in (("Nils Berg", "Oaxby", "farrier"), ("Nils Dahl", "Elmby", "cooper")):
        talk.tell(sentence(f"{name} lives in {place}.", f"{name}:PER | {place}:LOC", f"{name} P551 {place}"))
        talk.tell(sentence(f"{name} is a {job}.", f"{name}:PER | {job}:OCC", f"{name} P106 {job}"))
    lives = asked("Where does Nils live?", "Where:WH | Nils:PER", "Nils P551 Where")
    back = talk.ask(lives)
    assert back.status is Status.AMBIGUOUS
    nodes = [c.node for c in back.candidates]
    one = asked("The one who is a cooper.", "The one:PRON | cooper:OCC", "The one P106 cooper", act=Act.FRAGMENT)
    meant = settle(one, nodes, talk.graph, talk.asks(), talk.ontology, roles=talk.roles, at=TODAY)
    assert meant is not None
    assert meant.label == "Nils Dahl"
    settled = SettledLinker(talk.asks(), (meant,))
    again = recall(lives, talk.graph, settled, talk.ontology, roles=talk.roles, at=TODAY)
    assert found(again) == ["Elmby"]


def test_when_she_married_or_moved_needs_no_relation() -> None:
    talk = Talk()
    talk.tell(
        sentence("Runa married Odd in 2011.", "Runa:PER | Odd:PER | 2011:DATE=2011", "Runa P26 Odd; Odd P580 2011")
    )
    talk.tell(
        sentence(
            "Runa moved to Tveit in 2015.", "Runa:PER | Tveit:LOC | 2015:DATE=2015", "Runa P551 Tveit; Tveit P580 2015"
        )
    )
    married = asked("When did Runa get married?", "When:WH | Runa:PER")
    moved = asked("Runa是哪一年搬的家？", "Runa:PER | 哪一年:WH")
    assert found(talk.ask(married)) == ["2011"]
    assert found(talk.ask(moved)) == ["2015"]


def test_states_are_known_by_the_relation_they_stand_for(talk: Talk) -> None:
    yes = asked("Is Runa married?", "Runa:PER | married:ROLE", "Runa role married")
    unknown = asked("Is Leif married?", "Leif:PER | married:ROLE", "Leif role married")
    assert talk.ask(yes).status is Status.ANSWERED
    assert talk.ask(unknown).status is Status.UNKNOWN


def test_two_question_words_give_two_answers() -> None:
    talk = Talk()
    talk.tell(
        sentence(
            "Ada Krog founded Fjell Press in 1931.", "Ada Krog:PER | Fjell Press:ORG | 1931:DATE=1931",
            "Fjell Press P112 Ada Krog; Fjell Press P571 1931",
        )
    )  # fmt: skip
    parse = asked("Who founded Fjell Press, and when?", "Who:WH | Fjell Press:ORG | when:WH",
                  "Fjell Press P112 Who; Fjell Press P571 when")  # fmt: skip
    assert found(talk.ask(parse)) == ["Ada Krog", "1931"]


def test_a_pet_of_a_kind_is_named_and_its_age_told() -> None:
    talk = Talk()
    talk.tell(
        sentence(
            "I have a goat called Pippin.", "I:SELF | goat:THING | Pippin:PER", "I tt:hasPet Pippin; Pippin P31 goat"
        ),
        sentence("Pippin is three.", "Pippin:PER | three:QTY=3", "Pippin tt:age three"),
    )
    name = asked("What is my goat called?", "What:WH | my:SELF | goat:THING", "my tt:hasPet What; What P31 goat")
    age = asked("How old is my goat?", "How old:WH | my:SELF | goat:THING", "my tt:hasPet goat; goat tt:age How old")
    age = replace(age, query=Query(QueryForm.WH, 0))
    assert found(talk.ask(name)) == ["Pippin"]
    assert found(talk.ask(age)) == ["three"]


def test_namesakes_are_counted() -> None:
    talk = Talk()
    for name in ("Nils Berg", "Nils Dahl"):
        talk.tell(sentence(f"{name} is a cooper.", f"{name}:PER | cooper:OCC", f"{name} P106 cooper"))
    mentions = "How many people:WH | Nils:PER"
    assert found(talk.ask(asked("How many people called Nils do I know?", mentions))) == ["2"]
    related = asked("How many people called Nils do I know?", mentions, "Nils P1449 How many people")
    assert found(talk.ask(related)) == ["2"]


def test_a_summary_starts_with_what_matters(talk: Talk) -> None:
    facts = about(talk.graph, talk.graph.nodes_named("Runa")[0], TODAY)
    assert [f.property for f in facts[:2]] == ["P26", "P551"]
    assert len({f.id for f in facts}) == len(facts)


def test_marriage_and_kinship_are_asked_about_without_relations() -> None:
    talk = Talk()
    talk.tell(sentence("邹岚的丈夫叫莫川。", "邹岚:PER | 丈夫:ROLE | 莫川:PER", "邹岚 role 丈夫; 丈夫 same 莫川"))
    talk.tell(
        sentence("邹岚有个女儿叫莫小雨。", "邹岚:PER | 女儿:ROLE/f | 莫小雨:PER", "邹岚 role 女儿; 女儿 same 莫小雨")
    )
    married = asked("邹岚结婚了吗？", "邹岚:PER")
    single = asked("莫小雨结婚了吗？", "莫小雨:PER")
    related = asked("莫小雨和邹岚是什么关系？", "莫小雨:PER | 邹岚:PER | 什么关系:WH")
    children = asked("邹岚有几个孩子？", "邹岚:PER | 几个:WH", "邹岚 P1971 几个")
    assert talk.ask(married).status is Status.ANSWERED
    assert talk.ask(single).status is Status.UNKNOWN
    assert found(talk.ask(related)) in (["妈妈"], ["女儿"])
    assert found(talk.ask(children)) == ["1"]


def test_a_number_of_children_that_was_told_is_the_answer() -> None:
    talk = Talk()
    talk.tell(sentence("Runa has three children.", "Runa:PER | three:QTY=3", "Runa P1971 three"))
    children = asked("How many children does Runa have?", "How many:WH | Runa:PER", "Runa P1971 How many")
    assert found(talk.ask(children)) == ["3"]
    role = asked(
        "How many children does Runa have?",
        "How many:WH | children:ROLE/2 | Runa:PER",
        "Runa role children; children value How many",
    )
    assert found(talk.ask(role)) == ["3"]


def test_he_may_be_the_new_topic(talk: Talk) -> None:
    first = asked("What does Odd do?", "What:WH | Odd:PER", "Odd P106 What")
    talk.tell(sentence("Leif is a diver.", "Leif:PER | diver:OCC", "Leif P106 diver"))
    then = resume(first, asked("And him?", "him:PRON/m", act=Act.FRAGMENT))
    assert then is not None
    assert found(talk.ask(then)) == ["diver"]


def test_any_instrument_will_do() -> None:
    talk = Talk()
    talk.tell(sentence("Odd plays the oboe.", "Odd:PER | oboe:THING", "Odd P1303 oboe"))
    yes = talk.ask(asked("Does Odd play an instrument?", "Odd:PER | instrument:THING", "Odd P1303 instrument"))
    assert yes.status is Status.ANSWERED
    other = talk.ask(asked("Does Odd play the harp?", "Odd:PER | harp:THING", "Odd P1303 harp"))
    assert other.status is Status.UNKNOWN


def test_which_seat_asks_for_no_niece(talk: Talk) -> None:
    parse = asked("Which seat is my sister's?", "Which seat:WH | my:SELF | sister:ROLE/f", "my role sister")
    assert talk.ask(parse).status is not Status.ANSWERED
    mine = asked("Which sister is mine?", "Which sister:WH | mine:SELF", "mine role Which sister")
    assert found(talk.ask(mine)) == ["Runa"]


def test_a_name_is_found_whatever_kind_it_is_taken_for(talk: Talk) -> None:
    assert found(talk.ask(asked("Where does Runa live?", "Where:WH | Runa:ORG", "Runa P551 Where"))) == ["Tveit"]
