"""The words of a sentence that its relations don't carry: tense, order in time, superlatives, comparison; who is a namesake.

Takes a text and its language, gives frozen values; knows no graph. One table a language, so that another language is
another table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.pattern import Era


@dataclass(frozen=True, slots=True)
class Ranking:
    """A superlative or a comparison: the property compared, and whether the greatest value wins."""

    dimension: str
    greatest: bool


# Dimensions: a date property that stands for age, sizes, prices, or "" for the time of the fact asked about.
_RANKINGS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "en": (
        (r"\b(?:oldest|eldest|born first|first ?-?born|first to be born|most senior|older|elder)\b", "P569", False),
        (r"\b(?:youngest|born last|last ?-?born|younger)\b", "P569", True),
        (r"\b(?:tallest|highest|longest|taller|higher)\b", "P2048", True),
        (r"\b(?:shortest|lowest|shorter|lower)\b", "P2048", False),
        (r"\b(?:heaviest|heavier)\b", "P2067", True),
        (r"\b(?:lightest|lighter)\b", "P2067", False),
        (r"\b(?:most expensive|dearest|priciest|cost the most|more expensive|dearer)\b", "P2284", True),
        (r"\b(?:cheapest|least expensive|cost the least|cheaper)\b", "P2284", False),
        (r"\b(?:biggest|largest|most populous|bigger|larger)\b", "P1082", True),
        (r"\b(?:earliest|very first|the first|came first|earlier)\b(?! name)", "", False),
        (r"\b(?:latest|most recent|the last|came last)\b(?! name)", "", True),
    ),
    "zh": (
        (r"最大|最年长|年纪最大|岁数最大|最老|老大|先出生|最早出生|年长|大几岁|大多少岁|大一些|大吗", "P569", False),
        (r"[谁个]的?(?:年纪|年龄|岁数)?(?:更|比较)?大", "P569", False),
        (r"[谁个]的?(?:年纪|年龄|岁数)?(?:更|比较)?小", "P569", True),
        (r"最小|年纪最小|最年轻|老幺|后出生|最晚出生|小几岁|小多少岁", "P569", True),
        (r"最高|最长", "P2048", True),
        (r"最矮|最低|最短", "P2048", False),
        (r"最重", "P2067", True),
        (r"最轻", "P2067", False),
        (r"最贵", "P2284", True),
        (r"最便宜", "P2284", False),
        (r"最早|第一[个位任家次]|首任", "", False),
        (r"最晚|最近一|最后一?[个位任家次]|最新", "", True),
    ),
}
_DIFFERENCE = {
    "en": r"\bhow (?:much|many \w+) (?:older|younger|taller|higher|heavier)\b|\b(?:age|height) difference\b"
    r"|\b(?:older|younger) .*\bby how\b|\bhow many years (?:are|is|lie) between\b|\bhow far apart in age\b",
    "zh": r"[大小](?:了)?(?:几|多少)岁|[大小]多少|(?:差|相差)(?:了)?(?:几|多少)岁|年龄差|高多少|重多少",
}
_DURATION = {
    "en": r"\bhow (?:long|many (?:years|months|weeks|days))\b|\bfor how long\b",
    "zh": r"多久|多长时间|(?:几|多少)(?:年|个月|天|周|个星期)(?!级|前|纪)|多少年",
}
_ERAS: dict[str, tuple[tuple[str, Era], ...]] = {
    "en": (
        (r"\b(?:before (?:that|then|this|it|him|her|them)|previously|formerly|beforehand|prior to that)\b", Era.BEFORE),
        (r"\band before\b|\bbefore\s*\?*$", Era.BEFORE),
        (r"\b(?:after (?:that|then|this)|afterwards)\b", Era.AFTER),
        (r"\b(?:used to|once|back then|at the time|in the past|former|ex|in (?:his|her|their|my) youth)\b", Era.PAST),
        (r"\b(?:now|nowadays|currently|these days|today|at the moment|at present|present|current|still|any ?more)\b",
         Era.NOW),
    ),
    "zh": (
        (r"(?:在?(?:那|这|此)之前|此前|之前|再以前|再往前|早先)", Era.BEFORE),
        (r"(?:在?(?:那|这|此)之后|之后|后来|再后来)", Era.AFTER),
        (r"以前|从前|曾经?|过去|原来|原先|当年|年轻的?时候|那时候?|当时|前任|前夫|前妻|过吗", Era.PAST),
        (r"现在|目前|如今|眼下|当前|现任|还(?=[在是有住])|这会儿", Era.NOW),
    ),
}  # fmt: skip
_PAST_TENSE = {"en": r"\b(?:was|were|did|had)\b", "zh": r"过[的吗]?[?？]?$"}
_EDGE = {
    "en": ((r"\b(?:before|until|prior to|up to)\s+(?:the )?$", r"", Era.BEFORE), (r"\b(?:after)\s+$", r"", Era.AFTER)),
    "zh": ((r"", r"^\s*(?:之前|以前|前)", Era.BEFORE), (r"", r"^\s*(?:之后|以后)", Era.AFTER)),
}
_NAME = {
    "en": r"\bnames?\b|\bcalled\b|\bstands? for\b|\bshort for\b|\bnamed\b|\bsurname\b",
    "zh": r"名字|叫|姓名|大名|全名|全称|小名|外号|本名|真名|姓什么",
}
_SCRIPTS = {"zh": r"\bchinese\b|中文|汉语|汉字", "en": r"\benglish\b|\blatin\b|英文|英语|洋名"}
_KINSHIP = {
    "en": r"\bhow (?:is|are|am) .+ related\b|\bwhat (?:is|are|was) .+ to (?:me|us|him|her|them|each other|\w+)\s*\?*$",
    "zh": r"什么关系|啥关系|我的?什么人|的什么人",
}
_CONNECTION = {
    "en": r"\bhow (?:is|are|am) .+ connected\b|\bwhat (?:connects|links)\b|\b(?:connections?|links?) between\b"
    r"|\b(?:have|has) .*\bin common\b|\bto do with (?:each other|one another)\b",
    "zh": r"什么联系|啥联系|怎么联系|有何联系|什么关联|有何关联|什么瓜葛|什么共同|哪些共同|共同之处|共同点",
}
_ENDS = {
    "en": r"\buntil when\b|\bend(?:ed)?\b|\bstop(?:ped)?\b|\bleave\b|\bleft\b|\bquit\b",
    "zh": r"到什么时候|到哪一?年|结束|离开|停",
}

# Verbs that a question about time may use without saying what: "when did she move?"
_EVENTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": (
        (r"\b(?:marr(?:y|ied)|wed|wedding)\b", ("P26",)),
        (r"\b(?:moved?|relocated?)\b", ("P551", "P276", "P159", "P131")),
        (r"\b(?:start(?:ed)?|join(?:ed)?|begin|began|hired)\b", ("P108", "P39", "P106", "P69")),
        (r"\b(?:open(?:ed)?)\b", ("P1619", "P571")),
    ),
    "zh": (
        (r"结.{0,2}婚|嫁|娶|成家|成婚", ("P26",)),
        (r"搬", ("P551", "P276", "P159", "P131")),
        (r"入职|上任|开始工作|参加工作|报到", ("P108", "P39", "P106", "P69")),
        (r"开业|开张|开放|开通", ("P1619", "P571")),
    ),
}
_STATES = {"P26": r"^(?:married|结婚|已婚|成家)", "P451": r"^(?:engaged|taken|订婚)"}
_KIN = {
    "en": "mother father parent son daughter child brother sister sibling husband wife spouse grandmother grandfather grandparent "
    "grandson granddaughter grandchild uncle aunt nephew niece cousin son-in-law daughter-in-law father-in-law "
    "mother-in-law brother-in-law sister-in-law stepson stepdaughter great-grandmother great-grandfather",
    "zh": "妈妈 爸爸 儿子 女儿 孩子 兄弟 姐妹 哥哥 弟弟 姐姐 妹妹 丈夫 妻子 奶奶 爷爷 外婆 外公 孙子 孙女 外孙 外孙女 "
    "叔叔 姑姑 姑妈 舅舅 姨妈 舅妈 姑父 姨父 婶婶 侄子 侄女 外甥 外甥女 表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹 女婿 儿媳 "
    "岳父 岳母 公公 婆婆 姐夫 妹夫 嫂子 弟媳",
}


def event(text: str, language: str) -> tuple[str, ...]:
    """Return the properties whose beginning a verb stands for, () if there is none.

    >>> event("In which year did she marry?", "en")
    ('P26',)
    """
    return next((found for pattern, found in _EVENTS[_known(language)] if _search(pattern, text)), ())


def state(noun: str) -> str:
    """Return the property that somebody has who is "married"; "" for any other word."""
    return next((property for property, pattern in _STATES.items() if _search(pattern, noun)), "")


def another(lead: str) -> bool:
    """Whether the words before a name say that it is somebody else's than the one known.

    >>> another("Then there's a different "), another("另一个"), another("I met ")
    (True, True, False)
    """
    return _search(
        r"\b(?:another|a different|a second|some other|an unrelated|the other)\s+$|(?:另外?一?[个位名只]|别的|同名的)(?:叫)?$",
        lead,
    )


def says_two(text: str) -> bool:
    """Whether a sentence says that two bear one name, or that they are not one.

    >>> says_two("瑜伽馆的老板跟她同名"), says_two("He is her namesake."), says_two("It doesn't matter: 没关系")
    (True, True, False)
    """
    return _search(
        r"\bnamesakes?\b|\bof the same name\b|\bthe same name as\b|\bno relation\b(?! to)|\bnot the same \w+|\bunrelated\b"
        r"|同名|重名|撞名|名字一样|一样的名字|不是(?:同)?一个人|不是同一|[跟和与].{1,6}没(?:有)?关系|两码事",
        text,
    )


def gives_name(between: str) -> bool:
    """Whether the words between somebody and a name give the name, rather than stand beside it.

    >>> gives_name(" is called "), gives_name("也叫"), gives_name(", ")
    (True, True, False)
    """
    return _search(
        r"\b(?:called|named|names?(?:'s| is| was)|goes by|christened|was also|is also)\b|叫|名字?是|取名|起名|外号|小名|大名",
        between,
    )


def gives_name_too(between: str, after: str) -> bool:
    """Whether a name is given to one more bearer. `after`: the words that follow the name.

    >>> gives_name_too("也叫", ""), gives_name_too(" is called ", " as well."), gives_name_too(" is called ", ".")
    (True, True, False)
    """
    return _search(r"\b(?:also|likewise)\b|[也亦]", between) or bool(
        re.match(r"\s*,?\s*(?:too|as well|likewise|also)\b", after, re.IGNORECASE)
    )


def speaks_of_birthday(text: str) -> bool:
    """Whether a sentence is about the day that comes every year, not about a birth.

    >>> speaks_of_birthday("My birthday is on 4 August."), speaks_of_birthday("She was born on 4 August.")
    (True, False)
    """
    return _search(r"\bb(?:irth)?-?days?\b|生日|寿辰|壽辰", text)


def gender(word: str) -> str:
    """Return "f" or "m" when a word for a person says so.

    >>> gender("girl"), gender("男孩"), gender("baker")
    ('f', 'm', '')
    """
    if _search(r"^(?:女|girl|woman|female|lady)", word):
        return "f"
    return "m" if _search(r"^(?:男|boy|man|male)", word) else ""


def kin_nouns(language: str) -> tuple[str, ...]:
    """Return the words for relatives, nearest first."""
    return tuple(_KIN[_known(language)].split())


def era(text: str, language: str) -> Era | None:
    """Return the part of time that a question's words point at, None if they don't.

    >>> era("And where was it before that?", "en"), era("他以前住在哪里？", "zh"), era("Who is he?", "en")
    (<Era.BEFORE: 'before'>, <Era.PAST: 'past'>, None)
    """
    return next((found for pattern, found in _ERAS[_known(language)] if _search(pattern, text)), None)


def is_past_tense(text: str, language: str) -> bool:
    """Return whether the verb stands in the past."""
    return _search(_PAST_TENSE[_known(language)], text)


def edge(before: str, after: str, language: str) -> Era | None:
    """Return BEFORE or AFTER when the words next to a date say so.

    >>> edge("What did he do before ", "?", "en")
    <Era.BEFORE: 'before'>
    """
    for left, right, found in _EDGE[_known(language)]:
        if (left and _search(left, before)) or (right and re.search(right, after)):
            return found
    return None


def ranking(text: str, language: str) -> Ranking | None:
    """Return the superlative or comparison of a question.

    >>> ranking("Who is the youngest?", "en")
    Ranking(dimension='P569', greatest=True)
    """
    for pattern, dimension, greatest in _RANKINGS[_known(language)]:
        if _search(pattern, text):
            return Ranking(dimension, greatest)
    return None


def asks_difference(text: str, language: str) -> bool:
    """Return whether a question asks by how much two things differ."""
    return _search(_DIFFERENCE[_known(language)], text)


def asks_duration(text: str, language: str) -> bool:
    """Return whether a question asks how long something lasted."""
    return _search(_DURATION[_known(language)], text)


def asks_name(text: str, language: str) -> bool:
    """Return whether a question asks for a name."""
    return _search(_NAME[_known(language)], text)


def asks_kinship(text: str, language: str) -> bool:
    """Return whether a question asks what somebody is to somebody else."""
    return _search(_KINSHIP[_known(language)], text)


def asks_connection(text: str, language: str) -> bool:
    """Return whether a question asks what lies between two things.

    >>> asks_connection("How are Ann and the mill connected?", "en"), asks_connection("小安和磨坊有什么联系？", "zh")
    (True, True)
    """
    return _search(_CONNECTION[_known(language)], text)


def asks_end(text: str, language: str) -> bool:
    """Return whether a question about time asks for the end."""
    return _search(_ENDS[_known(language)], text)


def script_of(text: str) -> str:
    """Return the language whose form of a name is asked for, "" if none is."""
    return next((language for language, pattern in _SCRIPTS.items() if _search(pattern, text)), "")


def _known(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
