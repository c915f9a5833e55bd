"""Language models by name: every file in this folder is a backend with `load(settings) -> LanguageModel`.

Takes a backend's name and its settings, gives the model behind the protocol; imports a backend, and what it needs,
only when it is asked for.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from generation.evidence import LanguageModel


@dataclass(frozen=True, slots=True)
class Settings:
    """What a backend is told; each uses what it needs."""

    model: str  # an id, or a folder
    url: str = ""  # of a server, up to and without /chat/completions
    key: str = ""  # the secret itself, never written anywhere
    device: str = "auto"  # auto, cpu, cuda, cuda:1 …
    timeout_s: float = 60.0  # for each wait, not for the whole reply
    temperature: float = 0.0  # 0: always the likeliest word


def names() -> tuple[str, ...]:
    """Return the names of the backends there are.

    >>> names()
    ('openai', 'transformers')
    """
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")))


def load(name: str, settings: Settings) -> LanguageModel:
    """Return the language model of a backend.

    Raises:
        ValueError: no such backend.
        BackendError: the model can't be loaded.
    """
    if name not in names():
        raise ValueError(f"no language model backend {name!r}: choose one of {', '.join(names())}")
    module = importlib.import_module(f"generation.backends.{name}")
    return cast(LanguageModel, module.load(settings))
