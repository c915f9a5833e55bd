"""How well what was told is answered, end to end: stories of held-out patterns and names, and their unanswerable twins.

    python benchmarks/stories.py [--count 200] [--weights DIR] [--seed 0] [--verbose]

A story (nlu.worlds.story) is told sentence by sentence to a fresh memory, then its question is asked; the reply must hold the answer.
In a twin, whose memory lacks the sentence that answers, right is to admit that nobody has said so.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from results import record
from telling import NOW, models_of, telling_options

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.message import Message
from bot.turn import answer
from generation.bm25 import fold
from generation.write import unknown
from nlu.train import LANGUAGES
from nlu.training.examples import Worlds
from nlu.worlds.grammar import Names
from nlu.worlds.story import Stories, Story


def main() -> None:
    """Tell, ask and record."""
    parser = telling_options(__doc__)
    parser.add_argument("--count", type=int, default=200, help="stories a language")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    models = models_of(given.weights)
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
