"""How well documents become facts, end to end: text in, triples by name out, compared with what is annotated.

Takes models and rows {"text" or "sents", "facts": [{"s", "p", "o"}], "title"?, "properties"?, "lang"?}; `s`, `p` and `o` are one name
or property id or a list of which any will do. Properties that the row, or else the file, does not use are left out; a fact that is
told from the other end counts. Each row is read by a fresh memory.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.message import Message
from bot.system import Score, UsageError
from kg.fact import Fact, Node
from kg.names import fold
from kg.ontology import Ontology
from nlu.dates import parse_date
from nlu.score import Prediction
from nlu.tokens import language_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A learned fact with every name of its ends."""

    s: tuple[str, ...]
    p: str
    o: tuple[str, ...]
    confidence: float

    def as_row(self) -> dict[str, object]:
        return {"s": self.s[0], "p": self.p, "o": self.o[0], "confidence": round(self.confidence, 4)}


def extract(models: Models, rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Extracted]]:
    """Yield what each document teaches a fresh memory, in its order of learning. Raises UsageError for other rows."""
    for row in rows:
        if not ("text" in row or "sents" in row) or not isinstance(row.get("facts"), list):
            raise UsageError('evaluate facts takes rows with "text" or "sents", and "facts"')
        with tempfile.TemporaryDirectory() as folder:
            space = OpenSpace(Path(folder))
            mind = SpaceMind(space, "reader", models)
            message = Message("reader", text_of(row), NOW, str(row.get("title") or "document"))
            mind.remember(message, mind.record(message), mind.understand(message))
            yield [_extracted(space, fact) for fact in space.facts(history=True) if fact.polarity and not fact.claimant]
            space.close()


def text_of(row: Mapping[str, Any]) -> str:
    """Return a row's text; sentences may be lists of words."""
    if "text" in row:
        return str(row["text"])
    glue = "" if row.get("lang") == "zh" else " "
    return " ".join(s if isinstance(s, str) else glue.join(map(str, s)) for s in row["sents"])


def facts_figures(models: Models, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Score, ...], list[Prediction]]:
    """Return precision, recall and F1 over the annotated properties, and every prediction."""
    ontology, count, by_property = Ontology.load(), Counter[str](), dict[str, Counter[str]]()
    used = {p for row in rows for fact in row["facts"] for p in _options(fact["p"])}
    predictions: list[Prediction] = []
    began, sentences = time.monotonic(), 0
    for row, found in zip(rows, extract(models, rows), strict=True):
        sentences += len(row["sents"]) if "sents" in row else 1
        language = str(row.get("lang") or language_of(text_of(row)))
        wanted = set(row.get("properties", used))
        gold = [fact for fact in row["facts"] if wanted & set(_options(fact["p"]))]
        kept = [one for one in found if _counts(one.p, wanted, ontology)]
        right = [any(says(one, fact, ontology, language) for fact in gold) for one in kept]
        count.update(right=sum(right), wrong=len(right) - sum(right))
        for fact in gold:
            hit = any(says(one, fact, ontology, language) for one in kept)
            count["found" if hit else "missed"] += 1
            by_property.setdefault(_options(fact["p"])[0], Counter())["found" if hit else "missed"] += 1
        shown = [one.as_row() | {"right": good} for one, good in zip(kept, right, strict=True)]
        predictions.append(Prediction(row, shown))
    precision, recall = _share(count, "right", "wrong"), _share(count, "found", "missed")
    recalls = tuple(Score(name, _share(c, "found", "missed")) for name, c in sorted(by_property.items()))
    figures = (
        Score("precision", precision),
        Score("recall", recall),
        Score("f1", 2 * precision * recall / max(precision + recall, 1e-9)),
        Score("by_property", recalls),
        Score("examples", len(rows)),
        Score("sentences_per_s", sentences / max(time.monotonic() - began, 1e-9)),
    )
    return figures, predictions


def says(one: Extracted, fact: Mapping[str, Any], ontology: Ontology, language: str) -> bool:
    """Whether a learned fact is an annotated one, perhaps told from the other end."""
    properties = set(_options(fact["p"]))
    s, o = (_names(_options(fact[end]), language) for end in ("s", "o"))
    here = _names(one.s, language), _names(one.o, language)
    if one.p in properties and here[0] & s and here[1] & o:
        return True
    turned = ontology.inverses(one.p) if one.p in ontology else ()
    return bool(properties & set(turned)) and bool(here[1] & s) and bool(here[0] & o)


def _counts(property: str, wanted: set[str], ontology: Ontology) -> bool:
    """Whether a property, or what says the same from the other end, is annotated."""
    return property in wanted or (property in ontology and bool(wanted & set(ontology.inverses(property))))


def _extracted(space: OpenSpace, fact: Fact) -> Extracted:
    return Extracted(_labels(space, fact.subject), fact.property,
                     _labels(space, fact.object) if isinstance(fact.object, Node) else (fact.object.value,),
                     fact.confidence)  # fmt: skip


def _labels(space: OpenSpace, node: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys((node.label, *space.memory.labels(node.iri))))


def _options(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def _names(names: Iterable[str], language: str) -> set[str]:
    """Return names as they are compared: folded, without an article, dates in ISO form."""
    found: set[str] = set()
    for name in names:
        folded = fold(name)
        found.add(folded.removeprefix("the "))
        if any(c.isdigit() for c in name) and (day := parse_date(name, NOW, language)) is not None:
            found.add(day.iso)
    return found


def _share(count: Counter[str], part: str, rest: str) -> float:
    return count[part] / max(count[part] + count[rest], 1)
