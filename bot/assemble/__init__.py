"""The assembly: the one package that names concrete classes and builds the system from the settings.

Offers what `bot.system.System` asks for. Models are imported only where they are needed, so that looking at facts
starts at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.assemble.device import device_of
from bot.assemble.space import OpenSpace
from bot.config import Settings, secret
from bot.message import Message, Reply
from bot.spaces import space_directory
from bot.system import Assistant, Change, Check, EvaluationOrder, GraphReply, Say, Score, Space, TrainingOrder
from nlu.parse import Parse

if TYPE_CHECKING:
    from pathlib import Path

    from bot.assemble.mind import Models, SpaceMind
    from generation.evidence import LanguageModel


def open_space(settings: Settings, user: str) -> Space:
    """Return a user's memory without any model."""
    memory = settings.memory
    return OpenSpace(space_directory(memory.data_dir, user), rules=memory.rules, shapes=memory.shapes)


def query_prefixes() -> Mapping[str, str]:
    """Return the prefixes that a SPARQL query may use without declaring them."""
    from kg.door import PREFIXES

    return PREFIXES


def ask_graph(settings: Settings, user: str, graph: str, question: str, model: Path | None) -> GraphReply:
    """Return what an imported graph, or one in a file, says to a question."""
    from bot.assemble.abroad import ask_graph as run

    return run(space_directory(settings.memory.data_dir, user), graph, question, model)


def open_assistant(settings: Settings) -> Assistant:
    """Return the whole system, models loaded."""
    return _Assistant(settings, load_models(settings))


def open_understanding(settings: Settings, user: str) -> Callable[[str], Sequence[Parse]]:
    """Return the function from text to parses."""
    from nlu.parse import Context

    understander = load_models(settings).understander
    return lambda text: understander.read(text, Context(user, datetime.now(UTC).astimezone()))


def reread(settings: Settings, user: str, *, apply: bool) -> Iterable[Change]:
    """Yield what reading the log again with the present models would change; `apply` changes it."""
    from bot.assemble.rereading import reread as run

    return run(settings, user, load_models(settings), apply=apply)


def examine(settings: Settings, user: str, *, quick: bool) -> Iterable[Check]:
    """Yield the doctor's report."""
    from bot.assemble.doctor import examine as run

    return run(settings, user, quick=quick)


def train(settings: Settings, order: TrainingOrder) -> None:
    """Train a model on files."""
    from bot.assemble.training import train as run

    run(order)


def evaluate(settings: Settings, order: EvaluationOrder) -> Sequence[Score]:
    """Measure a model on a file."""
    from bot.assemble.training import evaluate as run

    return run(settings, order)


def load_models(settings: Settings) -> Models:
    """Return what all spaces share. Raises WeightsError."""
    import torch

    from bot.assemble.language import descriptions, patterns, roles
    from bot.assemble.mind import Models
    from generation import unknown
    from generation.reading import Blend
    from kg.ontology import Ontology
    from nlu.reader import SHIPPED as READER
    from nlu.reader import Reader, is_saved
    from nlu.understand import Understander

    if settings.understanding.threads:
        torch.set_num_threads(settings.understanding.threads)
    torch.set_flush_denormal(True)
    understander = Understander.load(settings.understanding.weights, device=device_of(settings.understanding.device))
    understander.describe(dict(descriptions(Ontology.load())))
    answering = settings.answering
    words = understander.network.trunk.words.weight.detach()
    reader = Reader.load(READER, words, device=device_of(settings.understanding.device)) if is_saved(READER) else None
    return Models(understander, roles(), patterns(), unknown.load(understander.id), _language_model(settings),
                  reader, Blend.load(), answering.evidence, answering.max_tokens)  # fmt: skip


@dataclass
class _Assistant:
    """Opens a mind a user and answers through it, one message at a time."""

    settings: Settings
    models: Models
    _minds: dict[str, SpaceMind] = field(default_factory=dict[str, "SpaceMind"])
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, message: Message, say: Say | None = None) -> Reply:
        from bot.turn import answer

        mind = self._mind(message.user)
        with mind.space.lock:
            return answer(mind.dated(message), mind, say)

    def space(self, user: str) -> Space:
        return self._mind(user).space

    def close(self) -> None:
        for mind in self._minds.values():
            mind.space.close()
        self._minds.clear()

    def _mind(self, user: str) -> SpaceMind:
        from bot.assemble.mind import SpaceMind

        with self._guard:
            if user not in self._minds:
                memory = self.settings.memory
                space = OpenSpace(space_directory(memory.data_dir, user), rules=memory.rules, shapes=memory.shapes)
                self._minds[user] = SpaceMind(space, user, self.models)
            return self._minds[user]


def _language_model(settings: Settings) -> LanguageModel | None:
    answering = settings.answering
    if not answering.backend:
        return None
    from generation import backends

    key = secret(answering.api_key_env) if answering.backend == "openai" else ""
    wanted = backends.Settings(
        answering.model, answering.base_url, key or "", settings.understanding.device, float(answering.timeout_s)
    )
    return backends.load(answering.backend, wanted)
