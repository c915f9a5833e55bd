"""Names compared and placed: the folded form of a name, its language by script, the directory of a memory space.

Takes strings and gives strings; knows no graph, no storage and no model.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"})
_EDGES = " \t\r\n\"'“”„«»‹›「」『』《》〈〉【】()[]{}.,;:!?。,、;:!?…·"
_ARTICLE = re.compile(r"^(?:the|an|a)\s+(?=\S)")
_MARKS = re.compile("[\u0300-\u036f]")
_SPACES = re.compile(r"\s+")


def fold(name: str) -> str:
    """Return the form under which two spellings of one name are equal.

    Compatibility forms, case, accents, quotation marks, outer punctuation and a leading article don't count.
    A name that consists of nothing else is kept as it is, so that only the empty name folds to "".

    >>> fold("The  “Café Zoë”"), fold("《红楼梦》"), fold("The")
    ('cafe zoe', '红楼梦', 'the')
    """
    text = unicodedata.normalize("NFKC", name).casefold().translate(_APOSTROPHES)
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
    text = _SPACES.sub(" ", text).strip()
    bare = _ARTICLE.sub("", text.strip(_EDGES)).strip(_EDGES)
    return _one_script(bare or text)


def language_of(name: str) -> str:
    """Return the language tag of a label by its script: "zh", "ja", "ko", "ru", "en", or "" when none can be told.

    >>> language_of("苏州"), language_of("Łódź"), language_of("42")
    ('zh', 'en', '')
    """
    scripts = {_script(character) for character in name}
    return next((language for language in ("ja", "ko", "zh", "ru", "en") if language in scripts), "")


def space_directory(data: Path, user: str) -> Path:
    """Return the directory of a user's memory space: a readable slug and a short hash, so that no two users meet.

    >>> space_directory(Path("data"), "Ann Lee").as_posix()
    'data/spaces/ann-lee-a36e143c53'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", fold(user)).strip("-")[:32].strip("-") or "user"
    digest = hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()[:10]
    return data / "spaces" / f"{slug}-{digest}"


def _one_script(text: str) -> str:
    """Return `text` itself: the place where traditional characters become simplified ones once a table ships."""
    return text


def _script(character: str) -> str:
    if "\u3040" <= character <= "\u30ff":
        return "ja"
    if "\uac00" <= character <= "\ud7af":
        return "ko"
    if "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff":
        return "zh"
    if "\u0400" <= character <= "\u04ff":
        return "ru"
    if character.isalpha() and (character < "\u0250" or "\u1e00" <= character <= "\u1eff"):
        return "en"
    return ""
