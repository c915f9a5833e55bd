"""How well what was told is answered, end to end: stories of held-out patterns and names, and their unanswerable twins.

    python benchmarks/stories.py [--count 200] [--weights DIR] [--seed 0] [--verbose]

A story (nlu.worlds.story) is told sentence by sentence to a fresh memory, then its question is asked; the reply must hold the answer.
In a twin, whose memory lacks the sentence that answers, right is to admit that nobody has said so.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from results import record

from bot.assemble import load_models
from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.config import load_settings
from bot.message import Message
from bot.turn import answer
from generation.bm25 import fold
from generation.write import unknown
from nlu.train import LANGUAGES
from nlu.training.examples import Worlds
from nlu.worlds.grammar import Names
from nlu.worlds.story import Stories, Story

NOW = datetime.fromisoformat("2026-03-11T10:00:00+01:00")


def main() -> None:
    """Tell, ask and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="stories a language")
    parser.add_argument("--weights", type=Path, help="other weights than the shipped ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="print what went wrong, and record nothing")
    given = parser.parse_args()
    settings = load_settings()
    if given.weights:
        settings = replace(settings, understanding=replace(settings.understanding, weights=given.weights))
    models = load_models(settings)
    worlds = Worlds(LANGUAGES)
    for code in LANGUAGES:
        began, right, chance = time.monotonic(), Counter[str](), random.Random(given.seed)
        stories = Stories(worlds.grammars[code], worlds.unseen[code], names=Names.UNSEEN)
        for _ in range(given.count):
            for story in stories.draw(chance):
                with tempfile.TemporaryDirectory() as folder:
                    reply = _reply(OpenSpace(Path(folder)), models, story)
                kind = "twin" if not story.answer else "story"
                good = _is_right(reply, story, code)
                right[kind] += good
                if given.verbose and not good:
                    print(
                        f"[{kind} {story.asked}] {' / '.join(story.told)} / {story.question}\n    -> {reply} ({story.answer})"
                    )
        for kind, count in sorted(right.items()):
            share = count / given.count
            if given.verbose:
                print(code, kind, round(share, 3))
            else:
                record("stories_right", share, split=f"{code} {kind}, held out", seconds=time.monotonic() - began,
                       examples=given.count)  # fmt: skip


def _reply(space: OpenSpace, models: Models, story: Story) -> str:
    mind = SpaceMind(space, "owner", models)
    with closing(space):
        for text in story.told:
            answer(Message("owner", text, NOW), mind)
        return answer(Message("owner", story.question, NOW), mind).text


def _is_right(reply: str, story: Story, language: str) -> bool:
    ignorant = reply == unknown(story.question, language)
    return ignorant if not story.answer else not ignorant and fold(story.answer) in fold(reply)


if __name__ == "__main__":
    main()
