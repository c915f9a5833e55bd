"""Errors in words: an exception in, one line that says what to do out. Knows the layers by their packages' names."""

from __future__ import annotations

import errno
import sqlite3

from bot.wording import phrase

_OURS = ("bot.", "kg.", "nlu.", "generation.")
_LONGEST = 300


def explain(error: BaseException) -> str:
    """Return an error as one line that says what to do.

    >>> explain(ModuleNotFoundError("No module named 'telegram'", name="telegram"))
    "the package 'telegram' is not installed; install it with: pip install 'tripletalk[telegram]'"
    """
    kind = type(error)
    if kind.__module__.startswith(_OURS) and str(error):
        return one_line(str(error))
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        extra = {"telegram": "tripletalk[telegram]", "trafilatura": "tripletalk[web]"}.get(package, "tripletalk")
        return f"the package {package!r} is not installed; install it with: pip install '{extra}'"
    if _is_full(error):
        return "the disk is full; free some space and try again, nothing that was stored before is lost"
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return "another program is writing to this memory space; try again in a moment"
    if isinstance(error, sqlite3.DatabaseError):
        return one_line(f"the memory can't be read ({error}); run: tripletalk doctor")
    if isinstance(error, OSError) and error.strerror:
        where = f" {str(error.filename)!r}" if error.filename else ""
        return one_line(f"{error.strerror}:{where}; check that it exists and may be read and written")
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; give it in smaller pieces"
    if isinstance(error, (ValueError, TypeError)) and str(error):
        return one_line(str(error))
    return one_line(f"unexpected {kind.__name__}: {error}; run again with --verbose for the details")


def polite(error: BaseException, language: str) -> str:
    """Return what a chat says when an answer failed, in the language of the question."""
    return phrase("full" if _is_full(error) else "failed", language)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and of a length that can be read.

    >>> one_line("a\\n  b\\x1b[31m")
    'a b [31m'
    """
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _is_full(error: BaseException) -> bool:
    """Return whether the disk (or a quota) is full, also where SQLite or our storage noticed it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if isinstance(error, sqlite3.OperationalError):
        return "full" in str(error)
    return type(error).__name__ == "StorageFull"
