"""Train trunk and heads together on simulated sentences and public corpora, each paying only for what it labels.

Takes a trunk, its vocabulary and examples; gives a `Network`. Sentence vectors are held where the trunk had them, so that
one pass serves understanding and retrieval alike.
"""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlu import bioes
from nlu.batches import Batch, collate, row_of, sub_words
from nlu.bioes import LABELS
from nlu.labels import ACTS, COREFERENCE, FACTUALITIES, NAME_LABELS, RELATION_INDEX, RELATIONS, TAGS
from nlu.macro import macro_f1
from nlu.network import Mentions, Network, Read
from nlu.parse import Tag
from nlu.training.examples import Example, known_names
from nlu.training.memory import keep_freed_memory
from nlu.training.trunk import LONGEST, Pair
from nlu.trunk import sentence_vectors
from nlu.wordpiece import Vocabulary

log = logging.getLogger(__name__)
UNKNOWN = -100  # a label the source does not give


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast to train."""

    steps: int
    batch: int = 48
    trunk_rate: float = 4e-5
    head_rate: float = 1e-3
    warm_up: int = 200
    hold_vectors: float = 6.0  # weight of keeping sentence vectors in place
    seed: int = 0
    device: str = "cpu"
    minutes: float = 1e9  # stop (with the rate at its end) after so long


def train(
    network: Network,
    vocabulary: Vocabulary,
    draw: Callable[[random.Random], Example],
    recipe: Recipe,
    *,
    pairs: Sequence[Pair] = (),
    report: Callable[[Network, int], None] | None = None,
    report_every: int = 1000,
) -> Network:
    """Train in place and return the network, in evaluation mode.

    The word embedding stays as it is: it would double the cost of a step.
    """
    chance = random.Random(recipe.seed)
    device = torch.device(recipe.device)
    keep_freed_memory()
    network.to(device).train()
    network.trunk.words.weight.requires_grad_(False)
    anchor = copy.deepcopy(network.trunk).eval().requires_grad_(False)
    trunk = [p for p in network.trunk.parameters() if p.requires_grad]
    heads = [p for name, p in network.named_parameters() if not name.startswith("trunk.")]
    optimiser = torch.optim.AdamW(
        [{"params": trunk, "lr": recipe.trunk_rate}, {"params": heads, "lr": recipe.head_rate}],
        weight_decay=0.01, fused=True,
    )  # fmt: skip
    began = time.monotonic()
    totals: dict[str, float] = {}
    for step, examples in enumerate(_batches(draw, recipe, chance)):
        spent = (time.monotonic() - began) / 60 / recipe.minutes
        progress = max(step / recipe.steps, spent)
        if progress >= 1:
            break
        scale = min(1.0, (step + 1) / recipe.warm_up) * (1 - progress)
        for group, rate in zip(optimiser.param_groups, (recipe.trunk_rate, recipe.head_rate), strict=True):
            group["lr"] = rate * scale
        losses = step_losses(network, vocabulary, examples, device, chance)
        if step % 3 == 0 and recipe.hold_vectors:
            losses["hold"] = recipe.hold_vectors * _hold(network, anchor, vocabulary, examples, pairs, chance, device)
        optimiser.zero_grad()
        sum(losses.values(), torch.zeros((), device=device)).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        for name, loss in losses.items():
            totals[name] = 0.99 * totals.get(name, loss.item()) + 0.01 * loss.item()
        if step % 100 == 0:
            speed = (step + 1) * recipe.batch / (time.monotonic() - began)
            log.info("step %d %.0f/s %s", step, speed, " ".join(f"{k}={v:.3f}" for k, v in totals.items()))
        if report and step and step % report_every == 0:
            report(network.eval(), step)
            network.train()
    network.trunk.words.weight.requires_grad_(True)
    return network.eval()


def step_losses(
    network: Network, vocabulary: Vocabulary, examples: Sequence[Example], device: torch.device, chance: random.Random
) -> dict[str, Tensor]:
    """Return the loss of each head over a batch."""
    rows = [row_of(example.tokens, vocabulary, known_names(example, chance)) for example in examples]
    batch = collate(rows, vocabulary).to(device)
    read = network(batch)
    losses: dict[str, Tensor] = {}
    allowed = allowed_labels(examples, batch.token_mask.shape[1]).to(device)
    losses["tag"] = 0.15 * network.crf.loss(read.emissions.float(), batch.token_mask, allowed)
    named = torch.tensor([example.names_only for example in examples])
    if named.any():
        labels = name_labels([e for e in examples if e.names_only], batch.token_mask.shape[1])
        chosen = named.to(device)
        losses["name"] = (
            0.15
            * network.name_crf.loss(read.names[chosen].float(), batch.token_mask[chosen], labels.to(device))
            * named.float().mean()
        )
    targets = _targets(examples, batch.token_mask.shape[1])
    for name, scores, target in (
        ("factuality", read.factuality.flatten(0, 1), targets.factuality.flatten()),
        ("act", read.act, targets.act),
        ("feel", 0.5 * read.sentiment, targets.sentiment),
    ):
        if (target != UNKNOWN).any():
            losses[name] = F.cross_entropy(scores.float(), target.to(device), ignore_index=UNKNOWN)
    mentions, labels = pair_targets(examples, chance)
    if len(labels):
        scores = network.relate(read, mentions.to(device)).float()  # [P, L]
        losses["relation"] = 4 * _soft_loss(scores, labels.to(device))
    return losses


def _soft_loss(scores: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy against a distribution; pairs with a relation count more. scores, target [P, L] -> scalar."""
    each = -(target * F.log_softmax(scores, -1)).sum(-1)  # [P]
    weight = torch.where(target[:, 0] > 0.5, 1.0, 2.0)
    return (each * weight).sum() / weight.sum()


def allowed_labels(examples: Sequence[Example], width: int) -> Tensor:
    """Return which labels each token may have, [B, W, L]; a type that the source does not annotate stays open."""
    allowed = torch.zeros(len(examples), width, len(LABELS), dtype=torch.bool)
    allowed[:, :, 0] = True  # padding counts as outside
    for b, example in enumerate(examples):
        length = min(len(example.tokens), width)
        gold = bioes.encode([s for s in example.spans if s[1] <= length], length)
        if example.tagged is None:
            allowed[b, :length] = False
            allowed[b, torch.arange(length), torch.tensor(gold)] = True
            continue
        open_labels = torch.tensor([label == "O" or Tag(label[2:]) not in example.tagged for label in LABELS])
        for w, label in enumerate(gold):
            if label and example.tagged:
                allowed[b, w] = False
                allowed[b, w, label] = True
            else:
                allowed[b, w] = open_labels
    return allowed


def name_labels(examples: Sequence[Example], width: int) -> Tensor:
    """Return the one label of proper names that each token has, [B, W, N], of examples that annotate just those."""
    allowed = torch.zeros(len(examples), width, len(NAME_LABELS), dtype=torch.bool)
    for b, example in enumerate(examples):
        length = min(len(example.tokens), width)
        gold = bioes.spell((s for s in example.spans if s[1] <= length), length)
        allowed[b, torch.arange(width), torch.tensor([NAME_LABELS.index(g) for g in gold] + [0] * (width - length))] = (
            True
        )
    return allowed


@dataclass(frozen=True, slots=True)
class _Targets:
    factuality: Tensor
    act: Tensor
    sentiment: Tensor


def _targets(examples: Sequence[Example], width: int) -> _Targets:
    factuality = torch.full((len(examples), width), UNKNOWN)
    for b, example in enumerate(examples):
        if example.factuality is not None:
            row = [FACTUALITIES.index(f) for f in example.factuality[:width]]
            factuality[b, : len(row)] = torch.tensor(row)
    act = torch.tensor([UNKNOWN if e.act is None else ACTS.index(e.act) for e in examples])
    sentiment = torch.tensor([UNKNOWN if e.sentiment is None else e.sentiment + 1 for e in examples])
    return _Targets(factuality, act, sentiment)


def pair_targets(examples: Sequence[Example], chance: random.Random, *, most: int = 14) -> tuple[Mentions, Tensor]:
    """Return the mention pairs of a batch and each one's distribution over relations [P, L].

    In fully related examples a stray span is added now and then, so that what the tagger invents relates to nothing.
    """
    rows: list[tuple[int, int, int, int]] = []
    pairs: list[tuple[int, int]] = []
    targets: list[Tensor] = []
    for b, example in enumerate(examples):
        if example.related == "none":
            continue
        spans = [*example.spans[:most], *_stray(example, chance)] if example.related == "all" else list(example.spans)
        first = len(rows)
        rows.extend((b, start, end, TAGS.index(tag)) for start, end, tag in spans)
        known: dict[tuple[int, int], list[str]] = {}
        for s, p, o in example.relations:
            known.setdefault((s, o), []).append(p)
        wanted = (
            known
            if example.related == "listed"
            else ((s, o) for s in range(len(spans)) for o in range(len(spans)) if s != o)
        )
        for s, o in wanted:
            pairs.append((first + s, first + o))
            target = torch.zeros(len(RELATIONS))
            labels = known.get((s, o), ["none"])
            for label in labels:
                target[RELATION_INDEX[label]] += 1 / len(labels)
            targets.append(target)
    m = torch.tensor(rows).view(-1, 4)
    p = torch.tensor(pairs).view(-1, 2)
    mentions = Mentions(m[:, 0], m[:, 1], m[:, 2], m[:, 3], p[:, 0], p[:, 1])
    return mentions, torch.stack(targets) if targets else torch.zeros(0, len(RELATIONS))


def _stray(example: Example, chance: random.Random) -> list[tuple[int, int, Tag]]:
    if chance.random() > 0.15:
        return []
    start = chance.randrange(len(example.tokens))
    taken = any(s <= start < e for s, e, _ in example.spans)
    return [] if taken else [(start, start + 1, chance.choice(TAGS))]


def _hold(
    network: Network, anchor: nn.Module, vocabulary: Vocabulary, examples: Sequence[Example], pairs: Sequence[Pair],
    chance: random.Random, device: torch.device,
) -> Tensor:  # fmt: skip
    """Return how far sentence vectors moved from the anchor's, and Chinese ones from their English pair's."""
    if pairs and chance.random() < 0.5:
        drawn = chance.sample(pairs, min(16, len(pairs)))
        ours, target = [p.zh for p in drawn], [p.en for p in drawn]
    else:
        ours = target = [example.text for example in examples[:16]]
    ids, mask = (tensor.to(device) for tensor in sub_words(target, vocabulary, longest=LONGEST))
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        goal = sentence_vectors(anchor(ids, mask), mask)
    ids, mask = (tensor.to(device) for tensor in sub_words(ours, vocabulary, longest=LONGEST))
    with torch.autocast(device.type, torch.bfloat16):
        states = network.trunk(ids, mask)
    return (1 - (sentence_vectors(states.float(), mask) * goal.float()).sum(-1)).mean()


def _batches(
    draw: Callable[[random.Random], Example], recipe: Recipe, chance: random.Random
) -> Iterator[list[Example]]:
    """Yield batches of like length without end."""
    while True:
        pool = sorted((draw(chance) for _ in range(recipe.batch * 8)), key=lambda example: len(example.tokens))
        batches = [pool[n : n + recipe.batch] for n in range(0, len(pool), recipe.batch)]
        chance.shuffle(batches)
        yield from batches


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a network does on held-out examples, each in [0, 1]."""

    entity_f1: float
    relation_f1: float  # over gold mentions
    factuality: float  # macro-F1 over tokens
    act: float  # macro-F1
    examples: int


@torch.no_grad()
def score(network: Network, vocabulary: Vocabulary, examples: Sequence[Example], *, batch: int = 32) -> Scores:
    """Return the scores over fully labelled examples."""
    chance = random.Random(0)
    tags, relations = _Count(), _Count()
    factualities: list[tuple[str, str]] = []  # gold, guessed
    acts: list[tuple[str, str]] = []
    for n in range(0, len(examples), batch):
        some = examples[n : n + batch]
        tensors = collate([row_of(e.tokens, vocabulary) for e in some], vocabulary)
        read = network(tensors)
        best = network.crf.best(read.emissions, tensors.token_mask)
        named = network.name_crf.best(read.names, tensors.token_mask)
        for example, path, names in zip(some, best, named, strict=True):
            kept = example.tagged or frozenset(Tag)
            found = {s for s in bioes.decode(path) if s[2] in kept}
            if example.names_only:
                found = {(s, e, Tag(name)) for s, e, name in bioes.spans_of([NAME_LABELS[label] for label in names])}
            tags.add(set(example.spans), found)
        guesses = read.factuality.argmax(-1).tolist()
        for example, act, guess in zip(some, read.act.argmax(-1).tolist(), guesses, strict=True):
            if example.act is not None:
                acts.append((example.act, ACTS[act]))
            factualities.extend(
                (gold, FACTUALITIES[n]) for gold, n in zip(example.factuality or (), guess, strict=False)
            )
        mentions, target = pair_targets([e if e.related == "all" else _bare(e) for e in some], chance)
        if len(target):
            guessed = network.relate(read, mentions).argmax(-1)
            gold = {(n, int(label)) for n, row in enumerate(target) for label in row.nonzero().flatten() if label > 1}
            relations.add(gold, {(n, int(label)) for n, label in enumerate(guessed) if label > 1})
    return Scores(tags.f1(), relations.f1(), macro_f1(factualities), macro_f1(acts), len(examples))


def _bare(example: Example) -> Example:
    return Example(example.text, example.tokens, (), example.tagged, (), "none", language=example.language)


class _Count:
    """True positives, predicted and gold."""

    def __init__(self) -> None:
        self.right = self.guessed = self.gold = 0

    def add(
        self,
        gold: set[object] | set[tuple[int, int]] | set[tuple[int, int, Tag]],
        guessed: set[tuple[int, int]] | set[tuple[int, int, Tag]],
    ) -> None:
        self.right += len(gold & guessed)
        self.guessed += len(guessed)
        self.gold += len(gold)

    def f1(self) -> float:
        return 2 * self.right / max(self.guessed + self.gold, 1)


__all__ = ["COREFERENCE", "Batch", "Read", "Recipe", "Scores", "score", "step_losses", "train"]
