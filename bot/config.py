"""Settings: TOML files and the environment in, frozen values out. It alone reads either; it knows no other layer.

The packaged `default_config.toml` is also the schema: a key that it lacks is an error, and so is a value of another
type than its default's.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

DEFAULT = Path(__file__).with_name("default_config.toml")

Value = str | int | bool | float | tuple[int, ...]
T = TypeVar("T")


class ConfigError(Exception):
    """A configuration that can't be used; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class MemorySettings:
    data_dir: Path
    user: str
    rules: Path | None  # None: the file in the space's directory, if there is one
    shapes: Path | None  # as with rules


@dataclass(frozen=True, slots=True)
class UnderstandingSettings:
    weights: Path | None  # None: the shipped ones
    device: str
    threads: int  # 0: PyTorch's own choice


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    evidence: int
    backend: str  # "", "transformers" or "openai"
    model: str
    base_url: str
    api_key_env: str
    max_tokens: int
    timeout_s: int


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    max_megabytes: int
    max_message_characters: int


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    token_env: str
    allowed: frozenset[int]
    allow_list: bool
    base_url: str
    poll_timeout_s: int


@dataclass(frozen=True, slots=True)
class LoggingSettings:
    level: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    memory: MemorySettings
    understanding: UnderstandingSettings
    answering: AnsweringSettings
    reading: ReadingSettings
    telegram: TelegramSettings
    logging: LoggingSettings


_RANGES = {
    "understanding.threads": (0, 64),
    "answering.evidence": (1, 50),
    "answering.max_tokens": (16, 4096),
    "answering.timeout_s": (1, 600),
    "reading.max_megabytes": (1, 1000),
    "reading.max_message_characters": (1000, 10_000_000),
    "telegram.poll_timeout_s": (0, 50),
}
_CHOICES = {
    "answering.backend": ("", "transformers", "openai"),
    "logging.level": ("debug", "info", "warning", "error"),
}
_NAMES = {bool: "true or false", int: "a whole number", str: "a text in quotes", tuple: "a list of whole numbers"}


def load_settings(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: `path`, else $TRIPLETALK_CONFIG, else the user's file, over the packaged defaults.

    Raises ConfigError for a file that is missing, broken, or holds a key or value that is not allowed.
    """
    env = os.environ if environment is None else environment
    values = _read(DEFAULT)
    chosen = path or _named(env.get("TRIPLETALK_CONFIG", ""))
    if chosen is None:
        own = _home(env, "XDG_CONFIG_HOME", ".config") / "tripletalk" / "config.toml"
        chosen = own if own.is_file() else None
    if chosen is not None:
        values = _overlay(values, _read(chosen), chosen)
    return _settings(values, env)


def secret(name: str, *, environment: Mapping[str, str] | None = None) -> str:
    """Return the secret in the environment variable `name`, "" when it is unset."""
    env = os.environ if environment is None else environment
    return env.get(name, "").strip() if name else ""


def _named(text: str) -> Path | None:
    return Path(text).expanduser() if text.strip() else None


def _home(env: Mapping[str, str], variable: str, fallback: str) -> Path:
    """Return a directory of the XDG base directory specification."""
    named = env.get(variable, "")
    return Path(named) if named else Path.home() / fallback


def _read(path: Path) -> dict[str, Value]:
    """Return a TOML file as {"section.key": value}."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"there is no configuration file {str(path)!r}; create it or name another") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"the configuration file {str(path)!r} can't be read: {error}") from None
    found: dict[str, Value] = {}
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {section!r} must stand in a section, such as [memory]")
        if not table:
            found[f"{section}."] = ""
        for key, value in cast(dict[str, object], table).items():
            if isinstance(value, list):
                value = tuple(cast(list[object], value))
            found[f"{section}.{key}"] = cast(Value, value)  # its type is checked against the default's
    return found


def _overlay(defaults: dict[str, Value], own: dict[str, Value], path: Path) -> dict[str, Value]:
    """Return the defaults with a user's values over them. Raises ConfigError."""
    sections = {name.split(".", 1)[0] for name in defaults}
    merged = dict(defaults)
    for name, value in own.items():
        section, key = name.split(".", 1)
        if section not in sections:
            raise ConfigError(f"{path}: unknown section [{section}]; there are {', '.join(sorted(sections))}")
        if not key:
            continue
        if name not in defaults:
            keys = sorted(other.split(".", 1)[1] for other in defaults if other.startswith(section + "."))
            raise ConfigError(f"{path}: unknown key {key!r} in [{section}]; there are {', '.join(keys)}")
        merged[name] = value
        _check(name, value, type(defaults[name]), path)
    return merged


def _check(name: str, value: Value, expected: type, path: Path) -> None:
    """Raise ConfigError unless a value has the type, the range and the wording that its key allows."""
    whole = isinstance(value, tuple) and all(type(item) is int for item in value)
    if type(value) is not expected or (expected is tuple and not whole):
        raise ConfigError(f"{path}: {name} must be {_NAMES[expected]}, not {value!r}")
    if name in _RANGES and isinstance(value, int):
        low, high = _RANGES[name]
        if not low <= value <= high:
            raise ConfigError(f"{path}: {name} must lie between {low} and {high}, not {value}")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ConfigError(f"{path}: {name} must be one of {', '.join(map(repr, _CHOICES[name]))}, not {value!r}")


def _settings(values: dict[str, Value], env: Mapping[str, str]) -> Settings:
    """Return the frozen settings of checked values; this is where every key is used."""

    def of(name: str, kind: type[T]) -> T:
        value = values[name]
        assert isinstance(value, kind), name
        return value

    data = _named(env.get("TRIPLETALK_DATA_DIR", "")) or _named(of("memory.data_dir", str))
    return Settings(
        MemorySettings(
            data or _home(env, "XDG_DATA_HOME", ".local/share") / "tripletalk",
            of("memory.user", str),
            _named(of("memory.rules", str)),
            _named(of("memory.shapes", str)),
        ),
        UnderstandingSettings(
            _named(of("understanding.weights", str)),
            of("understanding.device", str),
            of("understanding.threads", int),
        ),
        AnsweringSettings(
            of("answering.evidence", int),
            of("answering.backend", str),
            of("answering.model", str),
            of("answering.base_url", str),
            of("answering.api_key_env", str),
            of("answering.max_tokens", int),
            of("answering.timeout_s", int),
        ),
        ReadingSettings(of("reading.max_megabytes", int), of("reading.max_message_characters", int)),
        TelegramSettings(
            of("telegram.token_env", str),
            frozenset(cast(tuple[int, ...], of("telegram.allowed", tuple))),
            of("telegram.allow_list", bool),
            of("telegram.base_url", str),
            of("telegram.poll_timeout_s", int),
        ),
        LoggingSettings(of("logging.level", str)),
    )
