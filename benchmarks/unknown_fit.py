"""Fits the classifier that decides whether a passage answers a question, and measures it on questions left out.

    python benchmarks/unknown_fit.py --encoder PATH READING_DIR… [--out generation/weights/unknown.json]

A reading directory holds corpus.jsonl {"id","title","text"} and queries.jsonl {"question","answers","relevant"}, also
gzipped. Every title becomes a small memory of sentences, as a document that was read. The best-ranked sentences are
examples, True if they hold the answer, and so are the best after the answer's sentences were taken away.
The same is done with sentences and questions from templates, as they are said in chat. Every fifth title is left out of
the fit and measured on.

`--encoder` is a folder or hub id, or `module:factory` for a callable that returns an Encoder.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import itertools
import json
import operator
import random
import re
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from results import record

from generation.bm25 import fold
from generation.encoder import TransformersEncoder
from generation.evidence import Encoder, Passage
from generation.index import Hit, PassageIndex
from generation.phrasing import is_chinese
from generation.retrieve import CANDIDATES, Ask, Names, rank
from generation.unknown import DEFAULT, WEIGHTS, Features, Weights, answerable, fit, save

JUDGED = 3  # passages a question
FLAT = 0.005
ASKED = 0.8  # share of a person's questions that what was told or read answers


@dataclass(frozen=True, slots=True)
class Question:
    """A question over one memory: the answers that a right passage holds, none when nothing there answers."""

    text: str
    answers: tuple[str, ...]
    names: tuple[Names, ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    """A small memory with questions about it."""

    title: str
    sentences: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One judged passage of a question; `question` tells which, `answered` whether any passage there answers it."""

    features: Features
    right: bool
    question: int
    answered: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reading", nargs="*", type=Path)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--limit", type=int, default=400, help="questions per reading set")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    given = parser.parse_args()
    started = time.monotonic()
    encoder = load_encoder(cast(str, given.encoder))
    spaces: list[Space] = [s for d in cast("list[Path]", given.reading) for s in reading_spaces(d, given.limit)]
    spaces += template_spaces(given.seed)
    random.Random(given.seed).shuffle(spaces)
    number = itertools.count()
    train = [e for n, space in enumerate(spaces) if n % 5 for e in examples(space, encoder, number)]
    test = [e for n, space in enumerate(spaces) if n % 5 == 0 for e in examples(space, encoder, number)]
    weights = fit([e.features for e in train], [e.right for e in train], encoder=encoder.id)
    weights = replace(weights, threshold=best_threshold(train, weights))
    line: dict[str, object] = {
        "threshold": weights.threshold,
        "benchmark": "unknown",
        "metric": "accuracy at 0.5 over questions left out",
        "value": measure(test, weights)["accuracy"],
        **measure(test, weights),
        "by_default_weights": measure(test, DEFAULT),
        "split": "every fifth title",
        "sets": [p.name for p in cast("list[Path]", given.reading)] + ["templates"],
        "encoder": encoder.id,
        "train": len(train),
        "test": len(test),
        "seed": given.seed,
        "commit": commit(),
        "seconds": round(time.monotonic() - started, 1),
    }
    figures = measure(test, weights)
    more = {key: figures[key] for key in ("accuracy", "answered_recall", "unknown_recall", "ece")}
    sets = ", ".join([*(p.name for p in cast("list[Path]", given.reading)), "own templates"])
    seconds = time.monotonic() - started
    if not given.dry_run:
        record(
            "unknown_auc",
            figures["auc"],
            split=f"every fifth title of {sets}",
            seconds=seconds,
            threshold=weights.threshold,
            **more,
        )
    if not given.dry_run:
        features = list(asdict(train[0].features))
        card = {"task": "does this passage answer this question?", "features": features, **line}
        card["data"] = "reading sets under CC BY-SA 4.0 (XQuAD, CMRC 2018) as named in sets, and own templates"
        save(weights, card, given.out)


def load_encoder(spec: str) -> Encoder:
    """Return the encoder that `--encoder` names."""
    module, colon, factory = spec.partition(":")
    if colon and "/" not in spec:
        return cast(Encoder, operator.attrgetter(factory)(importlib.import_module(module))())
    return TransformersEncoder(spec)


def reading_spaces(directory: Path, limit: int) -> Iterator[Space]:
    """Yield one space a title of a reading set."""
    corpus = rows(directory, "corpus")
    sentences: dict[str, list[str]] = defaultdict(list)
    title_of: dict[str, str] = {}
    for row in corpus:
        title_of[str(row["id"])] = title = str(row["title"])
        sentences[title] += sentences_of(str(row["text"]))
    asked: dict[str, list[Question]] = defaultdict(list)
    for row in rows(directory, "queries")[:limit]:
        title = title_of[cast("list[str]", row["relevant"])[0]]
        asked[title].append(Question(str(row["question"]), tuple(cast("list[str]", row["answers"]))))
    for title, questions in asked.items():
        yield Space(title.replace("_", " "), tuple(sentences[title][:200]), tuple(questions))


def rows(directory: Path, name: str) -> list[dict[str, object]]:
    """Return the rows of NAME.jsonl or NAME.jsonl.gz."""
    plain = directory / f"{name}.jsonl"
    if plain.exists():
        text = plain.read_text(encoding="utf-8")
    else:
        text = gzip.decompress(plain.with_suffix(".jsonl.gz").read_bytes()).decode("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return [s.strip() for s in re.split(r"(?<=[.!?])\s+(?=[A-Z\"“])|(?<=[。！？])|\n", text) if s.strip()]


def examples(space: Space, encoder: Encoder, number: Iterator[int]) -> Iterator[Example]:
    """Yield the right and the wrong passage of each question of a space; each asking takes a number."""
    passages = [Passage(n, 1, 0, len(s), s, title=space.title) for n, s in enumerate(space.sentences, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        index = PassageIndex(Path(folder), encoder)
        index.add(passages, encoder.encode(space.sentences))
        vectors = encoder.encode([q.text for q in space.questions])
        for question, vector in zip(space.questions, vectors, strict=True):
            hits = index.search(question.text, vector, CANDIDATES)
            ask = Ask(question.text, vector, "zh" if is_chinese(question.text) else "en", question.names)
            wrong = [hit for hit in hits if not holds(hit.passage.text, question.answers)]
            yield from judged(ask, index, hits, question.answers, next(number))
            if len(wrong) < len(hits):
                yield from judged(ask, index, wrong, question.answers, next(number))


def judged(
    ask: Ask, index: PassageIndex, hits: Sequence[Hit], answers: Sequence[str], question: int
) -> Iterator[Example]:
    """Yield the best hits, right or wrong: the classifier also orders evidence, so it must see the runners-up."""
    ranked = rank(ask, index, hits)
    answered = any(holds(hit.passage.text, answers) for hit in hits)
    for item in ranked[:JUDGED]:
        yield Example(item.features, holds(item.passage.text, answers), question, answered)


def best_threshold(examples: Sequence[Example], weights: Weights) -> float:
    """Return the probability from which quoting pays, when ASKED of the questions have an answer.

    A right quotation and a right admission count one, all else nothing. The curve is flat at its top: of all within FLAT
    of the best, the one in the middle is taken.
    """
    best: dict[int, tuple[float, Example]] = {}
    for example in examples:
        p = answerable(example.features, weights)
        if example.question not in best or best[example.question][0] < p:
            best[example.question] = (p, example)
    answered = [(p, e.right) for p, e in best.values() if e.answered]
    empty = [p for p, e in best.values() if not e.answered]

    def gain(threshold: float) -> float:
        right = sum(ok for p, ok in answered if p >= threshold) / max(1, len(answered))
        return ASKED * right + (1 - ASKED) * sum(p < threshold for p in empty) / max(1, len(empty))

    gains = {n / 100: gain(n / 100) for n in range(2, 80)}
    enough = max(gains.values()) - FLAT
    flat = sorted(threshold for threshold, value in gains.items() if value >= enough)
    return flat[len(flat) // 2]


def holds(text: str, answers: Sequence[str]) -> bool:
    return any(fold(answer) in fold(text) for answer in answers)


def measure(test: Sequence[Example], weights: Weights) -> dict[str, float]:
    """Return accuracy, the share of each label found, the expected calibration error and the area under ROC."""
    p = np.array([answerable(e.features, weights) for e in test])
    y = np.array([e.right for e in test])
    bins = np.minimum((p * 10).astype(int), 9)
    ece = sum(abs(float(p[bins == b].mean()) - float(y[bins == b].mean())) * int((bins == b).sum()) for b in set(bins))
    wins = (p[y][:, None] > p[~y][None, :]).mean() + 0.5 * (p[y][:, None] == p[~y][None, :]).mean()
    return {
        "accuracy": round(float(((p >= 0.5) == y).mean()), 4),
        "answered_recall": round(float((p[y] >= 0.5).mean()), 4),
        "unknown_recall": round(float((p[~y] < 0.5).mean()), 4),
        "ece": round(ece / len(p), 4),
        "auc": round(float(wins), 4),
    }


_TEMPLATES = {  # what is said -> (a question it answers, its answer), then questions that it doesn't answer
    "en": [
        ("My {kin} {name} moved to {place} because the rent was low.", ("Why did {name} move?", "rent"),
         ("What is {name}'s surname?", "How old is {name}?", "What does {name} do for a living?")),
        ("{name} keeps the spare key under the {thing}.", ("Where does {name} keep the spare key?", "{thing}"),
         ("What colour is the {thing}?", "How many keys does {name} have?", "Who gave {name} the key?")),
        ("The {thing} in {place} was closed after the flood.", ("Why was the {thing} closed?", "flood"),
         ("How much did the {thing} cost?", "Who owns the {thing}?", "When does the {thing} open?")),
        ("{name} bought a {thing} in {place} last week.", ("What did {name} buy?", "{thing}"),
         ("How much did {name} pay?", "Is {name} married?", "What is {name}'s phone number?")),
        ("{name} said the meeting was put off until Friday.", ("Until when was the meeting put off?", "Friday"),
         ("Who was at the meeting?", "Where was the meeting?", "What is {name}'s job?")),
        ("At {place} you have to ring twice, since the porter is hard of hearing.",
         ("Why must one ring twice at {place}?", "hearing"),
         ("What is the porter's name?", "How much does a room cost at {place}?", "Are dogs allowed at {place}?")),
    ],
    "zh": [
        ("我{kin}{name}搬到了{place}，因为那里房租便宜。", ("{name}为什么搬家？", "房租"),
         ("{name}今年多大？", "{name}是做什么工作的？", "{name}结婚了吗？")),
        ("{name}把备用钥匙放在{thing}下面。", ("{name}的备用钥匙放在哪里？", "{thing}"),
         ("{thing}是什么颜色的？", "{name}有几把钥匙？", "钥匙是谁给{name}的？")),
        ("{place}的{thing}发过大水以后就关了。", ("{thing}为什么关了？", "大水"),
         ("{thing}花了多少钱？", "{thing}是谁的？", "{thing}几点开门？")),
        ("{name}上个星期在{place}买了一个{thing}。", ("{name}买了什么？", "{thing}"),
         ("{name}花了多少钱？", "{name}的电话是多少？", "{name}住在哪里？")),
        ("{name}说会议推迟到星期五了。", ("会议推迟到什么时候？", "星期五"),
         ("会议上有哪些人？", "会议在哪里开？", "{name}的丈夫是谁？")),
        ("去{place}要按两次门铃，因为看门人耳朵不好。", ("去{place}为什么要按两次门铃？", "耳朵"),
         ("看门人叫什么名字？", "{place}住一晚多少钱？", "{place}可以带狗吗？")),
    ],
}  # fmt: skip
_FILL = {
    "en": {
        "name": ["Orla", "Teodor", "Mirela", "Jonas Vik", "Petra", "Anselm", "Ruta", "Caspian", "Ilse", "Bram"],
        "place": ["Norrfield", "Castle Ferrin", "Lower Wick", "Sandmouth", "the Hotel Brio", "Ostrava Street"],
        "thing": ["flowerpot", "bakery", "rocking chair", "boathouse", "lantern", "mill", "sledge", "cupboard"],
        "kin": ["cousin", "sister", "boss", "neighbour", "dentist"],
    },
    "zh": {
        "name": ["岳小棠", "老薛", "傅明远", "阿珍", "乔海生", "佟老师", "小戴", "苗一凡", "方婶", "聂云"],
        "place": ["清溪镇", "柳巷", "北塘", "松风旅馆", "白石村", "南门"],
        "thing": ["花盆", "面馆", "摇椅", "船屋", "灯笼", "磨坊", "雪橇", "柜子"],
        "kin": ["表哥", "姐姐", "老板", "邻居", "同事"],
    },
}


def template_spaces(seed: int, count: int = 60) -> list[Space]:
    """Return small chats made of templates, each with questions that it does and doesn't answer."""
    rng = random.Random(seed)
    spaces: list[Space] = []
    for n in range(count):
        code = ("en", "zh")[n % 2]
        said: list[str] = []
        questions: list[Question] = []
        for statement, (question, answer), open_questions in rng.sample(_TEMPLATES[code], 5):
            fill = {key: rng.choice(values) for key, values in _FILL[code].items()}
            said.append(statement.format(**fill))
            for text, right in ((question, (answer.format(**fill),)), *((q, ()) for q in open_questions)):
                named = [fill[key] for key in ("name", "place", "thing") if "{" + key + "}" in text]
                questions.append(Question(text.format(**fill), right, tuple((name,) for name in named)))
        spaces.append(Space("", tuple(said), tuple(questions)))
    return spaces


def commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip()


if __name__ == "__main__":
    main()
