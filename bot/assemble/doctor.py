"""The doctor's examination: is everything there, does it fit together, and what to do where it does not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from bot.assemble.space import OpenSpace
from bot.config import Settings
from bot.spaces import space_directory
from bot.system import Check

LEAST_FREE_MB = 200


def examine(settings: Settings, user: str, *, quick: bool) -> Iterator[Check]:
    """Yield one check after the other; the quick ones load no model."""
    yield Check("python", sys.version_info >= (3, 11), f"{sys.version.split()[0]}; 3.11 or newer is needed")
    yield _packages()
    yield _disk(settings.memory.data_dir)
    yield _guarded("memory", lambda: _memory(settings, user))
    if not quick:
        yield _guarded("understanding", lambda: _understanding(settings))
        yield _guarded("passages", lambda: _passages(settings, user))


def _packages() -> Check:
    missing = [
        name for name in ("torch", "pyoxigraph", "rdflib", "pyshacl", "networkx", "transformers") if not _version(name)
    ]
    faiss = _version("faiss-cpu") or _version("faiss-gpu")
    missing += [] if faiss else ["faiss-cpu"]
    return Check(
        "packages", not missing, f"missing: {', '.join(missing)}; install tripletalk again" if missing else "all there"
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _disk(folder: Path) -> Check:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free // 1_000_000
    return Check("disk", free >= LEAST_FREE_MB, f"{free} MB free at {there}; {LEAST_FREE_MB} MB or more are wanted")


def _memory(settings: Settings, user: str) -> Check:
    directory = space_directory(settings.memory.data_dir, user)
    if not directory.exists():
        return Check("memory", True, f"{directory}: not begun yet")
    space = OpenSpace(directory, rules=settings.memory.rules, shapes=settings.memory.shapes)
    try:
        before = len(space.facts(history=True))
        waiting = len(space.memory.unprocessed())
        space.following.conclude()
        space.shapes()
        said = f"{directory}: {before} statements, {waiting} messages to finish when the chat starts"
        return Check("memory", True, said)
    finally:
        space.close()


def _understanding(settings: Settings) -> Check:
    from bot.assemble import load_models

    models = load_models(settings)
    return Check("understanding", True, f"{models.understander.extractor}, trunk {models.understander.id}")


def _passages(settings: Settings, user: str) -> Check:
    from bot.assemble import load_models
    from bot.assemble.mind import SpaceMind

    directory = space_directory(settings.memory.data_dir, user)
    if not directory.exists():
        return Check("passages", True, "none yet")
    space = OpenSpace(directory)
    try:
        mind = SpaceMind(space, user, load_models(settings))
        return Check("passages", True, f"{len(mind.passages)} passages indexed")
    finally:
        space.close()


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    """Return a check, or what kept it from being made: a doctor reports illness, it doesn't fall ill."""
    from bot.failure import explain

    try:
        return check()
    except Exception as error:
        return Check(name, False, explain(error))
