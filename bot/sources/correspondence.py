"""A mail's own words: its text in, what its writer wrote out; quoted replies, signatures and forwarded mails cut.

Lines broken for the screen are joined again. It knows no headers and no formats.
"""

from __future__ import annotations

import re

from bot.document import paragraphs

_QUOTED = re.compile(r"^[ \t]*[>|｜][^\n]*(?:\n|\Z)", re.MULTILINE)
# "On Tue, 3 Mar 2026 at 10:15, Bo Lind <bo@example.org> wrote:", perhaps broken in two, and all that is only quoted below.
_ATTRIBUTION = re.compile(
    r"^(?:On [^\n]{4,200}\n?[^\n]{0,200}(?<=[\s>])wrote|[^\n]{2,120}于[^\n]{4,80}写道|在[^\n]{4,160}写道)\s?[:：][ \t]*\n*"
    r"(?=[ \t]*[>|｜]|\Z)",
    re.MULTILINE,
)
_REST = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Forwarded message|原始邮件|原邮件|转发的?邮件|Forwarded by [^\n]*) ?-{2,}"
    r"|Begin forwarded message:|_{20,}[ \t]*$"
    r"|\*?(?:From|发件人)\*?[:：][^\n]+\n+(?:\*?(?:Sent|Date|To|发送时间|日期|时间|收件人)\*?[:：][^\n]*\n+))",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^--[ \t]?$", re.MULTILINE)
_DEVICE = re.compile(
    r"^(?:(?:Sent|Get|Von) (?:from|Outlook|with) [^\n]{2,60}|发自我的[^\n]{1,40}|从[^\n]{2,20}发送|[^\n]{0,12}获取 ?Outlook[^\n]*)$",
    re.MULTILINE,
)
_FULL_LINE = 55  # characters; a shorter line was ended by its writer
_FULL_LINE_HAN = 30


def own_words(text: str) -> str:
    """Return what the writer of a mail wrote.

    >>> own_words("Yes, at six.\\n\\nOn Tue, 3 Mar 2026, Bo Lind wrote:\\n> Are you coming?\\n-- \\nAnna Holm, Quay Street 3")
    'Yes, at six.'
    """
    text = paragraphs(text)
    if rest := _REST.search(text):
        text = text[: rest.start()]
    text = _ATTRIBUTION.sub("", text)
    text = _QUOTED.sub("", text)
    if signature := _SIGNATURE.search(text):
        text = text[: signature.start()]
    return paragraphs(_joined(_DEVICE.sub("", text)))


def _joined(text: str) -> str:
    """Return a text with lines joined that were broken for the screen: a full line goes on in the next, no list does."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _is_full(lines[-1]) and line.strip() and not re.match(r"\s|[-*•·] |\d+[.)] ", line):
            before = lines[-1].rstrip()
            space = "" if re.match(r"[\u3000-\u9fff\uff00-\uffef]", line) and ord(before[-1]) > 0x2FFF else " "
            lines[-1] = before + space + line
        else:
            lines.append(line)
    return "\n".join(lines)


def _is_full(line: str) -> bool:
    """Whether a line is so long that it was broken, or is flowed (RFC 3676: it ends with a space)."""
    last = line.rstrip().rpartition("\n")[2]
    if not last or last.endswith((".", "!", "?", ":", "。", "！", "？", "：")):
        return False
    han = ord(last[-1]) > 0x2FFF
    return line.endswith(" ") or len(last) >= (_FULL_LINE_HAN if han else _FULL_LINE)
