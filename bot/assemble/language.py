"""Language data handed to the layers that may not reach for it: roles for the graph, sentence patterns for writing."""

from __future__ import annotations

import tomllib
from typing import cast

from generation.verbalise import Patterns
from kg.ontology import Ontology
from kg.roles import RoleLexicon
from nlu.dates import format_date
from nlu.language import CODES, FOLDER, role_noun


def roles() -> RoleLexicon:
    """Return the relational nouns of every language in one lexicon."""
    lexicons = [RoleLexicon.from_mapping(_roles_of(code)) for code in CODES]
    return lexicons[0].with_others(lexicons[1])


def patterns() -> Patterns:
    """Return the ontology's sentence patterns and labels, with our dates and role nouns."""
    ontology = Ontology.load()
    return Patterns(
        {code: ontology.patterns(code) for code in CODES}, {code: ontology.names(code) for code in CODES},
        date=format_date, noun=role_noun,
    )  # fmt: skip


def descriptions(ontology: Ontology) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what each relation means, its label and definition in every language: the relation head scores against them."""
    return tuple((p.id, tuple(f"{p.label(c)}: {p.description(c)}" for c in CODES)) for p in ontology)


def _roles_of(code: str) -> dict[str, object]:
    with (FOLDER / f"{code}.toml").open("rb") as file:
        return cast(dict[str, object], tomllib.load(file)["roles"])
