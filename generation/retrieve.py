"""A question to ranked evidence: one fusion rule over the passage index, one window rule, one budget.

Takes the question's words and vector with the names that reading linked, gives passages as Evidence, each with the
features that tell whether it answers; knows no graph and no model. The fusion rule is a weighted sum of two scores
that already lie in [0, 1], so that a score means the same in every memory:

    score = DENSE * max(0, cosine) + WORDS * min(1, BM25 / ceiling)
          + NAMED * share of the linked entities it names + FOCUS * share of the focus entities + RECENT * recency
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from generation.bm25 import coverage, fold, terms
from generation.evidence import Evidence, Passage
from generation.index import Hit, PassageIndex
from generation.phrasing import Language, is_chinese, language_of
from generation.unknown import DEFAULT, STRANGER, Expected, Features, Weights, answerable, expected, present
from generation.walk import Walker, order

DENSE = 0.6
WORDS = 0.4
NAMED = 0.15
FOCUS = 0.05
RECENT = 0.10
CANDIDATES = 30  # asked of each of the two searches
_QUOTED = re.compile(
    r"[^\W\d_][\w .'’·-]{0,24}[:：]\s*\S"
)  # a line of a pasted chat: "I" is who stands before the colon

Names = tuple[str, ...]  # every label of one entity


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as retrieval needs it."""

    text: str
    vector: npt.NDArray[np.float32]  # unit, shape [D]
    language: str
    names: tuple[Names, ...] = ()  # of the entities the question mentions
    focus: tuple[Names, ...] = ()  # of those the conversation is about
    recent: bool = False  # "lately", "what did I just say": prefer what was said last
    wanted: Expected | None = None  # type of the answer, None: by the language's cues
    about_self: bool = False  # it is about the speaker: "I" in a document is somebody else
    prior: float = 0.0  # log-odds that the caller adds, see generation.unknown.OPEN and STRUCTURED
    exclude: frozenset[int] = field(default_factory=frozenset[int])  # passages that can't answer: the question itself
    tags: Mapping[int, Collection[str]] = field(default_factory=dict[int, Collection[str]])  # of passages, by id


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its fused score and the features of it as the answer."""

    passage: Passage
    score: float
    features: Features


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of evidence and how likely it holds the answer."""

    evidence: Evidence
    probability: float
    features: Features


def retrieve(
    ask: Ask,
    index: PassageIndex,
    *,
    limit: int = 5,
    budget: int = 1200,
    weights: Weights = DEFAULT,
    first_number: int = 1,
    walker: Walker | None = None,
) -> tuple[Found, ...]:
    """Return the best passages as evidence, likeliest to answer first, at most `limit` and `budget` characters.

    A passage that leans on its neighbour brings it along (see `window`). Evidence is numbered from `first_number`. With a
    walker, what both searches missed and the walk reaches is judged too.
    """
    hits = index.search(ask.text, ask.vector, CANDIDATES)
    if walker is not None:
        hits = [*hits, *reached(ask, index, hits, walker)]
    ranked = rank(ask, index, hits)
    judged = sorted(ranked, key=lambda r: -_probability(r.features, weights, ask))
    found: list[Found] = []
    used: set[int] = set()
    left = budget
    for item in judged[: 2 * limit]:
        if len(found) == limit or item.passage.id in used:
            continue
        group = window(item.passage, index, ask)
        text = _joined(group)
        if len(text) > left and found:
            continue
        used.update(p.id for p in group)
        left -= len(text)
        first, last = group[0], group[-1]
        evidence = Evidence(
            number=first_number + len(found),
            text=text,
            score=item.score,
            episode=first.episode,
            start=first.start,
            end=last.end,
            title=first.title,
        )
        found.append(Found(evidence, _probability(item.features, weights, ask), item.features))
    return tuple(found)


def reached(ask: Ask, index: PassageIndex, hits: Sequence[Hit], walker: Walker) -> list[Hit]:
    """Return the passages nearest to a question by the walk that are no hits, with both their scores."""
    known = {hit.passage.id for hit in hits}
    best = [id for id, _ in associate(ask, index, hits, walker)[:CANDIDATES] if id not in known]
    return index.judge(best, ask.text, ask.vector)


def associate(ask: Ask, index: PassageIndex, hits: Sequence[Hit], walker: Walker) -> list[tuple[int, float]]:
    """Return passages by id with their score by walk and fusion, best first: the order for looking, not for answering."""
    scored = [(hit.passage.id, score) for score, hit in fuse(ask, index, hits)]
    linked, focus = ([name for group in groups for name in group] for groups in (ask.names, ask.focus))
    ends = walker.ends(ask.text, scored, linked=linked, focus=focus)
    return [(id, score) for id, score in order(scored, ends) if id not in ask.exclude]


def _probability(features: Features, weights: Weights, ask: Ask) -> float:
    """Return how likely a passage answers, with what the caller knows and whether it names whom the question is about."""
    strangers = features.has_names * (1.0 - features.names)
    return answerable(features, weights, ask.prior + STRANGER * strangers)


def rank(ask: Ask, index: PassageIndex, hits: Sequence[Hit]) -> list[Ranked]:
    """Return the hits by fused score, best first, with features; of equals the newer first."""
    scored = fuse(ask, index, hits)
    ceiling = _ceiling(ask, index)
    wanted = ask.wanted if ask.wanted is not None else expected(ask.text, ask.language)
    question = terms(ask.text)
    return [
        Ranked(
            hit.passage,
            score,
            _features(ask, hit, wanted, question, index, margin=score - _best_other(scored, at), ceiling=ceiling),
        )
        for at, (score, hit) in enumerate(scored)
    ]


def fuse(ask: Ask, index: PassageIndex, hits: Sequence[Hit]) -> list[tuple[float, Hit]]:
    """Return the hits that may answer with their fused scores, best first; of equals the newer first."""
    usable = [hit for hit in hits if hit.passage.id not in ask.exclude]
    ceiling = _ceiling(ask, index)
    newest = max((hit.passage.id for hit in usable), default=0)
    scored = [(_fused(ask, hit, ceiling, newest, index), hit) for hit in usable]
    return sorted(scored, key=lambda pair: (-pair[0], -pair[1].passage.id))


def window(passage: Passage, index: PassageIndex, ask: Ask) -> tuple[Passage, ...]:
    """Return a passage with the neighbour it leans on or that explains it, in the order of the text.

    The sentence before comes along when this one opens with a pronoun or a connective; for a question after a reason
    the next one comes along when it opens with "because" or the like.
    """
    language = language_of("zh" if is_chinese(passage.text) else "en")
    before = index.neighbour(passage, -1)
    if before is not None and before.id not in ask.exclude and _opens_with(passage.text, language.anaphors, language):
        return (before, passage)
    after = index.neighbour(passage, +1)
    wanted = ask.wanted if ask.wanted is not None else expected(ask.text, ask.language)
    explained = present(Expected.REASON, passage.text, language.code) == 1.0
    if wanted is Expected.REASON and after is not None and after.id not in ask.exclude and not explained:
        return (passage, after) if _opens_with(after.text, language.reasons, language) else (passage,)
    return (passage,)


def names_in(text: str, groups: Sequence[Names]) -> float:
    """Return the share of entities that a text names by any of their names, 0 when there are none.

    >>> names_in("Nora Holm lives in Bergen.", [("Nora", "Nora Holm"), ("Emil",)])
    0.5
    """
    if not groups:
        return 0.0
    folded = fold(text)
    words = set(terms(text))
    return sum(any(_named(name, folded, words) for name in group) for group in groups) / len(groups)


def _ceiling(ask: Ask, index: PassageIndex) -> float:
    return max(index.words.ceiling(ask.text), 1e-9)


def _named_share(ask: Ask, passage: Passage, index: PassageIndex) -> float:
    """Return the share of the question's entities that a passage names, the speaker among them."""
    share = names_in(f"{passage.title} {passage.text}", ask.names)
    if not ask.about_self:
        return share
    count = len(ask.names)
    return (share * count + (_speaks_of_self(passage) and not is_pasted(passage, index))) / (count + 1)


def is_pasted(passage: Passage, index: PassageIndex) -> bool:
    """Whether a sentence stands in or after a line of a pasted chat: "I" is who stands before the colon there."""
    at: Passage | None = passage
    while at is not None and not _QUOTED.match(at.text):
        at = index.neighbour(at, -1)
    return at is not None


def _speaks_of_self(passage: Passage) -> bool:
    if passage.title:
        return False
    chinese = any(word in passage.text for word in language_of("zh").speaker)
    return chinese or bool(set(re.findall(r"[a-z]+", fold(passage.text))) & language_of("en").speaker)


def _named(name: str, folded: str, words: set[str]) -> bool:
    wanted = terms(name)
    return (is_chinese(name) and fold(name) in folded) or (bool(wanted) and all(term in words for term in wanted))


def _fused(ask: Ask, hit: Hit, ceiling: float, newest: int, index: PassageIndex) -> float:
    score = DENSE * max(0.0, hit.dense) + WORDS * min(1.0, hit.bm25 / ceiling)
    score += NAMED * _named_share(ask, hit.passage, index) + FOCUS * names_in(hit.passage.text, ask.focus)
    if ask.recent and newest:
        score += RECENT * hit.passage.id / newest
    return score


def _best_other(scored: Sequence[tuple[float, Hit]], at: int) -> float:
    others = (score for row, (score, _) in enumerate(scored[:2]) if row != at)
    return next(others, 0.0)


def _features(
    ask: Ask,
    hit: Hit,
    wanted: Expected,
    question: Sequence[str],
    index: PassageIndex,
    *,
    margin: float,
    ceiling: float,
) -> Features:
    text = f"{hit.passage.title} {hit.passage.text}"
    language = "zh" if is_chinese(hit.passage.text) else "en"
    return Features(
        dense=hit.dense,
        margin=margin,
        coverage=coverage(question, terms(text), index.words),
        bm25=min(1.0, hit.bm25 / ceiling),
        names=_named_share(ask, hit.passage, index),
        has_names=1.0 if ask.names or ask.about_self else 0.0,
        typed=present(wanted, hit.passage.text, language, ask.tags.get(hit.passage.id), ask.text),
        same_language=1.0 if language == ("zh" if ask.language == "zh" else "en") else 0.0,
        news=min(1.0, len(_words(hit.passage.text, language) - set(question)) / 4.0),
    )


def _words(text: str, language: str) -> set[str]:
    """Return the content words of a text, in Chinese its character pairs: single characters recur by chance."""
    return {term for term in terms(text) if language != "zh" or len(term) > 1}


def _opens_with(text: str, cues: Sequence[str], language: Language) -> bool:
    opening = fold(text).lstrip(" \"'“”‘’「『（(-–—")
    if language.code == "zh":
        return opening.startswith(cues if isinstance(cues, tuple) else tuple(cues))
    return any(opening.startswith(cue) and not opening[len(cue) : len(cue) + 1].isalnum() for cue in cues)


def _joined(group: Sequence[Passage]) -> str:
    texts = [passage.text.strip() for passage in group]
    return ("" if is_chinese(texts[0]) else " ").join(texts)
