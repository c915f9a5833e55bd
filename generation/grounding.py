"""The grounding check: keeps the sentences of a draft that its cited evidence supports, and drops the rest.

Takes a language model's text with numbered evidence, gives the kept sentences and why others went; knows no model. It
is strict on purpose: a dropped sentence costs fluency, a kept false one costs trust. A sentence stays only if

- it cites evidence that exists, as [n];
- every number and date in it is in the cited evidence or in the question;
- every name in it is there too, several names in a row in that order;
- it denies only what the clause that it is nearest to denies, and the other way round;
- most of its other words are there (in Chinese: all of them).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generation.bm25 import fold, stem, terms
from generation.evidence import Evidence
from generation.numerals import MONTHS, months, values
from generation.phrasing import language_of
from generation.sentences import split

CITATION = re.compile(r"\s*[\[［【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]］】]")
SUPPORT = 0.5  # least share of a sentence's other Latin content words that must be in evidence or question
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_CLAUSE = re.compile(r"[,;:，；：。.!?！？]|\b(?:and|but|though|although)\b|但|而|虽然")
_RUN = re.compile(f"[{_HAN}]+")
_WORD = re.compile(rf"[^\W\d_{_HAN}]+(?:['’\-][^\W\d_{_HAN}]+)*")


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that passed, with the numbers it cites."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is left of a draft, and one reason for each sentence that was dropped."""

    kept: tuple[Kept, ...]
    dropped: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.kept)

    @property
    def used(self) -> tuple[int, ...]:
        return tuple(sorted({n for sentence in self.kept for n in sentence.cites}))


def check(draft: str, evidence: Sequence[Evidence], question: str) -> Checked:
    """Return the sentences of a draft that hold."""
    kept: list[Kept] = []
    dropped: list[str] = []
    for sentence in split(draft):
        reason = fault(sentence, evidence, question)
        if reason is None:
            kept.append(Kept(sentence, citations(sentence)))
        else:
            dropped.append(reason)
    return Checked(tuple(kept), tuple(dropped))


def citations(text: str) -> tuple[int, ...]:
    """Return the numbers cited in a text, in order, each once.

    >>> citations("Nora lives there [2][1], with Emil [2, 3].")
    (2, 1, 3)
    """
    found = [int(n) for match in CITATION.finditer(text) for n in re.split(r"[,，、]", match.group(1))]
    return tuple(dict.fromkeys(found))


def fault(sentence: str, evidence: Sequence[Evidence], question: str) -> str | None:
    """Return why a sentence can't stay, None when it can. The reason names the rule, never the words."""
    numbered = {item.number: item for item in evidence}
    cites = citations(sentence)
    if not cites:
        return "cites nothing"
    if any(n not in numbered for n in cites):
        return "cites evidence that isn't there"
    plain = CITATION.sub("", sentence)
    sources = [numbered[n].text for n in cites]
    titles = [numbered[n].title for n in cites]
    allowed = "\n".join([*sources, *titles, question])
    if not values(plain) <= values(allowed):
        return "holds a number that its evidence lacks"
    if not months(plain) <= months(allowed):
        return "holds a date that its evidence lacks"
    if _names_unfounded(plain, allowed):
        return "holds a name that its evidence lacks"
    if _denies(plain) not in _nearest_denials(plain, sources):
        return "denies what its evidence states, or states what it denies"
    if _latin_support(plain, allowed) < SUPPORT:
        return "says more than its evidence"
    if _han_unfounded(plain, allowed):
        return "says more than its evidence"
    return None


def _names_unfounded(plain: str, allowed: str) -> bool:
    """Whether a capitalised word, or a row of them, doesn't stand in the allowed text."""
    passed = _function_words()
    known = [stem(fold(word)) for word in _WORD.findall(allowed)]
    for row in _name_rows(plain):
        names = [stem(fold(word)) for word in row]
        while names and names[0] in passed:  # "The Ravel Street Library", "In Bergen"
            names.pop(0)
        names = [name for name in names if name not in _month_words()]
        width = len(names)
        if width and not any(known[i : i + width] == names for i in range(len(known) - width + 1)):
            return True
    return False


def _name_rows(plain: str) -> Iterable[list[str]]:
    """Yield runs of capitalised words that only spaces part."""
    row: list[str] = []
    end = -1
    for match in _WORD.finditer(plain):
        word = match.group()
        capital = word[0].isupper() or (any(c.isupper() for c in word))
        if row and (not capital or plain[end : match.start()].strip()):
            yield row
            row = []
        if capital:
            row.append(word)
            end = match.end()
    if row:
        yield row


def _latin_support(plain: str, allowed: str) -> float:
    passed = _function_words()
    content = {stem(fold(w)) for w in _WORD.findall(plain) if fold(w) not in passed and len(w) > 1}
    content = {word for word in content if word not in _month_words()}
    known = {stem(fold(word)) for word in _WORD.findall(allowed)}
    return len(content & known) / len(content) if content else 1.0


def _han_unfounded(plain: str, allowed: str) -> bool:
    """Whether Chinese characters are left when everything that stands in the allowed text is taken away.

    Stretches of two and more are taken greedily; of what is left, function words may stay, and a single character that
    the allowed text holds, unless two such stand side by side: that could be a new name made of known characters.
    """
    chinese = language_of("zh")
    free = sorted(chinese.stop | chinese.light | chinese.negations, key=len, reverse=True)
    numerals = "〇零一二两三四五六七八九十百千万亿"
    for match in _RUN.finditer(plain):
        run, at, lone = match.group(), 0, False
        while at < len(run):
            width = _longest(run, at, allowed)
            free_width = next((len(word) for word in free if run.startswith(word, at)), 0)
            if width >= 2 and width >= free_width:
                at, lone = at + width, False
            elif free_width:
                at, lone = at + free_width, False
            elif run[at] in numerals or run[at] in "年月日号岁":  # judged by value above
                at, lone = at + 1, False
            elif width == 1 and not lone:
                at, lone = at + 1, True
            else:
                return True
    return False


def _longest(run: str, at: int, allowed: str) -> int:
    width = 0
    while at + width < len(run) and run[at : at + width + 1] in allowed:
        width += 1
    return width


def _nearest_denials(plain: str, sources: Sequence[str]) -> set[bool]:
    """Return whether the clauses deny that share most words with a sentence; both values when they differ."""
    wanted = set(terms(plain))
    clauses = [clause for text in sources for clause in _CLAUSE.split(text) if clause.strip()]
    shared = [len(wanted & set(terms(clause))) for clause in clauses]
    return {_denies(clause) for clause, n in zip(clauses, shared, strict=True) if n == max(shared)} or {False}


def _denies(text: str) -> bool:
    folded = fold(text)
    english, chinese = language_of("en"), language_of("zh")
    words = re.findall(r"[a-z]+(?:['’]t)?", folded)
    if any(word in english.negations or word.endswith(("n't", "n’t")) for word in words):
        return True
    for word in chinese.affirmatives:
        folded = folded.replace(word, "")
    return any(mark in folded for mark in chinese.negations)


def _function_words() -> frozenset[str]:
    english = language_of("en")
    return english.stop | english.light | english.negations


def _month_words() -> frozenset[str]:
    """Return the stems of month names: they are judged as dates, not as names."""
    return frozenset(stem(name) for name in MONTHS)
