"""What a request to forget reaches where it names no fact and nobody: a stretch of time, the last messages, a document.

Takes the words of a request, the moment and the language, gives a `Reach` or nothing; also tells a request from a
reminder ("don't forget …"). Reads by fixed wordings: what can't be taken back is done only where it was surely meant.
It knows no graph and no log.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nlu.language import Language
from nlu.period import Period, read_period


class Scope(StrEnum):
    """What kind of thing a request reaches."""

    EVERYTHING = "everything"
    PERIOD = "period"  # what was said in it
    MESSAGES = "messages"  # the last ones
    THAT = "that"  # what was talked of last
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a request to forget reaches."""

    scope: Scope
    period: Period | None = None
    count: int = 1  # of messages
    titles: tuple[str, ...] = ()  # what the document may be called, the likeliest first; none: the last one
    sure: bool = True  # False: only if there is a document of that title
    said_only: bool = False  # what the speaker said, not what was read
    about: bool = False  # only what was said of whom the request names


def read_reach(text: str, at: datetime, language: str) -> Reach | None:
    """Return what a request to forget reaches, None where it names a fact or somebody, or is no such request.

    >>> read_reach("Please forget what I said since Monday.", datetime(2026, 3, 11), "en").scope.value
    'period'
    >>> read_reach("忘掉刚才那条消息。", datetime(2026, 3, 11), "zh").scope.value
    'messages'
    """
    if is_reminder(text, language):
        return None
    loaded = Language.load(language)
    plain = unicodedata.normalize("NFKC", loaded.simplify(text)).casefold().replace("’", "'")
    plain = re.sub(r"\s+", " ", plain).strip(" .,;:!?。，；：！？~")
    return _chinese(plain, at) if language == "zh" else _english(plain, at)


def is_reminder(text: str, language: str) -> bool:
    """Whether a sentence says that something must not be forgotten, was, or asks whether it was.

    >>> is_reminder("Don't forget what I said.", "en"), is_reminder("别忘了我昨天说的话", "zh"), is_reminder("Forget it", "en")
    (True, True, False)
    """
    if language == "zh":
        return bool(_ZH_REMINDER.search(Language.load("zh").simplify(text)))
    return bool(_REMINDER.search(text.casefold().replace("’", "'")))


# English

_VERBS = r"(?:forget|delete|erase|remove|wipe|drop|scrap|discard|clear|purge)"
_REMINDER = re.compile(
    r"\b(?:don't|dont|do not|never|not to|mustn't|must not|shouldn't|won't|did(?:n't| not)? you|have you|had you|didn't"
    rf"|can't|cannot)\b[^.!?,;]{{0,12}}\b{_VERBS}\b"
)
_LEAD = re.compile(
    r"(?:(?:please|now|ok|okay|and|so|then|hey|right|actually|well|oh|sorry)[, ]+)*"
    r"(?:(?:can|could|would|will) you (?:please |just )?|i(?:'d like| would like| want| need) you to |i want to )?"
    rf"(?:please |just )?{_VERBS}(?: out| away)? (?P<rest>.+?)"
    r"(?:,? (?:please|would you|will you|for me|for good|completely|entirely|again|now|thanks|thank you))*"
)
_TELLING = (
    r"(?:i|we)(?:'ve| have)?(?: just)?(?: ever)? (?:said|told|tell|wrote|mentioned|shared|sent|typed|discussed|talked"
    r"|chatted|spoke)(?: to| with)?(?: you)?"
)
_WHAT = r"(?:everything|all|anything|whatever|what|(?:all )?(?:of )?(?:the )?(?:things|stuff|bits))"
_SAID = re.compile(rf"{_WHAT}(?: that| which)? {_TELLING}(?P<rest> .+)?")
_MESSAGES = re.compile(
    r"(?:(?:all|each)(?: of)? )?(?:(?:my|our|the|these|those) )?(?:messages?|conversations?|chats?|talks?|texts)"
    rf"(?: (?:that )?(?:we had|we've had|{_TELLING}))?(?P<rest> .+)"
)
_TIMES_MESSAGES = re.compile(r"(?P<time>.+?)(?:'s|s') (?:messages?|conversations?|chats?|talk|words|history)")
_EVERYTHING = re.compile(r"(?:everything|all|anything)(?: that (?:happened|was said))?(?P<rest> .+)")
_ALL = re.compile(
    r"(?:absolutely )?(?:everything|all|it all|all of it|(?:everything|all|anything)(?: that)? "
    r"(?:you(?:'ve| have)? (?:ever )?(?:know|remember|have|learned|learnt)|i(?:'ve| have)? (?:ever )?(?:said|told you))"
    r"|all (?:of )?(?:my|our) (?:messages|conversations|chats|data)|(?:your|the) (?:whole |entire )?memory"
    r"|our (?:whole|entire) (?:conversation|chat))(?: about (?:me|myself|us))?"
)
_LAST_ONE = re.compile(
    r"(?:that|this|what i(?:'ve| have)? (?:just )?(?:said|told you|wrote|typed|sent)(?: just now| a moment ago)?"
    r"|(?:that|this|the|my)(?: very)?(?: (?:last|latest|previous|preceding|most recent))?"
    r" (?:message|remark|sentence|statement|comment|line|note to you)"
    r"(?: (?:that )?i(?:'ve| have)? (?:just )?(?:said|sent|wrote|told you))?"
    r"|(?:the|that) (?:last )?(?:thing|bit) i (?:just )?(?:said|told you|wrote))"
)
_LAST_FEW = re.compile(
    r"(?:the|my) (?:last|latest|previous) (?P<n>\w+) (?:messages|things|sentences|remarks|statements|lines)"
    r"(?: (?:that )?i(?:'ve| have)? (?:just )?(?:said|sent|wrote|told you))?"
)
_CERTAIN_PAPERS = r"(?:document|file|pdf|attachment|text file|web ?page|e-?mail)"
_PAPERS = (
    rf"(?:{_CERTAIN_PAPERS}|letter|report|notes?|article|book|page|paper|memo|minutes|mail|export|contract|manual|diary|"
    r"transcript|story|text|list)"
)
_READ_IN = (
    rf"(?:{_WHAT}(?: that| which)?(?: (?:you|i)(?:'ve| have)? (?:read|learned|learnt|know|got|saw|found))?"
    r" (?:in|from|about|of|out of) )"
)
_DOCUMENT = re.compile(
    rf"{_READ_IN}?(?:the|my|that|this|your|our)(?P<newest> (?:last|latest|newest|previous|same))?(?P<which> .+?)??"
    rf" (?P<paper>{_PAPERS})(?:(?:,? (?:called|named|titled|entitled|with the title))? (?P<title>.+?))??"
    r"(?:,? (?:that |which )?(?:i|we)(?:'ve| have)? (?:just )?(?:gave|given|sent|showed|shown|uploaded|shared)"
    r"(?: (?:to )?you)?(?P<rest> .+)?|,? (?:that |which )?you(?:'ve| have)? (?:just )?read(?P<rest2> .+)?)?"
)
_QUOTED = re.compile(rf"{_READ_IN}?(?P<title>[\"“«'].+[\"”»'])")
_READ = re.compile(rf"{_READ_IN}(?P<title>.+)")
_QUOTES = " \"“”«»'‘’《》「」『』"


def _english(text: str, at: datetime) -> Reach | None:
    found = _LEAD.fullmatch(text)
    if found is None:
        return None
    rest = found["rest"]
    if _ALL.fullmatch(rest):
        return Reach(Scope.EVERYTHING)
    if _LAST_ONE.fullmatch(rest):
        return Reach(Scope.THAT if rest in ("that", "this") else Scope.MESSAGES)
    if (few := _LAST_FEW.fullmatch(rest)) and (count := _count(few["n"])):
        return Reach(Scope.MESSAGES, count=count)
    return _english_period(rest, at) or _english_document(rest, at)


def _english_period(rest: str, at: datetime) -> Reach | None:
    for pattern, said_only in ((_SAID, True), (_MESSAGES, True), (_EVERYTHING, False)):
        found = pattern.fullmatch(rest)
        if found and found["rest"] and (told := _time_and_name(found["rest"].strip(), at)):
            period, about = told
            return Reach(Scope.PERIOD, period, said_only=said_only, about=about)
    if (found := _TIMES_MESSAGES.fullmatch(rest)) and (period := read_period(found["time"], at, "en")):
        return Reach(Scope.PERIOD, period, said_only=True)
    bare = rest in Language.load("en").dates.days or re.match(r"(?:the|these) (?:last|past) ", rest)
    if bare and (period := read_period(rest, at, "en")):
        return Reach(Scope.PERIOD, period)
    return None


def _time_and_name(rest: str, at: datetime) -> tuple[Period, bool] | None:
    """Return the stretch of time of "yesterday", "yesterday about Anna" or "about Anna yesterday", and if one is named."""
    if period := read_period(rest, at, "en"):
        return period, False
    before, about, after = f" {rest}".partition(" about ")
    if not about:
        return None
    if before.strip():
        period = read_period(before, at, "en")
        return (period, True) if period else None
    words = after.split()
    for cut in range(1, len(words)):
        if period := read_period(" ".join(words[cut:]), at, "en"):
            return period, True
    return None


def _english_document(rest: str, at: datetime) -> Reach | None:
    if found := _QUOTED.fullmatch(rest):
        return Reach(Scope.DOCUMENTS, titles=(found["title"].strip(_QUOTES),), sure=False)
    if found := _DOCUMENT.fullmatch(rest):
        certain = bool(re.fullmatch(_CERTAIN_PAPERS, found["paper"]))
        when = found["rest"] or found["rest2"]
        period = read_period(when, at, "en") if when else None
        if when and period is None:
            return None
        which, title = (found["which"] or "").strip(_QUOTES), (found["title"] or "").strip(_QUOTES)
        titles = [title] if title else [f"{which} {found['paper']}", which] if which else []
        told_so = certain and (not which or bool(title))
        return Reach(Scope.DOCUMENTS, period, titles=tuple(filter(None, titles)), sure=told_so)
    if found := _READ.fullmatch(rest):
        return Reach(Scope.DOCUMENTS, titles=(found["title"].strip(_QUOTES),), sure=False)
    return Reach(Scope.DOCUMENTS, titles=(rest.strip(_QUOTES),), sure=False) if len(rest) > 2 else None


def _count(word: str) -> int | None:
    from nlu.numbers import parse_number

    few = {"few": 3, "couple": 2}.get(word)
    value = few if few else parse_number(word, "en")
    return int(value) if value and 1 <= value <= 1000 else None


# Chinese

_ZH_VERBS = r"(?:忘掉|忘记|忘了|忘却|忘|删掉|删除|删了|删去|删|清除|清掉|清空|抹掉|抹去|抹除|去掉)"
_ZH_REMINDER = re.compile(
    r"(?:别|不要|(?<!能)不能|不许|不准|(?<!可)不可以|勿|莫|绝不|从不|永远不要?|不会|没|没有|是不是|有没有|是否|差点)[^。！？，；]{0,3}(?:忘|删)"
    r"|难忘|^我(?:都|又|已经|把[^。！？]*)?忘了"
)
_ZH_POLITE = r"(?:请你?|麻烦你?|劳驾|你?(?:能不能|能否|可不可以|可以|能)|你|帮我|给我|替我|那就?|好了?|现在|，|,| )*"
_ZH_FORM = re.compile(
    rf"{_ZH_POLITE}(?:(?:把|将)(?P<object>.+?)(?:都|全都|全部|全|统统|通通|彻底|一起|一并|也|给我|给)*{_ZH_VERBS}"
    rf"|(?:彻底|全部)?{_ZH_VERBS}(?P<object2>.+?))(?:吧|了|掉|好吗|可以吗|行吗|谢谢|，|,| )*"
)
_ZH_TALK = r"(?:说|讲|聊(?!天)|谈(?!话)|告诉|提|提到|写|发|讲述|问)"
_ZH_TOLD = re.compile(
    r"(?:我们?|咱们)?(?:刚刚?)?(?:跟|对|和|给|向|与)?(?:你们?)?(?:所)?(?:一起)?"
    rf"{_ZH_TALK}(?:过|到|给)?(?:你)?(?:过)?(?:的)?"
)
_ZH_THINGS = re.compile(
    r"(?:的)?(?:所有|全部|任何|那些|这些)?(?:的)?(?:聊天记录|聊天内容|聊天|对话|谈话|消息|信息|记录|内容|东西|话|事情|事儿|事|一切)?(?:都)?"
)
_ZH_ABOUT = re.compile(r"(?:关于|有关)(?P<name>.+?)的")
_ZH_ALL = re.compile(
    rf"(?:我|你)?(?:(?:跟|对|和|给)?你?{_ZH_TALK}过?的|知道的|记得的|记住的)?(?:关于我的)?"
    r"(?:一切|所有(?:的)?(?:东西|事情|事|话|消息|内容|记忆|记录)?|全部(?:的)?(?:东西|事情|事|话|消息|内容|记忆|记录)?|(?<=的)话|你的记忆)"
)
_ZH_LAST_ONE = re.compile(
    r"(?:那|这)(?:个|条|句话?|则|些)?|(?:我)?刚刚?才?(?:跟|对|和|给)?(?:你)?(?:说|讲|告诉你|发|写)的(?:那|这)?(?:一)?(?:条|句|番|段)?(?:话|消息|信息|事)?"
    r"|(?:我)?(?:的)?(?:刚才|刚刚|上面|最后|最近|上|那|这)(?:的)?(?:那|这)?(?:一)?(?:条|句|则|段|个)(?:我?(?:说|发)的)?(?:消息|话|信息|发言)?"
)
_ZH_LAST_FEW = re.compile(
    r"(?:我)?(?:的)?(?:刚才|最后|最近|上面|前面)(?:的)?(?:那|这)?(?P<n>[0-9一二两三四五六七八九十几]+)(?:条|句)(?:我?(?:说|发)的)?(?:消息|话|信息)?"
)
_ZH_CERTAIN = r"(?:文件|文档|附件|邮件|网页|pdf)"
_ZH_PAPERS = rf"(?:{_ZH_CERTAIN}|文章|报告|笔记|信|书|资料|合同|纪要|手册|日记|故事|清单)"
_ZH_PAPER = rf"(?:这|那)?(?:一)?(?:份|篇|个|本|封|页)?(?P<paper>{_ZH_PAPERS})"
_ZH_TITLED = re.compile(
    rf"(?:(?:这|那)?(?:一)?(?:份|篇|个|本|封|页)?{_ZH_PAPERS}|从|你?(?:在|从))?《(?P<title>.+?)》"
    rf"(?:(?:这|那)?(?:一)?(?:份|篇|个|本|封|页)?(?:{_ZH_PAPERS})?)(?:里|中|里面)?(?:的|读到的)?(?:内容|东西|一切|所有内容)?"
)
_ZH_DOCUMENT = re.compile(
    rf"(?:(?:我)?(?P<time>.*?)(?:给|发给|传给|交给|让)你(?:看|读|发)?的)?(?:(?P<newest>刚才|上一|最后|最新|刚刚)(?:的)?)?(?P<title>.*?)(?:的)?{_ZH_PAPER}(?:的内容)?"
)


def _chinese(text: str, at: datetime) -> Reach | None:
    found = _ZH_FORM.fullmatch(text.replace(" ", "") if not re.search(r"[a-z]", text) else text)
    if found is None:
        return None
    rest = (found["object"] or found["object2"]).strip(" ，,")
    if _ZH_ALL.fullmatch(rest):
        return Reach(Scope.EVERYTHING)
    if _ZH_LAST_ONE.fullmatch(rest):
        return Reach(Scope.THAT if re.fullmatch("[那这][个些]?", rest) else Scope.MESSAGES)
    if few := _ZH_LAST_FEW.fullmatch(rest):
        from nlu.numbers import parse_number

        count = 3 if few["n"] == "几" else parse_number(few["n"], "zh")
        return Reach(Scope.MESSAGES, count=int(count)) if count and 1 <= count <= 1000 else None
    return _chinese_period(rest, at) or _chinese_document(rest, at)


def _chinese_period(rest: str, at: datetime) -> Reach | None:
    about = bool(_ZH_ABOUT.search(rest))
    bare = _ZH_ABOUT.sub("", rest)
    told = _ZH_TOLD.search(bare)
    said = bool(told) and bool(re.search(_ZH_TALK, told[0])) if told else False
    if told:
        head, tail = bare[: told.start()], bare[told.end() :]
    else:
        thing = re.search(rf"{_ZH_THINGS.pattern}$", bare)
        head, tail = (bare[: thing.start()], thing[0]) if thing else (bare, "")
    if tail and not _ZH_THINGS.fullmatch(tail):
        return None
    name = re.sub(r"^(?:我们?|咱们)的?|(?:我们?|咱们)$|的$", "", head)
    period = read_period(name, at, "zh") if name else None
    if period is None:
        return None
    spoken = said or bool(re.search("消息|对话|聊天|谈话|话$", tail))
    if (
        not spoken
        and not tail
        and name not in Language.load("zh").dates.days
        and not re.search("[前后来起]|最近|过去|上|这", name)
    ):
        return None
    return Reach(Scope.PERIOD, period, said_only=spoken, about=about)


def _chinese_document(rest: str, at: datetime) -> Reach | None:
    if found := _ZH_TITLED.fullmatch(rest):
        certain = bool(re.search(_ZH_CERTAIN, rest.replace(found["title"], "")))
        return Reach(Scope.DOCUMENTS, titles=(found["title"],), sure=certain)
    if found := _ZH_DOCUMENT.fullmatch(rest):
        certain = bool(re.fullmatch(_ZH_CERTAIN, found["paper"]))
        period = (
            read_period(found["time"], at, "zh") if found["time"] and found["time"] not in ("刚才", "刚刚") else None
        )
        title = found["title"].strip(_QUOTES)
        titles = tuple(filter(None, (title + found["paper"], title))) if title else ()
        return Reach(Scope.DOCUMENTS, period, titles=titles, sure=certain and not title)
    return Reach(Scope.DOCUMENTS, titles=(rest.strip(_QUOTES),), sure=False) if len(rest) > 1 else None
