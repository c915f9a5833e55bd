"""Invents small graphs and asks about them in the plainest wording, so that a reader knows relations it never saw by their labels.

Takes labels of relations, gives triples and rows (question, topic, path, answers) in English or Chinese. Names are invented; paths
have up to three steps, in both directions, and some questions join two topics.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.asking.knowledge import BACKWARD

Triple = tuple[str, str, str]
SYLLABLES = (
    "ka",
    "lor",
    "mi",
    "ven",
    "tas",
    "bel",
    "dru",
    "fen",
    "gos",
    "hil",
    "jar",
    "ost",
    "pir",
    "quen",
    "rud",
    "sel",
    "ul",
    "wex",
)
HAN = "安博晨达恩芳贵海佳康磊明宁鹏琪荣思涛文雪云泽嘉陵川溪岭湖港"
FRAMES = {
    "en": ("what is {}", "who is {}", "{}", "tell me {}", "which is {}", "do you know {}", "what are {}", "can you tell me {}",
           "name {}", "i would like to know {}", "what was {}", "give me {}", "please find {}", "who are {}", "what's {}"),
    "zh": ("{}是什么", "{}是谁", "{}", "请问{}是什么", "你知道{}吗", "{}是多少", "{}有哪些", "告诉我{}", "{}是哪个", "我想知道{}",
           "{}叫什么", "{}都有谁", "{}呢", "知道{}是什么吗", "能告诉我{}吗"),
}  # fmt: skip
FORWARD = {
    "en": ("the {r} of {x}", "{x}'s {r}", "{r} of {x}", "the {r} that {x} has"),
    "zh": ("{x}的{r}", "{x}{r}", "{x}的{r}"),
}
BACK = {
    "en": (
        "what has {x} as {r}",
        "the ones whose {r} is {x}",
        "things with {r} {x}",
        "those that have the {r} {x}",
        "whose {r} is {x}",
    ),
    "zh": ("{r}是{x}的", "以{x}为{r}的", "{r}为{x}的有哪些", "谁的{r}是{x}"),
}
JOINED = {"en": ("{} and {}", "{} that are also {}", "{}, {}"), "zh": ("{}，而且{}", "{}和{}", "{}又{}")}


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question with what it asks for; a topic and a path each, two where it joins two."""

    question: str
    topics: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invented:
    """A graph and questions about it."""

    triples: tuple[Triple, ...]
    rows: tuple[AskedRow, ...]


def invent(labels: Sequence[str], language: str, *, nodes: int, rows: int, seed: int = 0) -> Invented:
    """Return an invented graph over relations and questions about it."""
    draw = random.Random(seed)
    names = sorted({_name(language, draw) for _ in range(nodes)})
    triples = [
        (subject, label, draw.choice(names))
        for subject in names
        for label in draw.sample(labels, min(len(labels), draw.randint(2, 8)))
        for _ in range(draw.choice((1, 1, 1, 2, 3)))
    ]
    around: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for s, p, o in triples:
        around[s].append((p, o))
        around[o].append((BACKWARD + p, s))
    asked = [row for _ in range(rows) for row in _ask(around, names, language, draw)]
    return Invented(tuple(triples), tuple(asked))


def _ask(
    around: dict[str, list[tuple[str, str]]], names: Sequence[str], language: str, draw: random.Random
) -> Iterator[AskedRow]:
    """Yield a question that has answers, if the walk finds one."""
    topic = draw.choice(names)
    here, path = {topic}, list[str]()
    for _ in range(draw.choice((1, 1, 1, 1, 2, 2, 3))):
        options = sorted({p for node in here for p, _ in around[node]})
        forward = [p for p in options if not p.startswith(BACKWARD)]
        options = forward if forward and draw.random() < 0.75 else options
        if not options:
            return
        path.append(draw.choice(options))
        here = {o for node in here for p, o in around[node] if p == path[-1]}
    words = topic
    for relation in path:
        words = _step(words, relation, language, draw)
    topics, paths = [topic], [tuple(path)]
    if len(path) == 1 and path[0].startswith(BACKWARD) and draw.random() < 0.5:
        others = [(p, s) for node in sorted(here) for p, s in around[node] if s != topic and not p.startswith(BACKWARD)]
        if others:
            relation, other = draw.choice(others)
            there = {s for p, s in around[other] if p == BACKWARD + relation}
            words = draw.choice(JOINED[language]).format(words, _step(other, BACKWARD + relation, language, draw))
            topics, paths, here = [topic, other], [tuple(path), (BACKWARD + relation,)], here & there
    question = draw.choice(FRAMES[language]).format(words) + draw.choice(("", "?" if language == "en" else "？"))
    yield AskedRow(question, tuple(topics), tuple(paths), tuple(sorted(here)))


def _step(words: str, relation: str, language: str, draw: random.Random) -> str:
    back = relation.startswith(BACKWARD)
    pattern = draw.choice((BACK if back else FORWARD)[language])
    return pattern.format(x=words, r=relation.removeprefix(BACKWARD).replace("_", " "))


def _name(language: str, draw: random.Random) -> str:
    if language == "zh":
        return "".join(draw.choices(HAN, k=draw.randint(2, 5)))
    words = ("".join(draw.choices(SYLLABLES, k=draw.randint(1, 3))) for _ in range(draw.randint(1, 3)))
    name = " ".join(words)
    return name.title() if draw.random() < 0.7 else name
