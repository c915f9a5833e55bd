"""Where a memory space lies: a user's name in, its directory out. Knows nothing of what lies inside.

A name can be anything that somebody types or that a chat service sends, so it is encoded: two names never share a
directory, also on disks that ignore case, and no name leads out of the data directory.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 100


def space_directory(data_dir: Path, user: str) -> Path:
    """Return the directory of a user's memory space; it need not exist.

    >>> space_directory(Path("d"), "telegram-7").as_posix()
    'd/spaces/telegram-7'
    >>> space_directory(Path("d"), "../Bo").as_posix()
    'd/spaces/%2e%2e%2f%42o'

    Raises ValueError for an empty name.
    """
    if not user.strip():
        raise ValueError("a memory space needs a name; give one with --user NAME")
    raw = user.encode("utf-8", "surrogatepass")
    coded = "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02x}" for byte in raw)
    if len(coded) > _LONGEST:
        coded = f"{coded[:40].rstrip('%')}~{hashlib.sha256(raw).hexdigest()[:40]}"
    return data_dir / "spaces" / coded
