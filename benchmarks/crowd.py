"""A large memory space for measuring, written straight into its log: people, what they said of themselves, and documents.

Takes a directory and sizes; gives names to ask about. Everything is made up here from syllables.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generation.evidence import Encoder, Passage
from generation.index import PassageIndex
from kg import outcome
from kg.memory import ENTITY, Memory

SYLLABLES = ("ba", "del", "fo", "gri", "ha", "kel", "lo", "mar", "ne", "os", "pi", "ru", "sa", "tol", "ver", "wyn")
RDFS, EX = "http://www.w3.org/2000/01/rdf-schema#label", "http://example.org/"
WORKS = ("bridge", "harbour wall", "chapel", "tide mill", "lighthouse", "market hall", "granary", "signal tower")
AT = "2026-03-02T09:00:00+01:00"
_PAGE = 100  # sentences a document


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who said where they live and work."""

    name: str
    town: str
    firm: str


def made_name(chance: random.Random, syllables: int = 3) -> str:
    """Return a made-up name."""
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).capitalize()


def foreign_lines(facts: int, chance: random.Random) -> Iterator[str]:
    """Yield N-Triples of about so many facts: labels, homes, work and acquaintances."""
    people = facts // 4
    for n in range(people):
        yield f'<{EX}h{n}> <{RDFS}> "{made_name(chance)} {made_name(chance, 4)}"@en .\n'
        yield f"<{EX}h{n}> <{EX}livesIn> <{EX}p{chance.randrange(people // 80 + 1)}> .\n"
        yield f"<{EX}h{n}> <{EX}worksFor> <{EX}o{chance.randrange(people // 50 + 1)}> .\n"
        yield f"<{EX}h{n}> <{EX}knows> <{EX}h{chance.randrange(people)}> .\n"


def told(memory: Memory, facts: int, chance: random.Random) -> list[Person]:
    """Write what people said of themselves, two facts each, as the log keeps it; return the people."""
    towns = [made_name(chance) for _ in range(max(20, facts // 600))]
    firms = [f"{made_name(chance)} Works" for _ in range(max(20, facts // 400))]
    people: list[Person] = []
    with memory.transaction():
        for kind, labels, tag in (("a", towns, "LOC"), ("b", firms, "ORG")):
            for n, label in enumerate(labels):
                _node(memory, _iri(kind, n), label, tag, 0)
        for n in range(facts // 2):
            town, firm = chance.randrange(len(towns)), chance.randrange(len(firms))
            name = f"{made_name(chance)} {made_name(chance, 4)}"
            first = f"{name} lives in {towns[town]}."
            text = f"{first} {name} works at {firms[firm]}."
            episode = memory.record("say", "owner", text, AT)
            _node(memory, _iri("c", n), name, "PER", episode)
            for which, (property_, obj) in enumerate((("P551", _iri("a", town)), ("P108", _iri("b", firm)))):
                start, end = (0, len(first)) if not which else (len(first) + 1, len(text))
                fact = 2 * n + which + 1
                memory.append(outcome.StatementAdded(fact, _iri("c", n), property_, obj), episode=episode)
                source = outcome.SourceAdded(fact, episode, start, end, "owner", AT, "made", 1.0)
                memory.append(source, episode=episode)
            memory.append(outcome.Processed(episode), episode=episode)
            people.append(Person(name, towns[town], firms[firm]))
    return people


def read(
    memory: Memory, directory: Path, passages: int, encoder: Encoder, chance: random.Random, *, true: int = 100
) -> list[tuple[str, str]]:
    """Write documents and their passages; return questions that passages answer, and the answers.

    Only so many passages have the vectors of their words, the others random ones: that changes no time.
    """
    index = PassageIndex(directory / "index", encoder)
    asked: list[tuple[str, str]] = []
    noise = np.random.default_rng(0)
    for page in range(max(1, passages // _PAGE)):
        sentences = [_sentence(chance) for _ in range(_PAGE)]
        text, spans = "", list[tuple[int, int]]()
        for sentence, _, _ in sentences:
            spans.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
        episode = memory.record("read", "owner", text, AT, f"Survey {page}")
        with memory.transaction():
            logged = memory.add_passages(episode, spans)
            memory.mark_processed(episode)
        vectors = noise.standard_normal((len(logged), encoder.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        if len(asked) < true:
            vectors[0] = encoder.encode([logged[0].text])[0]
            asked.append(sentences[0][1:])
        index.add([Passage(p.id, p.episode, p.start, p.end, p.text, p.title, p.speaker, p.said_at) for p in logged],
                  vectors)  # fmt: skip
    return asked


def _sentence(chance: random.Random) -> tuple[str, str, str]:
    """Return a sentence, a question that it answers, and the answer."""
    work, place, firm = chance.choice(WORKS), made_name(chance, 4), f"{made_name(chance, 4)} and Sons"
    year = chance.randrange(1700, 2020)
    said = f"The {work} of {place} was rebuilt by {firm} in {year} after the {chance.choice(WORKS)} had burnt down."
    return said, f"Who rebuilt the {work} of {place}?", firm


def _node(memory: Memory, iri: str, label: str, tag: str, episode: int) -> None:
    memory.append(outcome.NodeCreated(iri, "named", tag), episode=episode)
    memory.append(outcome.LabelAdded(iri, label, True), episode=episode)


def _iri(kind: str, number: int) -> str:
    return f"{ENTITY}{kind}{number:031x}"
