"""What benchmarks that tell things to the whole system share: their options, the models, and the day on which all is told."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.assemble import load_models
from bot.assemble.mind import Models
from bot.config import load_settings

NOW = datetime.fromisoformat("2026-03-11T10:00:00+01:00")


def telling_options(description: str | None) -> argparse.ArgumentParser:
    """Return the options of a benchmark that tells: other weights, and printing in place of recording."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="other weights than the shipped ones")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong, and record nothing")
    return parser


def models_of(weights: Path | None) -> Models:
    """Return the models of the settings, with the weights of a folder where one is given."""
    settings = load_settings()
    if weights is not None:
        settings = replace(settings, understanding=replace(settings.understanding, weights=weights))
    return load_models(settings)
