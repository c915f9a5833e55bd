"""Whether what is forgotten is gone: from every file, from the answers, and only that; and is learned again when told again.

    python benchmarks/forgetting.py [--weights DIR] [--verbose]

Scenarios are made from the names and sentences below, in both languages, each in a fresh memory: things are told or read and
asked for, something is forgotten (a fact, a person, a message, a time, a document, what was told about somebody; in words or by
the command), every file of the memory is searched, the memory is opened anew, and all is asked and told again. A question counts
if it was answered before.

bytes_left: forgotten text in any file, in UTF-8, UTF-16 or JSON escapes, in any case, and vectors of forgotten passages.
wrong_answers: answers that still give what was forgotten. told_again_learned: what is told again is answered again; a document
that is read again without more ado must not bring it back. collateral: facts about something else that vanished.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from results import record
from telling import NOW, models_of, telling_options

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.listing import triple_of
from bot.message import Message
from bot.system import Wanted
from bot.turn import answer
from nlu.train import LANGUAGES


@dataclass(frozen=True, slots=True)
class Said:
    """Something told at a time, or a document."""

    text: str
    at: datetime = NOW
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the word that answers it."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is told, what is forgotten of it, and what must be gone and what must stay."""

    id: str
    language: str
    told: tuple[Said, ...]
    request: str | Wanted
    gone: tuple[str, ...]
    lost: Question  # can't be answered any more
    kept: Question
    again: str  # teaches the lost again


# Person, where they live, what they do; the rest is about them.
PEOPLE = {
    "en": (
        ("Ottoline Marsh", "Whitby", "glazier"), ("Casper Lindqvist", "Uppsala", "plumber"),
        ("Mirela Dragan", "Timisoara", "dentist"), ("Tobias Kerr", "Dundee", "baker"),
        ("Henrike Vos", "Leiden", "nurse"), ("Rafael Quiroga", "Mendoza", "carpenter"),
        ("Sunniva Aas", "Molde", "teacher"), ("Percival Thorne", "Ludlow", "librarian"),
        ("Ines Carvalho", "Braga", "florist"), ("Wilhelm Brandt", "Rostock", "welder"),
    ),
    "zh": (
        ("孟子涵", "泉州", "厨师"), ("卢明远", "洛阳", "木匠"), ("戚晓岚", "温州", "护士"), ("贺天佑", "大理", "司机"),
        ("邵雨桐", "扬州", "会计"), ("康立新", "银川", "电工"), ("纪思源", "汕头", "律师"), ("樊小满", "桂林", "裁缝"),
        ("薛亦辰", "烟台", "牙医"), ("钟若曦", "绵阳", "园丁"),
    ),
}  # fmt: skip
OTHERS = {
    "en": (("Hilde Baumann", "Oslo"), ("Marek Zielinski", "Gdynia"), ("Fiona Drummond", "Oban")),
    "zh": (("林书豪", "绍兴"), ("郭雅琴", "保定"), ("田志刚", "九江")),
}
CODES = ("48213", "90577", "31846")

LIVES = {"en": "{0} lives in {1}.", "zh": "{0}住在{1}。"}
BOTH = {"en": "{0} lives in {1} and works as a {2}.", "zh": "{0}住在{1}，是一名{2}。"}
WORKS = {"en": "{0} works as a {1}.", "zh": "{0}是一名{1}。"}
WHERE = {"en": "Where does {0} live?", "zh": "{0}住在哪里？"}
JOB = {"en": "What does {0} do?", "zh": "{0}是做什么工作的？"}
CODE = {"en": "My locker code is {0}.", "zh": "我的储物柜密码是{0}。"}
WHICH_CODE = {"en": "What is my locker code?", "zh": "我的储物柜密码是多少？"}
CHATTER = {"en": "{0} has a dreadful cough these days.", "zh": "{0}最近咳嗽得厉害。"}
GOES_ON = {"en": "She has a dreadful cough these days.", "zh": "她最近咳嗽得厉害。"}
MOVED = {"en": "{0} moved to {1}.", "zh": "{0}搬到{1}了。"}
COUGH = {"en": "cough", "zh": "咳嗽"}

FACT = {
    "en": ("Forget where {0} lives.", "Please forget where {0} lives."),
    "zh": ("忘掉{0}住在哪里。", "请忘记{0}住在哪里。"),
}
FORGET_CODE = {
    "en": ("Please forget my locker code.", "Forget my locker code."),
    "zh": ("忘掉我的储物柜密码。", "请忘记我的储物柜密码。"),
}
PERSON = {
    "en": (
        "Forget everything about {0}.",
        "Forget {0}.",
        "Delete all you know about {0}.",
        "Erase everything about {0}, please.",
    ),
    "zh": ("把{0}的事全忘掉。", "忘掉关于{0}的一切。", "忘了{0}。", "请忘记{0}的所有事情。"),
}
ABOUT = {
    "en": (
        "Forget what I told you about {0}.",
        "Please forget everything I told you about {0}.",
        "Forget what I said about {0}.",
    ),
    "zh": ("忘了我跟你说过的关于{0}的事。", "把我跟你说的{0}的事忘了。", "忘掉我告诉你的关于{0}的事。"),
}
MESSAGE = {
    "en": (
        "Forget that message.",
        "Forget what I just said.",
        "Delete my last message.",
        "Please forget what I just told you.",
    ),
    "zh": ("忘了刚才那条消息。", "忘掉我刚才说的话。", "把上一条消息删掉。", "请忘记我刚才告诉你的。"),
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How long ago it was told, how long ago the other was, and the request; it is Wednesday, ten o'clock.
TIMES = {
    "en": (
        (DAY, 9 * DAY, "Forget what I said yesterday."), (7 * DAY, DAY, "Forget everything I said last week."),
        (2 * DAY, 9 * DAY, "Forget everything I told you since Monday."), (HOUR / 2, 2 * HOUR, "Forget what I said in the last hour."),
        (1000 * DAY, DAY, "Forget everything from before 2024."), (HOUR, DAY, "Delete what I told you today."),
        (DAY - 5 * HOUR, HOUR, "Can you forget what I said yesterday afternoon?"), (8 * DAY, DAY, "Erase my messages from 3 March."),
    ),
    "zh": (
        (DAY, 9 * DAY, "忘掉我昨天说的话。"), (7 * DAY, DAY, "把上周说的都忘了。"), (2 * DAY, 9 * DAY, "忘掉星期一以来我说的一切。"),
        (HOUR / 2, 2 * HOUR, "把最近一个小时说的都忘掉。"), (1000 * DAY, DAY, "把2024年以前的都忘了。"),
        (HOUR, DAY, "请忘记我今天说的话。"),
        (DAY - 5 * HOUR, HOUR, "忘掉我昨天下午说的话。"), (8 * DAY, DAY, "删除我三月三号发的消息。"),
    ),
}  # fmt: skip
TITLES = {"en": ("Harbour notes", "Minutes of the choir"), "zh": ("码头记录", "合唱团纪要")}
DOCUMENT = {
    "en": ("Forget the document {0}.", "Delete the file “{0}”.", "Forget everything you read in {0}."),
    "zh": ("忘掉《{0}》这份文件。", "把文档《{0}》删掉。", "忘掉{0}那份文件。"),
}


def main() -> None:
    """Make, tell, forget, search, ask and record."""
    given = telling_options(__doc__).parse_args()
    models = models_of(given.weights)
    for code in LANGUAGES:
        began, count = time.monotonic(), Counter[str]()
        for scenario in scenarios(code):
            count += _judge(scenario, models, verbose=given.verbose)
        _report(count, code, time.monotonic() - began, verbose=given.verbose)


def scenarios(code: str) -> Iterator[Scenario]:
    """Yield the scenarios of a language."""
    people, others = PEOPLE[code], OTHERS[code]
    for n, (name, town, job) in enumerate(people[:6]):
        other, home = others[n % 3]
        beside, kept = Said(LIVES[code].format(other, home)), Question(WHERE[code].format(other), home)
        lost, again = Question(WHERE[code].format(name), town), LIVES[code].format(name, town)
        lives, works = Said(LIVES[code].format(name, town)), Said(WORKS[code].format(name, job))
        chatter, whole = Said(CHATTER[code].format(name)), (name, town)

        def made(kind: str, *rest: object, number: int = n) -> Scenario:
            return Scenario(f"{code} {kind} {number}", code, *rest)  # type: ignore[arg-type]

        still = Question(JOB[code].format(name), job)
        both = Said(BOTH[code].format(name, town, job))
        yield made("fact", (both, beside), FACT[code][n % 2].format(name), (town,), lost, still, again)
        told = (lives, chatter, works, beside)
        everything = (*whole, job, COUGH[code])
        yield made("person", told, PERSON[code][n % 4].format(name), everything, lost, kept, again)
        yield made("about", (beside, *told[:3]), ABOUT[code][n % 3].format(name), everything, lost, kept, again)
        yield made("message", (works, beside, lives), MESSAGE[code][n % 4], (town,), lost, kept, again)
        paper = Said(f"{again} {chatter.text}", title=TITLES[code][n % 2])
        naming = DOCUMENT[code][n % 3].format(paper.title)
        yield made("document", (paper, beside), naming, (*whole, COUGH[code], paper.title), lost, kept, again)
        mixed = Said(f"{beside.text} {again} {chatter.text}", title=TITLES[code][n % 2])
        yield made("part", (mixed,), PERSON[code][n % 4].format(name), (*whole, COUGH[code]), lost, kept, again)
        going_on = Said(f"{again} {GOES_ON[code]}")
        yield made(
            "pronoun", (going_on, beside), PERSON[code][n % 4].format(name), (*whole, COUGH[code]), lost, kept, again
        )
        shared = Said(f"{beside.text} {again}", NOW - 2 * DAY)
        yield made("shared", (shared, works), PERSON[code][n % 4].format(name), (*whole, job), lost, kept, again)
        twice = Said(again, title=TITLES[code][n % 2])
        yield made("twice", (twice, lives, both, beside), FACT[code][n % 2].format(name), (town,), lost, still, again)
        moved, before = (
            Said(MOVED[code].format(name, town), NOW - DAY),
            Said(LIVES[code].format(name, home), NOW - 40 * DAY),
        )
        back = Question(WHERE[code].format(name), home)
        yield made("moved", (before, moved), TIMES[code][0][2], (town,), lost, back, MOVED[code].format(name, town))
        yield made("command", (*told, paper), _wanted(n, name, str(paper.title)), whole, lost, kept, again)
    for n, code_number in enumerate(CODES):
        other, home = others[n]
        said, kept = Said(LIVES[code].format(other, home)), Question(WHERE[code].format(other), home)
        secret = CODE[code].format(code_number)
        lost = Question(WHICH_CODE[code], code_number)
        yield Scenario(
            f"{code} secret {n}",
            code,
            (said, Said(secret)),
            FORGET_CODE[code][n % 2],
            (code_number,),
            lost,
            kept,
            secret,
        )
    for n, (ago, before, request) in enumerate(TIMES[code]):
        (name, town, _), (other, home) = people[n], others[n % 3]
        lost, kept = Question(WHERE[code].format(name), town), Question(WHERE[code].format(other), home)
        again = LIVES[code].format(name, town)
        times = sorted(
            (Said(again, NOW - ago), Said(LIVES[code].format(other, home), NOW - before)), key=lambda s: s.at
        )
        yield Scenario(f"{code} time {n}", code, tuple(times), request, (name, town), lost, kept, again)


def _wanted(n: int, name: str, title: str) -> Wanted:
    return Wanted(entities=(name,), documents=(title,) if n % 2 else ())


def _judge(scenario: Scenario, models: Models, *, verbose: bool) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with closing(OpenSpace(home)) as space:
            talk = _Talk(space, models)
            for said in scenario.told:
                talk.say(said)
            knew, knew_kept = talk.answers(scenario.lost), talk.answers(scenario.kept)
            if scenario.id.split()[1] in (
                "message",
                "time",
                "moved",
            ):  # what is asked goes with the time; the message is the last
                talk = _Talk(space, models)
            before, vectors = _others(space, scenario), _vectors(home, scenario.gone)
            receipt = talk.say(Said(scenario.request, NOW + HOUR / 60)) if isinstance(scenario.request, str) else ""
        if isinstance(scenario.request, Wanted):
            with closing(OpenSpace(home)) as space:
                receipt = str(space.forget(scenario.request))
        left = _bytes_left(home, scenario.gone, vectors)
        with closing(OpenSpace(home)) as space:
            vanished = before - _others(space, scenario)
            talk = _Talk(space, models)
            for said in scenario.told:
                if said.title is not None:
                    talk.say(said)
            brought = _bytes_left(home, scenario.gone, vectors)
            still, kept = talk.answers(scenario.lost), talk.answers(scenario.kept)
            talk.say(Said(scenario.again, NOW + HOUR))
            again = talk.answers(scenario.lost)
    count = Counter(
        scenarios=1, left=left, brought=brought, asked=knew, wrong=knew and still, again=knew and again,
        facts=len(before), vanished=len(vanished), kept_asked=knew_kept, kept_lost=knew_kept and not kept,
        unknown=not knew,
    )  # fmt: skip
    if verbose and (left or brought or not knew or still or not again or vanished or (knew_kept and not kept)):
        seen = {key: value for key, value in count.items() if key not in ("scenarios", "facts", "asked", "kept_asked")}
        print(
            f"[{scenario.id}] {' / '.join(s.text for s in scenario.told)} ← {scenario.request} → {receipt}\n    {seen} {vanished}"
        )
    return count


class _Talk:
    """A conversation with a memory."""

    def __init__(self, space: OpenSpace, models: Models) -> None:
        self._mind = SpaceMind(space, "owner", models)

    def say(self, said: Said) -> str:
        return answer(Message("owner", said.text, said.at, said.title), self._mind).text

    def answers(self, question: Question) -> bool:
        return question.answer in self.say(Said(question.text, NOW - 20 * DAY))


def _others(space: OpenSpace, scenario: Scenario) -> set[tuple[str, str, str]]:
    """Return the facts that have nothing of what is to be forgotten in them."""
    rows = {(t.s, t.p, t.o) for t in map(triple_of, space.facts(at=NOW.date().isoformat()))}
    return {row for row in rows if not any(word in part or part in word for word in scenario.gone for part in row)}


def _vectors(home: Path, gone: Sequence[str]) -> list[bytes]:
    """Return the vectors of the passages that hold what is to be forgotten, as they lie in the index."""
    lines = next((home / "index").glob("passages-*.jsonl")).read_text(encoding="utf-8").splitlines()
    data = next((home / "index").glob("vectors-*.f32")).read_bytes()
    width = len(data) // max(len(lines), 1)
    texts = [str(json.loads(line)["text"]) for line in lines]
    return [data[n * width : (n + 1) * width] for n, text in enumerate(texts) if any(word in text for word in gone)]


_IDENTIFIER = re.compile(rb"[0-9a-f]{32}")  # a node's random number, which may hold any five digits by chance


def _bytes_left(home: Path, gone: Sequence[str], vectors: Sequence[bytes]) -> int:
    """Return how many bytes of forgotten text and vectors lie in any file."""
    forms = {form for word in gone for form in (word, word.lower(), word.upper(), word.casefold())}
    needles = {form.encode(code) for form in forms for code in ("utf-8", "utf-16-le", "utf-16-be")}
    needles |= {json.dumps(form)[1:-1].encode() for form in forms} | set(vectors)
    files = [_IDENTIFIER.sub(b"", path.read_bytes()) for path in home.rglob("*") if path.is_file()]
    return sum(len(needle) * data.count(needle) for needle in needles for data in files)


def _report(count: Counter[str], code: str, seconds: float, *, verbose: bool) -> None:
    n, asked = count["scenarios"], count["asked"]
    rows = (
        ("bytes_left", float(count["left"] + count["brought"]), n),
        ("wrong_answers", count["wrong"] / max(asked, 1), asked),
        ("told_again_learned", count["again"] / max(asked, 1), asked),
        (
            "collateral",
            (count["vanished"] + count["kept_lost"]) / max(count["facts"] + count["kept_asked"], 1),
            count["facts"],
        ),
    )
    for name, value, examples in rows:
        if verbose:
            print(code, f"forget_{name}", f"{value:.3f}", f"(of {examples})")
        else:
            record(f"forget_{name}", value, split=f"{code} forgetting scenarios", seconds=seconds, examples=examples)


if __name__ == "__main__":
    main()
