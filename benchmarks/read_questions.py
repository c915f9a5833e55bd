"""Questions over documents that were read: how many are answered, and how often something is answered that nobody wrote.

    python benchmarks/read_questions.py DATA_DIR [--verbose] [--memory FOLDER] [--weights DIR]

DATA_DIR/wiki_en and DATA_DIR/text_zh hold {"title", "text"} rows. 300 English texts are read, all of wiki_en's dev rows and
train rows 0, 173, 346 … until there are 300; and the Chinese texts of text_zh's dev rows that have 150 characters or more.
Then each question of benchmarks/cases/read_questions.jsonl is asked in a conversation of its own.

An answerable question is right if one answer of each group stands in the reply as words of its own and the reply doesn't
admit ignorance; an unanswerable one is right only if it does. `--verbose` prints what went wrong in dev and Chinese questions,
never in the held-out ones, and records nothing; `--memory` keeps the memory that was read, or takes the one that lies there.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from results import record
from telling import NOW, models_of, telling_options

from bot.assemble.mind import Models, SpaceMind
from bot.assemble.space import OpenSpace
from bot.document import Document
from bot.message import Message, Reply
from bot.reading import Progress, read_documents
from bot.turn import answer
from generation.phrasing import is_chinese, language_of
from nlu.corpora import read_rows

CASES = Path(__file__).with_name("cases") / "read_questions.jsonl"
ENGLISH_TEXTS = 300
EVERY = 173  # row of wiki_en's train split
LEAST_HAN = 150  # characters of a Chinese text
WARMING = "Where is it?"  # a first question, so that what is opened once is open
_WORD = "(?<![^\\W\\u3400-\\u9fff]){}(?![^\\W\\u3400-\\u9fff])"  # Chinese goes on without a space
SHOWN = frozenset({"dev", "all"})  # splits whose failures may be looked at


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its kind, and its answers: one of each group must be given; none where the texts don't say."""

    id: str
    language: str
    split: str
    kind: str
    text: str
    answers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was replied to a question, whether that admits ignorance, whether it is right, and after how long."""

    question: Question
    reply: Reply
    admits: bool
    right: bool
    milliseconds: float


def main() -> None:
    """Read, ask and record."""
    given = _options()
    models, questions = models_of(given.weights), read_questions(CASES)
    with tempfile.TemporaryDirectory() as temporary:
        kept = given.memory or Path(temporary) / "kept"
        for code, documents in (("en", english(given.data)), ("zh", chinese(given.data))):
            memory = kept / code
            if not memory.exists():
                _read(documents, memory, models)
            began = time.monotonic()
            some = [question for question in questions if question.language == code]
            asked = list(_ask(some, memory, Path(temporary) / "copy", models))
            for split in dict.fromkeys(one.question.split for one in asked):
                part = [one for one in asked if one.question.split == split]
                if given.verbose and split in SHOWN:
                    _show(part)
                _report(part, f"{code} {split}", time.monotonic() - began, verbose=given.verbose)


def english(data: Path) -> Iterator[Document]:
    """Yield the English texts."""
    rows = [*read_rows(data / "wiki_en" / "dev.jsonl.gz")]
    rows += list(read_rows(data / "wiki_en" / "train.jsonl.gz"))[::EVERY]
    return (Document(str(row["title"]), str(row["text"])) for row in rows[:ENGLISH_TEXTS])


def chinese(data: Path) -> Iterator[Document]:
    """Yield the Chinese texts."""
    rows = read_rows(data / "text_zh" / "dev.jsonl")
    return (Document(str(row["title"]), str(row["text"])) for row in rows if len(row["text"]) >= LEAST_HAN)


def read_questions(path: Path) -> tuple[Question, ...]:
    """Return the questions of a file."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return tuple(
        Question(row["id"], row["lang"], row["split"], row["kind"], row["question"], tuple(map(tuple, row["answers"])))
        for row in rows
    )


def is_right(reply: str, answers: Sequence[Sequence[str]], *, admits: bool) -> bool:
    """Whether a reply gives one answer of each group and no admission, or where there is no answer, an admission.

    >>> is_right("It cost 1,200 crowns.", [["1200", "twelve hundred"]], admits=False)
    True
    >>> is_right("It is no. 12.", [["1200", "2"]], admits=False), is_right("No idea.", [], admits=True)
    (False, True)
    """
    if not answers or admits:
        return admits and not answers
    text = _plain(reply)
    return all(any(_stands_in(_plain(one), text) for one in group) for group in answers)


def _plain(text: str) -> str:
    """Return a text to compare: no accents, case, typographic quotes, nor commas inside numbers."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"(?<=\d),(?=\d{3})", "", bare.casefold().replace("’", "'").replace("–", "-").replace("—", "-"))


def _stands_in(answer: str, text: str) -> bool:
    return answer in text if is_chinese(answer) else bool(re.search(_WORD.format(re.escape(answer)), text))


def _admits(reply: Reply, language: str) -> bool:
    """Whether a reply says that nothing is known of it: our own words for that, or an admission in a longer reply."""
    words = language_of(language)
    own = {phrase.casefold() for phrase in words.variants["unknown"]}
    said = reply.text.casefold()
    return said in own or (not reply.citations and any(phrase in said for phrase in words.admissions))


def _read(documents: Iterator[Document], folder: Path, models: Models) -> None:
    """Read documents into a fresh memory."""
    progress = Progress(total=0, write=lambda _: None, live=False)
    with closing(OpenSpace(folder)) as space:
        mind = SpaceMind(space, "owner", models)
        done = read_documents(
            documents, user="owner", answer=lambda message: answer(message, mind), has_read=lambda _: False,
            has_forgotten=lambda _: False, report=print, progress=progress, now=lambda: NOW,
        )  # fmt: skip
        print(f"read {done.read} texts, {done.characters} characters, {done.facts} facts")


class _Undone(Exception):
    """What was said is taken back."""


def _ask(questions: Sequence[Question], memory: Path, folder: Path, models: Models) -> Iterator[Asked]:
    """Ask each question in a conversation of its own: what was said is taken back before the next."""
    left = list(reversed(questions))
    while left:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(memory, folder)
        with closing(OpenSpace(folder)) as space:
            mind = SpaceMind(space, "owner", models)
            passages, unread = len(mind.passages), True
            _reply(WARMING, mind)
            while left and unread:
                asked = _judged(left.pop(), mind)
                unread = not asked.reply.learned and len(mind.passages) == passages  # else the copy is spoilt
                yield asked


def _judged(question: Question, mind: SpaceMind) -> Asked:
    began = time.monotonic()
    reply = _reply(question.text, mind)
    took = 1000 * (time.monotonic() - began)
    admits = _admits(reply, question.language)
    return Asked(question, reply, admits, is_right(reply.text, question.answers, admits=admits), took)


def _reply(text: str, mind: SpaceMind) -> Reply:
    """Return the reply to the first message of a conversation, and take both back."""
    mind.begin()
    found: list[Reply] = []
    with suppress(_Undone), mind.memory.transaction():
        found.append(answer(Message("owner", text, NOW), mind))
        raise _Undone
    return found[0]


def _report(asked: Sequence[Asked], split: str, seconds: float, *, verbose: bool) -> None:
    """Record the shares right, abstained from and wrongly answered, and how long a reply takes."""
    told = [one for one in asked if one.question.answers]
    untold = [one for one in asked if not one.question.answers]
    figures: dict[str, tuple[Sequence[bool], dict[str, float]]] = {
        "read_questions_right": ([one.right for one in told], _by_kind(told, right=True)),
        "read_questions_abstained": ([one.admits for one in told], {}),
        "read_questions_wrong_unanswerable": ([not one.right for one in untold], _by_kind(untold, right=False)),
    }
    for metric, (each, more) in figures.items():
        _say(metric, sum(each) / len(each), split, seconds, verbose=verbose, examples=len(each), **more)
    times = sorted(one.milliseconds for one in asked)
    p95 = round(times[int(0.95 * len(times))], 1)
    _say("read_questions_ms", times[len(times) // 2], split, seconds, verbose=verbose, p95=p95)


def _by_kind(asked: Sequence[Asked], *, right: bool) -> dict[str, float]:
    """Return the share right, or wrong, of each kind of question."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for one in asked:
        kinds[one.question.kind].append(one.right == right)
    return {kind: round(sum(each) / len(each), 3) for kind, each in kinds.items()}


def _say(metric: str, value: float, split: str, seconds: float, *, verbose: bool, **more: float) -> None:
    if verbose:
        print(split, metric, round(value, 3), json.dumps(more))
    else:
        record(metric, value, split=split, seconds=seconds, **more)


def _show(asked: Sequence[Asked]) -> None:
    """Print what was not right: the question, the reply, and whether it rests on facts or on a quotation."""
    for one in asked:
        if not one.right:
            wanted = " + ".join(" | ".join(group) for group in one.question.answers) or "nothing"
            print(f"[{one.question.id} {one.question.kind}] {one.question.text}")
            print(f"    {one.reply.text}\n    wanted {wanted}")


def _options() -> argparse.Namespace:
    parser = telling_options(__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds wiki_en and text_zh")
    parser.add_argument("--memory", type=Path, help="where the memory that was read is kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
