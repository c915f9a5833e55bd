"""The web of passages and names, and the walk over it: hops, turns, and what adding and forgetting leave of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generation.evidence import Passage
from generation.index import PassageIndex
from generation.retrieve import Ask, associate, retrieve
from generation.walk import Walker
from generation.web import Edges, Near, Web
from kg.pagerank import push
from tests.fakes import HashingEncoder

ENCODER = HashingEncoder(64)
LIBRARY = (
    ("Grey Harbour", "Grey Harbour is a novel by Ottilie Brandt about a lighthouse."),
    ("Ottilie Brandt", "Ottilie Brandt was born in Vestmark and kept geese."),
    ("Vestmark", "Vestmark is a town whose mill burned down in 1904."),
    ("Tides", "The sea comes and goes twice a day."),
    ("Bread", "Bread is baked of flour and water."),
)


def library(directory: Path, rows: Sequence[tuple[str, str]] = LIBRARY, *, batch: int = 99) -> PassageIndex:
    index = PassageIndex(directory, ENCODER)
    passages = [Passage(n, n, 0, len(text), text, title) for n, (title, text) in enumerate(rows, 1)]
    for at in range(0, len(passages), batch):
        some = passages[at : at + batch]
        index.add(some, ENCODER.encode([p.text for p in some]))
    return index


def talk(directory: Path, turns: Sequence[str], day: str = "2026-03-02") -> PassageIndex:
    index = PassageIndex(directory, ENCODER)
    said = [Passage(n, n, 0, len(t), t, said_at=f"{day}T10:00:00+00:00") for n, t in enumerate(turns, 1)]
    index.add(said, ENCODER.encode(turns))
    return index


def asked(text: str) -> Ask:
    return Ask(text, ENCODER.encode([text])[0], "zh" if text[0] > "\u3000" else "en")


def order_of(text: str, index: PassageIndex, web: Web | None = None) -> list[int]:
    question = asked(text)
    hits = index.search(text, question.vector, 30)
    return [id for id, _ in associate(question, index, hits, Walker(push, web or Web(index)))]


def edges_of(web: Web, ids: Sequence[int]) -> dict[Near, list[tuple[Near, float]]]:
    found: dict[Near, list[tuple[Near, float]]] = {}
    for id in ids:
        found[id] = sorted(web.near(id), key=str)
        found.update({name: sorted(web.near(name), key=str) for name, _ in web.near(id) if isinstance(name, str)})
    return found


def test_a_bridge_that_the_question_does_not_name_is_crossed(tmp_path: Path) -> None:
    index = library(tmp_path)
    assert set(order_of("Where was the author of Grey Harbour born?", index)[:3]) == {1, 2, 3}


def test_chinese_titles_are_bridges_too(tmp_path: Path) -> None:
    rows = (
        ("灰港", "《灰港》是卢晓岚写的小说。"),
        ("卢晓岚", "卢晓岚生于石桥镇，养过鹅。"),
        ("石桥镇", "石桥镇的磨坊一九零四年烧毁。"),
        ("潮水", "海水一天涨落两次。"),
        ("面包", "面包用面粉和水烤成。"),
    )
    assert set(order_of("《灰港》的作者生于哪里？", library(tmp_path, rows))[:3]) == {1, 2, 3}


def test_the_turn_that_replies_follows_the_one_that_matches(tmp_path: Path) -> None:
    turns = (
        "It rained.",
        "Which instrument does Olga play?",
        "The harp, since spring.",
        "My soup is cold.",
        "I slept.",
    )
    assert order_of("Which instrument does Olga play?", talk(tmp_path, turns))[:2] == [2, 3]


def test_another_day_is_another_conversation(tmp_path: Path) -> None:
    index = talk(tmp_path, ("Olga plays?",))
    late = Passage(2, 2, 0, 9, "The harp.", said_at="2026-03-04T10:00:00+00:00")
    index.add([late], ENCODER.encode([late.text]))
    assert [node for node, _ in Web(index).near(1)] == []


def test_a_passage_added_counts_at_once_as_if_all_were_built_anew(tmp_path: Path) -> None:
    index = library(tmp_path / "one", LIBRARY[:3])
    grown = Web(index)
    edges_of(grown, [1, 2, 3])
    whole = library(tmp_path / "two", batch=1)
    new = [Passage(n, n, 0, len(text), text, title) for n, (title, text) in enumerate(LIBRARY[3:], 4)]
    index.add(new, ENCODER.encode([p.text for p in new]))
    assert edges_of(grown, range(1, 6)) == edges_of(Web(whole), range(1, 6))


def test_a_title_that_comes_later_links_what_was_there(tmp_path: Path) -> None:
    index = library(tmp_path, (("Notes", "we met at the old salt mill"), ("Rain", "It rained.")))
    web = Web(index)
    assert "old salt mill" not in dict(web.near(1))
    mill = Passage(3, 3, 0, 9, "Closed in May.", "Old Salt Mill")
    index.add([mill], ENCODER.encode([mill.text]))
    assert "old salt mill" in dict(web.near(1))
    assert {id for id, _ in web.near("old salt mill")} == {1, 3}


def test_what_is_forgotten_leaves_no_node_and_no_edge(tmp_path: Path) -> None:
    index = library(tmp_path / "one")
    web = Web(index)
    edges_of(web, range(1, 6))
    index.remove([2])
    assert web.holding("ottilie brandt") == (1,)
    fresh = library(tmp_path / "two")
    fresh.remove([2])
    assert edges_of(web, [1, 3, 4, 5]) == edges_of(Web(fresh), [1, 3, 4, 5])
    assert 2 not in order_of("Where was Ottilie Brandt born?", index, web)


def test_what_a_graph_knows_joins_in_and_may_name_passages_that_are_gone(tmp_path: Path) -> None:
    index = talk(tmp_path, ("Olga plays the harp.", "I slept.", "It rained.", "She won a prize.", "Soup."))

    def beyond(node: Near) -> Edges:
        return [(4, 3.0), (77, 3.0)] if node == "olga" else []

    assert order_of("Olga?", index)[:2] != [1, 4]
    assert order_of("Olga?", index, Web(index, beyond))[:2] == [1, 4]


def test_the_order_is_the_same_every_time(tmp_path: Path) -> None:
    index = library(tmp_path)
    question = "Where was the author of Grey Harbour born?"
    assert order_of(question, index) == order_of(question, index)


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    index = PassageIndex(tmp_path, ENCODER)
    assert order_of("Where was Ottilie Brandt born?", index) == []
    assert Web(index).names_asked("Who?") == {}


def test_retrieving_judges_what_the_walk_reaches(tmp_path: Path) -> None:
    index = library(tmp_path)
    found = retrieve(asked("Grey Harbour"), index, limit=5, walker=Walker(push, Web(index)))
    assert found[0].evidence.title == "Grey Harbour"
    assert "Vestmark" in {f.evidence.title for f in found}
