"""The reply: from facts, passages and perhaps a language model to sentences that cite what they rest on.

Takes a question with its evidence, gives a Draft or its sentences one by one; knows no graph and no index. A language
model only words what evidence supports: each of its sentences passes the grounding check or is dropped. Without one,
or when nothing of it is left, the facts' own sentences answer, else a quotation, else an honest "I don't know".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generation.bm25 import terms
from generation.evidence import BackendError, Draft, Evidence, LanguageModel
from generation.grounding import citations, fault
from generation.phrasing import is_chinese, language_of
from generation.prompt import NOTHING, compose
from generation.retrieve import Found
from generation.sentences import split, stream

_log = logging.getLogger(__name__)
THRESHOLD = 0.5  # least probability at which a passage is quoted
LONGEST_LATIN = 400  # characters of a quotation
LONGEST_HAN = 160
MAX_TOKENS = 200
_SEMICOLON = re.compile(r"[;；](?![^(（]*[)）])")  # not one inside brackets


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that the reply to one question may rest on."""

    question: str
    language: str
    answer: str = ""  # the facts in words, with citations, as the caller composed it; "" when no fact answers
    facts: tuple[Evidence, ...] = ()
    passages: tuple[Found, ...] = ()
    threshold: float = THRESHOLD

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Facts first, then the passages that are likely enough to answer."""
        likely = tuple(found.evidence for found in self.passages if found.probability >= self.threshold)
        return self.facts + likely


def write(material: Material, model: LanguageModel | None = None, *, max_tokens: int = MAX_TOKENS) -> Draft:
    """Return the reply to a question."""
    gap = " " if material.language != "zh" else ""
    text = gap.join(speak(material, model, max_tokens=max_tokens))
    return Draft(text, citations(text))


def speak(material: Material, model: LanguageModel | None = None, *, max_tokens: int = MAX_TOKENS) -> Iterator[str]:
    """Yield the reply to a question sentence by sentence, each as soon as it is checked."""
    if model is not None and material.evidence:
        said = False
        for sentence in _modelled(material, model, max_tokens):
            said = True
            yield sentence
        if said:
            return
    yield from split(plain(material))


def plain(material: Material) -> str:
    """Return the reply without a language model."""
    if material.answer:
        return material.answer
    best = max(material.passages, key=lambda found: found.probability, default=None)
    if best is not None and best.probability >= material.threshold:
        return quote(best.evidence, material.question, material.language)
    return unknown(material.question, material.language)


def unknown(question: str, language: str) -> str:
    """Return an admission that nothing is known, the same one for the same question, with nothing else in it.

    >>> unknown("Who is Nora?", "en") == unknown("Who is Nora?", "en")
    True
    """
    return language_of(language).say("unknown", question)


def quote(evidence: Evidence, question: str, language: str) -> str:
    """Return the words of a passage that fit the question best, in quotation marks, cited.

    >>> quote(Evidence(1, "The railing is too low.", 1.0, 1, 0, 23), "Why?", "en")
    '“The railing is too low.” [1]'
    """
    text = shorten(focused(evidence.text, question), question)
    return language_of(language).say("quote", text=text, n=str(evidence.number))


def focused(text: str, question: str) -> str:
    """Return the part between semicolons that the question is about, the whole text where no part stands out.

    >>> focused("Ann plays chess; Bo plays the harp; Al sings.", "Who plays the harp?")
    'Bo plays the harp'
    >>> focused("Ann (born in Oslo; a judge) sings.", "Who is Ann?")
    'Ann (born in Oslo; a judge) sings.'
    """
    parts = [part.strip() for part in _SEMICOLON.split(text) if part.strip()]
    wanted = set(terms(question))
    gains = [len(wanted & set(terms(part))) for part in parts]
    best = max(gains, default=0)
    return parts[gains.index(best)] if len(parts) > 1 and best and gains.count(best) == 1 else text


def shorten(text: str, question: str) -> str:
    """Return at most a quotation's length of a text: the clauses around the question's words, marked by “…”."""
    flat = re.sub(r"\s+", " ", text).strip()
    longest = LONGEST_HAN if is_chinese(flat) else LONGEST_LATIN
    if len(flat) <= longest:
        return flat
    clauses = re.findall(r"[^,;:，；：。.!?！？]*[,;:，；：。.!?！？]*\s*", flat)
    pieces = [part[i : i + longest - 2] for part in clauses if part for i in range(0, len(part), longest - 2)]
    wanted = set(terms(question))
    gains = [len(wanted & set(terms(piece))) for piece in pieces]
    first = last = max(range(len(pieces)), key=lambda at: gains[at])
    size = len(pieces[first])
    while True:
        ahead = len(pieces[last + 1]) if last + 1 < len(pieces) else longest
        behind = len(pieces[first - 1]) if first else longest
        if size + ahead <= longest - 2:
            last, size = last + 1, size + ahead
        elif size + behind <= longest - 2:
            first, size = first - 1, size + behind
        else:
            break
    inner = "".join(pieces[first : last + 1]).strip()
    return ("…" if first else "") + inner + ("…" if last + 1 < len(pieces) else "")


def _modelled(material: Material, model: LanguageModel, max_tokens: int) -> Iterator[str]:
    """Yield the model's sentences that hold; nothing when it can't be reached or says that nothing answers."""
    evidence = material.evidence
    prompt = compose(material.question, evidence, material.language)
    dropped = 0
    try:
        for sentence in stream(model.stream(prompt.system, prompt.user, max_tokens=max_tokens)):
            if sentence.strip(" .。") == NOTHING:
                break
            reason = fault(sentence, evidence, material.question)
            if reason is None:
                yield sentence
            else:
                dropped += 1
                _log.debug("dropped a sentence: %s", reason)
    except BackendError as error:
        _log.warning("language model %s: %s", model.name, error)
    if dropped:
        _log.info("grounding dropped %d sentences of %s", dropped, model.name)


def numbered(evidence: Sequence[Evidence], text: str) -> tuple[Evidence, ...]:
    """Return the evidence that a text cites, in the order of its numbers."""
    cited = set(citations(text))
    return tuple(item for item in sorted(evidence, key=lambda item: item.number) if item.number in cited)
