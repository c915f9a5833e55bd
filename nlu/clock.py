"""What day it is, when somebody says so: "for the record, today is Wednesday, 11 March 2026".

Takes a text and the time it came, gives the day it names as today. Knows no model: the words are the language's, and the date
must follow at once.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from nlu.dates import Precision, parse_date
from nlu.language import Language

_COPULA = {"en": r"(?:'s date)?\s+(?:is|’s|'s|=)\s+", "zh": r"\s*(?:的日期)?\s*(?:是|[:：])\s*"}


def stated_today(text: str, at: datetime, language: str) -> date | None:
    """Return the day that a text says is today, None if it says none.

    >>> stated_today("By the way, today is Monday, 5 May 2025.", datetime(2026, 3, 1), "en")
    datetime.date(2025, 5, 5)
    >>> stated_today("今天是2025年10月8日，星期三。", datetime(2026, 3, 1), "zh")
    datetime.date(2025, 10, 8)
    """
    words = (word for word, days in Language.load(language).dates.days.items() if days == 0)
    todays = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    match = re.search(rf"(?:{todays}){_COPULA[language]}([^.;!?。；！？\n]+)", text, re.IGNORECASE)
    if match is None:
        return None
    parts = re.split(r"([,，])", match.group(1))
    for last in range(len(parts), 0, -1):
        found = parse_date("".join(parts[:last]), at, language)
        if found is not None and found.precision is Precision.DAY and re.search(r"\d", found.text):
            return date.fromisoformat(found.earliest)
    return None
