"""Search, paths and likeness over a space: kg's functions, with sentences and passages of generation's. No model is loaded.

Takes a memory and words or nodes; gives rows to print. Passages are looked up in the log itself, so that a search starts
at once; their score is BM25's, over what the words may match.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial

from bot.assemble.language import patterns
from bot.system import SearchHit
from generation.bm25 import K1, B, fold, terms
from generation.verbalise import Patterns, verbalise
from kg.answer import called
from kg.fact import Fact, Node, NodeKind
from kg.memory import Memory
from kg.ontology import Ontology
from kg.search import Hit, entities, facts
from kg.similar import Shared

_LETTERS = re.compile("[a-z0-9]+|[\u3400-\u9fff]+")
_READ = 3000  # passages that are scored
_COMMON = 12  # facts that are told of an entity, at most, before only its name is


class Finder:
    """One space's search; `language` is that of the sentences."""

    def __init__(self, memory: Memory, ontology: Ontology, language: str) -> None:
        self._memory, self._ontology, self._language = memory, ontology, language
        self._day = datetime.now(UTC).date().isoformat()

    @cached_property
    def _patterns(self) -> Patterns:
        return patterns()

    def search(self, words: str, limit: int) -> list[SearchHit]:
        """Return entities, facts and passages by words, best first."""
        found = [self._entity_row(hit) for hit in entities(self._memory, words, limit=limit)]
        found += [self._fact_row(hit) for hit in facts(self._memory, words, self.say, terms, limit=limit)]
        found += self._passages(words, limit)
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    def say(self, fact: Fact, language: str = "") -> str:
        """Return a fact as a sentence."""
        language = language or self._language
        name = partial(called, language=language, graph=self._memory)
        return verbalise(fact, language, self._patterns, self._day, name=name)

    def reason(self, shared: Shared) -> str:
        """Return what two have in common, in words: "both work at Harbour Hospital"."""
        label = self._label(shared.property)
        value = called(shared.value, self._language, self._memory)
        if not shared.forward:
            return f"都是{value}的{label}" if self._language == "zh" else f"both are {value}'s {label}"
        said = self.say(replace(shared.own, subject=self._memory.self_node(), start=None, end=None, point=None))
        if self._language == "zh":
            doing = said.removeprefix("你").removesuffix("。")
            return f"都{doing}" if said.startswith("你") and not doing.startswith("的") else f"{label}都是{value}"
        if said.startswith("You "):
            return f"both {said.removeprefix('You ').removesuffix('.')}"
        return f"both have {label} {value}"

    def _label(self, property_: str) -> str:
        return self._ontology.label(property_, self._language) if property_ in self._ontology else property_

    def _entity_row(self, hit: Hit) -> SearchHit:
        assert hit.node is not None
        told = [fact for fact in self._memory.facts_beside(hit.node.iri, None, _COMMON) if fact.holds_at(self._day)]
        first = next((fact for fact in told if fact.subject.iri == hit.node.iri), next(iter(told), None))
        text = f"{_name(hit.node)} — {self.say(first)}" if first is not None else _name(hit.node)
        reason = hit.reason if hit.reason == "name" else f"{hit.reason}: {hit.matched}"
        return SearchHit("entity", hit.score, text, reason, hit.node.iri)

    def _fact_row(self, hit: Hit) -> SearchHit:
        assert hit.fact is not None
        return SearchHit("fact", hit.score, self.say(hit.fact), f"words: {hit.matched}", f"#{hit.fact.id}",
                         hit.fact.sources[-1].title if hit.fact.sources else "")  # fmt: skip

    def _passages(self, words: str, limit: int) -> Iterator[SearchHit]:
        wanted = tuple(dict.fromkeys(terms(words)))
        texts = self._memory.passages_holding(_needles(wanted), _READ)
        counts = [Counter(terms(p.text)) for p in texts]
        frequency = {term: sum(term in count for count in counts) for term in wanted}
        total = max(self._memory.passage_count(), len(texts), 1)
        idf = {t: math.log(1 + (total - n + 0.5) / (n + 0.5)) for t, n in frequency.items()}
        average = sum(map(Counter.total, counts)) / len(counts) if counts else 1.0
        scored: list[tuple[float, int]] = []
        for row, count in enumerate(counts):
            norm = K1 * (1 - B + B * count.total() / average)
            score = sum(idf[t] * count[t] * (K1 + 1) / (count[t] + norm) for t in wanted if t in count)
            if score > 0:
                scored.append((min(1.0, score / max(sum(idf.values()), 1e-9)), row))
        for score, row in sorted(scored, key=lambda pair: (-pair[0], -texts[pair[1]].id))[:limit]:
            passage, matched = texts[row], [t for t in wanted if t in counts[row]]
            yield SearchHit("passage", round(score, 3), passage.text.strip(), f"words: {' '.join(matched)}",
                            f"{passage.episode}:{passage.start}-{passage.end}", passage.title or passage.speaker)  # fmt: skip


def _needles(wanted: Sequence[str]) -> list[str]:
    """Return what a text must hold one of to hold a term: its letters without the ending that inflection changes.

    >>> _needles(["ferry", "abend", "钥匙"])
    ['ferr', 'aben', '钥匙']
    """
    found: list[str] = []
    for term in wanted:
        piece = max(_LETTERS.findall(fold(term)), key=len, default="")
        if piece and piece[0].isascii():
            found.append(piece[: max(2, min(len(piece) - 1, 6))] if len(piece) > 2 else piece)
        elif piece:
            found.append(piece)
    return found


def _name(node: Node) -> str:
    return "me" if node.kind is NodeKind.SELF else node.label
