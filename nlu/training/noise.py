"""The noise people type: lower case, lost punctuation and apostrophes, slips of the finger, emoji.

Takes an annotated sentence, gives one with the same annotation at its new offsets. Random only through the generator given.
"""

from __future__ import annotations

import random
from dataclasses import replace

from nlu.parse import Span
from nlu.worlds.grammar import Sample

EMOJI = ("🙂", "😂", "😅", "👍", "🎉", "😢", "❤️", "😭", "🤔", "😊", "🙏", "haha", "lol")
EMOJI_ZH = ("🙂", "😂", "😅", "👍", "🎉", "😢", "❤️", "😭", "🤔", "😊", "哈哈", "～", "呢", "啊", "哦")
SHORTHAND = {"you": "u", "your": "ur", "are": "r", "and": "n", "to": "2", "for": "4", "please": "pls", "because": "cos",
             "though": "tho", "people": "ppl", "with": "w", "about": "abt", "what": "wot"}  # fmt: skip
HOMOPHONES = {"的": "得", "得": "的", "在": "再", "再": "在", "做": "作", "他": "她", "像": "象", "那": "哪", "吧": "八", "我": "窝",
              "是": "事", "没": "木", "吗": "嘛", "什": "神", "了": "鸟", "已": "以", "地": "的", "带": "戴", "住": "主"}  # fmt: skip


def disturb(sample: Sample, chance: random.Random) -> Sample:
    """Return the sentence as somebody in a hurry might type it; most come back as they are."""
    edits: dict[int, str] = {}  # old offset -> what stands there now
    roll = chance.random()
    casual = roll < 0.22
    if casual and sample.language == "en":
        _shorten(sample, edits, chance)
    if chance.random() < 0.12:
        _slip(sample, edits, chance)
    if chance.random() < (0.6 if casual else 0.08) and sample.text and sample.text[-1] in ".。!！":
        edits[len(sample.text) - 1] = ""
    if casual and chance.random() < 0.3:
        edits[len(sample.text)] = (" " if sample.language == "en" else "") + chance.choice(
            EMOJI if sample.language == "en" else EMOJI_ZH
        )
    said = _apply(sample, edits)
    if casual and sample.language == "en":
        return replace(said, text=_lower(said.text))
    if chance.random() < 0.015 and sample.language == "en":
        return replace(said, text=_upper(said.text))
    return said


def _shorten(sample: Sample, edits: dict[int, str], chance: random.Random) -> None:
    """Drop apostrophes and write some words as texting does, outside mentions."""
    text, at = sample.text, 0
    for n, c in enumerate(text):
        if c in "'’" and chance.random() < 0.8:
            edits[n] = ""
    if chance.random() < 0.35:
        for word in text.split(" "):
            short = SHORTHAND.get(word.casefold())
            if short and not _in_mention(sample, at) and chance.random() < 0.6:
                edits[at] = short
                edits.update(dict.fromkeys(range(at + 1, at + len(word)), ""))
            at += len(word) + 1


def _slip(sample: Sample, edits: dict[int, str], chance: random.Random) -> None:
    """Swap, double or drop a letter of a word, or take a homophone, outside mentions of names."""
    if sample.language == "zh":
        places = [n for n, c in enumerate(sample.text) if c in HOMOPHONES and not _in_name(sample, n)]
        if places:
            at = chance.choice(places)
            edits[at] = HOMOPHONES[sample.text[at]]
        return
    text = sample.text
    places = [n for n in range(1, len(text) - 1) if text[n - 1 : n + 2].isalpha() and not _in_name(sample, n)]
    if places:
        at = chance.choice(places)
        edits[at] = chance.choice(("", text[at] * 2, text[at + 1]))
        if edits[at] == text[at + 1]:
            edits[at + 1] = text[at]


def _in_mention(sample: Sample, at: int) -> bool:
    return any(span.start <= at < span.end for span, _ in sample.mentions)


def _in_name(sample: Sample, at: int) -> bool:
    return any(
        span.start <= at < span.end and tag not in {"THING", "OCC", "ACTV", "WH"} for span, tag in sample.mentions
    )


def _apply(sample: Sample, edits: dict[int, str]) -> Sample:
    """Write the edits and move every span along; text appended past the end belongs to the last stretch."""
    if not edits:
        return sample
    out: list[str] = []
    moved: list[int] = []
    length = 0
    for n, c in enumerate(sample.text):
        moved.append(length)
        said = edits.get(n, c)
        out.append(said)
        length += len(said)
    moved.append(length)
    out.append(edits.get(len(sample.text), ""))
    shift = lambda span: Span(moved[span.start], moved[span.end])  # noqa: E731
    mentions = tuple((shift(span), tag) for span, tag in sample.mentions)
    stretches = tuple((shift(span), factuality) for span, factuality in sample.factuality)
    return replace(sample, text="".join(out), mentions=mentions, factuality=stretches)


def _lower(text: str) -> str:
    """Lower-case without changing the length."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _upper(text: str) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
