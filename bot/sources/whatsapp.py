"""WhatsApp's text exports, of Android and iOS, with an English or a Chinese interface: text in, documents by day out.

A message begins with a stamp, "[2026/3/1 上午10:15:02] Anna: " or "01/03/2026, 10:15 - Anna: ", and may go on for lines.
Lines without a name (joined, encrypted) and placeholders of media and of deleted messages are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.document import Document, DocumentError
from bot.sources.chat import ChatMessage, days_of
from bot.sources.wording import is_plausible, join_names

_MARKS = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
_DATE = r"(?P<a>\d{1,4})\s?[/.\-年]\s?(?P<b>\d{1,2})\s?[/.\-月]\s?(?P<c>\d{1,4})(?:日|\.(?=[ ,]))?"
_HOUR = r"(?:[上下中]午|凌晨|清晨|早上|傍晚|晚上)? ?\d{1,2}[:.：]\d\d(?:[:.：]\d\d)?(?: ?[AaPp]\.? ?[Mm]\.?)?"
_STAMP = re.compile(rf"(?:\[{_DATE},? {_HOUR}\] |{_DATE.replace('?P<', '?P<d')},? {_HOUR} - )")
_NAME = re.compile(r"~? ?(?P<name>[^:：\n\"“”「」]{1,80}?)[:：](?: |$)")
_SYSTEM = re.compile(
    r"\b(?:changed|created|added|removed|joined|left|pinned|invited|turned)\b|更改|创建|添加|移除|加入|退出|邀请|开启|关闭"
)
_PLACEHOLDER = re.compile(
    r"<[^<>\n]{0,40}(?:omitted|attached: |省略|忽略|附件)[^<>\n]{0,99}>|[^\n]* \((?:file attached|文件附件|附件)\)"
    r"|(?:image|video|audio|GIF|sticker|document|contact card|video note|media)[^\n]{0,60} omitted"
    r"|(?:已?(?:忽略|省略))?(?:图像|图片|视频|音频|语音|GIF|贴图|贴纸|表情|文档|文件|联系人|名片|媒体)[^\n]{0,12}"
    r"(?:已|被)?(?:忽略|省略)"
    r"|(?:This message was|You) deleted[^\n]{0,20}|(?:此|这条|该)?(?:消息|讯息)已(?:被)?删除|[你您](?:已)?删除了?[此这]条?消息"
    r"|(?:Missed|Silenced) (?:voice|video|group)[^\n]*|未接(?:语音|视频)?(?:通话|来电)[^\n]*"
    r"|Waiting for this message[^\n]*|正在等待此消息[^\n]*|null"
    r"|Messages and calls are end-to-end encrypted[^\n]*|[^\n]{0,20}端到端加密[^\n]*"
    r"|(?:location|live location|位置|实时位置)(?: shared)?: ?https?://\S+",
    re.IGNORECASE,
)
_NOTE = re.compile(r"<(?:This message was edited|attached: [^<>\n]*|[^<>\n]{0,4}消息已编辑|已编辑[^<>\n]{0,6})>\Z")
_CHAT = re.compile(
    r"^WhatsApp Chat (?:with|-) (?P<en>.+)$|^[与和] ?[“\"]?(?P<zh>.+?)[”\"]? ?的 ?WhatsApp ?(?:聊天|对话)(?:记录)?$"
)


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A message as it stands: its date's three numbers, whether its text began with iOS's mark of a notice, its text."""

    numbers: tuple[str, str, str]
    noted: bool
    name: str
    lines: list[str]


def is_whatsapp(text: str) -> bool:
    """Whether a text is an export: its first line that isn't empty begins with a stamp.

    >>> is_whatsapp("01/03/2026, 10:15 - Anna: Hi"), is_whatsapp("1 March. Met Anna.")
    (True, False)
    """
    first = next((line for line in text[:4096].split("\n") if line.strip()), "")
    return _STAMP.match(_plain(first)) is not None


def read_whatsapp(text: str, *, name: str, where: str, path: str) -> Iterator[Document]:
    """Yield an export's documents, one a day. Raises DocumentError for dates that are none."""
    stamped = list(_stamped(text))
    order = _order([s.numbers for s in stamped])
    messages: list[ChatMessage] = []
    for one in stamped:
        said = _NOTE.sub("", "\n".join(one.lines).strip()).strip()
        if not one.name or one.noted or not said or _PLACEHOLDER.fullmatch(said):
            continue
        kept = "\n".join(line for line in said.split("\n") if not _PLACEHOLDER.fullmatch(line.strip()))
        day = _day(one.numbers, order)
        if day is None:
            raise DocumentError(where, f"no date of a chat: {'/'.join(one.numbers)!r}; export the chat again")
        messages.append(ChatMessage(day, one.name, kept))
    yield from days_of(_chat_name(name, path, messages), messages, path=path)


def _stamped(text: str) -> Iterator[_Stamped]:
    """Yield messages with all their lines; lines without a writer come with an empty name."""
    current: _Stamped | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        plain = _plain(line)
        stamp = _STAMP.match(plain)
        if stamp is None:
            if current is not None:
                current.lines.append(plain)
            continue
        if current is not None:
            yield current
        rest = plain[stamp.end() :]
        named = _NAME.match(rest)
        name = named["name"].strip() if named is not None and not _SYSTEM.search(named["name"]) else ""
        a, b, c = (stamp[x] or stamp["d" + x] for x in "abc")
        said = rest[named.end() :] if named is not None else rest
        current = _Stamped((a, b, c), re.search(r"[:：] ?\u200e", line) is not None, name, [said])
    if current is not None:
        yield current


def _plain(line: str) -> str:
    """Return a line without the marks of direction and the odd spaces that exports are strewn with."""
    return _SPACES.sub(" ", _MARKS.sub("", line)).rstrip("\r")


def _order(dates: Sequence[tuple[str, str, str]]) -> str:
    """Return the order in which dates are written: "ymd", "mdy" or "dmy".

    A number over 12 is no month; where none tells, the order in which days never run backwards is right, else day first.
    """
    if any(len(a) == 4 for a, _, _ in dates):
        return "ymd"
    day_first = any(int(a) > 12 for a, _, _ in dates)
    month_first = any(int(b) > 12 for _, b, _ in dates)
    if day_first or month_first:
        return "mdy" if month_first and not day_first else "dmy"
    for order in ("dmy", "mdy"):
        days = [day for day in (_day(numbers, order) for numbers in dates) if day is not None]
        if days == sorted(days):
            return order
    return "dmy"


def _day(numbers: tuple[str, str, str], order: str) -> date | None:
    """Return the day that three numbers mean; a year of two digits is of this century.

    >>> _day(("3", "1", "26"), "mdy")
    datetime.date(2026, 3, 1)
    """
    by = dict(zip(order, map(int, numbers)))
    try:
        day = date(by["y"] + (2000 if by["y"] < 100 else 0), by["m"], by["d"])
    except ValueError:
        return None
    return day if is_plausible(day) else None


def _chat_name(name: str, path: str, messages: Sequence[ChatMessage]) -> str:
    """Return whom a chat is with, from the file's or the folder's name, else from those who wrote."""
    folder = Path(path).parent.name if path else ""
    for given in (Path(name.removesuffix(".gz")).stem, folder):
        if found := _CHAT.match(given):
            return found["en"] or found["zh"]
    stem = Path(name.removesuffix(".gz")).stem
    writers = list(dict.fromkeys(message.name for message in messages))
    return join_names(writers, chinese=False) if stem in ("_chat", "chat") and len(writers) <= 3 else stem
