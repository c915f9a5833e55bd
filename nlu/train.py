"""Train the shipped models from files: what `tripletalk train` runs. Takes a request, writes weights and a card.

Every file is recognised by its rows: sentence pairs {en, zh}, lexicon {zh, en: […]}, entities {tokens, tags}, relations
{tokens, head, tail, relation}, sentences without a relation {tokens, no_fact_of}, intents {text, intent}. Simulated sentences
(nlu.worlds) need no file.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from nlu import checkpoint
from nlu.corpora import CorpusError, read_rows
from nlu.folder import VOCABULARY, pack, read_folder, unpack
from nlu.labels import DESCRIPTIONS, RELATIONS
from nlu.network import Network
from nlu.training.certainty import calibrate_folder
from nlu.training.examples import Example, Worlds, join, lowered, merged, read_entities, read_relations
from nlu.training.heads import Recipe, Scores, score, train
from nlu.training.masked import Course, pretrain, sentences
from nlu.training.silver import silver
from nlu.training.trunk import Gloss, Pair, distil, encode, extend, read_glosses, read_pairs, retrieval_accuracy
from nlu.trunk import Trunk, TrunkShape
from nlu.wordpiece import Vocabulary

log = logging.getLogger(__name__)
TRUNK, TRUNK_CARD = "trunk.safetensors", "trunk.json"
LANGUAGES = ("en", "zh")
FROM_FILES = 0.48  # share of the examples that come from files; the rest is simulated
NAME_SETS = 3.0  # how much more often a set comes that annotates just proper names, all of them
LOWER = 0.12  # share of the English sentences of files that are read in lower case


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train on what, and where to put it."""

    train: tuple[Path, ...]
    out: Path
    dev: tuple[Path, ...] = ()
    start: Path | None = None  # trunk: a BERT checkpoint folder; understanding: a trunk's or earlier model's folder
    device: str = "cpu"
    minutes: float = 60.0
    steps: int = 20_000
    seed: int = 0
    descriptions: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what each relation means, in every language


def train_trunk(request: TrainRequest) -> dict[str, float]:
    """Teach the English encoder Chinese and write it; return dev retrieval accuracy and masked-word loss before and after.

    A third of the minutes goes into sentence vectors across the pairs, the rest into masked words.
    """
    if request.start is None:
        raise CorpusError("train trunk needs --start FOLDER, a BERT checkpoint with model.safetensors and vocab.txt")
    pairs: list[Pair] = []
    glosses: list[Gloss] = []
    texts: list[list[str]] = []
    for path in request.train:
        kind = kind_of(path)
        if kind == "pairs":
            pairs.extend(read_pairs(path))
        elif kind == "lexicon":
            glosses.extend(read_glosses(path))
        elif kind == "text":
            texts.append([str(row["text"]) for row in read_rows(path)])
        elif kind in ("entities", "relations"):
            rows = read_rows(path)
            texts.append(list({join(row["tokens"], str(row.get("lang", "en")))[0]: None for row in rows}))
    dev = [pair for path in request.dev for pair in read_pairs(path)]
    torch.manual_seed(request.seed)
    trunk, vocabulary = extend(request.start, glosses, [*chain.from_iterable(texts), *(pair.zh for pair in pairs)])
    before = retrieval_accuracy(trunk, vocabulary, dev) if dev else (0.0, 0.0)
    distil(trunk, vocabulary, pairs, frozen_epochs=1, epochs=3, seed=request.seed, minutes=request.minutes / 3)
    course = Course(request.minutes * 2 / 3, seed=request.seed)
    masked = pretrain(
        trunk, vocabulary, _shares([found for group in texts if (found := sentences(group))]), pairs, course
    )
    after = retrieval_accuracy(trunk, vocabulary, dev) if dev else (0.0, 0.0)
    request.out.mkdir(parents=True, exist_ok=True)
    save_file(trunk.state_dict(), request.out / TRUNK)
    vocabulary.save(request.out / VOCABULARY)
    figures = {"zh_en_before": before[0], "en_zh_before": before[1], "zh_en": after[0], "en_zh": after[1],
               "masked_loss_before": masked[0], "masked_loss": masked[1]}  # fmt: skip
    card = {"name": "tripletalk-trunk", "data": _data(request.train), "minutes": request.minutes, "figures": figures}
    (request.out / TRUNK_CARD).write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return figures


def _shares(groups: Sequence[Sequence[str]], *, most: float = 0.25) -> list[tuple[float, Sequence[str]]]:
    """Return each group of sentences with its share of the rows: by the root of its size, none above `most`."""
    total = sum(len(group) ** 0.5 for group in groups)
    return [(min(most, len(group) ** 0.5 / total), group) for group in groups]


def train_understanding(request: TrainRequest) -> dict[str, Scores]:
    """Train every head on one trunk and write the model folder; return its scores on held-out families and dev files."""
    torch.manual_seed(request.seed)
    torch.set_flush_denormal(True)
    network, vocabulary = starting_network(request)
    network.pairs.labels.descriptions.copy_(description_vectors(network.trunk, vocabulary, request.descriptions))
    worlds = Worlds(LANGUAGES)
    corpora = [*training_corpora(request.train), *silver_corpora(request.train, network, vocabulary)]
    pairs = [pair for path in request.train if kind_of(path) == "pairs" for pair in read_pairs(path)]
    held_out = held_out_examples(worlds, request.seed)
    held_out |= {path.parent.name: examples[:400] for path in request.dev if (examples := _examples(path))}

    fresh = request.start is not None and (request.start / TRUNK).is_file()
    slower = 1.0 if fresh else 0.75  # a model that is taken up again needs smaller steps
    recipe = Recipe(
        steps=request.steps, seed=request.seed, device=request.device, minutes=request.minutes,
        trunk_rate=4e-5 * slower, head_rate=1e-3 * slower,
    )  # fmt: skip
    card: dict[str, object] = {
        "name": "tripletalk-understanding",
        "version": "4",
        "task": "mentions, relations, factuality, acts, sentiment and sentence vectors, English and Chinese",
        "base": "all-MiniLM-L6-v2 (Apache-2.0), extended to Chinese",
        "data": _data(request.train),
        "relations": "scored against the vectors of their descriptions in kg/ontology.ttl",
        "simulated_families": {code: len(families) for code, families in worlds.seen.items()},
        "recipe": {key: value for key, value in asdict(recipe).items() if key != "device"},
    }

    def report(trained: Network, step: int) -> None:
        """Keep what there is, so that a run can be taken up again, and say how good it is."""
        checkpoint.save(request.out, trained, vocabulary, card | {"steps_so_far": step})
        for name, examples in held_out.items():
            log.info("step %d %s %s", step, name, score(trained, vocabulary, examples[:200]))

    began = time.monotonic()
    train(network, vocabulary, _mixture(worlds, corpora), recipe, pairs=pairs, report=report, report_every=1500)
    network.load_state_dict(unpack(pack(network.cpu().state_dict())))  # score what is shipped
    scores = {name: score(network, vocabulary, examples) for name, examples in held_out.items()}
    card["minutes"] = round((time.monotonic() - began) / 60, 1)
    card["scores"] = {name: asdict(value) for name, value in scores.items()}
    checkpoint.save(request.out, network, vocabulary, card)
    calibrate_folder(request.out, worlds, seed=request.seed)
    return scores


def starting_network(request: TrainRequest) -> tuple[Network, Vocabulary]:
    """Return the network to go on from: an earlier model's, or fresh heads on a trunk."""
    folder = request.start
    if folder is None:
        folder = Path(__file__).parent / "weights"
    if (folder / TRUNK).is_file():
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        network = Network(TrunkShape(vocabulary=len(vocabulary)))
        network.trunk.load_state_dict(load_file(folder / TRUNK))
        return network, vocabulary
    stored = read_folder(folder, checkpoint.STEM, remedy=checkpoint.REMEDY)
    network = Network(TrunkShape(vocabulary=len(stored.vocabulary)))
    network.load_state_dict(_grown(stored.tensors))
    return network, stored.vocabulary


def _grown(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return an earlier model's tensors with rows for the relations that were appended since; they begin with nothing learned."""
    grown = dict(tensors)
    prefix = "pairs.labels."
    new = len(RELATIONS) - len(tensors[f"{prefix}bias"])
    for name in ("descriptions", "learned"):
        grown[prefix + name] = F.pad(tensors[prefix + name], (0, 0, 0, new))
    usual = tensors[f"{prefix}bias"][1:].median()
    grown[f"{prefix}bias"] = torch.cat([tensors[f"{prefix}bias"], usual.expand(new)])
    return grown


def description_vectors(
    trunk: Trunk, vocabulary: Vocabulary, descriptions: Sequence[tuple[str, tuple[str, ...]]]
) -> Tensor:
    """Return a unit vector a relation of `RELATIONS`, [L, H]: the mean over its descriptions' languages."""
    texts = {name: (text,) for name, text in DESCRIPTIONS.items()} | dict(descriptions)
    rows = [encode(trunk, vocabulary, texts.get(name, (name,))).mean(0) for name in RELATIONS]
    return F.normalize(torch.stack(rows), dim=-1)


def held_out_examples(worlds: Worlds, seed: int, *, count: int = 1000) -> dict[str, list[Example]]:
    """Return written sentences that training never sees, with names it never sees, a language.

    Patterns are left out: weights that a training goes on from may have seen the lines that it holds out.
    """
    chance = random.Random(seed + 1)
    return {f"{code} written, held out": [worlds.draw(code, chance, held_out=True, written=True) for _ in range(count)]
            for code in worlds.unseen if worlds.unseen[code]}  # fmt: skip


def kind_of(path: Path) -> str:
    """Return what a file's rows are: pairs, lexicon, text, entities, relations, absences (of relations) or intents."""
    row = next(iter(read_rows(path)), None)
    keys = set(row or ())
    for kind, wanted in (("relations", {"tokens", "head", "tail"}), ("absences", {"tokens", "no_fact_of"}),
                         ("entities", {"tokens", "tags"}), ("intents", {"text", "intent"}), ("text", {"text"})):  # fmt: skip
        if wanted <= keys:
            return kind
    if row is not None and {"en", "zh"} <= keys:
        return "lexicon" if isinstance(row["en"], list) else "pairs"
    raise CorpusError(f"{path}: rows with the keys {sorted(keys)} are of no kind that training knows")


def training_corpora(paths: Sequence[Path]) -> list[list[Example]]:
    """Return the examples of each file that teaches by itself, and of those that do together.

    A relation file without a single unrelated pair would teach that everything is related; it is used only where an
    entity file has the same sentences, so that every other pair of entities is known to be unrelated.
    """
    entities = [list(read_entities(path)) for path in paths if kind_of(path) == "entities"]
    relations = [list(read_relations(path)) for path in paths if kind_of(path) == "relations"]
    honest = [examples for examples in relations if _is_honest(examples)]
    together = merged([e for examples in entities for e in examples], [e for examples in relations for e in examples])
    return [examples for examples in (*entities, *honest, together, together) if examples]


def silver_corpora(paths: Sequence[Path], network: Network, vocabulary: Vocabulary) -> list[list[Example]]:
    """Return the relation corpora that mark related pairs only, completed by an earlier model, where there is one.

    Files whose sentences an entity file has too teach without it, and a fresh network has nothing to say.
    """
    if not network.pairs.labels.learned.any():
        return []
    texts = {e.text for path in paths if kind_of(path) == "entities" for e in read_entities(path)}
    wanted = [path for path in paths if kind_of(path) in ("relations", "absences")]
    related = [
        path
        for path in wanted
        if kind_of(path) == "absences"
        or not (_is_honest(examples := list(read_relations(path))) or any(e.text in texts for e in examples[:50]))
    ]
    return [examples for examples in silver(related, network.eval(), vocabulary) if examples]


def _is_honest(examples: Sequence[Example]) -> bool:
    """Whether a relation file knows unrelated pairs too."""
    return any(p == "none" for example in examples for _, p, _ in example.relations)


def _examples(path: Path) -> list[Example]:
    kind = kind_of(path)
    return list(read_entities(path) if kind == "entities" else read_relations(path) if kind == "relations" else [])


def _mixture(worlds: Worlds, corpora: Sequence[list[Example]]) -> Callable[[random.Random], Example]:
    """Return a draw of one example: about half simulated, the rest from the files, by the root of their size."""
    weights = [len(corpus) ** 0.5 * (NAME_SETS if corpus[0].names_only else 1) for corpus in corpora]

    def draw(chance: random.Random) -> Example:
        if corpora and chance.random() < FROM_FILES:
            example = chance.choice(chance.choices(corpora, weights)[0])
            return lowered(example) if example.language == "en" and chance.random() < LOWER else example
        return worlds.draw(chance.choice(LANGUAGES), chance)

    return draw


LICENCES = {
    "btc": "CC BY 4.0",
    "cedict": "CC BY-SA 3.0",
    "clinc150": "CC BY 3.0",
    "fewrel_val": "MIT",
    "knowledgenet": "CC BY-SA 4.0",
    "redocred_ner": "MIT",
    "redocred_sent": "MIT",
    "tatoeba_en_zh": "CC BY 2.0 FR",
    "text_zh": "CC BY-SA 4.0, Apache-2.0",
    "uner_en_ewt": "CC BY-SA 4.0",
    "uner_zh_gsdsimp_char": "CC BY-SA 4.0",
    "wiki80_part": "MIT",
    "wiki_en": "CC BY-SA 4.0",
    "wikigold": "CC BY 4.0",
    "wnut17": "CC BY 4.0",
    "zh_finre": "MIT",
    "zh_laws": "statutes, free of copyright",
    "zh_sanwen": "MIT",
    "zh_wiki_part": "CC BY-SA 4.0",
}


def _data(paths: Sequence[Path]) -> list[str]:
    """Return the sets that files belong to, each with its licence."""
    names = sorted({path.parent.name for path in paths})
    return [f"{name} ({LICENCES.get(name, 'licence to be stated')})" for name in names]


__all__ = [
    "TrainRequest",
    "Trunk",
    "held_out_examples",
    "kind_of",
    "starting_network",
    "train_trunk",
    "train_understanding",
]
