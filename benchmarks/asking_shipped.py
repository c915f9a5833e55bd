"""Teaches the reader of questions that ships, on permissive data and on questions of its own, and writes it to a folder.

    python benchmarks/asking_shipped.py DATA OUT [--minutes M] [--held-out]

DATA holds questions/kdconv_kgqa_zh (Apache-2.0), questions/simplequestions_wikidata (CC BY 3.0) and relations/fewrel_val/pid2name.json
(MIT; names of relations). The topics of SimpleQuestions are ids only: the longest run of words that are rare in the whole set is taken
for the name. Invented graphs in both languages (kg.asking.phrased) teach relations by their labels alone. With `--held-out` a fifth of
KdConv's dialogues is left out, so that it can be measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import random
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.assemble.asking import teach
from kg.asking.knowledge import BACKWARD, Knowledge
from kg.asking.names import words_in
from kg.asking.phrased import invent
from kg.asking.sources import from_triples, read_knowledge
from kg.ontology import Ontology
from nlu.corpora import read_rows
from nlu.paths import TrainedPaths, save_paths

SIMPLE = 6_000  # rows of SimpleQuestions that are learned from
ASKING = frozenset("谁什哪几多少怎何吗呢")
RARE = 25  # a word in fewer questions than this may be part of a name
SEEN = 180_000  # examples in all
Part = tuple[Knowledge, Sequence[Mapping[str, Any]]]


def kdconv(folder: Path, *, held_out: bool) -> Part:
    """Return questions in conversations about films, music and places."""
    rows = read_rows(folder / "dev.jsonl.gz")
    kept = [row for row in rows if not (held_out and is_held_out(str(row["id"])))]
    alone = [{**row, "history": []} for row in kept if stands_alone(row)]
    return read_knowledge(folder / "kb.tsv.gz"), 6 * kept + 10 * alone


def stands_alone(row: Mapping[str, Any]) -> bool:
    """Whether a question of a conversation can be understood without the turns before."""
    name = str(row["topic_entity"]).split("（")[0]
    rest = str(row["question"]).replace(name, "", 1)
    return name in row["question"] and bool(set(str(row["relation"])) & set(rest)) and bool(ASKING & set(rest))


def is_held_out(key: str) -> bool:
    """Whether a question belongs to the dialogues that are left out."""
    return zlib.crc32(key.rsplit("-", 1)[0].encode()) % 5 == 0


def simple_questions(folder: Path, labels: Mapping[str, str]) -> Part:
    """Return questions of one relation with the names that are guessed to stand in them."""
    rows = [row for row in read_rows(folder / "train.jsonl.gz") if row["relation"].replace("R", "P") in labels]
    often = Counter(word for row in rows for word in {w.text.casefold() for w in words_in(row["question"])})
    triples: list[tuple[str, str, str]] = []
    asked: list[dict[str, Any]] = []
    for row in rows[:SIMPLE]:
        name = rarest(row["question"], often)
        if not name:
            continue
        label = labels[row["relation"].replace("R", "P")]
        back = row["relation"].startswith("R")
        triples.append((row["answers"][0], label, name) if back else (name, label, row["answers"][0]))
        asked.append({"question": row["question"], "topic_entity": name, "path": [BACKWARD * back + label],
                      "answers": row["answers"]})  # fmt: skip
    return from_triples(triples), asked


def rarest(question: str, often: Mapping[str, int]) -> str:
    """Return the longest run of rare words, over single common ones between them; "" where there is none."""
    words = words_in(question)
    rare = [often[word.text.casefold()] < RARE and word.text[0].isalnum() for word in words]
    best, start = (0, 0), None
    for n, is_rare in enumerate(rare):
        if is_rare and (start is None or n - start[1] > 2):
            start = (n, n)
        elif is_rare and start is not None:
            start = (start[0], n)
        if start is not None and start[1] - start[0] + 1 > best[1] - best[0]:
            best = (start[0], start[1] + 1)
    return question[words[best[0]].start : words[best[1] - 1].end] if best[1] else ""


def phrased(labels: Sequence[str], language: str, seed: int) -> Part:
    """Return questions in plain wording over an invented graph."""
    world = invent(labels, language, nodes=800, rows=8_000, seed=seed)
    rows = [{"question": row.question, "topic_entity": list(row.topics), "path": [list(p) for p in row.paths],
             "answers": list(row.answers), "form": row.form} for row in world.rows]  # fmt: skip
    return from_triples(list(world.triples)), rows


def main() -> None:
    """Read the options, train and write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--held-out", action="store_true")
    given = parser.parse_args()
    labels = json.loads((given.data / "relations/fewrel_val/pid2name.json").read_text(encoding="utf-8"))
    questions = given.data / "questions"
    with gzip.open(questions / "kdconv_kgqa_zh/kb.tsv.gz", "rt", encoding="utf-8") as file:
        chinese = {line.split("\t")[1] for line in file}
    chinese |= {known.label("zh") for known in Ontology.load()}
    english = {label for label in labels.values() if len(label.split()) <= 4}
    parts = [kdconv(questions / "kdconv_kgqa_zh", held_out=given.held_out),
             simple_questions(questions / "simplequestions_wikidata", labels),
             phrased(random.Random(0).sample(sorted(english), 300), "en", 1), phrased(sorted(chinese), "zh", 2)]  # fmt: skip
    random.Random(0).shuffle(parts)
    trained = teach(parts, minutes=given.minutes, most=SEEN)
    card = {**trained.card, "data": ["kdconv_kgqa_zh (Apache-2.0)", "simplequestions_wikidata (CC BY 3.0)",
                                     "fewrel_val's names of relations (MIT)", "invented graphs"],
            "returns": True, "held_out": given.held_out}  # fmt: skip
    save_paths(given.out, TrainedPaths(trained.network, trained.vocabulary, card))


if __name__ == "__main__":
    main()
