"""How well documents become facts: KnowledgeNet's passages and Re-DocRED's documents as rows for `tripletalk evaluate facts`.

    python benchmarks/documents.py knowledgenet DIR [--model FOLDER]
    python benchmarks/documents.py redocred FILE [--model FOLDER]

knowledgenet: DIR holds train.jsonl.gz (rows {"tokens", "head", "tail", "pid", "sid"}) and train.neg.jsonl.gz; the passages of a fifth
of the documents are measured, which training leaves out (nlu.corpora.is_kept_out). Facts count by name: mentions of one entity are its
names, and one that a pronoun alone stands for is left out, with its facts.
redocred: documents {"title", "sents", "vertexSet", "labels"}; the fifth that a training may leave out is measured, with and
without P17, P131 and P27.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from results import record

from bot.assemble import load_models
from bot.assemble.extraction import facts_figures
from bot.config import load_settings
from nlu.corpora import is_kept_out, read_rows
from nlu.training.examples import join

PRONOUNS = frozenset(
    ["i", "he", "she", "it", "they", "we", "you", "him", "her", "his", "its", "their", "our", "my", "them", "us"]
)
COUNTRIES = frozenset({"P17", "P131", "P27", "P150"})  # P150 says P131 from the other end


def knowledgenet(folder: Path) -> list[dict[str, Any]]:
    """Return the kept-out passages with their facts and the properties that they are annotated for."""
    passages: dict[str, dict[str, Any]] = {}
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # passage -> entity -> names
    triples: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for path in (folder / "train.jsonl.gz", folder / "train.neg.jsonl.gz"):
        for row in read_rows(path):
            sid = str(row["sid"])
            if not is_kept_out(sid):
                continue
            text = running(row["tokens"])
            one = passages.setdefault(
                sid, {"id": sid, "text": text, "title": "passage", "lang": "en", "properties": set()}
            )
            one["properties"] |= set(str(row["pid"]).split("|"))
            if "head" in row:
                ends = [_entity(row, end, names[sid]) for end in ("head", "tail")]
                triples[sid].add((ends[0], str(row["pid"]), ends[1]))
    rows: list[dict[str, Any]] = []
    for sid, one in passages.items():
        known = names[sid]
        facts = [
            {"s": sorted(known[s]), "p": p.split("|"), "o": sorted(known[o])}
            for s, p, o in sorted(triples[sid])
            if known[s] and known[o]
        ]
        rows.append(one | {"facts": facts, "properties": sorted(one["properties"])})
    return rows


def running(words: Sequence[str]) -> str:
    """Return tokens as running text, without the spaces that only tokenising put in.

    >>> running(["Charles", "A", ".", "Agemian", "(", "1909", "–", "1996", ")", "'", "s", "bank", ",", "QP"])
    "Charles A. Agemian (1909 – 1996)'s bank, QP"
    """
    text = join(words, "en")[0]
    text = re.sub(r" ([.,;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£€]) ", r"\1", text)
    text = re.sub(r" (['’]) (s|t|re|ve|ll|d|m)\b", r"\1\2", text)
    return re.sub(r"(\w) ?- ?(\w)", r"\1-\2", text)


def _entity(row: Mapping[str, Any], end: str, names: dict[str, set[str]]) -> str:
    """Return an entity's key, and note the name that it has here unless that is a pronoun."""
    mention = row[end]
    text = running(row["tokens"][mention["start"] : mention["end"]])
    key = str(mention.get("id") or "") or text.casefold()
    if text.casefold() not in PRONOUNS:
        names[key].add(text)
    return key


def redocred(path: Path, without: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return the kept-out documents with their facts, perhaps without some properties."""
    return [_document(n, row, without) for n, row in enumerate(read_rows(path)) if is_kept_out(f"dev{n}")]


def _document(n: int, row: Mapping[str, Any], without: frozenset[str]) -> dict[str, Any]:
    vertices = [sorted({running(str(m["name"]).split()) for m in entity}) for entity in row["vertexSet"]]
    facts = [
        {"s": vertices[label["h"]], "p": label["r"], "o": vertices[label["t"]]}
        for label in row["labels"]
        if label["r"] not in without
    ]
    sents = [s if isinstance(s, str) else running(s) for s in row["sents"]]
    return {"id": f"dev{n}", "title": str(row["title"]), "sents": sents, "lang": "en", "facts": facts}


def measure(name: str, rows: Sequence[dict[str, Any]], model: Path | None, split: str) -> None:
    """Read the rows and record precision, recall and F1."""
    settings = load_settings()
    if model is not None:
        settings = replace(settings, understanding=replace(settings.understanding, weights=model))
    began = time.monotonic()
    figures, _ = facts_figures(load_models(settings), rows)
    found = {score.key: score.value for score in figures if isinstance(score.value, float)}
    record(f"{name}_f1", found["f1"], split=split, seconds=time.monotonic() - began, precision=round(found["precision"], 4),
           recall=round(found["recall"], 4), examples=len(rows), model="given" if model else "shipped")  # fmt: skip


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("knowledgenet", "redocred"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    if given.what == "knowledgenet":
        measure("knowledgenet_text", knowledgenet(given.path), given.model, "a fifth of train, by document")
        return
    for without, name in ((frozenset[str](), "redocred"), (COUNTRIES, "redocred_without_countries")):
        measure(name, redocred(given.path, without), given.model, "a fifth of dev, by document")


if __name__ == "__main__":
    main()
