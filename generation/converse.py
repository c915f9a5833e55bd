"""The replies that are no answers: to what was told, to small talk, to reading, and when asking back.

Takes what happened as plain values, gives one or two short sentences, always the same for the same message; knows no
graph. A reply never repeats more than it is handed.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.phrasing import language_of
from nlu.parse import Act

FEELING = 0.35  # how far from 0 a message's sentiment must be to be answered as news
LONGEST = 3  # learned sentences that an acknowledgement repeats
_LOWERED = frozenset({"You", "Your", "The", "A", "An", "It", "They", "There"})  # that begin no name
_SMALL_TALK = {Act.GREET: "greet", Act.THANK: "thank", Act.BYE: "bye", Act.CHAT: "chat", Act.REQUEST: "request"}


def acknowledge(learned: Sequence[str], sentiment: float, language: str, *, seed: str = "", stood: bool = False) -> str:
    """Return a reply to a statement: sympathy or gladness when the news calls for it, and what was noted.

    `learned` are facts in words; `stood` says that everything was known already; `sentiment` lies in [-1, 1].

    >>> acknowledge(["Nora lives in Bergen."], 0.0, "en", seed="b")
    "I'll remember: Nora lives in Bergen."
    """
    speech = language_of(language)
    feeling = "bad" if sentiment <= -FEELING else "good" if sentiment >= FEELING else ""
    parts = [speech.say(feeling, seed)] if feeling else []
    if learned:
        parts.append(speech.say("noted", seed, learned=_listed(learned[:LONGEST], language)))
    elif stood:
        parts.append(speech.say("stood", seed))
    elif not parts:
        parts.append(speech.say("noted_plain", seed))
    return speech.say("space").join(parts)


def corrected(learned: Sequence[str], language: str, *, seed: str = "") -> str:
    """Return a reply to a correction."""
    speech = language_of(language)
    if not learned:
        return speech.say("corrected_plain", seed)
    return speech.say("corrected", seed, learned=_listed(learned[:LONGEST], language))


def ask_which(reply: str, others: Sequence[str], language: str) -> str:
    """Return a reply with the question which is right, of what was just noted and of what stood against it.

    >>> ask_which("Noted: Nora comes from Oslo.", ["Nora comes from Bergen."], "en")
    'Noted: Nora comes from Oslo. But I also have: Nora comes from Bergen. Which is right?'
    """
    speech = language_of(language)
    question = speech.say("which_is_right", others=_listed(others[:LONGEST], language))
    return speech.say("space").join([reply, question])


def small_talk(act: Act, language: str, *, name: str = "", seed: str = "") -> str:
    """Return a reply to a greeting, thanks, a goodbye, chatter or a request; `name` is the speaker's, if known.

    >>> small_talk(Act.THANK, "zh", seed="a")
    '不客气！'
    """
    speech = language_of(language)
    comma = "，" if language == "zh" else ", "
    called = comma + name if name else ""
    key = _SMALL_TALK.get(act, "other")
    return speech.say(key, seed, **({"name": called} if key in ("greet", "bye") else {}))


def finished_reading(title: str, passages: int, facts: int, language: str) -> str:
    """Return a reply to a document that was given."""
    speech = language_of(language)
    counts = {"passages": _count("passage", passages, language), "facts": _count("fact", facts, language)}
    return speech.say("read", title=title, **counts) if title else speech.say("read_untitled", **counts)


def held(said: str, reason: str, others: int, language: str) -> str:
    """Return that a statement, given in words, was not noted since it contradicts what is known; and how many others.

    >>> held("Your aunt was born in 2300.", "that birth lies far in the future", 0, "en")
    "I haven't noted that your aunt was born in 2300, because that birth lies far in the future: see /inbox."
    """
    speech = language_of(language)
    clause = said.strip().rstrip(".。")
    first = clause.partition(" ")[0]
    if first in _LOWERED:
        clause = first.lower() + clause.removeprefix(first)
    text = speech.say("held", said=clause, reason=reason)
    return text + speech.say("space") + speech.say("held_more", n=str(others)) if others else text


def held_from_document(count: int, language: str) -> str:
    """Return how many of a document's statements were not noted, and where they are."""
    speech = language_of(language)
    return speech.say("held_one" if count == 1 else "held_many", n=str(count))


def clarify(name: str, options: Sequence[str], language: str, *, person: bool = True) -> str:
    """Return the question which of several is meant; each option carries what sets it apart.

    Raises:
        ValueError: fewer than two options.

    >>> clarify("Graham", ["Graham Ellory", "Graham Tupper"], "en")
    'Which Graham do you mean: Graham Ellory or Graham Tupper?'
    """
    speech = language_of(language)
    if len(options) < 2:
        raise ValueError(f"expected two options or more, found {len(options)}")
    choice = speech.say("or").join([speech.say("comma").join(options[:-1]), options[-1]])
    return speech.say("clarify" if person and name else "clarify_other", name=name, options=choice)


def empty(language: str) -> str:
    """Return a reply to a message with nothing in it."""
    return language_of(language).say("empty")


def _count(what: str, n: int, language: str) -> str:
    return language_of(language).say(f"{what}_{'one' if n == 1 else 'many'}", n=str(n))


def _listed(sentences: Sequence[str], language: str) -> str:
    speech = language_of(language)
    stop = speech.say("full_stop")
    closed = [s if s.rstrip().endswith(tuple(".!?。！？")) else s.rstrip() + stop for s in sentences]
    return speech.say("space").join(closed)
