"""How well single messages are learned: every fact of theirs is annotated, and what else is learned is an error.

Takes models and rows {"text", "kind", "facts", "allowed"}, gives figures and every prediction. A fact is {"s", "p", "o"} with all
names and properties that will do. Symmetric and mirrored properties count in either direction. What is only known to be related
somehow (the open tier) claims no property and is left out.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.listing import triple_of
from bot.message import Message, Triple
from bot.system import Score
from kg.names import fold
from kg.ontology import Ontology
from kg.statement import OPEN_PROPERTIES
from nlu.score import Prediction

NOT_A_STATEMENT = "non-statement"
_FREE = frozenset({"p21", "p734", "p735"})  # sex and the parts of a name go without saying
Annotated = Mapping[str, Sequence[str]]


def learn_alone(models: Models, rows: Iterable[Mapping[str, Any]]) -> Iterator[Prediction]:
    """Yield what each message teaches a fresh memory."""
    for row in rows:
        with tempfile.TemporaryDirectory() as folder:
            space = OpenSpace(Path(folder))
            mind = SpaceMind(space, "reader", models)
            message = Message("reader", str(row["text"]), datetime.now(UTC).astimezone())
            mind.remember(message, mind.record(message), mind.understand(message))
            held = [fact for fact in space.facts() if fact.property not in OPEN_PROPERTIES]
            yield Prediction(row, [asdict(triple_of(fact)) for fact in held])
            space.close()


def statement_figures(predictions: Sequence[Prediction], ontology: Ontology) -> tuple[Score, ...]:
    """Return precision, recall and the share of non-statements that taught something wrong."""
    count, by_property, silent = Counter[str](), dict[str, Counter[str]](), Counter[str]()
    for prediction in predictions:
        row: Mapping[str, Any] = prediction.row
        learned = (
            [Triple(**triple) for triple in prediction.predicted] if isinstance(prediction.predicted, list) else []
        )
        facts: Sequence[Annotated] = row.get("facts", ())
        known = [*facts, *row.get("allowed", ())]
        right = [any(_says(triple, fact, ontology) for fact in known) for triple in learned]
        wrong = sum(not good and _key(triple.p) not in _FREE for good, triple in zip(right, learned, strict=True))
        count.update(right=sum(right), wrong=wrong)
        for fact in facts:
            found = any(_says(triple, fact, ontology) for triple in learned)
            count["found" if found else "missed"] += 1
            by_property.setdefault(fact["p"][0], Counter())["found" if found else "missed"] += 1
        if row.get("kind") == NOT_A_STATEMENT:
            silent.update(rows=1, taught=bool(wrong))
    precision, recall = _share(count, "right", "wrong"), _share(count, "found", "missed")
    recalls = tuple(Score(name, _share(c, "found", "missed")) for name, c in sorted(by_property.items()))
    return (
        Score("precision", precision),
        Score("recall", recall),
        Score("f1", 2 * precision * recall / max(precision + recall, 1e-9)),
        Score("by_property", recalls),
        Score("non_statements_learned", silent["taught"] / silent["rows"] if silent["rows"] else None),
        Score("examples", len(predictions)),
    )


def _says(triple: Triple, fact: Annotated, ontology: Ontology) -> bool:
    """Whether a learned fact is an annotated one, perhaps told from the other end."""
    properties = {_key(p) for p in fact["p"]}
    if _key(triple.p) in properties and _is_among(triple.s, fact["s"]) and _is_among(triple.o, fact["o"]):
        return True
    mirrored = ontology.inverses(triple.p) if triple.p in ontology else ()
    turned = any(_key(p) in properties for p in mirrored)
    return turned and _is_among(triple.o, fact["s"]) and _is_among(triple.s, fact["o"])


def _is_among(label: str, names: Sequence[str]) -> bool:
    return fold(label) in {fold(name) for name in names}


def _key(property: str) -> str:
    """Return a property's id without its prefix, case and separators.

    >>> _key("tt:hasPet"), _key("has_pet"), _key("wdt:P26")
    ('haspet', 'haspet', 'p26')
    """
    return re.sub(r"[\s_-]", "", re.split(r"[/#:]", property)[-1]).lower()


def _share(count: Counter[str], part: str, rest: str) -> float:
    return count[part] / max(count[part] + count[rest], 1)
