"""Invents small graphs and asks about them in the plainest wording, so that a reader knows relations it never saw by their labels.

Takes labels of relations, gives triples and rows (question, topic, path, answers) in English or Chinese. Names are invented; paths
have up to three steps, in both directions; some questions join two topics, count, want a yes or no, or the extreme value.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from kg.asking.knowledge import BACKWARD

Triple = tuple[str, str, str]
Around = dict[str, list[tuple[str, str]]]
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
FRONTED = {
    "en": ("which {r} is {x}", "what {r} does {x} have", "what {r} is {x}", "{x} has which {r}", "of what {r} is {x}"
           "what is the {r} for {x}"),
    "zh": ("{x}是什么{r}", "{x}有什么{r}", "{x}在哪个{r}", "{x}属于什么{r}", "哪个{r}是{x}的"),
}  # fmt: skip
FORWARD = {
    "en": ("the {r} of {x}", "{x}'s {r}", "{r} of {x}", "the {r} that {x} has", "{x}'s {r}", "the {x} {r}"),
    "zh": ("{x}的{r}", "{x}{r}", "{x}的{r}"),
}
ALSO = {
    "en": ("with {r} {x}", "of {r} {x}", "at {r} {x}", "whose {r} is {x}", "for {r} {x}", "that has {x} as {r}"),
    "zh": ("{r}为{x}", "{r}是{x}", "有{r}{x}"),
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
COUNTED = {"en": ("how many {r} does {x} have", "how many {r} has {x}", "what is the number of {n}", "count {n}", "how many are {n}",
                  "how many {r} are there of {x}"),
           "zh": ("{n}有多少个", "{x}有几个{r}", "{n}一共有几个", "{x}有多少个{r}", "{n}有几个", "{n}的数量是多少")}  # fmt: skip
PROVED = {"en": ("is {b} {n}", "is {n} {b}", "does {x} have {b} as {r}", "is it true that {n} is {b}", "{b} is {n}, right"),
          "zh": ("{n}是{b}吗", "{b}是{n}吗", "{n}是不是{b}", "{b}是不是{n}", "{x}的{r}是{b}，对吗", "{n}就是{b}吧")}  # fmt: skip
RANKED = {
    "most": {"en": ("which of {n} has the highest {a}", "{n} with the largest {a}", "which of {n} has the most {a}",
                    "among {n}, which has the latest {a}", "of {n}, what has the greatest {a}", "who of {n} has the biggest {a}"),
             "zh": ("{n}中{a}最高的是哪个", "{n}里{a}最大的是谁", "{n}当中哪个{a}最多", "{n}里{a}最晚的", "{a}最长的{n}是哪个")},
    "least": {"en": ("which of {n} has the lowest {a}", "{n} with the smallest {a}", "which of {n} has the least {a}",
                     "among {n}, which has the earliest {a}", "of {n}, what has the fewest {a}", "who of {n} has the first {a}"),
              "zh": ("{n}中{a}最低的是哪个", "{n}里{a}最小的是谁", "{n}当中哪个{a}最少", "{n}里{a}最早的", "{a}最短的{n}是哪个")},
}  # fmt: skip
JOINED = {"en": ("{} and {}", "{} that are also {}", "{}, {}"), "zh": ("{}，而且{}", "{}和{}", "{}又{}")}


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A question with what it asks for; a topic and a path each, two where it joins two."""

    question: str
    topics: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    answers: tuple[str, ...]
    form: str = "list"


@dataclass(frozen=True, slots=True)
class Invented:
    """A graph and questions about it."""

    triples: tuple[Triple, ...]
    rows: tuple[AskedRow, ...]


def invent(labels: Sequence[str], language: str, *, nodes: int, rows: int, seed: int = 0) -> Invented:
    """Return an invented graph over relations and questions about it."""
    draw = random.Random(seed)
    names = sorted({_name(language, draw) for _ in range(nodes)})
    measures = set(draw.sample(labels, max(len(labels) // 4, 1)))  # those that lead to numbers and dates
    triples = [
        (subject, label, _value(language, draw) if label in measures else draw.choice(names))
        for subject in names
        for label in draw.sample(labels, min(len(labels), draw.randint(2, 8)))
        for _ in range(1 if label in measures else draw.choice((1, 1, 1, 2, 3)))
    ]
    around: Around = {name: [] for name in names}
    for s, p, o in triples:
        around[s].append((p, o))
        around.setdefault(o, []).append((BACKWARD + p, s))
    asked = [row for _ in range(rows) for row in _ask(around, names, measures, language, draw)]
    return Invented(tuple(triples), tuple(asked))


def _ask(
    around: Around, names: Sequence[str], measures: Set[str], language: str, draw: random.Random
) -> Iterator[AskedRow]:
    """Yield a question that has answers, if the walk finds one."""
    topic = draw.choice(names)
    here, path, words, before = {topic}, list[str](), topic, topic
    for _ in range(draw.choice((1, 1, 1, 1, 2, 2, 3))):
        options = sorted({p for node in here for p, _ in around[node]})
        forward = [p for p in options if not p.startswith(BACKWARD)]
        options = forward if forward and draw.random() < 0.75 else options
        if not options:
            return
        before = words
        path.append(draw.choice(options))
        words = _step(words, path[-1], language, draw)
        here = _along(around, here, path[-1])
    relation, plain = path[-1].removeprefix(BACKWARD), not path[-1].startswith(BACKWARD)
    topics, paths, form = [topic], [tuple(path)], "list"
    kind = draw.random()
    if kind < 0.08 and plain:
        form, question = (
            "count",
            draw.choice(COUNTED[language]).format(r=_worn(relation, language, draw), x=before, n=words),
        )
    elif kind < 0.16 and plain:
        other = draw.choice(sorted(here)) if draw.random() < 0.6 else draw.choice(names)
        form, question = "truth", draw.choice(PROVED[language]).format(r=relation, x=before, n=words, b=other)
        topics, paths = [topic, other], [tuple(path), ()]
        here &= {other}
    elif (
        kind < 0.35
        and len(path) < 3
        and (values := sorted({p for node in here for p, _ in around[node] if p in measures}))
    ):
        form, measure = draw.choice(("most", "least")), draw.choice(values)
        question = draw.choice(RANKED[form][language]).format(n=words, a=measure)
        paths = [(*path, measure)]
    elif kind < 0.7 and len(path) == 1 and not plain and (joined := _join(around, here, words, topic, language, draw)):
        other, way, question = joined
        topics, paths, here = [topic, other], [tuple(path), (way,)], here & _along(around, {other}, way)
    elif kind < 0.5 and plain:
        question = draw.choice(FRONTED[language]).format(r=_worn(relation, language, draw), x=before)
    else:
        question = draw.choice(FRAMES[language]).format(words)
    question = question.replace("_", " ") + draw.choice(("", "?" if language == "en" else "？"))
    yield AskedRow(question, tuple(topics), tuple(paths), tuple(sorted(here)), form)


def _join(
    around: Around, here: Set[str], words: str, topic: str, language: str, draw: random.Random
) -> tuple[str, str, str] | None:
    """Return a second topic, the relation from it that meets the answers, and the question for both."""
    others = [(p, o) for node in sorted(here) for p, o in around[node] if o != topic and not p.startswith(BACKWARD)]
    if not others:
        return None
    relation, other = draw.choice(others)
    way = BACKWARD + relation
    if draw.random() < 0.6:
        both = f"{words} {draw.choice(ALSO[language]).format(r=_worn(relation, language, draw), x=other)}"
    else:
        both = draw.choice(JOINED[language]).format(words, _step(other, way, language, draw))
    return other, way, draw.choice(FRAMES[language]).format(both)


def _along(around: Around, here: Set[str], relation: str) -> set[str]:
    return {o for node in here for p, o in around[node] if p == relation}


def _value(language: str, draw: random.Random) -> str:
    """Return a number or a date as graphs write them."""
    if draw.random() < 0.4:
        return f"{draw.randint(1900, 2030)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    unit = draw.choice(("", "", " m", " km") if language == "en" else ("", "米", "分钟", "万"))
    return f"{draw.randint(1, 5000)}{unit}"


def _step(words: str, relation: str, language: str, draw: random.Random) -> str:
    back = relation.startswith(BACKWARD)
    pattern = draw.choice((BACK if back else FORWARD)[language])
    return pattern.format(x=words, r=_worn(relation.removeprefix(BACKWARD), language, draw))


def _worn(label: str, language: str, draw: random.Random) -> str:
    """Return a label as people say it: often whole, else with a part missing, turned around or in the plural."""
    parts = list(label) if language == "zh" else label.replace("_", " ").split(" ")
    kind, glue = draw.random(), "" if language == "zh" else " "
    if kind < 0.2 and len(parts) > 2 - (language == "en"):
        parts.pop(draw.randrange(len(parts)))
    elif kind < 0.3 and language == "en" and len(parts) > 1:
        parts = [parts[-1], *parts[:-1]]
    elif kind < 0.4 and language == "en":
        parts[-1] += "s"
    return glue.join(parts)


def _name(language: str, draw: random.Random) -> str:
    if language == "zh":
        return "".join(draw.choices(HAN, k=draw.randint(2, 5)))
    words = ("".join(draw.choices(SYLLABLES, k=draw.randint(1, 3))) for _ in range(draw.randint(1, 3)))
    name = " ".join(words)
    return name.title() if draw.random() < 0.7 else name
