"""What working memory is worth: follow-up questions and pronouns, with its focus, with only what was named last, and without.

    python benchmarks/focus.py [--weights DIR] [--verbose]

Each dialogue of benchmarks/cases/focus.jsonl is told to a fresh memory and then asked; only the reply to its last question counts. It
is right if it names the answer and nothing of somebody else's, wrong if it names that, else open. The focus holds 12 nodes, 1 or 0.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from results import record
from telling import NOW, models_of, telling_options

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.message import Message
from bot.turn import answer
from kg.attention import Attention
from nlu.train import LANGUAGES

CASES = Path(__file__).with_name("cases") / "focus.jsonl"
CAPACITIES = (12, 1, 0)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is told and asked, what the last reply must name, and what of others it must not."""

    id: str
    language: str
    told: tuple[str, ...]
    asked: tuple[str, ...]
    answer: tuple[str, ...]
    wrong: tuple[str, ...]


def read_dialogues(path: Path = CASES) -> tuple[Dialogue, ...]:
    """Return the dialogues of a file."""
    return tuple(
        Dialogue(row["id"], row["lang"], *(tuple(row[key]) for key in ("told", "asked", "answer", "wrong")))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    )


def reply_to(dialogue: Dialogue, models: Models, capacity: int) -> str:
    """Return the last reply of a dialogue to a focus of so many nodes."""
    with tempfile.TemporaryDirectory() as folder, closing(OpenSpace(Path(folder))) as space:
        mind = SpaceMind(space, "owner", models)
        Attention.__init__(mind.attention, capacity=capacity)
        reply = ""
        for text in (*dialogue.told, *dialogue.asked):
            reply = answer(Message("owner", text, NOW), mind).text
        return reply


def judge(dialogue: Dialogue, reply: str) -> str:
    """Return whether a reply is "right", "wrong" or "open".

    >>> case = Dialogue("en-1", "en", (), (), ("Leeds",), ("Porto",))
    >>> judge(case, "Leeds. [1]"), judge(case, "Porto or Leeds?"), judge(case, "Nobody has told me.")
    ('right', 'wrong', 'open')
    """
    said = reply.casefold()
    if any(name.casefold() in said for name in dialogue.wrong):
        return "wrong"
    return "right" if any(name.casefold() in said for name in dialogue.answer) else "open"


def main() -> None:
    """Tell, ask and record."""
    given = telling_options(__doc__).parse_args()
    models = models_of(given.weights)
    for code in LANGUAGES:
        began, found = time.monotonic(), {capacity: Counter[str]() for capacity in CAPACITIES}
        dialogues = [d for d in read_dialogues() if d.language == code]
        kinds = {capacity: Counter[str]() for capacity in CAPACITIES}
        for dialogue in dialogues:
            for capacity in CAPACITIES:
                reply = reply_to(dialogue, models, capacity)
                verdict = judge(dialogue, reply)
                found[capacity][verdict] += 1
                kinds[capacity][dialogue.id.split("-")[1]] += verdict == "right"
                if given.verbose and verdict != "right":
                    print(f"{capacity:2} {verdict:5} {dialogue.id} {dialogue.asked[-1]} -> {reply}")
        total = len(dialogues)
        if given.verbose:
            print(code, total, found, kinds)
            continue
        shares = {f"right_with_{n}": round(found[n]["right"] / total, 4) for n in CAPACITIES[1:]}
        errors = {f"wrong_with_{n}": round(found[n]["wrong"] / total, 4) for n in CAPACITIES}
        record("focus_follow_ups_right", found[CAPACITIES[0]]["right"] / total, split=f"{code} focus cases",
               seconds=time.monotonic() - began, examples=total, **shares, **errors)  # fmt: skip


if __name__ == "__main__":
    main()
